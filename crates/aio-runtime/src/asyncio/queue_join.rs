//! `Queue.join()`: waiting until every item is dealt with.

use super::classes::{native_data, receiver};
use super::queues::QueueData;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::Begun;
use crate::objects::{FutureObj, NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

struct Join {
    object: Value,
    queue: Rc<QueueData>,
    waiter: Option<Ref<FutureObj>>,
}

impl Join {
    fn new(object: &Value, queue: Rc<QueueData>) -> Join {
        Join {
            object: object.clone(),
            queue,
            waiter: None,
        }
    }
}

impl NativeCoroutine for Join {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let waiter = self.waiter.take();
        if let Some(waiter) = &waiter {
            self.queue.joiners.leave(waiter);
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        if waiter.is_some() || self.queue.unfinished.get() <= 0 {
            return Ok(Step::Return(Value::NONE));
        }
        let waiter = self.queue.joiners.join(vm, &self.object)?;
        self.waiter = Some(waiter.clone());
        Ok(Step::Await(waiter.into()))
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Object(Waited::QueueJoin, self.object.clone()))
    }
    fn name(&self) -> &'static str {
        "Queue.join"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}

/// `join()`
///
/// # Errors
/// `TypeError` when the receiver is no queue.
pub fn join(vm: &mut Vm, object: &Value) -> R {
    let queue = receiver(vm, object, "Queue", "join")?;
    let body = Join::new(object, queue);
    Ok(coroutine::new_native(vm, Box::new(body)))
}

/// `await queue.join()`
///
/// # Errors
/// What making a future raises.
pub fn join_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match native_data::<QueueData>(object).filter(|_| args.is_empty()) {
        Some(queue) => Begun::run(vm, Join::new(object, queue)),
        None => Ok(Begun::Nothing),
    }
}
