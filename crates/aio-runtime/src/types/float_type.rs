//! Placeholder table for `float`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
