//! `round(x, n)` of floats and integers: correct in decimal, ties to even.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};

use super::{Fault, Int, IntRef, convert, fixed};

/// `round(x)`: the nearest integer.
pub fn round_to_int(x: f64) -> Result<Int, Fault> {
    convert::from_f64(if x.is_finite() {
        x.round_ties_even()
    } else {
        x
    })
}

/// `round(x, places)` of a float. A number of places beyond 64 bits is as good as the extreme ones.
pub fn round_f64(x: f64, places: i64) -> Result<f64, Fault> {
    // With this many places no double changes, and with this few none survives.
    if !x.is_finite() || places > 323 {
        return Ok(x);
    }
    if places < -308 {
        return Ok(0.0 * x);
    }
    let size = x.abs();
    let text = match usize::try_from(places) {
        Ok(places) => match fixed::rounded(size, places) {
            Some(float) => return Ok(float.copysign(x)),
            None => format!("{size:.places$}"),
        },
        Err(_) => round_whole(size, places.unsigned_abs() as usize),
    };
    let rounded: f64 = text
        .parse()
        .map_err(|_| Fault::value("rounding made no number"))?;
    if rounded.is_infinite() {
        return Err(Fault::overflow("rounded value too large to represent"));
    }
    Ok(rounded.copysign(x))
}

/// The digits of `size` with the last `zeros` whole digits rounded away.
fn round_whole(size: f64, zeros: usize) -> String {
    let whole = format!("{:.0}", size.trunc());
    let kept = whole.len().saturating_sub(zeros);
    let (head, tail) = whole.split_at(kept);
    // Without enough digits the cut lies left of all of them, and the rest is less than a half.
    let first = if whole.len() < zeros {
        b'0'
    } else {
        tail.bytes().next().unwrap_or(b'0')
    };
    let beyond = whole.len() >= zeros && tail.bytes().skip(1).any(|digit| digit != b'0')
        || size.fract() != 0.0;
    let last_is_odd = head.bytes().last().is_some_and(|digit| digit % 2 == 1);
    let rounds_up = first > b'5' || first == b'5' && (beyond || last_is_odd);
    let mut digits: Vec<u8> = head.bytes().collect();
    if rounds_up {
        increment(&mut digits);
    }
    let mut text: String = digits.into_iter().map(char::from).collect();
    text.extend(std::iter::repeat_n('0', zeros));
    text
}

/// Adds one to decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

/// `round(value, places)` of an integer: only negative places change it.
pub fn round_int(value: IntRef<'_>, places: IntRef<'_>) -> Int {
    let value = value.to_big();
    if !places.is_negative() {
        return Int::from(value);
    }
    // Ten to more than the number of digits is more than twice the value, so it rounds to zero.
    let digits = value.bits() * 31 / 100 + 2;
    let zeros = -places.to_big();
    let Some(zeros) = zeros.to_u64().filter(|&zeros| zeros <= digits) else {
        return Int::Small(0);
    };
    let unit = BigInt::from(10).pow(zeros as u32);
    let (quotient, rest) = value.div_mod_floor(&unit);
    let twice: BigInt = &rest * 2;
    let rounds_up = twice > unit || twice == unit && quotient.is_odd();
    let rounded = if rounds_up { quotient + 1 } else { quotient };
    debug_assert!(
        rest.is_zero() || rest.is_positive(),
        "floor division leaves no negative rest"
    );
    Int::from(rounded * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_by_their_exact_value() {
        for (x, places, expected) in [
            (2.675, 2, 2.67),
            (1.25, 1, 1.2),
            (0.5, 0, 0.0),
            (12345.678, -2, 12300.0),
            (12345.678, -5, 0.0),
            (51234.0, -5, 100_000.0),
            (50000.0, -5, 0.0),
            (50000.5, -5, 100_000.0),
            (150_000.0, -5, 200_000.0),
            (95.0, -1, 100.0),
            (1e22, -20, 1e22),
            (5e-324, 400, 5e-324),
            (1e308, -308, 1e308),
            (1e300, -400, 0.0),
        ] {
            assert_eq!(round_f64(x, places), Ok(expected), "round({x}, {places})");
        }
        assert!(round_f64(-0.5, 0).is_ok_and(f64::is_sign_negative));
        assert_eq!(
            round_f64(1.7e308, -308),
            Err(Fault::overflow("rounded value too large to represent"))
        );
        assert_eq!(round_to_int(2.5), Ok(Int::Small(2)));
        assert_eq!(round_to_int(-1e300).map(|_| ()), Ok(()));
        assert_eq!(
            round_to_int(f64::INFINITY),
            Err(Fault::overflow("cannot convert float infinity to integer"))
        );
    }

    #[test]
    fn integers_round_half_to_even() {
        let round = |value, places| round_int(IntRef::Small(value), IntRef::Small(places));
        for (value, places, expected) in [
            (25, -1, 20),
            (35, -1, 40),
            (-25, -1, -20),
            (-35, -1, -40),
            (-26, -1, -30),
            (15, -2, 0),
            (50, -2, 0),
            (51, -2, 100),
            (150, -2, 200),
            (7, 3, 7),
            (7, i64::MIN, 0),
        ] {
            assert_eq!(
                round(value, places),
                Int::Small(expected),
                "round({value}, {places})"
            );
        }
    }
}
