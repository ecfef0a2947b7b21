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
    /// The timer holds the task: its loop, its address, the number of the sleep.
    Direct(Rc<LoopData>, usize, u32),
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
            let [delay, result] = vm.bind::<2>(args, &SIGNATURE)?;
            let result = if result.is_unset() {
                Value::NONE
            } else {
                result
            };
            (delay, result)
        }
    };
    Ok(coroutine::new_native(
        vm,
        Box::new(Sleep {
            delay,
            result,
            state: State::Created,
        }),
    ))
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
        let at_once = match self.delay.tag() {
            Tag::Int | Tag::Bool => self.delay.as_index().unwrap_or(0) <= 0,
            Tag::Float => self.delay.as_float().unwrap_or(0.0) <= 0.0,
            _ => vm.compare_bool(aio_compile::hir::CmpOp::Le, &self.delay, &Value::int(0))?,
        };
        if at_once {
            self.state = State::Yielded;
            return Ok(Step::Yield(Value::NONE));
        }
        let delay = seconds(vm, &self.delay)?;
        if delay.is_nan() {
            return Err(vm.value_error("Invalid delay: NaN (not a number)"));
        }
        let event_loop = events::running_loop(vm)?;
        if let Some(task) = super::direct_task(vm) {
            let number = task.sleeps.get();
            let when = set_timer(&event_loop, delay, Callback::Sleep(number, task.clone()));
            task.mark(FutureFlags::IN_TIMERS, true);
            task.result.set(Value::float(when.as_secs_f64()));
            self.state = State::Direct(event_loop, task.address(), number);
            return Ok(Step::Yield(Value::NONE));
        }
        let future = futures::new_future(&event_loop);
        set_timer(&event_loop, delay, Callback::SleepFuture(future.clone()));
        future.mark(FutureFlags::IN_TIMERS, true);
        self.state = State::Future(future.clone());
        Ok(Step::Await(future.into()))
    }

    /// The timer is cancelled, whether it is due or not.
    fn end(&mut self, vm: &mut Vm) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Created | State::Yielded | State::Done => {}
            State::Direct(event_loop, address, number) => {
                let Some(task) = &vm.asyncio.current_task else {
                    return;
                };
                if task.address() == address && task.sleeps.get() == number {
                    task.sleeps.set(number.wrapping_add(1));
                    if task.has(FutureFlags::IN_TIMERS) {
                        task.mark(FutureFlags::IN_TIMERS, false);
                        event_loop.core.with_mut(EventLoop::timer_cancelled);
                    }
                }
            }
            State::Future(future) => {
                future.mark(FutureFlags::TIMER_CANCELLED, true);
                if future.has(FutureFlags::IN_TIMERS) {
                    future.event_loop.core.with_mut(EventLoop::timer_cancelled);
                }
            }
        }
    }
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
        self.end(vm);
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
