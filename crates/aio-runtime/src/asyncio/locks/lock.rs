//! `Lock`: strictly first come, first served; nobody overtakes who waits.

use super::{Waiters, enter_by_acquire, overrides, shown};
use crate::asyncio::classes::{allocate, is_plain, native_data, receiver};
use crate::asyncio::coroutines::immediate;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::asyncio::{futures, trace};
use crate::code::{MadeAt, NOWHERE};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Arguments, Begun, Method, NativeFn};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Lock`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a lock."),
    Method::new("__init__", NativeFn::F1(init), "Nothing to set."),
    Method::awaited(
        "acquire",
        NativeFn::F1(acquire),
        acquire_at_once,
        "Wait until the lock is free and take it.",
    ),
    Method::new("release", NativeFn::F1(release), "Give the lock back."),
    Method::new("locked", NativeFn::F1(locked), "Whether somebody holds it."),
    Method::awaited(
        "__aenter__",
        NativeFn::F1(aenter),
        enter_at_once,
        "Acquire.",
    ),
    Method::awaited(
        "__aexit__",
        NativeFn::Range(4, 4, aexit),
        exit_at_once,
        "Release.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// A lock.
#[derive(Default)]
pub struct LockData {
    locked: Cell<bool>,
    /// The number of the task that took it last (see `FutureObj::number`), and where.
    holder: Cell<u32>,
    taken_at: MadeAt,
    waiters: Waiters,
}

impl NativeData for LockData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.waiters.visit(visitor);
    }
    fn clear(&self) {
        self.waiters.clear();
    }
    fn made_at(&self) -> Option<&Cell<u32>> {
        Some(&self.waiters.made_at.0)
    }
}

impl LockData {
    /// The present task takes it, at this position.
    fn take(&self, vm: &Vm, object: &Value, at: u32) {
        if vm.asyncio.traced {
            trace::acquired(vm, object);
        }
        self.locked.set(true);
        let task = vm.asyncio.current_task.as_ref();
        self.holder.set(task.map_or(0, |task| task.number.get()));
        self.taken_at.0.set(at);
    }

    /// While it is taken: the number of the task that took it (0 is none), and where.
    pub fn holder(&self) -> Option<(u32, u32)> {
        self.locked
            .get()
            .then(|| (self.holder.get(), self.taken_at.0.get()))
    }

    /// Whether who asks gets it at once.
    fn is_free(&self) -> bool {
        !self.locked.get() && self.waiters.all_cancelled()
    }

    fn wake_first(&self) {
        if let Some(first) = self.waiters.first()
            && !first.is_done()
        {
            futures::complete(&first, Value::TRUE);
        }
    }
}

/// `acquire()`
struct Acquire {
    object: Value,
    lock: Rc<LockData>,
    waiter: Option<Ref<FutureObj>>,
    /// What it gives: `True`, or `None` as `__aenter__`.
    result: Value,
    /// Where it was asked for.
    made_at: u32,
}

impl Acquire {
    fn new(object: &Value, lock: Rc<LockData>, result: Value) -> Acquire {
        Acquire {
            object: object.clone(),
            lock,
            waiter: None,
            result,
            made_at: NOWHERE,
        }
    }
}

impl NativeCoroutine for Acquire {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let Some(waiter) = self.waiter.take() else {
            if matches!(input, Resume::Throw) {
                return Err(Raised);
            }
            self.made_at = vm.asyncio.native_made_at;
            if self.lock.is_free() {
                self.lock.take(vm, &self.object, self.made_at);
                return Ok(Step::Return(self.result.clone()));
            }
            let waiter = self.lock.waiters.join(vm, &self.object)?;
            self.waiter = Some(waiter.clone());
            return Ok(Step::Await(waiter.into()));
        };
        self.lock.waiters.leave(&waiter);
        if matches!(input, Resume::Throw) {
            let cancelled = vm.types.cancelled_error.clone();
            if vm.pending_is(&cancelled) && !self.lock.locked.get() {
                self.lock.wake_first();
            }
            return Err(Raised);
        }
        self.lock.take(vm, &self.object, self.made_at);
        Ok(Step::Return(self.result.clone()))
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Object(Waited::Lock, self.object.clone()))
    }
    fn name(&self) -> &'static str {
        "Lock.acquire"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(LockData::default()))
}

fn init(_vm: &mut Vm, _lock: &Value) -> R {
    Ok(Value::NONE)
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<LockData>> {
    receiver(vm, value, "Lock", method)
}

fn acquiring(vm: &mut Vm, object: &Value, result: Value) -> R {
    let lock = this(vm, object, "acquire")?;
    let body = Acquire::new(object, lock, result);
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn acquire(vm: &mut Vm, object: &Value) -> R {
    acquiring(vm, object, Value::TRUE)
}

fn release(vm: &mut Vm, object: &Value) -> R {
    let lock = this(vm, object, "release")?;
    if !lock.locked.get() {
        return Err(vm.runtime_error("Lock is not acquired."));
    }
    lock.locked.set(false);
    if vm.asyncio.traced {
        trace::released(vm, object);
    }
    lock.wake_first();
    Ok(Value::NONE)
}

fn locked(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "locked")?.locked.get()))
}

/// Takes it, or waits for it.
fn begin(vm: &mut Vm, object: &Value, result: Value) -> R<Begun> {
    let Some(lock) = native_data::<LockData>(object) else {
        return Ok(Begun::Nothing);
    };
    if lock.is_free() {
        lock.take(vm, object, vm.asyncio.native_made_at);
        return Ok(Begun::Done(result));
    }
    Begun::run(vm, Acquire::new(object, lock, result))
}

fn acquire_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    if !args.is_empty() {
        return Ok(Begun::Nothing);
    }
    begin(vm, object, Value::TRUE)
}

/// See [`crate::native::AtOnce`]; of a lock of the library itself.
///
/// # Errors
/// `RuntimeError` when it belongs to another loop.
pub fn enter_at_once(vm: &mut Vm, object: &Value, _args: &[Value]) -> R<Begun> {
    if !is_plain(object) {
        return Ok(Begun::Nothing);
    }
    begin(vm, object, Value::NONE)
}

/// As [`enter_at_once`]: releases it.
///
/// # Errors
/// `RuntimeError` when nobody holds it.
pub fn exit_at_once(vm: &mut Vm, object: &Value, _args: &[Value]) -> R<Begun> {
    if !is_plain(object) {
        return Ok(Begun::Nothing);
    }
    release(vm, object).map(Begun::Done)
}

fn aenter(vm: &mut Vm, object: &Value) -> R {
    if overrides(vm, object, "acquire").is_some() {
        return Ok(enter_by_acquire(vm, object));
    }
    acquiring(vm, object, Value::NONE)
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    let object = args.at(0).clone();
    this(vm, &object, "__aexit__")?;
    Ok(immediate(vm, "Lock.__aexit__", move |vm| {
        if let Some(own) = overrides(vm, &object, "release") {
            vm.call(&own, std::slice::from_ref(&object))?;
        } else {
            release(vm, &object)?;
        }
        Ok(Value::NONE)
    }))
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let lock = this(vm, object, "__repr__")?;
    let state = if lock.locked.get() {
        "locked"
    } else {
        "unlocked"
    };
    shown(vm, object, state, &lock.waiters)
}
