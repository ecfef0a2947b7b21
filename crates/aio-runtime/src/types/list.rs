//! Placeholder table for `list`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
