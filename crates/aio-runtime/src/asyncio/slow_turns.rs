//! `--dev`: turns of the loop that kept the others waiting.
//!
//! While one callback runs, nothing else does. One that takes longer than `LONG` is told: with the
//! line where it stood when that time was over, and the tasks that could have run meanwhile. On the
//! virtual clock computing takes no time, so there a turn is long after `MANY_STEPS`, which is the
//! same in every run.

use super::base_events::LoopData;
use super::callback::{self, Callback};
use super::late_tasks;
use super::naming::function_of;
use super::reasons::wait_of;
use super::tasks::name_of;
use crate::code::SourceFile;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{FutureFlags, FutureObj};
use crate::report::mistakes;
use crate::vm::Vm;
use aio_event_loop::{Clock as _, Event, SystemClock, Time};
use aio_syntax::Span;
use std::rc::Rc;
use std::time::Duration;

/// A turn that takes longer keeps others waiting noticeably.
const LONG: Duration = Duration::from_millis(100);
/// As [`LONG`], on the virtual clock.
const MANY_STEPS: u64 = 1_000_000;
/// How many steps pass between two looks at the clock.
const LOOK_EVERY: u64 = 256;

/// The turn that runs, and the places that were told: each is told once.
#[derive(Default)]
pub struct SlowTurns {
    /// The turn that runs.
    pub turn: Option<Turn>,
    told: Vec<Option<(String, usize)>>,
}

/// A turn.
pub struct Turn {
    /// When it began, on the real clock; none on the virtual one.
    began: Option<(SystemClock, Time)>,
    first_step: u64,
    is_long: bool,
    /// The statement that was over when the turn had become long.
    place: Option<(Rc<SourceFile>, Span)>,
}

impl Turn {
    fn begin(vm: &mut Vm) -> Turn {
        let real = SystemClock::new();
        let now = real.now();
        Turn {
            began: (!vm.options.virtual_time).then_some((real, now)),
            first_step: vm.limits.steps(),
            is_long: false,
            place: None,
        }
    }

    fn took(&self) -> Duration {
        self.began
            .as_ref()
            .map_or(Duration::ZERO, |(clock, began)| clock.now().since(*began))
    }

    /// A step was counted; where it was, if that is known.
    pub fn step(&mut self, steps: u64, place: impl FnOnce() -> Option<(Rc<SourceFile>, Span)>) {
        if self.place.is_some() {
            return;
        }
        let so_far = steps - self.first_step;
        self.is_long = self.is_long
            || match self.began {
                Some(_) => so_far.is_multiple_of(LOOK_EVERY) && self.took() >= LONG,
                None => so_far >= MANY_STEPS,
            };
        if self.is_long {
            self.place = place().filter(|(file, _)| file.is_users());
        }
    }
}

/// Runs a callback; says so if it held the loop for long.
///
/// # Errors
/// What leaves the callback.
pub fn run(vm: &mut Vm, event_loop: &Rc<LoopData>, due: Callback) -> R<()> {
    let task = task_of(&due).map(|task| (shown(&task), task));
    let turn = Turn::begin(vm);
    let outer = vm.slow_turns.turn.replace(turn);
    let result = callback::run(vm, event_loop, due);
    let turn = std::mem::replace(&mut vm.slow_turns.turn, outer);
    result?;
    let Some(mut turn) = turn else { return Ok(()) };
    let took = turn.took();
    turn.is_long |= took >= LONG;
    if turn.is_long {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let event = Event::SlowTurn { task: None, nanos };
        event_loop.core.with_mut(|core| core.emit(|| event));
        tell(vm, &turn, took, task);
    }
    Ok(())
}

/// The task whose step a callback is.
fn task_of(due: &Callback) -> Option<Ref<FutureObj>> {
    match due {
        Callback::Step(task) | Callback::WakeUp(task) | Callback::Sleep(_, task) => {
            Some(task.clone())
        }
        _ => None,
    }
}

/// What a task is called, while it is known what it runs.
fn shown(task: &Ref<FutureObj>) -> String {
    let function = function_of(&wait_of(task.clone()));
    function
        .filter(|_| !task.has(FutureFlags::NAMED))
        .unwrap_or_else(|| name_of(task))
}

fn tell(vm: &mut Vm, turn: &Turn, took: Duration, task: Option<(String, Ref<FutureObj>)>) {
    let key = turn
        .place
        .as_ref()
        .map(|(file, span)| (file.name.clone(), file.line_of(span.start)));
    if vm.slow_turns.told.contains(&key) {
        return;
    }
    vm.slow_turns.told.push(key);
    let length = match turn.began {
        Some(_) => format!("{:.3} s", took.as_secs_f64()),
        None => format!("more than {MANY_STEPS} steps"),
    };
    let (name, task) = task.unzip();
    let whose = name.map_or(String::new(), |name| format!(" of task `{name}`"));
    let now = super::clock(vm).peek();
    // The task itself may be ready again, and is no one who had to wait.
    let before = std::mem::replace(&mut vm.asyncio.current_task, task);
    let late = late_tasks(vm, now);
    vm.asyncio.current_task = before;
    let waiting = late.map_or_else(
        || "nobody else was ready".to_owned(),
        |tasks| format!("{tasks} had to wait"),
    );
    let message = format!("a turn{whose} took {length}; {waiting}");
    match &turn.place {
        Some((file, span)) => mistakes::long_turn(vm, (file, *span), &message),
        None => vm.out.error(&format!("aio: {message}\n")),
    }
}
