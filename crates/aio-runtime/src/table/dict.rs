//! The table of dict: entries in insertion order, and an index from hash to entry.
//!
//! Up to eight places there is no index: a scan over the stored hashes is quicker. Above, the
//! index is an open-addressed array of positions, probed as CPython's dict is: the low bits of
//! the hash first (so that runs of ints lie side by side), then jumps that bring the upper bits
//! in. A removed entry leaves a tombstone (an unset key) among the entries, so that positions
//! stay valid for running iterators, and a dummy in the index, where the next key may go that comes
//! by. Both go when the table is rebuilt, which is when it got entries for two thirds of the index.
//! Growth is threefold, as in CPython, so that
//! both rebuild at the same moments.
//!
//! Invariants: an index is never full; every living entry has exactly one place in it; the last
//! entry is alive.

use super::{Candidates, quick_eq};
use crate::objects::{Name, StrObj};
use crate::value::Value;
use std::cell::Cell;

/// Places up to which a scan replaces the index.
const SCAN: usize = 8;
/// The smallest size of an index (also where none is kept).
const MIN_SIZE: usize = 8;
const EMPTY: u32 = u32::MAX;
const DUMMY: u32 = u32::MAX - 1;
const PERTURB_SHIFT: u32 = 5;

thread_local! {
    static VERSION: Cell<u64> = const { Cell::new(1) };
}

#[inline(always)]
fn next_version() -> u64 {
    VERSION.with(|version| {
        let next = version.get() + 1;
        version.set(next);
        next
    })
}

/// One key with its value.
#[derive(Clone)]
pub struct Entry {
    /// `hash(key)`
    pub hash: i64,
    /// The key; unset is a tombstone.
    pub key: Value,
    /// The value.
    pub value: Value,
}

impl Entry {
    /// A name with a value.
    #[inline]
    pub fn named(name: &Name, value: Value) -> Entry {
        Entry {
            hash: name.hash(),
            key: name.to_value(),
            value,
        }
    }
}

/// The table of a dict.
#[derive(Clone, Default)]
pub struct DictTable {
    entries: Vec<Entry>,
    /// Positions by hash; empty while a scan does.
    index: Box<[u32]>,
    live: usize,
    /// Entries since the index was made (removed ones too), or entries while there is none.
    filled: usize,
    /// How far `filled` may go until the next rebuild.
    usable: usize,
    /// No entry before this position is alive.
    first: usize,
    version: u64,
}

/// What a look-up found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Find {
    /// The position of the entry.
    Found(usize),
    /// There is none.
    Missing,
    /// Only code of the script can tell: see [`DictTable::candidates`].
    Ask,
}

impl DictTable {
    /// A table with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> DictTable {
        let mut table = DictTable::default();
        if capacity > 0 {
            table.rebuild(capacity.saturating_mul(3).div_ceil(2));
            table.entries.reserve_exact(capacity);
        }
        table
    }

    /// A table of entries whose keys differ.
    pub fn of_distinct(entries: Vec<Entry>) -> DictTable {
        if entries.is_empty() {
            return DictTable::default();
        }
        let mut table = DictTable {
            live: entries.len(),
            entries,
            version: next_version(),
            ..DictTable::default()
        };
        table.rebuild(table.live.saturating_mul(3).div_ceil(2));
        table
    }

    /// How many entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Changes whenever a key is added or removed; never the same for two states.
    #[inline(always)]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Reports keys and values.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        for entry in &self.entries {
            visitor(&entry.key);
            visitor(&entry.value);
        }
    }

    /// The entry at a position, unless it is a tombstone.
    #[inline(always)]
    pub fn entry(&self, position: usize) -> Option<&Entry> {
        self.entries
            .get(position)
            .filter(|entry| !entry.key.is_unset())
    }

    /// The value at a position, if this very key stands there (so that it need not be looked up).
    #[inline(always)]
    pub fn value_at(&self, position: u32, key: &Value) -> Option<&Value> {
        let entry = self.entries.get(position as usize)?;
        entry.key.is(key).then_some(&entry.value)
    }

    /// The place of the value at a position, if this very key stands there.
    #[inline(always)]
    pub fn place_at(&mut self, position: u32, key: &Value) -> Option<&mut Value> {
        let entry = self.entries.get_mut(position as usize)?;
        entry.key.is(key).then_some(&mut entry.value)
    }

    /// The value at a position, if the key there is this name.
    #[inline(always)]
    pub fn named(&self, position: usize, name: &Name) -> Option<&Value> {
        let entry = self.entries.get(position)?;
        let key = entry.key.borrow_ref::<StrObj>()?;
        key.same(name).then_some(&entry.value)
    }

    /// The first living entry at or after a position: with its position.
    #[inline]
    pub fn next_entry(&self, position: usize) -> Option<(usize, &Entry)> {
        let mut position = position.max(self.first);
        while let Some(entry) = self.entries.get(position) {
            if !entry.key.is_unset() {
                return Some((position, entry));
            }
            position += 1;
        }
        None
    }

    /// The last living entry before a position.
    pub fn previous_entry(&self, mut position: usize) -> Option<(usize, &Entry)> {
        position = position.min(self.entries.len());
        while position > self.first {
            position -= 1;
            if !self.entries[position].key.is_unset() {
                return Some((position, &self.entries[position]));
            }
        }
        None
    }

    /// How many positions there are (living or not).
    #[inline(always)]
    pub fn positions(&self) -> usize {
        self.entries.len()
    }

    /// The living entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.key.is_unset())
    }

    /// Looks a key up.
    #[inline]
    pub fn find(&self, hash: i64, key: &Value) -> Find {
        self.search(hash, key).0
    }

    /// As [`DictTable::find`]; of a key that is missing with the place of the index where it would
    /// go, for [`DictTable::insert_at`].
    #[inline(always)]
    pub fn search(&self, hash: i64, key: &Value) -> (Find, usize) {
        if self.index.is_empty() {
            return (self.scan(hash, key), 0);
        }
        let mask = self.index.len() - 1;
        let mut perturb = hash as u64;
        let mut slot = hash as usize & mask;
        let mut dummy = None;
        loop {
            let position = self.index[slot];
            if position < DUMMY {
                let entry = &self.entries[position as usize];
                if entry.hash == hash {
                    match quick_eq(&entry.key, key) {
                        Some(true) => return (Find::Found(position as usize), slot),
                        Some(false) => {}
                        None => return (Find::Ask, slot),
                    }
                }
            } else if position == EMPTY {
                return (Find::Missing, dummy.unwrap_or(slot));
            } else {
                dummy = dummy.or(Some(slot));
            }
            perturb >>= PERTURB_SHIFT;
            slot = (slot * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
    }

    /// The value of a key, if it can be found without code of the script.
    #[inline]
    pub fn quick_get(&self, hash: i64, key: &Value) -> Option<Value> {
        match self.find(hash, key) {
            Find::Found(position) => self.entry(position).map(|entry| entry.value.clone()),
            Find::Missing | Find::Ask => None,
        }
    }

    #[inline(always)]
    fn scan(&self, hash: i64, key: &Value) -> Find {
        for (position, entry) in self.entries.iter().enumerate() {
            if entry.hash == hash && !entry.key.is_unset() {
                match quick_eq(&entry.key, key) {
                    Some(true) => return Find::Found(position),
                    Some(false) => {}
                    None => return Find::Ask,
                }
            }
        }
        Find::Missing
    }

    /// The entries with a hash, in the order in which they were inserted.
    pub fn candidates(&self, hash: i64) -> Candidates {
        let same = |at: &usize| self.entry(*at).is_some_and(|entry| entry.hash == hash);
        if self.index.is_empty() {
            return (0..self.entries.len()).filter(same).collect();
        }
        let mask = self.index.len() - 1;
        let mut perturb = hash as u64;
        let mut slot = hash as usize & mask;
        let mut found = Candidates::new();
        while self.index[slot] != EMPTY {
            let position = self.index[slot] as usize;
            if same(&position) {
                found.push(position);
            }
            perturb >>= PERTURB_SHIFT;
            slot = (slot * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
        found
    }

    /// Appends an entry for a key that is not there.
    #[inline]
    pub fn insert_new(&mut self, hash: i64, key: Value, value: Value) {
        let slot = if self.index.is_empty() {
            0
        } else {
            self.free_slot(hash)
        };
        self.insert_at(slot, hash, key, value);
    }

    /// As [`DictTable::insert_new`], with the place of the index that a search has just found.
    #[inline]
    pub fn insert_at(&mut self, mut slot: usize, hash: i64, key: Value, value: Value) {
        if self.filled >= self.usable {
            self.grow();
            if !self.index.is_empty() {
                slot = self.free_slot(hash);
            }
        }
        if let Some(place) = self.index.get_mut(slot) {
            *place = self.entries.len() as u32;
        }
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
        self.filled += 1;
        self.version = next_version();
    }

    #[inline]
    fn free_slot(&self, hash: i64) -> usize {
        let mask = self.index.len() - 1;
        let mut perturb = hash as u64;
        let mut slot = hash as usize & mask;
        while self.index[slot] < DUMMY {
            perturb >>= PERTURB_SHIFT;
            slot = (slot * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
        slot
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.rebuild(self.live * 3);
        self.entries
            .reserve_exact(self.usable.saturating_sub(self.live));
    }

    /// Squeezes tombstones out and makes an index of at least `size` places. Positions change;
    /// iterators notice by the number of entries.
    fn rebuild(&mut self, size: usize) {
        if self.live < self.entries.len() {
            self.entries.retain(|entry| !entry.key.is_unset());
        }
        let size = size.max(MIN_SIZE).next_power_of_two();
        self.first = 0;
        self.filled = self.live;
        self.usable = size * 2 / 3;
        if self.usable <= SCAN {
            self.index = Box::default();
            return;
        }
        if self.index.len() == size {
            self.index.fill(EMPTY);
        } else {
            self.index = vec![EMPTY; size].into_boxed_slice();
        }
        for position in 0..self.entries.len() {
            let slot = self.free_slot(self.entries[position].hash);
            self.index[slot] = position as u32;
        }
    }

    /// Puts a new value into an entry; gives the old one.
    #[inline(always)]
    pub fn set_value(&mut self, position: usize, value: Value) -> Value {
        std::mem::replace(&mut self.entries[position].value, value)
    }

    /// Sets the entries of another table from a position on, as far as that needs no code of the
    /// script; gives the position of the first one that does.
    pub fn take_from(&mut self, other: &DictTable, from: usize) -> Option<usize> {
        if other.live > self.usable {
            self.rebuild((self.live + other.live).saturating_mul(3).div_ceil(2));
        }
        for (position, entry) in other.entries.iter().enumerate().skip(from) {
            if entry.key.is_unset() {
                continue;
            }
            match self.search(entry.hash, &entry.key) {
                (Find::Found(at), _) => drop(self.set_value(at, entry.value.clone())),
                (Find::Missing, slot) => {
                    let Entry { hash, key, value } = entry.clone();
                    self.insert_at(slot, hash, key, value);
                }
                (Find::Ask, _) => return Some(position),
            }
        }
        None
    }

    /// Removes an entry; gives key and value.
    pub fn remove(&mut self, position: usize) -> (Value, Value) {
        if !self.index.is_empty() {
            let slot = self.slot_of(position);
            self.index[slot] = DUMMY;
        }
        self.live -= 1;
        self.version = next_version();
        let entry = &mut self.entries[position];
        let removed = (entry.key.take(), entry.value.take());
        if position == self.first {
            let next = self.next_entry(position).map(|(at, _)| at);
            self.first = next.unwrap_or(self.entries.len());
        }
        while let Some(last) = self.entries.last()
            && last.key.is_unset()
        {
            self.entries.pop();
        }
        self.first = self.first.min(self.entries.len());
        if self.index.is_empty() {
            self.filled = self.entries.len();
        }
        removed
    }

    fn slot_of(&self, position: usize) -> usize {
        let mask = self.index.len() - 1;
        let hash = self.entries[position].hash;
        let mut perturb = hash as u64;
        let mut slot = hash as usize & mask;
        while self.index[slot] as usize != position {
            perturb >>= PERTURB_SHIFT;
            slot = (slot * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
        slot
    }

    /// Removes everything; gives it to be dropped outside of the borrow.
    pub fn clear(&mut self) -> DictTable {
        let version = next_version();
        std::mem::replace(
            self,
            DictTable {
                version,
                ..DictTable::default()
            },
        )
    }

    /// A copy without tombstones.
    pub fn compact_copy(&self) -> DictTable {
        if self.live == self.entries.len() {
            let mut copy = DictTable {
                entries: Vec::with_capacity(self.usable),
                version: next_version(),
                index: self.index.clone(),
                ..*self
            };
            copy.entries.extend_from_slice(&self.entries);
            return copy;
        }
        let mut copy = DictTable::with_capacity(self.live);
        for entry in self.iter() {
            copy.insert_new(entry.hash, entry.key.clone(), entry.value.clone());
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(table: &DictTable, key: i64) -> Option<i64> {
        match table.find(key, &Value::int(key)) {
            Find::Found(at) => table.entry(at)?.value.as_int(),
            Find::Missing | Find::Ask => None,
        }
    }

    fn insert(table: &mut DictTable, key: i64) {
        table.insert_new(key, Value::int(key), Value::int(key * 10));
    }

    #[test]
    fn keys_are_found_at_every_size() {
        let mut table = DictTable::default();
        for key in 0..2000 {
            insert(&mut table, key * 1024);
            assert_eq!(get(&table, key * 1024), Some(key * 10240));
            assert_eq!(get(&table, key * 1024 + 1), None);
        }
        assert!((0..2000).all(|key| get(&table, key * 1024) == Some(key * 10240)));
    }

    #[test]
    fn removed_keys_are_gone_and_the_others_keep_their_order() {
        let mut table = DictTable::default();
        (0..100).for_each(|key| insert(&mut table, key));
        for key in (0..100).step_by(3) {
            let Find::Found(at) = table.find(key, &Value::int(key)) else {
                panic!("{key} was not found");
            };
            table.remove(at);
        }
        (100..200).for_each(|key| insert(&mut table, key));
        assert!((0..200).all(|key| get(&table, key).is_some() == (key >= 100 || key % 3 != 0)));
        let keys: Vec<i64> = table.iter().filter_map(|e| e.key.as_int()).collect();
        assert!(keys.is_sorted());
        assert_eq!(keys.len(), table.len());
    }

    #[test]
    fn a_queue_of_keys_stays_quick_at_its_head() {
        let mut table = DictTable::default();
        (0..50).for_each(|key| insert(&mut table, key));
        for key in 50..20_000 {
            let (at, entry) = table.next_entry(0).unwrap();
            assert_eq!(entry.key.as_int(), Some(key - 50));
            table.remove(at);
            insert(&mut table, key);
            assert_eq!(table.len(), 50);
            assert!(table.positions() < 200);
        }
    }

    #[test]
    fn a_key_that_comes_and_goes_stays_quick_to_find() {
        let mut table = DictTable::default();
        (0..100).for_each(|key| insert(&mut table, key));
        for _ in 0..60 {
            let Find::Found(at) = table.find(5, &Value::int(5)) else {
                panic!("5 was not found");
            };
            table.remove(at);
            assert_eq!(get(&table, 5), None);
            insert(&mut table, 5);
            assert_eq!(table.index.iter().filter(|at| **at == DUMMY).count(), 0);
        }
        assert!((0..100).all(|key| get(&table, key) == Some(key * 10)));
    }

    #[test]
    fn a_copy_has_the_same_entries() {
        let mut table = DictTable::default();
        (0..40).for_each(|key| insert(&mut table, key));
        for key in 5..35 {
            if let Find::Found(at) = table.find(key, &Value::int(key)) {
                table.remove(at);
            }
        }
        let copy = table.compact_copy();
        let keys = |t: &DictTable| -> Vec<_> { t.iter().map(|e| e.hash).collect() };
        assert_eq!(keys(&table), keys(&copy));
        assert_eq!(copy.positions(), 10);
    }
}
