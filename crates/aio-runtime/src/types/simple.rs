//! Placeholder table for `simple`.

use crate::native::Method;

/// The methods.
pub const NAMESPACE_METHODS: &[Method] = &[];
/// The methods.
pub const PROXY_METHODS: &[Method] = &[];
