//! Placeholder table for `iterators`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const MAP_METHODS: &[Method] = &[];
/// The methods.
pub const FILTER_METHODS: &[Method] = &[];
/// The methods.
pub const ZIP_METHODS: &[Method] = &[];
/// The methods.
pub const ENUMERATE_METHODS: &[Method] = &[];
/// The methods.
pub const REVERSED_METHODS: &[Method] = &[];
