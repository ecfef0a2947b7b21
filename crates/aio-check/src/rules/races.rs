//! Hints about state that tasks share: read before an await and written after it, and locks
//! that are taken in opposite orders.

use aio_compile::scope::{ScopeKind, ScopeTree};
use aio_syntax::ast::{Expr, ExprKind, FunctionDef, Stmt, StmtKind};
use aio_syntax::{Diagnostic, Span};

use crate::checker::{Checker, Place};
use aio_syntax::mistakes as code;
use aio_syntax::visit;

/// `t = total`, then an await, then `total = t + 1`.
pub(super) fn read_modify_write<'a>(
    ctx: &mut Checker<'a, '_>,
    block: &'a [Stmt],
    place: Place<'a>,
) {
    let Some(function) = place.function.filter(|_| place.is_async) else {
        return;
    };
    if holds_lock(&function.body, block) {
        return;
    }
    for (index, stmt) in block.iter().enumerate() {
        let StmtKind::Assign { targets, value } = &stmt.kind else {
            continue;
        };
        let [target] = targets.as_slice() else {
            continue;
        };
        let ExprKind::Name { id: local } = &target.kind else {
            continue;
        };
        let Some(shared) = shared(ctx, value, place) else {
            continue;
        };
        let rest = &block[index + 1..];
        let Some(pause) = rest.iter().position(visit::awaits) else {
            continue;
        };
        let write = rest[pause + 1..].iter().find(|later| {
            writes(later, &shared, ctx.source).is_some_and(|value| uses(value, local))
        });
        if let Some(write) = write {
            race(ctx, &shared, value.span, rest[pause].span, write.span);
        }
    }
}

/// `total += await f()`: `total` is read first.
pub(super) fn augmented<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    let StmtKind::AugAssign { target, value, .. } = &stmt.kind else {
        return;
    };
    let Some(function) = place.function.filter(|_| place.is_async) else {
        return;
    };
    let Some(awaited) = first_await(value) else {
        return;
    };
    let Some(shared) = shared(ctx, target, place) else {
        return;
    };
    if holds_lock(&function.body, std::slice::from_ref(stmt)) {
        return;
    }
    let message = format!("`{shared}` is read before this await and written after it");
    ctx.report(
        Diagnostic::warning(code::RACE, message, target.span)
            .as_hint()
            .labeled("what other tasks write in between is lost")
            .and_label(awaited, "other tasks run here")
            .with_help(format!(
                "await first, then change `{shared}`; or hold a lock"
            )),
    );
}

fn first_await(value: &Expr) -> Option<Span> {
    let mut found = None;
    visit::any_in_expr(value, &mut |expr| {
        if let ExprKind::Await { .. } = &expr.kind {
            found = Some(expr.span);
        }
        found.is_some()
    });
    found
}

fn race(ctx: &mut Checker<'_, '_>, shared: &str, read: Span, pause: Span, write: Span) {
    let first_line = pause
        .text(ctx.source)
        .split('\n')
        .next()
        .unwrap_or_default();
    let length = u32::try_from(first_line.len()).unwrap_or(u32::MAX);
    let pause = Span::new(pause.start, pause.start + length);
    let message = format!("`{shared}` is read before an await and written after it");
    ctx.report(
        Diagnostic::warning(code::RACE, message, write)
            .as_hint()
            .labeled("what other tasks wrote in between is lost")
            .and_label(read, "read here")
            .and_label(pause, "other tasks run here")
            .with_help(format!(
                "read and write `{shared}` after the await; or hold a lock"
            )),
    );
}

/// How the program writes a variable that other tasks see too: a global, or `self.x`.
fn shared<'a>(ctx: &Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) -> Option<String> {
    match &expr.kind {
        ExprKind::Name { id } => {
            let owner = ctx.tree.owner(place.scope, id);
            let symbol = ctx.tree.scope(place.scope).symbol(id)?;
            let is_outer = owner == ScopeTree::MODULE && symbol.is_global
                || symbol.is_nonlocal && ctx.tree.scope(owner).kind == ScopeKind::Function;
            is_outer.then(|| id.to_string())
        }
        ExprKind::Attribute { value, attr } => match &value.kind {
            ExprKind::Name { id } if &**id == "self" => Some(format!("self.{}", attr.name)),
            _ => None,
        },
        _ => None,
    }
}

/// The value if the statement assigns to `shared`.
fn writes<'a>(stmt: &'a Stmt, shared: &str, source: &str) -> Option<&'a Expr> {
    match &stmt.kind {
        StmtKind::Assign { targets, value } => targets
            .iter()
            .any(|target| target.span.text(source) == shared)
            .then_some(value),
        _ => None,
    }
}

fn uses(value: &Expr, name: &str) -> bool {
    visit::any_in_expr(
        value,
        &mut |expr| matches!(&expr.kind, ExprKind::Name { id } if &**id == name),
    )
}

/// Whether the block stands inside an `async with` of the body: whatever that is, it may be a
/// lock.
fn holds_lock(body: &[Stmt], block: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::With(node) if node.is_async => contains(&node.body, block),
        _ => visit::blocks(stmt)
            .into_iter()
            .any(|inner| holds_lock(inner, block)),
    })
}

fn contains(outer: &[Stmt], block: &[Stmt]) -> bool {
    let (Some(first), Some(last), Some(wanted)) = (outer.first(), outer.last(), block.first())
    else {
        return false;
    };
    first.span.start <= wanted.span.start && wanted.span.start < last.span.end
}

/// An `async with` inside another one: the names of the two locks and their places.
struct Pair {
    outer: String,
    inner: String,
    outer_span: Span,
    inner_span: Span,
    function: String,
}

/// Two functions that take the same two locks, each the other's second one first.
pub(crate) fn lock_orders(ctx: &mut Checker<'_, '_>) {
    let mut pairs = Vec::new();
    let module = ctx.module;
    for stmt in &module.body {
        definitions(stmt, ctx.source, &mut pairs);
    }
    let mut found = Vec::new();
    for (index, pair) in pairs.iter().enumerate() {
        let opposite = pairs[..index]
            .iter()
            .find(|other| other.outer == pair.inner && other.inner == pair.outer);
        if let Some(other) = opposite {
            found.push(opposite_orders(pair, other));
        }
    }
    for diagnostic in found {
        ctx.report(diagnostic);
    }
}

fn opposite_orders(pair: &Pair, other: &Pair) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` take `{}` and `{}` in opposite orders",
        other.function, pair.function, other.outer, other.inner
    );
    Diagnostic::warning(code::LOCK_ORDER, message, pair.inner_span)
        .as_hint()
        .labeled(format!("`{}` while `{}` is held", pair.inner, pair.outer))
        .and_label(pair.outer_span, format!("takes `{}` first", pair.outer))
        .and_label(other.outer_span, format!("takes `{}` first", other.outer))
        .and_label(
            other.inner_span,
            format!("`{}` while `{}` is held", other.inner, other.outer),
        )
        .with_help("take the locks in the same order everywhere")
}

fn definitions(stmt: &Stmt, source: &str, pairs: &mut Vec<Pair>) {
    match &stmt.kind {
        StmtKind::FunctionDef(node) => {
            let mut held = Vec::new();
            locks(node, &node.body, source, &mut held, pairs);
            for inner in &node.body {
                definitions(inner, source, pairs);
            }
        }
        StmtKind::ClassDef(node) => {
            for inner in &node.body {
                definitions(inner, source, pairs);
            }
        }
        _ => {}
    }
}

fn locks(
    function: &FunctionDef,
    body: &[Stmt],
    source: &str,
    held: &mut Vec<(String, Span)>,
    pairs: &mut Vec<Pair>,
) {
    for stmt in body {
        let before = held.len();
        if let StmtKind::With(node) = &stmt.kind
            && node.is_async
        {
            for item in &node.items {
                let expr = &item.context_expr;
                if matches!(
                    expr.kind,
                    ExprKind::Name { .. } | ExprKind::Attribute { .. }
                ) {
                    let name = expr.span.text(source).to_owned();
                    pairs.extend(held.iter().map(|(outer, span)| Pair {
                        outer: outer.clone(),
                        inner: name.clone(),
                        outer_span: *span,
                        inner_span: expr.span,
                        function: function.name.name.to_string(),
                    }));
                    held.push((name, expr.span));
                }
            }
        }
        for block in visit::blocks(stmt) {
            locks(function, block, source, held, pairs);
        }
        held.truncate(before);
    }
}
