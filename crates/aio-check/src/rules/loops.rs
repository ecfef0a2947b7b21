//! Hints about code that runs one after another where it could run together, and about results
//! that are collected for nothing.

use aio_syntax::Diagnostic;
use aio_syntax::ast::{Arg, ArgKind, Expr, ExprKind, FunctionDef, Stmt, StmtKind};

use crate::checker::{Checker, Place};
use crate::infer::{Callee, Ty};
use aio_syntax::mistakes as code;
use aio_syntax::visit;

/// Loops that collect, and gathers whose results are dropped.
pub(super) fn statement<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    match &stmt.kind {
        StmtKind::For(node) if !node.is_async => {
            if let [only] = node.body.as_slice()
                && let Some((list, awaited)) = appended(only)
            {
                let header = ctx.quote(node.target.span);
                let iter = ctx.quote(node.iter.span);
                let around = format!("for {header} in {iter}");
                sequential(ctx, awaited, Some(list), &around, place);
            }
        }
        StmtKind::Expr { value } => exceptions_discarded(ctx, value, place),
        _ => {}
    }
}

/// Comprehensions, and tasks that are awaited at once.
pub(super) fn expression<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    match &expr.kind {
        ExprKind::ListComp { elt, generators } => {
            if let ([generator], ExprKind::Await { .. }) = (generators.as_slice(), &elt.kind)
                && !generator.is_async
                && generator.ifs.is_empty()
            {
                let scope = ctx.tree.expr_scope(expr).unwrap_or(place.scope);
                let around = ctx.quote(generator.span);
                sequential(ctx, elt, None, &around, Place { scope, ..place });
            }
        }
        ExprKind::Await { value } => {
            if let ExprKind::Call { func, args } = &value.kind
                && let Ty::Library("asyncio", "create_task") = ctx.ty(func, place)
                && let [arg] = args.as_slice()
            {
                awaited_at_once(ctx, func, arg);
            }
        }
        _ => {}
    }
}

/// `list.append(await call)`: the name of the list and the `await`.
fn appended(stmt: &Stmt) -> Option<(&str, &Expr)> {
    let StmtKind::Expr { value } = &stmt.kind else {
        return None;
    };
    let ExprKind::Call { func, args } = &value.kind else {
        return None;
    };
    let (ExprKind::Attribute { value: list, attr }, [arg]) = (&func.kind, args.as_slice()) else {
        return None;
    };
    let ExprKind::Name { id } = &list.kind else {
        return None;
    };
    let is_await = matches!(arg.value.kind, ExprKind::Await { .. });
    (&*attr.name == "append" && is_await).then_some((&**id, &arg.value))
}

fn sequential<'a>(
    ctx: &mut Checker<'a, '_>,
    awaited: &'a Expr,
    list: Option<&str>,
    around: &str,
    place: Place<'a>,
) {
    let ExprKind::Await { value } = &awaited.kind else {
        return;
    };
    let Ty::Coroutine(origin) = ctx.ty(value, place) else {
        return;
    };
    let Callee::Function(node) = origin.callee else {
        return;
    };
    if !is_independent(node) {
        return;
    }
    let call = ctx.quote(value.span);
    let gathered = format!("await {}(*[{call} {around}])", ctx.asyncio("gather"));
    let help = match list {
        Some(list) => format!("`{list} = {gathered}`"),
        None => format!("`{gathered}`"),
    };
    ctx.report(
        Diagnostic::warning(
            code::SEQUENTIAL,
            "these awaits run one after another; they could run together",
            awaited.span,
        )
        .as_hint()
        .labeled("the next one begins when this one has ended")
        .with_help(help),
    );
}

/// Whether the order in which calls of the function run cannot be seen: it waits, and otherwise
/// only computes.
fn is_independent(node: &FunctionDef) -> bool {
    let waits = node.body.iter().any(visit::awaits);
    waits
        && !node.body.iter().any(|stmt| {
            has_effect(stmt)
                || visit::any_in_stmt(stmt, &mut |expr| match &expr.kind {
                    ExprKind::Call { func, .. } => !is_harmless(func),
                    _ => false,
                })
        })
}

fn is_harmless(func: &Expr) -> bool {
    match &func.kind {
        ExprKind::Name { id } => matches!(
            &**id,
            "sleep" | "len" | "str" | "int" | "range" | "sum" | "max" | "min" | "float"
        ),
        ExprKind::Attribute { attr, .. } => &*attr.name == "sleep",
        _ => false,
    }
}

fn has_effect(stmt: &Stmt) -> bool {
    let here = match &stmt.kind {
        StmtKind::Global { .. } | StmtKind::Nonlocal { .. } | StmtKind::Raise { .. } => true,
        StmtKind::Assign { targets, .. } => targets.iter().any(is_shared),
        StmtKind::AugAssign { target, .. } => is_shared(target),
        StmtKind::With(_) | StmtKind::Delete { .. } | StmtKind::Try(_) => true,
        _ => false,
    };
    here || visit::blocks(stmt).into_iter().flatten().any(has_effect)
}

fn is_shared(target: &Expr) -> bool {
    !matches!(target.kind, ExprKind::Name { .. } | ExprKind::Tuple { .. })
}

fn awaited_at_once<'a>(ctx: &mut Checker<'a, '_>, func: &'a Expr, arg: &'a Arg) {
    let call = ctx.quote(arg.value.span);
    ctx.report(
        Diagnostic::warning(
            code::AWAITED_AT_ONCE,
            "this task is awaited at once, so nothing else here runs beside it",
            func.span,
        )
        .as_hint()
        .labeled("made and awaited in one go")
        .with_help(format!(
            "`await {call}`, or create all the tasks before you await the first"
        )),
    );
}

fn exceptions_discarded<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>) {
    let ExprKind::Await { value } = &value.kind else {
        return;
    };
    let ExprKind::Call { func, args } = &value.kind else {
        return;
    };
    if !matches!(ctx.ty(func, place), Ty::Library("asyncio", "gather")) {
        return;
    }
    let returns_exceptions = args.iter().any(
        |arg| matches!(&arg.kind, ArgKind::Keyword(name) if &*name.name == "return_exceptions"),
    );
    // Gathering tasks that were cancelled is how to wait for their end.
    let only_calls = args
        .iter()
        .filter(|arg| !matches!(arg.kind, ArgKind::Keyword(_)))
        .all(|arg| matches!(ctx.ty(&arg.value, place), Ty::Coroutine(_)));
    if !returns_exceptions || !only_calls {
        return;
    }
    let quote = ctx.quote(value.span);
    ctx.report(
        Diagnostic::warning(
            code::EXCEPTIONS_DISCARDED,
            "exceptions are put into this list, and the list is thrown away",
            func.span,
        )
        .as_hint()
        .labeled("an error in one of them is never seen")
        .with_help(format!("`results = await {quote}`, and look at them")),
    );
}
