//! Futures and tasks.
//!
//! A million sleeping tasks is a promise of the design, so the fields are packed: one waiter is
//! inline, the slot of the result says what a task waits for while there is no result, names are
//! numbers until somebody reads them, and what few futures have is in a box of its own.

use super::callables::visit_ref;
use crate::asyncio::{ContextData, DoneCallback, Gather, LoopData};
use crate::heap::{GcCell, HeapType, Ref};
use crate::objects::{ClassObj, CoroutineObj, DictObj};
use crate::value::{Tag, Value};
use std::cell::Cell;
use std::rc::Rc;

/// How far a future is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FutureState {
    /// Not done.
    Pending,
    /// Has a result.
    Done,
    /// Has an exception.
    Failed,
    /// Was cancelled.
    Cancelled,
}

/// Which class a future is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FutureKind {
    /// `Future`
    Plain,
    /// `Task`
    Task,
    /// What `gather` gives.
    Gathering,
}

/// How far a future is, and of which class, in a byte: with it a future takes 96 bytes, which is a
/// size that the allocator has.
pub struct Standing(Cell<u8>);

impl Standing {
    /// Pending, of a class.
    pub fn new(kind: FutureKind) -> Standing {
        Standing(Cell::new((kind as u8) << 2))
    }

    /// How far it is.
    #[inline(always)]
    pub fn get(&self) -> FutureState {
        match self.0.get() & 3 {
            0 => FutureState::Pending,
            1 => FutureState::Done,
            2 => FutureState::Failed,
            _ => FutureState::Cancelled,
        }
    }

    /// It got further.
    #[inline(always)]
    pub fn set(&self, state: FutureState) {
        self.0.set(self.0.get() & !3 | state as u8);
    }

    /// Its class.
    #[inline(always)]
    pub fn kind(&self) -> FutureKind {
        match self.0.get() >> 2 {
            0 => FutureKind::Plain,
            1 => FutureKind::Task,
            _ => FutureKind::Gathering,
        }
    }
}

/// Small facts about a future.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FutureFlags(u8);

impl FutureFlags {
    /// No flag.
    pub const NONE: FutureFlags = FutureFlags(0);
    /// It failed and nobody has asked yet.
    pub const UNRETRIEVED: FutureFlags = FutureFlags(1);
    /// A cancellation is to be delivered at the next step of the task.
    pub const MUST_CANCEL: FutureFlags = FutureFlags(2);
    /// Nothing is said if the task dies pending.
    pub const SILENT: FutureFlags = FutureFlags(4);
    /// Its finalizer ran.
    pub const FINALIZED: FutureFlags = FutureFlags(8);
    /// A walk over waiting tasks is passing through it.
    pub const VISITED: FutureFlags = FutureFlags(16);
    /// The timer that was to complete it was cancelled.
    pub const TIMER_CANCELLED: FutureFlags = FutureFlags(32);
    /// The timer that is to complete it is in the timers of the loop.
    pub const IN_TIMERS: FutureFlags = FutureFlags(64);
    /// The name of the task was given; it is in `rare`.
    pub const NAMED: FutureFlags = FutureFlags(128);
}

/// A future; with a coroutine, a task.
pub struct FutureObj {
    /// Done: the result. Failed: the exception. Cancelled: the `CancelledError` that ended the
    /// task, until somebody takes it. Pending, for a task: what it waits for, that is, a future;
    /// a float, the deadline of a `sleep`; `True` or a `CancelledError`, a sleep that is over or
    /// was cancelled while the wake-up is still queued; unset, nothing.
    pub result: GcCell<Value>,
    /// The coroutine of a task, when it is one of ours (else it is in `rare`).
    pub body: GcCell<Option<Ref<CoroutineObj>>>,
    /// The first done callback, inline: mostly the one task that waits.
    pub callback: GcCell<DoneCallback>,
    /// The context of a task; none is an empty one that nobody has looked at.
    pub context: GcCell<Option<Rc<ContextData>>>,
    /// What few futures have.
    pub rare: GcCell<Option<Box<RareFuture>>>,
    /// Its loop.
    pub event_loop: Rc<LoopData>,
    /// The number of a task, its own: N of `Task-N`, or one from the other end when it was made
    /// with a name. 0 for what is no task.
    pub number: Cell<u32>,
    /// The position of the call that made it (see `code::Sources`).
    pub created_at: Cell<u32>,
    /// Place in the loop's list of tasks, plus one; 0 is "not in it".
    pub registered: Cell<u32>,
    /// Counts the sleeps of a task: a timer of an earlier one is void.
    pub sleeps: Cell<u32>,
    /// Since when a task waits for a future, in milliseconds of `Clock::coarse_millis`.
    pub waits_since: Cell<u32>,
    /// `cancelling()`
    pub cancel_requests: Cell<u16>,
    /// How far it is, and its class.
    pub state: Standing,
    /// Small facts.
    pub flags: Cell<FutureFlags>,
}

// Debug builds keep a flag in every cell.
#[cfg(all(not(debug_assertions), target_pointer_width = "64"))]
const _: () = assert!(size_of::<crate::heap::HeapBox<FutureObj>>() == 96);

/// What few futures have.
#[derive(Default)]
pub struct RareFuture {
    /// The name, when it was given.
    pub name: Value,
    /// The message of a cancellation.
    pub cancel_message: Value,
    /// The coroutine of a task, when it is an object of the script.
    pub coroutine: Value,
    /// Done callbacks after the first one.
    pub callbacks: Vec<DoneCallback>,
    /// For what `gather` gives: the children.
    pub gather: Option<Rc<Gather>>,
    /// `__dict__`, once something was put there.
    pub attributes: Value,
    /// The class, when it is one of the script; else unset.
    pub class: Value,
}

impl FutureObj {
    /// Whether it has a result, an exception, or was cancelled.
    #[inline(always)]
    pub fn is_done(&self) -> bool {
        self.state.get() != FutureState::Pending
    }

    /// Whether it was cancelled.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.state.get() == FutureState::Cancelled
    }

    /// Its class.
    #[inline(always)]
    pub fn kind(&self) -> FutureKind {
        self.state.kind()
    }

    /// Whether it is a task.
    #[inline(always)]
    pub fn is_task(&self) -> bool {
        self.kind() == FutureKind::Task
    }

    /// Whether a flag is set.
    #[inline(always)]
    pub fn has(&self, flag: FutureFlags) -> bool {
        self.flags.get().0 & flag.0 != 0
    }

    /// Sets or clears a flag.
    #[inline(always)]
    pub fn mark(&self, flag: FutureFlags, on: bool) {
        let bits = self.flags.get().0;
        self.flags
            .set(FutureFlags(if on { bits | flag.0 } else { bits & !flag.0 }));
    }

    /// The coroutine of a task; unset when it has none (any more).
    pub fn coroutine(&self) -> Value {
        match self.body.get() {
            Some(body) => body.into(),
            None => self.rare.with(|rare| match rare {
                Some(rare) => rare.coroutine.clone(),
                None => Value::UNSET,
            }),
        }
    }

    /// Gives a task its coroutine, or takes it away (unset).
    #[inline]
    pub fn set_coroutine(&self, coroutine: Value) {
        match coroutine.into_ref::<CoroutineObj>() {
            Ok(body) => self.body.set(Some(body)),
            Err(other) => {
                self.body.set(None);
                if !other.is_unset() || self.rare.with(Option::is_some) {
                    drop(self.with_rare(|rare| std::mem::replace(&mut rare.coroutine, other)));
                }
            }
        }
    }

    /// The class, when it is one of the script.
    pub fn own_class(&self) -> Option<Ref<ClassObj>> {
        self.rare.with(|rare| rare.as_ref()?.class.to_class())
    }

    /// `__dict__`, if something was put there.
    pub fn attributes(&self) -> Option<Ref<DictObj>> {
        self.rare.with(|rare| rare.as_ref()?.attributes.to_dict())
    }

    /// `__dict__`, made if it is not there.
    pub fn make_attributes(&self) -> Ref<DictObj> {
        self.attributes().unwrap_or_else(|| {
            let made = Ref::new(DictObj::default());
            self.with_rare(|rare| rare.attributes = made.to_value());
            made
        })
    }

    /// Lends the rare fields, making room for them.
    pub fn with_rare<T>(&self, f: impl FnOnce(&mut RareFuture) -> T) -> T {
        self.rare.with_mut(|rare| f(rare.get_or_insert_default()))
    }
}

impl HeapType for FutureObj {
    const TAG: Tag = Tag::Future;
    const TRACKED: bool = true;
    fn is_root(&self) -> bool {
        // Its loop owns it.
        self.registered.get() != 0
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.result.with(&mut *visitor);
        self.body.with(|body| {
            if let Some(body) = body {
                visit_ref(body, visitor);
            }
        });
        self.callback.with(|callback| callback.visit(visitor));
        self.context.with(|context| {
            if let Some(context) = context
                && Rc::strong_count(context) == 1
            {
                context.visit_vars(visitor);
            }
        });
        self.rare.with(|rare| {
            if let Some(rare) = rare {
                [
                    &rare.name,
                    &rare.cancel_message,
                    &rare.coroutine,
                    &rare.attributes,
                    &rare.class,
                ]
                .into_iter()
                .for_each(&mut *visitor);
                for callback in &rare.callbacks {
                    callback.visit(visitor);
                }
                if let Some(gather) = &rare.gather
                    && Rc::strong_count(gather) == 1
                {
                    gather.children.with(|children| {
                        children.iter().for_each(|child| visit_ref(child, visitor));
                    });
                }
            }
        });
    }
    fn clear(&self) {
        self.result.set(Value::UNSET);
        self.body.set(None);
        drop(self.callback.replace(DoneCallback::None));
        self.rare.set(None);
        self.context.set(None);
    }
    #[inline]
    fn needs_finalizer(&self) -> bool {
        if self.has(FutureFlags::FINALIZED) {
            return false;
        }
        self.has(FutureFlags::UNRETRIEVED)
            || self.is_task() && !self.is_done() && !self.has(FutureFlags::SILENT)
    }
}

#[cfg(test)]
mod tests {
    use super::{FutureKind, FutureState, Standing};

    #[test]
    fn standing_keeps_the_class() {
        for kind in [FutureKind::Plain, FutureKind::Task, FutureKind::Gathering] {
            let standing = Standing::new(kind);
            assert_eq!(standing.get(), FutureState::Pending);
            for state in [
                FutureState::Done,
                FutureState::Failed,
                FutureState::Cancelled,
            ] {
                standing.set(state);
                assert_eq!((standing.get(), standing.kind()), (state, kind));
            }
        }
    }
}
