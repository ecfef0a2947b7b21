//! Programs that try to end the interpreter.
//!
//! `tests/hostile/x.aio` calls what there is with odd arguments: huge numbers,
//! nothing, wrong kinds, containers of the wrong size. It must end by itself with
//! exit code 0; a panic would end it with 70, an overflow of the stack by a
//! signal. What it prints says that it did call something.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Failed;

fn main() -> ExitCode {
    let folder = harness::root().join("tests/hostile");
    harness::conclude(harness::run_cases(&folder, "aio", survives))
}

fn survives(file: &Path) -> Result<(), Failed> {
    let outcome = harness::run_file(&["--virtual-time"], file)?;
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    let end: Vec<&str> = stderr.lines().rev().take(8).collect();
    if outcome.code != Some(0) || stderr.contains("internal error") {
        let (code, signal) = (outcome.code, outcome.signal);
        return Err(format!("ended with {code:?}, signal {signal:?}\n{end:?}").into());
    }
    let stdout = String::from_utf8_lossy(&outcome.stdout);
    harness::same_text("stdout", "many calls\n", &stdout)
}
