//! Programs that must be refused, or must fail, with exactly this drawing.
//!
//! `tests/fail/<syntax|compile|runtime>/x.aio` with `x.err`, all of stderr. A
//! marker `# error[A0203]` on a line says that a diagnostic with this code must
//! have its primary place on that line. `AIO_BLESS=1` records the drawing;
//! `cargo xtask bless --check` holds its last line against CPython's, but in
//! `fail/unsupported`. `tests/check/x.aio` is the same for `aio check`.

mod harness;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Failed;

fn main() -> ExitCode {
    let folder = harness::root().join("tests/fail");
    let mut trials = harness::run_cases(&folder, "aio", fails_as_drawn);
    let folder = harness::root().join("tests/check");
    trials.extend(harness::run_cases(&folder, "aio", checks_as_drawn));
    harness::conclude(trials)
}

fn checks_as_drawn(file: &Path) -> Result<(), Failed> {
    let outcome = harness::run_file(&["check"], file)?;
    let stderr = harness::portable(&outcome.stderr, file);
    harness::same_as_file(&file.with_extension("err"), &stderr)?;
    check_markers(file, &stderr)
}

fn fails_as_drawn(file: &Path) -> Result<(), Failed> {
    let outcome = harness::run_file(&["--virtual-time"], file)?;
    let stderr = harness::portable(&outcome.stderr, file);
    if outcome.code != Some(1) {
        return Err(format!("ended with {:?}, not 1\n{stderr}", outcome.code).into());
    }
    harness::same_as_file(&file.with_extension("err"), &stderr)?;
    check_markers(file, &stderr)
}

/// Each marker has a diagnostic on its line, and as many are drawn as marked.
fn check_markers(file: &Path, stderr: &str) -> Result<(), Failed> {
    let source = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let marked: Vec<(String, usize)> = source
        .lines()
        .zip(1..)
        .filter_map(|(line, number)| {
            let (_, marker) = line.split_once("# error[")?;
            let (code, _) = marker.split_once(']')?;
            Some((code.to_owned(), number))
        })
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    let drawn = drawn(stderr);
    if marked == drawn {
        return Ok(());
    }
    Err(format!("marked {marked:?}, drawn {drawn:?}\n{stderr}").into())
}

/// The code and line of each diagnostic: `[A0203] Error: …`, then `[ x:4:1 ]`.
fn drawn(stderr: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut code = None;
    for line in stderr.lines() {
        if let Some((drawn, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            code = Some(drawn.to_owned());
        } else if let Some((_, place)) = line.split_once("╭─[ ") {
            let number = place.split(':').nth(1).and_then(|text| text.parse().ok());
            if let (Some(code), Some(number)) = (code.take(), number) {
                found.push((code, number));
            }
        }
    }
    found
}
