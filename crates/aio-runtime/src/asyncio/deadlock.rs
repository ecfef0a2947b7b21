//! Nothing can wake the loop: no callback is ready, no timer is set, nothing from outside is
//! awaited. CPython would wait for ever; we say what each task waits for, and stop.
//!
//! What is said is a diagnostic like those about a program that cannot run, so that it is drawn
//! in the source: at each `await` what it waits for and who has it, where locks were taken and
//! objects made, the circle if there is one, one way out. Then the main task is cancelled, as by
//! Ctrl-C, so that `finally` blocks run, and the program ends with exit code 1.

use super::base_events::{LoopData, exit_with};
use super::naming::Names;
use super::reasons::{self, NativeWait, Place, Reason, Waited, Waiting, Waits};
use super::{classes, runners, task_cancel};
use crate::code::SourceFile;
use crate::error::R;
use crate::report::said;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::{Diagnostic, Label};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// The code of the diagnostic.
pub const DEADLOCK: &str = "A0301";

/// How many places are drawn; a crowd is not easier to understand.
const PLACES: usize = 10;

/// How far the end of a loop that met a deadlock is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Deadlock {
    /// There was none.
    #[default]
    None,
    /// It was reported and the main task cancelled.
    Reported,
    /// That was not enough: every task was interrupted.
    Interrupted,
}

/// Reports a deadlock and cancels the main task. If that wakes nobody (tasks that wait for each
/// other in a circle pass the request round), interrupts every task; then, or without a main
/// task, ends the run.
///
/// # Errors
/// `SystemExit(1)`
pub fn meet(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    match event_loop.deadlock.get() {
        Deadlock::None => {
            event_loop.deadlock.set(Deadlock::Reported);
            report(vm, event_loop);
            if runners::cancel_main(vm) {
                return Ok(());
            }
        }
        Deadlock::Reported => {
            event_loop.deadlock.set(Deadlock::Interrupted);
            if task_cancel::interrupt_all(vm, event_loop) {
                return Ok(());
            }
        }
        Deadlock::Interrupted => {}
    }
    Err(exit_with(vm, 1))
}

fn report(vm: &mut Vm, event_loop: &LoopData) {
    let waits = Waits::of_loop(event_loop);
    let report = Report {
        names: Names::new(&waits),
        circle: circle(&waits),
        groups: groups(&waits),
        waits,
    };
    let (file, diagnostic) = report.diagnostic(vm);
    said::say(vm, file.as_deref(), &diagnostic);
}

struct Report {
    waits: Waits,
    names: Names,
    /// Tasks that wait at one place for one thing, by place in `waits`.
    groups: Vec<Vec<usize>>,
    /// Tasks that wait for each other, by place in `waits`; empty if there are none.
    circle: Vec<usize>,
}

/// A remark about a place.
struct Remark {
    place: Place,
    text: String,
}

impl Report {
    fn diagnostic(&self, vm: &Vm) -> (Option<Rc<SourceFile>>, Diagnostic) {
        let culprit = self.culprit();
        let mut notes = Vec::new();
        let mut remarks = self.remarks(vm, culprit, &mut notes);
        notes.truncate(PLACES);
        let file = remarks.first().map(|first| first.place.file.clone());
        if let Some(file) = &file {
            // One drawing shows one file; what stands in others is told.
            let (here, elsewhere): (Vec<Remark>, Vec<Remark>) = remarks
                .into_iter()
                .partition(|remark| Rc::ptr_eq(&remark.place.file, file));
            notes.extend(elsewhere.iter().map(|remark| {
                let (name, line) = (&remark.place.file.name, remark.place.line());
                format!("{name}:{line}: {}", remark.text)
            }));
            remarks = here;
        }
        if remarks.len() > PLACES {
            let more = remarks.len() - PLACES;
            remarks.truncate(PLACES);
            notes.push(format!("{more} more places are not shown"));
        }
        notes.extend(self.circle_text());
        notes.push("CPython would wait here for ever".to_owned());
        let mut labels = remarks.into_iter().map(|remark| Label {
            span: remark.place.span,
            text: remark.text,
        });
        let primary = labels.next().unwrap_or_else(|| Label {
            span: aio_syntax::Span { start: 0, end: 0 },
            text: String::new(),
        });
        let message = if self.waits.list.is_empty() {
            "deadlock: the loop has no task and nothing can wake it"
        } else {
            "deadlock: every task is asleep and nothing can wake one"
        };
        let mut diagnostic = Diagnostic::error(DEADLOCK, message, primary.span);
        diagnostic.primary = primary;
        diagnostic.secondary = labels.collect();
        diagnostic.help = Some(match culprit {
            Some(culprit) => self.help(culprit),
            None => "call `stop()`, or schedule something before `run_forever()`".to_owned(),
        });
        diagnostic.notes = notes;
        (file, diagnostic)
    }

    /// The wait to begin with: one of the circle, or the first one for something other than a
    /// task.
    fn culprit(&self) -> Option<&Waiting> {
        if let Some(first) = self.circle.first() {
            return self.waits.list.get(*first);
        }
        let waits = &self.waits;
        let mut list = waits.list.iter();
        list.find(|wait| waits.tasks_behind(&wait.reason).is_empty())
            .or_else(|| waits.list.first())
    }

    /// What is said at which place, the culprit first.
    ///
    /// What has no place becomes a note.
    fn remarks(&self, vm: &Vm, culprit: Option<&Waiting>, notes: &mut Vec<String>) -> Vec<Remark> {
        let mut remarks: Vec<Remark> = Vec::new();
        // The culprit, then the circle, then the others.
        let mut order: Vec<&Vec<usize>> = self.groups.iter().collect();
        order.sort_by_key(|group| {
            let is_culprit = |at: &usize| {
                let wait = self.waits.list.get(*at);
                culprit.is_some_and(|c| wait.is_some_and(|wait| wait.task.same(&c.task)))
            };
            let in_circle = |at: &usize| self.circle.contains(at);
            (!group.iter().any(is_culprit), !group.iter().any(in_circle))
        });
        for group in order {
            let members: Vec<&Waiting> = group
                .iter()
                .filter_map(|at| self.waits.list.get(*at))
                .collect();
            let Some(wait) = members.first() else {
                continue;
            };
            let tasks: Vec<_> = members.iter().map(|wait| wait.task.clone()).collect();
            let verb = if tasks.len() == 1 { "waits" } else { "wait" };
            let who = self.names.tasks.list(&tasks);
            let what = format!("{}{}", self.describe(wait), how_long(&members));
            let made = || reasons::made_at(vm, &wait.task).map(|place| (place, true));
            let place = wait.place.clone().map(|place| (place, false));
            match place.or_else(made) {
                Some((place, false)) => remarks.push(Remark {
                    place,
                    text: format!("{who} {verb} here for {what}"),
                }),
                Some((place, true)) => remarks.push(Remark {
                    place,
                    text: format!("{who}, made here, {verb} for {what}"),
                }),
                None => notes.push(format!("{who} {verb} for {what}")),
            }
            remarks.extend(self.background(vm, wait));
        }
        let mut told: Vec<(u32, String)> = Vec::new();
        remarks.retain(|remark| {
            let key = (remark.place.span.start, remark.text.clone());
            let is_new = !told.contains(&key);
            told.push(key);
            is_new
        });
        remarks
    }

    /// Where a lock was taken; where an object or a future was made.
    fn background(&self, vm: &Vm, wait: &Waiting) -> Option<Remark> {
        match &wait.reason {
            Reason::Native(NativeWait::Object(Waited::Lock, lock)) => {
                let holder = self.waits.holder_of(lock)?;
                let who = match &holder.task {
                    Some(task) => format!("`{}`", self.names.tasks.of(task)),
                    None => "a task that has ended".to_owned(),
                };
                Some(Remark {
                    place: reasons::position_place(vm, holder.taken_at)?,
                    text: format!("{who} took {} here", object_name(&self.names, "lock", lock)),
                })
            }
            Reason::Native(NativeWait::Object(what, object)) => {
                let made_at = classes::made_at(object)?;
                let kind = kind_of(*what);
                Some(Remark {
                    place: reasons::position_place(vm, made_at)?,
                    text: format!("{} is made here", object_name(&self.names, kind, object)),
                })
            }
            Reason::Future(future) => Some(Remark {
                place: reasons::made_at(vm, future)?,
                text: "the future is made here".to_owned(),
            }),
            Reason::Turn
            | Reason::Sleep(_)
            | Reason::Task(_)
            | Reason::Gather(_)
            | Reason::Native(
                NativeWait::All(_)
                | NativeWait::Any(_)
                | NativeWait::Process(_)
                | NativeWait::Outside(_),
            ) => None,
        }
    }

    fn describe(&self, wait: &Waiting) -> String {
        describe(wait, &self.waits, &self.names)
    }

    /// `one` → lock `b` → `two` → lock `a` → `one`
    fn circle_text(&self) -> Option<String> {
        let first = self.waits.list.get(*self.circle.first()?)?;
        let mut text = String::new();
        for at in &self.circle {
            let wait = self.waits.list.get(*at)?;
            text.push_str(&format!("`{}` → ", self.names.tasks.of(&wait.task)));
            if let Reason::Native(NativeWait::Object(Waited::Lock, lock)) = &wait.reason {
                text.push_str(&format!("{} → ", object_name(&self.names, "lock", lock)));
            }
        }
        Some(format!("{text}`{}`", self.names.tasks.of(&first.task)))
    }

    fn help(&self, culprit: &Waiting) -> String {
        let is_lock = |at: &usize| {
            self.waits.list.get(*at).is_some_and(|wait| {
                matches!(
                    wait.reason,
                    Reason::Native(NativeWait::Object(Waited::Lock, _))
                )
            })
        };
        let locks = self.circle.iter().filter(|at| is_lock(at)).count();
        match (self.circle.len(), locks) {
            (1, 1) => {
                "a Lock cannot be taken twice by one task; give it back first, or do the inner \
                 work without it"
                    .to_owned()
            }
            (_, 2..) => "take the locks in the same order everywhere".to_owned(),
            (1.., _) => "one of these must not wait for the other".to_owned(),
            (0, _) => help_for(culprit, &self.waits, &self.names),
        }
    }
}

/// Tasks that wait at one place for one thing, in order of creation.
#[expect(clippy::indexing_slicing, reason = "places of tasks in the list")]
fn groups(waits: &Waits) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: FxHashMap<(usize, u32, usize), usize> = FxHashMap::default();
    for (at, wait) in waits.list.iter().enumerate() {
        let thing = match &wait.reason {
            Reason::Native(NativeWait::Object(_, object)) => object.address(),
            Reason::Task(future) | Reason::Future(future) => future.address(),
            Reason::Turn | Reason::Sleep(_) | Reason::Gather(_) | Reason::Native(_) => 0,
        };
        let place = match &wait.place {
            Some(place) => (Rc::as_ptr(&place.file).addr(), place.span.start),
            None => (0, reasons::made_position(&wait.task)),
        };
        let key = (thing != 0).then_some((place.0, place.1, thing));
        match key.and_then(|key| known.get(&key)) {
            Some(group) => groups[*group].push(at),
            None => {
                known.extend(key.map(|key| (key, groups.len())));
                groups.push(vec![at]);
            }
        }
    }
    groups
}

/// For how long tasks have waited, if that is long enough to be worth a word.
fn how_long(tasks: &[&Waiting]) -> String {
    let times = tasks.iter().map(|wait| reasons::waited(&wait.task));
    let times = times.map(|seconds| (seconds * 10.0).round() / 10.0);
    let (least, most) = times.fold((f64::MAX, 0.0), |(least, most), seconds| {
        (seconds.min(least), seconds.max(most))
    });
    if most == 0.0 {
        return String::new();
    }
    let up_to = if least < most { "up to " } else { "" };
    format!(", for {up_to}{most:.1} s now")
}

/// What a task waits for, in words.
pub fn describe(wait: &Waiting, waits: &Waits, names: &Names) -> String {
    match &wait.reason {
        Reason::Turn => "its next turn".to_owned(),
        Reason::Sleep(_) => "the end of a sleep".to_owned(),
        Reason::Task(task) => names.tasks.list(std::slice::from_ref(task)),
        Reason::Future(future) => object_name(names, "future", &future.to_value()),
        Reason::Gather(children) => names.tasks.list(children),
        Reason::Native(NativeWait::All(tasks)) => names.tasks.list(tasks),
        Reason::Native(NativeWait::Any(tasks)) => {
            format!("the first of {}", names.tasks.list(tasks))
        }
        Reason::Native(NativeWait::Process(pid)) => format!("process {pid} to end"),
        Reason::Native(NativeWait::Outside(what)) => what.clone(),
        Reason::Native(NativeWait::Object(what, object)) => {
            let name = object_name(names, kind_of(*what), object);
            match what {
                Waited::Lock => {
                    let holder = waits.holder_of(object).and_then(|holder| holder.task);
                    match holder {
                        Some(task) if task.same(&wait.task) => format!("{name}, which it has"),
                        Some(task) => format!("{name}, which `{}` has", names.tasks.of(&task)),
                        None => name,
                    }
                }
                Waited::Semaphore => format!("a permit of {name}"),
                Waited::Event => format!("{name} to be set"),
                Waited::Condition => format!("{name} to be notified"),
                Waited::Barrier => format!("{name} to fill"),
                Waited::QueueGet => format!("an item of {name}"),
                Waited::QueuePut => format!("room in {name}"),
                Waited::QueueJoin => format!("the work of {name} to be done"),
            }
        }
    }
}

fn kind_of(what: Waited) -> &'static str {
    match what {
        Waited::Lock => "lock",
        Waited::Semaphore => "semaphore",
        Waited::Event => "event",
        Waited::Condition => "condition",
        Waited::Barrier => "barrier",
        Waited::QueueGet | Waited::QueuePut | Waited::QueueJoin => "queue",
    }
}

/// ``lock `a` ``, or `a lock` when no variable holds it.
fn object_name(names: &Names, kind: &str, object: &Value) -> String {
    match names.objects.of(object) {
        Some(name) => format!("{kind} `{name}`"),
        None => {
            let article = if kind.starts_with('e') { "an" } else { "a" };
            format!("{article} {kind}")
        }
    }
}

fn help_for(wait: &Waiting, waits: &Waits, names: &Names) -> String {
    let what = match &wait.reason {
        Reason::Native(NativeWait::Object(what, object)) => {
            let name = names.objects.of(object);
            return help_for_object(*what, name, object, waits);
        }
        Reason::Future(_) => "somebody has to call `set_result` of the future",
        Reason::Turn
        | Reason::Sleep(_)
        | Reason::Task(_)
        | Reason::Gather(_)
        | Reason::Native(
            NativeWait::All(_)
            | NativeWait::Any(_)
            | NativeWait::Process(_)
            | NativeWait::Outside(_),
        ) => "one of the tasks has to be woken by something that is not asleep itself",
    };
    what.to_owned()
}

fn help_for_object(what: Waited, name: Option<&str>, object: &Value, waits: &Waits) -> String {
    let name = |other: &str| name.unwrap_or(other).to_owned();
    match what {
        Waited::Lock => match waits.holder_of(object).and_then(|holder| holder.task) {
            Some(_) => "give the lock back before you wait for something else".to_owned(),
            None => format!(
                "`async with {}:` gives a lock back whatever happens",
                name("lock")
            ),
        },
        Waited::Semaphore => format!(
            "`async with {}:` gives a permit back whatever happens",
            name("semaphore")
        ),
        Waited::Event => format!("somebody has to call `{}.set()`", name("event")),
        Waited::Condition => format!("somebody has to call `{}.notify()`", name("condition")),
        Waited::Barrier => "as many tasks have to wait as the barrier has parties".to_owned(),
        Waited::QueueGet => format!(
            "put an item in for every `get()`, or cancel those who wait, or call `{}.shutdown()`",
            name("queue")
        ),
        Waited::QueuePut => {
            format!(
                "somebody has to take items out: `await {}.get()`",
                name("queue")
            )
        }
        Waited::QueueJoin => format!(
            "call `{}.task_done()` once for every item that was taken out",
            name("queue")
        ),
    }
}

/// Tasks that wait for each other: places in `waits`, in the order of the circle. One that waits
/// for several is followed to each of them, since all of them are needed.
#[expect(clippy::indexing_slicing, reason = "places of tasks in the list")]
fn circle(waits: &Waits) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let edges: Vec<Vec<usize>> = waits
        .list
        .iter()
        .map(|wait| {
            let tasks = waits.tasks_behind(&wait.reason);
            tasks
                .iter()
                .filter_map(|task| waits.place_of(task))
                .collect()
        })
        .collect();
    let mut marks = vec![Mark::New; waits.list.len()];
    for start in 0..waits.list.len() {
        // The path and, for each task on it, how many of its edges were followed.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if marks[start] == Mark::New {
            marks[start] = Mark::OnPath;
            path.push((start, 0));
        }
        while let Some((at, followed)) = path.pop() {
            let Some(&next) = edges[at].get(followed) else {
                marks[at] = Mark::Done;
                continue;
            };
            path.push((at, followed + 1));
            match marks[next] {
                Mark::New => {
                    marks[next] = Mark::OnPath;
                    path.push((next, 0));
                }
                Mark::OnPath => {
                    let begin = path.iter().position(|(at, _)| *at == next).unwrap_or(0);
                    return path[begin..].iter().map(|(at, _)| *at).collect();
                }
                Mark::Done => {}
            }
        }
    }
    Vec::new()
}
