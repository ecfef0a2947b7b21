//! Small steps for `custom` parsers.

use chumsky::prelude::*;

use super::error::ParseError;
use super::{Answer, Extra, In, Input, Parse};
use crate::ast::Ident;
use crate::span::Span;
use crate::token::Tok;

/// The index of the next token.
#[inline]
pub(super) fn index(inp: &In<'_, '_>) -> usize {
    *inp.cursor().inner()
}

/// The kind of the next token.
#[inline]
pub(super) fn peek(inp: &mut In<'_, '_>) -> Tok {
    inp.peek().unwrap_or(Tok::End)
}

/// The kind of the token behind the next `ahead` ones.
#[inline]
pub(super) fn peek_ahead(inp: &mut In<'_, '_>, ahead: usize) -> Tok {
    let at = index(inp) + ahead;
    inp.state().kind(at)
}

/// Takes the next token if it is `tok`.
#[inline]
pub(super) fn eat(inp: &mut In<'_, '_>, tok: Tok) -> bool {
    let fits = inp.peek() == Some(tok);
    if fits {
        inp.skip();
    }
    fits
}

/// Takes the next token, which must be `tok`.
#[inline]
pub(super) fn expect(inp: &mut In<'_, '_>, tok: Tok) -> Answer<()> {
    if eat(inp, tok) {
        Ok(())
    } else {
        Err(missing(inp, tok))
    }
}

/// The failure of not finding `tok`, together with what else was tried here.
#[cold]
pub(super) fn missing(inp: &mut In<'_, '_>, tok: Tok) -> ParseError {
    let start = index(inp);
    match inp.parse(just::<Tok, Input<'_>, Extra<'_>>(tok)) {
        Err(error) => error,
        Ok(_) => ParseError::reported(start),
    }
}

/// The place of what was read since the token at `first`.
#[inline]
pub(super) fn span_since(inp: &mut In<'_, '_>, first: usize) -> Span {
    let end = index(inp);
    inp.state().span_between(first, end)
}

/// Says that a node is put on top of what was parsed; fails at the limit.
#[inline]
pub(super) fn grow(inp: &mut In<'_, '_>) -> Answer<()> {
    if inp.state().grow() {
        Ok(())
    } else {
        Err(too_deep(inp))
    }
}

#[cold]
pub(super) fn too_deep(inp: &mut In<'_, '_>) -> ParseError {
    let at = index(inp);
    inp.state().too_deep(at);
    ParseError::reported(at)
}

/// A parser of one identifier.
pub(super) fn name<'t>() -> impl Parse<'t, Ident> + Copy {
    custom(parse_name)
}

fn parse_name(inp: &mut In<'_, '_>) -> Answer<Ident> {
    let at = index(inp);
    expect(inp, Tok::Name)?;
    Ok(inp.state().ident(at))
}
