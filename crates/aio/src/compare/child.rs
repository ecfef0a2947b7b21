//! Running a program with limits on time, output and memory.
//!
//! This file is shared with the task runner, which records expected output.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// More output than this is cut: a program that prints for ever must not fill
/// the memory of whoever watches it.
const MAX_OUTPUT: u64 = 16 << 20;

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(3);

/// How long output may stay open after its program ended, by its children.
const LINGER: Duration = Duration::from_secs(1);

/// What a program did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its output.
    pub(crate) stdout: Vec<u8>,
    /// Its messages.
    pub(crate) stderr: Vec<u8>,
    /// Its exit code, if it ended by itself.
    pub(crate) code: Option<i32>,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    /// Whether it was stopped because its time was over.
    pub(crate) timed_out: bool,
}

impl Outcome {
    /// The last line on standard error that is not blank, without addresses of objects. What
    /// CPython remarks while it ends (`<sys>:0: RuntimeWarning`) is not counted.
    pub(crate) fn last_error_line(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let is_remark = |line: &str| line.trim().is_empty() || line.starts_with("<sys>:0: ");
        let last = text.lines().rev().find(|line| !is_remark(line));
        let mut pieces = last.unwrap_or_default().trim_end().split(" at 0x");
        let mut line = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            line.push_str(" at 0x...");
            line.push_str(piece.trim_start_matches(|char: char| char.is_ascii_hexdigit()));
        }
        line
    }
}

/// Runs `command` for at most `limit`. Its input is the file `input`, or nothing.
pub(crate) fn run(
    command: &mut Command,
    input: Option<&Path>,
    limit: Duration,
) -> io::Result<Outcome> {
    let stdin = match input {
        Some(path) => Stdio::from(std::fs::File::open(path)?),
        None => Stdio::null(),
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let status = wait(&mut child, limit)?;
    let output = |reader: Option<Receiver<Vec<u8>>>| {
        reader
            .and_then(|reader| reader.recv_timeout(LINGER).ok())
            .unwrap_or_default()
    };
    Ok(Outcome {
        stdout: output(stdout),
        stderr: output(stderr),
        code: status.and_then(|status| status.code()),
        signal: status.and_then(signal),
        timed_out: status.is_none(),
    })
}

/// Waits for the end; `None` if the time is over, in which case it is killed.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let mut left = limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if left.is_zero() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        let slice = POLL.min(left);
        thread::park_timeout(slice);
        left -= slice;
    }
}

/// Reads a stream to its end on a thread of its own.
fn collect(stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth showing.
        let _ = stream.take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt;
    status.signal()
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
