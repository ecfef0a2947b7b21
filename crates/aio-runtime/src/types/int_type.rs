//! `int`: its constructor and methods. The operators are in `numbers`.

use super::numbers::{self, IntRef, Scalar, int_ref, int_value, size_value};
use super::receiver::{as_instance_of, requested_class};
use super::text_values::{bytes_of, index_opt, str_of};
use crate::argument_errors::unexpected_keyword;
use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::num::int_text;
use crate::num::{bits, convert, round};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};
use std::borrow::Cow;

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Int;

const TABLES: &[&[Method]] = &[
    OWN,
    ROUNDING,
    numbers::real_rows!(KIND),
    numbers::number_rows!(KIND),
    numbers::common_rows!(KIND),
    numbers::binary_rows!(KIND;
        "__add__" "__radd__" Add "+";
        "__sub__" "__rsub__" Sub "-";
        "__mul__" "__rmul__" Mul "*";
        "__truediv__" "__rtruediv__" Div "/";
        "__floordiv__" "__rfloordiv__" FloorDiv "//";
        "__mod__" "__rmod__" Mod "%";
        "__lshift__" "__rlshift__" LShift "<<";
        "__rshift__" "__rrshift__" RShift ">>";
        "__and__" "__rand__" BitAnd "&";
        "__or__" "__ror__" BitOr "|";
        "__xor__" "__rxor__" BitXor "^";
    ),
];

const OWN: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "int(x=0), int(text, base=10): make an integer.",
    ),
    Method::new(
        "bit_length",
        NativeFn::F1(bit_length),
        "How many bits the absolute value needs.",
    ),
    Method::new(
        "bit_count",
        NativeFn::F1(bit_count),
        "How many ones the absolute value has in binary.",
    ),
    Method::new(
        "to_bytes",
        NativeFn::Any(to_bytes),
        "to_bytes(length=1, byteorder='big', *, signed=False): the integer as bytes.",
    ),
    Method::class(
        "from_bytes",
        NativeFn::Any(from_bytes),
        "from_bytes(bytes, byteorder='big', *, signed=False): the integer of bytes.",
    ),
    Method::new(
        "as_integer_ratio",
        NativeFn::F1(as_integer_ratio),
        "The integer and 1.",
    ),
    Method::new("conjugate", NativeFn::F1(conjugate), "The integer itself."),
    Method::new("is_integer", NativeFn::F1(is_integer), "True."),
    Method::get("real", |vm, a| itself(vm, a, "real"), "The integer itself."),
    Method::get("imag", |_, _| Ok(Value::int(0)), "0"),
    Method::get(
        "numerator",
        |vm, a| itself(vm, a, "numerator"),
        "The integer itself.",
    ),
    Method::get("denominator", |_, _| Ok(Value::int(1)), "1"),
];

const ROUNDING: &[Method] = &[
    Method::new(
        "__invert__",
        NativeFn::F1(|vm, a| {
            numbers::unary_method(vm, KIND, "__invert__", Some(UnaryOp::Invert), a)
        }),
        "~self",
    ),
    Method::new(
        "__int__",
        NativeFn::F1(|vm, a| slot(vm, a, "__int__")),
        "int(self)",
    ),
    Method::new(
        "__index__",
        NativeFn::F1(|vm, a| slot(vm, a, "__index__")),
        "The integer itself.",
    ),
    Method::new("__float__", NativeFn::F1(to_float), "float(self)"),
    Method::new(
        "__trunc__",
        NativeFn::F1(|vm, a| itself(vm, a, "__trunc__")),
        "The integer itself.",
    ),
    Method::new(
        "__floor__",
        NativeFn::F1(|vm, a| itself(vm, a, "__floor__")),
        "The integer itself.",
    ),
    Method::new(
        "__ceil__",
        NativeFn::F1(|vm, a| itself(vm, a, "__ceil__")),
        "The integer itself.",
    ),
    Method::new(
        "__round__",
        NativeFn::Range(1, 2, round_method),
        "Round to a power of ten.",
    ),
    Method::new("__getnewargs__", NativeFn::F1(new_args), "For copying."),
    Method::new(
        "__sizeof__",
        NativeFn::F1(size_of),
        "Size in memory, in bytes.",
    ),
];

/// An integer as a value of type `int` proper (a bool becomes 0 or 1).
fn exact(value: Value) -> Value {
    value.as_index().map_or(value, Value::int)
}

fn itself(vm: &mut Vm, a: &Value, method: &str) -> R {
    KIND.receiver(vm, a, method).map(exact)
}

fn slot(vm: &mut Vm, a: &Value, method: &str) -> R {
    KIND.slot_receiver(vm, a, method).map(exact)
}

/// Applies a function to the receiver.
fn with_int<T>(vm: &mut Vm, a: &Value, method: &str, f: impl FnOnce(IntRef<'_>) -> T) -> R<T> {
    let a = KIND.receiver(vm, a, method)?;
    // The receiver is an int.
    Ok(f(int_ref(&a).unwrap_or(IntRef::Small(0))))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.int.clone();
    let class = requested_class(vm, args, &base)?;
    let value = make(vm, args.pos.get(1..).unwrap_or(&[]), args)?;
    Ok(as_instance_of(&class, value))
}

fn make(vm: &mut Vm, pos: &[Value], args: Args<'_>) -> R {
    let mut base = pos.get(1).cloned();
    if pos.len() > 2 {
        let given = pos.len();
        return Err(vm.type_error(format!("int expected at most 2 arguments, got {given}")));
    }
    for (name, value) in args.kw {
        if name.text() != "base" {
            return Err(unexpected_keyword(vm, "int", name.text(), ["base"]));
        }
        base = Some(value.clone());
    }
    match (pos.first(), base) {
        (None, None) => Ok(Value::int(0)),
        (None, Some(_)) => Err(vm.type_error("int() missing string argument")),
        (Some(value), None) => from_value(vm, value),
        (Some(value), Some(base)) => from_text(vm, value, &base),
    }
}

/// `int(value)`
///
/// # Errors
/// `TypeError` when it is neither number nor text; `ValueError` when the text is no integer.
#[inline(always)]
pub fn from_value(vm: &mut Vm, value: &Value) -> R {
    match value.tag() {
        Tag::Int | Tag::BigInt => return Ok(value.clone()),
        Tag::Bool => return Ok(exact(value.clone())),
        Tag::Float => {
            let int = convert::from_f64(value.as_float().unwrap_or(0.0));
            return vm.checked(int).map(int_value);
        }
        Tag::Str => {
            let int = int_text::parse(value.as_str().unwrap_or(""), 10, vm.max_str_digits);
            return vm.checked(int).map(int_value);
        }
        _ => {}
    }
    if let Some(result) = int_hook(vm, value)? {
        return Ok(result);
    }
    if let Some(index) = index_opt(vm, value)? {
        return Ok(index);
    }
    let trunc = vm.names.__trunc__.clone();
    if let Some(result) = vm.call_special(value, &trunc, &[])? {
        return match index_opt(vm, &result)? {
            Some(index) => Ok(index),
            None => {
                let name = vm.type_name(&result);
                Err(vm.type_error(format!("__trunc__ returned non-Integral (type {name})")))
            }
        };
    }
    match parse(vm, value, 10)? {
        Some(int) => Ok(int),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
            )))
        }
    }
}

/// What `__int__` of an instance gives; `None` when its class has none.
///
/// # Errors
/// What it raises; `TypeError` when it gives no int.
pub fn int_hook(vm: &mut Vm, value: &Value) -> R<Option<Value>> {
    if value.tag() != Tag::Instance {
        return Ok(None);
    }
    let hook = vm.names.__int__.clone();
    let Some(result) = vm.call_special(value, &hook, &[])? else {
        return Ok(None);
    };
    let plain = numbers::unwrap(&result);
    if int_ref(&plain).is_none() {
        let name = vm.type_name(&result);
        return Err(vm.type_error(format!("__int__ returned non-int (type {name})")));
    }
    Ok(Some(exact(plain)))
}

/// `int(text, base)`
///
/// # Errors
/// `TypeError` when the first is no text; `ValueError` when that is no integer, or there is no such base.
pub fn from_text(vm: &mut Vm, value: &Value, base: &Value) -> R {
    let base = vm.index(base)?;
    let checked = int_text::check_base(base.as_int().unwrap_or(-1));
    let base = vm.checked(checked)?;
    match parse(vm, value, base)? {
        Some(int) => Ok(int),
        None => Err(vm.type_error("int() can't convert non-string with explicit base")),
    }
}

/// The integer that text or bytes spell; `None` when the value is neither.
fn parse(vm: &mut Vm, value: &Value, base: u32) -> R<Option<Value>> {
    let int = if let Some(text) = str_of(value) {
        int_text::parse(text.text(), base, vm.max_str_digits)
    } else if let Some(bytes) = bytes_of(value) {
        int_text::parse_bytes(&bytes, base, vm.max_str_digits)
    } else {
        return Ok(None);
    };
    vm.checked(int).map(|int| Some(int_value(int)))
}

fn bit_length(vm: &mut Vm, a: &Value) -> R {
    with_int(vm, a, "bit_length", |int| {
        size_value(bits::bit_length(int) as usize)
    })
}

fn bit_count(vm: &mut Vm, a: &Value) -> R {
    with_int(vm, a, "bit_count", |int| {
        size_value(bits::bit_count(int) as usize)
    })
}

fn is_integer(vm: &mut Vm, a: &Value) -> R {
    with_int(vm, a, "is_integer", |_| Value::TRUE)
}

fn conjugate(vm: &mut Vm, a: &Value) -> R {
    itself(vm, a, "conjugate")
}

fn as_integer_ratio(vm: &mut Vm, a: &Value) -> R {
    let a = itself(vm, a, "as_integer_ratio")?;
    Ok(Value::tuple([a, Value::int(1)]))
}

fn new_args(vm: &mut Vm, a: &Value) -> R {
    let a = itself(vm, a, "__getnewargs__")?;
    Ok(Value::tuple([a]))
}

fn to_float(vm: &mut Vm, a: &Value) -> R {
    let a = slot(vm, a, "__float__")?;
    let float = convert::to_f64(int_ref(&a).unwrap_or(IntRef::Small(0)));
    vm.checked(float).map(Value::float)
}

/// CPython keeps 30 bits in each 4 bytes, behind a head of 24.
fn size_of(vm: &mut Vm, a: &Value) -> R {
    with_int(vm, a, "__sizeof__", |int| {
        let digits = bits::bit_length(int).div_ceil(30).max(1);
        Value::int(24 + 4 * digits as i64)
    })
}

fn round_method(vm: &mut Vm, args: &[Value]) -> R {
    let [a, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let a = itself(vm, a, "__round__")?;
    let Some(places) = rest.first().filter(|places| !places.is_none()) else {
        return Ok(a);
    };
    let places = vm.index(places)?;
    match (int_ref(&a), int_ref(&places)) {
        (Some(int), Some(places)) => Ok(int_value(round::round_int(int, places))),
        _ => Ok(a),
    }
}

const TO_BYTES: Signature = Signature {
    name: "to_bytes",
    params: &["length", "byteorder", "signed"],
    positional: 2,
    required: 0,
};

fn to_bytes(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "int", "to_bytes")?;
    let int = KIND.receiver(vm, receiver, "to_bytes")?;
    let [length, order, signed] = match (args.pos, args.kw) {
        ([length, order], []) => [length.clone(), order.clone(), Value::UNSET],
        _ => vm.bind(args, &TO_BYTES)?,
    };
    let length = if length.is_unset() {
        1
    } else {
        vm.index_i64(&length)?
    };
    let little = is_little(vm, &order, "to_bytes")?;
    let signed = vm.truthy(&signed)?;
    let int = int_ref(&int).unwrap_or(IntRef::Small(0));
    let bytes = bits::to_bytes(int, length, little, signed);
    vm.checked(bytes).map(Value::bytes)
}

const FROM_BYTES: Signature = Signature {
    name: "from_bytes",
    params: &["bytes", "byteorder", "signed"],
    positional: 2,
    required: 1,
};

fn from_bytes(vm: &mut Vm, args: Args<'_>) -> R {
    let (class, args) = args.split_receiver(vm, "int", "from_bytes")?;
    let [bytes, order, signed] = match (args.pos, args.kw) {
        ([bytes, order], []) => [bytes.clone(), order.clone(), Value::UNSET],
        _ => vm.bind(args, &FROM_BYTES)?,
    };
    let little = is_little(vm, &order, "from_bytes")?;
    let data = match bytes.as_bytes_obj() {
        Some(bytes) => Cow::Borrowed(bytes.data()),
        None => Cow::Owned(super::bytes::from_object(vm, &bytes)?),
    };
    let signed = vm.truthy(&signed)?;
    let int = int_value(bits::from_bytes(&data, little, signed));
    if class
        .as_class()
        .is_some_and(|class| class.id == vm.types.int.id)
    {
        Ok(int)
    } else {
        vm.call(class, &[int])
    }
}

fn is_little(vm: &mut Vm, order: &Value, function: &str) -> R<bool> {
    if order.is_unset() {
        return Ok(false);
    }
    let Some(order) = str_of(order) else {
        let name = vm.type_name(order);
        return Err(vm.type_error(format!(
            "{function}() argument 'byteorder' must be str, not {name}"
        )));
    };
    let little = bits::is_little_endian(order.text());
    vm.checked(little)
}
