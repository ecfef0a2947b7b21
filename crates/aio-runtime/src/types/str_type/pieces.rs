//! Taking apart and putting together: `split`, `partition`, `strip`, `join`, ...

use crate::error::{R, Raised};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::StrObj;
use crate::text::split::{self, Ends};
use crate::types::limits;
use crate::types::text_values::{
    Parts, empty_str, owned_value, part_or_same, size_argument, str_argument, str_of, str_receiver,
    text_value, written,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "split",
        NativeFn::Any(|vm, args| cut(vm, args, "split")),
        "split(sep=None, maxsplit=-1): the parts between separators, or between white space.",
    ),
    Method::new(
        "rsplit",
        NativeFn::Any(|vm, args| cut(vm, args, "rsplit")),
        "rsplit(sep=None, maxsplit=-1): like split, counting from the end.",
    ),
    Method::new(
        "splitlines",
        NativeFn::Any(split_lines),
        "splitlines(keepends=False): the lines.",
    ),
    Method::new(
        "partition",
        NativeFn::F2(|vm, a, b| partition(vm, a, b, "partition", split::partition)),
        "partition(sep): what is before the first separator, the separator, the rest.",
    ),
    Method::new(
        "rpartition",
        NativeFn::F2(|vm, a, b| partition(vm, a, b, "rpartition", split::rpartition)),
        "rpartition(sep): what is before the last separator, the separator, the rest.",
    ),
    Method::new(
        "strip",
        NativeFn::Opt2(|vm, a, chars| strip(vm, a, chars, "strip", Ends::Both)),
        "strip(chars=None): without white space, or these characters, at both ends.",
    ),
    Method::new(
        "lstrip",
        NativeFn::Opt2(|vm, a, chars| strip(vm, a, chars, "lstrip", Ends::Left)),
        "lstrip(chars=None): without white space, or these characters, at the start.",
    ),
    Method::new(
        "rstrip",
        NativeFn::Opt2(|vm, a, chars| strip(vm, a, chars, "rstrip", Ends::Right)),
        "rstrip(chars=None): without white space, or these characters, at the end.",
    ),
    Method::new(
        "join",
        NativeFn::F2(join),
        "join(iterable): the strings of an iterable with this one between them.",
    ),
];

/// The separator (`None` if there is none) and the limit of `split` or `rsplit`, of text or bytes.
///
/// # Errors
/// `TypeError` for arguments that do not fit.
#[inline]
pub fn split_arguments(vm: &mut Vm, args: Args<'_>, name: &'static str) -> R<(Value, i64)> {
    if let (pos @ ([] | [_]), []) = (args.pos, args.kw) {
        return Ok((pos.first().cloned().unwrap_or(Value::NONE), -1));
    }
    if let ([separator, limit], []) = (args.pos, args.kw)
        && let Some(limit) = limit.as_int()
    {
        return Ok((separator.clone(), limit));
    }
    let signature = Signature {
        name,
        params: &["sep", "maxsplit"],
        positional: 2,
        required: 0,
    };
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        let kind = if args.pos.is_empty() { "keyword " } else { "" };
        return Err(vm.type_error(format!(
            "{name}() takes at most 2 {kind}arguments ({given} given)"
        )));
    }
    let [separator, limit] = vm.bind(args, &signature)?;
    let limit = if limit.is_unset() {
        -1
    } else {
        size_argument(vm, &limit)?
    };
    let separator = if separator.is_unset() {
        Value::NONE
    } else {
        separator
    };
    Ok((separator, limit))
}

#[inline(always)]
fn cut(vm: &mut Vm, args: Args<'_>, method: &'static str) -> R {
    let from_left = method == "split";
    let (receiver, args) = args.split_receiver(vm, "str", method)?;
    let string = str_receiver(vm, receiver, method)?;
    let (separator, limit) = split_arguments(vm, args, method)?;
    let text = string.text();
    let mut parts = Parts::new(&string, split::room_for_words(text.len()));
    if separator.is_none() {
        if from_left {
            split::split_whitespace(text, limit, |part| parts.push(part));
        } else {
            parts.extend(split::rsplit_whitespace(text, limit));
        }
        return Ok(parts.list());
    }
    let separator = str_argument(vm, &separator, "must be str or None")?;
    let found = if from_left {
        split::split(text, separator.text(), limit, |part| {
            parts.push_or_same(receiver, part);
        })
    } else {
        split::rsplit(text, separator.text(), limit).map(|found| {
            for part in found {
                parts.push_or_same(receiver, part);
            }
        })
    };
    vm.checked(found)?;
    Ok(parts.list())
}

const SPLIT_LINES: Signature = Signature {
    name: "splitlines",
    params: &["keepends"],
    positional: 1,
    required: 0,
};

fn split_lines(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "str", "splitlines")?;
    let string = str_receiver(vm, receiver, "splitlines")?;
    let [keeps_ends] = vm.bind(args, &SPLIT_LINES)?;
    let keeps_ends = vm.truthy(&keeps_ends)?;
    let mut lines = Parts::new(&string, 0);
    split::split_lines(string.text(), keeps_ends, |line| lines.push(line));
    Ok(lines.list())
}

type Partition =
    for<'a> fn(&'a str, &'a str) -> Result<(&'a str, &'a str, &'a str), crate::num::Fault>;

#[inline(always)]
fn partition(vm: &mut Vm, receiver: &Value, separator: &Value, method: &str, f: Partition) -> R {
    let string = str_receiver(vm, receiver, method)?;
    let separator = str_argument(vm, separator, "must be str")?;
    let parts = f(string.text(), separator.text());
    let (head, middle, tail) = vm.checked(parts)?;
    Ok(Value::tuple([
        part_or_same(receiver, &string, head),
        text_value(middle),
        part_or_same(receiver, &string, tail),
    ]))
}

#[inline(always)]
fn strip(vm: &mut Vm, receiver: &Value, chars: Option<&Value>, method: &str, ends: Ends) -> R {
    let string = str_receiver(vm, receiver, method)?;
    let chars = match chars.filter(|chars| !chars.is_none()) {
        None => None,
        Some(chars) => match str_of(chars) {
            Some(chars) => Some(chars),
            None => return Err(vm.type_error(format!("{method} arg must be None or str"))),
        },
    };
    let kept = split::strip(
        string.text(),
        chars.as_ref().map(|chars| chars.text()),
        ends,
    );
    Ok(part_or_same(receiver, &string, kept))
}

/// `separator.join(iterable)`
///
/// # Errors
/// `TypeError` when it is no iterable of strings; what iterating raises.
pub fn join(vm: &mut Vm, separator: &Value, iterable: &Value) -> R {
    let separator = str_receiver(vm, separator, "join")?;
    if let Some(tuple) = iterable.as_tuple() {
        return join_items(vm, &separator, &tuple.items);
    }
    if let Some(list) = iterable.as_list() {
        let joined = list.items.with(|items| join_plain(&separator, items));
        return match joined {
            Joined::Text(value) => Ok(value),
            Joined::TooLong(size) => Err(too_long(vm, size)),
            Joined::Other => {
                let items = list.to_vec();
                join_items(vm, &separator, &items)
            }
        };
    }
    let Some(iter) = vm.iter_opt(iterable)? else {
        return Err(vm.type_error("can only join an iterable"));
    };
    let items = vm.collect(&iter)?;
    join_items(vm, &separator, &items)
}

/// What came of joining items that should be exact strings.
enum Joined {
    Text(Value),
    /// So many bytes.
    TooLong(usize),
    /// Some item is no exact string.
    Other,
}

fn join_plain(separator: &StrObj, items: &[Value]) -> Joined {
    let between = separator.text();
    let mut size = between.len().saturating_mul(items.len().saturating_sub(1));
    let mut is_ascii = separator.is_ascii();
    for item in items {
        let Some(item) = item.as_str_obj() else {
            return Joined::Other;
        };
        size = size.saturating_add(item.text().len());
        is_ascii &= item.is_known_ascii();
    }
    match items {
        [] => return Joined::Text(empty_str()),
        [item] => return Joined::Text(item.clone()),
        _ => {}
    }
    if size > limits::MAX_BYTES {
        return Joined::TooLong(size);
    }
    if size <= 1 {
        let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        return Joined::Text(text_value(&texts.join(between)));
    }
    let chars = if is_ascii { size } else { usize::MAX };
    Joined::Text(written(size, chars, |pen| {
        for (nth, item) in items.iter().enumerate() {
            if nth > 0 {
                pen.text(between);
            }
            pen.text(item.as_str().unwrap_or(""));
        }
    }))
}

#[cold]
fn too_long(vm: &mut Vm, size: usize) -> Raised {
    match limits::reserve(vm, size, 1) {
        Ok(()) => vm.overflow_error("join() result is too long for a Python string"),
        Err(raised) => raised,
    }
}

fn join_items(vm: &mut Vm, separator: &StrObj, items: &[Value]) -> R {
    match join_plain(separator, items) {
        Joined::Text(value) => return Ok(value),
        Joined::TooLong(size) => return Err(too_long(vm, size)),
        Joined::Other => {}
    }
    let mut out = String::new();
    for (nth, item) in items.iter().enumerate() {
        let Some(text) = str_of(item) else {
            let name = vm.type_name(item);
            return Err(vm.type_error(format!(
                "sequence item {nth}: expected str instance, {name} found"
            )));
        };
        if nth > 0 {
            out.push_str(separator.text());
        }
        out.push_str(text.text());
    }
    debug_assert!(items.iter().any(|item| item.tag() != Tag::Str));
    Ok(owned_value(out))
}
