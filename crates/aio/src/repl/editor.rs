//! The line editor, on a thread of its own.
//!
//! The thread reads one entry for each prompt that it is sent. What it needs to know of the
//! program (which names there are) it asks for: the interpreter lives in the other thread.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    CompletionType, Config, Context, EventHandler, ExternalPrinter, Helper, KeyCode, KeyEvent,
    Modifiers,
};

use super::{commands, highlight, is_complete, keys};
use crate::terminal;

const PROMPT: &str = ">>> ";

const HISTORY: &str = ".aio_history";

/// How long the editor waits for names.
const PATIENCE: Duration = Duration::from_millis(300);

/// Prints above the line that is being edited.
pub(super) type Printer = Box<dyn FnMut(String) + Send>;

/// What the editor says.
pub(super) enum Message {
    /// Something was typed.
    Entry(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D.
    End,
    /// The terminal cannot be read.
    Failed(String),
    /// What could this go on with?
    Complete {
        /// What was typed.
        before: String,
        /// Where the answer goes: words, and whether keywords may stand there.
        reply: Sender<(Vec<String>, bool)>,
    },
    /// How to print meanwhile.
    Printer(Printer),
}

/// The thread, seen from the other side.
pub(super) struct Editor {
    prompts: Option<Sender<String>>,
    /// What it says.
    pub(super) inbox: Receiver<Message>,
    /// How to print while a line is edited.
    pub(super) printer: Option<Printer>,
    thread: Option<JoinHandle<()>>,
}

impl Editor {
    /// Starts the thread.
    pub(super) fn start() -> Editor {
        let (prompts, asked) = mpsc::channel();
        let (outbox, inbox) = mpsc::channel();
        let thread = std::thread::spawn(move || edit(&asked, &outbox));
        Editor {
            prompts: Some(prompts),
            inbox,
            printer: None,
            thread: Some(thread),
        }
    }

    /// Asks for an entry; the prompt shows how many tasks run.
    pub(super) fn prompt(&self, tasks: usize) {
        let prompt = match tasks {
            0 => PROMPT.to_owned(),
            _ => format!("[{tasks}] {PROMPT}"),
        };
        if let Some(prompts) = &self.prompts {
            // If the thread has ended, the inbox says so.
            let _ = prompts.send(prompt);
        }
    }

    /// Prints what a task printed, above the line that is being edited.
    pub(super) fn print(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        match &mut self.printer {
            Some(printer) => printer(text),
            None => terminal::print(&text),
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Without prompts the thread saves the history and ends.
        self.prompts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn edit(asked: &Receiver<String>, outbox: &Sender<Message>) {
    let config = Config::builder()
        .auto_add_history(true)
        .completion_type(CompletionType::List)
        .build();
    let editor = rustyline::Editor::with_config(config);
    let mut editor: rustyline::Editor<Block, FileHistory> = match editor {
        Ok(editor) => editor,
        Err(error) => {
            let _ = outbox.send(Message::Failed(error.to_string()));
            return;
        }
    };
    editor.set_helper(Some(Block {
        outbox: outbox.clone(),
        color: terminal::stdout_has_color(),
        history: HistoryHinter::new(),
    }));
    let key = |code| KeyEvent(code, Modifiers::NONE);
    editor.bind_sequence(
        key(KeyCode::Enter),
        EventHandler::Conditional(Box::new(keys::Enter)),
    );
    editor.bind_sequence(
        key(KeyCode::Tab),
        EventHandler::Conditional(Box::new(keys::Tab)),
    );
    if let Ok(mut printer) = editor.create_external_printer() {
        let print: Printer = Box::new(move |text| {
            // A terminal that is gone is noticed by the next read.
            let _ = printer.print(text);
        });
        let _ = outbox.send(Message::Printer(print));
    }
    let history = history_file();
    if let Some(file) = &history {
        // There is none before the first session.
        let _ = editor.load_history(file);
    }
    while let Ok(prompt) = asked.recv() {
        let message = match editor.readline(&prompt) {
            Ok(entry) => Message::Entry(entry),
            Err(ReadlineError::Interrupted) => Message::Interrupted,
            Err(ReadlineError::Eof) => Message::End,
            Err(error) => Message::Failed(error.to_string()),
        };
        if outbox.send(message).is_err() {
            break;
        }
    }
    if let Some(file) = &history {
        // A history that cannot be saved is no reason to fail.
        let _ = editor.save_history(file);
    }
}

fn history_file() -> Option<PathBuf> {
    std::env::var_os("HOME").map(|home| PathBuf::from(home).join(HISTORY))
}

/// What the editor asks about the line.
#[derive(Helper)]
struct Block {
    outbox: Sender<Message>,
    color: bool,
    history: HistoryHinter,
}

/// How an entry that begins so went on the last time; only where it can be told by its color.
impl Hinter for Block {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, ctx: &Context<'_>) -> Option<String> {
        let hint = self.history.hint(line, pos, ctx).filter(|_| self.color)?;
        (!line.is_empty() && !hint.contains('\n')).then_some(hint)
    }
}

impl Validator for Block {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(ctx.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Highlighter for Block {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.color {
            Cow::Owned(highlight::colored(line))
        } else {
            Cow::Borrowed(line)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[90m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.color && kind != CmdKind::MoveCursor
    }
}

impl Completer for Block {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or(line);
        if before.starts_with(':') && !before.contains(' ') {
            return Ok((0, commands::beginning_with(before)));
        }
        let is_part = |char: char| char.is_alphanumeric() || char == '_';
        let word = &before[before.trim_end_matches(is_part).len()..];
        let (mut names, with_keywords) = self.ask(before);
        if with_keywords {
            names.extend(highlight::keywords_beginning_with(word));
            names.sort();
        }
        Ok((pos - word.len(), names))
    }
}

impl Block {
    fn ask(&self, before: &str) -> (Vec<String>, bool) {
        let (reply, answer) = mpsc::channel();
        let message = Message::Complete {
            before: before.to_owned(),
            reply,
        };
        if self.outbox.send(message).is_err() {
            return (Vec::new(), false);
        }
        answer.recv_timeout(PATIENCE).unwrap_or_default()
    }
}
