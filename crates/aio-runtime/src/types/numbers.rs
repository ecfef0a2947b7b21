//! Arithmetic and comparison of the built-in numbers: bool, int, float, complex.

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};

/// `a op b` for numbers; `None` when one of them is not a number.
///
/// # Errors
/// `ZeroDivisionError`, `OverflowError`, ...
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    if let (Some(x), Some(y)) = (a.as_index(), b.as_index()) {
        let result = match op {
            BinaryOp::Add => x.checked_add(y),
            BinaryOp::Sub => x.checked_sub(y),
            BinaryOp::Mul => x.checked_mul(y),
            _ => None,
        };
        return match result {
            Some(result) => Ok(Some(Value::int(result))),
            None => Err(vm.overflow_error("integer operation not there yet")),
        };
    }
    Ok(None)
}

/// `op a` for numbers; `None` when it is not a number.
///
/// # Errors
/// `TypeError` for `~` on a float.
pub fn unary(_vm: &mut Vm, op: UnaryOp, a: &Value) -> R<Option<Value>> {
    Ok(match (op, a.as_index()) {
        (UnaryOp::Neg, Some(x)) => x.checked_neg().map(Value::int),
        _ => None,
    })
}

/// `a op b` for numbers; `None` when one of them is not a number, or the order is not defined.
///
/// # Errors
/// None yet.
pub fn compare(_vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    if let (Some(x), Some(y)) = (a.as_index(), b.as_index()) {
        return Ok(Some(match op {
            CmpOp::Eq => x == y,
            CmpOp::Ne => x != y,
            CmpOp::Lt => x < y,
            CmpOp::Le => x <= y,
            CmpOp::Gt => x > y,
            CmpOp::Ge => x >= y,
            CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return Ok(None),
        }));
    }
    Ok(None)
}
