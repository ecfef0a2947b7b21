//! Floats as text: `repr`, the `e f g` layouts behind format specs and `%`, and `float(text)`.
//!
//! The shortest digits come from `zmij` (the standard library breaks exact ties differently); digits of a
//! given precision come from the standard library, which rounds the exact value half to even as CPython does.
//! The layout is CPython's: an exponent of at least two digits, taken by `repr` outside of 1e-4..1e16.

use crate::text::{repr::repr as text_repr, unicode};

use super::Fault;

/// No finite double has more digits than this after its point; further ones are zeros.
const MAX_EXACT_PLACES: usize = 1100;

/// A result longer than this is refused as out of memory instead of being built.
pub const MAX_TEXT: usize = 1 << 31;

/// Which layout a float gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatLayout {
    /// Always with an exponent; the precision counts places (`e`).
    Exponent,
    /// Never with an exponent; the precision counts places (`f`).
    Fixed,
    /// With an exponent where that is shorter; the precision counts digits (`g`).
    General,
    /// The shortest text that reads back as the same float; the precision is ignored.
    Repr,
}

/// How to lay out a float, apart from sign, grouping and padding.
#[derive(Clone, Copy, Debug)]
pub struct FloatStyle {
    /// The layout.
    pub layout: FloatLayout,
    /// Places or digits, as the layout says.
    pub precision: usize,
    /// Upper-case exponent, `INF` and `NAN`.
    pub upper: bool,
    /// Keep the point, and with `General` the trailing zeros (`#`).
    pub alternate: bool,
    /// Make whole numbers end in `.0`.
    pub add_dot_zero: bool,
    /// Drop the sign of a result that is zero (`z`).
    pub no_negative_zero: bool,
}

impl FloatStyle {
    /// A style with nothing but a layout and a precision.
    pub fn new(layout: FloatLayout, precision: usize) -> Self {
        Self {
            layout,
            precision,
            upper: false,
            alternate: false,
            add_dot_zero: false,
            no_negative_zero: false,
        }
    }
}

/// Decimal digits without leading zeros, and the place of the point: 0.DIGITS × 10^point.
struct Decimal {
    digits: String,
    point: i32,
}

impl Decimal {
    /// Reads text such as `12.50` or `1.25e-7`.
    fn from_text(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let exponent: i32 = exponent
            .parse()
            .expect("a formatted float has a small exponent");
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = String::with_capacity(mantissa.len());
        digits.push_str(whole);
        digits.push_str(fraction);
        let leading = digits.len() - digits.trim_start_matches('0').len();
        if leading == digits.len() {
            // Zero counts as one digit before the point.
            return Self { digits, point: 1 };
        }
        digits.drain(..leading);
        Self {
            digits,
            point: whole.len() as i32 + exponent - leading as i32,
        }
    }

    fn strip_trailing_zeros(&mut self) {
        let kept = self.digits.trim_end_matches('0').len().max(1);
        self.digits.truncate(kept);
    }

    /// Lays the digits out; with `dot_zero` a number without a fraction gets `.0` unless it has an exponent.
    fn layout(&self, use_exponent: bool, dot_zero: bool, alternate: bool, upper: bool) -> String {
        let mut out = String::with_capacity(self.digits.len() + 8);
        if use_exponent {
            let (first, rest) = self.digits.split_at(1);
            out.push_str(first);
            if alternate || !rest.is_empty() {
                out.push('.');
            }
            out.push_str(rest);
            push_exponent(&mut out, self.point - 1, upper);
            return out;
        }
        let count = self.digits.len();
        if self.point <= 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
            out.push_str(&self.digits);
            return out;
        }
        let point = self.point as usize;
        if point < count {
            out.push_str(&self.digits[..point]);
            out.push('.');
            out.push_str(&self.digits[point..]);
            return out;
        }
        out.push_str(&self.digits);
        out.extend(std::iter::repeat_n('0', point - count));
        if dot_zero {
            out.push_str(".0");
        } else if alternate {
            out.push('.');
        }
        out
    }
}

fn push_exponent(out: &mut String, exponent: i32, upper: bool) {
    out.push(if upper { 'E' } else { 'e' });
    out.push(if exponent < 0 { '-' } else { '+' });
    let digits = exponent.unsigned_abs();
    if digits < 10 {
        out.push('0');
    }
    out.push_str(&digits.to_string());
}

/// `repr(x)`.
pub fn repr(x: f64) -> String {
    if !x.is_finite() {
        return special(x, false).to_owned();
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(x);
    let size = x.abs();
    if (size == 0.0 || (1e-4..1e16).contains(&size)) && !shortest.contains('e') {
        return shortest.to_owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    sign.to_owned() + &shortest_layout(shortest.trim_start_matches('-'), true, false, false)
}

/// The text of `repr` without the sign, from zmij's text.
fn shortest_layout(shortest: &str, dot_zero: bool, alternate: bool, upper: bool) -> String {
    let mut decimal = Decimal::from_text(shortest);
    decimal.strip_trailing_zeros();
    let use_exponent = decimal.point <= -4 || decimal.point > 16;
    decimal.layout(use_exponent, dot_zero, alternate, upper)
}

/// The text of an infinity or a NaN; a NaN shows no sign.
fn special(x: f64, upper: bool) -> &'static str {
    match (x.is_nan(), x.is_sign_negative(), upper) {
        (true, _, false) => "nan",
        (true, _, true) => "NAN",
        (false, false, false) => "inf",
        (false, false, true) => "INF",
        (false, true, false) => "-inf",
        (false, true, true) => "-INF",
    }
}

/// Lays out a float; a negative one begins with `-`.
pub fn format(x: f64, style: &FloatStyle) -> Result<String, Fault> {
    if !x.is_finite() {
        return Ok(special(x, style.upper).to_owned());
    }
    if style.precision > MAX_TEXT {
        return Err(Fault::Memory);
    }
    let size = x.abs();
    let mut text = match style.layout {
        FloatLayout::Fixed => fixed(size, style),
        FloatLayout::Exponent => exponent(size, style),
        FloatLayout::General => general(size, style),
        FloatLayout::Repr => shortest_layout(
            zmij::Buffer::new().format_finite(size),
            style.add_dot_zero,
            style.alternate,
            style.upper,
        ),
    };
    let shows_sign = x.is_sign_negative() && !(style.no_negative_zero && is_zero_text(&text));
    if shows_sign {
        text.insert(0, '-');
    }
    Ok(text)
}

/// Whether the digits before the exponent are all zero.
fn is_zero_text(text: &str) -> bool {
    text.bytes()
        .take_while(|byte| !byte.eq_ignore_ascii_case(&b'e'))
        .all(|byte| matches!(byte, b'0' | b'.'))
}

fn fixed(size: f64, style: &FloatStyle) -> String {
    let places = style.precision.min(MAX_EXACT_PLACES);
    let mut text = super::fixed::text(size, places);
    text.extend(std::iter::repeat_n('0', style.precision - places));
    if style.precision == 0 && style.add_dot_zero {
        text.push_str(".0");
    } else if style.precision == 0 && style.alternate {
        text.push('.');
    }
    text
}

fn exponent(size: f64, style: &FloatStyle) -> String {
    let places = style.precision.min(MAX_EXACT_PLACES);
    if let Some(decimal) = few_digits(size, places + 1)
        && places == style.precision
    {
        return decimal.layout(true, false, style.alternate, style.upper);
    }
    let text = format!("{size:.places$e}");
    let (mantissa, power) = text.split_once('e').expect("this format has an exponent");
    let mut out = mantissa.to_owned();
    out.extend(std::iter::repeat_n('0', style.precision - places));
    if style.precision == 0 && style.alternate {
        out.push('.');
    }
    let power = power
        .parse()
        .expect("a formatted float has a small exponent");
    push_exponent(&mut out, power, style.upper);
    out
}

/// So many digits of a float above zero, from the exact value, where that takes no long numbers.
fn few_digits(size: f64, count: usize) -> Option<Decimal> {
    const MOST: usize = 17;
    if !(1e-4..1e16).contains(&size) || count > MOST {
        return None;
    }
    let least = 10u128.pow(count as u32 - 1);
    // Above a power of ten or beside it: one more or less is found out by the number of digits.
    let mut point = size.log10().floor() as i32 + 1;
    for _ in 0..3 {
        let places = usize::try_from(count as i32 - point).ok()?;
        let units = super::fixed::units(size, places)?;
        if units < least {
            point -= 1;
        } else if units >= 10 * least {
            point += 1;
        } else {
            let digits = itoa::Buffer::new().format(units).to_owned();
            return Some(Decimal { digits, point });
        }
    }
    None
}

fn general(size: f64, style: &FloatStyle) -> String {
    let precision = style.precision.max(1);
    let places = (precision - 1).min(MAX_EXACT_PLACES);
    let mut decimal = few_digits(size, places + 1)
        .unwrap_or_else(|| Decimal::from_text(&format!("{size:.places$e}")));
    if style.alternate {
        let missing = precision.saturating_sub(decimal.digits.len());
        decimal.digits.extend(std::iter::repeat_n('0', missing));
    } else {
        decimal.strip_trailing_zeros();
    }
    // A point beyond the precision would show digits that the precision does not vouch for.
    let limit = i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(style.add_dot_zero);
    let use_exponent = decimal.point <= -4 || i64::from(decimal.point) > limit;
    decimal.layout(
        use_exponent,
        style.add_dot_zero,
        style.alternate,
        style.upper,
    )
}

/// `float(text)`.
pub fn parse(text: &str) -> Result<f64, Fault> {
    parse_number(text).ok_or_else(|| {
        Fault::Value(format!(
            "could not convert string to float: {}",
            text_repr(text)
        ))
    })
}

/// White space as C knows it: what surrounds a number in bytes.
pub(crate) fn is_c_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ')
}

/// `float(bytes)`.
pub fn parse_bytes(bytes: &[u8]) -> Result<f64, Fault> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.is_ascii())
        .and_then(|text| parse_trimmed(text.trim_matches(is_c_space)))
        .ok_or_else(|| {
            let shown = crate::text::repr::bytes_repr(bytes);
            Fault::Value(format!("could not convert string to float: {shown}"))
        })
}

/// Reads a float within optional white space, in any script's digits, with underscores between digits.
fn parse_number(text: &str) -> Option<f64> {
    parse_trimmed(text.trim_matches(unicode::is_space))
}

fn parse_trimmed(text: &str) -> Option<f64> {
    if text.is_ascii() && !text.contains('_') {
        return text.parse().ok();
    }
    plain_digits(text)?.parse().ok()
}

/// Turns every digit into its ASCII form and drops underscores that stand between digits.
pub(crate) fn plain_digits(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut after_digit = false;
    let mut after_underscore = false;
    for c in text.chars() {
        let digit = unicode::decimal_value(c);
        match (c, digit) {
            (_, Some(value)) => out.push(char::from(b'0' + value as u8)),
            ('_', None) if after_digit => {}
            (_, None) if after_underscore || c == '_' => return None,
            (_, None) => out.push(c),
        }
        after_digit = digit.is_some();
        after_underscore = c == '_';
    }
    (!after_underscore).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_is_cpythons() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e-4, "0.0001"),
            (0.00012, "0.00012"),
            (1e-5, "1e-05"),
            (1.234e-5, "1.234e-05"),
            (1e22, "1e+22"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (811_212_085_039_910.2, "811212085039910.2"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ];
        for (x, expected) in cases {
            assert_eq!(repr(x), expected);
        }
    }

    fn laid_out(x: f64, layout: FloatLayout, precision: usize) -> String {
        format(x, &FloatStyle::new(layout, precision)).expect("the text is short")
    }

    #[test]
    fn layouts_round_half_to_even_on_the_exact_value() {
        assert_eq!(laid_out(0.5, FloatLayout::Fixed, 0), "0");
        assert_eq!(laid_out(1.5, FloatLayout::Fixed, 0), "2");
        assert_eq!(laid_out(2.5, FloatLayout::Fixed, 0), "2");
        assert_eq!(laid_out(2.675, FloatLayout::Fixed, 2), "2.67");
        assert_eq!(laid_out(0.125, FloatLayout::Fixed, 2), "0.12");
        assert_eq!(laid_out(2.5, FloatLayout::Exponent, 0), "2e+00");
        assert_eq!(laid_out(12345.0, FloatLayout::Exponent, 3), "1.234e+04");
        assert_eq!(laid_out(1e100, FloatLayout::General, 6), "1e+100");
        assert_eq!(laid_out(100_000.0, FloatLayout::General, 6), "100000");
        assert_eq!(laid_out(1_000_000.0, FloatLayout::General, 6), "1e+06");
        assert_eq!(laid_out(0.0001, FloatLayout::General, 6), "0.0001");
        assert_eq!(laid_out(0.00001234, FloatLayout::General, 6), "1.234e-05");
        assert_eq!(laid_out(0.0, FloatLayout::General, 6), "0");
        assert_eq!(laid_out(-0.0, FloatLayout::Fixed, 1), "-0.0");
        assert_eq!(laid_out(0.1, FloatLayout::Fixed, 1200).len(), 1202);
    }

    #[test]
    fn parse_takes_what_cpython_takes() {
        for (text, expected) in [
            ("  1_0.5e3 ", 10_500.0),
            ("\u{a0}1\n", 1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1E-3", 1e-3),
            ("-Infinity", f64::NEG_INFINITY),
            ("iNf", f64::INFINITY),
            ("٣.٥", 3.5),
            ("1e400", f64::INFINITY),
            ("1e1_0", 1e10),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        assert!(parse("-nan").is_ok_and(f64::is_nan));
        for text in [
            "", "_1", "1_", "1__0", "1_.5", "1._5", "1e_5", "1_e5", ".", "e5", "0x1", "1 2",
            "infinit", "١_", "--1",
        ] {
            let shown = text_repr(text);
            let expected = format!("could not convert string to float: {shown}");
            assert_eq!(parse(text), Err(Fault::Value(expected)));
        }
        assert_eq!(
            parse_bytes(b"x\xff"),
            Err(Fault::value("could not convert string to float: b'x\\xff'"))
        );
    }
}
