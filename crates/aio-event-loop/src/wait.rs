//! Why a task does not run: what it waits for, where, and since when.
//!
//! Every suspended task has one of these. A deadlock report is a walk over them:
//! from a task to the lock it waits for, from the lock to its owner, and on.

use crate::time::Time;

/// Names a task, future, lock, queue or event within one run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Id(pub u64);

/// A byte range of a source file, by the number of the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Span {
    /// Which file.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What a suspended task waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WaitReason {
    /// Its next turn: `sleep(0)`.
    Turn,
    /// A point in time.
    SleepUntil(Time),
    /// Another task.
    Task(Id),
    /// A future that somebody has to complete.
    Future(Id),
    /// All of these: `gather`, a task group, `wait`.
    All(Box<[Id]>),
    /// A lock, and who has it.
    Lock {
        /// The lock.
        lock: Id,
        /// The task that holds it, if one does.
        owner: Option<Id>,
    },
    /// A permit of a semaphore.
    Semaphore(Id),
    /// A condition to be notified.
    Condition(Id),
    /// An event to be set.
    Event(Id),
    /// A barrier to fill.
    Barrier(Id),
    /// An item of a queue.
    QueueGet(Id),
    /// Room in a queue.
    QueuePut(Id),
    /// The work of a queue to be done.
    QueueJoin(Id),
    /// A descriptor.
    Descriptor {
        /// Its number.
        fd: u32,
        /// Whether it waits to write rather than to read.
        writes: bool,
    },
    /// A child process to end.
    Process {
        /// Its number.
        pid: u32,
    },
    /// A function on a thread to end.
    Thread(Id),
    /// Something else outside of the program: a stream, a connection.
    Outside,
}

/// A wait that goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// For what.
    pub reason: WaitReason,
    /// The `await` that waits.
    pub span: Span,
    /// Since when.
    pub since: Time,
}
