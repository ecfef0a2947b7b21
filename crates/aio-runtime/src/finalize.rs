//! What an object says when it dies: `__del__`, closing a suspended generator, "never awaited".

use crate::coroutine;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// Runs the finalizer of an object that the heap revived for it.
///
/// Exceptions inside are reported and go no further.
pub fn run_finalizer(vm: &mut Vm, object: Value) {
    let (pending, handled, ret) = (vm.pending.take(), vm.handled.take(), vm.ret.take());
    match object.tag() {
        Tag::Instance => {
            if let Some(instance) = object.as_instance() {
                instance.finalized.set(true);
            }
            let hook = vm.names.__del__.clone();
            if vm.call_special(&object, &hook, &[]).is_err() {
                let exception = vm.take_pending();
                if !vm.limits.is_stopping() {
                    crate::report::unraisable(vm, &exception, &object);
                }
            }
        }
        Tag::Coroutine => coroutine::finalize(vm, &object),
        Tag::Future => crate::asyncio::finalize_future(vm, &object),
        _ => {}
    }
    vm.pending = pending;
    vm.handled = handled;
    vm.ret = ret;
}
