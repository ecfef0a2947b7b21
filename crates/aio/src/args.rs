//! What the command line asks for.
//!
//! Running a program is what nearly every call is for, so it is recognized by
//! hand: `aio FILE` does not pay for building clap's description of everything
//! else (`cli`). Whatever comes after the program belongs to the program.

mod cli;
mod limits;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::Exit;
use crate::pipeline::{Denied, Limits};
use crate::terminal;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Run a program.
    Run(RunRequest),
    /// Look for mistakes without running.
    Check(CheckRequest),
    /// Run tests.
    Test(TestRequest),
    /// Put programs into the one style.
    Format(FormatRequest),
    /// Tell about a code, or list all.
    Explain(Option<String>),
    /// Compare with CPython.
    Compare(CompareRequest),
    /// Show what one stage makes of a program.
    Dump {
        /// Which stage.
        stage: Stage,
        /// The program.
        file: PathBuf,
    },
    /// Talk.
    Repl(RunFlags),
    /// Print a text that is ready: completions, the man page.
    Print(String),
}

/// Which program to run, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunRequest {
    /// Where the program is.
    pub(crate) program: Program,
    /// Its own arguments.
    pub(crate) args: Vec<String>,
    /// How.
    pub(crate) flags: RunFlags,
}

/// How to run a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunFlags {
    /// Whether time passes only when everybody waits.
    pub(crate) virtual_time: bool,
    /// Whether a program with a sure mistake is refused.
    pub(crate) strict: bool,
    /// Whether to talk when it has ended.
    pub(crate) inspect: bool,
    /// How an uncaught exception is shown.
    pub(crate) traceback: TracebackStyle,
    /// What the program may use.
    pub(crate) limits: Limits,
    /// What it may not do.
    pub(crate) denied: Denied,
    /// Whether it is run again when it is saved.
    pub(crate) watch: bool,
    /// Whether hints are given, and turns that take long are told.
    pub(crate) dev: bool,
}

impl RunFlags {
    /// Nothing that reaches out, and limits unless others are given.
    fn sandbox(&mut self) {
        self.denied = Denied::ALL;
        self.limits.memory.get_or_insert(limits::SANDBOX_MEMORY);
        self.limits.time.get_or_insert(limits::SANDBOX_TIME);
    }
}

/// How an uncaught exception is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TracebackStyle {
    /// Pretty if standard error is a terminal
    #[default]
    Auto,
    /// As CPython does
    Python,
    /// Drawn in the source
    Pretty,
}

/// When messages are colored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which tests to run.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct TestRequest {
    /// Programs, and folders of programs called test_... or ..._test; without any, this folder
    pub(crate) paths: Vec<PathBuf>,
    /// Only tests with this text in their names
    #[arg(short = 'k', value_name = "TEXT")]
    pub(crate) filter: Option<String>,
}

/// Which programs to check, and how to say what was found.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct CheckRequest {
    /// Programs, and folders of programs
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Warnings and hints are errors too
    #[arg(long)]
    pub(crate) strict: bool,
    /// No hints and warnings, only errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// How to write what was found; json and short go to standard output
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub(crate) format: Format,
}

/// Which programs to format.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct FormatRequest {
    /// Programs, and folders of programs; - formats standard input to standard output
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only list the files that would change, and exit with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
    /// Only show what would change, and exit with 1 if something would
    #[arg(long)]
    pub(crate) diff: bool,
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Drawn, with the source
    Pretty,
    /// One line each: `FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE`
    Short,
    /// One JSON object a line
    Json,
}

/// Where a program is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Program {
    /// In a file.
    File(PathBuf),
    /// On the command line.
    Code(String),
    /// A module beside, by its name.
    Module(String),
    /// On standard input; with `-` that is its name for itself.
    Stdin {
        /// Whether it was asked for by `-`.
        by_name: bool,
    },
}

/// What to compare with CPython.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub(crate) struct CompareRequest {
    /// Programs, and folders of programs
    pub(crate) paths: Vec<PathBuf>,
    /// Also take paths from this file, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Seconds that a program may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) timeout: u64,
    /// Run our side on the virtual clock
    #[arg(long)]
    pub(crate) virtual_time: bool,
    /// How many programs run at once
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) jobs: usize,
}

/// A stage of the pipeline that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Tokens with their places
    Tokens,
    /// The syntax tree
    Ast,
    /// The resolved tree
    Hir,
    /// The state machines of coroutines and generators
    States,
}

const COMMANDS: [&str; 10] = [
    "run",
    "check",
    "test",
    "fmt",
    "explain",
    "compare",
    "dump",
    "repl",
    "completions",
    "man",
];

/// The command that was meant by a word that is none: one letter is missing, too much or wrong,
/// or two are swapped.
pub(crate) fn meant_command(word: &str) -> Option<&'static str> {
    COMMANDS
        .into_iter()
        .find(|command| word != *command && is_near(word, command))
}

fn is_near(word: &str, command: &str) -> bool {
    let (word, command) = (word.as_bytes(), command.as_bytes());
    let same = word.iter().zip(command).take_while(|(a, b)| a == b).count();
    let (word, command) = (&word[same..], &command[same..]);
    let tail = |text: &[u8], from: usize| text.get(from..).map(<[u8]>::to_vec);
    let swapped = match (word, command) {
        ([a, b, rest @ ..], [c, d, other @ ..]) => a == d && b == c && rest == other,
        _ => false,
    };
    swapped
        || tail(word, 1) == tail(command, 1)
        || tail(word, 1).as_deref() == Some(command)
        || tail(command, 1).as_deref() == Some(word)
}

/// Understands the arguments, without the command's own name. `Err` if there is
/// nothing to do any more: help was shown, or the usage was wrong.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Invocation, Exit> {
    let args: Vec<OsString> = args.collect();
    match parse_run(&args) {
        Some(request) => Ok(Invocation::Run(request)),
        None if args.is_empty() => Ok(default_invocation(RunFlags::default())),
        None => cli::parse(&args),
    }
}

/// Recognizes the ways to run a program; `None` for everything else, which clap explains.
fn parse_run(args: &[OsString]) -> Option<RunRequest> {
    let mut rest = args.iter();
    let mut flags = RunFlags::default();
    let mut color = ColorChoice::Auto;
    let mut after_run = false;
    let mut sandbox = false;
    let program = loop {
        let first = rest.next()?;
        let word = first.to_str();
        let (name, value) = match word.and_then(|word| word.split_once('=')) {
            Some((name, value)) if name.starts_with("--") => (Some(name), Some(value)),
            Some(_) | None => (word, None),
        };
        let mut value =
            || value.map_or_else(|| rest.next().map(text), |value| Some(value.to_owned()));
        match name {
            Some("--virtual-time") => flags.virtual_time = true,
            Some("--dev") => flags.dev = true,
            Some("--watch") => flags.watch = true,
            Some("--strict") => flags.strict = true,
            Some("-i") => flags.inspect = true,
            Some("--traceback") => {
                flags.traceback = TracebackStyle::from_str(&value()?, false).ok()?;
            }
            Some("--deny-net") => flags.denied.net = true,
            Some("--deny-run") => flags.denied.run = true,
            Some("--deny-read") => flags.denied.read = true,
            Some("--deny-write") => flags.denied.write = true,
            Some("--sandbox") => sandbox = true,
            Some("--max-steps") => flags.limits.steps = Some(limits::steps(&value()?).ok()?),
            Some("--max-memory") => flags.limits.memory = Some(limits::memory(&value()?).ok()?),
            Some("--max-time") => flags.limits.time = Some(limits::time(&value()?).ok()?),
            Some("--max-depth") => flags.limits.depth = Some(limits::depth(&value()?).ok()?),
            Some("--color") => color = ColorChoice::from_str(&value()?, false).ok()?,
            Some("run") if !after_run => after_run = true,
            Some("-c") => break Program::Code(text(rest.next()?)),
            Some("-m") => break Program::Module(text(rest.next()?)),
            Some("-") => break Program::Stdin { by_name: true },
            Some(option) if option.starts_with('-') => return None,
            Some(command) if !after_run && COMMANDS.contains(&command) => return None,
            Some(_) | None => break Program::File(PathBuf::from(first)),
        }
    };
    if sandbox {
        flags.sandbox();
    }
    terminal::choose_color(color);
    Some(RunRequest {
        program,
        args: rest.map(text).collect(),
        flags,
    })
}

fn text(arg: &OsString) -> String {
    arg.to_string_lossy().into_owned()
}

fn default_invocation(flags: RunFlags) -> Invocation {
    if terminal::stdin_is_terminal() {
        return Invocation::Repl(flags);
    }
    Invocation::Run(RunRequest {
        program: Program::Stdin { by_name: false },
        args: Vec::new(),
        flags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn parsed(args: &[&str]) -> Result<Invocation, Exit> {
        parse(args.iter().map(OsString::from))
    }

    fn run(program: Program, args: &[&str], virtual_time: bool) -> Result<Invocation, Exit> {
        Ok(Invocation::Run(RunRequest {
            program,
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            flags: RunFlags {
                virtual_time,
                ..RunFlags::default()
            },
        }))
    }

    #[test]
    fn what_follows_the_program_is_the_programs() {
        let file = Program::File("a.aio".into());
        assert_eq!(
            parsed(&["a.aio", "--virtual-time", "-c", "run"]),
            run(file.clone(), &["--virtual-time", "-c", "run"], false)
        );
        assert_eq!(
            parsed(&["--virtual-time", "a.aio"]),
            run(file.clone(), &[], true)
        );
        assert_eq!(
            parsed(&["run", "--virtual-time", "a.aio", "x"]),
            run(file, &["x"], true)
        );
        assert_eq!(
            parsed(&["-c", "print(1)", "x"]),
            run(Program::Code("print(1)".into()), &["x"], false)
        );
        assert_eq!(
            parsed(&["-", "-v"]),
            run(Program::Stdin { by_name: true }, &["-v"], false)
        );
    }

    #[test]
    fn a_file_may_be_called_like_a_command() {
        assert_eq!(
            parsed(&["run", "check"]),
            run(Program::File("check".into()), &[], false)
        );
        assert_eq!(
            parsed(&["./check"]),
            run(Program::File("./check".into()), &[], false)
        );
    }

    #[test]
    fn options_of_running_stand_before_the_program() {
        let expected = RunRequest {
            program: Program::Module("a.b".into()),
            args: vec!["-i".into()],
            flags: RunFlags {
                inspect: true,
                traceback: TracebackStyle::Python,
                ..RunFlags::default()
            },
        };
        assert_eq!(
            parsed(&["--traceback=python", "-i", "-m", "a.b", "-i"]),
            Ok(Invocation::Run(expected.clone()))
        );
        assert_eq!(
            parsed(&["-i", "--traceback", "python", "run", "-m", "a.b", "-i"]),
            Ok(Invocation::Run(expected))
        );
        assert_eq!(parsed(&["--traceback=perl", "a.aio"]), Err(Exit::USAGE));
    }

    #[test]
    fn limits_are_numbers_with_units() {
        let flags = RunFlags {
            limits: Limits {
                steps: Some(1000),
                memory: Some(64 << 20),
                time: Some(Duration::from_millis(1500)),
                depth: Some(50),
            },
            ..RunFlags::default()
        };
        let line = "--max-steps 1000 --max-memory=64M --max-time 1.5 --max-depth 50 a.aio";
        assert_eq!(
            parsed(&line.split(' ').collect::<Vec<_>>()),
            Ok(Invocation::Run(RunRequest {
                program: Program::File("a.aio".into()),
                args: Vec::new(),
                flags,
            }))
        );
        for wrong in [
            "--max-steps=-1",
            "--max-memory=5X",
            "--max-time=nan",
            "--max-depth=0",
        ] {
            assert_eq!(parsed(&[wrong, "a.aio"]), Err(Exit::USAGE), "{wrong}");
        }
    }

    #[test]
    fn a_sandbox_has_limits_unless_others_are_given() {
        for line in [
            "--sandbox --max-time 5 a.aio",
            "--max-time 5 --sandbox a.aio",
        ] {
            let Ok(Invocation::Run(request)) = parsed(&line.split(' ').collect::<Vec<_>>()) else {
                panic!("{line}");
            };
            assert_eq!(request.flags.denied, Denied::ALL);
            assert_eq!(request.flags.limits.time, Some(Duration::from_secs(5)));
            assert!(request.flags.limits.memory.is_some());
        }
        let Ok(Invocation::Run(request)) = parsed(&["--deny-net", "--deny-write", "a.aio"]) else {
            panic!("not understood");
        };
        let expected = Denied {
            net: true,
            write: true,
            ..Denied::default()
        };
        assert_eq!(request.flags.denied, expected);
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(
            parsed(&["check", "-q", "a.aio", "b.aio"]),
            Ok(Invocation::Check(CheckRequest {
                files: vec!["a.aio".into(), "b.aio".into()],
                strict: false,
                quiet: true,
                format: Format::Pretty,
            }))
        );
        assert_eq!(
            parsed(&["dump", "states", "a.aio"]),
            Ok(Invocation::Dump {
                stage: Stage::States,
                file: "a.aio".into()
            })
        );
    }
}
