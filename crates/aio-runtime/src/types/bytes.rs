//! Placeholder table for `bytes`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
