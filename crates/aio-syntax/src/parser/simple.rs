//! Statements on one line.

use chumsky::prelude::*;

use super::cursor::{eat, expect, grow, index, missing, name, peek, peek_ahead, span_since};
use super::diagnose::comparison_instead;
use super::expression::{
    expression, parse_expression, parse_star_expression, parse_star_expressions,
    parse_yield_or_star_expressions, starts_expression, yield_or_star_expressions,
};
use super::state::State;
use super::target::{check_assignable, check_deletable, expression_name, first_invalid};
use super::type_params::type_params;
use super::{Answer, In, Parse};
use crate::ast::{Alias, AnnAssign, Expr, ExprKind, Ident, Operator, StmtKind, TypeAlias};
use crate::diagnostic::{Diagnostic, code};
use crate::token::Tok;

/// One statement without its line end.
pub(super) fn simple_stmt<'t>() -> impl Parse<'t, StmtKind> + Copy {
    custom(parse_simple_stmt)
}

fn parse_simple_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    match peek(inp) {
        Tok::Return => inp.parse(return_stmt()),
        Tok::Pass => keyword_alone(inp, StmtKind::Pass),
        Tok::Break => keyword_alone(inp, StmtKind::Break),
        Tok::Continue => keyword_alone(inp, StmtKind::Continue),
        Tok::Raise => inp.parse(raise_stmt()),
        Tok::Import => inp.parse(import_name()),
        Tok::From => parse_import_from(inp),
        Tok::Global => inp.parse(global_stmt()),
        Tok::Nonlocal => inp.parse(nonlocal_stmt()),
        Tok::Del => parse_del_stmt(inp),
        Tok::Assert => inp.parse(assert_stmt()),
        Tok::Name if is_type_alias(inp) => inp.parse(type_alias()),
        _ => parse_expression_stmt(inp),
    }
}

fn keyword_alone(inp: &mut In<'_, '_>, kind: StmtKind) -> Answer<StmtKind> {
    inp.skip();
    Ok(kind)
}

/// `return value`
fn return_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Return)
        .ignore_then(custom(parse_optional_star_expressions))
        .map(|value| StmtKind::Return { value })
}

fn parse_optional_star_expressions(inp: &mut In<'_, '_>) -> Answer<Option<Expr>> {
    match peek(inp) {
        Tok::Newline | Tok::Semi => Ok(None),
        _ => parse_star_expressions(inp).map(Some),
    }
}

/// `raise exc from cause`
fn raise_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    let cause = just(Tok::From).ignore_then(expression());
    just(Tok::Raise)
        .ignore_then(custom(parse_optional_expression))
        .then(cause.or_not())
        .map(|(exc, cause)| StmtKind::Raise { exc, cause })
}

fn parse_optional_expression(inp: &mut In<'_, '_>) -> Answer<Option<Expr>> {
    match peek(inp) {
        Tok::Newline | Tok::Semi => Ok(None),
        _ => parse_expression(inp).map(Some),
    }
}

/// `assert test, msg`
fn assert_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Assert)
        .ignore_then(expression())
        .then(just(Tok::Comma).ignore_then(expression()).or_not())
        .map(|(test, msg)| StmtKind::Assert { test, msg })
}

/// `global a, b`
fn global_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Global)
        .ignore_then(names())
        .map(|names| StmtKind::Global { names })
}

/// `nonlocal a, b`
fn nonlocal_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Nonlocal)
        .ignore_then(names())
        .map(|names| StmtKind::Nonlocal { names })
}

fn names<'t>() -> impl Parse<'t, Vec<Ident>> + Clone {
    name()
        .separated_by(just(Tok::Comma))
        .at_least(1)
        .collect::<Vec<_>>()
}

/// `del a, b`
fn parse_del_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    expect(inp, Tok::Del)?;
    let mut targets = vec![parse_star_expression(inp)?];
    while eat(inp, Tok::Comma) {
        if !starts_expression(peek(inp)) {
            break;
        }
        targets.push(parse_star_expression(inp)?);
    }
    if matches!(peek(inp), Tok::Newline | Tok::Semi) {
        for target in &targets {
            check_deletable(inp.state(), target);
        }
    }
    Ok(StmtKind::Delete { targets })
}

/// `import a.b as c, d`
fn import_name<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Import)
        .ignore_then(
            dotted_as_name()
                .separated_by(just(Tok::Comma))
                .at_least(1)
                .collect::<Vec<_>>(),
        )
        .map(|names| StmtKind::Import { names })
}

/// `a.b as c`
fn dotted_as_name<'t>() -> impl Parse<'t, Alias> + Clone {
    custom(parse_dotted_name)
        .then(just(Tok::As).ignore_then(name()).or_not())
        .map(|(name, asname)| Alias { name, asname })
}

/// `a.b.c` as one name.
fn parse_dotted_name(inp: &mut In<'_, '_>) -> Answer<Ident> {
    let start = index(inp);
    let mut dotted = inp.parse(name())?;
    if peek(inp) == Tok::Dot {
        let mut text = dotted.name.to_string();
        while eat(inp, Tok::Dot) {
            let part = inp.parse(name())?;
            text.push('.');
            text.push_str(&part.name);
        }
        dotted.name = inp.state().intern(&text);
        dotted.span = span_since(inp, start);
    }
    Ok(dotted)
}

/// `from .a import b as c`
fn parse_import_from(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    expect(inp, Tok::From)?;
    let mut level = 0;
    loop {
        level += match peek(inp) {
            Tok::Dot => 1,
            Tok::Ellipsis => 3,
            _ => break,
        };
        inp.skip();
    }
    let module = if level > 0 && peek(inp) == Tok::Import {
        None
    } else {
        Some(parse_dotted_name(inp)?)
    };
    expect(inp, Tok::Import)?;
    let names = parse_import_from_targets(inp)?;
    Ok(StmtKind::ImportFrom {
        module,
        names,
        level,
    })
}

/// `*`, or names, possibly in parentheses.
fn parse_import_from_targets(inp: &mut In<'_, '_>) -> Answer<Vec<Alias>> {
    match peek(inp) {
        Tok::Star => {
            let at = index(inp);
            inp.skip();
            let name = Ident {
                name: inp.state().intern("*"),
                span: inp.state().span(at),
            };
            Ok(vec![Alias { name, asname: None }])
        }
        Tok::LPar => inp.parse(
            import_from_as_names()
                .then_ignore(just(Tok::Comma).or_not())
                .delimited_by(just(Tok::LPar), just(Tok::RPar)),
        ),
        Tok::Newline => {
            let at = index(inp);
            let state = inp.state();
            let error = Diagnostic::error(
                code::INCOMPLETE,
                "Expected one or more names after 'import'",
                state.span(at),
            );
            state.report(error);
            Ok(Vec::new())
        }
        _ => {
            let names = inp.parse(import_from_as_names())?;
            if peek(inp) == Tok::Comma && peek_ahead(inp, 1) == Tok::Newline {
                let at = index(inp);
                let state = inp.state();
                let message = "trailing comma not allowed without surrounding parentheses";
                let error = Diagnostic::error(code::INCOMPLETE, message, state.span(at));
                state.report(error);
                inp.skip();
            }
            Ok(names)
        }
    }
}

fn import_from_as_names<'t>() -> impl Parse<'t, Vec<Alias>> + Clone {
    import_from_as_name()
        .separated_by(just(Tok::Comma))
        .at_least(1)
        .collect::<Vec<_>>()
}

/// `a as b`
fn import_from_as_name<'t>() -> impl Parse<'t, Alias> + Clone {
    name()
        .then(just(Tok::As).ignore_then(name()).or_not())
        .map(|(name, asname)| Alias { name, asname })
}

/// Whether a `type` statement is next: `type` is a name everywhere else.
fn is_type_alias(inp: &mut In<'_, '_>) -> bool {
    let at = index(inp);
    peek_ahead(inp, 1) == Tok::Name && inp.state().text(at) == "type"
}

/// `type name[T] = value`
fn type_alias<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::Name)
        .ignore_then(name())
        .then(type_params())
        .then_ignore(just(Tok::Equal))
        .then(expression())
        .map(|((name, type_params), value)| {
            StmtKind::TypeAlias(Box::new(TypeAlias {
                name,
                type_params,
                value,
            }))
        })
}

/// An expression, an assignment of any kind.
fn parse_expression_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    let start = index(inp);
    let value = parse_yield_or_star_expressions(inp)?;
    match peek(inp) {
        Tok::Equal => assignment(inp, start, value),
        // A bare `yield` may be assigned, nothing else.
        _ if inp.state().kind(start) == Tok::Yield => Ok(StmtKind::Expr { value }),
        Tok::Colon => annotated_assignment(inp, start, value),
        tok => match augmented_operator(tok) {
            Some(op) => augmented_assignment(inp, value, op),
            None => Ok(StmtKind::Expr { value }),
        },
    }
}

/// `a = b = value`, at the first equals sign; the statement began at `start`.
fn assignment(inp: &mut In<'_, '_>, start: usize, first: Expr) -> Answer<StmtKind> {
    let equal = index(inp);
    let mut targets = vec![first];
    let mut value = None;
    while eat(inp, Tok::Equal) {
        targets.extend(value.take());
        value = Some(inp.parse(yield_or_star_expressions())?);
    }
    let Some(value) = value else {
        return Err(missing(inp, Tok::Equal));
    };
    if let Some(invalid) = targets.iter().find_map(|one| first_invalid(one, false)) {
        let is_whole = targets.iter().any(|target| std::ptr::eq(target, invalid));
        wrong_target(inp.state(), invalid, is_whole, (start, equal));
    }
    Ok(StmtKind::Assign { targets, value })
}

/// Reports a target, or a part of one, that cannot be assigned to; `start` and
/// `equal` are the tokens of the beginning and of the first equals sign.
#[cold]
fn wrong_target(
    state: &mut State<'_>,
    invalid: &Expr,
    is_whole: bool,
    (start, equal): (usize, usize),
) {
    if let Some(error) = comparison_instead(state, start, equal) {
        state.report(error);
        return;
    }
    let is_yield = matches!(
        invalid.kind,
        ExprKind::Yield { .. } | ExprKind::YieldFrom { .. }
    );
    let message = if is_yield && is_whole {
        "assignment to yield expression not possible".to_owned()
    } else {
        format!("cannot assign to {}", expression_name(invalid))
    };
    state.report(Diagnostic::error(code::TARGET, message, invalid.span));
}

/// `target op= value`, at the operator.
fn augmented_assignment(inp: &mut In<'_, '_>, target: Expr, op: Operator) -> Answer<StmtKind> {
    inp.skip();
    let value = inp.parse(yield_or_star_expressions())?;
    if !is_single(&target) {
        let name = expression_name(&target);
        let message = format!("'{name}' is an illegal expression for augmented assignment");
        let error = Diagnostic::error(code::TARGET, message, target.span);
        inp.state().report(error);
    }
    Ok(StmtKind::AugAssign { target, op, value })
}

fn is_single(target: &Expr) -> bool {
    matches!(
        target.kind,
        ExprKind::Name { .. } | ExprKind::Attribute { .. } | ExprKind::Subscript { .. }
    )
}

const fn augmented_operator(tok: Tok) -> Option<Operator> {
    Some(match tok {
        Tok::PlusEqual => Operator::Add,
        Tok::MinEqual => Operator::Sub,
        Tok::StarEqual => Operator::Mult,
        Tok::SlashEqual => Operator::Div,
        Tok::DoubleSlashEqual => Operator::FloorDiv,
        Tok::PercentEqual => Operator::Mod,
        Tok::AtEqual => Operator::MatMult,
        Tok::AmperEqual => Operator::BitAnd,
        Tok::VBarEqual => Operator::BitOr,
        Tok::CircumflexEqual => Operator::BitXor,
        Tok::LeftShiftEqual => Operator::LShift,
        Tok::RightShiftEqual => Operator::RShift,
        Tok::DoubleStarEqual => Operator::Pow,
        _ => return None,
    })
}

/// `target: annotation = value`, at the colon; the target began at `start`.
fn annotated_assignment(inp: &mut In<'_, '_>, start: usize, target: Expr) -> Answer<StmtKind> {
    inp.skip();
    let annotation = inp.parse(expression())?;
    let value = if eat(inp, Tok::Equal) {
        Some(inp.parse(yield_or_star_expressions())?)
    } else {
        None
    };
    if !is_single(&target) {
        let message = match &target.kind {
            ExprKind::List { .. } => "only single target (not list) can be annotated",
            ExprKind::Tuple { .. } => "only single target (not tuple) can be annotated",
            _ => "illegal target for annotation",
        };
        let error = Diagnostic::error(code::TARGET, message, target.span);
        inp.state().report(error);
    }
    grow(inp)?;
    let is_name = matches!(target.kind, ExprKind::Name { .. });
    let simple = is_name && inp.state().kind(start) == Tok::Name;
    Ok(StmtKind::AnnAssign(Box::new(AnnAssign {
        target,
        annotation,
        value,
        simple,
    })))
}

/// Judges the target of `as` in a `with`.
pub(super) fn check_with_target(inp: &mut In<'_, '_>, target: &Expr) {
    if matches!(peek(inp), Tok::Comma | Tok::RPar | Tok::Colon) {
        check_assignable(inp.state(), target);
    }
}
