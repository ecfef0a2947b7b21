//! What a line is made of.

use aio_syntax::token::Tok;

/// What a bracket is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    /// No bracket.
    None,
    /// A tuple, list, dict, set, or parentheses around an expression.
    Atom,
    /// The arguments of a call or a class.
    Call,
    /// An index.
    Subscript,
    /// The parameters of a `def`, or type parameters.
    Parameters,
    /// The names of an import.
    Import,
}

/// One piece of a logical line.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Its kind; `Tok::Error` for a comment with a line of its own.
    pub(crate) kind: Tok,
    /// Its text, literals already normalized.
    pub(crate) text: String,
    /// Whether a space stands before it, unless it begins a line.
    pub(crate) space: bool,
    /// How readily a line is broken before it; 0 for never.
    pub(crate) before: u8,
    /// How readily a line is broken behind it; 0 for never.
    pub(crate) after: u8,
    /// For a bracket: what it is there for.
    pub(crate) bracket: Bracket,
    /// For a bracket: the other one.
    pub(crate) partner: usize,
    /// Whether it is a parenthesis that is shown only where a line is broken at it.
    pub(crate) is_optional: bool,
    /// Whether it began a line of the source.
    pub(crate) begins_line: bool,
    /// Comments behind it on its line.
    pub(crate) comments: Vec<String>,
}

impl Leaf {
    /// A leaf without any of its relations.
    pub(crate) fn new(kind: Tok, text: impl Into<String>) -> Leaf {
        Leaf {
            kind,
            text: text.into(),
            space: false,
            before: 0,
            after: 0,
            bracket: Bracket::None,
            partner: usize::MAX,
            is_optional: false,
            begins_line: false,
            comments: Vec::new(),
        }
    }

    /// Whether it is a comment with a line of its own.
    pub(crate) fn is_comment(&self) -> bool {
        self.kind == Tok::Error
    }

    /// Whether it is a text in three quotes that has several lines.
    pub(crate) fn is_long_text(&self) -> bool {
        self.is_multiline() && (self.text.ends_with("\"\"\"") || self.text.ends_with("'''"))
    }

    /// Whether its text has several lines.
    pub(crate) fn is_multiline(&self) -> bool {
        self.text.contains('\n')
    }
}
