//! Placeholder table for `type_type`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
