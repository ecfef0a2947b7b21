//! `aio test`: the functions named `test_…` of programs.
//!
//! Each file has a session of its own, on the virtual clock, so that a test may sleep for an hour.

use std::path::{Path, PathBuf};

use aio_event_loop::{Clock, SystemClock, Time};

use crate::Exit;
use crate::args::TestRequest;
use crate::pipeline::{self, Failure, Tests};
use crate::report::{self, Style};
use crate::run::say_read_error;
use crate::source;
use crate::terminal;

/// What happened so far.
struct Run {
    clock: SystemClock,
    passed: usize,
    /// The heading and the text of each failure.
    failures: Vec<(String, String)>,
    /// What was told of tests that passed.
    remarks: Vec<(String, String)>,
    exit: Exit,
}

/// Runs the tests of files and folders, and sums up.
pub(crate) fn test(request: &TestRequest, stack_size: usize) -> Exit {
    let files = if request.paths.is_empty() {
        collect(&[PathBuf::from(".")])
    } else {
        collect(&request.paths)
    };
    let mut run = Run {
        clock: SystemClock::new(),
        passed: 0,
        failures: Vec::new(),
        remarks: Vec::new(),
        exit: Exit::OK,
    };
    let start = run.clock.now();
    for file in &files {
        run.file(file, request.filter.as_deref(), stack_size);
    }
    run.sum_up(start)
}

/// The files that were named, and those of folders that are called `test_…` or `…_test`.
fn collect(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = source::programs(paths);
    files.retain(|file| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        paths.contains(file) || stem.starts_with("test_") || stem.ends_with("_test")
    });
    files
}

impl Run {
    fn file(&mut self, file: &Path, filter: Option<&str>, stack_size: usize) {
        let source = match source::read_file(file) {
            Ok(source) => source,
            Err(error) => {
                self.exit = say_read_error(&error);
                return;
            }
        };
        let mut tests = match Tests::load(&source, stack_size) {
            Ok(tests) => tests,
            Err(pipeline::LoadError::NoProgram(diagnostics)) => {
                let style = Style::for_stderr();
                let text = report::render_for_run(&source, &diagnostics, style);
                self.failed(source.name, text);
                return;
            }
            Err(pipeline::LoadError::Raised(failure)) => {
                self.failed(source.name, text_of(&failure));
                return;
            }
        };
        let wanted: Vec<String> = tests
            .names()
            .into_iter()
            .filter(|name| filter.is_none_or(|filter| name.contains(filter)))
            .collect();
        if wanted.is_empty() {
            return;
        }
        terminal::print(&format!("{}\n", source.name));
        for name in wanted {
            let start = self.clock.now();
            let result = tests.run(&name);
            let time = self.time_since(start);
            match result {
                Ok(told) => {
                    self.passed += 1;
                    terminal::print(&format!("  {name} ... ok ({time})\n"));
                    if !told.is_empty() {
                        let heading = format!("{}: {name} passed, but", source.name);
                        self.remarks.push((heading, told));
                    }
                }
                Err(failure) => {
                    terminal::print(&format!("  {name} ... FAILED ({time})\n"));
                    self.failed(format!("{}: {name}", source.name), text_of(&failure));
                }
            }
        }
    }

    fn failed(&mut self, heading: String, text: String) {
        self.failures.push((heading, text));
        if self.exit == Exit::OK {
            self.exit = Exit::FAILURE;
        }
    }

    fn time_since(&self, start: Time) -> String {
        let passed = self.clock.now().since(start);
        match passed.as_millis() {
            millis @ 0..1000 => format!("{millis} ms"),
            _ => format!("{:.1} s", passed.as_secs_f64()),
        }
    }

    fn sum_up(&self, start: Time) -> Exit {
        for (heading, text) in self.remarks.iter().chain(&self.failures) {
            terminal::print(&format!("\n---- {heading} ----\n{}\n", text.trim_end()));
        }
        let (passed, failed) = (self.passed, self.failures.len());
        if passed + failed == 0 {
            terminal::say(
                "aio: no tests found: functions called test_..., in files called test_...",
            );
            return if self.exit == Exit::OK {
                Exit::FAILURE
            } else {
                self.exit
            };
        }
        let gap = if failed == 0 && passed == 0 { "" } else { "\n" };
        terminal::print(&format!(
            "{gap}{passed} passed, {failed} failed, in {}\n",
            self.time_since(start)
        ));
        self.exit
    }
}

fn text_of(failure: &Failure) -> String {
    if failure.output.is_empty() {
        return failure.traceback.clone();
    }
    format!("{}\n{}", failure.output.trim_end(), failure.traceback)
}
