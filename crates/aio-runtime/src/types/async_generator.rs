//! Placeholder table for `async_generator`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const ASEND_METHODS: &[Method] = &[];
