//! Targets: what may be assigned to, deleted, looped over.
//!
//! A target is parsed as an expression and judged afterwards; trying a target
//! first would mean reading every statement twice.

use chumsky::prelude::*;

use super::cursor::{index, peek};
use super::expression::{Level, operation, starred, tuple_from};
use super::state::State;
use super::{Answer, In, Parse};
use crate::ast::{Constant, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::token::Tok;

/// The targets of a `for`: `a, *b`.
pub(super) fn star_targets<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_star_targets)
}

fn parse_star_targets(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let first = parse_star_target(inp)?;
    let target = if peek(inp) == Tok::Comma {
        tuple_from(inp, start, first, parse_star_target)?
    } else {
        first
    };
    // Anything but `in` behind the target makes another message more helpful.
    if peek(inp) == Tok::In {
        check_assignable(inp.state(), &target);
    }
    Ok(target)
}

/// One target, not judged.
pub(super) fn parse_star_target(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) == Tok::Star {
        starred(inp, |inp| operation(inp, Level::BitwiseOr))
    } else {
        operation(inp, Level::BitwiseOr)
    }
}

/// Reports the first part of `target` that cannot be assigned to.
pub(super) fn check_assignable(state: &mut State<'_>, target: &Expr) -> bool {
    check(state, target, "assign to")
}

/// Reports the first part of `target` that cannot be deleted.
pub(super) fn check_deletable(state: &mut State<'_>, target: &Expr) {
    check(state, target, "delete");
}

fn check(state: &mut State<'_>, target: &Expr, what: &str) -> bool {
    let Some(invalid) = first_invalid(target, what == "delete") else {
        return true;
    };
    let name = expression_name(invalid);
    let error = Diagnostic::error(code::TARGET, format!("cannot {what} {name}"), invalid.span);
    state.report(error);
    false
}

/// The first part of a target that is no name, attribute or subscript.
pub(super) fn first_invalid(target: &Expr, is_delete: bool) -> Option<&Expr> {
    match &target.kind {
        ExprKind::Name { .. } | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => None,
        ExprKind::Tuple { elts } | ExprKind::List { elts } => {
            elts.iter().find_map(|elt| first_invalid(elt, is_delete))
        }
        ExprKind::Starred { value } if !is_delete => first_invalid(value, is_delete),
        _ => Some(target),
    }
}

/// What CPython's messages call an expression.
pub(super) fn expression_name(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Attribute { .. } => "attribute",
        ExprKind::Subscript { .. } => "subscript",
        ExprKind::Starred { .. } => "starred",
        ExprKind::Name { .. } => "name",
        ExprKind::List { .. } => "list",
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::Lambda { .. } => "lambda",
        ExprKind::Call { .. } => "function call",
        ExprKind::BoolOp { .. } | ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } => "expression",
        ExprKind::GeneratorExp { .. } => "generator expression",
        ExprKind::Yield { .. } | ExprKind::YieldFrom { .. } => "yield expression",
        ExprKind::Await { .. } => "await expression",
        ExprKind::ListComp { .. } => "list comprehension",
        ExprKind::SetComp { .. } => "set comprehension",
        ExprKind::DictComp { .. } => "dict comprehension",
        ExprKind::Dict { .. } => "dict literal",
        ExprKind::Set { .. } => "set display",
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "f-string expression",
        ExprKind::Compare { .. } => "comparison",
        ExprKind::IfExp { .. } => "conditional expression",
        ExprKind::NamedExpr { .. } => "named expression",
        ExprKind::Slice { .. } => "slice",
        ExprKind::Constant(constant) => match constant {
            Constant::None => "None",
            Constant::True => "True",
            Constant::False => "False",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(_)
            | Constant::BigInt(_)
            | Constant::Float(_)
            | Constant::Imaginary(_)
            | Constant::Str(_)
            | Constant::Bytes(_) => "literal",
        },
    }
}
