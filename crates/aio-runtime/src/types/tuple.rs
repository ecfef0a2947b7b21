//! `tuple`.

use super::dunders;
use super::list::{Holds, item_index, wrap};
use super::list_slices::take;
use super::receiver::{as_instance_of, base_of, optional_argument, receiver, requested_class};
use super::slice::{resolve, search_bound};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::TupleObj;
use crate::table::quick_cmp;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create a tuple of the items of an iterable.",
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
    Method::new(
        "__getnewargs__",
        NativeFn::F1(new_arguments),
        "What __new__ is to get for a copy.",
    ),
    dunders::ADD,
    dunders::MUL,
    dunders::RMUL,
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
    dunders::HASH,
    dunders::CLASS_GET_ITEM,
    dunders::REPR,
];

fn tuple(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<TupleObj>> {
    receiver(vm, value, "tuple", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.tuple.clone();
    let class = requested_class(vm, args, &base)?;
    // A subclass may take keywords in its own `__init__`.
    let args = if class.builtin {
        args
    } else {
        Args::positional(args.pos)
    };
    let value = match optional_argument(vm, args, "tuple")? {
        Some(source) => from_iterable(vm, source)?,
        None => Value::tuple(Vec::new()),
    };
    Ok(as_instance_of(&class, value))
}

/// `tuple(source)`: a tuple is its own.
///
/// # Errors
/// What iterating raises.
pub fn from_iterable(vm: &mut Vm, source: &Value) -> R {
    if source.tag() == Tag::Tuple {
        return Ok(source.clone());
    }
    if let Some(list) = source.as_list() {
        let items = |items: &Vec<Value>| Ref::joined_tuple(items, &[]);
        return Ok(list.items.with(items).into());
    }
    vm.collect(source).map(Value::tuple)
}

fn new_arguments(vm: &mut Vm, object: &Value) -> R {
    let target = tuple(vm, object, "__getnewargs__")?;
    Ok(Value::tuple(vec![target.to_value()]))
}

fn count(vm: &mut Vm, object: &Value, wanted: &Value) -> R {
    let target = tuple(vm, object, "count")?;
    let mut found = 0;
    for item in &target.items {
        found += i64::from(vm.eq(item, wanted)?);
    }
    Ok(Value::int(found))
}

fn index(vm: &mut Vm, args: &[Value]) -> R {
    let target = tuple(vm, args.at(0), "index")?;
    let len = target.items.len();
    let start = match args.get(2) {
        Some(value) => search_bound(vm, value, len)?,
        None => 0,
    };
    let stop = match args.get(3) {
        Some(value) => search_bound(vm, value, len)?.min(len),
        None => len,
    };
    for (at, item) in target.items.iter().enumerate().take(stop).skip(start) {
        if vm.eq(item, args.at(1))? {
            return Ok(Value::int(at as i64));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

/// `a op b` for two tuples.
///
/// # Errors
/// What comparing the items raises; `TypeError` when two items have no order.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) else {
        return Ok(None);
    };
    if let Some(order) = quick_cmp(a, b) {
        return Ok(Some(op.holds_for(order)));
    }
    vm.nested(" in comparison", |vm| compare_items(vm, op, x, y))
        .map(Some)
}

fn compare_items(vm: &mut Vm, op: CmpOp, x: &TupleObj, y: &TupleObj) -> R<bool> {
    for (left, right) in x.items.iter().zip(&y.items) {
        if !vm.eq(left, right)? {
            return match op {
                CmpOp::Eq => Ok(false),
                CmpOp::Ne => Ok(true),
                _ => vm.compare_bool(op, left, right),
            };
        }
    }
    Ok(op.holds_for(x.items.len().cmp(&y.items.len())))
}

/// `a + b` for two tuples.
pub fn concat(a: &TupleObj, b: &TupleObj) -> Value {
    Ref::joined_tuple(&a.items, &b.items).into()
}

/// The pair that an iterator gave last. When nobody else has it any more, the next one is the same
/// object, filled again (as in CPython: so its items live until then).
#[derive(Default)]
pub struct LastPair(Value);

impl LastPair {
    /// The next pair.
    #[inline]
    pub fn give(&mut self, mut pair: [Value; 2]) -> Value {
        match self.0.unique_tuple() {
            Some(tuple) => {
                if let [first, second] = &mut *tuple.items {
                    std::mem::swap(first, &mut pair[0]);
                    std::mem::swap(second, &mut pair[1]);
                }
            }
            None => self.0 = Value::tuple(pair),
        }
        self.0.clone()
    }

    /// Reports it.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.0);
    }
}

/// `tuple[index]`
///
/// # Errors
/// `IndexError`, `TypeError`.
#[inline]
pub fn get_item(vm: &mut Vm, target: &TupleObj, index: &Value) -> R {
    let items = &target.items;
    let index = match index.as_int() {
        Some(index) => index,
        None => match index.as_slice() {
            Some(slice) => {
                let steps = resolve(vm, slice, items.len())?;
                return Ok(Value::tuple(take(items, steps)));
            }
            None => item_index(vm, index, "tuple")?,
        },
    };
    match wrap(index, items.len()).and_then(|at| items.get(at)) {
        Some(item) => Ok(item.clone()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

/// The items of a tuple, or of an instance of a subclass.
pub fn items_of(value: &Value) -> Option<Ref<TupleObj>> {
    base_of(value).to_tuple()
}
