//! The arguments of calls and class headers.

use std::collections::HashSet;

use chumsky::prelude::*;

use super::comprehension::{clause_next, generator, starts_clause};
use super::cursor::{eat, expect, index, peek, peek_ahead, span_since};
use super::error::ParseError;
use super::expression::{expression, parse_named_expression};
use super::state::State;
use super::{Answer, In, Parse};
use crate::ast::{Arg, ArgKind, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// `(a, *b, c=d, **e)`.
pub(super) fn call_arguments<'t>() -> impl Parse<'t, Vec<Arg>> + Copy {
    custom(parse_call_arguments)
}

fn parse_call_arguments(inp: &mut In<'_, '_>) -> Answer<Vec<Arg>> {
    let start = index(inp);
    expect(inp, Tok::LPar)?;
    let mut args = inp.parse(arguments())?;
    expect(inp, Tok::RPar)?;
    if let [only] = args.as_mut_slice()
        && matches!(only.kind, ArgKind::Positional)
        && matches!(only.value.kind, ExprKind::GeneratorExp { .. })
        && only.span.start > only.value.span.start
    {
        // The parentheses of the call are those of the generator expression.
        only.value.span = span_since(inp, start);
        only.span = only.value.span;
    } else if !args.is_empty() {
        check_arguments(inp.state(), &args);
    }
    Ok(args)
}

/// The arguments of a class header: a generator expression needs its own
/// parentheses there.
pub(super) fn class_arguments<'t>() -> impl Parse<'t, Vec<Arg>> + Copy {
    custom(|inp: &mut In<'t, '_>| {
        expect(inp, Tok::LPar)?;
        let args = inp.parse(arguments())?;
        if let Some(bare) = args.iter().find(|arg| is_bare_generator(arg)) {
            let spans = inp.state().spans;
            let first = spans.partition_point(|span| span.start < bare.span.start);
            let at = first_clause(inp, first);
            return Err(refuse(inp, at, at, "invalid syntax"));
        }
        expect(inp, Tok::RPar)?;
        check_arguments(inp.state(), &args);
        Ok(args)
    })
}

fn is_bare_generator(arg: &Arg) -> bool {
    matches!(arg.kind, ArgKind::Positional) && arg.value.span.start < arg.span.start
}

/// The `for` or `async` behind the token at `from`.
fn first_clause(inp: &mut In<'_, '_>, from: usize) -> usize {
    let rest = inp.state().kinds.get(from..).unwrap_or(&[]);
    from + rest.iter().position(|tok| starts_clause(*tok)).unwrap_or(0)
}

/// What stands between the parentheses.
pub(super) fn arguments<'t>() -> impl Parse<'t, Vec<Arg>> + Copy {
    custom(parse_arguments)
}

fn parse_arguments(inp: &mut In<'_, '_>) -> Answer<Vec<Arg>> {
    let mut args = Vec::new();
    while peek(inp) != Tok::RPar {
        args.push(inp.parse(argument())?);
        if !eat(inp, Tok::Comma) {
            break;
        }
    }
    Ok(args)
}

/// One argument; a generator expression without parentheses is marked by a value
/// that begins before its argument.
pub(super) fn argument<'t>() -> impl Parse<'t, Arg> + Copy {
    custom(parse_argument)
}

fn parse_argument(inp: &mut In<'_, '_>) -> Answer<Arg> {
    let start = index(inp);
    let (kind, value) = match peek(inp) {
        Tok::Star => {
            inp.skip();
            (ArgKind::Starred, inp.parse(expression())?)
        }
        Tok::DoubleStar => {
            inp.skip();
            (ArgKind::DoubleStarred, inp.parse(expression())?)
        }
        Tok::Name if peek_ahead(inp, 1) == Tok::Equal && ends_argument(peek_ahead(inp, 2)) => {
            let message = "expected argument value expression";
            return Err(refuse(inp, start, start + 1, message));
        }
        Tok::Name if peek_ahead(inp, 1) == Tok::Equal => {
            let name = inp.state().ident(start);
            inp.skip();
            inp.skip();
            let value = inp.parse(expression())?;
            if clause_next(inp).is_some() {
                let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
                return Err(refuse(inp, start, start + 1, message));
            }
            (ArgKind::Keyword(name), value)
        }
        _ => {
            let value = parse_named_expression(inp)?;
            let value = if clause_next(inp).is_some() {
                let mut made = generator(inp, start, value)?;
                made.span.start -= 1;
                made
            } else {
                value
            };
            (ArgKind::Positional, value)
        }
    };
    if peek(inp) == Tok::Equal {
        return Err(no_assignment(inp, start, &kind));
    }
    Ok(Arg {
        kind,
        value,
        span: span_since(inp, start),
    })
}

const fn ends_argument(tok: Tok) -> bool {
    matches!(tok, Tok::Comma | Tok::RPar)
}

/// Reports an argument that began at the token `start` and is followed by an equals
/// sign, without being a name.
#[cold]
fn no_assignment(inp: &mut In<'_, '_>, start: usize, kind: &ArgKind) -> ParseError {
    let equal = index(inp);
    let message = match (kind, peek_at(inp, start)) {
        (ArgKind::Starred, _) => "cannot assign to iterable argument unpacking",
        (ArgKind::DoubleStarred, _) => "cannot assign to keyword argument unpacking",
        (_, Tok::True) if equal == start + 1 => "cannot assign to True",
        (_, Tok::False) if equal == start + 1 => "cannot assign to False",
        (_, Tok::None) if equal == start + 1 => "cannot assign to None",
        _ => "expression cannot contain assignment, perhaps you meant \"==\"?",
    };
    refuse(inp, start, equal, message)
}

fn peek_at(inp: &mut In<'_, '_>, index: usize) -> Tok {
    inp.state().kind(index)
}

/// Reports the tokens from `first` to `last` as a wrong argument.
#[cold]
fn refuse(inp: &mut In<'_, '_>, first: usize, last: usize, message: &str) -> ParseError {
    let state = inp.state();
    let span = state.span_between(first, last + 1);
    let error = Diagnostic::error(code::ARGUMENTS, message, span);
    state.report_reaching(error, last);
    ParseError::reported(last)
}

/// Reports arguments in an order, or of a form, that Python does not allow.
fn check_arguments(state: &mut State<'_>, args: &[Arg]) {
    let mut seen_keyword: Option<Span> = None;
    let mut seen_unpacking: Option<Span> = None;
    for arg in args {
        match &arg.kind {
            ArgKind::Positional => {
                if is_bare_generator(arg) {
                    state.report(Diagnostic::error(
                        code::ARGUMENTS,
                        "Generator expression must be parenthesized",
                        arg.span,
                    ));
                }
                let (message, before) = match (seen_unpacking, seen_keyword) {
                    (Some(before), _) => (
                        "positional argument follows keyword argument unpacking",
                        before,
                    ),
                    (None, Some(before)) => {
                        ("positional argument follows keyword argument", before)
                    }
                    (None, None) => continue,
                };
                state.report(
                    Diagnostic::error(code::ARGUMENTS, message, arg.span)
                        .and_label(before, "the keyword argument")
                        .with_help("put positional arguments first"),
                );
            }
            ArgKind::Starred => {
                if let Some(before) = seen_unpacking {
                    let message = "iterable argument unpacking follows keyword argument unpacking";
                    state.report(
                        Diagnostic::error(code::ARGUMENTS, message, arg.span)
                            .and_label(before, "the keyword argument unpacking"),
                    );
                }
            }
            ArgKind::Keyword(_) => seen_keyword = Some(arg.span),
            ArgKind::DoubleStarred => seen_unpacking = Some(arg.span),
        }
    }
    if seen_keyword.is_some() {
        check_repeated(state, args);
    }
}

fn check_repeated(state: &mut State<'_>, args: &[Arg]) {
    let mut seen = HashSet::new();
    for arg in args {
        if let ArgKind::Keyword(name) = &arg.kind
            && !seen.insert(&name.name)
        {
            state.report(Diagnostic::error(
                code::ARGUMENTS,
                format!("keyword argument repeated: {}", name.name),
                arg.span,
            ));
        }
    }
}
