//! The special methods of the built-in containers, as Python code sees them.
//!
//! `list.__add__`, `set.__le__`, `dict.__getitem__` ... are bridges to the functions that the
//! operators use (`sequences`): they look through instances of subclasses and answer
//! `NotImplemented` where the operator knows nothing. A subclass reaches them through its MRO and
//! through `super()`. One function per kind of special method serves all types.

use super::receiver::base_of;
use super::sequences;
use crate::error::{R, Raised};
use crate::native::{Method, NativeFn};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

fn binary(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R {
    let (a, b) = (base_of(a), base_of(b));
    Ok(sequences::binary(vm, op, &a, &b)?.unwrap_or(Value::NOT_IMPLEMENTED))
}

/// `a op= b`; the result is `a` itself, also when it is an instance of a subclass.
fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value) -> R {
    let (target, other) = (base_of(a), base_of(b));
    Ok(match sequences::inplace(vm, op, &target, &other)? {
        Some(result) if result.is(&target) => a.clone(),
        Some(result) => result,
        None => Value::NOT_IMPLEMENTED,
    })
}

fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R {
    let (a, b) = (base_of(a), base_of(b));
    Ok(match sequences::compare(vm, op, &a, &b)? {
        Some(result) => Value::bool(result),
        None => Value::NOT_IMPLEMENTED,
    })
}

macro_rules! binary_bridges {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, a: &Value, b: &Value) -> R {
            binary(vm, BinaryOp::$op, a, b)
        }
    )* };
}

macro_rules! reflected_bridges {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, a: &Value, b: &Value) -> R {
            binary(vm, BinaryOp::$op, b, a)
        }
    )* };
}

macro_rules! inplace_bridges {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, a: &Value, b: &Value) -> R {
            inplace(vm, BinaryOp::$op, a, b)
        }
    )* };
}

macro_rules! compare_bridges {
    ($($name:ident $op:ident;)*) => { $(
        fn $name(vm: &mut Vm, a: &Value, b: &Value) -> R {
            compare(vm, CmpOp::$op, a, b)
        }
    )* };
}

/// `a + b`, called by name.
fn add(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (a, b) = (base_of(a), base_of(b));
    match sequences::binary(vm, BinaryOp::Add, &a, &b)? {
        Some(result) => Ok(result),
        None => Err(concat_error(vm, &a, &b)),
    }
}

/// The error of `a.__add__(b)` when `b` does not fit.
#[cold]
pub fn concat_error(vm: &mut Vm, a: &Value, b: &Value) -> Raised {
    let message = sequences::concat_message(vm, a, b);
    vm.type_error(message.unwrap_or_default())
}

/// `a * b`, called by name.
fn mul(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (a, b) = (base_of(a), base_of(b));
    match sequences::binary(vm, BinaryOp::Mul, &a, &b)? {
        Some(result) => Ok(result),
        None => Err(repeat_error(vm, &b)),
    }
}

/// The error of `a.__mul__(b)` when `b` is no number of times.
#[cold]
pub fn repeat_error(vm: &mut Vm, b: &Value) -> Raised {
    let given = vm.type_name(b);
    vm.type_error(format!(
        "'{given}' object cannot be interpreted as an integer"
    ))
}

binary_bridges! { or BitOr; and BitAnd; xor BitXor; sub Sub; }
reflected_bridges! { ror BitOr; rand BitAnd; rxor BitXor; rsub Sub; }
inplace_bridges! { iadd Add; imul Mul; ior BitOr; iand BitAnd; ixor BitXor; isub Sub; }
compare_bridges! { eq Eq; ne Ne; lt Lt; le Le; gt Gt; ge Ge; }

fn len(vm: &mut Vm, value: &Value) -> R {
    let value = base_of(value);
    Ok(Value::int(vm.len(&value)? as i64))
}

fn iter(vm: &mut Vm, value: &Value) -> R {
    let value = base_of(value);
    vm.iter(&value)
}

fn contains(vm: &mut Vm, value: &Value, item: &Value) -> R {
    let value = base_of(value);
    Ok(Value::bool(vm.contains(&value, item)?))
}

fn get_item(vm: &mut Vm, value: &Value, index: &Value) -> R {
    let value = base_of(value);
    match sequences::get_item(vm, &value, index)? {
        Some(item) => Ok(item),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn set_item(vm: &mut Vm, value: &Value, index: &Value, item: &Value) -> R {
    let value = base_of(value);
    sequences::set_item(vm, &value, index, item)?;
    Ok(Value::NONE)
}

fn del_item(vm: &mut Vm, value: &Value, index: &Value) -> R {
    let value = base_of(value);
    sequences::del_item(vm, &value, index)?;
    Ok(Value::NONE)
}

fn hash(vm: &mut Vm, value: &Value) -> R {
    let value = base_of(value);
    Ok(Value::int(vm.hash(&value)?))
}

fn class_get_item(vm: &mut Vm, class: &Value, index: &Value) -> R {
    Ok(super::generic_alias::new_alias(vm, class.clone(), index))
}

fn repr(vm: &mut Vm, value: &Value) -> R {
    let text = super::container_text::repr_of(vm, value)?;
    Ok(vm.str(text))
}

macro_rules! rows {
    ($($constant:ident $name:literal $kind:ident $function:ident $doc:literal;)*) => { $(
        #[doc = concat!("The row of `", $name, "`.")]
        pub const $constant: Method = Method::new($name, NativeFn::$kind($function), $doc);
    )* };
}

rows! {
    ADD "__add__" F2 add "Return self+value.";
    MUL "__mul__" F2 mul "Return self*value.";
    RMUL "__rmul__" F2 mul "Return value*self.";
    OR "__or__" F2 or "Return self|value.";
    AND "__and__" F2 and "Return self&value.";
    XOR "__xor__" F2 xor "Return self^value.";
    SUB "__sub__" F2 sub "Return self-value.";
    ROR "__ror__" F2 ror "Return value|self.";
    RAND "__rand__" F2 rand "Return value&self.";
    RXOR "__rxor__" F2 rxor "Return value^self.";
    RSUB "__rsub__" F2 rsub "Return value-self.";
    IADD "__iadd__" F2 iadd "Implement self+=value.";
    IMUL "__imul__" F2 imul "Implement self*=value.";
    IOR "__ior__" F2 ior "Return self|=value.";
    IAND "__iand__" F2 iand "Return self&=value.";
    IXOR "__ixor__" F2 ixor "Return self^=value.";
    ISUB "__isub__" F2 isub "Return self-=value.";
    EQ "__eq__" F2 eq "Return self==value.";
    NE "__ne__" F2 ne "Return self!=value.";
    LT "__lt__" F2 lt "Return self<value.";
    LE "__le__" F2 le "Return self<=value.";
    GT "__gt__" F2 gt "Return self>value.";
    GE "__ge__" F2 ge "Return self>=value.";
    LEN "__len__" F1 len "Return len(self).";
    ITER "__iter__" F1 iter "Implement iter(self).";
    CONTAINS "__contains__" F2 contains "Return bool(key in self).";
    GET_ITEM "__getitem__" F2 get_item "Return self[key].";
    SET_ITEM "__setitem__" F3 set_item "Set self[key] to value.";
    DEL_ITEM "__delitem__" F2 del_item "Delete self[key].";
    HASH "__hash__" F1 hash "Return hash(self).";
    REPR "__repr__" F1 repr "Return repr(self).";
}

/// The row of `__class_getitem__`: `list[int]`.
pub const CLASS_GET_ITEM: Method = Method::class(
    "__class_getitem__",
    NativeFn::F2(class_get_item),
    "See PEP 585",
);

/// The row of `__hash__` of a type whose values have no hash: `None`.
pub const UNHASHABLE: Method = Method::absent("__hash__");
