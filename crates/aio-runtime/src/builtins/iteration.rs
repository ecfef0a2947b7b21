//! Built-in functions on iteration: len, iter, next, sorted, sum, min, max, any, all, aiter, anext, ...

use super::Function;

/// The functions.
pub const FUNCTIONS: &[Function] = &[];
