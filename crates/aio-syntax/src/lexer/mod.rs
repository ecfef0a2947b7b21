//! Source text to tokens: logos recognizes single tokens, this pass gives them a
//! layout.
//!
//! One loop over the text decides
//! - where logical lines end (`Newline`), where blocks begin and end (`Indent`,
//!   `Dedent`), see `layout`;
//! - which bracket belongs to which, see `brackets`;
//! - what is inside a string and which parts of an f-string are text, see
//!   `strings` and `fstrings`.
//!
//! It always produces a stream that ends in `Newline`, as many `Dedent`s as
//! needed, and `End`, with every bracket closed, whatever the text: the parser
//! need not know that something was wrong. What was wrong is in `diagnostics`.
//!
//! All limits on nesting of brackets, blocks and f-strings are enforced here, so
//! the parser's recursion over them is bounded.

mod brackets;
mod fstrings;
mod layout;
mod names;
mod numbers;
mod strings;

#[cfg(test)]
mod tests;

use logos::Logos;

use crate::diagnostic::{Diagnostic, SyntaxErrorKind, code};
use crate::span::Span;
use crate::token::Tok;

use brackets::Bracket;
use fstrings::OpenFString;
use layout::Indentation;

/// The tokens of a source: two lists of the same length.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tokens {
    /// What each token is.
    pub kinds: Vec<Tok>,
    /// Where each token stands; empty for `Dedent` and `End`.
    pub spans: Vec<Span>,
}

/// What lexing gives: tokens and what was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tokenized {
    /// All tokens, ending in `End`.
    pub tokens: Tokens,
    /// In the order in which they were met.
    pub diagnostics: Vec<Diagnostic>,
}

/// Splits `source` into tokens.
#[must_use]
pub fn tokenize(source: &str) -> Tokenized {
    if u32::try_from(source.len()).is_err() {
        return refuse(source, "source is larger than 4 GiB");
    }
    if source.as_bytes().contains(&0) {
        return refuse(source, "source code string cannot contain null bytes");
    }
    Lexer::new(source).run()
}

/// The answer for a text that is not looked at further.
fn refuse(source: &str, message: &str) -> Tokenized {
    let offset = source.bytes().position(|byte| byte == 0).unwrap_or(0);
    let start = u32::try_from(offset).unwrap_or(0);
    let span = Span::new(start, start.saturating_add(1));
    Tokenized {
        tokens: Tokens {
            kinds: vec![Tok::Newline, Tok::End],
            spans: vec![Span::at(0); 2],
        },
        diagnostics: vec![Diagnostic::error(code::ENCODING, message, span)],
    }
}

/// The state of the pass.
struct Lexer<'s> {
    source: &'s str,
    logos: logos::Lexer<'s, Tok>,
    tokens: Tokens,
    diagnostics: Vec<Diagnostic>,
    /// The open brackets, those of f-string fields included.
    brackets: Vec<Bracket>,
    /// The open blocks.
    indents: Vec<Indentation>,
    /// The f-strings whose end is not reached.
    fstrings: Vec<OpenFString>,
    /// The brackets that were closed because a statement started inside them, and
    /// the index of the diagnostic about them.
    forgotten: Vec<(Bracket, usize)>,
    /// Whether a line end inside brackets has just passed.
    line_starts_in_bracket: bool,
}

impl<'s> Lexer<'s> {
    fn new(source: &'s str) -> Self {
        // A token is five bytes long on average; growing the lists costs more
        // than a little unused memory.
        let guess = source.len() / 4 + 8;
        Self {
            source,
            logos: Tok::lexer(source),
            tokens: Tokens {
                kinds: Vec::with_capacity(guess),
                spans: Vec::with_capacity(guess),
            },
            diagnostics: Vec::new(),
            brackets: Vec::new(),
            indents: Vec::new(),
            fstrings: Vec::new(),
            forgotten: Vec::new(),
            line_starts_in_bracket: false,
        }
    }

    fn run(mut self) -> Tokenized {
        if self.source.starts_with('\u{feff}') {
            self.logos.bump('\u{feff}'.len_utf8());
        }
        self.start_line();
        while let Some(result) = self.logos.next() {
            match result {
                Ok(tok) => self.token(tok),
                Err(()) => self.bad_character(),
            }
        }
        self.finish();
        Tokenized {
            tokens: self.tokens,
            diagnostics: self.diagnostics,
        }
    }

    /// The place of the token that logos has just found.
    fn span(&self) -> Span {
        let range = self.logos.span();
        Span::new(offset(range.start), offset(range.end))
    }

    /// How far the text is read.
    fn position(&self) -> u32 {
        offset(self.logos.span().end)
    }

    fn push(&mut self, tok: Tok, span: Span) {
        self.tokens.kinds.push(tok);
        self.tokens.spans.push(span);
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Takes in one token as logos sees it.
    fn token(&mut self, tok: Tok) {
        let span = self.span();
        if self.line_starts_in_bracket && tok != Tok::Newline {
            self.line_starts_in_bracket = false;
            if tok.is_statement_keyword() {
                self.close_forgotten_brackets(span);
            }
        }
        match tok {
            Tok::Name => self.name(span),
            Tok::Newline => self.newline(span),
            Tok::Int | Tok::Float | Tok::Imaginary => self.number(tok, span),
            Tok::Str => self.string(span),
            Tok::FStringStart => self.fstring(span),
            Tok::LPar | Tok::LSqb | Tok::LBrace => self.open_bracket(tok, span),
            Tok::RPar | Tok::RSqb | Tok::RBrace => self.close_bracket(tok, span),
            Tok::Colon | Tok::ColonEqual if self.is_directly_in_field() => {
                self.format_spec(span);
            }
            Tok::Exclamation if !self.is_directly_in_field() => self.bad_character(),
            _ => self.push(tok, span),
        }
    }

    /// The end of a line: of a statement, or of nothing inside brackets.
    fn newline(&mut self, span: Span) {
        if self.brackets.is_empty() {
            self.push(Tok::Newline, span);
            self.start_line();
        } else {
            self.line_starts_in_bracket = true;
        }
    }

    /// The end of the text.
    fn finish(&mut self) {
        self.fstrings.clear();
        self.check_last_line();
        self.close_unclosed_brackets();
        let end = Span::at(offset(self.source.len()));
        if !matches!(
            self.tokens.kinds.last(),
            None | Some(Tok::Newline | Tok::Dedent)
        ) {
            self.push(Tok::Newline, end);
        }
        for _ in 0..self.indents.len() {
            self.push(Tok::Dedent, end);
        }
        self.push(Tok::End, end);
    }
}

/// Whether a lexical diagnostic stands for a syntax error that only the parser could
/// otherwise find; it has no precedence over the parser's.
pub(crate) fn is_syntactic(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == code::INVALID_SYNTAX
}

/// Whether a lexical error has no precedence over a syntax error before it: CPython's
/// lexer notes these without raising an exception.
pub(crate) fn ends_search(diagnostic: &Diagnostic) -> bool {
    diagnostic.kind != SyntaxErrorKind::SyntaxError
        || diagnostic.message.ends_with("was never closed")
        || diagnostic.message == "unexpected EOF while parsing"
        || diagnostic.message == "unexpected character after line continuation character"
}

/// A length as an offset; `tokenize` has refused texts that are too long.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
