//! Placeholder table for `range`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
