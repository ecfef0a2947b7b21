//! What `await x` and `yield from x` mean for every kind of `x`.

use super::objects;
use super::trampoline::Resumed;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, FutureState, Resume};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// What becomes of an awaited value.
pub(super) enum Awaited {
    /// Its result is there.
    Ready(Value),
    /// It is a body of ours: run it.
    Push(Ref<CoroutineObj>, Resume),
    /// The chain suspends on it.
    Suspend {
        /// What to ask when resumed.
        awaiting: Value,
        /// What to hand out.
        value: Value,
    },
}

/// `await value`
///
/// # Errors
/// `TypeError` when it cannot be awaited; what a done future raises.
#[inline]
pub(super) fn await_value(vm: &mut Vm, value: &Value) -> R<Awaited> {
    match value.tag() {
        Tag::Coroutine => match value.to_coroutine() {
            Some(coroutine) if coroutine.flavor == Flavor::Coroutine => {
                push_coroutine(vm, coroutine)
            }
            Some(_) | None => Err(not_awaitable(vm, value)),
        },
        Tag::Future => await_future(vm, value),
        _ => await_object(vm, value),
    }
}

fn push_coroutine(vm: &mut Vm, coroutine: Ref<CoroutineObj>) -> R<Awaited> {
    if coroutine.awaited.get() || coroutine.state.get() == CoroState::Running {
        return Err(vm.runtime_error("coroutine is being awaited already"));
    }
    match coroutine.state.get() {
        CoroState::Closed => Err(vm.runtime_error("cannot reuse already awaited coroutine")),
        CoroState::Created => Ok(Awaited::Push(coroutine, Resume::Value(Value::NONE))),
        CoroState::Suspended | CoroState::Running => {
            // It was driven by hand before: it goes on with a chain of its own.
            Ok(start_iterator(vm, coroutine.to_value())?)
        }
    }
}

fn await_future(vm: &mut Vm, value: &Value) -> R<Awaited> {
    let pending = value
        .as_future()
        .is_some_and(|f| f.state.get() == FutureState::Pending);
    if pending {
        return Ok(Awaited::Suspend {
            awaiting: value.clone(),
            value: value.clone(),
        });
    }
    future_result(vm, value).map(Awaited::Ready)
}

/// The result of a future that is awaited.
///
/// # Errors
/// Its exception; `RuntimeError` when it is not done.
pub(super) fn future_result(vm: &mut Vm, future: &Value) -> R {
    let Some(object) = future.as_future() else {
        return Ok(Value::NONE);
    };
    if object.state.get() == FutureState::Pending {
        return Err(vm.runtime_error("await wasn't used with future"));
    }
    crate::asyncio::future_result(vm, object)
}

/// The iterator that `await` drives for a value: itself for a coroutine, else `__await__()`.
///
/// # Errors
/// `TypeError` when it cannot be awaited.
pub fn awaitable_iterator(vm: &mut Vm, value: &Value) -> R {
    if let Some(coroutine) = value.as_coroutine()
        && coroutine.flavor == Flavor::Coroutine
    {
        return Ok(value.clone());
    }
    let hook = vm.names.__await__.clone();
    let Some(iter) = vm.call_special(value, &hook, &[])? else {
        return Err(not_awaitable(vm, value));
    };
    if iter
        .as_coroutine()
        .is_some_and(|c| c.flavor == Flavor::Coroutine)
    {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    let next = vm.names.__next__.clone();
    let is_iterator = matches!(iter.tag(), Tag::Iter | Tag::Coroutine | Tag::Future)
        || vm.lookup_special(&iter, &next).is_some();
    if !is_iterator {
        let name = vm.type_name(&iter);
        return Err(vm.type_error(format!(
            "__await__() returned non-iterator of type '{name}'"
        )));
    }
    Ok(iter)
}

#[cold]
fn not_awaitable(vm: &mut Vm, value: &Value) -> Raised {
    let name = vm.type_name(value);
    vm.type_error(format!("object {name} can't be used in 'await' expression"))
}

#[cold]
fn await_object(vm: &mut Vm, value: &Value) -> R<Awaited> {
    let iter = awaitable_iterator(vm, value)?;
    start_iterator(vm, iter)
}

/// Begins to delegate to an iterator.
fn start_iterator(vm: &mut Vm, iter: Value) -> R<Awaited> {
    if iter.tag() == Tag::Future {
        return await_future(vm, &iter);
    }
    if let Some(generator) = iter.to_coroutine()
        && generator.state.get() == CoroState::Created
        && !generator.awaited.get()
    {
        return Ok(Awaited::Push(generator, Resume::Value(Value::NONE)));
    }
    match step_iterator(vm, &iter, Resume::Value(Value::NONE))? {
        Resumed::Returned(value) => Ok(Awaited::Ready(value)),
        Resumed::Yielded(value) | Resumed::Item(value) => Ok(Awaited::Suspend {
            awaiting: iter,
            value,
        }),
    }
}

/// `yield from value`
///
/// # Errors
/// `TypeError` when it is not iterable; what its first step raises.
pub(super) fn delegate(vm: &mut Vm, _current: &CoroutineObj, value: &Value) -> R<Awaited> {
    if let Some(coroutine) = value.as_coroutine()
        && coroutine.flavor == Flavor::Coroutine
    {
        return Err(
            vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator")
        );
    }
    let iter = if value.tag() == Tag::Future {
        value.clone()
    } else {
        vm.iter(value)?
    };
    start_iterator(vm, iter)
}

/// One step of an iterator that is delegated to: `send` or `throw`.
///
/// # Errors
/// What it raises (its end is `Returned`).
pub(super) fn step_iterator(vm: &mut Vm, iter: &Value, input: Resume) -> R<Resumed> {
    match input {
        Resume::Throw => throw_into(vm, iter),
        Resume::Value(value) => {
            if let Some(coroutine) = iter.to_coroutine() {
                return objects::send(vm, &coroutine, value);
            }
            if value.is_none() {
                return next_with_value(vm, iter);
            }
            let name = vm.names.send.clone();
            let result = vm.call_method(iter, &name, &[value]);
            stop_as_return(vm, result)
        }
    }
}

/// `next(iter)` that keeps the value of `StopIteration`.
fn next_with_value(vm: &mut Vm, iter: &Value) -> R<Resumed> {
    if iter.tag() == Tag::Iter {
        return match vm.next(iter) {
            Ok(Some(value)) => Ok(Resumed::Yielded(value)),
            Ok(None) => Ok(Resumed::Returned(Value::NONE)),
            Err(Raised) => stop_as_return(vm, Err(Raised)),
        };
    }
    let hook = vm.names.__next__.clone();
    let result = match vm.call_special(iter, &hook, &[]) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => {
            let name = vm.type_name(iter);
            Err(vm.type_error(format!("'{name}' object is not an iterator")))
        }
        Err(Raised) => Err(Raised),
    };
    stop_as_return(vm, result)
}

/// `StopIteration` is the end, with its value.
fn stop_as_return(vm: &mut Vm, result: R) -> R<Resumed> {
    match result {
        Ok(value) => Ok(Resumed::Yielded(value)),
        Err(Raised) => {
            let stop = vm.types.stop_iteration.clone();
            if !vm.pending_is(&stop) {
                return Err(Raised);
            }
            let exception = vm.take_pending();
            let first = crate::error::exc_data(&exception, |data| {
                data.args
                    .as_tuple()
                    .and_then(|args| args.items.first().cloned())
            });
            Ok(Resumed::Returned(first.flatten().unwrap_or(Value::NONE)))
        }
    }
}

/// Throws the pending exception into an iterator that is delegated to.
fn throw_into(vm: &mut Vm, iter: &Value) -> R<Resumed> {
    if let Some(coroutine) = iter.to_coroutine() {
        let exit = vm.types.generator_exit.clone();
        if vm.pending_is(&exit) {
            let (exception, fault) = (vm.pending.take(), vm.fault.take());
            objects::close(vm, &coroutine)?;
            vm.fault = fault;
            return Err(vm.reraise(exception));
        }
        return objects::throw(vm, &coroutine);
    }
    let exception = vm.take_pending();
    let exit = vm.types.generator_exit.clone();
    let is_exit = vm.class_of(&exception).is_subclass_of(&exit);
    if is_exit {
        let close = vm.names.close.clone();
        if let Some(close) = vm.get_attr_opt(iter, &close)? {
            vm.call(&close, &[])?;
        }
        return Err(vm.reraise(exception));
    }
    let name = vm.intern("throw");
    match vm.get_attr_opt(iter, &name)? {
        Some(throw) => {
            let result = vm.call(&throw, &[exception]);
            stop_as_return(vm, result)
        }
        None => Err(vm.reraise(exception)),
    }
}
