//! Integers as bits and bytes: shifts, counts, `to_bytes` and `from_bytes`.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive as _;

use super::{Fault, Int, IntRef, power::MAX_BITS};

/// `value << count`.
pub fn shift_left(value: IntRef<'_>, count: IntRef<'_>) -> Result<Int, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    if matches!(value, IntRef::Small(0)) {
        return Ok(Int::Small(0));
    }
    let Some(count) = count.to_i64().map(|count| count as u64) else {
        return Err(Fault::overflow("too many digits in integer"));
    };
    if let IntRef::Small(value) = value
        && count < 64
    {
        return Ok(Int::from(i128::from(value) << count));
    }
    let value = value.as_big();
    if count > MAX_BITS || value.bits() + count > MAX_BITS {
        return Err(Fault::Memory);
    }
    Ok(Int::from(&*value << count))
}

/// `value >> count`: rounds down.
pub fn shift_right(value: IntRef<'_>, count: IntRef<'_>) -> Result<Int, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    let all_gone = Int::Small(if value.is_negative() { -1 } else { 0 });
    let Some(count) = count.to_i64().map(|count| count as u64) else {
        return Ok(all_gone);
    };
    match value {
        IntRef::Small(value) => Ok(Int::Small(value >> count.min(63))),
        IntRef::Big(value) if count > value.bits() => Ok(all_gone),
        IntRef::Big(value) => Ok(Int::from(value >> count)),
    }
}

/// `value.bit_length()`.
pub fn bit_length(value: IntRef<'_>) -> u64 {
    match value {
        IntRef::Small(value) => u64::from(64 - value.unsigned_abs().leading_zeros()),
        IntRef::Big(value) => value.bits(),
    }
}

/// `value.bit_count()`: the ones in the absolute value.
pub fn bit_count(value: IntRef<'_>) -> u64 {
    match value {
        IntRef::Small(value) => u64::from(value.unsigned_abs().count_ones()),
        IntRef::Big(value) => value.magnitude().count_ones(),
    }
}

/// Reads the `byteorder` argument: whether it is little-endian.
pub fn is_little_endian(order: &str) -> Result<bool, Fault> {
    match order {
        "little" => Ok(true),
        "big" => Ok(false),
        _ => Err(Fault::value("byteorder must be either 'little' or 'big'")),
    }
}

/// `value.to_bytes(length, byteorder, signed=signed)`.
pub fn to_bytes(
    value: IntRef<'_>,
    length: i64,
    little: bool,
    signed: bool,
) -> Result<Vec<u8>, Fault> {
    let Ok(length) = usize::try_from(length) else {
        return Err(Fault::value("length argument must be non-negative"));
    };
    let negative = value.is_negative();
    if negative && !signed {
        return Err(Fault::overflow("can't convert negative int to unsigned"));
    }
    if length as u64 > MAX_BITS {
        return Err(Fault::Memory);
    }
    if let IntRef::Small(value) = value
        && length > 0
    {
        return small_to_bytes(value, length, little, signed);
    }
    let value = value.to_big();
    let mut bytes = if signed && value.sign() != Sign::NoSign {
        value.to_signed_bytes_le()
    } else {
        value.magnitude().to_bytes_le()
    };
    let padding = if negative { 0xff } else { 0 };
    // CPython lets -1 pass where there is no byte to hold it.
    let is_empty = value.sign() == Sign::NoSign || length == 0 && value == BigInt::from(-1);
    if is_empty {
        bytes.clear();
    } else if bytes.len() > length {
        return Err(Fault::overflow("int too big to convert"));
    }
    bytes.resize(length, padding);
    if !little {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `to_bytes` of an integer of 64 bits that is negative only if `signed`, into at least one byte.
fn small_to_bytes(value: i64, length: usize, little: bool, signed: bool) -> Result<Vec<u8>, Fault> {
    const SIZE: usize = size_of::<i64>();
    // What stands above the bytes has to be nothing but the sign.
    let above = match (length < SIZE, signed) {
        (true, true) => value >> (8 * length - 1),
        (true, false) => value >> (8 * length),
        (false, _) => value >> 63,
    };
    if above != 0 && above != -1 {
        return Err(Fault::overflow("int too big to convert"));
    }
    let padding = if value < 0 { 0xff } else { 0 };
    let mut bytes = vec![padding; length];
    let ends = value.to_le_bytes();
    bytes.iter_mut().zip(ends).for_each(|(to, from)| *to = from);
    if !little {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, byteorder, signed=signed)`.
pub fn from_bytes(bytes: &[u8], little: bool, signed: bool) -> Int {
    const SIZE: usize = size_of::<u64>();
    if (1..=SIZE).contains(&bytes.len()) {
        let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let value = if little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        };
        let unused = 8 * (SIZE - bytes.len());
        return Int::from(if signed {
            i128::from((value << unused) as i64 >> unused)
        } else {
            i128::from(value)
        });
    }
    let value = match (little, signed) {
        (true, true) => BigInt::from_signed_bytes_le(bytes),
        (false, true) => BigInt::from_signed_bytes_be(bytes),
        (true, false) => BigInt::from(BigUint::from_bytes_le(bytes)),
        (false, false) => BigInt::from(BigUint::from_bytes_be(bytes)),
    };
    Int::from(value)
}

/// The value as a count that a sequence could be repeated or resized to, if it is small enough.
pub fn to_usize(value: IntRef<'_>) -> Option<usize> {
    match value {
        IntRef::Small(value) => usize::try_from(value).ok(),
        IntRef::Big(value) => value.to_usize(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(value: i64) -> IntRef<'static> {
        IntRef::Small(value)
    }

    #[test]
    fn shifts() {
        let huge = BigInt::from(10).pow(20);
        assert_eq!(shift_left(s(1), s(62)), Ok(Int::Small(1 << 62)));
        assert_eq!(shift_left(s(-1), s(63)), Ok(Int::Small(i64::MIN)));
        assert_eq!(
            shift_left(s(1), s(64)),
            Ok(Int::Big(BigInt::from(1u128 << 64)))
        );
        assert_eq!(shift_left(s(0), IntRef::Big(&huge)), Ok(Int::Small(0)));
        assert_eq!(
            shift_left(s(1), IntRef::Big(&huge)),
            Err(Fault::overflow("too many digits in integer"))
        );
        assert_eq!(shift_left(s(1), s(1 << 60)), Err(Fault::Memory));
        assert_eq!(
            shift_left(s(1), s(-1)),
            Err(Fault::value("negative shift count"))
        );
        assert_eq!(shift_right(s(-5), s(1)), Ok(Int::Small(-3)));
        assert_eq!(shift_right(s(-1), IntRef::Big(&huge)), Ok(Int::Small(-1)));
        assert_eq!(shift_right(IntRef::Big(&huge), s(70)), Ok(Int::Small(0)));
        assert_eq!(shift_right(IntRef::Big(&huge), s(60)), Ok(Int::Small(86)));
    }

    #[test]
    fn counts() {
        assert_eq!(bit_length(s(-5)), 3);
        assert_eq!(bit_length(s(i64::MIN)), 64);
        assert_eq!(bit_length(s(0)), 0);
        assert_eq!(bit_count(s(-5)), 2);
    }

    #[test]
    fn bytes() {
        assert_eq!(to_bytes(s(258), 2, false, false), Ok(vec![1, 2]));
        assert_eq!(to_bytes(s(258), 4, true, false), Ok(vec![2, 1, 0, 0]));
        assert_eq!(to_bytes(s(-129), 2, false, true), Ok(vec![0xff, 0x7f]));
        assert_eq!(to_bytes(s(-128), 1, false, true), Ok(vec![0x80]));
        assert_eq!(to_bytes(s(0), 0, false, true), Ok(vec![]));
        assert_eq!(to_bytes(s(-1), 0, false, true), Ok(vec![]));
        assert_eq!(
            to_bytes(s(128), 1, false, true),
            Err(Fault::overflow("int too big to convert"))
        );
        assert_eq!(
            to_bytes(s(300), 1, false, false),
            Err(Fault::overflow("int too big to convert"))
        );
        assert_eq!(
            to_bytes(s(-1), 1, false, false),
            Err(Fault::overflow("can't convert negative int to unsigned"))
        );
        assert_eq!(from_bytes(&[0xff, 0], false, true), Int::Small(-256));
        assert_eq!(from_bytes(&[0xff, 0], true, true), Int::Small(255));
        assert_eq!(from_bytes(&[], false, false), Int::Small(0));
    }
}
