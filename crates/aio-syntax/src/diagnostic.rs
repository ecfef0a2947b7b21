//! What the front end has to say about a program, as plain data.
//!
//! Nothing is rendered here: the command draws the labels, a language server
//! turns them into ranges, a traceback prints `kind: message`. The message of an
//! error that CPython also reports is CPython's own, letter for letter.

use crate::span::Span;

/// One thing to say about a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code such as `A0001`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Which exception CPython would raise.
    pub kind: SyntaxErrorKind,
    /// CPython's text, e.g. `expected ':'`.
    pub message: String,
    /// Where it hurts.
    pub primary: Label,
    /// Other places that have to do with it.
    pub secondary: Vec<Label>,
    /// One way out.
    pub help: Option<String>,
    /// Background, one line each.
    pub notes: Vec<String>,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program cannot run.
    Error,
    /// The program can run.
    Warning,
}

/// The exception classes of CPython's parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`.
    SyntaxError,
    /// `IndentationError`.
    IndentationError,
    /// `TabError`.
    TabError,
}

impl SyntaxErrorKind {
    /// The name of the class.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyntaxError => "SyntaxError",
            Self::IndentationError => "IndentationError",
            Self::TabError => "TabError",
        }
    }
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A short remark; may be empty.
    pub text: String,
}
