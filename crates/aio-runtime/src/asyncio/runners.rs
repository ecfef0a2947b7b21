//! `run` and `Runner`: a loop with a beginning and an end.
//!
//! The end: every task that is left is cancelled and waited for, the async generators that are
//! left are closed, the loop is closed. SIGINT while `run` runs cancels the main task the first
//! time and raises `KeyboardInterrupt` the second.

use super::base_events::{self, LoopData, new_event_loop, run_until_complete};
use super::classes::{allocate, receiver};
use super::contextvars::{self, ContextData};
use super::coroutines::is_coroutine;
use super::deadlock::Deadlock;
use super::foreign_futures::Request;
use super::task_methods::{cancel_all, quiet_exception, uncancel_task};
use super::tasks::{self, TaskOptions};
use super::{events, futures, gather};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::mistakes;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Runner`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a runner."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Set debug and the factory of the loop.",
    ),
    Method::new(
        "run",
        NativeFn::Any(run_method),
        "Run a coroutine in the loop of the runner.",
    ),
    Method::new("close", NativeFn::F1(close_method), "End the loop."),
    Method::new("get_loop", NativeFn::F1(get_loop), "The loop."),
    Method::new("__enter__", NativeFn::F1(enter), "Begin."),
    Method::new("__exit__", NativeFn::Range(4, 4, exit), "End the loop."),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Created,
    Initialized,
    Closed,
}

/// A runner.
#[derive(Default)]
pub struct RunnerData {
    state: Cell<State>,
    debug: Cell<Option<bool>>,
    loop_factory: GcCell<Value>,
    event_loop: GcCell<Option<Rc<LoopData>>>,
    context: GcCell<Option<Rc<ContextData>>>,
    /// Whether the main task failed: then it is no wonder that others are left.
    main_failed: Cell<bool>,
    /// Whether it made its loop the current one.
    set_event_loop: Cell<bool>,
}

impl NativeData for RunnerData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.loop_factory.with(visitor);
    }
}

/// The main task of a running `run`, which SIGINT cancels.
pub struct SigintTarget {
    task: Ref<FutureObj>,
    /// How many interrupts came.
    count: u32,
}

/// An interrupt came. True: it was turned into a cancellation of the main task.
pub fn on_interrupt(vm: &mut Vm) -> bool {
    let Some(target) = &mut vm.asyncio.sigint_target else {
        return false;
    };
    target.count += 1;
    if target.count > 1 || target.task.is_done() {
        return false;
    }
    let task = target.task.clone();
    futures::cancel(vm, &task, &Value::UNSET, Request::Outside);
    true
}

/// Whether a task is the main one of a running `run`.
pub fn is_main(vm: &Vm, task: &FutureObj) -> bool {
    let target = vm.asyncio.sigint_target.as_ref();
    target.is_some_and(|target| std::ptr::eq(&raw const *target.task, task))
}

/// Cancels the main task of a running `run`, if there is one.
pub fn cancel_main(vm: &mut Vm) -> bool {
    let Some(target) = &vm.asyncio.sigint_target else {
        return false;
    };
    let task = target.task.clone();
    futures::cancel(vm, &task, &Value::UNSET, Request::Outside)
}

impl RunnerData {
    /// A runner whose loop is made already.
    pub(super) fn with_loop(vm: &mut Vm) -> R<Rc<RunnerData>> {
        let runner = Rc::new(RunnerData::default());
        runner.lazy_init(vm)?;
        Ok(runner)
    }

    /// Its loop, unless it is closed.
    pub(super) fn current_loop(&self) -> Option<Rc<LoopData>> {
        self.event_loop.with(Clone::clone)
    }

    fn lazy_init(&self, vm: &mut Vm) -> R<Rc<LoopData>> {
        match self.state.get() {
            State::Closed => return Err(vm.runtime_error("Runner is closed")),
            State::Initialized => {
                if let Some(event_loop) = self.event_loop.with(|event_loop| event_loop.clone()) {
                    return Ok(event_loop);
                }
            }
            State::Created => {}
        }
        let factory = self.loop_factory.get();
        let event_loop = if factory.is_unset() || factory.is_none() {
            let event_loop = new_event_loop(vm);
            events::set_event_loop(vm, Some(event_loop.clone()));
            self.set_event_loop.set(true);
            event_loop
        } else {
            let made = vm.call(&factory, &[])?;
            events::loop_of_object(vm, &made)?
        };
        if let Some(debug) = self.debug.get() {
            event_loop.debug.set(debug);
        }
        self.event_loop.set(Some(event_loop.clone()));
        let context = contextvars::copy_current(vm).unwrap_or_default();
        self.context.set(Some(context));
        self.state.set(State::Initialized);
        Ok(event_loop)
    }

    pub(super) fn run(
        &self,
        vm: &mut Vm,
        coroutine: &Value,
        context: Option<Rc<ContextData>>,
    ) -> R {
        if !is_coroutine(vm, coroutine) {
            let shown = vm.repr(coroutine)?;
            vm.accuse_uncalled(coroutine);
            return Err(vm.value_error(format!("a coroutine was expected, got {shown}")));
        }
        if vm.asyncio.running.is_some() {
            vm.accuse(mistakes::RUN_INSIDE_LOOP, coroutine);
            return Err(vm.runtime_error("Runner.run() cannot be called from a running event loop"));
        }
        let event_loop = self.lazy_init(vm)?;
        let context = match context {
            Some(context) => Some(context),
            None => self.context.get(),
        };
        let options = TaskOptions {
            context,
            ..TaskOptions::default()
        };
        let task = tasks::create_task(vm, &event_loop, coroutine, options)?;
        let before = vm.asyncio.sigint_target.replace(SigintTarget {
            task: task.clone(),
            count: 0,
        });
        let exchanged = vm.signals.exchange_interrupt(true);
        let result = run_until_complete(vm, &event_loop, &task.to_value());
        self.main_failed.set(result.is_err());
        if exchanged {
            vm.signals.exchange_interrupt(false);
        }
        let interrupts = vm
            .asyncio
            .sigint_target
            .take()
            .map_or(0, |target| target.count);
        vm.asyncio.sigint_target = before;
        if event_loop.deadlock.get() != Deadlock::None {
            let cancelled = vm.types.cancelled_error.clone();
            if result.is_ok() || vm.pending_is(&cancelled) {
                drop(vm.take_pending());
                return Err(base_events::exit_with(vm, 1));
            }
        }
        if let Err(raised) = result {
            return Err(self.interrupted(vm, &task, interrupts, raised));
        }
        result
    }

    /// A main task that ended cancelled because of SIGINT: `KeyboardInterrupt`.
    fn interrupted(
        &self,
        vm: &mut Vm,
        task: &FutureObj,
        interrupts: u32,
        raised: Raised,
    ) -> Raised {
        let cancelled = vm.types.cancelled_error.clone();
        if interrupts == 0 || !vm.pending_is(&cancelled) || uncancel_task(task) > 0 {
            return raised;
        }
        let context = vm.take_pending();
        let class = vm.types.keyboard_interrupt.clone();
        let exception = vm.new_exception(&class, vec![]);
        crate::error::with_exc_data(&exception, |data| data.context = context);
        vm.reraise(exception)
    }

    pub(super) fn close(&self, vm: &mut Vm) -> R<()> {
        if self.state.get() != State::Initialized {
            return Ok(());
        }
        let Some(event_loop) = self.event_loop.with(|event_loop| event_loop.clone()) else {
            return Ok(());
        };
        if !self.main_failed.get() {
            crate::report::mistakes::tasks_left(vm, &event_loop);
        }
        let result = shut_down(vm, &event_loop);
        if self.set_event_loop.get() {
            events::set_event_loop(vm, None);
        }
        let closed = event_loop.close(vm);
        self.event_loop.set(None);
        self.state.set(State::Closed);
        result.and(closed)
    }
}

/// What is left is cancelled, waited for and closed.
fn shut_down(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    cancel_all_tasks(vm, event_loop)?;
    let closing = super::shutdown::shutdown_asyncgens(vm, event_loop);
    run_until_complete(vm, event_loop, &closing)?;
    // As long as CPython waits for what still runs.
    let timeout = Value::int(300);
    let closing = super::threads::shutdown_default_executor(vm, event_loop, timeout)?;
    run_until_complete(vm, event_loop, &closing).map(drop)
}

fn cancel_all_tasks(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    let left: Vec<Ref<FutureObj>> = event_loop
        .tasks
        .with(|tasks| tasks.iter().cloned().collect());
    if left.is_empty() {
        return Ok(());
    }
    cancel_all(vm, &left);
    let values: Vec<Value> = left.iter().map(Ref::to_value).collect();
    let all = gather::gather_all(vm, &values, true)?;
    run_until_complete(vm, event_loop, &all.into())?;
    for task in &left {
        if let Some(exception) = quiet_exception(task) {
            let details = [("exception", exception), ("task", task.to_value())];
            let message = "unhandled exception during asyncio.run() shutdown";
            base_events::report_problem(vm, event_loop, message, &details)?;
        }
    }
    Ok(())
}

fn flag(vm: &mut Vm, value: &Value) -> R<Option<bool>> {
    if value.is_unset() || value.is_none() {
        return Ok(None);
    }
    vm.truthy(value).map(Some)
}

/// `asyncio.run(main, *, debug=None, loop_factory=None)`
///
/// # Errors
/// What the coroutine raises; `RuntimeError` when a loop runs, `ValueError` for what is no
/// coroutine.
pub fn run(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "run",
        params: &["main", "debug", "loop_factory"],
        positional: 1,
        required: 1,
    };
    if super::prompt::is_lent(vm) {
        return super::prompt::without(vm, |vm| run(vm, args));
    }
    let [main, debug, loop_factory] = vm.bind_python::<3>(args, &SIGNATURE)?;
    if vm.asyncio.running.is_some() {
        vm.accuse(mistakes::RUN_INSIDE_LOOP, &main);
        return Err(vm.runtime_error("asyncio.run() cannot be called from a running event loop"));
    }
    let runner = RunnerData::default();
    runner.debug.set(flag(vm, &debug)?);
    runner.loop_factory.set(loop_factory);
    runner.lazy_init(vm)?;
    let result = runner.run(vm, &main, None);
    finish_with(vm, result, |vm| runner.close(vm))
}

/// Runs `finish` whatever the result is, as leaving a `with` block does.
fn finish_with(vm: &mut Vm, result: R, finish: impl FnOnce(&mut Vm) -> R<()>) -> R {
    let Err(raised) = result else {
        finish(vm)?;
        return result;
    };
    let (pending, fault) = (vm.pending.take(), vm.fault.take());
    let handled = std::mem::replace(&mut vm.handled, pending.clone());
    let finished = finish(vm);
    vm.handled = handled;
    finished?;
    vm.pending = pending;
    vm.fault = fault;
    Err(raised)
}

/// Runs the coroutine of a program whose top level awaits.
///
/// # Errors
/// What it raises.
pub fn run_main(vm: &mut Vm, coroutine: Value) -> R {
    run(vm, Args::positional(&[coroutine]))
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<RunnerData>> {
    receiver(vm, value, "Runner", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(RunnerData::default()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Runner.__init__",
        params: &["/self", "debug", "loop_factory"],
        positional: 1,
        required: 1,
    };
    let [runner, debug, loop_factory] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let runner = this(vm, &runner, "__init__")?;
    runner.debug.set(flag(vm, &debug)?);
    runner.loop_factory.set(loop_factory);
    Ok(Value::NONE)
}

fn run_method(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Runner.run",
        params: &["/self", "coro", "context"],
        positional: 2,
        required: 2,
    };
    let [runner, coroutine, context] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let runner = this(vm, &runner, "run")?;
    let context = if context.is_unset() || context.is_none() {
        None
    } else {
        Some(contextvars::of_object(vm, &context)?)
    };
    runner.run(vm, &coroutine, context)
}

fn close_method(vm: &mut Vm, runner: &Value) -> R {
    this(vm, runner, "close")?.close(vm)?;
    Ok(Value::NONE)
}

fn get_loop(vm: &mut Vm, runner: &Value) -> R {
    Ok(this(vm, runner, "get_loop")?.lazy_init(vm)?.to_value())
}

fn enter(vm: &mut Vm, runner: &Value) -> R {
    this(vm, runner, "__enter__")?.lazy_init(vm)?;
    Ok(runner.clone())
}

fn exit(vm: &mut Vm, args: &[Value]) -> R {
    close_method(vm, args.at(0))
}
