//! Standard output and error. The only module that writes to them.
//!
//! Output is collected and written in large pieces; standard error is written at once, after
//! what standard output holds when both are the same terminal. A closed pipe or full disk becomes
//! an `OSError` of the script, never a panic.

use std::io::{self, Write};

/// Bytes kept before they are written.
const BUFFER: usize = 1 << 16;

/// So much text waits to be handed down (the chunk of CPython's `TextIOWrapper`).
const PENDING: usize = 8192;

/// The two streams.
pub struct Output {
    buffer: Vec<u8>,
    /// How many bytes at the end of the buffer are text that was not handed down yet: what is written to
    /// `sys.stdout.buffer` comes before it.
    pending: usize,
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
            pending: 0,
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
        self.pending += text.len();
        if self.pending >= PENDING {
            self.pending = 0;
        }
        self.buffer.extend_from_slice(text.as_bytes());
        if self.buffer.len() >= BUFFER || self.line_buffered && text.contains('\n') {
            return self.flush();
        }
        Ok(())
    }

    /// Writes bytes to standard output, below the text: as in CPython, text that waits comes after them.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some((out, _)) = &mut self.capture {
            out.extend_from_slice(bytes);
            return Ok(());
        }
        let at = self.buffer.len() - self.pending;
        let text = self.buffer.split_off(at);
        self.buffer.extend_from_slice(bytes);
        let result = if self.buffer.len() >= BUFFER {
            self.write_out()
        } else {
            Ok(())
        };
        self.buffer.extend(text);
        result
    }

    /// Writes out what is held back.
    ///
    /// # Errors
    /// What the system says; the text is dropped then.
    pub fn flush(&mut self) -> io::Result<()> {
        self.pending = 0;
        self.write_out()
    }

    fn write_out(&mut self) -> io::Result<()> {
        let result = io::stdout()
            .write_all(&self.buffer)
            .and_then(|()| io::stdout().flush());
        self.buffer.clear();
        result
    }

    /// Writes text to standard error.
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// Writes bytes to standard error.
    pub fn error_bytes(&mut self, bytes: &[u8]) {
        if let Some((_, err)) = &mut self.capture {
            err.extend_from_slice(bytes);
            return;
        }
        // A failed flush is reported by the next write of the script itself.
        let _ = self.flush();
        // Nobody is left to tell when standard error fails.
        let _ = io::stderr().write_all(bytes);
    }
}

impl Default for Output {
    fn default() -> Self {
        Output::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Output, PENDING};

    /// As CPython's `sys.stdout` and `sys.stdout.buffer` do where nobody flushes.
    #[test]
    fn bytes_come_before_text_that_waits() -> std::io::Result<()> {
        let mut out = Output {
            buffer: Vec::new(),
            pending: 0,
            line_buffered: false,
            capture: None,
        };
        out.write("text ")?;
        out.write_bytes(b"bytes ")?;
        assert_eq!(out.buffer, b"bytes text ");
        let most = "x".repeat(PENDING - "text ".len());
        out.write(&most)?;
        out.write_bytes(b" end")?;
        assert_eq!(out.buffer, format!("bytes text {most} end").into_bytes());
        Ok(())
    }
}
