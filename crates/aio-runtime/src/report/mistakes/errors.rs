//! What an uncaught error has to do with a coroutine, task or gather.

use super::clues::{Clue, Thing, kind_word};
use super::tasks::raised_at;
use super::{find_word, first_line, name_span, place, short, site_in, was_foretold, with_note};
use crate::asyncio::Place;
use crate::code::SourceFile;
use crate::error::exc_data;
use crate::objects::FutureKind;
use crate::report::site::{self, Site, Use};
use crate::report::{last_line, said};
use crate::types::exception_groups::group_parts;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::{Diagnostic, Span, mistakes as code, wording};
use std::rc::Rc;

/// So many members of a group are looked at.
const MEMBERS: usize = 15;

/// The mistake behind an uncaught error, if it is one with coroutines that is known and was not
/// told before: the text it is in, and what is to be said.
pub fn explain(vm: &mut Vm, exception: &Value) -> Option<(Rc<SourceFile>, Diagnostic)> {
    let clue = exc_data(exception, |data| data.clue().cloned()).flatten()?;
    let at = raised_at(exception)?;
    if vm.speaks_python() {
        return None;
    }
    acquit(vm, exception);
    if was_foretold(vm, &at.file, at.span) {
        return None;
    }
    let last = last_line(vm, exception);
    let message = match last.split_once(": ") {
        Some((_, message)) => without_address(message),
        None => last,
    };
    let scene = Scene::new(vm, &clue, at);
    Some((scene.at.file.clone(), with_note(scene.diagnostic(&message))))
}

/// Is told that an error, and the members of a group, are told of: so their causes need not be.
pub(super) fn acquit(vm: &mut Vm, exception: &Value) {
    if let Some(clue) = exc_data(exception, |data| data.clue().cloned()).flatten() {
        for position in std::iter::once(&clue.made_at).chain(&clue.others) {
            vm.mistakes.accused.remove(position);
        }
    }
    if let Some((_, members)) = group_parts(exception) {
        for member in members.iter().take(MEMBERS) {
            acquit(vm, member);
        }
    }
}

/// As [`explain`], said: for an error and the members of a group.
pub fn tell_of_error(vm: &mut Vm, exception: &Value) {
    if let Some((file, diagnostic)) = explain(vm, exception) {
        said::say(vm, Some(&file), &diagnostic);
    }
    if let Some((_, members)) = group_parts(exception) {
        for member in members.iter().take(MEMBERS) {
            tell_of_error(vm, member);
        }
    }
}

/// An error and where its cause was made.
struct Scene<'c> {
    clue: &'c Clue,
    /// Where it was raised.
    at: Place,
    /// Where its cause was made, in the same text.
    made: Option<Place>,
    /// The call that made it.
    site: Option<Site>,
}

impl<'c> Scene<'c> {
    fn new(vm: &Vm, clue: &'c Clue, at: Place) -> Scene<'c> {
        let made = place(vm, clue.made_at).filter(|made| Rc::ptr_eq(&made.file, &at.file));
        let callee = match &clue.thing {
            Thing::Coroutine(name) | Thing::AsyncGenerator(name) => Some(short(name)),
            Thing::Future(_) | Thing::Function(_) | Thing::Value(_) => None,
        };
        let site = match &clue.thing {
            Thing::Function(_) => None,
            _ => made.as_ref().and_then(|made| site_in(vm, made, callee)),
        };
        Scene {
            clue,
            at,
            made,
            site,
        }
    }

    fn text(&self) -> &str {
        &self.at.file.text
    }

    fn diagnostic(&self, message: &str) -> Diagnostic {
        let span = self.primary();
        let (label, background, help) = self.words(span);
        let mut diagnostic = Diagnostic::error(self.clue.code, message, span).labeled(label.trim());
        if let Some((span, text)) = background
            && span != diagnostic.primary.span
        {
            diagnostic = diagnostic.and_label(span, text);
        }
        diagnostic.with_help(help)
    }

    /// The part of the failing expression that is at fault: the call that made the thing, the
    /// variable that it was put into, or else all of it.
    fn primary(&self) -> Span {
        let whole = first_line(self.text(), self.at.span);
        let shown = whole.text(self.text());
        let word = |name: &str| {
            let (from, to) = find_word(shown, name)?;
            Some(Span::new(whole.start + from, whole.start + to))
        };
        if let Thing::Function(name) = &self.clue.thing {
            return word(name).unwrap_or(whole);
        }
        // There the call itself is at fault, not what it is given.
        let is_call = [code::RUN_INSIDE_LOOP, code::NO_LOOP].contains(&self.clue.code);
        let Some(site) = self.site.as_ref().filter(|_| !is_call) else {
            return whole;
        };
        if whole.start <= site.call.start && site.call.end <= whole.end {
            return site.call;
        }
        match &site.used {
            Use::Assigned(name) => word(name).unwrap_or(whole),
            _ => whole,
        }
    }

    /// The label at the place of the error, the place of its cause with a label, the help.
    fn words(&self, span: Span) -> (String, Option<(Span, String)>, String) {
        let shown = span.text(self.text());
        let subject = match &self.site {
            Some(Site {
                used: Use::Assigned(name),
                ..
            }) if name == shown => format!("`{name}` "),
            _ => String::new(),
        };
        let made = |text: &str| {
            let span = self.site.as_ref().map(|site| site.call);
            let span = span.or(self.made.as_ref().map(|made| made.span))?;
            Some((span, text.to_owned()))
        };
        match self.clue.code {
            code::USED_WITHOUT_AWAIT => (
                format!("{subject}is a coroutine, not its result"),
                made("called here without `await`"),
                self.awaited("await it"),
            ),
            code::FUTURE_AS_RESULT => self.future(&subject, made("started here")),
            code::AWAITED_TWICE => (
                format!("{subject}was awaited before: a coroutine runs only once"),
                made("the coroutine is made here"),
                self.as_task(),
            ),
            code::RESULT_TOO_EARLY => (
                format!("{subject}is not done yet"),
                made("started here"),
                match &self.site {
                    Some(Site {
                        used: Use::Assigned(name),
                        ..
                    }) => format!("`await {name}`"),
                    _ => "`await` it".to_owned(),
                },
            ),
            code::RUN_INSIDE_LOOP => (
                "starts a second event loop inside the first".to_owned(),
                None,
                self.argument().map_or_else(
                    || "`await` the coroutine".to_owned(),
                    |argument| format!("`await {argument}`"),
                ),
            ),
            code::NO_LOOP => (
                "a task needs an event loop that runs".to_owned(),
                None,
                "create it inside an `async def` that the loop runs".to_owned(),
            ),
            code::NOT_CALLED => self.not_called(),
            code::NOT_AWAITABLE => self.not_awaitable(),
            code::GATHER_LIST => (
                "gather takes the awaitables one by one".to_owned(),
                None,
                "put a `*` before the list: `gather(*[...])`".to_owned(),
            ),
            code::WAIT_COROUTINES => (
                "`wait` takes tasks".to_owned(),
                made("a coroutine is made here"),
                self.as_task(),
            ),
            _ => self.keyword(&subject),
        }
    }

    fn awaited(&self, otherwise: &str) -> String {
        match &self.site {
            Some(site) => site.awaited(self.text()),
            None => otherwise.to_owned(),
        }
    }

    fn as_task(&self) -> String {
        let Some(site) = &self.site else {
            return "make a task of it, which can be awaited more than once".to_owned();
        };
        let call = wording::quote(self.text(), site.call);
        match &site.used {
            Use::Assigned(name) => format!(
                "`{name} = {}({call})`: a task can be awaited more than once",
                site.create_task
            ),
            _ => format!("`{}({call})`", site.create_task),
        }
    }

    /// The first argument of the call that failed.
    fn argument(&self) -> Option<String> {
        let called = site::site(self.text(), self.at.span.start, Some("run"))?;
        Some(wording::quote(self.text(), called.argument?))
    }

    fn future(
        &self,
        subject: &str,
        made: Option<(Span, String)>,
    ) -> (String, Option<(Span, String)>, String) {
        let kind = match &self.clue.thing {
            Thing::Future(kind) => *kind,
            _ => FutureKind::Plain,
        };
        let label = match kind {
            FutureKind::Gathering => format!("{subject}is a gather still running, not its results"),
            FutureKind::Task | FutureKind::Plain => {
                format!("{subject}is a {}, not its result", kind_word(kind))
            }
        };
        let help = match (&self.site, kind) {
            (Some(site), FutureKind::Gathering) => site.awaited(self.text()),
            (Some(site), FutureKind::Task | FutureKind::Plain) => match &site.used {
                Use::Assigned(name) => site.edit(&format!("await {name}")),
                _ => site.awaited(self.text()),
            },
            (None, _) => "`await` it".to_owned(),
        };
        (label, made, help)
    }

    fn not_called(&self) -> (String, Option<(Span, String)>, String) {
        match &self.clue.thing {
            Thing::Function(name) => {
                let defined = self.made.as_ref().map(|made| {
                    let span = name_span(self.text(), made.span.start, name);
                    (span, format!("`{name}` is an `async def`"))
                });
                let label = format!("`{name}` is an async function, not yet called");
                (label, defined, format!("`{name}()`"))
            }
            Thing::Value(kind) => (
                format!("a coroutine is expected here, not {}", with_article(kind)),
                None,
                "give it the call of an `async def`".to_owned(),
            ),
            Thing::Coroutine(_) | Thing::AsyncGenerator(_) | Thing::Future(_) => (
                "a coroutine is expected here".to_owned(),
                None,
                "give it the call of an `async def`".to_owned(),
            ),
        }
    }

    fn not_awaitable(&self) -> (String, Option<(Span, String)>, String) {
        let kind = match &self.clue.thing {
            Thing::Value(kind) => with_article(kind),
            _ => return self.not_called(),
        };
        (
            format!("this is {kind} already: there is nothing to wait for"),
            None,
            "remove `await`".to_owned(),
        )
    }

    /// `for`, `with` and their async forms.
    fn keyword(&self, subject: &str) -> (String, Option<(Span, String)>, String) {
        let statement = self.statement();
        let shown = wording::quote(self.text(), first_line(self.text(), self.at.span));
        if let Thing::AsyncGenerator(_) = &self.clue.thing {
            let made = self.site.as_ref().map(|site| site.call);
            return (
                format!("{subject}is an async generator"),
                made.map(|span| (span, "made here".to_owned())),
                "`async for`".to_owned(),
            );
        }
        if statement.starts_with("async") {
            let label = match &self.clue.thing {
                Thing::Value(kind) => {
                    format!("is {}: there is nothing to wait for", with_article(kind))
                }
                _ => "has nothing to wait for".to_owned(),
            };
            return (label, None, "drop `async`".to_owned());
        }
        (
            "has to be waited for".to_owned(),
            None,
            format!("`async with {shown}:`"),
        )
    }

    /// The line of the error.
    fn statement(&self) -> &str {
        let file = &self.at.file;
        file.line_text(file.line_of(self.at.span.start))
            .trim_start()
    }
}

/// A message without the address of an object, which tells nobody anything.
fn without_address(message: &str) -> String {
    match message.split_once(" at 0x") {
        Some((before, rest)) => {
            let rest = rest.trim_start_matches(|char: char| char.is_ascii_hexdigit());
            format!("{before}{rest}")
        }
        None => message.to_owned(),
    }
}

/// `an int`
fn with_article(kind: &str) -> String {
    let is_vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if is_vowel { "an" } else { "a" })
}
