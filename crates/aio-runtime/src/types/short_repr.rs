//! `reprlib.repr`: a repr that is cut short, as futures show their results.

use crate::error::R;
use crate::value::{Tag, Value};
use crate::vm::Vm;

const MAX_LEVEL: usize = 6;
const MAX_ITEMS: usize = 6;
const MAX_DICT: usize = 4;
const MAX_TEXT: usize = 30;
const MAX_INT: usize = 40;

/// The short repr of a value.
///
/// # Errors
/// What the repr of an item raises.
pub fn short_repr(vm: &mut Vm, value: &Value) -> R<String> {
    short(vm, value, MAX_LEVEL)
}

fn short(vm: &mut Vm, value: &Value, level: usize) -> R<String> {
    match value.tag() {
        Tag::Str => text(vm, value),
        Tag::Int | Tag::BigInt => Ok(cut(&vm.repr(value)?, MAX_INT)),
        Tag::List => {
            let items = value
                .as_list()
                .map(|list| list.to_vec())
                .unwrap_or_default();
            sequence(vm, &items, level, ("[", "]"), false)
        }
        Tag::Tuple => {
            let items = value
                .as_tuple()
                .map(|tuple| tuple.items.to_vec())
                .unwrap_or_default();
            sequence(vm, &items, level, ("(", ")"), true)
        }
        Tag::Dict => dict(vm, value, level),
        Tag::Set => set(vm, value, level),
        Tag::Instance => other(vm, value),
        _ => Ok(cut(&vm.repr(value)?, MAX_TEXT)),
    }
}

/// The middle of what is too long is left out.
fn cut(shown: &str, most: usize) -> String {
    let count = shown.chars().count();
    if count <= most {
        return shown.to_owned();
    }
    let head = (most - 3) / 2;
    let tail = most - 3 - head;
    let first: String = shown.chars().take(head).collect();
    let last: String = shown.chars().skip(count - tail).collect();
    format!("{first}...{last}")
}

fn text(vm: &mut Vm, value: &Value) -> R<String> {
    let whole = value.as_str().unwrap_or_default();
    let start: String = whole.chars().take(MAX_TEXT).collect();
    let start = vm.str(start);
    let shown = vm.repr(&start)?;
    if shown.chars().count() <= MAX_TEXT && start.as_str() == Some(whole) {
        return Ok(shown);
    }
    let head = (MAX_TEXT - 3) / 2;
    let tail = MAX_TEXT - 3 - head;
    let count = whole.chars().count();
    let first: String = whole.chars().take(head).collect();
    let last: String = whole.chars().skip(count.saturating_sub(tail)).collect();
    let joined = vm.str(first + &last);
    let shown = vm.repr(&joined)?;
    let count = shown.chars().count();
    let first: String = shown.chars().take(head).collect();
    let last: String = shown.chars().skip(count.saturating_sub(tail)).collect();
    Ok(format!("{first}...{last}"))
}

fn sequence(
    vm: &mut Vm,
    items: &[Value],
    level: usize,
    brackets: (&str, &str),
    is_tuple: bool,
) -> R<String> {
    let (open, close) = brackets;
    if level == 0 && !items.is_empty() {
        return Ok(format!("{open}...{close}"));
    }
    let mut shown = Vec::new();
    for item in items.iter().take(MAX_ITEMS) {
        shown.push(short(vm, item, level.saturating_sub(1))?);
    }
    if items.len() > MAX_ITEMS {
        shown.push("...".to_owned());
    }
    let comma = if is_tuple && items.len() == 1 {
        ","
    } else {
        ""
    };
    Ok(format!("{open}{}{comma}{close}", shown.join(", ")))
}

/// Keys and items are shown in sorted order when they can be sorted.
fn sorted(vm: &mut Vm, mut items: Vec<Value>) -> Vec<Value> {
    let mut failed = false;
    let original = items.clone();
    items.sort_by(|a, b| {
        if failed {
            return std::cmp::Ordering::Equal;
        }
        match (vm.lt(a, b), vm.lt(b, a)) {
            (Ok(true), _) => std::cmp::Ordering::Less,
            (Ok(false), Ok(true)) => std::cmp::Ordering::Greater,
            (Ok(false), Ok(false)) => std::cmp::Ordering::Equal,
            (Err(_), _) | (_, Err(_)) => {
                drop(vm.take_pending());
                failed = true;
                std::cmp::Ordering::Equal
            }
        }
    });
    if failed { original } else { items }
}

fn dict(vm: &mut Vm, value: &Value, level: usize) -> R<String> {
    let Some(dict) = value.to_dict() else {
        return vm.repr(value);
    };
    let keys: Vec<Value> = dict
        .table
        .with(|table| table.iter().map(|entry| entry.key.clone()).collect());
    if keys.is_empty() {
        return Ok("{}".to_owned());
    }
    if level == 0 {
        return Ok("{...}".to_owned());
    }
    let count = keys.len();
    let mut shown = Vec::new();
    for key in sorted(vm, keys).into_iter().take(MAX_DICT) {
        let Some(item) = vm.dict_get(&dict, &key)? else {
            continue;
        };
        let (key, item) = (short(vm, &key, level - 1)?, short(vm, &item, level - 1)?);
        shown.push(format!("{key}: {item}"));
    }
    if count > MAX_DICT {
        shown.push("...".to_owned());
    }
    Ok(format!("{{{}}}", shown.join(", ")))
}

fn set(vm: &mut Vm, value: &Value, level: usize) -> R<String> {
    let items = vm.collect(value)?;
    let frozen = value.as_set().is_some_and(|set| set.frozen);
    if items.is_empty() {
        return vm.repr(value);
    }
    let items = sorted(vm, items);
    let brackets = if frozen {
        ("frozenset({", "})")
    } else {
        ("{", "}")
    };
    sequence(vm, &items, level, brackets, false)
}

/// An instance whose repr raises is shown by its class and address.
fn other(vm: &mut Vm, value: &Value) -> R<String> {
    match vm.repr(value) {
        Ok(shown) => Ok(cut(&shown, MAX_TEXT)),
        Err(raised) => {
            let exception = vm.types.exception.clone();
            if !vm.pending_is(&exception) {
                return Err(raised);
            }
            drop(vm.take_pending());
            let (name, at) = (vm.type_name(value), value.address());
            Ok(format!("<{name} instance at {at:#x}>"))
        }
    }
}
