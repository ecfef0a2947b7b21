//! Placeholder table for `object`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
