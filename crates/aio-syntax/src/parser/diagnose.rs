//! From a parse error to a message: CPython's words, and a way out.

use super::error::ParseError;
use super::state::State;
use crate::diagnostic::{Diagnostic, SyntaxErrorKind, code};
use crate::token::Tok;

/// Reports `error`, on which a statement that began at the token `start` failed.
pub(super) fn report(state: &mut State<'_>, start: usize, error: ParseError) {
    if error.is_reported {
        return;
    }
    let _ = start;
    let at = error.at as usize;
    let found = state.kind(at);
    let span = state.span(at);
    let diagnostic = match found {
        Tok::Indent => Diagnostic::error(code::INDENTATION, "unexpected indent", span)
            .of_kind(SyntaxErrorKind::IndentationError),
        _ => Diagnostic::error(code::INVALID_SYNTAX, "invalid syntax", span),
    };
    state.report(diagnostic);
}
