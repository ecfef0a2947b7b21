//! What can wake an idle loop besides a timer.
//!
//! The loop asks its poller once per turn, with a timeout, and the poller
//! appends what became ready. Without a poller the loop only has timers and
//! waits on its clock. A poller for descriptors, children and signals is
//! plugged in as a box; nothing of it is compiled into this crate.

use std::collections::VecDeque;
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
    /// Whether anything is registered that could ever become ready. If not, an
    /// idle loop without timers is a deadlock, and busy turns skip the poll.
    fn has_sources(&self) -> bool;

    /// Waits until something is ready, at most `timeout` (for ever if `None`,
    /// not at all if zero), and appends the callbacks of what is ready in the
    /// order the system reports it, reader before writer of one descriptor.
    fn poll(&mut self, timeout: Option<Duration>, ready: &mut VecDeque<P>) -> io::Result<WaitEnd>;
}
