//! `str`: its methods. The operators and subscripts are in `text_ops`, the algorithms in `text`.

mod construct;
mod pieces;
mod search;
mod shape;
mod translation;

pub use super::text_values::char_value;
pub use construct::from_value;
pub use pieces::{join, split_arguments};

use super::dunders;
use super::numbers::{self, Scalar};
use super::template_format::{self, Arguments};
use super::text_ops;
use super::text_values::{owned_value, str_receiver};
use crate::error::R;
use crate::native::{Args, Method, NativeFn};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Str;

const TABLES: &[&[Method]] = &[
    construct::METHODS,
    search::METHODS,
    pieces::METHODS,
    shape::METHODS,
    shape::TESTS,
    translation::METHODS,
    FORMATS,
    OPERATORS,
    numbers::common_rows!(KIND),
];

const FORMATS: &[Method] = &[
    Method::new(
        "format",
        NativeFn::Any(format),
        "format(*args, **kwargs): fill the fields in braces.",
    ),
    Method::new(
        "format_map",
        NativeFn::F2(format_map),
        "format_map(mapping): fill the fields in braces from a mapping.",
    ),
    Method::new(
        "__format__",
        NativeFn::F2(|vm, a, spec| numbers::format_method(vm, KIND, a, spec)),
        "Format the string by a spec.",
    ),
    Method::new(
        "__str__",
        NativeFn::F1(|vm, a| KIND.slot_receiver(vm, a, "__str__")),
        "str(self)",
    ),
];

const OPERATORS: &[Method] = &[
    Method::new(
        "__add__",
        NativeFn::F2(|vm, a, b| operator(vm, "__add__", BinaryOp::Add, a, b)),
        "self + value",
    ),
    Method::new(
        "__mul__",
        NativeFn::F2(|vm, a, b| operator(vm, "__mul__", BinaryOp::Mul, a, b)),
        "self * value",
    ),
    Method::new(
        "__rmul__",
        NativeFn::F2(|vm, a, b| operator(vm, "__rmul__", BinaryOp::Mul, a, b)),
        "value * self",
    ),
    Method::new(
        "__mod__",
        NativeFn::F2(|vm, a, b| operator(vm, "__mod__", BinaryOp::Mod, a, b)),
        "self % value",
    ),
    Method::new("__rmod__", NativeFn::F2(reflected_mod), "value % self"),
    Method::new(
        "__len__",
        NativeFn::F1(|vm, a| {
            let a = KIND.slot_receiver(vm, a, "__len__")?;
            vm.len(&a).map(numbers::size_value)
        }),
        "len(self)",
    ),
    Method::new(
        "__getitem__",
        NativeFn::F2(|vm, a, index| {
            let a = KIND.slot_receiver(vm, a, "__getitem__")?;
            vm.get_item(&a, index)
        }),
        "self[key]",
    ),
    Method::new(
        "__contains__",
        NativeFn::F2(|vm, a, item| {
            let a = KIND.slot_receiver(vm, a, "__contains__")?;
            vm.contains(&a, item).map(Value::bool)
        }),
        "key in self",
    ),
    Method::new(
        "__iter__",
        NativeFn::F1(|vm, a| {
            let a = KIND.slot_receiver(vm, a, "__iter__")?;
            vm.iter(&a)
        }),
        "iter(self)",
    ),
    Method::new(
        "__getnewargs__",
        NativeFn::F1(|vm, a| {
            let a = KIND.receiver(vm, a, "__getnewargs__")?;
            Ok(Value::tuple([a]))
        }),
        "For copying.",
    ),
    Method::new(
        "__sizeof__",
        NativeFn::F1(size_of),
        "Size in memory, in bytes.",
    ),
];

fn operator(vm: &mut Vm, name: &str, op: BinaryOp, a: &Value, b: &Value) -> R {
    let a = KIND.slot_receiver(vm, a, name)?;
    match (op, text_ops::binary(vm, op, &a, b)?) {
        (_, Some(result)) => Ok(result),
        (BinaryOp::Add, None) => Err(dunders::concat_error(vm, &a, b)),
        (BinaryOp::Mul, None) => Err(dunders::repeat_error(vm, b)),
        (_, None) => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn reflected_mod(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let a = KIND.slot_receiver(vm, a, "__rmod__")?;
    let b = numbers::unwrap(b);
    if b.as_str().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = text_ops::binary(vm, BinaryOp::Mod, &b, &a)?;
    Ok(result.unwrap_or(Value::NOT_IMPLEMENTED))
}

/// CPython stores the widest code point's size for each; ASCII has a smaller head.
fn size_of(vm: &mut Vm, a: &Value) -> R {
    let string = str_receiver(vm, a, "__sizeof__")?;
    let widest = string.text().chars().max().map_or(0, u32::from);
    let (head, width) = match widest {
        0..=0x7f => (40, 1),
        0x80..=0xff => (56, 1),
        0x100..=0xffff => (58, 2),
        _ => (60, 4),
    };
    let len = string.char_count() as i64;
    // The terminator of ASCII and Latin-1 text counts as one more byte.
    Ok(Value::int(head + i64::from(width == 1) + len * width))
}

fn format(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "str", "format")?;
    let text = str_receiver(vm, receiver, "format")?;
    template_format::format(vm, text.text(), &Arguments::Call(args))
}

fn format_map(vm: &mut Vm, receiver: &Value, mapping: &Value) -> R {
    let text = str_receiver(vm, receiver, "format_map")?;
    template_format::format(vm, text.text(), &Arguments::Mapping(mapping))
}

/// Applies a function that gives a new text to the receiver.
fn mapped(vm: &mut Vm, receiver: &Value, method: &str, f: fn(&str) -> String) -> R {
    let string = str_receiver(vm, receiver, method)?;
    Ok(owned_value(f(string.text())))
}
