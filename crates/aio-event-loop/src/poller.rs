//! What can wake an idle loop besides a timer.
//!
//! The loop asks its poller once per turn, with a timeout, and the poller
//! appends what became ready. Without a poller the loop only has timers and
//! waits on its clock. The poller for descriptors, children and threads is
//! [`IoPoller`](crate::IoPoller); it is plugged in as a box when the first
//! descriptor is registered, so that programs without any pay nothing.

use crate::ready::ReadyQueue;
use std::io;
use std::time::Duration;

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitEnd {
    /// The time is over, or something became ready.
    Ready,
    /// A signal asks for attention: the caller handles it and waits again.
    Interrupted,
}

/// A source of wake-ups from outside.
pub trait Poller<P> {
    /// Whether anything is registered that could ever become ready. If not,
    /// busy turns skip the poll.
    fn has_sources(&self) -> bool;

    /// Whether anything is registered whose readiness the program waits for. If
    /// not, an idle loop without timers is a deadlock.
    fn can_wake(&self) -> bool {
        self.has_sources()
    }

    /// Whether anything is registered that lives in the real world: a child, a
    /// thread, a remote peer. While one is, virtual time does not jump.
    fn follows_real_time(&self) -> bool {
        false
    }

    /// Waits until something is ready, at most `timeout` (for ever if `None`,
    /// not at all if zero), and appends the callbacks of what is ready in the
    /// order the system reports it, reader before writer of one descriptor.
    fn poll(&mut self, timeout: Option<Duration>, ready: &mut ReadyQueue<P>)
    -> io::Result<WaitEnd>;
}
