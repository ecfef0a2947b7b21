//! The standard streams, as the command itself uses them.
//!
//! What a script prints does not come through here but through the runtime's
//! own output module. Nothing here fails: a message that cannot be written to a
//! closed pipe has no reader.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::args::ColorChoice;

/// What `--color` said.
static COLOR: AtomicU8 = AtomicU8::new(ColorChoice::Auto as u8);

/// Has messages colored or not, whatever the streams are.
pub(crate) fn choose_color(choice: ColorChoice) {
    COLOR.store(choice as u8, Ordering::Relaxed);
}

/// Writes a message to standard error, with a line end.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.write_all(b"\n"));
}

/// Shows a person how far long work is, in a line that the next one replaces.
pub(crate) fn show_progress(at: usize, of: usize, file: &Path) {
    if is_redrawable() {
        let name: String = file.to_string_lossy().chars().rev().take(50).collect();
        let name: String = name.chars().rev().collect();
        let _ = write!(io::stderr().lock(), "\r\x1b[K{at}/{of} {name}");
    }
}

/// Takes the line of [`show_progress`] away.
pub(crate) fn end_progress() {
    if is_redrawable() {
        let _ = write!(io::stderr().lock(), "\r\x1b[K");
    }
}

/// Whether standard error is a terminal on which a line can be drawn anew.
fn is_redrawable() -> bool {
    stderr_is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Ends the process: the interpreter does not come to a point where it could do so itself.
#[expect(
    clippy::exit,
    reason = "another thread is inside an operation without an end"
)]
pub(crate) fn end_process(why: &str, code: i32) {
    say(&format!("aio: {why}"));
    std::process::exit(code);
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

/// Whether a person reads what is printed.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads standard error.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether messages on standard error may be colored.
pub(crate) fn stderr_has_color() -> bool {
    has_color(io::stderr().is_terminal())
}

/// Whether what is printed may be colored.
pub(crate) fn stdout_has_color() -> bool {
    has_color(io::stdout().is_terminal())
}

/// How many columns standard error shows, if that is known: `COLUMNS`, or what the terminal says.
pub(crate) fn stderr_columns() -> Option<usize> {
    if !stderr_is_terminal() {
        return None;
    }
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|columns| columns.parse().ok());
    told.or_else(terminal_columns)
        .filter(|columns| *columns > 0)
}

#[cfg(unix)]
fn terminal_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    Some(usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn terminal_columns() -> Option<usize> {
    None
}

/// `NO_COLOR` forbids, `FORCE_COLOR` commands; otherwise a terminal gets colors, unless it calls
/// itself dumb.
fn has_color(is_terminal: bool) -> bool {
    let choice = COLOR.load(Ordering::Relaxed);
    if choice != ColorChoice::Auto as u8 {
        return choice == ColorChoice::Always as u8;
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_set("FORCE_COLOR") || (is_terminal && !is_dumb)
}
