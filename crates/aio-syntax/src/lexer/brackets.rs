//! Brackets: which one belongs to which, and what to do when none does.
//!
//! Whatever is written, the tokens handed on are balanced: a wrong closing bracket
//! is replaced by the right one, a superfluous one is dropped, a missing one is
//! put in. Where a bracket is never closed, the rest of the file would be inside
//! it; a line that starts with a keyword that only starts statements ends that.

use super::{Lexer, offset};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// More brackets than this inside each other are refused, as in CPython.
const MAX_BRACKETS: usize = 200;

/// A bracket that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    /// `(`, `[` or `{`.
    pub(super) tok: Tok,
    /// Where it stands.
    pub(super) span: Span,
    /// Whether it opens a replacement field of an f-string.
    pub(super) is_field: bool,
}

impl Lexer<'_> {
    pub(super) fn open_bracket(&mut self, tok: Tok, span: Span) {
        if self.brackets.len() >= MAX_BRACKETS {
            self.too_many_brackets(span);
            return;
        }
        self.brackets.push(Bracket {
            tok,
            span,
            is_field: false,
        });
        self.push(tok, span);
    }

    /// Reports the nesting and gives up on the rest of the text: no program that
    /// is meant to run looks like this.
    pub(super) fn too_many_brackets(&mut self, span: Span) {
        self.report(Diagnostic::error(
            code::TOO_DEEP,
            "too many nested parentheses",
            span,
        ));
        self.give_up();
    }

    /// Skips to the end of the text.
    pub(super) fn give_up(&mut self) {
        self.logos.bump(self.logos.remainder().len());
        for bracket in std::mem::take(&mut self.brackets).into_iter().rev() {
            if let Some(closer) = bracket.tok.partner() {
                self.close_with(closer, &bracket);
            }
        }
        self.fstrings.clear();
    }

    pub(super) fn close_bracket(&mut self, tok: Tok, span: Span) {
        let opened_here = self.fstrings.last().map_or(0, |open| open.base);
        if self.brackets.is_empty() && self.closes_forgotten(tok, span) {
            return;
        }
        if self.brackets.len() <= opened_here {
            let prefix = if self.fstrings.is_empty() {
                ""
            } else {
                "f-string: "
            };
            self.report(
                Diagnostic::error(
                    code::BRACKET,
                    format!("{prefix}unmatched '{}'", span.text(self.source)),
                    span,
                )
                .labeled("nothing is open here"),
            );
            return;
        }
        let Some(bracket) = self.brackets.pop() else {
            return;
        };
        if bracket.tok.partner() == Some(tok) {
            self.push(tok, span);
            if bracket.is_field {
                self.continue_fstring();
            }
        } else {
            self.mismatched_bracket(tok, span, bracket);
        }
    }

    fn mismatched_bracket(&mut self, tok: Tok, span: Span, bracket: Bracket) {
        let text = span.text(self.source);
        if bracket.is_field && tok != Tok::RBrace {
            self.report(Diagnostic::error(
                code::BRACKET,
                format!("f-string: unmatched '{text}'"),
                span,
            ));
            self.brackets.push(bracket);
            return;
        }
        let opener = bracket.span.text(self.source);
        let between = bracket.span.to(span).text(self.source);
        let place = if between.contains('\n') {
            format!(" on line {}", self.line_of(bracket.span.start))
        } else {
            String::new()
        };
        self.report(
            Diagnostic::error(
                code::BRACKET,
                format!(
                    "closing parenthesis '{text}' does not match opening parenthesis '{opener}'{place}"
                ),
                span,
            )
            .and_label(bracket.span, "opened here"),
        );
        if let Some(closer) = bracket.tok.partner() {
            self.push(closer, span);
        }
        // `(]}` closes both: the outer field must not be lost.
        if tok == Tok::RBrace && self.brackets.last().is_some_and(|outer| outer.is_field) {
            self.brackets.pop();
            self.push(Tok::RBrace, span);
            self.continue_fstring();
        }
    }

    /// A statement starts inside brackets: they were forgotten.
    pub(super) fn close_forgotten_brackets(&mut self, at: Span) {
        if !self.fstrings.is_empty() {
            return;
        }
        let Some(innermost) = self.brackets.last().copied() else {
            return;
        };
        let diagnostic = self.diagnostics.len();
        self.report_never_closed(innermost);
        let end = Span::at(at.start);
        for bracket in &self.brackets {
            self.forgotten.push((*bracket, diagnostic));
        }
        while let Some(bracket) = self.brackets.pop() {
            if let Some(closer) = bracket.tok.partner() {
                self.push(closer, end);
            }
        }
        self.push(Tok::Newline, end);
        // The line is indented like any other; its white space was skipped.
        let bytes = self.source.as_bytes();
        let mut line = at.start as usize;
        while line > 0 && !matches!(bytes.get(line - 1), Some(b'\n' | b'\r')) {
            line -= 1;
        }
        self.restart_line(offset(line), at.start);
    }

    /// Whether `tok` closes the bracket that was last given up. Then that was not
    /// forgotten: what is wrong is the statement inside it.
    fn closes_forgotten(&mut self, tok: Tok, span: Span) -> bool {
        let Some((bracket, index)) = self.forgotten.last().copied() else {
            return false;
        };
        let fits = bracket.tok.partner() == Some(tok);
        if fits {
            self.forgotten.pop();
            let bracket_span = bracket.span;
            if let Some(diagnostic) = self.diagnostics.get_mut(index)
                && diagnostic.primary.span == bracket_span
            {
                *diagnostic =
                    Diagnostic::error(code::INVALID_SYNTAX, "invalid syntax", bracket_span)
                        .and_label(span, "up to here")
                        .with_help("a statement cannot stand inside brackets");
            }
        }
        fits
    }

    /// The text ends inside brackets.
    pub(super) fn close_unclosed_brackets(&mut self) {
        if let Some(innermost) = self.brackets.last().copied() {
            self.report_never_closed(innermost);
        }
        while let Some(bracket) = self.brackets.pop() {
            if let Some(closer) = bracket.tok.partner() {
                self.close_with(closer, &bracket);
            }
        }
    }

    /// Puts in a closing bracket at the end of the text.
    fn close_with(&mut self, closer: Tok, bracket: &Bracket) {
        let end = Span::at(self.position().max(bracket.span.end));
        self.push(closer, end);
        if bracket.is_field {
            self.push(Tok::FStringEnd, end);
        }
    }

    fn report_never_closed(&mut self, bracket: Bracket) {
        let opener = bracket.span.text(self.source);
        self.report(
            Diagnostic::error(
                code::BRACKET,
                format!("'{opener}' was never closed"),
                bracket.span,
            )
            .labeled("opened here"),
        );
    }

    /// The number of the line of `at`, counted from 1.
    pub(super) fn line_of(&self, at: u32) -> usize {
        let before = self.source.get(..at as usize).unwrap_or("");
        let line_feeds = before.bytes().filter(|byte| *byte == b'\n').count();
        let lone_returns = before
            .as_bytes()
            .windows(2)
            .filter(|pair| pair[0] == b'\r' && pair[1] != b'\n')
            .count();
        1 + line_feeds + lone_returns
    }
}
