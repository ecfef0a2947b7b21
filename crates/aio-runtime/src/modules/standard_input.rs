//! Reading the standard input, so that Ctrl-C ends a wait for it and other threads go on meanwhile.
//!
//! The reader of the standard library goes on waiting after a signal. So we wait ourselves
//! and read only what is there; what is read ahead is kept here. A prompt shares the input
//! with the standard library's reader, and leaves it to that one.

use super::waiting::Until;
use crate::error::R;
use crate::threads::Looks;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{self, BufRead, Read as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

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
    let mut looks = Looks::default();
    loop {
        let mut left = Duration::MAX;
        let mut fds = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
        // What cannot be waited for can be read.
        if !looks.look(vm, &mut left, |timeout| poll(&mut fds, Some(timeout)))? {
            continue;
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

/// What one read gives.
///
/// # Errors
/// `OSError`, `KeyboardInterrupt`.
pub fn read(vm: &mut Vm, until: Until) -> R<Vec<u8>> {
    if is_shared(vm) {
        let read = read_shared(&mut io::stdin().lock(), until);
        return read.map_err(|error| vm.raise_io_error(&error, None));
    }
    loop {
        let rest = vm.standard_input.rest();
        let end = match until.within(rest) {
            Some(end) => end,
            None if read_more(vm)? => continue,
            None => usize::MAX,
        };
        return Ok(vm.standard_input.take(end));
    }
}

fn read_shared(input: &mut impl BufRead, until: Until) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match until {
        Until::End => input.read_to_end(&mut bytes)?,
        Until::Line => input.read_until(b'\n', &mut bytes)?,
        Until::Bytes(count) | Until::AtMost(count) => {
            input.take(count as u64).read_to_end(&mut bytes)?
        }
        Until::Chars(_) => {
            while until.within(&bytes).is_none() {
                if input.take(1).read_to_end(&mut bytes)? == 0 {
                    break;
                }
            }
            bytes.len()
        }
    };
    Ok(bytes)
}
