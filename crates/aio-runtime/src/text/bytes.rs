//! What `bytes` and `bytearray` do with bytes: searching, cutting, padding, case, hexadecimal text.
//!
//! Positions are byte offsets. White space and letters are those of ASCII.

use memchr::memmem;

use crate::num::{Fault, float_text::MAX_TEXT, slice::search_range};

use super::pad::left_of_center;
use super::search::{count_bytes, each, find_bytes, find_last};
use super::split::{Ends, between, cuts};
use super::words::{Words, byte_spaces};

/// ASCII white space as C knows it, the vertical tab included.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// The part that the `start` and `end` of a search name, and its offset; none if the start lies beyond the end.
fn search_part(bytes: &[u8], start: Option<i64>, end: Option<i64>) -> Option<(&[u8], usize)> {
    let (start, end) = search_range(start, end, bytes.len());
    Some((bytes.get(start..end)?, start))
}

/// `bytes.find(needle, start, end)`: the offset, if any.
pub fn find(bytes: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (part, offset) = search_part(bytes, start, end)?;
    Some(offset + find_bytes(part, needle)?)
}

/// `bytes.rfind(needle, start, end)`: the offset, if any.
pub fn rfind(bytes: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (part, offset) = search_part(bytes, start, end)?;
    Some(offset + find_last(part, needle)?)
}

/// What `index` and `rindex` raise where `find` and `rfind` find nothing.
pub fn not_found() -> Fault {
    Fault::value("subsection not found")
}

/// `bytes.count(needle, start, end)`: without overlaps.
pub fn count(bytes: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> usize {
    match search_part(bytes, start, end) {
        None => 0,
        Some((part, _)) if needle.is_empty() => part.len() + 1,
        Some((part, _)) => count_bytes(part, needle),
    }
}

/// `bytes.startswith(prefix, start, end)`.
pub fn starts_with(bytes: &[u8], prefix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    search_part(bytes, start, end).is_some_and(|(part, _)| part.starts_with(prefix))
}

/// `bytes.endswith(suffix, start, end)`.
pub fn ends_with(bytes: &[u8], suffix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    search_part(bytes, start, end).is_some_and(|(part, _)| part.ends_with(suffix))
}

/// `bytes.replace(old, new, count)`; no count, or a negative one, means all.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
pub fn replace(bytes: &[u8], old: &[u8], new: &[u8], limit: Option<i64>) -> Vec<u8> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    if old.is_empty() {
        // Around every byte.
        for (count, &byte) in bytes.iter().enumerate() {
            if count < limit {
                out.extend_from_slice(new);
            }
            out.push(byte);
        }
        if bytes.len() < limit {
            out.extend_from_slice(new);
        }
        return out;
    }
    for found in each(bytes, old).take(limit) {
        out.extend_from_slice(&bytes[done..found]);
        out.extend_from_slice(new);
        done = found + old.len();
    }
    out.extend_from_slice(&bytes[done..]);
    out
}

fn check_separator(separator: &[u8]) -> Result<(), Fault> {
    if separator.is_empty() {
        return Err(Fault::value("empty separator"));
    }
    Ok(())
}

fn trim_start(bytes: &[u8], goes: impl Fn(u8) -> bool) -> &[u8] {
    let kept = bytes.iter().position(|&byte| !goes(byte));
    bytes.split_at(kept.unwrap_or(bytes.len())).1
}

fn trim_end(bytes: &[u8], goes: impl Fn(u8) -> bool) -> &[u8] {
    let kept = bytes.iter().rposition(|&byte| !goes(byte));
    bytes.split_at(kept.map_or(0, |last| last + 1)).0
}

/// `bytes.strip(set)`, `lstrip` and `rstrip`; without a set it is white space that goes.
pub fn strip<'a>(bytes: &'a [u8], set: Option<&[u8]>, ends: Ends) -> &'a [u8] {
    let goes = |byte: u8| set.map_or_else(|| is_space(byte), |set| set.contains(&byte));
    let bytes = match ends {
        Ends::Both | Ends::Left => trim_start(bytes, goes),
        Ends::Right => bytes,
    };
    match ends {
        Ends::Both | Ends::Right => trim_end(bytes, goes),
        Ends::Left => bytes,
    }
}

/// `bytes.split(None, limit)`; `piece` is told of the pieces.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
#[inline(always)]
pub fn split_whitespace<'a>(bytes: &'a [u8], limit: i64, mut piece: impl FnMut(&'a [u8])) {
    let mut left = cuts(limit);
    for (start, end) in Words::new(bytes, byte_spaces) {
        piece(&bytes[start..if left == 0 { bytes.len() } else { end }]);
        if left == 0 {
            return;
        }
        left -= 1;
    }
}

/// `bytes.rsplit(None, limit)`.
pub fn rsplit_whitespace(bytes: &[u8], limit: i64) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = trim_end(bytes, is_space);
    while !rest.is_empty() {
        if pieces.len() == cuts(limit) {
            pieces.push(rest);
            break;
        }
        let start = rest.iter().rposition(|&byte| is_space(byte));
        let (head, piece) = rest.split_at(start.map_or(0, |last| last + 1));
        pieces.push(piece);
        rest = trim_end(head, is_space);
    }
    pieces.reverse();
    pieces
}

/// `bytes.split(separator, limit)`; `piece` is told of the pieces.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
#[inline(always)]
pub fn split<'a>(
    bytes: &'a [u8],
    separator: &[u8],
    limit: i64,
    mut piece: impl FnMut(&'a [u8]),
) -> Result<(), Fault> {
    check_separator(separator)?;
    between(bytes, separator, limit, |start, end| {
        piece(&bytes[start..end])
    });
    Ok(())
}

/// `bytes.rsplit(separator, limit)`.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
pub fn rsplit<'a>(bytes: &'a [u8], separator: &[u8], limit: i64) -> Result<Vec<&'a [u8]>, Fault> {
    check_separator(separator)?;
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for found in memmem::rfind_iter(bytes, separator).take(cuts(limit)) {
        pieces.push(&rest[found + separator.len()..]);
        rest = &bytes[..found];
    }
    pieces.push(rest);
    pieces.reverse();
    Ok(pieces)
}

/// `bytes.splitlines(keepends)`: only `\n`, `\r` and both together end a line.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
pub fn split_lines(bytes: &[u8], keeps_ends: bool) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
            lines.push(rest);
            break;
        };
        let width = if rest[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        lines.push(&rest[..if keeps_ends { end + width } else { end }]);
        rest = &rest[end + width..];
    }
    lines
}

/// The three parts of a partition.
pub type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// `bytes.partition(separator)`.
pub fn partition<'a>(bytes: &'a [u8], separator: &'a [u8]) -> Result<Parts<'a>, Fault> {
    check_separator(separator)?;
    Ok(match find_bytes(bytes, separator) {
        Some(found) => {
            let (before, rest) = bytes.split_at(found);
            (before, separator, rest.split_at(separator.len()).1)
        }
        None => (bytes, b"", b""),
    })
}

/// `bytes.rpartition(separator)`.
pub fn rpartition<'a>(bytes: &'a [u8], separator: &'a [u8]) -> Result<Parts<'a>, Fault> {
    check_separator(separator)?;
    Ok(match find_last(bytes, separator) {
        Some(found) => {
            let (before, rest) = bytes.split_at(found);
            (before, separator, rest.split_at(separator.len()).1)
        }
        None => (b"", b"", bytes),
    })
}

fn padded(bytes: &[u8], left: usize, right: usize, fill: u8) -> Vec<u8> {
    let mut out = vec![fill; left];
    out.extend_from_slice(bytes);
    out.resize(left + bytes.len() + right, fill);
    out
}

fn margin(len: usize, width: i64) -> Result<usize, Fault> {
    let width = usize::try_from(width).unwrap_or(0);
    if width > MAX_TEXT {
        return Err(Fault::Memory);
    }
    Ok(width.saturating_sub(len))
}

/// `bytes.center(width, fill)`.
pub fn center(bytes: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    let margin = margin(bytes.len(), width)?;
    let left = left_of_center(margin, width);
    Ok(padded(bytes, left, margin - left, fill))
}

/// `bytes.ljust(width, fill)`.
pub fn ljust(bytes: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    Ok(padded(bytes, 0, margin(bytes.len(), width)?, fill))
}

/// `bytes.rjust(width, fill)`.
pub fn rjust(bytes: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    Ok(padded(bytes, margin(bytes.len(), width)?, 0, fill))
}

/// `bytes.zfill(width)`: zeros go behind a sign.
pub fn zfill(bytes: &[u8], width: i64) -> Result<Vec<u8>, Fault> {
    let mut out = padded(bytes, margin(bytes.len(), width)?, 0, b'0');
    let zeros = out.len() - bytes.len();
    if let Some(b'+' | b'-') = bytes.first() {
        out.swap(0, zeros);
    }
    Ok(out)
}

/// `bytes.expandtabs(size)`.
pub fn expand_tabs(bytes: &[u8], size: i64) -> Result<Vec<u8>, Fault> {
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = Vec::with_capacity(bytes.len());
    let mut column = 0usize;
    for &byte in bytes {
        if byte == b'\t' {
            let spaces = if size == 0 { 0 } else { size - column % size };
            if out.len().saturating_add(spaces) > MAX_TEXT {
                return Err(Fault::overflow("result too long"));
            }
            out.resize(out.len() + spaces, b' ');
            column += spaces;
            continue;
        }
        out.push(byte);
        column = if matches!(byte, b'\n' | b'\r') {
            0
        } else {
            column + 1
        };
    }
    Ok(out)
}

/// `bytes.translate(table, delete)`; without a table bytes stay what they are.
pub fn translate(bytes: &[u8], table: Option<&[u8]>, deleted: &[u8]) -> Result<Vec<u8>, Fault> {
    if table.is_some_and(|table| table.len() != 256) {
        return Err(Fault::value(
            "translation table must be 256 characters long",
        ));
    }
    let kept = bytes.iter().filter(|byte| !deleted.contains(byte));
    Ok(match table {
        Some(table) => kept
            .map(|&byte| table.get(usize::from(byte)).copied().unwrap_or(byte))
            .collect(),
        None => kept.copied().collect(),
    })
}

/// `bytes.maketrans(from, to)`.
#[expect(clippy::indexing_slicing, reason = "places that the search found")]
pub fn make_translation(from: &[u8], to: &[u8]) -> Result<Vec<u8>, Fault> {
    if from.len() != to.len() {
        return Err(Fault::value("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&from, &to) in from.iter().zip(to) {
        table[usize::from(from)] = to;
    }
    Ok(table)
}

#[cfg(test)]
mod tests;
