//! `sleep`: a bare yield for no delay, a timer otherwise.
//!
//! When the task itself drives the coroutine (nobody in between sends by hand), the timer holds
//! the task and no future is made; see `tasks`. Otherwise there is a real future.

use super::LoopData;
use super::callback::Callback;
use super::{events, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Signature};
use crate::objects::{FutureFlags, FutureObj, NativeCoroutine, Resume, Step};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_event_loop::{EventLoop, Time};
use std::rc::Rc;

/// How far a sleep is.
enum State {
    Created,
    /// It yielded once: no delay.
    Yielded,
    /// The timer holds the task, which ends the sleep itself (`tasks::end_sleep`).
    Direct,
    /// The timer completes a future.
    Future(Ref<FutureObj>),
    Done,
}

struct Sleep {
    delay: Value,
    result: Value,
    state: State,
}

/// `asyncio.sleep(delay, result=None)`
///
/// # Errors
/// `TypeError` for wrong arguments.
pub fn sleep(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "sleep",
        params: &["delay", "result"],
        positional: 2,
        required: 1,
    };
    let (delay, result) = match (args.pos, args.kw) {
        ([delay], []) => (delay.clone(), Value::NONE),
        ([], []) => {
            return Err(vm.type_error("sleep() missing 1 required positional argument: 'delay'"));
        }
        _ => {
            let [delay, result] = vm.bind_python::<2>(args, &SIGNATURE)?;
            let result = if result.is_unset() {
                Value::NONE
            } else {
                result
            };
            (delay, result)
        }
    };
    Ok(new_sleep(vm, delay, result))
}

/// Whether a native function is [`sleep`].
pub fn is_function(native: &crate::objects::NativeObj) -> bool {
    match native.function {
        crate::native::NativeFn::Any(function) => {
            std::ptr::fn_addr_eq(function, sleep as fn(&mut Vm, Args<'_>) -> R)
        }
        _ => false,
    }
}

/// A delay or deadline in seconds.
///
/// # Errors
/// `TypeError` as an addition to a float raises it.
pub fn seconds(vm: &mut Vm, value: &Value) -> R<f64> {
    match value.tag() {
        Tag::Float => Ok(value.as_float().unwrap_or(0.0)),
        Tag::Int | Tag::Bool => Ok(value.as_index().unwrap_or(0) as f64),
        _ => {
            let sum = vm.binary(aio_compile::hir::BinaryOp::Add, &Value::float(0.0), value)?;
            match sum.as_float() {
                Some(seconds) => Ok(seconds),
                None => Err(vm.type_error("a number of seconds was expected")),
            }
        }
    }
}

impl Sleep {
    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        if at_once(vm, &self.delay)? {
            self.state = State::Yielded;
            return Ok(Step::Yield(Value::NONE));
        }
        let (event_loop, delay) = loop_and_seconds(vm, &self.delay)?;
        if let Some(task) = super::direct_task(vm) {
            sleep_task(&event_loop, &task, delay);
            self.state = State::Direct;
            return Ok(Step::Yield(Value::NONE));
        }
        let future = futures::new_future(&event_loop);
        set_timer(&event_loop, delay, Callback::SleepFuture(future.clone()));
        future.mark(FutureFlags::IN_TIMERS, true);
        self.state = State::Future(future.clone());
        Ok(Step::Await(future.into()))
    }

    /// The timer is cancelled, whether it is due or not.
    fn end(&mut self) {
        if let State::Future(future) = std::mem::replace(&mut self.state, State::Done) {
            future.mark(FutureFlags::TIMER_CANCELLED, true);
            if future.has(FutureFlags::IN_TIMERS) {
                future.event_loop.core.with_mut(EventLoop::timer_cancelled);
            }
        }
    }
}

/// Whether there is no delay: a bare yield.
fn at_once(vm: &mut Vm, delay: &Value) -> R<bool> {
    match delay.tag() {
        Tag::Int | Tag::Bool => Ok(delay.as_index().unwrap_or(0) <= 0),
        Tag::Float => Ok(delay.as_float().unwrap_or(0.0) <= 0.0),
        _ => vm.compare_bool(aio_compile::hir::CmpOp::Le, delay, &Value::int(0)),
    }
}

fn loop_and_seconds(vm: &mut Vm, delay: &Value) -> R<(Rc<LoopData>, f64)> {
    let delay = seconds(vm, delay)?;
    if delay.is_nan() {
        return Err(vm.value_error("Invalid delay: NaN (not a number)"));
    }
    Ok((events::running_loop(vm)?, delay))
}

/// Puts a task to sleep: the timer holds it.
fn sleep_task(event_loop: &LoopData, task: &Ref<FutureObj>, delay: f64) {
    let callback = Callback::Sleep(task.sleeps.get(), task.clone());
    let when = set_timer(event_loop, delay, callback);
    task.mark(FutureFlags::IN_TIMERS, true);
    task.result.set(Value::float(when.as_secs_f64()));
}

/// Begins a sleep of the task whose own chain this is, without a coroutine for it: true when the
/// chain is to suspend with a bare yield. False: somebody drives the chain by hand.
///
/// # Errors
/// What the delay raises.
#[inline]
pub fn sleep_in_place(vm: &mut Vm, delay: &Value) -> R<bool> {
    if at_once(vm, delay)? {
        return Ok(true);
    }
    let Some(task) = super::direct_task(vm) else {
        return Ok(false);
    };
    let (event_loop, delay) = loop_and_seconds(vm, delay)?;
    sleep_task(&event_loop, &task, delay);
    Ok(true)
}

fn new_sleep(vm: &mut Vm, delay: Value, result: Value) -> Value {
    coroutine::new_native(
        vm,
        Box::new(Sleep {
            delay,
            result,
            state: State::Created,
        }),
    )
}

fn set_timer(event_loop: &LoopData, delay: f64, callback: Callback) -> Time {
    event_loop
        .core
        .with_mut(|core| core.call_later(delay, callback))
}

impl NativeCoroutine for Sleep {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if matches!(self.state, State::Created) {
            return match input {
                Resume::Value(_) => self.begin(vm),
                Resume::Throw => Err(Raised),
            };
        }
        self.end();
        match input {
            Resume::Value(_) => Ok(Step::Return(self.result.take())),
            Resume::Throw => Err(Raised),
        }
    }
    fn name(&self) -> &'static str {
        "sleep"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.delay);
        visitor(&self.result);
        if let State::Future(future) = &self.state {
            visitor(&future.to_value());
        }
    }
}
