//! `strftime`: dates and times as text, in the C locale, as CPython gives it on Linux.
//!
//! CPython itself replaces `%f`, `%z`, `%:z` and `%Z`; the rest is the C library's, with its flags (`%-d`, `%^a`) and
//! widths. A directive that is not known stays as it is.

use std::fmt::Write as _;

use crate::num::dates::{self, DateTime};

/// Names of the days, from Monday.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The abbreviated name of a day or month.
pub fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// What is shown besides the moment itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zone<'a> {
    /// The offset from UTC in microseconds, if known.
    pub offset: Option<i64>,
    /// The name of the zone, if known.
    pub name: Option<&'a str>,
}

/// `value.strftime(format)`. For a `time` the date is 1 January 1900; for a `date` the time is midnight.
pub fn format(moment: &DateTime, zone: Zone<'_>, format: &str) -> String {
    let mut out = String::with_capacity(format.len() * 2);
    let mut rest = format;
    while let Some(idx) = rest.find('%') {
        out.push_str(&rest[..idx]);
        rest = &rest[idx..];
        let directive = Directive::read(rest);
        if !directive.push(&mut out, moment, zone) {
            out.push_str(directive.source);
        }
        rest = &rest[directive.source.len()..];
    }
    out.push_str(rest);
    out
}

/// How a number is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Zeros,
    Spaces,
    None,
}

/// A directive taken apart.
#[derive(Clone, Copy, Debug)]
struct Directive<'a> {
    source: &'a str,
    padding: Option<Padding>,
    upper: bool,
    swap_case: bool,
    colon: bool,
    width: usize,
    code: Option<char>,
}

impl<'a> Directive<'a> {
    /// Reads the directive at the beginning of the text.
    fn read(text: &'a str) -> Self {
        let mut directive = Self {
            source: text,
            padding: None,
            upper: false,
            swap_case: false,
            colon: false,
            width: 0,
            code: None,
        };
        for (offset, c) in text.char_indices().skip(1) {
            match c {
                '0' if directive.width == 0 => directive.padding = Some(Padding::Zeros),
                '_' => directive.padding = Some(Padding::Spaces),
                '-' => directive.padding = Some(Padding::None),
                '^' => directive.upper = true,
                '#' => directive.swap_case = true,
                ':' => directive.colon = true,
                '0'..='9' => {
                    let digit = c.to_digit(10).unwrap_or(0) as usize;
                    directive.width = (directive.width * 10 + digit).min(1 << 16);
                }
                _ => {
                    directive.code = Some(c);
                    directive.source = &text[..offset + c.len_utf8()];
                    return directive;
                }
            }
        }
        directive
    }

    fn push_number(&self, out: &mut String, value: i64, width: usize, padding: Padding) {
        let padding = self.padding.unwrap_or(padding);
        let width = if self.width > 0 { self.width } else { width };
        let _ = match padding {
            Padding::Zeros => write!(out, "{value:0width$}"),
            Padding::Spaces => write!(out, "{value:width$}"),
            Padding::None => write!(out, "{value}"),
        };
    }

    fn push_text(&self, out: &mut String, text: &str) {
        let missing = self.width.saturating_sub(text.len());
        let fill = if self.padding == Some(Padding::Zeros) {
            '0'
        } else {
            ' '
        };
        out.extend(std::iter::repeat_n(fill, missing));
        if self.upper {
            out.push_str(&text.to_uppercase());
        } else {
            out.push_str(text);
        }
    }

    /// Text that the flag `#` turns to upper case.
    fn push_name(&self, out: &mut String, name: &str) {
        if self.swap_case {
            self.push_text(out, &name.to_uppercase());
        } else {
            self.push_text(out, name);
        }
    }

    /// Appends what the directive stands for; false if it is not known.
    fn push(&self, out: &mut String, moment: &DateTime, zone: Zone<'_>) -> bool {
        let Some(code) = self.code else {
            return false;
        };
        if self.colon {
            return code == 'z' && self.push_zone(out, zone, ":");
        }
        match code {
            'f' => {
                let _ = write!(out, "{:06}", moment.micro);
            }
            'z' => return self.push_zone(out, zone, ""),
            'Z' => out.push_str(zone.name.unwrap_or("")),
            '%' => out.push('%'),
            'n' => out.push('\n'),
            't' => out.push('\t'),
            _ => {
                return self.push_name_directive(out, moment, code)
                    || self.push_date_number(out, moment, code)
                    || self.push_time_number(out, moment, code)
                    || self.push_compound(out, moment, zone, code);
            }
        }
        true
    }

    fn push_zone(&self, out: &mut String, zone: Zone<'_>, separator: &str) -> bool {
        if let Some(offset) = zone.offset {
            push_offset(out, offset, separator);
        }
        true
    }

    fn push_name_directive(&self, out: &mut String, moment: &DateTime, code: char) -> bool {
        let weekday = dates::weekday(moment.year, moment.month, moment.day) as usize;
        let month = usize::try_from(moment.month - 1).unwrap_or(0);
        let month = MONTHS.get(month).copied().unwrap_or_default();
        let weekday = WEEKDAYS.get(weekday).copied().unwrap_or_default();
        let half = if moment.hour < 12 { "AM" } else { "PM" };
        match code {
            'a' => self.push_name(out, short(weekday)),
            'A' => self.push_name(out, weekday),
            'b' | 'h' => self.push_name(out, short(month)),
            'B' => self.push_name(out, month),
            // For these the flag goes the other way.
            'p' if self.swap_case => self.push_text(out, &half.to_lowercase()),
            'p' => self.push_text(out, half),
            'P' => self.push_text(out, &half.to_lowercase()),
            _ => return false,
        }
        true
    }

    fn push_date_number(&self, out: &mut String, moment: &DateTime, code: char) -> bool {
        let DateTime {
            year, month, day, ..
        } = *moment;
        let weekday = dates::weekday(year, month, day);
        let day_of_year = dates::day_of_year(year, month, day);
        let (iso_year, iso_week, iso_day) = dates::iso_calendar(year, month, day);
        let (value, width, padding) = match code {
            'Y' => (year, 1, Padding::None),
            'C' => (year / 100, 1, Padding::Zeros),
            'y' => (year % 100, 2, Padding::Zeros),
            'm' => (month, 2, Padding::Zeros),
            'd' => (day, 2, Padding::Zeros),
            'e' => (day, 2, Padding::Spaces),
            'j' => (day_of_year, 3, Padding::Zeros),
            'w' => ((weekday + 1) % 7, 1, Padding::Zeros),
            'u' => (iso_day, 1, Padding::Zeros),
            'U' => ((day_of_year + 6 - (weekday + 1) % 7) / 7, 2, Padding::Zeros),
            'W' => ((day_of_year + 6 - weekday) / 7, 2, Padding::Zeros),
            'V' => (iso_week, 2, Padding::Zeros),
            'G' => (iso_year, 1, Padding::None),
            'g' => (iso_year.rem_euclid(100), 2, Padding::Zeros),
            's' => (
                moment.micros_since_epoch().div_euclid(1_000_000),
                1,
                Padding::Zeros,
            ),
            _ => return false,
        };
        self.push_number(out, value, width, padding);
        true
    }

    fn push_time_number(&self, out: &mut String, moment: &DateTime, code: char) -> bool {
        let hour = (moment.hour + 11) % 12 + 1;
        let (value, padding) = match code {
            'H' => (moment.hour, Padding::Zeros),
            'k' => (moment.hour, Padding::Spaces),
            'I' => (hour, Padding::Zeros),
            'l' => (hour, Padding::Spaces),
            'M' => (moment.minute, Padding::Zeros),
            'S' => (moment.second, Padding::Zeros),
            _ => return false,
        };
        self.push_number(out, value, 2, padding);
        true
    }

    fn push_compound(
        &self,
        out: &mut String,
        moment: &DateTime,
        zone: Zone<'_>,
        code: char,
    ) -> bool {
        let parts = match code {
            'c' => "%a %b %e %H:%M:%S %Y",
            'x' | 'D' => "%m/%d/%y",
            'X' | 'T' => "%H:%M:%S",
            'F' => "%Y-%m-%d",
            'r' => "%I:%M:%S %p",
            'R' => "%H:%M",
            _ => return false,
        };
        self.push_text(out, &format(moment, zone, parts));
        true
    }
}

/// Appends an offset from UTC: hours and minutes, and seconds and microseconds where there are any.
pub fn push_offset(out: &mut String, micros: i64, separator: &str) {
    let sign = if micros < 0 { '-' } else { '+' };
    let size = micros.unsigned_abs();
    let seconds = size / 1_000_000;
    let _ = write!(
        out,
        "{sign}{:02}{separator}{:02}",
        seconds / 3600,
        seconds / 60 % 60
    );
    let micro = size % 1_000_000;
    if !seconds.is_multiple_of(60) || micro != 0 {
        let _ = write!(out, "{separator}{:02}", seconds % 60);
    }
    if micro != 0 {
        let _ = write!(out, ".{micro:06}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(fields: [i64; 7]) -> DateTime {
        let [year, month, day, hour, minute, second, micro] = fields;
        DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            micro,
        }
    }

    fn shown(fields: [i64; 7], text: &str) -> String {
        format(&moment(fields), Zone::default(), text)
    }

    #[test]
    fn directives_of_cpython_and_of_the_c_library() {
        let fields = [2024, 1, 2, 3, 4, 5, 6];
        let all =
            "%a %A %w %d %b %B %m %y %Y %H %I %p %M %S %f %z|%Z|%j %U %W %c %x %X %% %G %u %V";
        assert_eq!(
            shown(fields, all),
            "Tue Tuesday 2 02 Jan January 01 24 2024 03 03 AM 04 05 000006 ||002 00 01 \
             Tue Jan  2 03:04:05 2024 01/02/24 03:04:05 % 2024 2 01"
        );
        let more = "%C %D %e %F %g %h %n %r %R %t %T %k %l %P %s %L %Q %q %1 %";
        assert_eq!(
            shown([2024, 1, 2, 15, 4, 5, 6], more),
            "20 01/02/24  2 2024-01-02 24 Jan \n 03:04:05 PM 15:04 \t 15:04:05 15  3 pm 1704207845 %L %Q %q %1 %"
        );
        assert_eq!(
            shown(fields, "%-d %-m %_d %05d %^a %#p é"),
            "2 1  2 00002 TUE am é"
        );
    }

    #[test]
    fn weeks_and_early_years() {
        assert_eq!(
            shown([2024, 12, 30, 0, 0, 0, 0], "%U %W %V %G %j %u %w"),
            "52 53 01 2025 365 1 1"
        );
        assert_eq!(
            shown([2023, 1, 1, 0, 0, 0, 0], "%U %W %V %G %j %u %w"),
            "01 00 52 2022 001 7 0"
        );
        assert_eq!(
            shown([1, 1, 1, 0, 0, 0, 0], "%Y-%m-%d %G %C %y %c %F"),
            "1-01-01 1 0 01 Mon Jan  1 00:00:00 1 1-01-01"
        );
        assert_eq!(shown([2024, 1, 2, 0, 5, 0, 0], "%I %p %l"), "12 AM 12");
    }

    #[test]
    fn offsets() {
        let zone = |offset| Zone {
            offset: Some(offset),
            name: Some("X"),
        };
        let text = |offset| format(&moment([2024, 1, 2, 0, 0, 0, 0]), zone(offset), "%z %:z %Z");
        assert_eq!(text(-19_800_000_000), "-0530 -05:30 X");
        assert_eq!(text(18_007_000_003), "+050007.000003 +05:00:07.000003 X");
    }
}
