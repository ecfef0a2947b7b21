//! What stands in brackets: tuples, lists, sets, dicts and their comprehensions.

use chumsky::prelude::*;

use super::comprehension::{for_if_clauses, generator, starts_clause};
use super::cursor::{eat, expect, grow, index, peek, peek_ahead, span_since};
use super::expression::{
    Level, expression, operation, parse_star_named_expression, star_named_expression, yield_expr,
};
use super::{Answer, In, Parse};
use crate::ast::{DictItem, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::token::Tok;

/// `()`, `(a)`, `(a, b)`, `(a for ...)`, `(yield)`.
pub(super) fn parse_parenthesized(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::LPar)?;
    if peek(inp) == Tok::Yield {
        let inner = inp.parse(yield_expr())?;
        expect(inp, Tok::RPar)?;
        return Ok(inner);
    }
    if eat(inp, Tok::RPar) {
        return finish(inp, start, ExprKind::Tuple { elts: Vec::new() });
    }
    let first = parse_star_named_expression(inp)?;
    match peek(inp) {
        Tok::RPar => {
            inp.skip();
            if matches!(first.kind, ExprKind::Starred { .. }) {
                let message = "cannot use starred expression here";
                let error = Diagnostic::error(code::UNPACKING, message, first.span)
                    .with_help("add a comma to make a tuple: `(*x,)`");
                inp.state().report(error);
            }
            Ok(first)
        }
        Tok::For | Tok::Async => {
            check_element(inp, &first);
            let mut made = generator(inp, start, first)?;
            expect(inp, Tok::RPar)?;
            made.span = span_since(inp, start);
            Ok(made)
        }
        _ => {
            let elts = elements_from(inp, first)?;
            expect(inp, Tok::RPar)?;
            finish(inp, start, ExprKind::Tuple { elts })
        }
    }
}

/// `[a, b]` or `[a for ...]`.
pub(super) fn parse_list(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::LSqb)?;
    if eat(inp, Tok::RSqb) {
        return finish(inp, start, ExprKind::List { elts: Vec::new() });
    }
    let first = parse_star_named_expression(inp)?;
    let kind = if starts_clause(peek(inp)) {
        check_element(inp, &first);
        ExprKind::ListComp {
            elt: Box::new(first),
            generators: inp.parse(for_if_clauses())?,
        }
    } else {
        ExprKind::List {
            elts: elements_from(inp, first)?,
        }
    };
    expect(inp, Tok::RSqb)?;
    finish(inp, start, kind)
}

/// `{}`, `{a}`, `{a: b}` and comprehensions.
pub(super) fn parse_braces(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::LBrace)?;
    let is_walrus = peek_ahead(inp, 1) == Tok::ColonEqual;
    let kind = match peek(inp) {
        Tok::RBrace => ExprKind::Dict { items: Vec::new() },
        Tok::DoubleStar => dict_from(inp, None)?,
        _ => {
            let first = parse_star_named_expression(inp)?;
            match peek(inp) {
                Tok::Colon if !is_walrus && !matches!(first.kind, ExprKind::Starred { .. }) => {
                    dict_from(inp, Some(first))?
                }
                Tok::For | Tok::Async => {
                    check_element(inp, &first);
                    ExprKind::SetComp {
                        elt: Box::new(first),
                        generators: inp.parse(for_if_clauses())?,
                    }
                }
                _ => ExprKind::Set {
                    elts: elements_from(inp, first)?,
                },
            }
        }
    };
    expect(inp, Tok::RBrace)?;
    finish(inp, start, kind)
}

/// Goes on in a dict whose first key has been read, or starts with `**`.
fn dict_from(inp: &mut In<'_, '_>, first_key: Option<Expr>) -> Answer<ExprKind> {
    let start = index(inp);
    let first = match first_key {
        Some(key) => {
            expect(inp, Tok::Colon)?;
            DictItem {
                key: Some(key),
                value: inp.parse(expression())?,
            }
        }
        None => inp.parse(double_starred_kvpair())?,
    };
    if starts_clause(peek(inp)) {
        let DictItem { key, value } = first;
        let generators = inp.parse(for_if_clauses())?;
        return Ok(match key {
            Some(key) => ExprKind::DictComp {
                key: Box::new(key),
                value: Box::new(value),
                generators,
            },
            None => {
                let message = "dict unpacking cannot be used in dict comprehension";
                let span = inp.state().span(start).to(value.span);
                inp.state()
                    .report(Diagnostic::error(code::UNPACKING, message, span));
                ExprKind::Dict { items: Vec::new() }
            }
        });
    }
    let mut items = vec![first];
    while eat(inp, Tok::Comma) && peek(inp) != Tok::RBrace {
        items.push(inp.parse(double_starred_kvpair())?);
    }
    Ok(ExprKind::Dict { items })
}

/// `key: value` or `**mapping`.
pub(super) fn double_starred_kvpair<'t>() -> impl Parse<'t, DictItem> + Copy {
    custom(parse_kvpair)
}

fn parse_kvpair(inp: &mut In<'_, '_>) -> Answer<DictItem> {
    if eat(inp, Tok::DoubleStar) {
        return Ok(DictItem {
            key: None,
            value: operation(inp, Level::BitwiseOr)?,
        });
    }
    let key = inp.parse(expression())?;
    expect(inp, Tok::Colon)?;
    let value = inp.parse(expression())?;
    Ok(DictItem {
        key: Some(key),
        value,
    })
}

/// Goes on behind the first element: `, b, *c`.
fn elements_from(inp: &mut In<'_, '_>, first: Expr) -> Answer<Vec<Expr>> {
    let mut elts = vec![first];
    while eat(inp, Tok::Comma) && !peek(inp).is_closer() {
        elts.push(inp.parse(star_named_expression())?);
    }
    Ok(elts)
}

/// A starred element in a comprehension is refused.
fn check_element(inp: &mut In<'_, '_>, element: &Expr) {
    if matches!(element.kind, ExprKind::Starred { .. }) {
        let message = "iterable unpacking cannot be used in comprehension";
        let error = Diagnostic::error(code::UNPACKING, message, element.span);
        inp.state().report(error);
    }
}

/// The expression that ends here, with its brackets.
fn finish(inp: &mut In<'_, '_>, start: usize, kind: ExprKind) -> Answer<Expr> {
    grow(inp)?;
    Ok(Expr {
        kind,
        span: span_since(inp, start),
    })
}
