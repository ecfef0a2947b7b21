//! String and bytes literals: where they end.
//!
//! What their escapes mean is decided when the tree is built
//! ([`crate::literal`]); here a backslash only hides the character behind it.

use super::{Lexer, layout, offset};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

impl Lexer<'_> {
    /// Goes on behind the opening quote of a string, which is `span`'s last byte.
    pub(super) fn string(&mut self, span: Span) {
        let quote = self.opening_quote(span);
        let end = if quote.is_triple {
            self.triple_quoted_end(quote)
        } else {
            self.single_quoted_end(quote)
        };
        match end {
            Some(end) => {
                self.logos.bump((end - self.position()) as usize);
                self.push(Tok::Str, Span::new(span.start, end));
            }
            None => self.unterminated_string(span, quote),
        }
    }

    /// Which quote `span` ends in, and whether two more follow (those are skipped).
    pub(super) fn opening_quote(&mut self, span: Span) -> Quote {
        let bytes = self.source.as_bytes();
        let byte = bytes.get(span.end as usize - 1).copied().unwrap_or(b'"');
        let end = span.end as usize;
        let is_triple = bytes.get(end) == Some(&byte) && bytes.get(end + 1) == Some(&byte);
        if is_triple {
            self.logos.bump(2);
        }
        Quote { byte, is_triple }
    }

    fn single_quoted_end(&self, quote: Quote) -> Option<u32> {
        let bytes = self.source.as_bytes();
        let mut at = self.position() as usize;
        loop {
            match *bytes.get(at)? {
                byte if byte == quote.byte => return Some(offset(at + 1)),
                b'\\' => at += escape_length(bytes, at),
                b'\n' | b'\r' => return None,
                _ => at += 1,
            }
        }
    }

    fn triple_quoted_end(&self, quote: Quote) -> Option<u32> {
        let bytes = self.source.as_bytes();
        let mut at = self.position() as usize;
        loop {
            match *bytes.get(at)? {
                byte if byte == quote.byte && quote.ends_at(bytes, at) => {
                    return Some(offset(at + 3));
                }
                b'\\' => at += escape_length(bytes, at),
                _ => at += 1,
            }
        }
    }

    fn unterminated_string(&mut self, span: Span, quote: Quote) {
        if self.fstrings.last().is_some_and(|open| open.quote == quote) {
            // `f'{x'`: this quote was meant to close the f-string.
            self.missing_brace(span, "f-string: expecting '}'");
            return;
        }
        let bytes = self.source.as_bytes();
        let end = if quote.is_triple {
            bytes.len()
        } else {
            self.unterminated_line_end(span.end as usize)
        };
        self.logos.bump(end - self.position() as usize);
        let whole = Span::new(span.start, offset(end));
        let message = unterminated("string", quote, self.last_line(whole.end));
        let diagnostic = Diagnostic::error(code::UNTERMINATED_STRING, message, whole);
        let diagnostic = if !quote.is_triple && has_hidden_quote(whole.text(self.source), quote) {
            Diagnostic {
                message: format!("{}; perhaps you escaped the end quote?", diagnostic.message),
                ..diagnostic
            }
        } else {
            diagnostic.with_help(format!("close it with {}", quote.text()))
        };
        self.report(diagnostic);
        self.push(Tok::Str, whole);
    }

    /// The line on which a string ends that ends at `end`: a line end at the end of
    /// the text starts no line.
    pub(super) fn last_line(&self, end: u32) -> usize {
        let is_text_end = end as usize == self.source.len();
        let trailing = usize::from(is_text_end && self.source.ends_with('\n'));
        self.line_of(end - offset(trailing))
    }

    /// Where the line ends in which a string without an end ends: a backslash at
    /// the end of a line goes on to the next.
    fn unterminated_line_end(&self, from: usize) -> usize {
        let bytes = self.source.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at = (at + escape_length(bytes, at)).min(bytes.len()),
                b'\n' | b'\r' => break,
                _ => at += 1,
            }
        }
        at.max(layout::line_end(bytes, from)).min(bytes.len())
    }
}

/// How a string is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) byte: u8,
    pub(super) is_triple: bool,
}

impl Quote {
    /// Whether the closing quotes stand at `at`.
    pub(super) fn ends_at(self, bytes: &[u8], at: usize) -> bool {
        let here = |index: usize| bytes.get(at + index) == Some(&self.byte);
        here(0) && (!self.is_triple || (here(1) && here(2)))
    }

    /// The length of the closing quotes.
    pub(super) const fn len(self) -> u32 {
        if self.is_triple { 3 } else { 1 }
    }

    fn text(self) -> String {
        let one = char::from(self.byte).to_string();
        if self.is_triple { one.repeat(3) } else { one }
    }
}

/// The message for a string without an end.
pub(super) fn unterminated(what: &str, quote: Quote, line: usize) -> String {
    let triple = if quote.is_triple {
        "triple-quoted "
    } else {
        ""
    };
    format!("unterminated {triple}{what} literal (detected at line {line})")
}

/// The length of a backslash and the character (or line end) it hides.
pub(super) fn escape_length(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at + 1), bytes.get(at + 2)) {
        (Some(b'\r'), Some(b'\n')) => 3,
        _ => 2,
    }
}

/// Whether a backslash hides a quote that could have been the end.
fn has_hidden_quote(text: &str, quote: Quote) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' {
            if bytes.get(at + 1) == Some(&quote.byte) {
                return true;
            }
            at += 1;
        }
        at += 1;
    }
    false
}
