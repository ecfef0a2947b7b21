//! `math.gamma` and `math.lgamma`.
//!
//! They use Lanczos' approximation with the thirteen coefficients that CPython uses, in the same order
//! of operations, so that the last digits agree.

use std::f64::consts::PI;

use super::{Fault, math};

/// Lanczos' parameter, and the same less a half.
const G: f64 = 6.024_680_040_776_73;
const G_LESS_HALF: f64 = 5.524_680_040_776_73;

const NUMERATOR: [f64; 13] = [
    23_531_376_880.410_76,
    42_919_803_642.649_1,
    35_711_959_237.355_67,
    17_921_034_426.037_21,
    6_039_542_586.352_028,
    1_439_720_407.311_721_6,
    248_874_557.862_054_17,
    31_426_415.585_400_194,
    2_876_370.628_935_372_5,
    186_056.265_395_223_48,
    8_071.672_002_365_816,
    210.824_277_751_579_36,
    2.506_628_274_631_000_2,
];

const DENOMINATOR: [f64; 13] = [
    0.0,
    39_916_800.0,
    120_543_840.0,
    150_917_976.0,
    105_258_076.0,
    45_995_730.0,
    13_339_535.0,
    2_637_558.0,
    357_423.0,
    32_670.0,
    1_925.0,
    66.0,
    1.0,
];

/// Factorials that a float holds exactly: `gamma(n + 1)` at index `n`.
const MAX_EXACT: f64 = 23.0;

/// Lanczos' sum for a positive argument; for large ones in powers of its inverse.
fn lanczos_sum(x: f64) -> f64 {
    let mut sums = (0.0, 0.0);
    let pairs = NUMERATOR.iter().zip(&DENOMINATOR);
    if x < 5.0 {
        for (a, b) in pairs.rev() {
            sums = (sums.0 * x + a, sums.1 * x + b);
        }
    } else {
        for (a, b) in pairs {
            sums = (sums.0 / x + a, sums.1 / x + b);
        }
    }
    sums.0 / sums.1
}

/// `sin(pi * x)` for a positive `x`, without losing digits near whole numbers.
fn sin_pi(x: f64) -> f64 {
    let y = x % 2.0;
    match (2.0 * y).round() as u32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    }
}

/// `math.gamma(x)`.
pub fn gamma(x: f64) -> Result<f64, Fault> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == f64::NEG_INFINITY || x == 0.0 {
        return Err(math::domain_error());
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(math::domain_error());
        }
        if x <= MAX_EXACT {
            return Ok((1..x as u64).map(|n| n as f64).product());
        }
    }
    let size = x.abs();
    let result = if size < 1e-20 {
        1.0 / x
    } else if size > 200.0 {
        if x < 0.0 {
            return Ok(0.0 / -sin_pi(size));
        }
        return Err(math::range_error());
    } else {
        gamma_moderate(x, size)
    };
    if result.is_infinite() {
        return Err(math::range_error());
    }
    Ok(result)
}

fn gamma_moderate(x: f64, size: f64) -> f64 {
    let y = size + G_LESS_HALF;
    // What the rounding of y took away, corrected for at the end.
    let error = if size > G_LESS_HALF {
        (y - size) - G_LESS_HALF
    } else {
        (y - G_LESS_HALF) - size
    };
    let correction = error * G / y;
    // Beyond this size the power alone would overflow, so it goes in two halves.
    let in_halves = size >= 140.0;
    let power = if in_halves {
        y.powf(size / 2.0 - 0.25)
    } else {
        y.powf(size - 0.5)
    };
    if x < 0.0 {
        let mut result = -PI / sin_pi(size) / size * y.exp() / lanczos_sum(size);
        result -= correction * result;
        result /= power;
        if in_halves { result / power } else { result }
    } else {
        let mut result = lanczos_sum(size) / y.exp();
        result += correction * result;
        result *= power;
        if in_halves { result * power } else { result }
    }
}

/// `math.lgamma(x)`: the logarithm of the absolute value of gamma.
pub fn ln_gamma(x: f64) -> Result<f64, Fault> {
    if x.is_nan() {
        return Ok(x);
    }
    if x.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 {
            Err(math::domain_error())
        } else {
            Ok(0.0)
        };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(-size.ln());
    }
    let mut result = lanczos_sum(size).ln() - G;
    result += (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        result = LN_PI - sin_pi(size).abs().ln() - size.ln() - result;
    }
    if result.is_infinite() {
        return Err(math::range_error());
    }
    Ok(result)
}

const LN_PI: f64 = 1.144_729_885_849_400_2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_agrees_to_the_last_digit() {
        for (x, expected) in [
            (0.5, 1.7724538509055159),
            (-0.5, -3.544907701811032),
            (171.0, 7.257415615307998e306),
            (1e-308, 1e308),
            (-170.5, -3.312739521538607e-308),
            (23.0, 1.1240007277776077e21),
            (24.0, 2.585201673888497e22),
            (25.5, 3.0867705405286966e24),
            (150.5, 4.661072627097377e261),
        ] {
            assert_eq!(gamma(x), Ok(expected), "gamma({x})");
        }
        assert!(gamma(-200.5).is_ok_and(|y| y == 0.0 && y.is_sign_negative()));
        assert!(gamma(-201.5).is_ok_and(|y| y == 0.0 && y.is_sign_positive()));
        assert_eq!(gamma(172.0), Err(math::range_error()));
        assert_eq!(gamma(1e-310), Err(math::range_error()));
        assert_eq!(gamma(-1.0), Err(math::domain_error()));
    }

    #[test]
    fn ln_gamma_is_cpythons() {
        for (x, expected) in [
            (0.5, 0.5723649429247004),
            (-0.5, 1.265512123484645),
            (1e-30, 69.07755278982137),
            (100.0, 359.1342053695754),
            (4.0, 1.7917594692280554),
        ] {
            assert_eq!(ln_gamma(x), Ok(expected), "lgamma({x})");
        }
        assert_eq!(ln_gamma(1e306), Err(math::range_error()));
        assert_eq!(ln_gamma(0.0), Err(math::domain_error()));
    }
}
