//! Is it time to run what was typed?
//!
//! A prompt reads lines until they are a statement. As at CPython's prompt a
//! statement with a block ends with an empty line; an open bracket, an open
//! triple-quoted string and a backslash at the end of the line ask for more; a
//! mistake is answered as soon as it is certain.

use crate::diagnostic::{Diagnostic, code};
use crate::token::Tok;
use crate::{Parsed, Tokenized, Tokens, merge, parser, tokenize};

/// What the lines typed so far are.
#[derive(Clone, Debug, PartialEq)]
pub enum Interactive {
    /// The beginning of something: read another line.
    Incomplete,
    /// Something to run, or to complain about.
    Complete(Parsed),
}

/// Parses what was typed at a prompt so far.
#[must_use]
pub fn parse_interactive(text: &str) -> Interactive {
    let source = if text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    };
    let Tokenized {
        tokens,
        diagnostics: lexical,
    } = tokenize(&source);
    let is_open = lexical.iter().any(is_open_end);
    // What is open hides mistakes on the same line from the parser's list; here
    // they matter.
    let visible: Vec<_> = lexical
        .iter()
        .filter(|one| !is_open_end(one))
        .cloned()
        .collect();
    let (module, found) = parser::parse_module(&source, &tokens, &visible);
    let errors = || visible.iter().chain(&found.0).filter(|one| one.is_error());
    let end = source.len();
    let awaits_more = |one: &Diagnostic| {
        let start = one.primary.span.start as usize;
        let is_block = one.code == code::MISSING_BLOCK || is_lonely_try(one);
        start >= end
            || (is_block
                && source
                    .get(start..)
                    .is_some_and(|rest| rest.trim().is_empty()))
    };
    let is_beginning = if is_open {
        errors().all(|one| one.primary.span.start as usize + 1 >= end)
    } else {
        !ends_with_blank_line(&source)
            && errors().all(awaits_more)
            && (errors().next().is_some() || last_statement_is_compound(&source, &tokens))
    };
    if is_beginning {
        return Interactive::Incomplete;
    }
    let (module, found) = if is_open {
        parser::parse_module(&source, &tokens, &lexical)
    } else {
        (module, found)
    };
    Interactive::Complete(Parsed {
        module,
        diagnostics: merge(lexical, found),
    })
}

/// Whether the text ends inside something that goes on over lines.
fn is_open_end(diagnostic: &Diagnostic) -> bool {
    let message = &diagnostic.message;
    message.ends_with("was never closed")
        || message.starts_with("unterminated triple-quoted")
        || message == "unexpected EOF while parsing"
}

fn is_lonely_try(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == code::INCOMPLETE
        && diagnostic.message == "expected 'except' or 'finally' block"
}

fn ends_with_blank_line(source: &str) -> bool {
    let before = source.strip_suffix('\n').unwrap_or(source);
    before
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.trim().is_empty())
}

/// Whether the last statement at the margin has a block.
fn last_statement_is_compound(source: &str, tokens: &Tokens) -> bool {
    let mut depth = 0_usize;
    let mut starts_line = true;
    let mut is_compound = false;
    for (index, tok) in tokens.kinds.iter().enumerate() {
        match tok {
            Tok::Indent => depth += 1,
            Tok::Dedent => depth = depth.saturating_sub(1),
            Tok::Newline => starts_line = true,
            Tok::End => {}
            _ if starts_line => {
                starts_line = false;
                if depth == 0 {
                    is_compound = starts_compound(source, tokens, index);
                }
            }
            _ => {}
        }
    }
    is_compound
}

fn starts_compound(source: &str, tokens: &Tokens, index: usize) -> bool {
    let Some(tok) = tokens.kinds.get(index) else {
        return false;
    };
    let is_clause = matches!(tok, Tok::Elif | Tok::Else | Tok::Except | Tok::Finally);
    let is_match = *tok == Tok::Name
        && tokens.spans.get(index).map(|span| span.text(source)) == Some("match")
        && tokens.kinds.get(index..).is_some_and(|rest| {
            let line = rest.iter().position(|tok| *tok == Tok::Newline);
            line.is_some_and(|end| end > 1 && rest.get(end - 1) == Some(&Tok::Colon))
        });
    tok.is_compound_keyword() || is_clause || is_match
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match parse_interactive(text) {
            Interactive::Incomplete => "incomplete",
            Interactive::Complete(parsed) if parsed.is_ok() => "complete",
            Interactive::Complete(_) => "wrong",
        }
    }

    #[test]
    fn what_asks_for_another_line() {
        for text in [
            "if x:",
            "if x:\n    pass",
            "if x: pass",
            "def f():\n    pass\n",
            "foo(1,",
            "foo(",
            "x = [\n\n",
            "'''abc",
            "f'''{x",
            "x = \\",
            "@a",
            "try:\n    pass",
            "match x:",
            "for x in y:\n    if z:",
            "async def f():",
            "class A:\n    def f(self):\n        return (",
        ] {
            assert_eq!(kind(text), "incomplete", "{text:?}");
        }
    }

    #[test]
    fn what_can_be_run() {
        for text in [
            "",
            "# c",
            "x = 1",
            "if x:\n    pass\n\n",
            "if x: pass\n\n",
            "foo(1,\n2)",
            "x; y",
            "match = 1",
            "await x",
        ] {
            assert_eq!(kind(text), "complete", "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_at_once() {
        for text in [
            "x = ",
            "if x = 1:",
            "if x",
            "foo(1 2",
            "foo(def",
            ")",
            "'abc",
            "if x:\n\n",
            "  x",
            "try:\n    pass\n\n",
            "x y",
        ] {
            assert_eq!(kind(text), "wrong", "{text:?}");
        }
    }
}
