//! `repr`, `format` and `hash` of the built-in kinds: dispatch to the file that knows the kind.

use super::{container_text, object_text, scalar_text};
use crate::error::R;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `repr` of a value that is not an instance with its own `__repr__`.
///
/// # Errors
/// What the repr of an item raises.
pub fn builtin_repr(vm: &mut Vm, value: &Value) -> R<String> {
    if let Some(future) = value.as_future() {
        return crate::asyncio::future_repr(vm, future);
    }
    if let Some(text) = scalar_text::repr(vm, value)? {
        return Ok(text);
    }
    if let Some(text) = container_text::repr(vm, value)? {
        return Ok(text);
    }
    if let Some(text) = object_text::repr(vm, value)? {
        return Ok(text);
    }
    if let Some(text) = value.as_iter().and_then(|iter| iter.text(vm)) {
        return text;
    }
    Ok(format!(
        "<{} object at {:#x}>",
        vm.type_name(value),
        value.address()
    ))
}

/// `format(value, spec)` of a built-in kind.
///
/// # Errors
/// `ValueError` for a bad spec, `TypeError` for a spec on a type that takes none.
pub fn builtin_format(vm: &mut Vm, value: &Value, spec: &str) -> R<String> {
    if let Some(text) = scalar_text::format(vm, value, spec)? {
        return Ok(text);
    }
    if let Some(text) = object_text::format(vm, value, spec)? {
        return Ok(text);
    }
    if spec.is_empty() {
        return vm.to_text(value);
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!(
        "unsupported format string passed to {name}.__format__"
    )))
}

/// `hash(value)` for everything but strings.
///
/// # Errors
/// `TypeError` when it is unhashable; what `__hash__` raises.
pub fn builtin_hash(vm: &mut Vm, value: &Value) -> R<i64> {
    let hash = match value.tag() {
        Tag::Instance | Tag::Class => object_text::hash(vm, value)?,
        _ => match scalar_text::hash(vm, value)? {
            None => match container_text::hash(vm, value)? {
                None => object_text::hash(vm, value)?,
                hash => hash,
            },
            hash => hash,
        },
    };
    if let Some(hash) = hash {
        return Ok(hash);
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("unhashable type: '{name}'")))
}
