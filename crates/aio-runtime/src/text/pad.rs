//! Fitting text to a width: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`; repetition.

use crate::num::{Fault, float_text::MAX_TEXT};

use super::code_points::Text;

/// Checks the `fillchar` argument.
pub fn fill_char(fill: &str) -> Result<char, Fault> {
    let mut chars = fill.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(Fault::type_error(
            "The fill character must be exactly one character long",
        )),
    }
}

/// Appends a character so many times.
pub(super) fn push_times(out: &mut String, c: char, times: usize) {
    /// Pieces of so many are appended where they are of ASCII.
    const PIECE: usize = 32;
    /// Fewer are appended one by one.
    const FEW: usize = 4;
    let piece = [c as u8; PIECE];
    match std::str::from_utf8(&piece) {
        Ok(piece) if c.is_ascii() && times >= FEW => {
            for _ in 0..times / PIECE {
                out.push_str(piece);
            }
            out.push_str(piece.get(..times % PIECE).unwrap_or(""));
        }
        _ => (0..times).for_each(|_| out.push(c)),
    }
}

fn padded(text: &str, left: usize, right: usize, fill: char) -> String {
    let mut out = String::with_capacity(text.len() + (left + right) * fill.len_utf8());
    push_times(&mut out, fill, left);
    out.push_str(text);
    push_times(&mut out, fill, right);
    out
}

/// How much is missing to a width.
fn margin(len: usize, width: i64) -> Result<usize, Fault> {
    let width = usize::try_from(width).unwrap_or(0);
    if width > MAX_TEXT {
        return Err(Fault::Memory);
    }
    Ok(width.saturating_sub(len))
}

/// The left part of a margin when centering: where it is odd, the parity of the width decides.
pub(super) fn left_of_center(margin: usize, width: i64) -> usize {
    margin / 2 + (margin & usize::try_from(width).unwrap_or(0) & 1)
}

/// `text.center(width, fill)`.
pub fn center(text: Text<'_>, width: i64, fill: char) -> Result<String, Fault> {
    let margin = margin(text.len(), width)?;
    let left = left_of_center(margin, width);
    Ok(padded(text.as_str(), left, margin - left, fill))
}

/// `text.ljust(width, fill)`.
pub fn ljust(text: Text<'_>, width: i64, fill: char) -> Result<String, Fault> {
    Ok(padded(text.as_str(), 0, margin(text.len(), width)?, fill))
}

/// `text.rjust(width, fill)`.
pub fn rjust(text: Text<'_>, width: i64, fill: char) -> Result<String, Fault> {
    Ok(padded(text.as_str(), margin(text.len(), width)?, 0, fill))
}

/// `text.zfill(width)`: zeros go behind a sign.
pub fn zfill(text: Text<'_>, width: i64) -> Result<String, Fault> {
    let zeros = margin(text.len(), width)?;
    let whole = text.as_str();
    let sign = usize::from(whole.starts_with(['+', '-']));
    let (sign, digits) = whole.split_at(sign);
    let mut out = String::with_capacity(whole.len() + zeros);
    out.push_str(sign);
    push_times(&mut out, '0', zeros);
    out.push_str(digits);
    Ok(out)
}

/// `text.expandtabs(size)`: columns are counted anew after each line end.
pub fn expand_tabs(text: &str, size: i64) -> Result<String, Fault> {
    let too_long = || Fault::overflow("new string is too long");
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = String::with_capacity(text.len());
    let mut column = 0usize;
    for c in text.chars() {
        match c {
            '\t' if size == 0 => {}
            '\t' => {
                let spaces = size - column % size;
                if out.len().saturating_add(spaces) > MAX_TEXT {
                    return Err(too_long());
                }
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts_code_points() {
        assert_eq!(center(Text::new("é"), 4, '*'), Ok("*é**".into()));
        assert_eq!(center(Text::new("ab"), 5, '*'), Ok("**ab*".into()));
        assert_eq!(center(Text::new("ab"), 1, '*'), Ok("ab".into()));
        assert_eq!(ljust(Text::new("é"), 3, '€'), Ok("é€€".into()));
        assert_eq!(rjust(Text::new("é"), 3, ' '), Ok("  é".into()));
        assert_eq!(rjust(Text::new("é"), -3, ' '), Ok("é".into()));
        assert_eq!(ljust(Text::new(""), i64::MAX, ' '), Err(Fault::Memory));
        assert!(fill_char("ab").is_err() && fill_char("").is_err());
    }

    #[test]
    fn zfill_respects_a_sign() {
        assert_eq!(zfill(Text::new("-5"), 4), Ok("-005".into()));
        assert_eq!(zfill(Text::new("+"), 3), Ok("+00".into()));
        assert_eq!(zfill(Text::new("é"), 3), Ok("00é".into()));
    }

    #[test]
    fn tabs_go_to_the_next_stop() {
        assert_eq!(
            expand_tabs("a\tbc\td\n\te", 4),
            Ok("a   bc  d\n    e".into())
        );
        assert_eq!(expand_tabs("a\tb", 0), Ok("ab".into()));
        assert_eq!(expand_tabs("a\tb", -1), Ok("ab".into()));
    }
}
