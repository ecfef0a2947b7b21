//! The REPL.

use crate::Exit;

/// Reads, runs and prints until the input ends.
pub(crate) fn repl() -> Exit {
    Exit::OK
}
