//! The parameters of functions and lambdas.

use std::collections::HashSet;

use chumsky::prelude::*;

use super::cursor::{eat, expect, index, peek, span_since};
use super::expression::{expression, parse_expression, parse_star_expression};
use super::state::State;
use super::{Answer, In, Parse};
use crate::ast::{Expr, Ident, Parameter, Parameters};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// The parameters of a `def`, without the parentheses.
pub(super) fn params<'t>() -> impl Parse<'t, Parameters> + Copy {
    custom(|inp: &mut In<'t, '_>| parse_list(inp, Form::Def))
}

/// The parameters of a `lambda`.
pub(super) fn parse_lambda_params(inp: &mut In<'_, '_>) -> Answer<Parameters> {
    parse_list(inp, Form::Lambda)
}

/// Which kind of function the parameters belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Def,
    Lambda,
}

impl Form {
    /// The token behind the last parameter.
    const fn end(self) -> Tok {
        match self {
            Self::Def => Tok::RPar,
            Self::Lambda => Tok::Colon,
        }
    }
}

/// What has been read of a parameter list.
#[derive(Default)]
struct Reading {
    params: Parameters,
    /// The `/` that was met.
    slash: Option<Span>,
    /// The `*` or `*args` that was met.
    star: Option<Span>,
    /// A bare `*` that no named parameter has followed yet.
    lonely_star: Option<Span>,
    /// Whether a parameter with a default was met.
    has_default: bool,
}

fn parse_list(inp: &mut In<'_, '_>, form: Form) -> Answer<Parameters> {
    let mut reading = Reading::default();
    while peek(inp) != form.end() {
        match peek(inp) {
            Tok::Slash => slash(inp, &mut reading),
            Tok::Star => star(inp, &mut reading, form)?,
            Tok::DoubleStar => double_star(inp, &mut reading, form)?,
            _ => plain(inp, &mut reading, form)?,
        }
        if !eat(inp, Tok::Comma) {
            break;
        }
    }
    if let Some(span) = reading.lonely_star {
        // For a lambda CPython points at the token behind it.
        let at = index(inp);
        let span = match form {
            Form::Def => span,
            Form::Lambda => inp.state().span(at),
        };
        complain(inp, "named arguments must follow bare *", span);
    }
    let params = reading.params;
    check_duplicates(inp.state(), &params);
    Ok(params)
}

fn complain(inp: &mut In<'_, '_>, message: &str, span: Span) {
    inp.state()
        .report(Diagnostic::error(code::PARAMETERS, message, span));
}

/// Nothing may follow `**kwargs`.
fn check_last(inp: &mut In<'_, '_>, reading: &Reading, span: Span) {
    if reading.params.kwarg.is_some() {
        complain(inp, "arguments cannot follow var-keyword argument", span);
    }
}

fn slash(inp: &mut In<'_, '_>, reading: &mut Reading) {
    let at = index(inp);
    let span = inp.state().span(at);
    inp.skip();
    check_last(inp, reading, span);
    if reading.slash.is_some() {
        complain(inp, "/ may appear only once", span);
    } else if reading.star.is_some() {
        complain(inp, "/ must be ahead of *", span);
    } else if reading.params.args.is_empty() {
        complain(inp, "at least one argument must precede /", span);
    }
    if peek(inp) == Tok::Star {
        let next = inp.state().span(at + 1);
        complain(inp, "expected comma between / and *", next);
    }
    reading.slash = Some(span);
    reading.params.posonly = std::mem::take(&mut reading.params.args);
}

fn star(inp: &mut In<'_, '_>, reading: &mut Reading, form: Form) -> Answer<()> {
    let at = index(inp);
    let span = inp.state().span(at);
    inp.skip();
    check_last(inp, reading, span);
    if reading.star.is_some() {
        complain(inp, "* argument may appear only once", span);
    }
    reading.star = Some(span);
    if peek(inp) == Tok::Comma {
        reading.lonely_star = Some(span);
        return Ok(());
    }
    if peek(inp) == form.end() {
        reading.lonely_star = Some(span);
        return Ok(());
    }
    let parameter = param(inp, form, Annotation::MayBeStarred)?;
    no_default(inp, "var-positional argument cannot have default value")?;
    reading.params.vararg = Some(Box::new(parameter));
    Ok(())
}

fn double_star(inp: &mut In<'_, '_>, reading: &mut Reading, form: Form) -> Answer<()> {
    let at = index(inp);
    let span = inp.state().span(at);
    inp.skip();
    check_last(inp, reading, span);
    let parameter = param(inp, form, Annotation::Plain)?;
    no_default(inp, "var-keyword argument cannot have default value")?;
    reading.params.kwarg = Some(Box::new(parameter));
    Ok(())
}

/// Reports a default where none may stand, and skips it.
fn no_default(inp: &mut In<'_, '_>, message: &str) -> Answer<()> {
    if peek(inp) == Tok::Equal {
        let at = index(inp);
        let span = inp.state().span(at);
        complain(inp, message, span);
        inp.skip();
        parse_expression(inp)?;
    }
    Ok(())
}

fn plain(inp: &mut In<'_, '_>, reading: &mut Reading, form: Form) -> Answer<()> {
    let mut parameter = param(inp, form, Annotation::Plain)?;
    check_last(inp, reading, parameter.span);
    if peek(inp) == Tok::Equal {
        parameter.default = Some(default_value(inp, form)?);
    }
    if reading.star.is_some() {
        reading.lonely_star = None;
        reading.params.kwonly.push(parameter);
        return Ok(());
    }
    if parameter.default.is_some() {
        reading.has_default = true;
    } else if reading.has_default {
        let message = "parameter without a default follows parameter with a default";
        complain(inp, message, parameter.span);
    }
    reading.params.args.push(parameter);
    Ok(())
}

/// `= value`, the equals sign being next.
fn default_value(inp: &mut In<'_, '_>, form: Form) -> Answer<Expr> {
    let at = index(inp);
    inp.skip();
    let next = peek(inp);
    if form == Form::Def && matches!(next, Tok::Comma | Tok::RPar) {
        let span = inp.state().span(at);
        complain(inp, "expected default value expression", span);
    }
    parse_expression(inp)
}

/// What may stand behind the colon of a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Annotation {
    Plain,
    MayBeStarred,
}

/// A name with its annotation.
fn param(inp: &mut In<'_, '_>, form: Form, annotation: Annotation) -> Answer<Parameter> {
    let start = index(inp);
    expect(inp, Tok::Name)?;
    let name = inp.state().ident(start);
    let annotation = if form == Form::Def && eat(inp, Tok::Colon) {
        Some(match annotation {
            Annotation::Plain => inp.parse(expression())?,
            Annotation::MayBeStarred => parse_star_expression(inp)?,
        })
    } else {
        None
    };
    Ok(Parameter {
        name,
        annotation,
        default: None,
        span: span_since(inp, start),
    })
}

fn check_duplicates(state: &mut State<'_>, params: &Parameters) {
    let count = params.posonly.len() + params.args.len() + params.kwonly.len();
    if count + usize::from(params.vararg.is_some()) + usize::from(params.kwarg.is_some()) < 2 {
        return;
    }
    let mut seen: HashSet<&str> = HashSet::new();
    let mut repeated: Option<&Ident> = None;
    let all = params
        .posonly
        .iter()
        .chain(&params.args)
        .chain(params.vararg.as_deref())
        .chain(&params.kwonly)
        .chain(params.kwarg.as_deref());
    for parameter in all {
        if !seen.insert(&parameter.name.name) && repeated.is_none() {
            repeated = Some(&parameter.name);
        }
    }
    if let Some(name) = repeated {
        let message = format!("duplicate argument '{}' in function definition", name.name);
        state.report(Diagnostic::error(code::PARAMETERS, message, name.span));
    }
}
