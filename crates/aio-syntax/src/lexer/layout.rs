//! Indentation: which lines belong to which block.
//!
//! As CPython does, the width of the white space before a line is counted twice:
//! once with tabs that reach to the next multiple of eight, once with tabs that
//! are one wide. If the two counts disagree about the order of two lines, the
//! meaning of the program would depend on the width of a tab, and it is refused.
//!
//! A line that is blank or holds only a comment has no indentation.

use super::{Lexer, offset};
use crate::diagnostic::{Diagnostic, SyntaxErrorKind, code};
use crate::span::Span;
use crate::token::Tok;

/// More blocks than this inside each other are refused, as in CPython.
const MAX_BLOCKS: usize = 100;

/// The two widths of the white space before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Indentation {
    /// With tab stops every eight columns.
    column: u32,
    /// With tabs as wide as a space.
    alternative: u32,
}

impl Lexer<'_> {
    /// Reads the white space before the next line that is not blank, and opens or
    /// closes blocks accordingly.
    pub(super) fn start_line(&mut self) {
        let start = self.position() as usize;
        let bytes = self.source.as_bytes();
        let mut line = start;
        let mut at = start;
        let mut here = Indentation::default();
        loop {
            match bytes.get(at) {
                Some(b' ') => {
                    here.column += 1;
                    here.alternative += 1;
                }
                Some(b'\t') => {
                    here.column = (here.column / 8 + 1) * 8;
                    here.alternative += 1;
                }
                Some(b'\x0c') => here = Indentation::default(),
                Some(b'\n' | b'\r') => {
                    here = Indentation::default();
                    line = at + 1;
                }
                Some(b'#') => {
                    at = line_end(bytes, at);
                    continue;
                }
                Some(b'\\') => match continued_line(bytes, at) {
                    Some((next, width)) => {
                        // The first line that is indented at all decides.
                        if here.column == 0 {
                            here = Indentation {
                                column: width,
                                alternative: width,
                            };
                        }
                        at = next;
                        continue;
                    }
                    None => break,
                },
                None => {
                    self.logos.bump(at - start);
                    return;
                }
                Some(_) => break,
            }
            at += 1;
        }
        self.logos.bump(at - start);
        self.indent_to(here, Span::new(offset(line), offset(at)));
    }

    /// A backslash at the end of the last line joins it with nothing.
    pub(super) fn check_last_line(&mut self) {
        let text = self.source.trim_end_matches(['\n', '\r']);
        let has_backslash = text.len() < self.source.len() && text.ends_with('\\');
        let last = self.tokens.spans.last().map_or(0, |span| span.end as usize);
        let is_joining = has_backslash
            && last < text.len()
            && self.tokens.kinds.last() != Some(&Tok::Newline)
            && text
                .get(last..text.len() - 1)
                .is_some_and(|gap| gap.trim().is_empty());
        if is_joining {
            let end = offset(text.len());
            let message = "unexpected EOF while parsing";
            let span = Span::new(end - 1, end);
            self.report(Diagnostic::error(code::CHARACTER, message, span));
        }
    }

    /// Puts a line in place whose white space has been skipped as if it were inside
    /// brackets: it starts at `line`, its first token at `at`.
    pub(super) fn restart_line(&mut self, line: u32, at: u32) {
        let mut here = Indentation::default();
        for byte in Span::new(line, at).text(self.source).bytes() {
            here.column = match byte {
                b'\t' => (here.column / 8 + 1) * 8,
                _ => here.column + 1,
            };
            here.alternative += 1;
        }
        self.indent_to(here, Span::new(line, at));
    }

    /// Opens or closes blocks so that a line indented by `here` is in place;
    /// `span` is its white space.
    fn indent_to(&mut self, here: Indentation, span: Span) {
        let current = self.indents.last().copied().unwrap_or_default();
        if here.column == current.column {
            if here.alternative != current.alternative {
                self.inconsistent_tabs(span);
            }
        } else if here.column > current.column {
            if self.indents.len() + 1 >= MAX_BLOCKS {
                self.report(
                    Diagnostic::error(code::TOO_DEEP, "too many levels of indentation", span)
                        .of_kind(SyntaxErrorKind::IndentationError),
                );
                return;
            }
            if here.alternative <= current.alternative {
                self.inconsistent_tabs(span);
            }
            self.indents.push(here);
            self.push(Tok::Indent, span);
        } else {
            self.dedent_to(here, span);
        }
    }

    fn dedent_to(&mut self, here: Indentation, span: Span) {
        while let Some(top) = self.indents.last()
            && top.column > here.column
        {
            self.indents.pop();
            self.push(Tok::Dedent, Span::at(span.end));
        }
        let top = self.indents.last().copied().unwrap_or_default();
        if top.column != here.column {
            let line = line_end(self.source.as_bytes(), span.end as usize);
            self.report(
                Diagnostic::error(
                    code::INDENTATION,
                    "unindent does not match any outer indentation level",
                    Span::new(span.start, offset(line)),
                )
                .of_kind(SyntaxErrorKind::IndentationError)
                .labeled("this line is indented like no block above it")
                .with_help("indent it exactly like the block it belongs to"),
            );
        } else if top.alternative != here.alternative {
            self.inconsistent_tabs(span);
        }
    }

    fn inconsistent_tabs(&mut self, span: Span) {
        self.report(
            Diagnostic::error(
                code::TABS,
                "inconsistent use of tabs and spaces in indentation",
                span,
            )
            .of_kind(SyntaxErrorKind::TabError)
            .with_help("indent with spaces only"),
        );
    }
}

/// The offset of the line end (or of the end of the text) at or behind `at`.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).map_or(at, |rest| {
        at + rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .unwrap_or(rest.len())
    })
}

/// If the line goes on behind a backslash at `at`: where its text goes on, and
/// the width of the white space there.
fn continued_line(bytes: &[u8], at: usize) -> Option<(usize, u32)> {
    let mut next = match (bytes.get(at + 1)?, bytes.get(at + 2)) {
        (b'\r', Some(b'\n')) => at + 3,
        (b'\r' | b'\n', _) => at + 2,
        _ => return None,
    };
    let mut width = 0;
    while let Some(b' ' | b'\t' | b'\x0c') = bytes.get(next) {
        width += 1;
        next += 1;
    }
    Some((next, width))
}
