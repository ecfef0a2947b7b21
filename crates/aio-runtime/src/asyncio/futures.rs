//! `Future`: a result that is not there yet.
//!
//! Completing a future appends its callbacks to the ready queue of its loop, in the order in
//! which they were added; nothing runs at once.

use super::base_futures::future_repr;
use super::callback::{Callback, DoneCallback};
use super::contextvars;
use super::events::{ScriptCallback, current_loop, loop_of_object};
use super::foreign_futures::{self, Request};
use super::future_iterator::future_await;
use super::{LoopData, base_events, gather, logger, task_cancel};
use crate::argument_errors::unexpected_keyword;
use crate::code::NOWHERE;
use crate::error::{R, exception_with, with_exc_data};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{
    ClassObj, ExcData, FutureFlags, FutureKind, FutureObj, FutureState, Standing,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of futures.
pub const FUTURE_METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(future_new), "Make a future."),
    Method::new(
        "__init__",
        NativeFn::Any(future_init),
        "Look at the arguments.",
    ),
    Method::new(
        "result",
        NativeFn::F1(future_result),
        "The result, or raise the exception.",
    ),
    Method::new(
        "exception",
        NativeFn::F1(future_exception),
        "The exception or None.",
    ),
    Method::new(
        "set_result",
        NativeFn::F2(future_set_result),
        "Complete it with a result.",
    ),
    Method::new(
        "set_exception",
        NativeFn::F2(future_set_exception),
        "Complete it with an exception.",
    ),
    Method::new(
        "done",
        NativeFn::F1(future_done),
        "Whether it is completed or cancelled.",
    ),
    Method::new(
        "cancelled",
        NativeFn::F1(future_cancelled),
        "Whether it was cancelled.",
    ),
    Method::new("cancel", NativeFn::Any(future_cancel), "Cancel it."),
    Method::new(
        "add_done_callback",
        NativeFn::Any(future_add_done_callback),
        "Have a function called with the future when it is done.",
    ),
    Method::new(
        "remove_done_callback",
        NativeFn::F2(future_remove_done_callback),
        "Take a callback back; gives how many were removed.",
    ),
    Method::new("get_loop", NativeFn::F1(future_get_loop), "Its event loop."),
    Method::new(
        "__await__",
        NativeFn::F1(future_await),
        "What await iterates over.",
    ),
    Method::new(
        "__iter__",
        NativeFn::F1(future_await),
        "What await iterates over.",
    ),
    Method::new(
        "__repr__",
        NativeFn::F1(future_repr_method),
        "Return repr(self).",
    ),
    Method::get("__dict__", future_dict, "Attributes set by the script."),
    Method::get("_loop", future_get_loop, "Its event loop."),
    Method::get("_state", future_state, "PENDING, CANCELLED or FINISHED."),
    Method::get(
        "_asyncio_future_blocking",
        future_blocking,
        "Says that it is a future.",
    ),
    Method::get_set(
        "_log_destroy_pending",
        log_destroy,
        set_log_destroy,
        "Whether dropping it while pending is reported.",
    ),
];

/// A new future of a loop.
pub fn new_future(event_loop: &Rc<LoopData>) -> Ref<FutureObj> {
    new_of_kind(event_loop, FutureKind::Plain)
}

/// A new future of some kind.
#[inline(always)]
pub fn new_of_kind(event_loop: &Rc<LoopData>, kind: FutureKind) -> Ref<FutureObj> {
    Ref::new(FutureObj {
        result: GcCell::default(),
        body: GcCell::default(),
        callback: GcCell::default(),
        context: GcCell::default(),
        rare: GcCell::default(),
        event_loop: event_loop.clone(),
        number: Cell::new(0),
        created_at: Cell::new(NOWHERE),
        registered: Cell::new(0),
        sleeps: Cell::new(0),
        waits_since: Cell::new(0),
        cancel_requests: Cell::new(0),
        state: Standing::new(kind),
        flags: Cell::new(FutureFlags::NONE),
    })
}

/// Appends the callbacks of a future that is done.
#[inline(always)]
fn schedule_callbacks(future: &Ref<FutureObj>) {
    match future.callback.replace(DoneCallback::None) {
        DoneCallback::None => {}
        DoneCallback::WakeUp(task) => future.event_loop.call_soon(Callback::WakeUp(task)),
        first => {
            if let Some(due) = first.due(future) {
                future.event_loop.call_soon(due);
            }
        }
    }
    if future.rare.with(Option::is_some) {
        schedule_rest(future);
    }
}

/// Appends the callbacks after the first one.
#[inline(never)]
fn schedule_rest(future: &Ref<FutureObj>) {
    let rest = future.rare.with_mut(|rare| match rare {
        Some(rare) => std::mem::take(&mut rare.callbacks),
        None => Vec::new(),
    });
    for callback in rest {
        if let Some(due) = callback.due(future) {
            future.event_loop.call_soon(due);
        }
    }
}

/// Ends a future in a state; for futures that are not done.
#[inline]
pub fn finish(future: &Ref<FutureObj>, state: FutureState, value: Value) {
    future.state.set(state);
    drop(future.result.replace(value));
    schedule_callbacks(future);
}

/// Gives a future its result; for futures that are not done.
pub fn complete(future: &Ref<FutureObj>, value: Value) {
    finish(future, FutureState::Done, value);
}

/// Gives a future an exception (an instance, no `StopIteration`); for futures that are not done.
pub fn fail(future: &Ref<FutureObj>, exception: Value) {
    future.mark(FutureFlags::UNRETRIEVED, true);
    with_exc_data(&exception, |data| {
        data.settled = u32::try_from(data.trace.len()).ok();
    });
    finish(future, FutureState::Failed, exception);
}

/// Cancels a plain future; false when it is done.
pub fn cancel_plain(future: &Ref<FutureObj>, message: &Value) -> bool {
    future.mark(FutureFlags::UNRETRIEVED, false);
    if future.is_done() {
        return false;
    }
    set_cancel_message(future, message);
    finish(future, FutureState::Cancelled, Value::UNSET);
    true
}

/// Remembers the message of a cancellation (unset or `None` is none).
pub fn set_cancel_message(future: &FutureObj, message: &Value) {
    let none = message.is_unset() || message.is_none();
    if none && future.rare.with(Option::is_none) {
        return;
    }
    let message = if none { Value::UNSET } else { message.clone() };
    drop(future.with_rare(|rare| std::mem::replace(&mut rare.cancel_message, message)));
}

/// The message of a cancellation, or unset.
pub fn cancel_message(future: &FutureObj) -> Value {
    future.rare.with(|rare| {
        rare.as_ref()
            .map_or(Value::UNSET, |rare| rare.cancel_message.clone())
    })
}

/// Cancels any kind of future, by the method of its class.
pub fn cancel(vm: &mut Vm, future: &Ref<FutureObj>, message: &Value, request: Request) -> bool {
    match foreign_futures::cancel(vm, future, message, request) {
        Some(accepted) => accepted,
        None => cancel_itself(vm, future, message),
    }
}

/// `Future.cancel(future, msg)`
fn cancel_itself(vm: &mut Vm, future: &Ref<FutureObj>, message: &Value) -> bool {
    match future.kind() {
        FutureKind::Plain => cancel_plain(future, message),
        FutureKind::Task => task_cancel::cancel(vm, future, message),
        FutureKind::Gathering => gather::cancel(vm, future, message),
    }
}

/// The `CancelledError` that a cancelled future raises. The one that ended a task comes out once;
/// later ones are new.
pub fn make_cancelled_error(vm: &mut Vm, future: &FutureObj) -> Value {
    if future.is_cancelled() {
        let saved = future.result.replace(Value::UNSET);
        if !saved.is_unset() {
            return saved;
        }
    }
    let message = cancel_message(future);
    cancelled_error(vm, message)
}

/// A new `CancelledError`; an unset message is none.
pub fn cancelled_error(vm: &Vm, message: Value) -> Value {
    let args = if message.is_unset() {
        Value::UNSET
    } else {
        Value::tuple([message])
    };
    exception_with(&vm.types.cancelled_error, args)
}

/// The result of a future that is done.
///
/// # Errors
/// Its exception; `CancelledError`; `InvalidStateError` when it is not done.
#[inline(always)]
pub fn result(vm: &mut Vm, future: &FutureObj) -> R {
    match future.state.get() {
        FutureState::Done => Ok(future.result.get()),
        FutureState::Failed => {
            future.mark(FutureFlags::UNRETRIEVED, false);
            let exception = future.result.get();
            // The frames of those who asked before are none of its own.
            with_exc_data(&exception, ExcData::leave_future);
            Err(vm.raise(exception))
        }
        FutureState::Cancelled => {
            let exception = make_cancelled_error(vm, future);
            Err(vm.raise(exception))
        }
        FutureState::Pending => Err(too_early(vm, future, "Result is not set.")),
    }
}

/// The exception of a future that is done, or `None`.
///
/// # Errors
/// `CancelledError`; `InvalidStateError` when it is not done.
pub fn exception(vm: &mut Vm, future: &FutureObj) -> R {
    match future.state.get() {
        FutureState::Done => Ok(Value::NONE),
        FutureState::Failed => {
            future.mark(FutureFlags::UNRETRIEVED, false);
            Ok(future.result.get())
        }
        FutureState::Cancelled => {
            let exception = make_cancelled_error(vm, future);
            Err(vm.raise(exception))
        }
        FutureState::Pending => Err(too_early(vm, future, "Exception is not set.")),
    }
}

#[cold]
fn too_early(vm: &mut Vm, future: &FutureObj, message: &str) -> crate::error::Raised {
    vm.accuse_future(aio_syntax::mistakes::RESULT_TOO_EARLY, future);
    invalid_state(vm, message)
}

fn invalid_state(vm: &mut Vm, message: &str) -> crate::error::Raised {
    let class = vm.types.invalid_state_error.clone();
    let message = vm.str(message);
    vm.raise_with(&class, vec![message])
}

/// Whether a future ended with `SystemExit` or `KeyboardInterrupt` (it counts as asked).
pub fn failed_with_exit(vm: &Vm, future: &FutureObj) -> bool {
    if future.state.get() != FutureState::Failed {
        return false;
    }
    future.mark(FutureFlags::UNRETRIEVED, false);
    let exception = future.result.get();
    base_events::is_exit(vm, &exception)
}

/// Adds a done callback; on a future that is done it is due at once.
pub fn add_done_callback(future: &Ref<FutureObj>, callback: DoneCallback) {
    if future.is_done() {
        if let Some(due) = callback.due(future) {
            future.event_loop.call_soon(due);
        }
        return;
    }
    let later = future.callback.with_mut(|first| {
        // The inline place is the first in order, so it must not be filled again while others
        // wait behind it.
        let rest_is_empty = future
            .rare
            .with(|rare| rare.as_ref().is_none_or(|rare| rare.callbacks.is_empty()));
        if matches!(first, DoneCallback::None) && rest_is_empty {
            *first = callback;
            None
        } else {
            Some(callback)
        }
    });
    if let Some(callback) = later {
        future.with_rare(|rare| rare.callbacks.push(callback));
    }
}

/// Takes out the callbacks that `is_it` picks (kinds of our own); gives how many.
pub fn remove_native_callback(future: &FutureObj, is_it: impl Fn(&DoneCallback) -> bool) -> usize {
    let mut removed = Vec::new();
    if future.callback.with(&is_it) {
        removed.push(future.callback.replace(DoneCallback::None));
    }
    future.rare.with_mut(|rare| {
        if let Some(rare) = rare {
            removed.extend(rare.callbacks.extract_if(.., |callback| is_it(callback)));
        }
    });
    removed.len()
}

/// The functions of the script among the callbacks, in order.
fn script_callbacks(future: &FutureObj) -> Vec<Rc<ScriptCallback>> {
    let mut found = Vec::new();
    let mut note = |callback: &DoneCallback| {
        if let DoneCallback::Script(script) = callback {
            found.push(script.clone());
        }
    };
    future.callback.with(&mut note);
    future.rare.with(|rare| {
        if let Some(rare) = rare {
            rare.callbacks.iter().for_each(&mut note);
        }
    });
    found
}

/// The receiver of a method.
///
/// # Errors
/// `TypeError`
pub fn receiver(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<FutureObj>> {
    match value.to_future() {
        Some(future) => Ok(future),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!(
                "descriptor '{method}' for '_asyncio.Future' objects doesn't apply to a \
                 '{given}' object"
            )))
        }
    }
}

fn future_new(vm: &mut Vm, args: Args<'_>) -> R {
    let class = args.pos.first().and_then(Value::to_class);
    let class = class.filter(|class| !class.builtin);
    if class.is_none() {
        check_arguments(vm, args)?;
    }
    let event_loop = loop_of_args(vm, args)?;
    let future = new_future(&event_loop);
    set_class(&future, class);
    Ok(future.into())
}

/// Says of which class of the script a new future is.
pub fn set_class(future: &FutureObj, class: Option<Ref<ClassObj>>) {
    if let Some(class) = class {
        future.with_rare(|rare| rare.class = class.to_value());
    }
}

/// The keyword `loop`, or the current one.
///
/// # Errors
/// `TypeError` when it is no loop; `RuntimeError` when there is none.
pub fn loop_of_args(vm: &mut Vm, args: Args<'_>) -> R<Rc<LoopData>> {
    let given = args.kw.iter().find(|(name, _)| name.text() == "loop");
    match given {
        Some((_, given)) if !given.is_none() => loop_of_object(vm, given),
        Some(_) | None => current_loop(vm),
    }
}

/// All is done by `__new__`, but in a class of the script that may get other arguments.
fn future_init(vm: &mut Vm, args: Args<'_>) -> R {
    check_arguments(vm, args)?;
    Ok(Value::NONE)
}

/// `Future(*, loop=None)`; in front is the class or the future.
fn check_arguments(vm: &mut Vm, args: Args<'_>) -> R<()> {
    let by_place = args.pos.len().saturating_sub(1);
    let given = by_place + args.kw.len();
    if given > 1 {
        let kind = if by_place == 0 { "keyword " } else { "" };
        return Err(vm.type_error(format!(
            "Future() takes at most 1 {kind}argument ({given} given)"
        )));
    }
    if by_place > 0 {
        return Err(vm.type_error("Future() takes no positional arguments"));
    }
    match args.kw.first() {
        Some((name, _)) if name.text() != "loop" => {
            Err(unexpected_keyword(vm, "Future", name.text(), ["loop"]))
        }
        Some(_) | None => Ok(()),
    }
}

fn future_result(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "result")?;
    result(vm, &future)
}

fn future_exception(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "exception")?;
    exception(vm, &future)
}

fn refuse_on_task(vm: &mut Vm, future: &FutureObj, what: &str) -> R<()> {
    if future.is_task() {
        return Err(vm.runtime_error(format!("Task does not support {what} operation")));
    }
    if future.is_done() {
        return Err(invalid_state(vm, "invalid state"));
    }
    Ok(())
}

fn future_set_result(vm: &mut Vm, this: &Value, value: &Value) -> R {
    let future = receiver(vm, this, "set_result")?;
    refuse_on_task(vm, &future, "set_result")?;
    complete(&future, value.clone());
    Ok(Value::NONE)
}

fn future_set_exception(vm: &mut Vm, this: &Value, given: &Value) -> R {
    let future = receiver(vm, this, "set_exception")?;
    refuse_on_task(vm, &future, "set_exception")?;
    let exception = exception_of(vm, given)?;
    fail(&future, exception);
    Ok(Value::NONE)
}

/// The exception to store: an instance as it is, a class instantiated, `StopIteration` wrapped.
fn exception_of(vm: &mut Vm, given: &Value) -> R {
    let base = vm.types.base_exception.clone();
    let made = match given.as_class() {
        Some(class) if class.is_subclass_of(&base) => vm.call(given, &[])?,
        Some(_) | None => given.clone(),
    };
    let class = vm.class_of(&made);
    if made.tag() != Tag::Instance || !class.is_subclass_of(&base) {
        return Err(vm.type_error("invalid exception object"));
    }
    if !class.is_subclass_of(&vm.types.stop_iteration) {
        return Ok(made);
    }
    let class = vm.types.runtime_error.clone();
    let text =
        vm.str("StopIteration interacts badly with generators and cannot be raised into a Future");
    let wrapped = vm.new_exception(&class, vec![text]);
    crate::error::with_exc_data(&wrapped, |data| {
        data.cause = made.clone();
        data.context = made;
        data.suppress = true;
    });
    Ok(wrapped)
}

fn future_done(vm: &mut Vm, this: &Value) -> R {
    Ok(Value::bool(receiver(vm, this, "done")?.is_done()))
}

fn future_cancelled(vm: &mut Vm, this: &Value) -> R {
    Ok(Value::bool(receiver(vm, this, "cancelled")?.is_cancelled()))
}

fn future_cancel(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "cancel",
        params: &["/self", "msg"],
        positional: 2,
        required: 1,
    };
    let [this, message] = vm.bind::<2>(args, &SIGNATURE)?;
    let future = receiver(vm, &this, "cancel")?;
    Ok(Value::bool(cancel_itself(vm, &future, &message)))
}

fn future_add_done_callback(vm: &mut Vm, args: Args<'_>) -> R {
    let [this, function] = args.pos else {
        let given = args.pos.len().saturating_sub(1);
        return Err(vm.type_error(format!(
            "add_done_callback() takes exactly 1 positional argument ({given} given)"
        )));
    };
    let future = receiver(vm, this, "add_done_callback")?;
    let given = args.kw.iter().find(|(name, _)| name.text() == "context");
    let context = match given {
        Some((_, given)) if !given.is_none() => Some(contextvars::of_object(vm, given)?),
        Some(_) | None => contextvars::copy_current(vm),
    };
    let callback = ScriptCallback {
        function: function.clone(),
        context: GcCell::new(context),
    };
    add_done_callback(&future, DoneCallback::Script(Rc::new(callback)));
    Ok(Value::NONE)
}

fn future_remove_done_callback(vm: &mut Vm, this: &Value, function: &Value) -> R {
    let future = receiver(vm, this, "remove_done_callback")?;
    let mut equal = Vec::new();
    for callback in script_callbacks(&future) {
        if vm.eq(&callback.function, function)? {
            equal.push(callback);
        }
    }
    let removed = remove_native_callback(&future, |callback| match callback {
        DoneCallback::Script(script) => equal.iter().any(|it| Rc::ptr_eq(it, script)),
        DoneCallback::None
        | DoneCallback::WakeUp(_)
        | DoneCallback::Stop
        | DoneCallback::Gather(..)
        | DoneCallback::Release(_)
        | DoneCallback::Wait(_)
        | DoneCallback::ShieldInner(_)
        | DoneCallback::ShieldOuter(_)
        | DoneCallback::AsCompleted(_)
        | DoneCallback::Group(_)
        | DoneCallback::StreamHandler(_) => false,
    });
    Ok(Value::int(removed as i64))
}

fn future_get_loop(vm: &mut Vm, this: &Value) -> R {
    Ok(receiver(vm, this, "get_loop")?.event_loop.to_value())
}

fn future_repr_method(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "__repr__")?;
    let text = future_repr(vm, &future)?;
    Ok(vm.str(text))
}

fn future_dict(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "__dict__")?;
    Ok(future.make_attributes().into())
}

fn future_state(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "_state")?;
    let text = match future.state.get() {
        FutureState::Pending => "PENDING",
        FutureState::Done | FutureState::Failed => "FINISHED",
        FutureState::Cancelled => "CANCELLED",
    };
    Ok(vm.str(text))
}

fn future_blocking(vm: &mut Vm, this: &Value) -> R {
    receiver(vm, this, "_asyncio_future_blocking")?;
    Ok(Value::FALSE)
}

fn log_destroy(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "_log_destroy_pending")?;
    Ok(Value::bool(!future.has(FutureFlags::SILENT)))
}

fn set_log_destroy(vm: &mut Vm, this: &Value, value: Value) -> R<()> {
    let future = receiver(vm, this, "_log_destroy_pending")?;
    let wanted = vm.truthy(&value)?;
    future.mark(FutureFlags::SILENT, !wanted);
    Ok(())
}

/// What a future has to say when it dies: a failure that nobody looked at, a task cut short.
pub fn finalize(vm: &mut Vm, value: &Value) {
    let Some(future) = value.to_future() else {
        return;
    };
    future.mark(FutureFlags::FINALIZED, true);
    let event_loop = future.event_loop.clone();
    let said = if future.has(FutureFlags::UNRETRIEVED) {
        if !event_loop.hears_of_problems()
            && !logger::is_configured(vm)
            && crate::report::mistakes::exception_lost(vm, &future)
        {
            return;
        }
        let class = vm.class_of(value).name_text();
        let message = format!("{class} exception was never retrieved");
        let exception = future.result.get();
        let details = [("exception", exception), ("future", value.clone())];
        base_events::report_problem(vm, &event_loop, &message, &details)
    } else if future.is_task() && !future.is_done() && !future.has(FutureFlags::SILENT) {
        let details = [("task", value.clone())];
        let message = "Task was destroyed but it is pending!";
        base_events::report_problem(vm, &event_loop, message, &details)
    } else {
        Ok(())
    };
    if said.is_err() {
        let exception = vm.take_pending();
        crate::report::unraisable(vm, &exception, value);
    }
}

/// Wakes a task when the future is done.
#[inline]
pub fn wake_when_done(future: &Ref<FutureObj>, task: &Ref<FutureObj>) {
    add_done_callback(future, DoneCallback::WakeUp(task.clone()));
}

/// Appends the wake-up of a task.
#[inline]
pub fn wake_soon(task: &Ref<FutureObj>) {
    task.event_loop.call_soon(Callback::WakeUp(task.clone()));
}
