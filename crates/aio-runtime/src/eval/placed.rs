//! Calls that are asked where they stand while they run.
//!
//! Nothing keeps the place of a call as long as all goes well: an exception learns it on its way
//! out. Two things ask for it earlier: a record of `logging` says which line of which function it
//! is from, and a task that is shown while it runs says at which line it is. So calls that look,
//! by the name of what they call, as if they logged or showed something note their place before
//! they run, and take the note back. All others cost nothing.

use super::{Frame, Node, NodeBox};
use crate::code::Code;
use crate::coroutine::{Direct, Io};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;
use std::rc::Rc;

/// Functions and methods that log.
const LOGS: [&str; 11] = [
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "critical",
    "fatal",
    "exception",
    "log",
    "_log",
    "findCaller",
];

/// Functions that show a value. (Others do as well, but are called where nobody looks.)
const SHOWS: [&str; 2] = ["print", "repr"];

/// Where a call stands.
pub struct Place {
    /// The body.
    pub code: Rc<Code>,
    /// The place in its text.
    pub span: Span,
}

/// Whether a call in this body, of a function that has this name, notes its place.
pub fn notes_place(code: &Code, name: &str) -> bool {
    let shows = code.flavor == Flavor::Coroutine && SHOWS.contains(&name);
    code.source.is_users() && (shows || LOGS.contains(&name) && name != "log")
}

/// As [`notes_place`], for a method, or a function of a module.
pub fn method_notes_place(code: &Code, name: &str, is_of_math: bool) -> bool {
    code.source.is_users() && LOGS.contains(&name) && !is_of_math
}

/// A call that notes its place.
pub struct PlacedCall {
    /// The call.
    pub call: NodeBox,
    /// Where it stands.
    pub span: Span,
}

impl PlacedCall {
    /// Does something while the place is noted.
    fn noted<T>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        run: impl FnOnce(&mut Vm, &mut Frame<'_>) -> T,
    ) -> T {
        let place = Place {
            code: frame.func.code.clone(),
            span: self.span,
        };
        let before = vm.placed.replace(place);
        let result = run(vm, frame);
        vm.placed = before;
        result
    }
}

impl Node for PlacedCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        self.noted(vm, frame, |vm, frame| self.call.eval(vm, frame))
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        self.noted(vm, frame, |vm, frame| self.call.eval_awaited(vm, frame, io))
    }
}
