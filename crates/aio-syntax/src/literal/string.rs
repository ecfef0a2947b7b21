//! The characters of string and bytes literals.

use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;

/// The letters before the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Prefix {
    pub(crate) is_bytes: bool,
    pub(crate) is_raw: bool,
}

/// A literal taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'s> {
    pub(crate) prefix: Prefix,
    /// What stands between the quotes.
    pub(crate) text: &'s str,
    /// The offset of `text` in the source.
    pub(crate) start: u32,
}

impl<'s> Body<'s> {
    /// Takes apart the literal at `span`, which may lack its closing quotes.
    pub(crate) fn of_literal(source: &'s str, span: Span) -> Self {
        let literal = span.text(source);
        let bytes = literal.as_bytes();
        let mut prefix = Prefix::default();
        let mut at = 0;
        while let Some(letter) = bytes.get(at)
            && letter.is_ascii_alphabetic()
        {
            prefix.is_bytes |= letter.eq_ignore_ascii_case(&b'b');
            prefix.is_raw |= letter.eq_ignore_ascii_case(&b'r');
            at += 1;
        }
        let quote = literal.get(at..at + 1).unwrap_or("");
        let triple = literal.get(at..at + 3).unwrap_or("");
        let quote = match triple.as_bytes() {
            [a, b, c] if a == b && b == c && literal.len() >= at + 6 => triple,
            _ => quote,
        };
        let inner = literal.get(at + quote.len()..).unwrap_or("");
        Self {
            prefix,
            text: inner.strip_suffix(quote).unwrap_or(inner),
            start: span.start + u32::try_from(at + quote.len()).unwrap_or(0),
        }
    }

    /// A piece of text of an f-string.
    pub(crate) fn of_fstring_piece(source: &'s str, span: Span, is_raw: bool) -> Self {
        Self {
            prefix: Prefix {
                is_bytes: false,
                is_raw,
            },
            text: span.text(source),
            start: span.start,
        }
    }
}

/// Appends the characters of a string literal to `out`. In the text of an f-string
/// (`halves_braces`) a doubled brace is one brace.
pub(crate) fn decode_text(
    body: Body<'_>,
    halves_braces: bool,
    out: &mut String,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let bytes = body.text.as_bytes();
    let is_plain = !bytes.contains(&b'\\')
        && !bytes.contains(&b'\r')
        && !(halves_braces && (bytes.contains(&b'{') || bytes.contains(&b'}')));
    if is_plain {
        out.push_str(body.text);
        return;
    }
    let mut decoder = Decoder {
        body,
        at: 0,
        diagnostics,
    };
    while let Some(c) = decoder.next() {
        match c {
            '\\' if !body.prefix.is_raw => decoder.text_escape(out),
            '\r' => {
                decoder.skip_line_feed();
                out.push('\n');
            }
            '{' | '}' if halves_braces => {
                if decoder.rest().starts_with(c) {
                    decoder.at += 1;
                }
                out.push(c);
            }
            _ => out.push(c),
        }
    }
}

/// Appends the bytes of a bytes literal to `out`.
pub(crate) fn decode_bytes(body: Body<'_>, out: &mut Vec<u8>, diagnostics: &mut Vec<Diagnostic>) {
    let mut decoder = Decoder {
        body,
        at: 0,
        diagnostics,
    };
    while let Some(c) = decoder.next() {
        match c {
            '\\' if !body.prefix.is_raw => decoder.bytes_escape(out),
            '\r' => {
                decoder.skip_line_feed();
                out.push(b'\n');
            }
            _ => match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() => out.push(byte),
                _ => {
                    let length = c.len_utf8();
                    decoder.report(
                        decoder.at - length,
                        "bytes can only contain ASCII literal characters".to_owned(),
                    );
                    return;
                }
            },
        }
    }
}

struct Decoder<'s, 'd> {
    body: Body<'s>,
    /// The next byte of the body's text.
    at: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Decoder<'_, '_> {
    fn rest(&self) -> &str {
        self.body.text.get(self.at..).unwrap_or("")
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_line_feed(&mut self) {
        if self.rest().starts_with('\n') {
            self.at += 1;
        }
    }

    /// The span from offset `from` in the body up to what is read.
    fn span_from(&self, from: usize) -> Span {
        let offset = |at: usize| self.body.start + u32::try_from(at).unwrap_or(0);
        Span::new(offset(from), offset(self.at))
    }

    fn report(&mut self, from: usize, message: String) {
        let span = self.span_from(from);
        self.diagnostics
            .push(Diagnostic::error(code::STRING, message, span));
    }

    /// Goes on behind a backslash in a string.
    fn text_escape(&mut self, out: &mut String) {
        let start = self.at - 1;
        let Some(c) = self.next() else {
            out.push('\\');
            return;
        };
        match c {
            'x' => self.code_point(start, 2, "truncated \\xXX escape", out),
            'u' => self.code_point(start, 4, "truncated \\uXXXX escape", out),
            'U' => self.code_point(start, 8, "truncated \\UXXXXXXXX escape", out),
            'N' => self.named_character(start, out),
            _ => {
                if let Some(value) = self.simple_escape(c, start) {
                    out.extend(value.and_then(char::from_u32));
                } else {
                    out.push('\\');
                    out.push(c);
                }
            }
        }
    }

    /// Goes on behind a backslash in a bytes literal.
    fn bytes_escape(&mut self, out: &mut Vec<u8>) {
        let start = self.at - 1;
        let Some(c) = self.next() else {
            out.push(b'\\');
            return;
        };
        if c == 'x' {
            match self.hex_digits(2) {
                Some(value) => out.push(value as u8),
                None => {
                    let message = format!("(value error) invalid \\x escape at position {start}");
                    self.report(start, message);
                }
            }
        } else if let Some(value) = self.simple_escape(c, start) {
            // As in CPython, an octal escape loses its ninth bit here.
            out.extend(value.map(|value| value as u8));
        } else {
            out.push(b'\\');
            self.at -= c.len_utf8();
        }
    }

    /// The escapes that strings and bytes share: `Some(None)` is nothing (a hidden
    /// line end), `None` is no escape, which is warned of.
    fn simple_escape(&mut self, c: char, start: usize) -> Option<Option<u32>> {
        let value = match c {
            '\n' => return Some(None),
            '\r' => {
                self.skip_line_feed();
                return Some(None);
            }
            '\\' | '\'' | '"' => u32::from(c),
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' => return Some(Some(self.octal(c, start))),
            _ => {
                self.warn(start, format!("invalid escape sequence '\\{c}'"));
                return None;
            }
        };
        Some(Some(value))
    }

    fn octal(&mut self, first: char, start: usize) -> u32 {
        let mut value = first as u32 - '0' as u32;
        for _ in 0..2 {
            match self.rest().bytes().next() {
                Some(digit @ b'0'..=b'7') => {
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                _ => break,
            }
        }
        if value > 0o377 {
            self.warn(
                start,
                format!("invalid octal escape sequence '\\{value:o}'"),
            );
        }
        value
    }

    fn warn(&mut self, start: usize, message: String) {
        let span = self.span_from(start);
        self.diagnostics.push(
            Diagnostic::warning(code::ESCAPE_WARNING, message, span)
                .with_help("double the backslash, or write the string as r\"...\""),
        );
    }

    fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let digits = self
            .rest()
            .bytes()
            .take(count)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let text = self.rest().get(..digits).unwrap_or("");
        let value = u32::from_str_radix(text, 16).unwrap_or(0);
        self.at += digits;
        (digits == count).then_some(value)
    }

    fn code_point(&mut self, start: usize, digits: usize, truncated: &str, out: &mut String) {
        let Some(value) = self.hex_digits(digits) else {
            self.unicode_error(start, truncated);
            return;
        };
        if let Some(c) = char::from_u32(value) {
            out.push(c);
        } else if value > 0x10_FFFF {
            self.unicode_error(start, "illegal Unicode character");
        } else {
            let span = self.span_from(start);
            self.diagnostics.push(
                Diagnostic::error(
                    code::UNSUPPORTED,
                    format!("unsupported: half of a surrogate pair '\\u{value:04x}' in a string"),
                    span,
                )
                .with_help("write the whole character, or its number with \\U"),
            );
        }
    }

    /// `\N{NAME}`.
    fn named_character(&mut self, start: usize, out: &mut String) {
        let name = self.rest().strip_prefix('{').and_then(|rest| {
            let end = rest.find('}')?;
            (end > 0).then(|| rest[..end].to_owned())
        });
        let Some(name) = name else {
            self.unicode_error(start, "malformed \\N character escape");
            return;
        };
        self.at += name.len() + 2;
        match character_named(&name) {
            Some(c) => out.push(c),
            None => self.unicode_error(start, "unknown Unicode character name"),
        }
    }

    fn unicode_error(&mut self, start: usize, reason: &str) {
        // CPython counts in a copy of the literal in which every character beyond
        // ASCII has become `\UXXXXXXXX`.
        let counted = |text: &str| -> usize {
            let chars = text.chars();
            chars.map(|c| if c.is_ascii() { 1 } else { 10 }).sum()
        };
        let first = counted(self.body.text.get(..start).unwrap_or(""));
        let last = first + counted(self.body.text.get(start..self.at).unwrap_or("")) - 1;
        let message = format!(
            "(unicode error) 'unicodeescape' codec can't decode bytes in position {first}-{last}: {reason}"
        );
        self.report(start, message);
    }
}

/// The character called `name`, in any case. The tables ignore spaces and hyphens
/// too, which Python does not.
fn character_named(name: &str) -> Option<char> {
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let c = unicode_names2::character(name)?;
    let Some(full) = unicode_names2::name(c).map(|full| full.to_string()) else {
        return Some(c);
    };
    let loose = |text: &str| text.replace([' ', '-', '_'], "").to_ascii_uppercase();
    let is_alias = loose(&full) != loose(name);
    (is_alias || full.eq_ignore_ascii_case(name)).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(literal: &str) -> (String, Vec<String>) {
        let span = Span::new(0, u32::try_from(literal.len()).expect("short"));
        let mut out = String::new();
        let mut diagnostics = Vec::new();
        decode_text(
            Body::of_literal(literal, span),
            false,
            &mut out,
            &mut diagnostics,
        );
        let messages = diagnostics.into_iter().map(|d| d.message).collect();
        (out, messages)
    }

    #[test]
    fn escapes_of_strings() {
        let (value, messages) = text(
            r#""\a\x41\u00e9\101\N{BULLET}\
\"\\""#,
        );
        assert_eq!(value, "\u{7}A\u{e9}A\u{2022}\"\\");
        assert_eq!(messages, [""; 0]);
        assert_eq!(text("'''a\r\nb'''").0, "a\nb");
        assert_eq!(text(r"r'\n'").0, r"\n");
        assert_eq!(
            text(r"'\N{line feed}\N{Greek Small Letter Alpha}'").0,
            "\nα"
        );
    }

    #[test]
    fn wrong_escapes_of_strings() {
        for (literal, message) in [
            (
                r"'\x1'",
                r"(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \xXX escape",
            ),
            (
                r"'a\Nb'",
                r"(unicode error) 'unicodeescape' codec can't decode bytes in position 1-2: malformed \N character escape",
            ),
            (
                r"'\N{foo}'",
                "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: unknown Unicode character name",
            ),
            (
                r"'\N{-}'",
                "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-4: unknown Unicode character name",
            ),
            (
                r"'\N{GREEK SMALL LETTERALPHA}'",
                "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-26: unknown Unicode character name",
            ),
            (r"'\d'", r"invalid escape sequence '\d'"),
            (
                r"'\ud800'",
                r"unsupported: half of a surrogate pair '\ud800' in a string",
            ),
        ] {
            assert_eq!(text(literal).1, [message], "{literal}");
        }
    }

    #[test]
    fn escapes_of_bytes() {
        let literal = r"b'\x41\n\u'";
        let span = Span::new(0, u32::try_from(literal.len()).expect("short"));
        let mut out = Vec::new();
        let mut diagnostics = Vec::new();
        decode_bytes(Body::of_literal(literal, span), &mut out, &mut diagnostics);
        assert_eq!(out, b"A\n\\u");
        assert_eq!(diagnostics.len(), 1);
    }
}
