//! Transcripts of the REPL.
//!
//! `tests/repl/x.session`: lines after `>>> ` and `... ` are typed, the rest is
//! what must come back, output and errors together. Lines before the first
//! prompt describe the case. Addresses are written `0x...`.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use harness::child;
use libtest_mimic::Failed;

const LIMIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let folder = harness::root().join("tests/repl");
    harness::conclude(harness::run_cases(&folder, "session", talk))
}

fn talk(file: &Path) -> Result<(), Failed> {
    let transcript = std::fs::read_to_string(file)?;
    let first = transcript
        .find(">>> ")
        .ok_or("no prompt in the transcript")?;
    let (mut typed, mut expected) = (String::new(), String::new());
    for line in transcript[first..].lines() {
        match line.strip_prefix(">>> ").or(continued(line)) {
            Some(input) => {
                typed.push_str(input);
                typed.push('\n');
            }
            None => {
                expected.push_str(line);
                expected.push('\n');
            }
        }
    }
    let input = std::env::temp_dir().join(format!(
        "aio-session-{}-{}",
        std::process::id(),
        file.file_stem().unwrap_or_default().to_string_lossy()
    ));
    std::fs::write(&input, typed)?;
    // Through a shell, so that output and errors share one pipe in their order.
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "exec \"$@\" 2>&1",
            "sh",
            env!("CARGO_BIN_EXE_aio"),
            "repl",
        ])
        .env("NO_COLOR", "1");
    let outcome = child::run(&mut command, Some(&input), LIMIT);
    std::fs::remove_file(&input)?;
    let outcome = outcome?;
    harness::same_text(
        "answers",
        &expected,
        &without_addresses(&String::from_utf8_lossy(&outcome.stdout)),
    )
}

/// Addresses are written `0x...`.
fn without_addresses(text: &str) -> String {
    let mut pieces = text.split(" at 0x");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(" at 0x...");
        out.push_str(piece.trim_start_matches(|char: char| char.is_ascii_hexdigit()));
    }
    out
}

fn continued(line: &str) -> Option<&str> {
    if line == "..." {
        return Some("");
    }
    line.strip_prefix("... ")
}
