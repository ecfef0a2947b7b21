//! Coroutines (generators and async generators too).

use super::callables::visit_ref;
use crate::asyncio::NativeWait;
use crate::error::Raised;
use crate::heap::{GcCell, HeapType, Ref};
use crate::objects::FuncObj;
use crate::value::{Tag, Value};
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
pub type Chain = Vec<Ref<CoroutineObj>>;

/// A generator, coroutine or async generator. The frame *is* the object.
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
    /// The slots (taken out while it runs).
    pub slots: GcCell<Box<[Value]>>,
    /// A body written in Rust.
    pub native: GcCell<Option<Box<dyn NativeCoroutine>>>,
    /// What the innermost suspension waits for, when that is not a coroutine of ours: a future,
    /// or an iterator that is delegated to.
    pub awaiting: GcCell<Value>,
    /// When this one was resumed from outside: the chain below it.
    pub chain: GcCell<Option<Box<Chain>>>,
    /// The exception being handled inside (restored on resume).
    pub handled: GcCell<Value>,
    /// The position of the call that made it (see `code::Sources`).
    pub created_at: Cell<u32>,
    /// Async generator: whether an `asend`/`athrow`/`aclose` runs; whether hooks ran.
    pub agen_running: Cell<bool>,
    /// Async generator: first iteration has told the event loop.
    pub agen_hooked: Cell<bool>,
    /// Whether its finalizer was already given to the evaluator.
    pub finalized: Cell<bool>,
}

impl HeapType for CoroutineObj {
    const TAG: Tag = Tag::Coroutine;
    // Not registered: nearly always one task or chain owns it, and the collector passes through
    // objects with a single owner. (Registering cost 11 % of a gather of trivial coroutines.)
    const TRACKED: bool = false;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(func) = &self.func {
            visit_ref(func, visitor);
        }
        self.slots
            .with(|slots| slots.iter().for_each(&mut *visitor));
        self.native.with(|native| {
            if let Some(native) = native {
                native.visit(visitor);
            }
        });
        self.awaiting.with(&mut *visitor);
        self.chain.with(|chain| {
            chain
                .iter()
                .flat_map(|chain| chain.iter())
                .for_each(|inner| visit_ref(inner, visitor));
        });
        self.handled.with(&mut *visitor);
    }
    fn clear(&self) {
        self.slots.set(Box::from([]));
        self.native.set(None);
        self.awaiting.set(Value::UNSET);
        self.chain.set(None);
        self.state.set(CoroState::Closed);
    }
    fn weak_flag(&self) -> Option<&Cell<bool>> {
        Some(&self.agen_hooked)
    }
    #[inline]
    fn needs_finalizer(&self) -> bool {
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
    /// What it waits for while it is suspended, if it says so itself.
    fn waits_for(&self) -> Option<NativeWait> {
        None
    }
    /// Reports every counted reference it holds.
    fn visit(&self, visitor: &mut dyn FnMut(&Value));
}
