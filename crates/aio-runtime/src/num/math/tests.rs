//! What the functions of `math` gave in CPython 3.13, and ours.

use num_bigint::BigInt;

use super::*;

#[test]
fn logarithms_reach_beyond_floats() {
    let big = BigInt::from(10).pow(400);
    assert_eq!(
        log_int(IntRef::Big(&big), f64::ln),
        Ok(921.034_037_197_618_2)
    );
    assert_eq!(
        log_int(IntRef::Big(&big), f64::log2),
        Ok(1_328.771_237_954_945)
    );
    assert_eq!(log_int(IntRef::Big(&big), f64::log10), Ok(400.0));
    assert_eq!(log_int(IntRef::Small(0), f64::ln), Err(domain_error()));
    assert_eq!(log_f64(-1.0, f64::ln), Err(domain_error()));
}

#[test]
fn exceptions_come_from_infinities_and_nans() {
    assert_eq!(checked(f64::exp, 1000.0, true), Err(range_error()));
    assert_eq!(checked(f64::acos, 2.0, false), Err(domain_error()));
    assert_eq!(checked(f64::sin, f64::INFINITY, false), Err(domain_error()));
    assert_eq!(checked(f64::atanh, 1.0, false), Err(domain_error()));
    assert_eq!(checked(f64::exp, f64::INFINITY, true), Ok(f64::INFINITY));
    assert_eq!(pow(0.0, -1.0), Err(domain_error()));
    assert_eq!(pow(-1.0, 0.5), Err(domain_error()));
    assert_eq!(pow(10.0, 400.0), Err(range_error()));
    assert_eq!(pow(f64::NEG_INFINITY, -3.0), Ok(-0.0));
    assert_eq!(fmod(1.0, 0.0), Err(domain_error()));
    assert_eq!(fmod(1.0, f64::INFINITY), Ok(1.0));
}

#[test]
fn remainders_are_from_the_nearest_multiple() {
    for (x, y, expected) in [
        (5.0, 3.0, -1.0),
        (-4.5, 3.0, 1.5),
        (4.5, 3.0, -1.5),
        (1.5, 3.0, 1.5),
        (7.0, f64::INFINITY, 7.0),
    ] {
        assert_eq!(remainder(x, y), Ok(expected), "remainder({x}, {y})");
    }
    assert_eq!(remainder(1.0, 0.0), Err(domain_error()));
}

#[test]
fn floats_come_apart() {
    assert_eq!(frexp(0.1), (0.8, -3));
    assert_eq!(frexp(5e-324), (0.5, -1073));
    assert_eq!(ldexp(1.0, 2000), Err(range_error()));
    assert_eq!(ldexp(1.0, -2000), Ok(0.0));
    assert_eq!(ldexp(3.0, -1075), Ok(1e-323));
    assert_eq!(ldexp(5e-324, 1100), Ok(67_108_864.0));
    assert_eq!(ldexp(1.0, 1023), Ok(2f64.powi(1023)));
    assert_eq!(ldexp(1.0, i64::MAX), Err(range_error()));
    assert_eq!(ldexp(-1.5, i64::MIN), Ok(-0.0));
    assert_eq!(modf(-1.5), (-0.5, -1.0));
    assert_eq!(modf(f64::INFINITY), (0.0, f64::INFINITY));
    assert_eq!(next_after(0.0, 1.0, 1), 5e-324);
    assert_eq!(next_after(1.0, 2.0, 3), 1.0000000000000007);
    assert_eq!(next_after(1.0, -1.0, 1), 0.9999999999999999);
    assert_eq!(next_after(1.0, 1.0000000000000002, 9), 1.0000000000000002);
    assert_eq!(ulp(1.0), f64::EPSILON);
    assert_eq!(ulp(f64::MAX), 1.99584030953472e292);
}

#[test]
fn sums_lose_little_or_nothing() {
    let compensated = |items: &[f64]| {
        let mut sum = CompensatedSum::new(items[0]);
        items[1..].iter().for_each(|&x| sum.add(x));
        sum.total()
    };
    assert_eq!(compensated(&[0.1; 10]), 1.0);
    assert_eq!(compensated(&[1e16, 1.0, 1.0]), 1.0000000000000002e16);
    assert_eq!(compensated(&[0.0, 1e308, 1e308]), f64::INFINITY);
    let exact = |items: &[f64]| {
        let mut sum = ExactSum::default();
        items.iter().try_for_each(|&x| sum.add(x))?;
        sum.total()
    };
    assert_eq!(exact(&[0.1; 10]), Ok(1.0));
    assert_eq!(exact(&[1.0, 1e100, 1.0, -1e100]), Ok(2.0));
    assert_eq!(exact(&[1e16, 1.0, 1e-16]), Ok(1.0000000000000002e16));
    assert_eq!(exact(&[]), Ok(0.0));
    assert_eq!(
        exact(&[1e308, 1e308]),
        Err(Fault::overflow("intermediate overflow in fsum"))
    );
    assert_eq!(
        exact(&[f64::INFINITY, f64::NEG_INFINITY]),
        Err(Fault::value("-inf + inf in fsum"))
    );
    assert!(exact(&[f64::INFINITY, f64::NAN]).is_ok_and(f64::is_nan));
    assert_eq!(
        sum_products([(0.1, 0.2); 3].into_iter()),
        Ok(0.060000000000000005)
    );
}

#[test]
fn norms() {
    assert_eq!(hypot(&[3.0, 4.0]), 5.0);
    assert_eq!(hypot(&[1e300, 1e300]), 1.4142135623730952e300);
    assert_eq!(hypot(&[1e-320, 1e-320]), 1.414e-320);
    assert_eq!(hypot(&[1.0, 2.0, 3.0]), 3.7416573867739413);
    assert_eq!(hypot(&[]), 0.0);
    assert_eq!(hypot(&[f64::INFINITY, f64::NAN]), f64::INFINITY);
    assert!(hypot(&[f64::NAN]).is_nan());
}

#[test]
fn closeness() {
    assert_eq!(is_close(1.0, 1.0 + 1e-10, 1e-9, 0.0), Ok(true));
    assert_eq!(is_close(1.0, 1.1, 1e-9, 0.0), Ok(false));
    assert_eq!(is_close(f64::INFINITY, 1e308, 1e-9, 0.0), Ok(false));
    assert_eq!(is_close(0.0, 1e-12, 1e-9, 1e-9), Ok(true));
    assert!(is_close(1.0, 1.0, -1.0, 0.0).is_err());
}
