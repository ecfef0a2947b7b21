//! The special methods of the scalar types: one function per kind of method.
//!
//! `int.__add__`, `float.__lt__`, `str.__eq__` ... exist so that subclasses reach them through the
//! MRO and `super()`. Each unwraps what stands inside instances of subclasses and calls the
//! operator; an operand that the type does not know gives `NotImplemented`.

use super::{abs, binary, compare, divmod, pow_mod, unary};
use crate::error::{R, Raised};
use crate::native::Method;
use crate::objects::Name;
use crate::types::text_values::owned_value;
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
            Scalar::Bool => Scalar::Int.holds(value),
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
    if !kind.accepts(&b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    // `int.__and__` of two bools gives an int; only `bool.__and__` gives a bool.
    let a = match a.as_index() {
        Some(int) if kind == Scalar::Int => Value::int(int),
        _ => a,
    };
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
pub fn compare_method(
    vm: &mut Vm,
    (kind, name): (Scalar, &str),
    op: CmpOp,
    a: &Value,
    b: &Value,
) -> R {
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

/// `a.__format__(spec)`
///
/// # Errors
/// `TypeError` for a spec that is no string; `ValueError` for a bad one.
pub fn format_method(vm: &mut Vm, kind: Scalar, a: &Value, spec: &Value) -> R {
    let original = a;
    let a = kind.receiver(vm, a, "__format__")?;
    let spec = unwrap(spec);
    let Some(spec) = spec.as_str() else {
        let name = vm.type_name(&spec);
        return Err(vm.type_error(format!("__format__() argument must be str, not {name}")));
    };
    if spec.is_empty() && original.tag() == Tag::Instance {
        return vm.to_text(original).map(owned_value);
    }
    let text = scalar_text::format(vm, &a, spec)?;
    Ok(vm.str(text.unwrap_or_default()))
}

/// Whether the right operand of a sequence operator has a reflected method of its own, written in
/// the language: that goes first, as `+` and `*` of sequences come last in Python's order.
pub fn defers(vm: &mut Vm, operand: &Value, reflected: &Name) -> bool {
    operand.tag() == Tag::Instance
        && vm
            .lookup_special(operand, reflected)
            .is_some_and(|found| found.tag() != Tag::Native)
}

/// How many rows some tables have together.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub const fn total(tables: &[&[Method]]) -> usize {
    let (mut sum, mut at) = (0, 0);
    while at < tables.len() {
        sum += tables[at].len();
        at += 1;
    }
    sum
}

/// Some tables as one of `N` rows, which is their [`total`].
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub const fn join<const N: usize>(tables: &[&[Method]]) -> [Method; N] {
    let mut all = [tables[0][0]; N];
    let (mut filled, mut table) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[filled] = tables[table][row];
            filled += 1;
            row += 1;
        }
        table += 1;
    }
    all
}

/// Rows for binary operators and their reflections.
macro_rules! binary_rows {
    ($kind:expr; $($name:literal $reflected:literal $op:ident $sign:literal;)*) => {
        &[$(
            Method::new(
                $name,
                NativeFn::F2(|vm, a, b| {
                    numbers::operator_method(vm, ($kind, $name, false), BinaryOp::$op, a, b)
                }),
                concat!("self ", $sign, " value"),
            ),
            Method::new(
                $reflected,
                NativeFn::F2(|vm, a, b| {
                    numbers::operator_method(vm, ($kind, $reflected, true), BinaryOp::$op, a, b)
                }),
                concat!("value ", $sign, " self"),
            ),
        )*]
    };
}

/// Rows for `+ - * / // % ** divmod` and unary `- + abs`: what ints and floats share.
macro_rules! real_rows {
    ($kind:expr) => {
        &[
            Method::new(
                "__pow__",
                NativeFn::Range(2, 3, |vm, args| {
                    numbers::pow_method(vm, ($kind, "__pow__", false), args)
                }),
                "self ** value, perhaps modulo mod",
            ),
            Method::new(
                "__rpow__",
                NativeFn::Range(2, 3, |vm, args| {
                    numbers::pow_method(vm, ($kind, "__rpow__", true), args)
                }),
                "value ** self, perhaps modulo mod",
            ),
            Method::new(
                "__divmod__",
                NativeFn::F2(|vm, a, b| {
                    numbers::divmod_method(vm, ($kind, "__divmod__", false), a, b)
                }),
                "divmod(self, value)",
            ),
            Method::new(
                "__rdivmod__",
                NativeFn::F2(|vm, a, b| {
                    numbers::divmod_method(vm, ($kind, "__rdivmod__", true), a, b)
                }),
                "divmod(value, self)",
            ),
        ]
    };
}

/// Rows for unary `- +` and `abs`, for truth, text and hash: what all numbers share.
macro_rules! number_rows {
    ($kind:expr) => {
        &[
            Method::new(
                "__neg__",
                NativeFn::F1(|vm, a| {
                    numbers::unary_method(vm, $kind, "__neg__", Some(UnaryOp::Neg), a)
                }),
                "-self",
            ),
            Method::new(
                "__pos__",
                NativeFn::F1(|vm, a| {
                    numbers::unary_method(vm, $kind, "__pos__", Some(UnaryOp::Pos), a)
                }),
                "+self",
            ),
            Method::new(
                "__abs__",
                NativeFn::F1(|vm, a| numbers::unary_method(vm, $kind, "__abs__", None, a)),
                "abs(self)",
            ),
            Method::new(
                "__bool__",
                NativeFn::F1(|vm, a| {
                    let a = $kind.slot_receiver(vm, a, "__bool__")?;
                    vm.truthy(&a).map(Value::bool)
                }),
                "True if self else False",
            ),
            Method::new(
                "__format__",
                NativeFn::F2(|vm, a, spec| numbers::format_method(vm, $kind, a, spec)),
                "Format the number by a spec.",
            ),
        ]
    };
}

/// Rows for comparison, hash and repr: what all scalars share.
macro_rules! common_rows {
    ($kind:expr; $($name:literal $op:ident $sign:literal;)*) => {
        &[
            Method::new("__hash__", NativeFn::F1(|vm, a| {
                numbers::hash_method(vm, $kind, a)
            }), "hash(self)"),
            Method::new("__repr__", NativeFn::F1(|vm, a| {
                numbers::repr_method(vm, $kind, a)
            }), "repr(self)"),
            $(Method::new($name, NativeFn::F2(|vm, a, b| {
                numbers::compare_method(vm, ($kind, $name), CmpOp::$op, a, b)
            }), concat!("self ", $sign, " value")),)*
        ]
    };
    ($kind:expr) => {
        numbers::common_rows!($kind;
            "__eq__" Eq "=="; "__ne__" Ne "!="; "__lt__" Lt "<";
            "__le__" Le "<="; "__gt__" Gt ">"; "__ge__" Ge ">=";)
    };
}

pub(in crate::types) use {binary_rows, common_rows, number_rows, real_rows};
