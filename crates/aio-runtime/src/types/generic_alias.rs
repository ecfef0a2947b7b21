//! Placeholder table for `generic_alias`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];
/// The methods.
pub const UNION_METHODS: &[Method] = &[];

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// `Class[index]`: `__class_getitem__`, or a generic alias for a built-in class.
///
/// # Errors
/// `TypeError` when the class is not subscriptable.
pub fn class_item(vm: &mut Vm, class: &Value, _index: &Value) -> R {
    let name = class
        .as_class()
        .map(|class| class.name_text())
        .unwrap_or_default();
    Err(vm.type_error(format!("type '{name}' is not subscriptable")))
}
