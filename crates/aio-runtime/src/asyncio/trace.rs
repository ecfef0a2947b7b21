//! Events for whoever watches a program: timelines, traces.
//!
//! Without a watcher `AsyncState::traced` is false and nothing here runs: each place that has
//! something to tell looks at that one flag. With one, every loop made from then on hands its
//! events to it (see `aio_event_loop::Event`).

use super::LoopData;
use super::reasons::{self, NativeWait, Place, Reason, Waited, Waiting, Waits};
use super::tasks::name_of;
use crate::heap::Ref;
use crate::objects::{CoroState, FutureObj, FutureState};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Event, EventSink, Id, Span, TaskEnd, Time, WaitReason};
use std::cell::RefCell;
use std::rc::Rc;

/// A watcher, shared by the loops of a program.
pub type SharedSink = Rc<RefCell<dyn EventSink>>;

/// What a loop holds of the watcher.
struct Forward(SharedSink);

impl EventSink for Forward {
    fn record(&mut self, now: Time, event: &Event<'_>) {
        // A watcher that runs a loop of its own would be asked while it answers.
        if let Ok(mut sink) = self.0.try_borrow_mut() {
            sink.record(now, event);
        }
    }
}

/// Has a watcher told of everything that the loops made from now on do.
pub fn watch(vm: &mut Vm, sink: SharedSink) {
    vm.asyncio.sink = Some(sink);
    vm.asyncio.traced = true;
}

/// A new loop gets the watcher.
pub fn connect(vm: &Vm, event_loop: &LoopData) {
    if let Some(sink) = &vm.asyncio.sink {
        let forward = Box::new(Forward(sink.clone()));
        event_loop.core.with_mut(|core| core.set_sink(forward));
    }
}

fn emit(event_loop: &LoopData, event: Event<'_>) {
    event_loop.core.with_mut(|core| core.emit(|| event));
}

/// Tells the running loop's watcher, if a loop runs.
fn tell(vm: &Vm, event: Event<'_>) {
    if let Some(event_loop) = &vm.asyncio.running {
        emit(event_loop, event);
    }
}

fn id_of(task: &FutureObj) -> Id {
    Id(u64::from(task.number.get()))
}

fn current(vm: &Vm) -> Option<Id> {
    vm.asyncio.current_task.as_ref().map(|task| id_of(task))
}

/// An object is named by its address.
fn object_id(address: usize) -> Id {
    Id(address as u64)
}

fn span_of(vm: &Vm, place: Option<&Place>) -> Span {
    place.map_or(Span::default(), |place| Span {
        source: vm.sources.number_of(&place.file),
        start: place.span.start,
        end: place.span.end,
    })
}

/// A task was made.
#[cold]
pub fn created(vm: &Vm, task: &FutureObj) {
    let name = name_of(task);
    let place = reasons::made_at(vm, task);
    let event = Event::TaskCreated {
        task: id_of(task),
        parent: current(vm),
        name: &name,
        span: span_of(vm, place.as_ref()),
    };
    emit(&task.event_loop, event);
}

/// A step of a task begins.
#[cold]
pub fn resumed(task: &FutureObj) {
    let coroutine = task.coroutine();
    let body = coroutine.as_coroutine();
    let is_new = body.is_some_and(|body| body.state.get() == CoroState::Created);
    let task_id = id_of(task);
    emit(
        &task.event_loop,
        if is_new {
            Event::TaskStarted { task: task_id }
        } else {
            Event::TaskResumed { task: task_id }
        },
    );
}

/// A step of a task is over.
#[cold]
pub fn settled(vm: &Vm, task: &Ref<FutureObj>) {
    let end = match task.state.get() {
        FutureState::Pending => return suspended(vm, task),
        FutureState::Done => TaskEnd::Returned,
        FutureState::Failed => TaskEnd::Raised,
        FutureState::Cancelled => TaskEnd::Cancelled,
    };
    let event = Event::TaskDone {
        task: id_of(task),
        end,
    };
    emit(&task.event_loop, event);
}

fn suspended(vm: &Vm, task: &Ref<FutureObj>) {
    let wait = reasons::wait_of(task.clone());
    let reason = wait_reason(&wait);
    let event = Event::TaskSuspended {
        task: id_of(task),
        on: &reason,
        span: span_of(vm, wait.place.as_ref()),
    };
    emit(&task.event_loop, event);
}

/// The reason as plain data.
fn wait_reason(wait: &Waiting) -> WaitReason {
    match &wait.reason {
        Reason::Turn => WaitReason::Turn,
        Reason::Sleep(until) => WaitReason::SleepUntil(Time::from_secs_f64(*until)),
        Reason::Task(task) => WaitReason::Task(id_of(task)),
        Reason::Future(future) => WaitReason::Future(object_id(future.address())),
        Reason::Gather(tasks) | Reason::Native(NativeWait::All(tasks) | NativeWait::Any(tasks)) => {
            WaitReason::All(tasks.iter().map(|task| id_of(task)).collect())
        }
        Reason::Native(NativeWait::Process(pid)) => WaitReason::Process { pid: *pid },
        Reason::Native(NativeWait::Outside(_)) => WaitReason::Outside,
        Reason::Native(NativeWait::Object(what, object)) => object_reason(wait, *what, object),
    }
}

fn object_reason(wait: &Waiting, what: Waited, object: &Value) -> WaitReason {
    let id = object_id(object.address());
    match what {
        Waited::Lock => {
            let holder = Waits::of_loop(&wait.task.event_loop).holder_of(object);
            let owner = holder.and_then(|holder| holder.task);
            WaitReason::Lock {
                lock: id,
                owner: owner.map(|task| id_of(&task)),
            }
        }
        Waited::Semaphore => WaitReason::Semaphore(id),
        Waited::Event => WaitReason::Event(id),
        Waited::Condition => WaitReason::Condition(id),
        Waited::Barrier => WaitReason::Barrier(id),
        Waited::QueueGet => WaitReason::QueueGet(id),
        Waited::QueuePut => WaitReason::QueuePut(id),
        Waited::QueueJoin => WaitReason::QueueJoin(id),
    }
}

/// Somebody asked a task to stop.
#[cold]
pub fn cancel_requested(vm: &Vm, task: &FutureObj) {
    let event = Event::CancelRequested {
        task: id_of(task),
        by: current(vm),
    };
    emit(&task.event_loop, event);
}

/// A lock or a semaphore changed hands.
#[cold]
pub fn acquired(vm: &Vm, object: &Value) {
    let event = Event::LockAcquired {
        lock: object_id(object.address()),
        task: current(vm),
    };
    tell(vm, event);
}

/// A lock or a semaphore was given back.
#[cold]
pub fn released(vm: &Vm, object: &Value) {
    let lock = object_id(object.address());
    tell(vm, Event::LockReleased { lock });
}

/// The number of items in a queue changed.
#[cold]
pub fn queue_changed(vm: &Vm, object: &Value, len: usize) {
    let event = Event::QueueChanged {
        queue: object_id(object.address()),
        len: len as u64,
    };
    tell(vm, event);
}

/// The program printed.
#[cold]
pub fn printed(vm: &Vm, text: &str) {
    let event = Event::Printed {
        task: current(vm),
        text,
    };
    tell(vm, event);
}

/// A coroutine was dropped before it ended.
#[cold]
pub fn dropped(vm: &Vm, created_at: u32, started: bool) {
    let place = reasons::position_place(vm, created_at);
    let event = Event::CoroutineDropped {
        span: span_of(vm, place.as_ref()),
        started,
    };
    tell(vm, event);
}

#[cfg(test)]
mod tests;
