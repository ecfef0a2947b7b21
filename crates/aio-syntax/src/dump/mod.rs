//! Tokens and trees as text, for people and for tests.
//!
//! One line per node: the field it is in, its kind, its simple fields, its place in
//! bytes; its children below it, indented. A field that is a list has one line per
//! element.

mod expressions;
mod statements;

use std::fmt::Write;

use crate::ast::{Expr, Module};
use crate::lexer::Tokens;
use crate::span::Span;

/// The tokens of `source`, one per line: place, kind, text.
#[must_use]
pub fn dump_tokens(source: &str, tokens: &Tokens) -> String {
    let mut out = String::new();
    for (tok, span) in tokens.kinds.iter().zip(&tokens.spans) {
        let text = quoted(span.text(source));
        let place = format!("{}..{}", span.start, span.end);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{place:<10} {:<15} {text}", format!("{tok:?}"));
    }
    out
}

/// A tree, one node per line.
#[must_use]
pub fn dump_ast(module: &Module) -> String {
    let mut dumper = Dumper::new();
    dumper.line("Module");
    dumper.depth += 1;
    dumper.statements("body", &module.body);
    dumper.out
}

/// The tree of an expression, one node per line.
#[must_use]
pub fn dump_expression(expr: &Expr) -> String {
    let mut dumper = Dumper::new();
    dumper.expression("", expr);
    dumper.out
}

/// The text so far and how deep the next node is.
struct Dumper {
    out: String,
    depth: usize,
}

impl Dumper {
    fn new() -> Self {
        Self {
            out: String::new(),
            depth: 0,
        }
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A node in `field` (or in none), and its children by `children`.
    fn node(&mut self, field: &str, what: &str, span: Span, children: impl FnOnce(&mut Self)) {
        let place = format!("{}..{}", span.start, span.end);
        self.inner(field, &format!("{what} {place}"), children);
    }

    /// The same for what has no place.
    fn inner(&mut self, field: &str, what: &str, children: impl FnOnce(&mut Self)) {
        let line = if field.is_empty() {
            what.to_owned()
        } else {
            format!("{field}: {what}")
        };
        self.line(&line);
        self.depth += 1;
        children(self);
        self.depth -= 1;
    }
}

/// `text` in double quotes with escapes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
