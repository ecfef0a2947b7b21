//! Comparison of numbers by their exact values: `2**53 + 1 != float(2**53)`.

use super::{IntRef, Number, number};
use crate::error::R;
use crate::num::convert;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::CmpOp;
use std::cmp::Ordering;

/// `a op b` for numbers; `None` when one of them is not a number, or the order is not defined.
///
/// # Errors
/// None: the result says it all.
#[inline(always)]
pub fn compare(_vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    if let (Some(x), Some(y)) = (a.as_index(), b.as_index()) {
        return Ok(decide(op, Some(x.cmp(&y))));
    }
    if let (Some(x), Some(y)) = (a.as_float(), b.as_float()) {
        return Ok(decide(op, x.partial_cmp(&y)));
    }
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        return Ok(None);
    };
    Ok(match (x, y, op) {
        (Number::Int(_) | Number::Float(_), Number::Int(_) | Number::Float(_), _) => {
            decide(op, order(x, y))
        }
        (_, _, CmpOp::Eq) => Some(equal(x, y)),
        (_, _, CmpOp::Ne) => Some(!equal(x, y)),
        _ => None,
    })
}

/// `a == b` for numbers; `None` when one of them is not a number.
pub fn equal_numbers(a: &Value, b: &Value) -> Option<bool> {
    Some(equal(number(a)?, number(b)?))
}

/// What an operator makes of an order; without one (NaN) only `!=` holds.
#[inline]
fn decide(op: CmpOp, order: Option<Ordering>) -> Option<bool> {
    Some(match op {
        CmpOp::Eq => order == Some(Ordering::Equal),
        CmpOp::Ne => order != Some(Ordering::Equal),
        CmpOp::Lt => order == Some(Ordering::Less),
        CmpOp::Le => order.is_some_and(Ordering::is_le),
        CmpOp::Gt => order == Some(Ordering::Greater),
        CmpOp::Ge => order.is_some_and(Ordering::is_ge),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return None,
    })
}

/// The order of real numbers.
fn order(x: Number<'_>, y: Number<'_>) -> Option<Ordering> {
    match (x, y) {
        (Number::Int(x), Number::Int(y)) => Some(order_ints(x, y)),
        (Number::Int(x), Number::Float(y)) => convert::compare(x, y),
        (Number::Float(x), Number::Int(y)) => convert::compare(y, x).map(Ordering::reverse),
        (Number::Float(x), Number::Float(y)) => x.partial_cmp(&y),
        (Number::Complex(_), _) | (_, Number::Complex(_)) => None,
    }
}

/// The order of ints. A big one is beyond every small one, on the side of its sign.
fn order_ints(x: IntRef<'_>, y: IntRef<'_>) -> Ordering {
    let side = |negative| {
        if negative {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    };
    match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => x.cmp(&y),
        (IntRef::Big(x), IntRef::Big(y)) => x.cmp(y),
        (IntRef::Big(_), IntRef::Small(_)) => side(x.is_negative()),
        (IntRef::Small(_), IntRef::Big(_)) => side(y.is_negative()).reverse(),
    }
}

fn equal(x: Number<'_>, y: Number<'_>) -> bool {
    match (x, y) {
        (Number::Complex(x), Number::Complex(y)) => x == y,
        (Number::Complex((re, im)), other) | (other, Number::Complex((re, im))) => {
            im == 0.0 && equal(Number::Float(re), other)
        }
        _ => order(x, y) == Some(Ordering::Equal),
    }
}
