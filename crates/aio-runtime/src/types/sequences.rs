//! Operators and subscripts of the built-in containers and strings: dispatch by kind.
//!
//! Every function answers `None` (or false) when the operands are not of a kind it knows, so that
//! the caller goes on to special methods and error messages.

use super::text_ops;
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

/// `a op b`: concatenation, repetition, `%`-formatting, set and dict operators.
///
/// # Errors
/// What the operation raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    text_ops::binary(vm, op, a, b)
}

/// `a op= b` where that changes `a` in place (list, set, dict, bytearray).
///
/// # Errors
/// What the operation raises.
pub fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    text_ops::inplace(vm, op, a, b)
}

/// The message for `a + b` when `a` is a sequence that cannot be joined with `b`, e.g.
/// `can only concatenate str (not "int") to str`.
pub fn concat_message(_vm: &Vm, _a: &Value, _b: &Value) -> Option<String> {
    None
}

/// The message for `a * b` when one is a sequence and the other no int, e.g.
/// `can't multiply sequence by non-int of type 'str'`.
pub fn repeat_message(_vm: &Vm, _a: &Value, _b: &Value) -> Option<String> {
    None
}

/// `a op b` for strings, bytes, lists, tuples, dicts, sets, ranges, slices, views.
///
/// # Errors
/// What comparing the items raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    text_ops::compare(vm, op, a, b)
}

/// `item in container`; `None` when the container is not a built-in one.
///
/// # Errors
/// What comparing or hashing raises.
pub fn contains(vm: &mut Vm, container: &Value, item: &Value) -> R<Option<bool>> {
    text_ops::contains(vm, container, item)
}

/// `object[index]`; `None` when it is not a built-in container.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn get_item(vm: &mut Vm, object: &Value, index: &Value) -> R<Option<Value>> {
    text_ops::get_item(vm, object, index)
}

/// `object[index] = value`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn set_item(vm: &mut Vm, object: &Value, index: &Value, value: &Value) -> R<bool> {
    text_ops::set_item(vm, object, index, value)
}

/// `del object[index]`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn del_item(vm: &mut Vm, object: &Value, index: &Value) -> R<bool> {
    text_ops::del_item(vm, object, index)
}
