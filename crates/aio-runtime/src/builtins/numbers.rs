//! Built-in functions on numbers and characters: abs, round, pow, divmod, bin, oct, hex, chr, ord, format, ascii, repr, hash, ...

use super::Function;

/// The functions.
pub const FUNCTIONS: &[Function] = &[];
