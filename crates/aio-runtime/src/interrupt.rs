//! Interrupts: a signal handler sets a flag, safe points look at it.

use crate::error::R;
use crate::heap::INTERRUPTED;
use crate::vm::Vm;
use std::sync::atomic::Ordering;

impl Vm {
    /// Raises `KeyboardInterrupt` if an interrupt was asked for, unless it becomes the cancellation
    /// of the main task of `asyncio.run`.
    ///
    /// # Errors
    /// `KeyboardInterrupt`.
    pub fn check_interrupt(&mut self) -> R<()> {
        if INTERRUPTED.swap(false, Ordering::Relaxed) {
            if crate::asyncio::on_interrupt(self) {
                return Ok(());
            }
            let class = self.types.keyboard_interrupt.clone();
            return Err(self.raise_with(&class, vec![]));
        }
        Ok(())
    }
}
