//! The formatter on whole programs.
//!
//! `tests/fmt/x.aio` becomes `x.formatted` (written with `AIO_BLESS=1`). Every program of the
//! repository can be formatted, with the same tree and comments, and formatting it again changes
//! nothing. `AIO_CORPUS` names more folders, divided by colons. With `AIO_RUFF`, the path of
//! ruff, its result has to be ours.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aio_fmt::{FormatError, format};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            programs(&entry, found);
        } else if entry
            .extension()
            .is_some_and(|end| end == "aio" || end == "py")
        {
            found.push(entry);
        }
    }
}

#[test]
fn cases_are_formatted_as_recorded() {
    let mut cases = Vec::new();
    programs(&root().join("tests/fmt"), &mut cases);
    assert!(!cases.is_empty(), "there are cases");
    for case in cases {
        let source = std::fs::read_to_string(&case).expect("a case is text");
        let formatted = format(&source).expect("a case is a program");
        let recorded = case.with_extension("formatted");
        if std::env::var_os("AIO_BLESS").is_some() {
            std::fs::write(&recorded, &formatted).expect("the folder can be written");
        }
        let expected = std::fs::read_to_string(&recorded).unwrap_or_default();
        assert_eq!(formatted, expected, "{}", case.display());
        assert_eq!(
            ruff(&source).unwrap_or(formatted),
            expected,
            "{}",
            case.display()
        );
    }
}

#[test]
fn formatting_twice_changes_nothing() {
    let mut files = Vec::new();
    for folder in ["examples", "tests"] {
        programs(&root().join(folder), &mut files);
    }
    let more = std::env::var_os("AIO_CORPUS").unwrap_or_default();
    for folder in std::env::split_paths(&more) {
        programs(&folder, &mut files);
    }
    let mut differences = 0;
    for file in &files {
        let Ok(source) = std::fs::read_to_string(file) else {
            continue;
        };
        let formatted = match format(&source) {
            Ok(formatted) => formatted,
            Err(FormatError::NoProgram(_)) => continue,
            Err(error @ FormatError::Changed(_)) => panic!("{}: {error:?}", file.display()),
        };
        assert_eq!(
            format(&formatted).as_ref(),
            Ok(&formatted),
            "{}",
            file.display()
        );
        if ruff(&source).is_some_and(|other| other != formatted) {
            differences += 1;
        }
    }
    assert!(files.len() > 200, "{} programs", files.len());
    assert!(
        differences <= files.len() / 100,
        "ruff differs on {differences}"
    );
}

/// What ruff makes of a program, if it is asked.
fn ruff(source: &str) -> Option<String> {
    let path = std::env::var_os("AIO_RUFF")?;
    let mut child = Command::new(path)
        .args(["format", "--isolated", "--stdin-filename", "x.py", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(source.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
