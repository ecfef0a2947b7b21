//! Reading the standard input, so that Ctrl-C ends a wait for it.
//!
//! The reader of the standard library goes on waiting after a signal. So we wait ourselves, in
//! slices, and read only what is there; what is read ahead is kept here. A prompt shares the input
//! with the standard library's reader, and leaves it to that one.

use crate::error::R;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, BufRead as _, Read as _};
use std::os::fd::AsFd as _;

/// How long one wait lasts, in nanoseconds.
const SLICE: i64 = 20_000_000;

/// What is asked of the system at once.
const CHUNK: usize = 8192;

/// What was read ahead.
#[derive(Default)]
pub struct StandardInput {
    ahead: Vec<u8>,
    at: usize,
}

impl StandardInput {
    /// Takes up to `count` bytes that are there.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.ahead.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).unwrap_or(rest).to_vec();
        self.at += taken.len();
        if self.at >= self.ahead.len() {
            self.ahead.clear();
            self.at = 0;
        }
        taken
    }

    fn rest(&self) -> &[u8] {
        self.ahead.get(self.at..).unwrap_or_default()
    }
}

fn is_shared(vm: &Vm) -> bool {
    vm.options.script_name == "<stdin>"
}

/// Waits for more and reads it; false at the end.
fn read_more(vm: &mut Vm) -> R<bool> {
    let stdin = io::stdin();
    let slice = Timespec {
        tv_sec: 0,
        tv_nsec: SLICE,
    };
    loop {
        vm.check_signals()?;
        let mut fds = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
        match poll(&mut fds, Some(&slice)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            // What cannot be waited for can be read.
            Ok(_) | Err(_) => {}
        }
        let mut chunk = [0; CHUNK];
        match rustix::io::read(stdin.as_fd(), &mut chunk) {
            Ok(0) => return Ok(false),
            Ok(count) => {
                let new = chunk.get(..count).unwrap_or_default();
                vm.standard_input.ahead.extend_from_slice(new);
                return Ok(true);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(vm.raise_io_error(&error.into(), None)),
        }
    }
}

fn text(vm: &mut Vm, bytes: Vec<u8>) -> R<String> {
    String::from_utf8(bytes).map_err(|_| {
        let error = io::Error::from(io::ErrorKind::InvalidData);
        vm.raise_io_error(&error, None)
    })
}

/// A line with its end; empty at the end.
///
/// # Errors
/// `OSError`, also for what is no text; `KeyboardInterrupt`.
pub fn read_line(vm: &mut Vm) -> R<String> {
    if is_shared(vm) {
        let mut line = String::new();
        return match io::stdin().lock().read_line(&mut line) {
            Ok(_) => Ok(line),
            Err(error) => Err(vm.raise_io_error(&error, None)),
        };
    }
    let mut searched = 0;
    loop {
        let rest = vm.standard_input.rest();
        let new = rest.get(searched..).unwrap_or_default();
        let end = memchr::memchr(b'\n', new).map(|at| searched + at + 1);
        searched = rest.len();
        let end = match end {
            Some(end) => end,
            None if read_more(vm)? => continue,
            None => searched,
        };
        let line = vm.standard_input.take(end);
        return text(vm, line);
    }
}

/// The whole rest, or so many bytes of it.
///
/// # Errors
/// `OSError`, also for what is no text; `KeyboardInterrupt`.
pub fn read(vm: &mut Vm, limit: Option<usize>) -> R<String> {
    let wanted = limit.unwrap_or(usize::MAX);
    if is_shared(vm) {
        let mut bytes = Vec::new();
        let limited = io::stdin()
            .lock()
            .take(wanted as u64)
            .read_to_end(&mut bytes);
        return match limited {
            Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(vm.raise_io_error(&error, None)),
        };
    }
    while vm.standard_input.rest().len() < wanted && read_more(vm)? {}
    let bytes = vm.standard_input.take(wanted);
    match limit {
        None => text(vm, bytes),
        Some(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
