//! Calls that keep every task waiting: `time.sleep`, `input`.
//!
//! They are told only if a task was ready, or became so, while they lasted.

use super::{find_word, first_line, is_news, tell, was_foretold};
use crate::asyncio::late_tasks;
use crate::heap;
use crate::report::site;
use crate::vm::Vm;
use aio_event_loop::{Clock, Time};
use aio_syntax::{Diagnostic, Span, mistakes as code, wording};
use std::time::Duration;

/// How often it is looked for tasks that were kept waiting, in a program.
const MAX_SEARCHES: u32 = 100;

/// A call that blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blocking {
    /// `time.sleep`
    Sleep,
    /// `input`
    Input,
}

/// A call that kept tasks waiting.
pub struct Blocked {
    call: Blocking,
    /// For how long, in seconds.
    seconds: f64,
    /// The tasks.
    tasks: String,
}

/// A call that blocks begins; the time, if a loop has to wait for it.
pub fn begins(vm: &mut Vm) -> Option<Time> {
    if vm.asyncio.running.is_none() || vm.speaks_python() || vm.mistakes.searches >= MAX_SEARCHES {
        return None;
    }
    vm.mistakes.searches += 1;
    Some(crate::asyncio::clock(vm).peek())
}

/// It is over; it lasted as long as it was asked to, or as the clock says.
pub fn ends(vm: &mut Vm, call: Blocking, since: Option<Time>, asked: Option<Duration>) {
    let Some(since) = since else { return };
    let now = crate::asyncio::clock(vm).peek();
    let Some(tasks) = late_tasks(vm, now) else {
        return;
    };
    vm.mistakes.blocked = Some(Blocked {
        call,
        seconds: asked.unwrap_or_else(|| now.since(since)).as_secs_f64(),
        tasks,
    });
    // It is told behind the statement, where the place is known.
    heap::set_attention(true);
}

/// The statement that blocked is over.
pub(super) fn tell_blocked(vm: &mut Vm, blocked: &Blocked) {
    let Some((file, statement)) = vm.mistakes.statement.clone() else {
        return;
    };
    let (code, word) = match blocked.call {
        Blocking::Sleep => (code::BLOCKING_SLEEP, "sleep"),
        Blocking::Input => (code::BLOCKING_INPUT, "input"),
    };
    let shown = first_line(&file.text, statement);
    let found = find_word(shown.text(&file.text), word);
    let span = found.map_or(shown, |(_, to)| {
        let text = shown.text(&file.text);
        let before = text.get(..to as usize).unwrap_or_default();
        let from = before.rfind(|char: char| !(char.is_alphanumeric() || "_.".contains(char)));
        let from = from.map_or(0, |at| at + 1);
        let from = u32::try_from(from).unwrap_or_default();
        Span::new(shown.start + from, shown.start + to)
    });
    if !file.is_users()
        || was_foretold(vm, &file, span)
        || !is_news(vm, code, file.position(span.start))
    {
        return;
    }
    let module = aio_syntax::parse(&file.text).module;
    let instead = match blocked.call {
        Blocking::Sleep => {
            let called = site::site(&file.text, span.start, Some(word));
            let argument = called.and_then(|called| called.argument);
            let argument = argument.map(|argument| wording::quote(&file.text, argument));
            let argument = argument.unwrap_or_else(|| "...".to_owned());
            format!("`await {}({argument})`", wording::asyncio(&module, "sleep"))
        }
        Blocking::Input => format!(
            "`await {}(input, ...)`",
            wording::asyncio(&module, "to_thread")
        ),
    };
    let call = span.text(&file.text);
    let message = format!("`{call}` stops every task, not only this one");
    let seconds = (blocked.seconds * 1000.0).round() / 1000.0;
    let lasted = if seconds > 0.0 {
        format!("for {seconds} s")
    } else {
        "until it returned".to_owned()
    };
    let diagnostic = Diagnostic::warning(code, message, span)
        .labeled(format!(
            "nothing else ran {lasted}; {} had to wait",
            blocked.tasks
        ))
        .with_help(instead);
    tell(vm, &file, diagnostic);
}
