//! Placeholder table for `int`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
