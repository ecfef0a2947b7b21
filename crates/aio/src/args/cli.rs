//! The command line as clap describes it: for help, for everything but running a program, for
//! completions and the man page.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use super::{
    CheckRequest, ColorChoice, CompareRequest, FormatRequest, Invocation, RunFlags, Stage,
    TestRequest, TracebackStyle, default_invocation, limits,
};
use crate::Exit;
use crate::pipeline::{Denied, Limits};
use crate::terminal;

const USAGE: &str = "aio [OPTIONS] FILE [ARGS]...
       aio [OPTIONS] -c CODE [ARGS]...
       aio [OPTIONS] -m MODULE [ARGS]...
       aio [OPTIONS] - [ARGS]... < FILE
       aio COMMAND";

/// The heading of the limits in the help.
const LIMITS: &str = "Limits";
/// The heading of what can be denied.
const PERMISSIONS: &str = "Permissions";

const EXAMPLES: &str =
    "Without arguments aio reads a program from standard input, or talks if that is a terminal.
A file that is called like a command is run as ./NAME.

Exit codes: 0; 1 uncaught exception or syntax error; 2 usage, or a file that cannot be opened;
what the program gives to sys.exit; 121 to 124 a limit; 70 an error in aio itself.

NO_COLOR and FORCE_COLOR are respected.";

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
    #[command(flatten)]
    run: RunOptions,
    /// Run CODE
    #[arg(short, value_name = "CODE")]
    code: Option<String>,
    /// Run the module beside: MODULE.aio, MODULE.py, or the file __main__ of a folder
    #[arg(short, value_name = "MODULE")]
    module: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of running; they stand before the program.
#[derive(Args)]
struct RunOptions {
    /// Let time pass only when every task waits: an hour of sleep ends at once
    #[arg(long)]
    virtual_time: bool,
    /// Refuse a program with a mistake that `aio check` is sure of
    #[arg(long)]
    strict: bool,
    /// Run the program again whenever it or a module it imports is saved
    #[arg(long)]
    watch: bool,
    /// Give all hints of `aio check` first, and tell which turns of the loop kept others waiting
    #[arg(long)]
    dev: bool,
    /// Talk when the program has ended, with its names
    #[arg(short)]
    inspect: bool,
    /// How an uncaught exception is shown; auto: pretty on a terminal
    #[arg(long, value_enum, default_value_t = TracebackStyle::Auto, value_name = "STYLE")]
    traceback: TracebackStyle,
    /// End the program after N steps: statements, turns of loops, calls (exit code 121)
    #[arg(long, value_name = "N", value_parser = limits::steps, help_heading = LIMITS)]
    max_steps: Option<u64>,
    /// End it when it has more memory in use: a number of bytes, or of K, M, G (exit code 122)
    #[arg(long, value_name = "SIZE", value_parser = limits::memory, help_heading = LIMITS)]
    max_memory: Option<u64>,
    /// End it when more than N calls are inside each other (exit code 123)
    #[arg(long, value_name = "N", value_parser = limits::depth, help_heading = LIMITS)]
    max_depth: Option<u32>,
    /// End it after so much real time (exit code 124)
    #[arg(long, value_name = "SECONDS", value_parser = limits::time, help_heading = LIMITS)]
    max_time: Option<Duration>,
    /// Refuse sockets and look-ups of names
    #[arg(long, help_heading = PERMISSIONS)]
    deny_net: bool,
    /// Refuse to start programs, and signals to others
    #[arg(long, help_heading = PERMISSIONS)]
    deny_run: bool,
    /// Refuse to look at files and folders; modules beside the program can be imported
    #[arg(long, help_heading = PERMISSIONS)]
    deny_read: bool,
    /// Refuse to make, change and remove files and folders
    #[arg(long, help_heading = PERMISSIONS)]
    deny_write: bool,
    /// Refuse all four, with 512 MiB of memory and 60 seconds unless other limits are given
    #[arg(long, help_heading = PERMISSIONS)]
    sandbox: bool,
    /// Whether messages are colored; auto: on a terminal
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", global = true)]
    color: ColorChoice,
}

impl RunOptions {
    fn flags(&self) -> RunFlags {
        let mut flags = RunFlags {
            virtual_time: self.virtual_time,
            strict: self.strict,
            inspect: self.inspect,
            watch: self.watch,
            dev: self.dev,
            traceback: self.traceback,
            limits: Limits {
                steps: self.max_steps,
                memory: self.max_memory,
                time: self.max_time,
                depth: self.max_depth,
            },
            denied: Denied {
                net: self.deny_net,
                run: self.deny_run,
                read: self.deny_read,
                write: self.deny_write,
            },
        };
        if self.sandbox {
            flags.sandbox();
        }
        flags
    }
}

#[derive(Subcommand)]
enum Command {
    /// Run a program
    Run(RunArgs),
    /// Look for mistakes without running
    Check(CheckRequest),
    /// Run the functions called test_... of programs, on the virtual clock
    Test(TestRequest),
    /// Put programs into one style, that of black and ruff
    Fmt(FormatRequest),
    /// Tell what a code means, with a wrong and a right program; without one, list all
    Explain {
        /// Such as A0101
        code: Option<String>,
    },
    /// Run programs under CPython 3.13 too and show where they differ
    Compare(CompareRequest),
    /// Show what one stage makes of a program
    Dump {
        /// Which stage
        stage: Stage,
        /// The program
        file: PathBuf,
    },
    /// Talk, even if standard input is no terminal
    Repl,
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Args)]
struct RunArgs {
    #[command(flatten)]
    run: RunOptions,
    /// Run CODE
    #[arg(short, value_name = "CODE")]
    code: Option<String>,
    /// Run the module beside
    #[arg(short, value_name = "MODULE")]
    module: Option<String>,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Understands everything but running a program.
pub(super) fn parse(args: &[OsString]) -> Result<Invocation, Exit> {
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
    terminal::choose_color(cli.run.color);
    Ok(match cli.command {
        // Both are recognized by hand unless the program itself is missing.
        None => default_invocation(cli.run.flags()),
        Some(Command::Run(run)) => default_invocation(run.run.flags()),
        Some(Command::Check(request)) => Invocation::Check(request),
        Some(Command::Test(request)) => Invocation::Test(request),
        Some(Command::Fmt(request)) => Invocation::Format(request),
        Some(Command::Explain { code }) => Invocation::Explain(code),
        Some(Command::Compare(request)) => Invocation::Compare(request),
        Some(Command::Dump { stage, file }) => Invocation::Dump { stage, file },
        Some(Command::Repl) => Invocation::Repl(cli.run.flags()),
        Some(Command::Completions { shell }) => Invocation::Print(completions(shell)),
        Some(Command::Man) => Invocation::Print(man_page()),
    })
}

fn completions(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "aio", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn man_page() -> String {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(Cli::command()).render(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn completions_and_man_page_know_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            assert!(completions(shell).contains("explain"), "{shell}");
        }
        assert!(man_page().contains("explain"));
    }
}
