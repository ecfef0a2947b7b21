//! The lines of a frame in a traceback, with marks under what failed.
//!
//! As CPython's `traceback.StackSummary.format_frame_summary` does it: an operation with two
//! operands has its operator marked apart (`~~^~~`), a call and a subscript their brackets
//! (`~~~~^^^`), all else is marked as a whole. There are no marks where they would only repeat a
//! statement, and of something that goes over many lines only the first, the last, and the lines
//! around the operator or the brackets are shown.

use aio_syntax::Span;
use aio_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthChar;

/// Places in the marked text: where the operator or the brackets begin and end.
type Anchors = (usize, usize);

/// A place: line, and byte in the line.
type Place = (usize, usize);

/// The lines at a span of a source text, and lines of marks between them, each with its line end
/// and an indentation of four.
pub fn marked_lines(source: &str, span: Span) -> String {
    let Some(part) = Part::new(source, span) else {
        return String::new();
    };
    let text = part.joined();
    let segment = &text[part.start..part.end];
    let anchors = anchors(segment);
    let marks = part.shows_marks(&text, anchors.is_some());
    let anchors = anchors.map(|(left, right)| {
        let from = |at: usize| place(&text, part.start + at);
        (from(left), from(right))
    });
    let mut shown = Vec::new();
    let mut last = None;
    for line in part.significant(anchors) {
        match last.map_or(0, |last| line - last) {
            2 => part.push_line(&mut shown, line - 1, marks, anchors),
            skipped if skipped > 2 => shown.push(format!("...<{} lines>...", skipped - 1)),
            _ => {}
        }
        part.push_line(&mut shown, line, marks, anchors);
        last = Some(line);
    }
    let blank = |line: &String| line.trim().is_empty();
    let indent = indentation(shown.iter().filter(|line| !blank(line)).map(String::as_str));
    let lines = shown.iter().map(|line| match blank(line) {
        true => "    \n".to_owned(),
        false => format!("    {}\n", &line[indent..]),
    });
    lines.collect()
}

/// The lines that a span touches, without the indentation that they share.
struct Part<'a> {
    lines: Vec<&'a str>,
    /// Where the span begins, and where it ends, in the lines joined again.
    start: usize,
    end: usize,
}

impl<'a> Part<'a> {
    /// `None` for a span that is nowhere in the text, and for lines that are blank.
    fn new(source: &'a str, span: Span) -> Option<Part<'a>> {
        let (start, end) = (span.start as usize, span.end as usize);
        let first = source.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let after = source
            .get(end..)?
            .find('\n')
            .map_or(source.len(), |at| end + at);
        let lines = source.get(first..after)?.split('\n').map(str::trim_end);
        let lines: Vec<&str> = lines.collect();
        let filled = lines.iter().filter(|line| !line.is_empty());
        let indent = indentation(filled.copied());
        let dedented = |line: &&'a str| line.get(indent..).unwrap_or("");
        let part = Part {
            lines: lines.iter().map(dedented).collect(),
            start: (start - first).saturating_sub(indent),
            end: 0,
        };
        if part.lines.iter().all(|line| line.is_empty()) {
            return None;
        }
        let last = source.get(..end)?.rfind('\n').map_or(0, |at| at + 1);
        let before_last: usize = part
            .lines
            .iter()
            .rev()
            .skip(1)
            .map(|line| line.len() + 1)
            .sum();
        let end = before_last + (end - last.max(first)).saturating_sub(indent);
        let whole: usize = part.lines.iter().map(|line| line.len() + 1).sum();
        let end = end.min(whole - 1);
        let part = Part { end, ..part };
        (part.start <= part.end && part.joined().get(part.start..part.end).is_some())
            .then_some(part)
    }

    fn joined(&self) -> String {
        self.lines.join("\n")
    }

    /// Whether there are marks: not for a call that is all that is returned or bound to a name, nor
    /// for something else that is all of its lines and has no parts to tell apart.
    fn shows_marks(&self, text: &str, has_anchors: bool) -> bool {
        let parsed = aio_syntax::parse(text);
        if !parsed
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.is_error())
        {
            let Some(statement) = parsed.module.body.first() else {
                return false;
            };
            let all = (self.start, self.end);
            if sole_call(statement).is_some_and(|call| all == range(call)) {
                return false;
            }
        }
        let after = text[self.end..].split('\n').next().unwrap_or_default();
        has_anchors || !text[..self.start].trim_start().is_empty() || !after.trim_end().is_empty()
    }

    /// The lines that are shown.
    fn significant(&self, anchors: Option<(Place, Place)>) -> BTreeSet<usize> {
        let last = self.lines.len() - 1;
        let mut lines = BTreeSet::from([0, last]);
        for (line, _) in anchors.iter().flat_map(|(left, right)| [left, right]) {
            lines.extend(line.saturating_sub(1)..=(line + 1).min(last));
        }
        lines
    }

    /// Appends a line, and its marks.
    fn push_line(
        &self,
        shown: &mut Vec<String>,
        number: usize,
        marks: bool,
        anchors: Option<(Place, Place)>,
    ) {
        let Some(&line) = self.lines.get(number) else {
            return;
        };
        shown.push(line.to_owned());
        if !marks {
            return;
        }
        let (first, last) = (number == 0, number == self.lines.len() - 1);
        let spaces = line.len() - line.trim_start().len();
        let text = self.joined();
        let end = if last {
            place(&text, self.end).1
        } else {
            line.len()
        };
        let mut carets = String::new();
        for (at, char) in line.char_indices().take_while(|(at, _)| *at < end) {
            let mark = if at < spaces || first && at < self.start {
                ' '
            } else {
                match anchors {
                    Some((left, right)) if (number, at) < left || (number, at) >= right => '~',
                    Some(_) | None => '^',
                }
            };
            let width = char.width().unwrap_or(1).max(1);
            carets.extend(std::iter::repeat_n(mark, width));
        }
        shown.push(carets);
    }
}

/// How many bytes of white space all lines begin with.
fn indentation<'a>(mut lines: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = lines.next() else { return 0 };
    let mut shared = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    for line in lines {
        let same = shared.bytes().zip(line.bytes()).take_while(|(a, b)| a == b);
        shared = &shared[..same.count()];
    }
    shared.len()
}

/// The line of a byte, and which of the line it is.
fn place(text: &str, at: usize) -> Place {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count(), at - line_start)
}

fn range(expr: &Expr) -> (usize, usize) {
    (expr.span.start as usize, expr.span.end as usize)
}

/// The call that is all of `return name(…)` or `name = …(…)`.
fn sole_call(statement: &Stmt) -> Option<&Expr> {
    match &statement.kind {
        StmtKind::Return { value: Some(value) } => match &value.kind {
            ExprKind::Call { func, .. } if matches!(func.kind, ExprKind::Name { .. }) => {
                Some(value)
            }
            _ => None,
        },
        StmtKind::Assign { targets, value } => match (&targets[..], &value.kind) {
            ([target], ExprKind::Call { .. }) if matches!(target.kind, ExprKind::Name { .. }) => {
                Some(value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Where the operator or the brackets of an expression are.
fn anchors(segment: &str) -> Option<Anchors> {
    // In parentheses, line ends in it do not count.
    const BEFORE: usize = 2;
    let parsed = aio_syntax::parse_expression(&format!("(\n{segment}\n)"));
    let expr = parsed.expression?;
    let inner = |at: u32| (at as usize).checked_sub(BEFORE);
    match &expr.kind {
        ExprKind::BinOp { left, right, .. } => {
            let is_operator = |char: char| !char.is_whitespace() && char != ')';
            let at = find(segment, inner(left.span.end)?, is_operator)?;
            let bytes = segment.as_bytes();
            let is_long = at + 1 < inner(right.span.start)?
                && bytes.get(at + 1).is_some_and(|byte| {
                    !byte.is_ascii_whitespace() && !matches!(byte, b'\\' | b'#')
                });
            Some((at, at + 1 + usize::from(is_long)))
        }
        ExprKind::Subscript { value, .. } => {
            let at = find(segment, inner(value.span.end)?, |char| char == '[')?;
            Some((at, inner(expr.span.end)?))
        }
        ExprKind::Call { func, .. } => {
            let at = find(segment, inner(func.span.end)?, |char| char == '(')?;
            Some((at, inner(expr.span.end)?))
        }
        _ => None,
    }
}

/// The first character of a kind from a place on; the rest of a line behind `\` and `#` does not
/// count.
fn find(text: &str, from: usize, is_wanted: impl Fn(char) -> bool) -> Option<usize> {
    let mut skips = false;
    let found = text.get(from..)?.char_indices().find(|(_, char)| {
        skips = (skips || matches!(char, '\\' | '#')) && *char != '\n';
        !skips && is_wanted(*char)
    });
    Some(from + found?.0)
}

#[cfg(test)]
mod tests {
    use super::marked_lines;
    use aio_syntax::Span;

    fn marked(source: &str, part: &str) -> String {
        let start = source.find(part).expect("the part is in the text");
        let span = Span::new(start as u32, (start + part.len()) as u32);
        marked_lines(source, span)
    }

    #[test]
    fn the_operator_and_brackets_are_marked_apart() {
        assert_eq!(
            marked("x = a // b", "a // b"),
            "    x = a // b\n        ~~^^~~\n"
        );
        assert_eq!(
            marked("  y = d[k] + 1\n", "d[k]"),
            "    y = d[k] + 1\n        ~^^^\n"
        );
        assert_eq!(marked("f(1)\n", "f(1)"), "    f(1)\n    ~^^^\n");
        assert_eq!(
            marked("x = a.b + 1", "a.b"),
            "    x = a.b + 1\n        ^^^\n"
        );
    }

    #[test]
    fn what_is_all_of_a_statement_is_not_marked() {
        assert_eq!(marked("    return f(1)\n", "f(1)"), "    return f(1)\n");
        assert_eq!(marked("x = f(1)\n", "f(1)"), "    x = f(1)\n");
        assert_eq!(
            marked("  raise error\n", "raise error"),
            "    raise error\n"
        );
    }

    #[test]
    fn lines_in_between_are_left_out() {
        let call = "f(\n    1,\n    2,\n    3,\n    4,\n    5,\n)";
        assert_eq!(
            marked(&format!("x = g + {call}\n"), call),
            "    x = g + f(\n            ~^\n        1,\n        ^^\n    ...<3 lines>...\n        5,\n        ^^\n    )\n    ^\n"
        );
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(
            marked("x = '日本' + 1", "'日本' + 1"),
            "    x = '日本' + 1\n        ~~~~~~~^~~\n"
        );
    }
}
