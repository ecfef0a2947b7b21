//! Between `int` and `float`: correctly rounded conversion, exact comparison, truncation, ratios.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One as _, ToPrimitive as _, Zero as _};

use super::{Fault, Int, IntRef};

/// `float(value)`: the nearest double, ties to even.
pub fn to_f64(value: IntRef<'_>) -> Result<f64, Fault> {
    let too_large = || Fault::overflow("int too large to convert to float");
    match value {
        IntRef::Small(value) => Ok(value as f64),
        IntRef::Big(value) => {
            let size = round_to_f64(value.magnitude()).ok_or_else(too_large)?;
            Ok(if value.sign() == Sign::Minus {
                -size
            } else {
                size
            })
        }
    }
}

/// The nearest double, ties to even; none if it would be infinite.
fn round_to_f64(value: &BigUint) -> Option<f64> {
    let bits = value.bits();
    if bits > 1024 {
        return None;
    }
    let Some(drop) = bits.checked_sub(64).filter(|&drop| drop > 0) else {
        return Some(value.to_u64().expect("at most 64 bits are left") as f64);
    };
    // A sticky last bit stands for everything below: 64 bits are more than the 53 + 1 that decide the rounding.
    let top = (value >> drop).to_u64().expect("64 bits are left");
    let sticky = value.trailing_zeros().is_some_and(|zeros| zeros < drop);
    let size = (top | u64::from(sticky)) as f64 * 2f64.powi(drop as i32);
    size.is_finite().then_some(size)
}

/// Compares an integer with a float by their exact values; none for a NaN.
pub fn compare(value: IntRef<'_>, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    let whole = x.trunc();
    let by_whole = match value {
        // Within these bounds the whole part of the float fits 64 bits exactly.
        IntRef::Small(value) if (-9.2e18..9.2e18).contains(&whole) => value.cmp(&(whole as i64)),
        IntRef::Small(_) if whole > 0.0 => Ordering::Less,
        IntRef::Small(value) => BigInt::from(value).cmp(&big_from_whole(whole)),
        IntRef::Big(value) => value.cmp(&big_from_whole(whole)),
    };
    let fraction = x - whole;
    Some(by_whole.then_with(|| 0.0.partial_cmp(&fraction).unwrap_or(Ordering::Equal)))
}

/// Splits a finite float into ±mantissa × 2^exponent.
fn decompose(x: f64) -> (bool, u64, i32) {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let negative = x.is_sign_negative();
    if exponent == 0 {
        (negative, fraction, -1074)
    } else {
        (negative, fraction | 1 << 52, exponent - 1075)
    }
}

/// The exact value of a finite float without a fraction.
fn big_from_whole(x: f64) -> BigInt {
    let (negative, mantissa, exponent) = decompose(x);
    let size = if exponent >= 0 {
        BigUint::from(mantissa) << exponent
    } else {
        BigUint::from(mantissa.checked_shr(exponent.unsigned_abs()).unwrap_or(0))
    };
    BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, size)
}

/// `int(x)`, and with the result of `floor` or `ceil` also `math.floor`, `math.ceil` and `round(x)`.
pub fn from_f64(x: f64) -> Result<Int, Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert float infinity to integer"));
    }
    if (-9.2e18..9.2e18).contains(&x) {
        return Ok(Int::Small(x as i64));
    }
    Ok(Int::from(big_from_whole(x)))
}

/// `x.as_integer_ratio()`.
pub fn float_ratio(x: f64) -> Result<(Int, Int), Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert Infinity to integer ratio"));
    }
    let (negative, mantissa, exponent) = decompose(x);
    if mantissa == 0 {
        return Ok((Int::Small(0), Int::Small(1)));
    }
    let zeros = mantissa.trailing_zeros();
    let exponent = exponent + zeros as i32;
    let mut numerator = BigUint::from(mantissa >> zeros);
    let mut denominator = BigUint::one();
    if exponent >= 0 {
        numerator <<= exponent;
    } else {
        denominator <<= -exponent;
    }
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Ok((
        Int::from(BigInt::from_biguint(sign, numerator)),
        Int::from(BigInt::from(denominator)),
    ))
}

/// Integer true division `a / b`, correctly rounded.
pub fn true_divide(a: IntRef<'_>, b: IntRef<'_>) -> Result<f64, Fault> {
    const EXACT: u64 = 1 << 53;
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b) {
        if b == 0 {
            return Err(Fault::zero_division("division by zero"));
        }
        if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
            return Ok(a as f64 / b as f64);
        }
    }
    divide_big(&a.to_big(), &b.to_big())
}

fn divide_big(a: &BigInt, b: &BigInt) -> Result<f64, Fault> {
    if b.is_zero() {
        return Err(Fault::zero_division("division by zero"));
    }
    if a.is_zero() {
        return Ok(if b.sign() == Sign::Minus { -0.0 } else { 0.0 });
    }
    let too_large = || Fault::overflow("integer division result too large for a float");
    let negative = a.sign() != b.sign();
    let (a, b) = (a.magnitude(), b.magnitude());
    // Scale so that the quotient has 66 or 67 bits, more than a double can hold; the rest only matters as "not zero".
    let scale = b.bits() as i64 - a.bits() as i64 + 66;
    if scale < -1024 {
        return Err(too_large());
    }
    if scale > 1200 {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let (scaled_a, scaled_b) = if scale >= 0 {
        (a << scale, b.clone())
    } else {
        (a.clone(), b << -scale)
    };
    let mut quotient = &scaled_a / &scaled_b;
    if &quotient * &scaled_b != scaled_a {
        quotient = quotient << 1u32 | BigUint::one();
    } else {
        quotient <<= 1u32;
    }
    let size = scale_down(&quotient, scale + 1).ok_or_else(too_large)?;
    Ok(if negative { -size } else { size })
}

/// `value * 2^exponent`, rounded once; none if it would be infinite.
pub(crate) fn round_scaled(value: &BigUint, exponent: i64) -> Option<f64> {
    // More bits than a double has, so that there is always something to round away.
    scale_down(&(value << 70u32), 70 - exponent)
}

/// `value / 2^scale`, rounded once, where `value` has more bits than a double and a sticky last one.
fn scale_down(value: &BigUint, scale: i64) -> Option<f64> {
    let bits = value.bits() as i64;
    // The exponent of the result's first bit decides how many bits it may keep.
    let top = bits - 1 - scale;
    if top > 1023 {
        return None;
    }
    let keep = if top >= -1022 { 53 } else { top + 1075 };
    if keep < 0 {
        return Some(0.0);
    }
    let drop = bits - keep;
    let kept = (value >> drop).to_u64().expect("at most 53 bits are kept");
    let half = BigUint::one() << (drop - 1);
    let rest = value - (BigUint::from(kept) << drop);
    let rounds_up = match rest.cmp(&half) {
        Ordering::Greater => true,
        Ordering::Equal => kept & 1 == 1,
        Ordering::Less => false,
    };
    let rounded = kept + u64::from(rounds_up);
    let size = times_power_of_two(rounded as f64, drop - scale);
    size.is_finite().then_some(size)
}

/// `x * 2^exponent` in two steps, for a whole `x` and a product that is exact or overflows.
fn times_power_of_two(x: f64, exponent: i64) -> f64 {
    let exponent = exponent.clamp(-1500, 1500) as i32;
    let first = exponent.clamp(-1000, 900);
    x * 2f64.powi(first) * 2f64.powi(exponent - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().expect("digits")
    }

    fn pow10(n: u32) -> BigInt {
        BigInt::from(10).pow(n)
    }

    #[test]
    fn conversion_to_float_rounds_half_to_even() {
        for (text, expected) in [
            ("9007199254740993", 9007199254740992.0),
            ("9007199254740995", 9007199254740996.0),
            ("36893488147419107329", 3.689348814741911e+19),
            ("-100000000000000000000000000000000", -1e32),
        ] {
            assert_eq!(to_f64(IntRef::Big(&big(text))), Ok(expected));
        }
        let tie: BigInt = (BigInt::one() << 120u32) + (BigInt::one() << 67u32);
        assert_eq!(to_f64(IntRef::Big(&tie)), Ok(2f64.powi(120)));
        assert_eq!(
            to_f64(IntRef::Big(&(tie + 1))),
            Ok(2f64.powi(120) * (1.0 + f64::EPSILON))
        );
        assert_eq!(to_f64(IntRef::Big(&pow10(308))), Ok(1e308));
        let overflow = Fault::overflow("int too large to convert to float");
        assert_eq!(to_f64(IntRef::Big(&pow10(309))), Err(overflow.clone()));
        let rounds_over: BigInt = (BigInt::one() << 1024u32) - 1;
        assert_eq!(to_f64(IntRef::Big(&rounds_over)), Err(overflow));
    }

    #[test]
    fn comparison_is_exact() {
        let c = |a: i64, x: f64| compare(IntRef::Small(a), x);
        assert_eq!(
            c(9_007_199_254_740_993, 9_007_199_254_740_992.0),
            Some(Ordering::Greater)
        );
        assert_eq!(
            c(i64::MAX, 9_223_372_036_854_775_808.0),
            Some(Ordering::Less)
        );
        assert_eq!(
            c(i64::MIN, -9_223_372_036_854_775_808.0),
            Some(Ordering::Equal)
        );
        assert_eq!(c(1, 1.5), Some(Ordering::Less));
        assert_eq!(c(-1, -1.5), Some(Ordering::Greater));
        assert_eq!(c(0, -0.0), Some(Ordering::Equal));
        assert_eq!(c(0, f64::NAN), None);
        assert_eq!(
            compare(IntRef::Big(&pow10(22)), 1e22),
            Some(Ordering::Equal)
        );
        assert_eq!(
            compare(IntRef::Big(&pow10(23)), 1e23),
            Some(Ordering::Greater)
        );
        assert_eq!(
            compare(IntRef::Big(&pow10(400)), f64::INFINITY),
            Some(Ordering::Less)
        );
    }

    #[test]
    fn true_division_is_correctly_rounded() {
        let div = |a: &BigInt, b: &BigInt| true_divide(IntRef::Big(a), IntRef::Big(b));
        assert_eq!(div(&pow10(400), &pow10(399)), Ok(10.0));
        assert_eq!(div(&BigInt::from(1), &pow10(323)), Ok(1e-323));
        assert_eq!(div(&BigInt::from(1), &pow10(324)), Ok(0.0));
        assert_eq!(div(&BigInt::from(-3), &pow10(324)), Ok(-5e-324));
        assert_eq!(
            div(&BigInt::from(1), &(pow10(308) * 3)),
            Ok(3.333_333_333_333_33e-309)
        );
        assert_eq!(
            div(&pow10(400), &BigInt::from(1)),
            Err(Fault::overflow(
                "integer division result too large for a float"
            ))
        );
        assert_eq!(
            true_divide(IntRef::Small(i64::MAX), IntRef::Small(3)),
            Ok(3.0744573456182584e18)
        );
        assert_eq!(
            true_divide(IntRef::Small(1), IntRef::Small(0)),
            Err(Fault::zero_division("division by zero"))
        );
    }

    #[test]
    fn ratios_and_truncation() {
        assert_eq!(float_ratio(0.75), Ok((Int::Small(3), Int::Small(4))));
        assert_eq!(float_ratio(-1e3), Ok((Int::Small(-1000), Int::Small(1))));
        assert_eq!(
            float_ratio(0.1),
            Ok((
                Int::Small(3_602_879_701_896_397),
                Int::Small(36_028_797_018_963_968)
            ))
        );
        assert_eq!(from_f64(-2.7), Ok(Int::Small(-2)));
        assert_eq!(from_f64(1e22), Ok(Int::Big(pow10(22))));
        assert_eq!(
            from_f64(f64::NAN),
            Err(Fault::value("cannot convert float NaN to integer"))
        );
    }
}
