//! Placeholder table for `views`.

use crate::native::Method;

/// The methods.
pub const KEYS_METHODS: &[Method] = &[];
/// The methods.
pub const VALUES_METHODS: &[Method] = &[];
/// The methods.
pub const ITEMS_METHODS: &[Method] = &[];
