//! Colors for what is being typed. A table of keywords, and one pass over the tokens.

use aio_syntax::token::Tok;

const KEYWORDS: [&str; 37] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "while", "with", "yield",
];

/// The keywords that begin with a word.
pub(super) fn keywords_beginning_with(word: &str) -> impl Iterator<Item = String> {
    KEYWORDS
        .into_iter()
        .filter(move |keyword| keyword.starts_with(word))
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The line with colors; it is as wide as without.
pub(super) fn colored(line: &str) -> String {
    let tokens = aio_syntax::tokenize(line).tokens;
    let mut out = String::with_capacity(line.len() + 32);
    let mut done = 0;
    for (kind, span) in tokens.kinds.iter().zip(&tokens.spans) {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(gap), Some(text)) = (line.get(done..start), line.get(start..end)) else {
            continue;
        };
        push_gap(&mut out, gap);
        match color_of(*kind) {
            Some(color) if !text.is_empty() => {
                out.push_str(&format!("\x1b[{color}m{text}\x1b[0m"));
            }
            Some(_) | None => out.push_str(text),
        }
        done = end;
    }
    push_gap(&mut out, line.get(done..).unwrap_or(""));
    out
}

/// Between tokens stand spaces and comments.
fn push_gap(out: &mut String, gap: &str) {
    match gap.find('#') {
        Some(at) => out.push_str(&format!("{}\x1b[90m{}\x1b[0m", &gap[..at], &gap[at..])),
        None => out.push_str(gap),
    }
}

fn color_of(kind: Tok) -> Option<u8> {
    match kind {
        Tok::Str | Tok::FStringStart | Tok::FStringMiddle | Tok::FStringEnd => Some(32),
        Tok::Int | Tok::Float | Tok::Imaginary | Tok::True | Tok::False | Tok::None => Some(36),
        Tok::Await | Tok::Async => Some(35),
        kind if kind.is_keyword() => Some(34),
        Tok::Error => Some(31),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_change_nothing_but_the_color() {
        for line in [
            "await f(1) # x",
            "print(f\"{a}b\")",
            "x = (",
            "é = '☕",
            "if x:\n    y",
        ] {
            let colored = colored(line);
            let mut plain = String::new();
            for (index, piece) in colored.split("\x1b[").enumerate() {
                let rest = piece.split_once('m').filter(|_| index > 0);
                plain.push_str(rest.map_or(piece, |(_, rest)| rest));
            }
            assert_eq!(plain, line);
        }
        assert!(colored("await x").starts_with("\x1b[35mawait\x1b[0m"));
    }
}
