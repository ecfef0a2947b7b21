//! The event loop of aio: ready queue, timers, clock, poller.
//!
//! The loop is generic over its payload and never calls it: [`EventLoop::next`]
//! hands back the next due item, and the caller runs it. So this crate knows no
//! values and no syntax, and everything that can run between two awaits is one
//! type in the caller.
//!
//! In reading order: [`Time`] is whole nanoseconds; the clocks read it or
//! make it pass; the timers are Python's `heapq`; the poller brings wake-ups
//! from outside (`io_poller`: of descriptors and threads); the scheduler may reorder a turn; `event` and `wait` describe
//! what happens and what a task waits for; [`EventLoop`] puts them together.

mod clock;
mod event;
mod event_loop;
#[cfg(unix)]
mod io_poller;
mod poller;
mod ready;
mod scheduler;
mod time;
mod timers;
mod wait;

pub use clock::{AnyClock, Clock, Consumer, PATIENCE, SystemClock, VirtualClock};
pub use event::{Event, EventSink, TaskEnd};
pub use event_loop::{EventLoop, Payload, Progress, Step};
#[cfg(unix)]
pub use io_poller::{Direction, IoPoller, Origin, Remote};
pub use poller::{Poller, WaitEnd};
pub use ready::ReadyQueue;
pub use scheduler::{Fifo, Replay, Scheduler, Seeded};
pub use time::Time;
pub use wait::{Id, Span, Wait, WaitReason};
