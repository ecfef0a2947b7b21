//! The code in the braces of an f-string, in the one style.
//!
//! Only fields on one line, without `=` and without comments, are touched; everything else of
//! the field stays as it was written.

use aio_syntax::lexer::Tokens;
use aio_syntax::token::Tok;

use crate::leaf::Leaf;
use crate::literals;
use crate::parens;
use crate::spacing;
use crate::strings::{self, Place, Quotes};

/// An f-string, cut into text and fields.
pub(crate) struct Pieces<'t> {
    source: &'t str,
    tokens: Tokens,
    /// The braces of the fields that stand in the text itself: indices of tokens.
    fields: Vec<(usize, usize)>,
    /// Where the text ends: the token of the closing quotes.
    last: usize,
}

impl<'t> Pieces<'t> {
    /// The pieces of a whole f-string.
    pub(crate) fn new(source: &'t str) -> Pieces<'t> {
        let tokens = aio_syntax::tokenize(source).tokens;
        let is_end = |kind: &Tok| *kind == Tok::FStringEnd;
        let last = tokens.kinds.iter().rposition(is_end).unwrap_or(0);
        let mut fields = Vec::new();
        let mut depth = 0_u32;
        let mut open = 0;
        for (at, kind) in tokens.kinds.iter().enumerate() {
            match kind {
                Tok::LBrace => {
                    if depth == 0 {
                        open = at;
                    }
                    depth += 1;
                }
                Tok::RBrace => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        fields.push((open, at));
                    }
                }
                _ => {}
            }
        }
        Pieces {
            source,
            tokens,
            fields,
            last,
        }
    }

    /// What stands before, between and behind the fields.
    pub(crate) fn texts(&self) -> Vec<&'t str> {
        let mut from = self.stop(0);
        let mut found = Vec::new();
        for (open, close) in &self.fields {
            found.push(self.slice(from, self.start(*open)));
            from = self.stop(*close);
        }
        found.push(self.slice(from, self.start(self.last)));
        found
    }

    /// Whether other quotes would change it: there are quotes in what is shown as it was
    /// written (`{a["b"]=}`), in a format, or in a text in three quotes.
    pub(crate) fn keep_quotes(&self) -> bool {
        self.fields.iter().any(|(open, close)| {
            let (end, _) = self.end_of_expression(open + 1);
            let expression = self.slice(self.stop(*open), self.start(end));
            let is_shown = self.kind(end) == Tok::Equal && expression.contains(['"', '\'']);
            is_shown
                || (end..*close).any(|at| {
                    self.kind(at) == Tok::FStringMiddle && self.text(at).contains(['"', '\''])
                })
                || (open + 1..end).any(|at| {
                    let text = self.text(at);
                    self.kind(at) == Tok::Str
                        && text.len() > 5
                        && (text.ends_with("'''") || text.ends_with("\"\"\""))
                        && text.matches(['"', '\'']).count() > 6
                })
        })
    }

    /// What stands between the quotes, if those are `quotes` and the f-string is at `place`.
    pub(crate) fn written(
        &self,
        quotes: Quotes,
        place: Place,
        text: impl Fn(&str) -> String,
    ) -> String {
        let inner = match place {
            Place::Outside => Place::Field(quotes),
            Place::Field(_) | Place::Deep => Place::Deep,
        };
        let mut texts = self.texts().into_iter();
        let mut out = texts.next().map_or(String::new(), &text);
        for ((open, close), behind) in self.fields.iter().zip(texts) {
            self.field(*open, *close, inner, &mut out);
            out.push_str(&text(behind));
        }
        out
    }

    /// Writes a field: its expression, and those in its format.
    fn field(&self, open: usize, close: usize, place: Place, out: &mut String) {
        let mut done = self.start(open);
        let mut at = open;
        while at < close {
            if self.kind(at) != Tok::LBrace {
                at += 1;
                continue;
            }
            let begin = self.stop(at);
            let (end, next) = self.end_of_expression(at + 1);
            out.push_str(self.slice(done, begin));
            let written = self.slice(begin, self.start(end));
            match self.expression(at + 1, end, place) {
                Some(code) if !written.contains(['\n', '#']) => {
                    let is_set = code.starts_with('{');
                    out.push_str(if is_set { " " } else { "" });
                    out.push_str(&code);
                    out.push_str(if is_set && end == close { " " } else { "" });
                }
                Some(_) | None => out.push_str(written),
            }
            done = self.start(end);
            at = next;
        }
        out.push_str(self.slice(done, self.stop(close)));
    }

    /// Where the expression of a field ends (at `!`, `:`, `=` or its brace), and the index of the
    /// token to go on with: fields in the format are found by themselves.
    fn end_of_expression(&self, from: usize) -> (usize, usize) {
        let mut depth = 0_i32;
        let mut at = from;
        let mut nested = 0_i32;
        while at < self.last {
            match self.kind(at) {
                Tok::FStringStart => nested += 1,
                Tok::FStringEnd => nested -= 1,
                _ if nested > 0 => {}
                Tok::Exclamation | Tok::Colon | Tok::Equal | Tok::RBrace if depth == 0 => break,
                kind => depth += i32::from(kind.is_opener()) - i32::from(kind.is_closer()),
            }
            at += 1;
        }
        (at, at + 1)
    }

    /// The tokens `from..end` as code on one line; `None` to leave them alone.
    fn expression(&self, from: usize, end: usize, place: Place) -> Option<String> {
        if self.kind(end) == Tok::Equal {
            return None;
        }
        let mut leaves = Vec::new();
        let mut at = from;
        while at < end {
            let (leaf, next) = self.leaf(at, place);
            leaves.push(leaf);
            at = next;
        }
        if leaves.is_empty() {
            return None;
        }
        spacing::assign(&mut leaves);
        parens::bare_tuple(&mut leaves);
        parens::attributes_of_numbers(&mut leaves);
        parens::powers_with_sign(&mut leaves);
        Some(strings::line(
            leaves.iter().map(|leaf| (leaf, true)),
            0,
            place,
        ))
    }

    /// The leaf at a token, and the index of the token behind it: an f-string is one leaf.
    fn leaf(&self, at: usize, place: Place) -> (Leaf, usize) {
        let mut last = at;
        if self.kind(at) == Tok::FStringStart {
            let mut nested = 1;
            while nested > 0 && last < self.last {
                last += 1;
                match self.kind(last) {
                    Tok::FStringStart => nested += 1,
                    Tok::FStringEnd => nested -= 1,
                    _ => {}
                }
            }
        }
        let text = self.slice(self.start(at), self.stop(last));
        let leaf = match self.kind(at) {
            Tok::Str | Tok::FStringStart => Leaf::new(Tok::Str, strings::written(text, place)),
            kind @ (Tok::Int | Tok::Float | Tok::Imaginary) => {
                Leaf::new(kind, literals::number(text))
            }
            kind => Leaf::new(kind, text),
        };
        (leaf, last + 1)
    }

    fn kind(&self, at: usize) -> Tok {
        self.tokens.kinds.get(at).copied().unwrap_or(Tok::End)
    }

    fn start(&self, at: usize) -> usize {
        self.tokens
            .spans
            .get(at)
            .map_or(0, |span| span.start as usize)
    }

    fn stop(&self, at: usize) -> usize {
        self.tokens
            .spans
            .get(at)
            .map_or(0, |span| span.end as usize)
    }

    fn text(&self, at: usize) -> &'t str {
        self.slice(self.start(at), self.stop(at))
    }

    fn slice(&self, from: usize, to: usize) -> &'t str {
        self.source.get(from..to).unwrap_or("")
    }
}
