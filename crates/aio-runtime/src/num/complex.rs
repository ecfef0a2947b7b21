//! `complex` arithmetic, text and parsing. A complex number is a pair (real, imaginary) here.
//!
//! The operations follow CPython's order of rounding, which shows in the last digit.

use crate::text::unicode;

use super::{
    Fault,
    float_text::{self, FloatLayout, FloatStyle, plain_digits},
};

/// A complex number: the real and the imaginary part.
pub type Complex = (f64, f64);

/// `a + b`.
pub fn add(a: Complex, b: Complex) -> Complex {
    (a.0 + b.0, a.1 + b.1)
}

/// `a - b`.
pub fn subtract(a: Complex, b: Complex) -> Complex {
    (a.0 - b.0, a.1 - b.1)
}

/// `a * b`.
pub fn multiply(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// `a / b`, scaled by the larger part of the divisor so that no intermediate result overflows needlessly.
pub fn divide(a: Complex, b: Complex) -> Result<Complex, Fault> {
    quotient(a, b).ok_or_else(|| Fault::zero_division("complex division by zero"))
}

fn quotient(a: Complex, b: Complex) -> Option<Complex> {
    if b.0.is_nan() || b.1.is_nan() {
        return Some((f64::NAN, f64::NAN));
    }
    if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let scale = b.0 + b.1 * ratio;
        return Some(((a.0 + a.1 * ratio) / scale, (a.1 - a.0 * ratio) / scale));
    }
    let ratio = b.0 / b.1;
    let scale = b.0 * ratio + b.1;
    Some(((a.0 * ratio + a.1) / scale, (a.1 * ratio - a.0) / scale))
}

/// `abs(a)`.
pub fn abs(a: Complex) -> Result<f64, Fault> {
    let size = a.0.hypot(a.1);
    if size.is_infinite() && a.0.is_finite() && a.1.is_finite() {
        return Err(Fault::overflow("absolute value too large"));
    }
    Ok(size)
}

/// Small whole powers by repeated squaring.
fn pow_unsigned(base: Complex, exponent: u32) -> Complex {
    let mut result = (1.0, 0.0);
    let mut square = base;
    let mut mask = 1;
    while exponent >= mask {
        if exponent & mask != 0 {
            result = multiply(result, square);
        }
        mask <<= 1;
        square = multiply(square, square);
    }
    result
}

/// Powers by logarithm and angle.
fn pow_polar(base: Complex, exponent: Complex) -> Option<Complex> {
    if exponent == (0.0, 0.0) {
        return Some((1.0, 0.0));
    }
    if base == (0.0, 0.0) {
        let is_defined = exponent.1 == 0.0 && exponent.0 >= 0.0;
        return is_defined.then_some((0.0, 0.0));
    }
    let size = base.0.hypot(base.1);
    let mut length = size.powf(exponent.0);
    let angle = base.1.atan2(base.0);
    let mut phase = angle * exponent.0;
    if exponent.1 != 0.0 {
        length /= (angle * exponent.1).exp();
        phase += exponent.1 * size.ln();
    }
    Some((length * phase.cos(), length * phase.sin()))
}

/// `base ** exponent`.
pub fn pow(base: Complex, exponent: Complex) -> Result<Complex, Fault> {
    let is_small_whole =
        exponent.1 == 0.0 && exponent.0 == exponent.0.floor() && exponent.0.abs() <= 100.0;
    let result = if is_small_whole {
        let power = pow_unsigned(base, exponent.0.abs() as u32);
        if exponent.0 < 0.0 {
            quotient((1.0, 0.0), power)
        } else {
            Some(power)
        }
    } else {
        pow_polar(base, exponent)
    };
    let result =
        result.ok_or_else(|| Fault::zero_division("0.0 to a negative or complex power"))?;
    if result.0.is_infinite() || result.1.is_infinite() {
        return Err(Fault::overflow("complex exponentiation"));
    }
    Ok(result)
}

/// A part as `repr` shows it: the shortest digits, without `.0`.
fn part(x: f64) -> String {
    // With this layout the precision is ignored, so the text cannot be too long.
    float_text::format(x, &FloatStyle::new(FloatLayout::Repr, 0)).unwrap_or_default()
}

/// `repr(a)`.
pub fn repr(a: Complex) -> String {
    if a.0 == 0.0 && a.0.is_sign_positive() {
        return format!("{}j", part(a.1));
    }
    let im = part(a.1);
    let plus = if im.starts_with('-') { "" } else { "+" };
    format!("({}{plus}{im}j)", part(a.0))
}

/// `complex(text)`.
pub fn parse(text: &str) -> Result<Complex, Fault> {
    parse_parts(text).ok_or_else(|| Fault::value("complex() arg is a malformed string"))
}

fn parse_parts(text: &str) -> Option<Complex> {
    let mut text = text.trim_matches(unicode::is_space);
    if let Some(inner) = text.strip_prefix('(') {
        text = inner.strip_suffix(')')?.trim_matches(unicode::is_space);
    }
    let plain = plain_digits(text)?;
    let text = plain.as_str();
    let first = number_end(text);
    let Some(body) = text.strip_suffix(['j', 'J']) else {
        return (first == text.len())
            .then(|| text.parse().ok())
            .flatten()
            .map(|re| (re, 0.0));
    };
    // Either one imaginary part, or a real part followed by a signed imaginary one.
    if first == body.len() || matches!(body, "" | "+" | "-") {
        return Some((0.0, imaginary(body)?));
    }
    let (re, im) = body.split_at(first);
    if !im.starts_with(['+', '-']) {
        return None;
    }
    Some((re.parse().ok()?, imaginary(im)?))
}

/// The number before `j`; a sign alone means one.
fn imaginary(text: &str) -> Option<f64> {
    match text {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        _ => text.parse().ok(),
    }
}

/// Where the number at the beginning of the text ends: before a sign that does not begin it or its exponent.
fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut before = b'e';
    let is_end = |byte: &u8| {
        let before = std::mem::replace(&mut before, *byte);
        match byte {
            b'+' | b'-' => !matches!(before, b'e' | b'E'),
            b'j' | b'J' => true,
            _ => false,
        }
    };
    bytes.iter().position(is_end).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_shows_a_positive_zero_real_part_as_nothing() {
        for (a, expected) in [
            ((0.0, 1.0), "1j"),
            ((-0.0, -1.0), "(-0-1j)"),
            ((1.0, -0.0), "(1-0j)"),
            ((1e16, 1e-5), "(1e+16+1e-05j)"),
            ((f64::INFINITY, f64::NEG_INFINITY), "(inf-infj)"),
            ((0.0, f64::NAN), "nanj"),
            ((1.5, f64::NAN), "(1.5+nanj)"),
        ] {
            assert_eq!(repr(a), expected);
        }
    }

    #[test]
    fn parse_takes_what_cpython_takes() {
        for (text, expected) in [
            ("1+2j", "(1+2j)"),
            (" ( 1+2J ) ", "(1+2j)"),
            ("j", "1j"),
            ("-j", "-1j"),
            ("1_0j", "10j"),
            ("1e5-3.5e2J", "(100000-350j)"),
            ("nan+infj", "(nan+infj)"),
            ("infinityj", "infj"),
            ("1+j", "(1+1j)"),
            ("+1", "(1+0j)"),
            ("١+٢j", "(1+2j)"),
            ("1e-3+1e+3j", "(0.001+1000j)"),
        ] {
            assert_eq!(parse(text).map(repr), Ok(expected.to_owned()), "{text}");
        }
        for text in [
            "1 + 2j", "(1+2j", "1+2", "", "x", "1+2jj", "1j+2", "++1j", "1+2j3", "é", "()",
        ] {
            let fault = Fault::value("complex() arg is a malformed string");
            assert_eq!(parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn powers_and_quotients() {
        let pow_repr = |a, b| pow(a, b).map(repr);
        assert_eq!(pow_repr((1.0, 2.0), (2.0, 0.0)), Ok("(-3+4j)".into()));
        assert_eq!(
            pow_repr((1.0, 2.0), (-2.0, 0.0)),
            Ok("(-0.12-0.16j)".into())
        );
        assert_eq!(
            pow_repr((1.0, 2.0), (0.5, 0.0)),
            Ok("(1.272019649514069+0.7861513777574233j)".into())
        );
        assert_eq!(
            pow_repr((1.0, 2.0), (3.0, 4.0)),
            Ok("(0.129009594074467+0.03392409290517014j)".into())
        );
        assert_eq!(
            pow((0.0, 1e300), (2.0, 0.0)),
            Err(Fault::overflow("complex exponentiation"))
        );
        let zero = Fault::zero_division("0.0 to a negative or complex power");
        assert_eq!(pow((0.0, 0.0), (-1.0, 0.0)), Err(zero.clone()));
        assert_eq!(pow((0.0, 0.0), (0.0, 1.0)), Err(zero));
        assert_eq!(
            divide((1.0, 2.0), (3.0, 4.0)).map(repr),
            Ok("(0.44+0.08j)".into())
        );
        assert_eq!(
            divide((1.0, 0.0), (0.0, 0.0)),
            Err(Fault::zero_division("complex division by zero"))
        );
        assert_eq!(
            repr(multiply((0.0, 1.0), (f64::INFINITY, 0.0))),
            "(nan+infj)"
        );
    }
}
