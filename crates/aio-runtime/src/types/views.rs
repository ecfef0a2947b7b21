//! `dict_keys`, `dict_values`, `dict_items`. Keys and items behave as sets.

use super::list::Holds;
use super::receiver::receiver;
use super::set_ops::{self as ops, any_set, size};
use super::{dunders, iterators};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Method, NativeFn};
use crate::objects::{SetObj, ViewKind, ViewObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

macro_rules! methods {
    ($($own:expr,)*) => {
        &[
            dunders::LEN,
            dunders::ITER,
            dunders::REPR,
            Method::new(
                "__reversed__",
                NativeFn::F1(reversed),
                "Return a reverse iterator over the view.",
            ),
            Method::get("mapping", mapping, "The dictionary this view refers to."),
            $($own,)*
        ]
    };
}

macro_rules! set_like_methods {
    () => {
        methods![
            Method::new(
                "isdisjoint",
                NativeFn::F2(is_disjoint),
                "Return True if the view and the given iterable have a null intersection.",
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
            dunders::CONTAINS,
            dunders::UNHASHABLE,
        ]
    };
}

/// The methods of `dict_keys`.
pub const KEYS_METHODS: &[Method] = set_like_methods![];
/// The methods of `dict_values`.
pub const VALUES_METHODS: &[Method] = methods![];
/// The methods of `dict_items`.
pub const ITEMS_METHODS: &[Method] = set_like_methods![];

fn view(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<ViewObj>> {
    receiver(vm, value, "dict_keys", method)
}

fn reversed(vm: &mut Vm, value: &Value) -> R {
    let view = view(vm, value, "__reversed__")?;
    Ok(iterators::dict_iter(view.dict.clone(), view.kind, true))
}

fn mapping(vm: &mut Vm, value: &Value) -> R {
    let dict = view(vm, value, "mapping")?.dict.to_value();
    match vm.types.by_name.get("mappingproxy").cloned() {
        Some(class) => vm.call(&class.to_value(), &[dict]),
        None => Ok(dict),
    }
}

/// The view, if it behaves as a set.
fn set_like(value: &Value) -> Option<&ViewObj> {
    value.as_view().filter(|view| view.kind != ViewKind::Values)
}

fn len(view: &ViewObj) -> usize {
    view.dict.table.with(|table| table.len())
}

/// The items of a view.
pub fn items(view: &ViewObj) -> Vec<Value> {
    view.dict.table.with(|table| {
        let mut items = Vec::with_capacity(table.len());
        items.extend(table.iter().map(|entry| match view.kind {
            ViewKind::Keys => entry.key.clone(),
            ViewKind::Values => entry.value.clone(),
            ViewKind::Items => Value::tuple([entry.key.clone(), entry.value.clone()]),
        }));
        items
    })
}

/// `item in view`
///
/// # Errors
/// What comparing or hashing raises.
pub fn contains(vm: &mut Vm, view: &ViewObj, item: &Value) -> R<bool> {
    match view.kind {
        ViewKind::Keys => Ok(vm.dict_get(&view.dict, item)?.is_some()),
        ViewKind::Items => {
            let Some(pair) = super::tuple::items_of(item) else {
                return Ok(false);
            };
            let [key, value] = &*pair.items else {
                return Ok(false);
            };
            match vm.dict_get(&view.dict, key)? {
                Some(found) => vm.eq(&found, value),
                None => Ok(false),
            }
        }
        ViewKind::Values => {
            let iter = iterators::dict_iter(Ref::clone(&view.dict), ViewKind::Values, false);
            while let Some(value) = vm.next(&iter)? {
                if vm.eq(&value, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// How many items a set or set-like view has.
fn len_of(value: &Value) -> Option<usize> {
    set_like(value)
        .map(len)
        .or_else(|| any_set(value).map(|set| size(&set)))
}

fn all_in(vm: &mut Vm, items: &Value, container: &Value) -> R<bool> {
    let iter = vm.iter(items)?;
    while let Some(item) = vm.next(&iter)? {
        if !vm.contains(container, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `a op b` where one is a set-like view and the other a view or a set.
///
/// # Errors
/// What comparing or hashing raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    if set_like(a).is_none() && set_like(b).is_none() {
        return Ok(None);
    }
    let (Some(len_a), Some(len_b)) = (len_of(a), len_of(b)) else {
        return Ok(None);
    };
    let order = len_a.cmp(&len_b);
    Ok(Some(match op {
        CmpOp::Eq => order.is_eq() && all_in(vm, a, b)?,
        CmpOp::Ne => !(order.is_eq() && all_in(vm, a, b)?),
        CmpOp::Lt | CmpOp::Le => op.holds_for(order) && all_in(vm, a, b)?,
        CmpOp::Gt | CmpOp::Ge => op.holds_for(order) && all_in(vm, b, a)?,
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return Ok(None),
    }))
}

/// A set of what a view or an iterable holds.
fn to_set(vm: &mut Vm, value: &Value) -> R<Ref<SetObj>> {
    match value.as_view() {
        // Keys are taken from the dict itself: that makes room in the set at once.
        Some(view) if view.kind == ViewKind::Keys => {
            let dict = view.dict.to_value();
            ops::from_iterable(vm, &dict, false)
        }
        Some(_) | None => ops::from_iterable(vm, value, false),
    }
}

/// `a op b` where one is a set-like view: any iterable will do for the other.
///
/// # Errors
/// `TypeError` when the other one is not iterable; what iterating raises.
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    if set_like(a).is_none() && set_like(b).is_none() {
        return Ok(None);
    }
    let result = match op {
        BinaryOp::BitAnd => return intersection(vm, a, b).map(Some),
        BinaryOp::BitOr => {
            let result = to_set(vm, a)?;
            ops::update(vm, &result, b)?;
            result
        }
        BinaryOp::Sub => {
            let result = to_set(vm, a)?;
            ops::difference_update(vm, &result, b)?;
            result
        }
        BinaryOp::BitXor => {
            let result = to_set(vm, a)?;
            ops::symmetric_difference_update(vm, &result, b)?;
            result
        }
        _ => return Ok(None),
    };
    Ok(Some(result.into()))
}

fn intersection(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (mut mine, mut other) = if set_like(a).is_some() {
        (a, b)
    } else {
        (b, a)
    };
    let len_mine = set_like(mine).map_or(0, len);
    if let Some(set) = other.to_set().filter(|set| !set.frozen)
        && len_mine <= size(&set)
    {
        return Ok(ops::intersection(vm, &set, mine)?.into());
    }
    if set_like(other).is_some_and(|view| len(view) > len_mine) {
        std::mem::swap(&mut mine, &mut other);
    }
    let result = ops::empty(false);
    let iter = vm.iter(other)?;
    while let Some(item) = vm.next(&iter)? {
        let there = match mine.as_view() {
            Some(view) => contains(vm, view, &item)?,
            None => false,
        };
        if there {
            vm.set_add(&result, item)?;
        }
    }
    Ok(result.into())
}

fn is_disjoint(vm: &mut Vm, value: &Value, other: &Value) -> R {
    let view = view(vm, value, "isdisjoint")?;
    if other
        .as_view()
        .is_some_and(|other| std::ptr::eq(other, &*view))
    {
        return Ok(Value::bool(len(&view) == 0));
    }
    let iter = vm.iter(other)?;
    while let Some(item) = vm.next(&iter)? {
        if contains(vm, &view, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
