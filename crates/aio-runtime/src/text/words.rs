//! Bytes looked at eight at a time: where a byte is, where words begin and end.
//!
//! A search for the next place costs a call each time, and where it ends cannot be foreseen; texts
//! that are cut are short and have many places. So a word of eight bytes is asked for all of its
//! places at once, a bit for each, and the bits are taken one by one.

/// So many bytes are looked at together.
const WORD: usize = size_of::<u64>();
/// The lowest bit of each byte.
const LOWEST: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHEST: u64 = LOWEST << 7;
/// So many words without a place, and it pays to look for the next one by `memchr`.
const PATIENCE: u32 = 6;

/// The word at an offset, the first byte lowest; behind the end are bytes `fill`.
#[inline(always)]
fn word(bytes: &[u8], at: usize, fill: u8) -> u64 {
    let rest = bytes.get(at..).unwrap_or(&[]);
    if let Some(word) = rest.first_chunk() {
        return u64::from_le_bytes(*word);
    }
    let fills = u64::from(fill) * LOWEST;
    let beyond = 8 * (WORD - rest.len()) as u32;
    // The last bytes of the text, and of these the ones that were not looked at yet.
    if let Some(last) = bytes.last_chunk()
        && let Some(kept) = u64::from_le_bytes(*last).checked_shr(beyond)
    {
        return kept | (fills << (u64::BITS - beyond));
    }
    let known = rest.iter().rev();
    known.fold(fills, |word, byte| (word << 8) | u64::from(*byte))
}

/// The highest bit of each byte that is 0.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    !(((word & !HIGHEST) + !HIGHEST) | word) & HIGHEST
}

/// The highest bit of each byte that is below a limit, which is in ASCII.
#[inline(always)]
fn below(word: u64, limit: u8) -> u64 {
    let up = u64::from(0x80 - limit) * LOWEST;
    !(((word & !HIGHEST) + up) | word) & HIGHEST
}

/// The highest bit of each byte that is white space to `str`, of those in ASCII.
#[inline(always)]
pub fn text_spaces(word: u64) -> u64 {
    (below(word, 0x21) & !below(word, 0x1c)) | (below(word, 0x0e) & !below(word, 0x09))
}

/// The highest bit of each byte that is white space to `bytes`.
#[inline(always)]
pub fn byte_spaces(word: u64) -> u64 {
    (below(word, 0x21) & !below(word, 0x20)) | (below(word, 0x0e) & !below(word, 0x09))
}

/// The highest bit of each byte with which a line break of `str` begins, or perhaps begins: of
/// those that are not in ASCII, one begins with 0xc2, two with 0xe2.
#[inline(always)]
pub fn line_breaks(word: u64) -> u64 {
    let ascii = (below(word, 0x0e) & !below(word, 0x0a)) | (below(word, 0x1f) & !below(word, 0x1c));
    ascii | zeros((word ^ (0xc2 * LOWEST)) & !(0x20 * LOWEST))
}

/// The first byte from an offset on that `marks` marks, where that tells of letters that they are none.
#[inline(always)]
pub fn first_marked(bytes: &[u8], mut at: usize, marks: impl Fn(u64) -> u64) -> Option<usize> {
    while at < bytes.len() {
        let found = marks(word(bytes, at, b'x'));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += WORD;
    }
    None
}

/// Where a byte is, from the front.
pub struct Places<'a> {
    bytes: &'a [u8],
    byte: u8,
    /// Up to here was looked.
    seen: usize,
    /// Where the last word began, and the places in it that were not given yet: the highest bit of
    /// each of these bytes.
    base: usize,
    found: u64,
    /// So many words were without a place, one after the other.
    misses: u32,
}

impl<'a> Places<'a> {
    /// The places of a byte.
    #[inline(always)]
    pub fn new(bytes: &'a [u8], byte: u8) -> Places<'a> {
        Places {
            bytes,
            byte,
            seen: 0,
            base: 0,
            found: 0,
            misses: 0,
        }
    }

    /// Looks for the next word with places.
    #[inline(always)]
    fn look(&mut self) -> Option<()> {
        let pattern = u64::from(self.byte) * LOWEST;
        while self.found == 0 {
            if self.misses >= PATIENCE {
                self.seen += memchr::memchr(self.byte, self.bytes.get(self.seen..)?)?;
            } else if self.seen >= self.bytes.len() {
                return None;
            }
            self.base = self.seen;
            self.found = zeros(word(self.bytes, self.seen, !self.byte) ^ pattern);
            self.seen += WORD;
            self.misses += 1;
        }
        self.misses = 0;
        Some(())
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.found == 0 {
            self.look()?;
        }
        let at = self.base + (self.found.trailing_zeros() / 8) as usize;
        self.found &= self.found - 1;
        Some(at)
    }
}

/// So many words are asked for white space together, so that there is a bit for each byte.
const BLOCK: usize = u64::BITS as usize / WORD;

/// Words between white space: where they begin, where they end.
pub struct Words<'a, F> {
    bytes: &'a [u8],
    spaces: F,
    /// Up to here was looked.
    seen: usize,
    /// Where the last block began, and the places in it, a bit for each, where a word begins or
    /// ends and which were not given yet.
    base: usize,
    edges: u64,
    /// Whether a word goes on behind what was looked at.
    inside: bool,
}

impl<'a, F: Fn(u64) -> u64> Words<'a, F> {
    /// The words, where `spaces` tells what is white space, as [`text_spaces`] does.
    #[inline(always)]
    pub fn new(bytes: &'a [u8], spaces: F) -> Words<'a, F> {
        Words {
            bytes,
            spaces,
            seen: 0,
            base: 0,
            edges: 0,
            inside: false,
        }
    }

    /// The next place where a word begins or ends; none at the end of the text.
    #[inline(always)]
    fn edge(&mut self) -> Option<usize> {
        while self.edges == 0 {
            if self.seen >= self.bytes.len() {
                return None;
            }
            self.base = self.seen;
            let letters = letters(self.bytes, self.seen, &self.spaces);
            self.seen += BLOCK * WORD;
            self.edges = letters ^ ((letters << 1) | u64::from(self.inside));
            self.inside = letters >> (u64::BITS - 1) != 0;
        }
        let at = self.base + self.edges.trailing_zeros() as usize;
        self.edges &= self.edges - 1;
        Some(at)
    }
}

/// A bit for each byte of the block at an offset that is not white space.
#[inline(never)]
fn letters(bytes: &[u8], at: usize, spaces: &impl Fn(u64) -> u64) -> u64 {
    let mut letters = 0;
    for nth in 0..BLOCK {
        let at = at + nth * WORD;
        if at >= bytes.len() {
            break;
        }
        let spaces = spaces(word(bytes, at, b' '));
        // The highest bits of the bytes, moved together.
        let bits = (spaces >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        letters |= (bits ^ 0xff) << (nth * WORD);
    }
    letters
}

impl<F: Fn(u64) -> u64> Iterator for Words<'_, F> {
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.edge()?;
        Some((start, self.edge().unwrap_or(self.bytes.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_byte_is_found() {
        for len in [0, 1, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 300] {
            for gap in [1, 2, 3, 7, 8, 9, 60, 100] {
                let text: Vec<u8> = (0..len)
                    .map(|at| u8::from(at % gap == gap / 2) * 0x2c)
                    .collect();
                let simple = |byte| {
                    (0..len)
                        .filter(|at| text.get(*at) == Some(&byte))
                        .collect::<Vec<_>>()
                };
                assert_eq!(Places::new(&text, 0x2c).collect::<Vec<_>>(), simple(0x2c));
                assert_eq!(Places::new(&text, 0).collect::<Vec<_>>(), simple(0));
                assert_eq!(Places::new(&text, 0xff).count(), 0);
            }
        }
    }

    #[test]
    fn every_byte_is_white_space_or_not() {
        for byte in 0..=u8::MAX {
            let word = u64::from(byte) * LOWEST;
            let text = matches!(byte, 9..=13 | 28..=32);
            let bytes = matches!(byte, 9..=13 | 32);
            let line = matches!(byte, 10..=13 | 28..=30 | 0xc2 | 0xe2);
            assert_eq!(line_breaks(word), if line { HIGHEST } else { 0 });
            assert_eq!(text_spaces(word), if text { HIGHEST } else { 0 });
            assert_eq!(byte_spaces(word), if bytes { HIGHEST } else { 0 });
        }
    }

    #[test]
    fn words_of_all_lengths() {
        for len in 0..200 {
            for gap in [1, 2, 3, 8, 9, 63, 64, 65] {
                for first in 0..3 {
                    let text: String = (0..len)
                        .map(|at| if (at + first) % gap == 0 { ' ' } else { 'x' })
                        .collect();
                    let words = Words::new(text.as_bytes(), text_spaces);
                    let words: Vec<&str> = words.map(|(start, end)| &text[start..end]).collect();
                    assert_eq!(words, text.split_ascii_whitespace().collect::<Vec<_>>());
                }
            }
        }
    }
}
