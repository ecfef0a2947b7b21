//! Signals: what arrives is written down by the signal handler and dealt with at the next safe
//! point, between two statements.
//!
//! The handler proper is `signal-hook`'s, and all it does is set flags: one of the signal, one
//! that says that any signal arrived, and the attention flag of the interpreter, in this order. So
//! a signal that the program sends to itself has been noticed when the call returns, as in
//! CPython. A signal that the program never asked about is not hooked at all and does what the
//! system has it do; one that was hooked and is given back to the system is ended by
//! `signal-hook` as if it had never been.
//!
//! A wait ends at once when the thread of the interpreter gets the signal; so the command keeps its
//! other thread from getting any.
//!
//! Two are hooked from the start, unless whoever started the process had them ignored (`nohup`, a
//! command in the background of a script): SIGINT raises `KeyboardInterrupt` (or cancels the main
//! task of `asyncio.run`), SIGQUIT prints what every task waits for and lets the program go on.

use crate::asyncio::{self, LoopData};
use crate::error::R;
use crate::heap;
use crate::threads;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{AnyClock, Clock as _, SystemClock};
use std::collections::BTreeMap;
use std::io;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The number of SIGINT.
pub const SIGINT: i32 = 2;
/// The number of SIGQUIT.
pub const SIGQUIT: i32 = 3;
/// The number of SIGPIPE.
pub const SIGPIPE: i32 = 13;
/// One more than the greatest number of a signal.
pub const NSIG: i32 = 65;

/// How often a wait looks whether a signal has arrived. One that this thread gets ends the wait at
/// once; this is for one that came just before it.
const LATENCY: Duration = Duration::from_millis(20);

/// What a signal does.
#[derive(Clone)]
pub enum Disposition {
    /// What the system has it do.
    Default,
    /// Nothing.
    Ignore,
    /// `KeyboardInterrupt`
    Interrupt,
    /// A cancellation of the main task of `asyncio.run`; the second time, `KeyboardInterrupt`.
    CancelMain,
    /// Prints what every task waits for.
    TaskTable,
    /// Calls a function of the script with the number of the signal and `None`.
    Call(Value),
}

struct Hook {
    arrived: Arc<AtomicBool>,
    /// Whether the system's default is to happen, at once.
    is_default: Arc<AtomicBool>,
    disposition: Disposition,
}

/// The signals of an interpreter.
#[derive(Default)]
pub struct Signals {
    /// Whether any signal arrived.
    any: Arc<AtomicBool>,
    /// What the handlers open besides, so that calls notice (see `Vm::enter`).
    call_gate: Option<Arc<AtomicUsize>>,
    hooks: BTreeMap<i32, Hook>,
    /// Which were ignored when the process began: bit n - 1 is signal n.
    ignored: u64,
    /// The loop whose signal handlers are told.
    told: Option<Weak<LoopData>>,
    /// `signal.default_int_handler`, once something asked for it.
    pub default_int_handler: Option<Value>,
    /// The alarm that is set.
    pub alarm: alarm::Alarm,
}

impl Signals {
    /// What a signal does.
    pub fn disposition(&self, signal: i32) -> Disposition {
        match self.hooks.get(&signal) {
            Some(hook) => hook.disposition.clone(),
            None if self.was_ignored(signal) => Disposition::Ignore,
            None if signal == SIGINT => Disposition::Interrupt,
            // The standard library ignores it before `main`.
            None if signal == SIGPIPE => Disposition::Ignore,
            None => Disposition::Default,
        }
    }

    fn was_ignored(&self, signal: i32) -> bool {
        (1..NSIG).contains(&signal) && self.ignored & (1 << (signal - 1)) != 0
    }

    /// Has a signal do something else.
    ///
    /// # Errors
    /// What the system says, or that the signal cannot be caught.
    pub fn set(&mut self, signal: i32, disposition: Disposition) -> io::Result<()> {
        let is_hooked = self.hooks.contains_key(&signal);
        let untouched = match (&disposition, self.disposition(signal)) {
            (Disposition::Default, Disposition::Default) => true,
            // Not hooked, so that children ignore it as well.
            (Disposition::Ignore, Disposition::Ignore) => !is_hooked,
            _ => false,
        };
        if untouched && !signal_hook::consts::FORBIDDEN.contains(&signal) {
            return Ok(());
        }
        if !is_hooked {
            let hook = self.hook(signal)?;
            self.hooks.insert(signal, hook);
        }
        if let Some(hook) = self.hooks.get_mut(&signal) {
            let is_default = matches!(disposition, Disposition::Default);
            hook.is_default.store(is_default, Ordering::SeqCst);
            hook.disposition = disposition;
        }
        Ok(())
    }

    fn hook(&self, signal: i32) -> io::Result<Hook> {
        if signal_hook::consts::FORBIDDEN.contains(&signal) {
            return Err(io::Error::from_raw_os_error(22));
        }
        let hook = Hook {
            arrived: Arc::default(),
            is_default: Arc::default(),
            disposition: Disposition::Ignore,
        };
        // Only now, so that the default is tried before the flags are set.
        use signal_hook::flag::{register, register_conditional_default, register_usize};
        register_conditional_default(signal, hook.is_default.clone())?;
        register(signal, hook.arrived.clone())?;
        register(signal, self.any.clone())?;
        if let Some(gate) = &self.call_gate {
            register_usize(signal, gate.clone(), usize::MAX)?;
        }
        register(signal, heap::attention_arc().clone())?;
        Ok(hook)
    }

    /// Replaces the default of SIGINT by the one of `asyncio.run`, or the other way round; not what
    /// the script chose. Whether that was done.
    pub fn exchange_interrupt(&mut self, is_running: bool) -> bool {
        let Some(hook) = self.hooks.get_mut(&SIGINT) else {
            return false;
        };
        let (from, to) = match is_running {
            true => (Disposition::Interrupt, Disposition::CancelMain),
            false => (Disposition::CancelMain, Disposition::Interrupt),
        };
        let is_there = std::mem::discriminant(&hook.disposition) == std::mem::discriminant(&from);
        if is_there {
            hook.disposition = to;
        }
        is_there
    }

    /// Whether the program waits for a signal: then an idle loop is no deadlock.
    pub fn are_awaited(&self) -> bool {
        let calls = |hook: &Hook| matches!(hook.disposition, Disposition::Call(_));
        self.alarm.is_set() || self.hooks.values().any(calls)
    }

    /// Has the signal handlers of a loop told from now on.
    pub fn tell(&mut self, event_loop: &Rc<LoopData>) {
        self.told = Some(Rc::downgrade(event_loop));
    }

    /// Whether something waits to be dealt with.
    pub fn have_arrived(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// The flag of [`Signals::have_arrived`], for another thread that has something to say.
    pub(crate) fn any_flag(&self) -> Arc<AtomicBool> {
        self.any.clone()
    }

    /// Takes what has arrived, in order of the numbers.
    fn take(&self) -> Vec<i32> {
        let hooks = self.hooks.iter();
        hooks
            .filter(|(_, hook)| hook.arrived.swap(false, Ordering::SeqCst))
            .map(|(signal, _)| *signal)
            .collect()
    }

    /// Puts back what was taken and not dealt with.
    fn put_back(&self, signals: &[i32]) {
        for signal in signals {
            if let Some(hook) = self.hooks.get(signal) {
                hook.arrived.store(true, Ordering::SeqCst);
            }
            self.any.store(true, Ordering::SeqCst);
            heap::set_attention(true);
        }
    }
}

impl Vm {
    /// Hooks the signals that do something without having been asked for, but not those that the
    /// process is to ignore.
    pub fn watch_signals(&mut self) {
        self.signals.call_gate = Some(self.call_gate_arc());
        self.signals.ignored = ignored_signals();
        for (signal, disposition) in [
            (SIGINT, Disposition::Interrupt),
            (SIGQUIT, Disposition::TaskTable),
        ] {
            if self.signals.was_ignored(signal) {
                continue;
            }
            // Without the hook the signal ends the process, which is better than nothing.
            let _ = self.signals.set(signal, disposition);
        }
    }

    /// Deals with the signals that have arrived.
    ///
    /// # Errors
    /// `KeyboardInterrupt`; what a handler of the script raises.
    #[inline]
    pub fn check_signals(&mut self) -> R<()> {
        if !self.signals.have_arrived() {
            return Ok(());
        }
        self.check_limits()?;
        if self.threads.current() != threads::MAIN {
            // The main thread is to see it, when it goes on.
            heap::set_attention(true);
            return Ok(());
        }
        deliver_all(self)
    }

    /// Lets real time pass until a signal was dealt with.
    ///
    /// # Errors
    /// As [`Vm::check_signals`].
    pub fn wait_for_signal(&mut self) -> R<()> {
        let clock = SystemClock::new();
        while !self.signals.have_arrived() {
            clock.pass_or_interrupt(LATENCY);
        }
        self.check_signals()
    }

    /// Lets time pass on a clock; signals are dealt with meanwhile.
    ///
    /// # Errors
    /// As [`Vm::check_signals`].
    pub fn pass_time(&mut self, clock: &AnyClock, duration: Duration) -> R<()> {
        if clock.is_virtual() {
            clock.pass(duration);
            return self.check_signals();
        }
        let end = clock.now() + duration;
        loop {
            self.check_signals()?;
            let left = end.since(clock.now());
            if left.is_zero() {
                return Ok(());
            }
            clock.pass_or_interrupt(left.min(LATENCY));
        }
    }

    /// Sends a signal to this thread; has it dealt with before it returns.
    ///
    /// # Errors
    /// As [`Vm::check_signals`]; `OSError`.
    pub fn raise_signal(&mut self, signal: i32) -> R<()> {
        if let Err(error) = signal_hook::low_level::raise(signal) {
            return Err(self.raise_io_error(&error, None));
        }
        self.check_signals()
    }
}

/// Which signals this process ignores: bit n - 1 is signal n; none where the system does not tell.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cold]
#[expect(clippy::indexing_slicing, reason = "a place in the list")]
fn deliver_all(vm: &mut Vm) -> R<()> {
    vm.signals.any.store(false, Ordering::SeqCst);
    let arrived = vm.signals.take();
    for (at, signal) in arrived.iter().enumerate() {
        let result = deliver(vm, *signal);
        let told = vm.signals.told.as_ref().and_then(Weak::upgrade);
        if let Some(event_loop) = told {
            asyncio::signal_arrived(&event_loop, *signal);
        }
        if result.is_err() {
            vm.signals.put_back(&arrived[at + 1..]);
            return result;
        }
    }
    vm.threads.wake_loops();
    Ok(())
}

fn deliver(vm: &mut Vm, signal: i32) -> R<()> {
    match vm.signals.disposition(signal) {
        Disposition::Default | Disposition::Ignore => Ok(()),
        Disposition::TaskTable => {
            asyncio::print_tasks(vm);
            Ok(())
        }
        Disposition::CancelMain if asyncio::on_interrupt(vm) => Ok(()),
        Disposition::CancelMain | Disposition::Interrupt => {
            let class = vm.types.keyboard_interrupt.clone();
            Err(vm.raise_with(&class, vec![]))
        }
        Disposition::Call(function) => {
            let number = Value::int(i64::from(signal));
            vm.call(&function, &[number, Value::NONE]).map(drop)
        }
    }
}

/// `signal.alarm`: SIGALRM after so many seconds of real time.
pub mod alarm {
    use aio_event_loop::{Clock as _, SystemClock, Time};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
    use std::time::Duration;

    /// The alarm that is set, if one is.
    #[derive(Default)]
    pub struct Alarm {
        /// When it is due; dropping the sender takes it back.
        set: Option<(SystemClock, Time, Sender<()>)>,
    }

    impl Alarm {
        /// Whether one is set and not due yet.
        pub fn is_set(&self) -> bool {
            self.left() > 0
        }

        /// Whole seconds until it is due, rounded up; 0 is "none".
        pub fn left(&self) -> u64 {
            let Some((clock, due, _)) = &self.set else {
                return 0;
            };
            let left = due.since(clock.now());
            left.as_secs() + u64::from(left.subsec_nanos() > 0)
        }

        /// Sets it anew; 0 seconds take it back.
        pub fn set(&mut self, seconds: u64) {
            self.set = None;
            if seconds == 0 {
                return;
            }
            let clock = SystemClock::new();
            let wait = Duration::from_secs(seconds);
            let (keep, taken_back) = channel();
            self.set = Some((clock, clock.now() + wait, keep));
            std::thread::spawn(move || ring(&taken_back, wait));
        }
    }

    fn ring(taken_back: &Receiver<()>, wait: Duration) {
        if taken_back.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            let this = rustix::process::getpid();
            // It cannot fail for our own process.
            let _ = rustix::process::kill_process(this, rustix::process::Signal::ALARM);
        }
    }
}
