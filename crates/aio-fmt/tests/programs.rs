//! The formatter on whole programs.
//!
//! `tests/fmt/x.aio` becomes `x.formatted` (written with `AIO_BLESS=1`). Every program of the
//! repository can be formatted, with the same tree and comments, and formatting it again changes
//! nothing. `AIO_FMT_CORPUS` names more folders, divided by colons. With `AIO_RUFF`, the path of
//! ruff, its result has to be ours. With `AIO_PYTHON`, the path of CPython 3.13, what it parses
//! has to be the same for it before and afterwards.

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

/// All programs of the repository and of the folders that `AIO_FMT_CORPUS` names, each with its
/// text and what it becomes; those that are refused are left out.
fn formatted() -> Vec<(PathBuf, String, String)> {
    let mut files = Vec::new();
    for folder in ["examples", "tests"] {
        programs(&root().join(folder), &mut files);
    }
    let more = std::env::var_os("AIO_FMT_CORPUS").unwrap_or_default();
    for folder in std::env::split_paths(&more) {
        programs(&folder, &mut files);
    }
    let mut found = Vec::new();
    for file in files {
        let Ok(source) = std::fs::read_to_string(&file) else {
            continue;
        };
        match format(&source) {
            Ok(formatted) => found.push((file, source, formatted)),
            Err(FormatError::NoProgram(_)) => {}
            Err(error @ FormatError::Changed(_)) => panic!("{}: {error:?}", file.display()),
        }
    }
    assert!(found.len() > 200, "{} programs", found.len());
    found
}

#[test]
fn formatting_twice_changes_nothing() {
    let programs = formatted();
    let mut differences = 0;
    for (file, source, formatted) in &programs {
        assert_eq!(
            format(formatted).as_ref(),
            Ok(formatted),
            "{}",
            file.display()
        );
        if ruff(source).is_some_and(|other| other != *formatted) {
            differences += 1;
        }
    }
    assert!(
        differences <= programs.len() / 100,
        "ruff differs on {differences}"
    );
}

#[test]
fn cpython_reads_the_same_tree() {
    let Some(python) = std::env::var_os("AIO_PYTHON") else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("aio-fmt-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is a folder for temporary files");
    let mut pairs = String::new();
    for (at, (file, _, formatted)) in formatted().into_iter().enumerate() {
        let result = folder.join(at.to_string());
        std::fs::write(&result, formatted).expect("the folder can be written");
        pairs.push_str(&format!("{}\t{}\n", file.display(), result.display()));
    }
    let list = folder.join("pairs");
    std::fs::write(&list, pairs).expect("the folder can be written");
    let output = Command::new(python)
        .args(["-W", "ignore", "-c", include_str!("same_tree.py")])
        .arg(&list)
        .output()
        .expect("Python can be run");
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
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
