//! Placeholder table for `bytearray`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
