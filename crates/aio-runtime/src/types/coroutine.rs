//! `coroutine`.

use super::generator;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Method, NativeFn};
use crate::objects::CoroutineObj;
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "__await__",
        NativeFn::F1(await_),
        "Return an iterator to be used in await.",
    ),
    Method::new(
        "__repr__",
        NativeFn::F1(generator::repr),
        "Return repr(self).",
    ),
    Method::new(
        "send",
        NativeFn::F2(generator::send),
        "Resumes with a value; returns what it hands out next or raises StopIteration.",
    ),
    Method::new(
        "throw",
        NativeFn::Range(2, 4, generator::throw),
        "Raises an exception inside; returns what it hands out next or raises StopIteration.",
    ),
    Method::new(
        "close",
        NativeFn::F1(generator::close),
        "Raises GeneratorExit inside.",
    ),
    Method::get("__name__", name, "The name."),
    Method::get("__qualname__", generator::qualname, "The qualified name."),
    Method::get("cr_running", generator::running, "Whether it is running."),
    Method::get(
        "cr_suspended",
        generator::suspended,
        "Whether it is suspended.",
    ),
    Method::get(
        "cr_frame",
        generator::frame,
        "The frame, or None when it has ended.",
    ),
    Method::get("cr_code", generator::code, "The code of its body."),
    Method::get("cr_await", generator::awaiting, "What it awaits, or None."),
];

/// The methods of the iterator that `__await__` gives.
pub const WRAPPER_METHODS: &[Method] = &[
    Method::new(
        "__iter__",
        NativeFn::F1(generator::identity),
        "Implement iter(self).",
    ),
    Method::new(
        "__next__",
        NativeFn::F1(wrapped_next),
        "Implement next(self).",
    ),
    Method::new(
        "send",
        NativeFn::F2(wrapped_send),
        "Resumes with a value; returns what it hands out next or raises StopIteration.",
    ),
    Method::new(
        "throw",
        NativeFn::Range(2, 4, wrapped_throw),
        "Raises an exception inside; returns what it hands out next or raises StopIteration.",
    ),
    Method::new(
        "close",
        NativeFn::F1(wrapped_close),
        "Raises GeneratorExit inside.",
    ),
];

/// The coroutine that an iterator drives which `__await__` gave.
fn wrapped(vm: &mut Vm, this: &Value) -> R {
    let body = this.as_iter().and_then(|iter| iter.coroutine());
    match body {
        Some(body) => Ok(body.to_value()),
        None => {
            let name = vm.type_name(this);
            Err(vm.type_error(format!(
                "descriptor requires a coroutine_wrapper, not '{name}'"
            )))
        }
    }
}

fn wrapped_next(vm: &mut Vm, this: &Value) -> R {
    let body = wrapped(vm, this)?;
    generator::next(vm, &body)
}

fn wrapped_send(vm: &mut Vm, this: &Value, value: &Value) -> R {
    let body = wrapped(vm, this)?;
    generator::send(vm, &body, value)
}

fn wrapped_throw(vm: &mut Vm, args: &[Value]) -> R {
    let mut args = args.to_vec();
    if let Some(this) = args.first_mut() {
        *this = wrapped(vm, this)?;
    }
    generator::throw(vm, &args)
}

fn wrapped_close(vm: &mut Vm, this: &Value) -> R {
    let body = wrapped(vm, this)?;
    generator::close(vm, &body)
}

fn name(vm: &mut Vm, this: &Value) -> R {
    let coroutine = generator::receiver(vm, this)?;
    let name = match &coroutine.func {
        Some(func) => func.code.name.text().to_owned(),
        None => crate::coroutine::name_of(&coroutine),
    };
    Ok(vm.str(name))
}

/// Drives a coroutine as an iterator.
struct Wrapper(Value);

impl crate::objects::NativeIter for Wrapper {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let coroutine = generator::receiver(vm, &self.0)?;
        match crate::coroutine::send(vm, &coroutine, Value::NONE)? {
            crate::coroutine::Resumed::Yielded(value) | crate::coroutine::Resumed::Item(value) => {
                Ok(Some(value))
            }
            crate::coroutine::Resumed::Returned(value) => Err(vm.stop_iteration(value)),
        }
    }
    fn type_name(&self) -> &'static str {
        "coroutine_wrapper"
    }
    fn coroutine(&self) -> Option<&Ref<CoroutineObj>> {
        self.0.borrow_ref()
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.0);
    }
}

/// `__await__()`
///
/// # Errors
/// None.
pub fn await_(_vm: &mut Vm, this: &Value) -> R {
    Ok(crate::objects::IterObj::native(Wrapper(this.clone())))
}
