//! `repr` and `ascii` of `str`, and `repr` of `bytes`: the choice of quotes and the escapes.

use std::fmt::Write as _;

use super::unicode::is_printable;

/// The quote that `repr` takes: single ones, unless the text holds single quotes and no double ones.
fn choose_quote(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

/// Writing to a `String` does not fail, so the results of `write!` carry nothing here.
fn push_escape(out: &mut String, c: char) {
    let code = c as u32;
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

fn push_quoted(out: &mut String, text: &str, shows: fn(char) -> bool) {
    out.reserve(text.len() + 2);
    if text.bytes().all(is_plain) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
        return;
    }
    let quote = choose_quote(text.contains('\''), text.contains('"'));
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ if shows(c) => out.push(c),
            _ => push_escape(out, c),
        }
    }
    out.push(quote);
}

/// Whether a byte is a character that stands for itself between single quotes.
#[inline(always)]
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\'
}

/// Appends `repr(text)`.
pub fn push_repr(out: &mut String, text: &str) {
    push_quoted(out, text, is_printable);
}

/// `repr(text)`.
pub fn repr(text: &str) -> String {
    let mut out = String::new();
    push_repr(&mut out, text);
    out
}

/// `ascii(text)`: as `repr`, with everything beyond ASCII escaped.
pub fn ascii(text: &str) -> String {
    let mut out = String::new();
    push_quoted(&mut out, text, |_| false);
    out
}

/// What `ascii(value)` makes of `repr(value)`: everything beyond ASCII escaped, quotes kept.
pub fn escape_non_ascii(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            push_escape(&mut out, c);
        }
    }
    out
}

/// Appends the part of `repr(bytes)` between and with the quotes, prefixed by `b`.
pub fn push_bytes_repr(out: &mut String, bytes: &[u8]) {
    let quote = choose_quote(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.extend(['b', quote]);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => push_escape(out, char::from(byte)),
        }
    }
    out.push(quote);
}

/// `repr(bytes)`; `repr(bytearray)` is the same within `bytearray(…)`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    push_bytes_repr(&mut out, bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_chosen_as_by_cpython() {
        assert_eq!(repr("a"), "'a'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\""), r#"'\'"'"#);
        assert_eq!(bytes_repr(b"it's"), "b\"it's\"");
        assert_eq!(bytes_repr(b"'\"\x00\xff\n"), r#"b'\'"\x00\xff\n'"#);
    }

    #[test]
    fn unprintable_characters_are_escaped() {
        assert_eq!(repr("\n\r\t\0\x1b\x7f\\"), r"'\n\r\t\x00\x1b\x7f\\'");
        assert_eq!(
            repr("é\u{a0}\u{ad}\u{200b}😀\u{e000}\u{10ffff}"),
            "'é\\xa0\\xad\\u200b😀\\ue000\\U0010ffff'"
        );
        assert_eq!(ascii("é€😀'"), "\"\\xe9\\u20ac\\U0001f600'\"");
        assert_eq!(escape_non_ascii("['é']"), "['\\xe9']");
    }
}
