//! The code in the braces of an f-string, in the one style.
//!
//! Only fields on one line, without `=` and without comments, are touched; everything else of
//! the text stays as it was written.

use aio_syntax::lexer::Tokens;
use aio_syntax::token::Tok;

use crate::leaf::Leaf;
use crate::literals;
use crate::parens;
use crate::spacing;

/// The f-string whose tokens are `first..=last`.
pub(crate) fn text(source: &str, tokens: &Tokens, first: usize, last: usize) -> String {
    let mut out = String::new();
    let mut done = start(tokens, first);
    let quote = source
        .get(done..stop(tokens, first))
        .unwrap_or("")
        .trim_start_matches(|char: char| char.is_ascii_alphabetic());
    let mut at = first + 1;
    while at <= last {
        if tokens.kinds.get(at) != Some(&Tok::LBrace) {
            at += 1;
            continue;
        }
        let open_end = stop(tokens, at);
        let (end, next) = end_of_field(tokens, at + 1, last);
        out.push_str(source.get(done..open_end).unwrap_or(""));
        let written = source.get(open_end..start(tokens, end)).unwrap_or("");
        match expression(source, tokens, at + 1, end, quote) {
            Some(code) if !written.contains(['\n', '#', '\\']) => {
                if code.starts_with('{') {
                    out.push(' ');
                }
                out.push_str(&code);
                if code.ends_with('}') {
                    out.push(' ');
                }
            }
            Some(_) | None => out.push_str(written),
        }
        done = start(tokens, end);
        at = next;
    }
    out.push_str(source.get(done..stop(tokens, last)).unwrap_or(""));
    out
}

fn start(tokens: &Tokens, at: usize) -> usize {
    tokens.spans.get(at).map_or(0, |span| span.start as usize)
}

fn stop(tokens: &Tokens, at: usize) -> usize {
    tokens.spans.get(at).map_or(0, |span| span.end as usize)
}

/// Where the expression of a field ends (at `!`, `:`, `=` or its brace), and the index of the
/// token to go on with: fields in the format are found by themselves.
fn end_of_field(tokens: &Tokens, from: usize, last: usize) -> (usize, usize) {
    let mut depth = 0_i32;
    let mut at = from;
    let mut nested = 0_i32;
    while at < last {
        let kind = tokens.kinds.get(at).copied().unwrap_or(Tok::End);
        match kind {
            Tok::FStringStart => nested += 1,
            Tok::FStringEnd => nested -= 1,
            _ if nested > 0 => {}
            Tok::Exclamation | Tok::Colon | Tok::Equal if depth == 0 => return (at, at + 1),
            Tok::RBrace if depth == 0 => return (at, at + 1),
            kind => depth += i32::from(kind.is_opener()) - i32::from(kind.is_closer()),
        }
        at += 1;
    }
    (at, at + 1)
}

/// The tokens `from..end` as code on one line; `None` to leave them alone.
fn expression(
    source: &str,
    tokens: &Tokens,
    from: usize,
    end: usize,
    quote: &str,
) -> Option<String> {
    let mut leaves = Vec::new();
    for at in from..end {
        let kind = tokens.kinds.get(at).copied()?;
        let text = source.get(start(tokens, at)..stop(tokens, at))?;
        let text = match kind {
            // Code with strings of its own, or of another layout, stays.
            Tok::FStringStart | Tok::FStringMiddle | Tok::Lambda | Tok::Equal => return None,
            Tok::Str => inner_string(text, quote)?,
            Tok::Int | Tok::Float | Tok::Imaginary => literals::number(text),
            _ => text.to_owned(),
        };
        leaves.push(Leaf::new(kind, text));
    }
    if leaves.is_empty() || tokens.kinds.get(end) == Some(&Tok::Equal) {
        return None;
    }
    spacing::assign(&mut leaves);
    if leaves.last().is_some_and(|leaf| leaf.kind == Tok::Comma) {
        return None;
    }
    parens::powers_with_sign(&mut leaves);
    let mut out = String::new();
    for leaf in &leaves {
        if leaf.space && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&leaf.text);
    }
    Some(out)
}

/// A string in a field has the other quotes than those around the f-string.
fn inner_string(text: &str, quote: &str) -> Option<String> {
    let inner = if quote.starts_with('"') { '\'' } else { '"' };
    let body = text
        .strip_prefix(['"', '\''])
        .and_then(|rest| rest.strip_suffix(['"', '\'']))?;
    if body.contains(['"', '\'', '\\']) {
        return Some(text.to_owned());
    }
    Some(format!("{inner}{body}{inner}"))
}
