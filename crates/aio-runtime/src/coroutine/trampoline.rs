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
use super::closing::{self, Closing};
use super::machine::{self, Entry, Exit, Io};
use super::{async_generators, native, objects};
use crate::error::{R, Raised};
use crate::eval::Frame;
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, FuncObj, Resume};
use crate::value::Value;
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
pub(super) enum Signal {
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
    /// What it awaited on the native stack has suspended: it and what is in `Vm::detached` join
    /// the chain; with a child to push, that goes on, else the chain suspends.
    Detached,
}

/// Resumes a generator or coroutine (with the whole chain of what it awaits): `send` or, with
/// the exception pending, `throw`. The caller has checked that it may be resumed.
///
/// # Errors
/// What leaves the body (not `StopIteration`: a return is `Returned`).
#[inline]
pub fn resume(vm: &mut Vm, root: &Ref<CoroutineObj>, input: Resume) -> R<Resumed> {
    let (value, throw) = match input {
        Resume::Value(value) => (value, false),
        Resume::Throw => (Value::UNSET, true),
    };
    let mut io = Io::new(value);
    if !throw && let Some(func) = may_advance(vm, root) {
        return match advance(vm, root, func, &mut io)? {
            None => Ok(Resumed::Yielded(io.into_value())),
            Some(exit) => finish(vm, root, func, exit, &mut io),
        };
    }
    vm.enter_again()?;
    root.state.set(CoroState::Running);
    io.throw = throw;
    io.chain_context = throw;
    let outer = vm.handled.clone();
    let result = if let Some((inner, length)) = root.last_of_chain() {
        match advance_in_chain(vm, &inner, length, &mut io) {
            Some(Signal::Suspend) => {
                root.state.set(CoroState::Suspended);
                Ok(Resumed::Yielded(io.value.take()))
            }
            begun => {
                drop(inner);
                let closing = closing::begun(vm, root, &io);
                run_chain(vm, root, &outer, &mut io, (begun, closing))
            }
        }
    } else {
        // Most bodies await nothing of ours when they stop.
        if root.has_handled() {
            objects::goes_on_within(root, &outer);
        }
        enter_handled(vm, root, &outer);
        let signal = step(vm, root, &mut io);
        conclude(vm, root, signal, &outer, &mut io)
    };
    if !vm.handled.is(&outer) {
        vm.handled = outer;
    }
    vm.leave();
    result
}

/// Runs the innermost body of a chain of this length, if it [`may_advance`]; gives how it came back.
#[inline(always)]
fn advance_in_chain(
    vm: &mut Vm,
    inner: &Ref<CoroutineObj>,
    length: usize,
    io: &mut Io,
) -> Option<Signal> {
    if io.throw {
        return None;
    }
    let func = may_advance(vm, inner)?;
    let base = vm.depth;
    let deeper = length as i32;
    vm.depth = base.wrapping_add_signed(deeper);
    vm.asyncio.shift(deeper);
    let signal = match run_ready(vm, inner, func, io) {
        None => Signal::Suspend,
        Some(exit) => follow_exit(vm, inner, func, exit, io),
    };
    vm.depth = base;
    vm.asyncio.shift(-deeper);
    if signal == Signal::Suspend && !vm.handled.is_unset() {
        inner.put_handled(vm.handled.take());
    }
    inner.state.set(CoroState::Suspended);
    Some(signal)
}

/// What it means for a root without a chain that its body came back.
#[inline(always)]
fn conclude(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    signal: Signal,
    outer: &Value,
    io: &mut Io,
) -> R<Resumed> {
    match signal {
        Signal::Suspend => {
            leave_handled(vm, root, outer);
            root.state.set(CoroState::Suspended);
            Ok(Resumed::Yielded(io.value.take()))
        }
        Signal::Item => {
            leave_handled(vm, root, outer);
            root.state.set(CoroState::Suspended);
            Ok(Resumed::Item(io.value.take()))
        }
        Signal::Return => {
            root.state.set(CoroState::Closed);
            Ok(Resumed::Returned(io.value.take()))
        }
        Signal::Raised => {
            root.state.set(CoroState::Closed);
            convert_stop(vm, root.flavor);
            Err(Raised)
        }
        Signal::Push | Signal::Detached => grow(vm, root, signal, outer, io),
    }
}

/// The root begins a chain.
#[inline(never)]
fn grow(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    signal: Signal,
    outer: &Value,
    io: &mut Io,
) -> R<Resumed> {
    leave_handled(vm, root, outer);
    if signal == Signal::Detached {
        root.extend_chain(vm.detached.drain(..).rev());
    }
    if io.child.is_none() {
        root.state.set(CoroState::Suspended);
        return Ok(Resumed::Yielded(io.value.take()));
    }
    push(vm, root, io);
    run_chain(vm, root, outer, io, (None, None))
}

/// Resumes the innermost body of the root's chain, and goes on until the root suspends or ends.
/// `begun`: that one has run already, and came back so. `closing`: the chain is being closed.
#[inline(never)]
fn run_chain(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    outer: &Value,
    io: &mut Io,
    (mut begun, mut closing): (Option<Signal>, Option<Closing>),
) -> R<Resumed> {
    let base = vm.depth;
    // `throw()` goes through the bodies that were there, not through those that they await anew.
    let thrown = io.throw;
    let mut lowest = usize::MAX;
    loop {
        let (inner, above) = root.pop_chain();
        let current = inner.as_ref().unwrap_or(root);
        let signal = match begun.take() {
            Some(signal) => signal,
            None => {
                // Each body of the chain counts as a call under way.
                let level = above + usize::from(inner.is_some());
                let deeper = level as i32;
                vm.depth = base.wrapping_add_signed(deeper);
                vm.asyncio.shift(deeper);
                io.chain_context = thrown && level < lowest;
                lowest = lowest.min(level);
                enter_handled(vm, current, outer);
                let signal = step(vm, current, io);
                vm.depth = base;
                vm.asyncio.shift(-deeper);
                signal
            }
        };
        match signal {
            Signal::Push | Signal::Suspend | Signal::Detached => {
                leave_handled(vm, current, outer);
                if let Some(inner) = inner {
                    inner.state.set(CoroState::Suspended);
                    root.extend_chain(Some(inner));
                }
                if signal == Signal::Detached {
                    root.extend_chain(vm.detached.drain(..).rev());
                }
                if io.child.is_some() {
                    push(vm, root, io);
                    continue;
                }
                if let Some(open) = closing.take() {
                    closing = open.ignored(vm, root, io);
                    continue;
                }
                root.state.set(CoroState::Suspended);
                break Ok(Resumed::Yielded(io.value.take()));
            }
            Signal::Item | Signal::Return | Signal::Raised => {
                let Some(done) = inner else {
                    break conclude(vm, root, signal, outer, io);
                };
                pop(vm, root, &done, signal, outer, io);
                if let Some(open) = closing.take() {
                    closing = open.ends(vm, &done, above, io);
                }
            }
        }
    }
}

/// The innermost body hands its awaiter an item, its result or its exception.
#[inline(always)]
fn pop(
    vm: &mut Vm,
    root: &CoroutineObj,
    done: &Ref<CoroutineObj>,
    signal: Signal,
    outer: &Value,
    io: &mut Io,
) {
    done.awaited.set(false);
    if signal == Signal::Item {
        if !root.is_handled_by_last(&vm.handled) {
            leave_handled(vm, done, outer);
        }
        done.state.set(CoroState::Suspended);
        return;
    }
    done.state.set(CoroState::Closed);
    if signal == Signal::Raised {
        convert_stop(vm, done.flavor);
        io.throw = true;
    } else if done.flavor == Flavor::AsyncGenerator {
        let _ = async_generators::stop(vm);
        io.throw = true;
    }
}

/// The child becomes the innermost one.
#[inline(always)]
fn push(vm: &mut Vm, root: &CoroutineObj, io: &mut Io) {
    let Some(child) = io.child.take() else { return };
    // One that was suspended in a handler of its own goes on there.
    if child.has_handled() {
        objects::goes_on_within(&child, &vm.handled);
    } else if !vm.handled.is_unset() {
        child.put_handled(vm.handled.clone());
    }
    child.awaited.set(true);
    let length = root.extend_chain(Some(child));
    if vm.depth as usize + length > vm.recursion_limit as usize + 1 {
        let _ = vm.too_deep(length);
        io.throw = true;
    }
}

/// The exception that the body was handling when it stopped is handled again.
#[inline(always)]
fn enter_handled(vm: &mut Vm, current: &CoroutineObj, outer: &Value) {
    let own = current.take_handled();
    if !own.is_unset() {
        vm.handled = own;
    } else if !vm.handled.is(outer) {
        vm.handled = outer.clone();
    }
}

#[inline(always)]
fn leave_handled(vm: &mut Vm, current: &Ref<CoroutineObj>, outer: &Value) {
    // One that handles what is handled around it as well goes on handling it.
    let own = !vm.handled.is(outer) || !outer.is_unset() && objects::stands_in_handler(current);
    if own {
        current.put_handled(vm.handled.clone());
    }
}

/// `StopIteration` may not leave a body (PEP 479).
#[cold]
pub fn convert_stop(vm: &mut Vm, flavor: Flavor) {
    let stop = vm.types.stop_iteration.clone();
    let stop_async = vm.types.stop_async_iteration.clone();
    let (what, which) = match flavor {
        Flavor::Plain | Flavor::Generator => ("generator", "StopIteration"),
        Flavor::Coroutine => ("coroutine", "StopIteration"),
        Flavor::AsyncGenerator => ("async generator", "StopIteration"),
    };
    let which = if vm.pending_is(&stop) {
        which
    } else if flavor == Flavor::AsyncGenerator && vm.pending_is(&stop_async) {
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
#[inline(always)]
fn step(vm: &mut Vm, current: &Ref<CoroutineObj>, io: &mut Io) -> Signal {
    let Some(func) = &current.func else {
        return native::step_native(vm, current, io);
    };
    let entry = if current.block.get() == u32::MAX {
        if io.throw {
            vm.add_trace(func);
            return Signal::Raised;
        }
        Entry::Start
    } else if !current.is_waiting() && current.state.get() != CoroState::Closed {
        entry_of(io)
    } else {
        match settle(vm, current, io).and_then(|entry| native::go_on_inside(vm, current, io, entry))
        {
            Ok(entry) => entry,
            Err(signal) => return signal,
        }
    };
    if io.chain_context && entry == Entry::Throw && objects::stands_in_handler(current) {
        let exception = vm.pending.take();
        let _ = vm.raise(exception);
    }
    io.block = current.block.get();
    io.throw = false;
    io.chain_context = false;
    go_on(vm, current, func, io, entry)
}

/// How a body goes on that waited for nothing but its caller.
#[inline(always)]
fn entry_of(io: &Io) -> Entry {
    if io.throw {
        Entry::Throw
    } else {
        Entry::Resume
    }
}

/// Goes on with a body that stopped, until it has something to say.
#[inline(always)]
pub(super) fn go_on(
    vm: &mut Vm,
    current: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    io: &mut Io,
    mut entry: Entry,
) -> Signal {
    loop {
        let exit = run_body(vm, current, func, io, entry);
        entry = match suspension(vm, current, exit, io) {
            Ok(entry) => entry,
            Err(signal) => return signal,
        };
    }
}

/// What follows a body that came back with this exit: it goes on if it can, until it has
/// something to say.
pub(super) fn follow_exit(
    vm: &mut Vm,
    current: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    exit: Exit,
    io: &mut Io,
) -> Signal {
    match suspension(vm, current, exit, io) {
        Ok(entry) => go_on(vm, current, func, io, entry),
        Err(signal) => signal,
    }
}

/// Runs a body over the slots of its object, which are emptied when it ends.
#[inline(always)]
pub(super) fn run_body(
    vm: &mut Vm,
    current: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    io: &mut Io,
    entry: Entry,
) -> Exit {
    let mut lent = current.lend();
    let mut frame = Frame {
        slots: lent.slots,
        func,
        namespace: None,
    };
    let exit = machine::run_frame(vm, &mut frame, io, entry);
    if matches!(exit, Exit::Return | Exit::Raised) {
        lent.clear();
    }
    current.block.set(io.block);
    exit
}

/// What it means that a body stopped: it goes on at once (with the value or, when it is thrown
/// into, the pending exception), or it has something to say.
#[inline(always)]
pub(super) fn suspension(
    vm: &mut Vm,
    current: &CoroutineObj,
    exit: Exit,
    io: &mut Io,
) -> Result<Entry, Signal> {
    let wanted = match exit {
        Exit::Await => awaiting::await_value(vm, current, io),
        Exit::AwaitNext => async_generators::await_next(vm, current, io),
        Exit::YieldFrom => awaiting::delegate(vm, current, io),
        Exit::Yield if current.flavor == Flavor::AsyncGenerator => return Err(Signal::Item),
        Exit::AwaitBegun => return native::begin_inside(vm, current, io),
        Exit::Detached => return Err(Signal::Detached),
        Exit::Pause | Exit::Yield => return Err(Signal::Suspend),
        Exit::Return => return Err(Signal::Return),
        Exit::Raised => return Err(Signal::Raised),
    };
    match wanted {
        Ok(Awaited::Push) => Err(Signal::Push),
        Ok(Awaited::Suspend) => Err(Signal::Suspend),
        Ok(Awaited::Ready) => Ok(Entry::Resume),
        Err(Raised) => Ok(Entry::Throw),
    }
}

/// Turns what a body that waited for something is resumed with into the result of its
/// suspension point.
#[inline(always)]
pub(super) fn settle(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> Result<Entry, Signal> {
    if current.state.get() == CoroState::Closed {
        let raised = io.throw;
        io.value = Value::NONE;
        return Err(if raised {
            Signal::Raised
        } else {
            Signal::Return
        });
    }
    if let Some(future) = current.take_future() {
        if io.throw {
            return Ok(Entry::Throw);
        }
        return match awaiting::future_result(vm, &future) {
            Ok(value) => {
                io.value = value;
                Ok(Entry::Resume)
            }
            Err(Raised) => {
                // It is raised here, whatever is being handled.
                let exception = vm.pending.take();
                let _ = vm.raise(exception);
                io.chain_context = false;
                Ok(Entry::Throw)
            }
        };
    }
    if !current.is_awaiting() {
        return Ok(entry_of(io));
    }
    let iterator = current.take_iterator();
    let input = if io.throw {
        Resume::Throw
    } else {
        Resume::Value(io.value.take())
    };
    match awaiting::step_iterator(vm, &iterator, input) {
        Ok(Resumed::Returned(value)) => {
            io.value = value;
            Ok(Entry::Resume)
        }
        Ok(Resumed::Yielded(value) | Resumed::Item(value)) => {
            current.await_iterator(iterator);
            io.value = value;
            Err(Signal::Suspend)
        }
        Err(Raised) => Ok(Entry::Throw),
    }
}

/// The next item of a generator; `None` when it has ended.
///
/// # Errors
/// What its body raises.
#[inline(never)]
pub fn next_of_generator(vm: &mut Vm, generator: &Value) -> R<Option<Value>> {
    let Some(generator) = generator.borrow_ref::<CoroutineObj>() else {
        return Ok(None);
    };
    if let Some(func) = may_advance(vm, generator) {
        let mut io = Io::new(Value::NONE);
        return match advance(vm, generator, func, &mut io)? {
            None => Ok(Some(io.into_value())),
            Some(exit) => item_of(finish(vm, generator, func, exit, &mut io)),
        };
    }
    if let Some(item) = generator.delegated_item() {
        return Ok(Some(item));
    }
    match generator.state.get() {
        CoroState::Closed => Ok(None),
        CoroState::Running => Err(vm.value_error("generator already executing")),
        CoroState::Created | CoroState::Suspended => {
            item_of(resume(vm, generator, Resume::Value(Value::NONE)))
        }
    }
}

fn item_of(resumed: R<Resumed>) -> R<Option<Value>> {
    match resumed? {
        Resumed::Yielded(value) | Resumed::Item(value) => Ok(Some(value)),
        Resumed::Returned(_) => Ok(None),
    }
}

/// `send(None)` to a coroutine, as a task does it turn by turn.
///
/// # Errors
/// What its body raises; as for `coroutine.send`.
#[inline(always)]
pub fn turn(vm: &mut Vm, body: &Ref<CoroutineObj>) -> R<Resumed> {
    if let Some(func) = may_advance(vm, body)
        && !body.awaited.get()
    {
        let mut io = Io::new(Value::NONE);
        return match advance(vm, body, func, &mut io)? {
            None => Ok(Resumed::Yielded(io.into_value())),
            Some(exit) => finish(vm, body, func, exit, &mut io),
        };
    }
    wake(vm, body)
}

/// [`turn`] of a body that may be waiting for something: mostly for a future, which is done.
#[inline(never)]
fn wake(vm: &mut Vm, body: &Ref<CoroutineObj>) -> R<Resumed> {
    let Some(func) = may_wake(vm, body) else {
        return objects::send(vm, body, Value::NONE);
    };
    vm.enter_again()?;
    body.state.set(CoroState::Running);
    let mut io = Io::new(Value::NONE);
    let entry =
        settle(vm, body, &mut io).and_then(|entry| native::go_on_inside(vm, body, &mut io, entry));
    let signal = match entry {
        Ok(entry) => {
            io.block = body.block.get();
            io.throw = false;
            go_on(vm, body, func, &mut io, entry)
        }
        Err(signal) => signal,
    };
    let result = conclude(vm, body, signal, &Value::UNSET, &mut io);
    vm.handled = Value::UNSET;
    vm.leave();
    result
}

/// The function of a body that waits for a future that is done, and to which nothing else is to be
/// done before it goes on.
#[inline(always)]
fn may_wake<'a>(vm: &Vm, body: &'a CoroutineObj) -> Option<&'a Ref<FuncObj>> {
    let is_idle = body.state.get() == CoroState::Suspended && !body.awaited.get();
    let is_plain = body.flavor != Flavor::AsyncGenerator;
    if is_idle && is_plain && vm.handled.is_unset() && body.waits_for_done() {
        body.func.as_ref()
    } else {
        None
    }
}

/// The function of a body that has neither begun to run nor ended, and of which nothing is to be
/// put in place before it goes on.
#[inline(always)]
fn may_advance<'a>(vm: &Vm, root: &'a CoroutineObj) -> Option<&'a Ref<FuncObj>> {
    let is_idle = matches!(root.state.get(), CoroState::Created | CoroState::Suspended);
    // (A plain yield of an async generator is for the one that drives it.)
    let is_plain = root.flavor != Flavor::AsyncGenerator;
    if is_idle && is_plain && root.is_simple() && vm.handled.is_unset() {
        root.func.as_ref()
    } else {
        None
    }
}

/// [`resume`] of a body that [`may_advance`], without a value: gives how it stopped, unless that
/// was plainly a value handed out (then that is in `io`), to be told to [`finish`].
#[inline(always)]
fn advance(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    io: &mut Io,
) -> R<Option<Exit>> {
    vm.enter_again()?;
    let stopped = run_ready(vm, root, func, io);
    if stopped.is_none() {
        vm.leave();
    }
    Ok(stopped)
}

/// [`advance`] of a body that counts as a call already.
#[inline(always)]
fn run_ready(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    io: &mut Io,
) -> Option<Exit> {
    root.state.set(CoroState::Running);
    io.block = root.block.get();
    let entry = if io.block == u32::MAX {
        Entry::Start
    } else {
        Entry::Resume
    };
    let exit = run_body(vm, root, func, io, entry);
    if matches!(exit, Exit::Yield | Exit::Pause) && vm.handled.is_unset() {
        root.state.set(CoroState::Suspended);
        return None;
    }
    Some(exit)
}

/// The rest of [`advance`], when the body did more than yield.
#[inline(never)]
fn finish(
    vm: &mut Vm,
    root: &Ref<CoroutineObj>,
    func: &Ref<FuncObj>,
    exit: Exit,
    io: &mut Io,
) -> R<Resumed> {
    let signal = follow_exit(vm, root, func, exit, io);
    let result = conclude(vm, root, signal, &Value::UNSET, io);
    vm.handled = Value::UNSET;
    vm.leave();
    result
}
