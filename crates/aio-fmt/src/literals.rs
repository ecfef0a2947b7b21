//! Strings and numbers in the one style: double quotes, small prefixes, large hex digits.

/// The number as it is written here.
pub(crate) fn number(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(digits) => format!("0x{}", digits.to_ascii_uppercase()),
        None if lower.starts_with("0b") || lower.starts_with("0o") => lower,
        None => decimal(&lower),
    }
}

/// A point has digits on both sides, an exponent no plus.
fn decimal(text: &str) -> String {
    let (text, imaginary) = match text.strip_suffix('j') {
        Some(text) => (text, "j"),
        None => (text, ""),
    };
    let (digits, exponent) = match text.split_once('e') {
        Some((digits, exponent)) => (digits, Some(exponent.trim_start_matches('+'))),
        None => (text, None),
    };
    let before = if digits.starts_with('.') { "0" } else { "" };
    let behind = if digits.ends_with('.') { "0" } else { "" };
    let exponent = exponent.map_or(String::new(), |exponent| format!("e{exponent}"));
    format!("{before}{digits}{behind}{exponent}{imaginary}")
}

/// The string, bytes or f-string as it is written here.
pub(crate) fn string(text: &str) -> String {
    let Some(at) = text.find(['"', '\'']) else {
        return text.to_owned();
    };
    let (prefix, rest) = text.split_at(at);
    // `R` is kept: some tools read it as "no regular expression".
    let prefix: String = prefix
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
    let prefix = match prefix.split_at(prefix.len().min(1)) {
        (first @ ("b" | "f"), raw @ ("r" | "R")) => format!("{raw}{first}"),
        _ => prefix,
    };
    let quotes = if rest.starts_with("'''") {
        "'''"
    } else if rest.starts_with("\"\"\"") {
        "\"\"\""
    } else {
        &rest[..1]
    };
    let body = rest
        .strip_prefix(quotes)
        .and_then(|rest| rest.strip_suffix(quotes))
        .unwrap_or("");
    let is_raw = prefix.contains(['r', 'R']);
    let is_fstring = prefix.contains('f');
    let small;
    let body = if is_raw || is_fstring && body.contains('{') {
        body
    } else {
        small = small_escapes(body, prefix.contains('b'));
        &small
    };
    match better_body(body, quotes, is_raw, is_fstring) {
        Some((body, quotes)) => format!("{prefix}{quotes}{body}{quotes}"),
        None => format!("{prefix}{quotes}{body}{quotes}"),
    }
}

/// Two strings that stand side by side as one; `None` if they are of different kinds.
pub(crate) fn join(left: &str, right: &str) -> Option<String> {
    let parts = |text: &str| -> Option<(String, char, String)> {
        let at = text.find(['"', '\''])?;
        let (prefix, rest) = text.split_at(at);
        let quote = rest.chars().next()?;
        let is_long = rest.len() >= 6 && rest.starts_with(&quote.to_string().repeat(3));
        let body = rest.strip_prefix(quote)?.strip_suffix(quote)?;
        (!is_long).then(|| (prefix.to_owned(), quote, body.to_owned()))
    };
    let (prefix, quote, body) = parts(left)?;
    let (other, other_quote, more) = parts(right)?;
    if quote != other_quote || prefix.contains(['r', 'R']) || other.contains(['r', 'R']) {
        return None;
    }
    let braces = |text: String| text.replace('{', "{{").replace('}', "}}");
    let (prefix, body, more) = match (prefix.as_str(), other.as_str()) {
        (left, right) if left == right => (prefix, body, more),
        ("f", "") => (prefix, body, braces(more)),
        ("", "f") => (other, braces(body), more),
        _ => return None,
    };
    // An escape by an octal number must not grow.
    let ends_in_octal = body.rfind('\\').is_some_and(|at| {
        body.get(at + 1..)
            .is_some_and(|rest| rest.len() < 3 && rest.bytes().all(|digit| digit.is_ascii_digit()))
    });
    let grows = ends_in_octal && more.starts_with(|char: char| char.is_ascii_digit());
    (!grows).then(|| format!("{prefix}{quote}{body}{more}{quote}"))
}

/// The body for better quotes, and those.
fn better_body(
    body: &str,
    quotes: &str,
    is_raw: bool,
    is_fstring: bool,
) -> Option<(String, &'static str)> {
    if quotes == "'''" {
        let is_nested = is_fstring && body.contains('{') && body.contains('\'');
        let fits = !body.contains('"') && !is_nested;
        return fits.then(|| (body.to_owned(), "\"\"\""));
    }
    if quotes == "\"\"\"" {
        return None;
    }
    if is_raw {
        let is_nested = is_fstring && body.contains('\'');
        let fits = quotes == "'" && !body.contains('"') && !is_nested;
        return fits.then(|| (body.to_owned(), "\""));
    }
    if is_fstring && body.contains('{') {
        // What stands in braces is code.
        let fits = quotes == "'" && !body.contains(['"', '\'', '\\']);
        return fits.then(|| (body.to_owned(), "\""));
    }
    let count = |quote: char| body.matches(quote).count();
    let (best, other, quotes) = if count('"') > count('\'') {
        ('\'', '"', "'")
    } else {
        ('"', '\'', "\"")
    };
    let plain = without_needless_escapes(&without_needless_escapes(body, other), best);
    Some((plain.replace(best, &format!("\\{best}")), quotes))
}

/// Escapes by number have small digits.
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

/// The body without backslashes before `quote`.
fn without_needless_escapes(body: &str, quote: char) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_quotes_unless_they_need_more_escapes() {
        assert_eq!(string("'a'"), "\"a\"");
        assert_eq!(string("'say \"no\"'"), "'say \"no\"'");
        assert_eq!(string(r"'don\'t'"), "\"don't\"");
        assert_eq!(string("U'a'"), "\"a\"");
        assert_eq!(string("F'{a}'"), "f\"{a}\"");
        assert_eq!(string("f'{a[\"b\"]}'"), "f'{a[\"b\"]}'");
        assert_eq!(string("'''a'''"), "\"\"\"a\"\"\"");
        assert_eq!(string("Rb'a'"), "Rb\"a\"");
    }

    #[test]
    fn numbers_have_small_letters_but_hex_digits() {
        assert_eq!(number("0XaF"), "0xAF");
        assert_eq!(number("1E5J"), "1e5j");
        assert_eq!(number("0B1"), "0b1");
    }

    #[test]
    fn points_have_digits_on_both_sides() {
        for (text, expected) in [
            (".5", "0.5"),
            ("1.", "1.0"),
            ("1.E+5", "1.0e5"),
            ("1_0e-3J", "1_0e-3j"),
            ("10", "10"),
        ] {
            assert_eq!(number(text), expected);
        }
    }
}
