//! Placeholder table for `complex`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
