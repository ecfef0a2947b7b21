//! Strings in the one style: double quotes unless they need more escapes, small prefixes, one
//! string where several stand side by side.
//!
//! The quotes are those of ruff. A string in a field of an f-string has the other quotes than
//! those around it; deeper than that, quotes stay as they were written.

use aio_syntax::token::Tok;

use crate::fstrings::Pieces;
use crate::leaf::Leaf;

/// The quotes around a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quotes {
    char: char,
    /// Whether there are three.
    is_long: bool,
}

impl Quotes {
    const fn text(self) -> &'static str {
        match (self.char, self.is_long) {
            ('"', false) => "\"",
            ('"', true) => "\"\"\"",
            (_, false) => "'",
            (_, true) => "'''",
        }
    }

    const fn other(self) -> char {
        if self.char == '"' { '\'' } else { '"' }
    }
}

/// Where a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Not in an f-string.
    Outside,
    /// In a field of an f-string with these quotes.
    Field(Quotes),
    /// In a field of an f-string that stands in a field itself.
    Deep,
}

/// A literal, cut into pieces.
struct Literal<'t> {
    prefix: String,
    quotes: Quotes,
    body: &'t str,
    /// The pieces of an f-string.
    pieces: Option<Pieces<'t>>,
}

impl<'t> Literal<'t> {
    fn new(text: &'t str) -> Option<Literal<'t>> {
        let (written, rest) = text.split_at(text.find(['"', '\''])?);
        let char = rest.chars().next()?;
        let is_long = rest.len() >= 6 && rest.starts_with(&[char; 3].iter().collect::<String>());
        let quotes = Quotes { char, is_long };
        let body = rest
            .strip_prefix(quotes.text())?
            .strip_suffix(quotes.text())?;
        let prefix = prefix(written);
        let pieces = prefix.contains('f').then(|| Pieces::new(text));
        Some(Literal {
            prefix,
            quotes,
            body,
            pieces,
        })
    }

    fn is_raw(&self) -> bool {
        self.prefix.contains(['r', 'R'])
    }

    /// What is text, not code.
    fn texts(&self) -> Vec<&'t str> {
        match &self.pieces {
            Some(pieces) => pieces.texts(),
            None => vec![self.body],
        }
    }

    /// Whether its quotes cannot be other ones.
    fn keeps_quotes(&self, place: Place) -> bool {
        let pieces = self.pieces.as_ref();
        place == Place::Deep || pieces.is_some_and(Pieces::keep_quotes)
    }

    fn best_quotes(&self, place: Place) -> Quotes {
        if self.keeps_quotes(place) {
            return self.quotes;
        }
        let texts = self.texts();
        let preferred = preferred(place, self.quotes.is_long);
        let char = if self.is_raw() || self.quotes.is_long {
            let clashes = |text: &&str| clashes(text, preferred, self.quotes.is_long);
            if texts.iter().any(clashes) {
                self.quotes.char
            } else {
                preferred
            }
        } else {
            rarer(&texts, preferred)
        };
        Quotes {
            char,
            ..self.quotes
        }
    }

    /// What stands between the quotes, if those are `quotes`; with its braces doubled if it
    /// becomes part of an f-string.
    fn body_in(&self, quotes: Quotes, place: Place, becomes_fstring: bool) -> String {
        let text = |text: &str| {
            if self.is_raw() {
                text.to_owned()
            } else {
                escaped(text, quotes, self.prefix.contains('b'))
            }
        };
        match &self.pieces {
            Some(pieces) => pieces.written(quotes, place, text),
            None if becomes_fstring => with_double_braces(&text(self.body)),
            None => text(self.body),
        }
    }
}

/// The string, bytes or f-string as it is written in a place.
pub(crate) fn written(text: &str, place: Place) -> String {
    let Some(literal) = Literal::new(text) else {
        return text.to_owned();
    };
    let quotes = literal.best_quotes(place);
    let body = literal.body_in(quotes, place, false);
    let quotes = quotes.text();
    format!("{}{quotes}{body}{quotes}", literal.prefix)
}

/// Strings that stand side by side as one; `None` if that would be another one, or unreadable.
pub(crate) fn join(texts: &[&str], place: Place) -> Option<String> {
    let literals: Vec<Literal> = texts
        .iter()
        .map(|text| Literal::new(text))
        .collect::<Option<_>>()?;
    if literals
        .iter()
        .any(|one| one.is_raw() || one.quotes.is_long)
    {
        return None;
    }
    let mut kept = literals.iter().filter(|one| one.keeps_quotes(place));
    let quotes = match kept.next().map(|one| one.quotes) {
        Some(quotes) if kept.all(|one| one.quotes == quotes) => quotes,
        Some(_) => return None,
        None => {
            let texts: Vec<&str> = literals.iter().flat_map(Literal::texts).collect();
            let char = rarer(&texts, preferred(place, false));
            let is_long = false;
            Quotes { char, is_long }
        }
    };
    let fstring = literals.iter().find(|one| one.pieces.is_some());
    let prefix = &fstring.or(literals.first())?.prefix;
    let mut body = String::new();
    for literal in &literals {
        let more = literal.body_in(quotes, place, fstring.is_some());
        if ends_in_octal(&body) && more.starts_with(|char: char| char.is_ascii_digit()) {
            return None;
        }
        body.push_str(&more);
    }
    let quotes = quotes.text();
    Some(format!("{prefix}{quotes}{body}{quotes}"))
}

/// Whether the text ends in an escape by an octal number that further digits would change.
fn ends_in_octal(text: &str) -> bool {
    let Some((before, digits)) = text.rsplit_once('\\') else {
        return false;
    };
    let is_escaped = (before.len() - before.trim_end_matches('\\').len()) % 2 == 1;
    let is_short = matches!(digits.len(), 1 | 2);
    !is_escaped && is_short && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Leaves on one line, which begins with `indent` spaces; for each, whether it is shown. Strings
/// that stand side by side become one, if they can.
pub(crate) fn line<'l>(
    leaves: impl Iterator<Item = (&'l Leaf, bool)>,
    indent: usize,
    place: Place,
) -> String {
    let mut text = " ".repeat(indent);
    let mut leaves = leaves.peekable();
    while let Some((leaf, is_shown)) = leaves.next() {
        if leaf.space && text.len() > indent && !text.ends_with(' ') {
            text.push(' ');
        }
        if !is_shown {
            continue;
        }
        if leaf.kind != Tok::Str {
            text.push_str(&leaf.text);
            continue;
        }
        let mut run = vec![leaf.text.as_str()];
        while let Some((next, _)) =
            leaves.next_if(|(next, is_shown)| next.kind == Tok::Str && *is_shown)
        {
            run.push(&next.text);
        }
        match join(&run, place) {
            Some(joined) if run.len() > 1 => text.push_str(&joined),
            Some(_) | None => text.push_str(&run.join(" ")),
        }
    }
    text
}

fn prefix(written: &str) -> String {
    // `R` is kept: some tools read it as "no regular expression".
    let prefix: String = written
        .chars()
        .filter(|char| !matches!(char, 'u' | 'U'))
        .map(|char| {
            if char == 'R' {
                'R'
            } else {
                char.to_ascii_lowercase()
            }
        })
        .collect();
    // The letter for "raw" comes first.
    match prefix.split_at(prefix.len().min(1)) {
        (first @ ("b" | "f"), raw @ ("r" | "R")) => format!("{raw}{first}"),
        _ => prefix,
    }
}

fn preferred(place: Place, is_long: bool) -> char {
    match place {
        Place::Field(around) if !around.is_long || is_long => around.other(),
        Place::Field(_) | Place::Outside | Place::Deep => '"',
    }
}

/// The quote that needs fewer escapes.
fn rarer(texts: &[&str], preferred: char) -> char {
    let count =
        |quote: char| -> usize { texts.iter().map(|text| text.matches(quote).count()).sum() };
    let other = if preferred == '"' { '\'' } else { '"' };
    if count(preferred) > count(other) {
        other
    } else {
        preferred
    }
}

/// Whether a text that gets no escapes would end earlier with these quotes around it.
fn clashes(text: &str, quote: char, is_long: bool) -> bool {
    let mut chars = text.chars();
    let mut run = 0;
    while let Some(char) = chars.next() {
        if char == quote {
            run += 1;
            if !is_long || run == 3 {
                return true;
            }
            continue;
        }
        run = 0;
        if char == '\\' {
            chars.next();
        }
    }
    run > 0
}

/// The text with the escapes that these quotes need, and those by number in small letters.
fn escaped(text: &str, quotes: Quotes, is_bytes: bool) -> String {
    let small = small_escapes(text, is_bytes);
    if quotes.is_long {
        return small;
    }
    let plain = without_escapes(&without_escapes(&small, quotes.other()), quotes.char);
    plain.replace(quotes.char, &format!("\\{}", quotes.char))
}

/// Escapes by number have small digits, those by name large letters.
fn small_escapes(body: &str, is_bytes: bool) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(char) = chars.next() {
        out.push(char);
        if char != '\\' {
            continue;
        }
        let Some(kind) = chars.next() else { break };
        out.push(kind);
        if kind == 'N' && !is_bytes {
            for char in chars.by_ref() {
                out.push(char.to_ascii_uppercase());
                if char == '}' {
                    break;
                }
            }
            continue;
        }
        let digits = match kind {
            'x' => 2,
            'u' if !is_bytes => 4,
            'U' if !is_bytes => 8,
            _ => 0,
        };
        for _ in 0..digits {
            let rest = chars.clone().next().filter(char::is_ascii_hexdigit);
            if let Some(digit) = rest {
                out.push(digit.to_ascii_lowercase());
                chars.next();
            }
        }
    }
    out
}

/// The text without backslashes before `quote`.
fn without_escapes(body: &str, quote: char) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some(next) if next == quote => out.push(next),
            Some(next) => out.extend(['\\', next]),
            None => out.push('\\'),
        }
    }
    out
}

/// The text as part of an f-string: braces are doubled, but not those of `\N{...}`.
fn with_double_braces(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut is_named = false;
    let mut chars = body.chars();
    while let Some(char) = chars.next() {
        out.push(char);
        match char {
            '\\' => {
                let next = chars.next();
                is_named = next == Some('N');
                out.extend(next);
            }
            '{' if is_named => {}
            '}' if is_named => is_named = false,
            '{' | '}' => out.push(char),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        written(text, Place::Outside)
    }

    #[test]
    fn double_quotes_unless_they_need_more_escapes() {
        assert_eq!(string("'a'"), "\"a\"");
        assert_eq!(string("'say \"no\"'"), "'say \"no\"'");
        assert_eq!(string(r"'don\'t'"), "\"don't\"");
        assert_eq!(string("U'a'"), "\"a\"");
        assert_eq!(string("'''a'''"), "\"\"\"a\"\"\"");
        assert_eq!(string("'''a \"b\" c'''"), "\"\"\"a \"b\" c\"\"\"");
        assert_eq!(string("'''a \"b\"'''"), "'''a \"b\"'''");
        assert_eq!(string("Rb'a'"), "Rb\"a\"");
        assert_eq!(string(r#"r'a"b'"#), r#"r'a"b'"#);
        assert_eq!(string(r"'\xAB \N{bullet}'"), r#""\xab \N{BULLET}""#);
    }

    #[test]
    fn quotes_in_fields_alternate_once() {
        for (text, expected) in [
            ("F'{a}'", "f\"{a}\""),
            ("f'{a[\"b\"]}'", "f\"{a['b']}\""),
            ("f\"{a[\"b\"]}\"", "f\"{a['b']}\""),
            ("f'''{a['b']}'''", "f\"\"\"{a[\"b\"]}\"\"\""),
            ("f'{f'{f'{1}'}'}'", "f\"{f'{f'{1}'}'}\""),
            ("f'{a[\"b\"] = }'", "f'{a[\"b\"] = }'"),
            ("f'{x:\"}'", "f'{x:\"}'"),
            ("f'a \"{b[\"c\"]}\"'", "f'a \"{b[\"c\"]}\"'"),
            ("f'{x:>{w[\"c\"]}}'", "f\"{x:>{w['c']}}\""),
        ] {
            assert_eq!(string(text), expected);
        }
    }

    #[test]
    fn strings_side_by_side_become_one() {
        let join = |texts: &[&str]| join(texts, Place::Outside);
        assert_eq!(join(&["'a\"'", "\"it's\""]), Some(r#""a\"it's""#.into()));
        assert_eq!(join(&["'{a}'", "f'{b}'"]), Some("f\"{{a}}{b}\"".into()));
        assert_eq!(
            join(&[r"'\N{BULLET}'", "f'{b}'"]),
            Some(r#"f"\N{BULLET}{b}""#.into())
        );
        assert_eq!(join(&["'a'", "r'b'", "'c'"]), None);
        // As one it would be chr(1).
        assert_eq!(join(&[r"'\0'", "'1'"]), None);
    }
}
