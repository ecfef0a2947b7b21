//! The format-spec mini-language: `format(value, spec)` for the built-in types.
//!
//! A spec is `[[fill]align][sign][z][#][0][width][,|_][.precision][type]`. `Spec::parse` reads it; `format_int`,
//! `format_float`, `format_str` and `format_complex` carry it out. Locales are not supported: `n` formats as the
//! C locale does.

use super::code_points;
use super::pad::push_times;
use crate::num::{
    Fault, IntRef, convert,
    float_text::{self, FloatLayout, FloatStyle, MAX_TEXT},
};
use std::borrow::Cow;

/// Where the text goes within the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: padding between the sign and the digits
    AfterSign,
}

impl Align {
    fn from_char(c: char) -> Option<Self> {
        match c {
            '<' => Some(Self::Left),
            '>' => Some(Self::Right),
            '^' => Some(Self::Center),
            '=' => Some(Self::AfterSign),
            _ => None,
        }
    }
}

/// A parsed format spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The padding character.
    pub fill: char,
    /// The alignment, the default of the type if not given.
    pub align: Align,
    /// `+`, `-` or a space, if given.
    pub sign: Option<char>,
    /// `z`: no negative zero.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The least width.
    pub width: usize,
    /// `,` or `_` between groups of digits.
    pub separator: Option<char>,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// The presentation type, if given.
    pub kind: Option<char>,
}

/// A cursor over the characters of a spec.
struct SpecReader<'a> {
    rest: std::str::Chars<'a>,
}

impl SpecReader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }

    fn integer(&mut self) -> Result<Option<usize>, Fault> {
        let mut value = None;
        while let Some(digit) = self.peek().and_then(super::unicode::decimal_value) {
            self.rest.next();
            let grown = value
                .unwrap_or(0i64)
                .checked_mul(10)
                .and_then(|v| v.checked_add(i64::from(digit)));
            let Some(grown) = grown else {
                return Err(Fault::value("Too many decimal digits in format string"));
            };
            value = Some(grown);
        }
        Ok(value.map(|v| v as usize))
    }
}

impl Spec {
    /// Reads a spec. `type_name` is the type of the value, for messages.
    pub fn parse(spec: &str, default_align: Align, type_name: &str) -> Result<Self, Fault> {
        let mut reader = SpecReader { rest: spec.chars() };
        let (explicit_fill, explicit_align) = parse_alignment(&mut reader);
        let sign = reader.peek().filter(|c| matches!(c, ' ' | '+' | '-'));
        if sign.is_some() {
            reader.rest.next();
        }
        let no_negative_zero = reader.eat('z');
        let alternate = reader.eat('#');
        let mut fill = explicit_fill.unwrap_or(' ');
        let mut align = explicit_align.unwrap_or(default_align);
        if explicit_fill.is_none() && reader.eat('0') {
            fill = '0';
            if explicit_align.is_none() && default_align == Align::Right {
                align = Align::AfterSign;
            }
        }
        let width = reader.integer()?.unwrap_or(0);
        let separator = parse_separator(&mut reader)?;
        let precision = if reader.eat('.') {
            let precision = reader.integer()?;
            Some(precision.ok_or_else(|| Fault::value("Format specifier missing precision"))?)
        } else {
            None
        };
        let kind = reader.rest.next();
        if reader.rest.next().is_some() {
            return Err(Fault::Value(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            )));
        }
        let spec = Self {
            fill,
            align,
            sign,
            no_negative_zero,
            alternate,
            width,
            separator,
            precision,
            kind,
        };
        spec.check_separator()?;
        Ok(spec)
    }

    fn check_separator(&self) -> Result<(), Fault> {
        let (Some(separator), Some(kind)) = (self.separator, self.kind) else {
            return Ok(());
        };
        match kind {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(()),
            'b' | 'o' | 'x' | 'X' if separator == '_' => Ok(()),
            _ => Err(Fault::Value(format!(
                "Cannot specify '{separator}' with '{}'.",
                shown_code(kind)
            ))),
        }
    }
}

fn parse_alignment(reader: &mut SpecReader<'_>) -> (Option<char>, Option<Align>) {
    let mut ahead = reader.rest.clone();
    let (first, second) = (ahead.next(), ahead.next());
    if let Some(align) = second.and_then(Align::from_char) {
        reader.rest = ahead;
        return (first, Some(align));
    }
    let align = first.and_then(Align::from_char);
    if align.is_some() {
        reader.rest.next();
    }
    (None, align)
}

fn parse_separator(reader: &mut SpecReader<'_>) -> Result<Option<char>, Fault> {
    let both = || Err(Fault::value("Cannot specify both ',' and '_'."));
    let comma = reader.eat(',');
    let underscore = reader.eat('_');
    if underscore && (comma || reader.peek() == Some(',')) {
        return both();
    }
    Ok(match (comma, underscore) {
        (true, _) => Some(','),
        (_, true) => Some('_'),
        _ => None,
    })
}

/// A format code as messages show it.
fn shown_code(code: char) -> String {
    if code > ' ' && code.is_ascii() {
        code.to_string()
    } else {
        format!("\\x{:x}", code as u32)
    }
}

fn unknown_code(code: char, type_name: &str) -> Fault {
    Fault::Value(format!(
        "Unknown format code '{}' for object of type '{type_name}'",
        shown_code(code)
    ))
}

/// A number taken apart, ready for grouping and padding.
struct NumberParts<'a> {
    negative: bool,
    prefix: &'a str,
    /// The digits before the point: what grouping applies to.
    digits: &'a str,
    /// The point and all that follows.
    rest: &'a str,
}

impl NumberParts<'_> {
    fn layout(&self, spec: &Spec, group: usize) -> Result<String, Fault> {
        if spec.width > MAX_TEXT {
            return Err(Fault::Memory);
        }
        let sign = match (self.negative, spec.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            (false, _) => "",
        };
        let fixed = sign.len() + self.prefix.len() + code_points::count(self.rest);
        // Zero padding after the sign takes part in the grouping: `format(1234, '08,')` is `0,001,234`.
        let zero_fills = spec.fill == '0' && spec.align == Align::AfterSign;
        let min_width = if zero_fills {
            spec.width.saturating_sub(fixed)
        } else {
            0
        };
        let grouped = match spec.separator {
            Some(separator) => Cow::Owned(group_digits(self.digits, separator, group, min_width)),
            None if self.digits.is_empty() || self.digits.len() >= min_width => {
                Cow::Borrowed(self.digits)
            }
            None => {
                let zeros = "0".repeat(min_width - self.digits.len());
                Cow::Owned(zeros + self.digits)
            }
        };
        let padding = spec.width.saturating_sub(fixed + grouped.len());
        let (left, inner, right) = match spec.align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::AfterSign => (0, padding, 0),
        };
        let mut out = String::with_capacity(fixed + grouped.len() + padding * spec.fill.len_utf8());
        push_times(&mut out, spec.fill, left);
        out.push_str(sign);
        out.push_str(self.prefix);
        push_times(&mut out, spec.fill, inner);
        out.push_str(&grouped);
        out.push_str(self.rest);
        push_times(&mut out, spec.fill, right);
        Ok(out)
    }
}

/// Puts separators between groups of digits, with zeros in front up to a width.
fn group_digits(digits: &str, separator: char, group: usize, min_width: usize) -> String {
    if digits.is_empty() {
        return String::new();
    }
    // Built from the right end, then reversed.
    let mut reversed = Vec::with_capacity(digits.len() * 4 / 3 + min_width);
    let mut source = digits.bytes().rev();
    let mut left = digits.len();
    let mut width = min_width;
    loop {
        let size = group.min(left.max(width).max(1));
        for _ in 0..size {
            reversed.push(source.next().unwrap_or(b'0'));
        }
        left = left.saturating_sub(size);
        width = width.saturating_sub(size);
        if left == 0 && width == 0 {
            break;
        }
        reversed.push(separator as u8);
        width = width.saturating_sub(1);
    }
    reversed
        .iter()
        .rev()
        .map(|&byte| char::from(byte))
        .collect()
}

/// `format(value, spec)` of an `int`. An empty spec is not special: it gives the decimal text.
pub fn format_int(
    value: IntRef<'_>,
    spec: &str,
    type_name: &str,
    max_digits: usize,
) -> Result<String, Fault> {
    let spec = Spec::parse(spec, Align::Right, type_name)?;
    match spec.kind {
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            return layout_float(convert::to_f64(value)?, &spec, type_name);
        }
        None | Some('b' | 'c' | 'd' | 'n' | 'o' | 'x' | 'X') => {}
        Some(code) => return Err(unknown_code(code, type_name)),
    }
    if spec.precision.is_some() {
        return Err(Fault::value(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_negative_zero {
        return Err(Fault::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    let base = match spec.kind {
        Some('c') => return layout_code_point(value, &spec),
        Some('b') => 2,
        Some('o') => 8,
        Some('x' | 'X') => 16,
        _ => 10,
    };
    let mut digits = value.digits(base, max_digits)?;
    if spec.kind == Some('X') {
        digits.make_ascii_uppercase();
    }
    let prefix = match spec.kind {
        Some('b') if spec.alternate => "0b",
        Some('o') if spec.alternate => "0o",
        Some('x') if spec.alternate => "0x",
        Some('X') if spec.alternate => "0X",
        _ => "",
    };
    let negative = value.is_negative();
    let parts = NumberParts {
        negative,
        prefix,
        digits: &digits,
        rest: "",
    };
    parts.layout(&spec, if base == 10 { 3 } else { 4 })
}

fn layout_code_point(value: IntRef<'_>, spec: &Spec) -> Result<String, Fault> {
    if spec.sign.is_some() {
        return Err(Fault::value(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if spec.alternate {
        return Err(Fault::value(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let Some(code) = value.to_i64() else {
        return Err(Fault::overflow("Python int too large to convert to C long"));
    };
    let c = u32::try_from(code).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)"))?;
    let mut buffer = [0; 4];
    let parts = NumberParts {
        negative: false,
        prefix: "",
        digits: "",
        rest: c.encode_utf8(&mut buffer),
    };
    parts.layout(spec, 3)
}

/// `format(x, spec)` of a `float`.
pub fn format_float(x: f64, spec: &str, type_name: &str) -> Result<String, Fault> {
    if spec.is_empty() {
        return Ok(float_text::repr(x));
    }
    layout_float(x, &Spec::parse(spec, Align::Right, type_name)?, type_name)
}

/// The style that a spec asks for, without a type as `default` says; none for an unknown type.
fn float_style(spec: &Spec, is_default_general: bool) -> Option<FloatStyle> {
    let layout = match spec.kind {
        None if spec.precision.is_none() => FloatLayout::Repr,
        None | Some('g' | 'G' | 'n') => FloatLayout::General,
        Some('e' | 'E') => FloatLayout::Exponent,
        Some('f' | 'F' | '%') => FloatLayout::Fixed,
        Some(_) => return None,
    };
    Some(FloatStyle {
        layout,
        precision: spec.precision.unwrap_or(6),
        upper: matches!(spec.kind, Some('E' | 'F' | 'G')),
        alternate: spec.alternate,
        add_dot_zero: spec.kind.is_none() && is_default_general,
        no_negative_zero: spec.no_negative_zero,
    })
}

fn layout_float(x: f64, spec: &Spec, type_name: &str) -> Result<String, Fault> {
    let Some(style) = float_style(spec, true) else {
        return Err(unknown_code(spec.kind.unwrap_or(' '), type_name));
    };
    let is_percent = spec.kind == Some('%');
    let mut text = float_text::format(if is_percent { x * 100.0 } else { x }, &style)?;
    if is_percent {
        text.push('%');
    }
    split_float(&text).layout(spec, 3)
}

/// Takes the text of a float apart.
fn split_float(text: &str) -> NumberParts<'_> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(unsigned.len());
    let (digits, rest) = unsigned.split_at(end);
    NumberParts {
        negative,
        prefix: "",
        digits,
        rest,
    }
}

/// `format(text, spec)` of a `str`.
pub fn format_str(text: &str, spec: &str, type_name: &str) -> Result<String, Fault> {
    if spec.is_empty() {
        return Ok(text.to_owned());
    }
    let spec = Spec::parse(spec, Align::Left, type_name)?;
    if let (Some(separator), None) = (spec.separator, spec.kind) {
        return Err(Fault::Value(format!(
            "Cannot specify '{separator}' with 's'."
        )));
    }
    match spec.kind {
        None | Some('s') => {}
        Some(code) => return Err(unknown_code(code, type_name)),
    }
    let refused = match spec.sign {
        Some(' ') => Some("Space not allowed in string format specifier"),
        Some(_) => Some("Sign not allowed in string format specifier"),
        None if spec.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        None if spec.alternate => Some("Alternate form (#) not allowed in string format specifier"),
        None if spec.align == Align::AfterSign => {
            Some("'=' alignment not allowed in string format specifier")
        }
        None => None,
    };
    if let Some(message) = refused {
        return Err(Fault::value(message));
    }
    let shown = match spec.precision {
        Some(precision) => text
            .char_indices()
            .nth(precision)
            .map_or(text, |(end, _)| &text[..end]),
        None => text,
    };
    pad(shown, &spec)
}

fn pad(text: &str, spec: &Spec) -> Result<String, Fault> {
    if spec.width > MAX_TEXT {
        return Err(Fault::Memory);
    }
    let padding = spec.width.saturating_sub(code_points::count(text));
    let left = match spec.align {
        Align::Left => 0,
        Align::Right | Align::AfterSign => padding,
        Align::Center => padding / 2,
    };
    let mut out = String::with_capacity(text.len() + padding * spec.fill.len_utf8());
    push_times(&mut out, spec.fill, left);
    out.push_str(text);
    push_times(&mut out, spec.fill, padding - left);
    Ok(out)
}

/// `format(re + im j, spec)` of a `complex`. An empty spec is `str` of the number.
pub fn format_complex(re: f64, im: f64, spec: &str, type_name: &str) -> Result<String, Fault> {
    let spec = Spec::parse(spec, Align::Right, type_name)?;
    // `%` is a layout of floats only.
    let style = float_style(&spec, false).filter(|_| spec.kind != Some('%'));
    let Some(style) = style else {
        return Err(unknown_code(spec.kind.unwrap_or(' '), type_name));
    };
    if spec.fill == '0' {
        return Err(Fault::value(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if spec.align == Align::AfterSign {
        return Err(Fault::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let skips_re = spec.kind.is_none() && re == 0.0 && re.is_sign_positive();
    let parenthesized = spec.kind.is_none() && !skips_re;
    let part = |x: f64, sign: Option<char>| {
        let spec = Spec {
            width: 0,
            fill: ' ',
            align: Align::Left,
            sign,
            ..spec.clone()
        };
        split_float(&float_text::format(x, &style)?).layout(&spec, 3)
    };
    let mut text = String::new();
    if parenthesized {
        text.push('(');
    }
    if skips_re {
        text.push_str(&part(im, spec.sign)?);
    } else {
        text.push_str(&part(re, spec.sign)?);
        text.push_str(&part(im, Some('+'))?);
    }
    text.push('j');
    if parenthesized {
        text.push(')');
    }
    pad(&text, &spec)
}

#[cfg(test)]
mod tests;
