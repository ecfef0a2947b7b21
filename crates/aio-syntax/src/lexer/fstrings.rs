//! F-strings: text, replacement fields, format specs, all of it nested.
//!
//! An f-string becomes `FStringStart`, pieces of text (`FStringMiddle`), fields,
//! and `FStringEnd`. A field is `{`, the tokens of an expression, possibly `=`,
//! `!` and a name, `:` and the pieces of a format spec, `}`.
//!
//! The two modes alternate without a stack of their own: the text of a piece is
//! scanned by hand up to `{`, `}` or the closing quotes; inside a field logos goes
//! on. A field is a bracket like any other with a mark. If the innermost open
//! bracket has the mark, `:` starts a format spec (so `:=` is two tokens there) and
//! `}` returns to the text; if a marked bracket is still open then, the text is
//! that bracket's format spec.

use logos::Logos;

use super::brackets::Bracket;
use super::strings::{Quote, escape_length, unterminated};
use super::{Lexer, offset};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// More f-strings than this inside each other are refused, as in CPython.
const MAX_FSTRINGS: usize = 150;
/// More fields than this inside the format specs of each other are refused, as in
/// CPython.
const MAX_FIELDS: usize = 3;

/// An f-string whose end is not reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenFString {
    pub(super) quote: Quote,
    /// How many brackets were open before it.
    pub(super) base: usize,
    is_raw: bool,
    start: Span,
}

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// Between the quotes.
    Literal,
    /// Behind the colon of a field.
    Spec,
}

impl Lexer<'_> {
    pub(super) fn fstring(&mut self, span: Span) {
        if self.fstrings.len() >= MAX_FSTRINGS {
            self.report(Diagnostic::error(
                code::TOO_DEEP,
                "too many nested f-strings",
                span,
            ));
            self.give_up();
            return;
        }
        let is_raw = span.text(self.source).contains(['r', 'R']);
        let quote = self.opening_quote(span);
        let start = Span::new(span.start, self.position());
        self.push(Tok::FStringStart, start);
        self.fstrings.push(OpenFString {
            quote,
            base: self.brackets.len(),
            is_raw,
            start,
        });
        self.fstring_text(Text::Literal);
    }

    /// Whether the innermost open bracket is that of a field.
    pub(super) fn is_directly_in_field(&self) -> bool {
        self.brackets.last().is_some_and(|bracket| bracket.is_field)
    }

    /// A colon directly in a field: `span` is `:` or `:=`.
    pub(super) fn format_spec(&mut self, span: Span) {
        let colon = Span::new(span.start, span.start + 1);
        if span.len() > 1 {
            self.logos = Tok::lexer(self.source);
            self.logos.bump(colon.end as usize);
        }
        self.push(Tok::Colon, colon);
        self.fstring_text(Text::Spec);
    }

    /// Goes on with text behind the `}` of a field.
    pub(super) fn continue_fstring(&mut self) {
        let base = self.fstrings.last().map_or(0, |open| open.base);
        if self.brackets.len() > base {
            self.fstring_text(Text::Spec);
        } else {
            self.fstring_text(Text::Literal);
        }
    }

    /// Reads text up to the next field or the end of the f-string or of the spec.
    fn fstring_text(&mut self, kind: Text) {
        let Some(open) = self.fstrings.last().copied() else {
            return;
        };
        let bytes = self.source.as_bytes();
        let start = self.position() as usize;
        let mut at = start;
        loop {
            let next = bytes.get(at + 1).copied();
            match bytes.get(at).copied() {
                None => return self.unterminated_fstring(open, start, at),
                Some(byte) if byte == open.quote.byte && open.quote.ends_at(bytes, at) => {
                    self.text_piece(start, at);
                    return self.end_fstring(open, kind);
                }
                Some(b'\n' | b'\r') if !open.quote.is_triple => {
                    if kind == Text::Literal {
                        return self.unterminated_fstring(open, start, at);
                    }
                    return self.text_piece(start, at);
                }
                Some(b'{') if kind == Text::Literal && next == Some(b'{') => at += 2,
                Some(b'{') => {
                    self.text_piece(start, at);
                    return self.open_field(open);
                }
                Some(b'}') if kind == Text::Spec => return self.text_piece(start, at),
                Some(b'}') if next == Some(b'}') => at += 2,
                Some(b'}') => {
                    self.lone_brace(at);
                    at += 1;
                }
                Some(b'\\') => at += escape_in_text(bytes, at, open.is_raw),
                Some(_) => at += 1,
            }
        }
    }

    /// Emits the text from `start` to `at` if there is any.
    fn text_piece(&mut self, start: usize, at: usize) {
        self.logos.bump(at - start);
        if at > start {
            self.push(Tok::FStringMiddle, Span::new(offset(start), offset(at)));
        }
    }

    fn open_field(&mut self, open: OpenFString) {
        self.logos.bump(1);
        let end = self.position();
        let span = Span::new(end - 1, end);
        if self.brackets.len() + 1 >= 200 {
            self.too_many_brackets(span);
            return;
        }
        let fields = self.brackets.iter().skip(open.base);
        if fields.filter(|bracket| bracket.is_field).count() >= MAX_FIELDS {
            self.report(Diagnostic::error(
                code::FSTRING,
                "f-string: expressions nested too deeply",
                span,
            ));
        }
        self.brackets.push(Bracket {
            tok: Tok::LBrace,
            span,
            is_field: true,
        });
        self.push(Tok::LBrace, span);
    }

    /// The closing quotes are next.
    fn end_fstring(&mut self, open: OpenFString, kind: Text) {
        let start = self.position();
        let span = Span::new(start, start + open.quote.len());
        self.logos.bump(open.quote.len() as usize);
        if kind == Text::Spec {
            self.missing_brace(span, "f-string: expecting '}', or format specs");
        } else {
            self.push(Tok::FStringEnd, span);
            self.fstrings.pop();
        }
    }

    /// The f-string ends at the quotes `span` inside a field.
    pub(super) fn missing_brace(&mut self, span: Span, message: &str) {
        let Some(open) = self.fstrings.pop() else {
            return;
        };
        let mut diagnostic = Diagnostic::error(code::FSTRING, message, span);
        let opened: Vec<_> = self.brackets.drain(open.base..).collect();
        if let Some(bracket) = opened.last() {
            diagnostic = diagnostic.and_label(bracket.span, "opened here");
        }
        for closer in opened
            .iter()
            .rev()
            .filter_map(|bracket| bracket.tok.partner())
        {
            self.push(closer, Span::at(span.start));
        }
        self.report(diagnostic);
        self.push(Tok::FStringEnd, span);
    }

    fn lone_brace(&mut self, at: usize) {
        let span = Span::new(offset(at), offset(at + 1));
        self.report(
            Diagnostic::error(code::FSTRING, "f-string: single '}' is not allowed", span)
                .with_help("write }} for a brace in the text"),
        );
    }

    fn unterminated_fstring(&mut self, open: OpenFString, start: usize, at: usize) {
        let at = at.min(self.source.len());
        self.text_piece(start, at);
        let end = offset(at);
        let message = unterminated("f-string", open.quote, self.last_line(end));
        self.report(Diagnostic::error(
            code::UNTERMINATED_STRING,
            message,
            Span::new(open.start.start, end),
        ));
        self.fstrings.pop();
        let opened: Vec<_> = self.brackets.drain(open.base..).collect();
        for closer in opened
            .iter()
            .rev()
            .filter_map(|bracket| bracket.tok.partner())
        {
            self.push(closer, Span::at(end));
        }
        self.push(Tok::FStringEnd, Span::at(end));
    }
}

/// The length of an escape in the text of an f-string. A brace is never hidden by
/// a backslash; the braces of `\N{...}` are no field.
fn escape_in_text(bytes: &[u8], at: usize, is_raw: bool) -> usize {
    match bytes.get(at + 1) {
        Some(b'{' | b'}') => 1,
        Some(b'N') if !is_raw && bytes.get(at + 2) == Some(&b'{') => {
            let rest = bytes.get(at..).unwrap_or(&[]);
            let name = rest
                .iter()
                .position(|byte| matches!(byte, b'}' | b'\n' | b'\'' | b'"'));
            match name {
                Some(length) if rest.get(length) == Some(&b'}') => length + 1,
                Some(length) => length,
                None => 2,
            }
        }
        _ => escape_length(bytes, at),
    }
}
