//! Placeholder table for `str`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
