//! The event loop: one turn after another, as CPython's `_run_once` takes them.
//!
//! A turn has five parts:
//!
//! 1. Cancelled timers at the root of the heap are dropped (or all of them, if
//!    they are many).
//! 2. If nothing is ready and nobody asked to stop, the loop waits: until the
//!    first deadline, or until the poller has something.
//! 3. The poller appends the callbacks of what became ready.
//! 4. Timers that are due are appended, earliest first, ties as `heapq` has them.
//! 5. Exactly as many handles run as were ready now. What they append waits for
//!    the next turn: a callback that reschedules itself must not starve the
//!    timers and the poller. A cancelled handle uses up its place.
//!
//! Everything that runs came through the one queue; nothing jumps it. That is
//! the whole contract, and the order of a program's output follows from it.
//!
//! The wait of part 2 is rounded up to whole milliseconds, because the system
//! call under CPython's loop counts in those. It shows: tasks that begin to
//! sleep for the same time within one turn have deadlines microseconds apart,
//! yet wake up in one turn, since the wait overshoots all of them.
//!
//! The loop does not call anything. [`EventLoop::next`] is a resumable walk
//! through the turns: it returns a handle to run, or why there is none.
//!
//! ```
//! use aio_event_loop::{AnyClock, EventLoop, Payload, Step};
//!
//! struct Greeting(&'static str);
//! impl Payload for Greeting {
//!     fn is_cancelled(&self) -> bool {
//!         false
//!     }
//! }
//!
//! let mut event_loop = EventLoop::new(AnyClock::new(true));
//! event_loop.call_later(3600.0, Greeting("an hour later"));
//! event_loop.call_soon(Greeting("soon"));
//! let mut seen = Vec::new();
//! while let Step::Run(greeting) = event_loop.next() {
//!     seen.push(greeting.0);
//! }
//! assert_eq!(seen, ["soon", "an hour later"]);
//! ```

use crate::ready::ReadyQueue;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock::{AnyClock, Clock, SystemClock};
use crate::event::{Event, EventSink};
use crate::poller::{Poller, WaitEnd};
use crate::scheduler::Scheduler;
use crate::time::Time;
use crate::timers::Timers;

/// The wait of an idle loop is a multiple of this.
const WAIT_RESOLUTION: Duration = Duration::from_millis(1);

/// A timer is due if its deadline lies before now plus this.
const CLOCK_RESOLUTION: Duration = Duration::from_nanos(1);

/// No wait is longer; then the loop looks around and waits again.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// How often a wait looks at the interrupt flag. A signal that this thread gets ends the wait at
/// once; this is for one that came just before the wait, and for what other threads say.
const INTERRUPT_LATENCY: Duration = Duration::from_millis(20);

/// What the system may take to deliver between two sockets of this process
/// before virtual time runs past it.
const LOCAL_GRACE: Duration = Duration::from_millis(2);

/// What the loop carries: a callback that may have been cancelled.
pub trait Payload {
    /// Whether it was cancelled since it was scheduled.
    fn is_cancelled(&self) -> bool;

    /// Is told that it left the timers, for whatever reason: cancelling it from
    /// now on is no longer to be reported by [`EventLoop::timer_cancelled`].
    fn left_timers(&mut self) {}

    /// Is told that it runs after a few others: what it reads first may be fetched into the
    /// processor's cache meanwhile.
    fn comes_soon(&self) {}

    /// Is told that it runs after one or two others; mostly it was told [`Payload::comes_soon`]
    /// before.
    fn comes_next(&self) {}
}

/// What the caller of [`EventLoop::next`] is to do.
#[derive(Debug)]
pub enum Step<P> {
    /// Run this.
    Run(P),
    /// Return: a turn in which `stop` was called is over.
    Stopped,
    /// Report: nothing is ready, and nothing can become so.
    Deadlock,
    /// Handle a signal, then call `next` again.
    Interrupted,
    /// The poller failed.
    Failed(io::Error),
    /// Come back at this time. Only from [`EventLoop::try_next`].
    SleepUntil(Time),
    /// Come back when a descriptor is ready. Only from [`EventLoop::try_next`].
    WaitingForIo,
}

/// How far [`EventLoop::run_for`] got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// `stop` was called and its turn is over.
    Done,
    /// Nothing to do before this time.
    SleepUntil(Time),
    /// Nothing to do before a descriptor is ready.
    WaitingForIo,
    /// Nothing to do ever again.
    Deadlock,
    /// As many handles ran as were allowed.
    OutOfBudget,
}

/// How to go on when nothing is ready.
#[derive(Clone, Copy)]
enum Idle {
    Wait,
    Return,
}

/// The event loop. See the head of the module.
pub struct EventLoop<P, C = AnyClock> {
    ready: ReadyQueue<P>,
    /// How many handles of `ready`, from its front, belong to this turn.
    left_in_turn: usize,
    in_turn: bool,
    stopping: bool,
    timers: Timers<P>,
    /// What the clock showed when this turn looked for timers that are due; never, if it did not.
    turn_began: Time,
    clock: C,
    poller: Option<Box<dyn Poller<P>>>,
    /// What came from outside without the poller.
    injected: Vec<P>,
    scheduler: Option<Box<dyn Scheduler>>,
    sink: Option<Box<dyn EventSink>>,
    interrupt: Option<&'static AtomicBool>,
}

impl<P: Payload, C: Clock> EventLoop<P, C> {
    /// An empty loop.
    pub fn new(clock: C) -> Self {
        EventLoop {
            ready: ReadyQueue::default(),
            left_in_turn: 0,
            in_turn: false,
            stopping: false,
            timers: Timers::default(),
            turn_began: Time::NEVER,
            clock,
            poller: None,
            injected: Vec::new(),
            scheduler: None,
            sink: None,
            interrupt: None,
        }
    }

    /// Plugs in a source of wake-ups from outside.
    pub fn set_poller(&mut self, poller: Box<dyn Poller<P>>) {
        self.poller = Some(poller);
    }

    /// Pulls the source of wake-ups out again.
    pub fn remove_poller(&mut self) {
        self.poller = None;
    }

    /// Plugs in another order than first in, first out.
    pub fn set_scheduler(&mut self, scheduler: Box<dyn Scheduler>) {
        self.scheduler = Some(scheduler);
    }

    /// Plugs in a receiver of events.
    pub fn set_sink(&mut self, sink: Box<dyn EventSink>) {
        self.sink = Some(sink);
    }

    /// Lets waits end early, with [`Step::Interrupted`], when `flag` is set. The
    /// flag is cleared by whoever handles the signal.
    pub fn set_interrupt(&mut self, flag: &'static AtomicBool) {
        self.interrupt = Some(flag);
    }

    /// The loop's clock.
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// Reads the clock, as `loop.time()` does.
    pub fn time(&self) -> Time {
        self.clock.now_for_script()
    }

    /// Appends to the ready queue.
    #[inline]
    pub fn call_soon(&mut self, payload: P) {
        self.ready.push_back(payload);
    }

    /// Appends to the ready queue when the next turn looks for what is ready, as if
    /// a descriptor had become so.
    pub fn inject(&mut self, payload: P) {
        self.injected.push(payload);
    }

    /// Whether a time has come. The clock is not asked where that lies far beyond what it showed when
    /// this turn began.
    #[inline(always)]
    pub fn has_come(&self, when: Time) -> bool {
        /// No turn takes this long, unless something blocks the loop.
        const FAR: Duration = Duration::from_secs(5);
        when <= self.turn_began + FAR && when <= self.clock.now()
    }

    /// Sets a timer for `when`.
    #[inline(always)]
    pub fn call_at(&mut self, when: Time, payload: P) {
        self.emit(|| Event::TimerSet { when });
        self.timers.push(when, payload);
    }

    /// Sets a timer `delay` seconds from now and returns its deadline. A delay
    /// of zero or less is a timer too: it runs after everything that is ready.
    pub fn call_later(&mut self, delay: f64, payload: P) -> Time {
        let when = self.clock.now().after_secs_f64(delay);
        self.call_at(when, payload);
        when
    }

    /// Is to be told of every cancelled timer that has not left the timers.
    pub fn timer_cancelled(&mut self) {
        self.timers.note_cancelled();
    }

    /// Ends the run when the present turn is over; if no turn is running, the
    /// next run is one turn that does not wait.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Whether `stop` was called and has not taken effect yet.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Ends the run at once, in the middle of a turn, as an exception that leaves
    /// the loop does. What was ready stays ready.
    pub fn abandon_turn(&mut self) {
        self.left_in_turn = 0;
        self.in_turn = false;
        self.stopping = false;
    }

    /// Whether no turn is under way: the next step begins one.
    pub fn is_between_turns(&self) -> bool {
        self.left_in_turn == 0
    }

    /// How many handles of this turn are still to run.
    #[inline]
    pub fn left_in_turn(&self) -> usize {
        self.left_in_turn
    }

    /// When a wait for this deadline ends that begins now.
    pub fn end_of_wait(&self, when: Time) -> Time {
        let now = self.clock.now();
        now + round_up(when.since(now))
    }

    /// Whether something from outside can wake it.
    pub fn can_be_woken(&self) -> bool {
        self.can_wake() || self.has_sources()
    }

    /// How many handles are ready.
    pub fn ready_len(&self) -> usize {
        self.ready.len()
    }

    /// How many timers are set, cancelled ones included.
    pub fn timers_len(&self) -> usize {
        self.timers.len()
    }

    /// Drops everything, as closing a loop does.
    pub fn clear(&mut self) {
        self.abandon_turn();
        self.ready.clear();
        self.injected.clear();
        self.timers.clear();
    }

    /// Reports an event, which is built only if somebody listens.
    #[inline]
    pub fn emit<'a>(&mut self, event: impl FnOnce() -> Event<'a>) {
        if let Some(sink) = &mut self.sink {
            sink.record(self.clock.now(), &event());
        }
    }

    /// The next handle to run; waits if there is none yet.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "a loop that stops and goes on is no iterator"
    )]
    pub fn next(&mut self) -> Step<P> {
        self.advance(Idle::Wait)
    }

    /// The next handle, if that takes neither a look at the clock nor one at the poller; `None`
    /// says nothing but that [`EventLoop::next`] is to be asked.
    #[inline(always)]
    pub fn next_at_hand(&mut self) -> Option<P> {
        if self.left_in_turn == 0 && !self.begin_plain_turn() {
            return None;
        }
        self.left_in_turn -= 1;
        let payload = self.take_ready();
        (!payload.is_cancelled()).then_some(payload)
    }

    /// The next handle to run; never waits. For hosts that own the thread, as a
    /// browser does.
    pub fn try_next(&mut self) -> Step<P> {
        self.advance(Idle::Return)
    }

    /// Runs up to `budget` handles with `run`, without waiting.
    pub fn run_for(&mut self, budget: u64, mut run: impl FnMut(&mut Self, P)) -> Progress {
        for _ in 0..budget {
            match self.try_next() {
                Step::Run(payload) => run(self, payload),
                Step::Stopped => return Progress::Done,
                Step::Deadlock => return Progress::Deadlock,
                Step::SleepUntil(when) => return Progress::SleepUntil(when),
                Step::WaitingForIo | Step::Interrupted | Step::Failed(_) => {
                    return Progress::WaitingForIo;
                }
            }
        }
        Progress::OutOfBudget
    }

    /// The walk. Small and inlined, because it is gone through for every callback:
    /// what happens once per turn at most is out of line.
    #[inline]
    fn advance(&mut self, idle: Idle) -> Step<P> {
        loop {
            if self.left_in_turn == 0
                && let Some(step) = self.next_turn(idle)
            {
                return step;
            }
            self.left_in_turn -= 1;
            let payload = self.take_ready();
            if !payload.is_cancelled() {
                return Step::Run(payload);
            }
        }
    }

    /// Begins turns until one has something to run. Returns a step if there is none.
    #[inline]
    fn next_turn(&mut self, idle: Idle) -> Option<Step<P>> {
        if self.begin_plain_turn() {
            return None;
        }
        self.next_full_turn(idle)
    }

    /// Begins a turn of parts 2 and 5 only, if there is nothing else to do.
    #[inline(always)]
    fn begin_plain_turn(&mut self) -> bool {
        let plain = self.timers.is_empty() && self.poller.is_none() && self.injected.is_empty();
        if !plain || self.stopping || self.ready.is_empty() {
            return false;
        }
        self.left_in_turn = self.ready.len();
        self.in_turn = true;
        true
    }

    #[inline(never)]
    fn next_full_turn(&mut self, idle: Idle) -> Option<Step<P>> {
        loop {
            if self.in_turn {
                self.in_turn = false;
                if self.stopping {
                    self.stopping = false;
                    return Some(Step::Stopped);
                }
            }
            let step = self.begin_turn(idle);
            if step.is_some() || self.left_in_turn > 0 {
                return step;
            }
        }
    }

    /// Takes one of this turn's handles; the count has already been lowered.
    #[inline(always)]
    fn take_ready(&mut self) -> P {
        let payload = match self.scheduler {
            None => {
                self.ready.announce();
                self.ready.pop_front()
            }
            Some(_) => self.take_chosen(),
        };
        payload.expect("the handles of this turn are in the queue")
    }

    /// Takes the handle that the scheduler chooses.
    #[inline(never)]
    fn take_chosen(&mut self) -> Option<P> {
        let scheduler = self.scheduler.as_mut()?;
        let place = scheduler.choose(self.left_in_turn + 1);
        self.ready.remove(place.min(self.left_in_turn))
    }

    /// Parts 1 to 4, and the count of part 5. Returns a step if no turn began.
    fn begin_turn(&mut self, idle: Idle) -> Option<Step<P>> {
        self.timers.drop_cancelled();
        let busy = !self.ready.is_empty() || self.stopping || !self.injected.is_empty();
        let polled = if busy {
            self.poll_without_wait()
        } else {
            match idle {
                Idle::Wait => self.wait(),
                Idle::Return => self.poll_or_report(),
            }
        };
        if let Some(step) = polled {
            return Some(step);
        }
        self.ready.extend(self.injected.drain(..));
        self.collect_due_timers();
        self.left_in_turn = self.ready.len();
        self.in_turn = true;
        None
    }

    fn collect_due_timers(&mut self) {
        if self.timers.is_empty() {
            self.turn_began = Time::NEVER;
            return;
        }
        self.turn_began = self.clock.now();
        let end = self.turn_began + CLOCK_RESOLUTION;
        while let Some((when, payload)) = self.timers.pop_before(end) {
            self.ready.push_back(payload);
            self.emit(|| Event::TimerFired { when });
        }
    }

    #[inline]
    fn poll_without_wait(&mut self) -> Option<Step<P>> {
        if !self.timers.is_empty() {
            self.clock.turn_without_wait();
        }
        if self.poller.is_some() {
            return self.poll(Some(Duration::ZERO));
        }
        None
    }

    fn poll(&mut self, timeout: Option<Duration>) -> Option<Step<P>> {
        let poller = self.poller.as_mut().filter(|poller| poller.has_sources())?;
        match poller.poll(timeout, &mut self.ready) {
            Ok(WaitEnd::Ready) => None,
            Ok(WaitEnd::Interrupted) => Some(Step::Interrupted),
            Err(error) => Some(Step::Failed(error)),
        }
    }

    fn has_sources(&self) -> bool {
        self.poller
            .as_ref()
            .is_some_and(|poller| poller.has_sources())
    }

    fn can_wake(&self) -> bool {
        self.poller.as_ref().is_some_and(|poller| poller.can_wake())
    }

    fn follows_real_time(&self) -> bool {
        self.poller
            .as_ref()
            .is_some_and(|poller| poller.follows_real_time())
    }

    /// Part 2 for a host that does the waiting.
    fn poll_or_report(&mut self) -> Option<Step<P>> {
        let polled = self.poll(Some(Duration::ZERO));
        if polled.is_some() || !self.ready.is_empty() {
            return polled;
        }
        match self.timers.first_deadline() {
            Some(when) if when <= self.clock.now() => None,
            Some(when) if when != Time::NEVER => Some(Step::SleepUntil(when)),
            Some(_) | None if self.can_wake() => Some(Step::WaitingForIo),
            Some(_) | None => Some(Step::Deadlock),
        }
    }

    /// Nothing can wake the loop, but for what nobody waits for and may have happened already.
    fn last_look(&mut self) -> Option<Step<P>> {
        let polled = self.poll(Some(Duration::ZERO));
        if polled.is_none() && self.ready.is_empty() {
            return Some(Step::Deadlock);
        }
        polled
    }

    /// Part 2: nothing is ready, so let time pass.
    fn wait(&mut self) -> Option<Step<P>> {
        if self.interrupted() {
            return Some(Step::Interrupted);
        }
        let from = self.clock.now();
        let timeout = self
            .timers
            .first_deadline()
            .filter(|when| *when != Time::NEVER || !self.clock.is_virtual())
            .map(|when| round_up(when.since(from)).min(LONGEST_WAIT));
        let step = match timeout {
            None if !self.can_wake() => return self.last_look(),
            // Virtual time stands still while only the real world can go on.
            None => self.poll_in_slices(LONGEST_WAIT),
            Some(timeout) => self.wait_at_most(timeout),
        };
        if self.sink.is_some() {
            let to = self.clock.now();
            self.emit(|| Event::ClockAdvanced { from, to });
        }
        step
    }

    fn wait_at_most(&mut self, timeout: Duration) -> Option<Step<P>> {
        if !self.has_sources() {
            return self.pass(timeout);
        }
        if !self.clock.is_virtual() {
            return self.poll_in_slices(timeout);
        }
        if self.follows_real_time() {
            let real = SystemClock::new();
            let begin = real.now();
            let polled = self.poll_in_slices(timeout);
            let idle = polled.is_none() && self.ready.is_empty();
            let took = real.now().since(begin).min(timeout);
            self.clock.pass(if idle { timeout } else { took });
            return polled;
        }
        let polled = self.poll(Some(timeout.min(LOCAL_GRACE)));
        if polled.is_none() && self.ready.is_empty() {
            self.clock.pass(timeout);
        }
        polled
    }

    /// Polls in slices if a signal may interrupt.
    fn poll_in_slices(&mut self, timeout: Duration) -> Option<Step<P>> {
        if self.interrupt.is_none() {
            return self.poll(Some(timeout));
        }
        let real = SystemClock::new();
        let end = real.now() + timeout;
        loop {
            let left = end.since(real.now());
            let polled = self.poll(Some(left.min(INTERRUPT_LATENCY)));
            if polled.is_some() || !self.ready.is_empty() || left.is_zero() {
                return polled;
            }
            if self.interrupted() {
                return Some(Step::Interrupted);
            }
        }
    }

    /// Waits on the clock alone, in slices if a signal may interrupt.
    fn pass(&mut self, timeout: Duration) -> Option<Step<P>> {
        if self.clock.is_virtual() || self.interrupt.is_none() {
            self.clock.pass(timeout);
            return None;
        }
        let end = self.clock.now() + timeout;
        loop {
            let left = end.since(self.clock.now());
            if left.is_zero() {
                return None;
            }
            self.clock.pass_or_interrupt(left.min(INTERRUPT_LATENCY));
            if self.interrupted() {
                return Some(Step::Interrupted);
            }
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupt
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Rounds a wait up to what the system can count in.
fn round_up(wait: Duration) -> Duration {
    let unit = WAIT_RESOLUTION.as_nanos();
    let units = wait.as_nanos().div_ceil(unit);
    Duration::from_nanos(u64::try_from(units * unit).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
