//! Docstrings in the one style: double quotes, nothing around the text, the lines indented as the
//! block is.
//!
//! This is the one thing that the formatter changes about what a program means (`__doc__` has other
//! spaces), as black and ruff do. It is done before everything else, so that the rest can be held
//! against a program that has its docstrings already.

use aio_syntax::ast::{Module, Stmt, StmtKind};
use aio_syntax::token::Tok;

use crate::blocks::blocks;
use crate::strings::{self, Place};

/// What a tab advances to a multiple of.
const TAB: usize = 8;

/// The program with its docstrings in the one style.
pub(crate) fn normalized(source: &str, module: &Module) -> String {
    let mut found = Vec::new();
    first_text(&module.body, 0, &mut found);
    inside(&module.body, 0, &mut found);
    found.sort_unstable();
    let tokens = aio_syntax::tokenize(source).tokens;
    let mut texts = tokens
        .kinds
        .iter()
        .zip(&tokens.spans)
        .filter(|(kind, _)| **kind == Tok::Str)
        .map(|(_, span)| (span.start as usize, span.end as usize))
        .peekable();
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for (start, end, depth) in found {
        while texts.next_if(|text| text.0 < start).is_some() {}
        // Several strings side by side, or one in parentheses, are left alone.
        if texts.peek() != Some(&(start, end)) || is_kept(source, start, end) {
            continue;
        }
        let (Some(gap), Some(text)) = (source.get(done..start), source.get(start..end)) else {
            continue;
        };
        out.push_str(gap);
        out.push_str(&docstring(text, 4 * depth));
        done = end;
    }
    out.push_str(source.get(done..).unwrap_or_default());
    out
}

/// The span and the depth of the text that begins a body.
fn first_text(body: &[Stmt], depth: usize, found: &mut Vec<(usize, usize, usize)>) {
    if let Some(first) = body.first()
        && let StmtKind::Expr { value } = &first.kind
        && value.span.start == first.span.start
    {
        let (start, end) = (value.span.start as usize, value.span.end as usize);
        found.push((start, end, depth));
    }
}

/// Looks for definitions in a body, at any depth.
fn inside(body: &[Stmt], depth: usize, found: &mut Vec<(usize, usize, usize)>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::FunctionDef(node) => first_text(&node.body, depth + 1, found),
            StmtKind::ClassDef(node) => first_text(&node.body, depth + 1, found),
            _ => {}
        }
        // The cases of a match are one level deeper than it.
        let is_match = matches!(stmt.kind, StmtKind::Match(_));
        let deeper = depth + 1 + usize::from(is_match);
        for block in blocks(stmt) {
            inside(block, deeper, found);
        }
    }
}

/// Whether it was asked to leave a text as it is.
fn is_kept(source: &str, start: usize, end: usize) -> bool {
    let rest = source.get(end..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    if line.contains("fmt: skip") {
        return true;
    }
    let before = source.get(..start).unwrap_or_default();
    let said = before
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| matches!(*line, "# fmt: off" | "# fmt: on"));
    said == Some("# fmt: off")
}

/// A docstring whose block is indented by so many spaces.
fn docstring(text: &str, indent: usize) -> String {
    let plain = strings::written(text, Place::Outside);
    let Some(at) = plain.find(['"', '\'']) else {
        return plain;
    };
    let (prefix, rest) = plain.split_at(at);
    if prefix.contains(['b', 'f']) {
        return plain;
    }
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let Some(quotes) = quotes.into_iter().find(|quotes| rest.starts_with(quotes)) else {
        return plain;
    };
    let inner = rest
        .strip_prefix(quotes)
        .and_then(|rest| rest.strip_suffix(quotes));
    let Some(inner) = inner else {
        return plain;
    };
    let quotes = if quotes == "'''" && !inner.contains("\"\"\"") {
        "\"\"\""
    } else {
        quotes
    };
    let body = body(inner, quotes, indent);
    format!("{prefix}{quotes}{body}{quotes}")
}

/// What stands between the quotes.
fn body(inner: &str, quotes: &str, indent: usize) -> String {
    if inner.contains('\n') && !has_free_newline(inner) {
        return inner.to_owned();
    }
    let mut lines = inner.split('\n');
    let first = lines.next().unwrap_or_default().trim();
    let rest: Vec<&str> = lines.collect();
    let mut text = String::new();
    let quote = quotes.get(..1).unwrap_or_default();
    if first.starts_with(quote) {
        text.push(' ');
    }
    text.push_str(first);
    if rest.iter().any(|line| !line.trim().is_empty()) {
        push_lines(&mut text, &rest, indent);
    } else if first.is_empty() && !inner.is_empty() {
        return " ".to_owned();
    }
    if needs_space(&text, quote) {
        text.push(' ');
    }
    text
}

/// The lines behind the first one, moved to the indentation of the block.
fn push_lines(text: &mut String, rest: &[&str], indent: usize) {
    let is_text = |line: &&&str| !line.trim().is_empty();
    let least = rest.iter().filter(is_text).map(|line| indentation(line));
    let least = least.min().unwrap_or_default();
    for (at, line) in rest.iter().enumerate() {
        text.push('\n');
        if line.trim().is_empty() {
            if at + 1 == rest.len() {
                text.push_str(&" ".repeat(indent));
            }
            continue;
        }
        text.push_str(&" ".repeat(indent + indentation(line) - least));
        text.push_str(line.trim());
    }
}

/// Whether a line ends in it that is not joined to the next one by a backslash.
fn has_free_newline(inner: &str) -> bool {
    let mut is_escaped = false;
    inner.chars().any(|char| {
        let is_free = char == '\n' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_free
    })
}

/// Whether the closing quotes would become part of the text.
fn needs_space(text: &str, quote: &str) -> bool {
    let backslashes = |text: &str| text.len() - text.trim_end_matches('\\').len();
    match text.strip_suffix(quote) {
        Some(before) => backslashes(before) % 2 == 0,
        None => backslashes(text) % 2 == 1,
    }
}

fn indentation(line: &str) -> usize {
    let spaces = line.chars().take_while(|char| char.is_whitespace());
    spaces.fold(0, |column, char| match char {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_are_as_ruff_has_them() {
        let rows = [
            ("\"\"\"Text.\n    \"\"\"", "\"\"\"Text.\"\"\""),
            ("\"\"\" Text. \"\"\"", "\"\"\"Text.\"\"\""),
            ("' text '", "\"text\""),
            ("\"\"\"   \"\"\"", "\"\"\" \"\"\""),
            ("\"\"\"\"\"\"", "\"\"\"\"\"\""),
            ("\"\"\"\"a\" b\"\"\"", "\"\"\" \"a\" b\"\"\""),
            ("'''it's \"x\" '''", "\"\"\"it's \"x\" \"\"\""),
            ("'''a \"\"\"x\"\"\" b'''", "'''a \"\"\"x\"\"\" b'''"),
            ("\"\"\"a \\\n  b  \"\"\"", "\"\"\"a \\\n  b  \"\"\""),
            (
                "\"\"\"a\n\n\tb\n      c\n  \"\"\"",
                "\"\"\"a\n\n      b\n    c\n    \"\"\"",
            ),
            ("r'''\\d  '''", "r\"\"\"\\d\"\"\""),
            ("\"\"\"a\\\\ \"\"\"", "\"\"\"a\\\\\"\"\""),
            ("b' a '", "b\" a \""),
        ];
        for (text, expected) in rows {
            assert_eq!(docstring(text, 4), expected);
        }
    }
}
