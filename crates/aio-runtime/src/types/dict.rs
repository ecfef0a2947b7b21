//! Placeholder table for `dict`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
