//! How readily a line is broken at a delimiter; the highest number first.

use aio_syntax::token::Tok;

/// `for` and `if` of a comprehension.
pub(crate) const COMPREHENSION: u8 = 20;
/// A comma.
pub(crate) const COMMA: u8 = 18;
/// `if` and `else` of an expression.
pub(crate) const TERNARY: u8 = 16;
/// `and`, `or`.
pub(crate) const LOGIC: u8 = 14;
/// Between strings that stand side by side.
pub(crate) const STRING: u8 = 12;
/// Comparisons.
pub(crate) const COMPARATOR: u8 = 10;
/// The dot before a method, in a chain of calls.
pub(crate) const DOT: u8 = 1;

/// The priority of a binary operator of arithmetic; 0 for others.
pub(crate) fn of_operator(kind: Tok) -> u8 {
    match kind {
        Tok::VBar => 9,
        Tok::Circumflex => 8,
        Tok::Amper => 7,
        Tok::LeftShift | Tok::RightShift => 6,
        Tok::Plus | Tok::Minus => 5,
        Tok::Star | Tok::Slash | Tok::DoubleSlash | Tok::Percent | Tok::At => 4,
        Tok::DoubleStar => 3,
        _ => 0,
    }
}

/// Whether it compares, and is no word.
pub(crate) fn is_comparator(kind: Tok) -> bool {
    matches!(
        kind,
        Tok::EqEqual
            | Tok::NotEqual
            | Tok::Less
            | Tok::LessEqual
            | Tok::Greater
            | Tok::GreaterEqual
    )
}
