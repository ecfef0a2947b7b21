//! Mistakes with coroutines and tasks, told when they happen: on standard error, in the source.
//!
//! A program that makes none pays nothing: places where objects were made are noted anyhow, and
//! everything here runs when a coroutine dies unawaited, an error names the type of one, a task
//! is lost. In reading order: `clues` (what an error knows about its cause), `errors` (that told
//! with an uncaught error), `forgotten` (coroutines that nothing ran), `tasks` (tasks that are
//! lost, with their work or their exception), `blocking` (calls that keep every task waiting), `dev`
//! (what is told with `--dev` only).
//!
//! Each place is told once, and not at all if it was told before the program ran. With
//! `--traceback=python` nothing is told but what CPython says, in its words.

mod blocking;
mod clues;
mod dev;
mod errors;
mod forgotten;
mod tasks;

pub use blocking::{Blocking, begins as blocking_begins, ends as blocking_ends};
pub use clues::{Clue, Thing, named};
pub use dev::{long_turn, others_go_on};
pub use errors::{explain, tell_of_error};
pub use forgotten::{left_over, never_awaited};
pub use tasks::{exception_lost, tasks_left};

use super::said;
use super::site::{self, Site};
use crate::asyncio::Place;
use crate::code::{NOWHERE, SourceFile};
use crate::eval::Frame;
use crate::vm::Vm;
use aio_syntax::{Diagnostic, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;
use std::rc::Rc;

/// What was told so far, and what is about to be.
#[derive(Default)]
pub struct Mistakes {
    /// What was told already, by code and position.
    told: FxHashSet<(&'static str, u32)>,
    /// A coroutine or future whose type a message names, until the message is raised.
    clue: Cell<Option<Box<Clue>>>,
    /// Where the coroutines were made that an error was about, and what is to be said of them
    /// should nobody hear of that error.
    accused: FxHashMap<u32, Option<(Rc<SourceFile>, Diagnostic)>>,
    /// A call that kept every task waiting, until its statement is over.
    blocked: Option<blocking::Blocked>,
    /// How often it was looked for tasks that were kept waiting.
    searches: u32,
    /// All was told that is to be told of forgotten coroutines.
    over: bool,
    /// The statement that ended last before a safe point with something to do.
    statement: Option<(Rc<SourceFile>, Span)>,
}

impl Mistakes {
    /// The statement that is just over, if this is a safe point behind one.
    pub fn statement(&self) -> Option<(Rc<SourceFile>, Span)> {
        self.statement.clone()
    }
}

impl Mistakes {
    /// How many places were told so far.
    pub fn count(&self) -> usize {
        self.told.len()
    }
}

impl Vm {
    /// A safe point behind a statement.
    ///
    /// # Errors
    /// As [`Vm::safe_point`].
    #[cold]
    #[inline(never)]
    pub fn safe_point_behind(&mut self, frame: &Frame<'_>, span: Span) -> crate::error::R<()> {
        self.mistakes.statement = Some((frame.func.code.source.clone(), span));
        if let Some(blocked) = self.mistakes.blocked.take() {
            blocking::tell_blocked(self, &blocked);
        }
        let result = self.safe_point();
        self.mistakes.statement = None;
        result
    }

    /// Whether mistakes are told in CPython's words only.
    pub(crate) fn speaks_python(&self) -> bool {
        self.options.python_words
    }
}

/// Whether something is told for the first time; notes that it was.
fn is_news(vm: &mut Vm, code: &'static str, position: u32) -> bool {
    position == NOWHERE || vm.mistakes.told.insert((code, position))
}

/// Whether something was told of this line before the program ran.
fn was_foretold(vm: &Vm, file: &SourceFile, span: Span) -> bool {
    if file.name != vm.options.script_name {
        return false;
    }
    let line = file.line_of(span.start);
    let told = vm.options.foretold.iter();
    told.flat_map(|one| std::iter::once(&one.primary).chain(&one.secondary))
        .any(|label| file.line_of(label.span.start) == line)
}

/// Says it, with where to read more.
fn tell(vm: &mut Vm, file: &SourceFile, diagnostic: Diagnostic) {
    let diagnostic = with_note(diagnostic);
    said::say(vm, Some(file), &diagnostic);
}

fn with_note(diagnostic: Diagnostic) -> Diagnostic {
    let note = format!("`aio explain {}` tells more", diagnostic.code);
    diagnostic.with_note(note)
}

/// The call at a place. At a prompt `await` may stand at the top level.
fn site_in(vm: &Vm, place: &Place, callee: Option<&str>) -> Option<Site> {
    let mut site = site::site(&place.file.text, place.span.start, callee)?;
    site.is_async |= site.function.is_none() && crate::asyncio::has_prompt(vm);
    Some(site)
}

/// The name of a definition that begins at an offset.
fn name_span(text: &str, start: u32, name: &str) -> Span {
    let rest = text.get(start as usize..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    match find_word(line, name) {
        Some((from, to)) => Span::new(start + from, start + to),
        None => Span::new(start, start),
    }
}

/// Where a name stands in a text, as a whole word.
fn find_word(text: &str, word: &str) -> Option<(u32, u32)> {
    let is_part =
        |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let mut found = text.match_indices(word);
    let (at, _) = found.find(|(at, _)| {
        !is_part(text[..*at].chars().next_back())
            && !is_part(text[at + word.len()..].chars().next())
    })?;
    let offset = |at: usize| u32::try_from(at).ok();
    Some((offset(at)?, offset(at + word.len())?))
}

/// The part of a span on its first line.
fn first_line(text: &str, span: Span) -> Span {
    let shown = span.text(text);
    let first = shown.lines().next().unwrap_or_default().trim_end();
    let length = u32::try_from(first.len()).unwrap_or_default();
    Span::new(span.start, span.start + length)
}

/// The last part of a qualified name.
fn short(name: &str) -> &str {
    let name = name.rsplit("<locals>.").next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name)
}

/// The place of a position, if it lies in a text of the user.
fn place(vm: &Vm, position: u32) -> Option<Place> {
    crate::asyncio::position_place(vm, position)
}
