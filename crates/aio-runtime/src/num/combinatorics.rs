//! `math.factorial`, `math.comb` and `math.perm`.

use num_bigint::{BigInt, BigUint};
use num_traits::One as _;

use super::{Fault, Int, IntRef, power::MAX_BITS};

/// The product of consecutive integers `low..=high`, halved again and again so that factors stay of one size.
fn product(low: u64, high: u64) -> BigUint {
    if low > high {
        return BigUint::one();
    }
    if high - low < 16 {
        let mut small = 1u64;
        let mut result = BigUint::one();
        for factor in low..=high {
            match small.checked_mul(factor) {
                Some(grown) => small = grown,
                None => {
                    result *= small;
                    small = factor;
                }
            }
        }
        return result * small;
    }
    let middle = low + (high - low) / 2;
    product(low, middle) * product(middle + 1, high)
}

/// `math.factorial(n)`.
pub fn factorial(n: IntRef<'_>) -> Result<Int, Fault> {
    if n.is_negative() {
        return Err(Fault::value("factorial() not defined for negative values"));
    }
    let IntRef::Small(n) = n else {
        return Err(Fault::overflow(
            "factorial() argument should not exceed 9223372036854775807",
        ));
    };
    let n = n as u64;
    /// Of no larger number does it fit 64 bits.
    const SMALL: u64 = 20;
    if n <= SMALL {
        return Ok(Int::Small((2..=n as i64).product()));
    }
    check_size(n, n)?;
    Ok(Int::from(BigInt::from(product(2, n))))
}

/// Refuses products of so many factors of such a size that they could not be computed.
fn check_size(factors: u64, largest: u64) -> Result<(), Fault> {
    check_bits(factors.checked_mul(u64::from(64 - largest.leading_zeros())))
}

fn check_bits(bits: Option<u64>) -> Result<(), Fault> {
    if bits.is_none_or(|bits| bits > MAX_BITS) {
        return Err(Fault::Memory);
    }
    Ok(())
}

fn check_arguments(n: IntRef<'_>, k: IntRef<'_>) -> Result<(), Fault> {
    if n.is_negative() {
        return Err(Fault::value("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(Fault::value("k must be a non-negative integer"));
    }
    Ok(())
}

/// `n * (n - 1) * …`, with `k` factors, for an `n` beyond 64 bits.
fn falling(n: &BigInt, k: u64) -> Result<BigInt, Fault> {
    check_bits(k.checked_mul(n.bits()))?;
    Ok((0..k).fold(BigInt::one(), |product, less| product * (n - less)))
}

/// `math.perm(n, k)`; without `k` it is the factorial.
pub fn perm(n: IntRef<'_>, k: IntRef<'_>) -> Result<Int, Fault> {
    check_arguments(n, k)?;
    match (n, k) {
        (IntRef::Small(n), IntRef::Small(k)) if k <= n => {
            let (n, k) = (n as u64, k as u64);
            check_size(k, n)?;
            Ok(Int::from(BigInt::from(product(n - k + 1, n))))
        }
        (IntRef::Small(_), _) => Ok(Int::Small(0)),
        (IntRef::Big(n), IntRef::Small(k)) => falling(n, k as u64).map(Int::from),
        (IntRef::Big(n), IntRef::Big(k)) if k > n => Ok(Int::Small(0)),
        (IntRef::Big(_), IntRef::Big(_)) => Err(Fault::Memory),
    }
}

/// `math.comb(n, k)`.
pub fn comb(n: IntRef<'_>, k: IntRef<'_>) -> Result<Int, Fault> {
    check_arguments(n, k)?;
    let (n, k) = (n.to_big(), k.to_big());
    if k > n {
        return Ok(Int::Small(0));
    }
    let smaller = (&n - &k).min(k);
    let Ok(k) = u64::try_from(&smaller) else {
        return Err(Fault::Memory);
    };
    let numerator = match u64::try_from(&n) {
        Ok(n) => {
            check_size(k, n)?;
            BigInt::from(product(n - k + 1, n))
        }
        Err(_) => falling(&n, k)?,
    };
    Ok(Int::from(numerator / BigInt::from(product(2, k))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(value: i64) -> IntRef<'static> {
        IntRef::Small(value)
    }

    fn big(text: &str) -> BigInt {
        text.parse().expect("digits")
    }

    #[test]
    fn factorials() {
        assert_eq!(factorial(s(0)), Ok(Int::Small(1)));
        assert_eq!(factorial(s(20)), Ok(Int::Small(2_432_902_008_176_640_000)));
        assert_eq!(
            factorial(s(25)),
            Ok(Int::Big(big("15511210043330985984000000")))
        );
        assert_eq!(
            factorial(s(-1)),
            Err(Fault::value("factorial() not defined for negative values"))
        );
        assert_eq!(factorial(s(i64::MAX)), Err(Fault::Memory));
    }

    #[test]
    fn combinations_and_permutations() {
        assert_eq!(comb(s(5), s(2)), Ok(Int::Small(10)));
        assert_eq!(comb(s(5), s(7)), Ok(Int::Small(0)));
        assert_eq!(
            comb(s(100), s(50)),
            Ok(Int::Big(big("100891344545564193334812497256")))
        );
        let huge = big("100000000000000000000");
        let expected = Int::Big(big("4999999999999999999950000000000000000000"));
        assert_eq!(comb(IntRef::Big(&huge), s(2)), Ok(expected.clone()));
        assert_eq!(
            comb(IntRef::Big(&huge), IntRef::Big(&(&huge - 2))),
            Ok(expected)
        );
        assert_eq!(perm(s(5), s(2)), Ok(Int::Small(20)));
        assert_eq!(perm(s(5), s(7)), Ok(Int::Small(0)));
        assert_eq!(
            perm(IntRef::Big(&huge), s(3)),
            Ok(Int::Big(big(
                "999999999999999999970000000000000000000200000000000000000000"
            )))
        );
        assert_eq!(
            comb(s(-1), s(2)),
            Err(Fault::value("n must be a non-negative integer"))
        );
        assert_eq!(
            comb(s(5), s(-1)),
            Err(Fault::value("k must be a non-negative integer"))
        );
    }
}
