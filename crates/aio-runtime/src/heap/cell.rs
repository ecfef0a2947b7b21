//! Interior access to containers.
//!
//! A [`GcCell`] lends its content to a closure. The closure gets no handle of the interpreter, so
//! no code of a script can run inside, and a borrow can never meet another one of the same cell:
//! that is what makes it sound without a run-time flag. Debug builds keep the flag and panic on a
//! violation. (A `RefCell` costs 5-10 % on list code.)
#![expect(
    unsafe_code,
    reason = "interior access of containers without a run-time flag"
)]

#[cfg(debug_assertions)]
use std::cell::Cell;
use std::cell::UnsafeCell;

/// A cell that is only ever borrowed for the length of a closure.
#[derive(Default)]
pub struct GcCell<T> {
    #[cfg(debug_assertions)]
    state: Cell<i32>,
    data: UnsafeCell<T>,
}

impl<T> GcCell<T> {
    /// Wraps the content.
    #[inline(always)]
    pub const fn new(data: T) -> Self {
        GcCell {
            #[cfg(debug_assertions)]
            state: Cell::new(0),
            data: UnsafeCell::new(data),
        }
    }

    /// Lends the content for reading.
    #[inline(always)]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        #[cfg(debug_assertions)]
        {
            assert!(self.state.get() >= 0, "cell read while it is written");
            self.state.set(self.state.get() + 1);
        }
        // SAFETY: closures run to their end without re-entering the interpreter, so no
        // exclusive borrow of this cell is alive here (checked above in debug builds).
        let result = f(unsafe { &*self.data.get() });
        #[cfg(debug_assertions)]
        self.state.set(self.state.get() - 1);
        result
    }

    /// Lends the content for writing.
    #[inline(always)]
    pub fn with_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(debug_assertions)]
        {
            assert!(self.state.get() == 0, "cell written while it is borrowed");
            self.state.set(-1);
        }
        // SAFETY: as in `with`: no other borrow of this cell is alive.
        let result = f(unsafe { &mut *self.data.get() });
        #[cfg(debug_assertions)]
        self.state.set(0);
        result
    }

    /// Puts a new content in and gives the old one out.
    #[inline(always)]
    pub fn replace(&self, data: T) -> T {
        self.with_mut(|old| std::mem::replace(old, data))
    }

    /// A copy of the content.
    #[inline(always)]
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(|data| data.clone())
    }

    /// Stores a new content; the old one is dropped after the store.
    #[inline(always)]
    pub fn set(&self, data: T) {
        drop(self.replace(data));
    }
}
