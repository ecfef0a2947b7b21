//! Taking bytes apart and putting them together: `split`, `partition`, `strip`, `join`, ...

use super::shared::Family;
use crate::error::R;
use crate::native::{Args, Signature};
use crate::num::Fault;
use crate::objects::ListObj;
use crate::text::bytes::{self, Parts};
use crate::text::split::{Ends, room_for_words};
use crate::types::limits;
use crate::types::str_type::split_arguments;
use crate::types::text_values::{bytes_argument, bytes_of};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `bytes.split(sep=None, maxsplit=-1)`, or `rsplit`.
pub fn cut(vm: &mut Vm, (family, method): (Family, &'static str), args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, family.name(), method)?;
    let data = family.receiver(vm, a, method)?;
    let (separator, limit) = split_arguments(vm, args, method)?;
    let from_left = method == "split";
    if separator.is_none() {
        if !from_left {
            let parts = bytes::rsplit_whitespace(&data, limit);
            return Ok(family.make_list(vm, parts));
        }
        let mut parts = Vec::with_capacity(room_for_words(data.len()));
        bytes::split_whitespace(&data, limit, |part| parts.push(family.make_copy(vm, part)));
        return Ok(Value::new(ListObj::new(parts)));
    }
    let separator = bytes_argument(vm, &separator)?;
    if !from_left {
        let parts = bytes::rsplit(&data, &separator, limit);
        let parts = vm.checked(parts)?;
        return Ok(family.make_list(vm, parts));
    }
    let mut parts = Vec::with_capacity(room_for_words(data.len()));
    let found = bytes::split(&data, &separator, limit, |part| {
        parts.push(family.make_copy(vm, part));
    });
    vm.checked(found)?;
    Ok(Value::new(ListObj::new(parts)))
}

const SPLIT_LINES: Signature = Signature {
    name: "splitlines",
    params: &["keepends"],
    positional: 1,
    required: 0,
};

/// `bytes.splitlines(keepends=False)`
pub fn split_lines(vm: &mut Vm, family: Family, args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, family.name(), "splitlines")?;
    let data = family.receiver(vm, a, "splitlines")?;
    let [keeps_ends] = vm.bind(args, &SPLIT_LINES)?;
    let keeps_ends = vm.truthy(&keeps_ends)?;
    let lines = bytes::split_lines(&data, keeps_ends);
    Ok(family.make_list(vm, lines))
}

/// `partition(bytes, separator)`
pub type Partition = for<'a> fn(&'a [u8], &'a [u8]) -> Result<Parts<'a>, Fault>;

/// `bytes.partition(sep)`, or `rpartition`.
pub fn partition(
    vm: &mut Vm,
    (family, method): (Family, &str),
    a: &Value,
    separator: &Value,
    f: Partition,
) -> R {
    let data = family.receiver(vm, a, method)?;
    let separator = bytes_argument(vm, separator)?;
    let parts = f(&data, &separator);
    let (head, middle, tail) = vm.checked(parts)?;
    Ok(Value::tuple([
        family.make_copy(vm, head),
        family.make_copy(vm, middle),
        family.make_copy(vm, tail),
    ]))
}

/// `bytes.strip(bytes=None)`, or one end only.
pub fn strip(vm: &mut Vm, (family, method): (Family, &str), args: &[Value], ends: Ends) -> R {
    let [a, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, method)?;
    let set = match rest.first().filter(|set| !set.is_none()) {
        Some(set) => Some(bytes_argument(vm, set)?),
        None => None,
    };
    let kept = bytes::strip(&data, set.as_deref(), ends);
    Ok(family.part_or_same(vm, a, data.len(), kept))
}

/// Joins items that are all exactly `bytes`, and not very many; `None` for others.
fn join_plain(separator: &[u8], items: &[Value]) -> Option<Vec<u8>> {
    const MOST: usize = 1 << 20;
    let mut size = separator.len() * items.len();
    for item in items {
        size += item.as_bytes_obj()?.data().len();
    }
    if size > MOST {
        return None;
    }
    let mut out = Vec::with_capacity(size);
    for (nth, item) in items.iter().enumerate() {
        if nth > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(item.as_bytes_obj()?.data());
    }
    Some(out)
}

/// `bytes.join(iterable)`
pub fn join(vm: &mut Vm, family: Family, a: &Value, iterable: &Value) -> R {
    let separator = family.receiver(vm, a, "join")?;
    let plain = match (iterable.as_list(), iterable.as_tuple()) {
        (Some(list), _) => list.items.with(|items| join_plain(&separator, items)),
        (None, Some(tuple)) => join_plain(&separator, &tuple.items),
        (None, None) => None,
    };
    if let Some(joined) = plain {
        return Ok(family.make(vm, joined));
    }
    let is_plain = matches!(iterable.tag(), Tag::List | Tag::Tuple);
    if !is_plain && vm.iter_opt(iterable)?.is_none() {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = vm.collect(iterable)?;
    let mut out = Vec::new();
    for (nth, item) in items.iter().enumerate() {
        let Some(part) = bytes_of(item) else {
            let name = vm.type_name(item);
            return Err(vm.type_error(format!(
                "sequence item {nth}: expected a bytes-like object, {name} found"
            )));
        };
        limits::reserve(vm, part.len() + separator.len(), 1)?;
        if nth > 0 {
            out.extend_from_slice(&separator);
        }
        out.extend_from_slice(&part);
    }
    Ok(family.make(vm, out))
}

/// Rows for taking apart and putting together.
macro_rules! piece_rows {
    ($family:expr) => {
        &[
            Method::new("split", NativeFn::Any(|vm, args| {
                pieces::cut(vm, ($family, "split"), args)
            }), "split(sep=None, maxsplit=-1): the parts between separators, or between white space."),
            Method::new("rsplit", NativeFn::Any(|vm, args| {
                pieces::cut(vm, ($family, "rsplit"), args)
            }), "rsplit(sep=None, maxsplit=-1): like split, counting from the end."),
            Method::new("splitlines", NativeFn::Any(|vm, args| {
                pieces::split_lines(vm, $family, args)
            }), "splitlines(keepends=False): the lines."),
            Method::new("partition", NativeFn::F2(|vm, a, b| {
                pieces::partition(vm, ($family, "partition"), a, b, crate::text::bytes::partition)
            }), "partition(sep): what is before the first separator, the separator, the rest."),
            Method::new("rpartition", NativeFn::F2(|vm, a, b| {
                pieces::partition(vm, ($family, "rpartition"), a, b, crate::text::bytes::rpartition)
            }), "rpartition(sep): what is before the last separator, the separator, the rest."),
            Method::new("strip", NativeFn::Range(1, 2, |vm, args| {
                pieces::strip(vm, ($family, "strip"), args, crate::text::split::Ends::Both)
            }), "strip(bytes=None): without white space, or these bytes, at both ends."),
            Method::new("lstrip", NativeFn::Range(1, 2, |vm, args| {
                pieces::strip(vm, ($family, "lstrip"), args, crate::text::split::Ends::Left)
            }), "lstrip(bytes=None): without white space, or these bytes, at the start."),
            Method::new("rstrip", NativeFn::Range(1, 2, |vm, args| {
                pieces::strip(vm, ($family, "rstrip"), args, crate::text::split::Ends::Right)
            }), "rstrip(bytes=None): without white space, or these bytes, at the end."),
            Method::new("join", NativeFn::F2(|vm, a, b| pieces::join(vm, $family, a, b)),
                "join(iterable): the bytes of an iterable with these between them."),
        ]
    };
}

pub(in crate::types) use piece_rows;
