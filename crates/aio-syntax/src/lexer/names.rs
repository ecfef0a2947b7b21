//! Identifiers beyond ASCII, and characters that are nothing at all.

use super::{Lexer, offset};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

impl Lexer<'_> {
    pub(super) fn name(&mut self, span: Span) {
        let text = span.text(self.source);
        if !text.is_ascii() {
            self.check_name(text, span);
        }
        self.push(Tok::Name, span);
    }

    /// Reports the first character that cannot be part of an identifier.
    fn check_name(&mut self, text: &str, span: Span) {
        let bad = text.char_indices().find(|(index, c)| {
            let fits = if *index == 0 {
                *c == '_' || unicode_ident::is_xid_start(*c)
            } else {
                unicode_ident::is_xid_continue(*c)
            };
            !fits
        });
        if let Some((index, c)) = bad {
            let start = span.start + offset(index);
            self.report_character(c, Span::new(start, start + offset(c.len_utf8())));
        }
    }

    /// Something that logos does not know, or a `!` alone.
    pub(super) fn bad_character(&mut self) {
        let span = self.span();
        let text = span.text(self.source);
        match text.chars().next() {
            Some('\\') => {
                let after = self.source.len() as u64 > u64::from(span.end);
                let message = if after {
                    "unexpected character after line continuation character"
                } else {
                    "unexpected EOF while parsing"
                };
                self.report(Diagnostic::error(code::CHARACTER, message, span));
            }
            Some(c) if !c.is_ascii() || c.is_ascii_control() => self.report_character(c, span),
            // The parser says "invalid syntax" to `$`, `?`, `!` and a backtick.
            Some(_) | None => {}
        }
        self.push(Tok::Error, span);
    }

    fn report_character(&mut self, c: char, span: Span) {
        let number = format!("U+{:04X}", c as u32);
        let diagnostic = if is_printable(c) {
            let diagnostic = Diagnostic::error(
                code::CHARACTER,
                format!("invalid character '{c}' ({number})"),
                span,
            );
            match plain_spelling(c) {
                Some(plain) => diagnostic.with_help(format!("write {plain} instead")),
                None => diagnostic,
            }
        } else {
            Diagnostic::error(
                code::CHARACTER,
                format!("invalid non-printable character {number}"),
                span,
            )
            .with_help("delete it and type a plain space if one is needed")
        };
        self.report(diagnostic);
    }
}

/// Whether Python's `str.isprintable` holds, as far as it matters for a message.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e000}'..='\u{f8ff}'
        ))
}

/// What somebody who pasted `c` from a text processor meant.
fn plain_spelling(c: char) -> Option<&'static str> {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' | '\u{b4}' => Some("a plain quote (')"),
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => {
            Some("a plain double quote (\")")
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some("a plain minus (-)"),
        '\u{d7}' | '\u{2217}' => Some("a star (*)"),
        '\u{f7}' => Some("a slash (/)"),
        '\u{2264}' => Some("<="),
        '\u{2265}' => Some(">="),
        '\u{2260}' => Some("!="),
        '\u{ff08}' => Some("("),
        '\u{ff09}' => Some(")"),
        '\u{ff0c}' => Some("a plain comma (,)"),
        '\u{ff1a}' => Some("a plain colon (:)"),
        '\u{ff1b}' => Some("a plain semicolon (;)"),
        '\u{ff1d}' => Some("="),
        _ => None,
    }
}
