//! `float.hex` and `float.fromhex`: exact text in base sixteen.

use num_bigint::BigUint;
use num_traits::{Num as _, Zero as _};

use super::{Fault, convert, float_text::is_c_space};

/// `x.hex()`.
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::float_text::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (first, exponent) = if exponent == 0 {
        (0, -1022)
    } else {
        (1, exponent - 1023)
    };
    format!("{sign}0x{first}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`.
pub fn from_hex(text: &str) -> Result<f64, Fault> {
    let text = text.trim_matches(is_c_space);
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let size = match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        digits => from_hex_digits(digits)?,
    };
    Ok(if negative { -size } else { size })
}

fn from_hex_digits(text: &str) -> Result<f64, Fault> {
    let malformed = || Fault::value("invalid hexadecimal floating-point string");
    let text = text.strip_prefix("0x").unwrap_or(text);
    let (mantissa, exponent) = match text.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent).ok_or_else(malformed)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(malformed());
    }
    let value = BigUint::from_str_radix(&digits, 16).map_err(|_| malformed())?;
    if value.is_zero() {
        return Ok(0.0);
    }
    let exponent = exponent.saturating_sub(4 * fraction.len() as i64);
    convert::round_scaled(&value, exponent)
        .ok_or_else(|| Fault::overflow("hexadecimal value too large to represent as a float"))
}

/// A decimal exponent with an optional sign; one that does not fit is as good as infinite.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 50);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_cpythons() {
        for (x, expected) in [
            (1.5, "0x1.8000000000000p+0"),
            (-0.0, "-0x0.0p+0"),
            (0.1, "0x1.999999999999ap-4"),
            (5e-324, "0x0.0000000000001p-1022"),
            (1e300, "0x1.7e43c8800759cp+996"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(to_hex(x), expected);
            assert_eq!(from_hex(expected), Ok(x));
        }
    }

    #[test]
    fn fromhex_rounds_once_and_half_to_even() {
        for (text, expected) in [
            (" -0x.8p+0 ", -0.5),
            ("1.8", 1.5),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x1.0000000000000800p0", 1.0),
            ("0x1.00000000000018p0", 1.0000000000000004),
            ("0x0p99999999999999999999", 0.0),
            ("0x1p-99999999999999999999", 0.0),
        ] {
            assert_eq!(from_hex(text), Ok(expected), "{text}");
        }
        for text in ["0x1.fffffffffffff8p1023", "0x1p1024", "0x1p99999"] {
            let fault = Fault::overflow("hexadecimal value too large to represent as a float");
            assert_eq!(from_hex(text), Err(fault));
        }
        for text in ["", "0x", "0x1.p", "1p", "0x1_0", "0x.p1", "1.2.3", "--1"] {
            let fault = Fault::value("invalid hexadecimal floating-point string");
            assert_eq!(from_hex(text), Err(fault));
        }
    }
}
