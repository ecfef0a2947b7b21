//! `generator`: `send`, `throw`, `close`, and what they share with coroutines.

use crate::coroutine::{self, Resumed};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Method, NativeFn};
use crate::objects::{ClassObj, CoroState, CoroutineObj, Payload};
use crate::types::exceptions::make_raisable;
use crate::types::tracebacks::new_frame;
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new("__iter__", NativeFn::F1(identity), "Implement iter(self)."),
    Method::new("__next__", NativeFn::F1(next), "Implement next(self)."),
    Method::new(
        "__del__",
        NativeFn::F1(close),
        "Called when the generator is dropped.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new(
        "send",
        NativeFn::F2(send),
        "Resumes with a value; returns the next one yielded or raises StopIteration.",
    ),
    Method::new(
        "throw",
        NativeFn::Range(2, 4, throw),
        "Raises an exception inside; returns the next value yielded or raises StopIteration.",
    ),
    Method::new("close", NativeFn::F1(close), "Raises GeneratorExit inside."),
    Method::get_set("__name__", name, set_name, "The name."),
    Method::get_set("__qualname__", qualname, set_name, "The qualified name."),
    Method::get("gi_running", running, "Whether it is running."),
    Method::get("gi_suspended", suspended, "Whether it is suspended."),
    Method::get("gi_frame", frame, "The frame, or None when it has ended."),
    Method::get("gi_code", code, "The code of its body."),
    Method::get("gi_yieldfrom", awaiting, "The iterator it delegates to."),
];

/// The coroutine object of a receiver.
///
/// # Errors
/// `TypeError` for another kind.
pub fn receiver(vm: &mut Vm, value: &Value) -> R<Ref<CoroutineObj>> {
    match value.to_coroutine() {
        Some(coroutine) => Ok(coroutine),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a generator, not '{name}'")))
        }
    }
}

/// The object itself.
///
/// # Errors
/// None.
pub fn identity(_vm: &mut Vm, this: &Value) -> R {
    Ok(this.clone())
}

/// Turns the outcome of a step into what `send` gives: a value, or `StopIteration`.
///
/// # Errors
/// `StopIteration`.
pub fn outcome(vm: &mut Vm, resumed: Resumed) -> R {
    match resumed {
        Resumed::Yielded(value) | Resumed::Item(value) => Ok(value),
        Resumed::Returned(value) => {
            // A tuple must not be spread over the arguments.
            Err(vm.stop_iteration(value))
        }
    }
}

/// `next(self)`
///
/// # Errors
/// What the body raises; `StopIteration`.
pub fn next(vm: &mut Vm, this: &Value) -> R {
    send(vm, this, &Value::NONE)
}

/// `self.send(value)`
///
/// # Errors
/// What the body raises; `StopIteration`.
pub fn send(vm: &mut Vm, this: &Value, value: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    let resumed = coroutine::send(vm, &coroutine, value.clone())?;
    outcome(vm, resumed)
}

/// Makes the exception of `throw(type, value, traceback)` or `throw(exception)`.
///
/// # Errors
/// `TypeError` when it is no exception.
pub fn thrown(vm: &mut Vm, args: &[Value]) -> R {
    let Some(first) = args.first() else {
        return Ok(Value::NONE);
    };
    if let Some(traceback) = args.get(2).filter(|traceback| !traceback.is_none())
        && vm.type_name(traceback) != "traceback"
    {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let value = args.get(1).filter(|value| !value.is_none());
    let is_exception = |class: &ClassObj, vm: &Vm| class.is_subclass_of(&vm.types.base_exception);
    if first
        .as_class()
        .is_some_and(|class| is_exception(class, vm))
    {
        return match value {
            Some(value) => of_class(vm, first, value),
            None => make_raisable(vm, first.clone()),
        };
    }
    if !is_exception(&vm.class_of(first), vm) {
        let name = vm.type_name(first);
        return Err(vm.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {name}"
        )));
    }
    if value.is_some() {
        return Err(vm.type_error("instance exception may not have a separate value"));
    }
    make_raisable(vm, first.clone())
}

/// The exception of `throw(class, value)`.
fn of_class(vm: &mut Vm, class: &Value, value: &Value) -> R {
    if vm.is_instance(value, class)? {
        return Ok(value.clone());
    }
    let made = match value.as_tuple() {
        Some(tuple) => {
            let items = tuple.items.to_vec();
            vm.call(class, &items)?
        }
        None => vm.call(class, std::slice::from_ref(value))?,
    };
    make_raisable(vm, made)
}

/// `self.throw(exception)`
///
/// # Errors
/// What the body raises; `StopIteration`.
pub fn throw(vm: &mut Vm, args: &[Value]) -> R {
    let Some((this, rest)) = args.split_first() else {
        return Ok(Value::NONE);
    };
    let coroutine = receiver(vm, this)?;
    let exception = thrown(vm, rest)?;
    // What is handled where `throw` is called is no context of it.
    let Raised = vm.reraise(exception);
    let resumed = coroutine::throw(vm, &coroutine)?;
    outcome(vm, resumed)
}

/// `self.close()`
///
/// # Errors
/// What the body raises.
pub fn close(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    coroutine::close(vm, &coroutine)
}

/// `repr(self)`
///
/// # Errors
/// None.
pub fn repr(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    let (class, name) = (vm.type_name(this), coroutine::name_of(&coroutine));
    let address = this.address();
    Ok(vm.str(format!("<{class} object {name} at {address:#x}>")))
}

fn name(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    let name = match &coroutine.func {
        Some(func) => func.code.name.text().to_owned(),
        None => coroutine::name_of(&coroutine),
    };
    Ok(vm.str(name))
}

/// `__qualname__`
///
/// # Errors
/// None.
pub fn qualname(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    let name = coroutine::name_of(&coroutine);
    Ok(vm.str(name))
}

fn set_name(vm: &mut Vm, _this: &Value, _value: Value) -> R<()> {
    Err(vm.attribute_error("unsupported: names of generators and coroutines cannot be set"))
}

/// Whether it is running.
///
/// # Errors
/// None.
pub fn running(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    Ok(Value::bool(coroutine.state.get() == CoroState::Running))
}

/// Whether it is suspended.
///
/// # Errors
/// None.
pub fn suspended(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    Ok(Value::bool(coroutine.state.get() == CoroState::Suspended))
}

/// The frame: something while it lives, `None` afterwards.
///
/// # Errors
/// None.
pub fn frame(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    if coroutine.state.get() == CoroState::Closed {
        return Ok(Value::NONE);
    }
    match crate::asyncio::entry_of(&coroutine) {
        Some(entry) => Ok(new_frame(vm, entry)),
        None => Ok(new_instance(&vm.types.frame.clone(), Payload::None)),
    }
}

/// The code of its body.
///
/// # Errors
/// None.
pub fn code(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    match &coroutine.func {
        Some(func) => {
            let name = vm.names.__code__.clone();
            vm.get_attr(&func.to_value(), &name)
        }
        None => Ok(Value::NONE),
    }
}

/// What it waits for.
///
/// # Errors
/// None.
pub fn awaiting(vm: &mut Vm, this: &Value) -> R {
    let coroutine = receiver(vm, this)?;
    let inner = match coroutine.awaited.get() {
        true => crate::asyncio::next_inside(vm, &coroutine),
        false => coroutine.awaited_child(),
    };
    if let Some(inner) = inner {
        return match inner.wrapped.get() {
            true => super::coroutine::await_(vm, &inner.into()),
            false => Ok(inner.into()),
        };
    }
    let awaiting = coroutine.awaiting();
    Ok(if awaiting.is_unset() {
        Value::NONE
    } else {
        awaiting
    })
}
