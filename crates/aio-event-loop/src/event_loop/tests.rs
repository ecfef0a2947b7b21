//! The contract of the loop, one rule a test, on the virtual clock.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::clock::VirtualClock;
use crate::scheduler::{Replay, Seeded};

#[derive(Clone, Debug, Default)]
struct Call {
    name: &'static str,
    cancelled: Rc<RefCell<bool>>,
    in_timers: bool,
}

impl Payload for Call {
    fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    fn left_timers(&mut self) {
        self.in_timers = false;
    }
}

fn call(name: &'static str) -> Call {
    Call {
        name,
        ..Call::default()
    }
}

type Loop = EventLoop<Call, VirtualClock>;

fn new_loop() -> Loop {
    EventLoop::new(VirtualClock::new())
}

/// Runs to the end; `act` is what running a handle does.
fn run(event_loop: &mut Loop, mut act: impl FnMut(&mut Loop, &'static str)) -> Vec<&'static str> {
    let mut seen = Vec::new();
    while let Step::Run(call) = event_loop.next() {
        seen.push(call.name);
        act(event_loop, call.name);
    }
    seen
}

#[test]
fn ready_handles_run_in_order_of_arrival() {
    let mut event_loop = new_loop();
    for name in ["a", "b", "c"] {
        event_loop.call_soon(call(name));
    }
    assert_eq!(run(&mut event_loop, |_, _| ()), ["a", "b", "c"]);
}

#[test]
fn what_a_turn_appends_waits_for_the_next_turn() {
    // A timer that is due comes before what the turn before it appended only
    // if it was there first: here "again" was appended during the first turn.
    let mut event_loop = new_loop();
    event_loop.call_soon(call("first"));
    event_loop.call_later(0.0, call("timer"));
    let seen = run(&mut event_loop, |event_loop, name| {
        if name == "first" {
            event_loop.call_soon(call("again"));
        }
    });
    assert_eq!(seen, ["first", "timer", "again"]);
}

#[test]
fn a_delay_of_zero_is_a_timer() {
    let mut event_loop = new_loop();
    event_loop.call_later(0.0, call("timer"));
    event_loop.call_later(-1.0, call("past"));
    event_loop.call_soon(call("ready"));
    assert_eq!(run(&mut event_loop, |_, _| ()), ["ready", "past", "timer"]);
}

#[test]
fn a_cancelled_handle_is_skipped_but_uses_its_place() {
    let mut event_loop = new_loop();
    let cancelled = call("cancelled");
    event_loop.call_soon(cancelled.clone());
    event_loop.call_soon(call("stop"));
    event_loop.call_soon(call("same turn"));
    cancelled.cancelled.replace(true);
    let seen = run(&mut event_loop, |event_loop, name| {
        if name == "stop" {
            event_loop.call_soon(call("next turn"));
            event_loop.stop();
        }
    });
    assert_eq!(seen, ["stop", "same turn"]);
    assert_eq!(event_loop.ready_len(), 1);
}

#[test]
fn stop_lets_the_turn_end() {
    let mut event_loop = new_loop();
    event_loop.call_soon(call("stop"));
    event_loop.call_soon(call("other"));
    let seen = run(&mut event_loop, |event_loop, name| {
        event_loop.call_soon(call("late"));
        if name == "stop" {
            event_loop.stop();
        }
    });
    assert_eq!(seen, ["stop", "other"]);
    assert_eq!(run(&mut event_loop, |_, _| ()), ["late", "late"]);
}

#[test]
fn stop_before_a_run_gives_one_turn_that_does_not_wait() {
    let mut event_loop = new_loop();
    event_loop.call_later(10.0, call("timer"));
    event_loop.stop();
    let before = event_loop.time();
    assert!(matches!(event_loop.next(), Step::Stopped));
    assert!(event_loop.time().since(before) < Duration::from_secs(1));
    assert_eq!(run(&mut event_loop, |_, _| ()), ["timer"]);
}

#[test]
fn an_abandoned_turn_leaves_the_rest_ready() {
    let mut event_loop = new_loop();
    for name in ["a", "b"] {
        event_loop.call_soon(call(name));
    }
    assert!(matches!(event_loop.next(), Step::Run(call) if call.name == "a"));
    event_loop.abandon_turn();
    assert_eq!(run(&mut event_loop, |_, _| ()), ["b"]);
}

#[test]
fn timers_are_polled_even_if_something_is_always_ready() {
    let mut event_loop = new_loop();
    event_loop.call_soon(call("spin"));
    event_loop.call_later(1.0, call("timer"));
    let mut spins = 0u32;
    let seen = run(&mut event_loop, |event_loop, name| {
        if name == "spin" && event_loop.timers_len() > 0 {
            spins += 1;
            event_loop.call_soon(call("spin"));
        }
    });
    assert_eq!(seen.last(), Some(&"timer"));
    assert!(
        spins < 200_000,
        "virtual time must pass for a spinning loop"
    );
}

#[test]
fn equal_sleeps_begun_in_one_turn_end_in_one_turn() {
    let mut event_loop = new_loop();
    for name in ["a", "b", "c"] {
        event_loop.call_soon(call(name));
    }
    let seen = run(&mut event_loop, |event_loop, name| match name {
        "a" => drop(event_loop.call_later(0.1, call("a woke"))),
        "b" => drop(event_loop.call_later(0.1, call("b woke"))),
        "c" => drop(event_loop.call_later(0.1, call("c woke"))),
        "a woke" => event_loop.call_soon(call("a again")),
        _ => (),
    });
    assert_eq!(
        seen,
        ["a", "b", "c", "a woke", "b woke", "c woke", "a again"]
    );
}

#[test]
fn virtual_time_passes_as_far_as_the_sleep_and_no_further() {
    let mut event_loop = new_loop();
    let before = event_loop.time();
    event_loop.call_later(3600.0, call("timer"));
    run(&mut event_loop, |_, _| ());
    let passed = event_loop.time().since(before);
    assert!(passed >= Duration::from_secs(3600));
    assert!(passed < Duration::from_secs(3600) + Duration::from_millis(1));
}

#[test]
fn an_idle_loop_without_timers_is_a_deadlock() {
    let mut event_loop = new_loop();
    assert!(matches!(event_loop.next(), Step::Deadlock));
    event_loop.call_later(f64::INFINITY, call("never"));
    assert!(matches!(event_loop.next(), Step::Deadlock));
    event_loop.call_soon(call("ready"));
    assert!(matches!(event_loop.next(), Step::Run(_)));
}

#[test]
fn a_cancelled_timer_never_runs_and_is_not_waited_for() {
    let mut event_loop = new_loop();
    let timer = call("cancelled");
    event_loop.call_later(10.0, timer.clone());
    timer.cancelled.replace(true);
    event_loop.timer_cancelled();
    let before = event_loop.time();
    assert!(matches!(event_loop.next(), Step::Deadlock));
    assert!(event_loop.time().since(before) < Duration::from_secs(1));
}

#[test]
fn the_clock_is_asked_for_what_may_have_come_and_nothing_else() {
    let mut event_loop = new_loop();
    let near = event_loop.call_later(3.0, call("near"));
    let far = event_loop.call_later(60.0, call("far"));
    event_loop.call_soon(call("now"));
    assert!(matches!(event_loop.next(), Step::Run(call) if call.name == "now"));
    let before = event_loop.clock().peek();
    assert!(!event_loop.has_come(far));
    assert_eq!(event_loop.clock().peek(), before);
    assert!(!event_loop.has_come(near));
    assert!(event_loop.clock().peek() > before);
    // Something blocks the loop.
    event_loop.clock().pass(Duration::from_secs(3));
    assert!(event_loop.has_come(near));
}

#[test]
fn a_turn_without_timers_asks_the_clock() {
    let mut event_loop = new_loop();
    event_loop.call_soon(call("first"));
    assert!(matches!(event_loop.next(), Step::Run(_)));
    event_loop.clock().pass(Duration::from_secs(100));
    let when = event_loop.clock().peek();
    assert!(event_loop.has_come(when));
}

#[test]
fn a_timer_that_fired_is_told_that_it_left() {
    let mut event_loop = new_loop();
    let timer = Call {
        in_timers: true,
        ..call("timer")
    };
    event_loop.call_later(1.0, timer);
    assert!(matches!(event_loop.next(), Step::Run(call) if !call.in_timers));
}

#[test]
fn a_host_that_waits_itself_is_told_how_long() {
    let mut event_loop = new_loop();
    let when = event_loop.call_later(5.0, call("timer"));
    let nothing = |_: &mut Loop, _: Call| ();
    assert_eq!(event_loop.run_for(9, nothing), Progress::SleepUntil(when));
    event_loop.clock().pass(Duration::from_secs(6));
    event_loop.call_soon(call("soon"));
    assert_eq!(event_loop.run_for(1, nothing), Progress::OutOfBudget);
    let mut seen = Vec::new();
    let progress = event_loop.run_for(9, |_, call| seen.push(call.name));
    assert_eq!((progress, seen), (Progress::Deadlock, vec!["timer"]));
}

#[test]
fn a_scheduler_reorders_within_a_turn_only() {
    let order = |scheduler: Box<dyn Scheduler>| {
        let mut event_loop = new_loop();
        event_loop.set_scheduler(scheduler);
        for name in ["a", "b", "c"] {
            event_loop.call_soon(call(name));
        }
        run(&mut event_loop, |event_loop, name| {
            if name == "c" {
                event_loop.call_soon(call("next turn"));
            }
        })
    };
    assert_eq!(
        order(Box::new(Replay::new(vec![2, 1]))),
        ["c", "b", "a", "next turn"]
    );
    let last = |seed| order(Box::new(Seeded::new(seed))).pop();
    assert!((0..20).all(|seed| last(seed) == Some("next turn")));
}

/// A poller with one wake-up in store.
struct OneShot(Option<Call>);

impl Poller<Call> for OneShot {
    fn has_sources(&self) -> bool {
        self.0.is_some()
    }

    fn poll(&mut self, _: Option<Duration>, ready: &mut ReadyQueue<Call>) -> io::Result<WaitEnd> {
        ready.extend(self.0.take());
        Ok(WaitEnd::Ready)
    }
}

#[test]
fn descriptors_come_before_due_timers_and_keep_the_loop_alive() {
    let mut event_loop = new_loop();
    event_loop.set_poller(Box::new(OneShot(Some(call("descriptor")))));
    event_loop.call_later(0.0, call("timer"));
    assert_eq!(run(&mut event_loop, |_, _| ()), ["descriptor", "timer"]);
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl EventSink for Log {
    fn record(&mut self, _: Time, event: &Event<'_>) {
        let text = format!("{event:?}");
        let name = text.split(' ').next().unwrap_or_default();
        self.0.borrow_mut().push(name.to_owned());
    }
}

#[test]
fn a_sink_sees_timers_and_the_clock() {
    let (mut event_loop, log) = (new_loop(), Log::default());
    event_loop.set_sink(Box::new(log.clone()));
    event_loop.call_later(1.0, call("timer"));
    run(&mut event_loop, |_, _| ());
    let seen = log.0.borrow();
    assert_eq!(*seen, ["TimerSet", "ClockAdvanced", "TimerFired"]);
}

#[test]
fn an_interrupt_ends_a_real_wait() {
    static FLAG: AtomicBool = AtomicBool::new(true);
    let mut event_loop: EventLoop<Call> = EventLoop::new(AnyClock::new(false));
    event_loop.set_interrupt(&FLAG);
    event_loop.call_later(60.0, call("timer"));
    assert!(matches!(event_loop.next(), Step::Interrupted));
    FLAG.store(false, Ordering::Relaxed);
    event_loop.stop();
    assert!(matches!(event_loop.next(), Step::Stopped));
}
