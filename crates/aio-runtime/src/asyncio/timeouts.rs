//! `timeout` and `timeout_at`: a block that is cut off at a deadline.
//!
//! At the deadline the task is cancelled; at the exit of the block, if nobody else asked for it,
//! the `CancelledError` becomes a `TimeoutError`.

use super::LoopData;
use super::callback::Callback;
use super::classes::{AsyncClass, instance_of, receiver};
use super::coroutines::immediate;
use super::foreign_futures::Request;
use super::sleep::seconds;
use super::wait::deadline_after;
use super::{events, futures};
use crate::error::{R, Raised, exc_data, with_exc_data};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Begun, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{EventLoop, Time};
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Timeout`.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "A timeout at a point of the loop's clock.",
    ),
    Method::new("when", NativeFn::F1(when), "The deadline or None."),
    Method::new(
        "reschedule",
        NativeFn::F2(reschedule),
        "Set another deadline.",
    ),
    Method::new(
        "expired",
        NativeFn::F1(expired),
        "Whether the deadline passed inside the block.",
    ),
    Method::awaited(
        "__aenter__",
        NativeFn::F1(aenter),
        enter_at_once,
        "Begin the block.",
    ),
    Method::awaited(
        "__aexit__",
        NativeFn::Range(4, 4, aexit),
        exit_at_once,
        "End the block.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Created,
    Active,
    Expiring,
    Expired,
    Finished,
}

impl State {
    fn text(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Active => "active",
            State::Expiring => "expiring",
            State::Expired => "expired",
            State::Finished => "finished",
        }
    }
}

/// A timeout.
pub struct TimeoutData {
    state: Cell<State>,
    deadline: GcCell<Value>,
    task: GcCell<Option<Ref<FutureObj>>>,
    /// `cancelling()` of the task at entry.
    cancelling: Cell<u16>,
    /// Counts the timers: one that does not carry the present count is void.
    pub timers: Cell<u32>,
    /// Whether a timer was set and is neither due nor void.
    armed: Cell<bool>,
    /// The present timer is in the timers of the loop.
    pub in_timers: Cell<bool>,
}

impl NativeData for TimeoutData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.deadline.with(&mut *visitor);
        self.task.with(|task| {
            if let Some(task) = task {
                visitor(&task.to_value());
            }
        });
    }
    fn clear(&self) {
        self.task.set(None);
    }
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeoutExit {
    /// Without an exception.
    Normal,
    /// With the pending exception.
    Pending,
}

impl TimeoutData {
    /// A timeout with a deadline (`None` is none).
    pub fn new(deadline: Value) -> Rc<TimeoutData> {
        Rc::new(TimeoutData {
            state: Cell::new(State::Created),
            deadline: GcCell::new(deadline),
            task: GcCell::new(None),
            cancelling: Cell::new(0),
            timers: Cell::new(0),
            armed: Cell::new(false),
            in_timers: Cell::new(false),
        })
    }

    /// `__aenter__`
    ///
    /// # Errors
    /// `RuntimeError` outside a task, or when it was entered before.
    pub fn enter(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.state.get() != State::Created {
            return Err(vm.runtime_error("Timeout has already been entered"));
        }
        let event_loop = events::running_loop(vm)?;
        let Some(task) = vm.asyncio.current_task.clone() else {
            return Err(vm.runtime_error("Timeout should be used inside a task"));
        };
        self.state.set(State::Active);
        self.cancelling.set(task.cancel_requests.get());
        self.task.set(Some(task));
        let deadline = self.deadline.get();
        if deadline.is_none() {
            return Ok(());
        }
        self.arm(vm, &event_loop, &deadline)
    }

    fn disarm(&self) {
        self.timers.set(self.timers.get().wrapping_add(1));
        if self.armed.replace(false) && self.in_timers.replace(false) {
            self.task.with(|task| {
                if let Some(task) = task {
                    task.event_loop.core.with_mut(EventLoop::timer_cancelled);
                }
            });
        }
    }

    fn reschedule(self: &Rc<Self>, vm: &mut Vm, deadline: &Value) -> R<()> {
        match self.state.get() {
            State::Active => {}
            State::Created => return Err(vm.runtime_error("Timeout has not been entered")),
            other @ (State::Expiring | State::Expired | State::Finished) => {
                let text = other.text();
                return Err(vm.runtime_error(format!("Cannot change state of {text} Timeout")));
            }
        }
        self.deadline.set(deadline.clone());
        self.disarm();
        if deadline.is_none() {
            return Ok(());
        }
        let event_loop = events::running_loop(vm)?;
        self.arm(vm, &event_loop, deadline)
    }

    /// Sets the timer.
    #[inline(always)]
    fn arm(self: &Rc<Self>, vm: &mut Vm, event_loop: &LoopData, deadline: &Value) -> R<()> {
        let at = seconds(vm, deadline)?;
        let callback = Callback::Timeout(self.timers.get(), self.clone());
        self.armed.set(true);
        let at = Time::from_secs_f64(at);
        event_loop.core.with_mut(|core| {
            if core.has_come(at) {
                core.call_soon(callback);
            } else {
                self.in_timers.set(true);
                core.call_at(at, callback);
            }
        });
        Ok(())
    }

    /// The deadline passed: the task is cancelled.
    pub fn fire(&self, vm: &mut Vm) {
        if self.state.get() != State::Active {
            return;
        }
        if let Some(task) = self.task.get() {
            futures::cancel(vm, &task, &Value::UNSET, Request::Outside);
        }
        self.state.set(State::Expiring);
        self.armed.set(false);
    }

    /// `__aexit__`; the exception that goes on, if any, is pending afterwards.
    ///
    /// # Errors
    /// `TimeoutError` in the place of the `CancelledError` that the deadline caused.
    pub fn exit(&self, vm: &mut Vm, how: TimeoutExit) -> R<()> {
        self.disarm();
        match self.state.get() {
            State::Active => self.state.set(State::Finished),
            State::Expiring => {
                self.state.set(State::Expired);
                return self.exit_expired(vm, how);
            }
            State::Created | State::Expired | State::Finished => {}
        }
        Ok(())
    }

    fn exit_expired(&self, vm: &mut Vm, how: TimeoutExit) -> R<()> {
        let Some(task) = self.task.get() else {
            return Ok(());
        };
        let left = super::task_methods::uncancel_task(&task);
        if left > self.cancelling.get() || how == TimeoutExit::Normal {
            return Ok(());
        }
        let cancelled = vm.types.cancelled_error.clone();
        if vm.pending_is(&cancelled) {
            return Err(raise_timeout(vm));
        }
        let exception = vm.pending.clone();
        insert_timeout(vm, &exception);
        let group = vm.types.exception_group.clone();
        if vm.pending_is(&group) {
            let members = exc_data(&exception, |data| {
                data.group().map(|group| group.members.clone())
            });
            let members = members.flatten().and_then(|members| members.to_tuple());
            for member in members.iter().flat_map(|members| members.items.iter()) {
                insert_timeout(vm, member);
            }
        }
        Ok(())
    }
}

/// `raise TimeoutError from` the pending exception.
pub fn raise_timeout(vm: &mut Vm) -> Raised {
    let cause = vm.take_pending();
    let class = vm.types.timeout_error.clone();
    let timeout = vm.new_exception(&class, vec![]);
    with_exc_data(&timeout, |data| {
        data.context = cause.clone();
        data.cause = cause;
        data.suppress = true;
    });
    vm.reraise(timeout)
}

/// Puts a `TimeoutError` between an exception and the `CancelledError` in its contexts.
fn insert_timeout(vm: &mut Vm, exception: &Value) {
    let mut at = exception.clone();
    let cancelled = vm.types.cancelled_error.clone();
    for _ in 0..1000 {
        let context = exc_data(&at, |data| data.context.clone()).unwrap_or_default();
        if context.is_unset() {
            return;
        }
        if vm.class_of(&context).is_subclass_of(&cancelled) {
            let class = vm.types.timeout_error.clone();
            let timeout = vm.new_exception(&class, vec![]);
            with_exc_data(&timeout, |data| {
                data.context = context.clone();
                data.cause = context;
                data.suppress = true;
            });
            with_exc_data(&at, |data| data.context = timeout);
            return;
        }
        at = context;
    }
}

/// `asyncio.timeout(delay)`
///
/// # Errors
/// `RuntimeError` when no loop runs; `TypeError` when the delay is no number.
pub fn timeout(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "timeout",
        params: &["delay"],
        positional: 1,
        required: 1,
    };
    let [delay] = vm.bind_python::<1>(args, &SIGNATURE)?;
    let event_loop = events::running_loop(vm)?;
    let deadline = if delay.is_none() {
        Value::NONE
    } else {
        let delay = seconds(vm, &delay)?;
        Value::float(deadline_after(&event_loop, delay))
    };
    Ok(instance_of(
        vm,
        AsyncClass::Timeout,
        TimeoutData::new(deadline),
    ))
}

/// `asyncio.timeout_at(when)`
///
/// # Errors
/// `TypeError` for wrong arguments.
pub fn timeout_at(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "timeout_at",
        params: &["when"],
        positional: 1,
        required: 1,
    };
    let [deadline] = vm.bind_python::<1>(args, &SIGNATURE)?;
    Ok(instance_of(
        vm,
        AsyncClass::Timeout,
        TimeoutData::new(deadline),
    ))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Timeout.__init__",
        params: &["/self", "when"],
        positional: 2,
        required: 2,
    };
    let [_, deadline] = vm.bind_python::<2>(args, &SIGNATURE)?;
    super::classes::allocate(vm, args, TimeoutData::new(deadline))
}

#[inline(always)]
fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<TimeoutData>> {
    receiver(vm, value, "Timeout", method)
}

fn when(vm: &mut Vm, timeout: &Value) -> R {
    Ok(this(vm, timeout, "when")?.deadline.get())
}

fn reschedule(vm: &mut Vm, timeout: &Value, deadline: &Value) -> R {
    this(vm, timeout, "reschedule")?.reschedule(vm, deadline)?;
    Ok(Value::NONE)
}

fn expired(vm: &mut Vm, timeout: &Value) -> R {
    let state = this(vm, timeout, "expired")?.state.get();
    Ok(Value::bool(matches!(
        state,
        State::Expiring | State::Expired
    )))
}

fn enter(vm: &mut Vm, timeout: &Value) -> R {
    this(vm, timeout, "__aenter__")?.enter(vm)?;
    Ok(timeout.clone())
}

fn enter_at_once(vm: &mut Vm, timeout: &Value, _args: &[Value]) -> R<Begun> {
    enter(vm, timeout).map(Begun::Done)
}

fn aenter(vm: &mut Vm, timeout: &Value) -> R {
    this(vm, timeout, "__aenter__")?;
    let timeout = timeout.clone();
    Ok(immediate(vm, "Timeout.__aenter__", move |vm| {
        enter(vm, &timeout)
    }))
}

fn exit(vm: &mut Vm, timeout: &Value, exception: &Value) -> R {
    let data = this(vm, timeout, "__aexit__")?;
    if exception.is_none() {
        data.exit(vm, TimeoutExit::Normal)?;
        return Ok(Value::NONE);
    }
    vm.pending = exception.clone();
    data.exit(vm, TimeoutExit::Pending)?;
    // The exception goes on by itself: the block is left with it.
    drop(vm.take_pending());
    Ok(Value::NONE)
}

fn exit_at_once(vm: &mut Vm, timeout: &Value, args: &[Value]) -> R<Begun> {
    exit(vm, timeout, args.at(1)).map(Begun::Done)
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    this(vm, args.at(0), "__aexit__")?;
    let (timeout, exception) = (args.at(0).clone(), args.at(2).clone());
    Ok(immediate(vm, "Timeout.__aexit__", move |vm| {
        exit(vm, &timeout, &exception)
    }))
}

fn repr(vm: &mut Vm, timeout: &Value) -> R {
    let data = this(vm, timeout, "__repr__")?;
    let state = data.state.get();
    let mut text = format!("<Timeout [{}]", state.text());
    if state == State::Active {
        let deadline = data.deadline.get();
        let shown = match deadline.as_float() {
            Some(at) => {
                let rounded = Value::float((at * 1000.0).round() / 1000.0);
                vm.repr(&rounded)?
            }
            None => vm.repr(&deadline)?,
        };
        text.push_str(&format!(" when={shown}"));
    }
    text.push('>');
    Ok(vm.str(text))
}
