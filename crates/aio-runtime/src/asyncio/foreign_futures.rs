//! Futures that are the script's: classes of its own derived from `Future` whose methods say more,
//! and objects that only keep to the protocol (`_asyncio_future_blocking`, `add_done_callback`,
//! `result`, `cancel`, `get_loop`).
//!
//! A task that awaits one asks it by its methods, as CPython does. For an object that is no future
//! at all a plain future stands where the task looks for what it waits for.

use super::callback::DoneCallback;
use super::tasks::{self, StepInput};
use super::{contextvars, futures};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::modules::native_function;
use crate::native::{Args, NativeFn};
use crate::objects::{FutureKind, FutureObj, MethodObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// Whether a class of the script has its own version of a method of `Future`.
fn overrides(vm: &mut Vm, future: &FutureObj, name: &str) -> bool {
    let Some(class) = future.own_class() else {
        return false;
    };
    let name = vm.intern(name);
    let found = vm.lookup(&class, &name);
    found.is_some_and(|found| found.tag() != Tag::Native)
}

/// Has a task woken by a future whose class has a method for that; false if it has none.
///
/// # Errors
/// What the method raises.
pub fn asked_to_wake(vm: &mut Vm, task: &Ref<FutureObj>, future: &Ref<FutureObj>) -> R<bool> {
    if future.own_class().is_none() || !overrides(vm, future, "add_done_callback") {
        return Ok(false);
    }
    let future = future.to_value();
    ask_to_wake(vm, task, &future, &future)?;
    Ok(true)
}

/// `asked.add_done_callback(wakeup, context=...)`; `waited` is what the task waits for.
fn ask_to_wake(vm: &mut Vm, task: &Ref<FutureObj>, asked: &Value, waited: &Value) -> R<()> {
    let func = native_function(
        "TaskWakeupMethWrapper",
        NativeFn::F2(wake_up),
        "Go on with a task.",
    );
    let receiver = Value::tuple([task.to_value(), waited.clone()]);
    let wakeup = Value::new(MethodObj { func, receiver });
    let context = tasks::context_of(vm, task);
    let context = contextvars::to_object(vm, context);
    let name = vm.intern("add_done_callback");
    let method = vm.get_attr(asked, &name)?;
    let (pos, kw) = ([wakeup], [(vm.intern("context"), context)]);
    vm.call_args(&method, Args { pos: &pos, kw: &kw })?;
    Ok(())
}

/// What a task waited for says that it is done.
fn wake_up(vm: &mut Vm, receiver: &Value, done: &Value) -> R {
    let items = receiver.as_tuple().map(|pair| pair.items.to_vec());
    let mut items = items.unwrap_or_default().into_iter();
    let task = items.next().and_then(|task| task.to_future());
    let waited = items.next().and_then(|waited| waited.to_future());
    let (Some(task), Some(waited)) = (task, waited) else {
        return Ok(Value::NONE);
    };
    let is_foreign = done.as_future().is_none();
    if is_foreign || overrides(vm, &waited, "result") {
        let name = vm.intern("result");
        if let Err(Raised) = vm.call_method(done, &name, &[]) {
            let exception = vm.take_pending();
            task.result.set(Value::UNSET);
            tasks::step(vm, &task, StepInput::Throw(exception))?;
            return Ok(Value::NONE);
        }
    }
    if is_foreign && !waited.is_done() {
        futures::remove_native_callback(&waited, |callback| {
            matches!(callback, DoneCallback::WakeUp(_))
        });
        futures::complete(&waited, Value::NONE);
    }
    tasks::wake_up(vm, &task)?;
    Ok(Value::NONE)
}

/// What an object that a task yielded means to it.
pub enum Yielded {
    /// It keeps to the protocol, and the task waits for it.
    Waits,
    /// It does, but belongs to another loop.
    OtherLoop,
    /// It does, but nobody awaited it.
    NotAwaited,
    /// It does not.
    Other,
}

/// A task yielded an object that is no future of ours.
///
/// # Errors
/// What its methods raise.
pub fn wait_for_object(vm: &mut Vm, task: &Ref<FutureObj>, object: &Value) -> R<Yielded> {
    let name = vm.intern("_asyncio_future_blocking");
    let blocking = match vm.get_attr_opt(object, &name)? {
        Some(blocking) if !blocking.is_none() => blocking,
        Some(_) | None => return Ok(Yielded::Other),
    };
    let get_loop = vm.intern("get_loop");
    let event_loop = vm.call_method(object, &get_loop, &[])?;
    if !event_loop.is(&task.event_loop.to_value()) {
        return Ok(Yielded::OtherLoop);
    }
    if !vm.truthy(&blocking)? {
        return Ok(Yielded::NotAwaited);
    }
    vm.set_attr(object, &name, Value::FALSE)?;
    let stand_in = futures::new_future(&task.event_loop);
    stand_in.set_coroutine(object.clone());
    ask_to_wake(vm, task, object, &stand_in.to_value())?;
    futures::wake_when_done(&stand_in, task);
    task.result.set(stand_in.to_value());
    Ok(Yielded::Waits)
}

/// Who calls the method `cancel` of the script, and so how the message is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// What wants an end: without a message.
    Outside,
    /// A task that waits for it and is cancelled itself: by place.
    Task,
    /// `gather`, which is cancelled itself: by name.
    Gather,
}

/// Whether a future is cancelled by a method of the script.
pub fn has_cancel(vm: &mut Vm, future: &FutureObj) -> bool {
    let is_stand_in = future.kind() == FutureKind::Plain && !future.coroutine().is_unset();
    is_stand_in || overrides(vm, future, "cancel")
}

/// Cancels a future by a method of the script; none if it has no such method.
pub fn cancel(
    vm: &mut Vm,
    future: &Ref<FutureObj>,
    message: &Value,
    request: Request,
) -> Option<bool> {
    if !has_cancel(vm, future) {
        return None;
    }
    let object = match future.kind() {
        FutureKind::Plain if !future.coroutine().is_unset() => future.coroutine(),
        _ => future.to_value(),
    };
    let name = vm.intern("cancel");
    let message = match message.is_unset() {
        true => Value::NONE,
        false => message.clone(),
    };
    let (pos, kw) = match request {
        Request::Outside => (vec![], vec![]),
        Request::Task => (vec![message], vec![]),
        Request::Gather => (vec![], vec![(vm.intern("msg"), message)]),
    };
    // An error may be on its way out of what cancels.
    let (pending, fault) = (vm.pending.take(), vm.fault.take());
    let result = vm
        .get_attr(&object, &name)
        .and_then(|method| vm.call_args(&method, Args { pos: &pos, kw: &kw }))
        .and_then(|accepted| vm.truthy(&accepted));
    let accepted = result.unwrap_or_else(|Raised| {
        let exception = vm.take_pending();
        crate::report::unraisable(vm, &exception, &object);
        false
    });
    vm.pending = pending;
    vm.fault = fault;
    Some(accepted)
}
