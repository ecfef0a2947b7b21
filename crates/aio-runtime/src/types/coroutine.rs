//! Placeholder table for `coroutine`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const WRAPPER_METHODS: &[Method] = &[];
