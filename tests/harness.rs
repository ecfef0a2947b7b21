//! What the runners share: finding cases, running the command, comparing texts.
//!
//! Every case is a file, found when the runner starts, so that a dropped file is
//! a test without a rebuild. `AIO_BLESS=1` makes the runners whose expectation is
//! our own drawing (diagnostics, dumps) write it instead of comparing.

#[path = "../crates/aio/src/compare/child.rs"]
pub mod child;
#[path = "../crates/aio/src/compare/difference.rs"]
pub mod difference;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use child::Outcome;
use libtest_mimic::{Arguments, Failed, Trial};

/// How long a case may take. Cases are quick; this catches those that hang.
const LIMIT: Duration = Duration::from_secs(20);

/// The folder of the repository.
pub fn root() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    path.canonicalize()
        .expect("the crate lies in the repository")
}

/// All files at or below `folder` that have `extension`, in order. A folder named
/// `_…` holds modules that cases import, not cases.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if entry.is_dir() && !name.starts_with(['_', '.']) && name != "target" {
            found.extend(files(&entry, extension));
        } else if entry.extension().is_some_and(|found| found == extension) {
            found.push(entry);
        }
    }
    found
}

/// Runs a case per file: its name is its path below `folder` without extension.
pub fn run_cases(
    folder: &Path,
    extension: &str,
    case: impl Fn(&Path) -> Result<(), Failed> + Clone + Send + 'static,
) -> Vec<Trial> {
    let trial = |path: PathBuf| {
        let case = case.clone();
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let name = name.with_extension("").to_string_lossy().into_owned();
        Trial::test(name, move || case(&path))
    };
    files(folder, extension).into_iter().map(trial).collect()
}

/// Runs the trials as the arguments of the process ask.
pub fn conclude(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The command under test, without color.
pub fn aio() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aio"));
    command.env("NO_COLOR", "1");
    command
}

/// Runs `file` from its own folder, by its bare name; `options` go before it.
pub fn run_file(options: &[&str], file: &Path) -> Result<Outcome, Failed> {
    let name = file.file_name().ok_or("a case is a file")?;
    let input = Some(file.with_extension("in")).filter(|path| path.is_file());
    let mut command = aio();
    command.args(options).arg(name).current_dir(folder_of(file));
    Ok(child::run(&mut command, input.as_deref(), LIMIT)?)
}

/// The folder of a file.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

/// Output as text, with the folder of the case written `$DIR`.
pub fn portable(bytes: &[u8], file: &Path) -> String {
    let folder = folder_of(file).to_string_lossy();
    String::from_utf8_lossy(bytes).replace(folder.as_ref(), "$DIR")
}

/// Compares two texts, and shows where they part.
pub fn same_text(what: &str, expected: &str, found: &str) -> Result<(), Failed> {
    if expected == found {
        return Ok(());
    }
    let side = |text: &str| Outcome {
        stdout: text.into(),
        code: Some(0),
        ..Outcome::default()
    };
    let text = difference::describe(&side(found), &side(expected))
        .replace("  stdout, from", &format!("  {what}, from"))
        .replace("(- CPython, + aio)", "(- expected, + found)");
    Err(format!("{what} differs\n{text}").into())
}

/// Compares `found` with a file, or writes the file when blessing.
pub fn same_as_file(path: &Path, found: &str) -> Result<(), Failed> {
    if blessing() {
        return Ok(std::fs::write(path, found)?);
    }
    let expected = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}; AIO_BLESS=1 writes it", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    same_text(&name, &expected, found)
}

/// Whether expectations are to be written.
pub fn blessing() -> bool {
    std::env::var_os("AIO_BLESS").is_some_and(|value| value == "1")
}
