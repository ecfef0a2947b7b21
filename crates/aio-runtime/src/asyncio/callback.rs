//! Everything that can run between two awaits.
//!
//! The event loop carries a [`Callback`] and hands it back when it is due; [`run`] is the only
//! place where one is run. A [`DoneCallback`] waits at a future; when the future is done each of
//! them becomes a `Callback` in the ready queue, in the order in which they were added. Both
//! types are closed, and no match over them has a default arm: whoever adds a kind of work meets
//! every place that must know it.

use super::as_completed::AsCompletedData;
use super::events::{HandleData, ScriptCallback};
use super::gather::Gather;
use super::readiness::Watch;
use super::streams::StreamTask;
use super::taskgroups::GroupData;
use super::timeouts::TimeoutData;
use super::transports::{TransportCall, TransportData};
use super::wait::WaitData;
use super::{LoopData, futures, gather, shield, tasks};
use crate::error::R;
use crate::heap::{Ref, prefetch};
use crate::objects::{FutureFlags, FutureObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Payload;
use std::rc::Rc;

/// Work that the event loop carries. (A tag of four bytes: what goes through the ready queue is
/// copied in whole words.)
#[repr(u32)]
pub enum Callback {
    /// A step of a task: its first, or the one after a bare yield.
    Step(Ref<FutureObj>),
    /// A step of a task that throws an exception in.
    Throw(Box<(Ref<FutureObj>, Value)>),
    /// What a task waits for is done.
    WakeUp(Ref<FutureObj>),
    /// The timer of the n-th sleep of a task.
    Sleep(u32, Ref<FutureObj>),
    /// The timer of a sleep whose future somebody drives by hand.
    SleepFuture(Ref<FutureObj>),
    /// A done callback and the future that is done.
    Done(Box<(DoneCallback, Ref<FutureObj>)>),
    /// The n-th child of a `gather` is done.
    GatherChild(u32, Rc<Gather>),
    /// The n-th deadline of a `timeout` is over.
    Timeout(u32, Rc<TimeoutData>),
    /// The time of a `wait` is over.
    WaitOver(Rc<WaitData>),
    /// The time of an `as_completed` is over.
    AsCompletedOver(Rc<AsCompletedData>),
    /// A callback of the script: `call_soon`, `call_later`, `call_at`.
    Handle(Rc<HandleData>),
    /// A signal arrived for which the loop has a handler.
    Signal(i32),
    /// Closes an async generator that was dropped half-way: a task for its `aclose()`.
    CloseGenerator(Box<Value>),
    /// A descriptor is ready, or a thread woke the loop.
    Ready(Rc<Watch>),
    /// What a transport has to do next.
    Transport(TransportCall, Rc<TransportData>),
    /// Complete this future, if it is not done.
    Complete(Ref<FutureObj>),
}

/// What is to happen when a future is done.
#[derive(Default)]
pub enum DoneCallback {
    /// Nothing (the empty inline place).
    #[default]
    None,
    /// Wake this task.
    WakeUp(Ref<FutureObj>),
    /// Call a function of the script.
    Script(Rc<ScriptCallback>),
    /// Stop the loop: the future of `run_until_complete`.
    Stop,
    /// The n-th child of a `gather`.
    Gather(u32, Rc<Gather>),
    /// Complete this future, whatever the result.
    Release(Ref<FutureObj>),
    /// One of the futures of a `wait`.
    Wait(Rc<WaitData>),
    /// `shield`: the inner future ended, this is the outer one.
    ShieldInner(Ref<FutureObj>),
    /// `shield`: the outer future ended, this is the inner one.
    ShieldOuter(Ref<FutureObj>),
    /// One of the futures of an `as_completed`.
    AsCompleted(Rc<AsCompletedData>),
    /// A task of a group.
    Group(Rc<GroupData>),
    /// The task of a connection, which is closed if it fails.
    StreamHandler(Rc<StreamTask>),
}

impl DoneCallback {
    /// Whether somebody waits for the end, rather than only being told.
    pub fn is_waiting(&self) -> bool {
        !matches!(self, DoneCallback::None | DoneCallback::Script(_))
    }

    /// Reports every counted reference. What is shared by count is reported by its last owner
    /// only, and here we cannot know: such contents count as held from outside.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        match self {
            DoneCallback::WakeUp(future)
            | DoneCallback::Release(future)
            | DoneCallback::ShieldInner(future)
            | DoneCallback::ShieldOuter(future) => visitor(&future.to_value()),
            DoneCallback::Script(callback) => {
                if Rc::strong_count(callback) == 1 {
                    visitor(&callback.function);
                }
            }
            DoneCallback::None
            | DoneCallback::Stop
            | DoneCallback::Gather(..)
            | DoneCallback::Wait(_)
            | DoneCallback::AsCompleted(_)
            | DoneCallback::Group(_) => {}
            DoneCallback::StreamHandler(_) => {}
        }
    }

    /// What goes into the ready queue when `future` is done.
    pub fn due(self, future: &Ref<FutureObj>) -> Option<Callback> {
        match self {
            DoneCallback::None => None,
            DoneCallback::WakeUp(task) => Some(Callback::WakeUp(task)),
            DoneCallback::Gather(place, gather) => Some(Callback::GatherChild(place, gather)),
            other @ (DoneCallback::Script(_)
            | DoneCallback::Stop
            | DoneCallback::Release(_)
            | DoneCallback::Wait(_)
            | DoneCallback::ShieldInner(_)
            | DoneCallback::ShieldOuter(_)
            | DoneCallback::AsCompleted(_)
            | DoneCallback::Group(_)) => Some(Callback::Done(Box::new((other, future.clone())))),
            other @ DoneCallback::StreamHandler(_) => {
                Some(Callback::Done(Box::new((other, future.clone()))))
            }
        }
    }
}

impl Callback {
    #[inline(never)]
    fn was_cancelled(&self) -> bool {
        match self {
            Callback::Step(_)
            | Callback::Throw(_)
            | Callback::WakeUp(_)
            | Callback::Done(_)
            | Callback::GatherChild(..)
            | Callback::Signal(_)
            | Callback::CloseGenerator(_) => false,
            Callback::Sleep(count, task) => task.sleeps.get() != *count,
            Callback::SleepFuture(future) => future.has(FutureFlags::TIMER_CANCELLED),
            Callback::Timeout(count, timeout) => timeout.timers.get() != *count,
            Callback::WaitOver(wait) => wait.timer_cancelled.get(),
            Callback::AsCompletedOver(data) => data.timer_cancelled.get(),
            Callback::Handle(handle) => handle.cancelled.get(),
            Callback::Ready(watch) => watch.is_cancelled(),
            Callback::Transport(..) => false,
            Callback::Complete(_) => false,
        }
    }
}

impl Payload for Callback {
    #[inline(always)]
    fn is_cancelled(&self) -> bool {
        // The most usual ones are not worth a way through all of them.
        !matches!(self, Callback::Step(_) | Callback::WakeUp(_)) && self.was_cancelled()
    }

    #[inline(always)]
    fn comes_soon(&self) {
        match self {
            Callback::Step(task) | Callback::WakeUp(task) | Callback::Sleep(_, task) => {
                task.prefetch();
            }
            Callback::Handle(handle) => prefetch(Rc::as_ptr(handle)),
            Callback::GatherChild(place, gather) => gather.prefetch(*place as usize),
            Callback::Throw(_)
            | Callback::SleepFuture(_)
            | Callback::Done(_)
            | Callback::Timeout(..)
            | Callback::WaitOver(_)
            | Callback::AsCompletedOver(_)
            | Callback::Signal(_)
            | Callback::CloseGenerator(_)
            | Callback::Ready(_)
            | Callback::Transport(..)
            | Callback::Complete(_) => {}
        }
    }

    #[inline(always)]
    fn comes_next(&self) {
        if let Callback::Step(task) | Callback::WakeUp(task) = self {
            task.body.with(|body| {
                if let Some(body) = body {
                    body.prefetch();
                }
            });
        }
    }

    fn left_timers(&mut self) {
        match self {
            Callback::Step(_)
            | Callback::Throw(_)
            | Callback::WakeUp(_)
            | Callback::Done(_)
            | Callback::GatherChild(..)
            | Callback::Signal(_)
            | Callback::CloseGenerator(_) => {}
            Callback::Sleep(count, task) => {
                if task.sleeps.get() == *count {
                    task.mark(FutureFlags::IN_TIMERS, false);
                }
            }
            Callback::SleepFuture(future) => future.mark(FutureFlags::IN_TIMERS, false),
            Callback::Timeout(count, timeout) => {
                if timeout.timers.get() == *count {
                    timeout.in_timers.set(false);
                }
            }
            Callback::WaitOver(wait) => wait.in_timers.set(false),
            Callback::AsCompletedOver(data) => data.in_timers.set(false),
            Callback::Handle(handle) => handle.in_timers.set(false),
            Callback::Ready(_) | Callback::Transport(..) => {}
            Callback::Complete(_) => {}
        }
    }
}

/// Runs a callback.
///
/// # Errors
/// `SystemExit` and `KeyboardInterrupt`, which leave the loop at once; every other exception is
/// stored in a task or goes to the exception handler.
#[inline(always)]
pub fn run(vm: &mut Vm, event_loop: &Rc<LoopData>, callback: Callback) -> R<()> {
    // The most usual ones are not worth a way through all of them.
    match callback {
        Callback::Step(task) => tasks::step(vm, &task, tasks::StepInput::Send),
        Callback::WakeUp(task) => tasks::wake_up(vm, &task),
        other => run_any(vm, event_loop, other),
    }
}

fn run_any(vm: &mut Vm, event_loop: &Rc<LoopData>, callback: Callback) -> R<()> {
    match callback {
        Callback::Step(task) => tasks::step(vm, &task, tasks::StepInput::Send),
        Callback::WakeUp(task) => tasks::wake_up(vm, &task),
        Callback::Throw(throw) => {
            let (task, exception) = *throw;
            tasks::step(vm, &task, tasks::StepInput::Throw(exception))
        }
        Callback::Sleep(_, task) => {
            tasks::sleep_is_over(&task);
            Ok(())
        }
        Callback::SleepFuture(future) => {
            if !future.is_done() {
                futures::complete(&future, Value::NONE);
            }
            Ok(())
        }
        Callback::GatherChild(place, gather) => {
            gather::child_done(vm, &gather, place as usize);
            Ok(())
        }
        Callback::Done(done) => run_done(vm, event_loop, done.0, &done.1),
        Callback::Timeout(_, timeout) => {
            timeout.fire(vm);
            Ok(())
        }
        Callback::WaitOver(wait) => {
            wait.release();
            Ok(())
        }
        Callback::AsCompletedOver(data) => data.time_is_over(vm),
        Callback::Handle(handle) => handle.run(vm, event_loop),
        Callback::Signal(signal) => {
            super::signal_handlers::handle_signal(event_loop, signal);
            Ok(())
        }
        Callback::CloseGenerator(generator) => {
            super::base_events::close_generator(vm, event_loop, &generator)
        }
        Callback::Ready(watch) => watch.run(vm, event_loop),
        Callback::Transport(call, transport) => transport.run(vm, call),
        Callback::Complete(future) => {
            if !future.is_done() {
                futures::complete(&future, Value::NONE);
            }
            Ok(())
        }
    }
}

fn run_done(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    done: DoneCallback,
    future: &Ref<FutureObj>,
) -> R<()> {
    match done {
        DoneCallback::None => {}
        DoneCallback::WakeUp(task) => return tasks::wake_up(vm, &task),
        DoneCallback::Script(callback) => return callback.run(vm, event_loop, future),
        DoneCallback::Stop => stop_after(vm, event_loop, future),
        DoneCallback::Gather(place, gather) => gather::child_done(vm, &gather, place as usize),
        DoneCallback::Release(waiter) => {
            if !waiter.is_done() {
                futures::complete(&waiter, Value::NONE);
            }
        }
        DoneCallback::Wait(wait) => wait.child_done(future),
        DoneCallback::ShieldInner(outer) => shield::inner_done(vm, future, &outer),
        DoneCallback::ShieldOuter(inner) => shield::outer_done(future, &inner),
        DoneCallback::AsCompleted(data) => data.child_done(future),
        DoneCallback::Group(group) => return group.task_done(vm, event_loop, future),
        DoneCallback::StreamHandler(stream) => return stream.done(vm, event_loop, future),
    }
    Ok(())
}

/// A future that ends with `SystemExit` or `KeyboardInterrupt` does not stop the loop: the
/// exception has left it already.
fn stop_after(vm: &Vm, event_loop: &Rc<LoopData>, future: &Ref<FutureObj>) {
    if !futures::failed_with_exit(vm, future) {
        event_loop.core.with_mut(|core| core.stop());
    }
}
