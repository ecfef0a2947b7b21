//! `set` and `frozenset`: the methods. What they do with each other is in `set_ops`.

use super::dunders;
use super::list::Holds;
use super::receiver::{
    as_instance_of, optional_argument, receiver, requested_class, wrong_receiver,
};
use super::set_ops::{self as ops, any_set, size};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, MANY, Method, NativeFn};
use crate::objects::SetObj;
use crate::table::{SetTable, quick_hash};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

macro_rules! methods_of_both {
    ($($own:expr,)*) => {
        &[
            Method::new("copy", NativeFn::F1(copy), "Return a shallow copy of a set."),
            Method::new(
                "union",
                NativeFn::Range(1, MANY, union),
                "Return a new set with elements from the set and all others.",
            ),
            Method::new(
                "intersection",
                NativeFn::Range(1, MANY, intersection),
                "Return a new set with elements common to the set and all others.",
            ),
            Method::new(
                "difference",
                NativeFn::Range(1, MANY, difference),
                "Return a new set with elements in the set that are not in the others.",
            ),
            Method::new(
                "symmetric_difference",
                NativeFn::F2(symmetric_difference),
                "Return a new set with elements in either the set or other but not both.",
            ),
            Method::new(
                "isdisjoint",
                NativeFn::F2(is_disjoint),
                "Return True if two sets have a null intersection.",
            ),
            Method::new(
                "issubset",
                NativeFn::F2(is_subset),
                "Report whether another set contains this set.",
            ),
            Method::new(
                "issuperset",
                NativeFn::F2(is_superset),
                "Report whether this set contains another set.",
            ),
            dunders::OR,
            dunders::AND,
            dunders::XOR,
            dunders::SUB,
            dunders::ROR,
            dunders::RAND,
            dunders::RXOR,
            dunders::RSUB,
            dunders::EQ,
            dunders::NE,
            dunders::LT,
            dunders::LE,
            dunders::GT,
            dunders::GE,
            dunders::LEN,
            dunders::ITER,
            dunders::CONTAINS,
            dunders::REPR,
            dunders::CLASS_GET_ITEM,
            $($own,)*
        ]
    };
}

/// The methods of `set`.
pub const METHODS: &[Method] = methods_of_both![
    Method::fixed("__new__", NativeFn::Any(new), "Create an empty set."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Fill the set with the items of an iterable.",
    ),
    Method::new("add", NativeFn::F2(add), "Add an element to a set."),
    Method::new(
        "remove",
        NativeFn::F2(remove),
        "Remove an element from a set; it must be a member.",
    ),
    Method::new(
        "discard",
        NativeFn::F2(discard),
        "Remove an element from a set if it is a member.",
    ),
    Method::new(
        "pop",
        NativeFn::F1(pop),
        "Remove and return an arbitrary set element.",
    ),
    Method::new(
        "clear",
        NativeFn::F1(clear),
        "Remove all elements from this set.",
    ),
    Method::new(
        "update",
        NativeFn::Range(1, MANY, update),
        "Update the set, adding elements from all others.",
    ),
    Method::new(
        "intersection_update",
        NativeFn::Range(1, MANY, intersection_update),
        "Update the set, keeping only elements found in it and all others.",
    ),
    Method::new(
        "difference_update",
        NativeFn::Range(1, MANY, difference_update),
        "Update the set, removing elements found in others.",
    ),
    Method::new(
        "symmetric_difference_update",
        NativeFn::F2(symmetric_difference_update),
        "Update the set, keeping only elements found in either set, but not in both.",
    ),
    dunders::IOR,
    dunders::IAND,
    dunders::IXOR,
    dunders::ISUB,
    dunders::UNHASHABLE,
];

/// The methods of `frozenset`.
pub const FROZEN_METHODS: &[Method] = methods_of_both![
    Method::fixed(
        "__new__",
        NativeFn::Any(new_frozen),
        "Create a frozenset of the items of an iterable.",
    ),
    dunders::HASH,
];

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.set.clone();
    let class = requested_class(vm, args, &base)?;
    Ok(as_instance_of(&class, ops::empty(false).into()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(object) = args.pos.first() else {
        return Err(vm.type_error("unbound method set.__init__() needs an argument"));
    };
    let target = mutable(vm, object, "__init__")?;
    let source = optional_argument(vm, args, "set")?;
    if size(&target) > 0 {
        drop(target.table.with_mut(SetTable::clear));
    }
    if let Some(source) = source {
        ops::update(vm, &target, source)?;
    }
    Ok(Value::NONE)
}

fn new_frozen(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.frozenset.clone();
    let class = requested_class(vm, args, &base)?;
    // A subclass may take keywords in its own `__init__`.
    let args = if class.builtin {
        args
    } else {
        Args::positional(args.pos)
    };
    let value = match optional_argument(vm, args, "frozenset")? {
        Some(source) if class.builtin && source.as_set().is_some_and(|set| set.frozen) => {
            source.clone()
        }
        Some(source) => ops::from_iterable(vm, source, true)?.into(),
        None => ops::empty(true).into(),
    };
    Ok(as_instance_of(&class, value))
}

/// The receiver of a method of both types.
fn either(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<SetObj>> {
    receiver(vm, value, "set", method)
}

/// The receiver of a method of `set` alone.
#[inline]
fn mutable(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<SetObj>> {
    let set = receiver::<SetObj>(vm, value, "set", method)?;
    if set.frozen {
        return Err(wrong_receiver(vm, value, "set", method));
    }
    Ok(set)
}

/// The set, if it can be changed, and the hash of a key that needs no code of the script for it.
#[inline(always)]
fn quick<'a>(object: &'a Value, key: &Value) -> Option<(&'a SetObj, i64)> {
    let set = object.as_set().filter(|set| !set.frozen)?;
    Some((set, quick_hash(key)?))
}

fn add(vm: &mut Vm, object: &Value, key: &Value) -> R {
    if let Some((set, hash)) = quick(object, key) {
        vm.set_add_hashed(set, hash, key)?;
        return Ok(Value::NONE);
    }
    let set = mutable(vm, object, "add")?;
    let hash = vm.hash(key)?;
    vm.set_add_hashed(&set, hash, key)?;
    Ok(Value::NONE)
}

/// The key to look for: a set (which has no hash) stands for the frozenset of its keys.
fn hashable_key(vm: &mut Vm, key: &Value) -> R<(i64, Value)> {
    if let Some(set) = any_set(key).filter(|set| !set.frozen) {
        let hook = vm.names.__hash__.clone();
        let hashable = key.tag() == Tag::Instance
            && vm
                .lookup_special(key, &hook)
                .is_some_and(|found| !found.is_none());
        if !hashable {
            let table = set.table.with(SetTable::clone);
            let frozen = ops::set_object(table, true).to_value();
            return Ok((vm.hash(&frozen)?, frozen));
        }
    }
    Ok((vm.hash(key)?, key.clone()))
}

/// `key in set`
///
/// # Errors
/// `TypeError` for an unhashable key; what `__eq__` raises.
#[inline]
pub fn contains(vm: &mut Vm, set: &SetObj, key: &Value) -> R<bool> {
    if matches!(key.tag(), Tag::Int | Tag::Str) {
        return vm.set_contains(set, key);
    }
    let (hash, key) = hashable_key(vm, key)?;
    Ok(vm.set_find(set, hash, &key)?.is_some())
}

#[inline(always)]
fn remove_key(vm: &mut Vm, set: &SetObj, key: &Value) -> R<bool> {
    let (hash, key) = hashable_key(vm, key)?;
    ops::discard_hashed(vm, set, hash, &key)
}

fn remove(vm: &mut Vm, object: &Value, key: &Value) -> R {
    let removed = match quick(object, key) {
        Some((set, hash)) => ops::discard_hashed(vm, set, hash, key)?,
        None => {
            let set = mutable(vm, object, "remove")?;
            remove_key(vm, &set, key)?
        }
    };
    if removed {
        Ok(Value::NONE)
    } else {
        Err(vm.key_error(key.clone()))
    }
}

fn discard(vm: &mut Vm, object: &Value, key: &Value) -> R {
    if let Some((set, hash)) = quick(object, key) {
        ops::discard_hashed(vm, set, hash, key)?;
        return Ok(Value::NONE);
    }
    let set = mutable(vm, object, "discard")?;
    remove_key(vm, &set, key)?;
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, object: &Value) -> R {
    let set = mutable(vm, object, "pop")?;
    match set.table.with_mut(SetTable::pop) {
        Some(key) => Ok(key),
        None => {
            let message = vm.str("pop from an empty set");
            Err(vm.key_error(message))
        }
    }
}

fn clear(vm: &mut Vm, object: &Value) -> R {
    let set = mutable(vm, object, "clear")?;
    drop(set.table.with_mut(SetTable::clear));
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, object: &Value) -> R {
    let set = either(vm, object, "copy")?;
    if set.frozen && object.tag() == Tag::Set {
        return Ok(object.clone());
    }
    Ok(ops::copy(&set).into())
}

fn update(vm: &mut Vm, args: &[Value]) -> R {
    let set = mutable(vm, args.at(0), "update")?;
    for other in args.rest(1) {
        ops::update(vm, &set, other)?;
    }
    Ok(Value::NONE)
}

fn union(vm: &mut Vm, args: &[Value]) -> R {
    let set = either(vm, args.at(0), "union")?;
    let result = ops::copy(&set);
    for other in args.rest(1) {
        ops::update(vm, &result, other)?;
    }
    Ok(result.into())
}

fn intersection_of(vm: &mut Vm, set: Ref<SetObj>, others: &[Value]) -> R<Ref<SetObj>> {
    if others.is_empty() {
        return Ok(ops::copy(&set));
    }
    let mut result = set;
    for other in others {
        result = ops::intersection(vm, &result, other)?;
    }
    Ok(result)
}

fn intersection(vm: &mut Vm, args: &[Value]) -> R {
    let set = either(vm, args.at(0), "intersection")?;
    Ok(intersection_of(vm, set, args.rest(1))?.into())
}

fn intersection_update(vm: &mut Vm, args: &[Value]) -> R {
    let set = mutable(vm, args.at(0), "intersection_update")?;
    let result = intersection_of(vm, set.clone(), args.rest(1))?;
    ops::take_over(&set, &result);
    Ok(Value::NONE)
}

fn difference(vm: &mut Vm, args: &[Value]) -> R {
    let set = either(vm, args.at(0), "difference")?;
    let Some((first, rest)) = args.rest(1).split_first() else {
        return Ok(ops::copy(&set).into());
    };
    let result = ops::difference(vm, &set, first)?;
    for other in rest {
        ops::difference_update(vm, &result, other)?;
    }
    Ok(result.into())
}

fn difference_update(vm: &mut Vm, args: &[Value]) -> R {
    let set = mutable(vm, args.at(0), "difference_update")?;
    for other in args.rest(1) {
        ops::difference_update(vm, &set, other)?;
    }
    Ok(Value::NONE)
}

fn symmetric_difference(vm: &mut Vm, object: &Value, other: &Value) -> R {
    let set = either(vm, object, "symmetric_difference")?;
    Ok(ops::symmetric_difference(vm, &set, other)?.into())
}

fn symmetric_difference_update(vm: &mut Vm, object: &Value, other: &Value) -> R {
    let set = mutable(vm, object, "symmetric_difference_update")?;
    ops::symmetric_difference_update(vm, &set, other)?;
    Ok(Value::NONE)
}

fn is_disjoint(vm: &mut Vm, object: &Value, other: &Value) -> R {
    let set = either(vm, object, "isdisjoint")?;
    Ok(Value::bool(ops::is_disjoint(vm, &set, other)?))
}

fn is_subset(vm: &mut Vm, object: &Value, other: &Value) -> R {
    let set = either(vm, object, "issubset")?;
    let result = match any_set(other) {
        Some(other) => ops::is_subset(vm, &set, &other)?,
        None => size(&*ops::intersection(vm, &set, other)?) == size(&set),
    };
    Ok(Value::bool(result))
}

fn is_superset(vm: &mut Vm, object: &Value, other: &Value) -> R {
    let set = either(vm, object, "issuperset")?;
    if let Some(other) = any_set(other) {
        return Ok(Value::bool(ops::is_subset(vm, &other, &set)?));
    }
    let iter = vm.iter(other)?;
    while let Some(key) = vm.next(&iter)? {
        if !vm.set_contains(&set, &key)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

/// `a op b` for two sets.
///
/// # Errors
/// What `__eq__` of keys raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    let (Some(x), Some(y)) = (a.as_set(), b.as_set()) else {
        return Ok(None);
    };
    let order = size(x).cmp(&size(y));
    Ok(Some(match op {
        CmpOp::Eq => order.is_eq() && ops::is_subset(vm, x, y)?,
        CmpOp::Ne => !(order.is_eq() && ops::is_subset(vm, x, y)?),
        CmpOp::Lt | CmpOp::Le => op.holds_for(order) && ops::is_subset(vm, x, y)?,
        CmpOp::Gt | CmpOp::Ge => op.holds_for(order) && ops::is_subset(vm, y, x)?,
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return Ok(None),
    }))
}

/// `a op b` for two sets.
///
/// # Errors
/// What `__eq__` of keys raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    let (Some(x), Some(_)) = (a.to_set(), b.as_set()) else {
        return Ok(None);
    };
    let result = match op {
        BinaryOp::BitOr => ops::union(vm, &x, b)?,
        BinaryOp::BitAnd => ops::intersection(vm, &x, b)?,
        BinaryOp::Sub => ops::difference(vm, &x, b)?,
        BinaryOp::BitXor => ops::symmetric_difference(vm, &x, b)?,
        _ => return Ok(None),
    };
    Ok(Some(result.into()))
}

/// `a op= b` for a set and any set.
///
/// # Errors
/// What `__eq__` of keys raises.
pub fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    let Some(x) = a.to_set().filter(|set| !set.frozen) else {
        return Ok(None);
    };
    if any_set(b).is_none() {
        return Ok(None);
    }
    match op {
        BinaryOp::BitOr => ops::update(vm, &x, b)?,
        BinaryOp::BitAnd => {
            let result = ops::intersection(vm, &x, b)?;
            ops::take_over(&x, &result);
        }
        BinaryOp::Sub => ops::difference_update(vm, &x, b)?,
        BinaryOp::BitXor => ops::symmetric_difference_update(vm, &x, b)?,
        _ => return Ok(None),
    }
    Ok(Some(a.clone()))
}
