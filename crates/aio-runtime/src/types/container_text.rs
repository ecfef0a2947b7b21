//! `repr`, `format` and `hash` of list, tuple, dict, set, range, slice, views, iterators.
//!
//! A container that contains itself prints as `[...]`: the reprs under way are on a stack.

use super::receiver::base_of;
use super::{range, slice};
use crate::error::R;
use crate::num::hash::TupleHasher;
use crate::objects::{DictObj, SetObj, ViewKind, ViewObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::fmt::Write;

/// `repr(value)`; `None` for other kinds.
///
/// # Errors
/// What the repr of an item raises.
pub fn repr(vm: &mut Vm, value: &Value) -> R<Option<String>> {
    match value.tag() {
        Tag::List | Tag::Tuple | Tag::Dict | Tag::Set | Tag::Slice | Tag::View | Tag::Range => {
            repr_of(vm, value).map(Some)
        }
        _ => Ok(None),
    }
}

/// `repr` of a container or of an instance of a subclass of one.
///
/// # Errors
/// What the repr of an item raises.
pub fn repr_of(vm: &mut Vm, value: &Value) -> R<String> {
    let base = base_of(value);
    if let Some(range) = base.as_range() {
        return Ok(range::repr(range));
    }
    let address = base.address();
    if vm.repr_stack.contains(&address) {
        return Ok(match base.tag() {
            Tag::List => "[...]".to_owned(),
            Tag::Tuple => "(...)".to_owned(),
            Tag::Dict => "{...}".to_owned(),
            Tag::Set => {
                let name = vm.type_name(value);
                format!("{name}(...)")
            }
            _ => "...".to_owned(),
        });
    }
    vm.nested(" while getting the repr of an object", |vm| {
        vm.repr_stack.push(address);
        let mut text = String::new();
        let result = write_container(vm, &mut text, value, &base);
        vm.repr_stack.pop();
        result.map(|()| text)
    })
}

fn write_container(vm: &mut Vm, out: &mut String, value: &Value, base: &Value) -> R<()> {
    if let Some(list) = base.as_list() {
        out.push('[');
        let mut at = 0;
        while let Some(item) = list.get(at) {
            write_item(vm, out, at, &item)?;
            at += 1;
        }
        out.push(']');
    } else if let Some(tuple) = base.as_tuple() {
        out.push('(');
        for (at, item) in tuple.items.iter().enumerate() {
            write_item(vm, out, at, item)?;
        }
        out.push_str(if tuple.items.len() == 1 { ",)" } else { ")" });
    } else if let Some(dict) = base.as_dict() {
        write_dict(vm, out, dict)?;
    } else if let Some(set) = base.as_set() {
        write_set(vm, out, value, set)?;
    } else if let Some(view) = base.as_view() {
        write_view(vm, out, value, view)?;
    } else if let Some(parts) = base.as_slice().map(slice::parts) {
        out.push_str("slice");
        write_container(vm, out, &parts, &parts)?;
    }
    Ok(())
}

/// Writes an item after a separator.
fn write_item(vm: &mut Vm, out: &mut String, at: usize, item: &Value) -> R<()> {
    if at > 0 {
        out.push_str(", ");
    }
    write_repr(vm, out, item)
}

fn write_repr(vm: &mut Vm, out: &mut String, item: &Value) -> R<()> {
    if let Some(int) = item.as_int() {
        // Writing to a string does not fail.
        let _ = write!(out, "{int}");
    } else {
        out.push_str(&vm.repr(item)?);
    }
    Ok(())
}

fn write_dict(vm: &mut Vm, out: &mut String, dict: &DictObj) -> R<()> {
    out.push('{');
    let mut position = 0;
    let mut at = 0;
    while let Some((key, value)) = next_entry(dict, &mut position) {
        write_item(vm, out, at, &key)?;
        out.push_str(": ");
        write_repr(vm, out, &value)?;
        at += 1;
    }
    out.push('}');
    Ok(())
}

fn next_entry(dict: &DictObj, position: &mut usize) -> Option<(Value, Value)> {
    dict.table.with(|table| {
        let (at, entry) = table.next_entry(*position)?;
        *position = at + 1;
        Some((entry.key.clone(), entry.value.clone()))
    })
}

fn write_set(vm: &mut Vm, out: &mut String, value: &Value, set: &SetObj) -> R<()> {
    let plain = value.tag() == Tag::Set && !set.frozen;
    let keys: Vec<Value> = set
        .table
        .with(|table| table.iter().map(|(_, key)| key.clone()).collect());
    if !plain || keys.is_empty() {
        out.push_str(&vm.type_name(value));
        out.push('(');
    }
    if !keys.is_empty() {
        out.push('{');
        for (at, key) in keys.iter().enumerate() {
            write_item(vm, out, at, key)?;
        }
        out.push('}');
    }
    if !plain || keys.is_empty() {
        out.push(')');
    }
    Ok(())
}

fn write_view(vm: &mut Vm, out: &mut String, value: &Value, view: &ViewObj) -> R<()> {
    out.push_str(&vm.type_name(value));
    out.push_str("([");
    let mut position = 0;
    let mut at = 0;
    while let Some((key, value)) = next_entry(&view.dict, &mut position) {
        match view.kind {
            ViewKind::Keys => write_item(vm, out, at, &key)?,
            ViewKind::Values => write_item(vm, out, at, &value)?,
            ViewKind::Items => {
                write_item(vm, out, at, &Value::tuple([key, value]))?;
            }
        }
        at += 1;
    }
    out.push_str("])");
    Ok(())
}

/// `format(value, spec)`; `None` for other kinds.
///
/// # Errors
/// None: containers take no spec, which the caller says.
pub fn format(_vm: &mut Vm, _value: &Value, _spec: &str) -> R<Option<String>> {
    Ok(None)
}

/// `hash(value)`; `None` for other kinds.
///
/// # Errors
/// What the hash of an item raises; `TypeError` when it is unhashable.
pub fn hash(vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    match value.tag() {
        Tag::Set => hash_set(value),
        Tag::Range => match value.as_range().map(range::hash_parts) {
            Some(parts) => vm.hash(&parts).map(Some),
            None => Ok(None),
        },
        Tag::Slice => {
            let Some(slice) = value.as_slice() else {
                return Ok(None);
            };
            let mut state = TupleHasher::default();
            for part in [&slice.start, &slice.stop, &slice.step] {
                state.add(vm.hash(part)?);
            }
            Ok(Some(state.finish_slice()))
        }
        Tag::View if value.as_view().is_some_and(|v| v.kind == ViewKind::Values) => {
            Ok(Some(hash_address(value)))
        }
        Tag::Iter => Ok(Some(hash_address(value))),
        _ => Ok(None),
    }
}

fn hash_address(value: &Value) -> i64 {
    (value.address() >> 4) as i64
}

/// A frozenset; a set has no hash.
fn hash_set(value: &Value) -> R<Option<i64>> {
    let Some(set) = value.as_set().filter(|set| set.frozen) else {
        return Ok(None);
    };
    if set.hash.get() == 0 {
        let hash = set
            .table
            .with(|table| crate::num::hash::hash_frozenset(table.iter().map(|(hash, _)| hash)));
        set.hash.set(hash);
    }
    Ok(Some(set.hash.get()))
}
