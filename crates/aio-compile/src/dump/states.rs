//! State machines as text.
//!
//! One paragraph per block: its statements, its terminator with the saved slots, and where control
//! goes that leaves it in the middle.

use super::Printer;
use super::stmt::line;
use crate::hir::{BasicBlock, Jump, Slot, StateMachine, Terminator, Unwind};

impl Printer<'_> {
    pub(super) fn machine(&self, machine: &StateMachine, out: &mut String) {
        let live = super::live::live_after(machine);
        for (index, block) in machine.blocks.iter().enumerate() {
            let at = super::line(self.source, block.span);
            line(1, &format!("{index}: (line {at})"), out);
            for stmt in &block.stmts {
                self.stmt(stmt, 2, out);
            }
            let saved = live.get(index).map_or(&[][..], Vec::as_slice);
            line(2, &self.terminator(block, saved), out);
            self.unwind(&block.unwind, out);
        }
    }

    fn terminator(&self, block: &BasicBlock, saved: &[Slot]) -> String {
        match &block.terminator {
            Terminator::Goto(to) => format!("-> {}", to.0),
            Terminator::Branch { test, then, orelse } => {
                format!("if {} -> {} else {}", self.expr(test), then.0, orelse.0)
            }
            Terminator::Dispatch { on, table } => {
                let parts: Vec<String> = table
                    .iter()
                    .map(|(code, to)| format!("{code} -> {}", to.0))
                    .collect();
                format!("by {}: {}", self.slot(*on), parts.join(", "))
            }
            Terminator::ForNext {
                iter,
                target,
                body,
                exit,
            } => format!(
                "{} = next({}) -> {} or {}",
                self.target(target),
                self.slot(*iter),
                body.0,
                exit.0
            ),
            Terminator::Await { value, dest, next } => {
                let text = format!("await {}", self.expr(value));
                self.suspension(&text, *dest, next.0, saved)
            }
            Terminator::Yield { value, dest, next } => {
                let text = format!("yield {}", self.expr(value));
                self.suspension(&text, *dest, next.0, saved)
            }
            Terminator::YieldFrom { value, dest, next } => {
                let text = format!("yield from {}", self.expr(value));
                self.suspension(&text, *dest, next.0, saved)
            }
            Terminator::Return(None) => "return".to_owned(),
            Terminator::Return(Some(value)) => format!("return {}", self.expr(value)),
            Terminator::Reraise(slot) => format!("reraise {}", self.slot(*slot)),
            Terminator::Unreachable => "unreachable".to_owned(),
        }
    }

    fn suspension(&self, what: &str, dest: Option<Slot>, next: u32, saved: &[Slot]) -> String {
        let dest = dest.map_or_else(String::new, |slot| format!(" to {}", self.slot(slot)));
        let saved = if saved.is_empty() {
            String::new()
        } else {
            format!("  [saves {}]", self.slots(saved.iter().copied()))
        };
        format!("{what}{dest} -> {next}{saved}")
    }

    fn unwind(&self, unwind: &Unwind, out: &mut String) {
        if let Some((slot, to)) = &unwind.raise {
            line(
                2,
                &format!("on raise: {} -> {}", self.slot(*slot), to.0),
                out,
            );
        }
        for (what, jump) in [
            ("return", &unwind.ret),
            ("break", &unwind.brk),
            ("continue", &unwind.cont),
        ] {
            if let Some(jump) = jump {
                line(2, &format!("on {what}: {}", self.jump(jump)), out);
            }
        }
    }

    fn jump(&self, jump: &Jump) -> String {
        let mut text = String::new();
        if let Some(slot) = jump.value {
            text.push_str(&format!("{} = value, ", self.slot(slot)));
        }
        for (slot, code) in &jump.set {
            text.push_str(&format!("{} = {code}, ", self.slot(*slot)));
        }
        text.push_str(&format!("-> {}", jump.to.0));
        text
    }
}
