//! Placeholder table for `super_type`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
