//! Tasks: results that are asked for before the task had a turn, and work that is lost because
//! the program ends first.

use aio_compile::scope::ScopeTree;
use aio_syntax::ast::{Expr, ExprKind, FunctionDef, Stmt, StmtKind};
use aio_syntax::{Diagnostic, Span};

use crate::checker::{Checker, Place};
use crate::infer::Ty;
use aio_syntax::mistakes as code;
use aio_syntax::visit;

/// `t = create_task(...)` and then `t.result()` before anything was awaited.
pub(super) fn result_too_early<'a>(ctx: &mut Checker<'a, '_>, block: &'a [Stmt], place: Place<'a>) {
    // An eager task may have ended at once.
    if ctx.has_task_factory || !place.is_async {
        return;
    }
    for (index, stmt) in block.iter().enumerate() {
        let StmtKind::Assign { targets, value } = &stmt.kind else {
            continue;
        };
        let ([target], Ty::Task(_), ExprKind::Call { func, .. }) =
            (targets.as_slice(), ctx.ty(value, place), &value.kind)
        else {
            continue;
        };
        let ExprKind::Name { id } = &target.kind else {
            continue;
        };
        for later in &block[index + 1..] {
            if visit::awaits(later) || rebinds(later, id) {
                break;
            }
            let Some(call) = method_call(later, id, &["result", "exception"]) else {
                continue;
            };
            let quote = ctx.quote(func.span);
            let diagnostic = Diagnostic::error(code::RESULT_TOO_EARLY, "Result is not set.", call)
                .labeled("the task had no turn yet")
                .and_label(func.span, format!("`{quote}` only starts it"))
                .with_help(format!("`await {id}`"));
            ctx.report_raise("InvalidStateError", place, diagnostic);
            break;
        }
    }
}

/// `t.cancel()` and then `t.cancelled()` before anything was awaited.
pub(super) fn cancelled_too_early<'a>(
    ctx: &mut Checker<'a, '_>,
    block: &'a [Stmt],
    place: Place<'a>,
) {
    if !place.is_async {
        return;
    }
    for (index, stmt) in block.iter().enumerate() {
        let StmtKind::Expr { value } = &stmt.kind else {
            continue;
        };
        let ExprKind::Call { func, .. } = &value.kind else {
            continue;
        };
        let ExprKind::Attribute { value: task, attr } = &func.kind else {
            continue;
        };
        let ExprKind::Name { id } = &task.kind else {
            continue;
        };
        if &*attr.name != "cancel" || !matches!(ctx.ty(task, place), Ty::Task(_)) {
            continue;
        }
        for later in &block[index + 1..] {
            if visit::awaits(later) {
                break;
            }
            let Some(call) = method_call(later, id, &["cancelled"]) else {
                continue;
            };
            ctx.report(
                Diagnostic::warning(
                    code::CANCELLED_TOO_EARLY,
                    "`cancel()` only asks: the task stops at its next turn",
                    call,
                )
                .as_hint()
                .labeled("still False here")
                .and_label(value.span, "asked here")
                .with_help(format!(
                    "`await {id}` between them, in a `try` with `except CancelledError`"
                )),
            );
            break;
        }
    }
}

fn rebinds(stmt: &Stmt, name: &str) -> bool {
    match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets
            .iter()
            .any(|target| matches!(&target.kind, ExprKind::Name { id } if &**id == name)),
        _ => false,
    }
}

/// A call of one of the methods of `name` that certainly happens in the statement.
fn method_call(stmt: &Stmt, name: &str, methods: &[&str]) -> Option<Span> {
    let is_simple = matches!(
        stmt.kind,
        StmtKind::Expr { .. } | StmtKind::Assign { .. } | StmtKind::Return { .. }
    );
    let mut found = None;
    if is_simple {
        visit::any_in_stmt(stmt, &mut |expr| {
            let ExprKind::Call { func, .. } = &expr.kind else {
                return false;
            };
            if let ExprKind::Attribute { value, attr } = &func.kind
                && let ExprKind::Name { id } = &value.kind
                && &**id == name
                && methods.contains(&&*attr.name)
            {
                found = Some(expr.span);
            }
            found.is_some()
        });
    }
    found
}

/// A task made in the function that the program runs, which never waits again.
pub(super) fn lost<'a>(ctx: &mut Checker<'a, '_>, block: &'a [Stmt], place: Place<'a>) {
    if !place.is_async || ctx.has_task_factory || !is_entry(ctx, block, place) {
        return;
    }
    for (index, stmt) in block.iter().enumerate() {
        let (value, name) = match &stmt.kind {
            StmtKind::Expr { value } => (value, None),
            StmtKind::Assign { targets, value } => match targets.as_slice() {
                [target] => match &target.kind {
                    ExprKind::Name { id } => (value, Some(&**id)),
                    _ => continue,
                },
                _ => continue,
            },
            _ => continue,
        };
        let ExprKind::Call { func, .. } = &value.kind else {
            continue;
        };
        if !matches!(ctx.ty(func, place), Ty::Library("asyncio", "create_task")) {
            continue;
        }
        let rest = &block[index + 1..];
        if rest.iter().any(visit::awaits) || rest.iter().any(|later| mentions(later, name)) {
            continue;
        }
        let help = match name {
            Some(name) => format!("`await {name}` at the end"),
            None => format!(
                "`task = {}`, and `await task` at the end",
                ctx.quote(value.span)
            ),
        };
        ctx.report(
            Diagnostic::error(
                code::TASK_LOST,
                "this task never runs: the program ends before it gets a turn",
                func.span,
            )
            .labeled("nothing is awaited after this")
            .with_help(help),
        );
    }
}

fn mentions(stmt: &Stmt, name: Option<&str>) -> bool {
    name.is_some_and(|name| {
        visit::any_in_stmt(
            stmt,
            &mut |expr| matches!(&expr.kind, ExprKind::Name { id } if &**id == name),
        )
    })
}

/// Whether the block is the whole body of the function given to `run`, or the whole program.
fn is_entry<'a>(ctx: &Checker<'a, '_>, block: &'a [Stmt], place: Place<'a>) -> bool {
    match place.function {
        None => {
            place.scope == ScopeTree::MODULE && std::ptr::eq(block, &raw const *ctx.module.body)
        }
        Some(node) => std::ptr::eq(block, &raw const *node.body) && is_run_at_end(ctx, node),
    }
}

/// Whether the last statement of the file is `run(node())`, guarded or not.
fn is_run_at_end<'a>(ctx: &Checker<'a, '_>, node: &'a FunctionDef) -> bool {
    let Some(mut last) = ctx.module.body.last() else {
        return false;
    };
    if let StmtKind::If { branches, orelse } = &last.kind
        && let ([branch], []) = (branches.as_slice(), orelse.as_slice())
        && let [only] = branch.body.as_slice()
    {
        last = only;
    }
    let StmtKind::Expr { value } = &last.kind else {
        return false;
    };
    let ExprKind::Call { func, args } = &value.kind else {
        return false;
    };
    let inference = ctx.inference();
    let is_run = matches!(
        inference.ty(func, ScopeTree::MODULE),
        Ty::Library("asyncio", "run")
    );
    let main = args.first().map(|arg| &arg.value);
    is_run
        && main.is_some_and(|main: &'a Expr| match &main.kind {
            ExprKind::Call { func, .. } => matches!(
                inference.ty(func, ScopeTree::MODULE),
                Ty::Function(found) if std::ptr::eq(found, node)
            ),
            _ => false,
        })
}
