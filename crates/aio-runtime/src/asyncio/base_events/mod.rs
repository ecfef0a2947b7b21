//! The loop as a script sees it: state, running, stopping, closing.
//!
//! The turns themselves are in the crate `aio-event-loop`; this file feeds what is due to
//! [`callback::run`] and ends when the loop was stopped, an exception leaves it, or nothing can
//! wake it any more.

mod methods;
mod problems;

pub use methods::METHODS;
pub use problems::{call_exception_handler, default_exception_handler, report_problem};

use super::callback::{self, Callback};
use super::classes::{AsyncClass, instance_of};
use super::deadlock::Deadlock;
use super::events::HandleData;
use super::tasks::TaskList;
use super::{
    deadlock, futures, logger, preload, signal_handlers, slow_turns, subprocess, tasks, trace,
};
use crate::error::{R, Raised};
use crate::heap::weak::Weak;
use crate::heap::{self, GcCell, Ref};
use crate::modules::processes::ChildData;
use crate::objects::{CoroutineObj, FutureFlags, FutureState, NativeData};
use crate::threads;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{AnyClock, Clock, Event, EventLoop, Seeded, Step};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// An event loop.
pub struct LoopData {
    /// Ready queue, timers, clock, poller.
    pub core: GcCell<EventLoop<Callback>>,
    /// The object of the script.
    pub object: GcCell<Value>,
    /// The tasks that are not done. The loop owns them, so that a task that nobody keeps is not
    /// lost half-way.
    pub tasks: GcCell<TaskList>,
    /// `close()` was called.
    pub closed: Cell<bool>,
    /// It runs.
    pub running: Cell<bool>,
    /// Whether nothing could wake it, and what was done then.
    pub deadlock: Cell<Deadlock>,
    /// The children that it started and that have not ended.
    pub children: GcCell<Vec<Rc<ChildData>>>,
    /// `add_signal_handler`
    pub signal_handlers: GcCell<BTreeMap<i32, Rc<HandleData>>>,
    /// `set_debug`
    pub debug: Cell<bool>,
    /// `set_exception_handler`, or unset.
    pub exception_handler: GcCell<Value>,
    /// `set_task_factory`, or unset.
    pub task_factory: GcCell<Value>,
    /// Its class, one of the script, has a method `create_task`.
    pub own_create_task: Cell<bool>,
    /// Its class has a method for problems.
    pub own_handlers: Cell<bool>,
    /// `slow_callback_duration`, or unset for a tenth of a second.
    pub slow_callback_duration: GcCell<Value>,
    /// The async generators that were begun and not ended.
    pub generators: GcCell<Vec<Weak<CoroutineObj>>>,
    /// The poller, once something was registered.
    pub poller: GcCell<Option<super::readiness::Poller>>,
    /// See `io`.
    pub spare: GcCell<Option<std::os::fd::OwnedFd>>,
    /// `shutdown_asyncgens()` was called.
    pub generators_closed: Cell<bool>,
}

impl LoopData {
    /// A new loop on the clock of the interpreter.
    pub fn new(vm: &mut Vm) -> Rc<LoopData> {
        let clock = super::clock(vm);
        let mut core = EventLoop::new(clock);
        core.set_interrupt(heap::attention_flag());
        if let Some(seed) = vm.options.schedule_seed {
            core.set_scheduler(Box::new(Seeded::new(seed)));
        }
        Rc::new(LoopData {
            core: GcCell::new(core),
            object: GcCell::default(),
            tasks: GcCell::default(),
            closed: Cell::new(false),
            running: Cell::new(false),
            deadlock: Cell::new(Deadlock::None),
            children: GcCell::default(),
            signal_handlers: GcCell::default(),
            debug: Cell::new(false),
            exception_handler: GcCell::default(),
            task_factory: GcCell::default(),
            own_create_task: Cell::new(false),
            own_handlers: Cell::new(false),
            slow_callback_duration: GcCell::default(),
            generators: GcCell::default(),
            poller: GcCell::default(),
            spare: GcCell::default(),
            generators_closed: Cell::new(false),
        })
    }

    /// Appends to the ready queue.
    #[inline]
    pub fn call_soon(&self, callback: Callback) {
        self.core.with_mut(|core| core.call_soon(callback));
    }

    /// Whether the script hears of problems.
    pub fn hears_of_problems(&self) -> bool {
        self.own_handlers.get() || self.exception_handler.with(|handler| !handler.is_unset())
    }

    /// The object of the script.
    pub fn to_value(self: &Rc<Self>) -> Value {
        self.object.get()
    }

    /// What the script set or a tenth of a second.
    fn slow_seconds(&self) -> f64 {
        self.slow_callback_duration
            .with(|value| value.as_float().or(value.as_index().map(|n| n as f64)))
            .unwrap_or(0.1)
    }

    /// Raises if it was closed.
    ///
    /// # Errors
    /// `RuntimeError`
    pub fn check_closed(&self, vm: &mut Vm) -> R<()> {
        if self.closed.get() {
            return Err(vm.runtime_error("Event loop is closed"));
        }
        Ok(())
    }

    fn check_running(&self, vm: &mut Vm) -> R<()> {
        if self.running.get() {
            return Err(vm.runtime_error("This event loop is already running"));
        }
        if vm.asyncio.running.is_some() {
            return Err(vm.runtime_error("Cannot run the event loop while another loop is running"));
        }
        Ok(())
    }

    /// Closes it: what is left never runs.
    ///
    /// # Errors
    /// `RuntimeError` while it runs.
    pub fn close(&self, vm: &mut Vm) -> R<()> {
        if self.running.get() {
            return Err(vm.runtime_error("Cannot close a running event loop"));
        }
        if self.closed.replace(true) {
            return Ok(());
        }
        signal_handlers::remove_all_signal_handlers(vm, self);
        #[cfg(unix)]
        self.unwatch_all();
        subprocess::end_children(self);
        self.leave_tasks(vm);
        self.core.with_mut(EventLoop::clear);
        self.tasks.replace(TaskList::default()).disown();
        Ok(())
    }
}

impl NativeData for LoopData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.object.with(&mut *visitor);
        self.exception_handler.with(&mut *visitor);
        self.task_factory.with(&mut *visitor);
        self.tasks
            .with(|tasks| tasks.iter().for_each(|task| visitor(&task.to_value())));
    }
    fn clear(&self) {
        self.object.set(Value::UNSET);
        self.exception_handler.set(Value::UNSET);
        self.task_factory.set(Value::UNSET);
        self.tasks.replace(TaskList::default()).disown();
    }
}

/// `new_event_loop()`
pub fn new_event_loop(vm: &mut Vm) -> Rc<LoopData> {
    preload::before_loop(vm);
    let event_loop = LoopData::new(vm);
    let object = instance_of(vm, AsyncClass::_UnixSelectorEventLoop, event_loop.clone());
    trace::connect(vm, &event_loop);
    event_loop.object.set(object);
    let loops = &mut vm.asyncio.loops;
    if loops.len() >= 16 && loops.len().is_power_of_two() {
        loops.retain(|known| known.strong_count() > 0);
    }
    loops.push(Rc::downgrade(&event_loop));
    logger::loop_made(vm);
    event_loop
}

/// `run_forever()`
///
/// # Errors
/// `RuntimeError` when it is closed or a loop runs; what leaves a callback.
pub fn run_forever(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    event_loop.check_closed(vm)?;
    event_loop.check_running(vm)?;
    event_loop.running.set(true);
    vm.asyncio.running = Some(event_loop.clone());
    let context = vm.asyncio.context.take();
    let task = vm.asyncio.current_task.take();
    let result = run_turns(vm, event_loop);
    let result = result.and(vm.send_held());
    if result.is_err() {
        event_loop.core.with_mut(|core| core.abandon_turn());
    }
    vm.asyncio.current_task = task;
    vm.asyncio.context = context;
    vm.asyncio.running = None;
    event_loop.running.set(false);
    result
}

fn run_turns(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    loop {
        if vm.threads.is_alone()
            && let Some(due) = event_loop.core.with_mut(EventLoop::next_at_hand)
        {
            run_callback(vm, event_loop, due)?;
            continue;
        }
        // The turn is over.
        vm.send_held()?;
        vm.pause_polling();
        let step = match vm.threads.is_alone() {
            true => event_loop.core.with_mut(EventLoop::next),
            false => threads::next_step(vm, event_loop)?,
        };
        vm.resume_polling();
        match step {
            Step::Run(due) => run_callback(vm, event_loop, due)?,
            Step::Stopped => return Ok(()),
            Step::Deadlock if vm.signals.are_awaited() => vm.wait_for_signal()?,
            Step::Deadlock => deadlock::meet(vm, event_loop)?,
            Step::Interrupted => vm.safe_point()?,
            Step::Failed(error) => return Err(vm.os_error(error.to_string())),
            // Only `try_next` answers these.
            Step::SleepUntil(_) | Step::WaitingForIo => {}
        }
    }
}

#[inline(always)]
fn run_callback(vm: &mut Vm, event_loop: &Rc<LoopData>, due: Callback) -> R<()> {
    if vm.options.dev {
        slow_turns::run(vm, event_loop, due)?;
    } else if event_loop.debug.get() {
        run_watched(vm, event_loop, due)?;
    } else {
        callback::run(vm, event_loop, due)?;
    }
    if vm.needs_attention() {
        vm.safe_point()?;
    }
    Ok(())
}

/// Debug mode: says which callback held the loop for long.
fn run_watched(vm: &mut Vm, event_loop: &Rc<LoopData>, due: Callback) -> R<()> {
    let shown = describe(&due);
    let begin = super::clock(vm).now();
    callback::run(vm, event_loop, due)?;
    let took = super::clock(vm).now().since(begin);
    if took >= Duration::from_secs_f64(event_loop.slow_seconds().max(0.0)) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let task = None;
        event_loop
            .core
            .with_mut(|core| core.emit(|| Event::SlowTurn { task, nanos }));
        let shown = vm.repr(&shown)?;
        let seconds = took.as_secs_f64();
        let message = format!("Executing {shown} took {seconds:.3} seconds");
        if !logger::slow(vm, &message) {
            vm.out.error(&format!("{message}\n"));
        }
    }
    Ok(())
}

/// The object that a slow callback is called by.
fn describe(due: &Callback) -> Value {
    match due {
        Callback::Step(task) | Callback::WakeUp(task) | Callback::Sleep(_, task) => task.to_value(),
        Callback::Throw(throw) => throw.0.to_value(),
        Callback::SleepFuture(future) => future.to_value(),
        Callback::Done(done) => done.1.to_value(),
        Callback::Handle(handle) => handle.function(),
        Callback::GatherChild(..)
        | Callback::Timeout(..)
        | Callback::WaitOver(_)
        | Callback::AsCompletedOver(_)
        | Callback::Signal(_)
        | Callback::CloseGenerator(_) => Value::NONE,
        Callback::Ready(_) | Callback::Transport(..) => Value::NONE,
        Callback::Complete(future) => future.to_value(),
    }
}

/// `run_until_complete(future)`
///
/// # Errors
/// The exception of the future; what leaves the loop; `RuntimeError` when it was stopped before.
pub fn run_until_complete(vm: &mut Vm, event_loop: &Rc<LoopData>, what: &Value) -> R {
    event_loop.check_closed(vm)?;
    event_loop.check_running(vm)?;
    let is_new = what.as_future().is_none();
    let future = tasks::ensure_future(vm, what, Some(event_loop))?;
    if is_new {
        future.mark(FutureFlags::SILENT, true);
    }
    futures::add_done_callback(&future, callback::DoneCallback::Stop);
    let result = run_forever(vm, event_loop);
    futures::remove_native_callback(&future, |callback| {
        matches!(callback, callback::DoneCallback::Stop)
    });
    if let Err(raised) = result {
        if is_new && future.state.get() == FutureState::Failed {
            future.mark(FutureFlags::UNRETRIEVED, false);
        }
        return Err(raised);
    }
    if !future.is_done() {
        return Err(vm.runtime_error("Event loop stopped before Future completed."));
    }
    futures::result(vm, &future)
}

/// Is told that an async generator begins: the running loop will close it at its end.
pub fn generator_begins(vm: &mut Vm, generator: &Ref<CoroutineObj>) {
    let Some(event_loop) = vm.asyncio.running.clone() else {
        return;
    };
    if event_loop.generators_closed.get() {
        let shown = vm.repr(&generator.to_value()).unwrap_or_default();
        vm.out.error(&format!(
            "ResourceWarning: asynchronous generator {shown} was scheduled after \
             loop.shutdown_asyncgens() call\n"
        ));
    }
    let weak = heap::weak::downgrade(generator);
    event_loop.generators.with_mut(|list| {
        if list.len() >= 64 && list.len().is_power_of_two() {
            list.retain(Weak::is_alive);
        }
        list.push(weak);
    });
}

/// Is told that a suspended async generator was dropped. Whether that is the affair of the loop in
/// which it began: if that is not closed it closes the generator, which lives on until then.
pub fn generator_dropped(vm: &mut Vm, generator: &Value) -> bool {
    let address = generator.address();
    let forgets = |event_loop: &Rc<LoopData>| {
        event_loop.generators.with_mut(|list| {
            let before = list.len();
            list.retain(|weak| weak.address() != address);
            list.len() < before
        })
    };
    let loops = vm.asyncio.loops.iter().filter_map(std::rc::Weak::upgrade);
    let Some(event_loop) = vm
        .asyncio
        .running
        .clone()
        .into_iter()
        .chain(loops)
        .find(forgets)
    else {
        return false;
    };
    if !event_loop.closed.get() {
        event_loop.call_soon(Callback::CloseGenerator(Box::new(generator.clone())));
    }
    true
}

/// `create_task(generator.aclose())`
pub(super) fn close_generator(vm: &mut Vm, event_loop: &Rc<LoopData>, generator: &Value) -> R<()> {
    let name = vm.intern("aclose");
    let made = vm
        .call_method(generator, &name, &[])
        .and_then(|closing| methods::make_task(vm, event_loop, &closing, &Value::NONE, None));
    if made.is_err() {
        let exception = vm.take_pending();
        return report_problem(
            vm,
            event_loop,
            "Exception in callback BaseEventLoop.create_task()",
            &[("exception", exception)],
        );
    }
    Ok(())
}

/// `True` for the exceptions that leave the loop at once.
pub fn is_exit(vm: &Vm, exception: &Value) -> bool {
    let Some(instance) = exception.as_instance() else {
        return false;
    };
    instance.class.with(|class| {
        class.is_subclass_of(&vm.types.system_exit)
            || class.is_subclass_of(&vm.types.keyboard_interrupt)
    })
}

/// As [`is_exit`], of the pending exception.
pub fn pending_is_exit(vm: &Vm) -> bool {
    is_exit(vm, &vm.pending)
}

/// What a deadlock raises.
pub(super) fn exit_with(vm: &mut Vm, code: i64) -> Raised {
    let class = vm.types.system_exit.clone();
    vm.raise_with(&class, vec![Value::int(code)])
}

/// The clock of the interpreter, made at its first use.
pub fn clock_of(vm: &mut Vm) -> AnyClock {
    let virtual_time = vm.options.virtual_time;
    vm.asyncio
        .clock
        .get_or_insert_with(|| AnyClock::new(virtual_time))
        .clone()
}
