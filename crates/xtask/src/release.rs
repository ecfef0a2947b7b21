//! `cargo xtask release`: the released command, laid out by what it does most.
//!
//! Profile-guided optimisation in three steps: a build that counts which way every branch goes, runs
//! of it over our own programs, and the build that is kept. The programs are those of `tests/bench`
//! (what each of them is about, it does often) and the examples (a little of everything); nothing
//! that is measured elsewhere takes part.

use crate::{root, say};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Turns of a program of `tests/bench` in a run that is counted.
const TURNS: &str = "5000";

/// Runs the command.
pub fn release() -> ExitCode {
    match build() {
        Ok(path) => {
            say(&format!("{}", path.display()));
            ExitCode::SUCCESS
        }
        Err(message) => {
            say(&format!("release: {message}"));
            ExitCode::FAILURE
        }
    }
}

/// Gives the path of the command that was built.
fn build() -> Result<PathBuf, String> {
    let profdata = profdata()?;
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.ancestors().nth(2).ok_or("there is no target folder")?;
    let folder = target.join("pgo");
    let raw = folder.join("raw");
    // Counts of an earlier build would be taken for counts of this one.
    match std::fs::remove_dir_all(&raw) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", raw.display()));
        }
        _ => {}
    }
    say("1/3 a build that counts");
    let flag = format!("-Cprofile-generate={}", raw.display());
    let counting = compile(&folder.join("counting"), &flag)?;
    say("2/3 what it does most");
    let programs = programs()?;
    for program in &programs {
        train(&counting, program)?;
    }
    let profile = folder.join("aio.profdata");
    let merged = Command::new(&profdata)
        .args(["merge", "-o"])
        .args([&profile, &raw])
        .status()
        .map_err(|error| format!("{}: {error}", profdata.display()))?;
    if !merged.success() {
        return Err(format!(
            "{} cannot read what was counted; it has to be as new as the LLVM of `rustc -vV`",
            profdata.display()
        ));
    }
    say("3/3 the build that is kept");
    let flag = format!("-Cprofile-use={}", profile.display());
    let kept = compile(&folder.join("kept"), &flag)?;
    install(&kept, &target.join("release"))
}

/// Puts the command where that of `cargo build --release` is; gives its path there.
fn install(command: &Path, folder: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    // One that is running keeps its file, and cargo's own copy is another name of the same file.
    let begun = folder.join("aio.new");
    std::fs::copy(command, &begun).map_err(failed)?;
    let place = folder.join("aio");
    std::fs::rename(&begun, &place).map_err(failed)?;
    Ok(place)
}

/// Builds the released command with one more flag; gives its path.
///
/// With a target named, cargo leaves build scripts and macros alone.
fn compile(folder: &Path, flag: &str) -> Result<PathBuf, String> {
    let host = rustc(&["--print", "host-tuple"])?;
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "aio", "--target"])
        .arg(&host)
        .arg("--target-dir")
        .arg(folder)
        .env("RUSTFLAGS", flag)
        .current_dir(root())
        .status()
        .map_err(|error| error.to_string())?;
    if !built.success() {
        return Err("aio does not build".to_owned());
    }
    Ok(folder.join(host).join("release/aio"))
}

/// The programs that are run.
fn programs() -> Result<Vec<PathBuf>, String> {
    let mut programs = Vec::new();
    for name in ["tests/bench", "examples"] {
        let entries =
            std::fs::read_dir(root().join(name)).map_err(|error| format!("{name}: {error}"))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        programs.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "aio")));
    }
    programs.sort();
    Ok(programs)
}

fn train(aio: &Path, program: &Path) -> Result<(), String> {
    let status = Command::new(aio)
        .args(["run", "--virtual-time"])
        .arg(program)
        .arg(TURNS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", aio.display()))?;
    if !status.success() {
        return Err(format!("{} fails: {status}", program.display()));
    }
    Ok(())
}

/// What merges the counts: of the component `llvm-tools` of rustup, or else of an LLVM on the path.
fn profdata() -> Result<PathBuf, String> {
    let root = rustc(&["--print", "sysroot"])?;
    let host = rustc(&["--print", "host-tuple"])?;
    let own = Path::new(&root).join(format!("lib/rustlib/{host}/bin/llvm-profdata"));
    if own.exists() {
        return Ok(own);
    }
    let other = PathBuf::from("llvm-profdata");
    let runs = Command::new(&other)
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    runs.then_some(other)
        .ok_or("llvm-profdata is missing: rustup component add llvm-tools".to_owned())
}

/// What rustc says.
fn rustc(args: &[&str]) -> Result<String, String> {
    let output = Command::new("rustc")
        .args(args)
        .current_dir(root())
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    if !output.status.success() {
        return Err(format!("rustc {}: {}", args.join(" "), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
