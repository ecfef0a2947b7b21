//! Calls that may wait: repeated until they do something, the time is over, or a signal comes.
//!
//! Where there are other threads, the one that waits is parked (`threads::Looks`).

use super::data::SocketData;
use crate::error::R;
use crate::threads::Looks;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io::{self, ErrorKind};
use std::os::fd::BorrowedFd;
use std::time::Duration;

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
    let mut left = socket.timeout.get().limit();
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
pub fn wait(vm: &mut Vm, socket: &SocketData, flags: PollFlags, left: &mut Duration) -> R<()> {
    let mut looks = Looks::default();
    loop {
        let mut failed = None;
        let found = looks.look(vm, left, |timeout| {
            let poll = |fd: BorrowedFd<'_>| match poll(
                &mut [PollFd::from_borrowed_fd(fd, flags)],
                Some(timeout),
            ) {
                Err(Errno::INTR) => Ok(0),
                other => other,
            };
            socket.with(poll).or_else(|error| {
                failed = Some(error);
                Ok(1)
            })
        })?;
        if let Some(error) = failed {
            return Err(vm.raise_io_error(&error, None));
        }
        if found {
            return Ok(());
        }
        if left.is_zero() {
            let class = vm.types.timeout_error.clone();
            let text = vm.str("timed out");
            return Err(vm.raise_with(&class, vec![text]));
        }
    }
}
