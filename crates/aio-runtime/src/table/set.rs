//! The table of set and frozenset: open addressing with CPython's probing, so that sets of ints
//! iterate in CPython's order (`Objects/setobject.c` describes the scheme: up to nine linear
//! probes, then a perturbed jump; growth at three fifths full, by four or, when large, by two).

use super::{Lookup, quick_eq};
use crate::value::Value;

const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const MIN_SIZE: usize = 8;

/// One place of the table.
#[derive(Clone)]
enum Place {
    Empty,
    Dummy,
    Used(i64, Value),
}

/// The table of a set.
#[derive(Clone)]
pub struct SetTable {
    places: Vec<Place>,
    /// Used places and dummies.
    fill: usize,
    used: usize,
    version: u64,
}

impl Default for SetTable {
    fn default() -> Self {
        SetTable {
            places: vec![Place::Empty; MIN_SIZE],
            fill: 0,
            used: 0,
            version: 0,
        }
    }
}

/// Where to put a key, or where it is.
enum Probe {
    Found(usize),
    Free(usize),
}

impl SetTable {
    /// How many keys.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
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
            if let Place::Used(_, key) = place {
                visitor(key);
            }
        }
    }

    /// The keys with their hashes, in iteration order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Value)> {
        self.places.iter().filter_map(|place| match place {
            Place::Used(hash, key) => Some((*hash, key)),
            Place::Empty | Place::Dummy => None,
        })
    }

    /// The first key at or after a position: position, hash, key.
    pub fn next_key(&self, mut position: usize) -> Option<(usize, i64, &Value)> {
        while let Some(place) = self.places.get(position) {
            if let Place::Used(hash, key) = place {
                return Some((position, *hash, key));
            }
            position += 1;
        }
        None
    }

    /// The key at a position.
    pub fn key(&self, position: usize) -> Option<&Value> {
        match self.places.get(position) {
            Some(Place::Used(_, key)) => Some(key),
            Some(Place::Empty | Place::Dummy) | None => None,
        }
    }

    /// Walks the probe sequence of a hash until `visit` wants to stop.
    fn probe<R>(&self, hash: i64, mut visit: impl FnMut(usize) -> Option<R>) -> R {
        let mask = self.places.len() - 1;
        let mut perturb = hash as u64 as usize;
        let mut i = hash as u64 as usize & mask;
        loop {
            let probes = if i + LINEAR_PROBES <= mask {
                LINEAR_PROBES
            } else {
                0
            };
            for offset in 0..=probes {
                if let Some(result) = visit(i + offset) {
                    return result;
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    /// Looks a key up.
    pub fn lookup(&self, hash: i64, key: &Value) -> Lookup {
        let mut undecided = false;
        let found = self.probe(hash, |at| match &self.places[at] {
            Place::Empty => Some(None),
            Place::Dummy => None,
            Place::Used(h, k) if *h == hash => match quick_eq(k, key) {
                Some(true) => Some(Some(at)),
                Some(false) => None,
                None => {
                    undecided = true;
                    None
                }
            },
            Place::Used(..) => None,
        });
        match found {
            _ if undecided => Lookup::Ask(self.candidates(hash)),
            Some(at) => Lookup::Found(at),
            None => Lookup::Missing,
        }
    }

    fn candidates(&self, hash: i64) -> Vec<usize> {
        let same = |place: &Place| matches!(place, Place::Used(h, _) if *h == hash);
        (0..self.places.len())
            .filter(|at| same(&self.places[*at]))
            .collect()
    }

    /// Adds a key that is not there.
    pub fn insert_new(&mut self, hash: i64, key: Value) {
        let spot = self.probe(hash, |at| match &self.places[at] {
            Place::Empty => Some(Probe::Free(at)),
            Place::Dummy | Place::Used(..) => None::<Probe>,
        });
        let (Probe::Free(at) | Probe::Found(at)) = spot;
        self.places[at] = Place::Used(hash, key);
        self.fill += 1;
        self.used += 1;
        self.version += 1;
        let mask = self.places.len() - 1;
        if self.fill * 5 >= mask * 3 {
            self.resize(if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            });
        }
    }

    /// Rebuilds the table with more than `wanted` places.
    pub fn resize(&mut self, wanted: usize) {
        let mut size = MIN_SIZE;
        while size <= wanted {
            size *= 2;
        }
        let old = std::mem::replace(&mut self.places, vec![Place::Empty; size]);
        self.fill = self.used;
        for place in old {
            if let Place::Used(hash, key) = place {
                let at = self.probe(hash, |at| {
                    matches!(self.places[at], Place::Empty).then_some(at)
                });
                self.places[at] = Place::Used(hash, key);
            }
        }
    }

    /// Removes the key at a position.
    pub fn remove(&mut self, position: usize) -> Value {
        self.used -= 1;
        self.version += 1;
        match std::mem::replace(&mut self.places[position], Place::Dummy) {
            Place::Used(_, key) => key,
            Place::Empty | Place::Dummy => Value::UNSET,
        }
    }
}
