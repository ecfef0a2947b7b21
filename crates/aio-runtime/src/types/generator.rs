//! Placeholder table for `generator`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
