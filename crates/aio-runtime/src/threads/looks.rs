//! Waiting for what the system brings, while other threads go on.
//!
//! A program without other threads waits in the system, in slices, since a signal only sets a flag.
//! Where there are others, the one that waits is parked and looks again and again, less often the longer
//! it waits: the time goes by for the others.

use super::sleep;
use crate::error::R;
use crate::vm::Vm;
use rustix::event::Timespec;
use rustix::io::Errno;
use std::time::Duration;

/// How long a wait in the system lasts.
const SLICE: Duration = Duration::from_millis(20);

/// How soon a thread that is parked looks again, at first.
const SOON: Duration = Duration::from_millis(1);

/// It lets this part of what it has waited pass until it looks again.
const PART: u32 = 16;

/// One wait.
#[derive(Default)]
pub struct Looks {
    waited: Duration,
}

impl Looks {
    /// One look: `poll` waits as long as it is told and says how many of the things waited for are there. Whether
    /// there is something to do, be it an error. `left` is lowered by the time that was waited.
    ///
    /// # Errors
    /// `KeyboardInterrupt`, on the main thread.
    pub fn look(
        &mut self,
        vm: &mut Vm,
        left: &mut Duration,
        poll: impl FnOnce(&Timespec) -> Result<usize, Errno>,
    ) -> R<bool> {
        vm.check_signals()?;
        let alone = vm.threads.is_alone();
        let longest = if alone {
            SLICE
        } else {
            (self.waited / PART).clamp(SOON, SLICE)
        };
        let slice = longest.min(*left);
        // On the virtual clock a thread that is parked goes on at once, so it waits here.
        let waits = alone || vm.options.virtual_time;
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: if waits {
                slice.subsec_nanos().into()
            } else {
                0
            },
        };
        match poll(&timeout) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) | Err(_) => return Ok(true),
        }
        if !alone {
            sleep(vm, slice)?;
        }
        self.waited += slice;
        *left = left.saturating_sub(slice);
        Ok(false)
    }
}
