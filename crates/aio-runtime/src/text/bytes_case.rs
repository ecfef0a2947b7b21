//! Case and kind of ASCII bytes, and bytes as hexadecimal text.

use crate::num::Fault;

use super::bytes::is_space as is_space_byte;

/// `bytes.capitalize()`.
pub fn capitalize(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

/// `bytes.title()`.
pub fn title(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_ascii_lowercase();
    let mut after_letter = false;
    for byte in &mut out {
        if !after_letter {
            byte.make_ascii_uppercase();
        }
        after_letter = byte.is_ascii_alphabetic();
    }
    out
}

/// `bytes.swapcase()`.
pub fn swapcase(bytes: &[u8]) -> Vec<u8> {
    let swap = |&byte: &u8| {
        if byte.is_ascii_alphabetic() {
            byte ^ 0x20
        } else {
            byte
        }
    };
    bytes.iter().map(swap).collect()
}

/// Whether there is a byte, and all fulfil the predicate.
fn all(bytes: &[u8], predicate: fn(&u8) -> bool) -> bool {
    !bytes.is_empty() && bytes.iter().all(predicate)
}

/// `bytes.isalpha()`.
pub fn is_alpha(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphabetic)
}

/// `bytes.isalnum()`.
pub fn is_alnum(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphanumeric)
}

/// `bytes.isdigit()`.
pub fn is_digit(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_digit)
}

/// `bytes.isspace()`.
pub fn is_space(bytes: &[u8]) -> bool {
    all(bytes, |&byte| is_space_byte(byte))
}

/// `bytes.islower()`.
pub fn is_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

/// `bytes.isupper()`.
pub fn is_upper(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

/// `bytes.istitle()`.
pub fn is_title(bytes: &[u8]) -> bool {
    let mut after_letter = false;
    let mut found = false;
    for byte in bytes {
        let is_letter = byte.is_ascii_alphabetic();
        if is_letter && byte.is_ascii_uppercase() == after_letter {
            return false;
        }
        after_letter = is_letter;
        found |= is_letter;
    }
    found
}

/// `bytes.hex()`.
#[expect(clippy::indexing_slicing, reason = "a nibble is below 16")]
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// `bytes.hex(separator, group)`: a negative group counts from the left.
pub fn to_hex_grouped(bytes: &[u8], separator: &str, group: i64) -> Result<String, Fault> {
    let mut chars = separator.chars();
    let (Some(separator), None) = (chars.next(), chars.next()) else {
        return Err(Fault::value("sep must be length 1."));
    };
    if !separator.is_ascii() {
        return Err(Fault::value("sep must be ASCII."));
    }
    let digits = to_hex(bytes);
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    if size == 0 || size >= bytes.len() {
        return Ok(digits);
    }
    // Counted from the right, the first group is the one that may be short.
    let first = if group > 0 { bytes.len() % size } else { 0 };
    let mut out = String::with_capacity(digits.len() * 3 / 2);
    for idx in 0..bytes.len() {
        if idx > 0 && (idx + size - first).is_multiple_of(size) {
            out.push(separator);
        }
        out.push_str(&digits[2 * idx..2 * idx + 2]);
    }
    Ok(out)
}

/// `bytes.fromhex(text)`: white space may stand between bytes.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let bad = |position: usize| {
        Fault::Value(format!(
            "non-hexadecimal number found in fromhex() arg at position {position}"
        ))
    };
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut chars = text.chars().enumerate();
    while let Some((position, c)) = chars.next() {
        if matches!(c, '\t'..='\r' | ' ') {
            continue;
        }
        let high = c.to_digit(16).ok_or_else(|| bad(position))?;
        let low = chars.next().and_then(|(_, c)| c.to_digit(16));
        let low = low.ok_or_else(|| bad(position + 1))?;
        out.push((high << 4 | low) as u8);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ascii() {
        assert_eq!(title(b"hELLO world\xe9x 3a"), b"Hello World\xe9X 3A");
        assert_eq!(capitalize(b"hELLO"), b"Hello");
        assert_eq!(swapcase(b"aB\xe9"), b"Ab\xe9");
        assert!(is_title(b"Ab Cd") && !is_title(b"AB") && !is_title(b"1") && !is_title(b"ab"));
        assert!(is_upper(b"AB1") && !is_upper(b"1") && is_lower(b"a1") && !is_lower(b"aB"));
        assert!(
            is_space(b" \n\x0b")
                && !is_space(b"")
                && is_alnum(b"a1")
                && is_digit(b"12")
                && is_alpha(b"a")
        );
    }

    #[test]
    fn hexadecimal_text() {
        let bytes = b"\xb9\x01\xef";
        let grouped = |separator, group| to_hex_grouped(bytes, separator, group);
        assert_eq!(to_hex(bytes), "b901ef");
        assert_eq!(grouped(":", 1), Ok("b9:01:ef".into()));
        assert_eq!(grouped("-", 2), Ok("b9-01ef".into()));
        assert_eq!(grouped("-", -2), Ok("b901-ef".into()));
        assert_eq!(grouped("-", 0), Ok("b901ef".into()));
        assert_eq!(grouped("ab", 1), Err(Fault::value("sep must be length 1.")));
        assert_eq!(grouped("é", 1), Err(Fault::value("sep must be ASCII.")));
        assert_eq!(from_hex(" aB\ncd "), Ok(vec![0xab, 0xcd]));
        for (text, position) in [("ab c", 4), ("abx", 2), ("a b", 1), ("aé", 1), ("abc", 3)] {
            let expected =
                format!("non-hexadecimal number found in fromhex() arg at position {position}");
            assert_eq!(from_hex(text), Err(Fault::Value(expected)));
        }
    }
}
