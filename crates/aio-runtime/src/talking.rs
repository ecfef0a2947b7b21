//! A session at a prompt: entries, their values, what can be typed next.

mod completion;
mod pretty;

use crate::asyncio::{self, prompt};
use crate::error::R;
use crate::session::{Outcome, Session};
use crate::value::Value;
use aio_compile::hir;

impl Session {
    /// From now on entries are run, on one event loop.
    pub fn begin_prompt(&mut self) {
        self.is_prompt = prompt::begin(self.vm()).is_ok();
        self.offer_help();
    }

    /// `help` is for people: it is there at a prompt only.
    fn offer_help(&mut self) {
        let name = self.vm().intern("help");
        let offered = crate::modules::import(self.vm(), "_prompt")
            .and_then(|module| self.vm().get_attr(&module, &name));
        match offered {
            Ok(help) => self.vm().builtins.set_name(&name, help),
            Err(_) => drop(self.vm().take_pending()),
        }
    }

    /// Values that are wider than a terminal are broken into lines.
    pub fn set_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Goes over to another clock, with a new loop: gives the names of the tasks that were
    /// cancelled.
    pub fn choose_clock(&mut self, is_virtual: bool) -> Vec<String> {
        let cancelled = self.end_prompt();
        prompt::choose_clock(self.vm(), is_virtual);
        self.begin_prompt();
        cancelled
    }

    /// Runs an entry of the prompt in the names of those before: shows its value, if it has
    /// one, and keeps it as `_`. An error is shown too; an outcome means that the entry asked to
    /// leave.
    pub fn run_interactive(
        &mut self,
        name: &str,
        source: &str,
        program: &hir::Program,
    ) -> Option<Outcome> {
        let file = self.vm().sources.add(name, source);
        let shown = self
            .run_code(&program.code, &file)
            .and_then(|value| self.show(&value));
        let ended = match shown {
            Ok(()) => None,
            Err(_) => self.uncaught_at_prompt(),
        };
        self.flush();
        ended
    }

    fn flush(&mut self) {
        if crate::modules::files::flush_stdout(self.vm()).is_err() {
            drop(self.vm().take_pending());
        }
    }

    fn show(&mut self, value: &Value) -> R<()> {
        if value.is_none() || value.is_unset() {
            return Ok(());
        }
        let text = match self.width {
            Some(width) => pretty::pretty(self.vm(), value, width)?,
            None => self.vm().repr(value)?,
        };
        let name = self.vm().intern("_");
        self.globals().set_name(&name, value.clone());
        // A terminal that is gone is noticed by the next read.
        let _ = self.vm().out.write(&format!("{text}\n"));
        if asyncio::is_coroutine(self.vm(), value) {
            let hint = "hint: this is a coroutine, not its result; `await _` runs it\n";
            self.vm().out.error(hint);
        }
        Ok(())
    }

    /// As [`uncaught`](Session::uncaught), but only `SystemExit` ends the session.
    fn uncaught_at_prompt(&mut self) -> Option<Outcome> {
        let exit = self.vm().types.system_exit.clone();
        if self.vm().pending_is(&exit) {
            return Some(self.uncaught());
        }
        let interrupt = self.vm().types.keyboard_interrupt.clone();
        if self.vm().pending_is(&interrupt) {
            // Who pressed the keys knows where.
            drop(self.vm().take_pending());
            self.vm().out.error("KeyboardInterrupt\n");
            return None;
        }
        self.uncaught();
        None
    }

    /// Whether tasks are left that could run while the prompt waits.
    pub fn has_background(&mut self) -> bool {
        prompt::has_work(self.vm())
    }

    /// How many tasks are not done.
    pub fn task_count(&mut self) -> usize {
        prompt::task_count(self.vm())
    }

    /// Lets the tasks run for some seconds, and gives what they print.
    pub fn run_background(&mut self, seconds: f64) -> String {
        self.flush();
        self.vm().out.capture = Some(Default::default());
        let result = prompt::rest(self.vm(), seconds);
        if result.is_err() {
            self.uncaught_at_prompt();
        }
        let (out, err) = self.vm().out.capture.take().unwrap_or_default();
        let mut text = String::from_utf8_lossy(&out).into_owned();
        text.push_str(&String::from_utf8_lossy(&err));
        text
    }

    /// Prints what every task waits for.
    pub fn print_tasks(&mut self) {
        prompt::print_tasks(self.vm());
    }

    /// Ends the session: what still runs is cancelled. Gives the names of those tasks.
    pub fn end_prompt(&mut self) -> Vec<String> {
        let names = match prompt::end(self.vm()) {
            Ok(names) => names,
            Err(_) => {
                drop(self.vm().take_pending());
                Vec::new()
            }
        };
        self.flush();
        names
    }
}
