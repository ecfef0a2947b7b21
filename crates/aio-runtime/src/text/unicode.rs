//! What a code point is, by Python's measure: the character predicates behind `str.isalpha`,
//! `str.isprintable`, … and the full case mappings.
//!
//! Python 3.13 knows Unicode 15.1; the standard library of Rust follows newer versions. So the classes come from
//! `unicode_tables.rs`, and the mappings of the standard library are used only where both ends
//! of the mapping were assigned in 15.1.

use std::cmp::Ordering;
use std::sync::LazyLock;

use super::unicode_tables::{
    CASE_IGNORABLE, CASEFOLD, CLASS_RUNS, DIGIT_EXTRA, LOWERCASE_EXTRA, NUMERIC_LETTERS, TITLECASE,
    UPPERCASE_EXTRA,
};

/// The coarse class of a code point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Controls, formats, separators other than the space, private, unassigned.
    Unprintable,
    /// Marks, punctuation, symbols and the space.
    Printable,
    /// An upper-case letter (Lu).
    Upper,
    /// A lower-case letter (Ll).
    Lower,
    /// A title-case letter (Lt).
    Title,
    /// A letter without case (Lm, Lo).
    OtherLetter,
    /// A decimal digit (Nd).
    Decimal,
    /// Another number (Nl, No).
    OtherNumber,
}

/// The run that `c` lies in.
fn run_of(c: char) -> u32 {
    let above = CLASS_RUNS.partition_point(|&run| run >> 4 <= c as u32);
    let run = CLASS_RUNS.get(above.saturating_sub(1));
    run.copied().expect("the first run begins at zero")
}

/// What is known of the characters that most texts have, by their numbers: asked of the tables once.
struct Frequent {
    /// Bits: see [`is_alpha`] and its like.
    kinds: [u8; FREQUENT],
    /// Their lower case, 0 if that is not one character.
    lower: [char; FREQUENT],
    /// Their upper case, 0 if that is not one character.
    upper: [char; FREQUENT],
}

/// Latin, Greek, Cyrillic, Armenian and Hebrew letters are below this.
const FREQUENT: usize = 0x600;

const ALPHA: u8 = 1;
const LOWER: u8 = 2;
const UPPER: u8 = 4;
const CASED: u8 = 8;

static FREQUENT_ONES: LazyLock<Frequent> = LazyLock::new(|| {
    let single = |push: fn(&mut String, char), c: char| {
        let mut text = String::new();
        push(&mut text, c);
        let mut mapped = text.chars();
        mapped.next().filter(|_| mapped.next().is_none())
    };
    let mut found = Frequent {
        kinds: [0; FREQUENT],
        lower: ['\0'; FREQUENT],
        upper: ['\0'; FREQUENT],
    };
    let places = found.kinds.iter_mut().zip(&mut found.lower);
    for ((c, (kinds, lower)), upper) in ('\0'..).zip(places).zip(&mut found.upper) {
        let class = class(c);
        let is_lower = class == Class::Lower || in_ranges(&LOWERCASE_EXTRA, c);
        let is_upper = class == Class::Upper || in_ranges(&UPPERCASE_EXTRA, c);
        let is_cased = is_lower || is_upper || class == Class::Title;
        for (is_so, bit) in [
            (is_letter(class), ALPHA),
            (is_lower, LOWER),
            (is_upper, UPPER),
            (is_cased, CASED),
        ] {
            *kinds |= if is_so { bit } else { 0 };
        }
        *lower = single(push_full_lower, c).unwrap_or('\0');
        *upper = single(push_full_upper, c).unwrap_or('\0');
    }
    found
});

/// Whether a frequent character is of a kind; `None` for the others.
#[inline]
fn is_frequent(c: char, kind: u8) -> Option<bool> {
    if c as usize >= FREQUENT {
        return None;
    }
    let kinds = FREQUENT_ONES.kinds.get(c as usize)?;
    Some(kinds & kind != 0)
}

fn is_letter(class: Class) -> bool {
    matches!(
        class,
        Class::Upper | Class::Lower | Class::Title | Class::OtherLetter
    )
}

/// The class of a character.
pub fn class(c: char) -> Class {
    let run = run_of(c);
    match run & 15 {
        0 => Class::Unprintable,
        1 => Class::Printable,
        2 => Class::Upper,
        3 => Class::Lower,
        4 => Class::Title,
        5 => Class::OtherLetter,
        6 => Class::Decimal,
        7 => Class::OtherNumber,
        // Upper and lower take turns, beginning with upper.
        _ if (c as u32 - (run >> 4)).is_multiple_of(2) => Class::Upper,
        _ => Class::Lower,
    }
}

/// Whether `c` lies in one of the sorted, inclusive `ranges`.
fn in_ranges(ranges: &[(u32, u32)], c: char) -> bool {
    let c = c as u32;
    ranges
        .binary_search_by(|&(low, high)| {
            if high < c {
                Ordering::Less
            } else if low > c {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        })
        .is_ok()
}

/// The value of a decimal digit in any script.
pub fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let run = run_of(c);
    // Adjacent sets of digits make one run, of a length divisible by ten.
    (run & 15 == 6).then(|| (c as u32 - (run >> 4)) % 10)
}

/// `str.isalpha` of one character.
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    is_frequent(c, ALPHA).unwrap_or_else(|| is_letter(class(c)))
}

/// `str.isdecimal` of one character.
pub fn is_decimal(c: char) -> bool {
    decimal_value(c).is_some()
}

/// `str.isdigit` of one character.
pub fn is_digit(c: char) -> bool {
    is_decimal(c) || !c.is_ascii() && in_ranges(&DIGIT_EXTRA, c)
}

/// `str.isnumeric` of one character.
pub fn is_numeric(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    matches!(class(c), Class::Decimal | Class::OtherNumber) || in_ranges(&NUMERIC_LETTERS, c)
}

/// `str.isalnum` of one character.
pub fn is_alnum(c: char) -> bool {
    is_alpha(c) || is_numeric(c)
}

/// [`is_space`] of a byte of ASCII.
#[inline(always)]
pub const fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ')
}

/// `str.isspace` of one character; also what `str.split` and `str.strip` take for white space.
pub fn is_space(c: char) -> bool {
    match c {
        '\0'..='\x7f' => is_ascii_space(c as u8),
        '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' => true,
        '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => true,
        _ => false,
    }
}

/// Whether `str.splitlines` breaks at this character.
pub fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `str.isprintable` of one character: whether `repr` shows it as it is.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    class(c) != Class::Unprintable
}

/// Whether the character has the derived property Lowercase.
pub fn is_lower(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_lowercase();
    }
    is_frequent(c, LOWER)
        .unwrap_or_else(|| class(c) == Class::Lower || in_ranges(&LOWERCASE_EXTRA, c))
}

/// Whether the character has the derived property Uppercase.
pub fn is_upper(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_uppercase();
    }
    is_frequent(c, UPPER)
        .unwrap_or_else(|| class(c) == Class::Upper || in_ranges(&UPPERCASE_EXTRA, c))
}

/// Whether the character is a title-case letter.
pub fn is_title(c: char) -> bool {
    !c.is_ascii() && class(c) == Class::Title
}

/// Whether the character has a case at all.
pub fn is_cased(c: char) -> bool {
    is_frequent(c, CASED).unwrap_or_else(|| is_lower(c) || is_upper(c) || is_title(c))
}

/// Whether the final-sigma rule looks through the character.
pub fn is_case_ignorable(c: char) -> bool {
    in_ranges(&CASE_IGNORABLE, c)
}

/// Whether an identifier may begin with the character.
pub fn is_identifier_start(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphabetic();
    }
    unicode_ident::is_xid_start(c) && class(c) != Class::Unprintable
}

/// Whether an identifier may go on with the character.
pub fn is_identifier_part(c: char) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    // The two joiners are identifier characters of 15.1 alone, and count as unprintable.
    matches!(c, '\u{200c}' | '\u{200d}')
        || unicode_ident::is_xid_continue(c) && class(c) != Class::Unprintable
}

/// Whether both the character and every character it maps to were assigned in Unicode 15.1.
fn mapping_is_known(c: char, mut mapped: impl Iterator<Item = char>) -> bool {
    c.is_ascii() || class(c) != Class::Unprintable && mapped.all(|m| class(m) != Class::Unprintable)
}

/// Appends the full lower-case mapping, without regard to the context.
#[inline]
pub fn push_lower(out: &mut String, c: char) {
    match FREQUENT_ONES.lower.get(c as usize) {
        Some('\0') | None => push_full_lower(out, c),
        Some(lower) => out.push(*lower),
    }
}

fn push_full_lower(out: &mut String, c: char) {
    if mapping_is_known(c, c.to_lowercase()) {
        out.extend(c.to_lowercase());
    } else {
        out.push(c);
    }
}

/// Appends the full upper-case mapping.
#[inline]
pub fn push_upper(out: &mut String, c: char) {
    match FREQUENT_ONES.upper.get(c as usize) {
        Some('\0') | None => push_full_upper(out, c),
        Some(upper) => out.push(*upper),
    }
}

fn push_full_upper(out: &mut String, c: char) {
    if mapping_is_known(c, c.to_uppercase()) {
        out.extend(c.to_uppercase());
    } else {
        out.push(c);
    }
}

/// What a sorted table maps a character to.
fn mapping(table: &'static [(char, &'static str)], c: char) -> Option<&'static str> {
    let idx = table.binary_search_by_key(&c, |&(from, _)| from).ok()?;
    table.get(idx).map(|&(_, to)| to)
}

/// Appends the full title-case mapping.
pub fn push_title(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_uppercase());
    } else if let Some(mapped) = mapping(&TITLECASE, c) {
        out.push_str(mapped);
    } else if matches!(c, '\u{10d0}'..='\u{10ff}') {
        out.push(c);
    } else {
        push_upper(out, c);
    }
}

/// Appends the full case folding.
pub fn push_casefold(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if let Some(mapped) = mapping(&CASEFOLD, c) {
        out.push_str(mapped);
    } else if matches!(c, '\u{13a0}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}') {
        push_upper(out, c);
    } else {
        push_lower(out, c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number and sum of the code points that fulfil a predicate, to compare with CPython's.
    fn summary(f: impl Fn(char) -> bool) -> (u32, u64) {
        ('\0'..=char::MAX)
            .filter(|&c| f(c))
            .fold((0, 0), |(n, sum), c| (n + 1, sum + u64::from(c as u32)))
    }

    /// A fold over the results of a mapping of all code points.
    fn digest(f: fn(&mut String, char)) -> u64 {
        let mut hash: u128 = 0;
        for c in '\0'..=char::MAX {
            let mut out = String::new();
            f(&mut out, c);
            for (k, d) in out.chars().enumerate() {
                hash = (hash * 31 + d as u128 + k as u128) % ((1 << 61) - 1);
            }
        }
        hash as u64
    }

    #[test]
    fn predicates_agree_with_cpython_over_all_code_points() {
        assert_eq!(summary(is_alpha), (136_726, 14_893_071_681));
        assert_eq!(summary(is_decimal), (680, 32_783_620));
        assert_eq!(summary(is_digit), (808, 36_528_954));
        assert_eq!(summary(is_numeric), (1_922, 107_907_824));
        assert_eq!(summary(is_alnum), (138_557, 14_996_615_746));
        assert_eq!(summary(is_space), (29, 141_704));
        assert_eq!(summary(is_printable), (149_625, 15_870_251_364));
        assert_eq!(summary(is_lower), (2_544, 116_308_964));
        assert_eq!(summary(is_upper), (1_951, 95_541_008));
        assert_eq!(summary(is_title), (31, 220_514));
        assert_eq!(summary(is_line_break), (10, 16_731));
        assert_eq!(summary(is_identifier_start), (136_945, 14_905_111_260));
        assert_eq!(summary(is_identifier_part), (140_089, 15_251_168_663));
    }

    #[test]
    fn mappings_agree_with_cpython_over_all_code_points() {
        assert_eq!(digest(push_lower), 590_066_214_084_091_660);
        assert_eq!(digest(push_upper), 577_325_708_366_663_021);
        assert_eq!(digest(push_title), 64_229_390_751_795_531);
        assert_eq!(digest(push_casefold), 1_188_285_626_917_503_449);
    }
}
