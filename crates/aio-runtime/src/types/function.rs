//! Placeholder table for `function`.

use crate::native::Method;

/// The methods.
pub const FUNCTION_METHODS: &[Method] = &[];
/// The methods.
pub const METHOD_METHODS: &[Method] = &[];
/// The methods.
pub const NATIVE_METHODS: &[Method] = &[];
/// The methods.
pub const CELL_METHODS: &[Method] = &[];
/// The methods.
pub const CODE_METHODS: &[Method] = &[];
