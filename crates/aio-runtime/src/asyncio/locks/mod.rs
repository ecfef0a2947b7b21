//! Locks, events, conditions, semaphores, barriers: each a queue of futures, served first come,
//! first served. A waiter leaves its queue on every way out, cancelled or not.

pub mod barrier;
pub mod condition;
pub mod event;
pub mod lock;
pub mod semaphore;

use super::classes::is_plain;
use super::{LoopData, events, futures};
use crate::code::MadeAt;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::objects::{FutureObj, NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::collections::VecDeque;
use std::rc::Rc;

/// Who waits, and in which loop.
#[derive(Default)]
pub struct Waiters {
    list: GcCell<VecDeque<Ref<FutureObj>>>,
    event_loop: GcCell<Option<Rc<LoopData>>>,
    /// Where the object was made.
    pub made_at: MadeAt,
}

impl Waiters {
    /// The running loop; the object belongs to the first one that it waits in.
    ///
    /// # Errors
    /// `RuntimeError` when none runs, or another one than before.
    pub fn bind(&self, vm: &mut Vm, object: &Value) -> R<Rc<LoopData>> {
        let running = events::running_loop(vm)?;
        let bound = self.event_loop.with_mut(|bound| {
            let bound = bound.get_or_insert_with(|| running.clone());
            Rc::ptr_eq(bound, &running)
        });
        if !bound {
            let shown = vm.repr(object)?;
            return Err(vm.runtime_error(format!("{shown} is bound to a different event loop")));
        }
        Ok(running)
    }

    /// A new waiter at the end of the queue.
    ///
    /// # Errors
    /// As [`Waiters::bind`].
    pub fn join(&self, vm: &mut Vm, object: &Value) -> R<Ref<FutureObj>> {
        let event_loop = self.bind(vm, object)?;
        let waiter = futures::new_future(&event_loop);
        self.list.with_mut(|list| list.push_back(waiter.clone()));
        Ok(waiter)
    }

    /// Takes a waiter out, wherever it stands (mostly in front).
    pub fn leave(&self, waiter: &Ref<FutureObj>) {
        let removed = self.list.with_mut(|list| {
            let at = list.iter().position(|other| other.same(waiter))?;
            list.remove(at)
        });
        drop(removed);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.list.with(VecDeque::len)
    }

    /// Whether every waiter was cancelled (or there is none).
    pub fn all_cancelled(&self) -> bool {
        self.list
            .with(|list| list.iter().all(|waiter| waiter.is_cancelled()))
    }

    /// The first waiter.
    pub fn first(&self) -> Option<Ref<FutureObj>> {
        self.list.with(|list| list.front().cloned())
    }

    /// The first waiter that is not done.
    pub fn next_pending(&self) -> Option<Ref<FutureObj>> {
        self.list
            .with(|list| list.iter().find(|waiter| !waiter.is_done()).cloned())
    }

    /// The first waiters that are not done, at most so many.
    pub fn first_pending(&self, count: usize) -> Vec<Ref<FutureObj>> {
        self.list.with(|list| {
            let pending = list.iter().filter(|waiter| !waiter.is_done());
            pending.take(count).cloned().collect()
        })
    }

    /// Takes waiters out from the front and completes the first one that is not done.
    pub fn wake_next(&self) {
        while let Some(waiter) = self.list.with_mut(VecDeque::pop_front) {
            if !waiter.is_done() {
                futures::complete(&waiter, Value::NONE);
                break;
            }
        }
    }

    /// Takes all waiters out and completes those that are not done.
    pub fn wake_all(&self) {
        for waiter in self.list.replace(VecDeque::new()) {
            if !waiter.is_done() {
                futures::complete(&waiter, Value::NONE);
            }
        }
    }

    /// Reports every counted reference.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.list
            .with(|list| list.iter().for_each(|waiter| visitor(&waiter.to_value())));
    }

    /// Gives up references.
    pub fn clear(&self) {
        self.list.set(VecDeque::new());
        self.event_loop.set(None);
    }
}

/// `<asyncio.locks.Lock object at 0x7f… [unlocked, waiters:2]>`
pub fn shown(vm: &mut Vm, object: &Value, state: &str, waiters: &Waiters) -> R {
    let waiting = match waiters.len() {
        0 => String::new(),
        count => format!(", waiters:{count}"),
    };
    shown_with(vm, object, &format!("{state}{waiting}"))
}

/// `<asyncio.locks.Barrier object at 0x7f… [extra]>`
pub fn shown_with(vm: &mut Vm, object: &Value, extra: &str) -> R {
    let class = vm.class_of(object);
    let key = vm.names.__module__.clone();
    let module = vm.lookup(&class, &key);
    let name = class.qualname.with(|name| name.text().to_owned());
    let at = object.address();
    let prefix = module
        .as_ref()
        .and_then(Value::as_str)
        .map_or(String::new(), |module| format!("{module}."));
    Ok(vm.str(format!("<{prefix}{name} object at {at:#x} [{extra}]>")))
}

/// Whether the class of an object (one of a script) has a method of its own in the place of a
/// built-in one.
#[inline]
pub fn overrides(vm: &mut Vm, object: &Value, name: &str) -> Option<Value> {
    if is_plain(object) {
        return None;
    }
    own_method(vm, object, name)
}

#[inline(never)]
fn own_method(vm: &mut Vm, object: &Value, name: &str) -> Option<Value> {
    let class = vm.class_of(object);
    let name = vm.intern(name);
    let found = vm.lookup(&class, &name)?;
    (found.tag() != crate::value::Tag::Native).then_some(found)
}

/// `__aenter__`: awaits the object's own `acquire()` and gives `None`.
struct Enter {
    object: Value,
    started: bool,
}

impl NativeCoroutine for Enter {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match input {
            Resume::Throw => Err(Raised),
            Resume::Value(_) if self.started => Ok(Step::Return(Value::NONE)),
            Resume::Value(_) => {
                self.started = true;
                let name = vm.intern("acquire");
                vm.call_method(&self.object, &name, &[]).map(Step::Await)
            }
        }
    }
    fn name(&self) -> &'static str {
        "_ContextManagerMixin.__aenter__"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

/// The coroutine of an `__aenter__` that goes through the object's own `acquire()`.
pub fn enter_by_acquire(vm: &mut Vm, object: &Value) -> Value {
    coroutine::new_native(
        vm,
        Box::new(Enter {
            object: object.clone(),
            started: false,
        }),
    )
}
