//! What the stages make of a program.
//!
//! `tests/dump/x.aio` with side files `x.tokens`, `x.ast`, `x.hir`, `x.states`;
//! each one that is there is compared with `aio dump`. `AIO_BLESS=1` records
//! those that are there.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};

const STAGES: [&str; 4] = ["tokens", "ast", "hir", "states"];

fn main() -> ExitCode {
    let folder = harness::root().join("tests/dump");
    let mut trials = Vec::new();
    for file in harness::files(&folder, "aio") {
        for stage in STAGES {
            let expected = file.with_extension(stage);
            if expected.is_file() {
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                let name = format!("{name}.{stage}");
                let file = file.clone();
                trials.push(Trial::test(name, move || dump(&file, stage, &expected)));
            }
        }
    }
    harness::conclude(trials)
}

fn dump(file: &Path, stage: &str, expected: &Path) -> Result<(), Failed> {
    let outcome = harness::run_file(&["dump", stage], file)?;
    if outcome.code != Some(0) {
        let stderr = String::from_utf8_lossy(&outcome.stderr);
        return Err(format!("ended with {:?}\n{stderr}", outcome.code).into());
    }
    harness::same_as_file(expected, &harness::portable(&outcome.stdout, file))
}
