//! `bool`: its constructor, and the operators that give a bool again.

use super::numbers::{self, Scalar};
use super::receiver::requested_class;
use crate::error::R;
use crate::native::{Args, Method, NativeFn};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Bool;

const TABLES: &[&[Method]] = &[
    &[
        Method::fixed(
            "__new__",
            NativeFn::Any(new),
            "bool(x=False): the truth of x.",
        ),
        Method::new(
            "__repr__",
            NativeFn::F1(|vm, a| numbers::repr_method(vm, KIND, a)),
            "repr(self)",
        ),
    ],
    numbers::binary_rows!(KIND;
        "__and__" "__rand__" BitAnd "&";
        "__or__" "__ror__" BitOr "|";
        "__xor__" "__rxor__" BitXor "^";
    ),
];

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.bool.clone();
    requested_class(vm, args, &base)?;
    if !args.kw.is_empty() {
        return Err(vm.type_error("bool() takes no keyword arguments"));
    }
    match args.pos {
        [] | [_] => Ok(Value::FALSE),
        [_, value] => vm.truthy(value).map(Value::bool),
        [_, more @ ..] => {
            let given = more.len();
            Err(vm.type_error(format!("bool expected at most 1 argument, got {given}")))
        }
    }
}
