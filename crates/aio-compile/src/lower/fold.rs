//! Constant folding: what CPython folds, as far as it is cheap and cannot grow the program.
//!
//! An operation that would raise is left alone, so that it raises when it runs.

use crate::hir::{BinaryOp, Const, Expr, ExprKind, Item, UnaryOp};

/// The longest string that folding may make.
const MAX_STR: usize = 4096;

/// The value of an operator on a constant.
pub(super) fn fold_unary(op: UnaryOp, operand: &Expr) -> Option<Const> {
    let ExprKind::Const(value) = &operand.kind else {
        return None;
    };
    match (op, value) {
        (UnaryOp::Neg, Const::Int(value)) => value.checked_neg().map(Const::Int),
        (UnaryOp::Neg, Const::Float(value)) => Some(Const::Float(-value)),
        (UnaryOp::Neg, Const::BigInt(digits)) => negate_big(digits),
        (UnaryOp::Pos, Const::Int(_) | Const::Float(_)) => Some(value.clone()),
        (UnaryOp::Invert, Const::Int(value)) => Some(Const::Int(!value)),
        (UnaryOp::Not, Const::Bool(value)) => Some(Const::Bool(!value)),
        (UnaryOp::Not, Const::None) => Some(Const::Bool(true)),
        _ => None,
    }
}

/// Only the most negative 64-bit number changes its kind.
fn negate_big(digits: &str) -> Option<Const> {
    if digits.starts_with('-') {
        return None;
    }
    let negative = format!("-{digits}");
    Some(match negative.parse::<i64>() {
        Ok(value) => Const::Int(value),
        Err(_) => Const::BigInt(negative.into()),
    })
}

/// The value of an operator between constants.
pub(super) fn fold_binary(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Const> {
    let (ExprKind::Const(left), ExprKind::Const(right)) = (&left.kind, &right.kind) else {
        return None;
    };
    match (left, right) {
        (Const::Int(a), Const::Int(b)) => fold_ints(op, *a, *b),
        (Const::Float(a), Const::Float(b)) => fold_floats(op, *a, *b),
        (Const::Int(a), Const::Float(b)) => fold_floats(op, exact_float(*a)?, *b),
        (Const::Float(a), Const::Int(b)) => fold_floats(op, *a, exact_float(*b)?),
        (Const::Str(a), Const::Str(b)) if op == BinaryOp::Add => {
            (a.len() + b.len() <= MAX_STR).then(|| Const::Str(format!("{a}{b}").into()))
        }
        (Const::Str(text), Const::Int(times)) | (Const::Int(times), Const::Str(text))
            if op == BinaryOp::Mul =>
        {
            let times = usize::try_from(*times).ok()?;
            let length = text.len().checked_mul(times)?;
            (length <= MAX_STR).then(|| Const::Str(text.repeat(times).into()))
        }
        _ => None,
    }
}

fn exact_float(value: i64) -> Option<f64> {
    let small = i32::try_from(value).ok()?;
    Some(f64::from(small))
}

fn fold_ints(op: BinaryOp, a: i64, b: i64) -> Option<Const> {
    let value = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::FloorDiv => floor_div(a, b),
        BinaryOp::Mod => floor_div(a, b).map(|quotient| a - quotient * b),
        BinaryOp::Pow => a.checked_pow(u32::try_from(b).ok()?),
        BinaryOp::LShift => {
            let by = u32::try_from(b).ok().filter(|by| *by < 62)?;
            a.checked_mul(1_i64 << by)
        }
        BinaryOp::RShift => {
            let by = u32::try_from(b).ok()?;
            Some(a >> by.min(63))
        }
        BinaryOp::BitOr => Some(a | b),
        BinaryOp::BitXor => Some(a ^ b),
        BinaryOp::BitAnd => Some(a & b),
        BinaryOp::Div => {
            let quotient = exact_float(a)? / exact_float(b).filter(|divisor| *divisor != 0.0)?;
            return Some(Const::Float(quotient));
        }
        BinaryOp::MatMul => None,
    };
    value.map(Const::Int)
}

fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    let is_exact = quotient * b == a;
    Some(if is_exact || (a < 0) == (b < 0) {
        quotient
    } else {
        quotient - 1
    })
}

fn fold_floats(op: BinaryOp, a: f64, b: f64) -> Option<Const> {
    let value = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div if b != 0.0 => a / b,
        _ => return None,
    };
    Some(Const::Float(value))
}

/// A tuple of constants is a constant.
pub(super) fn fold_tuple(items: Vec<Item>) -> ExprKind {
    let all_constant = items.iter().all(|item| {
        matches!(
            item,
            Item::One(Expr {
                kind: ExprKind::Const(_),
                ..
            })
        )
    });
    if !all_constant {
        return ExprKind::Tuple(items);
    }
    let constants = items
        .into_iter()
        .filter_map(|item| match item {
            Item::One(Expr {
                kind: ExprKind::Const(constant),
                ..
            }) => Some(constant),
            Item::One(_) | Item::Star(_) => None,
        })
        .collect();
    ExprKind::Const(Const::Tuple(constants))
}

/// A list of constants that is only iterated or searched may as well be a constant tuple.
pub(super) fn freeze_list(expr: &mut Expr) {
    if let ExprKind::List(items) = &mut expr.kind {
        let items = std::mem::take(items);
        expr.kind = match fold_tuple(items) {
            ExprKind::Tuple(items) => ExprKind::List(items),
            constant => constant,
        };
    }
}
