//! `aio compare`: a program under CPython 3.13 and under ours, side by side.
//!
//! One program: shows where output, exit code and the final line of an error
//! part. Several: prints a line for each that is not the same and counts, which
//! is how we judge ourselves against a corpus.

mod child;
mod difference;
mod python;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::Exit;
use crate::args::CompareRequest;
use crate::terminal;
use child::Outcome;
use python::Python;
use verdict::Verdict;

/// Programs end in one of these.
const EXTENSIONS: [&str; 2] = ["aio", "py"];

/// Address space for each program of a corpus, in KiB: enough for our reserved
/// stack, and a runaway ends in its own MemoryError.
const CORPUS_MEMORY: u64 = 6 << 20;

/// A program under both.
struct Comparison {
    file: PathBuf,
    verdict: Verdict,
    ours: Outcome,
    theirs: Outcome,
}

/// Runs the comparison that was asked for. The exit code is 0 if all is the same.
pub(crate) fn compare(request: &CompareRequest) -> Exit {
    let files = match files(request) {
        Ok(files) => files,
        Err(message) => {
            terminal::say(&format!("aio: {message}"));
            return Exit::USAGE;
        }
    };
    let Some(python) = Python::find() else {
        terminal::say(
            "aio: no CPython 3.13 found: tried $AIO_PYTHON, python3.13 and ~/.pyenv/versions/3.13.*",
        );
        return Exit::USAGE;
    };
    let single = request.list.is_none() && request.paths.len() == 1 && files.len() == 1;
    if single {
        return compare_one(request, &python, &files);
    }
    let results = compare_all(request, &python, &files);
    summarize(&results)
}

fn compare_one(request: &CompareRequest, python: &Python, files: &[PathBuf]) -> Exit {
    let Some(file) = files.first() else {
        return Exit::USAGE;
    };
    match compare_file(request, python, file, None) {
        Ok(result) if result.verdict == Verdict::Same => {
            terminal::print("same\n");
            Exit::OK
        }
        Ok(result) => {
            terminal::print(&format!(
                "{}\n{}",
                result.verdict.name(),
                difference::describe(&result.ours, &result.theirs)
            ));
            Exit::FAILURE
        }
        Err(message) => {
            terminal::say(&format!("aio: {message}"));
            Exit::USAGE
        }
    }
}

fn compare_file(
    request: &CompareRequest,
    python: &Python,
    file: &Path,
    memory: Option<u64>,
) -> Result<Comparison, String> {
    let limit = Duration::from_secs(request.timeout);
    let input = Some(file.with_extension("in")).filter(|path| path.is_file());
    let run = |command: &mut Command| {
        child::run(command, input.as_deref(), limit)
            .map_err(|error| format!("cannot run {}: {error}", file.display()))
    };
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut ours = Command::new(program);
    if request.virtual_time {
        ours.arg("--virtual-time");
    }
    // "run", so that a file called like a command is a file.
    ours.arg("run").arg(file).env("NO_COLOR", "1");
    let mut theirs = python.command(file, &[]);
    let (ours, theirs) = match memory {
        Some(kilobytes) => (
            run(&mut limited(&ours, kilobytes))?,
            run(&mut limited(&theirs, kilobytes))?,
        ),
        None => (run(&mut ours)?, run(&mut theirs)?),
    };
    Ok(Comparison {
        file: file.to_path_buf(),
        verdict: verdict::judge(&ours, &theirs),
        ours,
        theirs,
    })
}

/// The same command with a limit on its memory.
fn limited(command: &Command, kilobytes: u64) -> Command {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("ulimit -v {kilobytes}; exec \"$@\""))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn compare_all(request: &CompareRequest, python: &Python, files: &[PathBuf]) -> Vec<Comparison> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let begun = next.load(Ordering::Relaxed).min(files.len());
            terminal::show_progress(begun, files.len(), file);
            let result = compare_file(request, python, file, Some(CORPUS_MEMORY));
            match result {
                Ok(result) => results
                    .lock()
                    .expect("no worker panics while it holds the results")
                    .push(result),
                Err(message) => terminal::say(&format!("aio: {message}")),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..request.jobs.max(1) {
            scope.spawn(work);
        }
    });
    terminal::end_progress();
    let mut results = results
        .into_inner()
        .expect("no worker panics while it holds the results");
    results.sort_by(|a, b| (a.verdict, &a.file).cmp(&(b.verdict, &b.file)));
    results
}

/// Lists the programs by verdict, then the counts on one line.
fn summarize(results: &[Comparison]) -> Exit {
    for result in results {
        if result.verdict != Verdict::Same {
            terminal::print(&format!(
                "{:8} {}  {}\n",
                result.verdict.name(),
                result.file.display(),
                reason(result)
            ));
        }
    }
    let counts: Vec<String> = Verdict::ALL
        .iter()
        .map(|verdict| {
            let count = results.iter().filter(|result| result.verdict == *verdict);
            format!("{} {}", verdict.name(), count.count())
        })
        .collect();
    terminal::print(&format!("{} of {}\n", counts.join(", "), results.len()));
    if results.iter().all(|result| result.verdict == Verdict::Same) {
        Exit::OK
    } else {
        Exit::FAILURE
    }
}

/// One line on why a program is not the same.
fn reason(result: &Comparison) -> String {
    match result.verdict {
        Verdict::Same | Verdict::Timeout | Verdict::Skipped => String::new(),
        Verdict::Refused | Verdict::Loud | Verdict::Crash => result.ours.last_error_line(),
        Verdict::Wrong => {
            let text = difference::describe(&result.ours, &result.theirs);
            let lines = text.lines().filter(|line| {
                line.starts_with("  -") || line.starts_with("  +") || line.contains("end:")
            });
            lines.take(2).collect::<Vec<_>>().join(" |")
        }
    }
}

/// All programs that were asked for: files as given, folders walked, lists read.
fn files(request: &CompareRequest) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in &request.paths {
        add_path(&mut files, path)?;
    }
    if let Some(list) = &request.list {
        let text = std::fs::read_to_string(list)
            .map_err(|error| format!("can't open file '{}': {error}", list.display()))?;
        for line in text.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with('#') {
                add_path(&mut files, Path::new(line))?;
            }
        }
    }
    if files.is_empty() {
        return Err("nothing to compare".to_owned());
    }
    Ok(files)
}

fn add_path(files: &mut Vec<PathBuf>, path: &Path) -> Result<(), String> {
    let unreadable = |error| format!("can't open file '{}': {error}", path.display());
    if !path.is_dir() {
        std::fs::metadata(path).map_err(unreadable)?;
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(unreadable)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for entry in entries {
        let is_program = entry
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| EXTENSIONS.contains(&extension));
        if entry.is_dir() || is_program {
            add_path(files, &entry)?;
        }
    }
    Ok(())
}
