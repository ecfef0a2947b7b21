//! `cargo xtask bench`: how fast it is, side by side with other interpreters, and how many
//! instructions each primitive takes.
//!
//! Times are ratios of CPU time (user and system, of the child alone) between interpreters that
//! ran in turn; a machine is never quiet enough for more. Instructions are counted by callgrind,
//! for two sizes of the same program, so that what is left is the cost of one turn without the
//! start; they are recorded in `docs/performance.md`, and `--check` says what has become worse.

use crate::{cpu_of_children, growth, root, say};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Where the counts are recorded, relative to the root of the repository.
const RECORD: &str = "docs/performance.md";
const BEGIN: &str = "<!-- counts: written by cargo xtask bench --counts --record -->\n";
const END: &str = "<!-- end of counts -->\n";
/// A count that is larger by this part than the recorded one has become worse.
const TOLERANCE: f64 = 0.04;
/// Turns in the smaller of the two runs that are counted.
const TURNS: u64 = 1000;

/// What the command line says.
struct Options {
    counts: bool,
    record: bool,
    check: bool,
    growth: bool,
    only: Option<String>,
    runs: u32,
    folder: PathBuf,
    aio: Option<PathBuf>,
    peers: Vec<Interpreter>,
}

/// What runs programs.
#[derive(Clone)]
pub struct Interpreter {
    /// What the table calls it.
    pub name: String,
    /// The words before the path of a program.
    pub command: Vec<String>,
    /// For another language: how the names of its programs end, in the folder `other` beside ours.
    pub extension: Option<&'static str>,
}

impl Interpreter {
    /// One that runs our programs.
    fn new(name: &str, command: Vec<String>) -> Interpreter {
        Interpreter {
            name: name.to_owned(),
            command,
            extension: None,
        }
    }

    /// The last part of its name.
    pub fn short(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Runs the command.
pub fn bench(args: &[String]) -> ExitCode {
    if let Some(("--alone", command)) = args
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        return growth::alone(command);
    }
    let options = match parse(args) {
        Ok(options) => options,
        Err(message) => {
            say(&message);
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            say(&format!("bench: {message}"));
            ExitCode::FAILURE
        }
    }
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options {
        counts: false,
        record: false,
        check: false,
        growth: false,
        only: None,
        runs: 3,
        folder: root().join("tests/bench"),
        aio: None,
        peers: Vec::new(),
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--counts" => options.counts = true,
            "--record" => options.record = true,
            "--check" => options.check = true,
            "--growth" => options.growth = true,
            "--only" => options.only = Some(value()?.clone()),
            "--aio" => options.aio = Some(PathBuf::from(value()?)),
            "--dir" => options.folder = PathBuf::from(value()?),
            "-n" => {
                let runs = value()?;
                let number = runs.parse().ok().filter(|runs| *runs > 0);
                options.runs = number.ok_or(format!("-n {runs}: a number above 0 is expected"))?;
            }
            "--peer" => {
                let peer = value()?;
                let (name, command) = peer
                    .split_once('=')
                    .ok_or(format!("--peer {peer}: NAME=COMMAND is expected"))?;
                let words = command.split_whitespace().map(str::to_owned);
                options.peers.push(Interpreter::new(name, words.collect()));
            }
            _ => return Err(format!("bench does not know {arg}")),
        }
    }
    Ok(options)
}

/// Whether nothing has become worse.
fn run(options: &Options) -> Result<bool, String> {
    let aio = match &options.aio {
        Some(path) => path.clone(),
        None => build()?,
    };
    let only = options.only.as_deref();
    if options.growth {
        growth::growth(&interpreters(options, &aio), only, options.runs)?;
        return Ok(true);
    }
    let programs = programs(&options.folder, only)?;
    if options.counts {
        count_all(options, &aio, &programs)
    } else {
        time_all(options.runs, &interpreters(options, &aio), &programs)?;
        Ok(true)
    }
}

/// Builds the released command; gives its path.
fn build() -> Result<PathBuf, String> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "aio"])
        .current_dir(root())
        .status()
        .map_err(|error| error.to_string())?;
    if !built.success() {
        return Err("aio does not build".to_owned());
    }
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.ancestors().nth(2).ok_or("there is no target folder")?;
    Ok(target.join("release/aio"))
}

/// A program: its path, its first line, and how many turns it takes when not told.
pub struct Program {
    pub path: PathBuf,
    about: String,
    turns: u64,
}

impl Program {
    /// Its path's last part.
    pub fn name(&self) -> String {
        let name = self.path.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// The programs of a folder whose name has `only` in it.
pub fn programs(folder: &Path, only: Option<&str>) -> Result<Vec<Program>, String> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut programs = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let about = text.lines().next().unwrap_or_default();
        let turns = text
            .lines()
            .find_map(|line| line.split_once("> 1 else ")?.1.trim().parse().ok());
        let program = Program {
            path,
            about: about.trim_start_matches(['#', ' ']).to_owned(),
            turns: turns.unwrap_or(TURNS),
        };
        if program.path.extension().is_some_and(|end| end == "aio")
            && only.is_none_or(|part| program.name().contains(part))
        {
            programs.push(program);
        }
    }
    if programs.is_empty() {
        return Err("there is no such program".to_owned());
    }
    programs.sort_by_key(Program::name);
    Ok(programs)
}

/// Instructions of a run.
fn count(aio: &Path, program: &Program, turns: u64) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(aio)
        .args(["run", "--virtual-time"])
        .arg(&program.path)
        .arg(turns.to_string())
        .output()
        .map_err(|error| format!("valgrind, which counts, does not run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| {
        let (_, number) = line.split_once("Collected :")?;
        number.trim().parse().ok()
    });
    collected
        .filter(|_| output.status.success())
        .ok_or(format!("{}: {said}", program.name()))
}

fn count_all(options: &Options, aio: &Path, programs: &[Program]) -> Result<bool, String> {
    let path = root().join(RECORD);
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{RECORD}: {error}"))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .ok_or(format!("{RECORD}: no table"))?;
    let (table, after) = rest.split_once(END).ok_or(format!("{RECORD}: no table"))?;
    let mut new = String::from("| program | what a turn is | instructions |\n|---|---|---:|\n");
    let mut is_well = true;
    for program in programs {
        let (once, twice) = (count(aio, program, TURNS)?, count(aio, program, 2 * TURNS)?);
        let turn = twice.saturating_sub(once) / TURNS;
        let (name, about) = (program.name(), &program.about);
        let known = recorded(table, &name);
        let verdict = match known {
            Some(known) if turn as f64 > known as f64 * (1.0 + TOLERANCE) => {
                is_well = false;
                format!("{known} were recorded: WORSE")
            }
            Some(known) => format!("{known} were recorded"),
            None => "new".to_owned(),
        };
        say(&format!("{name:15} {turn:8}   {verdict}"));
        let _ = writeln!(new, "| `{name}` | {about} | {turn} |");
    }
    if options.record && options.only.is_none() {
        let page = format!("{before}{BEGIN}{new}{END}{after}");
        std::fs::write(&path, page).map_err(|error| format!("{RECORD}: {error}"))?;
        return Ok(true);
    }
    Ok(is_well || !options.check)
}

/// The count of a program in the table of the page.
fn recorded(table: &str, name: &str) -> Option<u64> {
    let row = table
        .lines()
        .find(|row| row.starts_with(&format!("| `{name}` |")))?;
    row.trim_end_matches([' ', '|'])
        .rsplit('|')
        .next()?
        .trim()
        .parse()
        .ok()
}

/// CPU seconds of a run; none if it fails, or if there is no such program in its language.
fn time(interpreter: &Interpreter, program: &Program) -> Option<f64> {
    let path = match interpreter.extension {
        Some(end) => program
            .path
            .with_file_name("other")
            .join(program.name())
            .with_extension(end),
        None => program.path.clone(),
    };
    if !path.exists() {
        return None;
    }
    let (first, rest) = interpreter.command.split_first()?;
    let before = cpu_of_children().ok()?;
    let status = Command::new(first)
        .args(rest)
        .arg(path)
        .arg((program.turns * 50).to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    let used = cpu_of_children().ok()? - before;
    status.success().then_some(used as f64 / 1e6)
}

/// Where a Python really is: what is on the path may be a script that looks for it every time.
fn executable(name: &str) -> Option<String> {
    says(name, &["-c", "import sys; print(sys.executable)"])
}

/// What a command prints; none if it is not there or fails.
fn says(command: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(command).args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// Who is there to run: the first one is what the others are compared with.
fn interpreters(options: &Options, aio: &Path) -> Vec<Interpreter> {
    let mut all = Vec::new();
    for name in ["/usr/bin/python3", "python3.13", "pypy3"] {
        if let Some(path) = executable(name) {
            all.push(Interpreter::new(name, vec![path]));
        }
    }
    if !options.growth {
        all.extend(uvloop());
        for (name, extension) in [("lua5.4", "lua"), ("node", "js")] {
            if says(name, &["-v"]).is_some() {
                all.push(Interpreter {
                    extension: Some(extension),
                    ..Interpreter::new(name, vec![name.to_owned()])
                });
            }
        }
    }
    all.extend(options.peers.iter().cloned());
    let aio = aio.to_string_lossy().into_owned();
    all.push(Interpreter::new("aio", vec![aio, "run".to_owned()]));
    all
}

/// CPython with the event loop of uvloop, if one of the path has it.
fn uvloop() -> Option<Interpreter> {
    const RUN: &str = "import asyncio, runpy, sys, uvloop
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')";
    let name = "python3";
    says(name, &["-c", "import uvloop"])?;
    let words = [&executable(name)?, "-c", RUN].map(str::to_owned);
    Some(Interpreter::new("uvloop", words.to_vec()))
}

/// Prints a table of ratios: every interpreter over the first one.
fn time_all(runs: u32, interpreters: &[Interpreter], programs: &[Program]) -> Result<(), String> {
    let (base, others) = interpreters.split_first().ok_or("there is nobody to run")?;
    let mut head = format!("{:15} {:>9}", "CPU", base.short());
    others.iter().for_each(|other| {
        let _ = write!(head, " {:>10}", other.short());
    });
    say(&head);
    let mut logarithms = vec![(0.0, 0); others.len()];
    for program in programs {
        let mut least = vec![None::<f64>; interpreters.len()];
        for _ in 0..runs {
            for (least, interpreter) in least.iter_mut().zip(interpreters) {
                let Some(seconds) = time(interpreter, program) else {
                    continue;
                };
                *least = Some(least.map_or(seconds, |known| known.min(seconds)));
            }
        }
        let first = least[0].ok_or(format!("{} does not run {}", base.name, program.name()))?;
        let mut row = format!("{:15} {first:8.3}s", program.name());
        for (sum, seconds) in logarithms.iter_mut().zip(&least[1..]) {
            match seconds {
                Some(seconds) => {
                    let ratio = (seconds / first).max(1e-6);
                    *sum = (sum.0 + ratio.ln(), sum.1 + 1);
                    let _ = write!(row, " {ratio:10.3}");
                }
                None => row.push_str("          -"),
            }
        }
        say(&row);
    }
    let mut row = format!("{:15} {:>9}", "geometric mean", "");
    for (sum, count) in logarithms {
        let _ = write!(row, " {:10.3}", (sum / f64::from(count.max(1))).exp());
    }
    say(&row);
    Ok(())
}
