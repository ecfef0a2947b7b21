//! What sets do with each other and with iterables.
//!
//! The steps are CPython's (`Objects/setobject.c`): which operand is walked, when room is made
//! and when the table is rebuilt decide the order in which ints come out later.

use super::receiver::base_of;
use super::str_type::char_value;
use super::walk::Walk;
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::objects::{DictObj, SetObj};
use crate::table::{Added, Find, SetTable, quick_hash};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cell::Cell;

/// A set or frozenset object with a table.
pub fn set_object(table: SetTable, frozen: bool) -> Ref<SetObj> {
    Ref::new(SetObj {
        table: GcCell::new(table),
        frozen,
        hash: Cell::new(0),
    })
}

/// An empty set or frozenset.
pub fn empty(frozen: bool) -> Ref<SetObj> {
    set_object(SetTable::default(), frozen)
}

/// The set behind a value: a set, a frozenset, or an instance of a subclass of them.
pub fn any_set(value: &Value) -> Option<Ref<SetObj>> {
    match value.tag() {
        Tag::Set => value.to_set(),
        Tag::Instance => base_of(value).to_set(),
        _ => None,
    }
}

/// How many keys.
pub fn size(set: &SetObj) -> usize {
    set.table.with(SetTable::len)
}

/// The next key of a dict that is being walked.
fn next_dict_key(dict: &DictObj, position: &mut usize) -> Option<(i64, Value)> {
    dict.table.with(|table| {
        let (at, entry) = table.next_entry(*position)?;
        *position = at + 1;
        Some((entry.hash, entry.key.clone()))
    })
}

/// Walks over the keys of a set: `quick` sees to a key as far as that needs no code of the script
/// (`None`: it does), `slow` to those. They say whether more keys are wanted, and so does the walk.
#[inline(always)]
fn walk_keys(
    vm: &mut Vm,
    set: &SetObj,
    mut quick: impl FnMut(i64, &Value) -> Option<bool>,
    mut slow: impl FnMut(&mut Vm, i64, &Value) -> R<bool>,
) -> R<bool> {
    let mut position = 0;
    loop {
        let stopped = set.table.with(|table| {
            while let Some((at, hash, key)) = table.next_key(position) {
                position = at + 1;
                match quick(hash, key) {
                    Some(true) => {}
                    Some(false) => return Err(false),
                    None => return Ok((hash, key.clone())),
                }
            }
            Err(true)
        });
        match stopped {
            Err(more) => return Ok(more),
            Ok((hash, key)) => {
                if !slow(vm, hash, &key)? {
                    return Ok(false);
                }
            }
        }
    }
}

/// Whether a key is there, if that can be told without code of the script.
#[inline(always)]
fn quick_contains(set: &SetObj, hash: i64, key: &Value) -> Option<bool> {
    match set.table.with(|table| table.find(hash, key)) {
        Find::Found(_) => Some(true),
        Find::Missing => Some(false),
        Find::Ask => None,
    }
}

/// Adds a key if that needs no code of the script; whether it did not.
#[inline(always)]
fn quick_add(set: &SetObj, hash: i64, key: &Value) -> Option<()> {
    match set.table.with_mut(|table| table.add(hash, key)) {
        Added::New | Added::Present => Some(()),
        Added::Ask => None,
    }
}

/// Removes a key if that needs no code of the script: whether it was there.
#[inline(always)]
fn quick_discard(set: &SetObj, hash: i64, key: &Value) -> Option<bool> {
    match set.table.with(|table| table.find(hash, key)) {
        Find::Found(at) => {
            drop(set.table.with_mut(|table| table.remove(at)));
            Some(true)
        }
        Find::Missing => Some(false),
        Find::Ask => None,
    }
}

/// A copy; of a frozenset it is one again.
pub fn copy(set: &SetObj) -> Ref<SetObj> {
    set_object(set.table.with(SetTable::copy_of), set.frozen)
}

/// Merges as far as no key can be there twice; false when that is not known.
fn merge_tables(target: &SetObj, other: &SetObj) -> bool {
    other.table.with(|from| {
        target.table.with_mut(|into| {
            into.make_room(from.len());
            into.copy_from(from)
        })
    })
}

fn merge(vm: &mut Vm, target: &SetObj, other: &SetObj) -> R<()> {
    if std::ptr::eq(target, other) || size(other) == 0 || merge_tables(target, other) {
        return Ok(());
    }
    let quick = |hash, key: &Value| quick_add(target, hash, key).map(|()| true);
    walk_keys(vm, other, quick, |vm, hash, key| {
        vm.set_add_hashed(target, hash, key).map(|_| true)
    })?;
    Ok(())
}

/// `set.update(other)`: adds every item of an iterable.
///
/// # Errors
/// `TypeError` when it is not iterable or an item has no hash; what iterating raises.
pub fn update(vm: &mut Vm, target: &SetObj, other: &Value) -> R<()> {
    if let Some(other) = any_set(other) {
        return merge(vm, target, &other);
    }
    if let Some(dict) = other.as_dict() {
        let more = dict.table.with(|table| table.len());
        target.table.with_mut(|table| table.make_room(more));
        let mut position = 0;
        while let Some((hash, key)) = next_dict_key(dict, &mut position) {
            vm.set_add_hashed(target, hash, &key)?;
        }
        return Ok(());
    }
    if matches!(other.tag(), Tag::List | Tag::Tuple) {
        return add_items(vm, target, other);
    }
    if let Some(text) = other.as_str() {
        for c in text.chars() {
            let key = char_value(c);
            let added = quick_hash(&key).and_then(|hash| quick_add(target, hash, &key));
            if added.is_none() {
                vm.set_add(target, key)?;
            }
        }
        return Ok(());
    }
    let mut walk = Walk::over(vm, other)?;
    while let Some(key) = walk.next(vm)? {
        vm.set_add(target, key)?;
    }
    Ok(())
}

/// Adds the items of a list or tuple, inside of one borrow of both as long as that needs no code of
/// the script.
fn add_items(vm: &mut Vm, target: &SetObj, source: &Value) -> R<()> {
    let mut at = 0;
    loop {
        let slow = match (source.as_list(), source.as_tuple()) {
            (Some(list), _) => list.items.with(|items| quick_adds(target, items, &mut at)),
            (None, Some(tuple)) => quick_adds(target, &tuple.items, &mut at),
            (None, None) => None,
        };
        let Some(key) = slow else {
            return Ok(());
        };
        vm.set_add(target, key)?;
        at += 1;
    }
}

/// Adds items from a place on; stops at one that needs code of the script, and gives it.
fn quick_adds(target: &SetObj, items: &[Value], at: &mut usize) -> Option<Value> {
    target.table.with_mut(|table| {
        while let Some(key) = items.get(*at) {
            let added = quick_hash(key).map(|hash| table.add(hash, key));
            if !matches!(added, Some(Added::New | Added::Present)) {
                return Some(key.clone());
            }
            *at += 1;
        }
        None
    })
}

/// A set of the items of an iterable.
///
/// # Errors
/// As for [`update`].
pub fn from_iterable(vm: &mut Vm, source: &Value, frozen: bool) -> R<Ref<SetObj>> {
    let result = empty(frozen);
    update(vm, &result, source)?;
    Ok(result)
}

/// What a set display of three or more constants gives. CPython makes a frozenset of the constants,
/// another one of that when it puts it among the constants of the code, and merges that into a new
/// set, all of which can order ints in another way than adding one by one.
///
/// # Errors
/// `TypeError` for an item without a hash.
pub fn table_of_constants(vm: &mut Vm, items: &[Value]) -> R<SetTable> {
    let (first, second) = (empty(true), empty(true));
    for item in items {
        vm.set_add(&first, item.clone())?;
    }
    first.table.with(|first| {
        second.table.with_mut(|second| {
            for (hash, key) in first.iter() {
                second.insert_new(hash, key.clone());
            }
        });
    });
    let result = empty(false);
    merge_tables(&result, &second);
    Ok(result.table.get())
}

/// `a | b`
///
/// # Errors
/// As for [`update`].
pub fn union(vm: &mut Vm, set: &SetObj, other: &Value) -> R<Ref<SetObj>> {
    let result = copy(set);
    update(vm, &result, other)?;
    Ok(result)
}

/// `a & b`
///
/// # Errors
/// As for [`update`].
pub fn intersection(vm: &mut Vm, set: &Ref<SetObj>, other: &Value) -> R<Ref<SetObj>> {
    let result = empty(set.frozen);
    let Some(other_set) = any_set(other) else {
        let mut walk = Walk::over(vm, other)?;
        while let Some(key) = walk.next(vm)? {
            let hash = vm.hash(&key)?;
            if vm.set_find(set, hash, &key)?.is_some() {
                vm.set_add_hashed(&result, hash, &key)?;
                if size(&result) >= size(set) {
                    break;
                }
            }
        }
        return Ok(result);
    };
    if set.same(&other_set) {
        return Ok(copy(set));
    }
    let (large, small) = if size(&other_set) > size(set) {
        (other_set, set.clone())
    } else {
        (set.clone(), other_set)
    };
    let quick = |hash, key: &Value| {
        if quick_contains(&large, hash, key)? {
            quick_add(&result, hash, key)?;
        }
        Some(true)
    };
    walk_keys(vm, &small, quick, |vm, hash, key| {
        if vm.set_find(&large, hash, key)?.is_some() {
            vm.set_add_hashed(&result, hash, key)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// Makes a set hold the keys of another one, which is given up.
pub fn take_over(target: &SetObj, other: &SetObj) {
    let keys = other.table.with_mut(SetTable::clear);
    let old = target.table.with_mut(|table| table.replace_keys(keys));
    drop(old);
}

/// Removes a key whose hash is known; whether it was there.
///
/// # Errors
/// What `__eq__` raises.
#[inline(always)]
pub fn discard_hashed(vm: &mut Vm, set: &SetObj, hash: i64, key: &Value) -> R<bool> {
    match vm.set_find(set, hash, key)? {
        Some(at) => {
            let old = set.table.with_mut(|table| table.remove(at));
            drop(old);
            Ok(true)
        }
        None => Ok(false),
    }
}

/// `a -= b`
///
/// # Errors
/// As for [`update`].
pub fn difference_update(vm: &mut Vm, set: &Ref<SetObj>, other: &Value) -> R<()> {
    if let Some(mut other) = any_set(other) {
        if set.same(&other) {
            drop(set.table.with_mut(SetTable::clear));
            return Ok(());
        }
        if size(&other) / 8 > size(set) {
            other = intersection(vm, set, &other.to_value())?;
        }
        let quick = |hash, key: &Value| quick_discard(set, hash, key).map(|_| true);
        walk_keys(vm, &other, quick, |vm, hash, key| {
            discard_hashed(vm, set, hash, key).map(|_| true)
        })?;
    } else {
        let mut walk = Walk::over(vm, other)?;
        while let Some(key) = walk.next(vm)? {
            let hash = vm.hash(&key)?;
            discard_hashed(vm, set, hash, &key)?;
        }
    }
    set.table.with_mut(SetTable::drop_dummies);
    Ok(())
}

/// `a - b`
///
/// # Errors
/// As for [`update`].
pub fn difference(vm: &mut Vm, set: &SetObj, other: &Value) -> R<Ref<SetObj>> {
    let other_set = any_set(other);
    let other_dict = other.as_dict();
    let other_size = match (&other_set, other_dict) {
        (Some(other), _) => Some(size(other)),
        (None, Some(dict)) => Some(dict.table.with(|table| table.len())),
        (None, None) => None,
    };
    match other_size {
        Some(other_size) if size(set) / 4 <= other_size => {}
        Some(_) | None => {
            let result = copy(set);
            difference_update(vm, &result, other)?;
            return Ok(result);
        }
    }
    let result = empty(set.frozen);
    let quick = |hash, key: &Value| {
        let there = match (&other_set, other_dict) {
            (Some(other), _) => quick_contains(other, hash, key)?,
            (None, Some(_)) => return None,
            (None, None) => false,
        };
        if !there {
            quick_add(&result, hash, key)?;
        }
        Some(true)
    };
    walk_keys(vm, set, quick, |vm, hash, key| {
        let there = match (&other_set, other_dict) {
            (Some(other), _) => vm.set_find(other, hash, key)?.is_some(),
            (None, Some(dict)) => vm.dict_find(dict, hash, key)?.is_some(),
            (None, None) => false,
        };
        if !there {
            vm.set_add_hashed(&result, hash, key)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// `a ^= b`
///
/// # Errors
/// As for [`update`].
pub fn symmetric_difference_update(vm: &mut Vm, set: &Ref<SetObj>, other: &Value) -> R<()> {
    let other_set = any_set(other);
    if other_set.as_ref().is_some_and(|other| set.same(other)) {
        drop(set.table.with_mut(SetTable::clear));
        return Ok(());
    }
    let mut position = 0;
    if let (None, Some(dict)) = (&other_set, other.as_dict()) {
        while let Some((hash, key)) = next_dict_key(dict, &mut position) {
            toggle(vm, set, hash, &key)?;
        }
        return Ok(());
    }
    let other = match other_set {
        Some(other) => other,
        None => from_iterable(vm, other, set.frozen)?,
    };
    let quick = |hash, key: &Value| {
        if !quick_discard(set, hash, key)? {
            quick_add(set, hash, key)?;
        }
        Some(true)
    };
    walk_keys(vm, &other, quick, |vm, hash, key| {
        toggle(vm, set, hash, key).map(|()| true)
    })?;
    Ok(())
}

fn toggle(vm: &mut Vm, set: &SetObj, hash: i64, key: &Value) -> R<()> {
    if !discard_hashed(vm, set, hash, key)? {
        vm.set_add_hashed(set, hash, key)?;
    }
    Ok(())
}

/// `a ^ b`
///
/// # Errors
/// As for [`update`].
pub fn symmetric_difference(vm: &mut Vm, set: &Ref<SetObj>, other: &Value) -> R<Ref<SetObj>> {
    let result = from_iterable(vm, other, set.frozen)?;
    symmetric_difference_update(vm, &result, &set.to_value())?;
    Ok(result)
}

/// `a <= b`
///
/// # Errors
/// What `__eq__` raises.
pub fn is_subset(vm: &mut Vm, set: &SetObj, other: &SetObj) -> R<bool> {
    if size(set) > size(other) {
        return Ok(false);
    }
    let quick = |hash, key: &Value| quick_contains(other, hash, key);
    walk_keys(vm, set, quick, |vm, hash, key| {
        Ok(vm.set_find(other, hash, key)?.is_some())
    })
}

/// Whether no item of an iterable is in the set.
///
/// # Errors
/// As for [`update`].
pub fn is_disjoint(vm: &mut Vm, set: &Ref<SetObj>, other: &Value) -> R<bool> {
    let Some(other_set) = any_set(other) else {
        let mut walk = Walk::over(vm, other)?;
        while let Some(key) = walk.next(vm)? {
            if vm.set_contains(set, &key)? {
                return Ok(false);
            }
        }
        return Ok(true);
    };
    if set.same(&other_set) {
        return Ok(size(set) == 0);
    }
    let (large, small) = if size(&other_set) > size(set) {
        (other_set, set.clone())
    } else {
        (set.clone(), other_set)
    };
    let quick = |hash, key: &Value| quick_contains(&large, hash, key).map(|there| !there);
    walk_keys(vm, &small, quick, |vm, hash, key| {
        Ok(vm.set_find(&large, hash, key)?.is_none())
    })
}
