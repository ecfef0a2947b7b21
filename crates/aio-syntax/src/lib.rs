//! Source text to tokens to syntax tree.
//!
//! In reading order: [`span`] (places in a text), [`diagnostic`] (what is said
//! about them), [`token`] and [`lexer`] (text to tokens), [`ast`] (the tree).

pub mod ast;
pub mod diagnostic;
pub mod lexer;
pub mod span;
pub mod token;

pub use diagnostic::{Diagnostic, Label, Severity, SyntaxErrorKind};
pub use lexer::{Tokenized, Tokens, tokenize};
pub use span::Span;

/// The greatest height of an expression tree. A program that needs more is
/// refused with a diagnostic, so that every later pass may recurse freely.
pub const MAX_EXPRESSION_HEIGHT: u32 = 1000;

/// A tree and what was wrong with the text; the tree lacks the bad statements.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parsed {
    /// The tree.
    pub module: ast::Module,
    /// In source order; empty if the text is a program.
    pub diagnostics: Vec<Diagnostic>,
}
