//! `**` and `pow` of integers and floats. Complex powers are in `complex.rs`.

use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{One as _, Pow as _, Signed as _, Zero as _};

use super::{Fault, Int, IntRef, complex, convert};

/// Results with more bits than this are refused: their like takes minutes and gigabytes.
pub const MAX_BITS: u64 = 1 << 31;

/// A power of integers or floats.
#[derive(Clone, Debug, PartialEq)]
pub enum Power {
    /// Of integers, with an exponent that is not negative.
    Int(Int),
    /// A float.
    Float(f64),
    /// Of a negative float and an exponent that is not whole.
    Complex(f64, f64),
}

/// `base ** exponent` of integers.
pub fn pow_int(base: IntRef<'_>, exponent: IntRef<'_>) -> Result<Power, Fault> {
    if exponent.is_negative() {
        return pow_f64(convert::to_f64(base)?, convert::to_f64(exponent)?);
    }
    let base = match base {
        IntRef::Small(base) => {
            if let Some(result) = pow_trivial(base, exponent) {
                return Ok(Power::Int(result));
            }
            BigInt::from(base)
        }
        IntRef::Big(base) => base.clone(),
    };
    let exponent = match exponent {
        IntRef::Small(exponent) => exponent as u64,
        IntRef::Big(_) => return Err(Fault::Memory),
    };
    // A base of b bits is at least 2^(b-1).
    let least_bits = (base.bits() - 1).checked_mul(exponent);
    if exponent > 1 && least_bits.is_none_or(|bits| bits > MAX_BITS) {
        return Err(Fault::Memory);
    }
    Ok(Power::Int(Int::from(base.pow(exponent))))
}

/// Powers that stay within 128 bits, or do not depend on how large the exponent is.
fn pow_trivial(base: i64, exponent: IntRef<'_>) -> Option<Int> {
    let is_zero = matches!(exponent, IntRef::Small(0));
    let is_odd = match exponent {
        IntRef::Small(exponent) => exponent & 1 == 1,
        IntRef::Big(exponent) => exponent.is_odd(),
    };
    match base {
        0 => return Some(Int::Small(i64::from(is_zero))),
        1 => return Some(Int::Small(1)),
        -1 => return Some(Int::Small(if is_odd { -1 } else { 1 })),
        _ => {}
    }
    let exponent = u32::try_from(exponent.to_i64()?).ok()?;
    match base.checked_pow(exponent) {
        Some(result) => Some(Int::Small(result)),
        None => i128::from(base).checked_pow(exponent).map(Int::from),
    }
}

/// `pow(base, exponent, modulus)` of an exponent that is not negative, and a positive modulus.
fn pow_mod_small(base: i64, exponent: i64, modulus: i64) -> i64 {
    let times = |x: i64, y: i64| match x.checked_mul(y) {
        Some(product) => product % modulus,
        None => (i128::from(x) * i128::from(y) % i128::from(modulus)) as i64,
    };
    let (mut square, mut left) = (base.rem_euclid(modulus), exponent);
    let mut result = 1 % modulus;
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        left >>= 1;
    }
    result
}

/// The number whose product with `base` is 1 modulo a positive number, if there is one.
fn inverse_small(base: i64, modulus: i64) -> Option<i64> {
    // Euclid's algorithm; each remainder is its factor times the base, modulo the modulus.
    let (mut rest, mut next) = (modulus, base.rem_euclid(modulus));
    let (mut factor, mut next_factor) = (0i64, 1i64);
    while next != 0 {
        let quotient = rest / next;
        (rest, next) = (next, rest - quotient * next);
        // No factor exceeds the modulus.
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    (rest == 1).then(|| factor.rem_euclid(modulus))
}

/// `pow(base, exponent, modulus)`.
pub fn pow_mod(base: IntRef<'_>, exponent: IntRef<'_>, modulus: IntRef<'_>) -> Result<Int, Fault> {
    if let (IntRef::Small(base), IntRef::Small(exponent), IntRef::Small(modulus)) =
        (base, exponent, modulus)
        && exponent >= 0
        && modulus > 0
    {
        return Ok(Int::Small(pow_mod_small(base, exponent, modulus)));
    }
    if let (IntRef::Small(base), IntRef::Small(exponent), IntRef::Small(modulus)) =
        (base, exponent, modulus)
        && exponent > i64::MIN
        && modulus > 0
        && let Some(inverse) = inverse_small(base, modulus)
    {
        return Ok(Int::Small(pow_mod_small(inverse, -exponent, modulus)));
    }
    let modulus = modulus.to_big();
    if modulus.is_zero() {
        return Err(Fault::value("pow() 3rd argument cannot be 0"));
    }
    let size = modulus.abs();
    let mut base = base.to_big().mod_floor(&size);
    let mut exponent = exponent.to_big();
    if exponent.is_negative() {
        base = base
            .modinv(&size)
            .ok_or_else(|| Fault::value("base is not invertible for the given modulus"))?;
        exponent = -exponent;
    }
    if size.is_one() {
        return Ok(Int::Small(0));
    }
    let mut result = base.modpow(&exponent, &size);
    // As with `%`, the result takes the sign of the modulus.
    if modulus.sign() == Sign::Minus && !result.is_zero() {
        result -= size;
    }
    Ok(Int::from(result))
}

fn is_odd_whole(x: f64) -> bool {
    x.abs() % 2.0 == 1.0
}

/// `base ** exponent` of floats.
pub fn pow_f64(base: f64, exponent: f64) -> Result<Power, Fault> {
    if base == 0.0 && exponent < 0.0 && exponent.is_finite() {
        return Err(Fault::zero_division(
            "0.0 cannot be raised to a negative power",
        ));
    }
    // Where the result is exactly known, C's pow and Python agree.
    let is_special = exponent == 0.0 || base == 0.0 || !base.is_finite() || !exponent.is_finite();
    if is_special {
        return Ok(Power::Float(base.powf(exponent)));
    }
    if base < 0.0 && exponent != exponent.floor() {
        let (re, im) = complex::pow((base, 0.0), (exponent, 0.0))?;
        return Ok(Power::Complex(re, im));
    }
    let size = base.abs().powf(exponent);
    if size.is_infinite() {
        return Err(Fault::Range);
    }
    let negates = base < 0.0 && is_odd_whole(exponent);
    Ok(Power::Float(if negates { -size } else { size }))
}

/// `math.isqrt(value)`.
pub fn isqrt(value: IntRef<'_>) -> Result<Int, Fault> {
    if value.is_negative() {
        return Err(Fault::value("isqrt() argument must be nonnegative"));
    }
    Ok(match value {
        IntRef::Small(value) => Int::Small(value.isqrt()),
        IntRef::Big(value) => Int::from(value.sqrt()),
    })
}

/// `math.gcd(a, b)`.
pub fn gcd(a: IntRef<'_>, b: IntRef<'_>) -> Int {
    match (a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => {
            let result = a.unsigned_abs().gcd(&b.unsigned_abs());
            Int::from(i128::from(result))
        }
        _ => Int::from(a.to_big().gcd(&b.to_big())),
    }
}

/// `math.lcm(a, b)`.
pub fn lcm(a: IntRef<'_>, b: IntRef<'_>) -> Int {
    Int::from(a.to_big().lcm(&b.to_big()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(base: i64, exponent: i64) -> Result<Power, Fault> {
        pow_int(IntRef::Small(base), IntRef::Small(exponent))
    }

    #[test]
    fn integer_powers() {
        assert_eq!(small(2, 10), Ok(Power::Int(Int::Small(1024))));
        assert_eq!(small(0, 0), Ok(Power::Int(Int::Small(1))));
        assert_eq!(small(-2, 63), Ok(Power::Int(Int::Small(i64::MIN))));
        assert_eq!(
            small(10, 30),
            Ok(Power::Int(Int::Big(BigInt::from(10).pow(30u32))))
        );
        assert_eq!(small(2, -2), Ok(Power::Float(0.25)));
        assert_eq!(
            small(0, -1),
            Err(Fault::zero_division(
                "0.0 cannot be raised to a negative power"
            ))
        );
        assert_eq!(small(3, i64::MAX), Err(Fault::Memory));
        let huge = BigInt::from(10).pow(20u32) + 1;
        let minus_one = pow_int(IntRef::Small(-1), IntRef::Big(&huge));
        assert_eq!(minus_one, Ok(Power::Int(Int::Small(-1))));
    }

    #[test]
    fn modular_powers() {
        let pow = |a, b, c| pow_mod(IntRef::Small(a), IntRef::Small(b), IntRef::Small(c));
        assert_eq!(pow(2, 3, -5), Ok(Int::Small(-2)));
        assert_eq!(pow(2, -1, -5), Ok(Int::Small(-2)));
        assert_eq!(pow(38, -1, 97), Ok(Int::Small(23)));
        assert_eq!(pow(-3, 3, 5), Ok(Int::Small(3)));
        let prime = i64::MAX - 24;
        assert_eq!(pow(3, prime - 1, prime), Ok(Int::Small(1)));
        assert_eq!(pow(-1, i64::MAX, i64::MAX), Ok(Int::Small(i64::MAX - 1)));
        assert_eq!(pow(i64::MIN, 2, 7), Ok(Int::Small(1)));
        assert_eq!(pow(5, 0, 1), Ok(Int::Small(0)));
        assert_eq!(pow(5, -1, 1), Ok(Int::Small(0)));
        assert_eq!(
            pow(2, -1, 4),
            Err(Fault::value("base is not invertible for the given modulus"))
        );
        assert_eq!(
            pow(2, -1, 0),
            Err(Fault::value("pow() 3rd argument cannot be 0"))
        );
    }

    #[test]
    fn float_powers() {
        assert_eq!(
            pow_f64(2.0, 0.5),
            Ok(Power::Float(std::f64::consts::SQRT_2))
        );
        assert_eq!(pow_f64(-2.0, 3.0), Ok(Power::Float(-8.0)));
        assert_eq!(pow_f64(-2.0, 10001.0), Err(Fault::Range));
        assert_eq!(
            pow_f64(-8.0, 1.0 / 3.0),
            Ok(Power::Complex(1.0000000000000002, 1.7320508075688772))
        );
        assert_eq!(pow_f64(-1.0, f64::INFINITY), Ok(Power::Float(1.0)));
        assert_eq!(pow_f64(f64::NAN, 0.0), Ok(Power::Float(1.0)));
        assert_eq!(pow_f64(f64::NEG_INFINITY, -3.0), Ok(Power::Float(-0.0)));
        assert_eq!(pow_f64(1e-200, 2.0), Ok(Power::Float(0.0)));
    }

    #[test]
    fn roots_and_divisors() {
        assert_eq!(isqrt(IntRef::Small(99)), Ok(Int::Small(9)));
        let big = BigInt::from(10).pow(40u32);
        assert_eq!(
            isqrt(IntRef::Big(&(&big - 1))),
            Ok(Int::Big(BigInt::from(10).pow(20u32) - 1))
        );
        assert_eq!(gcd(IntRef::Small(-12), IntRef::Small(18)), Int::Small(6));
        assert_eq!(
            gcd(IntRef::Small(i64::MIN), IntRef::Small(0)),
            Int::Big(BigInt::from(1u64 << 63))
        );
        assert_eq!(lcm(IntRef::Small(4), IntRef::Small(-6)), Int::Small(12));
        assert_eq!(lcm(IntRef::Small(0), IntRef::Small(0)), Int::Small(0));
    }
}
