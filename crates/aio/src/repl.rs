//! The REPL: reads an entry, runs it, shows its value, until the input ends.
//!
//! An entry is one statement, or a block up to an empty line. The session keeps its
//! names, its tasks and its event loop from entry to entry; the loop runs only while
//! an entry awaits, so while you type nothing happens behind your back.
//!
//! On a terminal lines are edited with rustyline and remembered in
//! `~/.aio_history`. Otherwise entries are read line by line, and nothing but what
//! they print comes out, which is what the transcripts of the tests compare.

mod keys;

use std::io::{self, BufRead};
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Completer, Config, Editor, EventHandler, Helper, Highlighter, Hinter, KeyCode, KeyEvent,
    Modifiers,
};

use crate::Exit;
use crate::pipeline::{self, Entered, Interactive};
use crate::report::{self, Style};
use crate::terminal;

const PROMPT: &str = ">>> ";

const HISTORY: &str = ".aio_history";

/// Talks until the input ends or the program asks to exit.
pub(crate) fn repl(stack_size: usize) -> Exit {
    go_on(Interactive::new(stack_size))
}

/// Talks in a session that may have names already.
pub(crate) fn go_on(mut session: Interactive) -> Exit {
    if terminal::stdin_is_terminal() {
        talk(&mut session)
    } else {
        read_lines(&mut session)
    }
}

/// Runs one entry; returns how to exit if that is what it asked for.
fn enter(session: &mut Interactive, entry: &str) -> Option<Exit> {
    if entry.trim().is_empty() {
        return None;
    }
    match session.enter(entry) {
        Entered::Ran => None,
        Entered::Exit(exit) => Some(exit),
        Entered::Refused(source, diagnostics) => {
            let style = Style::for_stderr();
            terminal::say(&report::render_for_run(&source, &diagnostics, style));
            None
        }
    }
}

fn read_lines(session: &mut Interactive) -> Exit {
    let mut entry = String::new();
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        if !entry.is_empty() {
            entry.push('\n');
        }
        entry.push_str(&line);
        if pipeline::is_complete(&entry) {
            if let Some(exit) = enter(session, &entry) {
                return exit;
            }
            entry.clear();
        }
    }
    enter(session, &entry).unwrap_or(Exit::OK)
}

#[derive(Completer, Helper, Highlighter, Hinter)]
struct Block;

impl Validator for Block {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if pipeline::is_complete(ctx.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

fn talk(session: &mut Interactive) -> Exit {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor: Editor<Block, FileHistory> = match Editor::with_config(config) {
        Ok(editor) => editor,
        Err(error) => {
            terminal::say(&format!("aio: cannot use the terminal: {error}"));
            return Exit::FAILURE;
        }
    };
    editor.set_helper(Some(Block));
    let key = |code| KeyEvent(code, Modifiers::NONE);
    editor.bind_sequence(
        key(KeyCode::Enter),
        EventHandler::Conditional(Box::new(keys::Enter)),
    );
    editor.bind_sequence(
        key(KeyCode::Tab),
        EventHandler::Conditional(Box::new(keys::Tab)),
    );
    let history = history_file();
    if let Some(file) = &history {
        // There is none before the first session.
        let _ = editor.load_history(file);
    }
    terminal::print(&format!(
        "aio {}; a block ends at an empty line, Ctrl-D leaves\n",
        env!("CARGO_PKG_VERSION")
    ));
    let exit = loop {
        match editor.readline(PROMPT) {
            Ok(entry) => {
                if let Some(exit) = enter(session, &entry) {
                    break exit;
                }
            }
            Err(ReadlineError::Interrupted) => terminal::say("KeyboardInterrupt"),
            Err(ReadlineError::Eof) => break Exit::OK,
            Err(error) => {
                terminal::say(&format!("aio: cannot read: {error}"));
                break Exit::FAILURE;
            }
        }
    };
    if let Some(file) = &history {
        // A history that cannot be saved is no reason to fail.
        let _ = editor.save_history(file);
    }
    exit
}

fn history_file() -> Option<PathBuf> {
    std::env::var_os("HOME").map(|home| PathBuf::from(home).join(HISTORY))
}
