//! Placeholder table for `singletons`.

use crate::native::Method;

/// The methods.
pub const NONE_METHODS: &[Method] = &[];
/// The methods.
pub const NOT_IMPLEMENTED_METHODS: &[Method] = &[];
/// The methods.
pub const ELLIPSIS_METHODS: &[Method] = &[];
