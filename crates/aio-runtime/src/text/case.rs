//! Case: `lower`, `upper`, `title`, … and the `str.is…` predicates over whole texts.

use super::unicode::{self, is_case_ignorable, is_cased, is_lower, is_title, is_upper};

/// Whether the sigma at a byte offset ends a word: something cased before it, and nothing cased after.
fn is_final_sigma(text: &str, offset: usize) -> bool {
    let before = text[..offset]
        .chars()
        .rev()
        .find(|&c| !is_case_ignorable(c));
    if !before.is_some_and(is_cased) {
        return false;
    }
    let mut rest = text[offset..].chars().skip(1);
    !rest.find(|&c| !is_case_ignorable(c)).is_some_and(is_cased)
}

/// Appends the lower case of the character at a byte offset of the text.
fn push_lower_at(out: &mut String, text: &str, offset: usize, c: char) {
    if c == 'Σ' {
        out.push(if is_final_sigma(text, offset) {
            'ς'
        } else {
            'σ'
        });
    } else {
        unicode::push_lower(out, c);
    }
}

/// `text.lower()`.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        push_lower_at(&mut out, text, offset, c);
    }
    out
}

/// `text.upper()`.
pub fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    mapped(text, unicode::push_upper)
}

/// `text.casefold()`.
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    mapped(text, unicode::push_casefold)
}

fn mapped(text: &str, push: fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

/// `text.capitalize()`.
pub fn capitalize(text: &str) -> String {
    if text.is_ascii() {
        let mut out = text.to_ascii_lowercase();
        if let Some(first) = out.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return out;
    }
    let mut out = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        if offset == 0 {
            unicode::push_title(&mut out, c);
        } else {
            push_lower_at(&mut out, text, offset, c);
        }
    }
    out
}

/// `text.title()`.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_cased = false;
    if text.is_ascii() {
        out.extend(text.chars().map(|c| {
            let turned = if after_cased {
                c.to_ascii_lowercase()
            } else {
                c.to_ascii_uppercase()
            };
            after_cased = c.is_ascii_alphabetic();
            turned
        }));
        return out;
    }
    for (offset, c) in text.char_indices() {
        if after_cased {
            push_lower_at(&mut out, text, offset, c);
        } else {
            unicode::push_title(&mut out, c);
        }
        after_cased = is_cased(c);
    }
    out
}

/// `text.swapcase()`.
pub fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        if is_upper(c) {
            push_lower_at(&mut out, text, offset, c);
        } else if is_lower(c) {
            unicode::push_upper(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether there is a character, and all fulfil the predicate.
fn all(text: &str, predicate: fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(predicate)
}

/// `text.isalpha()`.
pub fn is_alpha(text: &str) -> bool {
    all(text, unicode::is_alpha)
}

/// `text.isalnum()`.
pub fn is_alnum(text: &str) -> bool {
    all(text, unicode::is_alnum)
}

/// `text.isdecimal()`.
pub fn is_decimal(text: &str) -> bool {
    all(text, unicode::is_decimal)
}

/// `text.isdigit()`.
pub fn is_digit(text: &str) -> bool {
    all(text, unicode::is_digit)
}

/// `text.isnumeric()`.
pub fn is_numeric(text: &str) -> bool {
    all(text, unicode::is_numeric)
}

/// `text.isspace()`.
pub fn is_space(text: &str) -> bool {
    all(text, unicode::is_space)
}

/// `text.isprintable()`: the empty text is.
pub fn is_printable(text: &str) -> bool {
    text.chars().all(unicode::is_printable)
}

/// `text.isidentifier()`.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(unicode::is_identifier_start) && chars.all(unicode::is_identifier_part)
}

/// `text.islower()`: something is lower case, and nothing upper or title case.
pub fn is_lowercase(text: &str) -> bool {
    text.chars().any(is_lower) && !text.chars().any(|c| is_upper(c) || is_title(c))
}

/// `text.isupper()`: something is upper case, and nothing lower or title case.
pub fn is_uppercase(text: &str) -> bool {
    text.chars().any(is_upper) && !text.chars().any(|c| is_lower(c) || is_title(c))
}

/// `text.istitle()`: upper or title case begins each word, lower case goes on, and there is a word.
pub fn is_titlecase(text: &str) -> bool {
    let mut after_cased = false;
    let mut found = false;
    for c in text.chars() {
        let begins = is_upper(c) || is_title(c);
        let goes_on = is_lower(c);
        if begins && after_cased || goes_on && !after_cased {
            return false;
        }
        after_cased = begins || goes_on;
        found |= after_cased;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_may_change_the_length() {
        assert_eq!(upper("straße ŉ"), "STRASSE ʼN");
        assert_eq!(lower("İX"), "i\u{307}x");
        assert_eq!(casefold("Straße"), "strasse");
        assert_eq!(title("they're ßx ǆa"), "They'Re Ssx ǅa");
        assert_eq!(capitalize("ǆABC Ä"), "ǅabc ä");
        assert_eq!(swapcase("aBß Éǅ"), "AbSS éǅ");
    }

    #[test]
    fn a_final_sigma_has_its_own_form() {
        assert_eq!(lower("ΑΣ ΑΣΑ Σ ΑΣ.Α ΑΣ:"), "ας ασα σ ασ.α ας:");
        assert_eq!(title("ΑΣ"), "Ας");
        assert_eq!(swapcase("ΑΣ"), "ας");
        assert_eq!(capitalize("ΣΑΣ"), "Σας");
    }

    #[test]
    fn predicates_over_texts() {
        assert!(is_alpha("aé日") && !is_alpha("") && !is_alpha("a1"));
        assert!(is_digit("1²") && !is_decimal("1²") && is_numeric("½一"));
        assert!(is_identifier("_é1") && !is_identifier("1a") && !is_identifier(""));
        assert!(is_lowercase("a1ª") && !is_lowercase("1") && !is_lowercase("aB"));
        assert!(is_uppercase("A1Ⅷ") && !is_uppercase("ǅ"));
        assert!(
            is_titlecase("Hello World1 A")
                && !is_titlecase("HEllo")
                && !is_titlecase("hello")
                && !is_titlecase("1")
        );
        assert!(is_titlecase("A Title3Case") && is_titlecase("ǅa"));
        assert!(is_printable("") && !is_printable("a\n"));
    }
}
