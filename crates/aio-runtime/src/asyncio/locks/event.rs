//! `Event`: a flag to wait for. Setting it wakes all, even if it is cleared at once.

use super::{Waiters, shown};
use crate::asyncio::classes::{allocate, native_data, receiver};
use crate::asyncio::futures;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Begun, Method, NativeFn};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Event`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make an event."),
    Method::new("__init__", NativeFn::F1(init), "Nothing to set."),
    Method::new("is_set", NativeFn::F1(is_set), "Whether the flag is set."),
    Method::new(
        "set",
        NativeFn::F1(set),
        "Set the flag and wake all who wait.",
    ),
    Method::new("clear", NativeFn::F1(clear), "Clear the flag."),
    Method::awaited(
        "wait",
        NativeFn::F1(wait),
        wait_at_once,
        "Wait until the flag is set.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// An event.
#[derive(Default)]
pub struct EventData {
    flag: Cell<bool>,
    waiters: Waiters,
}

impl NativeData for EventData {
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

struct Wait {
    object: Value,
    event: Rc<EventData>,
    waiter: Option<Ref<FutureObj>>,
}

impl NativeCoroutine for Wait {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let waiter = self.waiter.take();
        if let Some(waiter) = &waiter {
            self.event.waiters.leave(waiter);
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        if waiter.is_some() || self.event.flag.get() {
            return Ok(Step::Return(Value::TRUE));
        }
        let waiter = self.event.waiters.join(vm, &self.object)?;
        self.waiter = Some(waiter.clone());
        Ok(Step::Await(waiter.into()))
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Object(Waited::Event, self.object.clone()))
    }
    fn name(&self) -> &'static str {
        "Event.wait"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(EventData::default()))
}

fn init(_vm: &mut Vm, _event: &Value) -> R {
    Ok(Value::NONE)
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<EventData>> {
    receiver(vm, value, "Event", method)
}

fn is_set(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_set")?.flag.get()))
}

fn set(vm: &mut Vm, object: &Value) -> R {
    let event = this(vm, object, "set")?;
    if !event.flag.replace(true) {
        for waiter in event.waiters.first_pending(usize::MAX) {
            futures::complete(&waiter, Value::TRUE);
        }
    }
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "clear")?.flag.set(false);
    Ok(Value::NONE)
}

fn wait(vm: &mut Vm, object: &Value) -> R {
    let event = this(vm, object, "wait")?;
    let body = Wait {
        object: object.clone(),
        event,
        waiter: None,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn wait_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let event = native_data::<EventData>(object).filter(|_| args.is_empty());
    let Some(event) = event else {
        return Ok(Begun::Nothing);
    };
    if event.flag.get() {
        return Ok(Begun::Done(Value::TRUE));
    }
    let body = Wait {
        object: object.clone(),
        event,
        waiter: None,
    };
    Begun::run(vm, body)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let event = this(vm, object, "__repr__")?;
    let state = if event.flag.get() { "set" } else { "unset" };
    shown(vm, object, state, &event.waiters)
}
