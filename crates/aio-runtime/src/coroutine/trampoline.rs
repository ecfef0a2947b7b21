//! The chain of bodies that await each other, and the loop that resumes its innermost one.
//!
//! A body that awaits a coroutine (or delegates to a generator) is not on the native stack while
//! the inner one runs: the inner one is pushed on the chain and the loop goes on with it. When
//! it suspends, the chain is kept in the coroutine that was resumed from outside (the root), and
//! the next resume continues at the innermost one directly. When it returns or raises, the chain
//! is popped and the outer body gets the value or the exception.
//!
//! States: the root is `Running` while the loop runs; inner ones are marked `awaited`, which
//! keeps everybody else from resuming them.

use super::awaiting::{self, Awaited};
use super::machine::{self, Entry, Exit, Io};
use super::{async_generators, pool};
use crate::code::Body;
use crate::error::{R, Raised};
use crate::eval::Frame;
use crate::heap::Ref;
use crate::objects::{Chain, CoroState, CoroutineObj, Resume, Step};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// How a resumed coroutine came back.
pub enum Resumed {
    /// It suspended and handed this out (a future, or `None` for a bare yield).
    Yielded(Value),
    /// An async generator handed out an item.
    Item(Value),
    /// It returned.
    Returned(Value),
}

/// How one body came back to the loop; values are in the `Io`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// It awaits the child, which gets the value (or the exception) first.
    Push,
    /// The whole chain suspends and hands the value out.
    Suspend,
    /// An async generator hands out an item.
    Item,
    /// It returned.
    Return,
    /// It raised.
    Raised,
}

/// Resumes a generator or coroutine (with the whole chain of what it awaits): `send` or, with
/// the exception pending, `throw`. The caller has checked that it may be resumed.
///
/// # Errors
/// What leaves the body (not `StopIteration`: a return is `Returned`).
#[inline]
pub fn resume(vm: &mut Vm, root: &Ref<CoroutineObj>, input: Resume) -> R<Resumed> {
    vm.enter()?;
    root.state.set(CoroState::Running);
    let outer = vm.handled.clone();
    let mut chain = root.chain.replace(None);
    let mut inner = chain.as_mut().and_then(|chain| chain.pop());
    let mut io = match input {
        Resume::Value(value) => Io {
            value,
            throw: false,
            block: 0,
            child: None,
        },
        Resume::Throw => Io {
            value: Value::UNSET,
            throw: true,
            block: 0,
            child: None,
        },
    };
    let result = loop {
        let current = inner.as_ref().unwrap_or(root);
        enter_handled(vm, current, &outer);
        match step(vm, current, &mut io) {
            Signal::Push => {
                leave_handled(vm, current, &outer);
                push(vm, &mut chain, &mut inner, &mut io);
            }
            Signal::Suspend => {
                leave_handled(vm, current, &outer);
                current.state.set(CoroState::Suspended);
                if let Some(current) = inner.take() {
                    chain.get_or_insert_default().push(current);
                }
                if chain.as_ref().is_some_and(|chain| !chain.is_empty()) {
                    root.chain.set(chain);
                }
                root.state.set(CoroState::Suspended);
                break Ok(Resumed::Yielded(io.value));
            }
            Signal::Item => {
                leave_handled(vm, current, &outer);
                current.state.set(CoroState::Suspended);
                let Some(done) = inner.take() else {
                    break Ok(Resumed::Item(io.value));
                };
                done.awaited.set(false);
                inner = chain.as_mut().and_then(|chain| chain.pop());
            }
            Signal::Return => {
                current.state.set(CoroState::Closed);
                let Some(done) = inner.take() else {
                    break Ok(Resumed::Returned(io.value));
                };
                done.awaited.set(false);
                if done.flavor == Flavor::AsyncGenerator {
                    let _ = async_generators::stop(vm);
                    io.throw = true;
                }
                inner = chain.as_mut().and_then(|chain| chain.pop());
            }
            Signal::Raised => {
                current.state.set(CoroState::Closed);
                convert_stop(vm, current);
                let Some(done) = inner.take() else {
                    break Err(Raised);
                };
                done.awaited.set(false);
                inner = chain.as_mut().and_then(|chain| chain.pop());
                io.throw = true;
            }
        }
    };
    if !vm.handled.is(&outer) {
        vm.handled = outer;
    }
    vm.leave();
    result
}

/// The child becomes the innermost one.
#[inline(always)]
fn push(
    vm: &mut Vm,
    chain: &mut Option<Box<Chain>>,
    inner: &mut Option<Ref<CoroutineObj>>,
    io: &mut Io,
) {
    let Some(child) = io.child.take() else { return };
    if !vm.handled.is_unset() {
        child.handled.set(vm.handled.clone());
    }
    child.awaited.set(true);
    if let Some(current) = inner.take() {
        let chain = chain.get_or_insert_default();
        chain.push(current);
        if vm.depth as usize + chain.len() > vm.recursion_limit as usize {
            let _ = vm.recursion_error("maximum recursion depth exceeded");
            io.throw = true;
        }
    }
    *inner = Some(child);
}

/// The exception that the body was handling when it stopped is handled again.
#[inline(always)]
fn enter_handled(vm: &mut Vm, current: &CoroutineObj, outer: &Value) {
    let own = current.handled.replace(Value::UNSET);
    if !own.is_unset() {
        vm.handled = own;
    } else if !vm.handled.is(outer) {
        vm.handled = outer.clone();
    }
}

#[inline(always)]
fn leave_handled(vm: &mut Vm, current: &CoroutineObj, outer: &Value) {
    if !vm.handled.is(outer) {
        current.handled.set(vm.handled.clone());
    }
}

/// `StopIteration` may not leave a body (PEP 479).
#[cold]
fn convert_stop(vm: &mut Vm, current: &CoroutineObj) {
    let stop = vm.types.stop_iteration.clone();
    let stop_async = vm.types.stop_async_iteration.clone();
    let (what, which) = match current.flavor {
        Flavor::Plain | Flavor::Generator => ("generator", "StopIteration"),
        Flavor::Coroutine => ("coroutine", "StopIteration"),
        Flavor::AsyncGenerator => ("async generator", "StopIteration"),
    };
    let which = if vm.pending_is(&stop) {
        which
    } else if current.flavor == Flavor::AsyncGenerator && vm.pending_is(&stop_async) {
        "StopAsyncIteration"
    } else {
        return;
    };
    let fault = vm.fault;
    let cause = vm.take_pending();
    let _ = vm.runtime_error(format!("{what} raised {which}"));
    let error = vm.pending.clone();
    crate::error::with_exc_data(&error, |data| {
        data.cause = cause.clone();
        data.context = cause;
        data.suppress = true;
    });
    vm.fault = fault;
}

/// Runs one body until it has something to say.
#[inline]
fn step(vm: &mut Vm, current: &Ref<CoroutineObj>, io: &mut Io) -> Signal {
    let Some(func) = &current.func else {
        return step_native(vm, current, io);
    };
    let mut entry = if current.block.get() == u32::MAX {
        if io.throw {
            vm.add_trace(func);
            return Signal::Raised;
        }
        Entry::Start
    } else if current.awaiting.with(Value::is_unset) && current.state.get() != CoroState::Closed {
        if io.throw {
            Entry::Throw
        } else {
            Entry::Resume
        }
    } else {
        match settle(vm, current, io) {
            Ok(entry) => entry,
            Err(signal) => return signal,
        }
    };
    io.block = current.block.get();
    io.throw = false;
    loop {
        let mut slots = current.slots.replace(Box::from([]));
        let mut frame = Frame {
            slots: &mut slots,
            func,
            namespace: None,
        };
        let exit = match func.code.body(vm) {
            Body::Machine(machine) => machine::run(vm, machine, &mut frame, io, entry),
            Body::Plain(body) => match body.run(vm, &mut frame) {
                Ok(value) => {
                    io.value = value;
                    Exit::Return
                }
                Err(Raised) => Exit::Raised,
            },
        };
        match exit {
            Exit::Return => {
                pool::recycle(vm, slots);
                return Signal::Return;
            }
            Exit::Raised => {
                pool::recycle(vm, slots);
                return Signal::Raised;
            }
            Exit::Await | Exit::AwaitNext | Exit::Pause | Exit::Yield | Exit::YieldFrom => {
                current.block.set(io.block);
                current.slots.set(slots);
            }
        }
        let wanted = match exit {
            Exit::Await => awaiting::await_value(vm, current, io),
            Exit::AwaitNext => async_generators::await_next(vm, current, io),
            Exit::YieldFrom => awaiting::delegate(vm, current, io),
            Exit::Yield if current.flavor == Flavor::AsyncGenerator => return Signal::Item,
            Exit::Pause | Exit::Yield | Exit::Return | Exit::Raised => return Signal::Suspend,
        };
        entry = match wanted {
            Ok(Awaited::Push) => return Signal::Push,
            Ok(Awaited::Suspend) => return Signal::Suspend,
            Ok(Awaited::Ready) => Entry::Resume,
            Err(Raised) => Entry::Throw,
        };
    }
}

/// Turns what a body that waited for something is resumed with into the result of its
/// suspension point.
fn settle(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> Result<Entry, Signal> {
    if current.state.get() == CoroState::Closed {
        let raised = io.throw;
        io.value = Value::NONE;
        return Err(if raised {
            Signal::Raised
        } else {
            Signal::Return
        });
    }
    let awaiting = current.awaiting.replace(Value::UNSET);
    if awaiting.tag() == Tag::Future {
        if io.throw {
            return Ok(Entry::Throw);
        }
        return match awaiting::future_result(vm, &awaiting) {
            Ok(value) => {
                io.value = value;
                Ok(Entry::Resume)
            }
            Err(Raised) => Ok(Entry::Throw),
        };
    }
    let input = if io.throw {
        Resume::Throw
    } else {
        Resume::Value(io.value.take())
    };
    match awaiting::step_iterator(vm, &awaiting, input) {
        Ok(Resumed::Returned(value)) => {
            io.value = value;
            Ok(Entry::Resume)
        }
        Ok(Resumed::Yielded(value) | Resumed::Item(value)) => {
            current.awaiting.set(awaiting);
            io.value = value;
            Err(Signal::Suspend)
        }
        Err(Raised) => Ok(Entry::Throw),
    }
}

/// Runs a body written in Rust.
fn step_native(vm: &mut Vm, current: &Ref<CoroutineObj>, io: &mut Io) -> Signal {
    if current.block.get() == u32::MAX {
        current.block.set(0);
        if io.throw {
            return Signal::Raised;
        }
    } else if !current.awaiting.with(Value::is_unset) {
        match settle(vm, current, io) {
            Ok(entry) => io.throw = entry == Entry::Throw,
            Err(signal) => return signal,
        }
    }
    let Some(mut body) = current.native.replace(None) else {
        return if io.throw {
            Signal::Raised
        } else {
            Signal::Return
        };
    };
    loop {
        let input = if io.throw {
            Resume::Throw
        } else {
            Resume::Value(io.value.take())
        };
        io.throw = false;
        vm.asyncio.native_made_at = current.created_at.get();
        let wanted = match body.resume(vm, input) {
            Ok(Step::Return(value)) => {
                io.value = value;
                return Signal::Return;
            }
            Ok(Step::Yield(value)) => {
                io.value = value;
                Ok(Awaited::Suspend)
            }
            Ok(Step::Drive(generator, first)) => drive(vm, generator, first, io),
            Ok(Step::Await(value)) => {
                io.value = value;
                awaiting::await_value(vm, current, io)
            }
            Err(Raised) => return Signal::Raised,
        };
        match wanted {
            Ok(Awaited::Ready) => {}
            Err(Raised) => io.throw = true,
            Ok(Awaited::Push) => {
                current.native.set(Some(body));
                return Signal::Push;
            }
            Ok(Awaited::Suspend) => {
                current.native.set(Some(body));
                return Signal::Suspend;
            }
        }
    }
}

/// An async generator becomes the child, with its first input.
fn drive(vm: &mut Vm, generator: Ref<CoroutineObj>, first: Resume, io: &mut Io) -> R<Awaited> {
    async_generators::may_drive(vm, &generator)?;
    match first {
        Resume::Value(value) => {
            io.value = value;
            io.throw = false;
        }
        Resume::Throw => io.throw = true,
    }
    io.child = Some(generator);
    Ok(Awaited::Push)
}

/// The next item of a generator; `None` when it has ended.
///
/// # Errors
/// What its body raises.
#[inline]
pub fn next_of_generator(vm: &mut Vm, generator: &Value) -> R<Option<Value>> {
    let Some(generator) = generator.to_coroutine() else {
        return Ok(None);
    };
    match generator.state.get() {
        CoroState::Closed => return Ok(None),
        CoroState::Running => return Err(vm.value_error("generator already executing")),
        CoroState::Created | CoroState::Suspended => {}
    }
    match resume(vm, &generator, Resume::Value(Value::NONE))? {
        Resumed::Yielded(value) | Resumed::Item(value) => Ok(Some(value)),
        Resumed::Returned(_) => Ok(None),
    }
}
