//! Operators and subscripts of str, bytes and bytearray.
//!
//! Every function answers `None` (or false) when the operands are not of a kind it knows, so that
//! the caller goes on to special methods and error messages.

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

/// `a op b`: concatenation, repetition, `%`-formatting.
///
/// # Errors
/// What the operation raises.
pub fn binary(_vm: &mut Vm, _op: BinaryOp, _a: &Value, _b: &Value) -> R<Option<Value>> {
    Ok(None)
}

/// `a op= b` where that changes `a` in place (bytearray).
///
/// # Errors
/// What the operation raises.
pub fn inplace(_vm: &mut Vm, _op: BinaryOp, _a: &Value, _b: &Value) -> R<Option<Value>> {
    Ok(None)
}

/// `a op b` for strings and bytes.
///
/// # Errors
/// What comparing the items raises.
pub fn compare(_vm: &mut Vm, _op: CmpOp, _a: &Value, _b: &Value) -> R<Option<bool>> {
    Ok(None)
}

/// `item in container`; `None` when the container is not a built-in one.
///
/// # Errors
/// What comparing or hashing raises.
pub fn contains(_vm: &mut Vm, _container: &Value, _item: &Value) -> R<Option<bool>> {
    Ok(None)
}

/// `object[index]`; `None` when it is not a built-in container.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn get_item(_vm: &mut Vm, _object: &Value, _index: &Value) -> R<Option<Value>> {
    Ok(None)
}

/// `object[index] = value`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn set_item(_vm: &mut Vm, _object: &Value, _index: &Value, _value: &Value) -> R<bool> {
    Ok(false)
}

/// `del object[index]`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn del_item(_vm: &mut Vm, _object: &Value, _index: &Value) -> R<bool> {
    Ok(false)
}
