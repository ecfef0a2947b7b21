//! Expressions: from `:=` down to `await`.
//!
//! Everything between `or` and `**` is one function, [`operation`]: a Pratt parser
//! that peeks at one token per step. Its levels are named as in the grammar.

use chumsky::prelude::*;

use super::cursor::{eat, expect, grow, index, missing, peek, peek_ahead, span_since, too_deep};
use super::room::with_room;
use super::{Answer, In, Parse, atom, parameters};
use crate::MAX_EXPRESSION_HEIGHT;
use crate::ast::{BoolOp, CmpOp, Comparator, Expr, ExprKind, Operator, UnaryOp};
use crate::token::Tok;

/// How tightly an operation binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Level {
    /// `or`
    Disjunction = 1,
    /// `and`
    Conjunction,
    /// `not`
    Inversion,
    /// `<`, `in`, ...
    Comparison,
    /// `|`
    BitwiseOr,
    /// `^`
    BitwiseXor,
    /// `&`
    BitwiseAnd,
    /// `<<`, `>>`
    ShiftExpr,
    /// `+`, `-`
    Sum,
    /// `*`, `/`, ...
    Term,
    /// `-x`
    Factor,
    /// `**`
    Power,
}

/// What an infix operator builds.
#[derive(Clone, Copy)]
enum Infix {
    Bool(BoolOp),
    Compare,
    Binary(Operator),
}

/// The level and meaning of an infix operator.
const fn infix(tok: Tok) -> Option<(Level, Infix)> {
    use Infix::{Binary, Bool, Compare};
    Some(match tok {
        Tok::Or => (Level::Disjunction, Bool(BoolOp::Or)),
        Tok::And => (Level::Conjunction, Bool(BoolOp::And)),
        Tok::Less
        | Tok::LessEqual
        | Tok::Greater
        | Tok::GreaterEqual
        | Tok::EqEqual
        | Tok::NotEqual
        | Tok::In
        | Tok::Is
        | Tok::Not => (Level::Comparison, Compare),
        Tok::VBar => (Level::BitwiseOr, Binary(Operator::BitOr)),
        Tok::Circumflex => (Level::BitwiseXor, Binary(Operator::BitXor)),
        Tok::Amper => (Level::BitwiseAnd, Binary(Operator::BitAnd)),
        Tok::LeftShift => (Level::ShiftExpr, Binary(Operator::LShift)),
        Tok::RightShift => (Level::ShiftExpr, Binary(Operator::RShift)),
        Tok::Plus => (Level::Sum, Binary(Operator::Add)),
        Tok::Minus => (Level::Sum, Binary(Operator::Sub)),
        Tok::Star => (Level::Term, Binary(Operator::Mult)),
        Tok::At => (Level::Term, Binary(Operator::MatMult)),
        Tok::Slash => (Level::Term, Binary(Operator::Div)),
        Tok::DoubleSlash => (Level::Term, Binary(Operator::FloorDiv)),
        Tok::Percent => (Level::Term, Binary(Operator::Mod)),
        Tok::DoubleStar => (Level::Power, Binary(Operator::Pow)),
        _ => return None,
    })
}

const fn next_level(level: Level) -> Level {
    match level {
        Level::Disjunction => Level::Conjunction,
        Level::Conjunction => Level::Inversion,
        Level::Inversion => Level::Comparison,
        Level::Comparison => Level::BitwiseOr,
        Level::BitwiseOr => Level::BitwiseXor,
        Level::BitwiseXor => Level::BitwiseAnd,
        Level::BitwiseAnd => Level::ShiftExpr,
        Level::ShiftExpr => Level::Sum,
        Level::Sum => Level::Term,
        Level::Term => Level::Factor,
        // The right-hand side of `**` may be `-x`, and `**` binds to the right.
        Level::Factor | Level::Power => Level::Factor,
    }
}

/// `a, *b` where a bare tuple may stand.
pub(super) fn star_expressions<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_star_expressions)
}

pub(super) fn parse_star_expressions(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let first = parse_star_expression(inp)?;
    if peek(inp) == Tok::Comma {
        tuple_from(inp, start, first, parse_star_expression)
    } else {
        Ok(first)
    }
}

/// Goes on behind the first element of a bare tuple, at a comma.
pub(super) fn tuple_from<'t>(
    inp: &mut In<'t, '_>,
    start: usize,
    first: Expr,
    element: fn(&mut In<'t, '_>) -> Answer<Expr>,
) -> Answer<Expr> {
    let mut elts = vec![first];
    while eat(inp, Tok::Comma) {
        if !starts_expression(peek(inp)) && peek(inp) != Tok::Star {
            break;
        }
        elts.push(element(inp)?);
    }
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::Tuple { elts },
        span: span_since(inp, start),
    })
}

/// `*a` or an expression.
pub(super) fn parse_star_expression(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) == Tok::Star {
        starred(inp, |inp| operation(inp, Level::BitwiseOr))
    } else {
        parse_expression(inp)
    }
}

/// `*a` or an expression that may be `a := b`.
pub(super) fn star_named_expression<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_star_named_expression)
}

pub(super) fn parse_star_named_expression(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) == Tok::Star {
        starred(inp, |inp| operation(inp, Level::BitwiseOr))
    } else {
        parse_named_expression(inp)
    }
}

/// A star, which is next, and what `operand` reads.
pub(super) fn starred<'t, 'p>(
    inp: &mut In<'t, 'p>,
    operand: impl FnOnce(&mut In<'t, 'p>) -> Answer<Expr>,
) -> Answer<Expr> {
    let start = index(inp);
    inp.skip();
    let value = Box::new(operand(inp)?);
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::Starred { value },
        span: span_since(inp, start),
    })
}

/// `name := value` or an expression.
pub(super) fn named_expression<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_named_expression)
}

pub(super) fn parse_named_expression(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) == Tok::Name && peek_ahead(inp, 1) == Tok::ColonEqual {
        let start = index(inp);
        let target = inp.state().ident(start);
        inp.skip();
        inp.skip();
        let value = Box::new(parse_expression(inp)?);
        grow(inp)?;
        return Ok(Expr {
            kind: ExprKind::NamedExpr { target, value },
            span: span_since(inp, start),
        });
    }
    parse_expression(inp)
}

/// `a if b else c`, a `lambda`, or an operation.
pub(super) fn expression<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_expression)
}

pub(super) fn parse_expression(inp: &mut In<'_, '_>) -> Answer<Expr> {
    with_room(inp, |inp| {
        if peek(inp) == Tok::Lambda {
            return parse_lambda(inp);
        }
        let start = index(inp);
        let body = operation(inp, Level::Disjunction)?;
        if peek(inp) == Tok::If {
            conditional(inp, start, body)
        } else {
            Ok(body)
        }
    })
}

/// Goes on behind the value of `a if b else c`, at `if`.
fn conditional(inp: &mut In<'_, '_>, start: usize, body: Expr) -> Answer<Expr> {
    inp.skip();
    let test = Box::new(operation(inp, Level::Disjunction)?);
    expect(inp, Tok::Else)?;
    enter(inp)?;
    let orelse = Box::new(parse_expression(inp)?);
    inp.state().depth -= 1;
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::IfExp {
            test,
            body: Box::new(body),
            orelse,
        },
        span: span_since(inp, start),
    })
}

/// `lambda params: body`.
fn parse_lambda(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::Lambda)?;
    enter(inp)?;
    let outer = std::mem::take(&mut inp.state().height);
    let params = Box::new(parameters::parse_lambda_params(inp)?);
    expect(inp, Tok::Colon)?;
    let body = Box::new(parse_expression(inp)?);
    grow(inp)?;
    let state = inp.state();
    state.depth -= 1;
    state.height = state.height.max(outer);
    Ok(Expr {
        kind: ExprKind::Lambda { params, body },
        span: span_since(inp, start),
    })
}

/// Operators from `or` down.
pub(super) fn disjunction<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(|inp: &mut In<'t, '_>| operation(inp, Level::Disjunction))
}

/// Counts a recursion that no bracket bounds.
fn enter(inp: &mut In<'_, '_>) -> Answer<()> {
    let state = inp.state();
    state.depth += 1;
    if state.depth > MAX_EXPRESSION_HEIGHT {
        return Err(too_deep(inp));
    }
    Ok(())
}

/// An operation whose operators bind at least as tightly as `min`.
pub(super) fn operation(inp: &mut In<'_, '_>, min: Level) -> Answer<Expr> {
    enter(inp)?;
    let outer = std::mem::take(&mut inp.state().height);
    let start = index(inp);
    let mut left = operand(inp, min)?;
    while let Some((level, what)) = infix(peek(inp))
        && level >= min
    {
        left = match what {
            Infix::Binary(op) => {
                inp.skip();
                let right = Box::new(operation(inp, next_level(level))?);
                let span = left.span.to(right.span);
                grow(inp)?;
                Expr {
                    kind: ExprKind::BinOp {
                        left: Box::new(left),
                        op,
                        right,
                    },
                    span,
                }
            }
            Infix::Bool(op) => bool_operation(inp, left, level, op)?,
            Infix::Compare => comparison(inp, left)?,
        };
        left.span = span_since(inp, start);
    }
    let state = inp.state();
    state.depth -= 1;
    state.height = state.height.max(outer);
    Ok(left)
}

/// A prefix operator with its operand, or a primary.
fn operand(inp: &mut In<'_, '_>, min: Level) -> Answer<Expr> {
    let (op, level) = match peek(inp) {
        Tok::Not if min <= Level::Inversion => (UnaryOp::Not, Level::Inversion),
        Tok::Minus => (UnaryOp::USub, Level::Factor),
        Tok::Plus => (UnaryOp::UAdd, Level::Factor),
        Tok::Tilde => (UnaryOp::Invert, Level::Factor),
        _ => return await_primary(inp),
    };
    let start = index(inp);
    inp.skip();
    let operand = with_room(inp, |inp| operation(inp, level))?;
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::UnaryOp {
            op,
            operand: Box::new(operand),
        },
        span: span_since(inp, start),
    })
}

/// Goes on behind the first operand of a chain of `and` or `or`.
fn bool_operation(inp: &mut In<'_, '_>, left: Expr, level: Level, op: BoolOp) -> Answer<Expr> {
    let tok = if level == Level::Disjunction {
        Tok::Or
    } else {
        Tok::And
    };
    let span = left.span;
    let mut values = vec![left];
    while eat(inp, tok) {
        values.push(operation(inp, next_level(level))?);
    }
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::BoolOp { op, values },
        span,
    })
}

/// Goes on behind the first operand of a chain of comparisons.
fn comparison(inp: &mut In<'_, '_>, left: Expr) -> Answer<Expr> {
    let span = left.span;
    let mut comparators = Vec::new();
    while let Some(op) = comparison_operator(inp) {
        let value = operation(inp, Level::BitwiseOr)?;
        comparators.push(Comparator { op, value });
    }
    if comparators.is_empty() {
        // Only a `not` that is no `not in` gets here, and nothing allows that.
        inp.skip();
        return Err(missing(inp, Tok::In));
    }
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::Compare {
            left: Box::new(left),
            comparators,
        },
        span,
    })
}

/// Takes a comparison operator if one is next.
fn comparison_operator(inp: &mut In<'_, '_>) -> Option<CmpOp> {
    let op = match peek(inp) {
        Tok::Less => CmpOp::Lt,
        Tok::LessEqual => CmpOp::LtE,
        Tok::Greater => CmpOp::Gt,
        Tok::GreaterEqual => CmpOp::GtE,
        Tok::EqEqual => CmpOp::Eq,
        Tok::NotEqual => CmpOp::NotEq,
        Tok::In => CmpOp::In,
        Tok::Is if peek_ahead(inp, 1) == Tok::Not => {
            inp.skip();
            CmpOp::IsNot
        }
        Tok::Is => CmpOp::Is,
        Tok::Not if peek_ahead(inp, 1) == Tok::In => {
            inp.skip();
            CmpOp::NotIn
        }
        _ => return None,
    };
    inp.skip();
    Some(op)
}

/// `await x` or a primary.
pub(super) fn await_primary(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) != Tok::Await {
        return atom::parse_primary(inp);
    }
    let start = index(inp);
    inp.skip();
    let value = Box::new(atom::parse_primary(inp)?);
    grow(inp)?;
    Ok(Expr {
        kind: ExprKind::Await { value },
        span: span_since(inp, start),
    })
}

/// `yield`, `yield a`, `yield from a`.
pub(super) fn yield_expr<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_yield)
}

fn parse_yield(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    expect(inp, Tok::Yield)?;
    let kind = if eat(inp, Tok::From) {
        ExprKind::YieldFrom {
            value: Box::new(parse_expression(inp)?),
        }
    } else if starts_expression(peek(inp)) || peek(inp) == Tok::Star {
        ExprKind::Yield {
            value: Some(Box::new(parse_star_expressions(inp)?)),
        }
    } else {
        ExprKind::Yield { value: None }
    };
    grow(inp)?;
    Ok(Expr {
        kind,
        span: span_since(inp, start),
    })
}

/// A `yield` or expressions, where both may stand.
pub(super) fn yield_or_star_expressions<'t>() -> impl Parse<'t, Expr> + Copy {
    custom(parse_yield_or_star_expressions)
}

pub(super) fn parse_yield_or_star_expressions(inp: &mut In<'_, '_>) -> Answer<Expr> {
    if peek(inp) == Tok::Yield {
        parse_yield(inp)
    } else {
        parse_star_expressions(inp)
    }
}

/// Whether an expression can start with `tok`.
pub(super) const fn starts_expression(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Name
            | Tok::Int
            | Tok::Float
            | Tok::Imaginary
            | Tok::Str
            | Tok::FStringStart
            | Tok::LPar
            | Tok::LSqb
            | Tok::LBrace
            | Tok::Minus
            | Tok::Plus
            | Tok::Tilde
            | Tok::Not
            | Tok::Lambda
            | Tok::Await
            | Tok::None
            | Tok::True
            | Tok::False
            | Tok::Ellipsis
    )
}

/// The failure of not finding an expression.
#[cold]
pub(super) fn no_expression(inp: &mut In<'_, '_>) -> super::error::ParseError {
    missing(inp, Tok::Operand)
}
