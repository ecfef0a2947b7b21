//! What exists already when it is awaited, run on the native stack (see `direct`).
//!
//! A coroutine object that has not begun, a future that is done, an `__anext__` of the script, and
//! async generators: `async for`, `asend` and `anext` run their bodies right there up to the next
//! `yield`, and only a suspension on the way puts them on the chain.

use super::direct::{self, Direct, end, leave_stack};
use super::machine::{self, Entry, Exit, Io};
use super::trampoline::{self, Signal};
use super::{async_generators, awaiting, objects};
use crate::error::{R, Raised};
use crate::eval::Frame;
use crate::heap::Ref;
use crate::native::Begun;
use crate::objects::{
    CoroState, CoroutineObj, FuncObj, FutureState, NativeCoroutine, Resume, Step,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;

/// Awaits the value in `io`, if that can be done right here; else it is left there.
///
/// # Errors
/// What a done future or the body raises; `RecursionError`.
#[inline(never)]
pub(super) fn await_value(vm: &mut Vm, io: &mut Io) -> R<Direct> {
    if let Some(future) = io.value.as_future() {
        if future.state.get() == FutureState::Pending {
            return Ok(Direct::Await);
        }
        let future = io.value.take();
        return match future.as_future() {
            Some(future) => awaiting::future_result(vm, future).map(Direct::Returned),
            None => Ok(Direct::Await),
        };
    }
    let fresh = |coroutine: &Ref<CoroutineObj>| {
        coroutine.flavor == Flavor::Coroutine
            && coroutine.state.get() == CoroState::Created
            && !coroutine.awaited.get()
            && coroutine.func.is_some()
    };
    if !io.value.borrow_ref().is_some_and(fresh) {
        return Ok(Direct::Await);
    }
    let value = io.value.take();
    match value.borrow_ref::<CoroutineObj>() {
        Some(coroutine) => await_coroutine(vm, coroutine, io),
        None => Ok(Direct::Await),
    }
}

/// Awaits an instance of a class of the script whose `__await__` is a generator or a plain function.
///
/// # Errors
/// What that raises, or the body; `TypeError` when it gives no iterator.
#[inline(never)]
pub(super) fn await_object(vm: &mut Vm, frame: &Frame<'_>, span: &Span, io: &mut Io) -> R<Direct> {
    if io.value.tag() != Tag::Instance {
        return Ok(Direct::Await);
    }
    let hook = vm.names.__await__.clone();
    let found = vm.lookup_special(&io.value, &hook);
    let Some(func) = found.as_ref().and_then(Value::borrow_ref::<FuncObj>) else {
        return Ok(Direct::Await);
    };
    match func.code.flavor {
        Flavor::Generator if func.code.simple_arity == 1 => {
            let object = io.value.take();
            direct::await_filled(vm, (frame.func, func), (span, io), |_, slots| {
                slots[0] = object;
                Ok(())
            })
        }
        Flavor::Plain => {
            let object = io.value.take();
            io.value = awaiting::awaitable_iterator(vm, &object)?;
            drop(object);
            if let Some(body) = fresh_script(&io.value) {
                io.value = Value::UNSET;
                return await_coroutine(vm, &body, io);
            }
            // (A future is awaited as such.)
            io.iterator = io.value.tag() != Tag::Future;
            Ok(Direct::Await)
        }
        _ => Ok(Direct::Await),
    }
}

/// The body of the script that an iterator drives, if it has not begun.
fn fresh_script(iter: &Value) -> Option<Ref<CoroutineObj>> {
    awaiting::fresh_body(iter).filter(|body| body.func.is_some())
}

/// `yield from value`, if that is the `__await__()` of a coroutine that has not begun; else the value is
/// left in `io`.
///
/// # Errors
/// What the body raises; `RecursionError`.
pub(super) fn delegate(vm: &mut Vm, value: Value, io: &mut Io) -> R<Direct> {
    if value.tag() == Tag::Iter
        && let Some(body) = fresh_script(&value)
    {
        drop(value);
        return await_coroutine(vm, &body, io);
    }
    io.value = value;
    Ok(Direct::Await)
}

/// Runs a coroutine (or a generator that is awaited) that has not begun.
///
/// # Errors
/// What its body raises; `RecursionError`.
fn await_coroutine(vm: &mut Vm, coroutine: &Ref<CoroutineObj>, io: &mut Io) -> R<Direct> {
    let Some(func) = &coroutine.func else {
        return Ok(Direct::Await);
    };
    if let Err(Raised) = vm.enter() {
        end(coroutine);
        return Err(Raised);
    }
    vm.asyncio.shift(1);
    coroutine.awaited.set(true);
    let handled = vm.handled.clone();
    let mut lent = coroutine.lend();
    let mut frame = Frame {
        slots: lent.slots,
        func,
        namespace: None,
    };
    let result = machine::run_straight(vm, &mut frame, io);
    if matches!(result, Ok(_) | Err(Exit::Raised)) {
        lent.clear();
    }
    drop(lent);
    let result = match result {
        Ok(value) => {
            end(coroutine);
            Ok(Direct::Returned(value))
        }
        Err(exit) => {
            coroutine.block.set(io.block);
            let signal = trampoline::follow_exit(vm, coroutine, func, exit, io);
            let result = came_back(vm, coroutine, signal, io);
            vm.handled = handled;
            result
        }
    };
    vm.asyncio.shift(-1);
    vm.leave();
    result
}

/// What it means that a coroutine on the native stack came back.
pub(super) fn came_back(
    vm: &mut Vm,
    coroutine: &Ref<CoroutineObj>,
    signal: Signal,
    io: &mut Io,
) -> R<Direct> {
    match signal {
        Signal::Return => {
            end(coroutine);
            Ok(Direct::Returned(io.value.take()))
        }
        Signal::Raised => {
            end(coroutine);
            trampoline::convert_stop(vm, coroutine.flavor);
            Err(Raised)
        }
        Signal::Push | Signal::Suspend | Signal::Item | Signal::Detached => {
            coroutine.state.set(CoroState::Suspended);
            Ok(leave_stack(vm, coroutine.clone(), io))
        }
    }
}

/// `await` of the next item of the iterator in `io.value`, which is no async generator at rest:
/// calls an `__anext__` of the script and awaits what it makes; else the iterator is left there.
///
/// # Errors
/// What the body raises; `RecursionError`.
#[inline(never)]
pub(super) fn await_next(vm: &mut Vm, frame: &Frame<'_>, span: &Span, io: &mut Io) -> R<Direct> {
    if io.value.as_instance().is_none() {
        return Ok(Direct::Await);
    }
    let hook = vm.names.__anext__.clone();
    let found = vm.lookup_special(&io.value, &hook);
    match found.as_ref().and_then(Value::borrow_ref::<FuncObj>) {
        Some(func) if direct::fits(func, 1) => {
            let iter = io.value.take();
            direct::await_filled(vm, (frame.func, func), (span, io), |_, slots| {
                slots[0] = iter;
                Ok(())
            })
        }
        Some(_) | None => Ok(Direct::Await),
    }
}

/// Whether it is an async generator at rest that has begun or, without a value to send, not begun.
pub fn may_send(value: &Value, sent: &Value) -> Option<Ref<CoroutineObj>> {
    let generator = value.borrow_ref::<CoroutineObj>()?;
    let state = match generator.state.get() {
        CoroState::Created => sent.is_none(),
        CoroState::Suspended => true,
        CoroState::Running | CoroState::Closed => false,
    };
    let at_rest = generator.flavor == Flavor::AsyncGenerator
        && state
        && !generator.awaited.get()
        && !generator.has_chain()
        && !generator.is_waiting();
    at_rest.then(|| generator.clone())
}

impl Direct {
    /// What a method of the library came to that was begun; none if nothing has happened.
    ///
    /// # Errors
    /// What an async generator or the method raises.
    #[inline]
    pub fn of(vm: &mut Vm, begun: Begun, io: &mut Io) -> R<Option<Direct>> {
        match begun {
            Begun::Done(value) => Ok(Some(Direct::Returned(value))),
            Begun::Nothing => Ok(None),
            Begun::Item(generator, sent) => await_item(vm, &generator.into(), sent, io).map(Some),
            Begun::Waiting(body, step) => begin(vm, body, step, io).map(Some),
        }
    }
}

/// A method of the library waits, unless it waits for an item of an async generator that comes at
/// once.
fn begin(vm: &mut Vm, mut body: Box<dyn NativeCoroutine>, step: Step, io: &mut Io) -> R<Direct> {
    let step = match step {
        Step::Drive(generator, Resume::Value(sent))
            if may_send(&generator.to_value(), &sent).is_some() =>
        {
            let input = match await_item(vm, &generator.into(), sent, io) {
                Ok(Direct::Returned(item)) => Resume::Value(item),
                Ok(waiting) => {
                    let object = objects::new_waiting(vm, body);
                    let _ = leave_stack(vm, object, io);
                    return Ok(waiting);
                }
                Err(Raised) => Resume::Throw,
            };
            match body.resume(vm, input)? {
                Step::Return(value) => return Ok(Direct::Returned(value)),
                step => step,
            }
        }
        step => step,
    };
    vm.begun = Some((body, step));
    Ok(Direct::Begun)
}

/// Runs the async generator to its next item with what is sent in, if that is what the awaited
/// iterator is and nobody drives it; else the iterator is left in `io`.
///
/// # Errors
/// What the body raises; `StopAsyncIteration` at its end; `RecursionError`.
#[inline(never)]
pub(super) fn await_item(vm: &mut Vm, iter: &Value, sent: Value, io: &mut Io) -> R<Direct> {
    let ready = iter.borrow_ref::<CoroutineObj>().filter(|generator| {
        generator.flavor == Flavor::AsyncGenerator
            && matches!(
                generator.state.get(),
                CoroState::Created | CoroState::Suspended
            )
    });
    let Some((generator, func)) = ready.and_then(|it| Some((it, it.func.as_ref()?))) else {
        io.value = iter.clone();
        return Ok(Direct::Await);
    };
    if !generator.is_simple() || !vm.handled.is_unset() {
        return await_item_of(vm, (generator, func), sent, io);
    }
    let exit = run_generator(vm, generator, func, sent, io)?;
    let result = if exit == Exit::Yield && vm.handled.is_unset() {
        generator.awaited.set(false);
        generator.state.set(CoroState::Suspended);
        Ok(Direct::Returned(io.value.take()))
    } else {
        end_of_run(vm, (generator, func), exit, &Value::UNSET, io)
    };
    vm.asyncio.shift(-1);
    vm.leave();
    result
}

/// As [`await_item`], where exceptions are being handled, or the generator may be awaiting.
#[inline(never)]
fn await_item_of(
    vm: &mut Vm,
    (generator, func): (&Ref<CoroutineObj>, &Ref<FuncObj>),
    sent: Value,
    io: &mut Io,
) -> R<Direct> {
    if generator.has_chain() || generator.is_waiting() {
        io.value = generator.to_value();
        return Ok(Direct::Await);
    }
    let handled = vm.handled.clone();
    let own = generator.take_handled();
    if !own.is_unset() {
        objects::goes_on_within(generator, &handled);
        vm.handled = own;
    }
    let exit = match run_generator(vm, generator, func, sent, io) {
        Ok(exit) => exit,
        Err(Raised) => {
            generator.put_handled(std::mem::replace(&mut vm.handled, handled));
            return Err(Raised);
        }
    };
    let result = end_of_run(vm, (generator, func), exit, &handled, io);
    vm.asyncio.shift(-1);
    vm.leave();
    result
}

/// Runs an async generator that is at rest until it stops.
///
/// # Errors
/// `RuntimeError` when it is driven already; `RecursionError`.
#[inline(always)]
fn run_generator(
    vm: &mut Vm,
    generator: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    sent: Value,
    io: &mut Io,
) -> R<Exit> {
    if generator.awaited.get() || !generator.agen_hooked.get() {
        async_generators::may_drive(vm, generator)?;
    }
    vm.enter_again()?;
    vm.asyncio.shift(1);
    generator.awaited.set(true);
    let entry = if generator.block.get() == u32::MAX {
        Entry::Start
    } else {
        Entry::Resume
    };
    io.block = generator.block.get();
    io.value = sent;
    Ok(trampoline::run_body(vm, generator, func, io, entry))
}

/// What it means that an async generator stopped (it may yet come to an item). The exception
/// `handled` was being handled around it.
#[inline(never)]
fn end_of_run(
    vm: &mut Vm,
    (generator, func): (&Ref<CoroutineObj>, &Ref<FuncObj>),
    exit: Exit,
    handled: &Value,
    io: &mut Io,
) -> R<Direct> {
    let result = match trampoline::follow_exit(vm, generator, func, exit, io) {
        Signal::Item => {
            generator.awaited.set(false);
            generator.state.set(CoroState::Suspended);
            if !vm.handled.is(handled) {
                generator.put_handled(vm.handled.clone());
            }
            Ok(Direct::Returned(io.value.take()))
        }
        Signal::Return => {
            end(generator);
            Err(async_generators::stop(vm))
        }
        Signal::Raised => {
            end(generator);
            trampoline::convert_stop(vm, Flavor::AsyncGenerator);
            Err(Raised)
        }
        Signal::Push | Signal::Suspend | Signal::Detached => {
            generator.state.set(CoroState::Suspended);
            Ok(leave_stack(vm, generator.clone(), io))
        }
    };
    if !vm.handled.is(handled) {
        vm.handled = handled.clone();
    }
    result
}
