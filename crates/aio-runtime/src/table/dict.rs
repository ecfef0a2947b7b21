//! The table of dict: entries in insertion order, and an index from hash to entry.
//!
//! Up to eight entries there is no index: a scan over the stored hashes is quicker. A removed
//! entry leaves a tombstone (an unset key), so that positions stay valid for running iterators;
//! tombstones are squeezed out when they outnumber the living.

use super::{Lookup, quick_eq};
use crate::value::Value;
use hashbrown::HashTable;
use std::cell::Cell;

/// Entries up to which a scan replaces the index.
const SCAN: usize = 8;

thread_local! {
    static VERSION: Cell<u64> = const { Cell::new(1) };
}

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

/// The table of a dict.
#[derive(Clone, Default)]
pub struct DictTable {
    entries: Vec<Entry>,
    index: Option<HashTable<u32>>,
    live: usize,
    version: u64,
}

#[inline(always)]
fn spread(hash: i64) -> u64 {
    // hashbrown takes its tag from the upper bits; small ints have none set.
    (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl DictTable {
    /// A table with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> DictTable {
        DictTable {
            entries: Vec::with_capacity(capacity),
            ..DictTable::default()
        }
    }

    /// How many entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
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

    /// The first living entry at or after a position: with its position.
    #[inline]
    pub fn next_entry(&self, mut position: usize) -> Option<(usize, &Entry)> {
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
        while position > 0 {
            position -= 1;
            if !self.entries[position].key.is_unset() {
                return Some((position, &self.entries[position]));
            }
        }
        None
    }

    /// How many positions there are (living or not).
    pub fn positions(&self) -> usize {
        self.entries.len()
    }

    /// The living entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.key.is_unset())
    }

    /// Looks a key up.
    #[inline]
    pub fn lookup(&self, hash: i64, key: &Value) -> Lookup {
        let Some(index) = &self.index else {
            return self.scan(hash, key);
        };
        let mut undecided = false;
        let found = index.find(spread(hash), |position| {
            let entry = &self.entries[*position as usize];
            entry.hash == hash
                && match quick_eq(&entry.key, key) {
                    Some(equal) => equal,
                    None => {
                        undecided = true;
                        false
                    }
                }
        });
        match found {
            Some(position) if !undecided => Lookup::Found(*position as usize),
            _ if undecided => Lookup::Ask(self.candidates(hash)),
            _ => Lookup::Missing,
        }
    }

    fn scan(&self, hash: i64, key: &Value) -> Lookup {
        for (position, entry) in self.entries.iter().enumerate() {
            if entry.hash == hash && !entry.key.is_unset() {
                match quick_eq(&entry.key, key) {
                    Some(true) => return Lookup::Found(position),
                    Some(false) => {}
                    None => return Lookup::Ask(self.candidates(hash)),
                }
            }
        }
        Lookup::Missing
    }

    #[cold]
    fn candidates(&self, hash: i64) -> Vec<usize> {
        let same = |(_, entry): &(usize, &Entry)| entry.hash == hash && !entry.key.is_unset();
        self.entries
            .iter()
            .enumerate()
            .filter(same)
            .map(|(position, _)| position)
            .collect()
    }

    /// Appends an entry for a key that is not there.
    pub fn insert_new(&mut self, hash: i64, key: Value, value: Value) {
        if self.entries.len() == self.entries.capacity() && self.live * 2 < self.entries.len() {
            self.compact();
        }
        let position = self.entries.len();
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
        self.version = next_version();
        if let Some(index) = &mut self.index {
            let entries = &self.entries;
            index.insert_unique(spread(hash), position as u32, |p| {
                spread(entries[*p as usize].hash)
            });
        } else if position >= SCAN {
            self.build_index();
        }
    }

    fn build_index(&mut self) {
        let mut index = HashTable::with_capacity(self.entries.len().max(SCAN * 2));
        let entries = &self.entries;
        for (position, entry) in entries.iter().enumerate() {
            if !entry.key.is_unset() {
                index.insert_unique(spread(entry.hash), position as u32, |p| {
                    spread(entries[*p as usize].hash)
                });
            }
        }
        self.index = Some(index);
    }

    /// Puts a new value into an entry; gives the old one.
    #[inline(always)]
    pub fn set_value(&mut self, position: usize, value: Value) -> Value {
        std::mem::replace(&mut self.entries[position].value, value)
    }

    /// Removes an entry; gives key and value.
    pub fn remove(&mut self, position: usize) -> (Value, Value) {
        let hash = self.entries[position].hash;
        if let Some(index) = &mut self.index
            && let Ok(found) = index.find_entry(spread(hash), |p| *p as usize == position)
        {
            found.remove();
        }
        self.live -= 1;
        self.version = next_version();
        let entry = &mut self.entries[position];
        let removed = (entry.key.take(), entry.value.take());
        if position + 1 == self.entries.len() {
            while self
                .entries
                .last()
                .is_some_and(|entry| entry.key.is_unset())
            {
                self.entries.pop();
            }
        }
        removed
    }

    /// Squeezes tombstones out. Positions change, so iterators check [`DictTable::version`].
    fn compact(&mut self) {
        self.entries.retain(|entry| !entry.key.is_unset());
        self.index = None;
        if self.entries.len() > SCAN {
            self.build_index();
        }
    }
}
