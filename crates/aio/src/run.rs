//! `aio FILE`, `aio run`.

use std::path::PathBuf;

use aio_syntax::Diagnostic;

use crate::Exit;
use crate::args::{self, Program, RunRequest};
use crate::pipeline::{self, Refusal, RunOptions};
use crate::repl;
use crate::report::{self, Style};
use crate::source::{self, ReadError};
use crate::terminal;
use crate::watch::Watch;

/// Runs a program to its end, on a stack of the given size.
pub(crate) fn run(request: RunRequest, stack_size: usize) -> Exit {
    if !request.flags.watch {
        return run_once(request, stack_size, None);
    }
    // Whether it can be read is said when it is run; its state is noted before.
    let file = match (source::read(&request.program), &request.program) {
        (Ok(source), Program::File(_) | Program::Module(_)) => Some(PathBuf::from(source.name)),
        // It may come.
        (Err(_), Program::File(path)) => Some(path.clone()),
        (Err(_), Program::Module(_)) | (_, Program::Code(_) | Program::Stdin { .. }) => None,
    };
    let (Some(file), false) = (file, request.flags.inspect) else {
        terminal::say("aio: --watch is for a program in a file, without -i");
        return Exit::USAGE;
    };
    let watch = Watch::begin(&file);
    let ended = run_once(request, stack_size, Some(&watch));
    watch.again(ended)
}

fn run_once(request: RunRequest, stack_size: usize, watch: Option<&Watch>) -> Exit {
    let source = match source::read(&request.program) {
        Ok(source) => source,
        Err(error) => {
            let exit = say_read_error(&error);
            if let Program::File(path) = &request.program
                && let Some(meant) = path.to_str().and_then(args::meant_command)
            {
                terminal::say(&format!("  did you mean the command `aio {meant}`?"));
            }
            return exit;
        }
    };
    let name = match &request.program {
        Program::Module(_) => source.name.clone(),
        other => program_name(other),
    };
    let mut argv = vec![name];
    argv.extend(request.args);
    let options = RunOptions {
        argv,
        flags: request.flags,
        stack_size,
    };
    let style = Style::for_stderr();
    // Sure mistakes are said before the program begins to speak for itself.
    let warn = |mistakes: &[Diagnostic]| {
        terminal::say(report::render_all(&source, mistakes, style).trim_end());
    };
    let ended = if request.flags.inspect {
        pipeline::inspect(&source, options, warn)
            .map(|session| repl::go_on(session, request.flags, stack_size))
    } else {
        pipeline::run(&source, options, watch, warn)
    };
    match ended {
        Ok(exit) => exit,
        Err(Refusal::NoProgram(diagnostics)) => {
            terminal::say(&report::render_for_run(&source, &diagnostics, style));
            Exit::FAILURE
        }
        Err(Refusal::Strict(count)) => {
            let plural = if count == 1 { "" } else { "s" };
            terminal::say(&format!(
                "aio: not run: {count} sure mistake{plural}, and --strict was asked for"
            ));
            Exit::FAILURE
        }
    }
}

/// What the program finds in `sys.argv[0]`.
fn program_name(program: &Program) -> String {
    match program {
        Program::Module(name) => name.clone(),
        Program::File(path) => path.to_string_lossy().into_owned(),
        Program::Code(_) => "-c".to_owned(),
        Program::Stdin { by_name: true } => "-".to_owned(),
        Program::Stdin { by_name: false } => String::new(),
    }
}

/// Reports a program that could not be read.
pub(crate) fn say_read_error(error: &ReadError) -> Exit {
    match error {
        ReadError::Unreadable(message) => {
            terminal::say(&format!("aio: {message}"));
            Exit::USAGE
        }
        ReadError::NotText(line) => {
            terminal::say(line);
            Exit::FAILURE
        }
    }
}
