//! `_heapq`: a list as a priority queue. The comparisons and their order are CPython's.

use super::{Function, add_functions};
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::{ListObj, ModuleObj};
use crate::types::receiver::base_of;
use crate::value::Value;
use crate::vm::Vm;

const FUNCTIONS: &[Function] = &[
    (
        "heappush",
        NativeFn::F2(push),
        "Push item onto heap, maintaining the heap invariant.",
    ),
    (
        "heappop",
        NativeFn::F1(pop),
        "Pop the smallest item off the heap, maintaining the heap invariant.",
    ),
    (
        "heapreplace",
        NativeFn::F2(replace),
        "Pop and return the current smallest value, and add the new item.",
    ),
    (
        "heappushpop",
        NativeFn::F2(push_pop),
        "Push item on the heap, then pop and return the smallest item from the heap.",
    ),
    (
        "heapify",
        NativeFn::F1(heapify),
        "Transform list into a heap, in-place, in O(len(heap)) time.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    Ok(())
}

/// The heap of a function, which calls it so.
fn heap_of(vm: &mut Vm, value: &Value, function: &str, argument: &str) -> R<Ref<ListObj>> {
    match base_of(value).to_list() {
        Some(list) => Ok(list),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("{function}() {argument} must be list, not {given}")))
        }
    }
}

/// `heapq.heappush`
///
/// # Errors
/// `TypeError` if it is no list; what comparing raises.
pub fn push(vm: &mut Vm, heap: &Value, item: &Value) -> R {
    let heap = heap_of(vm, heap, "heappush", "argument 1")?;
    heap.items.with_mut(|items| items.push(item.clone()));
    let last = heap.len() - 1;
    rise(vm, &heap, 0, last)?;
    Ok(Value::NONE)
}

/// `heapq.heappop`
///
/// # Errors
/// `TypeError` if it is no list, `IndexError` if it is empty; what comparing raises.
pub fn pop(vm: &mut Vm, heap: &Value) -> R {
    let heap = heap_of(vm, heap, "heappop", "argument")?;
    let Some(last) = heap.items.with_mut(Vec::pop) else {
        return Err(vm.index_error("index out of range"));
    };
    match swap_first(&heap, last) {
        Ok(first) => {
            sink(vm, &heap, 0)?;
            Ok(first)
        }
        Err(last) => Ok(last),
    }
}

fn replace(vm: &mut Vm, heap: &Value, item: &Value) -> R {
    let heap = heap_of(vm, heap, "heapreplace", "argument 1")?;
    match swap_first(&heap, item.clone()) {
        Ok(first) => {
            sink(vm, &heap, 0)?;
            Ok(first)
        }
        Err(_) => Err(vm.index_error("index out of range")),
    }
}

fn push_pop(vm: &mut Vm, heap: &Value, item: &Value) -> R {
    let heap = heap_of(vm, heap, "heappushpop", "argument 1")?;
    let Some(first) = heap.get(0) else {
        return Ok(item.clone());
    };
    if !vm.lt(&first, item)? {
        return Ok(item.clone());
    }
    match swap_first(&heap, item.clone()) {
        Ok(first) => {
            sink(vm, &heap, 0)?;
            Ok(first)
        }
        Err(_) => Err(vm.index_error("index out of range")),
    }
}

fn heapify(vm: &mut Vm, heap: &Value) -> R {
    let heap = heap_of(vm, heap, "heapify", "argument")?;
    for at in (0..heap.len() / 2).rev() {
        sink(vm, &heap, at)?;
    }
    Ok(Value::NONE)
}

/// Puts an item in the place of the first one, if there is one; gives back the other of the two.
fn swap_first(heap: &ListObj, item: Value) -> Result<Value, Value> {
    heap.items.with_mut(|items| match items.first_mut() {
        Some(first) => Ok(std::mem::replace(first, item)),
        None => Err(item),
    })
}

/// Whether the item in one place is less than that in another. The comparison may be code of the
/// script, which must leave the length as it is.
#[inline]
fn less(vm: &mut Vm, heap: &ListObj, a: usize, b: usize) -> R<bool> {
    let ints = heap.items.with(|items| {
        let (a, b) = (items.get(a)?.as_int()?, items.get(b)?.as_int()?);
        Some(a < b)
    });
    if let Some(less) = ints {
        return Ok(less);
    }
    let len = heap.len();
    let (Some(a), Some(b)) = (heap.get(a), heap.get(b)) else {
        return Ok(false);
    };
    let less = vm.lt(&a, &b)?;
    if heap.len() != len {
        return Err(vm.runtime_error("list changed size during iteration"));
    }
    Ok(less)
}

fn swap(heap: &ListObj, a: usize, b: usize) {
    heap.items.with_mut(|items| {
        if a.max(b) < items.len() {
            items.swap(a, b);
        }
    });
}

/// Moves an item towards `start` until its parent is no greater.
fn rise(vm: &mut Vm, heap: &ListObj, start: usize, mut at: usize) -> R<()> {
    while at > start {
        let parent = (at - 1) / 2;
        if !less(vm, heap, at, parent)? {
            break;
        }
        swap(heap, at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves an item down along the lesser children, to a leaf, and up again to where it belongs.
fn sink(vm: &mut Vm, heap: &ListObj, start: usize) -> R<()> {
    let end = heap.len();
    let mut at = start;
    while at < end / 2 {
        let mut child = 2 * at + 1;
        if child + 1 < end && !less(vm, heap, child, child + 1)? {
            child += 1;
        }
        swap(heap, at, child);
        at = child;
    }
    rise(vm, heap, start, at)
}
