//! Calls that may wait: repeated until they do something, the time is over, or a signal comes.
//!
//! The main thread of a program without others waits in the system. Where there are other threads,
//! the one that waits is parked instead, and looks at its socket again and again.

use super::data::{SocketData, Timeout};
use crate::error::R;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// How long one wait lasts: a signal sets a flag, which does not end it.
const SLICE: f64 = 0.05;

/// How often a thread that is parked looks at its socket.
const LOOK_EVERY: f64 = 0.001;

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
        let alone = vm.threads.is_alone();
        let slice = left.clamp(0.0, if alone { SLICE } else { LOOK_EVERY });
        let timeout = Timespec {
            tv_sec: 0,
            // On the virtual clock a thread that is parked goes on at once, so it waits here.
            tv_nsec: if alone || vm.options.virtual_time {
                (slice * 1e9) as _
            } else {
                0
            },
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
        if !alone {
            crate::threads::sleep(vm, Duration::from_secs_f64(slice))?;
        }
        *left -= slice;
        if *left <= 0.0 {
            let class = vm.types.timeout_error.clone();
            let text = vm.str("timed out");
            return Err(vm.raise_with(&class, vec![text]));
        }
    }
}
