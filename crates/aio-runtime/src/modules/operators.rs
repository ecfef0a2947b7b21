//! `_operator`: the operators as functions.

use super::{Function, add_functions, getters};
use crate::builtins::numbers::abs;
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::ModuleObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};

macro_rules! binary {
    ($name:literal, $op:ident, $doc:literal) => {
        (
            $name,
            NativeFn::F2(|vm, a, b| vm.binary(BinaryOp::$op, a, b)),
            $doc,
        )
    };
}

macro_rules! comparison {
    ($name:literal, $op:ident, $doc:literal) => {
        (
            $name,
            NativeFn::F2(|vm, a, b| vm.compare(CmpOp::$op, a, b)),
            $doc,
        )
    };
}

macro_rules! unary {
    ($name:literal, $op:ident, $doc:literal) => {
        ($name, NativeFn::F1(|vm, a| vm.unary(UnaryOp::$op, a)), $doc)
    };
}

const FUNCTIONS: &[Function] = &[
    comparison!("lt", Lt, "Same as a < b."),
    comparison!("le", Le, "Same as a <= b."),
    comparison!("eq", Eq, "Same as a == b."),
    comparison!("ne", Ne, "Same as a != b."),
    comparison!("ge", Ge, "Same as a >= b."),
    comparison!("gt", Gt, "Same as a > b."),
    comparison!("is_", Is, "Same as a is b."),
    comparison!("is_not", IsNot, "Same as a is not b."),
    binary!("add", Add, "Same as a + b."),
    binary!("and_", BitAnd, "Same as a & b."),
    binary!("floordiv", FloorDiv, "Same as a // b."),
    binary!("lshift", LShift, "Same as a << b."),
    binary!("mod", Mod, "Same as a % b."),
    binary!("mul", Mul, "Same as a * b."),
    binary!("matmul", MatMul, "Same as a @ b."),
    binary!("or_", BitOr, "Same as a | b."),
    binary!("pow", Pow, "Same as a ** b."),
    binary!("rshift", RShift, "Same as a >> b."),
    binary!("sub", Sub, "Same as a - b."),
    binary!("truediv", Div, "Same as a / b."),
    binary!("xor", BitXor, "Same as a ^ b."),
    unary!("inv", Invert, "Same as ~a."),
    unary!("invert", Invert, "Same as ~a."),
    unary!("neg", Neg, "Same as -a."),
    unary!("pos", Pos, "Same as +a."),
    unary!("not_", Not, "Same as not a."),
    ("abs", NativeFn::F1(abs), "Same as abs(a)."),
    (
        "truth",
        NativeFn::F1(|vm, a| vm.truthy(a).map(Value::bool)),
        "Return True if a is true, False otherwise.",
    ),
    (
        "contains",
        NativeFn::F2(|vm, a, b| vm.contains(a, b).map(Value::bool)),
        "Same as b in a (note reversed operands).",
    ),
    (
        "getitem",
        NativeFn::F2(|vm, a, b| vm.get_item(a, b)),
        "Same as a[b].",
    ),
    (
        "setitem",
        NativeFn::F3(|vm, a, b, c| {
            vm.set_item(a, b, c.clone())?;
            Ok(Value::NONE)
        }),
        "Same as a[b] = c.",
    ),
    (
        "delitem",
        NativeFn::F2(|vm, a, b| {
            vm.del_item(a, b)?;
            Ok(Value::NONE)
        }),
        "Same as del a[b].",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    getters::fill(vm, module);
    Ok(())
}
