//! The table of set and frozenset: open addressing with CPython's probing, so that sets of ints
//! iterate in CPython's order (`Objects/setobject.c` describes the scheme: up to nine linear
//! probes, then a perturbed jump; a new key takes the last dummy that its search passed; growth
//! at three fifths full, by four or, when large, by two).
//!
//! That order depends on the size of the table and on what was done to it, so the operations
//! that look like mere optimizations are part of the contract: [`SetTable::make_room`] before a
//! merge, [`SetTable::copy_from`] into an empty set, [`SetTable::drop_dummies`] after a
//! difference, and the place where [`SetTable::pop`] goes on searching.
//!
//! A set that is added to and removed from has long searches, as in CPython. So a table that keys
//! were removed from has [`Tags`], and linear probes go over these, all at once; only one of the
//! least size, which has no linear probes, keeps none. And a small one has an [`Index`].

use super::index::{self, Hint, Index};
use super::tags::{self, Tags};
use super::{Candidates, Find, quick_eq, same_text};
use crate::value::Value;

const LINEAR_PROBES: usize = 9;
const _: () = assert!(LINEAR_PROBES < tags::MOST);
const PERTURB_SHIFT: u32 = 5;
const MIN_SIZE: usize = 8;
/// Sets with more keys grow by two instead of four.
const LARGE: usize = 50_000;

/// One place of the table. Without a key it is empty (hash 0) or a dummy (hash -1, which no key
/// has), so that a search mostly compares hashes only.
#[derive(Clone)]
struct Place {
    hash: i64,
    key: Value,
}

impl Place {
    const EMPTY: Place = Place {
        hash: 0,
        key: Value::UNSET,
    };
    const DUMMY: Place = Place {
        hash: -1,
        key: Value::UNSET,
    };

    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.hash == 0 && self.key.is_unset()
    }

    #[inline(always)]
    fn is_dummy(&self) -> bool {
        self.hash == -1
    }

    #[inline(always)]
    fn is_used(&self) -> bool {
        !self.key.is_unset()
    }
}

/// The table of a set.
#[derive(Clone)]
pub struct SetTable {
    places: Vec<Place>,
    /// What stands in each place, in a table with dummies that is not of the least size.
    tags: Tags,
    /// Where keys stand, in a small table with dummies.
    index: Option<Index>,
    /// Used places and dummies.
    fill: usize,
    used: usize,
    version: u64,
    /// Where `pop` goes on searching.
    finger: usize,
}

/// So many empty places. (Written like this they are cleared all at once.)
#[inline(always)]
fn empty_places(count: usize) -> Vec<Place> {
    (0..count).map(|_| Place::EMPTY).collect()
}

/// The size of a table with more than `wanted` places.
fn size_for(wanted: usize) -> usize {
    let mut size = MIN_SIZE;
    while size <= wanted {
        size *= 2;
    }
    size
}

impl Default for SetTable {
    fn default() -> Self {
        SetTable {
            places: empty_places(MIN_SIZE),
            tags: Tags::default(),
            index: None,
            fill: 0,
            used: 0,
            version: 0,
            finger: 0,
        }
    }
}

/// What became of a key to be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Added {
    /// It was not there.
    New,
    /// It was there.
    Present,
    /// Only code of the script can tell: see [`SetTable::candidates`].
    Ask,
}

impl SetTable {
    /// How many keys.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Changes whenever a key is added or removed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Reports the keys.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        for place in &self.places {
            if place.is_used() {
                visitor(&place.key);
            }
        }
    }

    /// The keys with their hashes, in iteration order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Value)> {
        let used = self.places.iter().filter(|place| place.is_used());
        used.map(|place| (place.hash, &place.key))
    }

    /// The first key at or after a position: position, hash, key.
    #[inline]
    pub fn next_key(&self, mut position: usize) -> Option<(usize, i64, &Value)> {
        while let Some(place) = self.places.get(position) {
            if place.is_used() {
                return Some((position, place.hash, &place.key));
            }
            position += 1;
        }
        None
    }

    /// The key at a position.
    pub fn key(&self, position: usize) -> Option<&Value> {
        let place = self.places.get(position)?;
        place.is_used().then_some(&place.key)
    }

    #[inline(always)]
    fn mask(&self) -> usize {
        self.places.len() - 1
    }

    /// Walks the probe sequence of a hash until `visit` wants to stop.
    #[inline(always)]
    fn probe<R>(&self, hash: i64, mut visit: impl FnMut(usize, &Place) -> Option<R>) -> R {
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut start = hash as usize & mask;
        loop {
            let last = if start + LINEAR_PROBES <= mask {
                start + LINEAR_PROBES
            } else {
                start
            };
            for (at, place) in (start..).zip(&self.places[start..=last]) {
                if let Some(result) = visit(at, place) {
                    return result;
                }
            }
            perturb >>= PERTURB_SHIFT;
            start = (start * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
    }

    /// The free place at the end of the probe sequence, in a table without dummies.
    #[inline]
    fn free_place(&self, hash: i64) -> usize {
        let home = hash as usize & self.mask();
        if self.places[home].key.is_unset() {
            return home;
        }
        self.probe(hash, |at, place| place.is_empty().then_some(at))
    }

    /// Looks a key up.
    #[inline]
    pub fn find(&self, hash: i64, key: &Value) -> Find {
        if let Some(index) = &self.index {
            return match index.look(hash) {
                Hint::Absent => Find::Missing,
                Hint::At(at) => self.compare_at(at, hash, key),
                Hint::Unknown => self.look(hash, key),
            };
        }
        // Most searches end at the first place.
        let home = hash as usize & self.mask();
        let place = &self.places[home];
        if place.is_empty() {
            Find::Missing
        } else if place.hash == hash && place.key.is(key) {
            Find::Found(home)
        } else {
            self.look(hash, key)
        }
    }

    /// [`SetTable::find`] of a key that is another object than what stands in its home.
    #[inline(never)]
    fn look(&self, hash: i64, key: &Value) -> Find {
        let home = hash as usize & self.mask();
        let place = &self.places[home];
        if place.hash == hash && same_text(&place.key, key) {
            return Find::Found(home);
        }
        self.walk(hash, key, |_| {}).0
    }

    /// [`SetTable::find`] of a key that can only stand in a certain place.
    #[inline(always)]
    fn compare_at(&self, at: usize, hash: i64, key: &Value) -> Find {
        let place = &self.places[at];
        if place.hash != hash {
            return Find::Missing;
        }
        match quick_eq(&place.key, key) {
            Some(true) => Find::Found(at),
            Some(false) => Find::Missing,
            None => Find::Ask,
        }
    }

    /// Looks a key up; the position is that of the key, or of the place where it would go.
    #[inline(never)]
    fn search(&self, hash: i64, key: &Value) -> (Find, usize) {
        let mut dummy = None;
        match self.walk(hash, key, |at| dummy = Some(at)) {
            (Find::Missing, at) => (Find::Missing, dummy.unwrap_or(at)),
            found => found,
        }
    }

    /// Looks a key up: with its position or that of the empty place where the search ended.
    /// `passed` is told of dummies on the way, of each run at least the last.
    #[inline(always)]
    fn walk(&self, hash: i64, key: &Value, passed: impl FnMut(usize)) -> (Find, usize) {
        if self.tags.is_empty() {
            self.walk_places(hash, key, passed)
        } else {
            self.walk_tags(hash, key, passed)
        }
    }

    /// [`SetTable::walk`] in a table with tags.
    #[inline(never)]
    fn walk_tags(&self, hash: i64, key: &Value, mut passed: impl FnMut(usize)) -> (Find, usize) {
        let tag = tags::tag_of(hash);
        let mask = self.mask();
        let mut perturb = hash as u64;
        let mut start = hash as usize & mask;
        loop {
            let run = if start + LINEAR_PROBES <= mask {
                self.tags.run(start, LINEAR_PROBES + 1)
            } else {
                self.tags.run(start, 1)
            };
            let (before, end) = run.up_to_empty();
            for at in before.places_of(tag) {
                let at = start + at;
                if self.places[at].hash == hash {
                    match quick_eq(&self.places[at].key, key) {
                        Some(true) => return (Find::Found(at), at),
                        Some(false) => {}
                        None => return (Find::Ask, at),
                    }
                }
            }
            if let Some(at) = before.last_dummy() {
                passed(start + at);
            }
            if let Some(at) = end {
                return (Find::Missing, start + at);
            }
            perturb >>= PERTURB_SHIFT;
            start = (start * 5 + 1).wrapping_add(perturb as usize) & mask;
        }
    }

    /// [`SetTable::walk`] in a table without tags.
    #[inline(always)]
    fn walk_places(&self, hash: i64, key: &Value, mut passed: impl FnMut(usize)) -> (Find, usize) {
        self.probe(hash, |at, place| {
            if place.key.is_unset() {
                if place.is_dummy() {
                    passed(at);
                    return None;
                }
                return Some((Find::Missing, at));
            }
            if place.hash != hash {
                return None;
            }
            match quick_eq(&place.key, key) {
                Some(true) => Some((Find::Found(at), at)),
                Some(false) => None,
                None => Some((Find::Ask, at)),
            }
        })
    }

    /// The positions of the keys with a hash, in probing order.
    pub fn candidates(&self, hash: i64) -> Candidates {
        let mut found = Candidates::new();
        self.probe(hash, |at, place| {
            if place.hash == hash && place.is_used() {
                found.push(at);
            }
            place.is_empty().then_some(())
        });
        found
    }

    /// Adds a key unless it is there, as far as that needs no code of the script.
    #[inline(always)]
    pub fn add(&mut self, hash: i64, key: &Value) -> Added {
        let home = hash as usize & self.mask();
        let place = &self.places[home];
        if place.hash == hash && place.key.is(key) {
            return Added::Present;
        }
        self.add_elsewhere(hash, key, home)
    }

    /// Adds a key that is not where it would be first.
    fn add_elsewhere(&mut self, hash: i64, key: &Value, home: usize) -> Added {
        let place = &self.places[home];
        let found = if place.is_empty() {
            (Find::Missing, home)
        } else if place.hash == hash && same_text(&place.key, key) {
            return Added::Present;
        } else {
            self.search(hash, key)
        };
        match found {
            (Find::Missing, at) => {
                self.put(at, hash, key.clone());
                Added::New
            }
            (Find::Found(_), _) => Added::Present,
            (Find::Ask, _) => Added::Ask,
        }
    }

    /// Adds a key that is not there.
    pub fn insert_new(&mut self, hash: i64, key: Value) {
        let mut dummy = None;
        let at = self.probe(hash, |at, place| {
            if place.is_dummy() {
                dummy = Some(at);
            }
            place.is_empty().then(|| dummy.unwrap_or(at))
        });
        self.put(at, hash, key);
    }

    #[inline(always)]
    fn put(&mut self, at: usize, hash: i64, key: Value) {
        let old = std::mem::replace(&mut self.places[at], Place { hash, key });
        self.tags.set(at, tags::tag_of(hash));
        if let Some(index) = &mut self.index {
            index.put(at, hash);
        }
        self.used += 1;
        self.version += 1;
        if old.is_dummy() {
            return;
        }
        self.fill += 1;
        if self.fill * 5 >= self.mask() * 3 {
            self.resize(self.growth());
        }
    }

    fn growth(&self) -> usize {
        if self.used > LARGE {
            self.used * 2
        } else {
            self.used * 4
        }
    }

    /// Rebuilds the table with more than `wanted` places.
    #[inline(never)]
    fn resize(&mut self, wanted: usize) {
        let old = std::mem::replace(&mut self.places, empty_places(size_for(wanted)));
        self.tags = Tags::default();
        self.index = None;
        self.fill = self.used;
        for place in old {
            if place.is_used() {
                let at = self.free_place(place.hash);
                self.places[at] = place;
            }
        }
    }

    /// What [`SetTable::make_room`] and [`SetTable::copy_from`] make of a new table.
    pub fn copy_of(other: &SetTable) -> SetTable {
        let grows = other.used * 5 >= (MIN_SIZE - 1) * 3;
        let wanted = if grows { other.used * 2 } else { 0 };
        if size_for(wanted) == other.places.len() && other.fill == other.used {
            return SetTable {
                places: other.places.clone(),
                tags: Tags::default(),
                index: None,
                fill: other.used,
                used: other.used,
                version: 0,
                finger: 0,
            };
        }
        let mut copy = SetTable::default();
        copy.make_room(other.used);
        copy.copy_from(other);
        copy
    }

    /// Makes room before `more` keys are merged in, most of them expected to be new.
    pub fn make_room(&mut self, more: usize) {
        if (self.fill + more) * 5 >= self.mask() * 3 {
            self.resize((self.used + more) * 2);
        }
    }

    /// Takes over the keys of another table if this one never had any (room was made before).
    pub fn copy_from(&mut self, other: &SetTable) -> bool {
        if self.fill != 0 {
            return false;
        }
        self.version += 1;
        self.tags = Tags::default();
        self.index = None;
        if self.places.len() == other.places.len() && other.fill == other.used {
            self.places.clone_from(&other.places);
        } else {
            for (hash, key) in other.iter() {
                let at = self.free_place(hash);
                let key = key.clone();
                self.places[at] = Place { hash, key };
            }
        }
        self.fill = other.used;
        self.used = other.used;
        true
    }

    /// Removes the key at a position.
    #[inline(always)]
    pub fn remove(&mut self, position: usize) -> Value {
        let place = std::mem::replace(&mut self.places[position], Place::DUMMY);
        if self.tags.is_empty() && self.places.len() > MIN_SIZE {
            self.make_tags();
        }
        self.tags.set(position, tags::DUMMY);
        if place.is_used() {
            self.unindex(position, place.hash);
            self.used -= 1;
            self.version += 1;
        }
        place.key
    }

    /// The first key is gone: there were no dummies before.
    #[cold]
    #[inline(never)]
    fn make_tags(&mut self) {
        self.tags = Tags::new(self.places.len());
        for (at, place) in self.places.iter().enumerate() {
            if place.is_used() {
                self.tags.set(at, tags::tag_of(place.hash));
            }
        }
    }

    /// A key is gone from a place, which is a dummy now.
    #[inline]
    fn unindex(&mut self, position: usize, hash: i64) {
        if let Some(index) = &mut self.index {
            index.remove(position, hash);
        } else if self.places.len() <= index::MOST_PLACES {
            self.make_index();
        }
    }

    #[cold]
    #[inline(never)]
    fn make_index(&mut self) {
        let keys = self.places.iter().enumerate();
        let used = keys.filter(|(_, place)| place.is_used());
        self.index = Some(Index::new(used.map(|(at, place)| (at, place.hash))));
    }

    /// Rebuilds the table when more than a quarter of it are dummies.
    pub fn drop_dummies(&mut self) {
        if self.fill - self.used > self.mask() / 4 {
            self.resize(self.growth());
        }
    }

    /// Removes and gives some key.
    pub fn pop(&mut self) -> Option<Value> {
        if self.used == 0 {
            return None;
        }
        let mut at = self.finger & self.mask();
        while self.key(at).is_none() {
            at = if at == self.mask() { 0 } else { at + 1 };
        }
        self.finger = at + 1;
        Some(self.remove(at))
    }

    /// Removes all keys; gives them to be dropped outside of the borrow.
    pub fn clear(&mut self) -> SetTable {
        let fresh = SetTable {
            version: self.version + 1,
            finger: self.finger,
            ..SetTable::default()
        };
        std::mem::replace(self, fresh)
    }

    /// Takes the keys of another table; `pop` goes on where it was.
    pub fn replace_keys(&mut self, other: SetTable) -> SetTable {
        let fresh = SetTable {
            version: self.version + 1,
            finger: self.finger,
            ..other
        };
        std::mem::replace(self, fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(keys: &[i64]) -> SetTable {
        let mut table = SetTable::default();
        for key in keys {
            table.add(*key, &Value::int(*key));
        }
        table
    }

    fn keys(table: &SetTable) -> Vec<i64> {
        table.iter().filter_map(|(_, key)| key.as_int()).collect()
    }

    #[test]
    fn ints_stand_in_cpythons_order() {
        // >>> s = set(); [s.add(x) for x in (33, 1, 17, 100, 5)]; list(s)
        assert_eq!(keys(&set(&[33, 1, 17, 100, 5])), [33, 1, 100, 5, 17]);
        // >>> list({40, 8, 0, 16})  # as added one by one
        assert_eq!(keys(&set(&[40, 8, 0, 16])), [40, 8, 0, 16]);
    }

    #[test]
    fn an_index_changes_no_answer() {
        let mut state = 1u64;
        let mut random = move |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as i64 % below as i64
        };
        let mut table = SetTable::default();
        let mut model = std::collections::BTreeSet::new();
        for turn in 0..20_000 {
            let spread = if turn % 2_000 < 1_000 { 24 } else { 150 };
            let key = random(spread) - 8;
            let value = Value::int(key);
            let found = table.find(key, &value);
            assert_eq!(matches!(found, Find::Found(_)), model.contains(&key));
            match found {
                Find::Found(at) => {
                    table.remove(at);
                    model.remove(&key);
                }
                _ if model.len() < 40 => {
                    assert_eq!(table.add(key, &value), Added::New);
                    model.insert(key);
                }
                _ => {
                    let Some(key) = table.pop().and_then(|key| key.as_int()) else {
                        panic!("the set is not empty");
                    };
                    assert!(model.remove(&key));
                }
            }
        }
    }

    #[test]
    fn a_new_key_takes_the_last_dummy_on_its_way() {
        // >>> s = set(range(40)); s.discard(10); s.discard(12); s.discard(14); s.add(138)
        let mut table = set(&(0..40).collect::<Vec<_>>());
        for key in [10, 12, 14] {
            let Find::Found(at) = table.find(key, &Value::int(key)) else {
                panic!("{key} was not found");
            };
            table.remove(at);
            assert_eq!(table.find(key, &Value::int(key)), Find::Missing);
        }
        assert_eq!((table.len(), table.fill), (37, 40));
        table.add(138, &Value::int(138));
        assert_eq!(keys(&table)[8..13], [8, 9, 11, 13, 138]);
        assert_eq!((table.len(), table.fill), (38, 40));
    }

    #[test]
    fn pop_goes_on_where_it_stopped() {
        let mut table = set(&[0, 1, 2]);
        assert_eq!(table.pop().and_then(|v| v.as_int()), Some(0));
        table.add(0, &Value::int(0));
        assert_eq!(table.pop().and_then(|v| v.as_int()), Some(1));
    }
}
