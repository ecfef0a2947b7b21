//! Numbers in the one style: small letters, large hex digits, digits on both sides of a point.

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

#[cfg(test)]
mod tests {
    use super::*;

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
