//! The values of number literals.

use std::borrow::Cow;
use std::rc::Rc;

use crate::ast::{BigInt, Constant};

/// CPython refuses longer decimal literals, because converting them takes time
/// that grows with the square of the length.
const MAX_DECIMAL_DIGITS: usize = 4300;

/// The value of an integer literal, or CPython's message.
pub(crate) fn int_value(text: &str) -> Result<Constant, String> {
    let (radix, digits) = match text.as_bytes().get(1) {
        Some(b'x' | b'X') => (16, text.get(2..).unwrap_or("")),
        Some(b'o' | b'O') => (8, text.get(2..).unwrap_or("")),
        Some(b'b' | b'B') => (2, text.get(2..).unwrap_or("")),
        _ => (10, text),
    };
    let digits = without_underscores(digits);
    if let Ok(value) = i64::from_str_radix(&digits, radix) {
        return Ok(Constant::Int(value));
    }
    let digits = digits.trim_start_matches('0');
    if radix == 10 && digits.len() > MAX_DECIMAL_DIGITS {
        return Err(format!(
            "Exceeds the limit ({MAX_DECIMAL_DIGITS} digits) for integer string conversion: \
             value has {} digits; use sys.set_int_max_str_digits() to increase the limit - \
             Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
            digits.len()
        ));
    }
    Ok(Constant::BigInt(BigInt {
        radix,
        digits: Rc::from(digits),
    }))
}

/// The value of a float literal; one that the lexer has refused is 0.
pub(crate) fn float_value(text: &str) -> f64 {
    without_underscores(text).parse().unwrap_or(0.0)
}

/// The value of an imaginary literal, without its `j`.
pub(crate) fn imaginary_value(text: &str) -> f64 {
    float_value(text.trim_end_matches(['j', 'J']))
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(int_value("0x_Ff"), Ok(Constant::Int(255)));
        assert_eq!(int_value("1_000"), Ok(Constant::Int(1000)));
        assert_eq!(int_value("0b101"), Ok(Constant::Int(5)));
        assert_eq!(
            int_value("9223372036854775808"),
            Ok(Constant::BigInt(BigInt {
                radix: 10,
                digits: Rc::from("9223372036854775808")
            }))
        );
        assert!(int_value(&"9".repeat(4301)).is_err());
        assert!(int_value(&"9".repeat(4300)).is_ok());
    }

    #[test]
    fn floats() {
        assert_eq!(float_value("1_0.5e1"), 105.0);
        assert_eq!(float_value("1."), 1.0);
        assert_eq!(float_value(".5"), 0.5);
        assert_eq!(float_value("1e400"), f64::INFINITY);
        assert_eq!(imaginary_value("2.5J"), 2.5);
    }
}
