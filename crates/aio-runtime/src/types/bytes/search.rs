//! Searching in bytes and bytearrays: `find`, `count`, `startswith`, `replace`, ...

use super::shared::{Family, needle};
use crate::error::R;
use crate::text::bytes;
use crate::types::numbers::{size_value, unwrap};
use crate::types::text_values::{bound, bytes_argument, bytes_of, size_argument};
use crate::value::Value;
use crate::vm::Vm;

/// `find(bytes, needle, start, end)`
pub type Finder = fn(&[u8], &[u8], Option<i64>, Option<i64>) -> Option<usize>;

/// `bytes.find(sub, start, end)`, or `index` when it `must` be there.
pub fn position(
    vm: &mut Vm,
    (family, method): (Family, &str),
    args: &[Value],
    find: Finder,
    must: bool,
) -> R {
    let [a, wanted, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, method)?;
    let wanted = needle(vm, wanted)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    match find(&data, &wanted, start, end) {
        Some(at) => Ok(size_value(at)),
        None if must => Err(vm.raise_fault(bytes::not_found())),
        None => Ok(Value::int(-1)),
    }
}

/// `bytes.count(sub, start, end)`
pub fn count(vm: &mut Vm, family: Family, args: &[Value]) -> R {
    let [a, wanted, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, "count")?;
    let wanted = needle(vm, wanted)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    Ok(size_value(bytes::count(&data, &wanted, start, end)))
}

/// `starts_with(bytes, prefix, start, end)`
pub type Test = fn(&[u8], &[u8], Option<i64>, Option<i64>) -> bool;

/// `bytes.startswith(prefix, start, end)`
pub fn at_end(vm: &mut Vm, (family, method): (Family, &str), args: &[Value], test: Test) -> R {
    let [a, wanted, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, method)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    if let Some(wanted) = bytes_of(wanted) {
        return Ok(Value::bool(test(&data, &wanted, start, end)));
    }
    let plain = unwrap(wanted);
    let Some(choices) = plain.as_tuple() else {
        let name = vm.type_name(wanted);
        return Err(vm.type_error(format!(
            "{method} first arg must be bytes or a tuple of bytes, not {name}"
        )));
    };
    for choice in &choices.items {
        let choice = bytes_argument(vm, choice)?;
        if test(&data, &choice, start, end) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// `bytes.replace(old, new, count=-1)`
pub fn replace(vm: &mut Vm, family: Family, args: &[Value]) -> R {
    let [a, old, new, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, "replace")?;
    let old = bytes_argument(vm, old)?;
    let new = bytes_argument(vm, new)?;
    let limit = match rest.first() {
        Some(limit) => Some(size_argument(vm, limit)?),
        None => None,
    };
    let replaced = bytes::replace(&data, &old, &new, limit);
    Ok(family.make(vm, replaced))
}

/// `bytes.removeprefix(prefix)`, or with `at_end` `removesuffix`.
pub fn remove(
    vm: &mut Vm,
    (family, method): (Family, &str),
    a: &Value,
    part: &Value,
    at_end: bool,
) -> R {
    let data = family.receiver(vm, a, method)?;
    let part = bytes_argument(vm, part)?;
    let kept = if at_end {
        data.strip_suffix(&*part)
    } else {
        data.strip_prefix(&*part)
    };
    let kept = kept.unwrap_or(&data);
    Ok(family.part_or_same(vm, a, data.len(), kept))
}

/// Rows for searching.
macro_rules! search_rows {
    ($family:expr) => {
        &[
            search::search_rows!(@find $family, "find", crate::text::bytes::find, false,
                "find(sub, start, end): where sub is, or -1."),
            search::search_rows!(@find $family, "rfind", crate::text::bytes::rfind, false,
                "rfind(sub, start, end): where sub is last, or -1."),
            search::search_rows!(@find $family, "index", crate::text::bytes::find, true,
                "index(sub, start, end): where sub is; ValueError when it is not there."),
            search::search_rows!(@find $family, "rindex", crate::text::bytes::rfind, true,
                "rindex(sub, start, end): where sub is last; ValueError when it is not there."),
            Method::new("count", NativeFn::Range(2, 4, |vm, args| search::count(vm, $family, args)),
                "count(sub, start, end): how often sub is there, without overlaps."),
            Method::new("startswith", NativeFn::Range(2, 4, |vm, args| {
                search::at_end(vm, ($family, "startswith"), args, crate::text::bytes::starts_with)
            }), "startswith(prefix, start, end): whether they begin with a prefix, or one of a tuple."),
            Method::new("endswith", NativeFn::Range(2, 4, |vm, args| {
                search::at_end(vm, ($family, "endswith"), args, crate::text::bytes::ends_with)
            }), "endswith(suffix, start, end): whether they end with a suffix, or one of a tuple."),
            Method::new("replace", NativeFn::Range(3, 4, |vm, args| {
                search::replace(vm, $family, args)
            }), "replace(old, new, count=-1): with each old replaced by new, at most count of them."),
            Method::new("removeprefix", NativeFn::F2(|vm, a, b| {
                search::remove(vm, ($family, "removeprefix"), a, b, false)
            }), "removeprefix(prefix): without the prefix, if they begin with it."),
            Method::new("removesuffix", NativeFn::F2(|vm, a, b| {
                search::remove(vm, ($family, "removesuffix"), a, b, true)
            }), "removesuffix(suffix): without the suffix, if they end with it."),
        ]
    };
    (@find $family:expr, $name:literal, $function:expr, $must:literal, $doc:literal) => {
        Method::new($name, NativeFn::Range(2, 4, |vm, args| {
            search::position(vm, ($family, $name), args, $function, $must)
        }), $doc)
    };
}

pub(in crate::types) use search_rows;
