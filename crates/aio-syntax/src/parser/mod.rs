//! Tokens to tree, with chumsky.
//!
//! Every production of `grammar/aio.ebnf` is a function of the same name here that
//! returns a parser. Where the next token decides, the parser is a `custom` that
//! peeks and calls the right one; there is hardly any backtracking. Recursion
//! always goes through a `custom` with a named function, so parsers are plain
//! values without boxes, built anew wherever they are used, at no cost.
//!
//! The input is the bare list of token kinds, so that chumsky's cursor is an index
//! into the token list; the spans lie beside it in [`state::State`].
//!
//! Errors: a parser fails with a [`error::ParseError`], which says at which token
//! nothing fitted and what would have. The statement list catches it
//! (`statement::recover`), turns it into a diagnostic (`diagnose`), skips the
//! statement and goes on. Mistakes that leave no doubt about the structure (an
//! invalid target, a missing colon at the end of a line, a missing block) are
//! reported on the way and do not fail.
//!
//! Heights: see [`state::State::grow`]. Depth: [`room`].

mod atom;
mod call;
mod compound;
mod comprehension;
mod cursor;
mod definition;
mod diagnose;
mod display;
mod error;
mod expression;
mod fstring;
mod parameters;
mod pattern;
mod room;
mod simple;
mod state;
mod statement;
mod strings;
mod subscript;
mod target;
mod type_params;

use chumsky::prelude::*;

use crate::ast;
use crate::diagnostic::Diagnostic;
use crate::lexer::Tokens;
use crate::span::Span;
use crate::token::Tok;

use error::ParseError;
use state::State;

/// What the parsers read.
type Input<'t> = &'t [Tok];
/// What the parsers carry along.
type Extra<'t> = extra::Full<ParseError, State<'t>, ()>;
/// The hands of a `custom` parser.
type In<'t, 'p> = chumsky::input::InputRef<'t, 'p, Input<'t>, Extra<'t>>;
/// What a parser function returns.
type Answer<T> = Result<T, ParseError>;

/// A parser of `T`. Shorter than chumsky's own name with all its parameters.
trait Parse<'t, T>: Parser<'t, Input<'t>, T, Extra<'t>> {}
impl<'t, T, P: Parser<'t, Input<'t>, T, Extra<'t>>> Parse<'t, T> for P {}

/// What a parse reports, and the indices of the lexical errors that this makes
/// superfluous.
pub(crate) type Diagnostics = (Vec<Diagnostic>, Vec<usize>);

/// Parses a whole file; `lexical` are the errors that the lexer has found.
pub(crate) fn parse_module(
    source: &str,
    tokens: &Tokens,
    lexical: &[Diagnostic],
) -> (ast::Module, Diagnostics) {
    let mut state = State::new(source, tokens, lexical);
    let parsed = statement::file()
        .parse_with_state(&tokens.kinds, &mut state)
        .into_output();
    let end = tokens.spans.last().map_or(0, |span| span.end);
    let module = ast::Module {
        body: parsed.unwrap_or_default(),
        span: Span::new(0, end),
    };
    (module, state.into_diagnostics())
}

/// Parses the whole input as one expression, as `eval` does.
pub(crate) fn parse_expression(
    source: &str,
    tokens: &Tokens,
    lexical: &[Diagnostic],
) -> (Option<ast::Expr>, Diagnostics) {
    let mut state = State::new(source, tokens, lexical);
    let parsed = statement::eval()
        .parse_with_state(&tokens.kinds, &mut state)
        .into_output();
    (parsed.flatten(), state.into_diagnostics())
}
