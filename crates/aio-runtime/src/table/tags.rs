//! A run of places of a set at a glance.
//!
//! A set keeps four bits for each place: [`EMPTY`], [`DUMMY`], or three bits of the hash of its
//! key. As many as a search looks at in a row fit one number, and are compared at once (as
//! hashbrown does it where the processor has no wider registers).

/// The tag of an empty place.
pub const EMPTY: u8 = 0b1000;
/// The tag of a dummy.
pub const DUMMY: u8 = 0b1100;
/// How many places one may look at at once.
pub const MOST: usize = 15;

const BITS: usize = 4;
const LOW: u64 = u64::MAX / 0xf;
const HIGH: u64 = LOW << 3;

/// The tag of a place with a key. Small ints, which stand side by side, differ.
#[inline(always)]
pub fn tag_of(hash: i64) -> u8 {
    ((hash ^ (hash >> 7)) & 0b111) as u8
}

/// The tags of all places, two a byte, and some more to be read past the end.
#[derive(Clone, Default)]
pub struct Tags(Vec<u8>);

impl Tags {
    /// The tags of so many empty places.
    pub fn new(places: usize) -> Tags {
        Tags(vec![EMPTY << BITS | EMPTY; places / 2 + size_of::<u64>()])
    }

    /// Whether there are none, as in a table that is too small for them.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes what stands in a place, if there are tags.
    #[inline(always)]
    pub fn set(&mut self, place: usize, tag: u8) {
        if let Some(pair) = self.0.get_mut(place / 2) {
            let shift = place % 2 * BITS;
            *pair = *pair & !(0b1111 << shift) | tag << shift;
        }
    }

    /// `count` places from one on, at most [`MOST`].
    #[inline(always)]
    pub fn run(&self, start: usize, count: usize) -> Run {
        let bytes = self.0.get(start / 2..).and_then(<[u8]>::first_chunk);
        let tags = bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Run {
            tags: tags >> (start % 2 * BITS),
            valid: HIGH & ((1 << (BITS * count)) - 1),
        }
    }
}

/// A few places in a row.
#[derive(Clone, Copy)]
pub struct Run {
    tags: u64,
    /// The highest bit of every tag that counts.
    valid: u64,
}

impl Run {
    /// The places before the first empty one, and which one that is.
    #[inline(always)]
    pub fn up_to_empty(self) -> (Run, Option<usize>) {
        // Dummies have the second bit set, keys the first one not.
        let empty = self.tags & !(self.tags << 1) & self.valid;
        let valid = self.valid & empty.wrapping_sub(1) & !empty;
        let end = (empty != 0).then(|| place_of(empty));
        (Run { valid, ..self }, end)
    }

    /// The places with the tag of a key, and rarely another one behind such a place.
    #[inline(always)]
    pub fn places_of(self, tag: u8) -> impl Iterator<Item = usize> {
        let differs = self.tags ^ (LOW * u64::from(tag));
        let mut same = differs.wrapping_sub(LOW) & !differs & self.valid;
        std::iter::from_fn(move || {
            let at = (same != 0).then(|| place_of(same))?;
            same &= same - 1;
            Some(at)
        })
    }

    /// The last dummy.
    #[inline(always)]
    pub fn last_dummy(self) -> Option<usize> {
        let dummies = self.tags & (self.tags << 1) & self.valid;
        dummies.checked_ilog2().map(|bit| bit as usize / BITS)
    }
}

/// The place of the lowest bit that is set.
#[inline(always)]
fn place_of(bits: u64) -> usize {
    bits.trailing_zeros() as usize / BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(all: &[u8]) -> Tags {
        let mut tags = Tags::new(16);
        for (place, tag) in all.iter().enumerate() {
            tags.set(place, *tag);
        }
        tags
    }

    #[test]
    fn places_are_told_apart() {
        let tags = tags(&[1, 3, DUMMY, 0, DUMMY, 3, EMPTY, 3, DUMMY, EMPTY, 5]);
        let (before, end) = tags.run(1, 10).up_to_empty();
        assert_eq!(end, Some(5));
        assert_eq!(before.places_of(3).collect::<Vec<_>>(), [0, 4]);
        assert_eq!(before.places_of(0).collect::<Vec<_>>(), [2]);
        assert_eq!(before.places_of(5).count(), 0);
        assert_eq!(before.last_dummy(), Some(3));
    }

    #[test]
    fn places_that_do_not_count_are_not_seen() {
        let tags = tags(&[DUMMY, 7, EMPTY, 7, DUMMY, 7, 7, 7]);
        let (before, end) = tags.run(0, 2).up_to_empty();
        assert_eq!(end, None);
        assert_eq!(before.places_of(7).collect::<Vec<_>>(), [1]);
        assert_eq!(before.last_dummy(), Some(0));
        assert_eq!(tags.run(15, 1).up_to_empty().1, Some(0));
    }
}
