//! `Condition`: wait, holding a lock, to be told that something changed.
//!
//! Waiting gives the lock up and takes it again before it returns, whatever happens; who is
//! notified and cancelled at once passes the notification on.

use super::lock::{self, LockData};
use super::{Waiters, enter_by_acquire, shown};
use crate::asyncio::classes::{AsyncClass, allocate, is_plain, native_data, receiver};
use crate::asyncio::coroutines::immediate;
use crate::asyncio::futures;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Begun, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Condition`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a condition."),
    Method::new("__init__", NativeFn::Any(init), "Set the lock."),
    Method::new("acquire", NativeFn::F1(acquire), "Acquire the lock."),
    Method::new("release", NativeFn::F1(release), "Release the lock."),
    Method::new("locked", NativeFn::F1(locked), "Whether the lock is held."),
    Method::awaited(
        "wait",
        NativeFn::F1(wait),
        wait_at_once,
        "Wait to be notified.",
    ),
    Method::awaited(
        "wait_for",
        NativeFn::F2(wait_for),
        wait_for_at_once,
        "Wait until a function gives true.",
    ),
    Method::new(
        "notify",
        NativeFn::Any(notify_method),
        "Wake some who wait.",
    ),
    Method::new("notify_all", NativeFn::F1(notify_all), "Wake all who wait."),
    Method::awaited(
        "__aenter__",
        NativeFn::F1(aenter),
        enter_at_once,
        "Acquire the lock.",
    ),
    Method::awaited(
        "__aexit__",
        NativeFn::Range(4, 4, aexit),
        exit_at_once,
        "Release the lock.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// A condition.
#[derive(Default)]
pub struct ConditionData {
    lock: GcCell<Value>,
    waiters: Waiters,
}

impl NativeData for ConditionData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.lock.with(&mut *visitor);
        self.waiters.visit(visitor);
    }
    fn clear(&self) {
        self.waiters.clear();
    }
    fn made_at(&self) -> Option<&Cell<u32>> {
        Some(&self.waiters.made_at.0)
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(ConditionData::default()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Condition.__init__",
        params: &["/self", "lock"],
        positional: 2,
        required: 1,
    };
    let [object, lock] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let condition = this(vm, &object, "__init__")?;
    let lock = if lock.is_unset() || lock.is_none() {
        let class = vm.async_class(AsyncClass::Lock).to_value();
        vm.call(&class, &[])?
    } else {
        lock
    };
    condition.lock.set(lock);
    Ok(Value::NONE)
}

/// A condition with a lock of its own, for other primitives.
///
/// # Errors
/// None in practice: both are built in.
pub fn make(vm: &mut Vm) -> R {
    let class = vm.async_class(AsyncClass::Condition).to_value();
    vm.call(&class, &[])
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<ConditionData>> {
    receiver(vm, value, "Condition", method)
}

fn call_lock(vm: &mut Vm, object: &Value, method: &str) -> R {
    let lock = this(vm, object, method)?.lock.get();
    let name = vm.intern(method);
    vm.call_method(&lock, &name, &[])
}

/// The coroutine of `acquire()`.
///
/// # Errors
/// What the lock raises.
pub fn acquire(vm: &mut Vm, object: &Value) -> R {
    call_lock(vm, object, "acquire")
}

/// Releases the lock.
///
/// # Errors
/// What the lock raises.
pub fn release(vm: &mut Vm, object: &Value) -> R {
    call_lock(vm, object, "release")
}

fn locked(vm: &mut Vm, object: &Value) -> R {
    call_lock(vm, object, "locked")
}

fn must_be_locked(vm: &mut Vm, object: &Value, verb: &str) -> R<()> {
    let held = locked(vm, object)?;
    if vm.truthy(&held)? {
        return Ok(());
    }
    Err(vm.runtime_error(format!("cannot {verb} on un-acquired lock")))
}

fn notify(condition: &ConditionData, count: usize) {
    for waiter in condition.waiters.first_pending(count) {
        futures::complete(&waiter, Value::FALSE);
    }
}

enum State {
    Created,
    Waiting(Ref<FutureObj>),
    /// Takes the lock again; the exception to go on with, if there is one, and the last
    /// cancellation that came meanwhile.
    Reacquiring(Value, Value),
    Done,
}

struct Wait {
    object: Value,
    condition: Rc<ConditionData>,
    state: State,
}

/// The coroutine of `wait()`.
///
/// # Errors
/// `TypeError` when the object is no condition.
pub fn wait(vm: &mut Vm, object: &Value) -> R {
    let condition = this(vm, object, "wait")?;
    let body = Wait::new(object, condition);
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn wait_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match native_data::<ConditionData>(object).filter(|_| args.is_empty()) {
        Some(condition) => Begun::run(vm, Wait::new(object, condition)),
        None => Ok(Begun::Nothing),
    }
}

impl Wait {
    fn new(object: &Value, condition: Rc<ConditionData>) -> Wait {
        Wait {
            object: object.clone(),
            condition,
            state: State::Created,
        }
    }

    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        must_be_locked(vm, &self.object, "wait")?;
        let event_loop = self.condition.waiters.bind(vm, &self.object)?;
        let waiter = futures::new_future(&event_loop);
        release(vm, &self.object)?;
        self.condition
            .waiters
            .list
            .with_mut(|list| list.push_back(waiter.clone()));
        self.state = State::Waiting(waiter.clone());
        Ok(Step::Await(waiter.into()))
    }

    fn reacquire(&mut self, vm: &mut Vm, exception: Value, cancellation: Value) -> R<Step> {
        let acquiring = acquire(vm, &self.object)?;
        self.state = State::Reacquiring(exception, cancellation);
        Ok(Step::Await(acquiring))
    }
}

impl NativeCoroutine for Wait {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (std::mem::replace(&mut self.state, State::Done), input) {
            (State::Created, Resume::Value(_)) => self.begin(vm),
            (State::Created | State::Done, _) => Err(Raised),
            (State::Waiting(waiter), input) => {
                self.condition.waiters.leave(&waiter);
                let exception = match input {
                    Resume::Value(_) => Value::UNSET,
                    Resume::Throw => vm.take_pending(),
                };
                self.reacquire(vm, exception, Value::UNSET)
            }
            (State::Reacquiring(exception, cancellation), Resume::Value(_)) => {
                let raised = if cancellation.is_unset() {
                    exception
                } else {
                    cancellation
                };
                if raised.is_unset() {
                    return Ok(Step::Return(Value::TRUE));
                }
                notify(&self.condition, 1);
                Err(vm.reraise(raised))
            }
            (State::Reacquiring(exception, _), Resume::Throw) => {
                let cancelled = vm.types.cancelled_error.clone();
                if !vm.pending_is(&cancelled) {
                    notify(&self.condition, 1);
                    return Err(Raised);
                }
                let cancellation = vm.take_pending();
                self.reacquire(vm, exception, cancellation)
            }
        }
    }
    fn waits_for(&self) -> Option<NativeWait> {
        match self.state {
            State::Waiting(_) => Some(NativeWait::Object(Waited::Condition, self.object.clone())),
            // The lock speaks for itself.
            State::Created | State::Reacquiring(..) | State::Done => None,
        }
    }
    fn name(&self) -> &'static str {
        "Condition.wait"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        match &self.state {
            State::Created | State::Done => {}
            State::Waiting(waiter) => visitor(&waiter.to_value()),
            State::Reacquiring(exception, cancellation) => {
                visitor(exception);
                visitor(cancellation);
            }
        }
    }
}

struct WaitFor {
    object: Value,
    predicate: Value,
}

fn wait_for(vm: &mut Vm, object: &Value, predicate: &Value) -> R {
    this(vm, object, "wait_for")?;
    let body = WaitFor {
        object: object.clone(),
        predicate: predicate.clone(),
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn wait_for_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let ([predicate], Some(_)) = (args, native_data::<ConditionData>(object)) else {
        return Ok(Begun::Nothing);
    };
    let body = WaitFor {
        object: object.clone(),
        predicate: predicate.clone(),
    };
    Begun::run(vm, body)
}

impl NativeCoroutine for WaitFor {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        let result = vm.call(&self.predicate, &[])?;
        if vm.truthy(&result)? {
            return Ok(Step::Return(result));
        }
        let name = vm.intern("wait");
        vm.call_method(&self.object, &name, &[]).map(Step::Await)
    }
    fn name(&self) -> &'static str {
        "Condition.wait_for"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        visitor(&self.predicate);
    }
}

fn notify_method(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Condition.notify",
        params: &["/self", "n"],
        positional: 2,
        required: 1,
    };
    let [object, count] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let condition = this(vm, &object, "notify")?;
    let count = if count.is_unset() {
        1
    } else {
        vm.index_i64(&count)?
    };
    must_be_locked(vm, &object, "notify")?;
    notify(&condition, usize::try_from(count).unwrap_or(0));
    Ok(Value::NONE)
}

/// Wakes all who wait.
///
/// # Errors
/// `RuntimeError` when the lock is not held.
pub fn notify_all(vm: &mut Vm, object: &Value) -> R {
    let condition = this(vm, object, "notify_all")?;
    must_be_locked(vm, object, "notify")?;
    notify(&condition, usize::MAX);
    Ok(Value::NONE)
}

/// What a condition has for a lock, if that is one of ours, and neither is of a class of the
/// script.
fn plain_lock(object: &Value) -> Option<Value> {
    let lock = native_data::<ConditionData>(object)?.lock.get();
    let is_one = native_data::<LockData>(&lock).is_some() && is_plain(object) && is_plain(&lock);
    is_one.then_some(lock)
}

fn enter_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match plain_lock(object) {
        Some(lock) => lock::enter_at_once(vm, &lock, args),
        None => Ok(Begun::Nothing),
    }
}

fn exit_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match plain_lock(object) {
        Some(lock) => lock::exit_at_once(vm, &lock, args),
        None => Ok(Begun::Nothing),
    }
}

fn aenter(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "__aenter__")?;
    Ok(enter_by_acquire(vm, object))
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    let object = args.at(0).clone();
    this(vm, &object, "__aexit__")?;
    Ok(immediate(vm, "Condition.__aexit__", move |vm| {
        release(vm, &object)?;
        Ok(Value::NONE)
    }))
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let condition = this(vm, object, "__repr__")?;
    let held = locked(vm, object)?;
    let state = if vm.truthy(&held)? {
        "locked"
    } else {
        "unlocked"
    };
    shown(vm, object, state, &condition.waiters)
}
