//! Integers as text: decimal and other bases, and `int(text, base)`.
//!
//! Conversions between decimal text and big integers take quadratic time, so CPython limits them to 4300
//! digits unless the script moves the limit; the limit is a parameter here (0 = none).

use num_bigint::{BigInt, BigUint, Sign};
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
            (Self::Small(value), 10) => {
                let digits = itoa::Buffer::new().format(value.unsigned_abs()).to_owned();
                Ok(digits)
            }
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

    /// The value, if it fits 128 bits.
    #[inline]
    pub fn to_i128(self) -> Option<i128> {
        match self {
            Self::Small(value) => Some(value.into()),
            Self::Big(value) => {
                let size = i128::try_from(two_digits(value)?).ok()?;
                let is_negative = value.sign() == Sign::Minus;
                Some(if is_negative { -size } else { size })
            }
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

/// The absolute value, if it has at most two digits of 64 bits.
#[inline]
fn two_digits(value: &BigInt) -> Option<u128> {
    const WORD: u32 = 64;
    let mut digits = value.magnitude().iter_u64_digits();
    if digits.len() > 2 {
        return None;
    }
    let mut next = || u128::from(digits.next().unwrap_or(0));
    Some(next() | next() << WORD)
}

/// `str(value)`, within the limit on digits.
pub fn to_decimal(value: &BigInt, max_digits: usize) -> Result<String, Fault> {
    let too_long = || {
        Fault::Value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // With at most 39 digits it is below the least limit that can be set.
    if let Some(size) = two_digits(value) {
        let sign = if value.sign() == Sign::Minus { "-" } else { "" };
        return Ok([sign, itoa::Buffer::new().format(size)].concat());
    }
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
    let digits = match (two_digits(value), base) {
        (Some(size), 2) => format!("{size:b}"),
        (Some(size), 8) => format!("{size:o}"),
        (Some(size), 16) => format!("{size:x}"),
        _ => value.magnitude().to_str_radix(base),
    };
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
    let (count, value) = read_digits(body.as_bytes(), base)?;
    if !base.is_power_of_two() && max_digits > 0 && count > max_digits {
        return Err(Reject::TooLong(count));
    }
    let Some(size) = value else {
        let digits = body.replace('_', "");
        let size = match base {
            10 if count <= SCHOOL_DIGITS => from_decimal(digits.as_bytes()),
            _ => BigUint::from_str_radix(&digits, base).map_err(|_| Reject::Form)?,
        };
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        return Ok(Int::from(BigInt::from_biguint(sign, size)));
    };
    Ok(match i128::try_from(size) {
        Ok(size) => Int::from(if negative { -size } else { size }),
        Err(_) if negative => Int::from(-BigInt::from(size)),
        Err(_) => Int::from(BigInt::from(size)),
    })
}

/// How many digits there are, with single underscores between them at most, and what they say if
/// that fits 128 bits.
#[inline]
fn read_digits(body: &[u8], base: u32) -> Result<(usize, Option<u128>), Reject> {
    let mut value = Some(0u128);
    let mut count = 0;
    let mut may_separate = false;
    for &byte in body {
        if byte == b'_' && may_separate {
            may_separate = false;
            continue;
        }
        let digit = char::from(byte).to_digit(base).ok_or(Reject::Form)?;
        value = value
            .and_then(|value| value.checked_mul(base.into()))
            .and_then(|value| value.checked_add(digit.into()));
        count += 1;
        may_separate = true;
    }
    if may_separate {
        Ok((count, value))
    } else {
        Err(Reject::Form)
    }
}

/// Up to so many digits are read in quadratic time.
const SCHOOL_DIGITS: usize = 1000;

/// The number that decimal digits spell, a few of them at a time.
fn from_decimal(digits: &[u8]) -> BigUint {
    const AT_ONCE: usize = 18;
    let mut words: Vec<u64> = Vec::with_capacity(digits.len() / AT_ONCE + 1);
    let (first, rest) = digits.split_at(digits.len() % AT_ONCE);
    for part in std::iter::once(first).chain(rest.chunks(AT_ONCE)) {
        let add = |value: u64, digit: &u8| 10 * value + u64::from(digit & 0xf);
        let mut carry = part.iter().fold(0, add);
        let scale = 10u64.pow(part.len() as u32);
        for word in &mut words {
            let wide = u128::from(*word) * u128::from(scale) + u128::from(carry);
            (*word, carry) = (wide as u64, (wide >> 64) as u64);
        }
        if carry > 0 {
            words.push(carry);
        }
    }
    BigUint::new(
        words
            .iter()
            .flat_map(|word| [*word as u32, (word >> 32) as u32])
            .collect(),
    )
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
