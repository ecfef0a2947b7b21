//! Strings, bytes, large ints and complex numbers.

use crate::heap::HeapType;
pub use crate::heap::bytes::BytesObj;
use crate::heap::text::NOT_COUNTED;
pub use crate::heap::text::StrObj;
use crate::text::code_points::{backward, forward};
use crate::value::Tag;
use num_bigint::BigInt;
use std::cell::{Cell, RefCell};

/// How many positions are remembered at most.
const CURSOR_COUNT: usize = 32;

/// The address of a string, and a position (in code points) with its byte offset.
type Cursor = (usize, (usize, usize));

/// A long text that is read here and there gets marks: the byte offsets of every so many code
/// points.
const STRIDE: usize = 64;
/// A position that is so many code points from every known one is looked up by marks.
const FAR: usize = 256;

thread_local! {
    /// The last positions that were looked up in texts that are not ASCII. Only a string that says
    /// so has one: another that comes to stand at its address does not.
    static CURSORS: [Cell<Cursor>; CURSOR_COUNT] =
        const { [const { Cell::new((0, (0, 0))) }; CURSOR_COUNT] };
    /// The marks of the same texts, as far as these were looked up.
    static MARKS: [RefCell<Vec<u32>>; CURSOR_COUNT] =
        const { [const { RefCell::new(Vec::new()) }; CURSOR_COUNT] };
}

#[expect(
    clippy::indexing_slicing,
    reason = "the slot is below the number of cursors"
)]
impl StrObj {
    /// The number of code points.
    #[inline]
    pub fn char_count(&self) -> usize {
        match self.chars.get() {
            NOT_COUNTED => self.count(),
            chars => chars as usize,
        }
    }

    #[inline(never)]
    fn count(&self) -> usize {
        let count = if self.text().is_ascii() {
            self.text().len()
        } else {
            self.text().chars().count()
        };
        self.chars.set(u32::try_from(count).unwrap_or(NOT_COUNTED));
        count
    }

    /// Whether every code point is one byte, so that indexes are byte offsets.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.char_count() == self.text().len()
    }

    /// Whether it is known already that every code point is one byte.
    #[inline]
    pub fn is_known_ascii(&self) -> bool {
        let chars = self.chars.get();
        chars != NOT_COUNTED && chars as usize == self.text().len()
    }

    /// How many code points this text and another one have, if that is known of both.
    pub(crate) fn count_with(&self, other: &StrObj) -> u32 {
        match (self.chars.get(), other.chars.get()) {
            (NOT_COUNTED, _) | (_, NOT_COUNTED) => NOT_COUNTED,
            (own, more) => own.checked_add(more).unwrap_or(NOT_COUNTED),
        }
    }

    /// The code point at a position of a text that is not ASCII. The search begins at the nearest
    /// of three places: the start, the end, and where the last look-up ended, so that a loop
    /// over ascending positions takes linear time.
    pub fn char_at(&self, position: usize) -> Option<char> {
        let (count, len) = (self.char_count(), self.text().len());
        if position >= count {
            return None;
        }
        if count <= STRIDE {
            let offset = forward(self.text(), 0, position);
            return self.text().get(offset..)?.chars().next();
        }
        let (known, offset) = self.cursor();
        let (from_cursor, from_end) = (known.abs_diff(position), count - position);
        let far = position.min(from_cursor).min(from_end) > FAR;
        let offset = if far && let Some(mark) = self.mark_before(position) {
            forward(self.text(), mark, position % STRIDE)
        } else if position <= from_cursor && position <= from_end {
            forward(self.text(), 0, position)
        } else if from_end <= from_cursor {
            backward(self.text(), len, from_end)
        } else if position >= known {
            forward(self.text(), offset, from_cursor)
        } else {
            backward(self.text(), offset, from_cursor)
        };
        self.set_cursor((position, offset));
        self.text().get(offset..)?.chars().next()
    }

    /// A position and its byte offset, where the last look-up ended if that is still known.
    #[inline]
    fn cursor(&self) -> (usize, usize) {
        if !self.has_cursor.get() {
            return (0, 0);
        }
        let (owner, position) = CURSORS.with(|cursors| cursors[self.cursor_slot()].get());
        if owner == self.address() {
            position
        } else {
            (0, 0)
        }
    }

    fn set_cursor(&self, position: (usize, usize)) {
        let entry = (self.address(), position);
        let (owner, _) = CURSORS.with(|cursors| cursors[self.cursor_slot()].replace(entry));
        if owner != self.address() || !self.has_cursor.get() {
            // They are of another text.
            MARKS.with(|marks| marks[self.cursor_slot()].take());
        }
        self.has_cursor.set(true);
    }

    /// The byte offset of the last mark up to a position; `None` if this is the first look-up in
    /// the text.
    #[inline(never)]
    fn mark_before(&self, position: usize) -> Option<usize> {
        let owner = CURSORS.with(|cursors| cursors[self.cursor_slot()].get().0);
        if !self.has_cursor.get() || owner != self.address() {
            return None;
        }
        MARKS.with(|marks| {
            let mut marks = marks[self.cursor_slot()].borrow_mut();
            let nth = position / STRIDE;
            while marks.len() <= nth {
                let next = match marks.last() {
                    None => 0,
                    Some(last) => forward(self.text(), *last as usize, STRIDE),
                };
                marks.push(u32::try_from(next).ok()?);
            }
            marks.get(nth).map(|mark| *mark as usize)
        })
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn cursor_slot(&self) -> usize {
        // Blocks of strings lie at multiples of 8.
        (self.address() >> 3) % CURSOR_COUNT
    }

    /// `hash()` of the text; never 0.
    #[inline]
    pub fn hash(&self) -> i64 {
        if self.hash.get() == 0 {
            self.hash.set(hash_bytes(self.text().as_bytes()));
        }
        self.hash.get()
    }
}

/// The hash of text and bytes (CPython's is seeded per process, so no program can depend on it).
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    let hash = hasher.finish() as i64;
    if hash == 0 || hash == -1 { 7 } else { hash }
}

/// An int beyond 64 bits.
pub struct BigIntObj(pub BigInt);

impl HeapType for BigIntObj {
    const TAG: Tag = Tag::BigInt;
}

/// A complex number.
pub struct ComplexObj {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl HeapType for ComplexObj {
    const TAG: Tag = Tag::Complex;
}

impl BytesObj {
    /// `hash()` of the bytes; never 0.
    pub fn hash(&self) -> i64 {
        if self.hash.get() == 0 {
            self.hash.set(hash_bytes(self.data()));
        }
        self.hash.get()
    }
}

#[cfg(test)]
mod tests {
    use crate::heap::Ref;

    #[test]
    fn code_points_are_found_from_any_side() {
        let text = "aé€😀zñ".repeat(5);
        let chars: Vec<char> = text.chars().collect();
        let string = Ref::text(&text);
        for at in [0, 3, 29, 15, 16, 17, 14, 28, 1, 20, 10] {
            assert_eq!(string.char_at(at), chars.get(at).copied());
        }
        assert_eq!(string.char_at(30), None);
    }
}
