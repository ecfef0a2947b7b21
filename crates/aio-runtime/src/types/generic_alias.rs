//! Placeholder table for `generic_alias`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const UNION_METHODS: &[Method] = &[];
