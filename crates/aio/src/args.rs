//! What the command line asks for.
//!
//! Running a program is what nearly every call is for, so it is recognized by
//! hand: `aio FILE` does not pay for building clap's description of everything
//! else. Whatever comes after the program belongs to the program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Exit;
use crate::terminal;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Run a program.
    Run(RunRequest),
    /// Look for mistakes without running.
    Check(CheckRequest),
    /// Show what one stage makes of a program.
    Dump {
        /// Which stage.
        stage: Stage,
        /// The program.
        file: PathBuf,
    },
    /// Compare with CPython.
    Compare(CompareRequest),
    /// Tell about a code, or list all.
    Explain(Option<String>),
    /// Put programs into the one style.
    Format(FormatRequest),
    /// Talk.
    Repl,
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
}

/// Which programs to check, and how to say what was found.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct CheckRequest {
    /// Programs
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
    /// Programs; - formats standard input to standard output
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
    /// One line each: FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE
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

const USAGE: &str = "aio [--virtual-time] [--strict] FILE [ARGS]...
       aio [--virtual-time] [--strict] -c CODE [ARGS]...
       aio - [ARGS]... < FILE
       aio COMMAND";

const EXAMPLES: &str =
    "Without arguments aio reads a program from standard input, or talks if that is a terminal.
A file that is called like a command is run as ./NAME.

Exit codes: 0; 1 uncaught exception or syntax error; 2 usage, or a file that cannot be opened;
what the program gives to sys.exit; 70 an error in aio itself.";

#[derive(Parser)]
#[command(
    name = "aio",
    version,
    about = "A small Python-like language for asynchronous programming",
    override_usage = USAGE,
    after_help = EXAMPLES,
    disable_help_subcommand = true
)]
struct Cli {
    /// Let time pass only when every task waits: an hour of sleep ends at once
    #[arg(long)]
    virtual_time: bool,
    /// Refuse a program with a mistake that `aio check` is sure of
    #[arg(long)]
    strict: bool,
    /// Run CODE
    #[arg(short, value_name = "CODE")]
    code: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program
    Run(RunArgs),
    /// Look for mistakes without running
    Check(CheckRequest),
    /// Show what one stage makes of a program
    Dump {
        /// Which stage
        stage: Stage,
        /// The program
        file: PathBuf,
    },
    /// Run programs under CPython 3.13 too and show where they differ
    Compare(CompareRequest),
    /// Tell what a code means, with a wrong and a right program; without one, list all
    Explain {
        /// Such as A0101
        code: Option<String>,
    },
    /// Put programs into one style, that of black and ruff
    Fmt(FormatRequest),
    /// Talk, even if standard input is no terminal
    Repl,
}

#[derive(clap::Args)]
struct RunArgs {
    /// Let time pass only when every task waits
    #[arg(long)]
    virtual_time: bool,
    /// Refuse a program with a mistake that `aio check` is sure of
    #[arg(long)]
    strict: bool,
    /// Run CODE
    #[arg(short, value_name = "CODE")]
    code: Option<String>,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

const COMMANDS: [&str; 7] = ["run", "check", "fmt", "dump", "compare", "explain", "repl"];

/// Understands the arguments, without the command's own name. `Err` if there is
/// nothing to do any more: help was shown, or the usage was wrong.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Invocation, Exit> {
    let args: Vec<OsString> = args.collect();
    match parse_run(&args) {
        Some(request) => Ok(Invocation::Run(request)),
        None if args.is_empty() => Ok(default_invocation(RunFlags::default())),
        None => parse_command(&args),
    }
}

/// Recognizes the ways to run a program; `None` for everything else.
fn parse_run(args: &[OsString]) -> Option<RunRequest> {
    let mut rest = args.iter();
    let mut flags = RunFlags::default();
    let mut after_run = false;
    loop {
        let first = rest.next()?;
        match first.to_str() {
            Some("--virtual-time") => flags.virtual_time = true,
            Some("--strict") => flags.strict = true,
            Some("run") if !after_run => after_run = true,
            Some("-c") => {
                let code = text(rest.next()?);
                return Some(request(Program::Code(code), rest, flags));
            }
            Some("-") => {
                let program = Program::Stdin { by_name: true };
                return Some(request(program, rest, flags));
            }
            Some(option) if option.starts_with('-') => return None,
            Some(command) if !after_run && COMMANDS.contains(&command) => return None,
            Some(_) | None => {
                let program = Program::File(PathBuf::from(first));
                return Some(request(program, rest, flags));
            }
        }
    }
}

fn request<'a>(
    program: Program,
    rest: impl Iterator<Item = &'a OsString>,
    flags: RunFlags,
) -> RunRequest {
    RunRequest {
        program,
        args: rest.map(text).collect(),
        flags,
    }
}

fn text(arg: &OsString) -> String {
    arg.to_string_lossy().into_owned()
}

fn default_invocation(flags: RunFlags) -> Invocation {
    if terminal::stdin_is_terminal() {
        return Invocation::Repl;
    }
    Invocation::Run(RunRequest {
        program: Program::Stdin { by_name: false },
        args: Vec::new(),
        flags,
    })
}

fn parse_command(args: &[OsString]) -> Result<Invocation, Exit> {
    let name = OsString::from("aio");
    let cli = match Cli::try_parse_from(std::iter::once(&name).chain(args)) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render().to_string();
            return Err(if error.use_stderr() {
                terminal::say(text.trim_end());
                Exit::USAGE
            } else {
                terminal::print(&text);
                Exit::OK
            });
        }
    };
    Ok(match cli.command {
        // Both are recognized by hand unless the program itself is missing.
        None => default_invocation(RunFlags {
            virtual_time: cli.virtual_time,
            strict: cli.strict,
        }),
        Some(Command::Run(run)) => default_invocation(RunFlags {
            virtual_time: run.virtual_time || cli.virtual_time,
            strict: run.strict || cli.strict,
        }),
        Some(Command::Check(request)) => Invocation::Check(request),
        Some(Command::Dump { stage, file }) => Invocation::Dump { stage, file },
        Some(Command::Compare(request)) => Invocation::Compare(request),
        Some(Command::Explain { code }) => Invocation::Explain(code),
        Some(Command::Fmt(request)) => Invocation::Format(request),
        Some(Command::Repl) => Invocation::Repl,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Invocation, Exit> {
        parse(args.iter().map(OsString::from))
    }

    fn run(program: Program, args: &[&str], virtual_time: bool) -> Result<Invocation, Exit> {
        Ok(Invocation::Run(RunRequest {
            program,
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            flags: RunFlags {
                virtual_time,
                strict: false,
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

    #[test]
    fn the_description_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
