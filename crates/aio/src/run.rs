//! `aio FILE`, `aio run`, `aio check`.

use std::path::PathBuf;

use crate::Exit;
use crate::args::{Program, RunRequest};
use crate::pipeline::{self, RunOptions};
use crate::report::{self, Style};
use crate::source::{self, ReadError, Source};
use crate::terminal;

/// Runs a program to its end, on a stack of the given size.
pub(crate) fn run(request: RunRequest, stack_size: usize) -> Exit {
    let source = match source::read(&request.program) {
        Ok(source) => source,
        Err(error) => return say_read_error(&error),
    };
    let mut argv = vec![program_name(&request.program)];
    argv.extend(request.args);
    let options = RunOptions {
        argv,
        virtual_time: request.virtual_time,
        stack_size,
    };
    match pipeline::run(&source, options) {
        Ok(exit) => exit,
        Err(diagnostics) => {
            let style = Style::for_stderr();
            terminal::say(&report::render_for_run(&source, &diagnostics, style));
            Exit::FAILURE
        }
    }
}

/// What the program finds in `sys.argv[0]`.
fn program_name(program: &Program) -> String {
    match program {
        Program::File(path) => path.to_string_lossy().into_owned(),
        Program::Code(_) => "-c".to_owned(),
        Program::Stdin { by_name: true } => "-".to_owned(),
        Program::Stdin { by_name: false } => String::new(),
    }
}

/// Says what is wrong with each program, and runs none.
pub(crate) fn check(files: &[PathBuf]) -> Exit {
    let mut exit = Exit::OK;
    for file in files {
        match source::read_file(file) {
            Ok(source) => {
                if !check_source(&source) && exit == Exit::OK {
                    exit = Exit::FAILURE;
                }
            }
            Err(error) => exit = say_read_error(&error),
        }
    }
    exit
}

fn check_source(source: &Source) -> bool {
    let diagnostics = pipeline::check(source);
    if diagnostics.is_empty() {
        return true;
    }
    let text = report::render_all(source, &diagnostics, Style::for_stderr());
    terminal::say(text.trim_end());
    report::refuses(&diagnostics).is_none()
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
