//! `for target in iter if condition`, one or more times.

use chumsky::prelude::*;

use super::cursor::{grow, index, peek, span_since};
use super::expression::disjunction;
use super::target::star_targets;
use super::{Answer, In, Parse};
use crate::ast::{Comprehension, Expr, ExprKind};
use crate::token::Tok;

/// The clauses of a comprehension.
pub(super) fn for_if_clauses<'t>() -> impl Parse<'t, Vec<Comprehension>> + Copy {
    custom(parse_clauses)
}

fn parse_clauses(inp: &mut In<'_, '_>) -> Answer<Vec<Comprehension>> {
    let mut clauses = vec![inp.parse(for_if_clause())?];
    while starts_clause(peek(inp)) {
        clauses.push(inp.parse(for_if_clause())?);
    }
    Ok(clauses)
}

/// One clause.
pub(super) fn for_if_clause<'t>() -> impl Parse<'t, Comprehension> + Clone {
    just(Tok::Async)
        .or_not()
        .then_ignore(just(Tok::For))
        .then(star_targets())
        .then_ignore(just(Tok::In))
        .then(disjunction())
        .then(
            just(Tok::If)
                .ignore_then(disjunction())
                .repeated()
                .collect::<Vec<_>>(),
        )
        .map_with(|(((is_async, target), iter), ifs), extra| {
            let tokens: SimpleSpan<usize> = extra.span();
            Comprehension {
                target,
                iter,
                ifs,
                is_async: is_async.is_some(),
                span: extra.state().span_between(tokens.start, tokens.end),
            }
        })
}

/// Whether a clause can start with `tok`.
pub(super) const fn starts_clause(tok: Tok) -> bool {
    matches!(tok, Tok::For | Tok::Async)
}

/// Goes on behind the element of a generator expression whose parenthesis is the
/// token at `start`; does not take the closing one.
pub(super) fn generator(inp: &mut In<'_, '_>, start: usize, elt: Expr) -> Answer<Expr> {
    let generators = inp.parse(for_if_clauses())?;
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::GeneratorExp {
            elt: Box::new(elt),
            generators,
        },
        span: span_since(inp, start),
    })
}

/// The index of the token that is next and whether a clause starts there.
pub(super) fn clause_next(inp: &mut In<'_, '_>) -> Option<usize> {
    starts_clause(peek(inp)).then(|| index(inp))
}
