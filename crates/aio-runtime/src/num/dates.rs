//! The calendar behind `datetime`: days, weeks and moments of the Gregorian calendar, reckoned back without end.
//!
//! A day has an ordinal: 1 January of year 1 is day one. A moment is a date with a time of day; as a number it is the
//! microseconds since the beginning of day one. Time zones are the evaluator's business.

use super::{Fault, timedelta::Delta};

/// The greatest year.
pub const MAX_YEAR: i64 = 9999;
/// The ordinal of the last day of the greatest year.
pub const MAX_ORDINAL: i64 = 3_652_059;
/// The ordinal of 1 January 1970.
pub const EPOCH_ORDINAL: i64 = 719_163;

const DAY_MICROS: i64 = 86_400_000_000;

/// Days before each month of a common year.
const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Whether a year has 29 February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month, counted from one.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The ordinal of a date, which must be one.
pub fn ordinal(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    before * 365 + leap_days + day_of_year(year, month, day)
}

/// The day of the year, from one.
pub fn day_of_year(year: i64, month: i64, day: i64) -> i64 {
    let index = usize::try_from(month - 1).unwrap_or(0).min(11);
    DAYS_BEFORE.get(index).copied().unwrap_or(0) + i64::from(month > 2 && is_leap(year)) + day
}

/// Year, month and day of an ordinal, without a check of the range.
fn date_of_ordinal(ordinal: i64) -> (i64, i64, i64) {
    // Within 400 years, 100, 4 and 1; the last day of a leap cycle belongs to the year before.
    let days = ordinal - 1;
    let (centuries4, rest) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let centuries = (rest / 36_524).min(3);
    let rest = rest - centuries * 36_524;
    let (fours, rest) = (rest / 1_461, rest % 1_461);
    let years = (rest / 365).min(3);
    let mut day = rest - years * 365 + 1;
    let year = centuries4 * 400 + centuries * 100 + fours * 4 + years + 1;
    let mut month = 1;
    while day > days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    (year, month, day)
}

/// `date.fromordinal(n)`.
pub fn from_ordinal(ordinal: i64) -> Result<(i64, i64, i64), Fault> {
    if ordinal < 1 {
        return Err(Fault::value("ordinal must be >= 1"));
    }
    let (year, month, day) = date_of_ordinal(ordinal.min(MAX_ORDINAL * 1000));
    if year > MAX_YEAR {
        return Err(Fault::Value(format!("year {year} is out of range")));
    }
    Ok((year, month, day))
}

/// `date.weekday()`: Monday is zero.
pub fn weekday(year: i64, month: i64, day: i64) -> i64 {
    (ordinal(year, month, day) + 6).rem_euclid(7)
}

/// The ordinal of the Monday that begins week one of a year: the week of its first Thursday.
fn first_monday(year: i64) -> i64 {
    let first = ordinal(year, 1, 1);
    let weekday = (first + 6).rem_euclid(7);
    let monday = first - weekday;
    if weekday > 3 { monday + 7 } else { monday }
}

/// `date.isocalendar()`: year, week, weekday from one.
pub fn iso_calendar(year: i64, month: i64, day: i64) -> (i64, i64, i64) {
    let today = ordinal(year, month, day);
    let iso_year = if today < first_monday(year) {
        year - 1
    } else if today >= first_monday(year + 1) {
        year + 1
    } else {
        year
    };
    let days = today - first_monday(iso_year);
    (iso_year, days / 7 + 1, days % 7 + 1)
}

/// `date.fromisocalendar(year, week, day)`.
pub fn from_iso_calendar(year: i64, week: i64, day: i64) -> Result<(i64, i64, i64), Fault> {
    if !(1..=MAX_YEAR).contains(&year) {
        return Err(Fault::Value(format!("Year is out of range: {year}")));
    }
    let weeks = (first_monday(year + 1) - first_monday(year)) / 7;
    if !(1..=weeks).contains(&week) {
        return Err(Fault::Value(format!("Invalid week: {week}")));
    }
    if !(1..=7).contains(&day) {
        return Err(Fault::Value(format!(
            "Invalid day: {day} (range is [1, 7])"
        )));
    }
    from_ordinal(first_monday(year) + (week - 1) * 7 + day - 1)
}

/// Checks the fields of a date.
pub fn check_date(year: i64, month: i64, day: i64) -> Result<(), Fault> {
    if !(1..=MAX_YEAR).contains(&year) {
        return Err(Fault::Value(format!("year {year} is out of range")));
    }
    if !(1..=12).contains(&month) {
        return Err(Fault::value("month must be in 1..12"));
    }
    if !(1..=days_in_month(year, month)).contains(&day) {
        return Err(Fault::value("day is out of range for month"));
    }
    Ok(())
}

/// Checks the fields of a time of day.
pub fn check_time(hour: i64, minute: i64, second: i64, micro: i64, fold: i64) -> Result<(), Fault> {
    let refused = if !(0..24).contains(&hour) {
        "hour must be in 0..23"
    } else if !(0..60).contains(&minute) {
        "minute must be in 0..59"
    } else if !(0..60).contains(&second) {
        "second must be in 0..59"
    } else if !(0..1_000_000).contains(&micro) {
        "microsecond must be in 0..999999"
    } else if !(0..2).contains(&fold) {
        "fold must be either 0 or 1"
    } else {
        return Ok(());
    };
    Err(Fault::value(refused))
}

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// 1 to 9999
    pub year: i64,
    /// From one.
    pub month: i64,
    /// From one.
    pub day: i64,
    /// 0 to 23
    pub hour: i64,
    /// 0 to 59
    pub minute: i64,
    /// 0 to 59
    pub second: i64,
    /// 0 to 999999
    pub micro: i64,
}

impl DateTime {
    /// Midnight of a date.
    pub fn from_date(year: i64, month: i64, day: i64) -> Self {
        Self {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            micro: 0,
        }
    }

    /// The microseconds since the beginning of day one.
    pub fn to_micros(&self) -> i64 {
        let seconds = self.hour * 3600 + self.minute * 60 + self.second;
        (ordinal(self.year, self.month, self.day) - 1) * DAY_MICROS
            + seconds * 1_000_000
            + self.micro
    }

    /// The moment of such a number; none outside of the years 1 to 9999.
    pub fn from_micros(micros: i128) -> Option<Self> {
        let micros = i64::try_from(micros).ok()?;
        let days = micros.div_euclid(DAY_MICROS);
        if !(0..MAX_ORDINAL).contains(&days) {
            return None;
        }
        let (year, month, day) = date_of_ordinal(days + 1);
        let rest = micros.rem_euclid(DAY_MICROS);
        let seconds = rest / 1_000_000;
        Some(Self {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            micro: rest % 1_000_000,
        })
    }

    /// `moment + delta`.
    pub fn plus(&self, delta: Delta) -> Result<Self, Fault> {
        let micros = i128::from(self.to_micros()) + delta.micros();
        Self::from_micros(micros).ok_or_else(out_of_range)
    }

    /// `moment - other`.
    pub fn minus(&self, other: &Self) -> Delta {
        Delta::from_micros_unchecked(i128::from(self.to_micros()) - i128::from(other.to_micros()))
    }

    /// The moment, in UTC, that lies so many seconds after the beginning of 1970.
    pub fn from_timestamp(seconds: f64) -> Result<Self, Fault> {
        if seconds.is_nan() {
            return Err(Fault::value("Invalid value NaN (not a number)"));
        }
        if !(-9.2e18..9.2e18).contains(&seconds) {
            return Err(Fault::overflow(
                "timestamp out of range for platform time_t",
            ));
        }
        let whole = seconds.floor();
        let micros = ((seconds - whole) * 1e6).round_ties_even();
        let since_epoch = whole as i128 * 1_000_000 + micros as i128;
        let micros = since_epoch + i128::from(EPOCH_ORDINAL - 1) * i128::from(DAY_MICROS);
        Self::from_micros(micros).ok_or_else(|| {
            let days = whole.div_euclid(86_400.0) as i64;
            let (year, ..) = date_of_ordinal(days.saturating_add(EPOCH_ORDINAL));
            Fault::Value(format!("year {year} is out of range"))
        })
    }

    /// The microseconds since the beginning of 1970, taking the moment as one in UTC.
    pub fn micros_since_epoch(&self) -> i64 {
        self.to_micros() - (EPOCH_ORDINAL - 1) * DAY_MICROS
    }
}

/// `date + delta`: only the days of the delta count.
pub fn add_days(year: i64, month: i64, day: i64, days: i64) -> Result<(i64, i64, i64), Fault> {
    let ordinal = ordinal(year, month, day).saturating_add(days);
    if !(1..=MAX_ORDINAL).contains(&ordinal) {
        return Err(out_of_range());
    }
    Ok(date_of_ordinal(ordinal))
}

fn out_of_range() -> Fault {
    Fault::overflow("date value out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_and_dates_are_one_to_one() {
        assert_eq!(ordinal(1, 1, 1), 1);
        assert_eq!(ordinal(2024, 1, 1), 738_886);
        assert_eq!(ordinal(9999, 12, 31), MAX_ORDINAL);
        for n in (1..=MAX_ORDINAL).step_by(97) {
            let (year, month, day) = from_ordinal(n).expect("within range");
            assert_eq!(ordinal(year, month, day), n);
            assert_eq!(check_date(year, month, day), Ok(()));
        }
        assert_eq!(from_ordinal(0), Err(Fault::value("ordinal must be >= 1")));
        assert_eq!(
            from_ordinal(MAX_ORDINAL + 1),
            Err(Fault::value("year 10000 is out of range"))
        );
    }

    #[test]
    fn weeks() {
        assert_eq!(weekday(2024, 1, 1), 0);
        assert_eq!(iso_calendar(2021, 1, 3), (2020, 53, 7));
        assert_eq!(iso_calendar(2024, 12, 30), (2025, 1, 1));
        assert_eq!(iso_calendar(1, 1, 1), (1, 1, 1));
        assert_eq!(from_iso_calendar(2020, 53, 7), Ok((2021, 1, 3)));
        assert_eq!(
            from_iso_calendar(2021, 53, 1),
            Err(Fault::value("Invalid week: 53"))
        );
        assert_eq!(
            from_iso_calendar(2020, 1, 8),
            Err(Fault::value("Invalid day: 8 (range is [1, 7])"))
        );
        assert_eq!(
            from_iso_calendar(0, 1, 1),
            Err(Fault::value("Year is out of range: 0"))
        );
    }

    #[test]
    fn fields_are_checked() {
        assert_eq!(
            check_date(2024, 2, 30),
            Err(Fault::value("day is out of range for month"))
        );
        assert_eq!(
            check_date(2024, 13, 1),
            Err(Fault::value("month must be in 1..12"))
        );
        assert_eq!(
            check_date(0, 1, 1),
            Err(Fault::value("year 0 is out of range"))
        );
        assert_eq!(
            check_time(24, 0, 0, 0, 0),
            Err(Fault::value("hour must be in 0..23"))
        );
        assert_eq!(
            check_time(0, 0, 60, 0, 0),
            Err(Fault::value("second must be in 0..59"))
        );
    }

    #[test]
    fn moments_add_and_subtract() {
        let new_year = DateTime::from_date(2024, 1, 1);
        let second = Delta::from_micros_unchecked(1_000_000);
        let before = new_year
            .plus(Delta::from_micros_unchecked(-1))
            .expect("within range");
        assert_eq!(
            (before.year, before.hour, before.micro),
            (2023, 23, 999_999)
        );
        assert_eq!(new_year.minus(&before).micros(), 1);
        let last = DateTime::from_date(9999, 12, 31);
        assert!(
            last.plus(Delta::from_micros_unchecked(86_400_000_000))
                .is_err()
        );
        assert!(last.plus(second).is_ok());
        assert_eq!(add_days(2024, 2, 1, 29), Ok((2024, 3, 1)));
        assert_eq!(
            add_days(1, 1, 1, -1),
            Err(Fault::overflow("date value out of range"))
        );
    }

    #[test]
    fn timestamps() {
        let fields =
            |seconds| DateTime::from_timestamp(seconds).map(|m| (m.year, m.second, m.micro));
        assert_eq!(fields(1.5), Ok((1970, 1, 500_000)));
        assert_eq!(fields(-1.0000005), Ok((1969, 58, 999_999)));
        assert_eq!(fields(0.0000005), Ok((1970, 0, 0)));
        assert_eq!(fields(0.0000015), Ok((1970, 0, 2)));
        assert_eq!(
            fields(1e20),
            Err(Fault::overflow(
                "timestamp out of range for platform time_t"
            ))
        );
        assert_eq!(
            DateTime::from_date(2024, 1, 1).micros_since_epoch(),
            1_704_067_200_000_000
        );
    }
}
