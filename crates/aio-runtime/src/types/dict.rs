//! `dict`.

use super::receiver::{as_instance_of, base_of, receiver, requested_class};
use super::walk::Walk;
use super::{dunders, iterators};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{DictObj, Name, ViewKind, ViewObj};
use crate::table::Entry;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Create an empty dict."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Fill the dict from a mapping, pairs, or keywords.",
    ),
    Method::class(
        "fromkeys",
        NativeFn::Range(2, 3, from_keys),
        "Create a new dictionary with keys from iterable and values set to value.",
    ),
    Method::new(
        "get",
        NativeFn::Opt3(get),
        "Return the value for key if key is in the dictionary, else default.",
    ),
    Method::new(
        "setdefault",
        NativeFn::Opt3(set_default),
        "Insert key with a value of default if key is not in the dictionary.",
    ),
    Method::new(
        "pop",
        NativeFn::Opt3(pop),
        "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.",
    ),
    Method::new(
        "popitem",
        NativeFn::F1(pop_item),
        "Remove and return a (key, value) pair as a 2-tuple.",
    ),
    Method::new(
        "update",
        NativeFn::Any(update_method),
        "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.",
    ),
    Method::new(
        "keys",
        NativeFn::F1(keys),
        "D.keys() -> a set-like object providing a view on D's keys",
    ),
    Method::new(
        "values",
        NativeFn::F1(values),
        "D.values() -> an object providing a view on D's values",
    ),
    Method::new(
        "items",
        NativeFn::F1(items),
        "D.items() -> a set-like object providing a view on D's items",
    ),
    Method::new(
        "clear",
        NativeFn::F1(clear),
        "D.clear() -> None.  Remove all items from D.",
    ),
    Method::new(
        "copy",
        NativeFn::F1(copy),
        "D.copy() -> a shallow copy of D",
    ),
    Method::new(
        "__getitem__",
        NativeFn::F2(get_item_method),
        "Return self[key].",
    ),
    Method::new(
        "__reversed__",
        NativeFn::F1(reversed),
        "Return a reverse iterator over the dict keys.",
    ),
    dunders::OR,
    dunders::ROR,
    dunders::IOR,
    dunders::EQ,
    dunders::NE,
    dunders::LT,
    dunders::LE,
    dunders::GT,
    dunders::GE,
    dunders::LEN,
    dunders::ITER,
    dunders::CONTAINS,
    dunders::SET_ITEM,
    dunders::DEL_ITEM,
    dunders::UNHASHABLE,
    dunders::CLASS_GET_ITEM,
    dunders::REPR,
];

#[inline]
fn dict(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<DictObj>> {
    receiver(vm, value, "dict", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.dict.clone();
    let class = requested_class(vm, args, &base)?;
    Ok(as_instance_of(&class, Value::new(DictObj::default())))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    update_from_arguments(vm, args, "dict", "__init__")
}

fn update_method(vm: &mut Vm, args: Args<'_>) -> R {
    update_from_arguments(vm, args, "update", "update")
}

fn update_from_arguments(vm: &mut Vm, args: Args<'_>, name: &str, method: &str) -> R {
    let Some((object, rest)) = args.pos.split_first() else {
        return Err(vm.type_error(format!("unbound method dict.{method}() needs an argument")));
    };
    let target = dict(vm, object, method)?;
    match rest {
        [] => {}
        [source] => update(vm, &target, source)?,
        more => {
            let given = more.len();
            return Err(vm.type_error(format!("{name} expected at most 1 argument, got {given}")));
        }
    }
    for (key, value) in args.kw {
        target.set_name(key, value.clone());
    }
    Ok(Value::NONE)
}

/// `dict.update(source)`: a mapping, or an iterable of pairs.
///
/// # Errors
/// `TypeError`, `ValueError` for something else; what iterating or hashing raises.
pub fn update(vm: &mut Vm, target: &DictObj, source: &Value) -> R<()> {
    if let Some(other) = plain_dict(vm, source) {
        return merge(vm, target, &other);
    }
    let keys_name = vm.names.keys.clone();
    match vm.get_attr_opt(source, &keys_name)? {
        Some(keys) => {
            let keys = vm.call(&keys, &[])?;
            let mut walk = Walk::over(vm, &keys)?;
            while let Some(key) = walk.next(vm)? {
                let value = vm.get_item(source, &key)?;
                vm.dict_set(target, key, value)?;
            }
            Ok(())
        }
        None => update_from_pairs(vm, target, source),
    }
}

/// The dict to merge from directly: a dict, or an instance of a subclass that iterates as one.
fn plain_dict(vm: &mut Vm, source: &Value) -> Option<Ref<DictObj>> {
    if let Some(dict) = source.to_dict() {
        return Some(dict);
    }
    let dict = base_of(source).to_dict()?;
    let iter = vm.names.__iter__.clone();
    let base = vm.types.dict.clone();
    let (mine, theirs) = (vm.lookup(&base, &iter), vm.lookup_special(source, &iter));
    match (mine, theirs) {
        (Some(mine), Some(theirs)) if mine.is(&theirs) => Some(dict),
        _ => None,
    }
}

/// Sets every entry of another dict.
///
/// # Errors
/// What `__eq__` of keys raises.
pub fn merge(vm: &mut Vm, target: &DictObj, other: &DictObj) -> R<()> {
    if std::ptr::eq(target, other) {
        return Ok(());
    }
    if target.table.with(|table| table.is_empty()) {
        let copy = other.table.with(|table| table.compact_copy());
        drop(target.table.replace(copy));
        return Ok(());
    }
    let mut position = 0;
    loop {
        let stopped = other.table.with(|from| {
            let stopped = target
                .table
                .with_mut(|into| into.take_from(from, position))?;
            from.next_entry(stopped)
                .map(|(at, entry)| (at, entry.clone()))
        });
        let Some((at, entry)) = stopped else {
            return Ok(());
        };
        vm.dict_set_hashed(target, entry.hash, entry.key, entry.value)?;
        position = at + 1;
    }
}

fn update_from_pairs(vm: &mut Vm, target: &DictObj, source: &Value) -> R<()> {
    let mut walk = Walk::over(vm, source)?;
    let mut at = 0;
    while let Some(pair) = walk.next(vm)? {
        let items = match pair.as_tuple() {
            Some(tuple) if tuple.items.len() == 2 => {
                let (key, value) = (tuple.items.at(0), tuple.items.at(1));
                vm.dict_set(target, key.clone(), value.clone())?;
                at += 1;
                continue;
            }
            _ => match vm.iter_opt(&pair)? {
                Some(iter) => vm.collect(&iter)?,
                None => {
                    return Err(vm.type_error(format!(
                        "cannot convert dictionary update sequence element #{at} to a sequence"
                    )));
                }
            },
        };
        let [key, value] = items.as_slice() else {
            let len = items.len();
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{at} has length {len}; 2 is required"
            )));
        };
        vm.dict_set(target, key.clone(), value.clone())?;
        at += 1;
    }
    Ok(())
}

fn from_keys(vm: &mut Vm, args: &[Value]) -> R {
    let value = args.get(2).cloned().unwrap_or(Value::NONE);
    let made = vm.call(args.at(0), &[])?;
    let iter = vm.iter(args.at(1))?;
    match made.as_dict() {
        Some(target) => {
            while let Some(key) = vm.next(&iter)? {
                vm.dict_set(target, key, value.clone())?;
            }
        }
        None => {
            while let Some(key) = vm.next(&iter)? {
                vm.set_item(&made, &key, value.clone())?;
            }
        }
    }
    Ok(made)
}

fn get(vm: &mut Vm, object: &Value, key: &Value, default: Option<&Value>) -> R {
    let inside;
    let target = match object.as_dict() {
        Some(target) => target,
        None => {
            inside = dict(vm, object, "get")?;
            &*inside
        }
    };
    Ok(match vm.dict_get(target, key)? {
        Some(value) => value,
        None => default.cloned().unwrap_or(Value::NONE),
    })
}

fn set_default(vm: &mut Vm, object: &Value, key: &Value, default: Option<&Value>) -> R {
    let target = dict(vm, object, "setdefault")?;
    let hash = vm.hash(key)?;
    if let Some(at) = vm.dict_find(&target, hash, key)? {
        let found = target
            .table
            .with(|table| table.entry(at).map(|entry| entry.value.clone()));
        return Ok(found.unwrap_or(Value::NONE));
    }
    let value = default.cloned().unwrap_or(Value::NONE);
    target
        .table
        .with_mut(|table| table.insert_new(hash, key.clone(), value.clone()));
    Ok(value)
}

fn pop(vm: &mut Vm, object: &Value, key: &Value, default: Option<&Value>) -> R {
    let target = dict(vm, object, "pop")?;
    if target.table.with(|table| table.is_empty()) {
        // An empty dict does not hash the key.
        return match default {
            Some(default) => Ok(default.clone()),
            None => Err(vm.key_error(key.clone())),
        };
    }
    match vm.dict_remove(&target, key)? {
        Some(value) => Ok(value),
        None => match default {
            Some(default) => Ok(default.clone()),
            None => Err(vm.key_error(key.clone())),
        },
    }
}

fn pop_item(vm: &mut Vm, object: &Value) -> R {
    let target = dict(vm, object, "popitem")?;
    let removed = target.table.with_mut(|table| {
        let (at, _) = table.previous_entry(usize::MAX)?;
        Some(table.remove(at))
    });
    match removed {
        Some((key, value)) => Ok(Value::tuple([key, value])),
        None => {
            let message = vm.str("popitem(): dictionary is empty");
            Err(vm.key_error(message))
        }
    }
}

fn view(vm: &mut Vm, object: &Value, kind: ViewKind, method: &str) -> R {
    let dict = dict(vm, object, method)?;
    Ok(Value::new(ViewObj { dict, kind }))
}

fn keys(vm: &mut Vm, object: &Value) -> R {
    view(vm, object, ViewKind::Keys, "keys")
}

fn values(vm: &mut Vm, object: &Value) -> R {
    view(vm, object, ViewKind::Values, "values")
}

fn items(vm: &mut Vm, object: &Value) -> R {
    view(vm, object, ViewKind::Items, "items")
}

fn clear(vm: &mut Vm, object: &Value) -> R {
    let target = dict(vm, object, "clear")?;
    let old = target.table.with_mut(|table| table.clear());
    drop(old);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, object: &Value) -> R {
    let target = dict(vm, object, "copy")?;
    Ok(copy_of(&target))
}

/// `dict(name=value, …)`, where no name stands twice.
pub fn of_names(names: &[(Name, Value)]) -> Value {
    let entries = names
        .iter()
        .map(|(name, value)| Entry::named(name, value.clone()));
    Value::new(DictObj::of_distinct(entries.collect()))
}

/// A shallow copy.
pub fn copy_of(dict: &DictObj) -> Value {
    let table = dict.table.with(|table| table.compact_copy());
    Value::new(DictObj {
        table: crate::heap::GcCell::new(table),
    })
}

fn reversed(vm: &mut Vm, object: &Value) -> R {
    let target = dict(vm, object, "__reversed__")?;
    Ok(iterators::dict_iter(target, ViewKind::Keys, true))
}

/// `dict.__getitem__`: the one place where `__missing__` of a subclass is asked.
fn get_item_method(vm: &mut Vm, object: &Value, key: &Value) -> R {
    let target = dict(vm, object, "__getitem__")?;
    if object.tag() == Tag::Instance {
        return vm.item_of_subclass(object, &target, key);
    }
    get_item(vm, &target, key)
}

/// `dict[key]`
///
/// # Errors
/// `KeyError`; `TypeError` for an unhashable key.
#[inline]
pub fn get_item(vm: &mut Vm, target: &DictObj, key: &Value) -> R {
    match vm.dict_get(target, key)? {
        Some(value) => Ok(value),
        None => Err(vm.key_error(key.clone())),
    }
}

/// `del dict[key]`
///
/// # Errors
/// `KeyError`; `TypeError` for an unhashable key.
pub fn del_item(vm: &mut Vm, target: &DictObj, key: &Value) -> R<()> {
    match vm.dict_remove(target, key)? {
        Some(old) => {
            drop(old);
            Ok(())
        }
        None => Err(vm.key_error(key.clone())),
    }
}

/// `a == b`, `a != b` for two dicts.
///
/// # Errors
/// What comparing the values raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    let (Some(x), Some(y)) = (a.as_dict(), b.as_dict()) else {
        return Ok(None);
    };
    match op {
        CmpOp::Eq => equal(vm, x, y).map(Some),
        CmpOp::Ne => Ok(Some(!equal(vm, x, y)?)),
        _ => Ok(None),
    }
}

fn equal(vm: &mut Vm, a: &DictObj, b: &DictObj) -> R<bool> {
    let size = |dict: &DictObj| dict.table.with(|table| table.len());
    if size(a) != size(b) {
        return Ok(false);
    }
    vm.nested(" in comparison", |vm| equal_entries(vm, a, b))
}

fn equal_entries(vm: &mut Vm, a: &DictObj, b: &DictObj) -> R<bool> {
    let mut position = 0;
    loop {
        let next = a.table.with(|table| {
            let (at, entry) = table.next_entry(position)?;
            position = at + 1;
            Some(entry.clone())
        });
        let Some(entry) = next else { return Ok(true) };
        let Some(at) = vm.dict_find(b, entry.hash, &entry.key)? else {
            return Ok(false);
        };
        let other = b
            .table
            .with(|table| table.entry(at).map(|e| e.value.clone()));
        let Some(other) = other else { return Ok(false) };
        if !vm.eq(&entry.value, &other)? {
            return Ok(false);
        }
    }
}

/// `a | b` for two dicts.
///
/// # Errors
/// What `__eq__` of keys raises.
pub fn union(vm: &mut Vm, a: &DictObj, b: &DictObj) -> R {
    let result = copy_of(a);
    if let Some(target) = result.as_dict() {
        merge(vm, target, b)?;
    }
    Ok(result)
}
