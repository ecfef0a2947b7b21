//! Statements with blocks, but for definitions and `match`.

use chumsky::prelude::*;

use super::cursor::{eat, expect, index, name, peek, span_since};
use super::error::ParseError;
use super::expression::{expression, named_expression, parse_expression, star_expressions};
use super::simple::check_with_target;
use super::statement::{self, parse_block};
use super::target::{check_assignable, parse_star_target, star_targets};
use super::{Answer, In, Parse};
use crate::ast::{ExceptHandler, Expr, For, IfBranch, Stmt, StmtKind, Try, While, With, WithItem};
use crate::diagnostic::{Diagnostic, SyntaxErrorKind, code};
use crate::token::Tok;

/// What a block belongs to, in the words of the message about its absence. The
/// token is where it began.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

impl Owner {
    pub(super) const fn new(what: &'static str, at: usize) -> Self {
        Self { what, at }
    }
}

/// `: block`, belonging to a statement that began at the token `at`.
fn block<'t>(what: &'static str) -> impl Parse<'t, Vec<Stmt>> + Copy {
    custom(move |inp: &mut In<'t, '_>| {
        let at = statement::line_start(inp);
        parse_block(inp, Owner::new(what, at))
    })
}

/// `if a: ... elif b: ... else: ...`
pub(super) fn if_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    if_branch(Tok::If, "'if' statement")
        .then(
            if_branch(Tok::Elif, "'elif' statement")
                .repeated()
                .collect::<Vec<_>>(),
        )
        .then(custom(parse_else_block))
        .map(|((first, mut branches), orelse)| {
            branches.insert(0, first);
            StmtKind::If { branches, orelse }
        })
}

/// `if` or `elif` with its condition and block.
fn if_branch<'t>(keyword: Tok, what: &'static str) -> impl Parse<'t, IfBranch> + Clone {
    just(keyword)
        .ignore_then(named_expression())
        .then(block(what))
        .map_with(|(test, body), extra| {
            let tokens: SimpleSpan<usize> = extra.span();
            let span = statement::span_of_statement(extra.state(), tokens.start, tokens.end);
            IfBranch { test, body, span }
        })
}

/// `else: ...`, or nothing.
fn parse_else_block(inp: &mut In<'_, '_>) -> Answer<Vec<Stmt>> {
    let at = index(inp);
    if eat(inp, Tok::Else) {
        parse_block(inp, Owner::new("'else' statement", at))
    } else {
        Ok(Vec::new())
    }
}

/// `while test: ... else: ...`
pub(super) fn while_stmt<'t>() -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::While)
        .ignore_then(named_expression())
        .then(block("'while' statement"))
        .then(custom(parse_else_block))
        .map(|((test, body), orelse)| StmtKind::While(Box::new(While { test, body, orelse })))
}

/// `for target in iter: ... else: ...`; an `async` before it has been read.
pub(super) fn for_stmt<'t>(is_async: bool) -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::For)
        .ignore_then(custom(parse_for_targets))
        .then_ignore(just(Tok::In))
        .then(star_expressions())
        .then(block("'for' statement"))
        .then(custom(parse_else_block))
        .map(move |(((target, iter), body), orelse)| {
            StmtKind::For(Box::new(For {
                target,
                iter,
                body,
                orelse,
                is_async,
            }))
        })
}

/// The targets of a `for` statement, judged whatever follows them.
fn parse_for_targets(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let target = inp.parse(star_targets())?;
    if peek(inp) != Tok::In {
        check_assignable(inp.state(), &target);
    }
    Ok(target)
}

/// `with a as b, c: ...`; an `async` before it has been read.
pub(super) fn with_stmt<'t>(is_async: bool) -> impl Parse<'t, StmtKind> + Clone {
    just(Tok::With)
        .ignore_then(custom(parse_with_items))
        .then(block("'with' statement"))
        .map(move |(items, body)| {
            StmtKind::With(Box::new(With {
                items,
                body,
                is_async,
            }))
        })
}

/// The items, possibly in parentheses. `(a, b):` are two items, `(a, b) as c:` is
/// one, so the token behind the closing parenthesis decides what is tried first.
fn parse_with_items(inp: &mut In<'_, '_>) -> Answer<Vec<WithItem>> {
    if peek(inp) == Tok::LPar && (is_followed_by_colon(inp) || has_as_inside(inp)) {
        let before = inp.save();
        let reported = inp.state().reported();
        let items = inp.parse(
            with_items()
                .then_ignore(just(Tok::Comma).or_not())
                .delimited_by(just(Tok::LPar), just(Tok::RPar))
                .then_ignore(one_of([Tok::Colon, Tok::Newline]).rewind()),
        );
        match items {
            Ok(items) => return Ok(items),
            Err(error) => {
                inp.rewind(before);
                let with_as = has_as_inside(inp);
                if with_as {
                    return Err(error);
                }
                inp.state().forget_since(reported);
            }
        }
    }
    inp.parse(with_items())
}

fn with_items<'t>() -> impl Parse<'t, Vec<WithItem>> + Clone {
    custom(parse_with_item)
        .separated_by(just(Tok::Comma))
        .at_least(1)
        .collect::<Vec<_>>()
}

/// `manager as target`
fn parse_with_item(inp: &mut In<'_, '_>) -> Answer<WithItem> {
    let context_expr = parse_expression(inp)?;
    let optional_vars = if eat(inp, Tok::As) {
        let target = parse_star_target(inp)?;
        check_with_target(inp, &target);
        Some(target)
    } else {
        None
    };
    Ok(WithItem {
        context_expr,
        optional_vars,
    })
}

/// The index of the bracket that closes the one that is next.
fn matching_bracket(inp: &mut In<'_, '_>) -> usize {
    let start = index(inp);
    let state = inp.state();
    let mut depth = 0_usize;
    for (ahead, tok) in state.kinds.iter().skip(start).enumerate() {
        if tok.is_opener() {
            depth += 1;
        } else if tok.is_closer() {
            depth -= 1;
            if depth == 0 {
                return start + ahead;
            }
        }
    }
    state.kinds.len()
}

fn is_followed_by_colon(inp: &mut In<'_, '_>) -> bool {
    let closer = matching_bracket(inp);
    inp.state().kind(closer + 1) == Tok::Colon
}

fn has_as_inside(inp: &mut In<'_, '_>) -> bool {
    let start = index(inp);
    let closer = matching_bracket(inp);
    let kinds = inp.state().kinds;
    kinds
        .get(start..closer)
        .is_some_and(|inside| inside.contains(&Tok::As))
}

/// `try: ... except E as e: ... else: ... finally: ...`
pub(super) fn parse_try_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    let start = index(inp);
    expect(inp, Tok::Try)?;
    let body = parse_block(inp, Owner::new("'try' statement", start))?;
    let mut handlers = Vec::new();
    let mut is_star = None;
    while peek(inp) == Tok::Except {
        handlers.push(parse_except_block(inp, &mut is_star)?);
    }
    let orelse = if handlers.is_empty() {
        Vec::new()
    } else {
        parse_else_block(inp)?
    };
    let at = index(inp);
    let finalbody = if eat(inp, Tok::Finally) {
        parse_block(inp, Owner::new("'finally' statement", at))?
    } else if handlers.is_empty() {
        return Err(lonely_try(inp, at));
    } else {
        Vec::new()
    };
    Ok(StmtKind::Try(Box::new(Try {
        body,
        handlers,
        orelse,
        finalbody,
        is_star: is_star.unwrap_or(false),
    })))
}

/// A `try` that nothing follows; `at` is the token where something should.
fn lonely_try(inp: &mut In<'_, '_>, at: usize) -> ParseError {
    let state = inp.state();
    let rest = state.kinds.get(at..).unwrap_or(&[]);
    let is_end = rest.iter().all(|tok| matches!(tok, Tok::Dedent | Tok::End));
    let place = if is_end {
        // At the end of the text: behind the last line that is not blank.
        let before = state.kinds.get(..at).unwrap_or(&[]);
        let newline = before.iter().rposition(|tok| *tok == Tok::Newline);
        newline.unwrap_or(at)
    } else {
        at
    };
    let error = Diagnostic::error(
        code::INCOMPLETE,
        "expected 'except' or 'finally' block",
        state.span(place),
    );
    state.report(error);
    // Nothing of what follows belongs to the `try`.
    ParseError::reported(at)
}

/// One handler; `is_star` says what its neighbors are.
fn parse_except_block(inp: &mut In<'_, '_>, is_star: &mut Option<bool>) -> Answer<ExceptHandler> {
    let start = index(inp);
    expect(inp, Tok::Except)?;
    let star = eat(inp, Tok::Star);
    if is_star.is_some_and(|known| known != star) {
        let span = span_since(inp, start);
        let message = "cannot have both 'except' and 'except*' on the same 'try'";
        let error = Diagnostic::error(code::INCOMPLETE, message, span);
        inp.state().report(error);
    }
    *is_star = Some(star);
    let type_ = match peek(inp) {
        Tok::Colon | Tok::Newline if star => {
            let span = span_since(inp, start);
            let message = "expected one or more exception types";
            let error = Diagnostic::error(code::INCOMPLETE, message, span);
            inp.state().report(error);
            None
        }
        Tok::Colon | Tok::Newline => None,
        _ => Some(except_type(inp)?),
    };
    let name = if type_.is_some() && eat(inp, Tok::As) {
        Some(inp.parse(name())?)
    } else {
        None
    };
    let what = if star {
        "'except*' statement"
    } else {
        "'except' statement"
    };
    let body = parse_block(inp, Owner::new(what, start))?;
    let end = index(inp);
    let span = statement::span_of_statement(inp.state(), start, end);
    Ok(ExceptHandler {
        type_,
        name,
        body,
        span,
    })
}

/// The class of a handler; several need parentheses.
fn except_type(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let first = inp.parse(expression())?;
    if peek(inp) == Tok::Comma {
        while eat(inp, Tok::Comma) {
            inp.parse(expression())?;
        }
        let span = span_since(inp, start);
        let message = "multiple exception types must be parenthesized";
        let types = span.text(inp.state().source);
        let error = Diagnostic::error(code::INCOMPLETE, message, span)
            .with_help(format!("write `except ({types})`"));
        inp.state().report(error);
    }
    Ok(first)
}

/// The diagnostic for a block that is missing.
pub(super) fn missing_block(inp: &mut In<'_, '_>, owner: Owner) {
    let at = index(inp);
    let state = inp.state();
    let rest = state.kinds.get(at..).unwrap_or(&[]);
    let is_end = rest.iter().all(|tok| matches!(tok, Tok::Dedent | Tok::End));
    // At the end of the text the place is behind the header.
    let place = if is_end && state.kind(at - 1) == Tok::Newline {
        at - 1
    } else {
        at
    };
    let line = statement::line_number(state.source, state.span(owner.at).start);
    let message = format!(
        "expected an indented block after {} on line {line}",
        owner.what
    );
    let error = Diagnostic::error(code::MISSING_BLOCK, message, state.span(place))
        .of_kind(SyntaxErrorKind::IndentationError)
        .and_label(state.span(owner.at), "the block belongs to this")
        .with_help("indent what belongs to it, or write `pass`");
    state.report(error);
}
