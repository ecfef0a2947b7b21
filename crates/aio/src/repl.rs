//! The REPL: reads an entry, runs it, shows its value, until the input ends.
//!
//! An entry is one statement, or a block up to an empty line, or a command such as `:help`. The
//! session keeps its names, its tasks and its event loop from entry to entry.
//!
//! On a terminal lines are edited on a thread of their own (`editor`), and meanwhile the event
//! loop runs the tasks that entries left behind; what they print appears above the line that is
//! being edited. Otherwise entries are read line by line, and nothing but what they print comes
//! out, which is what the transcripts of the tests compare.

mod commands;
mod editor;
mod highlight;
mod keys;

use std::io::{self, BufRead};
use std::sync::mpsc::TryRecvError;

use crate::Exit;
use crate::args::RunFlags;
use crate::pipeline::{self, Entered, Interactive};
use crate::report::{self, Style};
use crate::terminal;

use editor::{Editor, Message};

/// How long tasks run before the prompt is looked at again, in seconds.
const SLICE: f64 = 0.02;

/// What is talked about: the session, and what was entered so far.
struct Talk {
    session: Interactive,
    flags: RunFlags,
    stack_size: usize,
    /// The entries that ran, for `:save`.
    entered: Vec<String>,
}

/// Talks until the input ends or the program asks to exit.
pub(crate) fn repl(flags: RunFlags, stack_size: usize) -> Exit {
    go_on(Interactive::new(flags, stack_size), flags, stack_size)
}

/// Talks in a session that may have names already.
pub(crate) fn go_on(session: Interactive, flags: RunFlags, stack_size: usize) -> Exit {
    let mut talk = Talk {
        session,
        flags,
        stack_size,
        entered: Vec::new(),
    };
    talk.fit_terminal();
    let exit = if terminal::stdin_is_terminal() {
        talk.with_editor()
    } else {
        talk.read_lines()
    };
    commands::say_cancelled(&talk.session.session().end_prompt());
    exit
}

impl Talk {
    /// Values are shown as wide as the terminal is; elsewhere in one line.
    fn fit_terminal(&mut self) {
        if terminal::stdin_is_terminal() && terminal::stdout_is_terminal() {
            let width = terminal::stderr_columns().unwrap_or(80);
            self.session.session().set_width(width);
        }
    }

    /// Runs one entry; returns how to exit if that is what it asked for.
    fn enter(&mut self, entry: &str) -> Option<Exit> {
        let trimmed = entry.trim();
        if trimmed.is_empty() {
            return None;
        }
        if matches!(trimmed, "exit" | "quit") {
            return Some(Exit::OK);
        }
        if trimmed.starts_with([':', '?']) {
            return commands::run(self, trimmed);
        }
        self.run(entry)
    }

    fn run(&mut self, entry: &str) -> Option<Exit> {
        match self.session.enter(entry) {
            Entered::Ran => {
                self.entered.push(entry.to_owned());
                None
            }
            Entered::Exit(exit) => Some(exit),
            Entered::Refused(source, diagnostics) => {
                let style = Style::for_stderr();
                terminal::say(&report::render_for_run(&source, &diagnostics, style));
                None
            }
        }
    }

    fn read_lines(&mut self) -> Exit {
        let mut entry = String::new();
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if !entry.is_empty() {
                entry.push('\n');
            }
            entry.push_str(&line);
            if is_complete(&entry) {
                if let Some(exit) = self.enter(&entry) {
                    return exit;
                }
                entry.clear();
            }
        }
        self.enter(&entry).unwrap_or(Exit::OK)
    }

    fn with_editor(&mut self) -> Exit {
        terminal::print(&format!(
            "aio {}; a block ends at an empty line, :help helps, Ctrl-D leaves\n",
            env!("CARGO_PKG_VERSION")
        ));
        let mut editor = Editor::start();
        loop {
            editor.prompt(self.session.session().task_count());
            match self.wait(&mut editor) {
                Message::Entry(entry) => {
                    if let Some(exit) = self.enter(&entry) {
                        return exit;
                    }
                }
                Message::Interrupted => terminal::say("KeyboardInterrupt"),
                Message::End => return Exit::OK,
                Message::Failed(error) => {
                    terminal::say(&format!("aio: cannot read: {error}"));
                    return Exit::FAILURE;
                }
                // Answered by `wait`.
                Message::Complete { .. } | Message::Printer(_) => {}
            }
        }
    }

    /// Lets the tasks run until something was typed.
    fn wait(&mut self, editor: &mut Editor) -> Message {
        loop {
            let received = if self.session.session().has_background() {
                match editor.inbox.try_recv() {
                    Err(TryRecvError::Empty) => {
                        let text = self.session.session().run_background(SLICE);
                        editor.print(text);
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => None,
                    Ok(message) => Some(message),
                }
            } else {
                editor.inbox.recv().ok()
            };
            match received {
                Some(Message::Complete { before, reply }) => {
                    // Nobody waits for the answer any more if the line was left.
                    let _ = reply.send(self.session.session().completions(&before));
                }
                Some(Message::Printer(printer)) => editor.printer = Some(printer),
                Some(message) => return message,
                None => return Message::End,
            }
        }
    }
}

/// Whether what was typed is an entry, or the beginning of one.
fn is_complete(entry: &str) -> bool {
    entry.starts_with([':', '?']) || pipeline::is_complete(entry)
}
