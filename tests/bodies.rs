//! A plain body and its transformed twins do the same.
//!
//! Random function bodies (loops with else, try with finally, with, match,
//! break, continue, return, raise, calls in every kind of expression) are written
//! three times: as a plain function, as a coroutine in which every call is awaited
//! and suspends now and then, and as a generator in which every call yields. All
//! three must leave the same trace and end in the same way, and the program must
//! print what CPython prints, if there is one.
//!
//! `AIO_BODIES=N` tries N programs instead of a few; a failing program is kept in
//! the folder for temporary files and named.

#[path = "bodies/generate.rs"]
mod generate;
#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;
#[path = "../crates/aio/src/compare/python.rs"]
mod python;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use harness::child;
use libtest_mimic::{Failed, Trial};
use python::Python;

const PROGRAMS: u64 = 24;
const LIMIT: Duration = Duration::from_secs(30);
/// How often CPython is asked before a program counts as not comparable.
const TRIES: u32 = 3;

fn main() -> ExitCode {
    let programs = std::env::var("AIO_BODIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(PROGRAMS);
    let python = Python::find();
    let trials = (0..programs).map(|seed| {
        let python = python.clone();
        Trial::test(format!("seed {seed}"), move || {
            behaves(seed, python.as_ref())
        })
    });
    harness::conclude(trials.collect())
}

fn behaves(seed: u64, python: Option<&Python>) -> Result<(), Failed> {
    // Two runs of the tests at a time must not take each other's programs away.
    let name = format!("aio-bodies-{}-{seed}.aio", std::process::id());
    let file: PathBuf = std::env::temp_dir().join(name);
    std::fs::write(&file, generate::program(seed))?;
    let kept = || format!("program: {}", file.display());
    let ours = child::run(harness::aio().arg("--virtual-time").arg(&file), None, LIMIT)?;
    let stdout = String::from_utf8_lossy(&ours.stdout).into_owned();
    if ours.code != Some(0) {
        let stderr = String::from_utf8_lossy(&ours.stderr).into_owned();
        return Err(format!("ended with {:?}\n{stderr}\n{}", ours.code, kept()).into());
    }
    if let Some(line) = stdout.lines().find(|line| line.contains("DIFFERS")) {
        return Err(format!("{line}\n{}", kept()).into());
    }
    if let Some(python) = python {
        match expected(python, &file)? {
            Some(theirs) => harness::same_text("stdout", &theirs, &stdout)
                .map_err(|failed| format!("{}\n{}", failed.message().unwrap_or(""), kept()))?,
            None => writeln!(
                std::io::stderr(),
                "seed {seed}: CPython was killed or ran out of time {TRIES} times; not compared"
            )?,
        }
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

/// What CPython prints. A machine under load may kill it or stop it for its time, which says
/// nothing about us: it is asked again, and `None` after some tries. That it refuses the program
/// is an error: then nothing would be compared.
fn expected(python: &Python, file: &Path) -> Result<Option<String>, Failed> {
    for _ in 0..TRIES {
        let theirs = child::run(&mut python.command(file, &[]), None, LIMIT)?;
        if theirs.timed_out || theirs.signal.is_some() {
            continue;
        }
        if theirs.code != Some(0) {
            let (code, error) = (theirs.code, theirs.last_error_line());
            return Err(format!("CPython ended with {code:?}: {error}").into());
        }
        return Ok(Some(String::from_utf8_lossy(&theirs.stdout).into_owned()));
    }
    Ok(None)
}
