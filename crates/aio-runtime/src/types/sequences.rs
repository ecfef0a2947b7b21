//! Operators and subscripts of the built-in containers and strings: dispatch by kind.
//!
//! Every function answers `None` (or false) when the operands are not of a kind it knows, so that
//! the caller goes on to special methods and error messages.

use super::receiver::base_of;
use super::walk::Walk;
use super::{dict, list, range, set, slice, text_ops, tuple, views};
use crate::error::R;
use crate::objects::{DictObj, RangeObj, TupleObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

/// `a op b`: concatenation, repetition, `%`-formatting, set and dict operators.
///
/// # Errors
/// What the operation raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    if a.tag() == Tag::View || b.tag() == Tag::View {
        return views::binary(vm, op, a, b);
    }
    match (op, a.tag()) {
        (BinaryOp::Add, Tag::List) => {
            if let (Some(x), Some(y)) = (a.as_list(), b.as_list()) {
                return Ok(Some(list::concat(x, y)));
            }
        }
        (BinaryOp::Add, Tag::Tuple) => {
            if let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) {
                return Ok(Some(tuple::concat(x, y)));
            }
        }
        (BinaryOp::Mul, Tag::List | Tag::Tuple) => return repeat(vm, a, b),
        (BinaryOp::Mul, _) if matches!(b.tag(), Tag::List | Tag::Tuple) => return repeat(vm, b, a),
        (BinaryOp::BitOr, Tag::Dict) => {
            if let (Some(x), Some(y)) = (a.as_dict(), b.as_dict()) {
                return dict::union(vm, x, y).map(Some);
            }
        }
        (_, Tag::Set) => return set::binary(vm, op, a, b),
        _ => {}
    }
    text_ops::binary(vm, op, a, b)
}

fn repeat(vm: &mut Vm, sequence: &Value, times: &Value) -> R<Option<Value>> {
    let Some(times) = list::repeat_count(vm, times)? else {
        return Ok(None);
    };
    if let Some(target) = sequence.as_list() {
        let repeated = target.items.with(|items| list::repeat(vm, items, times))?;
        return Ok(Some(list::list_value(repeated)));
    }
    match sequence.as_tuple() {
        Some(_) if times == 1 => Ok(Some(sequence.clone())),
        Some(target) => Ok(Some(Value::tuple(list::repeat(vm, &target.items, times)?))),
        None => Ok(None),
    }
}

/// `a op= b` where that changes `a` in place (list, set, dict, bytearray).
///
/// # Errors
/// What the operation raises.
pub fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    match (op, a.tag()) {
        (BinaryOp::Add, Tag::List) => {
            if let Some(target) = a.as_list() {
                list::extend(vm, target, b)?;
                return Ok(Some(a.clone()));
            }
        }
        (BinaryOp::Mul, Tag::List) => {
            if let Some(target) = a.as_list()
                && let Some(times) = list::repeat_count(vm, b)?
            {
                let items = target.to_vec();
                let repeated = list::repeat(vm, &items, times)?;
                target.items.set(repeated);
                return Ok(Some(a.clone()));
            }
        }
        (BinaryOp::BitOr, Tag::Dict) => {
            if let Some(target) = a.as_dict() {
                dict::update(vm, target, b)?;
                return Ok(Some(a.clone()));
            }
        }
        (_, Tag::Set) => return set::inplace(vm, op, a, b),
        _ => {}
    }
    text_ops::inplace(vm, op, a, b)
}

/// The message for `a + b` when `a` is a sequence that cannot be joined with `b`, e.g.
/// `can only concatenate str (not "int") to str`.
pub fn concat_message(vm: &Vm, a: &Value, b: &Value) -> Option<String> {
    let base = base_of(a);
    let name = match base.tag() {
        Tag::Str => "str",
        Tag::List => "list",
        Tag::Tuple => "tuple",
        Tag::Bytes => {
            let given = vm.type_name(b);
            return Some(format!("can't concat {given} to bytes"));
        }
        _ => return None,
    };
    let given = vm.type_name(b);
    Some(format!(
        "can only concatenate {name} (not \"{given}\") to {name}"
    ))
}

/// The message for `a * b` when one is a sequence and the other no int, e.g.
/// `can't multiply sequence by non-int of type 'str'`.
pub fn repeat_message(vm: &Vm, a: &Value, b: &Value) -> Option<String> {
    let sequence = |value: &Value| {
        matches!(
            base_of(value).tag(),
            Tag::Str | Tag::List | Tag::Tuple | Tag::Bytes
        )
    };
    let other = if sequence(a) {
        b
    } else if sequence(b) {
        a
    } else {
        return None;
    };
    let given = vm.type_name(other);
    Some(format!(
        "can't multiply sequence by non-int of type '{given}'"
    ))
}

/// `a op b` for strings, bytes, lists, tuples, dicts, sets, ranges, slices, views.
///
/// # Errors
/// What comparing the items raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    match a.tag() {
        Tag::List => list::compare(vm, op, a, b),
        Tag::Tuple => tuple::compare(vm, op, a, b),
        Tag::Dict => dict::compare(vm, op, a, b),
        Tag::Set if b.tag() != Tag::View => set::compare(vm, op, a, b),
        Tag::Set | Tag::View => views::compare(vm, op, a, b),
        Tag::Slice => slice::compare(vm, op, a, b),
        Tag::Range => Ok(match (op, a.as_range(), b.as_range()) {
            (CmpOp::Eq, Some(x), Some(y)) => Some(range::equal(x, y)),
            (CmpOp::Ne, Some(x), Some(y)) => Some(!range::equal(x, y)),
            _ => None,
        }),
        _ => text_ops::compare(vm, op, a, b),
    }
}

/// `item in container`; `None` when the container is not a built-in one.
///
/// # Errors
/// What comparing or hashing raises.
pub fn contains(vm: &mut Vm, container: &Value, item: &Value) -> R<Option<bool>> {
    match container.tag() {
        Tag::List => {
            if let Some(target) = container.as_list() {
                let found = list::position(vm, target, item, 0, usize::MAX)?;
                return Ok(Some(found.is_some()));
            }
        }
        Tag::Tuple => {
            if let Some(target) = container.as_tuple() {
                return tuple_contains(vm, target, item).map(Some);
            }
        }
        Tag::Dict => {
            if let Some(target) = container.as_dict() {
                return dict_contains(vm, target, item).map(Some);
            }
        }
        Tag::Set => {
            if let Some(target) = container.as_set() {
                return set::contains(vm, target, item).map(Some);
            }
        }
        Tag::Range => {
            if let Some(target) = container.as_range() {
                return range_contains(vm, container, target, item).map(Some);
            }
        }
        Tag::View => {
            if let Some(target) = container.as_view() {
                return views::contains(vm, target, item).map(Some);
            }
        }
        _ => {}
    }
    text_ops::contains(vm, container, item)
}

fn range_contains(vm: &mut Vm, container: &Value, range: &RangeObj, item: &Value) -> R<bool> {
    if let Some(found) = range::contains(range, item) {
        return Ok(found);
    }
    // What is no int may yet be equal to one.
    let mut walk = Walk::over(vm, container)?;
    while let Some(value) = walk.next(vm)? {
        if vm.eq(&value, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tuple_contains(vm: &mut Vm, target: &TupleObj, item: &Value) -> R<bool> {
    for own in &target.items {
        if vm.eq(own, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn dict_contains(vm: &mut Vm, target: &DictObj, key: &Value) -> R<bool> {
    let hash = vm.hash(key)?;
    Ok(vm.dict_find(target, hash, key)?.is_some())
}

/// `object[index]`; `None` when it is not a built-in container.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn get_item(vm: &mut Vm, object: &Value, index: &Value) -> R<Option<Value>> {
    if let Some(target) = object.as_list() {
        return list::get_item(vm, target, index).map(Some);
    }
    if let Some(target) = object.as_dict() {
        return dict::get_item(vm, target, index).map(Some);
    }
    if let Some(target) = object.as_tuple() {
        return tuple::get_item(vm, target, index).map(Some);
    }
    if let Some(target) = object.as_range() {
        return range::get_item(vm, target, index).map(Some);
    }
    text_ops::get_item(vm, object, index)
}

/// `object[index] = value`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn set_item(vm: &mut Vm, object: &Value, index: &Value, value: &Value) -> R<bool> {
    if let Some(target) = object.as_list() {
        list::set_item(vm, target, index, value)?;
        return Ok(true);
    }
    if let Some(target) = object.as_dict() {
        vm.dict_set(target, index.clone(), value.clone())?;
        return Ok(true);
    }
    text_ops::set_item(vm, object, index, value)
}

/// `del object[index]`; false when it is not a built-in container that allows it.
///
/// # Errors
/// `IndexError`, `KeyError`, `TypeError`.
pub fn del_item(vm: &mut Vm, object: &Value, index: &Value) -> R<bool> {
    if let Some(target) = object.as_list() {
        list::del_item(vm, target, index)?;
        return Ok(true);
    }
    if let Some(target) = object.as_dict() {
        dict::del_item(vm, target, index)?;
        return Ok(true);
    }
    text_ops::del_item(vm, object, index)
}
