//! What stands in the square brackets of a subscript.

use chumsky::prelude::*;

use super::cursor::{eat, expect, grow, index, peek, span_since};
use super::expression::{parse_expression, parse_named_expression, starred};
use super::{Answer, In, Parse};
use crate::ast::{Expr, ExprKind};
use crate::token::Tok;

/// `[a]`, `[a:b, *c]`.
pub(super) fn slices<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_slices)
}

fn parse_slices(inp: &mut In<'_, '_>) -> Answer<Expr> {
    expect(inp, Tok::LSqb)?;
    let start = index(inp);
    let first = parse_slice(inp)?;
    let is_starred = matches!(first.kind, ExprKind::Starred { .. });
    let made = if peek(inp) == Tok::Comma || is_starred {
        let mut elts = vec![first];
        while eat(inp, Tok::Comma) && peek(inp) != Tok::RSqb {
            elts.push(parse_slice(inp)?);
        }
        grow(inp)?;
        Expr {
            kind: ExprKind::Tuple { elts },
            span: span_since(inp, start),
        }
    } else {
        first
    };
    expect(inp, Tok::RSqb)?;
    Ok(made)
}

/// `a`, `a:b`, `a:b:c`, `*a`.
fn parse_slice(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    if peek(inp) == Tok::Star {
        return starred(inp, parse_expression);
    }
    let lower = if peek(inp) == Tok::Colon {
        None
    } else {
        let value = parse_named_expression(inp)?;
        if peek(inp) != Tok::Colon {
            return Ok(value);
        }
        Some(Box::new(value))
    };
    expect(inp, Tok::Colon)?;
    let upper = slice_part(inp)?;
    let step = if eat(inp, Tok::Colon) {
        slice_part(inp)?
    } else {
        None
    };
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::Slice { lower, upper, step },
        span: span_since(inp, start),
    })
}

fn slice_part(inp: &mut In<'_, '_>) -> Answer<Option<Box<Expr>>> {
    match peek(inp) {
        Tok::Colon | Tok::Comma | Tok::RSqb => Ok(None),
        _ => Ok(Some(Box::new(parse_expression(inp)?))),
    }
}
