//! Actions that write files or measure: `cargo xtask bless`, `cargo xtask bench`,
//! `cargo xtask profile`.
//!
//! What a test of a script expects is recorded from CPython, never from us. This
//! is the recorder; `--check` compares instead of writing and is what CI runs.

#[path = "../../aio/src/compare/child.rs"]
mod child;
#[path = "../../aio/src/compare/python.rs"]
mod python;

mod bench;
mod bless;
mod growth;
mod profile;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bless [--check] [FILE_OR_FOLDER]...
       cargo xtask bench [-n RUNS] [--only TEXT] [--dir FOLDER] [--peer NAME=COMMAND]...
       cargo xtask bench --growth [-n RUNS] [--only TEXT] [--peer NAME=COMMAND]...
       cargo xtask bench --counts [--check|--record] [--only TEXT]
       (each with --aio COMMAND: that one is measured; without, it is built)
       cargo xtask profile

bless           record what CPython 3.13 prints for the programs of tests/ and examples/
bless --check   compare with what is recorded; exit 1 if something differs, 77 without a CPython 3.13
bench           CPU time of the programs of tests/bench, over that of the first interpreter found
bench --growth  ns and bytes for each thing that a program of tests/bench/growth makes, as it makes more
bench --counts  instructions a turn, by callgrind; --check: exit 1 if one has become worse than what
                docs/performance.md has; --record: write them there
profile         take the counts anew that released builds are guided by; print where they are";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = args.split_first() else {
        return usage();
    };
    match command.as_str() {
        "bless" => {
            let check = rest.iter().any(|arg| arg == "--check");
            let paths = rest.iter().filter(|arg| !arg.starts_with("--"));
            bless::bless(check, &paths.map(PathBuf::from).collect::<Vec<_>>())
        }
        "bench" => bench::bench(rest),
        "profile" if rest.is_empty() => profile::profile(),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    say(USAGE);
    ExitCode::from(2)
}

/// The top folder of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Microseconds of CPU time that the processes took which we started and which ended.
fn cpu_of_children() -> nix::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
}

/// Writes a line to standard error.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
