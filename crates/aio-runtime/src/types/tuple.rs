//! Placeholder table for `tuple`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
