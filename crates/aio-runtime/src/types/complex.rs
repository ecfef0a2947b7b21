//! `complex`: its constructor and methods. The operators are in `numbers`.

use super::float_type;
use super::numbers::{self, Scalar, complex_value};
use super::receiver::{as_instance_of, requested_class};
use super::text_values::str_of;
use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::num::complex::{self, Complex};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Complex;

const TABLES: &[&[Method]] = &[
    OWN,
    numbers::number_rows!(KIND),
    numbers::common_rows!(KIND),
    numbers::binary_rows!(KIND;
        "__add__" "__radd__" Add "+";
        "__sub__" "__rsub__" Sub "-";
        "__mul__" "__rmul__" Mul "*";
        "__truediv__" "__rtruediv__" Div "/";
    ),
];

const OWN: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "complex(real=0, imag=0), complex(text): make a complex number.",
    ),
    Method::get(
        "real",
        |vm, a| Ok(Value::float(receiver(vm, a, "real")?.0)),
        "The real part.",
    ),
    Method::get(
        "imag",
        |vm, a| Ok(Value::float(receiver(vm, a, "imag")?.1)),
        "The imaginary part.",
    ),
    Method::new(
        "conjugate",
        NativeFn::F1(conjugate),
        "The number with the opposite imaginary part.",
    ),
    Method::new(
        "__complex__",
        NativeFn::F1(|vm, a| KIND.receiver(vm, a, "__complex__")),
        "The number itself.",
    ),
    Method::new(
        "__pow__",
        NativeFn::Range(2, 3, |vm, args| {
            numbers::pow_method(vm, (KIND, "__pow__", false), args)
        }),
        "self ** value",
    ),
    Method::new(
        "__rpow__",
        NativeFn::Range(2, 3, |vm, args| {
            numbers::pow_method(vm, (KIND, "__rpow__", true), args)
        }),
        "value ** self",
    ),
    Method::new("__getnewargs__", NativeFn::F1(new_args), "For copying."),
];

fn receiver(vm: &mut Vm, a: &Value, method: &str) -> R<Complex> {
    let a = KIND.receiver(vm, a, method)?;
    // The receiver is a complex number.
    Ok(a.as_complex().map_or((0.0, 0.0), |z| (z.re, z.im)))
}

const NEW: Signature = Signature {
    name: "complex",
    params: &["real", "imag"],
    positional: 2,
    required: 0,
};

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.complex.clone();
    let class = requested_class(vm, args, &base)?;
    let rest = args.behind_class();
    if rest.pos.len() > 2 {
        let given = rest.pos.len();
        return Err(vm.type_error(format!(
            "complex() takes at most 2 arguments ({given} given)"
        )));
    }
    let [re, im] = vm.bind(rest, &NEW)?;
    if re.tag() == Tag::Complex && im.is_unset() {
        return Ok(as_instance_of(&class, re));
    }
    let value = make(vm, &re, &im)?;
    Ok(as_instance_of(&class, complex_value(value)))
}

fn make(vm: &mut Vm, re: &Value, im: &Value) -> R<Complex> {
    if let Some(text) = str_of(re) {
        if !im.is_unset() {
            return Err(vm.type_error("complex() can't take second arg if first is a string"));
        }
        let parsed = complex::parse(text.text());
        return vm.checked(parsed);
    }
    if str_of(im).is_some() {
        return Err(vm.type_error("complex() second arg can't be a string"));
    }
    let first = match number(vm, re)? {
        Some(first) => first,
        None => {
            let name = vm.type_name(re);
            return Err(vm.type_error(format!(
                "complex() first argument must be a string or a number, not '{name}'"
            )));
        }
    };
    if im.is_unset() {
        return Ok(first);
    }
    let second = match part(vm, im)? {
        Some(second) => second,
        None => {
            let name = vm.type_name(im);
            return Err(vm.type_error(format!(
                "complex() second argument must be a number, not '{name}'"
            )));
        }
    };
    // An imaginary part that is complex itself turns by i; only then are zeros touched.
    let re = match second {
        (_, turned) if im.tag() == Tag::Complex => first.0 - turned,
        _ => first.0,
    };
    Ok((re, first.1 + second.0))
}

/// A number as a complex one, by `__complex__` too; an absent one is 0.
fn number(vm: &mut Vm, value: &Value) -> R<Option<Complex>> {
    if value.tag() == Tag::Instance {
        let hook = vm.names.__complex__.clone();
        if let Some(result) = vm.call_special(value, &hook, &[])? {
            let plain = numbers::unwrap(&result);
            return match plain.as_complex() {
                Some(z) => Ok(Some((z.re, z.im))),
                None => {
                    let name = vm.type_name(&result);
                    Err(vm.type_error(format!("__complex__ returned non-complex (type {name})")))
                }
            };
        }
    }
    part(vm, value)
}

fn part(vm: &mut Vm, value: &Value) -> R<Option<Complex>> {
    if value.is_unset() {
        return Ok(Some((0.0, 0.0)));
    }
    let plain = numbers::unwrap(value);
    if let Some(z) = plain.as_complex() {
        return Ok(Some((z.re, z.im)));
    }
    Ok(float_type::real(vm, value)?.map(|re| (re, 0.0)))
}

fn conjugate(vm: &mut Vm, a: &Value) -> R {
    let (re, im) = receiver(vm, a, "conjugate")?;
    Ok(complex_value((re, -im)))
}

fn new_args(vm: &mut Vm, a: &Value) -> R {
    let (re, im) = receiver(vm, a, "__getnewargs__")?;
    Ok(Value::tuple([Value::float(re), Value::float(im)]))
}
