//! The resolved tree and the state machines in readable form.
//!
//! Expressions are written much as in the source; a name says where it lives: `x` a slot,
//! `x:cell` a cell of this frame, `x:free` a captured one, `x:global`, `x:class` (a name of a
//! class body). Slots that share a name carry their number. The format is for people and tests;
//! it may change.

mod expr;
mod live;
mod states;
mod stmt;

use crate::hir::{Body, Code, Const, ExitSlots, Flavor, Program, Slot};
use aio_syntax::Span;
use std::fmt::Write;
use std::rc::Rc;

/// The resolved tree of a program: every body, outer before inner. State machines are listed by
/// [`dump_states`].
#[must_use]
pub fn dump_hir(program: &Program, source: &str) -> String {
    let mut out = String::new();
    for code in all_codes(&program.code) {
        header(&code, source, &mut out);
        let printer = Printer {
            code: &code,
            source,
        };
        match &code.body {
            Body::Tree(block) => printer.block(block, 1, &mut out),
            Body::Machine(_) => out.push_str("    (state machine)\n"),
        }
    }
    out
}

/// The state machines of a program: blocks, terminators, edges, and what each suspension point
/// saves.
#[must_use]
pub fn dump_states(program: &Program, source: &str) -> String {
    let mut out = String::new();
    for code in all_codes(&program.code) {
        if let Body::Machine(machine) = &code.body {
            header(&code, source, &mut out);
            let printer = Printer {
                code: &code,
                source,
            };
            printer.machine(machine, &mut out);
        }
    }
    out
}

/// Writes the parts of one body.
struct Printer<'a> {
    code: &'a Code,
    source: &'a str,
}

impl Printer<'_> {
    fn slot(&self, slot: Slot) -> String {
        let index = slot.0 as usize;
        let Some(name) = self.code.slots.get(index) else {
            return format!("?{index}");
        };
        let is_unique = self.code.slots.iter().filter(|own| *own == name).count() == 1;
        if is_unique {
            name.to_string()
        } else {
            format!("{name}#{index}")
        }
    }

    /// Where an exit method waits.
    fn exit(&self, exit: ExitSlots) -> String {
        self.slots(exit.both())
    }

    fn slots(&self, slots: impl IntoIterator<Item = Slot>) -> String {
        let names: Vec<String> = slots.into_iter().map(|slot| self.slot(slot)).collect();
        names.join(" ")
    }
}

/// The body and all bodies inside it, in source order.
fn all_codes(code: &Rc<Code>) -> Vec<Rc<Code>> {
    let mut found = vec![code.clone()];
    let mut inner = Vec::new();
    expr::inner_codes(code, &mut inner);
    inner.sort_by_key(|code| code.span);
    for code in inner {
        found.extend(all_codes(&code));
    }
    found
}

fn header(code: &Code, source: &str, out: &mut String) {
    let flavor = match code.flavor {
        Flavor::Plain => "plain",
        Flavor::Generator => "generator",
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async generator",
    };
    let printer = Printer { code, source };
    let all = (0_u32..).zip(&code.slots).map(|(index, _)| Slot(index));
    let slots = printer.slots(all);
    let _ = write!(
        out,
        "{} [{flavor}, line {}] slots({slots})",
        code.qualname,
        line(source, code.span)
    );
    if !code.cells.is_empty() {
        let _ = write!(out, " cells({})", printer.slots(code.cells.iter().copied()));
    }
    if !code.free.is_empty() {
        let names: Vec<&str> = code.free.iter().map(|free| &*free.name).collect();
        let _ = write!(out, " free({})", names.join(" "));
    }
    if let Some(doc) = &code.doc {
        let _ = write!(out, " doc({doc:?})");
    }
    out.push('\n');
}

/// The line on which a span begins, from 1.
fn line(source: &str, span: Span) -> usize {
    let before = source.get(..span.start as usize).unwrap_or(source);
    before.matches('\n').count() + 1
}

/// A constant as Python writes it.
pub(crate) fn const_text(constant: &Const) -> String {
    match constant {
        Const::None => "None".to_owned(),
        Const::Bool(true) => "True".to_owned(),
        Const::Bool(false) => "False".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::BigInt(digits) => digits.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Imaginary(value) => format!("{value}j"),
        Const::Str(text) => format!("'{}'", text.escape_debug()),
        Const::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        Const::Ellipsis => "...".to_owned(),
        Const::Tuple(items) => {
            let inner: Vec<String> = items.iter().map(const_text).collect();
            match inner.as_slice() {
                [one] => format!("({one},)"),
                _ => format!("({})", inner.join(", ")),
            }
        }
    }
}
