//! `cargo xtask bench --growth`: what a program of `tests/bench/growth` costs for each thing it makes,
//! in time and in memory, as there are more of them; and what the start costs.
//!
//! The cost of a thing is that of a run less that of a run without any, by their number. So a table
//! with equal figures in a row is linear; one that rises to the right is not.

use crate::bench::{Interpreter, Program, programs};
use crate::{cpu_of_children, root, say};
use nix::sys::resource::{UsageWho, getrusage};
use std::fmt::Write as _;
use std::process::{Command, ExitCode, Stdio};

/// How many things are made.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Runs of a program that prints a line; the least counts.
const STARTS: u32 = 20;

/// What a run took.
#[derive(Clone, Copy)]
struct Cost {
    /// User and system, in microseconds.
    cpu: i64,
    /// At its peak, in KiB.
    memory: i64,
}

/// Prints the tables.
pub fn growth(interpreters: &[Interpreter], only: Option<&str>, runs: u32) -> Result<(), String> {
    say("start: ms of CPU, least of 20 runs");
    for program in programs(&root().join("tests/bench/start"), only).unwrap_or_default() {
        let mut row = format!("{:12}", program.name());
        for interpreter in interpreters {
            let cost = least(interpreter, &program, None, STARTS)?;
            let _ = write!(row, " {} {:.1}", interpreter.short(), cost.cpu as f64 / 1e3);
        }
        say(&row);
    }
    let programs = programs(&root().join("tests/bench/growth"), only)?;
    let mut head = format!("{:12} {:12}", "a thing", "ns, bytes");
    SIZES.iter().for_each(|size| {
        let _ = write!(head, " {size:>14}");
    });
    say(&head);
    for program in &programs {
        for interpreter in interpreters {
            say(&row(interpreter, program, runs)?);
        }
    }
    Ok(())
}

/// Nanoseconds and bytes for each thing, one pair for each size.
fn row(interpreter: &Interpreter, program: &Program, runs: u32) -> Result<String, String> {
    let none = least(interpreter, program, Some(0), STARTS)?;
    let mut row = format!("{:12} {:12}", program.name(), interpreter.short());
    for size in SIZES {
        // Small runs are over before the clock of the system has seen much of them.
        let runs = if size < 100_000 { STARTS } else { runs };
        let cost = least(interpreter, program, Some(size), runs)?;
        let each = |more: i64, unit: i64| more.max(0) * unit / size.cast_signed();
        let time = each(cost.cpu - none.cpu, 1000);
        let memory = each(cost.memory - none.memory, 1024);
        let _ = write!(row, " {time:>8} {memory:>5}");
    }
    Ok(row)
}

/// The least of several runs.
fn least(
    interpreter: &Interpreter,
    program: &Program,
    size: Option<u64>,
    runs: u32,
) -> Result<Cost, String> {
    let mut least: Option<Cost> = None;
    for _ in 0..runs {
        let cost = measure(interpreter, program, size)?;
        least = Some(least.map_or(cost, |known| Cost {
            cpu: known.cpu.min(cost.cpu),
            memory: known.memory.min(cost.memory),
        }));
    }
    least.ok_or("there was no run".to_owned())
}

/// Runs a program in a process of our own kind, which has no other child: the peak of memory that the
/// system tells is that of the largest one.
fn measure(
    interpreter: &Interpreter,
    program: &Program,
    size: Option<u64>,
) -> Result<Cost, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(here)
        .args(["bench", "--alone"])
        .args(&interpreter.command)
        .arg(&program.path)
        .args(size.map(|size| size.to_string()))
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut numbers = said.split_whitespace().map(str::parse::<i64>);
    match (output.status.success(), numbers.next(), numbers.next()) {
        (true, Some(Ok(cpu)), Some(Ok(memory))) => Ok(Cost { cpu, memory }),
        _ => Err(format!(
            "{} does not run {}: {said}",
            interpreter.name,
            program.name()
        )),
    }
}

/// Runs a command, and says what it took.
pub fn alone(command: &[String]) -> ExitCode {
    let Some((first, rest)) = command.split_first() else {
        return ExitCode::from(2);
    };
    let status = Command::new(first)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    match (
        status,
        cpu_of_children(),
        getrusage(UsageWho::RUSAGE_CHILDREN),
    ) {
        (Ok(status), Ok(cpu), Ok(usage)) if status.success() => {
            say(&format!("{cpu} {}", usage.max_rss()));
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}
