//! `async_generator`.

use super::generator;
use crate::coroutine::{Driven, may_send, step_object};
use crate::error::R;
use crate::native::{Begun, Method, NativeFn};
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "__aiter__",
        NativeFn::F1(generator::identity),
        "Return the object itself.",
    ),
    Method::awaited(
        "__anext__",
        NativeFn::F1(anext),
        send_at_once,
        "Return an awaitable for the next item.",
    ),
    Method::new(
        "__repr__",
        NativeFn::F1(generator::repr),
        "Return repr(self).",
    ),
    Method::awaited(
        "asend",
        NativeFn::F2(asend),
        send_at_once,
        "Return an awaitable that sends a value in.",
    ),
    Method::new(
        "athrow",
        NativeFn::Range(2, 4, athrow),
        "Return an awaitable that raises an exception inside.",
    ),
    Method::new(
        "aclose",
        NativeFn::F1(aclose),
        "Return an awaitable that closes it.",
    ),
    Method::get("__name__", name, "The name."),
    Method::get("__qualname__", generator::qualname, "The qualified name."),
    Method::get("ag_running", running, "Whether somebody drives it."),
    Method::get(
        "ag_suspended",
        generator::suspended,
        "Whether it is suspended.",
    ),
    Method::get(
        "ag_frame",
        generator::frame,
        "The frame, or None when it has ended.",
    ),
    Method::get("ag_code", generator::code, "The code of its body."),
    Method::get("ag_await", generator::awaiting, "What it awaits, or None."),
];

/// The methods of what `asend` and `athrow` give.
pub const ASEND_METHODS: &[Method] = &[
    Method::new(
        "__await__",
        NativeFn::F1(generator::identity),
        "Return an iterator to be used in await.",
    ),
    Method::new(
        "__iter__",
        NativeFn::F1(generator::identity),
        "Implement iter(self).",
    ),
    Method::new(
        "__next__",
        NativeFn::F1(generator::next),
        "Implement next(self).",
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
];

fn anext(vm: &mut Vm, this: &Value) -> R {
    let generator = generator::receiver(vm, this)?;
    Ok(step_object(vm, generator, Driven::Next(Value::NONE)))
}

fn asend(vm: &mut Vm, this: &Value, value: &Value) -> R {
    let generator = generator::receiver(vm, this)?;
    Ok(step_object(vm, generator, Driven::Next(value.clone())))
}

/// `await generator.__anext__()`, `await generator.asend(value)`
fn send_at_once(_vm: &mut Vm, this: &Value, args: &[Value]) -> R<Begun> {
    let sent = args.first().cloned().unwrap_or(Value::NONE);
    Ok(match may_send(this, &sent) {
        Some(generator) => Begun::Item(generator, sent),
        None => Begun::Nothing,
    })
}

fn athrow(vm: &mut Vm, args: &[Value]) -> R {
    let Some((this, rest)) = args.split_first() else {
        return Ok(Value::NONE);
    };
    let coroutine = generator::receiver(vm, this)?;
    let exception = generator::thrown(vm, rest)?;
    Ok(step_object(vm, coroutine, Driven::Throw(exception)))
}

fn aclose(vm: &mut Vm, this: &Value) -> R {
    let generator = generator::receiver(vm, this)?;
    Ok(step_object(vm, generator, Driven::Close))
}

fn name(vm: &mut Vm, this: &Value) -> R {
    let coroutine = generator::receiver(vm, this)?;
    let name = match &coroutine.func {
        Some(func) => func.code.name.text().to_owned(),
        None => String::new(),
    };
    Ok(vm.str(name))
}

fn running(vm: &mut Vm, this: &Value) -> R {
    let coroutine = generator::receiver(vm, this)?;
    Ok(Value::bool(coroutine.awaited.get()))
}
