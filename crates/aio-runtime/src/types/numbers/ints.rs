//! Operators of int with int: 64-bit pairs with checked arithmetic, big ones through `num_bigint`.

use super::{Int, IntRef, int_value, power_value};
use crate::num::{Fault, bits, convert, division, power};
use crate::value::Value;
use aio_compile::hir::BinaryOp;
use num_bigint::BigInt;

/// `x op y` of ints of 64 bits; `bools` says that both are bools, whose `&`, `|`, `^` are bools.
#[inline]
pub fn binary_small(op: BinaryOp, x: i64, y: i64, bools: bool) -> Result<Option<Value>, Fault> {
    Ok(Some(match op {
        BinaryOp::Add => wide(x.checked_add(y), || i128::from(x) + i128::from(y)),
        BinaryOp::Sub => wide(x.checked_sub(y), || i128::from(x) - i128::from(y)),
        BinaryOp::Mul => wide(x.checked_mul(y), || i128::from(x) * i128::from(y)),
        BinaryOp::FloorDiv => int_value(division::floor_div_i64(x, y)?),
        BinaryOp::Mod => Value::int(division::modulo_i64(x, y)?),
        BinaryOp::BitOr if bools => Value::bool(x | y != 0),
        BinaryOp::BitXor if bools => Value::bool(x ^ y != 0),
        BinaryOp::BitAnd if bools => Value::bool(x & y != 0),
        BinaryOp::BitOr => Value::int(x | y),
        BinaryOp::BitXor => Value::int(x ^ y),
        BinaryOp::BitAnd => Value::int(x & y),
        BinaryOp::Div | BinaryOp::Pow | BinaryOp::LShift | BinaryOp::RShift => {
            return rest(op, IntRef::Small(x), IntRef::Small(y));
        }
        BinaryOp::MatMul => return Ok(None),
    }))
}

#[inline]
fn wide(result: Option<i64>, exact: impl FnOnce() -> i128) -> Value {
    match result {
        Some(result) => Value::int(result),
        None => int_value(Int::from(exact())),
    }
}

/// `x op y` of ints of any size.
pub fn binary(op: BinaryOp, x: IntRef<'_>, y: IntRef<'_>) -> Result<Option<Value>, Fault> {
    if let (Some(x), Some(y)) = (x.to_i128(), y.to_i128())
        && let Some(result) = binary_wide(op, x, y)
    {
        return Ok(Some(int_value(Int::from(result))));
    }
    let result = match op {
        BinaryOp::Add => add(x, y),
        BinaryOp::Sub => subtract(x, y),
        BinaryOp::Mul => multiply(x, y),
        BinaryOp::FloorDiv => return Ok(Some(int_value(division::floor_div(x, y)?))),
        BinaryOp::Mod => return Ok(Some(int_value(division::modulo(x, y)?))),
        BinaryOp::BitOr => &*x.as_big() | &*y.as_big(),
        BinaryOp::BitXor => &*x.as_big() ^ &*y.as_big(),
        BinaryOp::BitAnd => &*x.as_big() & &*y.as_big(),
        BinaryOp::MatMul | BinaryOp::Div | BinaryOp::Pow | BinaryOp::LShift | BinaryOp::RShift => {
            return rest(op, x, y);
        }
    };
    Ok(Some(int_value(Int::from(result))))
}

/// `x op y` where operands and result fit 128 bits: most ints that do not fit 64 bits are not much
/// longer. `None` where they do not, or the operator raises.
fn binary_wide(op: BinaryOp, x: i128, y: i128) -> Option<i128> {
    match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Sub => x.checked_sub(y),
        BinaryOp::Mul => x.checked_mul(y),
        BinaryOp::FloorDiv => {
            let quotient = x.checked_div(y)?;
            let goes_down = quotient * y != x && (x < 0) != (y < 0);
            Some(quotient - i128::from(goes_down))
        }
        BinaryOp::Mod => {
            let rest = x.checked_rem(y)?;
            let differs = rest != 0 && (rest < 0) != (y < 0);
            Some(if differs { rest + y } else { rest })
        }
        BinaryOp::BitOr => Some(x | y),
        BinaryOp::BitXor => Some(x ^ y),
        BinaryOp::BitAnd => Some(x & y),
        BinaryOp::LShift => {
            let count = u32::try_from(y).ok()?;
            let result = x.checked_shl(count)?;
            (result >> count == x).then_some(result)
        }
        BinaryOp::RShift => x.checked_shr(u32::try_from(y).ok()?),
        BinaryOp::MatMul | BinaryOp::Div | BinaryOp::Pow => None,
    }
}

/// The operators that are the same for both sizes.
fn rest(op: BinaryOp, x: IntRef<'_>, y: IntRef<'_>) -> Result<Option<Value>, Fault> {
    Ok(match op {
        BinaryOp::Div => Some(Value::float(convert::true_divide(x, y)?)),
        BinaryOp::Pow => Some(power_value(power::pow_int(x, y)?)),
        BinaryOp::LShift => Some(int_value(bits::shift_left(x, y)?)),
        BinaryOp::RShift => Some(int_value(bits::shift_right(x, y)?)),
        BinaryOp::MatMul
        | BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::FloorDiv
        | BinaryOp::Mod
        | BinaryOp::BitOr
        | BinaryOp::BitXor
        | BinaryOp::BitAnd => None,
    })
}

fn add(x: IntRef<'_>, y: IntRef<'_>) -> BigInt {
    match (x, y) {
        (IntRef::Big(x), IntRef::Big(y)) => x + y,
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => x + y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) + y,
    }
}

fn subtract(x: IntRef<'_>, y: IntRef<'_>) -> BigInt {
    match (x, y) {
        (IntRef::Big(x), IntRef::Big(y)) => x - y,
        (IntRef::Big(x), IntRef::Small(y)) => x - y,
        (IntRef::Small(x), IntRef::Big(y)) => x - y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) - y,
    }
}

fn multiply(x: IntRef<'_>, y: IntRef<'_>) -> BigInt {
    match (x, y) {
        (IntRef::Big(x), IntRef::Big(y)) => x * y,
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => x * y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) * y,
    }
}

/// `x op= y` in place, for `+`, `-` and `*`.
pub fn assign(op: BinaryOp, x: &mut BigInt, y: IntRef<'_>) {
    match (op, y) {
        (BinaryOp::Add, IntRef::Small(y)) => *x += y,
        (BinaryOp::Add, IntRef::Big(y)) => *x += y,
        (BinaryOp::Sub, IntRef::Small(y)) => *x -= y,
        (BinaryOp::Sub, IntRef::Big(y)) => *x -= y,
        (_, IntRef::Small(y)) => *x *= y,
        (_, IntRef::Big(y)) => *x *= y,
    }
}

/// How much work `x op y` is, in bytes that are written; roughly.
pub fn work(op: BinaryOp, x: IntRef<'_>, y: IntRef<'_>) -> usize {
    const WORD: u64 = 64;
    let (left, right) = (bits_of(x).div_ceil(WORD), bits_of(y).div_ceil(WORD));
    let words = match op {
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod => {
            left.saturating_mul(right) / 2
        }
        BinaryOp::Pow => {
            let words = bits_of(x).saturating_mul(count_of(y)).div_ceil(WORD);
            words.saturating_mul(words.isqrt()) / 2
        }
        BinaryOp::LShift => left.saturating_add(count_of(y) / WORD),
        _ => left.max(right),
    };
    usize::try_from(words.saturating_mul(8)).unwrap_or(usize::MAX)
}

fn bits_of(int: IntRef<'_>) -> u64 {
    match int {
        IntRef::Small(int) => u64::from(u64::BITS - int.unsigned_abs().leading_zeros()),
        IntRef::Big(int) => int.bits(),
    }
}

/// A count that a script gives: a negative one means no work, a big one too much.
fn count_of(count: IntRef<'_>) -> u64 {
    match count {
        IntRef::Small(count) => u64::try_from(count).unwrap_or(0),
        IntRef::Big(_) if count.is_negative() => 0,
        IntRef::Big(_) => u64::MAX,
    }
}

/// `-x`
pub fn negate(x: IntRef<'_>) -> Int {
    match x {
        IntRef::Small(x) => x
            .checked_neg()
            .map_or_else(|| Int::from(-i128::from(x)), Int::Small),
        IntRef::Big(x) => Int::from(-x),
    }
}

/// `~x`
pub fn invert(x: IntRef<'_>) -> Int {
    match x {
        IntRef::Small(x) => Int::Small(!x),
        IntRef::Big(x) => Int::from(!x),
    }
}
