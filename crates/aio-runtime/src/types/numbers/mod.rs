//! Arithmetic and comparison of the built-in numbers: bool, int, float, complex.
//!
//! Pairs of 64-bit ints and pairs of floats come first. Any other pair is widened as Python does:
//! int with int stays exact, a float makes both floats, a complex makes both complex. An int is
//! kept as a big one exactly when it does not fit 64 bits, so that equal ints have one form.

mod bridges;
mod compare;
pub mod ints;

pub use bridges::{Scalar, defers, join, total, unwrap};
pub(super) use bridges::{binary_rows, common_rows, number_rows, real_rows};
pub(super) use bridges::{compare_method, format_method, hash_method, repr_method};
pub(super) use bridges::{divmod_method, operator_method, pow_method, unary_method};
pub use compare::{compare, equal_numbers};

use crate::error::R;
use crate::num::power::Power;
use crate::num::{Fault, complex, convert, division, power};
pub use crate::num::{Int, IntRef};
use crate::objects::{BigIntObj, ComplexObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, UnaryOp};
use num_bigint::BigInt;

/// A number, borrowed from its value.
#[derive(Clone, Copy)]
pub enum Number<'a> {
    /// A bool or int.
    Int(IntRef<'a>),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(complex::Complex),
}

impl Number<'_> {
    fn to_f64(self) -> Result<f64, Fault> {
        match self {
            Number::Int(int) => convert::to_f64(int),
            Number::Float(x) | Number::Complex((x, _)) => Ok(x),
        }
    }

    fn to_complex(self) -> Result<complex::Complex, Fault> {
        match self {
            Number::Complex(z) => Ok(z),
            Number::Int(_) | Number::Float(_) => Ok((self.to_f64()?, 0.0)),
        }
    }
}

/// Whether a value is a number.
#[inline(always)]
fn is_number(value: &Value) -> bool {
    use Tag::{BigInt, Bool, Complex, Float, Int};
    matches!(value.tag(), Bool | Int | Float | BigInt | Complex)
}

/// The number that a value is.
pub fn number(value: &Value) -> Option<Number<'_>> {
    if let Some(int) = int_ref(value) {
        return Some(Number::Int(int));
    }
    if let Some(x) = value.as_float() {
        return Some(Number::Float(x));
    }
    value.as_complex().map(|z| Number::Complex((z.re, z.im)))
}

/// The bool or int that a value is.
#[inline]
pub fn int_ref(value: &Value) -> Option<IntRef<'_>> {
    match value.as_index() {
        Some(int) => Some(IntRef::Small(int)),
        None => value.as_bigint().map(|big| IntRef::Big(&big.0)),
    }
}

/// An int as a value.
#[inline]
pub fn int_value(int: Int) -> Value {
    match int {
        Int::Small(int) => Value::int(int),
        Int::Big(big) => Value::new(BigIntObj(big)),
    }
}

/// A big integer as a value: a small int when it fits.
pub fn big_value(big: BigInt) -> Value {
    int_value(Int::from(big))
}

/// A complex number as a value.
pub fn complex_value((re, im): complex::Complex) -> Value {
    Value::new(ComplexObj { re, im })
}

/// An unsigned size as a value.
pub fn size_value(size: usize) -> Value {
    match i64::try_from(size) {
        Ok(size) => Value::int(size),
        Err(_) => big_value(BigInt::from(size)),
    }
}

fn power_value(power: Power) -> Value {
    match power {
        Power::Int(int) => int_value(int),
        Power::Float(x) => Value::float(x),
        Power::Complex(re, im) => complex_value((re, im)),
    }
}

/// `a op b` for numbers; `None` when one of them is not a number.
///
/// # Errors
/// `ZeroDivisionError`, `OverflowError`, ...
pub fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
    if let (Some(x), Some(y)) = (int_ref(a), int_ref(b)) {
        let bools = a.tag() == Tag::Bool && b.tag() == Tag::Bool;
        return binary_ints(vm, op, (x, y), bools);
    }
    if let (Some(x), Some(y)) = (a.as_float(), b.as_float()) {
        let result = binary_floats(op, x, y);
        return vm.checked(result);
    }
    if !is_number(a) {
        return Ok(None);
    }
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        return Ok(None);
    };
    let result = binary_mixed(op, x, y);
    vm.checked(result)
}

/// `x op y` of ints; `bools` says that both are bools.
///
/// # Errors
/// As for [`binary`].
pub fn binary_ints(
    vm: &mut Vm,
    op: BinaryOp,
    (x, y): (IntRef<'_>, IntRef<'_>),
    bools: bool,
) -> R<Option<Value>> {
    if vm.limits.are_counted() {
        vm.charge(ints::work(op, x, y))?;
    }
    let result = match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => ints::binary_small(op, x, y, bools),
        _ => ints::binary(op, x, y),
    };
    vm.checked(result)
}

fn binary_mixed(op: BinaryOp, x: Number<'_>, y: Number<'_>) -> Result<Option<Value>, Fault> {
    match (x, y) {
        (Number::Int(x), Number::Int(y)) => ints::binary(op, x, y),
        (Number::Complex(_), _) | (_, Number::Complex(_)) => match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Pow => {
                binary_complex(op, x.to_complex()?, y.to_complex()?)
            }
            _ => Ok(None),
        },
        _ if is_float_operator(op) => binary_floats(op, x.to_f64()?, y.to_f64()?),
        _ => Ok(None),
    }
}

fn is_float_operator(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::FloorDiv
            | BinaryOp::Mod
            | BinaryOp::Pow
    )
}

#[inline]
fn binary_floats(op: BinaryOp, x: f64, y: f64) -> Result<Option<Value>, Fault> {
    let result = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul => x * y,
        BinaryOp::Div => division::true_div_f64(x, y)?,
        BinaryOp::FloorDiv => division::floor_div_f64(x, y)?,
        BinaryOp::Mod => division::modulo_f64(x, y)?,
        BinaryOp::Pow => return Ok(Some(power_value(power::pow_f64(x, y)?))),
        BinaryOp::MatMul
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::BitOr
        | BinaryOp::BitXor
        | BinaryOp::BitAnd => return Ok(None),
    };
    Ok(Some(Value::float(result)))
}

fn binary_complex(
    op: BinaryOp,
    x: complex::Complex,
    y: complex::Complex,
) -> Result<Option<Value>, Fault> {
    let result = match op {
        BinaryOp::Add => complex::add(x, y),
        BinaryOp::Sub => complex::subtract(x, y),
        BinaryOp::Mul => complex::multiply(x, y),
        BinaryOp::Div => complex::divide(x, y)?,
        BinaryOp::Pow => complex::pow(x, y)?,
        _ => return Ok(None),
    };
    Ok(Some(complex_value(result)))
}

/// `divmod(a, b)` for numbers; `None` when it is not defined for them.
///
/// # Errors
/// `ZeroDivisionError`, `OverflowError`.
pub fn divmod(vm: &mut Vm, a: &Value, b: &Value) -> R<Option<Value>> {
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        return Ok(None);
    };
    let result = match (x, y) {
        (Number::Complex(_), _) | (_, Number::Complex(_)) => return Ok(None),
        (Number::Int(x), Number::Int(y)) => {
            division::divmod(x, y).map(|(quotient, rest)| (int_value(quotient), int_value(rest)))
        }
        _ => divmod_floats(x, y),
    };
    let (quotient, rest) = vm.checked(result)?;
    Ok(Some(Value::tuple([quotient, rest])))
}

fn divmod_floats(x: Number<'_>, y: Number<'_>) -> Result<(Value, Value), Fault> {
    let (quotient, rest) = division::divmod_f64(x.to_f64()?, y.to_f64()?)?;
    Ok((Value::float(quotient), Value::float(rest)))
}

/// `pow(a, b, modulus)` for numbers; `None` when it is not defined for them.
///
/// # Errors
/// `ValueError` for a modulus of 0, `TypeError` for floats.
pub fn pow_mod(vm: &mut Vm, a: &Value, b: &Value, modulus: &Value) -> R<Option<Value>> {
    let (Some(x), Some(y), Some(z)) = (number(a), number(b), number(modulus)) else {
        return Ok(None);
    };
    let result = match (x, y, z) {
        (Number::Int(x), Number::Int(y), Number::Int(z)) => power::pow_mod(x, y, z).map(int_value),
        (Number::Complex(_), _, _) | (_, Number::Complex(_), _) | (_, _, Number::Complex(_)) => {
            Err(Fault::value("complex modulo"))
        }
        _ => Err(Fault::type_error(
            "pow() 3rd argument not allowed unless all arguments are integers",
        )),
    };
    vm.checked(result).map(Some)
}

/// `op a` for numbers; `None` when it is not a number, or the operator is not defined for it.
///
/// # Errors
/// None: the result says it all.
pub fn unary(_vm: &mut Vm, op: UnaryOp, a: &Value) -> R<Option<Value>> {
    let Some(number) = number(a) else {
        return Ok(None);
    };
    Ok(match (op, number) {
        (UnaryOp::Not, _) => None,
        (UnaryOp::Pos, Number::Int(IntRef::Small(x))) => Some(Value::int(x)),
        (UnaryOp::Pos, _) => Some(a.clone()),
        (UnaryOp::Neg, Number::Int(x)) => Some(int_value(ints::negate(x))),
        (UnaryOp::Invert, Number::Int(x)) => Some(int_value(ints::invert(x))),
        (UnaryOp::Neg, Number::Float(x)) => Some(Value::float(-x)),
        (UnaryOp::Neg, Number::Complex((re, im))) => Some(complex_value((-re, -im))),
        (UnaryOp::Invert, Number::Float(_) | Number::Complex(_)) => None,
    })
}

/// `abs(a)` for numbers; `None` when it is not a number.
///
/// # Errors
/// `OverflowError` for a complex number whose absolute value is beyond floats.
pub fn abs(vm: &mut Vm, a: &Value) -> R<Option<Value>> {
    let Some(number) = number(a) else {
        return Ok(None);
    };
    Ok(Some(match number {
        Number::Int(x) if x.is_negative() => int_value(ints::negate(x)),
        Number::Int(IntRef::Small(x)) => Value::int(x),
        Number::Int(IntRef::Big(_)) => a.clone(),
        Number::Float(x) => Value::float(x.abs()),
        Number::Complex(z) => Value::float(vm.checked(complex::abs(z))?),
    }))
}
