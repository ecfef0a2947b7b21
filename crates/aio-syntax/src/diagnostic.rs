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
    /// The program can run and may be right; there is a better way.
    Hint,
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

impl Diagnostic {
    /// An error of kind `SyntaxError` with a bare primary label.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            code,
            severity: Severity::Error,
            kind: SyntaxErrorKind::SyntaxError,
            message: message.into(),
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: None,
            notes: Vec::new(),
        }
    }

    /// A warning with a bare primary label.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message, span)
        }
    }

    /// The same, but only as a hint.
    #[must_use]
    pub fn as_hint(mut self) -> Self {
        self.severity = Severity::Hint;
        self
    }

    /// The same as another class of error.
    #[must_use]
    pub fn of_kind(mut self, kind: SyntaxErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with a text at the primary place.
    #[must_use]
    pub fn labeled(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// The same with one more place.
    #[must_use]
    pub fn and_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with one more line of background.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether its primary place begins in `line` or reaches into it.
    pub(crate) fn touches(&self, line: Span) -> bool {
        let span = self.primary.span;
        span.start <= line.end && (span.start >= line.start || span.end > line.start)
    }

    /// Whether the program cannot run because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The codes of this crate. `aio explain` knows them too.
pub mod code {
    /// A statement that is no Python, without a better name for it.
    pub const INVALID_SYNTAX: &str = "A0001";
    /// A bracket without its partner.
    pub const BRACKET: &str = "A0002";
    /// A string without its closing quotes.
    pub const UNTERMINATED_STRING: &str = "A0003";
    /// Indentation that belongs to no block.
    pub const INDENTATION: &str = "A0004";
    /// Tabs and spaces mixed.
    pub const TABS: &str = "A0005";
    /// A number that is none.
    pub const NUMBER: &str = "A0006";
    /// A character that means nothing outside a string.
    pub const CHARACTER: &str = "A0007";
    /// What stands inside a string or bytes literal.
    pub const STRING: &str = "A0008";
    /// What stands inside an f-string.
    pub const FSTRING: &str = "A0009";
    /// A colon is missing.
    pub const MISSING_COLON: &str = "A0010";
    /// A block is missing.
    pub const MISSING_BLOCK: &str = "A0011";
    /// Something that cannot be assigned to or deleted.
    pub const TARGET: &str = "A0012";
    /// `=` where a value is expected.
    pub const EQUAL_SIGN: &str = "A0013";
    /// A comma is missing.
    pub const MISSING_COMMA: &str = "A0014";
    /// A call without parentheses, as in Python 2.
    pub const LEGACY_CALL: &str = "A0015";
    /// The arguments of a call.
    pub const ARGUMENTS: &str = "A0016";
    /// The parameters of a function.
    pub const PARAMETERS: &str = "A0017";
    /// Incomplete statements: `try` alone, `raise from`, a trailing comma, ...
    pub const INCOMPLETE: &str = "A0018";
    /// More nesting than anybody writes by hand.
    pub const TOO_DEEP: &str = "A0019";
    /// The bytes are not text.
    pub const ENCODING: &str = "A0020";
    /// Python has it, this language does not.
    pub const UNSUPPORTED: &str = "A0021";
    /// The patterns of `case`.
    pub const PATTERN: &str = "A0022";
    /// Stars and unpacking in displays and comprehensions.
    pub const UNPACKING: &str = "A0023";
    /// Warning: a backslash that escapes nothing.
    pub const ESCAPE_WARNING: &str = "A0030";
    /// Warning: a number glued to a keyword.
    pub const NUMBER_WARNING: &str = "A0031";
}
