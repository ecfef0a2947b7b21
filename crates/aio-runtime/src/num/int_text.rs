//! Integers as text: decimal and other bases, and `int(text, base)`.
//!
//! Conversions between decimal text and big integers take quadratic time, so CPython limits them to 4300
//! digits unless the script moves the limit; the limit is a parameter here (0 = none).

use num_bigint::{BigInt, Sign};
use num_traits::Num as _;
use std::borrow::Cow;

use crate::text::{
    repr::{bytes_repr, repr},
    unicode,
};

use super::{Fault, float_text::is_c_space};

/// The limit on decimal digits that CPython starts with.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;

/// A parsed integer: within 64 bits or beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    /// Fits 64 bits.
    Small(i64),
    /// Does not.
    Big(BigInt),
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        i64::try_from(&value).map_or(Self::Big(value), Self::Small)
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self::Small(value)
    }
}

impl From<i128> for Int {
    fn from(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Big(BigInt::from(value)), Self::Small)
    }
}

impl From<Int> for BigInt {
    fn from(value: Int) -> Self {
        match value {
            Int::Small(value) => Self::from(value),
            Int::Big(value) => value,
        }
    }
}

/// A borrowed integer, for functions that take both sizes.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// A small one.
    Small(i64),
    /// A big one.
    Big(&'a BigInt),
}

impl IntRef<'_> {
    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            Self::Small(value) => value < 0,
            Self::Big(value) => value.sign() == Sign::Minus,
        }
    }

    /// The digits of the absolute value; the limit counts for base ten only.
    pub fn digits(self, base: u32, max_digits: usize) -> Result<String, Fault> {
        match (self, base) {
            (Self::Small(value), 10) => Ok(value.unsigned_abs().to_string()),
            (Self::Small(value), 2) => Ok(format!("{:b}", value.unsigned_abs())),
            (Self::Small(value), 8) => Ok(format!("{:o}", value.unsigned_abs())),
            (Self::Small(value), 16) => Ok(format!("{:x}", value.unsigned_abs())),
            (Self::Small(value), _) => Ok(BigInt::from(value).magnitude().to_str_radix(base)),
            (Self::Big(value), 10) => {
                let mut text = to_decimal(value, max_digits)?;
                if self.is_negative() {
                    text.remove(0);
                }
                Ok(text)
            }
            (Self::Big(value), _) => Ok(value.magnitude().to_str_radix(base)),
        }
    }

    /// The value as a big integer.
    pub fn to_big(self) -> BigInt {
        match self {
            Self::Small(value) => BigInt::from(value),
            Self::Big(value) => value.clone(),
        }
    }

    /// The value as a large integer, borrowed where it is one.
    pub fn as_big(&self) -> Cow<'_, BigInt> {
        match self {
            Self::Small(value) => Cow::Owned(BigInt::from(*value)),
            Self::Big(value) => Cow::Borrowed(value),
        }
    }

    /// The value, if it fits 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Self::Small(value) => Some(value),
            Self::Big(value) => i64::try_from(value).ok(),
        }
    }
}

impl Int {
    /// Borrows the integer.
    pub fn as_ref(&self) -> IntRef<'_> {
        match self {
            Self::Small(value) => IntRef::Small(*value),
            Self::Big(value) => IntRef::Big(value),
        }
    }
}

/// `str(value)`, within the limit on digits.
pub fn to_decimal(value: &BigInt, max_digits: usize) -> Result<String, Fault> {
    let too_long = || {
        Fault::Value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // Bits over 3.33 give at least that many digits; the exact count is checked below.
    if max_digits > 0 && value.bits() * 3 / 10 > max_digits as u64 {
        return Err(too_long());
    }
    let text = value.to_string();
    let digits = text.len() - usize::from(value.sign() == Sign::Minus);
    if max_digits > 0 && digits > max_digits {
        return Err(too_long());
    }
    Ok(text)
}

/// The digits of `value` in a base, with a minus sign but without a prefix. Bases are 2 to 36.
pub fn to_base(value: &BigInt, base: u32) -> String {
    value.to_str_radix(base)
}

/// `bin`, `oct` and `hex`: sign, prefix, digits.
pub fn to_prefixed(value: &BigInt, base: u32) -> String {
    let digits = value.magnitude().to_str_radix(base);
    let sign = if value.sign() == Sign::Minus { "-" } else { "" };
    format!("{sign}{}{digits}", prefix(base))
}

/// `bin`, `oct` and `hex` of a small integer.
pub fn small_to_prefixed(value: i64, base: u32) -> String {
    let (prefix, bits) = match base {
        2 => ("0b", 1),
        8 => ("0o", 3),
        _ => ("0x", 4),
    };
    let size = value.unsigned_abs();
    let count = (u64::BITS - size.leading_zeros()).div_ceil(bits).max(1);
    let mut out = String::with_capacity(3 + count as usize);
    if value < 0 {
        out.push('-');
    }
    out.push_str(prefix);
    for place in (0..count).rev() {
        let digit = size >> (place * bits) & ((1 << bits) - 1);
        out.extend(char::from_digit(digit as u32, 16));
    }
    out
}

fn prefix(base: u32) -> &'static str {
    match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    }
}

/// Why text is no integer.
enum Reject {
    /// It has the wrong form.
    Form,
    /// It has more decimal digits than the limit.
    TooLong(usize),
}

/// Checks the base argument of `int(text, base)`.
pub fn check_base(base: i64) -> Result<u32, Fault> {
    match u32::try_from(base) {
        Ok(base @ (0 | 2..=36)) => Ok(base),
        _ => Err(Fault::value("int() base must be >= 2 and <= 36, or 0")),
    }
}

/// `int(text, base)`; the base has passed `check_base`.
pub fn parse(text: &str, base: u32, max_digits: usize) -> Result<Int, Fault> {
    // The most frequent case: a few ASCII digits.
    if base == 10
        && text.len() < 19
        && !text.starts_with('+')
        && let Ok(value) = text.parse()
    {
        return Ok(Int::Small(value));
    }
    let trimmed = text.trim_matches(unicode::is_space);
    let result = if trimmed.is_ascii() {
        parse_ascii(trimmed, base, max_digits)
    } else {
        parse_ascii(&ascii_digits(trimmed), base, max_digits)
    };
    result.map_err(|reject| rejection(reject, &repr(text), base, max_digits))
}

/// `int(bytes, base)`; the base has passed `check_base`.
pub fn parse_bytes(bytes: &[u8], base: u32, max_digits: usize) -> Result<Int, Fault> {
    let result = match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => {
            let trimmed = text.trim_matches(is_c_space);
            parse_ascii(trimmed, base, max_digits)
        }
        _ => Err(Reject::Form),
    };
    result.map_err(|reject| rejection(reject, &bytes_repr(bytes), base, max_digits))
}

/// Replaces every script's decimal digits by ASCII ones; what else is not ASCII becomes `?`, which no number holds.
fn ascii_digits(text: &str) -> String {
    text.chars()
        .map(|c| match unicode::decimal_value(c) {
            Some(value) => char::from(b'0' + value as u8),
            None if c.is_ascii() => c,
            None => '?',
        })
        .collect()
}

fn rejection(reject: Reject, shown: &str, base: u32, max_digits: usize) -> Fault {
    match reject {
        Reject::Form => {
            // CPython cuts the repr at 200 characters.
            let cut: String = shown.chars().take(200).collect();
            Fault::Value(format!("invalid literal for int() with base {base}: {cut}"))
        }
        Reject::TooLong(digits) => Fault::Value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {digits} digits; \
             use sys.set_int_max_str_digits() to increase the limit"
        )),
    }
}

/// Splits off a prefix that fits the base, and settles base 0.
fn split_prefix(digits: &str, base: u32) -> Result<(&str, u32), Reject> {
    let named = match digits.as_bytes() {
        [b'0', b'b' | b'B', ..] => Some(2),
        [b'0', b'o' | b'O', ..] => Some(8),
        [b'0', b'x' | b'X', ..] => Some(16),
        _ => None,
    };
    match named {
        Some(named) if base == 0 || base == named => {
            let rest = &digits[2..];
            // One underscore may follow the prefix.
            Ok((rest.strip_prefix('_').unwrap_or(rest), named))
        }
        _ if base == 0 => {
            // `010` is no literal of the language; `00` is.
            let is_old_octal =
                digits.starts_with('0') && digits.bytes().any(|d| !matches!(d, b'0' | b'_'));
            if is_old_octal {
                Err(Reject::Form)
            } else {
                Ok((digits, 10))
            }
        }
        _ => Ok((digits, base)),
    }
}

fn parse_ascii(text: &str, base: u32, max_digits: usize) -> Result<Int, Reject> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (body, base) = split_prefix(unsigned, base)?;
    if body.is_empty() || body.starts_with('_') || body.ends_with('_') || body.contains("__") {
        return Err(Reject::Form);
    }
    if !body.chars().all(|c| c == '_' || c.is_digit(base)) {
        return Err(Reject::Form);
    }
    let digits = body.replace('_', "");
    if !base.is_power_of_two() && max_digits > 0 && digits.len() > max_digits {
        return Err(Reject::TooLong(digits.len()));
    }
    let value = match i64::from_str_radix(&digits, base) {
        Ok(value) => Int::Small(value),
        Err(_) => Int::Big(BigInt::from_str_radix(&digits, base).map_err(|_| Reject::Form)?),
    };
    Ok(match value {
        Int::Small(value) if negative => Int::Small(-value),
        Int::Big(value) if negative => Int::from(-value),
        value => value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(text: &str, base: u32) -> Option<i64> {
        match parse(text, base, DEFAULT_MAX_STR_DIGITS) {
            Ok(Int::Small(value)) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn parse_takes_what_cpython_takes() {
        for (text, base, expected) in [
            ("12", 10, 12),
            (" -1_2\n", 10, -12),
            ("+7", 10, 7),
            ("0x_1F", 16, 31),
            ("1f", 16, 31),
            ("0b101", 0, 5),
            ("0o17", 0, 15),
            ("00", 0, 0),
            ("0_0", 0, 0),
            ("0b1", 16, 0xb1),
            ("z", 36, 35),
            ("٣٤", 10, 34),
            ("-9223372036854775808", 10, i64::MIN),
        ] {
            assert_eq!(small(text, base), Some(expected), "{text}");
        }
        for (text, base) in [
            ("", 10),
            ("-", 10),
            ("1__2", 10),
            ("_1", 10),
            ("1_", 10),
            ("010", 0),
            ("0x", 16),
            ("0x__1", 16),
            ("2", 2),
            ("1.5", 10),
            ("--1", 10),
            ("- 1", 10),
            ("1 2", 10),
            ("é", 10),
            ("0_", 0),
            ("²", 10),
        ] {
            let expected = format!("invalid literal for int() with base {base}: {}", repr(text));
            assert_eq!(parse(text, base, 4300), Err(Fault::Value(expected)));
        }
    }

    #[test]
    fn decimal_conversions_have_a_limit() {
        let text = "9".repeat(4301);
        assert_eq!(
            parse(&text, 10, 4300),
            Err(Fault::value(
                "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ))
        );
        let Ok(Int::Big(value)) = parse(&text, 10, 0) else {
            panic!("without a limit it parses");
        };
        assert_eq!(
            to_decimal(&value, 4300),
            Err(Fault::value(
                "Exceeds the limit (4300 digits) for integer string conversion; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ))
        );
        assert_eq!(
            to_decimal(&(value / 10), 4300).map(|text| text.len()),
            Ok(4300)
        );
    }

    #[test]
    fn bases_have_prefixes() {
        assert_eq!(to_prefixed(&BigInt::from(-255), 16), "-0xff");
        assert_eq!(small_to_prefixed(i64::MIN, 2).len(), 67);
        assert_eq!(small_to_prefixed(8, 8), "0o10");
        assert_eq!(to_base(&BigInt::from(-5), 2), "-101");
    }

    #[test]
    fn a_long_literal_is_cut_in_the_message() {
        let Err(fault) = parse(&"x".repeat(500), 10, 4300) else {
            panic!("this is no number");
        };
        assert_eq!(
            fault.text().len(),
            "invalid literal for int() with base 10: ".len() + 200
        );
    }
}
