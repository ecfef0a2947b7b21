//! `math.erf` and `math.erfc`.
//!
//! The rational approximations are those of Sun's mathematical library, which the C libraries share; the order in which
//! the terms are added is the GNU library's, so that the last digits agree.

/// `erf(1)` rounded to single precision: what the second interval adds to.
const NEAR_ONE: f64 = 0.845_062_911_510_467_5;
/// `2 / sqrt(pi) - 1`
const SLOPE_LESS_ONE: f64 = 0.128_379_167_095_512_6;

/// Numerator below 0.84375, in the square of the argument.
const SMALL_P: [f64; 5] = [
    0.128_379_167_095_512_56,
    -0.325_042_107_247_001_5,
    -0.028_481_749_575_598_51,
    -0.005_770_270_296_489_442,
    -2.376_301_665_665_016_3e-05,
];
/// Denominator of the same.
const SMALL_Q: [f64; 6] = [
    1.0,
    0.397_917_223_959_155_35,
    0.065_022_249_988_767_3,
    0.005_081_306_281_875_766,
    0.000_132_494_738_004_321_64,
    -3.960_228_278_775_368e-06,
];
/// Numerator from 0.84375 to 1.25, in the distance from one.
const MIDDLE_P: [f64; 7] = [
    -0.002_362_118_560_752_659_4,
    0.414_856_118_683_748_33,
    -0.372_207_876_035_701_3,
    0.318_346_619_901_161_75,
    -0.110_894_694_282_396_68,
    0.035_478_304_325_618_236,
    -0.002_166_375_594_868_791,
];
/// Denominator of the same.
const MIDDLE_Q: [f64; 7] = [
    1.0,
    0.106_420_880_400_844_23,
    0.540_397_917_702_171,
    0.071_828_654_414_196_27,
    0.126_171_219_808_761_64,
    0.013_637_083_912_029_05,
    0.011_984_499_846_799_107,
];
/// Numerator from 1.25 to 1 / 0.35, in the inverse of the square.
const LARGE_P: [f64; 8] = [
    -0.009_864_944_034_847_148,
    -0.693_858_572_707_181_8,
    -10.558_626_225_323_291,
    -62.375_332_450_326_006,
    -162.396_669_462_573_47,
    -184.605_092_906_711_04,
    -81.287_435_506_306_6,
    -9.814_329_344_169_145,
];
/// Denominator of the same.
const LARGE_Q: [f64; 9] = [
    1.0,
    19.651_271_667_439_257,
    137.657_754_143_519_04,
    434.565_877_475_229_23,
    645.387_271_733_267_9,
    429.008_140_027_567_83,
    108.635_005_541_779_44,
    6.570_249_770_319_282,
    -0.060_424_415_214_858_1,
];
/// Numerator beyond.
const HUGE_P: [f64; 7] = [
    -0.009_864_942_924_700_1,
    -0.799_283_237_680_523,
    -17.757_954_917_754_752,
    -160.636_384_855_821_92,
    -637.566_443_368_389_6,
    -1_025.095_131_611_077_2,
    -483.519_191_608_651_4,
];
/// Denominator of the same.
const HUGE_Q: [f64; 8] = [
    1.0,
    30.338_060_743_482_46,
    325.792_512_996_573_9,
    1_536.729_586_084_437,
    3_199.858_219_508_595_5,
    2_553.050_406_433_164_4,
    474.528_541_206_955_37,
    -22.440_952_446_585_82,
];

/// A polynomial, added up in pairs of terms, with the powers of the square built from one another.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let powers = [1.0, x2, x4, x4 * x2, x4 * x4];
    let mut sum = 0.0;
    for (pair, power) in coefficients.chunks(2).zip(powers) {
        let term = match pair {
            [a, b] => a + x * b,
            [a] => *a,
            _ => 0.0,
        };
        sum = if power == 1.0 && sum == 0.0 {
            term
        } else {
            sum + power * term
        };
    }
    sum
}

fn quotient(p: &[f64], q: &[f64], x: f64) -> f64 {
    polynomial(p, x) / polynomial(q, x)
}

/// `erfc` of a size of at least 1.25, but for a division by the size.
fn tail(size: f64) -> f64 {
    let s = 1.0 / (size * size);
    let ratio = if size < 1.0 / 0.35 {
        quotient(&LARGE_P, &LARGE_Q, s)
    } else {
        quotient(&HUGE_P, &HUGE_Q, s)
    };
    // The square is taken in two parts: the first one is exact because it has half of the digits.
    let z = f64::from_bits(size.to_bits() & !0xffff_ffff);
    (-z * z - 0.5625).exp() * ((z - size) * (z + size) + ratio).exp()
}

/// `math.erf(x)`.
pub fn erf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let size = x.abs();
    if size < 0.84375 {
        if size < 2f64.powi(-28) {
            return if size < f64::MIN_POSITIVE {
                0.0625 * (16.0 * x + (16.0 * SLOPE_LESS_ONE) * x)
            } else {
                x + SLOPE_LESS_ONE * x
            };
        }
        return x + x * quotient(&SMALL_P, &SMALL_Q, x * x);
    }
    let result = if size < 1.25 {
        NEAR_ONE + quotient(&MIDDLE_P, &MIDDLE_Q, size - 1.0)
    } else if size >= 6.0 {
        1.0
    } else {
        1.0 - tail(size) / size
    };
    result.copysign(x)
}

/// `math.erfc(x)`.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let size = x.abs();
    if size < 0.84375 {
        if size < 2f64.powi(-56) {
            return 1.0 - x;
        }
        let y = quotient(&SMALL_P, &SMALL_Q, x * x);
        if x < 0.25 {
            return 1.0 - (x + x * y);
        }
        return 0.5 - (x - 0.5 + x * y);
    }
    if size < 1.25 {
        let ratio = quotient(&MIDDLE_P, &MIDDLE_Q, size - 1.0);
        return if x >= 0.0 {
            1.0 - NEAR_ONE - ratio
        } else {
            1.0 + (NEAR_ONE + ratio)
        };
    }
    if x <= -6.0 {
        return 2.0;
    }
    if size >= 28.0 {
        return 0.0;
    }
    let rest = tail(size) / size;
    if x > 0.0 { rest } else { 2.0 - rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interval_agrees_to_the_last_digit() {
        for (x, plain, complement) in [
            (0.0, 0.0, 1.0),
            (1e-310, 1.1283791670955e-310, 1.0),
            (1e-30, 1.1283791670955127e-30, 1.0),
            (0.1, 0.1124629160182849, 0.8875370839817152),
            (0.5, 0.5204998778130465, 0.4795001221869535),
            (0.75, 0.7111556336535151, 0.28884436634648486),
            (-0.8, -0.7421009647076605, 1.7421009647076606),
            (1.0, 0.8427007929497149, 0.15729920705028513),
            (-1.1, -0.8802050695740817, 1.8802050695740817),
            (1.5, 0.9661051464753108, 0.033894853524689274),
            (2.5, 0.999593047982555, 0.0004069520174449589),
            (-2.0, -0.9953222650189527, 1.9953222650189528),
            (3.0, 0.9999779095030014, 2.2090496998585438e-05),
            (4.5, 0.9999999998033839, 1.9661604415428873e-10),
            (-5.0, -0.9999999999984626, 1.9999999999984626),
            (6.5, 1.0, 3.8421483271206475e-20),
            (10.0, 1.0, 2.088487583762545e-45),
            (26.0, 1.0, 5.663192408856143e-296),
            (-7.0, -1.0, 2.0),
            (30.0, 1.0, 0.0),
        ] {
            assert_eq!((erf(x), erfc(x)), (plain, complement), "{x}");
        }
    }
}
