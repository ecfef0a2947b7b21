//! `aio check`: what is wrong with programs, without running them.

use aio_syntax::{Diagnostic, Severity};

use crate::Exit;
use crate::args::{CheckRequest, Format};
use crate::pipeline;
use crate::report::{self, Style, machine};
use crate::run::say_read_error;
use crate::source::{self, Source};
use crate::terminal;

/// Says what is wrong with each program, and runs none.
pub(crate) fn check(request: &CheckRequest) -> Exit {
    let mut exit = Exit::OK;
    for file in source::programs(&request.files) {
        match source::read_file(&file) {
            Ok(source) => {
                if !check_source(&source, request) && exit == Exit::OK {
                    exit = Exit::FAILURE;
                }
            }
            Err(error) => exit = say_read_error(&error),
        }
    }
    exit
}

/// Whether the program has no errors.
fn check_source(source: &Source, request: &CheckRequest) -> bool {
    let mut diagnostics = pipeline::check(source);
    if request.strict {
        for one in &mut diagnostics {
            match one.severity {
                Severity::Hint | Severity::Warning => one.severity = Severity::Error,
                Severity::Error => {}
            }
        }
    }
    if request.quiet {
        diagnostics.retain(Diagnostic::is_error);
    }
    if diagnostics.is_empty() {
        return true;
    }
    match request.format {
        Format::Pretty => {
            let text = report::render_all(source, &diagnostics, Style::for_stderr());
            terminal::say(text.trim_end());
        }
        Format::Short => terminal::print(&machine::short(source, &diagnostics)),
        Format::Json => terminal::print(&machine::json(source, &diagnostics)),
    }
    report::refuses(&diagnostics).is_none()
}
