//! Running programs: the face of the crate towards the command.

use crate::asyncio::prompt;
use crate::code::{Code, SourceFile};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::limits::{EndProcess, Limits, Stopper};
use crate::objects::{DictObj, FuncObj};
use crate::permissions::Denied;
use crate::report::mistakes;
use crate::report::told::DrawTraceback;
use crate::signals::{Disposition, SIGINT};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir;
use aio_syntax::Diagnostic;
use std::fs::Metadata;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// How a session is started.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// `sys.argv`
    pub argv: Vec<String>,
    /// Whether time passes only when everybody waits.
    pub virtual_time: bool,
    /// The script as it was named.
    pub script_name: String,
    /// Where `import` looks for files.
    pub script_dir: Option<PathBuf>,
    /// The native stack of the thread that runs the session, in bytes.
    pub stack_size: usize,
    /// Runs what is ready in an order that this names, instead of first in, first out.
    pub schedule_seed: Option<u64>,
    /// Draws what is said about a program that runs.
    pub draw: Draw,
    /// Draws an uncaught exception.
    pub draw_traceback: DrawTraceback,
    /// What the program may use.
    pub limits: Limits,
    /// Whether turns of the loop that take long are told.
    pub dev: bool,
    /// What the program may not do.
    pub denied: Denied,
    /// The files that were imported.
    pub loaded: Loaded,
    /// Ends the process when a limit is reached and the program cannot be interrupted.
    pub end_process: EndProcess,
    /// Whether mistakes are told in CPython's words only.
    pub python_words: bool,
    /// What was told of the script before it runs: it is not told again.
    pub foretold: Vec<Diagnostic>,
}

/// The files that a program was read from, each with what the system said of it just before;
/// shared with whoever watches them.
#[derive(Clone, Default, Debug)]
pub struct Loaded(Arc<Mutex<Vec<LoadedFile>>>);

/// A file and its state; none if it is not there.
pub type LoadedFile = (PathBuf, Option<Metadata>);

impl Loaded {
    /// Adds one that is about to be read.
    pub fn add(&self, file: PathBuf) {
        let state = std::fs::metadata(&file).ok();
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if files.iter().all(|(known, _)| *known != file) {
            files.push((file, state));
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<LoadedFile> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Draws a diagnostic in a source, given by name and text; without one it is told in plain lines.
#[derive(Clone, Copy, Default, Debug)]
pub struct Draw(pub Option<fn(&str, &str, &Diagnostic) -> String>);

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// The exit code.
    pub exit_code: i32,
    /// The signal it is to die of.
    pub killed_by_signal: Option<i32>,
}

/// An interpreter with its globals.
pub struct Session {
    vm: Vm,
    globals: Ref<DictObj>,
    /// Whether entries of a prompt are run.
    pub(crate) is_prompt: bool,
    /// How wide a value may be shown at the prompt.
    pub(crate) width: Option<usize>,
}

impl Session {
    /// A new interpreter.
    pub fn new(options: Options) -> Session {
        let stack = if options.stack_size == 0 {
            1 << 20
        } else {
            options.stack_size
        };
        let mut vm = Vm::new(options, stack);
        let globals = crate::modules::main_globals(&mut vm);
        let script = vm.options.script_name.clone();
        let builtins = vm.builtins.to_value();
        for (name, value) in [
            ("__package__", Value::NONE),
            ("__loader__", Value::NONE),
            ("__spec__", Value::NONE),
            ("__builtins__", builtins),
            (
                "__file__",
                if script.is_empty() {
                    Value::UNSET
                } else {
                    vm.str(script)
                },
            ),
        ] {
            if !value.is_unset() {
                let name = vm.intern(name);
                globals.set_name(&name, value);
            }
        }
        Session {
            vm,
            globals,
            is_prompt: false,
            width: None,
        }
    }

    /// The interpreter.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// The names of the program.
    pub(crate) fn globals(&self) -> &Ref<DictObj> {
        &self.globals
    }

    /// Has a watcher told of what tasks, timers, locks and queues do, from the next loop on.
    pub fn watch(&mut self, sink: crate::asyncio::SharedSink) {
        crate::asyncio::watch(&mut self.vm, sink);
    }

    /// By which another thread can stop the program.
    pub fn stopper(&self) -> Stopper {
        self.vm.stopper()
    }

    /// Has SIGINT end the process again, as the system does: there is no program to interrupt.
    pub fn leave_interrupts(&mut self) {
        if matches!(self.vm.signals.disposition(SIGINT), Disposition::Ignore) {
            return;
        }
        // Where it is not possible, it was not hooked either.
        let _ = self.vm.signals.set(SIGINT, Disposition::Default);
    }

    /// Has signals interrupt the program instead of ending the process.
    pub fn watch_signals(&mut self) {
        self.vm.watch_signals();
    }

    /// Runs a program.
    pub fn run_program(&mut self, name: &str, source: &str, program: &hir::Program) -> Outcome {
        self.vm.begin_limits();
        let outcome = self.run_in_limits(name, source, program);
        match self.vm.end_limits() {
            Some(stopped) => {
                if let Some(line) = stopped.line {
                    self.vm.out.error(&format!("aio: {line}\n"));
                }
                Outcome {
                    exit_code: stopped.exit_code,
                    killed_by_signal: None,
                }
            }
            None => outcome,
        }
    }

    fn run_in_limits(&mut self, name: &str, source: &str, program: &hir::Program) -> Outcome {
        let file = self.vm.sources.add(name, source);
        crate::heap::collector::begin_order();
        let result = self.run_code(&program.code, &file);
        let mut outcome = match result {
            Ok(_) => {
                mistakes::left_over(&mut self.vm, &self.globals, &Value::UNSET);
                Outcome::default()
            }
            Err(_) => {
                // The error has the last word.
                let exception = self.vm.take_pending();
                mistakes::left_over(&mut self.vm, &self.globals, &exception);
                let _ = self.vm.reraise(exception);
                self.uncaught()
            }
        };
        if self.wait_for_threads().is_err() {
            let ended = self.uncaught();
            if outcome == Outcome::default() {
                outcome = ended;
            }
        }
        crate::finalize::at_exit(&mut self.vm, &self.globals.to_value());
        if crate::modules::files::flush_stdout(&mut self.vm).is_err() {
            drop(self.vm.take_pending());
            outcome.exit_code = if outcome.exit_code == 0 {
                120
            } else {
                outcome.exit_code
            };
        }
        outcome
    }

    /// Waits for the threads that are no daemons.
    fn wait_for_threads(&mut self) -> R<()> {
        let name = self.vm.intern("threading");
        let Some(module) = self.vm.modules.get_name(&name) else {
            return Ok(());
        };
        let name = self.vm.intern("_shutdown");
        self.vm.call_method(&module, &name, &[]).map(drop)
    }

    /// What becomes of the process when the pending exception leaves the program.
    pub(crate) fn uncaught(&mut self) -> Outcome {
        let exception = self.vm.take_pending();
        let class = self.vm.class_of(&exception);
        if class.is_subclass_of(&self.vm.types.system_exit) {
            return Outcome {
                exit_code: self.exit_code(&exception),
                killed_by_signal: None,
            };
        }
        crate::report::print_exception(&mut self.vm, &exception);
        let interrupted = class.is_subclass_of(&self.vm.types.keyboard_interrupt);
        Outcome {
            exit_code: if interrupted { 130 } else { 1 },
            killed_by_signal: interrupted.then_some(2),
        }
    }

    /// The exit code of a `SystemExit`; anything but an int or `None` is printed and means 1.
    fn exit_code(&mut self, exception: &Value) -> i32 {
        let name = self.vm.names.code.clone();
        let code = match self.vm.get_attr(exception, &name) {
            Ok(code) => code,
            Err(_) => {
                drop(self.vm.take_pending());
                Value::NONE
            }
        };
        if code.is_none() {
            return 0;
        }
        if let Some(code) = code.as_index() {
            return (code & 0xff) as i32;
        }
        let text = self.vm.to_text(&code).unwrap_or_default();
        self.vm.out.error(&format!("{text}\n"));
        1
    }

    pub(crate) fn run_code(&mut self, code: &Rc<hir::Code>, file: &Rc<SourceFile>) -> R {
        let code_is_async = code.flavor == hir::Flavor::Coroutine;
        let code = Code::new(&mut self.vm, code, file);
        let func = Ref::new(FuncObj {
            code,
            globals: self.globals.clone(),
            closure: Box::from([]),
            defaults: GcCell::new(Rc::from([])),
            extra: GcCell::default(),
        });
        let func: Value = func.into();
        let result = prompt::lend(&mut self.vm, |vm| vm.call(&func, &[]))?;
        if code_is_async && self.is_prompt {
            return prompt::run(&mut self.vm, &result);
        }
        if code_is_async {
            // The program awaits at top level: its body is the main task of a loop.
            return crate::asyncio::run_main(&mut self.vm, result);
        }
        Ok(result)
    }
}
