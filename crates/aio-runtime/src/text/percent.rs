//! `%`-formatting: `'%-5.1f' % x` and its kin.
//!
//! `Directives` cuts the format into literal text and directives, one at a time, because the values are fetched as the
//! format is read and a mistake further on is only found then. The evaluator fetches the values
//! (first for a `*` width, then for a `*` precision, then the value), resolves the directive into a
//! `Conversion`, and calls the `format_…` function that fits the code.

use super::code_points;
use super::pad::push_times;
use crate::num::{
    Fault, IntRef,
    float_text::{self, FloatLayout, FloatStyle, MAX_TEXT},
};

/// The flags of a directive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// a space
    pub blank: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// A width or a precision as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Not given.
    Absent,
    /// A number.
    Given(usize),
    /// `*`: the next value tells.
    Star,
}

/// A directive as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    /// The name in `%(name)s`.
    pub key: Option<&'a str>,
    /// The flags.
    pub flags: Flags,
    /// The least width.
    pub width: Amount,
    /// The precision.
    pub precision: Amount,
    /// The conversion code; none if the format ends before it, which is an error once the values of `*` are fetched.
    pub code: Option<char>,
    /// The position of the code in the format, in code points.
    pub position: usize,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text to be copied; `%%` comes as `%`.
    Literal(&'a str),
    /// A directive.
    Directive(Directive<'a>),
}

/// What the evaluator raises for a format that ends within a directive.
pub fn incomplete_format() -> Fault {
    Fault::value("incomplete format")
}

/// What the evaluator raises for a key without a mapping.
pub fn needs_mapping() -> Fault {
    Fault::type_error("format requires a mapping")
}

/// What the evaluator raises where the values run out.
pub fn too_few_values() -> Fault {
    Fault::type_error("not enough arguments for format string")
}

/// What the evaluator raises where values are left; `kind` is `string` or `bytes`.
pub fn too_many_values(kind: &str) -> Fault {
    Fault::Type(format!(
        "not all arguments converted during {kind} formatting"
    ))
}

/// What the evaluator raises for a code that it does not know.
pub fn unsupported_code(code: char, position: usize) -> Fault {
    let shown = if matches!(code, '\x1f'..='~') {
        code
    } else {
        '?'
    };
    Fault::Value(format!(
        "unsupported format character '{shown}' (0x{:x}) at index {position}",
        code as u32
    ))
}

/// What the evaluator raises for a value of the wrong type under an integer code.
pub fn wrong_int_type(code: char, type_name: &str) -> Fault {
    let needed = match code {
        'o' | 'x' | 'X' => "an integer",
        _ => "a real number",
    };
    Fault::Type(format!(
        "%{code} format: {needed} is required, not {type_name}"
    ))
}

/// The pieces of a format.
#[derive(Clone, Debug)]
pub struct Directives<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Directives<'a> {
    /// Begins to read a format.
    pub fn new(format: &'a str) -> Self {
        Self {
            rest: format,
            position: 0,
        }
    }

    fn advance(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.position += 1;
        Some(c)
    }

    /// Goes past a character of ASCII.
    fn bump(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or("");
        self.position += 1;
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.rest.as_bytes().first() == Some(&wanted);
        if found {
            self.bump();
        }
        found
    }

    fn key(&mut self) -> Result<&'a str, Fault> {
        let begin = self.rest;
        let mut depth = 1;
        while let Some(c) = self.advance() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(&begin[..begin.len() - self.rest.len() - 1]);
            }
        }
        Err(Fault::value("incomplete format key"))
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.rest.as_bytes().first() {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.blank = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                _ => return flags,
            }
            self.bump();
        }
    }

    fn amount(&mut self, limit: usize, too_big: &str) -> Result<Amount, Fault> {
        if self.eat(b'*') {
            return Ok(Amount::Star);
        }
        let mut amount = Amount::Absent;
        while let Some(digit @ b'0'..=b'9') = self.rest.as_bytes().first() {
            self.bump();
            let digit = usize::from(digit - b'0');
            let value = match amount {
                Amount::Given(value) => value,
                Amount::Absent | Amount::Star => 0,
            };
            if value > (limit - digit) / 10 {
                return Err(Fault::value(too_big));
            }
            amount = Amount::Given(value * 10 + digit);
        }
        Ok(amount)
    }

    fn directive(&mut self) -> Result<Directive<'a>, Fault> {
        if let Some(code @ (b'd' | b's' | b'r' | b'f' | b'x')) = self.rest.as_bytes().first() {
            // Nothing but a code.
            self.bump();
            return Ok(Directive {
                key: None,
                flags: Flags::default(),
                width: Amount::Absent,
                precision: Amount::Absent,
                code: Some(char::from(*code)),
                position: self.position - 1,
            });
        }
        let key = if self.eat(b'(') {
            Some(self.key()?)
        } else {
            None
        };
        let flags = self.flags();
        let width = self.amount(isize::MAX as usize, "width too big")?;
        let mut precision = Amount::Absent;
        if self.eat(b'.') {
            precision = match self.amount(i32::MAX as usize, "precision too big")? {
                Amount::Absent => Amount::Given(0),
                given => given,
            };
        }
        // One length modifier of C may stand here, without effect.
        if let Some(b'h' | b'l' | b'L') = self.rest.as_bytes().first() {
            self.bump();
        }
        let code = self.advance();
        Ok(Directive {
            key,
            flags,
            width,
            precision,
            code,
            position: self.position - 1,
        })
    }
}

impl<'a> Iterator for Directives<'a> {
    type Item = Result<Piece<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'%', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let (literal, rest) = self.rest.split_at(end);
        if !literal.is_empty() {
            self.position += literal.chars().count();
            self.rest = rest;
            return Some(Ok(Piece::Literal(literal)));
        }
        self.bump();
        if self.eat(b'%') {
            return Some(Ok(Piece::Literal("%")));
        }
        Some(self.directive().map(Piece::Directive))
    }
}

/// A directive whose width and precision are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The flags.
    pub flags: Flags,
    /// The least width.
    pub width: usize,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// The conversion code.
    pub code: char,
}

impl Conversion {
    /// Resolves a directive; the arguments are the values fetched for `*`, none where there is no `*`.
    pub fn new(
        directive: &Directive<'_>,
        star_width: Option<i64>,
        star_precision: Option<i64>,
    ) -> Result<Self, Fault> {
        let mut flags = directive.flags;
        let width = match directive.width {
            Amount::Absent => 0,
            Amount::Given(width) => width,
            Amount::Star => {
                let width = star_width.unwrap_or(0);
                flags.left |= width < 0;
                usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX)
            }
        };
        let precision = match directive.precision {
            Amount::Absent => None,
            Amount::Given(precision) => Some(precision),
            Amount::Star => Some(usize::try_from(star_precision.unwrap_or(0)).unwrap_or(0)),
        };
        if width > MAX_TEXT || precision.is_some_and(|precision| precision > MAX_TEXT) {
            return Err(Fault::Memory);
        }
        let code = directive.code.ok_or_else(incomplete_format)?;
        Ok(Self {
            flags,
            width,
            precision,
            code,
        })
    }

    /// Puts a number together: sign, prefix, padding, digits.
    fn push_number(&self, out: &mut String, negative: bool, prefix: &str, digits: &str) {
        let sign = match (negative, self.flags.plus, self.flags.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let len = sign.len() + prefix.len() + digits.len();
        let padding = self.width.saturating_sub(len);
        let (spaces, zeros, after) = match (self.flags.left, self.flags.zero) {
            (true, _) => (0, 0, padding),
            (false, true) => (0, padding, 0),
            (false, false) => (padding, 0, 0),
        };
        push_times(out, ' ', spaces);
        out.push_str(sign);
        out.push_str(prefix);
        push_times(out, '0', zeros);
        out.push_str(digits);
        push_times(out, ' ', after);
    }
}

/// Appends an integer under one of the codes `d i u o x X`.
pub fn push_int(
    out: &mut String,
    value: IntRef<'_>,
    conversion: &Conversion,
    max_digits: usize,
) -> Result<(), Fault> {
    let (base, prefix) = match conversion.code {
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    if let (IntRef::Small(value), 10, None) = (value, base, conversion.precision) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(value.unsigned_abs());
        conversion.push_number(out, value < 0, "", digits);
        return Ok(());
    }
    let mut digits = value.digits(base, max_digits)?;
    if conversion.code == 'X' {
        digits.make_ascii_uppercase();
    }
    let missing = conversion
        .precision
        .unwrap_or(0)
        .saturating_sub(digits.len());
    if missing > 0 {
        digits.insert_str(0, &"0".repeat(missing));
    }
    let prefix = if conversion.flags.alternate {
        prefix
    } else {
        ""
    };
    conversion.push_number(out, value.is_negative(), prefix, &digits);
    Ok(())
}

/// Appends a float under one of the codes `e E f F g G`.
pub fn push_float(out: &mut String, x: f64, conversion: &Conversion) -> Result<(), Fault> {
    let layout = match conversion.code {
        'e' | 'E' => FloatLayout::Exponent,
        'f' | 'F' => FloatLayout::Fixed,
        _ => FloatLayout::General,
    };
    let style = FloatStyle {
        upper: conversion.code.is_ascii_uppercase(),
        alternate: conversion.flags.alternate,
        ..FloatStyle::new(layout, conversion.precision.unwrap_or(6))
    };
    let text = float_text::format(x, &style)?;
    match text.strip_prefix('-') {
        Some(size) => conversion.push_number(out, true, "", size),
        None => conversion.push_number(out, false, "", &text),
    }
    Ok(())
}

/// Appends text under one of the codes `s r a`, or `c` once the character is known.
pub fn push_text(out: &mut String, text: &str, conversion: &Conversion) {
    let shown = match conversion.precision {
        Some(precision) if conversion.code != 'c' => text
            .char_indices()
            .nth(precision)
            .map_or(text, |(end, _)| &text[..end]),
        _ => text,
    };
    let padding = match conversion.width {
        0 => 0,
        width => width.saturating_sub(code_points::count(shown)),
    };
    let left = if conversion.flags.left { 0 } else { padding };
    push_times(out, ' ', left);
    out.push_str(shown);
    push_times(out, ' ', padding - left);
}

/// The character of an integer under the code `c`.
pub fn code_point(value: IntRef<'_>) -> Result<char, Fault> {
    value
        .to_i64()
        .and_then(|value| u32::try_from(value).ok())
        .and_then(char::from_u32)
        .ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(format: &str) -> Result<Directive<'_>, Fault> {
        match Directives::new(format).next() {
            Some(Ok(Piece::Directive(directive))) => Ok(directive),
            Some(Err(fault)) => Err(fault),
            other => panic!("not one directive: {other:?}"),
        }
    }

    fn pushed(push: impl FnOnce(&mut String) -> Result<(), Fault>) -> Result<String, Fault> {
        let mut out = String::new();
        push(&mut out).map(|()| out)
    }

    fn text(text: &str, conversion: &Conversion) -> String {
        let mut out = String::new();
        push_text(&mut out, text, conversion);
        out
    }

    fn conversion(format: &str) -> Conversion {
        let directive = only(format).expect("the format is good");
        Conversion::new(&directive, None, None).expect("the format is good")
    }

    #[test]
    fn a_format_falls_into_pieces() {
        let pieces: Vec<_> = Directives::new("é%%a%(k(x))+-5.2lf!")
            .collect::<Result<_, _>>()
            .expect("the format is good");
        let Piece::Directive(directive) = &pieces[3] else {
            panic!("a directive");
        };
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[1], Piece::Literal("%"));
        assert_eq!(pieces[4], Piece::Literal("!"));
        assert_eq!(directive.key, Some("k(x)"));
        assert!(directive.flags.plus && directive.flags.left && !directive.flags.zero);
        assert_eq!(directive.width, Amount::Given(5));
        assert_eq!(directive.precision, Amount::Given(2));
        assert_eq!(directive.code, Some('f'));
        assert_eq!(directive.position, 17);
    }

    #[test]
    fn mistakes_have_cpythons_texts() {
        assert_eq!(only("%(a"), Err(Fault::value("incomplete format key")));
        assert_eq!(
            only("%99999999999999999999d"),
            Err(Fault::value("width too big"))
        );
        assert_eq!(
            only("%.99999999999999999999d"),
            Err(Fault::value("precision too big"))
        );
        assert_eq!(only("%5").map(|directive| directive.code), Ok(None));
        let text = |code, position| unsupported_code(code, position).text().to_owned();
        assert_eq!(
            text('y', 1),
            "unsupported format character 'y' (0x79) at index 1"
        );
        assert_eq!(
            text('é', 1),
            "unsupported format character '?' (0xe9) at index 1"
        );
        assert_eq!(
            wrong_int_type('x', "float").text(),
            "%x format: an integer is required, not float"
        );
        assert_eq!(
            wrong_int_type('d', "str").text(),
            "%d format: a real number is required, not str"
        );
    }

    #[test]
    fn integers() {
        for (format, value, expected) in [
            ("%5.3d", 7, "  007"),
            ("%+.3d", 7, "+007"),
            ("%#X", 255, "0XFF"),
            ("%#5.3x", 7, "0x007"),
            ("%010x", -255, "-0000000ff"),
            ("%#010x", 255, "0x000000ff"),
            ("%-010d", 5, "5         "),
            ("%+ d", 5, "+5"),
            ("% d", 5, " 5"),
            ("%#o", 8, "0o10"),
            ("%.5d", -3, "-00003"),
        ] {
            let ours = pushed(|out| push_int(out, IntRef::Small(value), &conversion(format), 4300));
            assert_eq!(ours, Ok(expected.to_owned()), "{format}");
        }
    }

    #[test]
    fn floats() {
        for (format, x, expected) in [
            ("%05.1f", -2.55, "-02.5"),
            ("%+g", 1e10, "+1e+10"),
            ("%#g", 1.0, "1.00000"),
            ("%G", 1e-10, "1E-10"),
            ("%F", f64::INFINITY, "INF"),
            ("%05f", f64::INFINITY, "00inf"),
            ("%.f", 2.5, "2"),
            ("%-8.2e|", 12.5, "1.25e+01"),
        ] {
            let ours = pushed(|out| push_float(out, x, &conversion(format)));
            assert_eq!(ours, Ok(expected.to_owned()), "{format}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(text("abc", &conversion("%5.1s")), "    a");
        assert_eq!(text("é", &conversion("%-3s")), "é  ");
        assert_eq!(text("é", &conversion("%05c")), "    é");
        assert_eq!(code_point(IntRef::Small(65)), Ok('A'));
        assert_eq!(
            code_point(IntRef::Small(-1)),
            Err(Fault::overflow("%c arg not in range(0x110000)"))
        );
        let directive = only("%*.*s").expect("the format is good");
        let left = Conversion::new(&directive, Some(-4), Some(-1)).expect("small numbers");
        assert_eq!(text("abc", &left), "    ");
    }
}
