//! Weak references: whether an object is still alive, asked by address.
//!
//! An object that somebody refers to weakly is in a table under its address and says so in a flag
//! of its own, so that freeing the others costs one look at a cell. Freeing takes it out of the
//! table; a number given at each entry tells a new object at an old address.

use super::{HeapBox, HeapType, Ref};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr::NonNull;

#[derive(Default)]
struct Watched {
    last: Cell<u64>,
    /// Address → number and pointer.
    table: RefCell<FxHashMap<usize, (u64, NonNull<u8>)>>,
}

thread_local! {
    static WATCHED: Watched = Watched::default();
}

/// A reference that does not keep its object alive.
pub struct Weak<T> {
    address: usize,
    number: u64,
    kind: PhantomData<T>,
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Weak {
            address: self.address,
            number: self.number,
            kind: PhantomData,
        }
    }
}

/// Makes a weak reference to an object of a kind that has a flag for it.
pub fn downgrade<T: HeapType>(object: &Ref<T>) -> Weak<T> {
    let address = object.address();
    let number = WATCHED.with(|watched| {
        let mut table = watched.table.borrow_mut();
        let last = &watched.last;
        let entry = table.entry(address).or_insert_with(|| {
            last.set(last.get() + 1);
            (last.get(), object.pointer.cast())
        });
        entry.0
    });
    if let Some(flag) = object.weak_flag() {
        flag.set(true);
    }
    Weak {
        address,
        number,
        kind: PhantomData,
    }
}

/// Is told that an object is freed.
#[cold]
pub(super) fn forget(pointer: NonNull<u8>) {
    WATCHED.with(|watched| {
        watched
            .table
            .borrow_mut()
            .remove(&(pointer.as_ptr() as usize));
    });
}

impl<T: HeapType> Weak<T> {
    /// The address of the object: identity.
    pub fn address(&self) -> usize {
        self.address
    }

    /// Whether the object is alive.
    pub fn is_alive(&self) -> bool {
        self.find().is_some()
    }

    fn find(&self) -> Option<NonNull<HeapBox<T>>> {
        let pointer = WATCHED.with(|watched| {
            let table = watched.table.borrow();
            let (number, pointer) = *table.get(&self.address)?;
            (number == self.number).then_some(pointer)
        })?;
        // SAFETY: an address in the table is that of a box that is not freed yet, and `downgrade`
        // put it there as a box of `T`. One with count 0 waits to be freed and is dead already.
        (unsafe { super::count(pointer) } > 0).then_some(pointer.cast())
    }

    /// The object, if it is still alive.
    pub fn upgrade(&self) -> Option<Ref<T>> {
        let pointer = self.find()?;
        // SAFETY: the box is alive (see `find`), and the count added here is the new pointer's.
        unsafe {
            super::increment(pointer.cast());
            Some(Ref::from_raw(pointer))
        }
    }
}
