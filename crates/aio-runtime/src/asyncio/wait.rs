//! `wait` and `wait_for`.

use super::callback::{Callback, DoneCallback};
use super::foreign_futures::Request;
use super::reasons::NativeWait;
use super::sleep::seconds;
use super::timeouts::{TimeoutData, TimeoutExit};
use super::{LoopData, coroutines, events, futures, tasks};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Signature};
use crate::objects::{FutureFlags, FutureObj, FutureState, NativeCoroutine, Resume, SetObj, Step};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_event_loop::{Clock, EventLoop};
use std::cell::Cell;
use std::rc::Rc;

/// When a `wait` is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ReturnWhen {
    First,
    FirstException,
    All,
}

/// What the futures of a `wait` share.
pub struct WaitData {
    waiter: Ref<FutureObj>,
    left: Cell<usize>,
    return_when: ReturnWhen,
    /// The timer was cancelled, or never set.
    pub timer_cancelled: Cell<bool>,
    /// The timer is in the timers of the loop.
    pub in_timers: Cell<bool>,
}

impl WaitData {
    /// The time is over.
    pub fn release(&self) {
        if !self.waiter.is_done() {
            futures::complete(&self.waiter, Value::NONE);
        }
    }

    /// One of the futures is done.
    pub fn child_done(&self, future: &FutureObj) {
        self.left.set(self.left.get().saturating_sub(1));
        let failed = future.state.get() == FutureState::Failed;
        let over = match self.return_when {
            ReturnWhen::First => true,
            ReturnWhen::FirstException => {
                if failed {
                    future.mark(FutureFlags::UNRETRIEVED, false);
                }
                failed
            }
            ReturnWhen::All => false,
        };
        if over || self.left.get() == 0 {
            self.cancel_timer();
            self.release();
        }
    }

    fn cancel_timer(&self) {
        if !self.timer_cancelled.replace(true) && self.in_timers.get() {
            self.waiter
                .event_loop
                .core
                .with_mut(EventLoop::timer_cancelled);
        }
    }
}

/// `asyncio.wait(fs, *, timeout=None, return_when=ALL_COMPLETED)`
struct Wait {
    fs: Value,
    timeout: Value,
    return_when: Value,
    /// Once it waits: the distinct futures and what they share.
    waiting: Option<(Vec<Ref<FutureObj>>, Rc<WaitData>)>,
}

/// `asyncio.wait(...)`
///
/// # Errors
/// `TypeError` for wrong arguments.
pub fn wait(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "wait",
        params: &["fs", "timeout", "return_when"],
        positional: 1,
        required: 1,
    };
    let [fs, timeout, return_when] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let body = Wait {
        fs,
        timeout: if timeout.is_unset() {
            Value::NONE
        } else {
            timeout
        },
        return_when,
        waiting: None,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

/// The value of `FIRST_COMPLETED` and its like.
pub const RETURN_WHEN: [&str; 3] = ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"];

impl Wait {
    fn return_when(&self, vm: &mut Vm) -> R<ReturnWhen> {
        if self.return_when.is_unset() {
            return Ok(ReturnWhen::All);
        }
        match self.return_when.as_str() {
            Some("FIRST_COMPLETED") => Ok(ReturnWhen::First),
            Some("FIRST_EXCEPTION") => Ok(ReturnWhen::FirstException),
            Some("ALL_COMPLETED") => Ok(ReturnWhen::All),
            Some(_) | None => {
                let shown = vm.to_text(&self.return_when)?;
                Err(vm.value_error(format!("Invalid return_when value: {shown}")))
            }
        }
    }

    /// The distinct futures, in order.
    fn futures(&self, vm: &mut Vm) -> R<Vec<Ref<FutureObj>>> {
        let items = vm.collect(&self.fs)?;
        for item in &items {
            vm.hash(item)?;
        }
        for item in &items {
            if coroutines::is_coroutine(vm, item) {
                vm.accuse_all(aio_syntax::mistakes::WAIT_COROUTINES, &items);
                return Err(vm.type_error("Passing coroutines is forbidden, use tasks explicitly."));
            }
        }
        let mut distinct: Vec<Ref<FutureObj>> = Vec::with_capacity(items.len());
        let mut seen = rustc_hash::FxHashSet::default();
        for item in &items {
            let Some(future) = item.to_future() else {
                let given = vm.type_name(item);
                return Err(vm.attribute_error(format!(
                    "'{given}' object has no attribute 'add_done_callback'"
                )));
            };
            if seen.insert(future.address()) {
                distinct.push(future);
            }
        }
        Ok(distinct)
    }

    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        if self.fs.tag() == Tag::Future || coroutines::is_coroutine(vm, &self.fs) {
            let given = vm.class_name(&self.fs);
            return Err(vm.type_error(format!("expect a list of futures, not {given}")));
        }
        if !vm.truthy(&self.fs)? {
            return Err(vm.value_error("Set of Tasks/Futures is empty."));
        }
        let return_when = self.return_when(vm)?;
        let futures = self.futures(vm)?;
        let event_loop = events::running_loop(vm)?;
        if futures.is_empty() {
            return Err(vm.assertion_error("Set of Futures is empty."));
        }
        let waiter = futures::new_future(&event_loop);
        let data = Rc::new(WaitData {
            waiter: waiter.clone(),
            left: Cell::new(futures.len()),
            return_when,
            timer_cancelled: Cell::new(true),
            in_timers: Cell::new(false),
        });
        if !self.timeout.is_none() {
            let delay = seconds(vm, &self.timeout)?;
            data.timer_cancelled.set(false);
            data.in_timers.set(true);
            let callback = Callback::WaitOver(data.clone());
            event_loop
                .core
                .with_mut(|core| drop_time(core.call_later(delay, callback)));
        }
        for future in &futures {
            futures::add_done_callback(future, DoneCallback::Wait(data.clone()));
        }
        self.waiting = Some((futures, data));
        Ok(Step::Await(waiter.into()))
    }
}

/// Deadlines are not needed here.
fn drop_time(_: aio_event_loop::Time) {}

impl NativeCoroutine for Wait {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let Some((futures, data)) = self.waiting.take() else {
            return match input {
                Resume::Value(_) => self.begin(vm),
                Resume::Throw => Err(Raised),
            };
        };
        data.cancel_timer();
        for future in &futures {
            futures::remove_native_callback(
                future,
                |callback| matches!(callback, DoneCallback::Wait(of) if Rc::ptr_eq(of, &data)),
            );
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        let (done, pending) = (SetObj::default(), SetObj::default());
        for future in &futures {
            let set = if future.is_done() { &done } else { &pending };
            vm.set_add(set, future.to_value())?;
        }
        let pair = vec![Value::new(done), Value::new(pending)];
        Ok(Step::Return(Value::tuple(pair)))
    }
    fn waits_for(&self) -> Option<NativeWait> {
        let (futures, data) = self.waiting.as_ref()?;
        let open = futures.iter().filter(|future| !future.is_done());
        let open: Vec<_> = open.cloned().collect();
        Some(match data.return_when {
            ReturnWhen::First | ReturnWhen::FirstException => NativeWait::Any(open),
            ReturnWhen::All => NativeWait::All(open),
        })
    }
    fn name(&self) -> &'static str {
        "wait"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.fs);
        visitor(&self.timeout);
        visitor(&self.return_when);
        if let Some((futures, _)) = &self.waiting {
            for future in futures {
                visitor(&future.to_value());
            }
        }
    }
}

/// How far a `wait_for` is.
enum ForState {
    Created,
    /// The child is awaited in the task of the caller.
    Awaiting(Rc<TimeoutData>),
    /// No time was given: the child is cancelled and its end awaited.
    Cancelling(Ref<FutureObj>, Ref<FutureObj>),
    Done,
}

/// `asyncio.wait_for(fut, timeout)`
struct WaitFor {
    awaitable: Value,
    timeout: Value,
    state: ForState,
}

/// `asyncio.wait_for(...)`
///
/// # Errors
/// `TypeError` for wrong arguments.
pub fn wait_for(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "wait_for",
        params: &["fut", "timeout"],
        positional: 2,
        required: 2,
    };
    let [awaitable, timeout] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let body = WaitFor {
        awaitable,
        timeout,
        state: ForState::Created,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl WaitFor {
    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        let timeout = if self.timeout.is_none() {
            None
        } else {
            Some(seconds(vm, &self.timeout)?)
        };
        if timeout.is_some_and(|timeout| timeout <= 0.0) {
            return self.begin_cancelling(vm);
        }
        let event_loop = events::running_loop(vm)?;
        let deadline = timeout.map(|delay| deadline_after(&event_loop, delay));
        let data = TimeoutData::new(deadline.map_or(Value::NONE, Value::float));
        data.enter(vm)?;
        self.state = ForState::Awaiting(data);
        Ok(Step::Await(self.awaitable.take()))
    }

    fn begin_cancelling(&mut self, vm: &mut Vm) -> R<Step> {
        let awaitable = self.awaitable.take();
        let future = tasks::ensure_future(vm, &awaitable, None)?;
        if future.is_done() {
            return futures::result(vm, &future).map(Step::Return);
        }
        let event_loop = events::running_loop(vm)?;
        let waiter = futures::new_future(&event_loop);
        futures::add_done_callback(&future, DoneCallback::Release(waiter.clone()));
        futures::cancel(vm, &future, &Value::UNSET, Request::Outside);
        self.state = ForState::Cancelling(future, waiter.clone());
        Ok(Step::Await(waiter.into()))
    }
}

/// The deadline that a delay from now is.
pub fn deadline_after(event_loop: &LoopData, delay: f64) -> f64 {
    event_loop
        .core
        .with(|core| core.clock().now().as_secs_f64())
        + delay
}

impl NativeCoroutine for WaitFor {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (std::mem::replace(&mut self.state, ForState::Done), input) {
            (ForState::Created, Resume::Value(_)) => self.begin(vm),
            (ForState::Created | ForState::Done, _) => Err(Raised),
            (ForState::Awaiting(timeout), Resume::Value(value)) => {
                timeout.exit(vm, TimeoutExit::Normal)?;
                Ok(Step::Return(value))
            }
            (ForState::Awaiting(timeout), Resume::Throw) => {
                timeout.exit(vm, TimeoutExit::Pending)?;
                Err(Raised)
            }
            (ForState::Cancelling(future, waiter), input) => {
                futures::remove_native_callback(
                    &future,
                    |callback| matches!(callback, DoneCallback::Release(of) if of.same(&waiter)),
                );
                if matches!(input, Resume::Throw) {
                    return Err(Raised);
                }
                match futures::result(vm, &future) {
                    Ok(value) => Ok(Step::Return(value)),
                    Err(raised) => {
                        let cancelled = vm.types.cancelled_error.clone();
                        if vm.pending_is(&cancelled) {
                            return Err(super::timeouts::raise_timeout(vm));
                        }
                        Err(raised)
                    }
                }
            }
        }
    }
    fn name(&self) -> &'static str {
        "wait_for"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.awaitable);
        visitor(&self.timeout);
        if let ForState::Cancelling(future, waiter) = &self.state {
            visitor(&future.to_value());
            visitor(&waiter.to_value());
        }
    }
}
