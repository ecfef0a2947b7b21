//! Clocks: the only module that reads the time or lets it pass.
//!
//! A clock is a cheap handle: clones share one time, so that two event loops
//! run one after the other, and the `time` module beside them, agree.
//!
//! [`SystemClock`] is the machine's monotonic clock. [`VirtualClock`] counts
//! nanoseconds that pass only when somebody waits; a program that sleeps for an
//! hour ends at once and prints the same lines. Two rules make that true:
//!
//! - *Every reading is strictly later than the one before.* Two tasks that
//!   sleep for the same time then wake up in the order in which they began.
//! - *A program that spins is charged for it.* A task that polls a flag with
//!   `sleep(0)` until a timer sets it would otherwise wait for ever, because
//!   no turn waits. After [`PATIENCE`] turns without a wait each turn costs
//!   about what it costs CPython.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::time::Time;

/// Where both clocks begin. Far from zero, as the uptime of a real machine is:
/// programs take `last_call = 0` to mean "long ago".
const ORIGIN: Time = Time::from_nanos(100_000_000_000_000);

/// Turns, or readings by the script, that cost no virtual time in a row.
pub const PATIENCE: u32 = 1_000;

/// What a turn without a wait costs beyond [`PATIENCE`].
const TURN_COST: Duration = Duration::from_micros(10);

/// What a reading by the script costs beyond [`PATIENCE`].
const READING_COST: Duration = Duration::from_micros(1);

/// Whose CPU time is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consumer {
    /// All threads of the process.
    Process,
    /// The thread that asks.
    Thread,
}

/// A source of time.
pub trait Clock: Clone {
    /// Reads the time.
    fn now(&self) -> Time;

    /// Reads the time for the script, which may be spinning on it.
    fn now_for_script(&self) -> Time {
        self.now()
    }

    /// What computing has taken so far, for the script, which may be spinning on it: waiting is not
    /// in it. Where time is virtual, it is what passed without a wait.
    fn cpu_time_for_script(&self, of: Consumer) -> Duration;

    /// Reads the time without taking part in it: what is told about a program must not move its
    /// clock.
    fn peek(&self) -> Time {
        self.now()
    }

    /// Milliseconds since some time or other, wrapping: as cheap as a reading gets, some milliseconds
    /// late, and of no effect on the clock. For how long something has been so.
    fn coarse_millis(&self) -> u32;

    /// Lets `duration` pass. No callback runs meanwhile: this is both the wait
    /// of an idle loop and the blocking `time.sleep`.
    fn pass(&self, duration: Duration);

    /// As [`pass`](Clock::pass), but a signal that this thread gets may end it early.
    fn pass_or_interrupt(&self, duration: Duration) {
        self.pass(duration);
    }

    /// Is told that a turn of the loop began without a wait.
    fn turn_without_wait(&self) {}

    /// Whether time passes only when somebody waits.
    fn is_virtual(&self) -> bool {
        false
    }
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Moment,
}

/// What the machine's clock shows. As nanoseconds it costs half of what an `Instant` does, which
/// keeps seconds apart.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
struct Moment(i64);

#[cfg(unix)]
impl Moment {
    #[inline]
    fn now() -> Moment {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Moment(now.tv_sec * 1_000_000_000 + now.tv_nsec)
    }

    /// How many nanoseconds have passed since then.
    #[inline]
    fn elapsed_nanos(self) -> i64 {
        Moment::now().0 - self.0
    }
}

/// What the machine's clock shows.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug)]
struct Moment(std::time::Instant);

#[cfg(not(unix))]
impl Moment {
    #[expect(
        clippy::disallowed_methods,
        reason = "this module is where time is read"
    )]
    fn now() -> Moment {
        Moment(std::time::Instant::now())
    }

    /// How many nanoseconds have passed since then.
    fn elapsed_nanos(self) -> i64 {
        i64::try_from(self.0.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }
}

impl SystemClock {
    /// A clock that begins now.
    pub fn new() -> SystemClock {
        SystemClock {
            started: Moment::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Time {
        Time::from_nanos(ORIGIN.as_nanos() + self.started.elapsed_nanos())
    }

    #[cfg(unix)]
    fn cpu_time_for_script(&self, of: Consumer) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        let used = clock_gettime(match of {
            Consumer::Process => ClockId::ProcessCPUTime,
            Consumer::Thread => ClockId::ThreadCPUTime,
        });
        Duration::try_from(used).unwrap_or_default()
    }

    /// Nothing tells it there: the time since the start.
    #[cfg(not(unix))]
    fn cpu_time_for_script(&self, _: Consumer) -> Duration {
        self.now().since(ORIGIN)
    }

    #[inline]
    fn coarse_millis(&self) -> u32 {
        #[cfg(target_os = "linux")]
        {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
            (now.tv_sec * 1_000 + now.tv_nsec / 1_000_000) as u32
        }
        #[cfg(not(target_os = "linux"))]
        {
            (self.started.elapsed_nanos() / 1_000_000) as u32
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this module is where time passes"
    )]
    fn pass(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    #[cfg(unix)]
    fn pass_or_interrupt(&self, duration: Duration) {
        use rustix::thread::{ClockId, Timespec, clock_nanosleep_relative};
        // The standard library's sleep goes on after a signal.
        match Timespec::try_from(duration) {
            Ok(duration) => drop(clock_nanosleep_relative(ClockId::Monotonic, &duration)),
            Err(_) => self.pass(duration),
        }
    }
}

/// A clock whose time passes only when somebody waits.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    state: Rc<VirtualState>,
}

#[derive(Debug)]
struct VirtualState {
    now: Cell<Time>,
    /// How much of it passed in waits.
    waited: Cell<Duration>,
    turns_without_wait: Cell<u32>,
    readings_without_wait: Cell<u32>,
}

impl VirtualClock {
    /// A clock that begins at the origin.
    pub fn new() -> VirtualClock {
        VirtualClock {
            state: Rc::new(VirtualState {
                now: Cell::new(ORIGIN),
                waited: Cell::new(Duration::ZERO),
                turns_without_wait: Cell::new(0),
                readings_without_wait: Cell::new(0),
            }),
        }
    }

    fn advance(&self, duration: Duration) {
        self.state.now.set(self.state.now.get() + duration);
    }

    fn charge(&self, counter: &Cell<u32>, cost: Duration) {
        let count = counter.get().saturating_add(1);
        counter.set(count);
        if count > PATIENCE {
            self.advance(cost);
        }
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        VirtualClock::new()
    }
}

impl Clock for VirtualClock {
    #[inline]
    fn now(&self) -> Time {
        self.advance(Duration::from_nanos(1));
        self.state.now.get()
    }

    fn coarse_millis(&self) -> u32 {
        (self.peek().as_nanos() / 1_000_000) as u32
    }

    fn peek(&self) -> Time {
        self.state.now.get()
    }

    fn now_for_script(&self) -> Time {
        self.charge(&self.state.readings_without_wait, READING_COST);
        self.now()
    }

    fn cpu_time_for_script(&self, _: Consumer) -> Duration {
        let passed = self.now_for_script().since(ORIGIN);
        passed.saturating_sub(self.state.waited.get())
    }

    fn pass(&self, duration: Duration) {
        self.state.turns_without_wait.set(0);
        self.state.readings_without_wait.set(0);
        let before = self.peek();
        self.advance(duration);
        let waited = &self.state.waited;
        waited.set(waited.get().saturating_add(self.peek().since(before)));
    }

    fn turn_without_wait(&self) {
        self.charge(&self.state.turns_without_wait, TURN_COST);
    }

    fn is_virtual(&self) -> bool {
        true
    }
}

/// Either clock, chosen when the program starts.
#[derive(Clone, Debug)]
pub enum AnyClock {
    /// Real time.
    System(SystemClock),
    /// Virtual time.
    Virtual(VirtualClock),
}

impl AnyClock {
    /// The clock that `--virtual-time` asks for, or the machine's.
    pub fn new(virtual_time: bool) -> AnyClock {
        if virtual_time {
            AnyClock::Virtual(VirtualClock::new())
        } else {
            AnyClock::System(SystemClock::new())
        }
    }
}

impl Clock for AnyClock {
    #[inline]
    fn now(&self) -> Time {
        match self {
            AnyClock::System(clock) => clock.now(),
            AnyClock::Virtual(clock) => clock.now(),
        }
    }

    #[inline]
    fn coarse_millis(&self) -> u32 {
        match self {
            AnyClock::System(clock) => clock.coarse_millis(),
            AnyClock::Virtual(clock) => clock.coarse_millis(),
        }
    }

    fn peek(&self) -> Time {
        match self {
            AnyClock::System(clock) => clock.peek(),
            AnyClock::Virtual(clock) => clock.peek(),
        }
    }

    fn now_for_script(&self) -> Time {
        match self {
            AnyClock::System(clock) => clock.now_for_script(),
            AnyClock::Virtual(clock) => clock.now_for_script(),
        }
    }

    fn cpu_time_for_script(&self, of: Consumer) -> Duration {
        match self {
            AnyClock::System(clock) => clock.cpu_time_for_script(of),
            AnyClock::Virtual(clock) => clock.cpu_time_for_script(of),
        }
    }

    fn pass(&self, duration: Duration) {
        match self {
            AnyClock::System(clock) => clock.pass(duration),
            AnyClock::Virtual(clock) => clock.pass(duration),
        }
    }

    fn pass_or_interrupt(&self, duration: Duration) {
        match self {
            AnyClock::System(clock) => clock.pass_or_interrupt(duration),
            AnyClock::Virtual(clock) => clock.pass_or_interrupt(duration),
        }
    }

    #[inline]
    fn turn_without_wait(&self) {
        match self {
            AnyClock::System(clock) => clock.turn_without_wait(),
            AnyClock::Virtual(clock) => clock.turn_without_wait(),
        }
    }

    #[inline]
    fn is_virtual(&self) -> bool {
        matches!(self, AnyClock::Virtual(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_is_later_than_the_one_before() {
        let clock = VirtualClock::new();
        let first = clock.now();
        assert!(clock.now() > first);
    }

    #[test]
    fn clones_share_their_time() {
        let clock = VirtualClock::new();
        let other = clock.clone();
        other.pass(Duration::from_secs(3));
        assert!(clock.now().since(ORIGIN) >= Duration::from_secs(3));
    }

    #[test]
    fn waits_take_no_cpu_time() {
        let clock = VirtualClock::new();
        clock.pass(Duration::from_secs(3));
        let used = clock.cpu_time_for_script(Consumer::Process);
        assert!(
            Duration::ZERO < used && used < Duration::from_millis(1),
            "{used:?}"
        );
        assert!(clock.cpu_time_for_script(Consumer::Process) > used);
    }

    #[test]
    fn a_script_that_spins_on_the_clock_gets_ahead() {
        let clock = VirtualClock::new();
        let start = clock.now_for_script();
        let mut readings = 0;
        while clock.now_for_script().since(start) < Duration::from_millis(100) {
            readings += 1;
        }
        assert!(readings < 200_000, "{readings}");
    }
}
