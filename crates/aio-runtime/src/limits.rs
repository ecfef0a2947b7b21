//! Limits of a run: so many steps, so much memory, so much time, so deep.
//!
//! A step is what the evaluator polls at anyway: the end of a statement, a turn of a loop, a call,
//! a callback of the event loop, an item that a built-in loop takes. Without limits nothing is
//! counted: the polls look at the attention flag and at the call gate, as they do for signals.
//! While steps are counted both are held open, so that every poll comes here.
//!
//! What reaches a limit gets a `SystemExit` with the limit's own exit code: it passes
//! `except Exception`, leaves event loops at once, and lets `finally` blocks run. Those have a
//! grace of `GRACE_STEPS`, `GRACE_TIME` and an eighth of the memory; after that every poll
//! raises again, so that nothing catches it for ever. A built-in operation that does not poll is
//! ended with the process by the timekeeper.

use crate::error::{R, Raised, exc_data};
use crate::heap::{self, memory};
use crate::modules::LIBRARY;
use crate::value::Value;
use crate::vm::Vm;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Steps that `finally` blocks may take after a limit was reached.
const GRACE_STEPS: u64 = 10_000;
/// Time that they may take; the process is ended after as much again.
const GRACE_TIME: Duration = Duration::from_secs(1);

/// What a program may use; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Steps of the evaluator.
    pub steps: Option<u64>,
    /// Bytes in use besides what the interpreter needs for itself.
    pub memory: Option<u64>,
    /// Real time.
    pub time: Option<Duration>,
    /// Calls inside calls.
    pub depth: Option<u32>,
}

/// Ends the process, with a line about why and an exit code. Called by another thread, when the
/// interpreter does not come to a poll.
#[derive(Clone, Copy, Default, Debug)]
pub struct EndProcess(pub Option<fn(&str, i32)>);

/// One of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `--max-steps`
    Steps,
    /// `--max-memory`
    Memory,
    /// `--max-depth`
    Depth,
    /// `--max-time`
    Time,
    /// Another thread asked the program to stop (see [`Stopper`]).
    Asked,
}

impl Limit {
    /// The exit code of a program that reached it.
    pub fn exit_code(self) -> i32 {
        match self {
            Limit::Steps => 121,
            Limit::Memory => 122,
            Limit::Depth => 123,
            Limit::Time => 124,
            Limit::Asked => 0,
        }
    }
}

impl Limits {
    /// Says that a limit was reached; names its option.
    pub fn describe(&self, limit: Limit) -> String {
        match limit {
            Limit::Steps => {
                let steps = self.steps.unwrap_or_default();
                format!("stopped after {steps} steps (--max-steps)")
            }
            Limit::Memory => {
                let size = shown_size(self.memory.unwrap_or_default());
                format!("stopped: more than {size} of memory in use (--max-memory)")
            }
            Limit::Depth => {
                let depth = self.depth.unwrap_or_default();
                format!("stopped: more than {depth} calls inside each other (--max-depth)")
            }
            Limit::Time => {
                let seconds = self.time.unwrap_or_default().as_secs_f64();
                format!("stopped after {seconds} s (--max-time)")
            }
            Limit::Asked => "stopped".to_owned(),
        }
    }
}

fn shown_size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = |(shift, _): &&(u32, &str)| bytes >= 1 << shift && bytes.trailing_zeros() >= *shift;
    match UNITS.iter().find(whole) {
        Some((shift, unit)) => format!("{} {unit}", bytes >> shift),
        None => format!("{bytes} bytes"),
    }
}

/// What other threads say to the interpreter.
#[derive(Default)]
struct Signs {
    is_asked_to_stop: AtomicBool,
    time_is_up: AtomicBool,
    grace_is_over: AtomicBool,
}

/// A limit that was reached, and the exception that said so.
struct Stop {
    limit: Limit,
    exception: Value,
    is_grace_over: bool,
}

/// The limits of an interpreter and what was used.
#[derive(Default)]
pub struct LimitState {
    limits: Limits,
    /// Whether every poll is a step.
    is_counting: bool,
    steps: u64,
    /// The step at which something happens.
    last_step: u64,
    stop: Option<Stop>,
    signs: Arc<Signs>,
    /// Dropping them ends the timekeepers.
    timekeepers: Vec<Sender<()>>,
}

impl LimitState {
    /// Whether steps are counted.
    #[inline(always)]
    pub fn are_counted(&self) -> bool {
        self.is_counting
    }

    /// How many were counted so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether a limit was reached.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }
}

/// The flags by which another thread has the interpreter come to [`Vm::check_limits`].
#[derive(Clone)]
struct Bell {
    signal: Arc<AtomicBool>,
    gate: Arc<AtomicUsize>,
    attention: Arc<AtomicBool>,
}

impl Bell {
    fn ring(&self) {
        self.signal.store(true, Ordering::SeqCst);
        self.gate.store(usize::MAX, Ordering::SeqCst);
        self.attention.store(true, Ordering::SeqCst);
    }
}

/// How a program ended that reached a limit.
pub(crate) struct Stopped {
    /// What to say about it.
    pub(crate) line: Option<String>,
    /// The exit code of the limit.
    pub(crate) exit_code: i32,
}

/// Stops a program from another thread, as a limit would.
#[derive(Clone)]
pub struct Stopper {
    signs: Arc<Signs>,
    bell: Bell,
}

impl Stopper {
    /// Asks the program to stop: it ends with exit code 0 when its `finally` blocks have run.
    pub fn stop(&self) {
        self.signs.is_asked_to_stop.store(true, Ordering::SeqCst);
        self.bell.ring();
    }
}

impl Vm {
    /// By which another thread can stop the program.
    pub(crate) fn stopper(&self) -> Stopper {
        Stopper {
            signs: self.limits.signs.clone(),
            bell: self.bell(),
        }
    }

    /// The limits of the options hold from here on.
    pub(crate) fn begin_limits(&mut self) {
        let limits = self.options.limits;
        self.limits = LimitState {
            limits,
            is_counting: limits.steps.is_some() || self.options.dev,
            last_step: limits.steps.unwrap_or(u64::MAX),
            signs: self.limits.signs.clone(),
            ..LimitState::default()
        };
        if let Some(bytes) = limits.memory {
            let text = limits.describe(Limit::Memory);
            let text = format!("aio: {text}, in a built-in operation\n");
            memory::limit(bytes, text, Limit::Memory.exit_code());
        }
        if let Some(time) = limits.time {
            let end = self.end_of_process(Limit::Time);
            let signs = self.limits.signs.clone();
            let bell = self.bell();
            self.start_timekeeper(move |taken_back| {
                if !passes(&taken_back, time) {
                    return;
                }
                signs.time_is_up.store(true, Ordering::SeqCst);
                bell.ring();
                if passes(&taken_back, 2 * GRACE_TIME) {
                    end();
                }
            });
        }
        self.recursion_limit = self.bound_depth(self.recursion_limit);
        self.poll_everywhere();
    }

    /// Lifts the limits; gives the line and the exit code if one was reached.
    pub(crate) fn end_limits(&mut self) -> Option<Stopped> {
        let state = std::mem::take(&mut self.limits);
        memory::lift();
        let stop = state.stop?;
        let place = place_of(&stop.exception).unwrap_or_else(|| ", in the event loop".into());
        let text = state.limits.describe(stop.limit);
        Some(Stopped {
            line: (stop.limit != Limit::Asked).then(|| format!("{text}{place}")),
            exit_code: stop.limit.exit_code(),
        })
    }

    fn bell(&self) -> Bell {
        Bell {
            signal: self.signals.any_flag(),
            gate: self.call_gate_arc(),
            attention: heap::attention_arc().clone(),
        }
    }

    fn end_of_process(&self, limit: Limit) -> impl Fn() + Send + 'static {
        let end = self.options.end_process.0;
        let text = format!(
            "{}, in a built-in operation that could not be interrupted",
            self.limits.limits.describe(limit)
        );
        move || {
            if let Some(end) = end {
                end(&text, limit.exit_code());
            }
        }
    }

    fn start_timekeeper(&mut self, body: impl FnOnce(Receiver<()>) + Send + 'static) {
        let (keep, taken_back) = channel();
        let started = std::thread::Builder::new().spawn(move || body(taken_back));
        if started.is_ok() {
            self.limits.timekeepers.push(keep);
        }
    }

    /// After that wait.
    #[inline(always)]
    pub fn resume_polling(&self) {
        if self.limits.is_counting {
            self.poll_everywhere();
        }
    }

    /// While steps are counted, the next poll comes here too.
    fn poll_everywhere(&self) {
        if self.limits.is_counting {
            heap::set_attention(true);
            self.open_call_gate();
        }
    }

    /// Before the loop waits: only what arrives meanwhile is to end the wait.
    #[inline(always)]
    pub fn pause_polling(&self) {
        if self.limits.is_counting {
            heap::set_attention(self.signals.have_arrived());
        }
    }

    /// Counts a poll; ends the program when a limit is reached.
    ///
    /// # Errors
    /// `SystemExit` with the exit code of the limit.
    pub fn check_limits(&mut self) -> R<()> {
        if self.limits.is_counting {
            self.poll_everywhere();
            self.limits.steps += 1;
            if let Some(turn) = &mut self.slow_turns.turn {
                turn.step(self.limits.steps, || self.mistakes.statement());
            }
            if self.limits.steps > self.limits.last_step {
                return Err(self.reach(Limit::Steps));
            }
        }
        if memory::is_over() {
            return Err(self.reach(Limit::Memory));
        }
        let signs = &self.limits.signs;
        if signs.grace_is_over.load(Ordering::Relaxed) {
            return Err(self.reach(Limit::Time));
        }
        if self.limits.stop.is_some() {
            return Ok(());
        }
        if signs.is_asked_to_stop.load(Ordering::Relaxed) {
            return Err(self.reach(Limit::Asked));
        }
        if signs.time_is_up.load(Ordering::Relaxed) {
            return Err(self.reach(Limit::Time));
        }
        Ok(())
    }

    /// Counts the work of an operation that makes so many bytes.
    ///
    /// # Errors
    /// As [`Vm::check_limits`].
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> R<()> {
        if self.limits.is_counting {
            self.limits.steps = self.limits.steps.saturating_add(bytes as u64 / 64);
            return self.check_limits();
        }
        Ok(())
    }

    /// Refuses so many bytes if they are more than the limit of memory leaves.
    ///
    /// # Errors
    /// As [`Vm::check_limits`].
    pub fn check_room(&mut self, bytes: usize) -> R<()> {
        match memory::has_room(bytes) {
            true => Ok(()),
            false => Err(self.reach(Limit::Memory)),
        }
    }

    /// Ends the program if it is as deep as `--max-depth` allows, with `more` levels that are not
    /// counted; `None` leaves it to `RecursionError`.
    pub(crate) fn reach_depth(&mut self, more: usize) -> Option<Raised> {
        let most = self.limits.limits.depth?;
        (self.depth as usize + more >= most as usize).then(|| self.reach(Limit::Depth))
    }

    /// How deep calls may nest.
    pub(crate) fn bound_depth(&self, wanted: u32) -> u32 {
        let most = self.limits.limits.depth.unwrap_or(u32::MAX);
        wanted.min(most)
    }

    /// The limit that is reached ends the program; what is reached later ends its grace.
    #[cold]
    fn reach(&mut self, limit: Limit) -> Raised {
        let exit = self.types.system_exit.clone();
        let code = |limit: Limit| vec![Value::int(i64::from(limit.exit_code()))];
        if let Some(stop) = &mut self.limits.stop {
            stop.is_grace_over |= limit != Limit::Depth;
            let first = stop.limit;
            if stop.is_grace_over {
                // Nothing is left: not one more step.
                self.limits.last_step = 0;
            }
            return self.raise_with(&exit, code(first));
        }
        let exception = self.new_exception(&exit, code(limit));
        self.limits.stop = Some(Stop {
            limit,
            exception: exception.clone(),
            is_grace_over: false,
        });
        self.limits.is_counting = true;
        self.limits.last_step = self.limits.steps.saturating_add(GRACE_STEPS);
        memory::extend();
        self.poll_everywhere();
        self.end_grace_in_time(limit);
        self.raise(exception)
    }

    fn end_grace_in_time(&mut self, limit: Limit) {
        let end = self.end_of_process(limit);
        let signs = self.limits.signs.clone();
        let bell = self.bell();
        self.limits.timekeepers.clear();
        self.start_timekeeper(move |taken_back| {
            if !passes(&taken_back, GRACE_TIME) {
                return;
            }
            signs.grace_is_over.store(true, Ordering::SeqCst);
            bell.ring();
            if passes(&taken_back, GRACE_TIME) {
                end();
            }
        });
    }
}

/// Whether so much time passes before the interpreter takes it back.
fn passes(taken_back: &Receiver<()>, time: Duration) -> bool {
    taken_back.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}

/// Where the program stood: the innermost frame of its own.
fn place_of(exception: &Value) -> Option<String> {
    exc_data(exception, |data| {
        let own =
            |entry: &&crate::objects::TraceEntry| !entry.code.source.name.starts_with(LIBRARY);
        let entry = data.trace.iter().find(own)?;
        let (file, line) = (&entry.code.source.name, entry.code.line_of(entry.span));
        Some(format!(" at {file}:{line}, in {}", entry.code.name.text()))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_whole_units() {
        assert_eq!(shown_size(64 << 20), "64 MiB");
        assert_eq!(shown_size(1 << 30), "1 GiB");
        assert_eq!(shown_size(1500), "1500 bytes");
        assert_eq!(shown_size(0), "0 bytes");
    }
}
