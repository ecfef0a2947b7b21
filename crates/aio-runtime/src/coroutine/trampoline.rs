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
use super::machine::{self, Entry, Exit};
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

/// How one body came back to the loop.
pub(super) enum Outcome {
    /// It awaits another one, which gets this first.
    Push(Ref<CoroutineObj>, Resume),
    /// The whole chain suspends and hands this out.
    Suspend(Value),
    /// An async generator hands out an item.
    Item(Value),
    /// It returned.
    Return(Value),
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
    let mut chain: Option<Box<Chain>> = root.chain.replace(None);
    let mut inner: Option<Ref<CoroutineObj>> = chain.as_mut().and_then(|chain| chain.pop());
    let mut input = input;
    let result = loop {
        let current = inner.as_ref().unwrap_or(root);
        enter_handled(vm, current, &outer);
        match run_one(vm, current, input) {
            Outcome::Push(child, first) => {
                leave_handled(vm, current, &outer);
                child.handled.set(vm.handled.clone());
                let depth = chain.as_ref().map_or(0, |chain| chain.len());
                child.awaited.set(true);
                if let Some(current) = inner.take() {
                    chain.get_or_insert_default().push(current);
                }
                inner = Some(child);
                input = first;
                if vm.depth as usize + depth > vm.recursion_limit as usize {
                    input = Resume::Throw;
                    let _ = vm.recursion_error("maximum recursion depth exceeded");
                }
            }
            Outcome::Suspend(value) => {
                leave_handled(vm, current, &outer);
                current.state.set(CoroState::Suspended);
                if let Some(current) = inner.take() {
                    chain.get_or_insert_default().push(current);
                }
                root.chain.set(chain);
                root.state.set(CoroState::Suspended);
                break Ok(Resumed::Yielded(value));
            }
            Outcome::Item(value) => {
                leave_handled(vm, current, &outer);
                current.state.set(CoroState::Suspended);
                match inner.take() {
                    None => break Ok(Resumed::Item(value)),
                    Some(done) => {
                        done.awaited.set(false);
                        inner = chain.as_mut().and_then(|chain| chain.pop());
                        input = Resume::Value(value);
                    }
                }
            }
            Outcome::Return(value) => {
                current.state.set(CoroState::Closed);
                match inner.take() {
                    None => break Ok(Resumed::Returned(value)),
                    Some(done) => {
                        done.awaited.set(false);
                        input = if done.flavor == Flavor::AsyncGenerator {
                            let _ = async_generators::stop(vm);
                            Resume::Throw
                        } else {
                            Resume::Value(value)
                        };
                        inner = chain.as_mut().and_then(|chain| chain.pop());
                    }
                }
            }
            Outcome::Raised => {
                current.state.set(CoroState::Closed);
                convert_stop(vm, current);
                match inner.take() {
                    None => break Err(Raised),
                    Some(done) => {
                        done.awaited.set(false);
                        inner = chain.as_mut().and_then(|chain| chain.pop());
                        input = Resume::Throw;
                    }
                }
            }
        }
    };
    vm.handled = outer;
    vm.leave();
    result
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
fn run_one(vm: &mut Vm, current: &Ref<CoroutineObj>, input: Resume) -> Outcome {
    let Some(func) = &current.func else {
        return run_native(vm, current, input);
    };
    let entry = match current.state.get() {
        CoroState::Closed => {
            return match input {
                Resume::Value(_) => Outcome::Return(Value::NONE),
                Resume::Throw => Outcome::Raised,
            };
        }
        _ if current.block.get() == u32::MAX => match input {
            Resume::Value(_) => Entry::Start,
            Resume::Throw => {
                vm.add_trace(func);
                return Outcome::Raised;
            }
        },
        _ => match settle(vm, current, input) {
            Ok(Settled::Value(value)) => Entry::Resume(current.block.get(), value),
            Ok(Settled::Again(value)) => return Outcome::Suspend(value),
            Err(Raised) => Entry::Throw(current.block.get()),
        },
    };
    let mut slots = current.slots.replace(Box::from([]));
    let exit = match func.code.body(vm) {
        Body::Machine(machine) => {
            let mut frame = Frame {
                slots: &mut slots,
                func,
                namespace: None,
            };
            machine::run(vm, machine, &mut frame, entry)
        }
        Body::Plain(body) => {
            let mut frame = Frame {
                slots: &mut slots,
                func,
                namespace: None,
            };
            match body.run(vm, &mut frame) {
                Ok(value) => Exit::Return(value),
                Err(Raised) => Exit::Raised,
            }
        }
    };
    finish_run(vm, current, slots, exit)
}

/// Puts the frame back (or away) and says what the body wants.
#[inline]
fn finish_run(
    vm: &mut Vm,
    current: &Ref<CoroutineObj>,
    slots: Box<[Value]>,
    exit: Exit,
) -> Outcome {
    let (block, awaited) = match exit {
        Exit::Return(value) => {
            pool::recycle(vm, slots);
            return Outcome::Return(value);
        }
        Exit::Raised => {
            let (fault, pending) = (vm.fault, vm.pending.take());
            pool::recycle(vm, slots);
            vm.pending = pending;
            vm.fault = fault;
            return Outcome::Raised;
        }
        Exit::Yield(block, value) => {
            current.block.set(block);
            current.slots.set(slots);
            return if current.flavor == Flavor::AsyncGenerator {
                Outcome::Item(value)
            } else {
                Outcome::Suspend(value)
            };
        }
        Exit::Await(block, value) => (block, Exit::Await(block, value)),
        Exit::AwaitNext(block, value) => (block, Exit::AwaitNext(block, value)),
        Exit::YieldFrom(block, value) => (block, Exit::YieldFrom(block, value)),
    };
    current.block.set(block);
    current.slots.set(slots);
    let wanted = match awaited {
        Exit::Await(_, value) => awaiting::await_value(vm, &value),
        Exit::AwaitNext(_, iter) => async_generators::await_next(vm, &iter),
        Exit::YieldFrom(_, value) => awaiting::delegate(vm, current, &value),
        Exit::Yield(..) | Exit::Return(_) | Exit::Raised => Ok(Awaited::Ready(Value::NONE)),
    };
    go_on(vm, current, wanted)
}

/// What was awaited is ready, must be pushed, or suspends the chain.
fn go_on(vm: &mut Vm, current: &Ref<CoroutineObj>, wanted: R<Awaited>) -> Outcome {
    match wanted {
        Ok(Awaited::Ready(value)) => run_one(vm, current, Resume::Value(value)),
        Ok(Awaited::Push(child, first)) => Outcome::Push(child, first),
        Ok(Awaited::Suspend { awaiting, value }) => {
            current.awaiting.set(awaiting);
            Outcome::Suspend(value)
        }
        Err(Raised) => run_one(vm, current, Resume::Throw),
    }
}

/// What a resumed suspension gives.
enum Settled {
    /// The result.
    Value(Value),
    /// The iterator that is delegated to handed out another value.
    Again(Value),
}

/// Turns what a suspended body is resumed with into the result of its suspension point.
#[inline]
fn settle(vm: &mut Vm, current: &CoroutineObj, input: Resume) -> R<Settled> {
    let awaiting = current.awaiting.replace(Value::UNSET);
    match (awaiting.tag(), input) {
        (Tag::Unset, Resume::Value(value)) => Ok(Settled::Value(value)),
        (Tag::Unset | Tag::Future, Resume::Throw) => Err(Raised),
        (Tag::Future, Resume::Value(_)) => {
            awaiting::future_result(vm, &awaiting).map(Settled::Value)
        }
        (_, input) => match awaiting::step_iterator(vm, &awaiting, input)? {
            Resumed::Returned(value) => Ok(Settled::Value(value)),
            Resumed::Yielded(value) | Resumed::Item(value) => {
                current.awaiting.set(awaiting);
                Ok(Settled::Again(value))
            }
        },
    }
}

/// Runs a body written in Rust.
fn run_native(vm: &mut Vm, current: &Ref<CoroutineObj>, input: Resume) -> Outcome {
    let started = current.block.get() != u32::MAX;
    let mut input = if !started {
        current.block.set(0);
        match input {
            Resume::Throw => return Outcome::Raised,
            input => input,
        }
    } else {
        match settle(vm, current, input) {
            Ok(Settled::Value(value)) => Resume::Value(value),
            Ok(Settled::Again(value)) => return Outcome::Suspend(value),
            Err(Raised) => Resume::Throw,
        }
    };
    let Some(mut body) = current.native.replace(None) else {
        return match input {
            Resume::Value(_) => Outcome::Return(Value::NONE),
            Resume::Throw => Outcome::Raised,
        };
    };
    loop {
        let wanted = match body.resume(vm, input) {
            Ok(Step::Return(value)) => return Outcome::Return(value),
            Ok(Step::Yield(value)) => {
                current.native.set(Some(body));
                return Outcome::Suspend(value);
            }
            Ok(Step::Drive(generator, first)) => {
                current.native.set(Some(body));
                return match async_generators::may_drive(vm, &generator) {
                    Ok(()) => Outcome::Push(generator, first),
                    Err(Raised) => run_native(vm, current, Resume::Throw),
                };
            }
            Ok(Step::Await(value)) => awaiting::await_value(vm, &value),
            Err(Raised) => return Outcome::Raised,
        };
        match wanted {
            Ok(Awaited::Ready(value)) => input = Resume::Value(value),
            Err(Raised) => input = Resume::Throw,
            Ok(Awaited::Push(child, first)) => {
                current.native.set(Some(body));
                return Outcome::Push(child, first);
            }
            Ok(Awaited::Suspend { awaiting, value }) => {
                current.native.set(Some(body));
                current.awaiting.set(awaiting);
                return Outcome::Suspend(value);
            }
        }
    }
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
