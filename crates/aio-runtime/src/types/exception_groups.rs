//! Placeholder table for `exception_groups`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
