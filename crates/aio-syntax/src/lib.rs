//! Source text to tokens to syntax tree.
//!
//! In reading order: [`span`] (places in a text), [`diagnostic`] (what is said
//! about them), [`token`] and [`lexer`] (text to tokens), [`ast`] (the tree),
//! `parser` (tokens to tree), `dump` (both as text), `source` (bytes to text),
//! `interactive` (is a statement complete?), [`visit`] (going through a tree), [`mistakes`] (codes
//! of what is wrong in a program that compiles), [`wording`] (how messages quote).
//!
//! Nothing here fails: whatever the text, there is a tree, and diagnostics.

pub mod ast;
pub mod diagnostic;
mod dump;
mod interactive;
mod interner;
pub mod lexer;
mod literal;
pub mod mistakes;
mod parser;
mod source;
pub mod span;
pub mod token;
pub mod visit;
pub mod wording;

pub use diagnostic::{Diagnostic, Label, Severity, SyntaxErrorKind};
use std::borrow::Cow;

pub use dump::{dump_ast, dump_expression, dump_tokens};
pub use interactive::{Interactive, parse_interactive};
pub use lexer::{Tokenized, Tokens, tokenize};
pub use source::decode_source;
pub use span::Span;

/// The greatest height of an expression tree. A program that needs more is
/// refused with a diagnostic, so that every later pass may recurse freely.
pub const MAX_EXPRESSION_HEIGHT: u32 = 1000;

/// A tree and what was wrong with the text; the tree lacks the bad statements.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parsed {
    /// The tree.
    pub module: ast::Module,
    /// If there are errors: first the one that CPython would report, then the
    /// others in source order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the text is a program.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// An expression, if the text is one, and what was wrong otherwise.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ParsedExpression {
    /// The expression; `None` if there is an error.
    pub expression: Option<ast::Expr>,
    /// As in [`Parsed`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a whole program.
#[must_use]
pub fn parse(source: &str) -> Parsed {
    let Tokenized {
        tokens,
        diagnostics: lexical,
    } = tokenize(source);
    let (module, diagnostics) = parser::parse_module(source, &tokens, &lexical);
    Parsed {
        module,
        diagnostics: merge(lexical, diagnostics),
    }
}

/// Parses the bytes of a file called `name`: its text, and what it is. Bytes that are
/// no text give an empty text and one diagnostic.
#[must_use]
pub fn parse_bytes<'b>(bytes: &'b [u8], name: &str) -> (Cow<'b, str>, Parsed) {
    match decode_source(bytes, name) {
        Ok(text) => {
            let parsed = parse(&text);
            (text, parsed)
        }
        Err(diagnostic) => {
            let parsed = Parsed {
                diagnostics: vec![*diagnostic],
                ..Parsed::default()
            };
            (Cow::Borrowed(""), parsed)
        }
    }
}

/// Parses a text that is one expression, as `eval` does: white space before it does
/// not count.
#[must_use]
pub fn parse_expression(source: &str) -> ParsedExpression {
    let Tokenized {
        tokens,
        diagnostics: lexical,
    } = tokenize(source);
    let (expression, diagnostics) = parser::parse_expression(source, &tokens, &lexical);
    let diagnostics = merge(lexical, diagnostics);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    ParsedExpression {
        expression: expression.filter(|_| !failed),
        diagnostics,
    }
}

/// Puts the diagnostics of the lexer and of the parser in order. CPython looks at the
/// rest of the text for lexical errors before it reports a syntax error, so the first
/// lexical error comes first; but some errors of its lexer only end that search.
fn merge(
    lexical: Vec<Diagnostic>,
    (mut syntactic, superseded): parser::Diagnostics,
) -> Vec<Diagnostic> {
    syntactic.sort_by_key(|one| (!one.is_error(), one.primary.span));
    let first_syntactic = syntactic.first().filter(|one| one.is_error());
    // A statement inside brackets: usually the parser has something better to say
    // about what stands there.
    let is_explained = |one: &Diagnostic| {
        let end = one.secondary.first().map_or(0, |label| label.span.end);
        let starts_inside = |span: Span| one.primary.span.start <= span.start && span.start < end;
        let mut found = syntactic.iter().map(|other| other.primary.span);
        lexer::is_syntactic(one) && found.any(starts_inside)
    };
    let lexical = lexical.into_iter().enumerate();
    let lexical: Vec<_> = lexical
        .filter(|(index, one)| !superseded.contains(index) && !is_explained(one))
        .map(|(_, diagnostic)| diagnostic)
        .collect();
    let first = lexical
        .iter()
        .position(|one| one.is_error() && !lexer::is_syntactic(one))
        .filter(|index| {
            let (Some(lexical), Some(syntactic)) = (lexical.get(*index), first_syntactic) else {
                return true;
            };
            let is_behind = syntactic.primary.span.start < lexical.primary.span.start;
            let is_final = syntactic.message == "unexpected indent" || lexer::ends_search(lexical);
            !(is_behind && is_final)
        });
    let mut all = lexical;
    let first = first.map(|index| all.remove(index));
    all.extend(syntactic);
    all.sort_by_key(|one| (!one.is_error(), one.primary.span));
    first.into_iter().chain(all).collect()
}
