//! Programs that must be refused, or must fail, with exactly this drawing.
//!
//! `tests/fail/<syntax|compile|runtime>/x.aio` with `x.err`, all of stderr. A
//! marker `# error[A0203]` on a line says that a diagnostic with this code must
//! have its primary place on that line. `AIO_BLESS=1` records the drawing;
//! `cargo xtask bless --check` holds its last line against CPython's, but in
//! `fail/unsupported` and `fail/deadlock`, which CPython runs or hangs in. `tests/check/x.aio` is the same for `aio check`.

mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};

fn main() -> ExitCode {
    let folder = harness::root().join("tests/fail");
    let mut trials = harness::run_cases(&folder, "aio", fails_as_drawn);
    let folder = harness::root().join("tests/check");
    trials.extend(harness::run_cases(&folder, "aio", checks_as_drawn));
    let folder = harness::root().join("tests/traceback");
    trials.extend(harness::run_cases(&folder, "aio", traceback_as_drawn));
    trials.push(Trial::test("nothing_is_said_of_correct_programs", correct));
    harness::conclude(trials)
}

fn checks_as_drawn(file: &Path) -> Result<(), Failed> {
    let outcome = harness::run_file(&["check"], file)?;
    let stderr = harness::portable(&outcome.stderr, file);
    let has_error = stderr.contains("] Error: ");
    if outcome.code != Some(i32::from(has_error)) {
        return Err(format!("ended with {:?}\n{stderr}", outcome.code).into());
    }
    harness::same_as_file(&file.with_extension("err"), &stderr)?;
    check_markers(file, &stderr)
}

/// What is said of the programs of this repository, which all do what they should: those
/// in `tests/check/deserved.txt` make a mistake on purpose. `AIO_CORPUS` names more folders,
/// divided by colons; what is said of their programs is shown, and fails.
fn correct() -> Result<(), Failed> {
    let root = harness::root();
    let own = ["examples", "tests/run", "tests/python-differences"];
    let said = said_of(&root, &own.map(|folder| root.join(folder)))?;
    harness::same_as_file(&root.join("tests/check/deserved.txt"), &said)?;
    let Some(more) = std::env::var_os("AIO_CORPUS") else {
        return Ok(());
    };
    let said = said_of(&root, &std::env::split_paths(&more).collect::<Vec<_>>())?;
    if said.is_empty() {
        Ok(())
    } else {
        Err(said.into())
    }
}

/// The codes of this family (`A01..`) that `aio check` finds in the programs of folders.
fn said_of(root: &Path, folders: &[PathBuf]) -> Result<String, Failed> {
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| {
            let mut files = harness::files(folder, "aio");
            files.extend(harness::files(folder, "py"));
            files
        })
        .collect();
    let mut said = String::new();
    for some in files.chunks(200) {
        let mut command = harness::aio();
        command.args(["check", "--format", "short"]).args(some);
        let output = command.output()?;
        let prefix = format!("{}/", root.display());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if line.contains("[A01") {
                said.push_str(line.strip_prefix(&prefix).unwrap_or(line));
                said.push('\n');
            }
        }
    }
    Ok(said)
}

/// `tests/traceback/x.aio` is the same for the drawings of uncaught exceptions.
fn traceback_as_drawn(file: &Path) -> Result<(), Failed> {
    let options = ["--virtual-time", "--traceback=pretty"];
    let outcome = harness::run_file(&options, file)?;
    let stderr = harness::portable(&outcome.stderr, file);
    if outcome.code != Some(1) {
        return Err(format!("ended with {:?}, not 1\n{stderr}", outcome.code).into());
    }
    harness::same_as_file(&file.with_extension("err"), &stderr)
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
            let (_, marker) = ["# error[", "# warning[", "# hint["]
                .iter()
                .find_map(|word| line.split_once(word))?;
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
