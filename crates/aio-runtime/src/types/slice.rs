//! Placeholder table for `slice`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
