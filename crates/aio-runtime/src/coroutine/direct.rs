//! `await f(x)` on the native stack.
//!
//! A coroutine that is made only to be awaited at once, and that ends without suspending, needs
//! no object: its body runs in a native frame right inside the one that awaits it, as a plain
//! call would. Only when it suspends does it become what the language says it is: its slots move
//! into a coroutine object, and so do those of the bodies that await it, from the inside out
//! (`Vm::detached`), up to the body that the trampoline itself runs; the trampoline puts them on
//! its chain and goes on as if they had been there from the start.
//!
//! What exists already when it is awaited runs there as well: see `direct_objects`.
//!
//! Nobody can tell the difference: while the body runs, nothing refers to the object, so it
//! cannot be looked at, and every suspension makes it before anything else runs.

use super::machine::{self, Exit, Io};
use super::trampoline;
use super::{direct_objects, objects};
use crate::call::make_cells;
use crate::error::{R, Raised};
use crate::eval::Frame;
use crate::eval::calls::Site;
use crate::eval::fast::fill;
use crate::eval::tries::AWAITED;
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, FuncObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// What the evaluation of an awaited expression came to. (A result fits the registers that a value
/// fits.)
pub enum Direct {
    /// It was awaited already: the result.
    Returned(Value),
    /// The value in the `Io` is to be awaited.
    Await,
    /// It was awaited already and waits: see `Vm::begun`.
    Begun,
    /// It was awaited and has suspended: `Vm::detached` has the coroutines, innermost first.
    Suspended,
}

/// What calls a coroutine function whose frame has a certain number of slots and awaits what it
/// makes: without a receiver, and with one in front of the arguments. A code object knows its own
/// (as it does for other calls: see `eval::fast`).
#[derive(Clone, Copy)]
pub struct AwaitEntry {
    function: AwaitFunction,
    method: AwaitMethod,
    filled: AwaitFilled,
}

type AwaitFunction = fn(&mut Vm, &mut Frame<'_>, Ref<FuncObj>, &Site, &mut Io) -> R<Direct>;
type AwaitMethod = fn(&mut Vm, &mut Frame<'_>, Ref<FuncObj>, Value, &Site, &mut Io) -> R<Direct>;
type AwaitFilled = fn(&mut Vm, Both<'_>, &mut Fill<'_>, (&Span, &mut Io)) -> R<Direct>;

/// The function that calls, and the one that is called.
type Both<'a> = (&'a Ref<FuncObj>, &'a Ref<FuncObj>);

/// Puts arguments into the first slots of a frame, which are unset.
type Fill<'a> = dyn FnMut(&mut Vm, &mut [Value]) -> R<()> + 'a;

impl AwaitEntry {
    /// For so many slots.
    pub fn new(slot_count: usize) -> AwaitEntry {
        match slot_count {
            0..=2 => AwaitEntry::sized::<2>(),
            3 | 4 => AwaitEntry::sized::<4>(),
            5..=8 => AwaitEntry::sized::<8>(),
            9..=16 => AwaitEntry::sized::<16>(),
            _ => AwaitEntry {
                function: large_function,
                method: large_method,
                filled: large_filled,
            },
        }
    }

    fn sized<const N: usize>() -> AwaitEntry {
        AwaitEntry {
            function: function::<N>,
            method: method::<N>,
            filled: filled::<N>,
        }
    }
}

/// Whether a call with so many arguments makes a coroutine over nothing but filled slots.
#[inline(always)]
pub fn fits(func: &FuncObj, count: usize) -> bool {
    count as u32 == func.code.awaited_arity
}

/// Calls a coroutine function that [`fits`] and awaits what it makes.
///
/// # Errors
/// What an argument or the body raises; `RecursionError`. The site is noted.
#[inline(always)]
pub fn await_function(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let entry = func.code.awaited.function;
    entry(vm, frame, func, site, io)
}

/// As [`await_function`], with a receiver in front of the arguments.
///
/// # Errors
/// As [`await_function`].
#[inline(always)]
pub fn await_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (Ref<FuncObj>, Value),
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let entry = func.code.awaited.method;
    entry(vm, frame, func, receiver, site, io)
}

/// Calls a coroutine function, whose arguments `fill` puts into its first slots, and awaits what it
/// makes. The first of the two functions is the one that calls.
///
/// # Errors
/// What `fill` or the body raises; `RecursionError`. The site is noted, unless it was `fill`.
#[inline(always)]
pub fn await_filled(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    site: (&Span, &mut Io),
    fill: impl FnOnce(&mut Vm, &mut [Value]) -> R<()>,
) -> R<Direct> {
    let mut fill = Some(fill);
    let mut once = |vm: &mut Vm, slots: &mut [Value]| match fill.take() {
        Some(fill) => fill(vm, slots),
        None => Ok(()),
    };
    (func.code.awaited.filled)(vm, (caller, func), &mut once, site)
}

fn function<const N: usize>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let mut slots = [const { Value::UNSET }; N];
    match fill(vm, frame, &mut slots, None, &site.args) {
        Ok(()) => run(vm, (frame.func, &func), &mut slots, &site.span, io),
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

fn method<const N: usize>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Value,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let mut slots = [const { Value::UNSET }; N];
    match fill(vm, frame, &mut slots, Some(receiver), &site.args) {
        Ok(()) => run(vm, (frame.func, &func), &mut slots, &site.span, io),
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

fn large_function(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    match fill(vm, frame, &mut slots, None, &site.args) {
        Ok(()) => run(vm, (frame.func, &func), &mut slots, &site.span, io),
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

fn large_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Value,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    match fill(vm, frame, &mut slots, Some(receiver), &site.args) {
        Ok(()) => run(vm, (frame.func, &func), &mut slots, &site.span, io),
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

fn filled<const N: usize>(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    fill: &mut Fill<'_>,
    (span, io): (&Span, &mut Io),
) -> R<Direct> {
    let mut slots = [const { Value::UNSET }; N];
    fill(vm, &mut slots)?;
    run(vm, (caller, func), &mut slots, span, io)
}

fn large_filled(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    fill: &mut Fill<'_>,
    (span, io): (&Span, &mut Io),
) -> R<Direct> {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    fill(vm, &mut slots)?;
    run(vm, (caller, func), &mut slots, span, io)
}

/// Runs the body over filled slots.
#[inline(always)]
fn run(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    slots: &mut [Value],
    span: &Span,
    io: &mut Io,
) -> R<Direct> {
    if !func.code.cells.is_empty() {
        make_cells(&func.code, slots);
    }
    if !vm.handled.is_unset() {
        return run_handling(vm, (caller, func), slots, span, io);
    }
    match run_body(vm, func, slots, io) {
        Ok(value) => Ok(Direct::Returned(value)),
        Err(exit) => stopped(vm, (caller, func), slots, (exit, span), io, Value::UNSET),
    }
}

/// [`run`], while an exception is being handled.
#[inline(never)]
fn run_handling(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    slots: &mut [Value],
    span: &Span,
    io: &mut Io,
) -> R<Direct> {
    let handled = vm.handled.clone();
    match run_body(vm, func, slots, io) {
        Ok(value) => Ok(Direct::Returned(value)),
        Err(exit) => stopped(vm, (caller, func), slots, (exit, span), io, handled),
    }
}

/// Runs the body to its end; gives its result, or how else it stopped.
#[inline(always)]
fn run_body(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    slots: &mut [Value],
    io: &mut Io,
) -> Result<Value, Exit> {
    if let Err(Raised) = vm.enter() {
        return Err(Exit::Raised);
    }
    vm.asyncio.shift(1);
    let mut frame = Frame {
        slots,
        func,
        namespace: None,
    };
    let result = machine::run_straight(vm, &mut frame, io);
    vm.asyncio.shift(-1);
    vm.leave();
    result
}

/// A body on the native stack has stopped before its end. The exception `handled` was being handled
/// around it.
#[inline(never)]
fn stopped(
    vm: &mut Vm,
    (caller, func): Both<'_>,
    slots: &mut [Value],
    (exit, span): (Exit, &Span),
    io: &mut Io,
    handled: Value,
) -> R<Direct> {
    let result = if exit == Exit::Raised {
        vm.handled = handled;
        trampoline::convert_stop(vm, func.code.flavor);
        Err(Raised)
    } else {
        let made_at = caller.code.source.position(span.start);
        let result = detach(vm, func, slots, exit, (made_at, io));
        vm.handled = handled;
        result
    };
    match result {
        Ok(direct) => Ok(direct),
        Err(Raised) => Err(vm.fault_at(AWAITED)),
    }
}

/// The body suspends: it becomes a coroutine object. (It may yet go on at once, when what it
/// awaits is done already.)
fn detach(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    slots: &mut [Value],
    exit: Exit,
    (made_at, io): (u32, &mut Io),
) -> R<Direct> {
    let coroutine = objects::new_suspended(func, slots, io.block, made_at);
    coroutine.awaited.set(true);
    let signal = match trampoline::suspension(vm, &coroutine, exit, io) {
        Err(signal) => signal,
        Ok(entry) => {
            vm.enter_again()?;
            vm.asyncio.shift(1);
            let signal = trampoline::go_on(vm, &coroutine, func, io, entry);
            vm.asyncio.shift(-1);
            vm.leave();
            signal
        }
    };
    direct_objects::came_back(vm, &coroutine, signal, io)
}

/// A body on the native stack has suspended: the trampoline gets it for its chain, and the child that
/// it awaits, if that is in `io`.
pub(super) fn leave_stack(vm: &mut Vm, coroutine: Ref<CoroutineObj>, io: &Io) -> Direct {
    if !vm.handled.is_unset() {
        if let Some(child) = &io.child
            && !child.has_handled()
        {
            child.put_handled(vm.handled.clone());
        }
        coroutine.put_handled(vm.handled.clone());
    }
    vm.detached.push(coroutine);
    Direct::Suspended
}

/// It has returned or raised.
pub(super) fn end(coroutine: &CoroutineObj) {
    coroutine.state.set(CoroState::Closed);
    coroutine.awaited.set(false);
}
