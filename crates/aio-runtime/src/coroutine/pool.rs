//! Frames of finished coroutines, kept for the next ones.

use crate::value::Value;
use crate::vm::Vm;

/// Frames up to this many slots are kept.
const LARGEST: usize = 32;
/// Frames kept of each size.
const KEPT: usize = 256;

/// Free frames by size.
pub struct SlotPool {
    free: Vec<Vec<Box<[Value]>>>,
}

impl Default for SlotPool {
    fn default() -> Self {
        SlotPool {
            free: (0..=LARGEST).map(|_| Vec::new()).collect(),
        }
    }
}

/// Empty slots for a new coroutine.
#[inline]
pub fn new_slots(vm: &mut Vm, size: usize) -> Box<[Value]> {
    let kept = vm.slot_pool.free.get_mut(size).and_then(Vec::pop);
    kept.unwrap_or_else(|| std::iter::repeat_with(|| Value::UNSET).take(size).collect())
}

/// Takes the slots of a finished coroutine back: empties them.
#[inline]
pub fn recycle(vm: &mut Vm, mut slots: Box<[Value]>) {
    slots.iter_mut().for_each(|slot| *slot = Value::UNSET);
    if let Some(list) = vm.slot_pool.free.get_mut(slots.len())
        && list.len() < KEPT
    {
        list.push(slots);
    }
}
