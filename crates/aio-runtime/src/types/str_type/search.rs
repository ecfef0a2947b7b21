//! Searching: `find`, `index`, `count`, `startswith`, `replace`, ...

use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::num::Fault;
use crate::objects::StrObj;
use crate::text::{Text, search};
use crate::types::numbers::{size_value, unwrap};
use crate::types::text_values::{
    bound, owned_value, part_or_same, size_argument, str_argument, str_of, str_receiver, written,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "find",
        NativeFn::Range(2, 4, |vm, args| {
            position(vm, args, "find", search::find, false)
        }),
        "find(sub, start, end): where sub is, or -1.",
    ),
    Method::new(
        "rfind",
        NativeFn::Range(2, 4, |vm, args| {
            position(vm, args, "rfind", search::rfind, false)
        }),
        "rfind(sub, start, end): where sub is last, or -1.",
    ),
    Method::new(
        "index",
        NativeFn::Range(2, 4, |vm, args| {
            position(vm, args, "index", search::find, true)
        }),
        "index(sub, start, end): where sub is; ValueError when it is not there.",
    ),
    Method::new(
        "rindex",
        NativeFn::Range(2, 4, |vm, args| {
            position(vm, args, "rindex", search::rfind, true)
        }),
        "rindex(sub, start, end): where sub is last; ValueError when it is not there.",
    ),
    Method::new(
        "count",
        NativeFn::Range(2, 4, count),
        "count(sub, start, end): how often sub is there, without overlaps.",
    ),
    Method::new(
        "startswith",
        NativeFn::Range(2, 4, |vm, args| {
            at_end(vm, args, "startswith", search::starts_with)
        }),
        "startswith(prefix, start, end): whether it begins with a prefix, or one of a tuple.",
    ),
    Method::new(
        "endswith",
        NativeFn::Range(2, 4, |vm, args| {
            at_end(vm, args, "endswith", search::ends_with)
        }),
        "endswith(suffix, start, end): whether it ends with a suffix, or one of a tuple.",
    ),
    Method::new(
        "replace",
        NativeFn::Any(replace),
        "replace(old, new, count=-1): with each old replaced by new, at most count of them.",
    ),
    Method::new(
        "removeprefix",
        NativeFn::F2(|vm, a, b| remove(vm, a, b, "removeprefix", search::remove_prefix)),
        "removeprefix(prefix): without the prefix, if it begins with it.",
    ),
    Method::new(
        "removesuffix",
        NativeFn::F2(|vm, a, b| remove(vm, a, b, "removesuffix", search::remove_suffix)),
        "removesuffix(suffix): without the suffix, if it ends with it.",
    ),
];

type Finder = fn(Text<'_>, &str, Option<i64>, Option<i64>) -> Option<usize>;

fn position(vm: &mut Vm, args: &[Value], method: &str, find: Finder, must: bool) -> R {
    let [receiver, needle, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let string = str_receiver(vm, receiver, method)?;
    let needle = argument(vm, needle, method, 1)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    match find(string.counted(), needle.text(), start, end) {
        Some(at) => Ok(size_value(at)),
        None if must => Err(vm.raise_fault(search::not_found())),
        None => Ok(Value::int(-1)),
    }
}

fn argument<'a>(
    vm: &mut Vm,
    value: &'a Value,
    method: &str,
    nth: usize,
) -> R<crate::types::text_values::Str<'a>> {
    match str_of(value) {
        Some(string) => Ok(string),
        None => str_argument(vm, value, &format!("{method}() argument {nth} must be str")),
    }
}

fn count(vm: &mut Vm, args: &[Value]) -> R {
    let [receiver, needle, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let string = str_receiver(vm, receiver, "count")?;
    let needle = argument(vm, needle, "count", 1)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    let count = search::count(string.counted(), needle.text(), start, end);
    Ok(size_value(count))
}

type Test = fn(Text<'_>, &str, Option<i64>, Option<i64>) -> bool;

fn at_end(vm: &mut Vm, args: &[Value], method: &str, test: Test) -> R {
    let [receiver, wanted, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let string = str_receiver(vm, receiver, method)?;
    let start = bound(vm, rest.first())?;
    let end = bound(vm, rest.get(1))?;
    if let Some(wanted) = str_of(wanted) {
        return Ok(Value::bool(test(
            string.counted(),
            wanted.text(),
            start,
            end,
        )));
    }
    let plain = unwrap(wanted);
    let Some(choices) = plain.as_tuple() else {
        let name = vm.type_name(wanted);
        return Err(vm.type_error(format!(
            "{method} first arg must be str or a tuple of str, not {name}"
        )));
    };
    for choice in &choices.items {
        let Some(choice) = str_of(choice) else {
            let name = vm.type_name(choice);
            return Err(vm.type_error(format!(
                "tuple for {method} must only contain str, not {name}"
            )));
        };
        if test(string.counted(), choice.text(), start, end) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

const REPLACE: Signature = Signature {
    name: "replace",
    params: &["/old", "/new", "count"],
    positional: 3,
    required: 2,
};

fn replace(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "str", "replace")?;
    let string = str_receiver(vm, receiver, "replace")?;
    let bound;
    let (old, new, count) = match (args.pos, args.kw) {
        ([old, new], []) => (old, new, &Value::UNSET),
        _ if args.pos.len() < 2 => {
            let given = args.pos.len();
            return Err(vm.type_error(format!(
                "replace() takes at least 2 positional arguments ({given} given)"
            )));
        }
        _ => {
            bound = vm.bind(args, &REPLACE)?;
            let [old, new, count] = &bound;
            (old, new, count)
        }
    };
    let (old, new) = (
        argument(vm, old, "replace", 1)?,
        argument(vm, new, "replace", 2)?,
    );
    let limit = if count.is_unset() {
        None
    } else {
        Some(size_argument(vm, count)?)
    };
    if limit.is_none_or(|limit| limit < 0)
        && receiver.tag() == Tag::Str
        && let Some(result) = replace_few(receiver, &string, &old, &new)
    {
        return Ok(result);
    }
    let (text, old, new) = (string.text(), old.text(), new.text());
    if new.len() > old.len() {
        let most = text.len().checked_div(old.len()).unwrap_or(text.len() + 1);
        let most = match limit.map(usize::try_from) {
            Some(Ok(limit)) => most.min(limit),
            Some(Err(_)) | None => most,
        };
        if most.saturating_mul(new.len()) > crate::types::limits::MAX_BYTES {
            return Err(vm.raise_fault(Fault::overflow("replace string is too long")));
        }
    }
    Ok(owned_value(search::replace(text, old, new, limit)))
}

/// Replaces all of a few places, so that the result is written once; the text itself if there is
/// none. `None` if there are too many.
fn replace_few(receiver: &Value, string: &StrObj, old: &StrObj, new: &StrObj) -> Option<Value> {
    const FEW: usize = 16;
    let (text, gap, new_text) = (string.text(), old.text().len(), new.text());
    if gap == 0 {
        return None;
    }
    if let ([old], [new], [_, _, ..]) =
        (old.text().as_bytes(), new_text.as_bytes(), text.as_bytes())
        && string.is_ascii()
    {
        if memchr::memchr(*old, text.as_bytes()).is_none() {
            return Some(receiver.clone());
        }
        let change = |byte| if byte == *old { *new } else { byte };
        return Some(written(text.len(), text.len(), |pen| {
            pen.mapped(text.as_bytes(), change);
        }));
    }
    let mut places = [0; FEW];
    let mut count = 0;
    for found in search::each(text.as_bytes(), old.text().as_bytes()) {
        *places.get_mut(count)? = found;
        count += 1;
    }
    let places = places.get(..count)?;
    if places.is_empty() {
        return Some(receiver.clone());
    }
    let len = text.len() - gap * count + new_text.len() * count;
    if len <= 1 {
        return None;
    }
    let is_ascii = string.is_known_ascii() && new.is_ascii();
    let chars = if is_ascii { len } else { usize::MAX };
    Some(written(len, chars, |pen| {
        let mut done = 0;
        for &place in places {
            pen.text(text.get(done..place).unwrap_or(""));
            pen.text(new_text);
            done = place + gap;
        }
        pen.text(text.get(done..).unwrap_or(""));
    }))
}

type Remover = for<'a> fn(&'a str, &str) -> &'a str;

fn remove(vm: &mut Vm, receiver: &Value, part: &Value, method: &str, f: Remover) -> R {
    let string = str_receiver(vm, receiver, method)?;
    let part = str_argument(vm, part, &format!("{method}() argument must be str"))?;
    let kept = f(string.text(), part.text());
    Ok(part_or_same(receiver, &string, kept))
}
