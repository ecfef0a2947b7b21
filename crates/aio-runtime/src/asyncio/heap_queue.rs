//! `heapq` on a vector of values: which of two equal items comes out first is visible, so the
//! moves are those of Python's algorithm.

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// `heappush`
///
/// # Errors
/// What a comparison raises; the item is in the vector then.
pub fn heap_push(vm: &mut Vm, heap: &mut Vec<Value>, item: Value) -> R<()> {
    heap.push(item);
    let last = heap.len() - 1;
    sift_towards_root(vm, heap, 0, last)
}

/// `heappop`; none of an empty vector.
///
/// # Errors
/// What a comparison raises.
pub fn heap_pop(vm: &mut Vm, heap: &mut Vec<Value>) -> R<Option<Value>> {
    let Some(last) = heap.pop() else {
        return Ok(None);
    };
    let Some(root) = heap.first_mut() else {
        return Ok(Some(last));
    };
    let popped = std::mem::replace(root, last);
    sift_to_leaf(vm, heap, 0)?;
    Ok(Some(popped))
}

/// Moves the item at `at` up while it is smaller than its parent, not above `start`.
#[expect(clippy::indexing_slicing, reason = "places below the length")]
fn sift_towards_root(vm: &mut Vm, heap: &mut [Value], start: usize, mut at: usize) -> R<()> {
    while at > start {
        let parent = (at - 1) / 2;
        if !vm.lt(&heap[at], &heap[parent])? {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves the smaller children up along a path to a leaf, then the item back up to its place.
#[expect(clippy::indexing_slicing, reason = "places below the length")]
fn sift_to_leaf(vm: &mut Vm, heap: &mut [Value], start: usize) -> R<()> {
    let mut at = start;
    let mut child = 2 * at + 1;
    while child < heap.len() {
        let right = child + 1;
        if right < heap.len() && !vm.lt(&heap[child], &heap[right])? {
            child = right;
        }
        heap.swap(at, child);
        at = child;
        child = 2 * at + 1;
    }
    sift_towards_root(vm, heap, start, at)
}
