//! Recording expected output from CPython 3.13.
//!
//! For a program `x.aio` under `tests/run`, `tests/mistakes` and `examples`:
//!
//! - `x.out` is what it prints, with the folder of the program written `$DIR`;
//! - `x.end` is there only if it does not succeed: its exit code, and the final
//!   line of its error.
//!
//! Under `tests/python-differences` the same goes into `x.py.out`, since `x.out`
//! is ours there; it must be created, empty, by hand, because some differences are
//! that CPython's output changes from run to run. Under `tests/fail` nothing is written, because the drawing is
//! ours; but the final line of `x.err` must be CPython's.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::child::{self, Outcome};
use crate::python::Python;
use crate::{root, say};

/// How long a program may take under CPython.
const LIMIT: Duration = Duration::from_secs(30);

/// Programs that run at once; most of them sleep.
const JOBS: usize = 4;

/// How often a program that differs is tried again, alone.
const RETRIES: u32 = 2;

/// Exit code for "could not be tried".
const SKIPPED: u8 = 77;

/// Records, or compares, the programs at `paths`, or all of them.
pub(crate) fn bless(check: bool, paths: &[PathBuf]) -> ExitCode {
    let Some(python) = Python::find() else {
        say("bless: no CPython 3.13 found ($AIO_PYTHON, python3.13, ~/.pyenv/versions/3.13.*)");
        return ExitCode::from(SKIPPED);
    };
    let mut programs = Vec::new();
    if paths.is_empty() {
        for folder in [
            "tests/run",
            "tests/mistakes",
            "tests/python-differences",
            "tests/fail",
            "examples",
        ] {
            collect(&root().join(folder), &mut programs);
        }
    }
    for path in paths {
        collect(path, &mut programs);
    }
    let problems = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = bless_program(&python, program, check) {
                        problems
                            .lock()
                            .expect("no worker panics while it holds the list")
                            .push((program, problem));
                    }
                }
            });
        }
    });
    let mut problems = problems
        .into_inner()
        .expect("no worker panics while it holds the list");
    if check {
        // Programs that measure real time may differ on a busy machine; alone they must not.
        problems.retain_mut(|(program, problem)| {
            (0..RETRIES).all(|_| match bless_program(&python, program, check) {
                Ok(()) => {
                    say(&format!("{}: only alone as recorded", program.display()));
                    false
                }
                Err(again) => {
                    *problem = again;
                    true
                }
            })
        });
    }
    problems.sort();
    for (program, problem) in &problems {
        say(&format!("{}: {problem}", program.display()));
    }
    say(&format!(
        "bless: {} programs, {} problems",
        programs.len(),
        problems.len()
    ));
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All programs at or below `path`, in order. A folder named `_…` holds modules
/// that programs import, not programs.
fn collect(path: &Path, programs: &mut Vec<PathBuf>) {
    if path.extension().is_some_and(|extension| extension == "aio") {
        programs.push(path.to_path_buf());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('_') && (entry.is_dir() || name.ends_with(".aio")) {
            collect(&entry, programs);
        }
    }
}

fn bless_program(python: &Python, program: &Path, check: bool) -> Result<(), String> {
    let is_in = |folder| program.components().any(|part| part.as_os_str() == folder);
    if is_in("unsupported") || is_in("deadlock") || is_in("addresses") {
        // CPython runs these, or waits for ever, or prints something else each time; that is
        // why they are here.
        return Ok(());
    }
    let differs = is_in("python-differences");
    if differs && !program.with_extension("py.out").is_file() {
        // What CPython does there changes from run to run.
        return Ok(());
    }
    let outcome = run(python, program)?;
    if outcome.timed_out {
        return Err("CPython did not end in time".to_owned());
    }
    if is_in("fail") {
        return check_final_line(program, &outcome);
    }
    let (out, end) = if differs {
        ("py.out", "py.end")
    } else {
        ("out", "end")
    };
    let folder = folder_of(program)?;
    let stdout = String::from_utf8_lossy(&outcome.stdout).replace(&folder, "$DIR");
    settle(&program.with_extension(out), Some(&stdout), check)?;
    let expected_end = describe_end(&outcome).map(|text| text.replace(&folder, "$DIR"));
    settle(&program.with_extension(end), expected_end.as_deref(), check)
}

fn folder_of(program: &Path) -> Result<String, String> {
    let absolute = program.canonicalize().map_err(|error| error.to_string())?;
    let folder = absolute.parent().unwrap_or(&absolute);
    Ok(folder.to_string_lossy().into_owned())
}

/// Runs the program from its own folder, by its bare name.
fn run(python: &Python, program: &Path) -> Result<Outcome, String> {
    let name = program.file_name().ok_or("no file name")?;
    let folder = folder_of(program)?;
    let input = Some(program.with_extension("in")).filter(|path| path.is_file());
    let mut command = python.command(Path::new(name), &[]);
    command.current_dir(folder);
    child::run(&mut command, input.as_deref(), LIMIT).map_err(|error| error.to_string())
}

/// `None` for success.
fn describe_end(outcome: &Outcome) -> Option<String> {
    match (outcome.code, outcome.signal) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit {code}\n{}\n", outcome.last_error_line())),
        (None, signal) => Some(format!("signal {}\n", signal.unwrap_or_default())),
    }
}

/// Makes the file hold `expected` (be absent if `None`), or says that it does not.
fn settle(path: &Path, expected: Option<&str>, check: bool) -> Result<(), String> {
    let present = std::fs::read_to_string(path).ok();
    if present.as_deref() == expected {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if check {
        return Err(format!("{name} is not what CPython prints"));
    }
    let written = match expected {
        Some(text) => std::fs::write(path, text),
        None => std::fs::remove_file(path),
    };
    written.map_err(|error| format!("{name}: {error}"))
}

/// The last line of a drawing of ours must be the one that CPython ends with.
fn check_final_line(program: &Path, outcome: &Outcome) -> Result<(), String> {
    let text = std::fs::read_to_string(program.with_extension("err")).unwrap_or_default();
    let ours = text.lines().next_back().unwrap_or_default();
    let theirs = outcome.last_error_line();
    // CPython appends the place to some messages; we draw it.
    if theirs == ours || theirs.starts_with(&format!("{ours} (")) {
        return Ok(());
    }
    Err(format!("ends with {ours:?}, CPython with {theirs:?}"))
}
