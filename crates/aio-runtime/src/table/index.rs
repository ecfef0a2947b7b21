//! Where the keys of a small set stand, by the low bits of their hashes.
//!
//! In a set that is added to and removed from, keys come to stand far from where their searches
//! begin, and searches for absent keys are long, as in CPython, whose order is kept. With an index
//! most searches are one look, whatever the dummies. It is made when the first key is removed.

/// How many keys are told apart at best.
const CLASSES: usize = 64;
/// No key.
const NONE: u8 = u8::MAX;
/// More keys than one, now or earlier.
const SEVERAL: u8 = u8::MAX - 1;

/// The most places that a table with an index has.
pub const MOST_PLACES: usize = 128;
const _: () = assert!(MOST_PLACES <= SEVERAL as usize);

/// For each class of hashes the place of its only key.
#[derive(Clone)]
pub struct Index(Box<[u8; CLASSES]>);

/// What an index says of a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// There is no key with it.
    Absent,
    /// A key with it can only stand there.
    At(usize),
    /// Nothing.
    Unknown,
}

#[inline(always)]
fn class_of(hash: i64) -> usize {
    hash as usize % CLASSES
}

impl Index {
    /// Of keys: their places and hashes.
    pub fn new(keys: impl Iterator<Item = (usize, i64)>) -> Index {
        let mut index = Index(Box::new([NONE; CLASSES]));
        for (at, hash) in keys {
            index.put(at, hash);
        }
        index
    }

    /// What is known of a hash.
    #[inline(always)]
    pub fn look(&self, hash: i64) -> Hint {
        match self.0[class_of(hash)] {
            NONE => Hint::Absent,
            SEVERAL => Hint::Unknown,
            at => Hint::At(at as usize),
        }
    }

    /// A key has come to stand in a place.
    #[inline]
    pub fn put(&mut self, at: usize, hash: i64) {
        let class = &mut self.0[class_of(hash)];
        *class = if *class == NONE { at as u8 } else { SEVERAL };
    }

    /// The key in a place is gone.
    #[inline]
    pub fn remove(&mut self, at: usize, hash: i64) {
        let class = &mut self.0[class_of(hash)];
        if *class == at as u8 {
            *class = NONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_the_only_key_of_a_class() {
        let mut index = Index::new([(3, 5), (7, -2)].into_iter());
        assert_eq!(index.look(5), Hint::At(3));
        assert_eq!(index.look(5 + CLASSES as i64), Hint::At(3));
        assert_eq!(index.look(-2), Hint::At(7));
        assert_eq!(index.look(6), Hint::Absent);
        index.remove(3, 5);
        assert_eq!(index.look(5), Hint::Absent);
        index.put(1, 5);
        index.put(2, 5 + CLASSES as i64);
        assert_eq!(index.look(5), Hint::Unknown);
        index.remove(1, 5);
        assert_eq!(index.look(5), Hint::Unknown);
    }
}
