//! Threads of the script, one at a time: *green* threads on one thread of the system.
//!
//! Each runs on a native stack of its own until it blocks: `time.sleep`, a lock, an event, a
//! queue, `join`, the result of a future. Then it is *parked* (with what it waits for and until
//! when) and another one goes on. Nobody is interrupted in the middle of a computation, so a
//! program that races under CPython has one outcome here.
//!
//! The main stack is the hub: it alone resumes others, and they suspend to it. It does so
//!
//! - while the main thread is parked itself ([`park`]),
//! - at the beginning of each turn of a loop that runs on it ([`next_step`]),
//! - when it starts a thread, which runs at once until it blocks, as under CPython, where the
//!   starter waits for it.
//!
//! A loop may run on another stack; when it has nothing to do, its thread is parked until its
//! next timer or until somebody calls `call_soon_threadsafe`.
//!
//! When every thread is parked, time passes until the first deadline, on the real clock or on
//! the virtual one. If there is none, nothing can go on: that is told as [`Parked::Stuck`] to the
//! main thread, since only there it is known.

mod stack;
mod state;

use crate::asyncio::{self, Callback, LoopData};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Clock as _, EventLoop, Step, Time};
use stack::{Gate, NativeStack};
use state::ThreadState;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// The number of the main thread.
pub const MAIN: u32 = 0;

/// How long a thread is parked whose loop waits for a descriptor while others want to run.
const POLL_EVERY: Duration = Duration::from_millis(1);

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parked {
    /// Somebody woke the thread.
    Woken,
    /// The deadline is over.
    TimedOut,
    /// Nothing can ever wake anybody.
    Stuck,
}

struct Thread {
    stack: NativeStack,
    state: ThreadState,
    name: Value,
}

/// A thread that is parked.
struct Waiter {
    thread: u32,
    /// What it waits for: an address.
    key: usize,
    deadline: Option<Time>,
}

/// The threads of an interpreter.
pub struct Threads {
    /// The one that runs.
    current: u32,
    /// The last number given out.
    last: u32,
    /// Those that do not run, but the main one.
    others: BTreeMap<u32, Thread>,
    /// The way back from the stack that runs, unless it is the main one.
    gate: Option<Gate>,
    /// Who can go on, in this order, and why.
    ready: VecDeque<(u32, Parked)>,
    waiters: Vec<Waiter>,
    /// How many of `ready` still run in this round.
    left_in_round: usize,
    /// Why the running one goes on.
    outcome: Parked,
    /// The name of the running one, unless it is the main one.
    name: Value,
}

impl Default for Threads {
    fn default() -> Threads {
        Threads {
            current: MAIN,
            last: MAIN,
            others: BTreeMap::new(),
            gate: None,
            ready: VecDeque::new(),
            waiters: Vec::new(),
            left_in_round: 0,
            outcome: Parked::Woken,
            name: Value::UNSET,
        }
    }
}

impl Threads {
    /// The thread that runs.
    pub fn current(&self) -> u32 {
        self.current
    }

    /// The name of the thread that runs.
    pub fn current_name(&self) -> String {
        self.name.as_str().unwrap_or("MainThread").to_owned()
    }

    /// Whether there is no thread but the main one.
    #[inline]
    pub fn is_alone(&self) -> bool {
        self.current == MAIN && self.others.is_empty()
    }

    /// Whether this is the main thread, and no other one goes on by itself.
    fn is_hub_of_sleepers(&self) -> bool {
        self.current == MAIN && self.ready.is_empty() && self.first_deadline().is_none()
    }

    fn set_gate(&mut self, gate: Gate) {
        self.gate = Some(gate);
    }

    fn first_deadline(&self) -> Option<Time> {
        self.waiters.iter().filter_map(|w| w.deadline).min()
    }

    fn forget_waiter(&mut self, thread: u32) {
        self.waiters.retain(|waiter| waiter.thread != thread);
    }

    /// Moves those whose deadline is over to the ready ones, earliest first.
    fn collect_due(&mut self, now: Time) {
        while let Some(when) = self.first_deadline().filter(|when| *when <= now) {
            let at = self.waiters.iter().position(|w| w.deadline == Some(when));
            let Some(at) = at else { return };
            let waiter = self.waiters.remove(at);
            self.ready.push_back((waiter.thread, Parked::TimedOut));
        }
    }

    /// Wakes up to `count` threads that wait for `key`, first come, first served.
    pub fn wake(&mut self, key: usize, count: usize) {
        for _ in 0..count {
            let Some(at) = self.waiters.iter().position(|w| w.key == key) else {
                return;
            };
            let waiter = self.waiters.remove(at);
            self.ready.push_back((waiter.thread, Parked::Woken));
        }
    }

    /// Has the thread look around whose loop this is.
    pub fn wake_loop(&mut self, event_loop: &Rc<LoopData>) {
        self.wake(key_of(event_loop), 1);
    }
}

fn key_of(event_loop: &Rc<LoopData>) -> usize {
    Rc::as_ptr(event_loop) as usize
}

/// Starts a thread that calls `function`; it runs until it first blocks.
///
/// # Errors
/// `RuntimeError` when there is no room for another stack.
pub fn start(vm: &mut Vm, function: Value, name: Value) -> R<u32> {
    let body = move |vm: &mut Vm| {
        // The function catches what the script raises; nobody is left to hear of more.
        if vm.call(&function, &[]).is_err() {
            drop(vm.take_pending());
        }
        drop(function);
        vm.threads.gate = None;
    };
    let Some(stack) = NativeStack::new(body) else {
        return Err(vm.runtime_error("can't start new thread"));
    };
    vm.threads.last += 1;
    let thread = vm.threads.last;
    let state = ThreadState::default();
    vm.threads
        .others
        .insert(thread, Thread { stack, state, name });
    let starter = vm.threads.current;
    vm.threads.ready.push_front((thread, Parked::Woken));
    if starter == MAIN {
        vm.threads.left_in_round = 1;
        run_round(vm);
    } else {
        // The starter goes on right behind it.
        vm.threads.ready.insert(1, (starter, Parked::Woken));
        vm.threads.left_in_round += 2;
        suspend(vm);
    }
    Ok(thread)
}

fn suspend(vm: &mut Vm) {
    if let Some(gate) = vm.threads.gate {
        stack::suspend(vm, gate);
    }
}

/// Goes on with a thread until it suspends or ends. Only on the main stack.
fn run(vm: &mut Vm, thread: u32, outcome: Parked) {
    let Some(mut going) = vm.threads.others.remove(&thread) else {
        return;
    };
    vm.threads.outcome = outcome;
    vm.threads.current = thread;
    std::mem::swap(&mut vm.threads.name, &mut going.name);
    going.state.exchange(vm);
    let ended = going.stack.resume(vm);
    going.state.exchange(vm);
    std::mem::swap(&mut vm.threads.name, &mut going.name);
    vm.threads.current = MAIN;
    if !ended {
        vm.threads.others.insert(thread, going);
    }
}

/// Goes on with those of the present round. Only on the main stack.
fn run_round(vm: &mut Vm) {
    while vm.threads.left_in_round > 0 {
        vm.threads.left_in_round -= 1;
        match vm.threads.ready.pop_front() {
            Some((thread, outcome)) => run(vm, thread, outcome),
            None => vm.threads.left_in_round = 0,
        }
    }
}

/// Waits until somebody wakes those that wait for `key`, or until the deadline.
///
/// # Errors
/// `KeyboardInterrupt`, on the main thread.
pub fn park(vm: &mut Vm, key: usize, deadline: Option<Time>) -> R<Parked> {
    let thread = vm.threads.current;
    vm.threads.waiters.push(Waiter {
        thread,
        key,
        deadline,
    });
    if thread != MAIN {
        suspend(vm);
        return Ok(vm.threads.outcome);
    }
    loop {
        match vm.threads.ready.pop_front() {
            Some((MAIN, outcome)) => return Ok(outcome),
            Some((thread, outcome)) => run(vm, thread, outcome),
            None => match pass_until_due(vm) {
                Ok(true) => {}
                Ok(false) if vm.signals.are_awaited() => vm.wait_for_signal()?,
                Ok(false) => {
                    vm.threads.forget_waiter(MAIN);
                    return Ok(Parked::Stuck);
                }
                Err(raised) => {
                    vm.threads.forget_waiter(MAIN);
                    return Err(raised);
                }
            },
        }
    }
}

/// Lets time pass until the first deadline; false when there is none.
fn pass_until_due(vm: &mut Vm) -> R<bool> {
    let Some(when) = vm.threads.first_deadline() else {
        return Ok(false);
    };
    let clock = asyncio::clock(vm);
    let left = when.since(clock.now());
    if !left.is_zero() {
        crate::modules::files::flush_stdout(vm)?;
        vm.pass_time(&clock, left)?;
    }
    vm.threads.collect_due(clock.now());
    Ok(true)
}

/// `time.sleep` while there are other threads.
///
/// # Errors
/// `KeyboardInterrupt`, on the main thread.
pub fn sleep(vm: &mut Vm, duration: Duration) -> R<()> {
    let until = asyncio::clock(vm).now() + duration;
    if duration.is_zero() {
        // Others may go on, whether they were woken or their time has come.
        let now = until;
        vm.threads.collect_due(now);
    }
    park(vm, 0, Some(until)).map(drop)
}

/// The next step of a loop while there are other threads; on whatever stack it runs.
///
/// # Errors
/// `KeyboardInterrupt`, on the main thread.
pub fn next_step(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<Step<Callback>> {
    let key = key_of(event_loop);
    loop {
        let clock = asyncio::clock(vm);
        if event_loop.core.with(EventLoop::is_between_turns) {
            vm.threads.collect_due(clock.now());
            if vm.threads.current == MAIN {
                vm.threads.left_in_round = vm.threads.ready.len();
                run_round(vm);
            } else if !vm.threads.ready.is_empty() {
                park(vm, 0, Some(clock.now()))?;
            }
        }
        if vm.threads.is_hub_of_sleepers() {
            // Whoever is parked waits for what only this loop can bring.
            return Ok(event_loop.core.with_mut(EventLoop::next));
        }
        let polls = event_loop.core.with(EventLoop::can_be_woken);
        let soon = clock.now() + POLL_EVERY;
        let parked = match event_loop.core.with_mut(EventLoop::try_next) {
            Step::SleepUntil(when) => {
                let when = event_loop.core.with(|core| core.end_of_wait(when));
                let until = if polls { when.min(soon) } else { when };
                park(vm, key, Some(until))?
            }
            Step::WaitingForIo => park(vm, key, Some(soon))?,
            Step::Deadlock => park(vm, key, None)?,
            step @ (Step::Run(_) | Step::Stopped | Step::Interrupted | Step::Failed(_)) => {
                return Ok(step);
            }
        };
        if parked == Parked::Stuck {
            return Ok(Step::Deadlock);
        }
    }
}
