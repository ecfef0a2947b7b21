//! Names, literals, and what may follow them: attributes, calls, subscripts.

use super::cursor::{expect, grow, index, peek, span_since};
use super::expression::no_expression;
use super::{Answer, In, call, display, strings, subscript};
use crate::ast::{Constant, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::literal;
use crate::token::Tok;

/// An atom with its trailers: `a.b(c)[d]`.
pub(super) fn parse_primary(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let mut value = parse_atom(inp)?;
    loop {
        let kind = match peek(inp) {
            Tok::Dot => {
                inp.skip();
                let at = index(inp);
                expect(inp, Tok::Name)?;
                ExprKind::Attribute {
                    value: Box::new(value),
                    attr: inp.state().ident(at),
                }
            }
            Tok::LPar => ExprKind::Call {
                args: inp.parse(call::call_arguments())?,
                func: Box::new(value),
            },
            Tok::LSqb => ExprKind::Subscript {
                slice: Box::new(inp.parse(subscript::slices())?),
                value: Box::new(value),
            },
            _ => return Ok(value),
        };
        grow(inp)?;
        value = Expr {
            kind,
            span: span_since(inp, start),
        };
    }
}

/// The smallest expressions.
pub(super) fn parse_atom(inp: &mut In<'_, '_>) -> Answer<Expr> {
    match peek(inp) {
        Tok::Name => Ok(name_atom(inp)),
        Tok::Int | Tok::Float | Tok::Imaginary => Ok(number(inp)),
        Tok::Str | Tok::FStringStart => strings::parse_strings(inp),
        Tok::None => Ok(constant(inp, Constant::None)),
        Tok::True => Ok(constant(inp, Constant::True)),
        Tok::False => Ok(constant(inp, Constant::False)),
        Tok::Ellipsis => Ok(constant(inp, Constant::Ellipsis)),
        Tok::LPar => display::parse_parenthesized(inp),
        Tok::LSqb => display::parse_list(inp),
        Tok::LBrace => display::parse_braces(inp),
        _ => Err(no_expression(inp)),
    }
}

fn name_atom(inp: &mut In<'_, '_>) -> Expr {
    let at = index(inp);
    inp.skip();
    let state = inp.state();
    Expr {
        kind: ExprKind::Name { id: state.name(at) },
        span: state.span(at),
    }
}

/// The token that is next as the constant `value`.
fn constant(inp: &mut In<'_, '_>, value: Constant) -> Expr {
    let at = index(inp);
    inp.skip();
    Expr {
        kind: ExprKind::Constant(value),
        span: inp.state().span(at),
    }
}

/// The number that is next.
pub(super) fn number(inp: &mut In<'_, '_>) -> Expr {
    let at = index(inp);
    let text = inp.state().text(at);
    let value = match peek(inp) {
        Tok::Float => Constant::Float(literal::float_value(text)),
        Tok::Imaginary => Constant::Imaginary(literal::imaginary_value(text)),
        _ => literal::int_value(text).unwrap_or_else(|message| {
            let state = inp.state();
            let span = state.span(at);
            state.report(Diagnostic::error(code::NUMBER, message, span));
            Constant::Int(0)
        }),
    };
    constant(inp, value)
}
