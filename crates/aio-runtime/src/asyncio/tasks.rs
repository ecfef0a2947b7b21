//! `Task`: a coroutine that the loop steps.
//!
//! A step resumes the coroutine until it suspends or ends. What it suspended on decides how it
//! goes on: a bare yield appends the next step, a future gets a wake-up among its callbacks.
//! While a task waits, its result slot holds what it waits for (see `FutureObj::result`).
//!
//! A plain `sleep` has no future: the timer holds the task. Everything a script can observe is as
//! if there were one: the timer, when due, only *completes* the sleep and appends the wake-up, so
//! the task goes on one turn later; a cancellation in between finds it completed.

use super::callback::Callback;
use super::contextvars::{self, ContextData};
use super::coroutines::{is_awaitable, is_coroutine, wrap_awaitable};
use super::foreign_futures::{self, Request, Yielded};
use super::{LoopData, base_events, eager, events, futures, reasons, runners, task_cancel, trace};
use crate::coroutine::{self, Resumed};
use crate::error::{R, Raised, with_exc_data};
use crate::heap::{GcCell, Ref};
use crate::objects::{
    CoroutineObj, ExcData, FutureFlags, FutureKind, FutureObj, FutureState, TaskPassed,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_event_loop::Clock as _;
use aio_event_loop::EventLoop;
use std::rc::Rc;

/// The tasks of a loop that are not done, in order of creation.
#[derive(Default)]
pub struct TaskList {
    places: Vec<Option<Ref<FutureObj>>>,
    live: usize,
}

impl TaskList {
    fn add(&mut self, task: &Ref<FutureObj>) {
        if self.places.len() >= 64 && self.live * 2 < self.places.len() {
            self.places.retain(Option::is_some);
            for (at, task) in self.places.iter().flatten().enumerate() {
                task.registered.set(at as u32 + 1);
            }
        }
        self.places.push(Some(task.clone()));
        self.live += 1;
        task.registered.set(self.places.len() as u32);
    }

    fn remove(&mut self, task: &FutureObj) -> Option<Ref<FutureObj>> {
        let at = task.registered.replace(0);
        let removed = self.places.get_mut((at as usize).checked_sub(1)?)?.take();
        self.live -= usize::from(removed.is_some());
        removed
    }

    /// The loop owns them no more.
    pub fn disown(self) {
        for task in self.places.into_iter().flatten() {
            task.registered.set(0);
        }
    }

    /// The tasks.
    pub fn iter(&self) -> impl Iterator<Item = &Ref<FutureObj>> {
        self.places.iter().flatten()
    }
}

/// Puts a task into the list of its loop.
pub(super) fn register(task: &Ref<FutureObj>) {
    task.event_loop.tasks.with_mut(|tasks| tasks.add(task));
}

fn unregister(task: &FutureObj) {
    let removed = task.event_loop.tasks.with_mut(|tasks| tasks.remove(task));
    drop(removed);
}

/// How a task is made.
#[derive(Default)]
pub struct TaskOptions {
    /// The name; unset or `None` for `Task-N`.
    pub name: Value,
    /// Its context; none for a copy of the present one.
    pub context: Option<Rc<ContextData>>,
    /// Whether the first step runs at once.
    pub eager: bool,
}

/// Makes a task and appends its first step (or runs it, when eager).
///
/// # Errors
/// `TypeError` when `coroutine` is none; what leaves an eager first step.
pub fn new_task(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    options: TaskOptions,
) -> R<Ref<FutureObj>> {
    let task = futures::new_of_kind(event_loop, FutureKind::Task);
    begin(vm, &task, coroutine, options)?;
    Ok(task)
}

/// Gives a new task its coroutine and appends its first step (or runs it, when eager).
///
/// # Errors
/// As [`new_task`].
#[inline(always)]
pub fn begin(vm: &mut Vm, task: &Ref<FutureObj>, coroutine: &Value, options: TaskOptions) -> R<()> {
    if !is_coroutine(vm, coroutine) {
        let shown = vm.repr(coroutine)?;
        // It never began.
        task.mark(FutureFlags::SILENT, true);
        vm.accuse_uncalled(coroutine);
        return Err(vm.type_error(format!("a coroutine was expected, got {shown}")));
    }
    let event_loop = &task.event_loop;
    task.set_coroutine(coroutine.clone());
    if options.name.is_unset() || options.name.is_none() {
        vm.asyncio.task_count += 1;
        task.number.set(vm.asyncio.task_count);
    } else {
        vm.asyncio.named_count += 1;
        task.number.set(u32::MAX - vm.asyncio.named_count);
        set_name(vm, task, &options.name)?;
    }
    let context = match options.context {
        Some(context) => Some(context),
        None => contextvars::copy_current(vm),
    };
    task.context.set(context);
    if vm.asyncio.traced {
        trace::created(vm, task);
    }
    if options.eager && event_loop.running.get() {
        eager::start(vm, task)?;
    } else {
        event_loop.call_soon(Callback::Step(task.clone()));
        register(task);
    }
    Ok(())
}

/// Names a task.
///
/// # Errors
/// What `str(name)` raises.
pub fn set_name(vm: &mut Vm, task: &FutureObj, name: &Value) -> R<()> {
    let name = if name.as_str().is_some() {
        name.clone()
    } else {
        let text = vm.to_text(name)?;
        vm.str(text)
    };
    task.mark(FutureFlags::NAMED, true);
    drop(task.with_rare(|rare| std::mem::replace(&mut rare.name, name)));
    Ok(())
}

/// The name of a task.
pub fn name_of(task: &FutureObj) -> String {
    if !task.has(FutureFlags::NAMED) {
        return format!("Task-{}", task.number.get());
    }
    task.rare.with(|rare| {
        let name = rare.as_ref().and_then(|rare| rare.name.as_str());
        name.unwrap_or_default().to_owned()
    })
}

/// What a step puts into the coroutine.
pub enum StepInput {
    /// `send(None)`
    Send,
    /// `throw(exception)`
    Throw(Value),
}

/// One step of a task.
///
/// # Errors
/// `SystemExit` and `KeyboardInterrupt` out of the coroutine.
pub fn step(vm: &mut Vm, task: &Ref<FutureObj>, input: StepInput) -> R<()> {
    if task.is_done() {
        return Ok(());
    }
    let input = if task.has(FutureFlags::MUST_CANCEL) {
        deliver_cancellation(vm, task, input)
    } else {
        input
    };
    drop(task.result.replace(Value::UNSET));
    let before_task = vm.asyncio.current_task.replace(task.clone());
    let before = contextvars::enter(vm, &task.context);
    if vm.asyncio.traced {
        trace::resumed(task);
    }
    let outcome = resume(vm, task, input);
    contextvars::leave(vm, &task.context, before);
    vm.asyncio.current_task = before_task;
    let settled = match outcome {
        Ok(Resumed::Yielded(value)) if value.is_none() && !is_asleep(task) => {
            task.event_loop.call_soon(Callback::Step(task.clone()));
            Ok(())
        }
        outcome => settle(vm, task, outcome),
    };
    if vm.asyncio.traced {
        trace::settled(vm, task);
    }
    settled
}

#[cold]
fn deliver_cancellation(vm: &mut Vm, task: &FutureObj, input: StepInput) -> StepInput {
    task.mark(FutureFlags::MUST_CANCEL, false);
    if let StepInput::Throw(exception) = &input {
        let class = vm.class_of(exception);
        if class.is_subclass_of(&vm.types.cancelled_error) {
            return input;
        }
    }
    StepInput::Throw(futures::make_cancelled_error(vm, task))
}

/// Whether a task waits in a plain sleep, whose timer is set.
#[inline(always)]
fn is_asleep(task: &FutureObj) -> bool {
    task.result.with(|waiting| waiting.tag() == Tag::Float)
}

/// Resumes the coroutine of a task.
#[inline(always)]
pub(super) fn resume(vm: &mut Vm, task: &Ref<FutureObj>, input: StepInput) -> R<Resumed> {
    let Some(body) = task.body.get() else {
        return resume_object(vm, task, input);
    };
    // One call deeper: the trampoline enters once.
    let outer = std::mem::replace(&mut vm.asyncio.step_depth, vm.depth + 1);
    let outcome = match input {
        StepInput::Send => coroutine::turn(vm, &body),
        StepInput::Throw(exception) => throw(vm, &body, exception),
    };
    vm.asyncio.step_depth = outer;
    outcome
}

#[inline(never)]
fn throw(vm: &mut Vm, body: &Ref<CoroutineObj>, exception: Value) -> R<Resumed> {
    vm.pending = exception;
    coroutine::throw(vm, body)
}

/// Steps an object of the script that has the methods of a coroutine.
#[cold]
fn resume_object(vm: &mut Vm, task: &FutureObj, input: StepInput) -> R<Resumed> {
    let body = task.coroutine();
    let result = match input {
        StepInput::Send => {
            let name = vm.names.send.clone();
            vm.call_method(&body, &name, &[Value::NONE])
        }
        StepInput::Throw(exception) => {
            let name = vm.intern("throw");
            vm.call_method(&body, &name, &[exception])
        }
    };
    match result {
        Ok(value) => Ok(Resumed::Yielded(value)),
        Err(raised) => {
            let stop = vm.types.stop_iteration.clone();
            if !vm.pending_is(&stop) {
                return Err(raised);
            }
            let exception = vm.take_pending();
            let name = vm.names.value.clone();
            vm.get_attr(&exception, &name).map(Resumed::Returned)
        }
    }
}

/// What follows a step.
#[inline(never)]
pub(super) fn settle(vm: &mut Vm, task: &Ref<FutureObj>, outcome: R<Resumed>) -> R<()> {
    match outcome {
        Ok(Resumed::Yielded(value) | Resumed::Item(value)) => {
            suspend(vm, task, value);
            Ok(())
        }
        Ok(Resumed::Returned(value)) => {
            unregister(task);
            if task.has(FutureFlags::MUST_CANCEL) {
                // Cancelled during its last step: the value is lost.
                task.mark(FutureFlags::MUST_CANCEL, false);
                futures::finish(task, FutureState::Cancelled, Value::UNSET);
            } else {
                futures::complete(task, value);
            }
            Ok(())
        }
        Err(raised) => fail(vm, task, raised),
    }
}

#[cold]
fn fail(vm: &mut Vm, task: &Ref<FutureObj>, raised: Raised) -> R<()> {
    unregister(task);
    let cancelled = vm.types.cancelled_error.clone();
    if vm.pending_is(&cancelled) {
        let exception = vm.take_pending();
        futures::set_cancel_message(task, &Value::UNSET);
        futures::finish(task, FutureState::Cancelled, exception);
        return Ok(());
    }
    if base_events::pending_is_exit(vm) {
        let exception = vm.pending.clone();
        futures::fail(task, exception);
        return Err(raised);
    }
    let exception = vm.take_pending();
    note_passed(vm, task, &exception);
    futures::fail(task, exception);
    Ok(())
}

/// So many tasks that an exception left are noted in it.
const PASSED: usize = 8;

/// Notes in an exception that it leaves a task, unless that is the main one.
fn note_passed(vm: &Vm, task: &Ref<FutureObj>, exception: &Value) {
    if runners::is_main(vm, task) {
        return;
    }
    crate::error::with_exc_data(exception, |data| {
        let frames = data.trace.len();
        let tasks = &mut data.story().tasks;
        if tasks.len() < PASSED {
            tasks.push(TaskPassed {
                name: shown_name(task),
                made_at: reasons::made_position(task),
                frames,
            });
        }
    });
}

/// A task as it is called in reports: as it was named, or by its function and number.
pub fn shown_name(task: &FutureObj) -> String {
    let name = name_of(task);
    let function = match task.coroutine().as_coroutine() {
        Some(body) if !task.has(FutureFlags::NAMED) => coroutine::name_of(body),
        Some(_) | None => return name,
    };
    let function = function.rsplit("<locals>.").next().unwrap_or_default();
    format!("{function} ({name})")
}

/// A step ended in a suspension.
#[inline]
fn suspend(vm: &mut Vm, task: &Ref<FutureObj>, yielded: Value) {
    if yielded.is_none() {
        if is_asleep(task) {
            if task.has(FutureFlags::MUST_CANCEL) {
                task.mark(FutureFlags::MUST_CANCEL, false);
                let message = futures::cancel_message(task);
                task_cancel::cancel_sleep(vm, task, &message);
            }
            return;
        }
        task.event_loop.call_soon(Callback::Step(task.clone()));
        return;
    }
    match yielded.to_future() {
        Some(future) => wait_for_future(vm, task, &future),
        None => wait_for_object(vm, task, &yielded),
    }
}

/// A task yielded what is no future of ours.
#[cold]
fn wait_for_object(vm: &mut Vm, task: &Ref<FutureObj>, object: &Value) {
    let waits = foreign_futures::wait_for_object(vm, task, object);
    match waits {
        Ok(Yielded::Waits) => cancel_if_due(vm, task),
        Ok(Yielded::Other) => refuse_yield(vm, task, object),
        Ok(Yielded::OtherLoop) => refuse_future(vm, task, object),
        Ok(Yielded::NotAwaited) => {
            let texts = shown(vm, &task.to_value())
                .and_then(|this| Ok((this, shown(vm, object)?)))
                .map(|(this, other)| {
                    format!("yield was used instead of yield from in task {this} with {other}")
                });
            throw_soon(vm, task, texts);
        }
        Err(Raised) => throw_soon(vm, task, Err(Raised)),
    }
}

#[cold]
fn refuse_future(vm: &mut Vm, task: &Ref<FutureObj>, future: &Value) {
    let texts = shown(vm, &task.to_value())
        .and_then(|this| Ok((this, shown(vm, future)?)))
        .map(|(this, other)| {
            format!("Task {this} got Future {other} attached to a different loop")
        });
    throw_soon(vm, task, texts);
}

fn wait_for_future(vm: &mut Vm, task: &Ref<FutureObj>, future: &Ref<FutureObj>) {
    if !Rc::ptr_eq(&future.event_loop, &task.event_loop) {
        return refuse_future(vm, task, &future.to_value());
    }
    if future.same(task) {
        let text =
            shown(vm, &task.to_value()).map(|this| format!("Task cannot await on itself: {this}"));
        return throw_soon(vm, task, text);
    }
    match foreign_futures::asked_to_wake(vm, task, future) {
        Ok(false) => futures::wake_when_done(future, task),
        Ok(true) => {}
        Err(Raised) => return throw_soon(vm, task, Err(Raised)),
    }
    task.result.set(future.to_value());
    let now = task
        .event_loop
        .core
        .with(|core| core.clock().coarse_millis());
    task.waits_since.set(now);
    if task.has(FutureFlags::MUST_CANCEL) {
        cancel_if_due(vm, task);
    }
}

/// A task that waits now was to be cancelled when it would.
#[cold]
fn cancel_if_due(vm: &mut Vm, task: &Ref<FutureObj>) {
    let Some(future) = task.result.with(Value::to_future) else {
        return;
    };
    if task.has(FutureFlags::MUST_CANCEL) {
        let message = futures::cancel_message(task);
        if futures::cancel(vm, &future, &message, Request::Task) {
            task.mark(FutureFlags::MUST_CANCEL, false);
        }
    }
}

fn shown(vm: &mut Vm, value: &Value) -> R<String> {
    vm.repr(value)
}

#[cold]
fn refuse_yield(vm: &mut Vm, task: &Ref<FutureObj>, yielded: &Value) {
    let is_generator = yielded.as_coroutine().is_some_and(coroutine::is_generator);
    let text = if is_generator {
        shown(vm, &task.to_value()).and_then(|this| {
            let other = shown(vm, yielded)?;
            Ok(format!(
                "yield was used instead of yield from for generator in task {this} with {other}"
            ))
        })
    } else {
        shown(vm, yielded).map(|other| format!("Task got bad yield: {other}"))
    };
    throw_soon(vm, task, text);
}

/// Throws a `RuntimeError` into a task in the next turn (or the error of making its text).
fn throw_soon(vm: &mut Vm, task: &Ref<FutureObj>, text: R<String>) {
    let exception = match text {
        Ok(text) => {
            let class = vm.types.runtime_error.clone();
            let text = vm.str(text);
            vm.new_exception(&class, vec![text])
        }
        Err(_) => vm.take_pending(),
    };
    let throw = Box::new((task.clone(), exception));
    task.event_loop.call_soon(Callback::Throw(throw));
}

/// What a task waits for is done: its next step.
///
/// # Errors
/// As [`step`].
#[inline]
pub fn wake_up(vm: &mut Vm, task: &Ref<FutureObj>) -> R<()> {
    let waited = task.result.replace(Value::UNSET);
    if waited.tag() != Tag::Future {
        end_sleep(task);
    }
    let input = match waited.as_future() {
        Some(future) => match future.state.get() {
            FutureState::Done | FutureState::Pending => StepInput::Send,
            FutureState::Failed => {
                future.mark(FutureFlags::UNRETRIEVED, false);
                let exception = future.result.get();
                with_exc_data(&exception, ExcData::leave_future);
                StepInput::Throw(exception)
            }
            FutureState::Cancelled => StepInput::Throw(futures::make_cancelled_error(vm, future)),
        },
        None if waited.tag() == Tag::Instance => StepInput::Throw(waited),
        None => StepInput::Send,
    };
    step(vm, task, input)
}

/// The timer of a plain sleep is due: the sleep is completed, the wake-up queued.
#[inline]
pub fn sleep_is_over(task: &Ref<FutureObj>) {
    if is_asleep(task) {
        task.result.set(Value::TRUE);
        futures::wake_soon(task);
    }
}

/// A plain sleep ends, whichever way: its timer is void from now on.
#[inline]
fn end_sleep(task: &FutureObj) {
    task.sleeps.set(task.sleeps.get().wrapping_add(1));
    if task.has(FutureFlags::IN_TIMERS) {
        task.mark(FutureFlags::IN_TIMERS, false);
        task.event_loop.core.with_mut(EventLoop::timer_cancelled);
    }
}

/// `ensure_future(what, loop=...)`
///
/// # Errors
/// `TypeError` when it is not awaitable, `ValueError` when it belongs to another loop,
/// `RuntimeError` when there is no loop.
pub fn ensure_future(
    vm: &mut Vm,
    what: &Value,
    event_loop: Option<&Rc<LoopData>>,
) -> R<Ref<FutureObj>> {
    if let Some(future) = what.to_future() {
        if event_loop.is_some_and(|wanted| !Rc::ptr_eq(wanted, &future.event_loop)) {
            return Err(vm.value_error(
                "The future belongs to a different loop than the one specified as the loop \
                 argument",
            ));
        }
        return Ok(future);
    }
    let coroutine = if is_coroutine(vm, what) {
        what.clone()
    } else if is_awaitable(vm, what) {
        wrap_awaitable(vm, what)
    } else {
        vm.accuse_uncalled(what);
        return Err(vm.type_error("An asyncio.Future, a coroutine or an awaitable is required"));
    };
    let event_loop = match event_loop {
        Some(event_loop) => event_loop.clone(),
        None => match events::current_loop(vm) {
            Ok(event_loop) => event_loop,
            Err(raised) => {
                close_refused(vm, &coroutine);
                return Err(raised);
            }
        },
    };
    create_task(vm, &event_loop, &coroutine, TaskOptions::default())
}

/// Closes a coroutine that could not become a task, so that nothing is said about it.
pub(super) fn close_refused(vm: &mut Vm, coroutine: &Value) {
    let (pending, fault) = (vm.pending.take(), vm.fault.take());
    let closed = match coroutine.to_coroutine() {
        Some(body) => coroutine::close(vm, &body).map(drop),
        None => {
            let name = vm.names.close.clone();
            vm.call_method(coroutine, &name, &[]).map(drop)
        }
    };
    if closed.is_err() {
        drop(vm.take_pending());
    }
    vm.pending = pending;
    vm.fault = fault;
}

/// `loop.create_task(coroutine)` by the method of its class, through the task factory if one is set.
///
/// # Errors
/// `RuntimeError` when the loop is closed; what the factory or the method raises.
pub fn create_task(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    options: TaskOptions,
) -> R<Ref<FutureObj>> {
    if event_loop.own_create_task.get() {
        return eager::task_by_loop(vm, event_loop, coroutine, options);
    }
    loop_create_task(vm, event_loop, coroutine, options)
}

/// `BaseEventLoop.create_task(loop, coroutine)`
///
/// # Errors
/// `RuntimeError` when the loop is closed; what the factory raises.
pub(super) fn loop_create_task(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    options: TaskOptions,
) -> R<Ref<FutureObj>> {
    event_loop.check_closed(vm)?;
    if event_loop.task_factory.with(Value::is_unset) {
        return new_task(vm, event_loop, coroutine, options);
    }
    eager::task_by_factory(vm, event_loop, coroutine, options)
}

/// Keeps the contexts of a task's own kind in one place for `get_context`.
pub(super) fn context_of(vm: &mut Vm, task: &Ref<FutureObj>) -> Rc<ContextData> {
    if let Some(known) = task.context.with(Clone::clone) {
        return known;
    }
    let is_current = vm
        .asyncio
        .current_task
        .as_ref()
        .is_some_and(|current| current.same(task));
    if is_current {
        let context = vm.asyncio.context.get_or_insert_default().clone();
        keep(&task.context, &context);
        return context;
    }
    task.context
        .with_mut(|context| context.get_or_insert_default().clone())
}

fn keep(place: &GcCell<Option<Rc<ContextData>>>, context: &Rc<ContextData>) {
    place.with_mut(|place| {
        if place.is_none() {
            *place = Some(context.clone());
        }
    });
}
