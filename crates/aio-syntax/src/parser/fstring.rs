//! F-strings: text and replacement fields.

use chumsky::prelude::*;

use super::cursor::{eat, expect, grow, index, peek, span_since};
use super::error::ParseError;
use super::expression::parse_yield_or_star_expressions;
use super::strings::Parts;
use super::{Answer, In, Parse};
use crate::ast::{Conversion, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::literal::{Body, decode_text};
use crate::span::Span;
use crate::token::Tok;

/// One f-string, appended to the literals before it.
pub(super) fn parse_fstring(inp: &mut In<'_, '_>, parts: &mut Parts) -> Answer<()> {
    let start = index(inp);
    expect(inp, Tok::FStringStart)?;
    let is_raw = inp.state().text(start).contains(['r', 'R']);
    parts.is_joined = true;
    loop {
        match peek(inp) {
            Tok::FStringMiddle => text(inp, parts, is_raw),
            Tok::LBrace => parse_field(inp, parts, is_raw)?,
            _ => return expect(inp, Tok::FStringEnd),
        }
    }
}

/// A piece of text, which is next.
fn text(inp: &mut In<'_, '_>, parts: &mut Parts, is_raw: bool) {
    let at = index(inp);
    inp.skip();
    let state = inp.state();
    let span = state.span(at);
    let mut diagnostics = Vec::new();
    parts.start_text(span);
    let body = Body::of_fstring_piece(state.source, span, is_raw);
    decode_text(body, true, &mut parts.text, &mut diagnostics);
    if !diagnostics.is_empty() {
        state.report_all(diagnostics);
    }
}

/// `{value=!r:spec}`.
fn parse_field(inp: &mut In<'_, '_>, parts: &mut Parts, is_raw: bool) -> Answer<()> {
    let start = index(inp);
    expect(inp, Tok::LBrace)?;
    // Left as it is on failure: that is how the message knows of the field.
    let outer = inp.state().field.replace(start);
    check_value_present(inp)?;
    let value = Box::new(parse_yield_or_star_expressions(inp)?);
    let is_debug = eat(inp, Tok::Equal);
    if is_debug {
        debug_text(inp, start, parts);
    }
    let conversion = if peek(inp) == Tok::Exclamation {
        Some(inp.parse(fstring_conversion())?)
    } else {
        None
    };
    let format_spec = if peek(inp) == Tok::Colon {
        Some(Box::new(parse_format_spec(inp, is_raw)?))
    } else {
        None
    };
    expect(inp, Tok::RBrace)?;
    let conversion = match conversion {
        None if is_debug && format_spec.is_none() => Some(Conversion::Repr),
        other => other,
    };
    grow(inp)?;
    inp.state().field = outer;
    let span = span_since(inp, start);
    parts.push_field(Expr {
        kind: ExprKind::FormattedValue {
            value,
            conversion,
            format_spec,
        },
        span,
    });
    Ok(())
}

/// A field needs a value; says so in CPython's words.
fn check_value_present(inp: &mut In<'_, '_>) -> Answer<()> {
    let next = peek(inp);
    if !matches!(
        next,
        Tok::RBrace | Tok::Exclamation | Tok::Colon | Tok::Equal
    ) {
        return Ok(());
    }
    let at = index(inp);
    let state = inp.state();
    let message = format!(
        "f-string: valid expression required before '{}'",
        state.text(at)
    );
    let error = Diagnostic::error(code::FSTRING, message, state.span(at))
        .with_help("write {{ and }} for braces in the text");
    state.report(error);
    Err(ParseError::reported(at))
}

/// `{value=}` shows its own source: everything from the brace to what follows the
/// equals sign, white space included but comments left out, is text.
fn debug_text(inp: &mut In<'_, '_>, brace: usize, parts: &mut Parts) {
    let next = index(inp);
    let state = inp.state();
    let mut end = state.span(brace).end;
    parts.start_text(Span::new(end, state.span(next).start));
    for token in brace + 1..=next {
        let span = state.span(token);
        let mut gap = Span::new(end, span.start).text(state.source);
        while let Some((before, comment)) = gap.split_once('#') {
            push_with_line_feeds(&mut parts.text, before);
            let line_end = comment.find(['\n', '\r']).unwrap_or(comment.len());
            gap = comment.get(line_end..).unwrap_or("");
        }
        push_with_line_feeds(&mut parts.text, gap);
        if token < next {
            push_with_line_feeds(&mut parts.text, span.text(state.source));
        }
        end = span.end;
    }
}

/// Appends `text`, whose line ends become line feeds as everywhere in strings.
fn push_with_line_feeds(out: &mut String, text: &str) {
    if text.contains('\r') {
        out.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        out.push_str(text);
    }
}

/// `!s`, `!r`, `!a`.
pub(super) fn fstring_conversion<'t>() -> impl Parse<'t, Conversion> + Copy {
    custom(parse_conversion)
}

fn parse_conversion(inp: &mut In<'_, '_>) -> Answer<Conversion> {
    expect(inp, Tok::Exclamation)?;
    let at = index(inp);
    let next = peek(inp);
    let state = inp.state();
    let text = state.text(at);
    let is_glued = state.span(at).start == state.span(at - 1).end;
    let message = match (next, text) {
        (Tok::Name, _) if !is_glued => {
            // Spelt as in CPython 3.13.
            "f-string: conversion type must come right after the exclamanation mark".to_owned()
        }
        (Tok::Name, "s") => return Ok(conversion(inp, Conversion::Str)),
        (Tok::Name, "r") => return Ok(conversion(inp, Conversion::Repr)),
        (Tok::Name, "a") => return Ok(conversion(inp, Conversion::Ascii)),
        (Tok::Name, _) => {
            format!("f-string: invalid conversion character '{text}': expected 's', 'r', or 'a'")
        }
        (Tok::Colon | Tok::RBrace, _) => "f-string: missing conversion character".to_owned(),
        _ => "f-string: invalid conversion character".to_owned(),
    };
    state.report(Diagnostic::error(code::FSTRING, message, state.span(at)));
    Err(ParseError::reported(at))
}

fn conversion(inp: &mut In<'_, '_>, conversion: Conversion) -> Conversion {
    inp.skip();
    conversion
}

/// The colon, and text and fields behind it.
fn parse_format_spec(inp: &mut In<'_, '_>, is_raw: bool) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::Colon)?;
    let mut parts = Parts::of_fstring();
    loop {
        match peek(inp) {
            Tok::FStringMiddle => text(inp, &mut parts, is_raw),
            Tok::LBrace => parse_field(inp, &mut parts, is_raw)?,
            _ => break,
        }
    }
    let span = span_since(inp, start);
    Ok(parts.finish(span))
}
