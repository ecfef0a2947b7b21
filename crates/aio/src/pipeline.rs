//! The seam between the command and the other crates: text in, effect out.
//!
//! No other module of the command knows how the stages are called.

use std::path::Path;

use aio_compile::hir;
pub(crate) use aio_runtime::Loaded;
use aio_runtime::limits::EndProcess;
pub(crate) use aio_runtime::limits::{Limits, Stopper};
pub(crate) use aio_runtime::permissions::Denied;
use aio_runtime::report::told::DrawTraceback;
pub(crate) use aio_runtime::testing::Failure;
use aio_runtime::{Draw, Options, Outcome, Session};
use aio_syntax::{Diagnostic, ast};

use crate::Exit;
use crate::args::{RunFlags, Stage, TracebackStyle};
use crate::report;
use crate::source::Source;
use crate::terminal;
use crate::watch::{self, Watch};

/// How to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptions {
    /// The program's `sys.argv`.
    pub(crate) argv: Vec<String>,
    /// How.
    pub(crate) flags: RunFlags,
    /// The native stack of this thread, in bytes.
    pub(crate) stack_size: usize,
}

/// Why nothing ran.
pub(crate) enum Refusal {
    /// The text is no program.
    NoProgram(Vec<Diagnostic>),
    /// There are so many sure mistakes, and none is allowed.
    Strict(usize),
}

/// Runs a program; `Err` if it is refused, in which case nothing ran. Mistakes that are sure
/// are given to `warn` first; `watch` may stop it.
pub(crate) fn run(
    source: &Source,
    options: RunOptions,
    watch: Option<&Watch>,
    warn: impl FnOnce(&[Diagnostic]),
) -> Result<Exit, Refusal> {
    let (program, foretold) = prepare(source, options.flags, warn)?;
    let name = absolute_name(source);
    let loaded = watch.map(|watch| watch.loaded.clone()).unwrap_or_default();
    let mut session = session_of(source, options, &name, (loaded, foretold));
    if let Some(watch) = watch {
        watch.stops(session.stopper());
    }
    let outcome = session.run_program(&name, &source.text, &program);
    session.leave_interrupts();
    // The process ends: freeing every object one by one would only take time.
    std::mem::forget(session);
    Ok(exit(outcome))
}

/// As [`run`], and gives the session with the program's names.
pub(crate) fn inspect(
    source: &Source,
    options: RunOptions,
    warn: impl FnOnce(&[Diagnostic]),
) -> Result<Interactive, Refusal> {
    let (program, foretold) = prepare(source, options.flags, warn)?;
    let name = absolute_name(source);
    let mut session = session_of(source, options, &name, (Loaded::default(), foretold));
    // However it ended, there is something to look at.
    let _ = session.run_program(&name, &source.text, &program);
    session.begin_prompt();
    Ok(Interactive { session })
}

/// Compiles a program, and says which mistakes in it are sure. Gives those too.
fn prepare(
    source: &Source,
    flags: RunFlags,
    warn: impl FnOnce(&[Diagnostic]),
) -> Result<(hir::Program, Vec<Diagnostic>), Refusal> {
    let module = parse(source).map_err(Refusal::NoProgram)?;
    let program = compile_module(source, &module).map_err(Refusal::NoProgram)?;
    let mut mistakes = aio_check::check(&module, &source.text);
    if !flags.dev {
        mistakes.retain(Diagnostic::is_error);
    }
    if !mistakes.is_empty() {
        warn(&mistakes);
    }
    let sure = mistakes.iter().filter(|mistake| mistake.is_error()).count();
    if flags.strict && sure > 0 {
        return Err(Refusal::Strict(sure));
    }
    Ok((program, mistakes))
}

fn session_of(
    source: &Source,
    options: RunOptions,
    name: &str,
    (loaded, foretold): (Loaded, Vec<Diagnostic>),
) -> Session {
    let mut session = Session::new(Options {
        argv: options.argv,
        virtual_time: options.flags.virtual_time,
        script_name: name.to_owned(),
        script_dir: source.dir.clone(),
        stack_size: options.stack_size,
        schedule_seed: None,
        draw: Draw(Some(report::draw)),
        draw_traceback: traceback(options.flags.traceback),
        limits: options.flags.limits,
        denied: options.flags.denied,
        end_process: EndProcess(Some(match options.flags.watch {
            true => watch::end_stuck,
            false => terminal::end_process,
        })),
        loaded,
        dev: options.flags.dev,
        python_words: options.flags.traceback == TracebackStyle::Python,
        foretold,
    });
    session.watch_signals();
    session
}

/// Who draws tracebacks: we, for people; who reads them by a program expects CPython's.
fn traceback(style: TracebackStyle) -> DrawTraceback {
    let is_pretty = match style {
        TracebackStyle::Python => false,
        TracebackStyle::Pretty => true,
        TracebackStyle::Auto => terminal::stderr_is_terminal(),
    };
    DrawTraceback(is_pretty.then_some(report::traceback::draw))
}

/// As in CPython, a program knows its own file by its absolute path.
fn absolute_name(source: &Source) -> String {
    if source.name.starts_with('<') {
        return source.name.clone();
    }
    std::path::absolute(Path::new(&source.name))
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_else(|_| source.name.clone())
}

/// Everything that can be said about a program without running it.
pub(crate) fn check(source: &Source) -> Vec<Diagnostic> {
    let parsed = aio_syntax::parse(&source.text);
    let mut diagnostics = parsed.diagnostics;
    if diagnostics.iter().any(Diagnostic::is_error) {
        return diagnostics;
    }
    match compile_module(source, &parsed.module) {
        Ok(_) => diagnostics.extend(aio_check::check(&parsed.module, &source.text)),
        Err(more) => diagnostics.extend(more),
    }
    diagnostics
}

/// What one stage makes of a program.
pub(crate) fn dump(stage: Stage, source: &Source) -> Result<String, Vec<Diagnostic>> {
    match stage {
        Stage::Tokens => {
            let tokenized = aio_syntax::tokenize(&source.text);
            refuse(tokenized.diagnostics)?;
            Ok(aio_syntax::dump_tokens(&source.text, &tokenized.tokens))
        }
        Stage::Ast => Ok(aio_syntax::dump_ast(&parse(source)?)),
        Stage::Hir => Ok(aio_compile::dump_hir(&compile(source)?, &source.text)),
        Stage::States => Ok(aio_compile::dump_states(&compile(source)?, &source.text)),
    }
}

/// Why the tests of a file cannot be run.
pub(crate) enum LoadError {
    /// The text is no program.
    NoProgram(Vec<Diagnostic>),
    /// It raised an exception.
    Raised(Failure),
}

/// The tests of a file.
pub(crate) struct Tests {
    session: Session,
}

impl Tests {
    /// Runs a file, for its definitions.
    pub(crate) fn load(source: &Source, stack_size: usize) -> Result<Tests, LoadError> {
        let program = compile(source).map_err(LoadError::NoProgram)?;
        let name = absolute_name(source);
        let mut session = Session::new(Options {
            argv: vec![source.name.clone()],
            virtual_time: true,
            script_name: name.clone(),
            script_dir: source.dir.clone(),
            stack_size,
            schedule_seed: None,
            draw: Draw(Some(report::draw)),
            ..Options::default()
        });
        session.watch_signals();
        let module = Path::new(&source.name).file_stem().unwrap_or_default();
        let module = module.to_string_lossy();
        session
            .load_tests(&module, &name, &source.text, &program)
            .map_err(LoadError::Raised)?;
        Ok(Tests { session })
    }

    /// Their names, in the order of their definitions.
    pub(crate) fn names(&self) -> Vec<String> {
        self.session.tests()
    }

    /// Runs one; gives what was told of mistakes meanwhile.
    pub(crate) fn run(&mut self, name: &str) -> Result<String, Failure> {
        self.session.test(name)
    }
}

/// Whether what was typed so far can be run, or refused, rather than gone on with.
pub(crate) fn is_complete(entry: &str) -> bool {
    // The line that was typed last ends here, even if it is empty.
    match aio_syntax::parse_interactive(&format!("{entry}\n")) {
        aio_syntax::Interactive::Incomplete => false,
        aio_syntax::Interactive::Complete(_) => true,
    }
}

/// What came of an entry.
pub(crate) enum Entered {
    /// It ran; its value or its error was shown.
    Ran,
    /// It asked to leave.
    Exit(Exit),
    /// It is no program.
    Refused(Source, Vec<Diagnostic>),
}

/// A session that keeps its names from entry to entry.
pub(crate) struct Interactive {
    session: Session,
}

impl Interactive {
    /// A new session.
    pub(crate) fn new(flags: RunFlags, stack_size: usize) -> Interactive {
        let mut session = Session::new(Options {
            argv: vec![String::new()],
            virtual_time: flags.virtual_time,
            denied: flags.denied,
            script_name: "<stdin>".to_owned(),
            script_dir: Some(Path::new("").to_path_buf()),
            stack_size,
            schedule_seed: None,
            draw: Draw(Some(report::draw)),
            draw_traceback: traceback(flags.traceback),
            ..Options::default()
        });
        session.watch_signals();
        session.begin_prompt();
        Interactive { session }
    }

    /// Runs one entry and shows its value.
    pub(crate) fn enter(&mut self, entry: &str) -> Entered {
        let source = Source {
            name: "<stdin>".to_owned(),
            text: format!("{entry}\n"),
            dir: None,
        };
        let compiled = parse(&source).and_then(|module| {
            let options = aio_compile::Options {
                source: &source.text,
            };
            aio_compile::compile_interactive(&module, &options)
        });
        match compiled {
            Ok(program) => self.run(&source, &program),
            Err(diagnostics) => Entered::Refused(source, diagnostics),
        }
    }

    /// The session, for what a prompt needs besides.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn run(&mut self, source: &Source, program: &hir::Program) -> Entered {
        let ended = self
            .session
            .run_interactive(&source.name, &source.text, program);
        match ended {
            None => Entered::Ran,
            Some(outcome) => Entered::Exit(exit(outcome)),
        }
    }
}

fn parse(source: &Source) -> Result<ast::Module, Vec<Diagnostic>> {
    let parsed = aio_syntax::parse(&source.text);
    refuse(parsed.diagnostics)?;
    Ok(parsed.module)
}

fn compile(source: &Source) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_module(source, &parse(source)?)
}

fn compile_module(source: &Source, module: &ast::Module) -> Result<hir::Program, Vec<Diagnostic>> {
    let options = aio_compile::Options {
        source: &source.text,
    };
    aio_compile::compile(module, &options)
}

/// Stops at errors; warnings let the program run.
fn refuse(diagnostics: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if diagnostics.iter().any(Diagnostic::is_error) {
        Err(diagnostics)
    } else {
        Ok(())
    }
}

fn exit(outcome: Outcome) -> Exit {
    match outcome.killed_by_signal {
        Some(signal) => Exit::Signal(signal),
        // As the system does: the lowest eight bits.
        None => Exit::Code(outcome.exit_code.to_le_bytes()[0]),
    }
}
