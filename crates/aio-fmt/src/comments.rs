//! What stands between two tokens: comments and line ends.

use aio_syntax::token::Tok;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// From `#` on, with a space behind it where one belongs.
    pub(crate) text: String,
    /// Whether it has a line of its own.
    pub(crate) is_own_line: bool,
    /// Its column.
    pub(crate) column: usize,
    /// How many empty lines stand before it.
    pub(crate) blank_before: usize,
}

/// The comments of a gap, and the number of empty lines behind the last of them.
pub(crate) fn in_gap(source: &str, start: usize, end: usize) -> (Vec<Comment>, usize) {
    let gap = source.get(start..end).unwrap_or("");
    let mut found = Vec::new();
    let mut blank = 0;
    let line_start = source
        .get(..start)
        .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let mut is_own_line = source
        .get(line_start..start)
        .is_some_and(|before| before.trim().is_empty());
    let mut seen_end = is_own_line;
    for line in gap.split_inclusive('\n') {
        let text = line.trim();
        if text.starts_with('#') {
            found.push(Comment {
                text: normalized(text),
                is_own_line,
                column: line.len() - line.trim_start().len(),
                blank_before: blank,
            });
            blank = 0;
            seen_end = true;
        } else if line.ends_with('\n') && text.is_empty() {
            if seen_end {
                blank += 1;
            }
            seen_end = true;
        }
        is_own_line = true;
    }
    (found, blank)
}

/// `#x` becomes `# x`, but for `#!`, `#:` and rows of `#`.
fn normalized(text: &str) -> String {
    let body = text.strip_prefix('#').unwrap_or(text);
    match body.chars().next() {
        None | Some(' ' | '!' | ':' | '#' | '\'') => text.to_owned(),
        Some('\u{a0}') => format!("# {}", body.trim_start_matches('\u{a0}')),
        Some(_) => format!("# {body}"),
    }
}

/// The texts of all comments of a program, in order; joined, as two of them are one where the
/// leaves before them come on one line.
pub(crate) fn all(source: &str) -> String {
    let tokens = aio_syntax::tokenize(source).tokens;
    let mut found = Vec::new();
    let mut end = 0;
    let mut nested = 0_u32;
    for (kind, span) in tokens.kinds.iter().zip(&tokens.spans) {
        let start = span.start as usize;
        if nested == 0 && start > end {
            found.extend(in_gap(source, end, start).0.into_iter().map(|one| one.text));
        }
        match kind {
            Tok::FStringStart => nested += 1,
            Tok::FStringEnd => nested = nested.saturating_sub(1),
            _ => {}
        }
        end = end.max(span.end as usize);
    }
    found.extend(
        in_gap(source, end, source.len())
            .0
            .into_iter()
            .map(|one| one.text),
    );
    found.join("  ")
}
