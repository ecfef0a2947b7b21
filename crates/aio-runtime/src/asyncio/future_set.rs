//! A set of futures that remembers the order in which they came.
//!
//! Where CPython has a set of tasks, its order comes from addresses; ours is the order of
//! creation. Adding and removing take constant time; the order is made when it is asked for.

use crate::heap::Ref;
use crate::objects::FutureObj;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// The set.
#[derive(Default)]
pub struct FutureSet {
    by_address: FxHashMap<usize, (u64, Ref<FutureObj>)>,
    last: u64,
}

impl FutureSet {
    /// Adds a future; false when it was in it.
    pub fn add(&mut self, future: &Ref<FutureObj>) -> bool {
        self.last += 1;
        let entry = (self.last, future.clone());
        let before = self.by_address.insert(future.address(), entry);
        before.is_none()
    }

    /// Takes a future out; gives it if it was in it.
    pub fn remove(&mut self, future: &Ref<FutureObj>) -> Option<Ref<FutureObj>> {
        let (_, removed) = self.by_address.remove(&future.address())?;
        Some(removed)
    }

    /// How many are in it.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// The futures, in the order in which they were added.
    pub fn in_order(&self) -> Vec<Ref<FutureObj>> {
        let mut entries: Vec<_> = self.by_address.values().collect();
        entries.sort_unstable_by_key(|(number, _)| *number);
        entries
            .into_iter()
            .map(|(_, future)| future.clone())
            .collect()
    }

    /// Reports every counted reference.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.by_address
            .values()
            .for_each(|(_, future)| visitor(&future.to_value()));
    }
}
