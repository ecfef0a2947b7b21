//! Operators and subscripts of str and bytes.
//!
//! Every function answers `None` (or false) when the operands are not of a kind it knows, so that
//! the caller goes on to special methods and error messages. A bytearray is an instance: its
//! operators are its special methods, and stand in its own file.

pub mod subscripts;

pub use subscripts::{del_item, get_item, set_item, slice_bounds, slice_str, take_bytes};

use super::limits;
use super::numbers::int_ref;
use super::percent_format;
use super::text_values::{Str, bytes_of, empty_str, index_opt, owned_value, str_of};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::StrObj;
use crate::text::search;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};
use std::cmp::Ordering;

/// `a op b`: concatenation, repetition, `%`-formatting.
///
/// # Errors
/// What the operation raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    match op {
        BinaryOp::Add => concat(vm, a, b),
        BinaryOp::Mul => match (a.tag(), b.tag()) {
            (Tag::Str | Tag::Bytes, _) => repeat(vm, a, b),
            (_, Tag::Str | Tag::Bytes) => repeat(vm, b, a),
            _ => Ok(None),
        },
        BinaryOp::Mod => match a.tag() {
            Tag::Str => percent_format::format_str(vm, a.as_str().unwrap_or(""), b).map(Some),
            Tag::Bytes => {
                let format = a.as_bytes_obj().map_or(&[][..], |bytes| bytes.data());
                let result = percent_format::format_bytes(vm, format, b)?;
                Ok(Some(Value::bytes(result)))
            }
            _ => Ok(None),
        },
        BinaryOp::Sub
        | BinaryOp::MatMul
        | BinaryOp::Div
        | BinaryOp::FloorDiv
        | BinaryOp::Pow
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::BitOr
        | BinaryOp::BitXor
        | BinaryOp::BitAnd => Ok(None),
    }
}

/// `a op= b` where that changes `a` in place: neither str nor bytes can be changed.
///
/// # Errors
/// None.
pub fn inplace(_vm: &mut Vm, _op: BinaryOp, _a: &Value, _b: &Value) -> R<Option<Value>> {
    Ok(None)
}

fn concat(vm: &mut Vm, a: &Value, b: &Value) -> R<Option<Value>> {
    if let Some(left) = a.as_str_obj() {
        return Ok(str_of(b).map(|right| concat_str(a, left, b, &right)));
    }
    let Some(left) = a.as_bytes_obj() else {
        return Ok(None);
    };
    let Some(right) = bytes_of(b) else {
        return Ok(None);
    };
    limits::reserve(vm, left.data().len() + right.len(), 1)?;
    Ok(Some(Ref::joined_bytes([left.data(), &right]).into()))
}

#[inline]
fn concat_str(a: &Value, left: &StrObj, b: &Value, right: &Str<'_>) -> Value {
    if right.text().is_empty() {
        return a.clone();
    }
    if left.text().is_empty() && b.tag() == Tag::Str {
        return b.clone();
    }
    Ref::concat(left, right).into()
}

/// `text * count`; `None` when the count is no integer.
fn repeat(vm: &mut Vm, text: &Value, count: &Value) -> R<Option<Value>> {
    let Some(index) = index_opt(vm, count)? else {
        return Ok(None);
    };
    let Some(count) = int_ref(&index).and_then(|int| int.to_i64()) else {
        let name = vm.type_name(count);
        return Err(vm.overflow_error(format!("cannot fit '{name}' into an index-sized integer")));
    };
    let count = usize::try_from(count).unwrap_or(0);
    if count == 1 {
        return Ok(Some(text.clone()));
    }
    if let Some(string) = text.as_str_obj() {
        if count == 0 || string.text().is_empty() {
            return Ok(Some(empty_str()));
        }
        if too_long(string.char_count(), count) {
            return Err(vm.overflow_error("repeated string is too long"));
        }
        limits::reserve(vm, count, string.text().len())?;
        return Ok(Some(owned_value(string.text().repeat(count))));
    }
    let data = text.as_bytes_obj().map_or(&[][..], |bytes| bytes.data());
    if too_long(data.len(), count) {
        return Err(vm.overflow_error("repeated bytes are too long"));
    }
    limits::reserve(vm, count, data.len())?;
    Ok(Some(Value::bytes(data.repeat(count))))
}

/// Whether no index could tell the items of so many repetitions apart.
fn too_long(len: usize, count: usize) -> bool {
    len.checked_mul(count)
        .is_none_or(|all| i64::try_from(all).is_err())
}

/// `a op b` for strings and bytes.
///
/// # Errors
/// None: the result says it all.
pub fn compare(_vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    if let (Some(x), Some(y)) = (a.as_str_obj(), b.as_str_obj()) {
        // UTF-8 keeps the order of code points.
        let (x, y) = (x.text(), y.text());
        return Ok(decide(op, || x == y, || x.cmp(y)));
    }
    if a.tag() != Tag::Bytes && b.tag() != Tag::Bytes {
        return Ok(None);
    }
    let (Some(x), Some(y)) = (bytes_of(a), bytes_of(b)) else {
        return Ok(None);
    };
    Ok(decide(op, || *x == *y, || x.cmp(&y)))
}

/// What an operator makes of an order; equality is asked for on its own, as it is cheaper.
#[inline]
pub fn decide(
    op: CmpOp,
    equal: impl FnOnce() -> bool,
    order: impl FnOnce() -> Ordering,
) -> Option<bool> {
    Some(match op {
        CmpOp::Eq => equal(),
        CmpOp::Ne => !equal(),
        CmpOp::Lt => order().is_lt(),
        CmpOp::Le => order().is_le(),
        CmpOp::Gt => order().is_gt(),
        CmpOp::Ge => order().is_ge(),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return None,
    })
}

/// `item in container`; `None` when the container is neither str nor bytes.
///
/// # Errors
/// `TypeError` when the item is of another kind.
pub fn contains(vm: &mut Vm, container: &Value, item: &Value) -> R<Option<bool>> {
    if let Some(text) = container.as_str() {
        return match str_of(item) {
            Some(item) => {
                let found = search::find_bytes(text.as_bytes(), item.text().as_bytes());
                Ok(Some(found.is_some()))
            }
            None => {
                let name = vm.type_name(item);
                Err(vm.type_error(format!(
                    "'in <string>' requires string as left operand, not {name}"
                )))
            }
        };
    }
    match container.as_bytes_obj() {
        Some(bytes) => contains_bytes(vm, bytes.data(), item).map(Some),
        None => Ok(None),
    }
}

/// `item in bytes`: a number or a bytes-like object.
///
/// # Errors
/// `TypeError` for another kind; `ValueError` for a number beyond a byte.
pub fn contains_bytes(vm: &mut Vm, data: &[u8], item: &Value) -> R<bool> {
    if let Some(needle) = bytes_of(item) {
        return Ok(search::find_bytes(data, &needle).is_some());
    }
    match index_opt(vm, item)? {
        Some(index) => match index.as_int().map(u8::try_from) {
            Some(Ok(byte)) => Ok(memchr::memchr(byte, data).is_some()),
            Some(Err(_)) | None => Err(vm.value_error("byte must be in range(0, 256)")),
        },
        None => {
            let name = vm.type_name(item);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}
