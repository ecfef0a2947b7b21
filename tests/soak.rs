//! Memory does not grow: short tasks, timeouts and connections in great numbers.
//!
//! Each program of `soak/` gets a number, does so much, and prints how many kilobytes the process
//! had after the first tenth and has at the end: at most a twentieth more.
//!
//! `AIO_SOAK=100 cargo test --release --test soak` does a hundred times as much: ten million tasks,
//! a million timeouts, two hundred thousand connections; then without the allowance for small runs.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

/// The programs, and how much of their thing they do.
const PROGRAMS: &[(&str, u64)] = &[
    ("tasks", 100_000),
    ("timeouts", 10_000),
    ("connections", 2_000),
];

/// Kilobytes that a small run may grow besides: its first tenth does not reach every path.
const ALLOWANCE: u64 = 512;

fn main() -> ExitCode {
    let factor = std::env::var("AIO_SOAK")
        .ok()
        .and_then(|text| text.parse().ok());
    let factor: u64 = factor.unwrap_or(1);
    let trials = if cfg!(target_os = "linux") {
        PROGRAMS
    } else {
        &[]
    };
    let trials = trials.iter().map(|(name, count)| {
        let count = count * factor;
        Trial::test(format!("{count} {name}"), move || soak(name, count, factor))
    });
    harness::conclude(trials.collect())
}

#[expect(clippy::print_stderr, reason = "the figures are what one runs it for")]
fn tell(text: &str) {
    eprintln!("{text}");
}

fn soak(name: &str, count: u64, factor: u64) -> Result<(), Failed> {
    let program = harness::root()
        .join("tests/soak")
        .join(format!("{name}.aio"));
    let mut command = harness::aio();
    command.arg(program).arg(count.to_string());
    let limit = Duration::from_secs(60 + count / 1_000);
    let outcome = harness::child::run(&mut command, None, limit)?;
    let printed = String::from_utf8_lossy(&outcome.stdout);
    let sizes: Vec<u64> = printed
        .split_whitespace()
        .filter_map(|size| size.parse().ok())
        .collect();
    let [first, last] = sizes.as_slice() else {
        let (end, errors) = (outcome.code, String::from_utf8_lossy(&outcome.stderr));
        return Err(format!("ended with {end:?}, printed {printed:?}\n{errors}").into());
    };
    let told = format!("{first} KB after the first tenth, {last} KB at the end");
    if factor > 1 {
        tell(&format!("{count} {name}: {told}"));
    }
    let allowance = if factor < 100 { ALLOWANCE } else { 0 };
    if *last > first + first / 20 + allowance {
        return Err(told.into());
    }
    Ok(())
}
