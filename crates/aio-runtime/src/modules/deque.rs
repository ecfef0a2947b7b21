//! `_collections`: `deque`, and what `Counter` and `namedtuple` need to be quick.

mod iterator;

use self::iterator::iter;
use super::{add, add_functions};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{ClassObj, Layout, ListObj, ModuleObj, NativeData, Payload};
use crate::types::text_values::index_opt;
use crate::types::type_type::{native_class, new_instance};
use crate::types::walk::Walk;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The methods of `deque`.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Initialize self."),
    Method::new(
        "append",
        NativeFn::F2(append),
        "Add an element to the right side of the deque.",
    ),
    Method::new(
        "appendleft",
        NativeFn::F2(append_left),
        "Add an element to the left side of the deque.",
    ),
    Method::new(
        "pop",
        NativeFn::F1(pop),
        "Remove and return the rightmost element.",
    ),
    Method::new(
        "popleft",
        NativeFn::F1(pop_left),
        "Remove and return the leftmost element.",
    ),
    Method::new(
        "extend",
        NativeFn::F2(extend),
        "Extend the right side of the deque with elements from the iterable.",
    ),
    Method::new(
        "extendleft",
        NativeFn::F2(extend_left),
        "Extend the left side of the deque with elements from the iterable.",
    ),
    Method::new(
        "rotate",
        NativeFn::Range(1, 2, rotate),
        "Rotate the deque n steps to the right.",
    ),
    Method::new(
        "clear",
        NativeFn::F1(clear),
        "Remove all elements from the deque.",
    ),
    Method::new(
        "copy",
        NativeFn::F1(copy),
        "Return a shallow copy of a deque.",
    ),
    Method::new(
        "__copy__",
        NativeFn::F1(copy),
        "Return a shallow copy of a deque.",
    ),
    Method::new(
        "count",
        NativeFn::F2(count),
        "Return number of occurrences of value.",
    ),
    Method::new(
        "index",
        NativeFn::Range(2, 4, index),
        "Return first index of value.",
    ),
    Method::new("insert", NativeFn::F3(insert), "Insert value before index."),
    Method::new(
        "remove",
        NativeFn::F2(remove),
        "Remove first occurrence of value.",
    ),
    Method::new("reverse", NativeFn::F1(reverse), "Reverse *IN PLACE*."),
    Method::new("__len__", NativeFn::F1(len), "Return len(self)."),
    Method::new("__getitem__", NativeFn::F2(get_item), "Return self[key]."),
    Method::new(
        "__setitem__",
        NativeFn::F3(set_item),
        "Set self[key] to value.",
    ),
    Method::new("__delitem__", NativeFn::F2(del_item), "Delete self[key]."),
    Method::new(
        "__contains__",
        NativeFn::F2(contains),
        "Return bool(key in self).",
    ),
    Method::new(
        "__iter__",
        NativeFn::F1(|vm, d| iter(vm, d, false)),
        "Implement iter(self).",
    ),
    Method::new(
        "__reversed__",
        NativeFn::F1(|vm, d| iter(vm, d, true)),
        "Return a reverse iterator over the deque.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new(
        "__eq__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Eq, a, b)),
        "Return self==value.",
    ),
    Method::new(
        "__ne__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Ne, a, b)),
        "Return self!=value.",
    ),
    Method::new(
        "__lt__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Lt, a, b)),
        "Return self<value.",
    ),
    Method::new(
        "__le__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Le, a, b)),
        "Return self<=value.",
    ),
    Method::new(
        "__gt__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Gt, a, b)),
        "Return self>value.",
    ),
    Method::new(
        "__ge__",
        NativeFn::F2(|vm, a, b| compare(vm, CmpOp::Ge, a, b)),
        "Return self>=value.",
    ),
    Method::new("__add__", NativeFn::F2(add_deques), "Return self+value."),
    Method::new(
        "__iadd__",
        NativeFn::F2(in_place_add),
        "Implement self+=value.",
    ),
    Method::new("__mul__", NativeFn::F2(repeat), "Return self*value."),
    Method::new("__rmul__", NativeFn::F2(repeat), "Return value*self."),
    Method::new(
        "__imul__",
        NativeFn::F2(in_place_repeat),
        "Implement self*=value.",
    ),
    Method::get(
        "maxlen",
        max_len,
        "maximum size of a deque or None if unbounded",
    ),
];

struct Deque {
    items: GcCell<VecDeque<Value>>,
    limit: Cell<Option<usize>>,
    /// Changes with every change of the items, so that iterators notice.
    version: Cell<u64>,
}

impl Deque {
    /// Changes the items.
    #[inline]
    fn change<T>(&self, f: impl FnOnce(&mut VecDeque<Value>) -> T) -> T {
        self.version.set(self.version.get() + 1);
        self.items.with_mut(f)
    }
}

impl NativeData for Deque {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.items.with(|items| items.iter().for_each(visitor));
    }
    fn clear(&self) {
        self.items.set(VecDeque::new());
    }
}

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, super::counting::FUNCTIONS);
    super::counting::add_methods(vm, module);
    let class = class(vm);
    add(vm, module, "deque", class.into());
    Ok(())
}

fn class(vm: &mut Vm) -> Ref<ClassObj> {
    let object = vm.types.object.clone();
    let class = native_class(vm, "deque", "collections", &object, Layout::Native, METHODS);
    let hash = vm.names.__hash__.clone();
    class.dict.set_name(&hash, Value::NONE);
    class
}

#[cold]
fn no_deque(vm: &mut Vm, value: &Value) -> Raised {
    let given = vm.type_name(value);
    vm.type_error(format!(
        "descriptor requires a 'collections.deque' object but received a '{given}'"
    ))
}

/// What `f`, which runs no code of the script, says of a deque.
#[inline]
fn look<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&Deque) -> T) -> R<T> {
    match value.as_instance().and_then(|i| i.look_native(f)) {
        Some(seen) => Ok(seen),
        None => Err(no_deque(vm, value)),
    }
}

/// Changes the items.
fn change<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut VecDeque<Value>) -> T) -> R<T> {
    look(vm, value, |deque| deque.change(f))
}

/// A copy of the items, if the value is exactly a deque.
pub fn plain_items(value: &Value) -> Option<Vec<Value>> {
    let instance = value.as_instance()?;
    if !instance.class.with(|class| class.builtin) {
        return None;
    }
    items_of(value)
}

/// An item, if the value is exactly a deque and has one at the index.
#[inline]
pub fn plain_item(value: &Value, index: &Value) -> Option<Value> {
    let (instance, index) = (value.as_instance()?, index.as_int()?);
    if !instance.class.with(|class| class.builtin) {
        return None;
    }
    instance.look_native(|deque: &Deque| {
        deque.items.with(|items| {
            let from = if index < 0 { items.len() as i64 } else { 0 };
            let at = usize::try_from(index + from).ok()?;
            items.get(at).cloned()
        })
    })?
}

/// A copy of the items, if the value is a deque.
fn items_of(value: &Value) -> Option<Vec<Value>> {
    let deque = value.as_instance()?.native::<Deque>()?;
    Some(deque.items.with(|items| items.iter().cloned().collect()))
}

fn limit_of(value: &Value) -> Option<usize> {
    value
        .as_instance()?
        .look_native(|deque: &Deque| deque.limit.get())?
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(class) = args.pos.first().and_then(Value::to_class) else {
        return Err(vm.type_error("deque.__new__(X): X is not a type object"));
    };
    Ok(empty(&class))
}

fn empty(class: &Ref<ClassObj>) -> Value {
    let deque = Deque {
        items: GcCell::new(VecDeque::new()),
        limit: Cell::new(None),
        version: Cell::new(0),
    };
    new_instance(class, Payload::Native(Rc::new(deque)))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const DEQUE: Signature = Signature {
        name: "deque",
        params: &["iterable", "maxlen"],
        positional: 2,
        required: 0,
    };
    let Some((object, rest)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    let [items, limit] = vm.bind(
        Args {
            pos: rest,
            kw: args.kw,
        },
        &DEQUE,
    )?;
    let limit = if limit.is_unset() || limit.is_none() {
        None
    } else {
        let base = vm.index(&limit);
        let Ok(limit) = base else {
            drop(vm.take_pending());
            return Err(vm.type_error("an integer is required"));
        };
        match limit.as_index() {
            Some(limit) if limit >= 0 => Some(limit as usize),
            Some(_) | None => return Err(vm.value_error("maxlen must be non-negative")),
        }
    };
    look(vm, object, |deque| {
        deque.limit.set(limit);
        deque.items.replace(VecDeque::new())
    })?;
    if !items.is_unset() && !items.is_none() {
        extend(vm, object, &items)?;
    }
    Ok(Value::NONE)
}

/// A new deque of the class of another one.
fn like(vm: &mut Vm, value: &Value, items: Vec<Value>) -> R {
    let class: Value = vm.class_of(value).into();
    let list = Value::new(ListObj::new(items));
    match limit_of(value) {
        Some(limit) => vm.call(&class, &[list, Value::int(limit as i64)]),
        None => vm.call(&class, &[list]),
    }
}

fn append(vm: &mut Vm, object: &Value, item: &Value) -> R {
    let dropped = look(vm, object, |deque| {
        deque.change(|items| {
            items.push_back(item.clone());
            match deque.limit.get() {
                Some(limit) if items.len() > limit => items.pop_front(),
                Some(_) | None => None,
            }
        })
    })?;
    drop(dropped);
    Ok(Value::NONE)
}

fn append_left(vm: &mut Vm, object: &Value, item: &Value) -> R {
    let dropped = look(vm, object, |deque| {
        deque.change(|items| {
            items.push_front(item.clone());
            match deque.limit.get() {
                Some(limit) if items.len() > limit => items.pop_back(),
                Some(_) | None => None,
            }
        })
    })?;
    drop(dropped);
    Ok(Value::NONE)
}

fn popped(vm: &mut Vm, item: Option<Value>) -> R {
    match item {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn pop(vm: &mut Vm, object: &Value) -> R {
    let item = change(vm, object, VecDeque::pop_back)?;
    popped(vm, item)
}

fn pop_left(vm: &mut Vm, object: &Value) -> R {
    let item = change(vm, object, VecDeque::pop_front)?;
    popped(vm, item)
}

fn extend(vm: &mut Vm, object: &Value, items: &Value) -> R {
    let own = if items.is(object) {
        items_of(object)
    } else {
        None
    };
    if let Some(own) = own {
        for item in &own {
            append(vm, object, item)?;
        }
        return Ok(Value::NONE);
    }
    if limit_of(object).is_none() && matches!(items.tag(), Tag::List | Tag::Tuple) {
        let more = vm.collect(items)?;
        if !more.is_empty() {
            change(vm, object, |own| own.extend(more))?;
        }
        return Ok(Value::NONE);
    }
    let mut walk = Walk::over(vm, items)?;
    while let Some(item) = walk.next(vm)? {
        append(vm, object, &item)?;
    }
    Ok(Value::NONE)
}

fn extend_left(vm: &mut Vm, object: &Value, items: &Value) -> R {
    for item in vm.collect(items)? {
        append_left(vm, object, &item)?;
    }
    Ok(Value::NONE)
}

fn rotate(vm: &mut Vm, args: &[Value]) -> R {
    let steps = match args.get(1) {
        Some(steps) => vm.index_i64(steps)?,
        None => 1,
    };
    change(vm, args.at(0), |items| {
        if !items.is_empty() {
            let by = steps.rem_euclid(items.len() as i64) as usize;
            items.rotate_right(by);
        }
    })?;
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, object: &Value) -> R {
    let old = change(vm, object, std::mem::take)?;
    drop(old);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, object: &Value) -> R {
    let items = items_of(object).unwrap_or_default();
    like(vm, object, items)
}

fn count(vm: &mut Vm, object: &Value, value: &Value) -> R {
    let mut found = 0;
    for item in items_of(object).unwrap_or_default() {
        found += i64::from(vm.eq(&item, value)?);
    }
    Ok(Value::int(found))
}

fn index(vm: &mut Vm, args: &[Value]) -> R {
    let items = items_of(args.at(0)).unwrap_or_default();
    let mut bounds = [0, items.len()];
    for (bound, arg) in bounds.iter_mut().zip(args.rest(2)) {
        let value = vm.index_i64(arg)?;
        let value = if value < 0 {
            value + items.len() as i64
        } else {
            value
        };
        *bound = usize::try_from(value).unwrap_or(0).min(items.len());
    }
    for (at, item) in items.iter().enumerate().take(bounds[1]).skip(bounds[0]) {
        if vm.eq(item, args.at(1))? {
            return Ok(Value::int(at as i64));
        }
    }
    let shown = vm.repr(args.at(1))?;
    Err(vm.value_error(format!("{shown} is not in deque")))
}

fn insert(vm: &mut Vm, object: &Value, at: &Value, item: &Value) -> R {
    let at = vm.index_i64(at)?;
    if let Some(limit) = limit_of(object)
        && items_of(object).is_some_and(|items| items.len() >= limit)
    {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    change(vm, object, |items| {
        let len = items.len() as i64;
        let at = if at < 0 {
            (at + len).max(0)
        } else {
            at.min(len)
        };
        items.insert(at as usize, item.clone());
    })?;
    Ok(Value::NONE)
}

fn remove(vm: &mut Vm, object: &Value, value: &Value) -> R {
    let items = items_of(object).unwrap_or_default();
    for (at, item) in items.iter().enumerate() {
        if vm.eq(item, value)? {
            let len = items_of(object).map_or(0, |items| items.len());
            if len != items.len() {
                return Err(vm.index_error("deque mutated during remove()."));
            }
            drop(change(vm, object, |items| items.remove(at))?);
            return Ok(Value::NONE);
        }
    }
    let shown = vm.repr(value)?;
    Err(vm.value_error(format!("{shown} is not in deque")))
}

fn reverse(vm: &mut Vm, object: &Value) -> R {
    change(vm, object, |items| items.make_contiguous().reverse())?;
    Ok(Value::NONE)
}

fn len(vm: &mut Vm, object: &Value) -> R {
    look(vm, object, |deque| {
        Value::int(deque.items.with(VecDeque::len) as i64)
    })
}

fn out_of_range(vm: &mut Vm) -> Raised {
    vm.index_error("deque index out of range")
}

/// An index into the deque, counted from the end when negative.
fn place(vm: &mut Vm, object: &Value, at: &Value) -> R<usize> {
    let at = vm.index_i64(at)?;
    let len = look(vm, object, |deque| deque.items.with(VecDeque::len))? as i64;
    let at = if at < 0 { at + len } else { at };
    if (0..len).contains(&at) {
        Ok(at as usize)
    } else {
        Err(out_of_range(vm))
    }
}

fn get_item(vm: &mut Vm, object: &Value, at: &Value) -> R {
    let Some(index) = index_opt(vm, at)? else {
        let given = vm.type_name(at);
        return Err(vm.type_error(format!("sequence index must be integer, not '{given}'")));
    };
    if index.as_index().is_none() {
        return Err(vm.index_error("cannot fit 'int' into an index-sized integer"));
    }
    let at = place(vm, object, &index)?;
    let item = look(vm, object, |deque| {
        deque.items.with(|items| items.get(at).cloned())
    })?;
    match item {
        Some(item) => Ok(item),
        None => Err(out_of_range(vm)),
    }
}

fn set_item(vm: &mut Vm, object: &Value, at: &Value, value: &Value) -> R {
    let at = place(vm, object, at)?;
    let old = look(vm, object, |deque| {
        deque.items.with_mut(|items| {
            items
                .get_mut(at)
                .map(|item| std::mem::replace(item, value.clone()))
        })
    })?;
    drop(old);
    Ok(Value::NONE)
}

fn del_item(vm: &mut Vm, object: &Value, at: &Value) -> R {
    let at = place(vm, object, at)?;
    drop(change(vm, object, |items| items.remove(at))?);
    Ok(Value::NONE)
}

fn contains(vm: &mut Vm, object: &Value, value: &Value) -> R {
    for item in items_of(object).unwrap_or_default() {
        if vm.eq(&item, value)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let name = vm.class_name(object);
    let items = items_of(object).unwrap_or_default();
    if vm.repr_stack.contains(&object.address()) {
        return Ok(vm.str("[...]"));
    }
    vm.repr_stack.push(object.address());
    let shown = vm.repr(&Value::new(ListObj::new(items)));
    vm.repr_stack.pop();
    let shown = shown?;
    Ok(vm.str(match limit_of(object) {
        Some(limit) => format!("{name}({shown}, maxlen={limit})"),
        None => format!("{name}({shown})"),
    }))
}

fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R {
    let (Some(left), Some(right)) = (items_of(a), items_of(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (left, right) = (
        Value::new(ListObj::new(left)),
        Value::new(ListObj::new(right)),
    );
    vm.compare(op, &left, &right)
}

fn add_deques(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (Some(mut items), Some(more)) = (items_of(a), items_of(b)) else {
        let given = vm.type_name(b);
        return Err(vm.type_error(format!(
            "can only concatenate deque (not \"{given}\") to deque"
        )));
    };
    items.extend(more);
    like(vm, a, items)
}

fn in_place_add(vm: &mut Vm, object: &Value, items: &Value) -> R {
    extend(vm, object, items)?;
    Ok(object.clone())
}

fn repeated(vm: &mut Vm, object: &Value, times: &Value) -> R<Vec<Value>> {
    let times = vm.index_i64(times)?.max(0) as usize;
    let items = items_of(object).unwrap_or_default();
    let total = items.len().saturating_mul(times);
    if total > 1 << 32 {
        return Err(vm.memory_error(""));
    }
    Ok(items.iter().cycle().take(total).cloned().collect())
}

fn repeat(vm: &mut Vm, object: &Value, times: &Value) -> R {
    let items = repeated(vm, object, times)?;
    like(vm, object, items)
}

fn in_place_repeat(vm: &mut Vm, object: &Value, times: &Value) -> R {
    let items = repeated(vm, object, times)?;
    clear(vm, object)?;
    for item in &items {
        append(vm, object, item)?;
    }
    Ok(object.clone())
}

fn max_len(_vm: &mut Vm, object: &Value) -> R {
    Ok(limit_of(object).map_or(Value::NONE, |limit| Value::int(limit as i64)))
}
