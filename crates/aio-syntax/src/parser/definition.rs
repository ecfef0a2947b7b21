//! Functions, classes and their decorators.

use chumsky::prelude::*;

use super::call::class_arguments;
use super::compound::Owner;
use super::cursor::{eat, expect, index, missing, name, peek, peek_ahead};
use super::expression::{expression, named_expression, starts_expression};
use super::parameters::params;
use super::statement::{self, parse_block};
use super::type_params::type_params;
use super::{Answer, In, Parse};
use crate::ast::{ClassDef, Expr, FunctionDef, StmtKind};
use crate::span::Span;
use crate::token::Tok;

/// A definition with its decorators; the span is that of the definition.
pub(super) fn parse_decorated(inp: &mut In<'_, '_>) -> Answer<(StmtKind, Span)> {
    let decorators = inp.parse(decorators())?;
    let start = index(inp);
    let kind = match peek(inp) {
        Tok::Class => parse_class_def(inp, decorators)?,
        Tok::Async => {
            inp.skip();
            parse_function_def(inp, decorators, true)?
        }
        _ => parse_function_def(inp, decorators, false)?,
    };
    let end = index(inp);
    Ok((kind, statement::span_of_statement(inp.state(), start, end)))
}

/// `@decorator` lines.
fn decorators<'t>() -> impl Parse<'t, Vec<Expr>> + Clone {
    just(Tok::At)
        .ignore_then(named_expression())
        .then_ignore(just(Tok::Newline))
        .repeated()
        .at_least(1)
        .collect::<Vec<_>>()
}

/// `def name(params) -> returns: ...`; an `async` before it has been read.
pub(super) fn parse_function_def(
    inp: &mut In<'_, '_>,
    decorators: Vec<Expr>,
    is_async: bool,
) -> Answer<StmtKind> {
    let start = index(inp);
    expect(inp, Tok::Def)?;
    let name = inp.parse(name())?;
    let type_params = inp.parse(type_params())?;
    let params = inp.parse(params().delimited_by(just(Tok::LPar), just(Tok::RPar)))?;
    if peek(inp) == Tok::RArrow && !starts_expression(peek_ahead(inp, 1)) {
        return Err(missing(inp, Tok::Colon));
    }
    let returns = if eat(inp, Tok::RArrow) {
        Some(inp.parse(expression())?)
    } else {
        None
    };
    let body = parse_block(inp, Owner::new("function definition", start))?;
    Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
        name,
        type_params,
        params,
        body,
        decorators,
        returns,
        is_async,
    })))
}

/// `class name(args): ...`
pub(super) fn parse_class_def(inp: &mut In<'_, '_>, decorators: Vec<Expr>) -> Answer<StmtKind> {
    let start = index(inp);
    expect(inp, Tok::Class)?;
    let name = inp.parse(name())?;
    let type_params = inp.parse(type_params())?;
    let args = if peek(inp) == Tok::LPar {
        inp.parse(class_arguments())?
    } else {
        Vec::new()
    };
    let body = parse_block(inp, Owner::new("class definition", start))?;
    Ok(StmtKind::ClassDef(Box::new(ClassDef {
        name,
        type_params,
        args,
        body,
        decorators,
    })))
}
