//! `repr`, `format` and `hash` of None, bool, numbers, str, bytes.

use crate::error::R;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `repr(value)`; `None` for other kinds.
///
/// # Errors
/// What the repr of an item raises.
pub fn repr(_vm: &mut Vm, value: &Value) -> R<Option<String>> {
    Ok(Some(match value.tag() {
        Tag::None => "None".to_owned(),
        Tag::Bool => if value.as_bool() == Some(true) {
            "True"
        } else {
            "False"
        }
        .to_owned(),
        Tag::Int => value.as_int().unwrap_or(0).to_string(),
        Tag::Float => crate::num::float_text::repr(value.as_float().unwrap_or(0.0)),
        _ => return Ok(None),
    }))
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
pub fn hash(_vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    Ok(value.as_index())
}
