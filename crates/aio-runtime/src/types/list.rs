//! `list`.
//!
//! Methods that meet code of the script half-way (comparing items, iterating an argument) look at
//! the list again after every such call: it may have become shorter.

use super::receiver::{as_instance_of, optional_argument, receiver, requested_class};
use super::slice::search_bound;
use super::{dunders, iterators, limits, list_slices, sorting};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::ListObj;
use crate::table::quick_eq;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Create an empty list."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Fill the list with the items of an iterable.",
    ),
    Method::new(
        "append",
        NativeFn::F2(append),
        "Append object to the end of the list.",
    ),
    Method::new("clear", NativeFn::F1(clear), "Remove all items from list."),
    Method::new(
        "copy",
        NativeFn::F1(copy),
        "Return a shallow copy of the list.",
    ),
    Method::new(
        "count",
        NativeFn::F2(count),
        "Return number of occurrences of value.",
    ),
    Method::new(
        "extend",
        NativeFn::F2(extend_method),
        "Extend list by appending elements from the iterable.",
    ),
    Method::new(
        "index",
        NativeFn::Range(2, 4, index),
        "Return first index of value.",
    ),
    Method::new(
        "insert",
        NativeFn::F3(insert),
        "Insert object before index.",
    ),
    Method::new(
        "pop",
        NativeFn::Opt2(pop),
        "Remove and return item at index (default last).",
    ),
    Method::new(
        "remove",
        NativeFn::F2(remove),
        "Remove first occurrence of value.",
    ),
    Method::new("reverse", NativeFn::F1(reverse), "Reverse *IN PLACE*."),
    Method::new(
        "sort",
        NativeFn::Any(sort),
        "Sort the list in ascending order and return None.",
    ),
    Method::new(
        "__reversed__",
        NativeFn::F1(reversed),
        "Return a reverse iterator over the list.",
    ),
    dunders::ADD,
    dunders::MUL,
    dunders::RMUL,
    dunders::IADD,
    dunders::IMUL,
    dunders::EQ,
    dunders::NE,
    dunders::LT,
    dunders::LE,
    dunders::GT,
    dunders::GE,
    dunders::LEN,
    dunders::ITER,
    dunders::CONTAINS,
    dunders::GET_ITEM,
    dunders::SET_ITEM,
    dunders::DEL_ITEM,
    dunders::UNHASHABLE,
    dunders::CLASS_GET_ITEM,
    dunders::REPR,
];

/// A list value.
#[inline]
pub fn list_value(items: Vec<Value>) -> Value {
    Value::new(ListObj::new(items))
}

#[inline]
fn list(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<ListObj>> {
    receiver(vm, value, "list", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.list.clone();
    let class = requested_class(vm, args, &base)?;
    Ok(as_instance_of(&class, list_value(Vec::new())))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(object) = args.pos.first() else {
        return Err(vm.type_error("unbound method list.__init__() needs an argument"));
    };
    let target = list(vm, object, "__init__")?;
    let source = optional_argument(vm, args, "list")?;
    if !target.is_empty() {
        target.items.set(Vec::new());
    }
    if let Some(source) = source {
        extend(vm, &target, source)?;
    }
    Ok(Value::NONE)
}

fn append(vm: &mut Vm, object: &Value, item: &Value) -> R {
    let target = list(vm, object, "append")?;
    target.items.with_mut(|items| items.push(item.clone()));
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, object: &Value) -> R {
    let items = list(vm, object, "clear")?.items.replace(Vec::new());
    ListObj::let_go(items);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, object: &Value) -> R {
    let items = list(vm, object, "copy")?.to_vec();
    Ok(list_value(items))
}

fn count(vm: &mut Vm, object: &Value, wanted: &Value) -> R {
    let target = list(vm, object, "count")?;
    let mut found = 0;
    let mut at = 0;
    while let Some(item) = target.get(at) {
        found += i64::from(vm.eq(&item, wanted)?);
        at += 1;
    }
    Ok(Value::int(found))
}

fn extend_method(vm: &mut Vm, object: &Value, source: &Value) -> R {
    let target = list(vm, object, "extend")?;
    extend(vm, &target, source)?;
    Ok(Value::NONE)
}

/// Appends the items of an iterable.
///
/// # Errors
/// `TypeError` when it is not iterable; what iterating raises (the items until then stay).
pub fn extend(vm: &mut Vm, target: &ListObj, source: &Value) -> R<()> {
    if let Some(tuple) = source.as_tuple() {
        target
            .items
            .with_mut(|items| items.extend_from_slice(&tuple.items));
        return Ok(());
    }
    if let Some(list) = source.as_list()
        && !std::ptr::eq(list, target)
    {
        list.items.with(|more| {
            target.items.with_mut(|items| items.extend_from_slice(more));
        });
        return Ok(());
    }
    if source.tag() == Tag::Range || source.tag() == Tag::List || source.tag() == Tag::Set {
        // A copy first: the source may be the target itself.
        let more = vm.collect(source)?;
        if target.is_empty() {
            target.items.set(more);
        } else {
            target.items.with_mut(|items| items.extend(more));
        }
        return Ok(());
    }
    let iter = vm.iter(source)?;
    while let Some(item) = vm.next(&iter)? {
        target.items.with_mut(|items| items.push(item));
    }
    Ok(())
}

fn index(vm: &mut Vm, args: &[Value]) -> R {
    let target = list(vm, args.at(0), "index")?;
    let wanted = args.at(1);
    let start = match args.get(2) {
        Some(value) => search_bound(vm, value, target.len())?,
        None => 0,
    };
    let stop = match args.get(3) {
        Some(value) => search_bound(vm, value, target.len())?,
        None => usize::MAX,
    };
    match position(vm, &target, wanted, start, stop)? {
        Some(at) => Ok(Value::int(at as i64)),
        None => {
            let wanted = vm.repr(wanted)?;
            Err(vm.value_error(format!("{wanted} is not in list")))
        }
    }
}

/// The index of the first item equal to `wanted` from `start` up to `stop`.
///
/// # Errors
/// What comparing raises.
pub fn position(
    vm: &mut Vm,
    target: &ListObj,
    wanted: &Value,
    start: usize,
    stop: usize,
) -> R<Option<usize>> {
    let mut at = start;
    while at < stop {
        // A run of items that need no code of the script to compare is looked at in one borrow.
        let next = target.items.with(|items| {
            while let Some(item) = items.get(at).filter(|_| at < stop) {
                match crate::table::quick_eq(item, wanted) {
                    Some(true) => return Some(None),
                    Some(false) => at += 1,
                    None => return Some(Some(item.clone())),
                }
            }
            None
        });
        match next {
            None => return Ok(None),
            Some(None) => return Ok(Some(at)),
            Some(Some(item)) => {
                if vm.eq(&item, wanted)? {
                    return Ok(Some(at));
                }
                at += 1;
            }
        }
    }
    Ok(None)
}

fn insert(vm: &mut Vm, object: &Value, index: &Value, item: &Value) -> R {
    let target = list(vm, object, "insert")?;
    let index = vm.index_i64(index)?;
    target.items.with_mut(|items| {
        let len = items.len() as i64;
        let at = if index < 0 {
            index.saturating_add(len).max(0)
        } else {
            index.min(len)
        };
        items.insert(at as usize, item.clone());
    });
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, object: &Value, index: Option<&Value>) -> R {
    let target = list(vm, object, "pop")?;
    let Some(index) = index else {
        return match target.items.with_mut(Vec::pop) {
            Some(item) => Ok(item),
            None => Err(vm.index_error("pop from empty list")),
        };
    };
    let index = vm.index_i64(index)?;
    if target.is_empty() {
        return Err(vm.index_error("pop from empty list"));
    }
    let popped = target.items.with_mut(|items| {
        let at = wrap(index, items.len())?;
        Some(items.remove(at))
    });
    match popped {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop index out of range")),
    }
}

/// An index counted from the end if negative, if it is within `len` items.
#[inline(always)]
pub fn wrap(index: i64, len: usize) -> Option<usize> {
    let at = if index < 0 { index + len as i64 } else { index };
    if (at as u64) < len as u64 {
        Some(at as usize)
    } else {
        None
    }
}

fn remove(vm: &mut Vm, object: &Value, wanted: &Value) -> R {
    let target = list(vm, object, "remove")?;
    match position(vm, &target, wanted, 0, usize::MAX)? {
        Some(at) => {
            let removed = target
                .items
                .with_mut(|items| (at < items.len()).then(|| items.remove(at)));
            drop(removed);
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn reverse(vm: &mut Vm, object: &Value) -> R {
    list(vm, object, "reverse")?
        .items
        .with_mut(|items| items.reverse());
    Ok(Value::NONE)
}

const SORT: Signature = Signature {
    name: "sort",
    params: &["key", "reverse"],
    positional: 0,
    required: 0,
};

fn sort(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((object, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("unbound method list.sort() needs an argument"));
    };
    let target = list(vm, object, "sort")?;
    let options = Args {
        pos: rest,
        kw: args.kw,
    };
    let [key, reverse] = vm.bind::<2>(options, &SORT)?;
    let reverse = !reverse.is_unset() && vm.truthy(&reverse)?;
    // Code of the script that looks at the list meanwhile sees an empty one.
    let mut items = target.items.replace(Vec::new());
    let result = sorting::sort(vm, &mut items, &key, reverse);
    let meanwhile = target.items.replace(items);
    result?;
    if meanwhile.is_empty() {
        Ok(Value::NONE)
    } else {
        Err(vm.value_error("list modified during sort"))
    }
}

fn reversed(vm: &mut Vm, object: &Value) -> R {
    let target = list(vm, object, "__reversed__")?;
    Ok(iterators::reversed_list(target))
}

/// `a op b` for two lists.
///
/// # Errors
/// What comparing the items raises; `TypeError` when two items have no order.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    let (Some(x), Some(y)) = (a.as_list(), b.as_list()) else {
        return Ok(None);
    };
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && x.len() != y.len() {
        return Ok(Some(op == CmpOp::Ne));
    }
    vm.nested(" in comparison", |vm| compare_items(vm, op, x, y))
        .map(Some)
}

fn compare_items(vm: &mut Vm, op: CmpOp, x: &ListObj, y: &ListObj) -> R<bool> {
    let mut at = 0;
    loop {
        at += equal_items(x, y, at);
        let (Some(left), Some(right)) = (x.get(at), y.get(at)) else {
            return Ok(op.holds_for(x.len().cmp(&y.len())));
        };
        if !vm.eq(&left, &right)? {
            return match op {
                CmpOp::Eq => Ok(false),
                CmpOp::Ne => Ok(true),
                _ => vm.compare_bool(op, &left, &right),
            };
        }
        at += 1;
    }
}

/// How many items from a place on are equal, as far as that can be told without code of the script.
fn equal_items(x: &ListObj, y: &ListObj, at: usize) -> usize {
    x.items.with(|x| {
        y.items.with(|y| {
            let pairs = x.iter().zip(y).skip(at);
            pairs
                .take_while(|(left, right)| quick_eq(left, right) == Some(true))
                .count()
        })
    })
}

/// What an ordering means for a comparison operator.
pub trait Holds {
    /// Whether `a op b`, where `ordering` is `a.cmp(&b)`.
    fn holds_for(self, ordering: std::cmp::Ordering) -> bool;
}

impl Holds for CmpOp {
    fn holds_for(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            CmpOp::Eq | CmpOp::Is | CmpOp::In => ordering.is_eq(),
            CmpOp::Ne | CmpOp::IsNot | CmpOp::NotIn => ordering.is_ne(),
            CmpOp::Lt => ordering.is_lt(),
            CmpOp::Le => ordering.is_le(),
            CmpOp::Gt => ordering.is_gt(),
            CmpOp::Ge => ordering.is_ge(),
        }
    }
}

/// `a + b` for two lists.
pub fn concat(a: &ListObj, b: &ListObj) -> Value {
    let mut items = Vec::with_capacity(a.len() + b.len());
    a.items.with(|left| items.extend_from_slice(left));
    b.items.with(|right| items.extend_from_slice(right));
    list_value(items)
}

/// The number of times for `sequence * value`; `None` when it is no integer.
///
/// # Errors
/// `OverflowError` when it does not fit.
pub fn repeat_count(vm: &mut Vm, value: &Value) -> R<Option<usize>> {
    if let Some(int) = value.as_index() {
        return Ok(Some(int.max(0) as usize));
    }
    if value.tag() == Tag::BigInt {
        return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
    }
    let hook = vm.names.__index__.clone();
    if value.tag() != Tag::Instance || vm.lookup_special(value, &hook).is_none() {
        return Ok(None);
    }
    let index = vm.index(value)?;
    match index.as_index() {
        Some(int) => Ok(Some(int.max(0) as usize)),
        None => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

/// Items repeated.
///
/// # Errors
/// `MemoryError`.
pub fn repeat(vm: &mut Vm, items: &[Value], times: usize) -> R<Vec<Value>> {
    let Some(len) = items.len().checked_mul(times) else {
        return Err(limits::out_of_memory(vm));
    };
    limits::reserve(vm, len, size_of::<Value>())?;
    match items {
        [] => return Ok(Vec::new()),
        [one] => return Ok(vec![one.clone(); times]),
        _ => {}
    }
    let mut result = Vec::with_capacity(len);
    for _ in 0..times {
        result.extend_from_slice(items);
    }
    Ok(result)
}

/// `list[index]`
///
/// # Errors
/// `IndexError`, `TypeError`.
#[inline]
pub fn get_item(vm: &mut Vm, target: &ListObj, index: &Value) -> R {
    if let Some(index) = index.as_int() {
        let item = target
            .items
            .with(|items| items.get(wrap(index, items.len())?).cloned());
        return match item {
            Some(item) => Ok(item),
            None => Err(vm.index_error("list index out of range")),
        };
    }
    if let Some(slice) = index.as_slice() {
        return list_slices::get(vm, target, slice);
    }
    let index = item_index(vm, index, "list")?;
    let len = target.len();
    match wrap(index, len).and_then(|at| target.get(at)) {
        Some(item) => Ok(item),
        None => Err(vm.index_error("list index out of range")),
    }
}

/// `list[index] = item`
///
/// # Errors
/// `IndexError`, `TypeError`, `ValueError` for slices that do not fit.
#[inline]
pub fn set_item(vm: &mut Vm, target: &ListObj, index: &Value, item: &Value) -> R<()> {
    let index = match index.as_int() {
        Some(index) => index,
        None => match index.as_slice() {
            Some(slice) => return list_slices::set(vm, target, slice, item),
            None => item_index(vm, index, "list")?,
        },
    };
    let old = target.items.with_mut(|items| {
        let at = wrap(index, items.len())?;
        Some(std::mem::replace(items.get_mut(at)?, item.clone()))
    });
    match old {
        Some(old) => {
            drop(old);
            Ok(())
        }
        None => Err(out_of_range(vm)),
    }
}

/// `del list[index]`
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn del_item(vm: &mut Vm, target: &ListObj, index: &Value) -> R<()> {
    if let Some(slice) = index.as_slice() {
        return list_slices::delete(vm, target, slice);
    }
    let index = item_index(vm, index, "list")?;
    let removed = target.items.with_mut(|items| {
        let at = wrap(index, items.len())?;
        Some(items.remove(at))
    });
    match removed {
        Some(item) => {
            drop(item);
            Ok(())
        }
        None => Err(out_of_range(vm)),
    }
}

#[cold]
fn out_of_range(vm: &mut Vm) -> Raised {
    vm.index_error("list assignment index out of range")
}

/// The index of an item of a sequence type.
///
/// # Errors
/// `TypeError` when it is no integer; `IndexError` when it does not fit.
pub fn item_index(vm: &mut Vm, index: &Value, type_name: &str) -> R<i64> {
    if let Some(int) = index.as_index() {
        return Ok(int);
    }
    let hook = vm.names.__index__.clone();
    if index.tag() != Tag::BigInt && vm.lookup_special(index, &hook).is_none() {
        let given = vm.type_name(index);
        return Err(vm.type_error(format!(
            "{type_name} indices must be integers or slices, not {given}"
        )));
    }
    let index = vm.index(index)?;
    match index.as_index() {
        Some(int) => Ok(int),
        None => Err(vm.index_error("cannot fit 'int' into an index-sized integer")),
    }
}
