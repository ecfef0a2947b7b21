//! Floor division and modulo: the quotient goes down, the remainder takes the sign of the divisor.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::Zero as _;

use super::{Fault, Int, IntRef};

fn division_by_zero() -> Fault {
    Fault::zero_division("integer division or modulo by zero")
}

/// `a // b` of small integers.
pub fn floor_div_i64(a: i64, b: i64) -> Result<Int, Fault> {
    if b == 0 {
        return Err(division_by_zero());
    }
    // The one quotient that leaves 64 bits: the least integer by -1.
    let Some(quotient) = a.checked_div(b) else {
        return Ok(Int::from(-BigInt::from(a)));
    };
    let goes_down = quotient * b != a && (a < 0) != (b < 0);
    Ok(Int::Small(quotient - i64::from(goes_down)))
}

/// `a % b` of small integers.
pub fn modulo_i64(a: i64, b: i64) -> Result<i64, Fault> {
    if b == 0 {
        return Err(Fault::zero_division("integer modulo by zero"));
    }
    let rest = a.wrapping_rem(b);
    let differs = rest != 0 && (rest < 0) != (b < 0);
    Ok(if differs { rest + b } else { rest })
}

/// `a // b`.
pub fn floor_div(a: IntRef<'_>, b: IntRef<'_>) -> Result<Int, Fault> {
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b) {
        return floor_div_i64(a, b);
    }
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`.
pub fn modulo(a: IntRef<'_>, b: IntRef<'_>) -> Result<Int, Fault> {
    match (a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => modulo_i64(a, b).map(Int::Small),
        (_, IntRef::Small(0)) => Err(Fault::zero_division("integer modulo by zero")),
        (IntRef::Big(a), IntRef::Small(b)) => Ok(Int::Small(modulo_short(a, b))),
        _ => divmod(a, b).map(|(_, rest)| rest),
    }
}

/// `a % b` of a divisor that is not 0.
fn modulo_short(a: &BigInt, b: i64) -> i64 {
    const WORD: u32 = 64;
    // The library divides quicker, but makes a copy for that.
    const FEW: usize = 4;
    let size = b.unsigned_abs();
    let digits = a.iter_u64_digits();
    let rest = if digits.len() <= FEW {
        digits.rev().fold(0, |rest: u64, digit| {
            let wide = u128::from(rest) << WORD | u128::from(digit);
            (wide % u128::from(size)) as u64
        })
    } else {
        let rest = a.magnitude() % size;
        rest.iter_u64_digits().next().unwrap_or(0)
    };
    let differs = rest != 0 && (a.sign() == Sign::Minus) != (b < 0);
    let rest = if differs { size - rest } else { rest };
    // It is less than the divisor, so it fits.
    if b < 0 {
        (rest as i64).wrapping_neg()
    } else {
        rest as i64
    }
}

/// `divmod(a, b)`.
pub fn divmod(a: IntRef<'_>, b: IntRef<'_>) -> Result<(Int, Int), Fault> {
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b) {
        return Ok((floor_div_i64(a, b)?, Int::Small(modulo_i64(a, b)?)));
    }
    let (a, b) = (a.as_big(), b.as_big());
    if b.is_zero() {
        return Err(division_by_zero());
    }
    let (quotient, rest) = match divide_short(a.magnitude(), b.magnitude()) {
        Some((quotient, rest)) => (BigUint::from(quotient), rest),
        None => a.magnitude().div_rem(b.magnitude()),
    };
    let (quotient, rest) = floored((quotient, rest), (a.sign(), b.sign()), b.magnitude());
    Ok((Int::from(quotient), Int::from(rest)))
}

/// Quotient and remainder of magnitudes, rounded down for the signs of the dividend and the
/// divisor.
fn floored(
    (mut quotient, mut rest): (BigUint, BigUint),
    (dividend, divisor): (Sign, Sign),
    size: &BigUint,
) -> (BigInt, BigInt) {
    let differ = dividend != divisor && dividend != Sign::NoSign;
    if differ && !rest.is_zero() {
        quotient += 1u32;
        rest = size - rest;
    }
    let sign = if differ { Sign::Minus } else { Sign::Plus };
    (
        BigInt::from_biguint(sign, quotient),
        BigInt::from_biguint(divisor, rest),
    )
}

/// Quotient and remainder where the quotient is known to fit 62 bits: it is the quotient of the
/// upper digits, or one more; so one multiplication does. None when it may be longer.
fn divide_short(a: &BigUint, b: &BigUint) -> Option<(u64, BigUint)> {
    const WORD: u64 = 64;
    if a < b {
        return Some((0, a.clone()));
    }
    let size = b.bits();
    if size <= WORD || a.bits() - size >= WORD - 2 {
        return None;
    }
    // The upper 64 bits of the divisor, and what stands above the same place in the dividend.
    let shift = size - WORD;
    let divisor = upper(b, shift);
    let mut quotient = u64::try_from(upper(a, shift) / (divisor + 1)).ok()?;
    let mut rest = b * quotient;
    rest = a - rest;
    while rest >= *b {
        rest -= b;
        quotient += 1;
    }
    Some((quotient, rest))
}

/// `number >> shift`, of which 128 bits are enough.
fn upper(number: &BigUint, shift: u64) -> u128 {
    const WORD: u64 = 64;
    let (whole, bits) = ((shift / WORD) as usize, shift % WORD);
    let mut result = 0;
    let digits = number.iter_u64_digits();
    let high = digits.len().saturating_sub(whole);
    for (place, digit) in digits.rev().take(high).enumerate() {
        let at = (high - 1 - place) as u64 * WORD;
        let digit = u128::from(digit);
        result |= match at.checked_sub(bits) {
            Some(up) if up < 128 => digit << up,
            Some(_) => 0,
            None => digit >> bits,
        };
    }
    result
}

/// Quotient and remainder of floats, for a divisor that is not zero.
fn divide_floats(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), rest);
    }
    // The quotient is a whole number up to rounding; snap it to the nearest.
    let mut floored = quotient.floor();
    if quotient - floored > 0.5 {
        floored += 1.0;
    }
    (floored, rest)
}

/// `a / b` of floats.
pub fn true_div_f64(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 {
        return Err(Fault::zero_division("float division by zero"));
    }
    Ok(a / b)
}

/// `a // b` of floats.
pub fn floor_div_f64(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 {
        return Err(Fault::zero_division("float floor division by zero"));
    }
    Ok(divide_floats(a, b).0)
}

/// `a % b` of floats.
pub fn modulo_f64(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 {
        return Err(Fault::zero_division("float modulo by zero"));
    }
    Ok(divide_floats(a, b).1)
}

/// `divmod(a, b)` of floats.
pub fn divmod_f64(a: f64, b: f64) -> Result<(f64, f64), Fault> {
    if b == 0.0 {
        return Err(Fault::zero_division("float divmod()"));
    }
    Ok(divide_floats(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_integers_divide_downwards() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (-6, 2, -3, 0),
            (0, -5, 0, 0),
            (i64::MIN, 3, -3_074_457_345_618_258_603, 1),
        ] {
            assert_eq!(floor_div_i64(a, b), Ok(Int::Small(quotient)));
            assert_eq!(modulo_i64(a, b), Ok(rest));
            let (big_a, big_b) = (BigInt::from(a), BigInt::from(b));
            assert_eq!(
                divmod(IntRef::Big(&big_a), IntRef::Big(&big_b)),
                Ok((Int::Small(quotient), Int::Small(rest)))
            );
        }
        assert_eq!(
            floor_div_i64(i64::MIN, -1),
            Ok(Int::Big(BigInt::from(1u64 << 63)))
        );
        assert_eq!(modulo_i64(i64::MIN, -1), Ok(0));
    }

    #[test]
    fn short_quotients_are_those_of_long_division() {
        let digit = |seed: u64| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        let number = |seed: u64, len: u64| {
            (0..len).fold(BigUint::zero(), |sum, at| (sum << 64u32) + digit(seed + at))
        };
        let ones = |bits: u64| (BigUint::from(1u32) << bits) - 1u32;
        let divisors = (1..60).map(|n| number(n, n % 5 + 1));
        let divisors = divisors.chain((60..200).flat_map(|bits| [ones(bits), ones(bits) + 1u32]));
        for (n, b) in (1u64..).zip(divisors) {
            for quotient in [0, 1, 2, 9, digit(n) >> 2, (1 << 62) - 1, digit(n), u64::MAX] {
                for rest in [BigUint::zero(), BigUint::from(1u32), &b - 1u32, &b >> 1u32] {
                    let a = &b * quotient + &rest;
                    if let Some(found) = divide_short(&a, &b) {
                        assert_eq!((BigUint::from(found.0), found.1), a.div_rem(&b));
                    } else {
                        assert!(b.bits() <= 64 || quotient >= 1 << 61, "{a} / {b}");
                    }
                    for (x, y) in [(1i64, 1i64), (1, -1), (-1, 1), (-1, -1)] {
                        let x = BigInt::from(a.clone()) * x;
                        let y = BigInt::from(b.clone()) * y;
                        let expected = x.div_mod_floor(&y);
                        let (quotient, rest) =
                            divmod(IntRef::Big(&x), IntRef::Big(&y)).expect("no zero");
                        assert_eq!((BigInt::from(quotient), BigInt::from(rest)), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn zero_divisors_have_their_own_texts() {
        let texts = [
            floor_div_i64(1, 0).map(|_| ()),
            modulo_i64(1, 0).map(|_| ()),
            true_div_f64(1.0, 0.0).map(|_| ()),
            floor_div_f64(1.0, 0.0).map(|_| ()),
            modulo_f64(1.0, -0.0).map(|_| ()),
            divmod_f64(1.0, 0.0).map(|_| ()),
        ]
        .map(|result| result.map_or_else(|fault| fault.text().to_owned(), |()| String::new()));
        assert_eq!(
            texts,
            [
                "integer division or modulo by zero",
                "integer modulo by zero",
                "float division by zero",
                "float floor division by zero",
                "float modulo by zero",
                "float divmod()",
            ]
        );
    }

    #[test]
    fn floats_divide_as_in_cpython() {
        let repr = |(a, b)| format!("{a:?} {b:?}");
        for (a, b, expected) in [
            (5.0, -0.3, "-17.0 -0.09999999999999981"),
            (-5.0, 0.3, "-17.0 0.09999999999999981"),
            (-1e-20, 3.0, "-1.0 3.0"),
            (-1.0, f64::INFINITY, "-1.0 inf"),
            (0.0, -3.0, "-0.0 -0.0"),
            (-0.0, 3.0, "-0.0 0.0"),
            (f64::INFINITY, 1.0, "NaN NaN"),
            (7.5, 2.5, "3.0 0.0"),
        ] {
            assert_eq!(divmod_f64(a, b).map(repr), Ok(expected.to_owned()));
        }
    }
}
