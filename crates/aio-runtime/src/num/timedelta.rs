//! `datetime.timedelta`: a number of microseconds, shown as days, seconds and microseconds.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed as _, Zero as _};

use super::{Fault, Int, IntRef, convert, round};

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;
const MAX_DAYS: i128 = 999_999_999;

/// Microseconds in each unit that `timedelta(…)` takes, in the order in which CPython adds them.
pub const UNITS: [(&str, i64); 7] = [
    ("microseconds", 1),
    ("milliseconds", 1_000),
    ("seconds", 1_000_000),
    ("minutes", 60_000_000),
    ("hours", 3_600_000_000),
    ("days", 86_400_000_000),
    ("weeks", 604_800_000_000),
];

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delta {
    micros: i128,
}

impl Delta {
    /// A span of so many microseconds, if it is not too long.
    pub fn from_micros(micros: i128) -> Result<Self, Fault> {
        let days = micros.div_euclid(DAY);
        if i32::try_from(days).is_err() {
            return Err(Fault::overflow("Python int too large to convert to C int"));
        }
        if days.abs() > MAX_DAYS {
            return Err(Fault::Overflow(format!(
                "days={days}; must have magnitude <= {MAX_DAYS}"
            )));
        }
        Ok(Self { micros })
    }

    /// A span that is known to be short enough, as the difference of two moments is.
    pub(crate) fn from_micros_unchecked(micros: i128) -> Self {
        Self { micros }
    }

    fn from_big(micros: &BigInt) -> Result<Self, Fault> {
        match i128::try_from(micros) {
            Ok(micros) => Self::from_micros(micros),
            Err(_) => Err(Fault::overflow("Python int too large to convert to C int")),
        }
    }

    /// All microseconds.
    pub fn micros(self) -> i128 {
        self.micros
    }

    /// The days, rounded down.
    pub fn days(self) -> i64 {
        self.micros.div_euclid(DAY) as i64
    }

    /// The seconds beyond the days.
    pub fn seconds(self) -> i64 {
        (self.micros.rem_euclid(DAY) / SECOND) as i64
    }

    /// The microseconds beyond the seconds.
    pub fn microseconds(self) -> i64 {
        self.micros.rem_euclid(SECOND) as i64
    }

    /// `delta.total_seconds()`.
    pub fn total_seconds(self) -> f64 {
        let micros = Int::from(self.micros);
        convert::true_divide(micros.as_ref(), IntRef::Small(1_000_000)).unwrap_or(0.0)
    }

    /// `a + b`.
    pub fn plus(self, other: Self) -> Result<Self, Fault> {
        Self::from_micros(self.micros + other.micros)
    }

    /// `a - b`.
    pub fn minus(self, other: Self) -> Result<Self, Fault> {
        Self::from_micros(self.micros - other.micros)
    }

    /// `-a`.
    pub fn negated(self) -> Result<Self, Fault> {
        Self::from_micros(-self.micros)
    }

    /// `abs(a)`.
    pub fn abs(self) -> Result<Self, Fault> {
        Self::from_micros(self.micros.abs())
    }

    /// `a * n`.
    pub fn times(self, factor: IntRef<'_>) -> Result<Self, Fault> {
        Self::from_big(&(BigInt::from(self.micros) * factor.to_big()))
    }

    /// `a * x`: by the exact value of the float, rounded half to even.
    pub fn times_f64(self, factor: f64) -> Result<Self, Fault> {
        let (numerator, denominator) = convert::float_ratio(factor)?;
        let product = BigInt::from(self.micros) * BigInt::from(numerator);
        Self::from_big(&divide_nearest(&product, &BigInt::from(denominator))?)
    }

    /// `a / n`, rounded half to even.
    pub fn divided(self, divisor: IntRef<'_>) -> Result<Self, Fault> {
        Self::from_big(&divide_nearest(
            &BigInt::from(self.micros),
            &divisor.to_big(),
        )?)
    }

    /// `a / x`.
    pub fn divided_f64(self, divisor: f64) -> Result<Self, Fault> {
        let (numerator, denominator) = convert::float_ratio(divisor)?;
        let scaled = BigInt::from(self.micros) * BigInt::from(denominator);
        Self::from_big(&divide_nearest(&scaled, &BigInt::from(numerator))?)
    }

    /// `a // n`.
    pub fn floor_divided(self, divisor: IntRef<'_>) -> Result<Self, Fault> {
        let divisor = divisor.to_big();
        if divisor.is_zero() {
            return Err(integer_division_by_zero());
        }
        Self::from_big(&BigInt::from(self.micros).div_floor(&divisor))
    }

    /// `a / b`.
    pub fn ratio(self, other: Self) -> Result<f64, Fault> {
        let (a, b) = (Int::from(self.micros), Int::from(other.micros));
        convert::true_divide(a.as_ref(), b.as_ref())
    }

    /// `divmod(a, b)`; `a // b` is its first part.
    pub fn divmod(self, other: Self) -> Result<(Int, Self), Fault> {
        if other.micros == 0 {
            return Err(integer_division_by_zero());
        }
        let quotient = num_integer::Integer::div_floor(&self.micros, &other.micros);
        let rest = self.micros - quotient * other.micros;
        Ok((Int::from(quotient), Self { micros: rest }))
    }

    /// `a % b`.
    pub fn modulo(self, other: Self) -> Result<Self, Fault> {
        if other.micros == 0 {
            return Err(Fault::zero_division("integer modulo by zero"));
        }
        Ok(self.divmod(other)?.1)
    }

    /// `repr(delta)`, for a class of that full name.
    pub fn repr(self, class: &str) -> String {
        let fields = [
            ("days", self.days()),
            ("seconds", self.seconds()),
            ("microseconds", self.microseconds()),
        ];
        let shown: Vec<String> = fields
            .into_iter()
            .filter(|&(_, value)| value != 0)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if shown.is_empty() {
            return format!("{class}(0)");
        }
        format!("{class}({})", shown.join(", "))
    }

    /// `str(delta)`.
    pub fn text(self) -> String {
        let mut out = match self.days() {
            0 => String::new(),
            days @ (1 | -1) => format!("{days} day, "),
            days => format!("{days} days, "),
        };
        let seconds = self.seconds();
        out.push_str(&format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ));
        if self.microseconds() != 0 {
            out.push_str(&format!(".{:06}", self.microseconds()));
        }
        out
    }
}

fn integer_division_by_zero() -> Fault {
    Fault::zero_division("integer division or modulo by zero")
}

/// The nearest integer to a quotient, ties to even.
fn divide_nearest(a: &BigInt, b: &BigInt) -> Result<BigInt, Fault> {
    if b.is_zero() {
        return Err(integer_division_by_zero());
    }
    let (a, b) = if b.is_negative() {
        (-a, -b)
    } else {
        (a.clone(), b.clone())
    };
    let (quotient, rest) = a.div_mod_floor(&b);
    let twice: BigInt = rest * 2;
    let rounds_up = twice > b || twice == b && quotient.is_odd();
    Ok(if rounds_up { quotient + 1 } else { quotient })
}

/// Adds up the arguments of `timedelta(…)`, in the order of `UNITS`.
#[derive(Clone, Debug, Default)]
pub struct DeltaBuilder {
    micros: BigInt,
    /// Fractions of a microsecond.
    fraction: f64,
}

impl DeltaBuilder {
    /// Adds a whole number of a unit.
    pub fn add_int(&mut self, value: IntRef<'_>, unit: i64) {
        self.micros += value.to_big() * unit;
    }

    /// Adds a float of a unit: its whole part exactly, its fraction as a float.
    pub fn add_f64(&mut self, value: f64, unit: i64) -> Result<(), Fault> {
        let whole = value.trunc();
        self.add_int(convert::from_f64(whole)?.as_ref(), unit);
        let fraction = (value - whole) * unit as f64;
        let whole = fraction.trunc();
        self.micros += BigInt::from(convert::from_f64(whole)?);
        self.fraction += fraction - whole;
        Ok(())
    }

    /// The span, rounded half to even.
    pub fn finish(self) -> Result<Delta, Fault> {
        let mut rounded = self.fraction.round();
        if (rounded - self.fraction).abs() == 0.5 {
            let odd = f64::from(u8::from(self.micros.is_odd()));
            rounded = 2.0 * ((self.fraction + odd) * 0.5).round() - odd;
        }
        let extra = BigInt::from(round::round_to_int(rounded)?);
        Delta::from_big(&(self.micros + extra))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: i64) -> Delta {
        Delta::from_micros_unchecked(i128::from(n) * DAY)
    }

    fn micros(n: i64) -> Delta {
        Delta::from_micros_unchecked(i128::from(n))
    }

    fn built(parts: &[(f64, &str)]) -> Result<String, String> {
        let mut builder = DeltaBuilder::default();
        for (name, unit) in UNITS {
            for (value, _) in parts.iter().filter(|(_, wanted)| *wanted == name) {
                builder
                    .add_f64(*value, unit)
                    .map_err(|fault| fault.text().to_owned())?;
            }
        }
        let delta = builder.finish().map_err(|fault| fault.text().to_owned())?;
        Ok(delta.repr("timedelta"))
    }

    #[test]
    fn parts_add_up() {
        for (parts, expected) in [
            (&[(1.5, "days")][..], "timedelta(days=1, seconds=43200)"),
            (&[(0.0000005, "seconds")], "timedelta(0)"),
            (&[(0.0000015, "seconds")], "timedelta(microseconds=2)"),
            (&[(1.1, "hours")], "timedelta(seconds=3960)"),
            (
                &[
                    (1.0, "weeks"),
                    (-1.0, "days"),
                    (2.5, "hours"),
                    (1.0005, "milliseconds"),
                ],
                "timedelta(days=6, seconds=9000, microseconds=1000)",
            ),
        ] {
            assert_eq!(built(parts), Ok(expected.to_owned()));
        }
        let refused = |value| built(&[(value, "days")]).err();
        assert_eq!(
            refused(1e9),
            Some("days=1000000000; must have magnitude <= 999999999".into())
        );
        assert_eq!(
            refused(1e10),
            Some("Python int too large to convert to C int".into())
        );
        assert_eq!(
            refused(f64::NAN),
            Some("cannot convert float NaN to integer".into())
        );
    }

    #[test]
    fn texts() {
        assert_eq!(
            micros(-1).repr("timedelta"),
            "timedelta(days=-1, seconds=86399, microseconds=999999)"
        );
        assert_eq!(Delta::default().repr("timedelta"), "timedelta(0)");
        assert_eq!(micros(90_061_000_005).text(), "1 day, 1:01:01.000005");
        assert_eq!(micros(-86_395_000_000).text(), "-1 day, 0:00:05");
        assert_eq!(days(2).text(), "2 days, 0:00:00");
        assert_eq!(micros(1).text(), "0:00:00.000001");
    }

    #[test]
    fn arithmetic() {
        assert_eq!(
            days(1).divided(IntRef::Small(3)),
            Ok(micros(28_800_000_000))
        );
        assert_eq!(micros(5).divided(IntRef::Small(2)), Ok(micros(2)));
        assert_eq!(micros(3).times_f64(0.5), Ok(micros(2)));
        assert_eq!(
            days(3).divided_f64(1.7).map(|d| d.repr("d")),
            Ok("d(days=1, seconds=66070, microseconds=588235)".into())
        );
        assert_eq!(
            days(1).floor_divided(IntRef::Small(7)),
            Ok(micros(12_342_857_142))
        );
        let five_hours = micros(18_000_000_000);
        assert_eq!(days(1).ratio(five_hours), Ok(4.8));
        assert_eq!(
            days(-1).divmod(five_hours),
            Ok((Int::Small(-5), micros(3_600_000_000)))
        );
        assert_eq!(micros(1_500_000).total_seconds(), 1.5);
        assert_eq!(
            days(999_999_999)
                .times(IntRef::Small(2))
                .map_err(|f| f.text().to_owned()),
            Err("days=1999999998; must have magnitude <= 999999999".into())
        );
        assert_eq!(
            days(1).modulo(Delta::default()),
            Err(Fault::zero_division("integer modulo by zero"))
        );
        assert_eq!(
            days(1).ratio(Delta::default()),
            Err(Fault::zero_division("division by zero"))
        );
        assert_eq!(days(1).divided_f64(0.0), Err(integer_division_by_zero()));
        assert!(days(1).times_f64(f64::NAN).is_err());
    }
}
