//! Coroutines (generators and async generators too).

use super::callables::visit_ref;
use crate::asyncio::NativeWait;
use crate::code::NOWHERE;
use crate::error::Raised;
use crate::heap::{GcCell, Ref};
use crate::objects::{FuncObj, FutureObj, FutureState};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use std::cell::Cell;

/// Where a coroutine is in its life (`inspect.CORO_*`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CoroState {
    /// Made, not started.
    Created,
    /// On the native stack, or an ancestor of what is.
    Running,
    /// Stopped at a suspension point.
    Suspended,
    /// Ended.
    Closed,
}

/// The coroutines between the one that was resumed and the innermost one, outermost first.
/// (The resumed one itself is not in it.)
type Chain = Vec<Ref<CoroutineObj>>;

/// A generator, coroutine or async generator. The frame *is* the object: its slots stand behind it
/// in its block (see `heap::frames`).
pub struct CoroutineObj {
    /// The function whose body this runs (none for a coroutine written in Rust).
    pub func: Option<Ref<FuncObj>>,
    /// What it is.
    pub flavor: Flavor,
    /// Its state.
    pub state: Cell<CoroState>,
    /// Whether it is inside another one's chain (awaited or delegated to).
    pub awaited: Cell<bool>,
    /// The basic block to go on with.
    pub block: Cell<u32>,
    /// The future that it waits for, if that is what its suspension waits for.
    future: GcCell<Option<Ref<FutureObj>>>,
    /// What few coroutines have.
    rare: GcCell<Option<Box<RareCoroutine>>>,
    /// The position of the call that made it (see `code::Sources`).
    pub created_at: Cell<u32>,
    /// Whether what awaits it does so through what its `__await__()` gave.
    pub wrapped: Cell<bool>,
    /// Async generator: first iteration has told the event loop.
    pub agen_hooked: Cell<bool>,
    /// Whether its finalizer was already given to the evaluator.
    pub finalized: Cell<bool>,
    /// Of a coroutine: whether its truth was asked for. Of a generator: whether it may be awaited.
    noted: Cell<bool>,
    /// Whether somebody has the slots, as who runs it does.
    pub lent: Cell<bool>,
}

// Debug builds keep a flag in every cell.
#[cfg(all(not(debug_assertions), target_pointer_width = "64"))]
const _: () = assert!(size_of::<crate::heap::HeapBox<CoroutineObj>>() == 48);

/// What few coroutines have. (A sleeping task is to be small.)
#[derive(Default)]
struct RareCoroutine {
    /// A body written in Rust: its own, or one that a body of the script awaits inside its frame
    /// (see `native::Begun`).
    native: Option<Box<dyn NativeCoroutine>>,
    /// When this one was resumed from outside: the chain below it.
    chain: Chain,
    /// The iterator that its suspension delegates to.
    iterator: Value,
    /// The exception being handled inside (restored on resume).
    handled: Value,
}

impl RareCoroutine {
    #[inline(never)]
    fn is_empty(&self) -> bool {
        self.native.is_none()
            && self.chain.is_empty()
            && self.iterator.is_unset()
            && self.handled.is_unset()
    }
}

impl CoroutineObj {
    /// A coroutine that has not begun.
    pub fn new(func: Option<Ref<FuncObj>>, flavor: Flavor) -> CoroutineObj {
        CoroutineObj {
            func,
            flavor,
            state: Cell::new(CoroState::Created),
            awaited: Cell::new(false),
            block: Cell::new(u32::MAX),
            future: GcCell::new(None),
            rare: GcCell::new(None),
            created_at: Cell::new(NOWHERE),
            wrapped: Cell::new(false),
            agen_hooked: Cell::new(false),
            finalized: Cell::new(false),
            noted: Cell::new(false),
            lent: Cell::new(false),
        }
    }

    /// The truth of a coroutine was asked for.
    pub fn is_tested(&self) {
        if self.flavor == Flavor::Coroutine {
            self.noted.set(true);
        }
    }

    /// Whether the truth of a coroutine was asked for.
    pub fn was_tested(&self) -> bool {
        self.flavor == Flavor::Coroutine && self.noted.get()
    }

    /// A generator may be awaited, and may delegate to coroutines, from now on.
    pub fn make_awaitable(&self) {
        if self.flavor == Flavor::Generator {
            self.noted.set(true);
        }
    }

    /// Whether it is a generator that may be awaited (see `types.coroutine`).
    pub fn is_awaitable_generator(&self) -> bool {
        self.flavor == Flavor::Generator && self.noted.get()
    }

    /// How many slots stand behind it.
    #[inline(always)]
    pub fn slot_count(&self) -> usize {
        self.func.as_ref().map_or(0, |func| func.code.slot_count)
    }

    /// Lends the body written in Rust, if that is what it has and it is not running.
    pub fn with_native<T>(&self, f: impl FnOnce(Option<&dyn NativeCoroutine>) -> T) -> T {
        self.rare.with(|rare| {
            let native = rare.as_ref().and_then(|rare| rare.native.as_deref());
            f(native)
        })
    }

    /// Takes the body written in Rust out, to run it.
    #[inline]
    pub fn take_native(&self) -> Option<Box<dyn NativeCoroutine>> {
        self.rare.with_mut(|rare| rare.as_mut()?.native.take())
    }

    /// Puts the body written in Rust in (back).
    #[inline]
    pub fn put_native(&self, native: Box<dyn NativeCoroutine>) {
        let old = self.with_rare(|rare| rare.native.replace(native));
        drop(old);
    }

    /// The next item of the iterator that it delegates to, if nothing else stands between and that
    /// has it for the taking.
    #[inline]
    pub fn delegated_item(&self) -> Option<Value> {
        self.rare.with(|rare| {
            let rare = rare.as_ref()?;
            if self.state.get() != CoroState::Suspended || !rare.chain.is_empty() {
                return None;
            }
            rare.iterator.as_iter()?.quick_next()
        })
    }

    /// Whether other coroutines of ours stand between this one and what it waits for.
    #[inline(always)]
    pub fn has_chain(&self) -> bool {
        self.rare
            .with(|rare| rare.as_ref().is_some_and(|rare| !rare.chain.is_empty()))
    }

    /// The coroutine that this one awaits, if it is one of ours and not running.
    pub fn awaited_child(&self) -> Option<Ref<CoroutineObj>> {
        self.with_chain(|chain| chain.first().cloned())
    }

    /// Lends the chain; while it runs, there is none.
    pub fn with_chain<T>(&self, f: impl FnOnce(&[Ref<CoroutineObj>]) -> T) -> T {
        self.rare.with(|rare| match rare {
            Some(rare) if self.state.get() != CoroState::Running => f(&rare.chain),
            Some(_) | None => f(&[]),
        })
    }

    /// What its suspension waits for when that is not a coroutine of ours: a future, or an
    /// iterator that is delegated to; else unset.
    pub fn awaiting(&self) -> Value {
        match self.future.get() {
            Some(future) => future.into(),
            None => self.rare.with(|rare| match rare {
                Some(rare) => rare.iterator.clone(),
                None => Value::UNSET,
            }),
        }
    }

    /// Whether [`CoroutineObj::awaiting`] is anything.
    #[inline(always)]
    pub fn is_awaiting(&self) -> bool {
        self.future.with(Option::is_some)
            || self
                .rare
                .with(|rare| rare.as_ref().is_some_and(|rare| !rare.iterator.is_unset()))
    }

    /// Whether a body of the script waits for anything but its caller: a future, an iterator, a
    /// body written in Rust.
    #[inline(always)]
    pub fn is_waiting(&self) -> bool {
        self.future.with(Option::is_some)
            || self.rare.with(|rare| {
                rare.as_ref()
                    .is_some_and(|rare| !rare.iterator.is_unset() || rare.native.is_some())
            })
    }

    /// Notes the future that it waits for.
    #[inline(always)]
    pub fn await_future(&self, future: Ref<FutureObj>) {
        self.future.set(Some(future));
    }

    /// Notes the iterator that it delegates to.
    pub fn await_iterator(&self, iterator: Value) {
        let old = self.with_rare(|rare| std::mem::replace(&mut rare.iterator, iterator));
        drop(old);
    }

    /// It waits no more; gives the future, if it was one.
    #[inline(always)]
    pub fn take_future(&self) -> Option<Ref<FutureObj>> {
        self.future.replace(None)
    }

    /// It delegates no more; gives the iterator, or unset.
    pub fn take_iterator(&self) -> Value {
        self.rare.with_mut(|rare| match rare {
            Some(rare) => rare.iterator.take(),
            None => Value::UNSET,
        })
    }

    /// Whether it waits for nothing (but its caller) and has none of the rare things.
    #[inline(always)]
    pub fn is_simple(&self) -> bool {
        self.future.with(Option::is_none)
            && self.rare.with(|rare| match rare {
                None => true,
                Some(rare) => rare.is_empty(),
            })
    }

    /// Whether it waits for a future that has a result, itself or in a body written in Rust, and
    /// for nothing else.
    #[inline(always)]
    pub fn waits_for_done(&self) -> bool {
        let is_done = |future: &Ref<FutureObj>| future.state.get() == FutureState::Done;
        self.future
            .with(|future| future.as_ref().is_some_and(is_done))
            && self.rare.with(|rare| match rare {
                None => true,
                Some(rare) => {
                    rare.chain.is_empty() && rare.iterator.is_unset() && rare.handled.is_unset()
                }
            })
    }

    /// The last one of the chain, and how long that is, if there is one.
    #[inline(always)]
    pub fn last_of_chain(&self) -> Option<(Ref<CoroutineObj>, usize)> {
        self.rare.with(|rare| {
            let chain = &rare.as_ref()?.chain;
            Some((chain.last()?.clone(), chain.len()))
        })
    }

    /// Takes the last one out of the chain, to run it; gives also how many are left.
    #[inline(always)]
    pub fn pop_chain(&self) -> (Option<Ref<CoroutineObj>>, usize) {
        self.rare.with_mut(|rare| match rare {
            Some(rare) => (rare.chain.pop(), rare.chain.len()),
            None => (None, 0),
        })
    }

    /// Appends to the chain; gives how long it is now.
    #[inline(always)]
    pub fn extend_chain(&self, inner: impl IntoIterator<Item = Ref<CoroutineObj>>) -> usize {
        self.with_rare(|rare| {
            rare.chain.extend(inner);
            rare.chain.len()
        })
    }

    /// Takes the exception that was being handled inside.
    #[inline(always)]
    pub fn take_handled(&self) -> Value {
        self.rare.with_mut(|rare| match rare {
            Some(rare) => rare.handled.take(),
            None => Value::UNSET,
        })
    }

    /// Whether an exception is being handled inside.
    pub fn has_handled(&self) -> bool {
        self.rare
            .with(|rare| rare.as_ref().is_some_and(|rare| !rare.handled.is_unset()))
    }

    /// Whether it is this exception that the last one of the chain (or this one, when there is no
    /// chain) is handling.
    pub fn is_handled_by_last(&self, exception: &Value) -> bool {
        self.rare.with(|rare| {
            let Some(rare) = rare else { return false };
            match rare.chain.last() {
                Some(last) => last
                    .rare
                    .with(|rare| rare.as_ref().is_some_and(|rare| rare.handled.is(exception))),
                None => rare.handled.is(exception),
            }
        })
    }

    /// Keeps the exception that is being handled inside.
    #[inline]
    pub fn put_handled(&self, exception: Value) {
        let old = self.with_rare(|rare| std::mem::replace(&mut rare.handled, exception));
        drop(old);
    }

    #[inline]
    fn with_rare<T>(&self, f: impl FnOnce(&mut RareCoroutine) -> T) -> T {
        self.rare.with_mut(|rare| f(rare.get_or_insert_default()))
    }
}

// What `HeapType` asks of it; the implementation is in `heap::frames`.
impl CoroutineObj {
    /// Reports every counted reference but those in the slots.
    pub(crate) fn visit_fields(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(func) = &self.func {
            visit_ref(func, visitor);
        }
        self.future.with(|future| {
            if let Some(future) = future {
                visit_ref(future, visitor);
            }
        });
        self.rare.with(|rare| {
            let Some(rare) = rare else { return };
            if let Some(native) = &rare.native {
                native.visit(visitor);
            }
            rare.chain
                .iter()
                .for_each(|inner| visit_ref(inner, visitor));
            visitor(&rare.iterator);
            visitor(&rare.handled);
        });
    }

    /// Gives up all references but those in the slots.
    pub(crate) fn clear_fields(&self) {
        self.future.set(None);
        self.rare.set(None);
        self.state.set(CoroState::Closed);
    }

    /// Whether its end is worth a warning, or has code of its own to run.
    #[inline]
    pub(crate) fn has_last_words(&self) -> bool {
        if self.finalized.get() {
            return false;
        }
        match self.state.get() {
            CoroState::Created => self.flavor == Flavor::Coroutine && crate::coroutine::warns(self),
            CoroState::Suspended => crate::coroutine::has_cleanup(self),
            CoroState::Running | CoroState::Closed => false,
        }
    }
}

/// What a resumed body gets.
pub enum Resume {
    /// `send(value)`
    Value(Value),
    /// `throw(exception)`: the exception is pending in the interpreter.
    Throw,
}

/// What a step of a coroutine written in Rust ends in.
pub enum Step {
    /// `await` this; the result comes with the next resume.
    Await(Value),
    /// Hands this out (a bare yield is `None`).
    Yield(Value),
    /// The coroutine returns.
    Return(Value),
    /// Drives an async generator until it yields, returns or raises; what it yields comes with
    /// the next resume, and its end as `StopAsyncIteration`.
    Drive(Ref<CoroutineObj>, Resume),
}

/// A coroutine written in Rust: an explicit state machine.
pub trait NativeCoroutine {
    /// Goes on from the last suspension (the first resume carries `None`).
    ///
    /// # Errors
    /// The exception that leaves the coroutine.
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> Result<Step, Raised>;
    /// `__name__`
    fn name(&self) -> &'static str;
    /// Whether dropping it before its first step is worth the warning "never awaited".
    fn warns(&self) -> bool {
        true
    }
    /// What it is called when it is awaited again after its end; one with such a name keeps its
    /// kind, and may be sent a value in its first step.
    fn reused_as(&self) -> Option<&'static str> {
        None
    }
    /// Whether an exception that is thrown in before the first step is its affair.
    fn begins_with_throw(&self) -> bool {
        false
    }
    /// What it waits for while it is suspended, if it says so itself.
    fn waits_for(&self) -> Option<NativeWait> {
        None
    }
    /// Reports every counted reference it holds.
    fn visit(&self, visitor: &mut dyn FnMut(&Value));
}
