//! From a parse error to a message: CPython's words, and a way out.
//!
//! CPython parses a bad text a second time with extra rules for common mistakes and
//! reports the first that applies, else "invalid syntax" at the furthest token. The
//! same is done here from the other end: the failure is known, and the mistakes
//! that can lead to it are tried in the order in which CPython would meet them.
//! Where a rule needs to know what an expression is, that piece is parsed again
//! (`Site::parse`); this is the path of errors, nobody waits for it.

mod expressions;
mod fields;
mod habits;

use chumsky::prelude::*;

use super::error::ParseError;
use super::expression::{parse_star_expressions, starts_expression};
use super::state::State;
use super::statement::first_of_line;
use super::{Answer, In};
use crate::diagnostic::{Diagnostic, SyntaxErrorKind, code};
use crate::lexer::Tokens;
use crate::span::Span;
use crate::token::Tok;

/// Reports `error`, on which a statement that began at the token `start` failed.
pub(super) fn report(state: &mut State<'_>, start: usize, error: ParseError) {
    if error.is_reported {
        return;
    }
    let at = error.at as usize;
    let site = Site {
        source: state.source,
        kinds: state.kinds,
        spans: state.spans,
        line: first_of_line(state.kinds, at).max(start.min(at)),
        at,
        error,
        field: state.field,
    };
    let (diagnostic, last) = site.diagnose();
    state.report_reaching(diagnostic, last);
}

/// CPython's message about the first equals sign of an assignment, the token at
/// `equal`, some target of which cannot be assigned to: perhaps a comparison was
/// meant. The statement began at the token `start`.
pub(super) fn comparison_instead(
    state: &State<'_>,
    start: usize,
    equal: usize,
) -> Option<Diagnostic> {
    let site = Site {
        source: state.source,
        kinds: state.kinds,
        spans: state.spans,
        line: start,
        at: equal,
        error: ParseError::reported(equal),
        field: None,
    };
    // In a bare tuple the last element stands beside the equals sign.
    let is_bare = |at: &usize| site.kind(*at) == Tok::Comma && site.opener_before(*at).is_none();
    let comma = (start..equal).rev().find(is_bare);
    let start = comma.map_or(start, |comma| comma + 1);
    site.equal_sign_from(start)
        .map(|(diagnostic, _)| diagnostic)
}

/// A place where a parse failed.
struct Site<'t> {
    source: &'t str,
    kinds: &'t [Tok],
    spans: &'t [Span],
    /// The first token of the line, or of the statement if that began later.
    line: usize,
    /// The token that did not fit.
    at: usize,
    error: ParseError,
    /// The brace of the f-string field that was being parsed.
    field: Option<usize>,
}

/// Whether an expression can end in `tok`.
const fn ends_expression(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Name
            | Tok::Int
            | Tok::Float
            | Tok::Imaginary
            | Tok::Str
            | Tok::FStringEnd
            | Tok::RPar
            | Tok::RSqb
            | Tok::RBrace
            | Tok::None
            | Tok::True
            | Tok::False
            | Tok::Ellipsis
    )
}

/// A diagnostic, and the last token that CPython would have looked at for it.
type Found = (Diagnostic, usize);

impl<'t> Site<'t> {
    fn kind(&self, index: usize) -> Tok {
        self.kinds.get(index).copied().unwrap_or(Tok::End)
    }

    fn span(&self, index: usize) -> Span {
        self.spans.get(index).copied().unwrap_or_default()
    }

    fn text(&self, index: usize) -> &'t str {
        self.span(index).text(self.source)
    }

    fn expects(&self, tok: Tok) -> bool {
        self.error.expected.contains(tok)
    }

    /// From the token at `first` to the token at `last`.
    fn span_of(&self, first: usize, last: usize) -> Span {
        self.span(first).to(self.span(last))
    }

    fn diagnose(&self) -> Found {
        self.header()
            .or_else(|| self.expression_rules())
            .or_else(|| self.field_rules())
            .or_else(|| self.star_argument())
            .unwrap_or_else(|| (self.generic(), self.last_seen()))
    }

    /// The last token that CPython has looked at when it gives up: where two
    /// expressions meet it parses the second one to see whether a comma is missing.
    fn last_seen(&self) -> usize {
        let follows_operand = self.at > self.line && ends_expression(self.kind(self.at - 1));
        if !follows_operand || !starts_expression(self.kind(self.at)) {
            return self.at;
        }
        match self.try_parse(self.at, parse_star_expressions) {
            Some(Ok((_, end))) => end,
            Some(Err(error)) => self.at + error.at as usize,
            None => self.at,
        }
    }

    /// Mistakes in the header of a statement.
    fn header(&self) -> Option<Found> {
        let found = self.kind(self.at);
        let here = self.span(self.at);
        let first = self.kind(self.line);
        if self.expects(Tok::Colon) && self.colon_is_missing(found) {
            let error = Diagnostic::error(code::MISSING_COLON, "expected ':'", here);
            return Some((self.with_colon_help(error), self.at));
        }
        if self.expects(Tok::LPar) && self.at >= 2 && self.kind(self.at - 2) == Tok::Def {
            let error = Diagnostic::error(code::INVALID_SYNTAX, "expected '('", here)
                .with_help("a function has parentheses even without parameters");
            return Some((error, self.at));
        }
        if first == Tok::Import && found == Tok::From {
            let whole = self.span_of(self.line, self.at);
            let message = "Did you mean to use 'from ... import ...' instead?";
            return Some((Diagnostic::error(code::INCOMPLETE, message, whole), self.at));
        }
        if first == Tok::Import && found == Tok::Newline && self.at == self.line + 1 {
            let message = "Expected one or more names after 'import'";
            return Some((Diagnostic::error(code::INCOMPLETE, message, here), self.at));
        }
        self.parenthesized_parameters()
    }

    /// Whether CPython asks for a colon: everywhere after some headers, only at the
    /// end of the line after others.
    fn colon_is_missing(&self, found: Tok) -> bool {
        let first = self.kind(self.line);
        let forced = match first {
            Tok::Def => true,
            Tok::Async => self.kind(self.line + 1) == Tok::Def,
            Tok::Else | Tok::Try | Tok::Finally => self.at == self.line + 1,
            _ => false,
        };
        let closes_header = match first {
            Tok::Lambda => false,
            Tok::Name => matches!(self.text(self.line), "match" | "case"),
            _ => {
                first.is_compound_keyword()
                    || matches!(first, Tok::Elif | Tok::Else | Tok::Except | Tok::Finally)
            }
        };
        let in_bracket = self.opener_before(self.at).is_some();
        let in_lambda = self.kinds[self.line..self.at].contains(&Tok::Lambda);
        !in_bracket && (forced || (closes_header && found == Tok::Newline && !in_lambda))
    }

    fn with_colon_help(&self, error: Diagnostic) -> Diagnostic {
        let found = self.kind(self.at);
        if self.kind(self.line) == Tok::Else && found == Tok::If {
            return error.with_help("write `elif` for `else if`");
        }
        if found == Tok::LBrace {
            return error.with_help("a block is a colon and indented lines, without braces");
        }
        error.with_help("end the line with a colon")
    }

    /// `def f((a, b))` and `lambda (a, b):`.
    fn parenthesized_parameters(&self) -> Option<Found> {
        if self.kind(self.at) != Tok::LPar || !self.expects(Tok::Name) {
            return None;
        }
        let is_lambda = self.kinds[self.line..self.at].contains(&Tok::Lambda);
        let is_def = self.kinds[self.line..self.at].contains(&Tok::Def);
        let closer = self.closer_of(self.at)?;
        let inside = &self.kinds[self.at + 1..closer];
        let only_names = inside
            .iter()
            .all(|tok| matches!(tok, Tok::Name | Tok::Comma));
        let is_def = is_def && self.opener_before(self.at).is_some();
        let message = match (is_lambda, is_def) {
            (true, _) => "Lambda expression parameters cannot be parenthesized",
            (false, true) => "Function parameters cannot be parenthesized",
            (false, false) => return None,
        };
        (only_names && !inside.is_empty()).then(|| {
            let error = Diagnostic::error(code::PARAMETERS, message, self.span_of(self.at, closer));
            (error, closer)
        })
    }

    /// What CPython says if no rule applies.
    fn generic(&self) -> Diagnostic {
        let here = self.span(self.at);
        match self.kind(self.at) {
            Tok::Indent => Diagnostic::error(code::INDENTATION, "unexpected indent", here)
                .of_kind(SyntaxErrorKind::IndentationError)
                .with_help("lines of one block start in the same column"),
            Tok::Dedent => Diagnostic::error(code::INDENTATION, "unexpected unindent", here)
                .of_kind(SyntaxErrorKind::IndentationError),
            _ => self.with_habit_help(Diagnostic::error(
                code::INVALID_SYNTAX,
                "invalid syntax",
                here,
            )),
        }
    }

    /// The innermost bracket that is open before the token at `index`, no further
    /// back than the line.
    fn opener_before(&self, index: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (self.line..index).rev() {
            let tok = self.kind(at);
            if tok.is_closer() {
                depth += 1;
            } else if tok.is_opener() {
                if depth == 0 {
                    return Some(at);
                }
                depth -= 1;
            }
        }
        None
    }

    /// The bracket that closes the one at `opener`.
    fn closer_of(&self, opener: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (index, tok) in self.kinds.iter().enumerate().skip(opener) {
            if tok.is_opener() {
                depth += 1;
            } else if tok.is_closer() {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index);
                }
            }
        }
        None
    }

    /// Parses the tokens from `from` on with `parser`; gives what it made and the
    /// index of the token behind it.
    fn parse<T>(
        &self,
        from: usize,
        parser: for<'a, 'p> fn(&mut In<'a, 'p>) -> Answer<T>,
    ) -> Option<(T, usize)> {
        self.try_parse(from, parser)?.ok()
    }

    /// The same, with the error if it fails; `None` if there is nothing to parse.
    fn try_parse<T>(
        &self,
        from: usize,
        parser: for<'a, 'p> fn(&mut In<'a, 'p>) -> Answer<T>,
    ) -> Option<Result<(T, usize), ParseError>> {
        let length = self.kinds.get(from..)?.iter();
        let length = length.take_while(|tok| **tok != Tok::Newline).count() + 1;
        let end = (from + length).min(self.kinds.len());
        let tokens = Tokens {
            kinds: self.kinds[from..end].to_vec(),
            spans: self.spans[from..end].to_vec(),
        };
        let mut state = State::new(self.source, &tokens, &[]);
        custom::<_, super::Input<'_>, _, super::Extra<'_>>(move |inp: &mut In<'_, '_>| {
            let made = parser(inp);
            let end = super::cursor::index(inp);
            while inp.next().is_some() {}
            Ok(made.map(|made| (made, from + end)))
        })
        .parse_with_state(&tokens.kinds, &mut state)
        .into_output()
    }
}
