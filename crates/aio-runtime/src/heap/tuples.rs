//! Tuples: the object and its items in one block.
//!
//! The items of a tuple stand right behind the object, as many as it has: one allocation for both,
//! and the items are where the object is.
#![expect(
    unsafe_code,
    reason = "the items of a tuple stand behind it in its block"
)]

use super::{HeapBox, HeapType, Ref};
use crate::value::{Tag, Value};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice;

/// A tuple.
pub struct TupleObj {
    /// The items.
    pub items: Items,
}

/// The items of a tuple: a slice.
///
/// Invariant: `place` is where the block of the tuple goes on behind its box, and `len` values
/// stand there.
pub struct Items {
    place: NonNull<Value>,
    len: usize,
}

impl Deref for Items {
    type Target = [Value];
    #[inline(always)]
    fn deref(&self) -> &[Value] {
        // SAFETY: the invariant of the type.
        unsafe { slice::from_raw_parts(self.place.as_ptr(), self.len) }
    }
}

impl DerefMut for Items {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Value] {
        // SAFETY: the invariant of the type; who has this for itself has the values for itself.
        unsafe { slice::from_raw_parts_mut(self.place.as_ptr(), self.len) }
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Value;
    type IntoIter = slice::Iter<'a, Value>;
    #[inline(always)]
    fn into_iter(self) -> slice::Iter<'a, Value> {
        self.iter()
    }
}

/// The block of a tuple with so many items.
#[inline(always)]
fn block(len: usize) -> Layout {
    let size = len
        .checked_mul(size_of::<Value>())
        .and_then(|items| items.checked_add(size_of::<HeapBox<TupleObj>>()));
    size.and_then(|size| Layout::from_size_align(size, align_of::<HeapBox<TupleObj>>()).ok())
        .expect("the items of a tuple fit into the address space")
}

// So the items are aligned where the box ends.
const _: () = assert!(
    size_of::<HeapBox<TupleObj>>().is_multiple_of(align_of::<Value>())
        && align_of::<Value>() <= align_of::<HeapBox<TupleObj>>()
);

impl Ref<TupleObj> {
    /// A tuple of these values, which are taken out of where they are.
    #[inline(always)]
    pub fn tuple(mut items: impl AsMut<[Value]>) -> Ref<TupleObj> {
        let items = items.as_mut();
        Ref::tuple_of(items.len(), items.iter_mut().map(Value::take))
    }

    /// A tuple with the items of two slices.
    #[inline]
    pub fn joined_tuple(first: &[Value], second: &[Value]) -> Ref<TupleObj> {
        let items = first.iter().chain(second).cloned();
        Ref::tuple_of(first.len() + second.len(), items)
    }

    /// A tuple of so many items; there must not be more or fewer.
    #[inline(always)]
    pub fn tuple_of(len: usize, items: impl Iterator<Item = Value>) -> Ref<TupleObj> {
        let layout = block(len);
        // SAFETY: the block has room for a box and that many values behind it, and all of that is
        // written before it is read. The box has the count of the pointer that is returned.
        unsafe {
            let Some(pointer) = NonNull::new(alloc(layout).cast::<HeapBox<TupleObj>>()) else {
                handle_alloc_error(layout);
            };
            let place = pointer.add(1).cast::<Value>();
            let mut given = 0;
            items.for_each(|item| {
                assert!(given < len, "a tuple has room for its items");
                place.add(given).write(item);
                given += 1;
            });
            assert!(given == len, "a tuple gets all of its items");
            pointer.write(HeapBox {
                count: Cell::new(1),
                registry: Cell::new(0),
                data: TupleObj {
                    items: Items { place, len },
                },
            });
            Ref::from_raw(pointer)
        }
    }
}

impl Value {
    /// A tuple of these values.
    #[inline(always)]
    pub fn tuple(items: impl AsMut<[Value]>) -> Value {
        Ref::tuple(items).into()
    }
}

impl HeapType for TupleObj {
    const TAG: Tag = Tag::Tuple;

    unsafe fn release(pointer: NonNull<HeapBox<TupleObj>>) {
        // SAFETY: the caller's promise: the box is alive and nobody else refers to it. Its block
        // was asked for with the same layout, and the items are dropped once.
        unsafe {
            let Items { place, len } = pointer.as_ref().data.items;
            // The last one first, as in CPython.
            for at in (0..len).rev() {
                place.add(at).drop_in_place();
            }
            dealloc(pointer.as_ptr().cast(), block(len));
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visitor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_kept_and_dropped_once() {
        let text = Value::from(Ref::text("some text"));
        for len in [0, 1, 2, 3, 17, 1000] {
            let tuple = Ref::tuple(vec![text.clone(); len]);
            assert_eq!(tuple.items.len(), len);
            assert!(tuple.items.iter().all(|item| item.is(&text)));
            assert_eq!(text.ref_count(), len as u32 + 1);
            drop(tuple);
            assert_eq!(text.ref_count(), 1);
        }
    }

    #[test]
    fn an_array_is_emptied_into_a_tuple() {
        let [a, b] = ["first", "second"].map(|text| Value::from(Ref::text(text)));
        let tuple = Value::tuple([a.clone(), Value::int(7), b.clone()]);
        let items = &tuple.as_tuple().expect("a tuple").items;
        assert!(items[0].is(&a) && items[1].as_int() == Some(7) && items[2].is(&b));
    }
}
