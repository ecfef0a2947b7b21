//! Neighboring string literals, which are one.

use std::rc::Rc;

use super::cursor::{index, peek, span_since};
use super::fstring::parse_fstring;
use super::{Answer, In};
use crate::ast::{Constant, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::literal::{Body, decode_bytes, decode_text};
use crate::span::Span;
use crate::token::Tok;

/// One or more literals: strings and f-strings, or bytes.
pub(super) fn parse_strings(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    if peek(inp) == Tok::Str {
        let source = inp.state().source;
        let body = Body::of_literal(source, inp.state().span(start));
        if body.prefix.is_bytes {
            return Ok(bytes(inp));
        }
    }
    let mut parts = Parts::default();
    loop {
        match peek(inp) {
            Tok::Str => literal(inp, &mut parts),
            Tok::FStringStart => parse_fstring(inp, &mut parts)?,
            _ => break,
        }
    }
    let span = span_since(inp, start);
    Ok(parts.finish(span))
}

/// A string literal among strings.
fn literal(inp: &mut In<'_, '_>, parts: &mut Parts) {
    let at = index(inp);
    inp.skip();
    let state = inp.state();
    let span = state.span(at);
    let body = Body::of_literal(state.source, span);
    if body.prefix.is_bytes {
        report_mixed(inp, span);
        return;
    }
    let mut diagnostics = Vec::new();
    parts.start_text(span);
    decode_text(body, false, &mut parts.text, &mut diagnostics);
    if !diagnostics.is_empty() {
        state.report_all(diagnostics);
    }
}

/// Bytes literals, the first of which is next.
fn bytes(inp: &mut In<'_, '_>) -> Expr {
    let start = index(inp);
    let mut value = Vec::new();
    loop {
        let at = index(inp);
        let span = inp.state().span(at);
        match peek(inp) {
            Tok::Str => {
                inp.skip();
                let state = inp.state();
                let body = Body::of_literal(state.source, span);
                if body.prefix.is_bytes {
                    let mut diagnostics = Vec::new();
                    decode_bytes(body, &mut value, &mut diagnostics);
                    state.report_all(diagnostics);
                } else {
                    report_mixed(inp, span);
                }
            }
            Tok::FStringStart => {
                report_mixed(inp, span);
                break;
            }
            _ => break,
        }
    }
    Expr {
        kind: ExprKind::Constant(Constant::Bytes(Rc::from(value))),
        span: span_since(inp, start),
    }
}

fn report_mixed(inp: &mut In<'_, '_>, span: Span) {
    inp.state().report(Diagnostic::error(
        code::STRING,
        "cannot mix bytes and nonbytes literals",
        span,
    ));
}

/// What has been read of neighboring literals.
#[derive(Default)]
pub(super) struct Parts {
    /// Finished parts of an f-string.
    values: Vec<Expr>,
    /// Text that may still grow.
    pub(super) text: String,
    /// Where that text began.
    text_span: Option<Span>,
    /// Whether one of the literals is an f-string.
    pub(super) is_joined: bool,
}

impl Parts {
    /// Nothing yet, of an f-string.
    pub(super) fn of_fstring() -> Self {
        Self {
            is_joined: true,
            ..Self::default()
        }
    }

    /// Says that text from `span` is appended to `text`.
    pub(super) fn start_text(&mut self, span: Span) {
        self.text_span = Some(self.text_span.map_or(span, |begun| begun.to(span)));
    }

    /// Appends a field.
    pub(super) fn push_field(&mut self, field: Expr) {
        self.end_text();
        self.values.push(field);
    }

    fn end_text(&mut self) {
        let span = self.text_span.take();
        if !self.text.is_empty() {
            self.values.push(Expr {
                kind: ExprKind::Constant(Constant::Str(Rc::from(self.text.as_str()))),
                span: span.unwrap_or_default(),
            });
            self.text.clear();
        }
    }

    /// The literal at `span` that was read.
    pub(super) fn finish(mut self, span: Span) -> Expr {
        let kind = if self.is_joined {
            self.end_text();
            ExprKind::JoinedStr {
                values: self.values,
            }
        } else {
            ExprKind::Constant(Constant::Str(Rc::from(self.text)))
        };
        Expr { kind, span }
    }
}
