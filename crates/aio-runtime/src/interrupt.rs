//! Interrupts: a signal handler sets a flag, safe points look at it.

use crate::error::R;
use crate::heap::INTERRUPTED;
use crate::vm::Vm;
use std::sync::atomic::Ordering;

/// Asks the running program to stop with `KeyboardInterrupt` (called by the signal handler).
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

impl Vm {
    /// Raises `KeyboardInterrupt` if one was asked for.
    ///
    /// # Errors
    /// `KeyboardInterrupt`.
    pub fn check_interrupt(&mut self) -> R<()> {
        if INTERRUPTED.swap(false, Ordering::Relaxed) {
            let class = self.types.keyboard_interrupt.clone();
            return Err(self.raise_with(&class, vec![]));
        }
        Ok(())
    }
}
