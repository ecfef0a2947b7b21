//! `aio dump`: what one stage makes of a program.

use std::path::Path;

use crate::Exit;
use crate::args::Stage;
use crate::pipeline;
use crate::report::{self, Style};
use crate::run::say_read_error;
use crate::source;
use crate::terminal;

/// Prints the tokens, a tree or the state machines of a program.
pub(crate) fn dump(stage: Stage, file: &Path) -> Exit {
    let source = match source::read_file(file) {
        Ok(source) => source,
        Err(error) => return say_read_error(&error),
    };
    match pipeline::dump(stage, &source) {
        Ok(text) => {
            terminal::print(&text);
            Exit::OK
        }
        Err(diagnostics) => {
            let style = Style::for_stderr();
            terminal::say(&report::render_for_run(&source, &diagnostics, style));
            Exit::FAILURE
        }
    }
}
