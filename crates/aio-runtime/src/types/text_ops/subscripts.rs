//! Subscripts of str and bytes: indexes and slices.

use crate::error::{R, Raised};
use crate::num::slice;
use crate::objects::{SliceObj, StrObj};
use crate::types::text_values::{
    ascii_value, bound, char_value, counted, empty_str, index_opt, part_value, written,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::borrow::Cow;

/// `object[index]`; `None` when it is neither str nor bytes.
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn get_item(vm: &mut Vm, object: &Value, index: &Value) -> R<Option<Value>> {
    if let Some(string) = object.as_str_obj() {
        return str_item(vm, object, string, index).map(Some);
    }
    match object.as_bytes_obj() {
        Some(bytes) => bytes_item(vm, object, bytes.data(), index).map(Some),
        None => Ok(None),
    }
}

/// `object[index] = value`: strings and bytes do not allow it.
///
/// # Errors
/// None.
pub fn set_item(_vm: &mut Vm, _object: &Value, _index: &Value, _value: &Value) -> R<bool> {
    Ok(false)
}

/// `del object[index]`: strings and bytes do not allow it.
///
/// # Errors
/// None.
pub fn del_item(_vm: &mut Vm, _object: &Value, _index: &Value) -> R<bool> {
    Ok(false)
}

#[inline]
fn str_item(vm: &mut Vm, object: &Value, string: &StrObj, index: &Value) -> R {
    if let Some(slice) = index.as_slice() {
        return slice_of_str(vm, object, string, slice);
    }
    let at = match index.as_index() {
        Some(at) => at,
        None => match index_opt(vm, index)? {
            Some(int) => small_index(vm, &int, index)?,
            None => {
                let name = vm.type_name(index);
                return Err(vm.type_error(format!("string indices must be integers, not '{name}'")));
            }
        },
    };
    let len = string.char_count();
    let Some(at) = slice::index(at, len) else {
        return Err(vm.index_error("string index out of range"));
    };
    let text = string.text();
    let ch = if len == text.len() {
        text.as_bytes().get(at).map(|byte| char::from(*byte))
    } else {
        string.char_at(at)
    };
    Ok(ch.map_or_else(empty_str, char_value))
}

/// An index that must fit 64 bits.
fn small_index(vm: &mut Vm, int: &Value, given: &Value) -> R<i64> {
    match int.as_int() {
        Some(at) => Ok(at),
        None => {
            let name = vm.type_name(given);
            Err(vm.index_error(format!("cannot fit '{name}' into an index-sized integer")))
        }
    }
}

#[cold]
fn zero_step(vm: &mut Vm) -> Raised {
    vm.value_error("slice step cannot be zero")
}

fn step_of(vm: &mut Vm, slice: &SliceObj) -> R<Option<i64>> {
    let step = bound(vm, Some(&slice.step))?;
    if step == Some(0) {
        return Err(zero_step(vm));
    }
    Ok(step)
}

fn slice_of_str(vm: &mut Vm, object: &Value, string: &StrObj, slice: &SliceObj) -> R {
    let parts = slice_bounds(vm, slice)?;
    Ok(part_of_str(object, string, parts))
}

/// `string[start:stop:step]` with a step that is not 0; `object` is the string as a value.
pub fn part_of_str(
    object: &Value,
    string: &StrObj,
    [start, stop, step]: [Option<i64>; 3],
) -> Value {
    if step.is_none_or(|step| step == 1) {
        return slice_str(object, string, start, stop);
    }
    let range = slice::slice_range(start, stop, step, string.char_count());
    if string.is_ascii() && range.count > 1 {
        let bytes = string.text().as_bytes();
        let byte = |nth: usize| {
            let at = range.start + nth as i64 * range.step;
            bytes.get(at as usize).copied().unwrap_or(0)
        };
        return written(range.count, range.count, |pen| {
            pen.ascii((0..range.count).map(byte))
        });
    }
    let text = counted(string).slice_step(range);
    crate::types::text_values::owned_value(text)
}

/// `string[start:stop]`; `object` is the string as a value.
#[inline]
pub fn slice_str(object: &Value, string: &StrObj, start: Option<i64>, stop: Option<i64>) -> Value {
    let len = string.char_count();
    let (start, stop) = slice::ends(start, stop, len);
    if start >= stop {
        return empty_str();
    }
    if stop - start == len && object.tag() == Tag::Str {
        return object.clone();
    }
    if len == string.text().len() {
        return ascii_value(string.text().get(start..stop).unwrap_or(""));
    }
    part_value(string, counted(string).slice(start, stop))
}

fn bytes_item(vm: &mut Vm, object: &Value, data: &[u8], index: &Value) -> R {
    if let Some(slice) = index.as_slice() {
        let parts = slice_bounds(vm, slice)?;
        return Ok(part_of_bytes(object, data, parts));
    }
    let Some(int) = index_opt(vm, index)? else {
        let name = vm.type_name(index);
        return Err(vm.type_error(format!(
            "byte indices must be integers or slices, not {name}"
        )));
    };
    let at = small_index(vm, &int, index)?;
    match slice::index(at, data.len()).and_then(|at| data.get(at)) {
        Some(byte) => Ok(Value::int(i64::from(*byte))),
        None => Err(vm.index_error("index out of range")),
    }
}

/// `object[start:stop:step]` with a step that is not 0; `object` is bytes with that data.
pub fn part_of_bytes(object: &Value, data: &[u8], parts: [Option<i64>; 3]) -> Value {
    match take_bytes(data, parts) {
        Cow::Borrowed(taken) if taken.len() == data.len() && object.tag() == Tag::Bytes => {
            object.clone()
        }
        taken => Value::bytes(taken),
    }
}

/// The parts of a slice as machine ints.
///
/// # Errors
/// `TypeError` for bounds that are no integers, `ValueError` for step 0.
pub fn slice_bounds(vm: &mut Vm, slice: &SliceObj) -> R<[Option<i64>; 3]> {
    let step = step_of(vm, slice)?;
    let start = bound(vm, Some(&slice.start))?;
    let stop = bound(vm, Some(&slice.stop))?;
    Ok([start, stop, step])
}

/// The bytes that a slice with a step that is not 0 takes.
pub fn take_bytes(data: &[u8], [start, stop, step]: [Option<i64>; 3]) -> Cow<'_, [u8]> {
    let range = slice::slice_range(start, stop, step, data.len());
    let (start, count) = (range.start, range.count);
    if count == 0 {
        return Cow::Borrowed(&[]);
    }
    if range.step == 1 {
        let part = data.get(start as usize..start as usize + count);
        return Cow::Borrowed(part.unwrap_or(&[]));
    }
    let picked = (0..count as i64).filter_map(|n| data.get((start + n * range.step) as usize));
    Cow::Owned(picked.copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Ref;
    use crate::types::text_values::saturate;

    #[test]
    fn slices_of_strings() {
        let whole = Value::from(Ref::text("aé€z"));
        let string = whole.as_str_obj().expect("a string");
        let take = |start, stop| {
            let part = slice_str(&whole, string, start, stop);
            part.as_str().map(str::to_owned)
        };
        assert_eq!(take(Some(1), Some(-1)).as_deref(), Some("é€"));
        assert_eq!(take(Some(3), None).as_deref(), Some("z"));
        assert_eq!(take(Some(5), None).as_deref(), Some(""));
        assert!(slice_str(&whole, string, None, None).is(&whole));
    }

    #[test]
    fn bounds_beyond_64_bits_are_cut() {
        let big = crate::types::numbers::big_value(num_bigint::BigInt::from(-1) << 70);
        assert_eq!(saturate(&big), i64::MIN);
    }
}
