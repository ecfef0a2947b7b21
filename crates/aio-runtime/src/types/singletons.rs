//! `NoneType`, `NotImplementedType`, `ellipsis`: types of one value each.

use crate::error::R;
use crate::native::{Args, Method, NativeFn};
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const NONE_METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new_none), "The value None."),
    Method::new("__repr__", NativeFn::F1(repr), "repr(self)"),
    Method::new("__bool__", NativeFn::F1(|_, _| Ok(Value::FALSE)), "False"),
    Method::new("__hash__", NativeFn::F1(hash), "hash(self)"),
];

/// The methods.
pub const NOT_IMPLEMENTED_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_not_implemented),
        "The value NotImplemented.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "repr(self)"),
    Method::new("__bool__", NativeFn::F1(|_, _| Ok(Value::TRUE)), "True"),
    Method::new("__reduce__", NativeFn::F1(repr), "For copying."),
];

/// The methods.
pub const ELLIPSIS_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_ellipsis),
        "The value Ellipsis.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "repr(self)"),
    Method::new("__reduce__", NativeFn::F1(repr), "For copying."),
];

fn alone(vm: &mut Vm, args: Args<'_>, name: &str, value: Value) -> R {
    if args.pos.len() > 1 || !args.kw.is_empty() {
        return Err(vm.type_error(format!("{name} takes no arguments")));
    }
    Ok(value)
}

fn new_none(vm: &mut Vm, args: Args<'_>) -> R {
    alone(vm, args, "NoneType", Value::NONE)
}

fn new_not_implemented(vm: &mut Vm, args: Args<'_>) -> R {
    alone(vm, args, "NotImplementedType", Value::NOT_IMPLEMENTED)
}

fn new_ellipsis(vm: &mut Vm, args: Args<'_>) -> R {
    alone(vm, args, "EllipsisType", Value::ELLIPSIS)
}

fn repr(vm: &mut Vm, value: &Value) -> R {
    let text = vm.repr(value)?;
    Ok(vm.str(text))
}

fn hash(vm: &mut Vm, value: &Value) -> R {
    vm.hash(value).map(Value::int)
}
