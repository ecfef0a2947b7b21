//! Programs that must print exactly what CPython 3.13 prints.
//!
//! `tests/run/<feature>/x.aio` with `x.out`, and `x.end` if it does not succeed;
//! `examples/x.aio` and `tests/mistakes` likewise; `tests/python-differences/x.aio`, where `x.out` is
//! ours and `x.py.out` is CPython's. All run on the virtual clock but for those
//! in a folder `real-clock`. None is told of a mistake with tasks or coroutines, but for those
//! in `tests/mistakes/deserved.txt`. `cargo xtask bless` records what is expected.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::Path;
use std::process::ExitCode;

use harness::child::Outcome;
use libtest_mimic::Failed;

fn main() -> ExitCode {
    let root = harness::root();
    let mut trials = Vec::new();
    for folder in [
        "tests/run",
        "tests/mistakes/seen",
        "tests/mistakes/told",
        "tests/mistakes/dev",
        "tests/python-differences",
        "examples",
    ] {
        trials.extend(harness::run_cases(&root.join(folder), "aio", run_script));
    }
    harness::conclude(trials)
}

fn run_script(file: &Path) -> Result<(), Failed> {
    let real = file
        .components()
        .any(|part| part.as_os_str() == "real-clock");
    let options: &[&str] = if real { &[] } else { &["--virtual-time"] };
    let outcome = harness::run_file(options, file)?;
    let stderr = harness::portable(&outcome.stderr, file);
    let checked = told(file, &stderr).and_then(|()| compare(file, &outcome));
    checked.map_err(|failed| {
        let message = failed.message().unwrap_or("differs");
        format!("{message}\nstderr:\n{stderr}").into()
    })
}

/// A correct program is told of no mistake; those that make one on purpose are listed.
fn told(file: &Path, stderr: &str) -> Result<(), Failed> {
    let root = harness::root();
    let name = file.strip_prefix(&root).unwrap_or(file);
    if name.starts_with("tests/mistakes") {
        return Ok(());
    }
    let list = std::fs::read_to_string(root.join("tests/mistakes/deserved.txt"))?;
    let name = name.display().to_string();
    let mut deserved: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(program, _)| *program == name)
        .map(|(_, code)| code)
        .collect();
    let codes = stderr.lines().filter_map(|line| {
        let (code, _) = line.strip_prefix("[A0")?.split_once("] ")?;
        Some(format!("A0{code}"))
    });
    for code in codes {
        match deserved.iter().position(|known| *known == code) {
            Some(at) => drop(deserved.remove(at)),
            None => return Err(format!("is told of {code}, which is not deserved").into()),
        }
    }
    match deserved.as_slice() {
        [] => Ok(()),
        missing => Err(format!("is not told of {missing:?}").into()),
    }
}

fn compare(file: &Path, outcome: &Outcome) -> Result<(), Failed> {
    let expected = std::fs::read_to_string(file.with_extension("out"))
        .map_err(|error| format!("no .out file ({error}); cargo xtask bless records it"))?;
    harness::same_text(
        "stdout",
        &expected,
        &harness::portable(&outcome.stdout, file),
    )?;
    let end = std::fs::read_to_string(file.with_extension("end")).unwrap_or_default();
    harness::same_text("end", &end, &describe_end(file, outcome))
}

/// As `cargo xtask bless` writes it.
fn describe_end(file: &Path, outcome: &Outcome) -> String {
    match (outcome.timed_out, outcome.code, outcome.signal) {
        (true, _, _) => "no end in time\n".to_owned(),
        (false, Some(0), _) => String::new(),
        (false, Some(code), _) => {
            let line = harness::portable(outcome.last_error_line().as_bytes(), file);
            format!("exit {code}\n{line}\n")
        }
        (false, None, signal) => format!("signal {}\n", signal.unwrap_or_default()),
    }
}
