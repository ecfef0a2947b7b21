//! Coroutines that nothing runs: a call as a statement, or a name that is never read.

use aio_compile::scope::{ScopeId, ScopeKind};
use aio_syntax::Diagnostic;
use aio_syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

use super::{edit, with_definition};
use crate::checker::{Checker, Place};
use crate::infer::{Callee, Certainty, Origin, Ty};
use aio_syntax::mistakes as code;

/// A statement whose value is thrown away, or put where nobody looks.
pub(super) fn statement<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    match &stmt.kind {
        StmtKind::Expr { value } => discarded(ctx, value, place),
        StmtKind::Assign { targets, value } => {
            if let [target] = targets.as_slice() {
                unread(ctx, target, value, place);
            }
        }
        _ => {}
    }
}

fn discarded<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>) {
    match &value.kind {
        ExprKind::Tuple { elts } | ExprKind::List { elts } => {
            for elt in elts {
                discarded(ctx, elt, place);
            }
        }
        ExprKind::IfExp { body, orelse, .. } => {
            discarded(ctx, body, place);
            discarded(ctx, orelse, place);
        }
        ExprKind::Call { .. } => match ctx.ty(value, place) {
            Ty::Coroutine(origin) => never_awaited(ctx, value, &origin, place),
            Ty::AsyncGenerator(origin) => never_iterated(ctx, value, &origin),
            Ty::Gather(_) if place.is_async => gather_not_awaited(ctx, value, place),
            _ => {}
        },
        _ => {}
    }
}

fn never_awaited<'a>(
    ctx: &mut Checker<'a, '_>,
    call: &'a Expr,
    origin: &Origin<'a>,
    place: Place<'a>,
) {
    let name = ctx.qualified(origin.callee);
    let quote = ctx.quote(call.span);
    let is_main = place.function.is_none() && !place.is_async;
    let help = if is_main && origin.certainty == Certainty::Sure {
        format!("`{}({quote})`", ctx.asyncio("run"))
    } else {
        edit(place, &format!("await {quote}"))
    };
    let diagnostic = Diagnostic::error(
        code::NEVER_AWAITED,
        format!("coroutine '{name}' was never awaited"),
        call.span,
    )
    .labeled("makes a coroutine, but nothing runs it")
    .with_help(help);
    ctx.report(with_definition(diagnostic, origin));
}

fn never_iterated<'a>(ctx: &mut Checker<'a, '_>, call: &'a Expr, origin: &Origin<'a>) {
    let name = ctx.qualified(origin.callee);
    let quote = ctx.quote(call.span);
    let mut diagnostic = Diagnostic::error(
        code::NEVER_AWAITED,
        format!("async generator '{name}' was never iterated"),
        call.span,
    )
    .labeled("makes an async generator, but nothing runs it")
    .with_help(format!("`async for item in {quote}:`"));
    if let Callee::Function(node) = origin.callee {
        diagnostic = diagnostic.and_label(node.name.span, "holds a `yield`");
    }
    if origin.certainty == Certainty::Likely {
        diagnostic = diagnostic.as_hint();
    }
    ctx.report(diagnostic);
}

fn gather_not_awaited<'a>(ctx: &mut Checker<'a, '_>, call: &'a Expr, place: Place<'a>) {
    let ExprKind::Call { func, args } = &call.kind else {
        return;
    };
    let returns_exceptions = args.iter().any(|arg| {
        matches!(&arg.kind, aio_syntax::ast::ArgKind::Keyword(name)
            if &*name.name == "return_exceptions")
    });
    if returns_exceptions {
        return;
    }
    let help = edit(place, &format!("await {}", ctx.quote(call.span)));
    ctx.report(
        Diagnostic::warning(
            code::FUTURE_AS_RESULT,
            "this gather is not awaited: nobody waits for it, nor sees its errors",
            func.span,
        )
        .as_hint()
        .labeled("starts them and goes on at once")
        .with_help(help),
    );
}

/// `x = f()` in a function that never reads `x`.
fn unread<'a>(ctx: &mut Checker<'a, '_>, target: &'a Expr, value: &'a Expr, place: Place<'a>) {
    let ExprKind::Name { id } = &target.kind else {
        return;
    };
    let owner = ctx.tree.owner(place.scope, id);
    if owner != place.scope || ctx.tree.scope(owner).kind != ScopeKind::Function {
        return;
    }
    let Ty::Coroutine(origin) = ctx.ty(value, place) else {
        return;
    };
    if !matches!(value.kind, ExprKind::Call { .. }) || is_read(ctx, owner, id) {
        return;
    }
    let name = ctx.qualified(origin.callee);
    let quote = ctx.quote(value.span);
    let diagnostic = Diagnostic::error(
        code::NEVER_AWAITED,
        format!("coroutine '{name}' was never awaited"),
        value.span,
    )
    .labeled(format!("makes a coroutine, but `{id}` is never used"))
    .with_help(edit(place, &format!("{id} = await {quote}")));
    ctx.report(with_definition(diagnostic, &origin));
}

fn is_read(ctx: &Checker<'_, '_>, owner: ScopeId, name: &std::rc::Rc<str>) -> bool {
    let count = u32::try_from(ctx.tree.scopes().len()).unwrap_or(u32::MAX);
    (owner.0..count).map(ScopeId).any(|scope| {
        let symbol = ctx.tree.scope(scope).symbol(name);
        symbol.is_some_and(|symbol| symbol.is_used) && ctx.tree.owner(scope, name) == owner
    })
}
