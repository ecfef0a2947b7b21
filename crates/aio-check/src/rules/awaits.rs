//! `await` on the wrong thing: on more than the call, on a function, on what is no awaitable,
//! on a coroutine that is already used up.

use aio_syntax::ast::{Expr, ExprKind, FunctionDef, Stmt, StmtKind};
use aio_syntax::{Diagnostic, Span};

use crate::checker::{Checker, Place};
use crate::infer::{Callee, Flavor, Origin, Ty};
use crate::library;
use aio_syntax::mistakes as code;
use aio_syntax::visit;

/// An `await`.
pub(super) fn expression<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    let ExprKind::Await { value } = &expr.kind else {
        return;
    };
    let keyword = Span::new(expr.span.start, expr.span.start + 5);
    if too_wide(ctx, value, place) {
        return;
    }
    match ctx.ty(value, place) {
        Ty::Function(node) | Ty::Method(node, _) => function(ctx, keyword, value, node, place),
        Ty::Library("asyncio", name) if library::makes_coroutine(name) => {
            let diagnostic = not_called(ctx, value, "function");
            ctx.report_raise("TypeError", place, diagnostic);
        }
        Ty::LibraryMethod(class, name) if library::method_makes_coroutine(class, name) => {
            let diagnostic = not_called(ctx, value, "method");
            ctx.report_raise("TypeError", place, diagnostic);
        }
        Ty::AsyncGenerator(origin) => async_generator(ctx, value, &origin, place),
        Ty::Instance(class) => instance(ctx, value, class, place),
        Ty::Plain(name) => plain(ctx, keyword, value, name, place),
        _ => {}
    }
}

/// `await get()[0]`: what follows the call belongs to the operand of `await`.
fn too_wide<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>) -> bool {
    let mut inner = value;
    let mut around = None;
    loop {
        let next = match &inner.kind {
            ExprKind::Subscript { value, .. } | ExprKind::Attribute { value, .. } => value,
            ExprKind::Call { func, .. } => match &func.kind {
                ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => func,
                _ => break,
            },
            _ => break,
        };
        around = Some(inner);
        inner = next;
    }
    let Some(mut around) = around else {
        return false;
    };
    // A method of an object whose class is known is not the end of the chain.
    if !matches!(inner.kind, ExprKind::Call { .. }) {
        return false;
    }
    let Ty::Coroutine(origin) = ctx.ty(inner, place) else {
        return false;
    };
    if let ExprKind::Call { func, .. } = &around.kind {
        around = func;
    }
    let message = match &around.kind {
        ExprKind::Attribute { attr, .. } if is_of_coroutines(&attr.name) => return false,
        ExprKind::Attribute { attr, .. } => {
            format!("'coroutine' object has no attribute '{}'", attr.name)
        }
        _ => "'coroutine' object is not subscriptable".to_owned(),
    };
    let rest = Span::new(inner.span.end, value.span.end);
    let call = ctx.quote(inner.span);
    let diagnostic = Diagnostic::error(code::AWAIT_TOO_WIDE, message, rest)
        .labeled(format!("`await` applies to `{}`", ctx.quote(value.span)))
        .with_help(format!("`(await {call}){}`", rest.text(ctx.source)));
    let diagnostic = super::with_definition(diagnostic, &origin);
    ctx.report_raise("TypeError", place, diagnostic);
    ctx.explain(inner.span);
    true
}

fn is_of_coroutines(attr: &str) -> bool {
    matches!(attr, "send" | "throw" | "close") || attr.starts_with("cr_") || attr.starts_with("__")
}

fn function<'a>(
    ctx: &mut Checker<'a, '_>,
    keyword: Span,
    value: &'a Expr,
    node: &'a FunctionDef,
    place: Place<'a>,
) {
    let what = match value.kind {
        ExprKind::Attribute { .. } => "method",
        _ => "function",
    };
    let diagnostic = match ctx.inference().flavor(node) {
        Flavor::Coroutine => not_called(ctx, value, what).and_label(
            node.name.span,
            format!("`{}` is an `async def`", node.name.name),
        ),
        Flavor::AsyncGenerator => not_called(ctx, value, what)
            .with_help(format!("`async for item in {}():`", ctx.quote(value.span))),
        Flavor::Plain | Flavor::Generator => Diagnostic::error(
            code::NOT_AWAITABLE,
            format!("object {what} can't be used in 'await' expression"),
            keyword,
        )
        .labeled("there is nothing to wait for")
        .and_label(
            node.name.span,
            format!("`{}` is an ordinary `def`", node.name.name),
        )
        .with_help(format!("`{}()`, without `await`", ctx.quote(value.span))),
    };
    ctx.report_raise("TypeError", place, diagnostic);
}

fn not_called<'a>(ctx: &Checker<'a, '_>, value: &'a Expr, what: &str) -> Diagnostic {
    let quote = ctx.quote(value.span);
    Diagnostic::error(
        code::NOT_CALLED,
        format!("object {what} can't be used in 'await' expression"),
        value.span,
    )
    .labeled("is an async function, not yet called")
    .with_help(format!("`await {quote}()`"))
}

fn async_generator<'a>(
    ctx: &mut Checker<'a, '_>,
    value: &'a Expr,
    origin: &Origin<'a>,
    place: Place<'a>,
) {
    let quote = ctx.quote(origin.call.span);
    let mut diagnostic = Diagnostic::error(
        code::NOT_AWAITABLE,
        "object async_generator can't be used in 'await' expression",
        value.span,
    )
    .labeled("gives many values, not one")
    .with_help(format!("`async for item in {quote}:`"));
    if let Callee::Function(node) = origin.callee {
        diagnostic = diagnostic.and_label(node.name.span, "holds a `yield`");
    }
    ctx.report_raise("TypeError", place, diagnostic);
}

fn instance<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, class: &str, place: Place<'a>) {
    let quote = ctx.quote(value.span);
    let help = match class {
        "Event" | "Barrier" => format!("`await {quote}.wait()`"),
        "Queue" | "LifoQueue" | "PriorityQueue" => format!("`await {quote}.get()`"),
        _ => format!("`async with {quote}:`"),
    };
    let diagnostic = Diagnostic::error(
        code::NOT_AWAITABLE,
        format!("object {class} can't be used in 'await' expression"),
        value.span,
    )
    .labeled(format!("is {} {class}", article(class)))
    .with_help(help);
    ctx.report_raise("TypeError", place, diagnostic);
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn plain<'a>(
    ctx: &mut Checker<'a, '_>,
    keyword: Span,
    value: &'a Expr,
    name: &'static str,
    place: Place<'a>,
) {
    let message = format!("object {name} can't be used in 'await' expression");
    let diagnostic = Diagnostic::error(code::NOT_AWAITABLE, message, keyword)
        .labeled("there is nothing to wait for");
    let quote = ctx.quote(value.span);
    let diagnostic = match &value.kind {
        ExprKind::Call { func, .. } => match ctx.ty(func, place) {
            Ty::Function(node) | Ty::Method(node, _) => diagnostic
                .and_label(
                    node.name.span,
                    format!("an ordinary `def`; its result ({name}) is already here"),
                )
                .with_help(format!(
                    "remove `await`, or make it `async def {}`",
                    node.name.name
                )),
            Ty::Library("time", "sleep") => {
                diagnostic.with_help(format!("`await {}(...)`", ctx.asyncio("sleep")))
            }
            _ => diagnostic.with_help(format!("`{quote}`, without `await`")),
        },
        ExprKind::List { elts } | ExprKind::Tuple { elts } | ExprKind::Set { elts } => {
            let makes = |elt| matches!(ctx.ty(elt, place), Ty::Coroutine(_) | Ty::Task(_));
            if elts.iter().any(makes) {
                let gather = ctx.asyncio("gather");
                diagnostic.with_help(format!(
                    "`await {gather}(*...)`, which waits for all of them"
                ))
            } else {
                diagnostic.with_help("remove `await`")
            }
        }
        ExprKind::ListComp { .. } => {
            let gather = ctx.asyncio("gather");
            diagnostic.with_help(format!("`await {gather}(*{quote})`"))
        }
        _ => diagnostic.with_help("remove `await`"),
    };
    ctx.report_raise("TypeError", place, diagnostic);
}

/// Two awaits of one coroutine, one after the other.
pub(super) fn twice<'a>(ctx: &mut Checker<'a, '_>, block: &'a [Stmt], place: Place<'a>) {
    let mut seen: Vec<(&'a str, Span)> = Vec::new();
    for stmt in block {
        // Only what certainly runs: the statement's own expressions.
        let mut here = Vec::new();
        if !matches!(stmt.kind, StmtKind::While(_)) {
            visit::for_each_expr(stmt, &mut |expr| names_awaited(expr, &mut here));
        }
        for (name, value) in here {
            let Ty::Coroutine(origin) = ctx.ty(value, place) else {
                continue;
            };
            let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) else {
                seen.push((name, value.span));
                continue;
            };
            let call = ctx.quote(origin.call.span);
            let create = ctx.asyncio("create_task");
            let diagnostic = Diagnostic::error(
                code::AWAITED_TWICE,
                "cannot reuse already awaited coroutine",
                value.span,
            )
            .labeled("a coroutine runs only once")
            .and_label(*first, "first awaited here")
            .with_help(format!(
                "keep the result, or `{name} = {create}({call})`: a task can be awaited twice"
            ));
            ctx.report_raise("RuntimeError", place, diagnostic);
        }
    }
}

fn names_awaited<'a>(expr: &'a Expr, found: &mut Vec<(&'a str, &'a Expr)>) {
    match &expr.kind {
        ExprKind::Await { value } => {
            if let ExprKind::Name { id } = &value.kind {
                found.push((id, value));
            }
            names_awaited(value, found);
        }
        // Runs later, often, or perhaps not at all.
        ExprKind::Lambda { .. }
        | ExprKind::ListComp { .. }
        | ExprKind::SetComp { .. }
        | ExprKind::DictComp { .. }
        | ExprKind::GeneratorExp { .. }
        | ExprKind::IfExp { .. }
        | ExprKind::BoolOp { .. } => {}
        _ => visit::for_each_child(expr, &mut |child| names_awaited(child, found)),
    }
}
