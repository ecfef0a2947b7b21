//! Cancellation that is swallowed: the task goes on although it was asked to stop.
//!
//! A handler for `CancelledError` around an await of *another* task is how to learn that the
//! other one ended, and right. Here is only spoken of handlers around waits of one's own, after
//! which the function waits again.

use aio_syntax::Diagnostic;
use aio_syntax::ast::{Expr, ExprKind, FunctionDef, Stmt, StmtKind, Try, With};

use crate::checker::{Checker, Place};
use crate::infer::Ty;
use aio_syntax::mistakes as code;
use aio_syntax::visit;

/// Looks at a whole function.
pub(super) fn swallowed<'a>(ctx: &mut Checker<'a, '_>, node: &'a FunctionDef, place: Place<'a>) {
    if node.is_async && !mentions_uncancel(&node.body) {
        block(ctx, &node.body, place, false);
    }
}

fn mentions_uncancel(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| {
        visit::any_in_stmt(
            stmt,
            &mut |expr| matches!(&expr.kind, ExprKind::Attribute { attr, .. } if matches!(&*attr.name, "uncancel" | "cancel")),
        )
    })
}

/// `waits_after`: whether something is awaited behind the block.
fn block<'a>(ctx: &mut Checker<'a, '_>, stmts: &'a [Stmt], place: Place<'a>, waits_after: bool) {
    for (index, stmt) in stmts.iter().enumerate() {
        let after = waits_after || stmts[index + 1..].iter().any(visit::awaits);
        match &stmt.kind {
            StmtKind::Try(node) => {
                guarded(ctx, node, place, after);
                block(ctx, &node.body, place, after);
            }
            // There a cancellation is how the time limit speaks.
            StmtKind::With(node) if node.is_async && has_limit(ctx, node, place) => {}
            StmtKind::For(node) => block(ctx, &node.body, place, true),
            StmtKind::While(node) => block(ctx, &node.body, place, true),
            _ => {
                for inner in visit::blocks(stmt) {
                    block(ctx, inner, place, after);
                }
            }
        }
    }
}

fn has_limit<'a>(ctx: &Checker<'a, '_>, node: &'a With, place: Place<'a>) -> bool {
    let mut items = node.items.iter();
    items.any(|item| matches!(ctx.ty(&item.context_expr, place), Ty::Instance("Timeout")))
}

/// `except CancelledError` around `wait_for`, where nothing else is caught and nobody cancels.
fn wrong_exception<'a>(ctx: &mut Checker<'a, '_>, node: &'a Try, place: Place<'a>) {
    let [handler] = node.handlers.as_slice() else {
        return;
    };
    let Some(type_) = handler.type_.as_ref().filter(|one| is_cancelled_error(one)) else {
        return;
    };
    if ctx.cancels {
        return;
    }
    let mut call = None;
    for stmt in &node.body {
        visit::any_in_stmt(stmt, &mut |expr| {
            if let ExprKind::Call { func, .. } = &expr.kind
                && let Ty::Library("asyncio", "wait_for") = ctx.ty(func, place)
            {
                call = Some(func.span);
            }
            call.is_some()
        });
    }
    let Some(call) = call else {
        return;
    };
    ctx.report(
        Diagnostic::warning(
            code::CANCELLATION_SWALLOWED,
            "a timeout is a `TimeoutError`; nothing here raises `CancelledError`",
            type_.span,
        )
        .as_hint()
        .labeled("never caught")
        .and_label(call, "raises `TimeoutError` when the time is up")
        .with_help("`except TimeoutError:`"),
    );
}

fn guarded<'a>(ctx: &mut Checker<'a, '_>, node: &'a Try, place: Place<'a>, waits_after: bool) {
    wrong_exception(ctx, node, place);
    if !waits_after || !node.body.iter().any(|stmt| waits_itself(ctx, stmt, place)) {
        return;
    }
    for handler in &node.handlers {
        let Some(type_) = handler.type_.as_ref().filter(|one| is_cancelled_error(one)) else {
            continue;
        };
        if leaves(&handler.body) {
            continue;
        }
        ctx.report(report(type_));
    }
}

fn report(type_: &Expr) -> Diagnostic {
    Diagnostic::warning(
        code::CANCELLATION_SWALLOWED,
        "this swallows the cancellation: `cancel()` on this task has no effect",
        type_.span,
    )
    .as_hint()
    .labeled("the task goes on after this")
    .with_help("clean up, then `raise`; for a timeout catch `TimeoutError`")
}

/// Whether the handler ends the body, one way or another.
fn leaves(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Raise { .. } | StmtKind::Return { .. } => true,
        _ => visit::blocks(stmt).into_iter().any(leaves),
    })
}

fn is_cancelled_error(type_: &Expr) -> bool {
    match &type_.kind {
        ExprKind::Name { id } => &**id == "CancelledError",
        ExprKind::Attribute { attr, .. } => &*attr.name == "CancelledError",
        _ => false,
    }
}

/// Whether the statement waits in this function's own name: it awaits a call of `sleep` or of a
/// method of a queue, an event and the like.
fn waits_itself<'a>(ctx: &Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) -> bool {
    visit::any_in_stmt(stmt, &mut |expr| match &expr.kind {
        ExprKind::Await { value } => match &value.kind {
            ExprKind::Call { func, .. } => matches!(
                ctx.ty(func, place),
                Ty::Library("asyncio", "sleep") | Ty::LibraryMethod(..)
            ),
            _ => false,
        },
        _ => false,
    })
}
