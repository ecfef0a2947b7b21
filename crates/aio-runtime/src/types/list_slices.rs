//! Slices of lists: reading, assigning, deleting.

use super::list::list_value;
use super::slice::{Steps, resolve};
use crate::error::R;
use crate::objects::{ListObj, SliceObj};
use crate::value::Value;
use crate::vm::Vm;

/// `list[slice]`
///
/// # Errors
/// `TypeError`, `ValueError` for a bad slice.
pub fn get(vm: &mut Vm, target: &ListObj, slice: &SliceObj) -> R {
    let steps = resolve_list(vm, target, slice)?;
    Ok(list_value(target.items.with(|items| take(items, steps))))
}

/// The items that a slice means.
#[inline(always)]
pub fn take(items: &[Value], steps: Steps) -> Vec<Value> {
    if steps.len == 0 {
        return Vec::new();
    }
    if steps.step == 1 {
        let start = steps.start as usize;
        return match items.get(start..start + steps.len) {
            Some(part) => part.to_vec(),
            None => Vec::new(),
        };
    }
    if steps.step == -1 {
        let end = steps.start as usize + 1;
        return match items.get(end.wrapping_sub(steps.len)..end) {
            Some(part) => part.iter().rev().cloned().collect(),
            None => Vec::new(),
        };
    }
    let mut taken = Vec::with_capacity(steps.len);
    taken.extend(steps.indexes().filter_map(|at| items.get(at).cloned()));
    taken
}

/// A slice resolved against the list as it is after the bounds were asked for (their `__index__`
/// may have changed it).
fn resolve_list(vm: &mut Vm, target: &ListObj, slice: &SliceObj) -> R<Steps> {
    let len = target.len();
    let steps = resolve(vm, slice, len)?;
    if target.len() == len {
        return Ok(steps);
    }
    let len = target.len();
    resolve(vm, slice, len)
}

/// `list[slice] = value`
///
/// # Errors
/// `TypeError` when the value is not iterable; `ValueError` when an extended slice has another
/// length.
pub fn set(vm: &mut Vm, target: &ListObj, slice: &SliceObj, value: &Value) -> R<()> {
    let steps = resolve_list(vm, target, slice)?;
    set_steps(vm, target, steps, value)
}

/// As [`set`], of a slice that is resolved.
///
/// # Errors
/// As for [`set`].
#[inline(always)]
pub fn set_steps(vm: &mut Vm, target: &ListObj, steps: Steps, value: &Value) -> R<()> {
    // Also `a[1:3] = a`: the items are a copy.
    let mut new = collect_for_slice(vm, value)?;
    if steps.step == 1 && new.len() == steps.len {
        target.items.with_mut(|items| {
            let start = steps.start as usize;
            if let Some(part) = items.get_mut(start..start + steps.len) {
                part.swap_with_slice(&mut new);
            }
        });
        ListObj::let_go(new);
        return Ok(());
    }
    if steps.step == 1 {
        let old: Vec<Value> = target.items.with_mut(|items| {
            let len = items.len();
            let start = (steps.start as usize).min(len);
            let end = (start + steps.len).min(len);
            items.splice(start..end, new).collect()
        });
        ListObj::let_go(old);
        return Ok(());
    }
    if new.len() != steps.len {
        let (given, wanted) = (new.len(), steps.len);
        return Err(vm.value_error(format!(
            "attempt to assign sequence of size {given} to extended slice of size {wanted}"
        )));
    }
    let old: Vec<Value> = target.items.with_mut(|items| {
        let places = steps.indexes().zip(new);
        places
            .filter_map(|(at, item)| Some(std::mem::replace(items.get_mut(at)?, item)))
            .collect()
    });
    drop(old);
    Ok(())
}

fn collect_for_slice(vm: &mut Vm, value: &Value) -> R<Vec<Value>> {
    if let Some(list) = value.as_list() {
        // The items of a list that nobody else has are taken, not copied.
        return Ok(if value.ref_count() == 1 {
            list.items.replace(Vec::new())
        } else {
            list.to_vec()
        });
    }
    match vm.iter_opt(value)? {
        Some(iter) => vm.collect(&iter),
        None => Err(vm.type_error("must assign iterable to extended slice")),
    }
}

/// `del list[slice]`
///
/// # Errors
/// `TypeError`, `ValueError` for a bad slice.
pub fn delete(vm: &mut Vm, target: &ListObj, slice: &SliceObj) -> R<()> {
    let steps = resolve_list(vm, target, slice)?;
    if steps.len == 0 {
        return Ok(());
    }
    let old: Vec<Value> = target.items.with_mut(|items| {
        if steps.step == 1 {
            let start = steps.start as usize;
            return items.drain(start..start + steps.len).collect();
        }
        remove_steps(items, steps)
    });
    ListObj::let_go(old);
    Ok(())
}

/// Removes every `step`-th item and closes the gaps in one pass.
fn remove_steps(items: &mut Vec<Value>, steps: Steps) -> Vec<Value> {
    let (first, gap) = if steps.step > 0 {
        (steps.start as usize, steps.step as usize)
    } else {
        let last = steps.start + (steps.len as i64 - 1) * steps.step;
        (last as usize, steps.step.unsigned_abs() as usize)
    };
    let mut removed = Vec::with_capacity(steps.len);
    let mut next = first;
    let old = std::mem::take(items);
    items.reserve(old.len().saturating_sub(steps.len));
    for (at, item) in old.into_iter().enumerate() {
        if at == next && removed.len() < steps.len {
            removed.push(item);
            next = next.saturating_add(gap);
        } else {
            items.push(item);
        }
    }
    removed
}
