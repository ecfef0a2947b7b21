//! Long values at a prompt: a list, tuple, set or dict that does not fit the line is broken into
//! one item a line, many short items into as many as fit.

use crate::error::R;
use crate::types::walk::plain_items;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// How far what is inside of brackets moves to the right.
const STEP: usize = 4;
/// Items that are no longer share their line with others, if there are [`MANY`].
const SHORT: usize = 12;
/// So many items are many.
const MANY: usize = 8;
/// Beyond this depth values stay in one line.
const DEEPEST: usize = 6;

/// The `repr` of a value, broken where it is wider than `width`.
///
/// # Errors
/// What `__repr__` raises.
pub fn pretty(vm: &mut Vm, value: &Value, width: usize) -> R<String> {
    let plain = vm.repr(value)?;
    let broken = broken(vm, value, plain, (width, 0), 0)?;
    Ok(broken)
}

/// As [`pretty`], behind `column` characters and inside of so many brackets.
fn broken(
    vm: &mut Vm,
    value: &Value,
    plain: String,
    (width, column): (usize, usize),
    depth: usize,
) -> R<String> {
    let Some((open, close)) = brackets(value).filter(|_| depth < DEEPEST) else {
        return Ok(plain);
    };
    if !plain.starts_with(open) {
        // A frozenset.
        return Ok(plain);
    }
    if column + plain.chars().count() <= width || plain.contains('\n') {
        return Ok(plain);
    }
    let indent = (depth + 1) * STEP;
    let items = parts(vm, value, (width, indent), depth + 1)?;
    if items.is_empty() {
        return Ok(plain);
    }
    let is_filled = items.len() >= MANY && items.iter().all(|item| item.chars().count() <= SHORT);
    let pad = " ".repeat(indent);
    let mut text = format!("{open}\n");
    let mut line = String::new();
    for item in items {
        let fits = indent + line.chars().count() + item.chars().count() + 2 <= width;
        let goes_on = line.is_empty() || is_filled && fits;
        if !goes_on {
            text.push_str(&format!("{pad}{}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&item);
        line.push_str(", ");
    }
    text.push_str(&format!("{pad}{}\n", line.trim_end()));
    text.push_str(&format!("{}{close}", " ".repeat(depth * STEP)));
    Ok(text)
}

/// What encloses the items of a built-in container. Classes of the program have their own form.
fn brackets(value: &Value) -> Option<(char, char)> {
    Some(match value.tag() {
        Tag::List => ('[', ']'),
        Tag::Tuple => ('(', ')'),
        Tag::Set | Tag::Dict => ('{', '}'),
        _ => return None,
    })
}

/// The items as they are shown.
fn parts(vm: &mut Vm, value: &Value, place: (usize, usize), depth: usize) -> R<Vec<String>> {
    let mut shown = Vec::new();
    if let Some(dict) = value.as_dict() {
        for (key, item) in crate::types::class_build::entries(dict) {
            let key = vm.repr(&key)?;
            let plain = vm.repr(&item)?;
            let column = place.1 + key.chars().count() + 2;
            let item = broken(vm, &item, plain, (place.0, column), depth)?;
            shown.push(format!("{key}: {item}"));
        }
        return Ok(shown);
    }
    for item in plain_items(value).unwrap_or_default() {
        let plain = vm.repr(&item)?;
        shown.push(broken(vm, &item, plain, place, depth)?);
    }
    Ok(shown)
}
