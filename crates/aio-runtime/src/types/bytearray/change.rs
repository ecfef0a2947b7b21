//! The methods of `bytearray` that change it.
//!
//! Arguments are converted before the content is touched: converting may run code of the script,
//! which may change the bytearray itself; lengths are looked at afterwards.

use super::{make, receiver};
use crate::error::R;
use crate::native::{Method, NativeFn};
use crate::num::slice;
use crate::types::bytes::shared::Family;
use crate::types::bytes::{byte_argument, from_iterable};
use crate::types::text_values::{bytes_of, size_argument, str_of};
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "append",
        NativeFn::F2(append),
        "append(item): add a byte at the end.",
    ),
    Method::new(
        "extend",
        NativeFn::F2(extend),
        "extend(iterable): add bytes at the end.",
    ),
    Method::new(
        "insert",
        NativeFn::F3(insert),
        "insert(index, item): add a byte before an index.",
    ),
    Method::new(
        "pop",
        NativeFn::Range(1, 2, pop),
        "pop(index=-1): take a byte out.",
    ),
    Method::new(
        "remove",
        NativeFn::F2(remove),
        "remove(value): take the first byte of that value out.",
    ),
    Method::new("reverse", NativeFn::F1(reverse), "Reverse the order."),
    Method::new("clear", NativeFn::F1(clear), "Take all bytes out."),
    Method::new("copy", NativeFn::F1(copy), "A copy."),
];

fn append(vm: &mut Vm, a: &Value, item: &Value) -> R {
    let array = receiver(vm, a, "append")?;
    let byte = byte_argument(vm, item, Family::Bytearray)?;
    array.with_mut(|data| data.push(byte));
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm, a: &Value, items: &Value) -> R {
    let array = receiver(vm, a, "extend")?;
    if str_of(items).is_some() {
        return Err(vm.type_error("expected iterable of integers; got: 'str'"));
    }
    if bytes_of(items).is_none() && vm.iter_opt(items)?.is_none() {
        let name = vm.type_name(items);
        return Err(vm.type_error(format!("can't extend bytearray with {name}")));
    }
    let more = from_iterable(vm, items, Family::Bytearray)?;
    array.with_mut(|data| data.extend_from_slice(&more));
    Ok(Value::NONE)
}

fn insert(vm: &mut Vm, a: &Value, index: &Value, item: &Value) -> R {
    let array = receiver(vm, a, "insert")?;
    let index = size_argument(vm, index)?;
    let byte = byte_argument(vm, item, Family::Bytearray)?;
    array.with_mut(|data| {
        let len = data.len() as i64;
        let at = if index < 0 {
            index.saturating_add(len).max(0)
        } else {
            index.min(len)
        };
        data.insert(at as usize, byte);
    });
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, args: &[Value]) -> R {
    let [a, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let array = receiver(vm, a, "pop")?;
    let index = match rest.first() {
        Some(index) => size_argument(vm, index)?,
        None => -1,
    };
    if array.is_empty() {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    match slice::index(index, array.len()) {
        Some(at) => {
            let byte = array.with_mut(|data| data.remove(at));
            Ok(Value::int(i64::from(byte)))
        }
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn remove(vm: &mut Vm, a: &Value, item: &Value) -> R {
    let array = receiver(vm, a, "remove")?;
    let byte = byte_argument(vm, item, Family::Bytearray)?;
    let found = array.with_mut(|data| match memchr::memchr(byte, data) {
        Some(at) => {
            data.remove(at);
            true
        }
        None => false,
    });
    if found {
        Ok(Value::NONE)
    } else {
        Err(vm.value_error("value not found in bytearray"))
    }
}

fn reverse(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "reverse")?;
    array.with_mut(|data| data.reverse());
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "clear")?;
    array.with_mut(Vec::clear);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "copy")?;
    Ok(make(vm, array.to_vec()))
}
