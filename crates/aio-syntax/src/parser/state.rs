//! What the parsers carry along: places, names, diagnostics, heights.

use std::rc::Rc;

use chumsky::input::{Checkpoint, Cursor};
use chumsky::inspector::Inspector;

use super::{Input, room};
use crate::MAX_EXPRESSION_HEIGHT;
use crate::ast::Ident;
use crate::diagnostic::{Diagnostic, code};
use crate::interner::Interner;
use crate::lexer::{Tokens, is_syntactic};
use crate::span::Span;
use crate::token::Tok;

/// The state of one parse.
pub(super) struct State<'t> {
    pub(super) source: &'t str,
    pub(super) kinds: &'t [Tok],
    pub(super) spans: &'t [Span],
    /// What the lexer has reported.
    pub(super) lexical: &'t [Diagnostic],
    names: Interner,
    diagnostics: Vec<Diagnostic>,
    /// The lexical errors that a syntax error makes superfluous, by index.
    superseded: Vec<usize>,
    /// The brace of the f-string field that is being parsed.
    pub(super) field: Option<usize>,
    /// The greatest height of the expressions that were completed inside the
    /// operation that is being parsed; see `grow`.
    pub(super) height: u32,
    /// How many operations are being parsed inside each other.
    pub(super) depth: u32,
    /// Where the native stack ends that the parse may use; see `room`.
    pub(super) stack_end: usize,
}

impl<'t> State<'t> {
    pub(super) fn new(source: &'t str, tokens: &'t Tokens, lexical: &'t [Diagnostic]) -> Self {
        Self {
            source,
            kinds: &tokens.kinds,
            spans: &tokens.spans,
            lexical,
            names: Interner::new(),
            diagnostics: Vec::new(),
            superseded: Vec::new(),
            field: None,
            height: 0,
            depth: 0,
            stack_end: room::end_of_borrowed(),
        }
    }

    /// The kind of the token at `index`; `End` behind the last.
    pub(super) fn kind(&self, index: usize) -> Tok {
        self.kinds.get(index).copied().unwrap_or(Tok::End)
    }

    /// The place of the token at `index`.
    pub(super) fn span(&self, index: usize) -> Span {
        match self.spans.get(index) {
            Some(span) => *span,
            None => self.spans.last().copied().unwrap_or_default(),
        }
    }

    /// The text of the token at `index`.
    pub(super) fn text(&self, index: usize) -> &'t str {
        self.span(index).text(self.source)
    }

    /// From the token at `first` up to and without the token at `end`.
    pub(super) fn span_between(&self, first: usize, end: usize) -> Span {
        if end > first {
            self.span(first).to(self.span(end - 1))
        } else {
            Span::at(self.span(first).start)
        }
    }

    /// The name that the token at `index` is.
    pub(super) fn name(&mut self, index: usize) -> Rc<str> {
        let text = self.text(index);
        self.names.identifier(text)
    }

    /// The token at `index` as an identifier.
    pub(super) fn ident(&mut self, index: usize) -> Ident {
        Ident {
            name: self.name(index),
            span: self.span(index),
        }
    }

    /// A name made of other text than one token, e.g. a dotted one.
    pub(super) fn intern(&mut self, text: &str) -> Rc<str> {
        self.names.identifier(text)
    }

    /// Says that one more node is put on top of what was parsed. Whoever builds a
    /// node with children calls this; so no tree gets higher than the limit, and
    /// everything that recurses over trees is safe. The count is an upper bound:
    /// it is that of the highest expression completed so far in the same operation.
    pub(super) fn grow(&mut self) -> bool {
        self.height += 1;
        self.height <= MAX_EXPRESSION_HEIGHT
    }

    /// Takes in a diagnostic unless its line has one already: a second complaint
    /// about the same statement is rarely true.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        // Nothing on the line comes before its indentation.
        let is_first = diagnostic.message == "unexpected indent";
        let is_taken = diagnostic.is_error() && !is_first && {
            let line = self.logical_line(diagnostic.primary.span.start);
            let is_here = |known: &Diagnostic| known.is_error() && known.touches(line);
            let hides = |known: &Diagnostic| !is_syntactic(known) && is_here(known);
            self.lexical.iter().any(hides) || self.diagnostics.iter().any(is_here)
        };
        if !is_taken {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Takes in the error that ended the parse of a statement, for which CPython
    /// would have looked at the tokens up to `last`. A bracket that is never closed
    /// is the cause of errors on later lines, but not of one on its own line.
    pub(super) fn report_reaching(&mut self, diagnostic: Diagnostic, last: usize) {
        let line = self.logical_line(diagnostic.primary.span.start);
        let reached = self.span(last);
        let unclosed = self.lexical.iter().position(|known| {
            known.is_error() && known.message.ends_with("was never closed") && known.touches(line)
        });
        if let Some(index) = unclosed
            && let Some(known) = self.lexical.get(index)
        {
            let between = Span::new(known.primary.span.start, reached.start);
            let is_later = between.text(self.source).contains(['\n', '\r']);
            let is_put_in = reached.is_empty();
            if !is_later && !is_put_in {
                self.superseded.push(index);
                self.diagnostics.push(diagnostic);
                return;
            }
        }
        self.report(diagnostic);
    }

    /// How many diagnostics there are; see `forget_since`.
    pub(super) fn reported(&self) -> usize {
        self.diagnostics.len()
    }

    /// Drops the diagnostics of an attempt that is made again in another way.
    pub(super) fn forget_since(&mut self, reported: usize) {
        self.diagnostics.truncate(reported);
    }

    /// Takes in warnings and errors of a literal.
    pub(super) fn report_all(&mut self, diagnostics: Vec<Diagnostic>) {
        for diagnostic in diagnostics {
            self.report(diagnostic);
        }
    }

    /// The tokens of the logical line around `offset`, as a span of the source.
    fn logical_line(&self, offset: u32) -> Span {
        let inside = self.spans.partition_point(|span| span.start <= offset);
        let is_end = |tok: &Tok| matches!(tok, Tok::Newline | Tok::End);
        let known = inside.saturating_sub(1).min(self.kinds.len());
        let first = self.kinds[..known]
            .iter()
            .rposition(is_end)
            .map_or(0, |newline| newline + 1);
        let last = self.kinds[known..]
            .iter()
            .position(is_end)
            .map_or(self.kinds.len(), |length| known + length);
        Span::new(self.span(first).start, self.span(last).start)
    }

    pub(super) fn too_deep(&mut self, index: usize) {
        let span = self.span(index);
        self.report(
            Diagnostic::error(code::TOO_DEEP, "too many nested expressions", span)
                .with_help("split the expression and name its parts"),
        );
    }

    /// What was reported, and which lexical errors are superfluous.
    pub(super) fn into_diagnostics(self) -> (Vec<Diagnostic>, Vec<usize>) {
        (self.diagnostics, self.superseded)
    }
}

impl<'t> Inspector<'t, Input<'t>> for State<'t> {
    type Checkpoint = ();

    #[inline(always)]
    fn on_token(&mut self, _: &Tok) {}

    #[inline(always)]
    fn on_save<'parse>(&self, _: &Cursor<'t, 'parse, Input<'t>>) -> Self::Checkpoint {}

    #[inline(always)]
    fn on_rewind<'parse>(&mut self, _: &Checkpoint<'t, 'parse, Input<'t>, Self::Checkpoint>) {}
}
