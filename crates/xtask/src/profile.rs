//! `cargo xtask profile`: takes the counts anew that released builds are laid out by.
//!
//! Profile-guided optimisation in three steps: a build that counts which way every branch goes, runs
//! of it over our own programs, and the build that follows the counts. They are kept in
//! `.cargo/profiles`, in a file for each version of the compiler, and `.cargo/guided` gives them to
//! the compiler whenever a release is built. The programs are those of `tests/bench` (what each of
//! them is about, it does often), those of `tests/bench/programs` (in everyday style) and the examples
//! (a little of everything); nothing that is measured elsewhere takes part.

use crate::{cpu_of_children, root, say};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Turns of a program of `tests/bench` in the first run of it; each next one has twice as many.
const TURNS: u32 = 1000;
/// What the counts of a program of weight 1 add up to, about.
const WHOLE: u64 = 1_000_000_000_000;
/// Microseconds of CPU time: as long as a run takes less there is another one.
const ENOUGH: i64 = 200_000;
/// Folders of programs, and how much each program weighs. Each counts as much as any other of its folder,
/// however often its loops turn: else those of arithmetic would be all that is hot.
const FOLDERS: [(&str, u64); 3] = [
    ("tests/bench", 2),
    ("tests/bench/programs", 4),
    ("examples", 1),
];

/// Runs the command.
pub fn profile() -> ExitCode {
    match build() {
        Ok(path) => {
            say(&format!("{}", path.display()));
            ExitCode::SUCCESS
        }
        Err(message) => {
            say(&format!("profile: {message}"));
            ExitCode::FAILURE
        }
    }
}

/// Gives the path of the counts.
fn build() -> Result<PathBuf, String> {
    let profdata = profdata()?;
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.ancestors().nth(2).ok_or("there is no target folder")?;
    let folder = target.join("counting");
    let raw = folder.join("raw");
    // Counts of an earlier build would be taken for counts of this one.
    match std::fs::remove_dir_all(&raw) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", raw.display()));
        }
        _ => {}
    }
    say("1/3 a build that counts");
    compile(&folder, true)?;
    say("2/3 what it does most");
    let counting = folder.join("release/aio");
    let mut merge = Command::new(&profdata);
    // Functions that did not run need no room in the repository.
    merge.args(["merge", "--sparse"]);
    for (folder, weight) in FOLDERS {
        for program in programs(folder)? {
            let counts = raw
                .join(folder)
                .join(program.file_stem().unwrap_or_default());
            let mut turns = TURNS;
            while train(&counting, &counts, &program, turns)? < ENOUGH && folder != "examples" {
                turns *= 2;
            }
            let factor = WHOLE * weight / total(&profdata, &counts)?.max(1);
            merge.arg(format!(
                "--weighted-input={},{}",
                factor.max(1),
                counts.display()
            ));
        }
    }
    let counts = place()?;
    merge.arg("-o").arg(&counts);
    output(&mut merge)?;
    say("3/3 a build that follows the counts");
    compile(target, false)?;
    Ok(counts)
}

/// What the counts of a folder add up to.
fn total(profdata: &Path, counts: &Path) -> Result<u64, String> {
    let merged = counts.join("merged");
    output(
        Command::new(profdata)
            .arg("merge")
            .arg(counts)
            .arg("-o")
            .arg(&merged),
    )?;
    let said = output(Command::new(profdata).arg("show").arg(&merged));
    std::fs::remove_file(&merged).map_err(|error| format!("{}: {error}", merged.display()))?;
    let said = said?;
    let total = said
        .lines()
        .find_map(|line| line.strip_prefix("Total count: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or(format!("{} does not tell a total", profdata.display()))
}

/// Where the counts for this compiler are: the name is made as `.cargo/guided` makes it.
fn place() -> Result<PathBuf, String> {
    let said = rustc(&["-vV"])?;
    let field = |name: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name));
        value.ok_or(format!("rustc -vV does not tell its {name}"))
    };
    let (release, llvm) = (field("release: ")?, field("LLVM version: ")?);
    let folder = root().join(".cargo/profiles");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.join(format!("{release}-llvm-{llvm}.profdata")))
}

/// Builds the released command, or one that counts.
///
/// Counts are found again by the names of functions, which `.cargo/guided` makes the same for both.
fn compile(target: &Path, counting: bool) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--release", "--quiet", "-p", "aio", "--target-dir"])
        .arg(target)
        .env_remove("RUSTFLAGS")
        .env_remove("AIO_COUNT")
        .current_dir(root());
    if counting {
        command.env("AIO_COUNT", "1");
    }
    let built = command.status().map_err(|error| error.to_string())?;
    if !built.success() {
        return Err("aio does not build".to_owned());
    }
    Ok(())
}

/// The programs of a folder.
fn programs(folder: &str) -> Result<Vec<PathBuf>, String> {
    let entries =
        std::fs::read_dir(root().join(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut programs: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "aio"))
        .collect();
    programs.sort();
    Ok(programs)
}

/// Runs a program, whose counts go to a folder; gives the microseconds of
/// CPU time that it took.
fn train(aio: &Path, counts: &Path, program: &Path, turns: u32) -> Result<i64, String> {
    let used = || cpu_of_children().map_err(|error| error.to_string());
    let begun = used()?;
    let status = Command::new(aio)
        .args(["run", "--virtual-time"])
        .arg(program)
        .arg(turns.to_string())
        .env("LLVM_PROFILE_FILE", counts.join("%p.profraw"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", aio.display()))?;
    if !status.success() {
        return Err(format!("{} fails: {status}", program.display()));
    }
    Ok(used()? - begun)
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
    output(Command::new("rustc").args(args).current_dir(root()))
}

/// What a command says on its standard output.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const RELEASE: &str = "--crate-type lib -C opt-level=3 -C codegen-units=1";

    /// A folder like that of the repository, with a compiler that says what it is called with.
    fn guided(name: &str, counting: bool, args: &str) -> std::io::Result<String> {
        let folder = std::env::temp_dir().join(format!("aio-{name}-{}", std::process::id()));
        let profiles = folder.join(".cargo/profiles");
        std::fs::create_dir_all(&profiles)?;
        std::fs::copy(root().join(".cargo/guided"), folder.join(".cargo/guided"))?;
        std::fs::write(profiles.join("1.2.3-llvm-4.5.profdata"), "")?;
        let rustc = folder.join("rustc");
        let says = "#!/bin/sh\n\
                    [ \"$1\" = -vV ] && printf 'release: %s\\nLLVM version: 4.5\\n' \"$VERSION\" || echo \"$@\"\n";
        std::fs::write(&rustc, says)?;
        std::fs::set_permissions(&rustc, std::fs::Permissions::from_mode(0o755))?;
        let (version, args) = args.split_once(':').unwrap_or_default();
        let mut command = Command::new(folder.join(".cargo/guided"));
        command.arg(&rustc).args(args.split_whitespace());
        command.env("VERSION", version).env_remove("AIO_COUNT");
        if counting {
            command.env("AIO_COUNT", "1");
        }
        let output = command.output()?;
        let here = std::fs::canonicalize(&folder)?.display().to_string();
        std::fs::remove_dir_all(&folder)?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(said.replace(&here, "."))
    }

    #[test]
    fn releases_are_guided() -> std::io::Result<()> {
        let said = guided(
            "release",
            false,
            &format!("1.2.3:{RELEASE} -C metadata=a1b2"),
        )?;
        let counts = "-Cprofile-use=./.cargo/profiles/1.2.3-llvm-4.5.profdata";
        let quiet = "-Cllvm-args=-no-pgo-warn-mismatch";
        assert_eq!(
            said,
            format!("{RELEASE} -C metadata=aio-lib {counts} {quiet}")
        );
        Ok(())
    }

    #[test]
    fn a_build_that_counts_has_the_same_names() -> std::io::Result<()> {
        let said = guided(
            "counting",
            true,
            &format!("1.2.3:{RELEASE} -C metadata=c3d4"),
        )?;
        assert_eq!(
            said,
            format!("{RELEASE} -C metadata=aio-lib -Cprofile-generate")
        );
        Ok(())
    }

    #[test]
    fn other_builds_are_left_alone() -> std::io::Result<()> {
        let script = format!("--crate-name build_script_build {RELEASE}");
        for (name, args) in [
            ("dev", "-C opt-level=1 -C metadata=a1b2"),
            ("script", &*script),
        ] {
            assert_eq!(guided(name, false, &format!("1.2.3:{args}"))?, args);
            assert_eq!(guided(name, true, &format!("1.2.3:{args}"))?, args);
        }
        let other = format!("{RELEASE} -C metadata=a1b2");
        assert_eq!(guided("version", false, &format!("1.2.4:{other}"))?, other);
        Ok(())
    }
}
