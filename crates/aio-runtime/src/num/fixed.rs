//! A float with a number of places after the point: by one multiplication where 128 bits hold the
//! exact value, by the standard library otherwise.

/// Ten to this and any float's digits fit 127 bits together.
const MOST_PLACES: usize = 22;

/// The digits of a float that is not negative, `places` of them after the point: the exact value
/// rounded, ties to even.
pub fn text(size: f64, places: usize) -> String {
    let Some(units) = units(size, places) else {
        return format!("{size:.places$}");
    };
    let mut buffer = itoa::Buffer::new();
    let digits = match u64::try_from(units) {
        Ok(units) => buffer.format(units),
        Err(_) => buffer.format(units),
    };
    if places == 0 {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len().max(places + 1) + 2);
    let (whole, part) = digits.split_at(digits.len().saturating_sub(places));
    text.push_str(if whole.is_empty() { "0" } else { whole });
    text.push('.');
    text.extend(std::iter::repeat_n('0', places - part.len()));
    text.push_str(part);
    text
}

/// As [`text`], of any finite float: a negative one, and a negative zero, begins with `-`.
pub fn signed_text(x: f64, places: usize) -> String {
    let mut digits = text(x.abs(), places);
    if x.is_sign_negative() {
        digits.insert(0, '-');
    }
    digits
}

/// The nearest float to one that is rounded to a number of places, where that is easy to say.
pub fn rounded(size: f64, places: usize) -> Option<f64> {
    const EXACT: u128 = 1 << 53;
    let units = units(size, places).filter(|units| *units <= EXACT)?;
    // Both are exact, so their quotient is the float nearest to the decimal number.
    Some(units as f64 / 10f64.powi(i32::try_from(places).ok()?))
}

/// `size` times ten to the number of places, rounded to a whole number, ties to even.
pub(super) fn units(size: f64, places: usize) -> Option<u128> {
    const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
    if !size.is_finite() || places > MOST_PLACES {
        return None;
    }
    let bits = size.to_bits();
    let (exponent, fraction) = ((bits >> FRACTION) as i32, bits & ((1 << FRACTION) - 1));
    let (mantissa, exponent) = match exponent {
        0 => (fraction, 1),
        _ => (fraction | 1 << FRACTION, exponent),
    };
    // The value is `mantissa * 2^shift`.
    let shift = exponent - (f64::MAX_EXP - 1) - FRACTION as i32;
    let product = u128::from(mantissa) * 10u128.pow(places as u32);
    let down = shift.unsigned_abs();
    if shift >= 0 {
        return (product.leading_zeros() > down).then(|| product << down);
    }
    if down >= u128::BITS {
        // Less than a half, as the product has at most 127 bits.
        return Some(0);
    }
    let (whole, rest, half) = (
        product >> down,
        product & ((1 << down) - 1),
        1u128 << (down - 1),
    );
    let up = rest > half || rest == half && whole & 1 == 1;
    Some(whole + u128::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_even_digit() {
        for (x, places, expected) in [
            (0.5, 0, "0"),
            (1.5, 0, "2"),
            (1.25, 1, "1.2"),
            (2.675, 2, "2.67"),
            (0.0, 3, "0.000"),
            (0.0625, 3, "0.062"),
            (9.999, 2, "10.00"),
            (5e-324, 22, "0.0000000000000000000000"),
            (1e22, 2, "10000000000000000000000.00"),
        ] {
            assert_eq!(text(x, places), expected, "{x} with {places}");
        }
    }

    #[test]
    fn it_is_what_the_standard_library_says() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for turn in 0..40_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let places = turn % 25;
            let size = match turn % 3 {
                0 => f64::from_bits(state & !(1 << 63)),
                1 => (state % 1_000_000_000) as f64 / 1024.0,
                _ => (state % 1_000_000) as f64 / 1000.0,
            };
            if !size.is_finite() {
                continue;
            }
            let expected = format!("{size:.places$}");
            assert_eq!(text(size, places), expected, "{size:e} with {places}");
            if let Some(float) = rounded(size, places) {
                assert_eq!(Ok(float), expected.parse(), "{size:e} with {places}");
            }
        }
    }
}
