//! Calls that may wait: repeated until they do something, the time is over, or a signal comes.

use super::data::{SocketData, Timeout};
use crate::error::R;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind};

/// How long one wait lasts: a signal is noticed by another thread, which cannot end it.
const SLICE: f64 = 0.05;

/// Repeats `act` until it does not want to wait any more, as the timeout of the socket allows.
///
/// # Errors
/// `OSError`; `TimeoutError`; `BlockingIOError` from a socket that must not wait;
/// `KeyboardInterrupt`.
pub fn until_done<T>(
    vm: &mut Vm,
    socket: &SocketData,
    flags: PollFlags,
    mut act: impl FnMut() -> io::Result<T>,
) -> R<T> {
    let mut left = match socket.timeout.get() {
        Timeout::NonBlocking => None,
        Timeout::Blocking => Some(f64::INFINITY),
        Timeout::Seconds(seconds) => Some(seconds),
    };
    loop {
        if let Some(left) = &mut left {
            wait(vm, socket, flags, left)?;
        }
        match act() {
            Ok(done) => return Ok(done),
            Err(error) if left.is_some() && wants_to_wait(&error) => {}
            Err(error) => return Err(vm.raise_io_error(&error, None)),
        }
    }
}

/// Whether the system says "not now".
pub fn wants_to_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Waits until the socket is ready; lowers what is left of the time.
///
/// # Errors
/// `TimeoutError`, `OSError`, `KeyboardInterrupt`.
pub fn wait(vm: &mut Vm, socket: &SocketData, flags: PollFlags, left: &mut f64) -> R<()> {
    loop {
        vm.check_signals()?;
        let slice = left.clamp(0.0, SLICE);
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: (slice * 1e9) as _,
        };
        let ready = socket.with(|fd| {
            let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
            match poll(&mut fds, Some(&timeout)) {
                Err(rustix::io::Errno::INTR) => Ok(0),
                other => other,
            }
        });
        match ready {
            Ok(0) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(vm.raise_io_error(&error, None)),
        }
        *left -= slice;
        if *left <= 0.0 {
            let class = vm.types.timeout_error.clone();
            let text = vm.str("timed out");
            return Err(vm.raise_with(&class, vec![text]));
        }
    }
}
