//! Placeholder table for `bool_type`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
