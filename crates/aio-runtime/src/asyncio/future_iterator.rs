//! What `__await__()` of a future gives, for those who drive a coroutine by hand.

use super::futures::{receiver, result};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Arguments, Method, NativeFn};
use crate::objects::{FutureObj, IterObj, NativeIter};
use crate::types::generator::{identity, thrown};
use crate::types::iterators::next_or_stop;
use crate::value::Value;
use crate::vm::Vm;

/// What `await` iterates over when somebody drives it by hand: the future itself once, if it is
/// not done.
struct FutureIter {
    future: Ref<FutureObj>,
    yielded: bool,
}

impl NativeIter for FutureIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if !self.future.is_done() {
            if self.yielded {
                return Err(vm.runtime_error("await wasn't used with future"));
            }
            self.yielded = true;
            return Ok(Some(self.future.to_value()));
        }
        let value = result(vm, &self.future)?;
        Err(vm.stop_iteration(value))
    }
    fn type_name(&self) -> &'static str {
        "FutureIter"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.future.to_value());
    }
}

/// The methods of the iterator that `__await__` of a future gives.
pub const METHODS: &[Method] = &[
    Method::new("__iter__", NativeFn::F1(identity), "Implement iter(self)."),
    Method::new(
        "__next__",
        NativeFn::F1(next_or_stop),
        "Implement next(self).",
    ),
    Method::new(
        "send",
        NativeFn::F2(iter_send),
        "As next(); the value is not used.",
    ),
    Method::new(
        "throw",
        NativeFn::Range(2, 4, iter_throw),
        "Raises an exception here.",
    ),
    Method::new(
        "close",
        NativeFn::F1(iter_close),
        "There is nothing to end.",
    ),
];

fn iter_send(vm: &mut Vm, iter: &Value, _value: &Value) -> R {
    next_or_stop(vm, iter)
}

fn iter_throw(vm: &mut Vm, args: &[Value]) -> R {
    let exception = thrown(vm, args.rest(1))?;
    Err(vm.reraise(exception))
}

fn iter_close(_vm: &mut Vm, _iter: &Value) -> R {
    Ok(Value::NONE)
}

/// `future.__await__()`
///
/// # Errors
/// `TypeError` for another receiver.
pub fn future_await(vm: &mut Vm, this: &Value) -> R {
    let future = receiver(vm, this, "__await__")?;
    Ok(IterObj::native(FutureIter {
        future,
        yielded: false,
    }))
}
