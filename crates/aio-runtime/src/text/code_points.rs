//! Text addressed by code points: length, index, slice.
//!
//! Python counts code points, Rust's `str` counts bytes. `Text` carries both lengths; where they agree the text is
//! ASCII, and a position is a byte offset without any search.

use std::ops::Range;

use crate::num::slice::{SliceRange, search_range};

/// A text with its length in code points.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    text: &'a str,
    len: usize,
}

impl<'a> Text<'a> {
    /// Counts the code points of a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            len: count(text),
        }
    }

    /// A text whose code points have been counted before.
    pub fn with_len(text: &'a str, len: usize) -> Self {
        debug_assert_eq!(len, count(text), "the cached length is the length");
        Self { text, len }
    }

    /// The text itself.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The length in code points.
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Whether every code point is one byte.
    pub fn is_ascii(self) -> bool {
        self.len == self.text.len()
    }

    /// The byte offset of a position, which may be the length but no more.
    pub fn byte_offset(self, position: usize) -> usize {
        if self.is_ascii() || position == 0 {
            return position.min(self.text.len());
        }
        if position >= self.len {
            return self.text.len();
        }
        // Search from the nearer end.
        if position <= self.len / 2 {
            return forward(self.text, 0, position);
        }
        backward(self.text, self.text.len(), self.len - position)
    }

    /// The position of a byte offset.
    pub fn position(self, offset: usize) -> usize {
        if self.is_ascii() {
            return offset;
        }
        count(&self.text[..offset])
    }

    /// The character at a position.
    pub fn get(self, position: usize) -> Option<char> {
        if position >= self.len {
            return None;
        }
        self.text[self.byte_offset(position)..].chars().next()
    }

    /// The bytes between two positions.
    pub fn byte_range(self, start: usize, end: usize) -> Range<usize> {
        if start >= end {
            let offset = self.byte_offset(start);
            return offset..offset;
        }
        let first = self.byte_offset(start);
        if self.is_ascii() {
            return first..self.byte_offset(end);
        }
        if end >= self.len {
            return first..self.text.len();
        }
        let from_back = self.len - end;
        if from_back < end - start {
            return first..backward(self.text, self.text.len(), from_back);
        }
        first..forward(self.text, first, end - start)
    }

    /// The text between two positions.
    pub fn slice(self, start: usize, end: usize) -> &'a str {
        &self.text[self.byte_range(start, end)]
    }

    /// The text that a slice with any step takes.
    pub fn slice_step(self, range: SliceRange) -> String {
        if range.count == 0 {
            return String::new();
        }
        let start = range.start as usize;
        let step = usize::try_from(range.step.unsigned_abs()).unwrap_or(usize::MAX);
        let reach = step.saturating_mul(range.count - 1);
        if range.step > 0 {
            let part = self.slice(start, start + reach + 1);
            if step == 1 {
                return part.to_owned();
            }
            return part.chars().step_by(step).collect();
        }
        let part = self.slice(start - reach, start + 1);
        let mut out = String::with_capacity(part.len().min(4 * range.count));
        if step == 1 {
            out.extend(part.chars().rev());
        } else {
            out.extend(part.chars().rev().step_by(step));
        }
        out
    }

    /// The part that the `start` and `end` of a search name, and the byte offset where it begins; none if the start lies
    /// beyond the end.
    pub(crate) fn search_part(
        self,
        start: Option<i64>,
        end: Option<i64>,
    ) -> Option<(&'a str, usize)> {
        if start.is_none() && end.is_none() {
            return Some((self.text, 0));
        }
        let (start, end) = search_range(start, end, self.len);
        if start > end {
            return None;
        }
        let range = self.byte_range(start, end);
        Some((&self.text[range.clone()], range.start))
    }
}

/// The number of code points: of bytes that do not continue a character.
pub fn count(text: &str) -> usize {
    text.chars().count()
}

/// Whether a byte begins a code point.
fn begins(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// How many code points begin in these bytes.
fn beginnings(bytes: [u8; WORD]) -> usize {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(bytes);
    let others = (word >> 7) & !(word >> 6) & LOWEST;
    WORD - others.count_ones() as usize
}

/// So many bytes are looked at together.
const WORD: usize = size_of::<u64>();

/// The offset of the code point that stands `count` after the one at an offset.
pub(crate) fn forward(text: &str, mut offset: usize, mut count: usize) -> usize {
    let rest = text.as_bytes().get(offset..).unwrap_or(&[]);
    let (words, _) = rest.as_chunks::<WORD>();
    for word in words {
        let begin = beginnings(*word);
        if begin > count {
            break;
        }
        count -= begin;
        offset += WORD;
    }
    let rest = text.as_bytes().get(offset..).unwrap_or(&[]);
    let starts = rest.iter().enumerate().filter(|(_, byte)| begins(**byte));
    let found = starts.map(|(at, _)| offset + at).nth(count);
    found.unwrap_or(text.len())
}

/// The offset of the code point that stands `count` before an offset.
pub(crate) fn backward(text: &str, mut offset: usize, mut count: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(&[]);
    let (_, words) = before.as_rchunks::<WORD>();
    for word in words.iter().rev() {
        let begin = beginnings(*word);
        if begin >= count {
            break;
        }
        count -= begin;
        offset -= WORD;
    }
    let Some(nth) = count.checked_sub(1) else {
        return offset;
    };
    let before = text.as_bytes().get(..offset).unwrap_or(&[]);
    let starts = before.iter().enumerate().rev();
    let starts = starts.filter(|(_, byte)| begins(**byte));
    starts.map(|(at, _)| at).nth(nth).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::slice::slice_range;

    #[test]
    fn positions_are_code_points() {
        let text = Text::new("aé€😀z");
        assert_eq!(text.len(), 5);
        assert_eq!(text.get(3), Some('😀'));
        assert_eq!(text.get(1), Some('é'));
        assert_eq!(text.get(5), None);
        assert_eq!(text.slice(1, 4), "é€😀");
        assert_eq!(text.slice(4, 2), "");
        assert_eq!(text.position(6), 3);
        assert_eq!(
            (0..=5).map(|p| text.byte_offset(p)).collect::<Vec<_>>(),
            [0, 1, 3, 6, 10, 11]
        );
    }

    #[test]
    fn slices_take_steps() {
        let taken = |text: &str, start, stop, step| {
            let text = Text::new(text);
            text.slice_step(slice_range(start, stop, step, text.len()))
        };
        for text in ["abcde", "aé€😀z"] {
            let chars: Vec<char> = text.chars().collect();
            let pick = |idx: &[usize]| idx.iter().map(|&i| chars[i]).collect::<String>();
            assert_eq!(taken(text, None, None, Some(-1)), pick(&[4, 3, 2, 1, 0]));
            assert_eq!(taken(text, Some(1), None, Some(2)), pick(&[1, 3]));
            assert_eq!(taken(text, Some(-1), Some(0), Some(-3)), pick(&[4, 1]));
            assert_eq!(taken(text, Some(1), Some(3), None), pick(&[1, 2]));
            assert_eq!(taken(text, None, None, Some(i64::MAX)), pick(&[0]));
            assert_eq!(taken(text, Some(3), Some(3), None), "");
        }
    }
}
