//! Numbers: logos finds their extent generously, here they are checked.
//!
//! The generous patterns keep a wrong literal in one token, so that one mistake
//! gives one message.

use super::{Lexer, offset};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// Keywords that may follow a number without a space, with a warning.
const GLUED_KEYWORDS: [&str; 8] = ["and", "else", "for", "if", "in", "is", "not", "or"];

impl Lexer<'_> {
    pub(super) fn number(&mut self, tok: Tok, span: Span) {
        let text = span.text(self.source);
        let is_plain =
            tok == Tok::Int && (text.len() == 1 || (!text.starts_with('0') && !text.contains('_')));
        let ends_well = self
            .source
            .as_bytes()
            .get(span.end as usize)
            .is_none_or(|byte| !is_name_byte(*byte));
        if !(is_plain && ends_well) {
            self.check_number(tok, span, text);
        }
        self.push(tok, span);
    }

    fn check_number(&mut self, tok: Tok, span: Span, text: &str) {
        let kind = literal_kind(tok, text);
        let rest = self.logos.remainder();
        let next = rest.chars().next();
        if let Some(digit) = next
            && digit.is_ascii_digit()
            && matches!(kind, "octal" | "binary")
        {
            let message = format!("invalid digit '{digit}' in {kind} literal");
            self.wrong_number(span, message);
        } else if has_misplaced_underscore(text) {
            self.wrong_number(span, format!("invalid {kind} literal"));
        } else if has_leading_zero(tok, text) {
            let message = "leading zeros in decimal integer literals are not permitted; \
                           use an 0o prefix for octal integers";
            self.wrong_number(span, message.to_owned());
        } else if rest.bytes().next().is_some_and(is_name_byte) {
            let glued = GLUED_KEYWORDS.iter().any(|word| {
                let behind = rest.strip_prefix(word);
                behind.is_some_and(|text| !text.bytes().next().is_some_and(is_name_byte))
            });
            if glued {
                self.report(Diagnostic::warning(
                    code::NUMBER_WARNING,
                    format!("invalid {kind} literal"),
                    span,
                ));
            } else if let Some(c) = next
                && !c.is_ascii()
                && !unicode_ident::is_xid_continue(c)
            {
                // `1“`: the character itself will be reported.
            } else {
                self.wrong_number(span, format!("invalid {kind} literal"));
            }
        }
    }

    /// Reports a number and swallows what is glued to it.
    fn wrong_number(&mut self, span: Span, message: String) {
        let rest = self.logos.remainder();
        let glued = rest.bytes().take_while(|byte| is_name_byte(*byte)).count();
        self.logos.bump(glued);
        let whole = Span::new(span.start, span.end + offset(glued));
        self.report(Diagnostic::error(code::NUMBER, message, whole));
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The word for the literal in CPython's messages.
fn literal_kind(tok: Tok, text: &str) -> &'static str {
    match (tok, text.as_bytes().get(1)) {
        (Tok::Imaginary, _) => "imaginary",
        (Tok::Int, Some(b'x' | b'X')) => "hexadecimal",
        (Tok::Int, Some(b'o' | b'O')) => "octal",
        (Tok::Int, Some(b'b' | b'B')) => "binary",
        _ => "decimal",
    }
}

/// Whether an underscore does not stand between two digits (or between the base
/// and a digit), or no digit follows the base.
fn has_misplaced_underscore(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = matches!(bytes.get(1), Some(b'x' | b'X'));
    let is_based = is_hex || matches!(bytes.get(1), Some(b'o' | b'O' | b'b' | b'B'));
    if is_based && bytes.len() == 2 {
        return true;
    }
    let is_digit = |byte: Option<&u8>| {
        byte.is_some_and(|b| b.is_ascii_digit() || (is_hex && b.is_ascii_hexdigit()))
    };
    bytes.iter().enumerate().any(|(index, byte)| {
        let after_base = is_based && index == 2;
        *byte == b'_'
            && !(is_digit(bytes.get(index + 1))
                && (after_base || is_digit(index.checked_sub(1).and_then(|i| bytes.get(i)))))
    })
}

fn has_leading_zero(tok: Tok, text: &str) -> bool {
    tok == Tok::Int
        && text.starts_with('0')
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && text.bytes().any(|b| matches!(b, b'1'..=b'9'))
}
