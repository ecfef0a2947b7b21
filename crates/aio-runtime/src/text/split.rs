//! Cutting text apart: `split`, `rsplit`, `splitlines`, `partition`, `strip`.

use crate::num::Fault;

use super::search::{SHORT, each, find_bytes, find_last};
use super::unicode::{is_ascii_space, is_line_break, is_space};
use super::words::{Places, Words, first_marked, line_breaks, text_spaces};

/// The largest number of cuts; a negative limit means no limit.
pub(super) fn cuts(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn check_separator(separator: &str) -> Result<(), Fault> {
    if separator.is_empty() {
        return Err(Fault::value("empty separator"));
    }
    Ok(())
}

/// What is before and behind the first separator. Preparing the search of `str::split_once` costs
/// more than it takes to go through a short text.
fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = find_bytes(text.as_bytes(), separator.as_bytes())?;
    Some((&text[..at], &text[at + separator.len()..]))
}

/// What a byte of a text is to [`split_whitespace`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Other,
    /// A part of a character that is not in ASCII.
    Part,
}

#[expect(clippy::indexing_slicing, reason = "there is a place for each byte")]
const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Part; 256];
    let mut byte = 0u8;
    while byte.is_ascii() {
        kinds[byte as usize] = if is_ascii_space(byte) {
            Kind::Space
        } else {
            Kind::Other
        };
        byte += 1;
    }
    kinds
};

/// From a place on: where the first character is that is white space, or is none.
#[expect(
    clippy::indexing_slicing,
    reason = "there is a place for each byte, and `at` is the place of a character or the end"
)]
#[inline(always)]
fn skip(text: &str, mut at: usize, spaces: bool) -> usize {
    let passed = if spaces { Kind::Space } else { Kind::Other };
    loop {
        let mut rest = text.as_bytes()[at..].iter();
        at = match rest.position(|byte| KINDS[*byte as usize] != passed) {
            Some(count) => at + count,
            None => return text.len(),
        };
        if text.as_bytes()[at].is_ascii() {
            return at;
        }
        let c = text[at..].chars().next().unwrap_or_default();
        if is_space(c) != spaces {
            return at;
        }
        at += c.len_utf8();
    }
}

/// How many pieces a text of so many bytes may have, if these are words, and not too many.
pub fn room_for_words(len: usize) -> usize {
    /// A word and what follows it have about so many bytes.
    const WORD: usize = 6;
    const MOST: usize = 12;
    (len / WORD + 1).min(MOST)
}

/// `text.split(None, limit)`: at runs of white space, without empty pieces, which `piece` is told of.
#[inline(always)]
pub fn split_whitespace<'a>(text: &'a str, limit: i64, mut piece: impl FnMut(&'a str)) {
    let mut left = cuts(limit);
    if text.is_ascii() {
        for (start, end) in Words::new(text.as_bytes(), text_spaces) {
            piece(&text[start..if left == 0 { text.len() } else { end }]);
            if left == 0 {
                return;
            }
            left -= 1;
        }
        return;
    }
    let mut start = skip(text, 0, true);
    while start < text.len() {
        if left == 0 {
            return piece(&text[start..]);
        }
        left -= 1;
        let end = skip(text, start, false);
        piece(&text[start..end]);
        start = skip(text, end, true);
    }
}

/// `text.rsplit(None, limit)`.
pub fn rsplit_whitespace(text: &str, limit: i64) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        if pieces.len() == cuts(limit) {
            pieces.push(rest);
            break;
        }
        let cut = rest.char_indices().rfind(|&(_, c)| is_space(c));
        let start = cut.map_or(0, |(offset, c)| offset + c.len_utf8());
        pieces.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_space);
    }
    pieces.reverse();
    pieces
}

/// `text.split(separator, limit)`; `piece` is told of the pieces.
#[inline(always)]
pub fn split<'a>(
    text: &'a str,
    separator: &str,
    limit: i64,
    mut piece: impl FnMut(&'a str),
) -> Result<(), Fault> {
    check_separator(separator)?;
    let (bytes, separator) = (text.as_bytes(), separator.as_bytes());
    between(bytes, separator, limit, |start, end| {
        piece(&text[start..end])
    });
    Ok(())
}

/// Tells `piece` where the pieces between separators, which are not empty, begin and end.
#[inline(always)]
pub(super) fn between(
    bytes: &[u8],
    separator: &[u8],
    limit: i64,
    mut piece: impl FnMut(usize, usize),
) {
    match separator {
        [byte] => between_places(bytes.len(), 1, limit, Places::new(bytes, *byte), &mut piece),
        [before @ .., last] if bytes.len() <= SHORT => {
            let mut from = 0;
            let places = Places::new(bytes, *last).filter_map(|end| {
                let start = end.checked_sub(before.len()).filter(|at| *at >= from)?;
                let found = bytes.get(start..end)?.iter().eq(before);
                found.then(|| {
                    from = end + 1;
                    start
                })
            });
            between_places(bytes.len(), separator.len(), limit, places, &mut piece);
        }
        _ => {
            let places = each(bytes, separator);
            between_places(bytes.len(), separator.len(), limit, places, &mut piece);
        }
    }
}

/// [`between`] separators of so many bytes at places, in a text of so many.
#[inline(always)]
fn between_places(
    len: usize,
    width: usize,
    limit: i64,
    mut places: impl Iterator<Item = usize>,
    piece: &mut impl FnMut(usize, usize),
) {
    let (mut done, mut left) = (0, cuts(limit));
    loop {
        let found = if left == 0 { None } else { places.next() };
        piece(done, found.unwrap_or(len));
        let Some(found) = found else { return };
        done = found + width;
        left -= 1;
    }
}

/// `text.rsplit(separator, limit)`.
pub fn rsplit<'a>(text: &'a str, separator: &str, limit: i64) -> Result<Vec<&'a str>, Fault> {
    check_separator(separator)?;
    let mut pieces = Vec::new();
    let mut rest = text;
    while pieces.len() < cuts(limit)
        && let Some(found) = find_last(rest.as_bytes(), separator.as_bytes())
    {
        pieces.push(&rest[found + separator.len()..]);
        rest = &rest[..found];
    }
    pieces.push(rest);
    pieces.reverse();
    Ok(pieces)
}

/// Where the first line break is.
fn line_end(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = first_marked(text.as_bytes(), from, line_breaks)?;
        let c = text.get(at..)?.chars().next()?;
        if is_line_break(c) {
            return Some(at);
        }
        from = at + c.len_utf8();
    }
}

/// `text.splitlines(keepends)`; `line` is told of the lines.
#[inline(always)]
pub fn split_lines<'a>(text: &'a str, keeps_ends: bool, mut line: impl FnMut(&'a str)) {
    let mut rest = text;
    while !rest.is_empty() {
        let Some(end) = line_end(rest) else {
            return line(rest);
        };
        let line_break = &rest[end..];
        let width = match line_break.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            _ => line_break.chars().next().map_or(0, char::len_utf8),
        };
        line(&rest[..if keeps_ends { end + width } else { end }]);
        rest = &rest[end + width..];
    }
}

/// `text.partition(separator)`.
pub fn partition<'a>(
    text: &'a str,
    separator: &'a str,
) -> Result<(&'a str, &'a str, &'a str), Fault> {
    check_separator(separator)?;
    Ok(match split_once(text, separator) {
        Some((head, tail)) => (head, separator, tail),
        None => (text, "", ""),
    })
}

/// `text.rpartition(separator)`.
pub fn rpartition<'a>(
    text: &'a str,
    separator: &'a str,
) -> Result<(&'a str, &'a str, &'a str), Fault> {
    check_separator(separator)?;
    Ok(match find_last(text.as_bytes(), separator.as_bytes()) {
        Some(found) => (&text[..found], separator, &text[found + separator.len()..]),
        None => ("", "", text),
    })
}

/// Which ends `strip` works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// `strip`
    Both,
    /// `lstrip`
    Left,
    /// `rstrip`
    Right,
}

/// A set of characters, those in ASCII as bits.
struct CharSet<'a> {
    low: u64,
    high: u64,
    /// All of them, if there are others too.
    others: Option<&'a str>,
}

impl<'a> CharSet<'a> {
    #[inline(always)]
    fn new(chars: &'a str) -> CharSet<'a> {
        let mut set = CharSet {
            low: 0,
            high: 0,
            others: None,
        };
        for byte in chars.bytes() {
            match byte {
                0..64 => set.low |= 1 << byte,
                64..128 => set.high |= 1 << (byte - 64),
                _ => set.others = Some(chars),
            }
        }
        set
    }
}

/// Which characters `strip` takes away.
trait Goes {
    fn ascii(&self, byte: u8) -> bool;
    fn other(&self, c: char) -> bool;
}

struct Spaces;

impl Goes for Spaces {
    #[inline(always)]
    fn ascii(&self, byte: u8) -> bool {
        is_ascii_space(byte)
    }
    fn other(&self, c: char) -> bool {
        is_space(c)
    }
}

impl Goes for CharSet<'_> {
    #[inline(always)]
    fn ascii(&self, byte: u8) -> bool {
        let half = if byte < 64 { self.low } else { self.high };
        half >> (byte & 63) & 1 != 0
    }
    fn other(&self, c: char) -> bool {
        self.others.is_some_and(|chars| chars.contains(c))
    }
}

/// `text.strip(chars)`, `lstrip` and `rstrip`; without a set of characters it is white space that goes.
#[inline]
pub fn strip<'a>(text: &'a str, chars: Option<&str>, ends: Ends) -> &'a str {
    match chars {
        None => strip_matching(text, &Spaces, ends),
        Some(chars) => strip_matching(text, &CharSet::new(chars), ends),
    }
}

#[inline(always)]
fn strip_matching<'a>(text: &'a str, goes: &impl Goes, ends: Ends) -> &'a str {
    let mut kept = text;
    if ends != Ends::Right {
        while let Some(byte) = kept.as_bytes().first() {
            if !byte.is_ascii() {
                kept = kept.trim_start_matches(|c| strips(goes, c));
                break;
            }
            if !goes.ascii(*byte) {
                break;
            }
            kept = &kept[1..];
        }
    }
    if ends != Ends::Left {
        while let Some(byte) = kept.as_bytes().last() {
            if !byte.is_ascii() {
                kept = kept.trim_end_matches(|c| strips(goes, c));
                break;
            }
            if !goes.ascii(*byte) {
                break;
            }
            kept = &kept[..kept.len() - 1];
        }
    }
    kept
}

fn strips(goes: &impl Goes, c: char) -> bool {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => goes.ascii(byte),
        Ok(_) | Err(_) => goes.other(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_at_white_space() {
        let text = "  a  b\u{a0}c \n";
        let split_whitespace = |text, limit| {
            let mut pieces = Vec::new();
            split_whitespace(text, limit, |piece| pieces.push(piece));
            pieces
        };
        assert_eq!(split_whitespace(text, -1), ["a", "b", "c"]);
        assert_eq!(split_whitespace(text, 1), ["a", "b\u{a0}c \n"]);
        assert_eq!(split_whitespace(text, 0), ["a  b\u{a0}c \n"]);
        assert_eq!(split_whitespace("a b", 1), ["a", "b"]);
        assert_eq!(split_whitespace("a b  c ", 1), ["a", "b  c "]);
        assert_eq!(split_whitespace("a ", 1), ["a"]);
        assert!(split_whitespace(" \t", -1).is_empty());
        assert_eq!(split_whitespace("\u{2003}é\u{85}\x1cß", -1), ["é", "ß"]);
        assert_eq!(rsplit_whitespace(text, -1), ["a", "b", "c"]);
        assert_eq!(rsplit_whitespace(text, 1), ["  a  b", "c"]);
        assert_eq!(rsplit_whitespace(text, 0), ["  a  b\u{a0}c"]);
    }

    #[test]
    fn split_at_a_separator() {
        let split = |text, separator, limit| {
            let mut pieces = Vec::new();
            split(text, separator, limit, |piece| pieces.push(piece)).map(|()| pieces)
        };
        assert_eq!(split("a,b,,c", ",", -1), Ok(vec!["a", "b", "", "c"]));
        assert_eq!(split("a, b,c, ", ", ", -1), Ok(vec!["a", "b,c", ""]));
        assert_eq!(split("aaaa", "aa", -1), Ok(vec!["", "", ""]));
        assert_eq!(split("a,b,,c", ",", 2), Ok(vec!["a", "b", ",c"]));
        assert_eq!(split("a,b", ",", 0), Ok(vec!["a,b"]));
        assert_eq!(split("", ",", -1), Ok(vec![""]));
        assert_eq!(rsplit("a,b,,c", ",", 2), Ok(vec!["a,b", "", "c"]));
        assert_eq!(rsplit("aaa", "aa", -1), Ok(vec!["a", ""]));
        assert_eq!(rsplit("a/b", "/", 0), Ok(vec!["a/b"]));
        assert_eq!(rsplit("", "/", -1), Ok(vec![""]));
        assert_eq!(split("a", "", -1), Err(Fault::value("empty separator")));
    }

    #[test]
    fn lines_end_at_every_line_break() {
        let split_lines = |text, keeps_ends| {
            let mut lines = Vec::new();
            split_lines(text, keeps_ends, |line| lines.push(line));
            lines
        };
        let text = "a\nb\r\nc\rd\x0be\u{2028}f\n\n";
        assert_eq!(split_lines(text, false), ["a", "b", "c", "d", "e", "f", ""]);
        assert_eq!(
            split_lines(text, true),
            ["a\n", "b\r\n", "c\r", "d\x0b", "e\u{2028}", "f\n", "\n"]
        );
        assert!(split_lines("", true).is_empty());
        assert_eq!(
            split_lines("â€²\u{85}¢\u{2029}\x1e", false),
            ["â€²", "¢", ""]
        );
    }

    #[test]
    fn partitions() {
        assert_eq!(partition("a=b=c", "="), Ok(("a", "=", "b=c")));
        assert_eq!(rpartition("a=b=c", "="), Ok(("a=b", "=", "c")));
        assert_eq!(partition("abc", "="), Ok(("abc", "", "")));
        assert_eq!(rpartition("abc", "="), Ok(("", "", "abc")));
    }

    #[test]
    fn strip_takes_a_set() {
        assert_eq!(strip("\u{3000} a b \x1f", None, Ends::Both), "a b");
        assert_eq!(strip("xyaxy", Some("yx"), Ends::Left), "axy");
        assert_eq!(strip("xyaxy", Some("yx"), Ends::Right), "xya");
        assert_eq!(strip("xya", Some(""), Ends::Both), "xya");
        assert_eq!(strip("ééa", Some("é"), Ends::Both), "a");
        assert_eq!(strip(".éaé. é", Some("é."), Ends::Both), "aé. ");
        assert_eq!(
            strip("\u{a0} a\u{2003}b\t\u{85}", None, Ends::Both),
            "a\u{2003}b"
        );
        assert_eq!(strip("é", Some("e"), Ends::Both), "é");
        assert_eq!(strip(" \n", None, Ends::Right), "");
    }
}
