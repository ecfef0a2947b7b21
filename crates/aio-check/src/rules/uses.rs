//! Coroutines, gathers and tasks that are used as if they were their results.

use aio_syntax::ast::{CmpOp, Expr, ExprKind, Operator, Stmt, StmtKind};
use aio_syntax::{Diagnostic, Span};

use super::{edit, with_definition};
use crate::checker::{Checker, Place};
use crate::infer::{Origin, Ty};
use aio_syntax::mistakes as code;

/// Builtins that go through their first argument.
const CONSUMERS: [&str; 10] = [
    "list",
    "tuple",
    "set",
    "sorted",
    "sum",
    "max",
    "min",
    "enumerate",
    "any",
    "all",
];

/// How a value is used where its result was meant.
struct Use<'m> {
    /// CPython's message, in which `{}` is the type.
    message: &'m str,
    /// What stands around the value in the mended program; `{}` is the value.
    mended: Mended,
}

#[derive(Clone, Copy)]
enum Mended {
    /// `await value`
    Bare,
    /// `(await value)`
    Parenthesized,
}

/// Statements that take a value apart.
pub(super) fn statement<'a>(ctx: &mut Checker<'a, '_>, stmt: &'a Stmt, place: Place<'a>) {
    match &stmt.kind {
        StmtKind::Assign { targets, value } => {
            let unpacks = targets.iter().any(|target| {
                matches!(target.kind, ExprKind::Tuple { .. } | ExprKind::List { .. })
            });
            if unpacks {
                let message = "cannot unpack non-iterable {} object";
                used(ctx, value, place, &bare(message));
            }
        }
        StmtKind::For(node) if !node.is_async => {
            used(ctx, &node.iter, place, &bare("'{}' object is not iterable"));
        }
        StmtKind::AugAssign { value, op, .. } => {
            let message = format!("unsupported operand for {}=: '{{}}'", symbol(*op));
            used(ctx, value, place, &bare(&message));
        }
        _ => {}
    }
}

fn bare(message: &str) -> Use<'_> {
    Use {
        message,
        mended: Mended::Bare,
    }
}

fn parenthesized(message: &str) -> Use<'_> {
    Use {
        message,
        mended: Mended::Parenthesized,
    }
}

/// Operators, subscripts, attributes, calls.
pub(super) fn expression<'a>(ctx: &mut Checker<'a, '_>, expr: &'a Expr, place: Place<'a>) {
    match &expr.kind {
        ExprKind::BinOp { left, op, right } => binary(ctx, left, *op, right, place),
        ExprKind::UnaryOp {
            op: aio_syntax::ast::UnaryOp::USub,
            operand,
        } => used(
            ctx,
            operand,
            place,
            &bare("bad operand type for unary -: '{}'"),
        ),
        ExprKind::Compare { left, comparators } => {
            let mut before: &'a Expr = left;
            for comparator in comparators {
                comparison(ctx, before, comparator.op, &comparator.value, place);
                before = &comparator.value;
            }
        }
        ExprKind::Subscript { value, .. } => {
            let message = "'{}' object is not subscriptable";
            used(ctx, value, place, &parenthesized(message));
        }
        ExprKind::Attribute { value, attr } => attribute(ctx, value, &attr.name, place),
        ExprKind::Call { func, args } => {
            if matches!(func.kind, ExprKind::Call { .. }) {
                let message = "'{}' object is not callable";
                used(ctx, func, place, &parenthesized(message));
            }
            let first = args.first().filter(|arg| arg.span == arg.value.span);
            if let (Some(arg), Ty::Builtin(name)) = (first, ctx.ty(func, place)) {
                argument(ctx, name, &arg.value, place);
            }
        }
        ExprKind::Starred { value } => {
            used(
                ctx,
                value,
                place,
                &bare("Value after * must be an iterable, not {}"),
            );
        }
        _ => {}
    }
}

fn argument<'a>(ctx: &mut Checker<'a, '_>, name: &str, value: &'a Expr, place: Place<'a>) {
    match name {
        "len" => used(ctx, value, place, &bare("object of type '{}' has no len()")),
        "int" | "float" => {
            let message =
                format!("{name}() argument must be a string or a real number, not '{{}}'");
            used(ctx, value, place, &bare(&message));
        }
        _ if CONSUMERS.contains(&name) => {
            super::keywords::consumed(ctx, value, place);
            used(ctx, value, place, &bare("'{}' object is not iterable"));
        }
        _ => {}
    }
}

fn binary<'a>(
    ctx: &mut Checker<'a, '_>,
    left: &'a Expr,
    op: Operator,
    right: &'a Expr,
    place: Place<'a>,
) {
    let name = |ctx: &Checker<'a, '_>, expr| type_name(ctx.ty(expr, place));
    let sign = match op {
        Operator::Pow => "** or pow()",
        _ => symbol(op),
    };
    let message = match (name(ctx, left), name(ctx, right)) {
        (Some(left), Some(right)) => {
            format!("unsupported operand type(s) for {sign}: '{left}' and '{right}'")
        }
        (Some(one), None) | (None, Some(one)) => {
            format!("unsupported operand type for {sign}: '{one}'")
        }
        (None, None) => return,
    };
    used(ctx, left, place, &bare(&message));
    if result_type(ctx.ty(left, place)).is_none() {
        used(ctx, right, place, &bare(&message));
    }
}

fn comparison<'a>(
    ctx: &mut Checker<'a, '_>,
    left: &'a Expr,
    op: CmpOp,
    right: &'a Expr,
    place: Place<'a>,
) {
    let sign = match op {
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::In | CmpOp::NotIn => {
            let message = "argument of type '{}' is not iterable";
            return used(ctx, right, place, &bare(message));
        }
        CmpOp::Eq | CmpOp::NotEq | CmpOp::Is | CmpOp::IsNot => return,
    };
    let message = format!("'{sign}' not supported: one side is a '{{}}'");
    used(ctx, left, place, &bare(&message));
    used(ctx, right, place, &bare(&message));
}

fn attribute<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, attr: &str, place: Place<'a>) {
    let Ty::Coroutine(_) = ctx.ty(value, place) else {
        return;
    };
    let is_real = matches!(attr, "send" | "throw" | "close")
        || attr.starts_with("cr_")
        || attr.starts_with("__");
    if !is_real {
        let message = format!("'{{}}' object has no attribute '{attr}'");
        used(ctx, value, place, &parenthesized(&message));
    }
}

/// Reports `value` if it is a coroutine, a gather or a task.
fn used<'a>(ctx: &mut Checker<'a, '_>, value: &'a Expr, place: Place<'a>, how: &Use<'_>) {
    let ty = ctx.ty(value, place);
    let Some(name) = result_type(ty) else {
        return;
    };
    let message = how.message.replace("{}", name);
    let diagnostic = match ty {
        Ty::Coroutine(origin) => coroutine(ctx, value, &origin, place, message, how.mended),
        Ty::Gather(call) | Ty::Task(call) => {
            let is_gather = matches!(ty, Ty::Gather(_));
            future(ctx, value, call, is_gather, place, message, how.mended)
        }
        _ => return,
    };
    ctx.report_raise("TypeError", place, diagnostic);
}

fn coroutine<'a>(
    ctx: &Checker<'a, '_>,
    value: &'a Expr,
    origin: &Origin<'a>,
    place: Place<'a>,
    message: String,
    mended: Mended,
) -> Diagnostic {
    let quote = ctx.quote(origin.call.span);
    let diagnostic = Diagnostic::error(code::USED_WITHOUT_AWAIT, message, value.span);
    if let ExprKind::Name { id } = &value.kind {
        let help = edit(place, &format!("{id} = await {quote}"));
        let diagnostic = diagnostic
            .labeled("is a coroutine, not its result")
            .and_label(origin.call.span, "called here without `await`")
            .with_help(help);
        return match origin.certainty {
            crate::infer::Certainty::Sure => diagnostic,
            crate::infer::Certainty::Likely => diagnostic.as_hint(),
        };
    }
    let text = in_parentheses(&format!("await {quote}"), mended);
    let diagnostic = diagnostic
        .labeled("is a coroutine, not its result")
        .with_help(edit(place, &text));
    with_definition(diagnostic, origin)
}

fn future<'a>(
    ctx: &Checker<'a, '_>,
    value: &'a Expr,
    call: Span,
    is_gather: bool,
    place: Place<'a>,
    message: String,
    mended: Mended,
) -> Diagnostic {
    let what = if is_gather {
        "is a gather still running, not its results"
    } else {
        "is a task, not its result"
    };
    let diagnostic = Diagnostic::error(code::FUTURE_AS_RESULT, message, value.span).labeled(what);
    match &value.kind {
        ExprKind::Name { id } if is_gather => diagnostic
            .and_label(call, "not awaited")
            .with_help(edit(place, &format!("{id} = await {}", ctx.quote(call)))),
        ExprKind::Name { id } => diagnostic
            .and_label(call, "made here")
            .with_help(edit(place, &in_parentheses(&format!("await {id}"), mended))),
        _ => {
            let text = format!("await {}", ctx.quote(value.span));
            diagnostic.with_help(edit(place, &in_parentheses(&text, mended)))
        }
    }
}

fn in_parentheses(text: &str, mended: Mended) -> String {
    match mended {
        Mended::Bare => text.to_owned(),
        Mended::Parenthesized => format!("({text})"),
    }
}

/// The type's name if the value is something whose result was meant.
fn result_type(ty: Ty<'_>) -> Option<&'static str> {
    match ty {
        Ty::Coroutine(_) => Some("coroutine"),
        Ty::Gather(_) => Some("_GatheringFuture"),
        Ty::Task(_) => Some("_asyncio.Task"),
        _ => None,
    }
}

fn type_name(ty: Ty<'_>) -> Option<&'static str> {
    match ty {
        Ty::Plain(name) => Some(name),
        _ => result_type(ty),
    }
}

fn symbol(op: Operator) -> &'static str {
    match op {
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mult => "*",
        Operator::MatMult => "@",
        Operator::Div => "/",
        Operator::Mod => "%",
        Operator::Pow => "**",
        Operator::LShift => "<<",
        Operator::RShift => ">>",
        Operator::BitOr => "|",
        Operator::BitXor => "^",
        Operator::BitAnd => "&",
        Operator::FloorDiv => "//",
    }
}
