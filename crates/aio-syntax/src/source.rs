//! Bytes to text: encodings of source files.
//!
//! A source is UTF-8 unless a comment in its first two lines declares another
//! encoding. Latin-1 and ASCII are known too; the rest is refused.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;

/// The text of a source file; `name` is what CPython's messages call the file. A
/// byte-order mark stays in the text, where the lexer skips it.
///
/// # Errors
///
/// If the bytes are not text in the declared encoding. The place in the diagnostic
/// counts bytes.
pub fn decode_source<'b>(bytes: &'b [u8], name: &str) -> Result<Cow<'b, str>, Box<Diagnostic>> {
    let refuse =
        |message: String| Box::new(Diagnostic::error(code::ENCODING, message, Span::at(0)));
    let has_mark = bytes.starts_with(b"\xef\xbb\xbf");
    let Some(declared) = declared_encoding(bytes) else {
        return std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| not_utf8(bytes, error.valid_up_to(), name));
    };
    let normalized = declared.to_ascii_lowercase().replace('_', "-");
    match normalized.as_str() {
        "utf-8" | "utf8" | "utf-8-sig" | "u8" => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| undecodable(bytes, error.valid_up_to())),
        _ if has_mark => Err(refuse(format!("encoding problem: {declared} with BOM"))),
        "latin-1" | "iso-8859-1" | "iso-latin-1" | "latin1" | "l1" => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        "ascii" | "us-ascii" => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(String::from_utf8_lossy(bytes)),
            Some(at) => Err(refuse(format!(
                "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                bytes.get(at).copied().unwrap_or(0)
            ))),
        },
        _ => Err(Box::new(
            Diagnostic::error(
                code::UNSUPPORTED,
                format!("unsupported: source encoding '{declared}'"),
                Span::at(0),
            )
            .with_help("save the file as UTF-8"),
        )),
    }
}

/// The encoding that a comment in the first two lines declares.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| *byte == b'\n').take(2);
    let first = lines.next()?;
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    if let Some(found) = encoding_in_comment(first) {
        return Some(found);
    }
    let is_blank = first
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c' | b'\r'))
        .is_none_or(|byte| *byte == b'#');
    if is_blank {
        encoding_in_comment(lines.next()?)
    } else {
        None
    }
}

/// What follows `coding:` or `coding=` in a line that is a comment.
fn encoding_in_comment(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let comment = text
        .trim_start_matches([' ', '\t', '\x0c'])
        .strip_prefix('#')?;
    let mut rest = comment;
    while let Some(at) = rest.find("coding") {
        rest = rest.get(at + "coding".len()..)?;
        if let Some(value) = rest.strip_prefix([':', '=']) {
            let name: String = value
                .trim_start_matches([' ', '\t'])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .collect();
            return (!name.is_empty()).then_some(name);
        }
    }
    None
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or(bytes);
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn byte_span(at: usize) -> Span {
    let start = u32::try_from(at).unwrap_or(u32::MAX - 1);
    Span::new(start, start + 1)
}

fn not_utf8(bytes: &[u8], at: usize, name: &str) -> Box<Diagnostic> {
    let byte = bytes.get(at).copied().unwrap_or(0);
    let line = line_at(bytes, at);
    let message = format!(
        "Non-UTF-8 code starting with '\\x{byte:02x}' in file {name} on line {line}, but no \
         encoding declared; see https://peps.python.org/pep-0263/ for details"
    );
    Box::new(
        Diagnostic::error(code::ENCODING, message, byte_span(at))
            .with_help("save the file as UTF-8"),
    )
}

fn undecodable(bytes: &[u8], at: usize) -> Box<Diagnostic> {
    let byte = bytes.get(at).copied().unwrap_or(0);
    let message = format!(
        "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
    );
    Box::new(
        Diagnostic::error(code::ENCODING, message, byte_span(at))
            .with_help("save the file as UTF-8"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(decode_source("é".as_bytes(), "f").as_deref(), Ok("é"));
        assert_eq!(
            decode_source(b"# -*- coding: latin-1 -*-\n\xe9", "f").as_deref(),
            Ok("# -*- coding: latin-1 -*-\né")
        );
        assert_eq!(
            decode_source(b"#!/bin/sh\n# vim: set fileencoding=utf-8 :\n", "f").map(|_| ()),
            Ok(())
        );
        let error = decode_source(b"\nx = \xff", "f.py").expect_err("not UTF-8");
        assert_eq!(
            error.message,
            "Non-UTF-8 code starting with '\\xff' in file f.py on line 2, but no encoding \
             declared; see https://peps.python.org/pep-0263/ for details"
        );
        let error = decode_source(b"# coding: koi8-r\n", "f.py").expect_err("unknown");
        assert!(error.message.contains("unsupported"));
    }
}
