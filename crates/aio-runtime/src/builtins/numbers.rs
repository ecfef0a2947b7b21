//! Built-in functions on numbers and characters: `abs round pow divmod bin oct hex chr ord`, and
//! `format ascii repr hash`.

use super::Function;
use crate::error::{R, Raised};
use crate::native::{Args, NativeFn, Signature};
use crate::num::int_text;
use crate::objects::Name;
use crate::text::repr as text_repr;
use crate::types::numbers::{self, IntRef, int_ref};
use crate::types::text_values::{bytes_of, char_value, owned_value, str_of};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    ("abs", NativeFn::F1(abs), "abs(x): the absolute value."),
    (
        "round",
        NativeFn::Any(round),
        "round(number, ndigits=None): rounded to a number of places, half to even.",
    ),
    (
        "pow",
        NativeFn::Any(pow),
        "pow(base, exp, mod=None): base ** exp, modulo mod if there is one.",
    ),
    (
        "divmod",
        NativeFn::F2(divmod),
        "divmod(x, y): the pair (x // y, x % y).",
    ),
    (
        "bin",
        NativeFn::F1(|vm, x| in_base(vm, x, 2)),
        "bin(number): the number in binary, 0b101.",
    ),
    (
        "oct",
        NativeFn::F1(|vm, x| in_base(vm, x, 8)),
        "oct(number): the number in octal, 0o17.",
    ),
    (
        "hex",
        NativeFn::F1(|vm, x| in_base(vm, x, 16)),
        "hex(number): the number in hexadecimal, 0xff.",
    ),
    (
        "chr",
        NativeFn::F1(chr),
        "chr(i): the character of a code point.",
    ),
    (
        "ord",
        NativeFn::F1(ord),
        "ord(c): the code point of a character.",
    ),
    (
        "format",
        NativeFn::Range(1, 2, format),
        "format(value, spec=''): the value as text, as a spec says.",
    ),
    (
        "ascii",
        NativeFn::F1(ascii),
        "ascii(object): repr with what is not ASCII escaped.",
    ),
    (
        "repr",
        NativeFn::F1(|vm, value| vm.repr(value).map(owned_value)),
        "repr(object): the object as text for programmers.",
    ),
    (
        "hash",
        NativeFn::F1(|vm, value| vm.hash(value).map(Value::int)),
        "hash(object): the number that equal objects share.",
    ),
];

/// `abs(x)`
///
/// # Errors
/// `TypeError`; what `__abs__` raises.
pub fn abs(vm: &mut Vm, x: &Value) -> R {
    if let Some(result) = numbers::abs(vm, x)? {
        return Ok(result);
    }
    let hook = vm.names.__abs__.clone();
    match vm.call_special(x, &hook, &[])? {
        Some(result) => Ok(result),
        None => {
            let name = vm.type_name(x);
            Err(vm.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }
}

const ROUND: Signature = Signature {
    name: "round",
    params: &["number", "ndigits"],
    positional: 2,
    required: 1,
};

fn round(vm: &mut Vm, args: Args<'_>) -> R {
    if args.pos.len() > 2 {
        let given = args.pos.len();
        return Err(vm.type_error(format!("round() takes at most 2 arguments ({given} given)")));
    }
    let [number, places] = vm.bind(args, &ROUND)?;
    let hook = vm.names.__round__.clone();
    let places = [places];
    let given = match &places {
        [places] if places.is_unset() || places.is_none() => &[][..],
        places => places,
    };
    match vm.call_special(&number, &hook, given)? {
        Some(result) => Ok(result),
        None => {
            let name = vm.type_name(&number);
            Err(vm.type_error(format!("type {name} doesn't define __round__ method")))
        }
    }
}

const POW: Signature = Signature {
    name: "pow",
    params: &["base", "exp", "mod"],
    positional: 3,
    required: 2,
};

fn pow(vm: &mut Vm, args: Args<'_>) -> R {
    let [base, exponent, modulus] = vm.bind(args, &POW)?;
    if modulus.is_unset() || modulus.is_none() {
        return vm.binary(BinaryOp::Pow, &base, &exponent);
    }
    if let Some(result) = numbers::pow_mod(vm, &base, &exponent, &modulus)? {
        return Ok(result);
    }
    if base.tag() == Tag::Instance {
        let hook = vm.names.__pow__.clone();
        let args = [exponent.clone(), modulus.clone()];
        if let Some(result) = vm.call_special(&base, &hook, &args)?
            && !result.is_not_implemented()
        {
            return Ok(result);
        }
    }
    let plain = [&base, &exponent, &modulus].map(numbers::unwrap);
    if let [base, exponent, modulus] = &plain
        && let Some(result) = numbers::pow_mod(vm, base, exponent, modulus)?
    {
        return Ok(result);
    }
    let [a, b, c] = [&base, &exponent, &modulus].map(|value| vm.type_name(value));
    Err(vm.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{c}'"
    )))
}

fn divmod(vm: &mut Vm, x: &Value, y: &Value) -> R {
    if let Some(result) = numbers::divmod(vm, x, y)? {
        return Ok(result);
    }
    let (plain, reflected) = (vm.names.__divmod__.clone(), vm.names.__rdivmod__.clone());
    let (left, right) = (vm.class_of(x), vm.class_of(y));
    let right_first = left.id != right.id && right.is_subclass_of(&left);
    let order: [(&Value, &Name, &Value); 2] = if right_first {
        [(y, &reflected, x), (x, &plain, y)]
    } else {
        [(x, &plain, y), (y, &reflected, x)]
    };
    for (object, name, other) in order {
        if let Some(result) = vm.special_result(object, name, other)? {
            return Ok(result);
        }
    }
    let (left, right) = (vm.type_name(x), vm.type_name(y));
    Err(vm.type_error(format!(
        "unsupported operand type(s) for divmod(): '{left}' and '{right}'"
    )))
}

fn in_base(vm: &mut Vm, x: &Value, base: u32) -> R {
    let index = vm.index(x)?;
    let text = match int_ref(&index) {
        Some(IntRef::Small(int)) => int_text::small_to_prefixed(int, base),
        Some(IntRef::Big(int)) => int_text::to_prefixed(int, base),
        None => String::new(),
    };
    Ok(owned_value(text))
}

fn chr(vm: &mut Vm, x: &Value) -> R {
    let code = match x.as_int() {
        Some(code) => Some(code),
        None => vm.index(x)?.as_int(),
    };
    let code = code.and_then(|code| u32::try_from(code).ok());
    match code.and_then(char::from_u32) {
        Some(ch) => Ok(char_value(ch)),
        None => Err(no_character(vm, code)),
    }
}

#[cold]
fn no_character(vm: &mut Vm, code: Option<u32>) -> Raised {
    match code {
        Some(code @ 0xd800..=0xdfff) => vm.value_error(format!(
            "unsupported: chr({code:#x}) is half of a surrogate pair, which strings cannot hold here"
        )),
        Some(_) | None => vm.value_error("chr() arg not in range(0x110000)"),
    }
}

fn ord(vm: &mut Vm, c: &Value) -> R {
    if let Some([byte @ ..=0x7f]) = c.as_str().map(str::as_bytes) {
        return Ok(Value::int(i64::from(*byte)));
    }
    ord_of_other(vm, c)
}

/// As [`ord`], of what is not one character in ASCII.
#[inline(never)]
fn ord_of_other(vm: &mut Vm, c: &Value) -> R {
    if let Some(text) = str_of(c) {
        let mut chars = text.text().chars();
        return match (chars.next(), chars.next()) {
            (Some(ch), None) => Ok(Value::int(i64::from(u32::from(ch)))),
            _ => Err(wrong_length(vm, text.char_count())),
        };
    }
    if let Some(bytes) = bytes_of(c) {
        return match *bytes {
            [byte] => Ok(Value::int(i64::from(byte))),
            _ => Err(wrong_length(vm, bytes.len())),
        };
    }
    let name = vm.type_name(c);
    Err(vm.type_error(format!(
        "ord() expected string of length 1, but {name} found"
    )))
}

#[cold]
fn wrong_length(vm: &mut Vm, len: usize) -> Raised {
    vm.type_error(format!(
        "ord() expected a character, but string of length {len} found"
    ))
}

fn format(vm: &mut Vm, args: &[Value]) -> R {
    let [value, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let spec = match rest.first() {
        None => None,
        Some(spec) => match str_of(spec) {
            Some(spec) => Some(spec),
            None => {
                let name = vm.type_name(spec);
                return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
            }
        },
    };
    let spec = spec.as_ref().map_or("", |spec| spec.text());
    vm.format(value, spec).map(owned_value)
}

fn ascii(vm: &mut Vm, value: &Value) -> R {
    let text = vm.repr(value)?;
    Ok(owned_value(if text.is_ascii() {
        text
    } else {
        text_repr::escape_non_ascii(&text)
    }))
}
