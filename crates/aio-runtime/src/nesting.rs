//! How deep built-in operations may go into values that hold values.
//!
//! `repr`, `==`, `<` and the like walk nested containers by native calls, which no call of the
//! script counts. As in CPython there is a fixed limit for them, besides what the native stack
//! allows.

use crate::error::{R, Raised};
use crate::vm::Vm;

/// CPython's limit for its C code.
const LIMIT: u32 = 9_998;

impl Vm {
    /// Goes one level deeper into a value; `doing` ends the message, as in ` in comparison`.
    ///
    /// # Errors
    /// `RecursionError`; what `body` raises.
    #[inline]
    pub fn nested<T>(&mut self, doing: &str, body: impl FnOnce(&mut Vm) -> R<T>) -> R<T> {
        if self.nesting >= LIMIT || self.is_stack_short() {
            return Err(self.too_nested(doing));
        }
        self.nesting += 1;
        let result = body(self);
        self.nesting -= 1;
        result
    }

    /// Guards a native recursion that is counted elsewhere.
    ///
    /// # Errors
    /// `RecursionError` when the native stack is nearly used up.
    #[inline(always)]
    pub fn check_native(&mut self, doing: &str) -> R<()> {
        if self.is_stack_short() {
            return Err(self.too_nested(doing));
        }
        Ok(())
    }

    #[cold]
    fn too_nested(&mut self, doing: &str) -> Raised {
        self.recursion_error(format!("maximum recursion depth exceeded{doing}"))
    }
}
