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

mod looks;
mod stack;
mod state;

use crate::asyncio::{self, Callback, LoopData};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Clock as _, EventLoop, Step, Time};
pub use looks::Looks;
use stack::{Gate, NativeStack};
use state::ThreadState;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// The number of the main thread.
pub const MAIN: u32 = 0;

/// How long a thread is parked whose loop waits for a descriptor while others want to run.
const POLL_EVERY: Duration = Duration::from_millis(1);

/// After so long a thread that looks at an event or a queue gives way to others, as under CPython,
/// which changes threads that often.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// How long time passes before a signal is seen.
const SLICE: Duration = Duration::from_millis(20);

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
    /// Whether its loop has nothing to do; it looks around whenever it is woken.
    is_idle_loop: bool,
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
    /// Since when the running one runs.
    since: Time,
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
            since: Time::from_nanos(0),
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

    /// Has the threads look around whose loop is idle: a signal may have given it work.
    pub fn wake_loops(&mut self) {
        let (idle, others) = std::mem::take(&mut self.waiters)
            .into_iter()
            .partition(|waiter| waiter.is_idle_loop);
        self.waiters = others;
        let idle: Vec<Waiter> = idle;
        let woken = idle.iter().map(|waiter| (waiter.thread, Parked::Woken));
        self.ready.extend(woken);
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
    vm.send_held()?;
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
    vm.threads.since = asyncio::clock(vm).now();
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
    let waiter = Waiter {
        thread: vm.threads.current,
        key,
        deadline,
        is_idle_loop: false,
    };
    park_as(vm, waiter)
}

fn park_loop(vm: &mut Vm, event_loop: &Rc<LoopData>, deadline: Option<Time>) -> R<Parked> {
    let waiter = Waiter {
        thread: vm.threads.current,
        key: key_of(event_loop),
        deadline,
        is_idle_loop: true,
    };
    park_as(vm, waiter)
}

fn park_as(vm: &mut Vm, waiter: Waiter) -> R<Parked> {
    vm.send_held()?;
    let thread = waiter.thread;
    vm.threads.waiters.push(waiter);
    if thread != MAIN {
        suspend(vm);
        return Ok(vm.threads.outcome);
    }
    let clock = asyncio::clock(vm);
    loop {
        // Threads that hand something to and fro must not keep those waiting whose time has come; on
        // the virtual clock they are charged for it, as tasks are.
        clock.turn_without_wait();
        vm.threads.collect_due(clock.now());
        match vm.threads.ready.pop_front() {
            Some((MAIN, outcome)) => {
                vm.threads.since = clock.now();
                return Ok(outcome);
            }
            Some((thread, outcome)) => run(vm, thread, outcome),
            None => {
                let passed = pass_until_due(vm);
                if !matches!(passed, Ok(true)) {
                    vm.threads.forget_waiter(MAIN);
                    return passed.map(|_| Parked::Stuck);
                }
            }
        }
    }
}

/// Lets time pass until the first deadline, or until a signal was dealt with; false when nothing
/// can come.
fn pass_until_due(vm: &mut Vm) -> R<bool> {
    // Another thread may have sent one.
    vm.check_signals()?;
    if !vm.threads.ready.is_empty() {
        return Ok(true);
    }
    let Some(when) = vm.threads.first_deadline() else {
        if vm.signals.are_awaited() {
            vm.wait_for_signal()?;
            return Ok(true);
        }
        return Ok(false);
    };
    let clock = asyncio::clock(vm);
    if when > clock.now() {
        crate::modules::files::flush_stdout(vm)?;
    }
    loop {
        let left = when.since(clock.now());
        if left.is_zero() {
            vm.threads.collect_due(clock.now());
            return Ok(true);
        }
        let slice = if clock.is_virtual() {
            left
        } else {
            left.min(SLICE)
        };
        vm.pass_time(&clock, slice)?;
        if !vm.threads.ready.is_empty() {
            // A signal woke a loop.
            return Ok(true);
        }
    }
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

/// A thread that looks at what another one is to change (an event, a queue) and has run for long gives
/// way to the others: it may look again and again.
///
/// # Errors
/// `KeyboardInterrupt`, on the main thread.
pub fn pause(vm: &mut Vm) -> R<()> {
    if vm.threads.is_alone() {
        return Ok(());
    }
    let now = asyncio::clock(vm).now_for_script();
    if now.since(vm.threads.since) < SWITCH_INTERVAL {
        return Ok(());
    }
    vm.threads.since = now;
    sleep(vm, Duration::ZERO)
}

/// The next step of a loop while there are other threads; on whatever stack it runs.
///
/// # Errors
/// `KeyboardInterrupt`, on the main thread.
pub fn next_step(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<Step<Callback>> {
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
                park_loop(vm, event_loop, Some(until))?
            }
            Step::WaitingForIo => park_loop(vm, event_loop, Some(soon))?,
            Step::Deadlock => park_loop(vm, event_loop, None)?,
            step @ (Step::Run(_) | Step::Stopped | Step::Interrupted | Step::Failed(_)) => {
                return Ok(step);
            }
        };
        if parked == Parked::Stuck && event_loop.core.with(|core| core.ready_len() == 0) {
            return Ok(Step::Deadlock);
        }
    }
}
