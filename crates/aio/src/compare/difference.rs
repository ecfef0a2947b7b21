//! Showing where two outputs part.

use std::fmt::Write as _;

use super::child::Outcome;

/// Lines shown before the first difference, and from there on of each side.
const BEFORE: usize = 3;
const AFTER: usize = 8;

/// What differs, for a person; empty if nothing does.
pub(crate) fn describe(ours: &Outcome, theirs: &Outcome) -> String {
    let mut text = String::new();
    if ours.stdout != theirs.stdout {
        describe_output(&mut text, &ours.stdout, &theirs.stdout);
    }
    let (our_end, their_end) = (end(ours), end(theirs));
    if our_end != their_end {
        let _ = writeln!(text, "  end:     {their_end} (CPython), {our_end} (aio)");
    }
    let (our_line, their_line) = (ours.last_error_line(), theirs.last_error_line());
    if our_line != their_line {
        let _ = writeln!(text, "  stderr, last line:");
        let _ = writeln!(text, "  - {their_line}");
        let _ = writeln!(text, "  + {our_line}");
    }
    text
}

fn end(outcome: &Outcome) -> String {
    match (outcome.timed_out, outcome.code, outcome.signal) {
        (true, _, _) => "no end in time".to_owned(),
        (false, Some(code), _) => format!("exit {code}"),
        (false, None, Some(signal)) => format!("signal {signal}"),
        (false, None, None) => "unknown".to_owned(),
    }
}

fn describe_output(text: &mut String, ours: &[u8], theirs: &[u8]) {
    let (ours, theirs) = (
        String::from_utf8_lossy(ours),
        String::from_utf8_lossy(theirs),
    );
    let our_lines: Vec<&str> = ours.split_inclusive('\n').collect();
    let their_lines: Vec<&str> = theirs.split_inclusive('\n').collect();
    let first = our_lines
        .iter()
        .zip(&their_lines)
        .take_while(|(our_line, their_line)| our_line == their_line)
        .count();
    let _ = writeln!(
        text,
        "  stdout, from line {} (- CPython, + aio):",
        first + 1
    );
    let shown = |lines: &[&str], from: usize, count: usize, mark: char| {
        let mut out = String::new();
        for line in lines.iter().skip(from).take(count) {
            let line = line.strip_suffix('\n').unwrap_or(line);
            let _ = writeln!(out, "  {mark} {line}");
        }
        if lines.len() > from + count && mark != ' ' {
            let more = lines.len() - from - count;
            let _ = writeln!(out, "  {mark} ... {more} more");
        }
        out
    };
    let from = first.saturating_sub(BEFORE);
    text.push_str(&shown(&our_lines, from, first - from, ' '));
    text.push_str(&shown(&their_lines, first, AFTER, '-'));
    text.push_str(&shown(&our_lines, first, AFTER, '+'));
}
