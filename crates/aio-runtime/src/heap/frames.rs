//! Coroutines: the object and its frame in one block.
//!
//! The slots of a coroutine stand right behind the object, as many as its function needs: one
//! allocation for both, and no pointer from one to the other. Whoever runs the body borrows them
//! ([`Ref::lend`]); while they are lent, everybody else sees none.
#![expect(
    unsafe_code,
    reason = "the slots of a coroutine stand behind it in its block"
)]

use super::{HeapBox, HeapType, Ref};
use crate::objects::{CoroutineObj, FuncObj};
use crate::value::{Tag, Value};
use aio_compile::hir::Flavor;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;
use std::slice;

/// A box of a coroutine. Invariant: right behind it in its block stand as many values as
/// [`CoroutineObj::slot_count`] says, which never changes.
type Boxed = HeapBox<CoroutineObj>;

/// A block for a coroutine with so many slots.
#[inline(always)]
fn block(count: usize) -> Layout {
    let size = count
        .checked_mul(size_of::<Value>())
        .and_then(|slots| slots.checked_add(size_of::<Boxed>()));
    size.and_then(|size| Layout::from_size_align(size, align_of::<Boxed>()).ok())
        .expect("a frame fits into the address space")
}

// So the slots are aligned where the box ends.
const _: () = assert!(
    size_of::<Boxed>().is_multiple_of(align_of::<Value>())
        && align_of::<Value>() <= align_of::<Boxed>()
);

/// Where the slots begin.
#[inline(always)]
fn slots_of(boxed: NonNull<Boxed>) -> NonNull<Value> {
    // SAFETY: the block goes on behind the box, or ends there.
    unsafe { boxed.add(1).cast() }
}

impl Ref<CoroutineObj> {
    /// A coroutine that runs the body of a function; `slot` gives what is in the slots.
    #[inline(always)]
    pub fn of_function(
        func: &Ref<FuncObj>,
        flavor: Flavor,
        mut slot: impl FnMut(usize) -> Value,
    ) -> Ref<CoroutineObj> {
        let count = func.code.slot_count;
        let layout = block(count);
        // SAFETY: the block has room for a box and `count` values behind it, and all of that is
        // written before it is read. The box has the count of the pointer that is returned.
        unsafe {
            let Some(pointer) = NonNull::new(alloc(layout).cast::<Boxed>()) else {
                handle_alloc_error(layout);
            };
            let slots = slots_of(pointer);
            for at in 0..count {
                slots.add(at).write(slot(at));
            }
            pointer.write(HeapBox {
                count: Cell::new(1),
                registry: Cell::new(0),
                data: CoroutineObj::new(Some(func.clone()), flavor),
            });
            Ref::from_raw(pointer)
        }
    }

    /// Lends the slots. Until they are given back nobody else gets them: there are none then.
    #[inline(always)]
    pub fn lend(&self) -> LentSlots<'_> {
        let others = self.lent.replace(true);
        let count = if others { 0 } else { self.slot_count() };
        // SAFETY: there are that many values behind the box (its invariant), and it stays alive
        // as long as this pointer to it. Nobody else has a borrow of them, as `lent` was not set.
        let slots = unsafe { slice::from_raw_parts_mut(slots_of(self.pointer).as_ptr(), count) };
        LentSlots {
            slots,
            lent: &self.lent,
            others,
        }
    }
}

/// The slots of a coroutine; none if somebody else has them.
pub struct LentSlots<'a> {
    /// The slots.
    pub slots: &'a mut [Value],
    lent: &'a Cell<bool>,
    others: bool,
}

impl LentSlots<'_> {
    /// Empties them.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = Value::UNSET);
    }
}

impl Drop for LentSlots<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lent.set(self.others);
    }
}

impl HeapType for CoroutineObj {
    const TAG: Tag = Tag::Coroutine;
    // Not registered: nearly always one task or chain owns it, and the collector passes through
    // objects with a single owner. (Registering cost 11 % of a gather of trivial coroutines.)
    const TRACKED: bool = false;

    unsafe fn release(pointer: NonNull<Boxed>) {
        // SAFETY: the caller's promise: the box is alive and nobody else refers to it. Its block
        // was asked for with the same layout, and what stands in it is dropped once.
        unsafe {
            let count = pointer.as_ref().data.slot_count();
            NonNull::slice_from_raw_parts(slots_of(pointer), count).drop_in_place();
            pointer.drop_in_place();
            dealloc(pointer.as_ptr().cast(), block(count));
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.visit_fields(visitor);
    }
    fn visit_behind(object: &Ref<Self>, visitor: &mut dyn FnMut(&Value)) {
        object.lend().slots.iter().for_each(visitor);
    }
    fn clear(&self) {
        self.clear_fields();
    }
    fn clear_behind(object: &Ref<Self>) {
        object.lend().clear();
    }
    fn weak_flag(&self) -> Option<&Cell<bool>> {
        Some(&self.agen_hooked)
    }
    #[inline]
    fn needs_finalizer(&self) -> bool {
        self.has_last_words()
    }
}
