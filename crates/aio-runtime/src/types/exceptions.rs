//! Placeholder table for `exceptions`.

use crate::native::Method;

/// The methods.
pub const TRACEBACK_METHODS: &[Method] = &[];
/// The methods.
pub const FRAME_METHODS: &[Method] = &[];
/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const CODE_METHODS: &[Method] = &[];
/// The methods.
pub const NAME_METHODS: &[Method] = &[];
/// The methods.
pub const IMPORT_ERROR_METHODS: &[Method] = &[];
/// The methods.
pub const KEY_ERROR_METHODS: &[Method] = &[];
/// The methods.
pub const OS_ERROR_METHODS: &[Method] = &[];
/// The methods.
pub const VALUE_METHODS: &[Method] = &[];
/// The methods.
pub const SYNTAX_ERROR_METHODS: &[Method] = &[];
/// The methods.
pub const UNICODE_METHODS: &[Method] = &[];
