//! CPython's hashes of numbers, tuples and frozen sets, and a hash of text.
//!
//! Equal numbers of different types hash alike because a number hashes to its value modulo the prime 2^61 - 1.
//! CPython seeds the hash of text per process; ours is fixed, which no program may notice.

use std::hash::Hasher as _;

use num_traits::ToPrimitive as _;
use rustc_hash::FxHasher;

use super::IntRef;

const BITS: u32 = 61;
const MODULUS: u64 = (1 << BITS) - 1;

/// The hash of an infinity, and of its negative with the sign turned.
const INFINITY: i64 = 314_159;

/// -1 tells errors in CPython's C interface, so no hash is -1.
fn avoid_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

fn signed(size: u64, negative: bool) -> i64 {
    let size = size as i64;
    avoid_minus_one(if negative { -size } else { size })
}

/// `hash(value)` of a small integer.
pub fn hash_i64(value: i64) -> i64 {
    signed(value.unsigned_abs() % MODULUS, value < 0)
}

/// `hash(value)` of an integer.
pub fn hash_int(value: IntRef<'_>) -> i64 {
    match value {
        IntRef::Small(value) => hash_i64(value),
        IntRef::Big(big) => {
            let rest = (big.magnitude() % MODULUS)
                .to_u64()
                .expect("less than the modulus");
            signed(rest, value.is_negative())
        }
    }
}

/// The hash of `None`, as in CPython.
pub const NONE: i64 = 0xfca8_6420;

/// `hash(x)` of a float. A NaN hashes by identity in CPython; here to zero, for the caller to replace.
pub fn hash_f64(x: f64) -> i64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return if x > 0.0 { INFINITY } else { -INFINITY };
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    };
    // Modulo 2^61 - 1, a factor of two is a rotation of the 61 bits.
    let turn = exponent.rem_euclid(BITS as i32) as u32;
    let rotated = u128::from(mantissa) << turn;
    let size = (rotated % u128::from(MODULUS)) as u64;
    signed(size, x < 0.0)
}

/// `hash(re + im j)`.
pub fn hash_complex(re: f64, im: f64) -> i64 {
    let mixed = hash_f64(re).wrapping_add(hash_f64(im).wrapping_mul(1_000_003));
    avoid_minus_one(mixed)
}

/// The hash of a tuple, from the hashes of its items.
#[derive(Clone, Debug)]
pub struct TupleHasher {
    acc: u64,
    len: u64,
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

impl Default for TupleHasher {
    fn default() -> Self {
        Self {
            acc: PRIME_5,
            len: 0,
        }
    }
}

impl TupleHasher {
    /// Takes the hash of the next item.
    pub fn add(&mut self, item_hash: i64) {
        let lane = (item_hash as u64).wrapping_mul(PRIME_2);
        let mixed = self.acc.wrapping_add(lane).rotate_left(31);
        self.acc = mixed.wrapping_mul(PRIME_1);
        self.len += 1;
    }

    /// The hash of a slice, whose three parts were taken.
    pub fn finish_slice(&self) -> i64 {
        if self.acc == u64::MAX {
            1_546_275_796
        } else {
            self.acc as i64
        }
    }

    /// The hash of the whole tuple.
    pub fn finish(&self) -> i64 {
        let hash = self.acc.wrapping_add(self.len ^ (PRIME_5 ^ 3_527_539));
        if hash == u64::MAX {
            1_546_275_796
        } else {
            hash as i64
        }
    }
}

/// The hash of a frozen set, from the hashes of its items in any order.
pub fn hash_frozenset(item_hashes: impl Iterator<Item = i64>) -> i64 {
    let mut hash = 0u64;
    let mut len = 0u64;
    for item in item_hashes {
        let item = item as u64;
        hash ^= (item ^ 89_869_747 ^ (item << 16)).wrapping_mul(3_644_798_167);
        len += 1;
    }
    hash ^= (len + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    if hash == u64::MAX {
        590_923_713
    } else {
        hash as i64
    }
}

/// The hash of text or bytes; the two agree, as in CPython.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    avoid_minus_one(hasher.finish() as i64)
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;

    use super::*;

    #[test]
    fn numbers_hash_as_in_cpython() {
        assert_eq!(hash_i64(-1), -2);
        assert_eq!(hash_i64((1 << 61) - 1), 0);
        assert_eq!(hash_i64(1 << 61), 1);
        assert_eq!(hash_i64(i64::MIN), -4);
        let big = BigInt::from(10).pow(40);
        assert_eq!(hash_int(IntRef::Big(&big)), 1_388_497_483_929_617_590);
        assert_eq!(hash_int(IntRef::Big(&-big)), -1_388_497_483_929_617_590);
        for (x, expected) in [
            (1.5, 1_152_921_504_606_846_977),
            (1e300, 1_224_995_262_755_759_164),
            (5e-324, 16_777_216),
            (-1.0, -2),
            (0.1, 230_584_300_921_369_408),
            (f64::NEG_INFINITY, -314_159),
            (-0.0, 0),
        ] {
            assert_eq!(hash_f64(x), expected, "{x}");
        }
        assert_eq!(hash_complex(1.0, 2.0), 2_000_007);
        assert_eq!(hash_complex(-0.0, -1.0), -2_000_006);
    }

    #[test]
    fn containers_hash_as_in_cpython() {
        let tuple = |items: &[i64]| {
            let mut hasher = TupleHasher::default();
            items.iter().for_each(|&item| hasher.add(hash_i64(item)));
            hasher.finish()
        };
        assert_eq!(tuple(&[]), 5_740_354_900_026_072_187);
        assert_eq!(tuple(&[1, 2, 3]), 529_344_067_295_497_451);
        assert_eq!(tuple(&[-1]), 8_078_679_518_589_016_365);
        let set = |items: &[i64]| hash_frozenset(items.iter().copied().map(hash_i64));
        assert_eq!(set(&[]), 133_146_708_735_736);
        assert_eq!(set(&[1]), -558_064_481_276_695_278);
        assert_eq!(set(&[3, 1, 2]), -272_375_401_224_217_160);
    }

    #[test]
    fn text_hashes_differ() {
        assert_eq!(hash_bytes(b""), 0);
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"b"));
    }
}
