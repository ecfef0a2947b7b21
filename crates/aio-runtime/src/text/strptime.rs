//! `strptime`: reading dates and times by a format, in the C locale.
//!
//! CPython turns the format into a regular expression; here each directive lists the lengths that it could take, in the
//! order in which that expression tries them, and `matched` goes back where a choice leads nowhere.

use crate::num::{
    Fault,
    dates::{self, DateTime},
};

use super::{
    repr::repr,
    strftime::{MONTHS, WEEKDAYS, short},
    unicode::{decimal_value, is_space},
};

/// What a text said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The moment. The seconds may be 60 or 61, which `datetime` refuses and `time` does not.
    pub moment: DateTime,
    /// Monday is zero.
    pub weekday: i64,
    /// From one.
    pub day_of_year: i64,
    /// The offset from UTC in microseconds, by `%z`.
    pub offset: Option<i64>,
    /// The name of the zone, by `%Z`.
    pub zone: Option<String>,
}

/// A part of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// One or more white space characters.
    Space,
    /// A character, in either case.
    Literal(char),
    /// A directive.
    Directive(char),
}

fn items(format: &str) -> Result<Vec<Item>, Fault> {
    let mut items = Vec::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '%' {
            let code = chars.next();
            let code = code.ok_or_else(|| Fault::Value(format!("stray % in format '{format}'")))?;
            match code {
                'c' => items.extend(items_of("%a %b %d %H:%M:%S %Y")),
                'x' => items.extend(items_of("%m/%d/%y")),
                'X' => items.extend(items_of("%H:%M:%S")),
                '%' => items.push(Item::Literal('%')),
                'A' | 'B' | 'G' | 'H' | 'I' | 'M' | 'S' | 'U' | 'V' | 'W' | 'Y' | 'Z' | 'a'
                | 'b' | 'd' | 'f' | 'j' | 'm' | 'p' | 'u' | 'w' | 'y' | 'z' => {
                    items.push(Item::Directive(code))
                }
                _ => {
                    let shown = if is_space(code) { '%' } else { code };
                    return Err(Fault::Value(format!(
                        "'{shown}' is a bad directive in format '{format}'"
                    )));
                }
            }
        } else if is_space(c) {
            while chars.next_if(|&c| is_space(c)).is_some() {}
            items.push(Item::Space);
        } else {
            items.push(Item::Literal(c));
        }
    }
    Ok(items)
}

/// The items of a format of ours, which is good.
fn items_of(format: &str) -> Vec<Item> {
    items(format).unwrap_or_default()
}

/// Matches items against the beginning of the text; the pieces that directives took, and where the match ended.
fn matched<'a>(items: &[Item], text: &'a str, taken: &mut Vec<(char, &'a str)>) -> Option<&'a str> {
    let Some((item, later)) = items.split_first() else {
        return Some(text);
    };
    match *item {
        Item::Literal(wanted) => {
            let c = text.chars().next()?;
            let same = c == wanted || c.to_lowercase().eq(wanted.to_lowercase());
            let rest = &text[c.len_utf8()..];
            if same {
                matched(later, rest, taken)
            } else {
                None
            }
        }
        Item::Space => {
            let spaces: Vec<usize> = text
                .char_indices()
                .take_while(|&(_, c)| is_space(c))
                .map(|(offset, c)| offset + c.len_utf8())
                .collect();
            let mut ends = spaces.into_iter().rev();
            ends.find_map(|end| matched(later, &text[end..], taken))
        }
        Item::Directive(code) => candidates(code, text).into_iter().find_map(|len| {
            let depth = taken.len();
            taken.push((code, &text[..len]));
            let rest = matched(later, &text[len..], taken);
            if rest.is_none() {
                taken.truncate(depth);
            }
            rest
        }),
    }
}

/// The lengths that a directive could take, best first.
fn candidates(code: char, text: &str) -> Vec<usize> {
    let number = |widths: &[usize], low: i64, high: i64| {
        let fits = |&&width: &&usize| {
            digits_at(text, width).is_some_and(|(value, _)| (low..=high).contains(&value))
        };
        let ends = widths.iter().filter(fits);
        ends.filter_map(|&width| digits_at(text, width).map(|(_, end)| end))
            .collect()
    };
    match code {
        'Y' | 'G' => number(&[4], 0, 9999),
        'y' => number(&[2], 0, 99),
        'm' | 'I' => number(&[2, 1], 1, 12),
        'd' => {
            let mut ends: Vec<usize> = number(&[2, 1], 1, 31);
            if text.starts_with(' ') && matches!(text.as_bytes().get(1), Some(b'1'..=b'9')) {
                ends.push(2);
            }
            ends
        }
        'H' => number(&[2, 1], 0, 23),
        'M' => number(&[2, 1], 0, 59),
        'S' => number(&[2, 1], 0, 61),
        'j' => number(&[3, 2, 1], 1, 366),
        'U' | 'W' | 'V' => number(&[2, 1], 0, 53),
        'w' => number(&[1], 0, 6),
        'u' => number(&[1], 1, 7),
        'f' => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            (1..=digits.min(6)).rev().collect()
        }
        'z' => zone_offset_len(text).into_iter().collect(),
        'Z' => names(text, &["utc", "gmt"]),
        'p' => names(text, &["am", "pm"]),
        'A' => names(text, &longest_first(&WEEKDAYS)),
        'a' => names(text, &WEEKDAYS.map(short)),
        'B' => names(text, &longest_first(&MONTHS)),
        'b' => names(text, &MONTHS.map(short)),
        _ => Vec::new(),
    }
}

fn longest_first<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

fn names(text: &str, names: &[&str]) -> Vec<usize> {
    let begins = |name: &&&str| {
        text.get(..name.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(name))
    };
    names.iter().filter(begins).map(|name| name.len()).collect()
}

/// The value of so many digits at the beginning, and where they end.
fn digits_at(text: &str, width: usize) -> Option<(i64, usize)> {
    let mut value = 0;
    let mut end = 0;
    let mut chars = text.chars();
    for _ in 0..width {
        let c = chars.next()?;
        value = value * 10 + i64::from(decimal_value(c)?);
        end += c.len_utf8();
    }
    Some((value, end))
}

/// The length of `Z` or `+HH[:]MM[[:]SS[.ffffff]]`.
fn zone_offset_len(text: &str) -> Option<usize> {
    if text.starts_with('Z') {
        return Some(1);
    }
    let bytes = text.as_bytes();
    let two_digits = |at: usize, max_tens: u8| {
        matches!(bytes.get(at..at + 2), Some(&[tens, ones])
            if tens.is_ascii_digit() && tens <= max_tens && ones.is_ascii_digit())
    };
    let colon = |at: usize| usize::from(bytes.get(at) == Some(&b':'));
    if !matches!(bytes.first(), Some(b'+' | b'-')) || !two_digits(1, b'9') {
        return None;
    }
    let minutes = 3 + colon(3);
    if !two_digits(minutes, b'5') {
        return None;
    }
    let mut end = minutes + 2;
    let seconds = end + colon(end);
    if two_digits(seconds, b'5') {
        end = seconds + 2;
        let rest = bytes.get(end + 1..).unwrap_or(&[]);
        let digits = rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
            .min(6);
        if bytes.get(end) == Some(&b'.') && digits > 0 {
            end += 1 + digits;
        }
    }
    Some(end)
}

/// The offset in microseconds of a text that `zone_offset_len` took.
fn zone_offset(text: &str) -> Result<i64, Fault> {
    if text == "Z" {
        return Ok(0);
    }
    let has_colon = text.as_bytes().get(3) == Some(&b':');
    let seconds_at = if has_colon { 6 } else { 5 };
    let lacks_colon = has_colon
        && text
            .as_bytes()
            .get(seconds_at)
            .is_some_and(|&byte| byte != b':');
    if lacks_colon {
        return Err(Fault::Value(format!("Inconsistent use of : in {text}")));
    }
    let (clock, fraction) = text[1..].split_once('.').unwrap_or((&text[1..], ""));
    let digits: String = clock.chars().filter(|&c| c != ':').collect();
    let field = |at: usize| {
        digits
            .get(at..at + 2)
            .and_then(|field| field.parse::<i64>().ok())
            .unwrap_or(0)
    };
    let seconds = (field(0) * 60 + field(2)) * 60 + field(4);
    let size = seconds * 1_000_000 + micros(fraction);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// The microseconds of a fraction's digits.
fn micros(digits: &str) -> i64 {
    let padded: String = digits.chars().chain("000000".chars()).take(6).collect();
    padded.parse().unwrap_or(0)
}

/// The fields that directives gave.
#[derive(Clone, Debug, Default)]
struct Fields {
    year: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: i64,
    hour_of_twelve: Option<i64>,
    is_afternoon: bool,
    minute: i64,
    second: i64,
    micro: i64,
    weekday: Option<i64>,
    day_of_year: Option<i64>,
    /// The week of the year, and whether weeks begin on Monday.
    week: Option<(i64, bool)>,
    offset: Option<i64>,
    zone: Option<String>,
}

impl Fields {
    fn take(&mut self, code: char, text: &str) -> Result<(), Fault> {
        let number = || {
            let value = text.chars().filter_map(decimal_value);
            value.fold(0, |value, digit| value * 10 + i64::from(digit))
        };
        let index = |names: &[&str], len: usize| {
            let same = |name: &&str| name[..len.min(name.len())].eq_ignore_ascii_case(text);
            names.iter().position(same).map(|idx| idx as i64)
        };
        match code {
            'Y' => self.year = Some(number()),
            'y' => self.year = Some(number() + if number() <= 68 { 2000 } else { 1900 }),
            'G' => self.iso_year = Some(number()),
            'V' => self.iso_week = Some(number()),
            'm' => self.month = Some(number()),
            'B' => self.month = index(&MONTHS, usize::MAX).map(|idx| idx + 1),
            'b' => self.month = index(&MONTHS, 3).map(|idx| idx + 1),
            'd' => self.day = Some(number()),
            'H' => self.hour = number(),
            'I' => self.hour_of_twelve = Some(number()),
            'p' => self.is_afternoon = text.eq_ignore_ascii_case("pm"),
            'M' => self.minute = number(),
            'S' => self.second = number(),
            'f' => self.micro = micros(text),
            'A' => self.weekday = index(&WEEKDAYS, usize::MAX),
            'a' => self.weekday = index(&WEEKDAYS, 3),
            'w' => self.weekday = Some((number() + 6) % 7),
            'u' => self.weekday = Some(number() - 1),
            'j' => self.day_of_year = Some(number()),
            'U' => self.week = Some((number(), false)),
            'W' => self.week = Some((number(), true)),
            'z' => self.offset = Some(zone_offset(text)?),
            'Z' => self.zone = Some(text.to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// Refuses ISO years and weeks that lack their other halves.
    fn check_iso(&self) -> Result<(), Fault> {
        let weekdays = "a weekday directive ('%A', '%a', '%w', or '%u').";
        let text = match (self.iso_year, self.iso_week) {
            (Some(_), _) if self.day_of_year.is_some() => {
                "Day of the year directive '%j' is not compatible with ISO year directive '%G'. Use '%Y' instead."
                    .to_owned()
            }
            (Some(_), week) if week.is_none() || self.weekday.is_none() => format!(
                "ISO year directive '%G' must be used with the ISO week directive '%V' and {weekdays}"
            ),
            (None, Some(_)) if self.year.is_none() || self.weekday.is_none() => format!(
                "ISO week directive '%V' must be used with the ISO year directive '%G' and {weekdays}"
            ),
            (None, Some(_)) => "ISO week directive '%V' is incompatible with the year directive '%Y'. \
                                Use the ISO year '%G' instead."
                .to_owned(),
            _ => return Ok(()),
        };
        Err(Fault::Value(text))
    }

    /// Works out what was not said.
    fn resolve(self) -> Result<Parsed, Fault> {
        self.check_iso()?;
        let (mut month, mut day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        // Without a year, 29 February is looked at in a leap year.
        let borrows_leap_year = self.year.is_none() && (month, day) == (2, 29);
        let mut year = self
            .year
            .unwrap_or(if borrows_leap_year { 1904 } else { 1900 });
        let mut day_of_year = self.day_of_year;
        if let (None, Some(weekday)) = (day_of_year, self.weekday) {
            if let Some((week, from_monday)) = self.week {
                let (found_year, found) = day_of_week(year, week, weekday, from_monday);
                (year, day_of_year) = (found_year, Some(found));
            } else if let (Some(iso_year), Some(week)) = (self.iso_year, self.iso_week) {
                (year, month, day) = dates::from_iso_calendar(iso_year, week, weekday + 1)?;
            }
        }
        let day_of_year = match day_of_year {
            Some(day_of_year) => {
                let ordinal = dates::ordinal(year, 1, 1) + day_of_year - 1;
                (year, month, day) = dates::from_ordinal(ordinal)?;
                day_of_year
            }
            None => {
                dates::check_date(year, month, day)?;
                dates::day_of_year(year, month, day)
            }
        };
        let weekday = self
            .weekday
            .unwrap_or_else(|| dates::weekday(year, month, day));
        if borrows_leap_year {
            year = 1900;
        }
        let hour = match self.hour_of_twelve {
            Some(hour) => hour % 12 + if self.is_afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let moment = DateTime {
            year,
            month,
            day,
            hour,
            minute: self.minute,
            second: self.second,
            micro: self.micro,
        };
        Ok(Parsed {
            moment,
            weekday,
            day_of_year,
            offset: self.offset,
            zone: self.zone,
        })
    }
}

/// The year and the day of the year of a weekday in a week; week zero may reach into the year before.
fn day_of_week(year: i64, week: i64, weekday: i64, from_monday: bool) -> (i64, i64) {
    let mut first = dates::weekday(year, 1, 1);
    let mut weekday = weekday;
    if !from_monday {
        first = (first + 1) % 7;
        weekday = (weekday + 1) % 7;
    }
    if week == 0 {
        let day = 1 + weekday - first;
        if day <= 0 {
            let before = year - 1;
            return (before, day + if dates::is_leap(before) { 366 } else { 365 });
        }
        return (year, day);
    }
    (year, 1 + (7 - first) % 7 + 7 * (week - 1) + weekday)
}

/// Reads a text by a format, as `time.strptime` does. For `datetime.strptime` the fields are to be checked as those of
/// any `datetime`.
pub fn parse(text: &str, format: &str) -> Result<Parsed, Fault> {
    let items = items(format)?;
    let mut taken = Vec::new();
    let Some(rest) = matched(&items, text, &mut taken) else {
        return Err(Fault::Value(format!(
            "time data {} does not match format {}",
            repr(text),
            repr(format)
        )));
    };
    if !rest.is_empty() {
        return Err(Fault::Value(format!("unconverted data remains: {rest}")));
    }
    let mut fields = Fields::default();
    for (code, piece) in taken {
        fields.take(code, piece)?;
    }
    fields.resolve()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, format: &str) -> String {
        match parse(text, format) {
            Ok(Parsed { moment, offset, .. }) => {
                crate::text::isoformat::date_time(&moment, ' ', "auto", offset)
                    .expect("a known timespec")
            }
            Err(fault) => fault.text().to_owned(),
        }
    }

    #[test]
    fn texts_are_read() {
        for (text, format, expected) in [
            ("2024-01-02", "%Y-%m-%d", "2024-01-02 00:00:00"),
            ("24 jan tue 3pm", "%y %b %a %I%p", "2024-01-01 15:00:00"),
            ("111", "%d%m", "1900-01-11 00:00:00"),
            (
                "1/2/2024  10:05:07.25",
                "%d/%m/%Y %H:%M:%S.%f",
                "2024-02-01 10:05:07.250000",
            ),
            ("2024 60", "%Y %j", "2024-02-29 00:00:00"),
            ("2023 366", "%Y %j", "2024-01-01 00:00:00"),
            ("2024 10 1", "%Y %W %w", "2024-03-04 00:00:00"),
            ("2024 0 0", "%Y %U %w", "2023-12-31 00:00:00"),
            ("2024 10 1", "%G %V %u", "2024-03-04 00:00:00"),
            (
                "2024-01-02T03:04:05+0530",
                "%Y-%m-%dT%H:%M:%S%z",
                "2024-01-02 03:04:05+05:30",
            ),
            (
                "2024-01-02 -05:30:10.5",
                "%Y-%m-%d %z",
                "2024-01-02 00:00:00-05:30:10.500000",
            ),
            ("2024-01-02 Z", "%Y-%m-%d %z", "2024-01-02 00:00:00+00:00"),
            ("2024-01-02 UTC", "%Y-%m-%d %Z", "2024-01-02 00:00:00"),
            ("100%", "%H0%%", "1900-01-01 10:00:00"),
            ("Tue Jan  2 03:04:05 2024", "%c", "2024-01-02 03:04:05"),
            ("12:30 AM", "%I:%M %p", "1900-01-01 00:30:00"),
            ("September 5, 2024", "%B %d, %Y", "2024-09-05 00:00:00"),
            ("may 5 2024", "%B %d %Y", "2024-05-05 00:00:00"),
            ("2024é", "%Yé", "2024-01-01 00:00:00"),
            ("9", "%f", "1900-01-01 00:00:00.900000"),
            ("29 2", "%d %m", "1900-02-29 00:00:00"),
        ] {
            assert_eq!(shown(text, format), expected, "{text} {format}");
        }
    }

    #[test]
    fn mistakes_have_cpythons_texts() {
        for (text, format, expected) in [
            ("2024-01-02T03", "%Y-%m-%d", "unconverted data remains: T03"),
            (
                "2024-01-xx",
                "%Y-%m-%d",
                "time data '2024-01-xx' does not match format '%Y-%m-%d'",
            ),
            (
                "it's",
                "%Y",
                "time data \"it's\" does not match format '%Y'",
            ),
            (
                "13:00",
                "%I:%M",
                "time data '13:00' does not match format '%I:%M'",
            ),
            ("x", "%Q", "'Q' is a bad directive in format '%Q'"),
            ("x", "%", "stray % in format '%'"),
            ("x", "% ", "'%' is a bad directive in format '% '"),
            ("30 2 2024", "%d %m %Y", "day is out of range for month"),
            (
                "2024-01-02 +05:3010",
                "%Y-%m-%d %z",
                "Inconsistent use of : in +05:3010",
            ),
            (
                "2024 10",
                "%G %V",
                "ISO year directive '%G' must be used with the ISO week directive '%V' and a weekday directive \
                 ('%A', '%a', '%w', or '%u').",
            ),
        ] {
            assert_eq!(shown(text, format), expected, "{text} {format}");
        }
    }
}
