//! Why a task does not run: what it waits for, at which `await`, and who could end the wait.
//!
//! Nothing of this is kept while a program runs. A suspended task *is* its chain of coroutines,
//! and the innermost one knows what it awaits; so a reason is worked out when somebody asks (a
//! deadlock, SIGQUIT, a sink of events) and costs nothing before. What cannot be worked out later
//! is written down at once, a number each: where an object was made ([`MadeAt`]) and which task
//! took a lock.
//!
//! [`MadeAt`]: crate::code::MadeAt

use super::LoopData;
use super::callback::DoneCallback;
use super::classes::native_data;
use super::locks::lock::LockData;
use crate::code::{Body, NOWHERE, SourceFile};
use crate::heap::Ref;
use crate::modules::LIBRARY;
use crate::objects::{CoroutineObj, FutureKind, FutureObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_event_loop::Clock as _;
use aio_syntax::Span;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What an object of the library is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    /// A lock to be free.
    Lock,
    /// A permit of a semaphore.
    Semaphore,
    /// An event to be set.
    Event,
    /// A condition to be notified.
    Condition,
    /// A barrier to fill.
    Barrier,
    /// An item of a queue.
    QueueGet,
    /// Room in a queue.
    QueuePut,
    /// The work of a queue to be done.
    QueueJoin,
}

/// What a coroutine written in Rust says that it waits for.
pub enum NativeWait {
    /// An object of the library.
    Object(Waited, Value),
    /// All of these: a task group, `wait`.
    All(Vec<Ref<FutureObj>>),
    /// One of these: `wait` again.
    Any(Vec<Ref<FutureObj>>),
    /// A child to end.
    Process(u32),
    /// Something else outside of the program, in words.
    Outside(String),
}

/// What a task waits for.
pub enum Reason {
    /// Its next step, which is queued.
    Turn,
    /// A point in time, in seconds on the clock of the loop.
    Sleep(f64),
    /// Another task.
    Task(Ref<FutureObj>),
    /// A future that somebody has to complete.
    Future(Ref<FutureObj>),
    /// The open children of a `gather`.
    Gather(Vec<Ref<FutureObj>>),
    /// What a coroutine of ours says.
    Native(NativeWait),
}

impl Reason {
    /// The object that is waited for, when it is no task.
    pub fn object(&self) -> Option<Value> {
        match self {
            Reason::Future(future) => Some(future.to_value()),
            Reason::Native(NativeWait::Object(_, object)) => Some(object.clone()),
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
}

/// A place in a text.
#[derive(Clone)]
pub struct Place {
    /// The text.
    pub file: Rc<SourceFile>,
    /// The place.
    pub span: Span,
}

impl Place {
    /// Its position.
    pub fn position(&self) -> u32 {
        self.file.position(self.span.start)
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.file.line_of(self.span.start)
    }
}

/// For how long a task has waited for what it awaits, in seconds, to some milliseconds.
pub fn waited(task: &FutureObj) -> f64 {
    let core = &task.event_loop.core;
    let now = core.with(|core| core.clock().coarse_millis());
    f64::from(now.wrapping_sub(task.waits_since.get())) / 1_000.0
}

/// A task and its wait.
pub struct Waiting {
    /// The task.
    pub task: Ref<FutureObj>,
    /// For what.
    pub reason: Reason,
    /// The `await`, if it stands in a text.
    pub place: Option<Place>,
    /// The coroutines of the task, outermost first.
    pub frames: Vec<Ref<CoroutineObj>>,
}

/// The waits of all tasks of a loop, in order of creation.
pub struct Waits {
    /// The waits.
    pub list: Vec<Waiting>,
    by_number: FxHashMap<u32, usize>,
}

impl Waits {
    /// What the tasks of a loop wait for now.
    pub fn of_loop(event_loop: &LoopData) -> Waits {
        let tasks: Vec<Ref<FutureObj>> = event_loop
            .tasks
            .with(|tasks| tasks.iter().cloned().collect());
        let list: Vec<Waiting> = tasks.into_iter().map(wait_of).collect();
        let numbers = list.iter().map(|wait| wait.task.number.get());
        let by_number = numbers.zip(0..).collect();
        Waits { list, by_number }
    }

    /// The place of a task in the list; none for one that is done, and for what is no task.
    pub fn place_of(&self, task: &FutureObj) -> Option<usize> {
        self.by_number.get(&task.number.get()).copied()
    }

    /// Who has the lock that a value is.
    pub fn holder_of(&self, lock: &Value) -> Option<Holder> {
        let (number, taken_at) = native_data::<LockData>(lock)?.holder()?;
        let at = self.by_number.get(&number);
        let wait = at.and_then(|at| self.list.get(*at));
        Some(Holder {
            task: wait.map(|wait| wait.task.clone()),
            taken_at,
        })
    }

    /// The tasks that a wait is for, directly or through a lock.
    pub fn tasks_behind(&self, reason: &Reason) -> Vec<Ref<FutureObj>> {
        match reason {
            Reason::Turn | Reason::Sleep(_) | Reason::Future(_) => Vec::new(),
            Reason::Task(task) => vec![task.clone()],
            Reason::Gather(children) => children.clone(),
            Reason::Native(NativeWait::All(tasks) | NativeWait::Any(tasks)) => tasks.clone(),
            Reason::Native(NativeWait::Object(Waited::Lock, lock)) => self
                .holder_of(lock)
                .and_then(|holder| holder.task)
                .into_iter()
                .collect(),
            Reason::Native(
                NativeWait::Object(..) | NativeWait::Process(_) | NativeWait::Outside(_),
            ) => Vec::new(),
        }
    }
}

/// What a task waits for, and where.
pub fn wait_of(task: Ref<FutureObj>) -> Waiting {
    let frames = frames_of(&task);
    Waiting {
        reason: reason_of(&task, &frames),
        place: frames.iter().rev().find_map(|frame| place_of(frame)),
        task,
        frames,
    }
}

/// The coroutines of a task, outermost first.
fn frames_of(task: &FutureObj) -> Vec<Ref<CoroutineObj>> {
    let Some(root) = task.body.get() else {
        return Vec::new();
    };
    root.with_chain(|chain| std::iter::once(&root).chain(chain).cloned().collect())
}

/// What a body awaits that stands inside of what a task of the running loop runs: the next one.
pub fn next_inside(vm: &Vm, body: &Ref<CoroutineObj>) -> Option<Ref<CoroutineObj>> {
    let event_loop = vm.asyncio.running.as_ref()?;
    let next = |root: Ref<CoroutineObj>| {
        root.with_chain(|chain| {
            let at = chain.iter().position(|one| one.same(body))?;
            chain.get(at + 1).cloned()
        })
    };
    event_loop
        .tasks
        .with(|tasks| tasks.iter().find_map(|task| task.body.get().and_then(next)))
}

/// Where a coroutine of the script stands; none for one that has not begun, for one of ours and
/// for those of modules written in our own language.
pub fn place_of(frame: &CoroutineObj) -> Option<Place> {
    let func = frame.func.as_ref()?;
    let file = &func.code.source;
    if file.name.starts_with(LIBRARY) || frame.block.get() == u32::MAX {
        return None;
    }
    let span = match func.code.built_body()? {
        Body::Machine(machine) => machine.blocks.get(frame.block.get() as usize)?.span,
        Body::Plain(_) => return None,
    };
    Some(Place {
        file: file.clone(),
        span,
    })
}

fn reason_of(task: &FutureObj, frames: &[Ref<CoroutineObj>]) -> Reason {
    let waiting = task.result.get();
    if waiting.tag() == Tag::Float {
        return Reason::Sleep(waiting.as_float().unwrap_or(0.0));
    }
    let Some(future) = waiting.to_future() else {
        return Reason::Turn;
    };
    match future.kind() {
        FutureKind::Task => Reason::Task(future),
        FutureKind::Gathering => Reason::Gather(open_children(&future)),
        FutureKind::Plain => match said_by_natives(frames) {
            Some(said) => Reason::Native(said),
            None => behind_shield(future),
        },
    }
}

/// What the coroutines of ours at the end of a chain say, and the method of ours that the last one
/// of the script awaits in its frame: the outermost of them knows best, since it may be built on
/// another one (a barrier on a condition).
fn said_by_natives(frames: &[Ref<CoroutineObj>]) -> Option<NativeWait> {
    let natives = frames
        .iter()
        .rposition(|frame| frame.func.is_some())
        .unwrap_or(0);
    let mut natives = frames.iter().skip(natives);
    natives.find_map(|frame| frame.with_native(|native| native?.waits_for()))
}

/// The outer future of a `shield` stands for the inner one.
fn behind_shield(future: Ref<FutureObj>) -> Reason {
    let inner = future.callback.with(|callback| match callback {
        DoneCallback::ShieldOuter(inner) => Some(inner.clone()),
        DoneCallback::None
        | DoneCallback::WakeUp(_)
        | DoneCallback::Script(_)
        | DoneCallback::Stop
        | DoneCallback::Gather(..)
        | DoneCallback::Release(_)
        | DoneCallback::Wait(_)
        | DoneCallback::ShieldInner(_)
        | DoneCallback::AsCompleted(_)
        | DoneCallback::Group(_)
        | DoneCallback::StreamHandler(_) => None,
    });
    match inner {
        Some(inner) if inner.is_task() => Reason::Task(inner),
        Some(inner) => Reason::Future(inner),
        None => Reason::Future(future),
    }
}

fn open_children(outer: &FutureObj) -> Vec<Ref<FutureObj>> {
    let gather = outer
        .rare
        .with(|rare| rare.as_ref().and_then(|rare| rare.gather.clone()));
    let children = gather.map_or_else(Vec::new, |gather| gather.children.get());
    children
        .into_iter()
        .filter(|child| !child.is_done())
        .collect()
}

/// Who has a lock, and the position where it was taken.
pub struct Holder {
    /// The task, if it is not done.
    pub task: Option<Ref<FutureObj>>,
    /// Where.
    pub taken_at: u32,
}

/// The place where a future was made.
pub fn made_at(vm: &Vm, future: &FutureObj) -> Option<Place> {
    position_place(vm, made_position(future))
}

/// The position of the call that made a future, or else of the one that made its coroutine.
pub fn made_position(future: &FutureObj) -> u32 {
    match future.created_at.get() {
        NOWHERE => future
            .body
            .with(|body| body.as_ref().map(|body| body.created_at.get()))
            .unwrap_or(NOWHERE),
        own => own,
    }
}

/// The place that a position is: the call that begins there, as far as its line shows it.
pub fn position_place(vm: &Vm, position: u32) -> Option<Place> {
    let (file, start) = vm.sources.place(position)?;
    if file.name.starts_with(LIBRARY) {
        return None;
    }
    let line = file.text.get(start as usize..)?.lines().next()?;
    let len = u32::try_from(call_len(line).max(1)).unwrap_or(1);
    let span = Span {
        start,
        end: start + len,
    };
    Some(Place { file, span })
}

/// How many bytes of a text a call (or a dotted name) at its beginning takes.
fn call_len(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, char) in text.char_indices() {
        match char {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                let rest = &text[at + 1..];
                if depth == 0 && !rest.starts_with(['.', '(', '[']) {
                    return at + 1;
                }
            }
            _ if depth == 0 && !char.is_alphanumeric() && char != '_' && char != '.' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::call_len;

    #[test]
    fn a_call_ends_at_its_bracket() {
        let cases = [
            ("one(), two())", "one()"),
            ("asyncio.Lock()  # free", "asyncio.Lock()"),
            ("self.lock:", "self.lock"),
            ("make(a, (b))(c)[0].d() + 1", "make(a, (b))(c)[0].d()"),
            ("f(1,", "f(1,"),
        ];
        for (text, call) in cases {
            assert_eq!(&text[..call_len(text)], call);
        }
    }
}
