//! A session at a prompt: entries, their values, what can be typed next.

use crate::asyncio::{self, prompt};
use crate::error::R;
use crate::session::{Outcome, Session};
use crate::types::class_build::entries;
use crate::value::Value;
use aio_compile::hir;

impl Session {
    /// From now on entries are run, on one event loop.
    pub fn begin_prompt(&mut self) {
        self.is_prompt = prompt::begin(self.vm()).is_ok();
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
        let text = self.vm().repr(value)?;
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

    /// The names that `path` could go on with: those of the program and the builtins, or, behind
    /// a dot, those of an object. `path` is what was typed, names with dots.
    pub fn completions(&mut self, path: &str) -> Vec<String> {
        let mut names = match path.rsplit_once('.') {
            None => {
                let mut names = names_of(&entries(self.globals()));
                names.extend(names_of(&entries(&self.vm().builtins.clone())));
                names
            }
            Some((object, _)) => self.attributes(object),
        };
        let typed = path.rsplit('.').next().unwrap_or(path);
        names.retain(|name| {
            name.starts_with(typed) && (typed.starts_with('_') || !name.starts_with('_'))
        });
        names.sort();
        names.dedup();
        names
    }

    fn attributes(&mut self, path: &str) -> Vec<String> {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let key = self.vm().intern(first);
        let global = self.globals().get_name(&key);
        let Some(mut object) = global.or_else(|| self.vm().builtins.get_name(&key)) else {
            return Vec::new();
        };
        for part in parts {
            let name = self.vm().intern(part);
            match self.vm().get_attr(&object, &name) {
                Ok(found) => object = found,
                Err(_) => {
                    drop(self.vm().take_pending());
                    return Vec::new();
                }
            }
        }
        let key = self.vm().intern("dir");
        let Some(dir) = self.vm().builtins.get_name(&key) else {
            return Vec::new();
        };
        let listed = self.vm().call(&dir, std::slice::from_ref(&object));
        let mut names = self.texts(listed);
        if object.as_module().is_some() {
            // A module that makes its contents on demand knows their names.
            let key = self.vm().intern("__all__");
            let all = self.vm().get_attr(&object, &key);
            names.extend(self.texts(all));
        }
        names
    }

    /// The texts of a list; none if there is no list.
    fn texts(&mut self, list: R) -> Vec<String> {
        match list.and_then(|list| self.vm().collect(&list)) {
            Ok(list) => list
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            Err(_) => {
                drop(self.vm().take_pending());
                Vec::new()
            }
        }
    }
}

fn names_of(pairs: &[(Value, Value)]) -> Vec<String> {
    pairs
        .iter()
        .filter_map(|(key, _)| key.as_str().map(str::to_owned))
        .collect()
}
