//! Points in time as whole nanoseconds.
//!
//! A script sees seconds as a float; the loop compares integers. Integers make
//! equal deadlines equal and different ones different, whatever arithmetic led
//! to them, and a virtual clock built on them never drifts. One value is
//! special: [`Time::NEVER`], the deadline of `sleep(float("inf"))`.

use std::ops::Add;
use std::time::Duration;

/// Nanoseconds since an origin that the clock chooses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(i64);

const NANOS_PER_SEC: f64 = 1e9;

impl Time {
    /// The origin of the clock.
    pub const ZERO: Time = Time(0);

    /// A deadline that is never reached.
    pub const NEVER: Time = Time(i64::MAX);

    /// The point `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: i64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The point `secs` seconds after the origin, to the nearest nanosecond.
    ///
    /// Reading a clock with [`Time::as_secs_f64`] and converting back gives the
    /// same point for the first 26 days after the origin, so a deadline that a
    /// script computes as `loop.time() + d` is the one `call_later(d)` computes.
    /// Infinity saturates to [`Time::NEVER`]; NaN must be refused before.
    pub fn from_secs_f64(secs: f64) -> Time {
        // Adding and taking off this number leaves no room for a fraction: the processor rounds, to
        // even, without a call. Floats from there on have none.
        const WHOLE: f64 = (1_u64 << 52) as f64;
        let nanos = secs * NANOS_PER_SEC;
        let nanos = if nanos.abs() < WHOLE {
            (nanos.abs() + WHOLE - WHOLE).copysign(nanos)
        } else {
            nanos
        };
        // `as` saturates, which is what out-of-range deadlines want.
        Time(nanos as i64)
    }

    /// Seconds since the origin, correctly rounded.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC
    }

    /// The point `secs` seconds later; negative delays lie in the past.
    pub fn after_secs_f64(self, secs: f64) -> Time {
        Time(self.0.saturating_add(Time::from_secs_f64(secs).0))
    }

    /// How long after `earlier` this point lies; zero when it does not.
    pub fn since(self, earlier: Time) -> Duration {
        let nanos = self.0.saturating_sub(earlier.0).max(0);
        Duration::from_nanos(nanos.unsigned_abs())
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        let nanos = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Time(self.0.saturating_add(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_survive_the_round_trip() {
        for nanos in [
            0,
            1,
            999_999_999,
            100_000_000_000_001,
            (1 << 51) - 1,
            -5_000_000_001,
        ] {
            let time = Time::from_nanos(nanos);
            assert_eq!(Time::from_secs_f64(time.as_secs_f64()), time, "{nanos}");
        }
    }

    #[test]
    fn a_deadline_by_hand_is_the_one_of_call_later() {
        let now = Time::from_nanos(100_000_123_456_789);
        for delay in [0.1, 0.25, 1.0, 3.3, 1e-9] {
            let by_hand = Time::from_secs_f64(now.as_secs_f64() + delay);
            assert_eq!(by_hand, now.after_secs_f64(delay), "{delay}");
        }
    }

    #[test]
    fn infinity_is_never() {
        assert_eq!(Time::ZERO.after_secs_f64(f64::INFINITY), Time::NEVER);
        assert_eq!(
            Time::from_nanos(5).after_secs_f64(f64::INFINITY),
            Time::NEVER
        );
    }

    #[test]
    fn since_is_never_negative() {
        assert_eq!(Time::ZERO.since(Time::from_nanos(9)), Duration::ZERO);
        assert_eq!(
            Time::from_nanos(9).since(Time::ZERO),
            Duration::from_nanos(9)
        );
    }
}
