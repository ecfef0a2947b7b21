//! ISO 8601: `isoformat` and `fromisoformat` of dates, times and moments.

use crate::num::{
    Fault,
    dates::{self, DateTime},
};

use super::{repr::repr, strftime::push_offset};

/// `date.isoformat()`.
pub fn date(moment: &DateTime) -> String {
    format!("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day)
}

/// `time.isoformat(timespec)`, with an offset in microseconds where there is one.
pub fn time(moment: &DateTime, timespec: &str, offset: Option<i64>) -> Result<String, Fault> {
    let DateTime {
        hour,
        minute,
        second,
        micro,
        ..
    } = *moment;
    let timespec = match timespec {
        "auto" if micro == 0 => "seconds",
        "auto" => "microseconds",
        given => given,
    };
    let mut out = match timespec {
        "hours" => format!("{hour:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micro / 1000),
        "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{micro:06}"),
        _ => return Err(Fault::value("Unknown timespec value")),
    };
    if let Some(offset) = offset {
        push_offset(&mut out, offset, ":");
    }
    Ok(out)
}

/// `datetime.isoformat(separator, timespec)`.
pub fn date_time(
    moment: &DateTime,
    separator: char,
    timespec: &str,
    offset: Option<i64>,
) -> Result<String, Fault> {
    Ok(format!(
        "{}{separator}{}",
        date(moment),
        time(moment, timespec, offset)?
    ))
}

/// `datetime.ctime()`.
pub fn ctime(moment: &DateTime) -> String {
    super::strftime::format(
        moment,
        super::strftime::Zone::default(),
        "%a %b %e %H:%M:%S ",
    ) + &format!("{:04}", moment.year)
}

/// The name of a zone of fixed offset: `UTC+05:30`.
pub fn zone_name(offset: i64) -> String {
    let mut out = "UTC".to_owned();
    if offset != 0 {
        push_offset(&mut out, offset, ":");
    }
    out
}

/// A text read back: a moment, and an offset in microseconds where there is one.
pub type Parsed = (DateTime, Option<i64>);

/// What could not be read. Fields out of range have texts of their own; all else is no ISO text.
enum Reject {
    Form,
    Range(Fault),
}

impl Reject {
    fn into_fault(self, text: &str) -> Fault {
        match self {
            Self::Form => Fault::Value(format!("Invalid isoformat string: {}", repr(text))),
            Self::Range(fault) => fault,
        }
    }
}

/// `date.fromisoformat(text)`.
pub fn parse_date(text: &str) -> Result<(i64, i64, i64), Fault> {
    let (year, month, day) = parse_date_part(text).map_err(|reject| reject.into_fault(text))?;
    dates::check_date(year, month, day)?;
    Ok((year, month, day))
}

/// `time.fromisoformat(text)`.
pub fn parse_time(text: &str) -> Result<Parsed, Fault> {
    let part = text.strip_prefix('T').unwrap_or(text);
    let parsed = parse_time_part(part, DateTime::from_date(1900, 1, 1))
        .map_err(|reject| reject.into_fault(text))?;
    check_clock(&parsed.0).map_err(|reject| reject.into_fault(text))?;
    Ok(parsed)
}

/// `datetime.fromisoformat(text)`.
pub fn parse_date_time(text: &str) -> Result<Parsed, Fault> {
    let parsed = || {
        let end = date_end(text.as_bytes()).ok_or(Reject::Form)?;
        let head = text.get(..end).ok_or(Reject::Form)?;
        let tail = &text[end..];
        let (year, month, day) = parse_date_part(head)?;
        let midnight = DateTime::from_date(year, month, day);
        let mut chars = tail.chars();
        // Any one character may separate date and time.
        let parsed = if chars.next().is_none() {
            (midnight, None)
        } else {
            parse_time_part(chars.as_str(), midnight)?
        };
        dates::check_date(year, month, day).map_err(Reject::Range)?;
        check_clock(&parsed.0)?;
        Ok(parsed)
    };
    parsed().map_err(|reject: Reject| reject.into_fault(text))
}

/// Where the date ends that begins a text.
#[expect(clippy::indexing_slicing, reason = "the length is checked before")]
fn date_end(bytes: &[u8]) -> Option<usize> {
    let len = bytes.len();
    if len < 7 {
        return None;
    }
    let end = match (bytes[4], bytes[5]) {
        (b'-', b'W') if len > 8 && bytes[8] == b'-' => {
            if len == 9 {
                return None;
            }
            // `2024-W01-2`, unless two digits follow: then they are an hour.
            if len > 10 && bytes[10].is_ascii_digit() {
                8
            } else {
                10
            }
        }
        (b'-', b'W') => 8,
        (b'-', _) => 10,
        (b'W', _) => {
            let digits = bytes[7..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let end = 7 + digits;
            if end < 9 {
                end
            } else if end % 2 == 0 {
                7
            } else {
                8
            }
        }
        _ => 8,
    };
    (end <= len).then_some(end)
}

fn digits(text: &str) -> Result<i64, Reject> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reject::Form);
    }
    text.parse().map_err(|_| Reject::Form)
}

/// Reads a date; the numbers may be out of range.
#[expect(clippy::indexing_slicing, reason = "the length is checked before")]
fn parse_date_part(text: &str) -> Result<(i64, i64, i64), Reject> {
    if !text.is_ascii() || text.len() < 7 {
        return Err(Reject::Form);
    }
    let year = digits(&text[..4])?;
    let rest = &text[4..];
    let has_dash = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    if let Some(week) = rest.strip_prefix('W') {
        let (week, day) = match (week.len(), has_dash) {
            (2, _) => (digits(week)?, 1),
            (4, true) if week.as_bytes()[2] == b'-' => (digits(&week[..2])?, digits(&week[3..])?),
            (3, false) => (digits(&week[..2])?, digits(&week[2..])?),
            _ => return Err(Reject::Form),
        };
        return dates::from_iso_calendar(year, week, day).map_err(|_| Reject::Form);
    }
    let (month, day) = match (rest.len(), has_dash) {
        (5, true) if rest.as_bytes()[2] == b'-' => (digits(&rest[..2])?, digits(&rest[3..])?),
        (4, false) => (digits(&rest[..2])?, digits(&rest[2..])?),
        _ => return Err(Reject::Form),
    };
    Ok((year, month, day))
}

/// Reads `HH[:MM[:SS[.ffffff]]]`, with or without the colons: seconds and microseconds of the day.
fn parse_clock(text: &str) -> Result<[i64; 4], Reject> {
    let (whole, fraction) = match text.find(['.', ',']) {
        Some(idx) => (&text[..idx], Some(&text[idx + 1..])),
        None => (text, None),
    };
    if !whole.is_ascii() {
        return Err(Reject::Form);
    }
    let has_colons = whole.as_bytes().get(2) == Some(&b':');
    let pieces: Vec<&str> = if has_colons {
        whole.split(':').collect()
    } else {
        (0..whole.len())
            .step_by(2)
            .map(|idx| &whole[idx..whole.len().min(idx + 2)])
            .collect()
    };
    if pieces.is_empty() || pieces.len() > 3 || pieces.iter().any(|piece| piece.len() != 2) {
        return Err(Reject::Form);
    }
    let mut clock = [0; 4];
    for (field, piece) in clock.iter_mut().zip(&pieces) {
        *field = digits(piece)?;
    }
    if let Some(fraction) = fraction {
        digits(fraction.get(..fraction.len().min(18)).ok_or(Reject::Form)?)?;
        // Digits beyond the sixth are cut off.
        let kept: String = fraction.chars().chain("000000".chars()).take(6).collect();
        clock[3] = digits(&kept)?;
    }
    Ok(clock)
}

/// Checks the time of day, once all of the text has the right form.
fn check_clock(moment: &DateTime) -> Result<(), Reject> {
    let DateTime {
        hour,
        minute,
        second,
        micro,
        ..
    } = *moment;
    dates::check_time(hour, minute, second, micro, 0).map_err(Reject::Range)
}

/// Reads a time of day and an offset; the numbers may be out of range.
fn parse_time_part(text: &str, date: DateTime) -> Result<Parsed, Reject> {
    let (clock, zone) = match text.find(['+', '-', 'Z']) {
        Some(idx) => (&text[..idx], Some(&text[idx..])),
        None => (text, None),
    };
    // One space may stand before the zone.
    let [hour, minute, second, micro] = parse_clock(clock.trim_end_matches(' '))?;
    let offset = zone.map(parse_zone).transpose()?;
    let moment = DateTime {
        hour,
        minute,
        second,
        micro,
        ..date
    };
    Ok((moment, offset))
}

fn parse_zone(text: &str) -> Result<i64, Reject> {
    if text == "Z" {
        return Ok(0);
    }
    let (sign, clock) = text.split_at(1);
    let [hour, minute, second, micro] = parse_clock(clock)?;
    let size = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro;
    match sign {
        "-" => Ok(-size),
        "+" => Ok(size),
        _ => Err(Reject::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text read and written again.
    fn rewritten(text: &str) -> String {
        match parse_date_time(text) {
            Ok((moment, offset)) => {
                date_time(&moment, 'T', "auto", offset).expect("a known timespec")
            }
            Err(fault) => fault.text().to_owned(),
        }
    }

    #[test]
    fn moments_are_read() {
        for (text, expected) in [
            ("2024-01-02", "2024-01-02T00:00:00"),
            ("20240102", "2024-01-02T00:00:00"),
            ("2024-W01", "2024-01-01T00:00:00"),
            ("2024-W01-2", "2024-01-02T00:00:00"),
            ("2024W012", "2024-01-02T00:00:00"),
            ("2024-01-02T03", "2024-01-02T03:00:00"),
            ("2024-01-02x03:04:05", "2024-01-02T03:04:05"),
            ("20240102T030405", "2024-01-02T03:04:05"),
            ("2024-01-02T03:04:05.1", "2024-01-02T03:04:05.100000"),
            (
                "2024-01-02T03:04:05,123456789",
                "2024-01-02T03:04:05.123456",
            ),
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02T03:04:05 Z", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02T03:04:05+05", "2024-01-02T03:04:05+05:00"),
            ("2024-01-02T03:04:05-0530", "2024-01-02T03:04:05-05:30"),
            (
                "2024-01-02T03:04:05+05:30:10.5",
                "2024-01-02T03:04:05+05:30:10.500000",
            ),
            ("2024-W01T03:04", "2024-01-01T03:04:00"),
            ("2024W01T03", "2024-01-01T03:00:00"),
            ("2024-01-02T03+01", "2024-01-02T03:00:00+01:00"),
            ("2024-01-02T03:04.5", "2024-01-02T03:04:00.500000"),
            ("2024-01-02T24:00", "hour must be in 0..23"),
            ("2024-13-02", "month must be in 1..12"),
            ("2024-02-30", "day is out of range for month"),
        ] {
            assert_eq!(rewritten(text), expected, "{text}");
        }
        for text in [
            "",
            "abc",
            "2024-1-2",
            "2024-01",
            "2024-0102",
            "202401-02",
            "2024-01-02T",
            "2024-01-02T3:04",
            "2024-01-02T03:4",
            "2024-01-02T0304:05",
            "2024-01-02T03:04:05.",
            "2024-01-02T03:04:05+",
            "2024-01-02T03:04:05z",
            "2024-W54-1",
        ] {
            assert_eq!(
                rewritten(text),
                format!("Invalid isoformat string: '{text}'")
            );
        }
    }

    #[test]
    fn dates_and_times_alone() {
        assert_eq!(parse_date("2024-W01-1"), Ok((2024, 1, 1)));
        assert!(parse_date("2024-01-02T03").is_err() && parse_date("2024-01-0").is_err());
        assert!(parse_time("T03:04").is_ok_and(|(moment, _)| moment.minute == 4));
        assert!(parse_time("03").is_ok() && parse_time("3").is_err() && parse_time("").is_err());
    }

    #[test]
    fn moments_are_written() {
        let (moment, _) = parse_date_time("2024-01-02T03:04:05.000006").expect("an ISO text");
        let text = |separator, timespec| date_time(&moment, separator, timespec, None);
        assert_eq!(text(' ', "minutes"), Ok("2024-01-02 03:04".into()));
        assert_eq!(
            text('T', "milliseconds"),
            Ok("2024-01-02T03:04:05.000".into())
        );
        assert_eq!(text('T', "x"), Err(Fault::value("Unknown timespec value")));
        assert_eq!(ctime(&moment), "Tue Jan  2 03:04:05 2024");
        assert_eq!(zone_name(-19_800_000_000), "UTC-05:30");
        assert_eq!(zone_name(0), "UTC");
    }
}
