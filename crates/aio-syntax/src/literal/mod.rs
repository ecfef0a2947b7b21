//! What literals mean: the value of a number, the characters of a string.
//!
//! The lexer has found where a literal ends. Problems inside a literal never stop
//! the parser: it gets some value, and a diagnostic.

mod number;
mod string;

pub(crate) use number::{float_value, imaginary_value, int_value};
pub(crate) use string::{Body, decode_bytes, decode_text};
