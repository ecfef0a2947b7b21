//! The command `aio`.
//!
//! `main` only decides what was asked for and hands over. Programs are run on a
//! stack that is made for them, because it is large and its size is known. A
//! panic is always a mistake of ours and never of a script: it becomes an error
//! message here, in one place, and ends the process.
//!
//! In reading order: `args` (what is asked for), `source` (reading a program),
//! `pipeline` (the only module that calls the other crates), `report` (drawing
//! diagnostics), `run`, `watch`, `check`, `explain`, `fmt`, `test`, `dump`, `repl`, `compare` (the subcommands), `terminal`
//! (writing to the standard streams).

mod args;
mod check;
mod compare;
mod dump;
mod explain;
mod fmt;
mod pipeline;
mod repl;
mod report;
mod run;
mod source;
mod terminal;
mod test;
mod watch;

use std::process::ExitCode;

use args::Invocation;
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

// Programs make many small objects.
#[global_allocator]
static ALLOCATOR: aio_runtime::Allocator = aio_runtime::Allocator;

/// The exit code of a panic (`EX_SOFTWARE` of `sysexits.h`).
const INTERNAL_ERROR: u8 = 70;

/// Address space reserved for the interpreter's stack; only what is touched
/// becomes memory. If the system refuses, the next size is tried.
const STACK_SIZES: [usize; 3] = [512 << 20, 64 << 20, 8 << 20];

/// How a subcommand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// With this code.
    Code(u8),
    /// As killed by this signal.
    Signal(i32),
}

impl Exit {
    /// Success.
    pub(crate) const OK: Exit = Exit::Code(0);
    /// The program failed, or was no program.
    pub(crate) const FAILURE: Exit = Exit::Code(1);
    /// The command was not understood, or a file could not be opened.
    pub(crate) const USAGE: Exit = Exit::Code(2);
    /// We failed.
    pub(crate) const INTERNAL: Exit = Exit::Code(INTERNAL_ERROR);
}

fn main() -> ExitCode {
    raise_descriptor_limit();
    // The standard library has already opened descriptors 0 to 2 on the null
    // device where they were closed, and ignores SIGPIPE.
    let exit = match args::parse(std::env::args_os().skip(1)) {
        Ok(invocation) => on_large_stack(invocation),
        Err(exit) => exit,
    };
    match exit {
        Exit::Code(code) => ExitCode::from(code),
        Exit::Signal(signal) => die_by(signal),
    }
}

/// A server may hold as many connections as the system allows at all. The lower limit that
/// processes start with is there for old programs that use `select`.
fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            let raised = Rlimit {
                current: limit.maximum,
                maximum: limit.maximum,
            };
            // Some systems have a hard limit that they do not grant; then all stays as it was.
            let _ = setrlimit(Resource::Nofile, raised);
        }
    }
}

/// Does what was asked for on a stack of its own. The thread stays the first one: a process with one
/// thread starts quicker, and the system has less to do for each use of a descriptor.
fn on_large_stack(invocation: Invocation) -> Exit {
    std::panic::set_hook(Box::new(end_by_panic));
    for size in STACK_SIZES {
        let Ok(stack) = DefaultStack::new(size) else {
            continue;
        };
        let mut work = Coroutine::with_stack(stack, move |_: &Yielder<(), ()>, ()| {
            dispatch(invocation, size)
        });
        return match work.resume(()) {
            CoroutineResult::Return(exit) => exit,
            CoroutineResult::Yield(()) => Exit::INTERNAL,
        };
    }
    terminal::say("aio: no memory for a stack");
    Exit::FAILURE
}

/// Says that we are wrong, not the program, and ends the process.
#[expect(
    clippy::exit,
    reason = "nothing can go on after a panic: released builds do not unwind"
)]
fn end_by_panic(info: &std::panic::PanicHookInfo<'_>) {
    terminal::say(&format!("aio: internal error: {info}"));
    terminal::say(
        "aio: this is a mistake in aio, not in your program; please report it with the program",
    );
    std::process::exit(INTERNAL_ERROR.into());
}

fn dispatch(invocation: Invocation, stack_size: usize) -> Exit {
    match invocation {
        Invocation::Run(request) => run::run(request, stack_size),
        Invocation::Check(request) => check::check(&request),
        Invocation::Dump { stage, file } => dump::dump(stage, &file),
        Invocation::Compare(request) => compare::compare(&request),
        Invocation::Explain(code) => explain::explain(code.as_deref()),
        Invocation::Format(request) => fmt::fmt(&request),
        Invocation::Test(request) => test::test(&request, stack_size),
        Invocation::Print(text) => {
            terminal::print(&text);
            Exit::OK
        }
        Invocation::Repl(flags) => repl::repl(flags, stack_size),
    }
}

/// Ends the process as the signal would have, so that a shell sees it.
fn die_by(signal: i32) -> ExitCode {
    #[cfg(unix)]
    {
        // Returns only if the signal's default is not to end the process.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(1))
}
