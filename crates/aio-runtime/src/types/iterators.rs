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

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// `iter(value)` for dicts, sets, bytes, views and large ranges; `None` for other kinds.
///
/// # Errors
/// None yet.
pub fn builtin_iter(_vm: &mut Vm, _value: &Value) -> R<Option<Value>> {
    Ok(None)
}
