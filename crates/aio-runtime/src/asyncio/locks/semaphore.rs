//! `Semaphore` and `BoundedSemaphore`: a count of permits. A release hands its permit to the
//! first who waits, so that a newcomer cannot take it.

use super::{Waiters, enter_by_acquire, overrides, shown};
use crate::asyncio::classes::{allocate, is_plain, native_data, receiver};
use crate::asyncio::coroutines::immediate;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::asyncio::{futures, trace};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Arguments, Begun, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Semaphore`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a semaphore."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Set the number of permits.",
    ),
    Method::awaited(
        "acquire",
        NativeFn::F1(acquire),
        acquire_at_once,
        "Wait for a permit and take it.",
    ),
    Method::new("release", NativeFn::F1(release), "Give a permit back."),
    Method::new(
        "locked",
        NativeFn::F1(locked),
        "Whether acquire would wait.",
    ),
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
    Method::get("_value", value, "The number of free permits."),
];

/// The methods of `BoundedSemaphore`.
pub const BOUNDED_METHODS: &[Method] = &[
    Method::new(
        "__init__",
        NativeFn::Any(init_bounded),
        "Set the number of permits.",
    ),
    Method::new(
        "release",
        NativeFn::F1(release_bounded),
        "Give a permit back, if one is out.",
    ),
];

/// A semaphore.
#[derive(Default)]
pub struct SemaphoreData {
    permits: Cell<i64>,
    /// The most there may be, for a bounded one.
    bound: Cell<Option<i64>>,
    waiters: Waiters,
}

impl NativeData for SemaphoreData {
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

impl SemaphoreData {
    fn is_locked(&self) -> bool {
        self.permits.get() == 0 || !self.waiters.all_cancelled()
    }

    /// Hands a permit to the first who waits; false when nobody does.
    fn wake_next(&self) -> bool {
        let Some(waiter) = self.waiters.next_pending() else {
            return false;
        };
        self.permits.set(self.permits.get() - 1);
        futures::complete(&waiter, Value::TRUE);
        true
    }

    fn give_back(&self) {
        self.permits.set(self.permits.get().saturating_add(1));
        self.wake_next();
    }
}

struct Acquire {
    object: Value,
    semaphore: Rc<SemaphoreData>,
    waiter: Option<Ref<FutureObj>>,
    result: Value,
}

impl NativeCoroutine for Acquire {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let semaphore = self.semaphore.clone();
        let Some(waiter) = self.waiter.take() else {
            if matches!(input, Resume::Throw) {
                return Err(Raised);
            }
            if !semaphore.is_locked() {
                semaphore.permits.set(semaphore.permits.get() - 1);
                if vm.asyncio.traced {
                    trace::acquired(vm, &self.object);
                }
                return Ok(Step::Return(self.result.clone()));
            }
            let waiter = semaphore.waiters.join(vm, &self.object)?;
            self.waiter = Some(waiter.clone());
            return Ok(Step::Await(waiter.into()));
        };
        semaphore.waiters.leave(&waiter);
        let thrown = matches!(input, Resume::Throw);
        if thrown {
            let cancelled = vm.types.cancelled_error.clone();
            let was_served = waiter.is_done() && !waiter.is_cancelled();
            if vm.pending_is(&cancelled) && was_served {
                semaphore.permits.set(semaphore.permits.get() + 1);
            }
        }
        while semaphore.permits.get() > 0 && semaphore.wake_next() {}
        if thrown {
            return Err(Raised);
        }
        if vm.asyncio.traced {
            trace::acquired(vm, &self.object);
        }
        Ok(Step::Return(self.result.clone()))
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Object(Waited::Semaphore, self.object.clone()))
    }
    fn name(&self) -> &'static str {
        "Semaphore.acquire"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let data = SemaphoreData::default();
    data.permits.set(1);
    allocate(vm, args, Rc::new(data))
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<SemaphoreData>> {
    receiver(vm, value, "Semaphore", method)
}

fn initial(vm: &mut Vm, name: &'static str, args: Args<'_>) -> R<(Rc<SemaphoreData>, i64)> {
    let signature = Signature {
        name,
        params: &["/self", "value"],
        positional: 2,
        required: 1,
    };
    let [object, value] = vm.bind_python::<2>(args, &signature)?;
    let permits = if value.is_unset() {
        1
    } else {
        vm.index_i64(&value)?
    };
    if permits < 0 {
        return Err(vm.value_error("Semaphore initial value must be >= 0"));
    }
    Ok((this(vm, &object, "__init__")?, permits))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let (semaphore, permits) = initial(vm, "Semaphore.__init__", args)?;
    semaphore.permits.set(permits);
    Ok(Value::NONE)
}

fn init_bounded(vm: &mut Vm, args: Args<'_>) -> R {
    let (semaphore, permits) = initial(vm, "BoundedSemaphore.__init__", args)?;
    semaphore.permits.set(permits);
    semaphore.bound.set(Some(permits));
    Ok(Value::NONE)
}

fn acquiring(vm: &mut Vm, object: &Value, result: Value) -> R {
    let semaphore = this(vm, object, "acquire")?;
    let body = Acquire {
        object: object.clone(),
        semaphore,
        waiter: None,
        result,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn acquire(vm: &mut Vm, object: &Value) -> R {
    acquiring(vm, object, Value::TRUE)
}

/// Takes a permit, or waits for one.
fn begin(vm: &mut Vm, object: &Value, result: Value) -> R<Begun> {
    let Some(semaphore) = native_data::<SemaphoreData>(object) else {
        return Ok(Begun::Nothing);
    };
    if !semaphore.is_locked() {
        semaphore.permits.set(semaphore.permits.get() - 1);
        return Ok(Begun::Done(result));
    }
    let body = Acquire {
        object: object.clone(),
        semaphore,
        waiter: None,
        result,
    };
    Begun::run(vm, body)
}

fn acquire_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    if !args.is_empty() {
        return Ok(Begun::Nothing);
    }
    begin(vm, object, Value::TRUE)
}

fn release(vm: &mut Vm, object: &Value) -> R {
    if vm.asyncio.traced {
        trace::released(vm, object);
    }
    this(vm, object, "release")?.give_back();
    Ok(Value::NONE)
}

fn release_bounded(vm: &mut Vm, object: &Value) -> R {
    let semaphore = this(vm, object, "release")?;
    if semaphore
        .bound
        .get()
        .is_some_and(|bound| semaphore.permits.get() >= bound)
    {
        return Err(vm.value_error("BoundedSemaphore released too many times"));
    }
    if vm.asyncio.traced {
        trace::released(vm, object);
    }
    semaphore.give_back();
    Ok(Value::NONE)
}

fn locked(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "locked")?.is_locked()))
}

fn value(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::int(this(vm, object, "_value")?.permits.get()))
}

fn enter_at_once(vm: &mut Vm, object: &Value, _args: &[Value]) -> R<Begun> {
    if !is_plain(object) {
        return Ok(Begun::Nothing);
    }
    begin(vm, object, Value::NONE)
}

fn exit_at_once(vm: &mut Vm, object: &Value, _args: &[Value]) -> R<Begun> {
    if !is_plain(object) {
        return Ok(Begun::Nothing);
    }
    let released = match native_data::<SemaphoreData>(object) {
        Some(semaphore) if semaphore.bound.get().is_some() => release_bounded(vm, object),
        Some(_) | None => release(vm, object),
    };
    released.map(Begun::Done)
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
    Ok(immediate(vm, "Semaphore.__aexit__", move |vm| {
        let name = vm.intern("release");
        vm.call_method(&object, &name, &[])?;
        Ok(Value::NONE)
    }))
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let semaphore = this(vm, object, "__repr__")?;
    let state = if semaphore.is_locked() {
        "locked".to_owned()
    } else {
        format!("unlocked, value:{}", semaphore.permits.get())
    };
    shown(vm, object, &state, &semaphore.waiters)
}
