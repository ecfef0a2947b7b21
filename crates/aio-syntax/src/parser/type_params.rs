//! Type parameters: `[T: bound = default, *Ts, **P]`.

use chumsky::prelude::*;

use super::cursor::{eat, expect, index, name, peek};
use super::expression::{expression, parse_star_expression};
use super::state::State;
use super::{Answer, In, Parse};
use crate::ast::{Expr, ExprKind, TypeParam, TypeParamKind};
use crate::diagnostic::{Diagnostic, code};
use crate::token::Tok;

/// The parameters with their brackets, or nothing.
pub(super) fn type_params<'t>() -> impl Parse<'t, Vec<TypeParam>> + Copy {
    custom(parse_type_params)
}

fn parse_type_params(inp: &mut In<'_, '_>) -> Answer<Vec<TypeParam>> {
    let mut made = Vec::new();
    if !eat(inp, Tok::LSqb) {
        return Ok(made);
    }
    if peek(inp) == Tok::RSqb {
        let at = index(inp);
        let state = inp.state();
        let span = state.span(at);
        state.report(Diagnostic::error(
            code::PARAMETERS,
            "Type parameter list cannot be empty",
            span,
        ));
    }
    while peek(inp) != Tok::RSqb {
        made.push(inp.parse(type_param())?);
        if !eat(inp, Tok::Comma) {
            break;
        }
    }
    expect(inp, Tok::RSqb)?;
    Ok(made)
}

/// One of them.
pub(super) fn type_param<'t>() -> impl Parse<'t, TypeParam> + Copy {
    custom(parse_type_param)
}

fn parse_type_param(inp: &mut In<'_, '_>) -> Answer<TypeParam> {
    let kind = if eat(inp, Tok::Star) {
        TypeParamKind::TypeVarTuple
    } else if eat(inp, Tok::DoubleStar) {
        TypeParamKind::ParamSpec
    } else {
        TypeParamKind::TypeVar
    };
    let name = inp.parse(name())?;
    let colon = index(inp);
    let bound = if eat(inp, Tok::Colon) {
        let bound = inp.parse(expression())?;
        check_bound(inp.state(), colon, kind, &bound);
        Some(bound)
    } else {
        None
    };
    let default = if eat(inp, Tok::Equal) {
        Some(match kind {
            TypeParamKind::TypeVarTuple => parse_star_expression(inp)?,
            TypeParamKind::TypeVar | TypeParamKind::ParamSpec => inp.parse(expression())?,
        })
    } else {
        None
    };
    Ok(TypeParam {
        name,
        kind,
        bound,
        default,
    })
}

/// Only a plain type parameter has a bound; `colon` is the token before it.
fn check_bound(state: &mut State<'_>, colon: usize, kind: TypeParamKind, bound: &Expr) {
    let owner = match kind {
        TypeParamKind::TypeVar => return,
        TypeParamKind::TypeVarTuple => "TypeVarTuple",
        TypeParamKind::ParamSpec => "ParamSpec",
    };
    let what = match bound.kind {
        ExprKind::Tuple { .. } => "constraints",
        _ => "bound",
    };
    let span = state.span(colon).to(bound.span);
    let message = format!("cannot use {what} with {owner}");
    state.report(Diagnostic::error(code::PARAMETERS, message, span));
}
