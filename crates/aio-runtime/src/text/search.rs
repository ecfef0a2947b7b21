//! Searching and replacing in text: `find`, `count`, `replace`, `startswith`, ….
//!
//! `start` and `end` are as the script gave them: code points, perhaps negative, perhaps absent.

use memchr::memmem;

use crate::num::Fault;

use super::code_points::{Text, count as count_points};
use super::words::Places;

/// Text that is so short that a searcher is not worth preparing.
pub(super) const SHORT: usize = 256;

/// Where a needle is.
#[inline(always)]
pub fn find_bytes(text: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, text),
        _ => find_several(text, needle),
    }
}

/// Where a needle of several bytes is.
#[inline(never)]
fn find_several(text: &[u8], needle: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        return memmem::find(text, needle);
    }
    overlapping(text, needle).next()
}

/// Where a needle of several bytes is found in short text, with overlaps: a scan for one of its bytes beats
/// preparing a searcher. That is the last byte, as the first one of a character that is not in ASCII is
/// that of many others too.
#[inline(always)]
fn overlapping<'a>(text: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let (last, before) = needle.split_last().unwrap_or((&0, &[]));
    let mut from = before.len();
    std::iter::from_fn(move || {
        loop {
            let end = from + memchr::memchr(*last, text.get(from..)?)?;
            from = end + 1;
            let start = end - before.len();
            // Mostly two bytes, for which a comparison of memory is a long way.
            if text
                .get(start..end)
                .is_some_and(|part| part.iter().eq(before))
            {
                return Some(start);
            }
        }
    })
}

/// Where a needle is, from behind.
#[inline]
pub fn find_last(text: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [byte] => memchr::memrchr(*byte, text),
        // A searcher that goes backwards takes long to prepare.
        [first, ..] if text.len() <= SHORT => {
            let most = text.len().checked_sub(needle.len())?;
            let mut starts = text.get(..=most)?;
            loop {
                let at = memchr::memrchr(*first, starts)?;
                if text.get(at..)?.starts_with(needle) {
                    return Some(at);
                }
                starts = starts.get(..at)?;
            }
        }
        _ => memmem::rfind(text, needle),
    }
}

/// Where a needle, which is not empty, is found, without overlaps.
#[inline(always)]
pub fn each<'a>(text: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut places = match needle {
        [byte] => Some(Places::new(text, *byte)),
        _ => None,
    };
    let searcher = || memmem::find_iter(text, needle);
    let mut searcher = (text.len() > SHORT && places.is_none()).then(searcher);
    let mut several = overlapping(text, needle);
    let mut from = 0;
    std::iter::from_fn(move || {
        if let Some(places) = &mut places {
            return places.next();
        }
        if let Some(searcher) = &mut searcher {
            return searcher.next();
        }
        let at = several.find(|at| *at >= from)?;
        from = at + needle.len();
        Some(at)
    })
}

/// How often a needle, which is not empty, is found without overlaps.
pub fn count_bytes(text: &[u8], needle: &[u8]) -> usize {
    match needle {
        [byte] => memchr::memchr_iter(*byte, text).count(),
        _ => each(text, needle).count(),
    }
}

/// The needle that ends first (of several that end there the shortest): where it begins, where it
/// ends.
pub fn find_first_of(text: &[u8], needles: &[Vec<u8>]) -> Option<(usize, usize)> {
    needles
        .iter()
        .filter_map(|needle| {
            let at = find_bytes(text, needle)?;
            Some((at, at + needle.len()))
        })
        .min_by_key(|(at, end)| (*end, std::cmp::Reverse(*at)))
}

/// `text.find(needle, start, end)`: the position, if any.
pub fn find(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (part, offset) = text.search_part(start, end)?;
    let found = find_bytes(part.as_bytes(), needle.as_bytes())?;
    Some(text.position(offset + found))
}

/// `text.rfind(needle, start, end)`: the position, if any.
pub fn rfind(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (part, offset) = text.search_part(start, end)?;
    let found = find_last(part.as_bytes(), needle.as_bytes())?;
    Some(text.position(offset + found))
}

/// What `index` and `rindex` raise where `find` and `rfind` find nothing.
pub fn not_found() -> Fault {
    Fault::value("substring not found")
}

/// `text.count(needle, start, end)`: without overlaps.
pub fn count(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> usize {
    let Some((part, _)) = text.search_part(start, end) else {
        return 0;
    };
    if needle.is_empty() {
        return count_points(part) + 1;
    }
    count_bytes(part.as_bytes(), needle.as_bytes())
}

/// `text.startswith(prefix, start, end)`.
pub fn starts_with(text: Text<'_>, prefix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    text.search_part(start, end)
        .is_some_and(|(part, _)| part.starts_with(prefix))
}

/// `text.endswith(suffix, start, end)`.
pub fn ends_with(text: Text<'_>, suffix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    text.search_part(start, end)
        .is_some_and(|(part, _)| part.ends_with(suffix))
}

/// `text.replace(old, new, count)`; no count, or a negative one, means all.
pub fn replace(text: &str, old: &str, new: &str, limit: Option<i64>) -> String {
    // A negative limit does not convert, and means all just as none does.
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(usize::MAX);
    if old.is_empty() {
        return text.replacen(old, new, limit);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in each(text.as_bytes(), old.as_bytes()).take(limit) {
        out.push_str(&text[done..found]);
        out.push_str(new);
        done = found + old.len();
    }
    out.push_str(&text[done..]);
    out
}

/// `text.removeprefix(prefix)`.
pub fn remove_prefix<'a>(text: &'a str, prefix: &str) -> &'a str {
    text.strip_prefix(prefix).unwrap_or(text)
}

/// `text.removesuffix(suffix)`.
pub fn remove_suffix<'a>(text: &'a str, suffix: &str) -> &'a str {
    text.strip_suffix(suffix).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_counts_code_points() {
        let text = Text::new("é€é€x");
        assert_eq!(find(text, "€", None, None), Some(1));
        assert_eq!(find(text, "€", Some(2), None), Some(3));
        assert_eq!(find(text, "€", Some(2), Some(3)), None);
        assert_eq!(rfind(text, "é", None, None), Some(2));
        assert_eq!(rfind(text, "é", None, Some(-3)), Some(0));
        assert_eq!(find(text, "", Some(5), None), Some(5));
        assert_eq!(find(text, "", Some(6), None), None);
        assert_eq!(rfind(text, "", None, None), Some(5));
        assert_eq!(find(text, "q", None, None), None);
    }

    #[test]
    fn short_and_long_text_are_searched_alike() {
        for text in ["", "a", "aab", "abcabd", &"ab".repeat(200)] {
            for needle in ["", "a", "ab", "abd", "ba", "abab"] {
                let (text, needle) = (text.as_bytes(), needle.as_bytes());
                assert_eq!(find_bytes(text, needle), memmem::find(text, needle));
                assert_eq!(find_last(text, needle), memmem::rfind(text, needle));
            }
        }
    }

    #[test]
    fn count_does_not_overlap() {
        let text = Text::new("aaaa");
        assert_eq!(count(text, "aa", None, None), 2);
        assert_eq!(count(text, "aa", Some(1), None), 1);
        assert_eq!(count(text, "", None, None), 5);
        assert_eq!(count(text, "", Some(4), None), 1);
        assert_eq!(count(text, "", Some(5), None), 0);
    }

    #[test]
    fn prefixes_and_suffixes() {
        let text = Text::new("héllo");
        assert!(starts_with(text, "éll", Some(1), None));
        assert!(!starts_with(text, "éll", Some(1), Some(3)));
        assert!(ends_with(text, "ll", None, Some(-1)));
        assert!(starts_with(text, "", Some(5), None));
        assert!(!starts_with(text, "", Some(6), None));
        assert_eq!(remove_prefix("héllo", "hé"), "llo");
        assert_eq!(remove_suffix("héllo", "x"), "héllo");
    }

    #[test]
    fn replace_takes_a_limit() {
        assert_eq!(replace("aaa", "a", "b", None), "bbb");
        assert_eq!(replace("aaa", "a", "b", Some(2)), "bba");
        assert_eq!(replace("aaa", "a", "b", Some(-1)), "bbb");
        assert_eq!(replace("aaa", "a", "b", Some(0)), "aaa");
        assert_eq!(replace("éa", "", "-", None), "-é-a-");
        assert_eq!(replace("éa", "", "-", Some(2)), "-é-a");
        assert_eq!(replace("", "", "x", None), "x");
    }
}
