//! The operators and subscripts of `bytearray`: its special methods.

use super::{ByteArray, make, receiver};
use crate::error::{R, Raised};
use crate::native::{Method, NativeFn};
use crate::num::slice::{self, SliceRange};
use crate::objects::{IterObj, NativeIter, SliceObj};
use crate::text::repr;
use crate::types::bytes::shared::Family;
use crate::types::bytes::{byte_argument, from_iterable};
use crate::types::limits;
use crate::types::numbers::{defers, int_ref, size_value};
use crate::types::percent_format;
use crate::types::text_ops::{contains_bytes, decide, slice_bounds, take_bytes};
use crate::types::text_values::{bound, bytes_of, index_opt, str_of};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

macro_rules! compare_rows {
    ($($name:literal $op:ident $sign:literal;)*) => {
        &[
            $(Method::new(
                $name,
                NativeFn::F2(|vm, a, b| compare(vm, $name, CmpOp::$op, a, b)),
                concat!("self ", $sign, " value"),
            ),)*
        ]
    };
}

const COMPARE: &[Method] = compare_rows! {
    "__eq__" Eq "=="; "__ne__" Ne "!="; "__lt__" Lt "<";
    "__le__" Le "<="; "__gt__" Gt ">"; "__ge__" Ge ">=";
};

const OPERATORS: &[Method] = &[
    Method::new("__repr__", NativeFn::F1(text), "repr(self)"),
    Method::new("__str__", NativeFn::F1(text), "str(self)"),
    Method::new(
        "__hash__",
        NativeFn::F1(unhashable),
        "Bytearrays have no hash.",
    ),
    Method::new("__len__", NativeFn::F1(len), "len(self)"),
    Method::new("__iter__", NativeFn::F1(iterate), "iter(self)"),
    Method::new("__contains__", NativeFn::F2(contains), "key in self"),
    Method::new("__getitem__", NativeFn::F2(get_item), "self[key]"),
    Method::new("__setitem__", NativeFn::F3(set_item), "self[key] = value"),
    Method::new("__delitem__", NativeFn::F2(del_item), "del self[key]"),
    Method::new("__add__", NativeFn::F2(add), "self + value"),
    Method::new("__iadd__", NativeFn::F2(add_in_place), "self += value"),
    Method::new("__mul__", NativeFn::F2(multiply), "self * value"),
    Method::new("__rmul__", NativeFn::F2(multiply), "value * self"),
    Method::new("__imul__", NativeFn::F2(multiply_in_place), "self *= value"),
    Method::new("__mod__", NativeFn::F2(percent), "self % value"),
    Method::new("__reduce__", NativeFn::F1(reduce), "For copying."),
    Method::new(
        "__alloc__",
        NativeFn::F1(alloc),
        "How many bytes there is room for.",
    ),
];

/// The methods.
pub const METHODS: &[Method] =
    &crate::types::numbers::join::<{ COMPARE.len() + OPERATORS.len() }>(&[COMPARE, OPERATORS]);

fn compare(vm: &mut Vm, name: &str, op: CmpOp, a: &Value, b: &Value) -> R {
    let array = receiver(vm, a, name)?;
    let Some(other) = bytes_of(b) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let result = array.with(|data| decide(op, || *data == *other, || data.cmp(&other)));
    Ok(result.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

fn text(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "__repr__")?;
    let name = vm.type_name(a);
    let inner = array.with(repr::bytes_repr);
    Ok(vm.str(format!("{name}({inner})")))
}

fn unhashable(vm: &mut Vm, a: &Value) -> R {
    let name = vm.type_name(a);
    Err(vm.type_error(format!("unhashable type: '{name}'")))
}

fn len(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "__len__")?;
    Ok(size_value(array.len()))
}

fn alloc(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "__alloc__")?;
    let len = array.len();
    Ok(size_value(if len == 0 { 0 } else { len + 1 }))
}

/// Over the numbers of a bytearray, which may change meanwhile.
struct ArrayIter {
    /// Unset at the end.
    array: Value,
    next: usize,
}

impl NativeIter for ArrayIter {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        let array = ByteArray::of(&self.array);
        match array.and_then(|array| array.with(|data| data.get(self.next).copied())) {
            Some(byte) => {
                self.next += 1;
                Ok(Some(Value::int(i64::from(byte))))
            }
            None => {
                self.array = Value::UNSET;
                Ok(None)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "bytearray_iterator"
    }
    fn length_hint(&self) -> Option<usize> {
        let len = ByteArray::of(&self.array).map_or(0, |array| array.len());
        Some(len.saturating_sub(self.next))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.array);
    }
}

fn iterate(vm: &mut Vm, a: &Value) -> R {
    receiver(vm, a, "__iter__")?;
    Ok(IterObj::native(ArrayIter {
        array: a.clone(),
        next: 0,
    }))
}

fn contains(vm: &mut Vm, a: &Value, item: &Value) -> R {
    let data = receiver(vm, a, "__contains__")?.shared();
    contains_bytes(vm, &data, item).map(Value::bool)
}

/// The position that an index names.
fn position(vm: &mut Vm, array: &ByteArray, index: &Value) -> R<usize> {
    let Some(at) = index_opt(vm, index)? else {
        let name = vm.type_name(index);
        return Err(vm.type_error(format!(
            "bytearray indices must be integers or slices, not {name}"
        )));
    };
    let Some(at) = at.as_int() else {
        let name = vm.type_name(index);
        return Err(vm.index_error(format!("cannot fit '{name}' into an index-sized integer")));
    };
    match slice::index(at, array.len()) {
        Some(at) => Ok(at),
        None => Err(vm.index_error("bytearray index out of range")),
    }
}

/// `self[key]`
///
/// # Errors
/// `IndexError`, `TypeError`; `ValueError` for a step of 0.
pub fn get_item(vm: &mut Vm, a: &Value, index: &Value) -> R {
    let array = receiver(vm, a, "__getitem__")?;
    if let Some(slice) = index.as_slice() {
        let parts = slice_bounds(vm, slice)?;
        let taken = array.with(|data| take_bytes(data, parts).into_owned());
        return Ok(make(vm, taken));
    }
    let at = position(vm, &array, index)?;
    let byte = array.with(|data| data.get(at).copied().unwrap_or(0));
    Ok(Value::int(i64::from(byte)))
}

fn range_of(vm: &mut Vm, array: &ByteArray, slice: &SliceObj) -> R<SliceRange> {
    let step = bound(vm, Some(&slice.step))?;
    if step == Some(0) {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let start = bound(vm, Some(&slice.start))?;
    let stop = bound(vm, Some(&slice.stop))?;
    Ok(slice::slice_range(start, stop, step, array.len()))
}

/// The positions of a range, ascending.
fn positions(range: SliceRange) -> Vec<usize> {
    let mut at: Vec<usize> = (0..range.count as i64)
        .map(|n| (range.start + n * range.step) as usize)
        .collect();
    at.sort_unstable();
    at
}

/// `array[index] = value`
///
/// # Errors
/// As for [`get_item`]; `ValueError` for what is no byte.
pub fn set_item(vm: &mut Vm, a: &Value, index: &Value, value: &Value) -> R {
    let array = receiver(vm, a, "__setitem__")?;
    if let Some(slice) = index.as_slice() {
        let new = assigned(vm, value)?;
        let range = range_of(vm, &array, slice)?;
        return set_slice(vm, &array, range, new);
    }
    let at = position(vm, &array, index)?;
    let byte = byte_argument(vm, value, Family::Bytearray)?;
    array.with_mut(|data| {
        if let Some(place) = data.get_mut(at) {
            *place = byte;
        }
    });
    Ok(Value::NONE)
}

/// What is assigned to a slice.
fn assigned(vm: &mut Vm, value: &Value) -> R<Vec<u8>> {
    let wrong = bytes_of(value).is_none()
        && (str_of(value).is_some()
            || index_opt(vm, value)?.is_some()
            || vm.iter_opt(value)?.is_none());
    if wrong {
        return Err(
            vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
        );
    }
    from_iterable(vm, value, Family::Bytearray)
}

fn set_slice(vm: &mut Vm, array: &ByteArray, range: SliceRange, new: Vec<u8>) -> R {
    if range.step == 1 {
        array.with_mut(|data| {
            let start = (range.start as usize).min(data.len());
            let end = (start + range.count).min(data.len());
            data.splice(start..end, new);
        });
        return Ok(Value::NONE);
    }
    if new.len() != range.count {
        let (given, size) = (new.len(), range.count);
        return Err(vm.value_error(format!(
            "attempt to assign bytes of size {given} to extended slice of size {size}"
        )));
    }
    array.with_mut(|data| {
        for (n, byte) in new.into_iter().enumerate() {
            if let Some(place) = data.get_mut((range.start + n as i64 * range.step) as usize) {
                *place = byte;
            }
        }
    });
    Ok(Value::NONE)
}

fn del_item(vm: &mut Vm, a: &Value, index: &Value) -> R {
    let array = receiver(vm, a, "__delitem__")?;
    if let Some(slice) = index.as_slice() {
        let range = range_of(vm, &array, slice)?;
        if range.step == 1 {
            array.with_mut(|data| {
                let start = (range.start as usize).min(data.len());
                let end = (start + range.count).min(data.len());
                data.drain(start..end);
            });
            return Ok(Value::NONE);
        }
        let gone = positions(range);
        array.with_mut(|data| {
            let mut at = 0;
            data.retain(|_| {
                let keep = gone.binary_search(&at).is_err();
                at += 1;
                keep
            });
        });
        return Ok(Value::NONE);
    }
    let at = position(vm, &array, index)?;
    array.with_mut(|data| {
        if at < data.len() {
            data.remove(at);
        }
    });
    Ok(Value::NONE)
}

#[cold]
fn cannot_concat(vm: &mut Vm, a: &Value, b: &Value) -> Raised {
    let (left, right) = (vm.type_name(a), vm.type_name(b));
    vm.type_error(format!("can't concat {right} to {left}"))
}

fn add(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let data = receiver(vm, a, "__add__")?.shared();
    let reflected = vm.names.__radd__.clone();
    let Some(other) = bytes_of(b) else {
        if defers(vm, b, &reflected) {
            return Ok(Value::NOT_IMPLEMENTED);
        }
        return Err(cannot_concat(vm, a, b));
    };
    limits::reserve(vm, data.len() + other.len(), 1)?;
    Ok(make(vm, [&data[..], &other].concat()))
}

fn add_in_place(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let array = receiver(vm, a, "__iadd__")?;
    let Some(other) = bytes_of(b) else {
        return Err(cannot_concat(vm, a, b));
    };
    array.with_mut(|data| data.extend_from_slice(&other));
    Ok(a.clone())
}

/// The content repeated; `None` when the count is no integer.
fn repeated(vm: &mut Vm, array: &ByteArray, count: &Value) -> R<Option<Vec<u8>>> {
    let Some(index) = index_opt(vm, count)? else {
        return Ok(None);
    };
    let Some(count) = int_ref(&index).and_then(|count| count.to_i64()) else {
        let name = vm.type_name(count);
        return Err(vm.overflow_error(format!("cannot fit '{name}' into an index-sized integer")));
    };
    let count = usize::try_from(count).unwrap_or(0);
    limits::reserve(vm, array.len(), count)?;
    Ok(Some(array.with(|data| data.repeat(count))))
}

fn multiply(vm: &mut Vm, a: &Value, count: &Value) -> R {
    let array = receiver(vm, a, "__mul__")?;
    let reflected = vm.names.__rmul__.clone();
    if defers(vm, count, &reflected) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match repeated(vm, &array, count)? {
        Some(data) => Ok(make(vm, data)),
        None => Err(not_a_count(vm, count)),
    }
}

fn multiply_in_place(vm: &mut Vm, a: &Value, count: &Value) -> R {
    let array = receiver(vm, a, "__imul__")?;
    match repeated(vm, &array, count)? {
        Some(new) => {
            array.with_mut(|data| *data = new);
            Ok(a.clone())
        }
        None => Err(not_a_count(vm, count)),
    }
}

#[cold]
fn not_a_count(vm: &mut Vm, count: &Value) -> Raised {
    let name = vm.type_name(count);
    vm.type_error(format!(
        "can't multiply sequence by non-int of type '{name}'"
    ))
}

fn percent(vm: &mut Vm, a: &Value, values: &Value) -> R {
    let format = receiver(vm, a, "__mod__")?.shared();
    let data = percent_format::format_bytes(vm, &format, values)?;
    Ok(make(vm, data))
}

fn reduce(vm: &mut Vm, a: &Value) -> R {
    let array = receiver(vm, a, "__reduce__")?;
    let text: String = array.with(|data| data.iter().map(|byte| char::from(*byte)).collect());
    let (text, encoding) = (vm.str(text), vm.str("latin-1"));
    let class = vm.class_of(a).to_value();
    let args = Value::tuple([text, encoding]);
    Ok(Value::tuple([class, args, Value::NONE]))
}
