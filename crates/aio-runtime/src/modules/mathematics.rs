//! `math`

use super::{Function, add, add_functions};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, MANY, NativeFn, Signature};
use crate::num::math as m;
use crate::num::{Fault, combinatorics, convert, gamma};
use crate::objects::ModuleObj;
use crate::types::numbers::{int_ref, int_value};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

/// A row for a function of one float; the second says whether an infinite result is an overflow.
macro_rules! float_functions {
    ($($name:literal $function:expr, $overflow:literal;)*) => {
        &[$(($name, NativeFn::F1(|vm, x| apply(vm, x, $function, $overflow)), "A function of floats."),)*]
    };
}

const FLOATS: &[Function] = float_functions! {
    "sin" f64::sin, false;
    "cos" f64::cos, false;
    "tan" f64::tan, false;
    "asin" f64::asin, false;
    "acos" f64::acos, false;
    "atan" f64::atan, false;
    "sinh" f64::sinh, true;
    "cosh" f64::cosh, true;
    "tanh" f64::tanh, false;
    "asinh" f64::asinh, false;
    "acosh" f64::acosh, false;
    "atanh" f64::atanh, false;
    "exp" f64::exp, true;
    "exp2" f64::exp2, true;
    "expm1" f64::exp_m1, true;
    "log1p" f64::ln_1p, false;
    "sqrt" f64::sqrt, false;
    "cbrt" f64::cbrt, false;
    "fabs" f64::abs, false;
    "degrees" f64::to_degrees, false;
    "radians" f64::to_radians, false;
};

const FUNCTIONS: &[Function] = &[
    (
        "floor",
        NativeFn::F1(|vm, x| round_with(vm, x, "__floor__", f64::floor)),
        "Return the floor of x as an Integral.",
    ),
    (
        "ceil",
        NativeFn::F1(|vm, x| round_with(vm, x, "__ceil__", f64::ceil)),
        "Return the ceiling of x as an Integral.",
    ),
    (
        "trunc",
        NativeFn::F1(|vm, x| round_with(vm, x, "__trunc__", f64::trunc)),
        "Truncates the Real x to the nearest Integral toward 0.",
    ),
    (
        "log",
        NativeFn::Range(1, 2, log),
        "Return the logarithm of x to the given base.",
    ),
    (
        "log2",
        NativeFn::F1(|vm, x| logarithm(vm, x, f64::log2)),
        "Return the base 2 logarithm of x.",
    ),
    (
        "log10",
        NativeFn::F1(|vm, x| logarithm(vm, x, f64::log10)),
        "Return the base 10 logarithm of x.",
    ),
    (
        "pow",
        NativeFn::F2(|vm, x, y| two(vm, x, y, m::pow)),
        "Return x**y (x to the power of y).",
    ),
    (
        "fmod",
        NativeFn::F2(|vm, x, y| two(vm, x, y, m::fmod)),
        "Return fmod(x, y), according to platform C.",
    ),
    (
        "remainder",
        NativeFn::F2(|vm, x, y| two(vm, x, y, m::remainder)),
        "Difference between x and the closest integer multiple of y.",
    ),
    (
        "atan2",
        NativeFn::F2(|vm, x, y| two(vm, x, y, |x, y| Ok(x.atan2(y)))),
        "Return the arc tangent (measured in radians) of y/x.",
    ),
    (
        "copysign",
        NativeFn::F2(|vm, x, y| two(vm, x, y, |x, y| Ok(x.copysign(y)))),
        "Return a float with the magnitude of x but the sign of y.",
    ),
    (
        "isnan",
        NativeFn::F1(|vm, x| test(vm, x, f64::is_nan)),
        "Return True if x is a NaN.",
    ),
    (
        "isinf",
        NativeFn::F1(|vm, x| test(vm, x, f64::is_infinite)),
        "Return True if x is an infinity.",
    ),
    (
        "isfinite",
        NativeFn::F1(|vm, x| test(vm, x, f64::is_finite)),
        "Return True if x is neither an infinity nor a NaN.",
    ),
    (
        "gamma",
        NativeFn::F1(|vm, x| one(vm, x, gamma::gamma)),
        "Gamma function at x.",
    ),
    (
        "lgamma",
        NativeFn::F1(|vm, x| one(vm, x, gamma::ln_gamma)),
        "Natural logarithm of absolute value of Gamma function at x.",
    ),
    (
        "ulp",
        NativeFn::F1(|vm, x| one(vm, x, |x| Ok(m::ulp(x)))),
        "Return the value of the least significant bit of the float x.",
    ),
    (
        "nextafter",
        NativeFn::F2(|vm, x, y| two(vm, x, y, |x, y| Ok(m::next_after(x, y, 1)))),
        "Return the floating-point value after x towards y.",
    ),
    (
        "frexp",
        NativeFn::F1(frexp),
        "Return the mantissa and exponent of x, as pair (m, e).",
    ),
    ("ldexp", NativeFn::F2(ldexp), "Return x * (2**i)."),
    (
        "modf",
        NativeFn::F1(modf),
        "Return the fractional and integer parts of x.",
    ),
    (
        "isclose",
        NativeFn::Any(is_close),
        "Determine whether two floating-point numbers are close in value.",
    ),
    (
        "fsum",
        NativeFn::F1(fsum),
        "Return an accurate floating-point sum of values in the iterable seq.",
    ),
    (
        "prod",
        NativeFn::Any(prod),
        "Calculate the product of all the elements in the input iterable.",
    ),
    (
        "sumprod",
        NativeFn::F2(sum_prod),
        "Return the sum of products of values from two iterables p and q.",
    ),
    (
        "hypot",
        NativeFn::Range(0, MANY, hypot),
        "Multidimensional Euclidean distance from the origin to a point.",
    ),
    (
        "dist",
        NativeFn::F2(dist),
        "Return the Euclidean distance between two points p and q.",
    ),
    ("factorial", NativeFn::F1(factorial), "Find n!."),
    (
        "comb",
        NativeFn::F2(comb),
        "Number of ways to choose k items from n items without repetition and without order.",
    ),
    (
        "perm",
        NativeFn::Range(1, 2, perm),
        "Number of ways to choose k items from n items without repetition and with order.",
    ),
    (
        "gcd",
        NativeFn::Range(0, MANY, gcd),
        "Greatest Common Divisor.",
    ),
    (
        "lcm",
        NativeFn::Range(0, MANY, lcm),
        "Least Common Multiple.",
    ),
    (
        "isqrt",
        NativeFn::F1(isqrt),
        "Return the integer part of the square root of the input.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FLOATS);
    add_functions(vm, module, FUNCTIONS);
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        add(vm, module, name, Value::float(value));
    }
    Ok(())
}

/// A number as a float.
///
/// # Errors
/// `TypeError` when it is none; `OverflowError` for a large int.
pub fn float_of(vm: &mut Vm, value: &Value) -> R<f64> {
    let base = value.as_instance().and_then(|i| i.base_value());
    let number = base.as_ref().unwrap_or(value);
    if let Some(float) = number.as_float() {
        return Ok(float);
    }
    if let Some(int) = int_ref(number) {
        return convert::to_f64(int).map_err(|fault| vm.raise_fault(fault));
    }
    let hook = vm.names.__float__.clone();
    if let Some(result) = vm.call_special(value, &hook, &[])? {
        if let Some(float) = result.as_float() {
            return Ok(float);
        }
        let (class, given) = (vm.type_name(value), vm.type_name(&result));
        return Err(vm.type_error(format!(
            "{class}.__float__ returned non-float (type {given})"
        )));
    }
    let hook = vm.names.__index__.clone();
    if value.tag() == Tag::Instance && vm.lookup_special(value, &hook).is_some() {
        let int = vm.index(value)?;
        return float_of(vm, &int);
    }
    let given = vm.type_name(value);
    Err(vm.type_error(format!("must be real number, not {given}")))
}

fn float_result(vm: &mut Vm, result: Result<f64, Fault>) -> R {
    match result {
        Ok(float) => Ok(Value::float(float)),
        Err(fault) => Err(vm.raise_fault(fault)),
    }
}

fn apply(vm: &mut Vm, x: &Value, function: fn(f64) -> f64, overflow: bool) -> R {
    let x = float_of(vm, x)?;
    float_result(vm, m::checked(function, x, overflow))
}

fn one(vm: &mut Vm, x: &Value, function: fn(f64) -> Result<f64, Fault>) -> R {
    let x = float_of(vm, x)?;
    float_result(vm, function(x))
}

fn two(vm: &mut Vm, x: &Value, y: &Value, function: fn(f64, f64) -> Result<f64, Fault>) -> R {
    let (x, y) = (float_of(vm, x)?, float_of(vm, y)?);
    float_result(vm, function(x, y))
}

fn test(vm: &mut Vm, x: &Value, function: fn(f64) -> bool) -> R {
    let x = float_of(vm, x)?;
    Ok(Value::bool(function(x)))
}

fn round_with(vm: &mut Vm, x: &Value, hook: &str, function: fn(f64) -> f64) -> R {
    if matches!(x.tag(), Tag::Int | Tag::BigInt | Tag::Bool) {
        return vm.index(x);
    }
    if x.as_float().is_none() {
        let hook = vm.intern(hook);
        if let Some(result) = vm.call_special(x, &hook, &[])? {
            return Ok(result);
        }
    }
    let float = float_of(vm, x)?;
    let int = vm.types.int.to_value();
    vm.call(&int, &[Value::float(function(float))])
}

fn logarithm(vm: &mut Vm, x: &Value, function: fn(f64) -> f64) -> R {
    if let Some(int) = int_ref(x) {
        return float_result(vm, m::log_int(int, function));
    }
    let x = float_of(vm, x)?;
    float_result(vm, m::log_f64(x, function))
}

fn log(vm: &mut Vm, args: &[Value]) -> R {
    let value = logarithm(vm, args.at(0), f64::ln)?;
    let Some(base) = args.get(1) else {
        return Ok(value);
    };
    let base = logarithm(vm, base, f64::ln)?;
    vm.binary(BinaryOp::Div, &value, &base)
}

fn pair(a: Value, b: Value) -> Value {
    Value::tuple(vec![a, b])
}

fn frexp(vm: &mut Vm, x: &Value) -> R {
    let x = float_of(vm, x)?;
    let (mantissa, exponent) = m::frexp(x);
    Ok(pair(Value::float(mantissa), Value::int(exponent)))
}

fn ldexp(vm: &mut Vm, x: &Value, exponent: &Value) -> R {
    let x = float_of(vm, x)?;
    let Some(exponent) = exponent.as_index() else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    float_result(vm, m::ldexp(x, exponent))
}

fn modf(vm: &mut Vm, x: &Value) -> R {
    let x = float_of(vm, x)?;
    let (fraction, whole) = m::modf(x);
    Ok(pair(Value::float(fraction), Value::float(whole)))
}

fn is_close(vm: &mut Vm, args: Args<'_>) -> R {
    const IS_CLOSE: Signature = Signature {
        name: "isclose",
        params: &["a", "b", "rel_tol", "abs_tol"],
        positional: 2,
        required: 2,
    };
    let [a, b, relative, absolute] = vm.bind(args, &IS_CLOSE)?;
    let (a, b) = (float_of(vm, &a)?, float_of(vm, &b)?);
    let relative = if relative.is_unset() {
        1e-9
    } else {
        float_of(vm, &relative)?
    };
    let absolute = if absolute.is_unset() {
        0.0
    } else {
        float_of(vm, &absolute)?
    };
    match m::is_close(a, b, relative, absolute) {
        Ok(close) => Ok(Value::bool(close)),
        Err(fault) => Err(vm.raise_fault(fault)),
    }
}

fn fsum(vm: &mut Vm, items: &Value) -> R {
    let mut sum = m::ExactSum::default();
    for item in vm.collect(items)? {
        let x = float_of(vm, &item)?;
        if let Err(fault) = sum.add(x) {
            return Err(vm.raise_fault(fault));
        }
    }
    float_result(vm, sum.total())
}

fn prod(vm: &mut Vm, args: Args<'_>) -> R {
    const PROD: Signature = Signature {
        name: "prod",
        params: &["iterable", "start"],
        positional: 1,
        required: 1,
    };
    let [items, start] = vm.bind(args, &PROD)?;
    let mut total = if start.is_unset() {
        Value::int(1)
    } else {
        start
    };
    let iter = vm.iter(&items)?;
    while let Some(item) = vm.next(&iter)? {
        total = vm.binary(BinaryOp::Mul, &total, &item)?;
    }
    Ok(total)
}

fn sum_prod(vm: &mut Vm, p: &Value, q: &Value) -> R {
    let (p, q) = (vm.collect(p)?, vm.collect(q)?);
    if p.len() != q.len() {
        return Err(vm.value_error("Inputs are not the same length"));
    }
    let pairs: Vec<(&Value, &Value)> = p.iter().zip(&q).collect();
    let mut total = Value::int(0);
    // Floats in a row are summed exactly.
    for run in pairs.chunk_by(|a, b| float_pair(a).is_some() == float_pair(b).is_some()) {
        let floats = run.iter().filter_map(float_pair);
        let exact = m::sum_products(floats).ok().filter(|sum| sum.is_finite());
        if let Some(sum) = exact.filter(|_| run.iter().any(|pair| float_pair(pair).is_some())) {
            total = vm.binary(BinaryOp::Add, &total, &Value::float(sum))?;
            continue;
        }
        for (a, b) in run {
            let product = vm.binary(BinaryOp::Mul, a, b)?;
            total = vm.binary(BinaryOp::Add, &total, &product)?;
        }
    }
    Ok(total)
}

/// Two floats, or a float and an int that is taken as one.
fn float_pair((a, b): &(&Value, &Value)) -> Option<(f64, f64)> {
    let plain = |x: &Value| x.as_float().or_else(|| x.as_index().map(|int| int as f64));
    (a.as_float().is_some() || b.as_float().is_some()).then_some(())?;
    Some((plain(a)?, plain(b)?))
}

fn hypot(vm: &mut Vm, args: &[Value]) -> R {
    let mut coordinates = Vec::new();
    for arg in args {
        coordinates.push(float_of(vm, arg)?);
    }
    Ok(Value::float(m::hypot(&coordinates)))
}

fn dist(vm: &mut Vm, p: &Value, q: &Value) -> R {
    let (p, q) = (vm.collect(p)?, vm.collect(q)?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut coordinates = Vec::new();
    for (a, b) in p.iter().zip(&q) {
        coordinates.push(float_of(vm, a)? - float_of(vm, b)?);
    }
    Ok(Value::float(m::hypot(&coordinates)))
}

fn int_result(vm: &mut Vm, result: Result<crate::num::Int, Fault>) -> R {
    match result {
        Ok(int) => Ok(int_value(int)),
        Err(fault) => Err(vm.raise_fault(fault)),
    }
}

fn factorial(vm: &mut Vm, n: &Value) -> R {
    let n = vm.index(n)?;
    match int_ref(&n) {
        Some(n) => {
            let result = combinatorics::factorial(n);
            int_result(vm, result)
        }
        None => Ok(Value::NONE),
    }
}

fn comb(vm: &mut Vm, n: &Value, k: &Value) -> R {
    let (n, k) = (vm.index(n)?, vm.index(k)?);
    match (int_ref(&n), int_ref(&k)) {
        (Some(n), Some(k)) => {
            let result = combinatorics::comb(n, k);
            int_result(vm, result)
        }
        _ => Ok(Value::NONE),
    }
}

fn perm(vm: &mut Vm, args: &[Value]) -> R {
    let Some(k) = args.get(1).filter(|k| !k.is_none()) else {
        return factorial(vm, args.at(0));
    };
    let (n, k) = (vm.index(args.at(0))?, vm.index(k)?);
    match (int_ref(&n), int_ref(&k)) {
        (Some(n), Some(k)) => {
            let result = combinatorics::perm(n, k);
            int_result(vm, result)
        }
        _ => Ok(Value::NONE),
    }
}

fn absolute(vm: &mut Vm, value: &Value) -> R {
    let value = vm.index(value)?;
    if vm.lt(&value, &Value::int(0))? {
        return vm.unary(aio_compile::hir::UnaryOp::Neg, &value);
    }
    Ok(value)
}

fn gcd_of(vm: &mut Vm, a: Value, b: Value) -> R {
    let (mut a, mut b) = (a, b);
    if let (Some(mut x), Some(mut y)) = (a.as_int(), b.as_int())
        && y >= 0
    {
        while y != 0 {
            (x, y) = (y, x % y);
        }
        return Ok(Value::int(x));
    }
    while vm.truthy(&b)? {
        let rest = vm.binary(BinaryOp::Mod, &a, &b)?;
        a = std::mem::replace(&mut b, rest);
    }
    Ok(a)
}

fn gcd(vm: &mut Vm, args: &[Value]) -> R {
    let mut total = Value::int(0);
    for arg in args {
        let value = absolute(vm, arg)?;
        total = gcd_of(vm, total, value)?;
    }
    Ok(total)
}

fn lcm(vm: &mut Vm, args: &[Value]) -> R {
    let mut total = Value::int(1);
    for arg in args {
        let value = absolute(vm, arg)?;
        if !vm.truthy(&value)? {
            return Ok(Value::int(0));
        }
        let common = gcd_of(vm, total.clone(), value.clone())?;
        if let (Some(total_int), Some(value), Some(common)) =
            (total.as_int(), value.as_int(), common.as_int())
            && let Some(product) = total_int.checked_mul(value / common)
        {
            total = Value::int(product);
            continue;
        }
        let part = vm.binary(BinaryOp::FloorDiv, &value, &common)?;
        total = vm.binary(BinaryOp::Mul, &total, &part)?;
    }
    Ok(total)
}

fn isqrt(vm: &mut Vm, n: &Value) -> R {
    use num_bigint::BigInt;
    let n = vm.index(n)?;
    let big: BigInt = match int_ref(&n) {
        Some(int) => int.to_big(),
        None => return Ok(Value::NONE),
    };
    if big.sign() == num_bigint::Sign::Minus {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(int_value(crate::num::Int::from(big.sqrt())))
}
