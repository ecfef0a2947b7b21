//! Signals on the loop: `add_signal_handler`, `remove_signal_handler`.
//!
//! A signal that arrived reaches the loop as from a pipe that the handler writes to: it joins the
//! ready queue when the next turn looks for what is ready, and what it runs is appended then, so
//! the callback of the script runs one turn later.

use super::LoopData;
use super::callback::Callback;
use super::contextvars;
use super::coroutines::{is_coroutine, is_coroutine_function};
use super::events::HandleData;
use crate::error::R;
use crate::modules::native_function;
use crate::native::{Args, NativeFn, Signature};
use crate::signals::{Disposition, NSIG, SIGINT};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// A signal arrived: the loop is to look for its handler.
pub fn signal_arrived(event_loop: &Rc<LoopData>, signal: i32) {
    let is_known = event_loop
        .signal_handlers
        .with(|handlers| handlers.contains_key(&signal));
    if is_known {
        event_loop
            .core
            .with_mut(|core| core.inject(Callback::Signal(signal)));
    }
}

/// The turn after: the handler, if it is still there, is appended.
pub fn handle_signal(event_loop: &LoopData, signal: i32) {
    let handle = event_loop
        .signal_handlers
        .with(|handlers| handlers.get(&signal).cloned());
    if let Some(handle) = handle {
        event_loop.call_soon(Callback::Handle(handle));
    }
}

/// A valid number of a signal.
fn signal_number(vm: &mut Vm, value: &Value) -> R<i32> {
    let Some(number) = int_of(value) else {
        let shown = vm.repr(value)?;
        return Err(vm.type_error(format!("sig must be an int, not {shown}")));
    };
    match i32::try_from(number) {
        Ok(signal) if (1..NSIG).contains(&signal) => Ok(signal),
        Ok(_) | Err(_) => Err(vm.value_error(format!("invalid signal number {number}"))),
    }
}

/// The number that an int or an instance of a subclass is.
fn int_of(value: &Value) -> Option<i64> {
    match value.tag() {
        Tag::Int | Tag::Bool => value.as_index(),
        Tag::Instance => value.as_instance()?.base_value()?.as_index(),
        _ => None,
    }
}

/// `loop.add_signal_handler(sig, callback, *args)`
///
/// # Errors
/// `TypeError`, `ValueError` for wrong arguments; `RuntimeError` when the signal cannot be caught.
pub fn add_signal_handler(vm: &mut Vm, event_loop: &Rc<LoopData>, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "_UnixSelectorEventLoop.add_signal_handler",
        params: &["/self", "sig", "callback"],
        positional: 3,
        required: 3,
    };
    let ([_, signal, function], rest) = vm.bind_varargs::<3>(args, &SIGNATURE)?;
    if is_coroutine(vm, &function) || is_coroutine_function(vm, &function)? {
        return Err(vm.type_error("coroutines cannot be used with add_signal_handler()"));
    }
    let signal = signal_number(vm, &signal)?;
    event_loop.check_closed(vm)?;
    let noop = native_function("_sighandler_noop", NativeFn::F2(noop), "Nothing.");
    if vm.signals.set(signal, Disposition::Call(noop)).is_err() {
        return Err(vm.runtime_error(format!("sig {signal} cannot be caught")));
    }
    vm.signals.tell(event_loop);
    let context = contextvars::copy_current(vm);
    let handle = HandleData::new(event_loop, function, rest.into(), context, None);
    let before = event_loop
        .signal_handlers
        .with_mut(|handlers| handlers.insert(signal, handle));
    drop(before);
    Ok(Value::NONE)
}

fn noop(_vm: &mut Vm, _signal: &Value, _frame: &Value) -> R {
    Ok(Value::NONE)
}

/// `loop.remove_signal_handler(sig)`
///
/// # Errors
/// `TypeError`, `ValueError` for what is no signal.
pub fn remove_signal_handler(vm: &mut Vm, event_loop: &LoopData, signal: &Value) -> R {
    let signal = signal_number(vm, signal)?;
    Ok(Value::bool(remove(vm, event_loop, signal)))
}

fn remove(vm: &mut Vm, event_loop: &LoopData, signal: i32) -> bool {
    let removed = event_loop
        .signal_handlers
        .with_mut(|handlers| handlers.remove(&signal));
    if removed.is_none() {
        return false;
    }
    let disposition = if signal == SIGINT {
        Disposition::Interrupt
    } else {
        Disposition::Default
    };
    // It was caught, so it can be given back.
    let _ = vm.signals.set(signal, disposition);
    true
}

/// What closing a loop does.
pub fn remove_all_signal_handlers(vm: &mut Vm, event_loop: &LoopData) {
    let signals: Vec<i32> = event_loop
        .signal_handlers
        .with(|handlers| handlers.keys().copied().collect());
    for signal in signals {
        remove(vm, event_loop, signal);
    }
}
