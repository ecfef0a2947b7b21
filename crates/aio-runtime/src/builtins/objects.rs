//! Built-in functions on objects and classes: isinstance, getattr, id, callable, dir, vars, globals, eval, ...

use super::Function;

/// The functions.
pub const FUNCTIONS: &[Function] = &[];
