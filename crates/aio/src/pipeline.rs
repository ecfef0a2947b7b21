//! The seam between the command and the other crates: text in, effect out.
//!
//! No other module of the command knows how the stages are called.

use aio_syntax::Diagnostic;

use crate::Exit;
use crate::args::Stage;
use crate::source::Source;

/// How to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptions {
    /// The program's `sys.argv`.
    pub(crate) argv: Vec<String>,
    /// Whether time passes only when everybody waits.
    pub(crate) virtual_time: bool,
}

/// Runs a program; `Err` if it is refused, in which case nothing ran.
pub(crate) fn run(source: &Source, options: RunOptions) -> Result<Exit, Vec<Diagnostic>> {
    let _ = (source, options.argv, options.virtual_time);
    Ok(Exit::OK)
}

/// Everything that can be said about a program without running it.
pub(crate) fn check(source: &Source) -> Vec<Diagnostic> {
    let _ = source;
    Vec::new()
}

/// What one stage makes of a program.
pub(crate) fn dump(stage: Stage, source: &Source) -> Result<String, Vec<Diagnostic>> {
    let _ = (stage, source);
    Ok(String::new())
}
