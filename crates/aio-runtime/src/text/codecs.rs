//! Encodings: from bytes to text and back, with CPython's error handlers.
//!
//! Known are UTF-8 (with and without signature), ASCII, Latin-1, UTF-16 and UTF-32 in both byte orders, under all of
//! CPython's aliases. A lone surrogate cannot be held by our `str`, so `surrogateescape` and `surrogatepass` act as
//! `strict`.

use crate::num::Fault;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `utf-8`
    Utf8,
    /// `utf-8-sig`: begins with a signature.
    Utf8Signed,
    /// `ascii`
    Ascii,
    /// `latin-1`
    Latin1,
    /// `utf-16` and `utf-16-le`/`-be`: without an order, a mark tells it.
    Utf16(Option<ByteOrder>),
    /// `utf-32` and `utf-32-le`/`-be`.
    Utf32(Option<ByteOrder>),
}

/// Which byte of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least.
    Little,
    /// The greatest.
    Big,
}

impl Encoding {
    /// Whether bytes in ASCII stand for the same characters in it.
    pub fn extends_ascii(self) -> bool {
        matches!(
            self,
            Self::Utf8 | Self::Utf8Signed | Self::Ascii | Self::Latin1
        )
    }

    /// Finds an encoding by any of its names.
    pub fn from_name(name: &str) -> Result<Self, Fault> {
        // As they are most often written.
        match name {
            "utf-8" | "utf8" | "UTF-8" => return Ok(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" => return Ok(Self::Latin1),
            "ascii" => return Ok(Self::Ascii),
            _ => {}
        }
        let mut plain = String::with_capacity(name.len());
        for c in name.chars() {
            if c.is_ascii_alphanumeric() || c == '.' {
                plain.push(c.to_ascii_lowercase());
            } else if !plain.is_empty() && !plain.ends_with('_') {
                plain.push('_');
            }
        }
        Ok(match plain.trim_end_matches('_') {
            "utf_8" | "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => Self::Utf8,
            "utf_8_sig" | "utf8_sig" => Self::Utf8Signed,
            "ascii" | "646" | "us_ascii" | "us" | "ansi_x3.4_1968" | "ansi_x3_4_1968"
            | "ansi_x3.4_1986" | "cp367" | "csascii" | "ibm367" | "iso646_us"
            | "iso_646.irv_1991" | "iso_ir_6" => Self::Ascii,
            "latin_1" | "latin1" | "latin" | "l1" | "8859" | "cp819" | "csisolatin1" | "ibm819"
            | "iso8859" | "iso8859_1" | "iso_8859_1" | "iso_8859_1_1987" | "iso_ir_100" => {
                Self::Latin1
            }
            "utf_16" | "utf16" | "u16" => Self::Utf16(None),
            "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => {
                Self::Utf16(Some(ByteOrder::Little))
            }
            "utf_16_be" | "utf_16be" | "unicodebigunmarked" => Self::Utf16(Some(ByteOrder::Big)),
            "utf_32" | "utf32" | "u32" => Self::Utf32(None),
            "utf_32_le" | "utf_32le" => Self::Utf32(Some(ByteOrder::Little)),
            "utf_32_be" | "utf_32be" => Self::Utf32(Some(ByteOrder::Big)),
            _ => return Err(Fault::Lookup(format!("unknown encoding: {name}"))),
        })
    }

    /// The name that errors show.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Signed => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::Utf16(None | Some(ByteOrder::Little)) => "utf-16-le",
            Self::Utf16(Some(ByteOrder::Big)) => "utf-16-be",
            Self::Utf32(None | Some(ByteOrder::Little)) => "utf-32-le",
            Self::Utf32(Some(ByteOrder::Big)) => "utf-32-be",
        }
    }
}

/// Why a codec failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecFault {
    /// `UnicodeDecodeError`; its object is the input.
    Decode(CodecError),
    /// `UnicodeEncodeError`; its object is the input, its positions are code points.
    Encode(CodecError),
    /// Another exception.
    Other(Fault),
}

impl From<Fault> for CodecFault {
    fn from(fault: Fault) -> Self {
        Self::Other(fault)
    }
}

/// The fields of a `UnicodeDecodeError` or `UnicodeEncodeError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// The name of the encoding.
    pub encoding: &'static str,
    /// Where the bad part begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What is bad about it.
    pub reason: &'static str,
}

/// `str(error)` of a `UnicodeDecodeError`.
pub fn decode_error_text(
    encoding: &str,
    object: &[u8],
    start: usize,
    end: usize,
    reason: &str,
) -> String {
    match object.get(start) {
        Some(byte) if end == start + 1 => format!(
            "'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"
        ),
        _ => format!(
            "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
            end as i64 - 1
        ),
    }
}

/// `str(error)` of a `UnicodeEncodeError`.
pub fn encode_error_text(
    encoding: &str,
    object: &str,
    start: usize,
    end: usize,
    reason: &str,
) -> String {
    match object.chars().nth(start) {
        Some(c) if end == start + 1 => format!(
            "'{encoding}' codec can't encode character '{}' in position {start}: {reason}",
            escape(c)
        ),
        _ => format!(
            "'{encoding}' codec can't encode characters in position {start}-{}: {reason}",
            end as i64 - 1
        ),
    }
}

/// A character as `backslashreplace` writes it.
fn escape(c: char) -> String {
    match c as u32 {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// Gathers decoded text, and deals with bad parts as the handler says.
struct Decoder<'a> {
    out: String,
    input: &'a [u8],
    encoding: Encoding,
    errors: &'a str,
}

impl Decoder<'_> {
    #[expect(clippy::indexing_slicing, reason = "places that the decoder found")]
    fn bad(&mut self, start: usize, end: usize, reason: &'static str) -> Result<(), CodecFault> {
        match self.errors {
            "strict" | "surrogateescape" | "surrogatepass" => Err(CodecFault::Decode(CodecError {
                encoding: self.encoding.name(),
                start,
                end,
                reason,
            })),
            "ignore" => Ok(()),
            "replace" => {
                self.out.push('\u{fffd}');
                Ok(())
            }
            "backslashreplace" => {
                let bytes = &self.input[start..end];
                self.out
                    .extend(bytes.iter().map(|&byte| format!("\\x{byte:02x}")));
                Ok(())
            }
            "xmlcharrefreplace" | "namereplace" => Err(CodecFault::Other(Fault::type_error(
                "don't know how to handle UnicodeDecodeError in error callback",
            ))),
            other => Err(unknown_handler(other)),
        }
    }

    #[expect(clippy::indexing_slicing, reason = "places that the decoder found")]
    fn utf8(&mut self) -> Result<(), CodecFault> {
        let mut offset = 0;
        loop {
            let rest = &self.input[offset..];
            let error = match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.out.push_str(text);
                    return Ok(());
                }
                Err(error) => error,
            };
            let start = offset + error.valid_up_to();
            let good = std::str::from_utf8(&self.input[offset..start]);
            self.out.push_str(good.expect("valid up to here"));
            let is_start_byte = matches!(self.input[start], 0xc2..=0xf4);
            let (end, reason) = match error.error_len() {
                None => (self.input.len(), "unexpected end of data"),
                Some(len) if is_start_byte => (start + len, "invalid continuation byte"),
                Some(len) => (start + len, "invalid start byte"),
            };
            self.bad(start, end, reason)?;
            offset = end;
        }
    }

    fn ascii(&mut self) -> Result<(), CodecFault> {
        for (offset, &byte) in self.input.iter().enumerate() {
            if byte.is_ascii() {
                self.out.push(char::from(byte));
            } else {
                self.bad(offset, offset + 1, "ordinal not in range(128)")?;
            }
        }
        Ok(())
    }

    fn utf16(&mut self, order: ByteOrder, from: usize) -> Result<(), CodecFault> {
        let unit_at = |input: &[u8], offset: usize| match input.get(offset..offset + 2) {
            Some(&[a, b]) => Some(match order {
                ByteOrder::Little => u16::from_le_bytes([a, b]),
                ByteOrder::Big => u16::from_be_bytes([a, b]),
            }),
            _ => None,
        };
        let mut offset = from;
        while offset < self.input.len() {
            let Some(unit) = unit_at(self.input, offset) else {
                return self.bad(offset, self.input.len(), "truncated data");
            };
            let second = unit_at(self.input, offset + 2);
            match (unit, second) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    self.out.extend(char::decode_utf16([unit, low]).flatten());
                    offset += 4;
                    continue;
                }
                (0xd800..=0xdbff, Some(_)) => {
                    self.bad(offset, offset + 2, "illegal UTF-16 surrogate")?
                }
                (0xd800..=0xdbff, None) => {
                    return self.bad(offset, self.input.len(), "unexpected end of data");
                }
                (0xdc00..=0xdfff, _) => self.bad(offset, offset + 2, "illegal encoding")?,
                _ => self.out.extend(char::from_u32(u32::from(unit))),
            }
            offset += 2;
        }
        Ok(())
    }

    fn utf32(&mut self, order: ByteOrder, from: usize) -> Result<(), CodecFault> {
        let mut offset = from;
        while offset < self.input.len() {
            let Some(&[a, b, c, d]) = self.input.get(offset..offset + 4) else {
                return self.bad(offset, self.input.len(), "truncated data");
            };
            let code = match order {
                ByteOrder::Little => u32::from_le_bytes([a, b, c, d]),
                ByteOrder::Big => u32::from_be_bytes([a, b, c, d]),
            };
            match char::from_u32(code) {
                Some(c) => self.out.push(c),
                None => {
                    let reason = if code < 0x11_0000 {
                        "code point in surrogate code point range(0xd800, 0xe000)"
                    } else {
                        "code point not in range(0x110000)"
                    };
                    self.bad(offset, offset + 4, reason)?;
                }
            }
            offset += 4;
        }
        Ok(())
    }
}

fn unknown_handler(name: &str) -> CodecFault {
    CodecFault::Other(Fault::Lookup(format!(
        "unknown error handler name '{name}'"
    )))
}

/// `bytes.decode(encoding, errors)`.
pub fn decode(input: &[u8], encoding: Encoding, errors: &str) -> Result<String, CodecFault> {
    if input.is_ascii()
        && encoding.extends_ascii()
        && let Ok(text) = std::str::from_utf8(input)
    {
        return Ok(text.to_owned());
    }
    let mut decoder = Decoder {
        out: String::new(),
        input,
        encoding,
        errors,
    };
    match encoding {
        Encoding::Utf8 => decoder.utf8()?,
        Encoding::Utf8Signed => {
            decoder.input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
            decoder.utf8()?;
        }
        Encoding::Ascii => decoder.ascii()?,
        Encoding::Latin1 => decoder
            .out
            .extend(input.iter().map(|&byte| char::from(byte))),
        Encoding::Utf16(Some(order)) => decoder.utf16(order, 0)?,
        Encoding::Utf16(None) => {
            let (order, from) = match input {
                [0xff, 0xfe, ..] => (ByteOrder::Little, 2),
                [0xfe, 0xff, ..] => (ByteOrder::Big, 2),
                _ => (ByteOrder::Little, 0),
            };
            decoder.encoding = Encoding::Utf16(Some(order));
            decoder.utf16(order, from)?;
        }
        Encoding::Utf32(Some(order)) => decoder.utf32(order, 0)?,
        Encoding::Utf32(None) => {
            let (order, from) = match input {
                [0xff, 0xfe, 0, 0, ..] => (ByteOrder::Little, 4),
                [0, 0, 0xfe, 0xff, ..] => (ByteOrder::Big, 4),
                _ => (ByteOrder::Little, 0),
            };
            decoder.encoding = Encoding::Utf32(Some(order));
            decoder.utf32(order, from)?;
        }
    }
    Ok(decoder.out)
}

/// `text.encode(encoding, errors)`.
pub fn encode(text: &str, encoding: Encoding, errors: &str) -> Result<Vec<u8>, CodecFault> {
    Ok(match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Signed => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Ascii => encode_narrow(text, encoding, 0x80, errors)?,
        Encoding::Latin1 => encode_narrow(text, encoding, 0x100, errors)?,
        Encoding::Utf16(order) => {
            let mark = order.is_none().then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            match order {
                Some(ByteOrder::Big) => units.flat_map(u16::to_be_bytes).collect(),
                _ => units.flat_map(u16::to_le_bytes).collect(),
            }
        }
        Encoding::Utf32(order) => {
            let mark = order.is_none().then_some('\u{feff}');
            let codes = mark.into_iter().chain(text.chars()).map(u32::from);
            match order {
                Some(ByteOrder::Big) => codes.flat_map(u32::to_be_bytes).collect(),
                _ => codes.flat_map(u32::to_le_bytes).collect(),
            }
        }
    })
}

/// Encodes into one byte per character, for code points below a limit.
fn encode_narrow(
    text: &str,
    encoding: Encoding,
    limit: u32,
    errors: &str,
) -> Result<Vec<u8>, CodecFault> {
    if text.is_ascii() {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    for (position, c) in text.chars().enumerate() {
        if u32::from(c) < limit {
            out.push(c as u8);
            continue;
        }
        match errors {
            "ignore" => {}
            "replace" => out.push(b'?'),
            "backslashreplace" => out.extend(escape(c).bytes()),
            "xmlcharrefreplace" => out.extend(format!("&#{};", c as u32).bytes()),
            "strict" | "surrogateescape" | "surrogatepass" | "namereplace" => {
                let bad = text.chars().skip(position);
                let run = bad.take_while(|&c| u32::from(c) >= limit).count();
                return Err(CodecFault::Encode(CodecError {
                    encoding: encoding.name(),
                    start: position,
                    end: position + run,
                    reason: if limit == 0x80 {
                        "ordinal not in range(128)"
                    } else {
                        "ordinal not in range(256)"
                    },
                }));
            }
            other => return Err(unknown_handler(other)),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(input: &[u8], encoding: &str, errors: &str) -> String {
        let encoding = Encoding::from_name(encoding).expect("a known name");
        match decode(input, encoding, errors) {
            Ok(text) => text,
            Err(CodecFault::Decode(e)) => {
                decode_error_text(e.encoding, input, e.start, e.end, e.reason)
            }
            Err(CodecFault::Encode(_)) => panic!("decoding does not encode"),
            Err(CodecFault::Other(fault)) => fault.to_string(),
        }
    }

    fn encoded(text: &str, encoding: &str, errors: &str) -> String {
        let encoding = Encoding::from_name(encoding).expect("a known name");
        match encode(text, encoding, errors) {
            Ok(bytes) => crate::text::repr::bytes_repr(&bytes),
            Err(CodecFault::Encode(e)) => {
                encode_error_text(e.encoding, text, e.start, e.end, e.reason)
            }
            Err(CodecFault::Decode(_)) => panic!("encoding does not decode"),
            Err(CodecFault::Other(fault)) => fault.to_string(),
        }
    }

    #[test]
    fn bad_utf8_is_told_as_by_cpython() {
        for (input, expected) in [
            (&b"a\xff"[..], "byte 0xff in position 1: invalid start byte"),
            (b"a\xc3", "byte 0xc3 in position 1: unexpected end of data"),
            (b"\xe2\x82", "bytes in position 0-1: unexpected end of data"),
            (
                b"\xe2\x82a",
                "bytes in position 0-1: invalid continuation byte",
            ),
            (
                b"\xe2\x28\xa1",
                "byte 0xe2 in position 0: invalid continuation byte",
            ),
            (
                b"\xed\xa0\x80",
                "byte 0xed in position 0: invalid continuation byte",
            ),
            (
                b"\xf0\x9f\x98",
                "bytes in position 0-2: unexpected end of data",
            ),
            (
                b"\xf4\x90\x80\x80",
                "byte 0xf4 in position 0: invalid continuation byte",
            ),
            (b"\xf5\x80", "byte 0xf5 in position 0: invalid start byte"),
            (b"\xc0\x80", "byte 0xc0 in position 0: invalid start byte"),
        ] {
            let expected = format!("'utf-8' codec can't decode {expected}");
            assert_eq!(decoded(input, "utf-8", "strict"), expected);
        }
    }

    #[test]
    fn handlers_deal_with_bad_input() {
        assert_eq!(
            decoded(b"\xed\xa0\x80x\xe2\x82", "utf-8", "replace"),
            "\u{fffd}\u{fffd}\u{fffd}x\u{fffd}"
        );
        assert_eq!(decoded(b"a\xff\xfeb", "U8", "ignore"), "ab");
        assert_eq!(
            decoded(b"a\xe2\x82b", "utf 8", "backslashreplace"),
            "a\\xe2\\x82b"
        );
        assert_eq!(
            decoded(b"\xff", "ascii", "foo"),
            "LookupError: unknown error handler name 'foo'"
        );
        assert_eq!(
            decoded(b"\xff", "ascii", "xmlcharrefreplace"),
            "TypeError: don't know how to handle UnicodeDecodeError in error callback"
        );
        assert_eq!(
            encoded("aé€😀b", "ascii", "backslashreplace"),
            r"b'a\\xe9\\u20ac\\U0001f600b'"
        );
        assert_eq!(
            encoded("aé€b", "latin-1", "xmlcharrefreplace"),
            r"b'a\xe9&#8364;b'"
        );
        assert_eq!(encoded("a€😀b", "ascii", "replace"), "b'a??b'");
        assert_eq!(encoded("a€😀b", "ascii", "ignore"), "b'ab'");
        assert_eq!(
            encoded("aéèb", "ascii", "strict"),
            "'ascii' codec can't encode characters in position 1-2: ordinal not in range(128)"
        );
        assert_eq!(
            encoded("a€", "ISO-8859-1", "strict"),
            "'latin-1' codec can't encode character '\\u20ac' in position 1: ordinal not in range(256)"
        );
    }

    #[test]
    fn wide_encodings() {
        assert_eq!(
            encoded("aé", "utf-16", "strict"),
            r"b'\xff\xfea\x00\xe9\x00'"
        );
        assert_eq!(
            encoded("a😀", "utf-16-be", "strict"),
            r"b'\x00a\xd8=\xde\x00'"
        );
        assert_eq!(
            encoded("é", "utf-32", "strict"),
            r"b'\xff\xfe\x00\x00\xe9\x00\x00\x00'"
        );
        assert_eq!(decoded(b"\xfe\xff\x00a", "utf-16", "strict"), "a");
        assert_eq!(decoded(b"=\xd8\x00\xde", "utf-16", "strict"), "😀");
        assert_eq!(
            decoded(b"\x00\xd8a\x00", "utf-16-le", "replace"),
            "\u{fffd}a"
        );
        assert_eq!(decoded(b"\xef\xbb\xbfa", "utf-8-sig", "strict"), "a");
        for (input, encoding, expected) in [
            (
                &b"a\x00b"[..],
                "utf-16",
                "'utf-16-le' codec can't decode byte 0x62 in position 2: truncated data",
            ),
            (
                b"\x00\xd8",
                "utf-16-le",
                "'utf-16-le' codec can't decode bytes in position 0-1: unexpected end of data",
            ),
            (
                b"\x00\xd8a\x00",
                "utf-16-le",
                "'utf-16-le' codec can't decode bytes in position 0-1: illegal UTF-16 surrogate",
            ),
            (
                b"\x00\xdca\x00",
                "utf-16-le",
                "'utf-16-le' codec can't decode bytes in position 0-1: illegal encoding",
            ),
            (
                b"\xff\xff\xff\xff",
                "utf-32-le",
                "'utf-32-le' codec can't decode bytes in position 0-3: code point not in range(0x110000)",
            ),
        ] {
            assert_eq!(decoded(input, encoding, "strict"), expected);
        }
        assert_eq!(
            Encoding::from_name("foo"),
            Err(Fault::Lookup("unknown encoding: foo".into()))
        );
    }
}
