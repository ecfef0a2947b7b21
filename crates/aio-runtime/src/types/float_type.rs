//! `float`: its constructor and methods. The operators are in `numbers`.

use super::numbers::{self, Scalar, int_ref, int_value};
use super::receiver::{as_instance_of, requested_class};
use super::text_values::{bytes_of, index_opt, str_of};
use crate::error::R;
use crate::native::{Args, Method, NativeFn};
use crate::num::{convert, float_hex, float_text, round};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Float;

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
    ),
];

const OWN: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "float(x=0.0): make a float of a number or text.",
    ),
    Method::new(
        "is_integer",
        NativeFn::F1(is_integer),
        "Whether it is a whole number.",
    ),
    Method::new(
        "as_integer_ratio",
        NativeFn::F1(as_integer_ratio),
        "The two integers whose quotient it is.",
    ),
    Method::new(
        "hex",
        NativeFn::F1(hex),
        "The number in hexadecimal: 3.14 is '0x1.91eb851eb851fp+1'.",
    ),
    Method::class(
        "fromhex",
        NativeFn::F2(from_hex),
        "The float that hexadecimal text spells.",
    ),
    Method::new(
        "conjugate",
        NativeFn::F1(|vm, a| itself(vm, a, "conjugate")),
        "The float itself.",
    ),
    Method::get("real", |vm, a| itself(vm, a, "real"), "The float itself."),
    Method::get("imag", |_, _| Ok(Value::float(0.0)), "0.0"),
    Method::fixed(
        "__getformat__",
        NativeFn::F1(|vm, _| Ok(vm.str("IEEE, little-endian"))),
        "How floats are stored.",
    ),
];

const ROUNDING: &[Method] = &[
    Method::new(
        "__int__",
        NativeFn::F1(|vm, a| truncate(vm, a, "__int__")),
        "int(self)",
    ),
    Method::new(
        "__float__",
        NativeFn::F1(|vm, a| KIND.slot_receiver(vm, a, "__float__")),
        "The float itself.",
    ),
    Method::new(
        "__trunc__",
        NativeFn::F1(|vm, a| truncate(vm, a, "__trunc__")),
        "The integer towards zero.",
    ),
    Method::new(
        "__floor__",
        NativeFn::F1(|vm, a| to_int(vm, a, "__floor__", f64::floor)),
        "The integer below.",
    ),
    Method::new(
        "__ceil__",
        NativeFn::F1(|vm, a| to_int(vm, a, "__ceil__", f64::ceil)),
        "The integer above.",
    ),
    Method::new(
        "__round__",
        NativeFn::Range(1, 2, round_method),
        "Round to a number of places, half to even.",
    ),
    Method::new("__getnewargs__", NativeFn::F1(new_args), "For copying."),
];

fn receiver(vm: &mut Vm, a: &Value, method: &str) -> R<f64> {
    let a = KIND.receiver(vm, a, method)?;
    // The receiver is a float.
    Ok(a.as_float().unwrap_or(0.0))
}

fn itself(vm: &mut Vm, a: &Value, method: &str) -> R {
    KIND.receiver(vm, a, method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.float.clone();
    let class = requested_class(vm, args, &base)?;
    if class.builtin && !args.kw.is_empty() {
        return Err(vm.type_error("float() takes no keyword arguments"));
    }
    let value = match args.pos {
        [] | [_] => 0.0,
        [_, value] => from_value(vm, value)?,
        [_, more @ ..] => {
            let given = more.len();
            return Err(vm.type_error(format!("float expected at most 1 argument, got {given}")));
        }
    };
    Ok(as_instance_of(&class, Value::float(value)))
}

/// `float(value)`
///
/// # Errors
/// `TypeError` when it is neither number nor text; `ValueError` when the text is no number.
pub fn from_value(vm: &mut Vm, value: &Value) -> R<f64> {
    if let Some(x) = value.as_float() {
        return Ok(x);
    }
    let parsed = if let Some(text) = str_of(value) {
        float_text::parse(text.text())
    } else if let Some(bytes) = bytes_of(value) {
        float_text::parse_bytes(&bytes)
    } else {
        return match real(vm, value)? {
            Some(x) => Ok(x),
            None => {
                let name = vm.type_name(value);
                Err(vm.type_error(format!(
                    "float() argument must be a string or a real number, not '{name}'"
                )))
            }
        };
    };
    vm.checked(parsed)
}

/// A real number as a float: a float or int, what `__float__` or `__index__` gives; `None` for
/// anything else.
///
/// # Errors
/// `OverflowError` for an int beyond floats; what the methods raise.
pub fn real(vm: &mut Vm, value: &Value) -> R<Option<f64>> {
    if let Some(x) = value.as_float() {
        return Ok(Some(x));
    }
    if let Some(int) = int_ref(value) {
        let x = convert::to_f64(int);
        return vm.checked(x).map(Some);
    }
    if value.tag() != Tag::Instance {
        return Ok(None);
    }
    let hook = vm.names.__float__.clone();
    if let Some(result) = vm.call_special(value, &hook, &[])? {
        let plain = numbers::unwrap(&result);
        return match plain.as_float() {
            Some(x) => Ok(Some(x)),
            None => {
                let (owner, name) = (vm.type_name(value), vm.type_name(&result));
                Err(vm.type_error(format!(
                    "{owner}.__float__ returned non-float (type {name})"
                )))
            }
        };
    }
    let Some(index) = index_opt(vm, value)? else {
        return Ok(None);
    };
    match int_ref(&index) {
        Some(int) => {
            let x = convert::to_f64(int);
            vm.checked(x).map(Some)
        }
        None => Ok(None),
    }
}

/// A real number as an argument of a function on floats (`math.sqrt`, `'%f'`).
///
/// # Errors
/// `TypeError` when it is none; `OverflowError` for an int beyond floats.
pub fn real_argument(vm: &mut Vm, value: &Value) -> R<f64> {
    match real(vm, value)? {
        Some(x) => Ok(x),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("must be real number, not {name}")))
        }
    }
}

fn is_integer(vm: &mut Vm, a: &Value) -> R {
    let x = receiver(vm, a, "is_integer")?;
    Ok(Value::bool(x.is_finite() && x.floor() == x))
}

fn as_integer_ratio(vm: &mut Vm, a: &Value) -> R {
    let x = receiver(vm, a, "as_integer_ratio")?;
    let ratio = convert::float_ratio(x);
    let (numerator, denominator) = vm.checked(ratio)?;
    Ok(Value::tuple([int_value(numerator), int_value(denominator)]))
}

fn hex(vm: &mut Vm, a: &Value) -> R {
    let x = receiver(vm, a, "hex")?;
    Ok(vm.str(float_hex::to_hex(x)))
}

fn from_hex(vm: &mut Vm, class: &Value, text: &Value) -> R {
    let Some(text) = str_of(text) else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let x = float_hex::from_hex(text.text());
    let value = Value::float(vm.checked(x)?);
    let exact = vm.types.float.to_value();
    if class.is(&exact) {
        Ok(value)
    } else {
        vm.call(class, &[value])
    }
}

fn truncate(vm: &mut Vm, a: &Value, method: &str) -> R {
    to_int(vm, a, method, f64::trunc)
}

fn to_int(vm: &mut Vm, a: &Value, method: &str, round: fn(f64) -> f64) -> R {
    let x = receiver(vm, a, method)?;
    let int = convert::from_f64(round(x));
    vm.checked(int).map(int_value)
}

fn new_args(vm: &mut Vm, a: &Value) -> R {
    let a = itself(vm, a, "__getnewargs__")?;
    Ok(Value::tuple([a]))
}

fn round_method(vm: &mut Vm, args: &[Value]) -> R {
    let [a, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let x = receiver(vm, a, "__round__")?;
    let Some(places) = rest.first().filter(|places| !places.is_none()) else {
        let int = round::round_to_int(x);
        return vm.checked(int).map(int_value);
    };
    let places = vm.index(places)?;
    let rounded = round::round_f64(x, super::text_values::saturate(&places));
    vm.checked(rounded).map(Value::float)
}
