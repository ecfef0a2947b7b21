//! Inline caches: what a node remembers of the shapes it has seen.
//!
//! The key joins the id of a shape (or of a class, for built-in kinds) with the epoch of the
//! classes, so that any change of a class empties every cache. A node remembers four keys: one
//! is enough for most places, but a method called on four kinds of receivers would otherwise
//! look its attributes up anew every time.

use crate::heap::GcCell;
use std::cell::Cell;

/// Keys remembered by a node.
const WAYS: usize = 4;

/// The key of a shape or class at an epoch.
#[inline(always)]
pub fn cache_key(id: u32, epoch: u32) -> u64 {
    (id as u64) << 32 | epoch as u64
}

/// Remembers plain data.
#[derive(Default)]
pub struct DataCache<T> {
    entries: [Cell<(u64, T)>; WAYS],
    turn: Cell<u8>,
}

/// Remembers slots of attributes.
pub type SlotCache = DataCache<u32>;

impl<T: Copy> DataCache<T> {
    /// What is known for a key.
    #[inline(always)]
    pub fn get(&self, key: u64) -> Option<T> {
        let [first, second, third, fourth] = &self.entries;
        for entry in [first, second, third, fourth] {
            let (known, data) = entry.get();
            if known == key {
                return Some(data);
            }
        }
        None
    }

    /// Remembers what is known for a key.
    pub fn set(&self, key: u64, data: T) {
        let turn = self.turn.get();
        self.entries[turn as usize % WAYS].set((key, data));
        self.turn.set(turn.wrapping_add(1));
    }
}

/// Remembers values (methods).
pub struct ValueCache<T> {
    entries: GcCell<[(u64, Option<T>); WAYS]>,
    turn: Cell<u8>,
}

impl<T> Default for ValueCache<T> {
    fn default() -> Self {
        ValueCache {
            entries: GcCell::new([(0, None), (0, None), (0, None), (0, None)]),
            turn: Cell::new(0),
        }
    }
}

impl<T: Clone> ValueCache<T> {
    /// The value for a key; key 0 is never remembered.
    #[inline(always)]
    pub fn get(&self, key: u64) -> Option<T> {
        self.look(key, T::clone)
    }

    /// What a function makes of the value for a key.
    #[inline(always)]
    pub fn look<U>(&self, key: u64, f: impl FnOnce(&T) -> U) -> Option<U> {
        self.entries.with(|entries| {
            let (first, value) = &entries[0];
            if *first == key {
                return value.as_ref().map(f);
            }
            let found = entries[1..].iter().find(|(known, _)| *known == key)?;
            found.1.as_ref().map(f)
        })
    }

    /// Remembers a value.
    pub fn set(&self, key: u64, value: T) {
        if key == 0 {
            return;
        }
        let turn = self.turn.get();
        let old = self.entries.with_mut(|entries| {
            std::mem::replace(&mut entries[turn as usize % WAYS], (key, Some(value)))
        });
        drop(old);
        self.turn.set(turn.wrapping_add(1));
    }
}
