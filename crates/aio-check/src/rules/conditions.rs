//! Coroutines where a truth value is meant: they are always true, and equal to nothing.

use aio_syntax::Diagnostic;
use aio_syntax::ast::{CmpOp, Expr, ExprKind, Stmt, StmtKind, UnaryOp};

use super::{edit, with_definition};
use crate::checker::{Checker, Place};
use crate::infer::Ty;
use aio_syntax::mistakes as code;

/// Statements with a condition.
pub(super) fn statement<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    match &stmt.kind {
        StmtKind::If { branches, .. } => {
            for branch in branches {
                condition(ctx, &branch.test, place);
            }
        }
        StmtKind::While(node) => condition(ctx, &node.test, place),
        StmtKind::Assert { test, .. } => condition(ctx, test, place),
        _ => {}
    }
}

/// Expressions with a condition.
pub(super) fn expression<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    match &expr.kind {
        ExprKind::UnaryOp {
            op: UnaryOp::Not,
            operand,
        } => condition(ctx, operand, place),
        ExprKind::IfExp { test, .. } => condition(ctx, test, place),
        ExprKind::BoolOp { values, .. } => {
            // The last one is a value, and whoever takes the value looks at it.
            let tests = values.split_last().map_or(&[][..], |(_, tests)| tests);
            for test in tests {
                condition(ctx, test, place);
            }
        }
        ExprKind::Compare { left, comparators } => {
            let [comparator] = comparators.as_slice() else {
                return;
            };
            let answer = match comparator.op {
                CmpOp::Eq => "a coroutine is never equal to a value",
                CmpOp::NotEq => "a coroutine is always unequal to a value",
                _ => return,
            };
            for side in [left, &comparator.value] {
                if matches!(side.kind, ExprKind::Call { .. }) {
                    report(ctx, side, place, answer);
                }
            }
        }
        _ => {}
    }
}

/// An expression of which only the truth counts.
pub(super) fn condition<'a>(ctx: &mut Checker<'a, '_>, test: &'a Expr, place: Place<'a>) {
    if let ExprKind::BoolOp { values, .. } = &test.kind {
        if let Some(last) = values.last() {
            condition(ctx, last, place);
        }
        return;
    }
    report(ctx, test, place, "a coroutine is always true");
}

fn report<'a>(ctx: &mut Checker<'a, '_>, test: &'a Expr, place: Place<'a>, message: &str) {
    let Ty::Coroutine(origin) = ctx.ty(test, place) else {
        return;
    };
    let diagnostic = Diagnostic::error(code::ALWAYS_TRUE, message, test.span)
        .labeled("is a coroutine, not its result");
    let quote = ctx.quote(origin.call.span);
    let diagnostic = match &test.kind {
        ExprKind::Name { id } => diagnostic
            .and_label(origin.call.span, "called here without `await`")
            .with_help(edit(place, &format!("{id} = await {quote}"))),
        _ => with_definition(
            diagnostic.with_help(edit(place, &format!("await {quote}"))),
            &origin,
        ),
    };
    ctx.report(diagnostic);
}
