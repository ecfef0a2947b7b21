//! Placeholder table for `descriptors`.

use crate::native::Method;

/// The methods.
pub const PROPERTY_METHODS: &[Method] = &[];
/// The methods.
pub const STATIC_METHODS: &[Method] = &[];
/// The methods.
pub const CLASS_METHODS: &[Method] = &[];
/// The methods.
pub const GETSET_METHODS: &[Method] = &[];
