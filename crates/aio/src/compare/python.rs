//! The oracle: a CPython 3.13 and the script that makes it run our programs.
//!
//! This file is shared with the task runner, which records expected output.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// See the head of the script.
const ORACLE: &str = include_str!("oracle.py");

/// A CPython 3.13.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    program: PathBuf,
}

impl Python {
    /// Finds one: `$AIO_PYTHON`, `python3.13` on the path, or the newest that
    /// pyenv has.
    pub(crate) fn find() -> Option<Python> {
        let given = std::env::var_os("AIO_PYTHON").map(PathBuf::from);
        given
            .into_iter()
            .chain([PathBuf::from("python3.13")])
            .chain(pyenv_candidates())
            .find(|program| is_wanted_version(program))
            .map(|program| Python { program })
    }

    /// The command that runs `file` with `args`, reproducibly.
    pub(crate) fn command(&self, file: &Path, args: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-X", "utf8", "-c", ORACLE])
            .arg(file)
            .args(args)
            // The order of sets of strings would change from run to run.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONSTARTUP");
        command
    }
}

fn pyenv_candidates() -> Vec<PathBuf> {
    let Some(home) = std::env::var_os("HOME") else {
        return Vec::new();
    };
    let versions = Path::new(&home).join(".pyenv/versions");
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let patch = name.to_str()?.strip_prefix("3.13.")?.parse().ok()?;
            Some((patch, entry.path().join("bin/python3.13")))
        })
        .collect();
    found.sort();
    found
        .into_iter()
        .rev()
        .map(|(_, program)| program)
        .collect()
}

fn is_wanted_version(program: &Path) -> bool {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| output.stdout.starts_with(b"Python 3.13."))
}
