//! Placeholder table for `module`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
