//! The special methods of the scalar types: one function per kind of method.
//!
//! `int.__add__`, `float.__lt__`, `str.__eq__` ... exist so that subclasses reach them through the
//! MRO and `super()`. Each unwraps what stands inside instances of subclasses and calls the
//! operator; an operand that the type does not know gives `NotImplemented`.

use super::{abs, binary, compare, divmod, pow_mod, unary};
use crate::error::{R, Raised};
use crate::objects::Name;
use crate::types::{scalar_text, text_ops};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};

/// A scalar type, as the special methods see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalar {
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `float`
    Float,
    /// `complex`
    Complex,
    /// `str`
    Str,
    /// `bytes`
    Bytes,
}

impl Scalar {
    /// The name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Scalar::Int => "int",
            Scalar::Bool => "bool",
            Scalar::Float => "float",
            Scalar::Complex => "complex",
            Scalar::Str => "str",
            Scalar::Bytes => "bytes",
        }
    }

    fn holds(self, value: &Value) -> bool {
        match self {
            Scalar::Int => matches!(value.tag(), Tag::Int | Tag::Bool | Tag::BigInt),
            Scalar::Bool => value.tag() == Tag::Bool,
            Scalar::Float => value.tag() == Tag::Float,
            Scalar::Complex => value.tag() == Tag::Complex,
            Scalar::Str => value.tag() == Tag::Str,
            Scalar::Bytes => value.tag() == Tag::Bytes,
        }
    }

    /// Whether the operators of the type know the operand.
    fn accepts(self, value: &Value) -> bool {
        match self {
            Scalar::Int => Scalar::Int.holds(value),
            Scalar::Bool => value.tag() == Tag::Bool,
            Scalar::Float => Scalar::Int.holds(value) || Scalar::Float.holds(value),
            Scalar::Complex => Scalar::Float.accepts(value) || Scalar::Complex.holds(value),
            Scalar::Str => value.tag() == Tag::Str,
            Scalar::Bytes => true,
        }
    }

    /// The value inside the receiver of a method.
    ///
    /// # Errors
    /// `TypeError` when the receiver is of another type.
    #[inline]
    pub fn receiver(self, vm: &mut Vm, value: &Value, method: &str) -> R {
        if self.holds(value) {
            return Ok(value.clone());
        }
        let plain = unwrap(value);
        if self.holds(&plain) {
            return Ok(plain);
        }
        let (owner, name) = (self.name(), vm.type_name(value));
        Err(vm.type_error(format!(
            "descriptor '{method}' for '{owner}' objects doesn't apply to a '{name}' object"
        )))
    }

    /// The value inside the receiver of a special method that stands for an operator.
    ///
    /// # Errors
    /// `TypeError` when the receiver is of another type.
    #[inline]
    pub fn slot_receiver(self, vm: &mut Vm, value: &Value, method: &str) -> R {
        let plain = unwrap(value);
        if self.holds(&plain) {
            return Ok(plain);
        }
        let (owner, name) = (self.name(), vm.type_name(value));
        Err(vm.type_error(format!(
            "descriptor '{method}' requires a '{owner}' object but received a '{name}'"
        )))
    }
}

/// The built-in value: itself, or what stands inside an instance of a subclass.
#[inline]
pub fn unwrap(value: &Value) -> Value {
    match value
        .as_instance()
        .and_then(|instance| instance.base_value())
    {
        Some(base) => base,
        None => value.clone(),
    }
}

fn or_not_implemented(result: Option<Value>) -> Value {
    result.unwrap_or(Value::NOT_IMPLEMENTED)
}

/// `a.__op__(b)`, or with `reflected` `a.__rop__(b)`, which is `b op a`.
///
/// # Errors
/// What the operation raises.
pub fn operator_method(
    vm: &mut Vm,
    (kind, name, reflected): (Scalar, &str, bool),
    op: BinaryOp,
    a: &Value,
    b: &Value,
) -> R {
    let a = kind.slot_receiver(vm, a, name)?;
    let b = unwrap(b);
    if kind == Scalar::Bool && !kind.accepts(&b) {
        return binary(vm, op, &a, &b).map(or_not_implemented);
    }
    if !kind.accepts(&b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = if reflected {
        binary(vm, op, &b, &a)
    } else {
        binary(vm, op, &a, &b)
    };
    result.map(or_not_implemented)
}

/// `a.__pow__(b, modulus)`, or reflected.
///
/// # Errors
/// What the operation raises.
pub fn pow_method(vm: &mut Vm, (kind, name, reflected): (Scalar, &str, bool), args: &[Value]) -> R {
    let [a, b, rest @ ..] = args else {
        return Err(missing_argument(vm));
    };
    let modulus = rest.first().filter(|modulus| !modulus.is_none());
    let Some(modulus) = modulus else {
        return operator_method(vm, (kind, name, reflected), BinaryOp::Pow, a, b);
    };
    let a = kind.slot_receiver(vm, a, name)?;
    let (b, modulus) = (unwrap(b), unwrap(modulus));
    if !kind.accepts(&b) || !kind.accepts(&modulus) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (base, exponent) = if reflected { (&b, &a) } else { (&a, &b) };
    pow_mod(vm, base, exponent, &modulus).map(or_not_implemented)
}

#[cold]
fn missing_argument(vm: &mut Vm) -> Raised {
    vm.type_error("expected at least 1 argument, got 0")
}

/// `a.__divmod__(b)`, or reflected.
///
/// # Errors
/// What the operation raises.
pub fn divmod_method(
    vm: &mut Vm,
    (kind, name, reflected): (Scalar, &str, bool),
    a: &Value,
    b: &Value,
) -> R {
    let a = kind.slot_receiver(vm, a, name)?;
    let b = unwrap(b);
    if !kind.accepts(&b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (left, right) = if reflected { (&b, &a) } else { (&a, &b) };
    divmod(vm, left, right).map(or_not_implemented)
}

/// `a.__eq__(b)`, `a.__lt__(b)`, ...
///
/// # Errors
/// `TypeError` for a receiver of another type.
pub fn compare_method(vm: &mut Vm, kind: Scalar, name: &str, op: CmpOp, a: &Value, b: &Value) -> R {
    let a = kind.slot_receiver(vm, a, name)?;
    let b = unwrap(b);
    if !kind.accepts(&b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = match kind {
        Scalar::Str | Scalar::Bytes => text_ops::compare(vm, op, &a, &b)?,
        Scalar::Int | Scalar::Bool | Scalar::Float | Scalar::Complex => compare(vm, op, &a, &b)?,
    };
    Ok(or_not_implemented(result.map(Value::bool)))
}

/// `a.__neg__()`, `a.__pos__()`, `a.__invert__()`; `None` for the operator is `a.__abs__()`.
///
/// # Errors
/// What the operation raises.
pub fn unary_method(vm: &mut Vm, kind: Scalar, name: &str, op: Option<UnaryOp>, a: &Value) -> R {
    let a = kind.slot_receiver(vm, a, name)?;
    let result = match op {
        Some(op) => unary(vm, op, &a)?,
        None => abs(vm, &a)?,
    };
    Ok(or_not_implemented(result))
}

/// `a.__hash__()`
///
/// # Errors
/// `TypeError` for a receiver of another type.
pub fn hash_method(vm: &mut Vm, kind: Scalar, a: &Value) -> R {
    let a = kind.slot_receiver(vm, a, "__hash__")?;
    vm.hash(&a).map(Value::int)
}

/// `a.__repr__()`
///
/// # Errors
/// `TypeError` for a receiver of another type.
pub fn repr_method(vm: &mut Vm, kind: Scalar, a: &Value) -> R {
    let a = kind.slot_receiver(vm, a, "__repr__")?;
    let text = scalar_text::repr(vm, &a)?;
    Ok(vm.str(text.unwrap_or_default()))
}

/// Calls a special method that the class of a value may have.
///
/// # Errors
/// What the method raises.
pub fn hook(vm: &mut Vm, value: &Value, name: &Name) -> R<Option<Value>> {
    vm.call_special(value, name, &[])
}
