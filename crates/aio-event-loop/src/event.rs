//! What happens in a running program, as data.
//!
//! Timelines, traces and deadlock reports are views of these events. They carry
//! plain numbers and borrowed names, never values of the program, so that a
//! sink can be written without knowing the evaluator. Without a sink an event
//! is not even built: see `EventLoop::emit`.

use crate::time::Time;
use crate::wait::{Id, Span, WaitReason};

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskEnd {
    /// It returned.
    Returned,
    /// It raised an error.
    Raised,
    /// It was cancelled.
    Cancelled,
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event<'a> {
    /// A task was made; its first step is queued.
    TaskCreated {
        /// The new task.
        task: Id,
        /// Who made it, if it was a task.
        parent: Option<Id>,
        /// Its name.
        name: &'a str,
        /// Where it was made.
        span: Span,
    },
    /// The first step of a task begins.
    TaskStarted {
        /// The task.
        task: Id,
    },
    /// A task stops to wait.
    TaskSuspended {
        /// The task.
        task: Id,
        /// What it waits for.
        on: &'a WaitReason,
        /// Where it stands.
        span: Span,
    },
    /// A task goes on.
    TaskResumed {
        /// The task.
        task: Id,
    },
    /// A task ended.
    TaskDone {
        /// The task.
        task: Id,
        /// How.
        end: TaskEnd,
    },
    /// Somebody asked a task to stop.
    CancelRequested {
        /// The task that is asked.
        task: Id,
        /// The task that asks.
        by: Option<Id>,
    },
    /// A timer was set.
    TimerSet {
        /// Its deadline.
        when: Time,
    },
    /// A timer fell due and joined the ready queue.
    TimerFired {
        /// Its deadline, not the present time.
        when: Time,
    },
    /// The loop waited.
    ClockAdvanced {
        /// When the wait began.
        from: Time,
        /// When it ended.
        to: Time,
    },
    /// A lock or a semaphore changed hands.
    LockAcquired {
        /// The lock.
        lock: Id,
        /// Its new owner.
        task: Option<Id>,
    },
    /// A lock or a semaphore was given back.
    LockReleased {
        /// The lock.
        lock: Id,
    },
    /// The number of items in a queue changed.
    QueueChanged {
        /// The queue.
        queue: Id,
        /// How many items it holds now.
        len: u64,
    },
    /// The program printed.
    Printed {
        /// Who.
        task: Option<Id>,
        /// What.
        text: &'a str,
    },
    /// One callback held the loop for long.
    SlowTurn {
        /// Who.
        task: Option<Id>,
        /// For how many nanoseconds.
        nanos: u64,
    },
    /// A coroutine object was dropped.
    CoroutineDropped {
        /// Where it was made.
        span: Span,
        /// Whether it had ever run.
        started: bool,
    },
}

/// Receives events as they happen.
pub trait EventSink {
    /// Is told of `event` at the time `now`.
    fn record(&mut self, now: Time, event: &Event<'_>);
}
