//! Where algorithms and sizes end: faults become exceptions, and what is too big is refused.
//!
//! The algorithms in `num` and `text` know no interpreter; they answer a [`Fault`], which
//! [`Vm::raise_fault`] turns into the exception that it names. A script chooses how long a result
//! gets (`'a' * 10**12`), so whatever allocates by such a number asks [`reserve`] first: a size
//! that cannot be had is a `MemoryError`, never the end of the process.

use crate::error::{R, Raised};
use crate::num::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// The largest allocation that a script may ask for in one piece.
pub const MAX_BYTES: usize = 8 << 30;

/// Checks that `len` items of `elem_size` bytes can be had.
///
/// # Errors
/// `MemoryError`.
pub fn reserve(vm: &mut Vm, len: usize, elem_size: usize) -> R<()> {
    const SMALL: usize = 1 << 20;
    let bytes = len.checked_mul(elem_size);
    let at_least = bytes.unwrap_or(usize::MAX);
    vm.charge(at_least)?;
    if at_least > SMALL {
        vm.check_room(at_least)?;
    }
    match bytes {
        Some(bytes) if bytes <= SMALL => Ok(()),
        Some(bytes) if bytes <= MAX_BYTES && Vec::<u8>::new().try_reserve_exact(bytes).is_ok() => {
            Ok(())
        }
        Some(_) | None => Err(out_of_memory(vm)),
    }
}

/// `MemoryError()`
#[cold]
pub fn out_of_memory(vm: &mut Vm) -> Raised {
    let class = vm.types.memory_error.clone();
    vm.raise_with(&class, vec![])
}

impl Vm {
    /// Raises the exception that a failed algorithm names.
    #[cold]
    pub fn raise_fault(&mut self, fault: Fault) -> Raised {
        match fault {
            Fault::Value(text) => self.value_error(text),
            Fault::Type(text) => self.type_error(text),
            Fault::Overflow(text) => self.overflow_error(text),
            Fault::Index(text) => self.index_error(text),
            Fault::Lookup(text) => self.lookup_error(text),
            Fault::ZeroDivision(text) => self.zero_division_error(text),
            Fault::Key(text) => {
                let class = self.types.key_error.clone();
                let key = self.str(text);
                self.raise_with(&class, vec![key])
            }
            Fault::Range => {
                let class = self.types.overflow_error.clone();
                let text = self.str("Numerical result out of range");
                self.raise_with(&class, vec![Value::int(34), text])
            }
            Fault::Memory => out_of_memory(self),
        }
    }

    /// The result of an algorithm, its fault raised.
    ///
    /// # Errors
    /// The exception that the fault names.
    #[inline]
    pub fn checked<T>(&mut self, result: Result<T, Fault>) -> R<T> {
        match result {
            Ok(value) => Ok(value),
            Err(fault) => Err(self.raise_fault(fault)),
        }
    }
}
