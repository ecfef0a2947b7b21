//! Statements: lists of them, blocks, lines, and going on after a mistake.

use chumsky::prelude::*;

use super::compound::{self, Owner, missing_block};
use super::cursor::{eat, expect, index, missing, peek, peek_ahead};
use super::error::ParseError;
use super::expression::parse_star_expressions;
use super::simple::simple_stmt;
use super::state::State;
use super::{Answer, In, Parse, definition, diagnose, pattern};
use crate::ast::{Expr, Stmt, StmtKind};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// A whole file.
pub(super) fn file<'t>() -> impl Parse<'t, Vec<Stmt>> + Copy {
    custom(|inp: &mut In<'t, '_>| {
        let mut body = Vec::new();
        loop {
            statements(inp, &mut body);
            match inp.next() {
                // A dedent without a block: the lexer has reported what it is.
                Some(Tok::Dedent) => {}
                Some(_) | None => return Ok(body),
            }
        }
    })
}

/// A whole text as one expression.
pub(super) fn eval<'t>() -> impl Parse<'t, Option<Expr>> + Copy {
    custom(|inp: &mut In<'t, '_>| {
        while eat(inp, Tok::Newline) || eat(inp, Tok::Indent) {}
        let start = index(inp);
        let before = inp.save();
        let parsed = parse_star_expressions(inp).and_then(|expr| {
            while eat(inp, Tok::Newline) || eat(inp, Tok::Dedent) {}
            expect(inp, Tok::End)?;
            Ok(expr)
        });
        let parsed = match parsed {
            Ok(expr) => Some(expr),
            Err(error) => {
                inp.rewind(before);
                diagnose::report(inp.state(), start, error);
                None
            }
        };
        while inp.next().is_some() {}
        Ok(parsed)
    })
}

/// Statements up to the end of the block or of the text. Never fails: a bad
/// statement is reported and left out.
fn statements(inp: &mut In<'_, '_>, body: &mut Vec<Stmt>) {
    loop {
        match peek(inp) {
            Tok::Dedent | Tok::End => return,
            Tok::Newline => inp.skip(),
            _ => {
                let start = index(inp);
                let before = inp.save();
                let state = inp.state();
                state.depth = 0;
                state.height = 0;
                state.field = None;
                if let Err(error) = statement(inp, body) {
                    inp.rewind(before);
                    recover(inp, start, error);
                }
            }
        }
    }
}

/// One compound statement, or a line of simple ones.
fn statement(inp: &mut In<'_, '_>, body: &mut Vec<Stmt>) -> Answer<()> {
    let start = index(inp);
    let kind = match peek(inp) {
        Tok::If => inp.parse(compound::if_stmt())?,
        Tok::For => inp.parse(compound::for_stmt(false))?,
        Tok::While => inp.parse(compound::while_stmt())?,
        Tok::With => inp.parse(compound::with_stmt(false))?,
        Tok::Try => compound::parse_try_stmt(inp)?,
        Tok::Def => definition::parse_function_def(inp, Vec::new(), false)?,
        Tok::Class => definition::parse_class_def(inp, Vec::new())?,
        Tok::Async => parse_async_stmt(inp)?,
        Tok::At => {
            let (kind, span) = definition::parse_decorated(inp)?;
            body.push(Stmt { kind, span });
            return Ok(());
        }
        Tok::Name if pattern::is_match_stmt(inp) => pattern::parse_match_stmt(inp)?,
        _ => return simple_stmts(inp, body),
    };
    let end = index(inp);
    let span = span_of_statement(inp.state(), start, end);
    body.push(Stmt { kind, span });
    Ok(())
}

/// `async def`, `async for`, `async with`.
fn parse_async_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    expect(inp, Tok::Async)?;
    match peek(inp) {
        Tok::Def => definition::parse_function_def(inp, Vec::new(), true),
        Tok::For => inp.parse(compound::for_stmt(true)),
        _ => inp.parse(compound::with_stmt(true)),
    }
}

/// Simple statements up to the end of the line.
fn simple_stmts(inp: &mut In<'_, '_>, body: &mut Vec<Stmt>) -> Answer<()> {
    loop {
        let start = index(inp);
        let kind = inp.parse(simple_stmt())?;
        let end = index(inp);
        let span = inp.state().span_between(start, end);
        body.push(Stmt { kind, span });
        match peek(inp) {
            Tok::Newline => {
                inp.skip();
                return Ok(());
            }
            Tok::Semi => {
                inp.skip();
                if eat(inp, Tok::Newline) {
                    return Ok(());
                }
            }
            _ => return Err(missing(inp, Tok::Newline)),
        }
    }
}

/// `:` and what belongs to `owner`: an indented block, or statements on the line.
pub(super) fn parse_block(inp: &mut In<'_, '_>, owner: Owner) -> Answer<Vec<Stmt>> {
    if !eat(inp, Tok::Colon) {
        missing_colon(inp)?;
    }
    let mut body = Vec::new();
    if peek(inp) != Tok::Newline {
        simple_stmts(inp, &mut body)?;
        return Ok(body);
    }
    inp.skip();
    if !eat(inp, Tok::Indent) {
        missing_block(inp, owner);
        return Ok(body);
    }
    statements(inp, &mut body);
    expect(inp, Tok::Dedent)?;
    Ok(body)
}

/// A colon that was forgotten at the end of the line is put in; elsewhere it is not
/// clear what was meant.
fn missing_colon(inp: &mut In<'_, '_>) -> Answer<()> {
    let error = missing(inp, Tok::Colon);
    if peek(inp) != Tok::Newline || peek_ahead(inp, 1) != Tok::Indent {
        return Err(error);
    }
    let at = index(inp);
    let state = inp.state();
    let span = state.span(at);
    let expected = Diagnostic::error(code::MISSING_COLON, "expected ':'", span)
        .with_help("end the line with a colon");
    state.report(expected);
    Ok(())
}

/// Goes on behind a statement that began at the token `start`, which is next, and
/// could not be parsed: reports the error and skips the line it is in. The block
/// below that line, if any, is parsed for its own mistakes, and clauses that
/// belong to the bad statement are skipped likewise.
fn recover(inp: &mut In<'_, '_>, start: usize, error: ParseError) {
    diagnose::report(inp.state(), start, error);
    let at = error.at as usize;
    while index(inp) < at && peek(inp) != Tok::End {
        inp.skip();
    }
    let mut is_first = true;
    loop {
        let here = index(inp);
        let line_begins_here =
            here > start && matches!(inp.state().kind(here - 1), Tok::Newline | Tok::Dedent);
        if !(is_first && line_begins_here && error.is_reported) {
            skip_line(inp);
        }
        is_first = false;
        if eat(inp, Tok::Indent) {
            let mut ignored = Vec::new();
            statements(inp, &mut ignored);
            eat(inp, Tok::Dedent);
        }
        if !matches!(
            peek(inp),
            Tok::Elif | Tok::Else | Tok::Except | Tok::Finally
        ) {
            return;
        }
    }
}

/// Skips up to and with the end of the line; stops before an indentation.
fn skip_line(inp: &mut In<'_, '_>) {
    loop {
        match peek(inp) {
            Tok::End | Tok::Indent | Tok::Dedent => return,
            Tok::Newline => {
                inp.skip();
                return;
            }
            _ => inp.skip(),
        }
    }
}

/// The index of the first token of the line on which the next token stands.
pub(super) fn line_start(inp: &mut In<'_, '_>) -> usize {
    let at = index(inp);
    first_of_line(inp.state().kinds, at)
}

/// The index of the first token of the logical line of the token at `at`.
pub(super) fn first_of_line(kinds: &[Tok], at: usize) -> usize {
    let before = kinds.get(..at).unwrap_or(kinds);
    before
        .iter()
        .rposition(|tok| matches!(tok, Tok::Newline | Tok::Indent | Tok::Dedent))
        .map_or(0, |end| end + 1)
}

/// The place of a statement that began at the token `first` and ended before the
/// token `end`, without the line ends and dedents behind it.
pub(super) fn span_of_statement(state: &State<'_>, first: usize, end: usize) -> Span {
    let mut last = end;
    while last > first + 1 && matches!(state.kind(last - 1), Tok::Newline | Tok::Dedent) {
        last -= 1;
    }
    state.span_between(first, last)
}

/// The number of the line of `offset`, counted from 1.
pub(super) fn line_number(source: &str, offset: u32) -> usize {
    let before = source.get(..offset as usize).unwrap_or(source);
    let line_feeds = before.bytes().filter(|byte| *byte == b'\n').count();
    let lone_returns = before
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0] == b'\r' && pair[1] != b'\n')
        .count();
    1 + line_feeds + lone_returns
}
