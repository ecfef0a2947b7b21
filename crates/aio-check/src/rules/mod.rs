//! The rules: one file per family of mistakes.
//!
//! In reading order: `forgotten` (coroutines that nothing runs), `uses` (coroutines and tasks
//! used as their results), `conditions` (coroutines as truth), `awaits` (`await` on the wrong
//! thing), `keywords` (`for` or `async for`), `calls` (arguments of `asyncio`'s functions,
//! blocking calls), `tasks` (results too early, work that is lost), `loops` (one after
//! another), `cancellation`, `races` (shared state, locks).

mod awaits;
mod calls;
mod cancellation;
mod conditions;
mod forgotten;
mod keywords;
mod loops;
pub(crate) mod races;
mod tasks;
mod uses;

use aio_compile::scope::ScopeKind;
use aio_syntax::ast::{Comprehension, Expr, FunctionDef, Stmt};

use crate::checker::{Checker, Place};
use crate::infer::{Callee, Certainty, Origin};

/// Rules about what follows what.
pub(crate) fn block<'a>(ctx: &mut Checker<'a, '_>, block: &'a [Stmt], place: Place<'a>) {
    awaits::twice(ctx, block, place);
    tasks::result_too_early(ctx, block, place);
    tasks::cancelled_too_early(ctx, block, place);
    tasks::lost(ctx, block, place);
    races::read_modify_write(ctx, block, place);
}

/// Rules about one statement.
pub(crate) fn stmt<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    forgotten::statement(ctx, stmt, place);
    uses::statement(ctx, stmt, place);
    conditions::statement(ctx, stmt, place);
    keywords::statement(ctx, stmt, place);
    loops::statement(ctx, stmt, place);
    races::augmented(ctx, stmt, place);
}

/// Rules about one expression.
pub(crate) fn expr<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    awaits::expression(ctx, expr, place);
    uses::expression(ctx, expr, place);
    conditions::expression(ctx, expr, place);
    calls::expression(ctx, expr, place);
    loops::expression(ctx, expr, place);
}

/// Rules about a `for` in a comprehension: its iterable stands in `around`, its conditions
/// in `inner`.
pub(crate) fn generator<'a>(
    ctx: &mut Checker<'a, '_>,
    generator: &'a Comprehension,
    around: Place<'a>,
    inner: Place<'a>,
) {
    keywords::generator(ctx, generator, around);
    for test in &generator.ifs {
        conditions::condition(ctx, test, inner);
    }
}

/// Rules about a whole function, whose body is `place`.
pub(crate) fn function<'a>(ctx: &mut Checker<'a, '_>, node: &'a FunctionDef, place: Place<'a>) {
    cancellation::swallowed(ctx, node, place);
}

impl<'a> Checker<'a, '_> {
    /// The name of what made a coroutine, as in CPython's messages.
    pub(crate) fn qualified(&self, callee: Callee<'a>) -> String {
        match callee {
            Callee::Library(name) => name.to_owned(),
            Callee::LibraryMethod(class, name) => format!("{class}.{name}"),
            Callee::Function(node) => {
                let mut parts = vec![node.name.name.to_string()];
                let own = self.tree.function_scope(node);
                let mut at = own.and_then(|scope| self.tree.scope(scope).parent);
                while let Some(id) = at {
                    let scope = self.tree.scope(id);
                    match scope.kind {
                        ScopeKind::Function | ScopeKind::Lambda => {
                            parts.push("<locals>".to_owned());
                            parts.push(scope.name.to_string());
                        }
                        ScopeKind::Class => parts.push(scope.name.to_string()),
                        ScopeKind::Module
                        | ScopeKind::ListComp
                        | ScopeKind::SetComp
                        | ScopeKind::DictComp
                        | ScopeKind::GenExpr
                        | ScopeKind::TypeParams => {}
                    }
                    at = scope.parent;
                }
                parts.reverse();
                parts.join(".")
            }
        }
    }
}

/// The same with the definition of an async function as second place, if it is of this file.
fn with_definition(
    diagnostic: aio_syntax::Diagnostic,
    origin: &Origin<'_>,
) -> aio_syntax::Diagnostic {
    let diagnostic = match origin.callee {
        Callee::Function(node) => diagnostic.and_label(
            node.name.span,
            format!("`{}` is an `async def`", node.name.name),
        ),
        Callee::Library(_) | Callee::LibraryMethod(..) => diagnostic,
    };
    match origin.certainty {
        Certainty::Sure => diagnostic,
        Certainty::Likely => diagnostic.as_hint(),
    }
}

/// How to await here: where no `await` may stand, the function has to change too.
fn edit(place: Place<'_>, text: &str) -> String {
    let function = place.function.map(|node| &*node.name.name);
    aio_syntax::wording::edit(place.is_async, function, text)
}
