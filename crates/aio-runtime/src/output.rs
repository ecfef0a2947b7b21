//! Standard output and error. The only module that writes to them.
//!
//! Output is collected and written in large pieces; standard error is written at once, after
//! what standard output holds when both are the same terminal. A closed pipe or full disk becomes
//! an `OSError` of the script, never a panic.

use std::io::{self, Write};

/// Bytes kept before they are written.
const BUFFER: usize = 1 << 16;

/// The two streams.
pub struct Output {
    buffer: Vec<u8>,
    line_buffered: bool,
    /// Catches both streams instead of writing them (tests, embedding).
    pub capture: Option<(Vec<u8>, Vec<u8>)>,
}

impl Output {
    /// The streams of the process.
    pub fn new() -> Output {
        use std::io::IsTerminal;
        Output {
            buffer: Vec::new(),
            line_buffered: io::stdout().is_terminal(),
            capture: None,
        }
    }

    /// Writes text to standard output.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        if let Some((out, _)) = &mut self.capture {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        self.buffer.extend_from_slice(text.as_bytes());
        if self.buffer.len() >= BUFFER || self.line_buffered && text.contains('\n') {
            return self.flush();
        }
        Ok(())
    }

    /// Writes out what is held back.
    ///
    /// # Errors
    /// What the system says; the text is dropped then.
    pub fn flush(&mut self) -> io::Result<()> {
        let result = io::stdout()
            .write_all(&self.buffer)
            .and_then(|()| io::stdout().flush());
        self.buffer.clear();
        result
    }

    /// Writes text to standard error.
    pub fn error(&mut self, text: &str) {
        if let Some((_, err)) = &mut self.capture {
            err.extend_from_slice(text.as_bytes());
            return;
        }
        // A failed flush is reported by the next write of the script itself.
        let _ = self.flush();
        // Nobody is left to tell when standard error fails.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

impl Default for Output {
    fn default() -> Self {
        Output::new()
    }
}
