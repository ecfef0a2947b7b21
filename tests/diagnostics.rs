//! Programs that must be refused, or must fail, with exactly this drawing.
//!
//! `tests/fail/<syntax|compile|runtime>/x.aio` with `x.err`, all of stderr. A
//! marker `# error[A0203]` on a line says that a diagnostic with this code must
//! have its primary place on that line. `AIO_BLESS=1` records the drawing;
//! `cargo xtask bless --check` holds its last line against CPython's, but in
//! `fail/unsupported` and `fail/deadlock`, which CPython runs or hangs in. `tests/check/x.aio` is the same for `aio check`.
//!
//! `tests/mistakes/<seen|told|dev|deadlock|addresses>/x.aio` has both: `x.check`, what `aio check` says, and
//! `x.err`, what is said when it runs. The table in `docs/mistakes.md` is made of them.

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
    let folder = harness::root().join("tests/mistakes");
    trials.extend(harness::run_cases(&folder, "aio", mistake_as_told));
    trials.push(Trial::test("the_table_of_mistakes_is_true", table));
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

/// `tests/mistakes/x.aio`: what `aio check` says of it, and what is said when it runs.
fn mistake_as_told(file: &Path) -> Result<(), Failed> {
    let checked = harness::run_file(&["check"], file)?;
    let said = harness::portable(&checked.stderr, file);
    harness::same_as_file(&file.with_extension("check"), &said)?;
    let options: &[&str] = match is_dev(file) {
        true => &["--virtual-time", "--dev"],
        false => &["--virtual-time"],
    };
    let ran = harness::run_file(options, file)?;
    let said = without_addresses(&harness::portable(&ran.stderr, file));
    harness::same_as_file(&file.with_extension("err"), &said)
}

/// Whether it is told with `--dev` only.
fn is_dev(file: &Path) -> bool {
    file.parent().is_some_and(|folder| folder.ends_with("dev"))
}

fn without_addresses(text: &str) -> String {
    let mut pieces = text.split(" at 0x");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(" at 0x...");
        plain.push_str(piece.trim_start_matches(|char: char| char.is_ascii_hexdigit()));
    }
    plain
}

/// The table in `docs/mistakes.md`: for each program, what is said of it first, where, and when.
fn table() -> Result<(), Failed> {
    let root = harness::root();
    let mut rows = String::new();
    for file in harness::files(&root.join("tests/mistakes"), "aio") {
        let text = std::fs::read_to_string(&file)?;
        let title = text.lines().next().unwrap_or_default();
        let title = title.trim_start_matches("# ").trim_end_matches('.');
        let name = file.strip_prefix(root.join("tests/mistakes"))?;
        let name = name.with_extension("");
        let read = |extension| std::fs::read_to_string(file.with_extension(extension));
        let (checked, ran) = (read("check")?, read("err")?);
        let first = |said: &str| places(said).into_iter().next();
        let (by, place) = match (first(&checked), first(&ran)) {
            (Some(place), _) => ("`aio check`", Some(place)),
            (None, Some(place)) if is_dev(&file) => ("with `--dev`", Some(place)),
            (None, Some(place)) => ("when it happens", Some(place)),
            (None, None) => ("", None),
        };
        let (code, place) = place.unwrap_or_else(|| ("–".to_owned(), "–".to_owned()));
        rows.push_str(&format!(
            "| {title} | {code} | {by} | {place} | `{}` |\n",
            name.display()
        ));
    }
    let page = root.join("docs/mistakes.md");
    let text = std::fs::read_to_string(&page)?;
    let (before, rest) = text
        .split_once("|---|---|---|---|---|\n")
        .ok_or("no table")?;
    let old = rest
        .split_inclusive('\n')
        .take_while(|line| line.starts_with('|'));
    let after = &rest[old.map(str::len).sum::<usize>()..];
    let expected = format!("{before}|---|---|---|---|---|\n{rows}{after}");
    harness::same_as_file(&page, &expected)
}

/// The code and the line and column of each diagnostic.
fn places(said: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut code = None;
    for line in said.lines() {
        if let Some((drawn, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            code = Some(drawn.to_owned());
        } else if let Some((_, place)) = line.split_once("╭─[ ")
            && let Some((_, place)) = place.trim_end_matches(" ]").split_once(':')
            && let Some(code) = code.take()
        {
            found.push((code, place.to_owned()));
        }
    }
    found
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
    let lines = places(stderr).into_iter().filter_map(|(code, place)| {
        let (line, _) = place.split_once(':')?;
        Some((code, line.parse().ok()?))
    });
    lines.collect()
}
