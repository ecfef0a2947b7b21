//! `repr`, `format` and `hash` of list, tuple, dict, set, range, slice, views, iterators.

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// `repr(value)`; `None` for other kinds.
///
/// # Errors
/// What the repr of an item raises.
pub fn repr(_vm: &mut Vm, _value: &Value) -> R<Option<String>> {
    Ok(None)
}

/// `format(value, spec)`; `None` for other kinds.
///
/// # Errors
/// `ValueError` for a bad spec.
pub fn format(_vm: &mut Vm, _value: &Value, _spec: &str) -> R<Option<String>> {
    Ok(None)
}

/// `hash(value)`; `None` for other kinds.
///
/// # Errors
/// What the hash of an item raises; `TypeError` when it is unhashable.
pub fn hash(_vm: &mut Vm, _value: &Value) -> R<Option<i64>> {
    Ok(None)
}
