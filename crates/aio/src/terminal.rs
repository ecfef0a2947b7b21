//! The standard streams, as the command itself uses them.
//!
//! What a script prints does not come through here but through the runtime's
//! own output module. Nothing here fails: a message that cannot be written to a
//! closed pipe has no reader.

use std::io::{self, IsTerminal, Write};

/// Writes a message to standard error, with a line end.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.write_all(b"\n"));
}

/// Writes to standard output.
pub(crate) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Whether a person types the input.
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether messages on standard error may be colored.
pub(crate) fn stderr_has_color() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}
