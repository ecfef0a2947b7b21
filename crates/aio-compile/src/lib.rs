//! From the syntax tree to the resolved tree and to coroutine state machines.
//!
//! In reading order: [`hir`] (what comes out), [`scope`] (which variable a name means), `lower`
//! (syntax tree → resolved tree), `coroutine` (bodies that suspend → state machines), [`dump`]
//! (both in readable form), `errors` (what the compiler refuses, in CPython's words).

mod coroutine;
pub mod dump;
mod errors;
pub mod hir;
mod lower;
mod prelude;
pub mod scope;

use aio_syntax::{Diagnostic, ast};
use errors::{Errors, code};
use scope::ScopeTree;

pub use dump::{dump_hir, dump_states};
pub use prelude::PRELUDE;

/// What the compiler needs to know besides the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The text that the tree was parsed from; annotations that are kept as text come from it.
    pub source: &'a str,
}

/// Compiles a file (a script or an imported module).
pub fn compile(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_exec(module, options)
}

/// Compiles what `exec` runs: as [`compile`].
pub fn compile_exec(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_module(module, options, lower::Goal::Exec)
}

/// Compiles what `exec` runs with a dict of locals besides that of globals: the names of the top
/// level are [`hir::Place::ClassVar`], looked up in the locals first and bound there.
pub fn compile_exec_with_locals(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_module(module, options, lower::Goal::Namespace)
}

/// Compiles a line of the REPL: when its last statement is an expression, running the program
/// gives its value (otherwise `None`).
pub fn compile_interactive(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_module(module, options, lower::Goal::Interactive)
}

/// Compiles what `eval` evaluates: a module of a single expression statement, whose value running
/// the program gives.
pub fn compile_eval(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_expression(module, options, lower::Goal::Exec)
}

/// Compiles what `eval` evaluates with a dict of locals: see [`compile_exec_with_locals`].
pub fn compile_eval_with_locals(
    module: &ast::Module,
    options: &Options<'_>,
) -> Result<hir::Program, Vec<Diagnostic>> {
    compile_expression(module, options, lower::Goal::Namespace)
}

/// The scopes of a file, for checks that need to know what a name means.
pub fn scopes(module: &ast::Module) -> Result<ScopeTree, Vec<Diagnostic>> {
    let mut errors = Errors::default();
    let tree = analyze(module, &mut errors);
    if errors.is_empty() {
        Ok(tree)
    } else {
        Err(errors.into_vec())
    }
}

fn analyze(module: &ast::Module, errors: &mut Errors) -> ScopeTree {
    let mut tree = scope::collect(module, errors);
    tree.resolve_all(errors);
    tree
}

fn compile_module(
    module: &ast::Module,
    options: &Options<'_>,
    goal: lower::Goal,
) -> Result<hir::Program, Vec<Diagnostic>> {
    let mut errors = Errors::default();
    let tree = analyze(module, &mut errors);
    if !errors.is_empty() {
        return Err(errors.into_vec());
    }
    let code = lower::lower_module(module, &tree, options, goal, &mut errors);
    finish(code, errors)
}

fn finish(code: std::rc::Rc<hir::Code>, errors: Errors) -> Result<hir::Program, Vec<Diagnostic>> {
    if errors.is_empty() {
        Ok(hir::Program { code })
    } else {
        Err(errors.into_vec())
    }
}

fn compile_expression(
    module: &ast::Module,
    options: &Options<'_>,
    goal: lower::Goal,
) -> Result<hir::Program, Vec<Diagnostic>> {
    let mut errors = Errors::default();
    let [
        ast::Stmt {
            kind: ast::StmtKind::Expr { value },
            ..
        },
    ] = module.body.as_slice()
    else {
        errors.report(code::OUTSIDE_FUNCTION, module.span, "invalid syntax");
        return Err(errors.into_vec());
    };
    let tree = analyze(module, &mut errors);
    if !errors.is_empty() {
        return Err(errors.into_vec());
    }
    let code = lower::lower_eval(value, &tree, options, goal, &mut errors);
    finish(code, errors)
}
