//! Cutting long lines to a window around what is underlined.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::TAB_WIDTH;

const ELLIPSIS: char = '…';

/// A text in which the long lines in question are cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The text; it has as many lines as the original.
    pub(super) text: String,
    /// The spans, moved with the text.
    pub(super) spans: Vec<Range<usize>>,
    /// Line and column, from 1, of the first span before and after the cut.
    place: (usize, usize, usize),
}

impl View {
    /// Puts the true column into the header, where the drawing has the column
    /// within the cut line.
    pub(super) fn restore_column(&self, drawn: &str, name: &str) -> String {
        let (line, original, cut) = self.place;
        drawn.replacen(
            &format!("{name}:{line}:{cut}"),
            &format!("{name}:{line}:{original}"),
            1,
        )
    }
}

/// How many columns a character takes (a tab at most).
fn columns(char: char) -> usize {
    match char {
        '\t' => TAB_WIDTH,
        char => char.width().unwrap_or(0),
    }
}

/// Cuts the lines that spans touch to so many columns, or returns `None` if all of them are short.
pub(super) fn clip(text: &str, spans: &[Range<usize>], width: usize) -> Option<View> {
    let mut cuts: Vec<Cut> = spans
        .iter()
        .flat_map(|span| {
            let last = span.end.saturating_sub(1).max(span.start);
            [
                Cut::new(text, span.start, width),
                Cut::new(text, last, width),
            ]
        })
        .flatten()
        .collect();
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_by_key(|cut| cut.line.start);
    // The first span decides which part of a line is shown.
    cuts.dedup_by_key(|cut| cut.line.start);
    let mut clipped = String::new();
    let mut done = 0;
    for cut in &cuts {
        clipped.push_str(text.get(done..cut.line.start)?);
        clipped.push_str(&cut.shown(text));
        done = cut.line.end;
    }
    clipped.push_str(text.get(done..)?);
    let moved = |offset| moved(offset, &cuts, text);
    let spans: Vec<Range<usize>> = spans
        .iter()
        .map(|span| moved(span.start)..moved(span.end).max(moved(span.start) + 1))
        .map(|span| span.start..span.end.min(clipped.len()))
        .collect();
    let place = place(text, &clipped, spans.first()?.start, &cuts)?;
    Some(View {
        text: clipped,
        spans,
        place,
    })
}

/// A line and the window of it that stays, both as bytes of the original.
#[derive(Debug)]
struct Cut {
    line: Range<usize>,
    window: Range<usize>,
}

impl Cut {
    /// The cut of the line around `offset`, if it takes more than `width` columns: a third of
    /// them is for what stands before.
    fn new(text: &str, offset: usize, width: usize) -> Option<Cut> {
        let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text
            .get(offset..)?
            .find('\n')
            .map_or(text.len(), |at| offset + at);
        let line = text.get(start..end)?.trim_end_matches('\r');
        let end = start + line.len();
        fitting(line.char_indices(), width)?;
        let before = text.get(start..offset)?;
        let from = match fitting(before.char_indices().rev(), width / 3) {
            Some(at) => start + at + before.get(at..)?.chars().next()?.len_utf8(),
            None => start,
        };
        let shown = text.get(from..end)?;
        let to = fitting(shown.char_indices(), width).map_or(end, |at| from + at);
        Some(Cut {
            line: start..end,
            window: from..to,
        })
    }

    fn cuts_front(&self) -> bool {
        self.window.start > self.line.start
    }

    fn shown(&self, text: &str) -> String {
        let mut shown = String::new();
        if self.cuts_front() {
            shown.push(ELLIPSIS);
        }
        shown.push_str(text.get(self.window.clone()).unwrap_or_default());
        if self.window.end < self.line.end {
            shown.push(ELLIPSIS);
        }
        shown
    }

    /// Where the window begins within the shown line.
    fn lead(&self) -> usize {
        if self.cuts_front() {
            ELLIPSIS.len_utf8()
        } else {
            0
        }
    }
}

/// Where the first character is that does not fit into so many columns any more.
fn fitting(chars: impl Iterator<Item = (usize, char)>, width: usize) -> Option<usize> {
    let mut room = width;
    for (at, char) in chars {
        room = match room.checked_sub(columns(char)) {
            Some(rest) => rest,
            None => return Some(at),
        };
    }
    None
}

/// Where a byte of the original is in the clipped text; what was cut away moves
/// to the nearer end of the window.
fn moved(offset: usize, cuts: &[Cut], text: &str) -> usize {
    let mut shrunk = 0;
    for cut in cuts {
        if offset < cut.line.start {
            break;
        }
        if offset <= cut.line.end {
            let inside = offset.clamp(cut.window.start, cut.window.end);
            return cut.line.start - shrunk + cut.lead() + inside - cut.window.start;
        }
        shrunk += cut.line.len() - cut.shown(text).len();
    }
    offset - shrunk
}

/// Line, true column and column after the cut of the first span.
fn place(
    text: &str,
    clipped: &str,
    shown_at: usize,
    cuts: &[Cut],
) -> Option<(usize, usize, usize)> {
    let before = clipped.get(..shown_at)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.get(line_start..)?.chars().count();
    let original_start = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum::<usize>();
    let hidden = cuts
        .iter()
        .find(|cut| cut.line.start == original_start)
        .filter(|cut| cut.cuts_front())
        .and_then(|cut| text.get(cut.line.start..cut.window.start))
        .map_or(0, |hidden| hidden.chars().count() - 1);
    Some((line, column + hidden, column))
}
