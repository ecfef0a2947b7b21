//! Calls: what is given to the functions of `asyncio`, calls that stop the event loop, and
//! coroutines that are printed.

use aio_compile::scope::ScopeTree;
use aio_syntax::Diagnostic;
use aio_syntax::ast::{Arg, ArgKind, Expr, ExprKind};

use super::with_definition;
use crate::checker::{Checker, Place};
use crate::infer::{Flavor, Ty};
use crate::library;
use aio_syntax::mistakes as code;

/// Every call.
pub(super) fn expression<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    match &expr.kind {
        ExprKind::Call { func, args } => call(ctx, expr, func, args, place),
        ExprKind::FormattedValue { value, .. } => shown(ctx, value, place),
        _ => {}
    }
}

fn call<'a>(
    ctx: &mut Checker<'a, '_>,
    expr: &'a Expr,
    func: &'a Expr,
    args: &'a [Arg],
    place: Place<'a>,
) {
    match ctx.ty(func, place) {
        Ty::Library("asyncio", name) => asyncio(ctx, expr, func, name, args, place),
        Ty::LibraryMethod("TaskGroup", "create_task") => {
            first(ctx, "TypeError", args, place);
        }
        Ty::Library("time", "sleep") if place.in_loop && place.function.is_some() => {
            blocking_sleep(ctx, func, args);
        }
        Ty::Builtin("input") if place.in_loop && place.function.is_some() => {
            blocking_input(ctx, func);
        }
        Ty::Builtin("print") => {
            for arg in args.iter().filter(|arg| arg.kind == ArgKind::Positional) {
                shown(ctx, &arg.value, place);
            }
        }
        Ty::Unknown => {
            // Any object's `create_task` wants a coroutine; but whose it is, is a guess.
            if let ExprKind::Attribute { attr, .. } = &func.kind
                && matches!(&*attr.name, "create_task" | "run_until_complete")
                && let Some(arg) = args.first()
                && let Some(diagnostic) = not_called(ctx, arg, place, "a coroutine was expected")
            {
                ctx.report(diagnostic.as_hint());
            }
        }
        _ => {}
    }
}

fn asyncio<'a>(
    ctx: &mut Checker<'a, '_>,
    expr: &'a Expr,
    func: &'a Expr,
    name: &str,
    args: &'a [Arg],
    place: Place<'a>,
) {
    match name {
        "create_task" | "ensure_future" => {
            first(ctx, "TypeError", args, place);
            no_loop(ctx, func, name, args, place);
        }
        "shield" => first(ctx, "TypeError", args, place),
        "wait_for" => first(ctx, "TypeError", args, place),
        "run" => {
            first(ctx, "ValueError", args, place);
            run_inside(ctx, expr, func, args, place);
        }
        "gather" => gather(ctx, args, place),
        "wait" => wait(ctx, args, place),
        _ => {}
    }
}

/// The first argument has to be awaitable.
fn first<'a>(ctx: &mut Checker<'a, '_>, exception: &str, args: &'a [Arg], place: Place<'a>) {
    let Some(arg) = args.first() else {
        return;
    };
    if let Some(diagnostic) = not_called(ctx, arg, place, "a coroutine was expected") {
        ctx.report_raise(exception, place, diagnostic);
    }
}

/// An argument that is a function where its coroutine is wanted, or no awaitable at all.
fn not_called<'a>(
    ctx: &Checker<'a, '_>,
    arg: &'a Arg,
    place: Place<'a>,
    expected: &str,
) -> Option<Diagnostic> {
    if arg.kind != ArgKind::Positional {
        return None;
    }
    let quote = ctx.quote(arg.value.span);
    let error =
        |code, got: &str| Diagnostic::error(code, format!("{expected}, got {got}"), arg.value.span);
    let called = |diagnostic: Diagnostic| {
        diagnostic
            .labeled("is an async function, not yet called")
            .with_help(format!("`{quote}()`"))
    };
    match ctx.ty(&arg.value, place) {
        Ty::Function(node) | Ty::Method(node, _) => {
            let got = format!("<function {}>", node.name.name);
            Some(match ctx.inference().flavor(node) {
                Flavor::Coroutine => called(error(code::NOT_CALLED, &got)).and_label(
                    node.name.span,
                    format!("`{}` is an `async def`", node.name.name),
                ),
                Flavor::AsyncGenerator | Flavor::Generator | Flavor::Plain => {
                    error(code::NOT_AWAITABLE, &got)
                        .labeled("is no coroutine")
                        .and_label(
                            node.name.span,
                            format!("`{}` is not an `async def`", node.name.name),
                        )
                        .with_help(format!("make it `async def {}`", node.name.name))
                }
            })
        }
        Ty::Library("asyncio", name) if library::makes_coroutine(name) => {
            let got = format!("<function {name}>");
            Some(called(error(code::NOT_CALLED, &got)))
        }
        Ty::Plain(name) if name != "list" && name != "generator" => {
            let diagnostic = error(code::NOT_AWAITABLE, name).labeled("is no coroutine");
            Some(match &arg.value.kind {
                ExprKind::Call { func, .. } => match ctx.ty(func, place) {
                    Ty::Function(node) => diagnostic
                        .and_label(
                            node.name.span,
                            format!("`{}` is an ordinary `def`", node.name.name),
                        )
                        .with_help(format!("make it `async def {}`", node.name.name)),
                    _ => diagnostic,
                },
                _ => diagnostic,
            })
        }
        _ => None,
    }
}

fn gather<'a>(ctx: &mut Checker<'a, '_>, args: &'a [Arg], place: Place<'a>) {
    for arg in args {
        let expected = "an asyncio.Future, a coroutine or an awaitable is required";
        if let Some(diagnostic) = not_called(ctx, arg, place, expected) {
            ctx.report_raise("TypeError", place, diagnostic);
        }
    }
    let mut positional = args.iter().filter(|arg| arg.kind == ArgKind::Positional);
    let (Some(arg), None) = (positional.next(), positional.next()) else {
        return;
    };
    let is_collection = match &arg.value.kind {
        ExprKind::GeneratorExp { .. } => true,
        _ => matches!(ctx.ty(&arg.value, place), Ty::Plain("list" | "generator")),
    };
    if !is_collection {
        return;
    }
    let message = match &arg.value.kind {
        ExprKind::GeneratorExp { .. } => {
            "An asyncio.Future, a coroutine or an awaitable is required"
        }
        _ => "unhashable type: 'list'",
    };
    let quote = ctx.quote(arg.value.span);
    let text = if quote == "..." {
        "[...]".to_owned()
    } else {
        quote
    };
    let diagnostic = Diagnostic::error(code::GATHER_LIST, message, arg.value.span)
        .labeled("gather takes the awaitables one by one")
        .with_help(format!("`{}(*{text})`", ctx.asyncio("gather")));
    ctx.report_raise("TypeError", place, diagnostic);
}

fn wait<'a>(ctx: &mut Checker<'a, '_>, args: &'a [Arg], place: Place<'a>) {
    let Some(arg) = args.first() else {
        return;
    };
    let element = match &arg.value.kind {
        ExprKind::List { elts } | ExprKind::Set { elts } | ExprKind::Tuple { elts } => elts.first(),
        ExprKind::ListComp { elt, .. } | ExprKind::SetComp { elt, .. } => Some(&**elt),
        _ => None,
    };
    let Some(element) = element else {
        return;
    };
    let Ty::Coroutine(origin) = ctx.ty(element, place) else {
        return;
    };
    let call = ctx.quote(origin.call.span);
    let create = ctx.asyncio("create_task");
    let diagnostic = Diagnostic::error(
        code::WAIT_COROUTINES,
        "Passing coroutines is forbidden, use tasks explicitly.",
        element.span,
    )
    .labeled("is a coroutine; wait takes tasks")
    .with_help(format!("`{create}({call})`"));
    ctx.report_raise("TypeError", place, with_definition(diagnostic, &origin));
}

fn run_inside<'a>(
    ctx: &mut Checker<'a, '_>,
    expr: &'a Expr,
    func: &'a Expr,
    args: &'a [Arg],
    place: Place<'a>,
) {
    // At the top level of a program that awaits there, the call may stand before any of it.
    let Some(function) = place.function.filter(|_| place.in_loop) else {
        return;
    };
    let inner = args.first().map(|arg| ctx.quote(arg.value.span));
    let inner = inner.unwrap_or_else(|| "...".to_owned());
    let diagnostic = Diagnostic::error(
        code::RUN_INSIDE_LOOP,
        "asyncio.run() cannot be called from a running event loop",
        func.span,
    )
    .labeled("starts a second event loop inside the first")
    .and_label(function.name.span, "already runs in an event loop")
    .with_help(format!("`await {inner}`"));
    ctx.report_raise("RuntimeError", place, diagnostic);
    ctx.explain(expr.span);
}

fn no_loop<'a>(
    ctx: &mut Checker<'a, '_>,
    func: &'a Expr,
    name: &str,
    args: &'a [Arg],
    place: Place<'a>,
) {
    let is_top = place.function.is_none() && place.scope == ScopeTree::MODULE;
    if !is_top || place.in_loop || name != "create_task" {
        return;
    }
    let inner = args.first().map(|arg| ctx.quote(arg.value.span));
    let inner = inner.unwrap_or_else(|| "...".to_owned());
    let diagnostic = Diagnostic::error(code::NO_LOOP, "no running event loop", func.span)
        .labeled("a task needs an event loop that runs")
        .with_help(format!(
            "`{}({inner})`, or create the task inside an `async def`",
            ctx.asyncio("run")
        ));
    ctx.report_raise("RuntimeError", place, diagnostic);
}

fn blocking_sleep<'a>(ctx: &mut Checker<'a, '_>, func: &'a Expr, args: &'a [Arg]) {
    let delay = args.first().map(|arg| ctx.quote(arg.value.span));
    let delay = delay.unwrap_or_else(|| "...".to_owned());
    let help = format!("`await {}({delay})`", ctx.asyncio("sleep"));
    ctx.report(
        Diagnostic::warning(
            code::BLOCKING_SLEEP,
            "`time.sleep` stops the whole event loop",
            func.span,
        )
        .labeled("no other task runs until it returns")
        .with_help(help),
    );
}

fn blocking_input<'a>(ctx: &mut Checker<'a, '_>, func: &'a Expr) {
    let help = format!("`await {}(input, ...)`", ctx.asyncio("to_thread"));
    ctx.report(
        Diagnostic::warning(
            code::BLOCKING_INPUT,
            "`input` stops the whole event loop",
            func.span,
        )
        .as_hint()
        .labeled("no other task runs until a line is typed")
        .with_help(help),
    );
}

/// A value that is only shown: a coroutine there was meant as its result.
fn shown<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>) {
    let (origin, is_list, shown) = match &value.kind {
        ExprKind::Call { func, args } => {
            if let Some(function) = mapped(ctx, func, args, place) {
                list_of_coroutines(ctx, value, function, place);
                return;
            }
            match ctx.ty(value, place) {
                Ty::Coroutine(origin) => (origin, false, value),
                _ => return,
            }
        }
        ExprKind::ListComp { elt, .. } => {
            // Its names are those of the comprehension.
            let scope = ctx.tree.expr_scope(value).unwrap_or(place.scope);
            match ctx.ty(elt, Place { scope, ..place }) {
                Ty::Coroutine(origin) => (origin, true, value),
                _ => return,
            }
        }
        _ => return,
    };
    let quote = ctx.quote(shown.span);
    let diagnostic = if is_list {
        Diagnostic::error(
            code::COROUTINES_SHOWN,
            "this shows coroutines, not their results",
            value.span,
        )
        .labeled("a list of coroutines that nothing runs")
        .with_help(super::edit(
            place,
            &format!("await {}(*{quote})", ctx.asyncio("gather")),
        ))
    } else {
        Diagnostic::error(
            code::COROUTINES_SHOWN,
            "this shows a coroutine, not its result",
            value.span,
        )
        .labeled("is a coroutine that nothing runs")
        .with_help(super::edit(place, &format!("await {quote}")))
    };
    ctx.report(with_definition(diagnostic, &origin));
}

/// The async function of `list(map(function, ...))`.
fn mapped<'a>(
    ctx: &Checker<'a, '_>,
    func: &'a Expr,
    args: &'a [Arg],
    place: Place<'a>,
) -> Option<&'a Expr> {
    let (Ty::Builtin("list" | "tuple"), [arg]) = (ctx.ty(func, place), args) else {
        return None;
    };
    let ExprKind::Call { func, args } = &arg.value.kind else {
        return None;
    };
    let function = &args.first()?.value;
    let Ty::Builtin("map") = ctx.ty(func, place) else {
        return None;
    };
    match ctx.ty(function, place) {
        Ty::Function(node) if ctx.inference().flavor(node) == Flavor::Coroutine => Some(function),
        _ => None,
    }
}

fn list_of_coroutines<'a>(
    ctx: &mut Checker<'a, '_>,
    value: &'a Expr,
    function: &'a Expr,
    place: Place<'a>,
) {
    let ExprKind::Call { args, .. } = &value.kind else {
        return;
    };
    let map = args.first().map(|arg| ctx.quote(arg.value.span));
    let text = format!(
        "await {}(*{})",
        ctx.asyncio("gather"),
        map.unwrap_or_default()
    );
    ctx.report(
        Diagnostic::error(
            code::COROUTINES_SHOWN,
            "this shows coroutines, not their results",
            value.span,
        )
        .labeled(format!(
            "a list of coroutines: `{}` is an async function",
            ctx.quote(function.span)
        ))
        .with_help(super::edit(place, &text)),
    );
}
