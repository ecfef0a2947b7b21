//! `aio fmt`: programs in the one style.

use std::io::Read;
use std::path::Path;

use aio_fmt::FormatError;

use crate::Exit;
use crate::args::FormatRequest;
use crate::report::{self, Style};
use crate::run::say_read_error;
use crate::source::{self, Source};
use crate::terminal;

/// What came of one program.
enum Formatted {
    /// It is in the style already.
    Same,
    /// It was not.
    Changed,
    /// It could not be formatted.
    Failed(Exit),
}

/// Formats programs in place, or says what would change; `-` is standard input, which goes to
/// standard output.
pub(crate) fn fmt(request: &FormatRequest) -> Exit {
    let mut exit = Exit::OK;
    let mut changed = 0;
    for file in source::programs(&request.files) {
        match one(&file, request) {
            Formatted::Same => {}
            Formatted::Changed => changed += 1,
            Formatted::Failed(failed) => exit = failed,
        }
    }
    let only_looks = request.check || request.diff;
    if only_looks && changed > 0 {
        let (files, form) = if changed == 1 {
            ("file", "is")
        } else {
            ("files", "are")
        };
        terminal::say(&format!("aio: {changed} {files} {form} not formatted"));
        return if exit == Exit::OK {
            Exit::FAILURE
        } else {
            exit
        };
    }
    exit
}

fn one(file: &Path, request: &FormatRequest) -> Formatted {
    let is_stdin = file == Path::new("-");
    let read = if is_stdin {
        stdin()
    } else {
        source::read_file(file)
    };
    let source = match read {
        Ok(source) => source,
        Err(error) => return Formatted::Failed(say_read_error(&error)),
    };
    let formatted = match aio_fmt::format(&source.text) {
        Ok(formatted) => formatted,
        Err(error) => return Formatted::Failed(say_error(&source, error)),
    };
    if is_stdin && !request.check && !request.diff {
        terminal::print(&formatted);
        return Formatted::Same;
    }
    if formatted == source.text {
        return Formatted::Same;
    }
    if request.diff {
        terminal::print(&difference(&source, &formatted));
    } else if request.check {
        terminal::print(&format!("{}\n", source.name));
    } else if let Err(error) = std::fs::write(file, &formatted) {
        terminal::say(&format!("aio: can't write '{}': {error}", source.name));
        return Formatted::Failed(Exit::USAGE);
    }
    Formatted::Changed
}

fn stdin() -> Result<Source, source::ReadError> {
    let mut text = String::new();
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(Source {
            name: "<stdin>".to_owned(),
            text,
            dir: None,
        }),
        Err(error) => Err(source::ReadError::Unreadable(format!(
            "can't read <stdin>: {error}"
        ))),
    }
}

fn say_error(source: &Source, error: FormatError) -> Exit {
    match error {
        FormatError::NoProgram(diagnostics) => {
            let text = report::render_all(source, &diagnostics, Style::for_stderr());
            terminal::say(text.trim_end());
            Exit::FAILURE
        }
        FormatError::Changed(reason) => {
            terminal::say(&format!(
                "aio: {}: left as it is, because {reason}; this is a mistake in aio",
                source.name
            ));
            Exit::INTERNAL
        }
    }
}

fn difference(source: &Source, formatted: &str) -> String {
    let name = &source.name;
    similar::TextDiff::from_lines(source.text.as_str(), formatted)
        .unified_diff()
        .header(name, name)
        .to_string()
}
