//! `for` where `async for` is needed, `with` where `async with` is, and the reverse.

use aio_syntax::ast::{Comprehension, Expr, ExprKind, Stmt, StmtKind};
use aio_syntax::{Diagnostic, Span};

use crate::checker::{Checker, Place};
use crate::infer::{Callee, Ty};
use crate::library;
use aio_syntax::mistakes as code;

/// Types that `for` goes through and `async for` does not.
const ITERABLES: [&str; 10] = [
    "list",
    "tuple",
    "set",
    "dict",
    "str",
    "bytes",
    "range",
    "zip",
    "enumerate",
    "map",
];

/// Loops and `with`.
pub(super) fn statement<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    match &stmt.kind {
        StmtKind::For(node) => {
            iterated(ctx, &node.iter, node.is_async, stmt.span.start, place);
        }
        StmtKind::With(node) => {
            for item in &node.items {
                if node.is_async {
                    entered_async(ctx, &item.context_expr, stmt.span.start, place);
                } else {
                    entered(ctx, &item.context_expr, stmt.span.start, place);
                }
            }
        }
        StmtKind::Expr { .. } | StmtKind::Assign { .. } | StmtKind::Return { .. } => {}
        _ => {}
    }
}

/// The `for` of a comprehension.
pub(super) fn generator<'a>(
    ctx: &mut Checker<'a, '_>,
    generator: &'a Comprehension,
    place: Place<'a>,
) {
    let start = generator.span.start;
    iterated(ctx, &generator.iter, generator.is_async, start, place);
}

/// `list(numbers())`: a builtin that goes through an async generator.
pub(super) fn consumed<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>) {
    let Ty::AsyncGenerator(_) = ctx.ty(value, place) else {
        return;
    };
    let quote = ctx.quote(value.span);
    let diagnostic = Diagnostic::error(
        code::WRONG_KEYWORD,
        "'async_generator' object is not iterable",
        value.span,
    )
    .labeled("its values have to be waited for")
    .with_help(super::edit(
        place,
        &format!("[item async for item in {quote}]"),
    ));
    ctx.report_raise("TypeError", place, diagnostic);
}

fn iterated<'a>(
    ctx: &mut Checker<'a, '_>,
    iter: &'a Expr,
    is_async: bool,
    start: u32,
    place: Place<'a>,
) {
    let quote = ctx.quote(iter.span);
    let diagnostic = match (ctx.ty(iter, place), is_async) {
        (Ty::AsyncGenerator(origin), false) => {
            let keyword = Span::new(start, start + 3);
            let mut diagnostic = Diagnostic::error(
                code::WRONG_KEYWORD,
                "'async_generator' object is not iterable",
                keyword,
            )
            .labeled("cannot wait for the values")
            .with_help(super::edit(place, &format!("async for ... in {quote}")));
            if let Callee::Function(node) = origin.callee {
                let text = "an `async def` with a `yield`: an async generator";
                diagnostic = diagnostic.and_label(node.name.span, text);
            }
            diagnostic
        }
        (Ty::Plain(name), true) if ITERABLES.contains(&name) => not_async(name, iter, start),
        (Ty::Plain("generator"), true) => not_async("generator", iter, start),
        (Ty::Coroutine(origin), true) => {
            let message = "'async for' requires an object with __aiter__ method, got coroutine";
            let diagnostic = Diagnostic::error(code::USED_WITHOUT_AWAIT, message, iter.span)
                .labeled("is a coroutine, not its result")
                .with_help(super::edit(place, &format!("await {quote}")));
            super::with_definition(diagnostic, &origin)
        }
        _ => return,
    };
    ctx.report_raise("TypeError", place, diagnostic);
}

fn not_async(name: &str, iter: &Expr, start: u32) -> Diagnostic {
    Diagnostic::error(
        code::WRONG_KEYWORD,
        format!("'async for' requires an object with __aiter__ method, got {name}"),
        Span::new(start, start + 5),
    )
    .labeled("nothing to wait for here")
    .and_label(iter.span, format!("{name}: its values are already here"))
    .with_help("drop `async`")
}

fn entered<'a>(ctx: &mut Checker<'a, '_>, manager: &'a Expr, start: u32, place: Place<'a>) {
    let Ty::Instance(class) = ctx.ty(manager, place) else {
        return;
    };
    if !library::is_async_manager(class) {
        return;
    }
    let quote = ctx.quote(manager.span);
    let diagnostic = Diagnostic::error(
        code::WRONG_KEYWORD,
        format!("'{class}' object does not support the context manager protocol"),
        Span::new(start, start + 4),
    )
    .labeled("cannot wait here")
    .and_label(manager.span, format!("{class} of asyncio"))
    .with_help(super::edit(place, &format!("async with {quote}:")));
    ctx.report_raise("TypeError", place, diagnostic);
}

fn entered_async<'a>(ctx: &mut Checker<'a, '_>, manager: &'a Expr, start: u32, place: Place<'a>) {
    let protocol = "does not support the asynchronous context manager protocol";
    let diagnostic = match ctx.ty(manager, place) {
        Ty::Plain(name)
            if matches!(manager.kind, ExprKind::Call { .. } | ExprKind::Name { .. }) =>
        {
            Diagnostic::error(
                code::WRONG_KEYWORD,
                format!("'{name}' object {protocol}"),
                Span::new(start, start + 5),
            )
            .labeled("nothing to wait for here")
            .and_label(manager.span, format!("{name}, not async"))
            .with_help("drop `async`")
        }
        Ty::Coroutine(origin) => {
            let quote = ctx.quote(manager.span);
            let diagnostic = Diagnostic::error(
                code::USED_WITHOUT_AWAIT,
                format!("'coroutine' object {protocol}"),
                manager.span,
            )
            .labeled("is a coroutine, not its result")
            .with_help(format!("`async with await {quote}:`"));
            super::with_definition(diagnostic, &origin)
        }
        _ => return,
    };
    ctx.report_raise("TypeError", place, diagnostic);
}
