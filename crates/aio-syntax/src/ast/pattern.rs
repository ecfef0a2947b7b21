//! Patterns of the syntax tree: what stands behind `case`.

use super::*;

/// A pattern of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// A literal or a dotted name, compared by `==`.
    MatchValue {
        /// A constant, a negative or complex number, or an attribute.
        value: Expr,
    },
    /// `None`, `True`, `False`, compared by `is`.
    MatchSingleton {
        /// One of the three.
        value: Constant,
    },
    /// `[a, *rest]` or `(a, b)` or `a, b`.
    MatchSequence {
        /// The elements; at most one `MatchStar`.
        patterns: Vec<Pattern>,
    },
    /// `{"key": pattern, **rest}`.
    MatchMapping {
        /// The pairs in source order.
        items: Vec<MappingItem>,
        /// The name after `**`.
        rest: Option<Ident>,
    },
    /// `Class(a, name=b)`.
    MatchClass {
        /// A name or an attribute.
        cls: Box<Expr>,
        /// By position.
        patterns: Vec<Pattern>,
        /// By name.
        keywords: Vec<KeywordPattern>,
    },
    /// `*name` or `*_`, inside a sequence.
    MatchStar {
        /// `None` for `*_`.
        name: Option<Ident>,
    },
    /// `pattern as name`, `name`, or `_`.
    MatchAs {
        /// `None` for a bare name or `_`.
        pattern: Option<Box<Pattern>>,
        /// `None` for `_`.
        name: Option<Ident>,
    },
    /// `a | b`.
    MatchOr {
        /// At least two.
        patterns: Vec<Pattern>,
    },
}

/// A pair in a mapping pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingItem {
    /// A literal or a dotted name.
    pub key: Expr,
    /// What its value must match.
    pub pattern: Pattern,
}

/// `name=pattern` in a class pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordPattern {
    /// The attribute.
    pub name: Ident,
    /// What it must match.
    pub pattern: Pattern,
}
