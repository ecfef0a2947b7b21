//! What `await x` and `yield from x` mean for every kind of `x`.

use super::machine::Io;
use super::objects;
use super::trampoline::Resumed;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, FutureObj, FutureState, Resume};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// What becomes of an awaited value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Its result is there, in the value.
    Ready,
    /// It is a body of ours: run the child.
    Push,
    /// The chain suspends on it and hands the value out.
    Suspend,
}

/// `await io.value`
///
/// # Errors
/// `TypeError` when it cannot be awaited; what a done future raises.
#[inline(always)]
pub(super) fn await_value(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> R<Awaited> {
    if let Some(coroutine) = io.value.borrow_ref::<CoroutineObj>() {
        if coroutine.flavor == Flavor::Coroutine
            && coroutine.state.get() == CoroState::Created
            && !coroutine.awaited.get()
        {
            return Ok(push(io));
        }
        return await_started(vm, current, io);
    }
    if let Some(future) = io.value.as_future() {
        if future.state.get() == FutureState::Pending {
            if let Some(future) = io.value.to_future() {
                current.await_future(future);
            }
            return Ok(Awaited::Suspend);
        }
        let future = io.value.to_future();
        if let Some(future) = future {
            io.value = future_result(vm, &future)?;
        }
        return Ok(Awaited::Ready);
    }
    let value = io.value.take();
    let iter = match std::mem::take(&mut io.iterator) {
        true => value,
        false => awaitable_iterator(vm, &value)?,
    };
    start_iterator(vm, current, iter, io)
}

/// The value becomes the child to run; it begins with `None`.
fn push(io: &mut Io) -> Awaited {
    io.child = io.value.take().into_ref().ok();
    io.value = Value::NONE;
    io.throw = false;
    Awaited::Push
}

/// A coroutine that was started (or is no coroutine but a generator).
#[cold]
fn await_started(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> R<Awaited> {
    let value = io.value.take();
    let Some(coroutine) = value.as_coroutine() else {
        return Ok(Awaited::Ready);
    };
    if coroutine.flavor != Flavor::Coroutine {
        if std::mem::take(&mut io.iterator) || coroutine.is_awaitable_generator() {
            return start_iterator(vm, current, value, io);
        }
        return Err(not_awaitable(vm, &value));
    }
    if coroutine.awaited.get() || coroutine.state.get() == CoroState::Running {
        return Err(vm.runtime_error("coroutine is being awaited already"));
    }
    if coroutine.state.get() == CoroState::Closed {
        return Err(objects::reused(vm, coroutine, &value));
    }
    // It waits for something on somebody's behalf (a task's, or of one who drives it by hand).
    if objects::is_reusable(coroutine) {
        return start_iterator(vm, current, value, io);
    }
    Err(vm.runtime_error("coroutine is being awaited already"))
}

/// The result of a future that is awaited.
///
/// # Errors
/// Its exception; `RuntimeError` when it is not done.
pub(super) fn future_result(vm: &mut Vm, future: &FutureObj) -> R {
    if future.state.get() == FutureState::Pending {
        return Err(vm.runtime_error("await wasn't used with future"));
    }
    crate::asyncio::future_result(vm, future)
}

/// The iterator that `await` drives for a value: itself for a coroutine, else `__await__()`.
///
/// # Errors
/// `TypeError` when it cannot be awaited.
pub fn awaitable_iterator(vm: &mut Vm, value: &Value) -> R {
    if let Some(coroutine) = value.as_coroutine()
        && (coroutine.flavor == Flavor::Coroutine || coroutine.is_awaitable_generator())
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
    vm.accuse_uncalled(value);
    vm.type_error(format!("object {name} can't be used in 'await' expression"))
}

/// The body that an iterator drives, if it has not begun: its own, or that of the coroutine whose
/// `__await__()` it is.
pub(super) fn fresh_body(iter: &Value) -> Option<Ref<CoroutineObj>> {
    let is_fresh =
        |body: &CoroutineObj| body.state.get() == CoroState::Created && !body.awaited.get();
    if let Some(body) = iter.borrow_ref::<CoroutineObj>() {
        return is_fresh(body).then(|| body.clone());
    }
    let body = iter.as_iter()?.coroutine()?;
    if !is_fresh(&body) {
        return None;
    }
    body.wrapped.set(true);
    Some(body)
}

/// Begins to delegate to an iterator.
fn start_iterator(vm: &mut Vm, current: &CoroutineObj, iter: Value, io: &mut Io) -> R<Awaited> {
    if iter.tag() == Tag::Future {
        io.value = iter;
        return await_value(vm, current, io);
    }
    if let Some(fresh) = fresh_body(&iter) {
        io.value = fresh.into();
        return Ok(push(io));
    }
    match step_iterator(vm, &iter, Resume::Value(Value::NONE))? {
        Resumed::Returned(value) => {
            io.value = value;
            Ok(Awaited::Ready)
        }
        Resumed::Yielded(value) | Resumed::Item(value) => {
            current.await_iterator(iter);
            io.value = value;
            Ok(Awaited::Suspend)
        }
    }
}

/// `yield from io.value`
///
/// # Errors
/// `TypeError` when it is not iterable; what its first step raises.
pub(super) fn delegate(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> R<Awaited> {
    let value = io.value.take();
    if let Some(coroutine) = value.as_coroutine()
        && coroutine.flavor == Flavor::Coroutine
    {
        if current.is_awaitable_generator() {
            io.value = value;
            return await_value(vm, current, io);
        }
        return Err(
            vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator")
        );
    }
    let iter = if value.tag() == Tag::Future {
        value
    } else {
        vm.iter(&value)?
    };
    start_iterator(vm, current, iter, io)
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
        let result = crate::types::iterators::next_or_stop(vm, iter);
        return stop_as_return(vm, result);
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
