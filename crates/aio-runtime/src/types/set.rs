//! Placeholder table for `set`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const FROZEN_METHODS: &[Method] = &[];
