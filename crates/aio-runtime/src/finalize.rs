//! What an object says when it dies: `__del__`, closing a suspended generator, "never awaited".

use crate::coroutine;
use crate::heap::collector;
use crate::heap::last_words::{Last, Walk};
use crate::objects::{FutureFlags, FutureObj};
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

/// At the end of a program: generators and coroutines that are suspended are closed, `__del__` of
/// what is left is called, tasks that are pending are destroyed.
pub fn at_exit(vm: &mut Vm, globals: &Value) {
    vm.run_finalizers();
    if !vm.has_last_words {
        return;
    }
    let (staying, tasks) = crate::asyncio::pending_tasks(vm);
    let mut walk = Walk::begin();
    // CPython keeps what `set_event_loop` set, and so, if tasks wait there, the program.
    let stays = walk.keep(&staying, globals);
    let in_variables = walk.lead_from_variables(globals, crate::asyncio::is_imported(vm));
    let on_loops = walk.lead_on_from(&tasks);
    // Cycles that nobody can reach come first.
    for value in walk.strays().into_iter().filter_map(Last::value) {
        let body = value.as_future().map(FutureObj::coroutine);
        finalize_at_exit(vm, value);
        finalize_at_exit(vm, body.unwrap_or_default());
    }
    if stays {
        return;
    }
    let tasks = tasks.into_iter().map(Last::Other);
    for last in in_variables.into_iter().chain(tasks).chain(on_loops) {
        if let Some(value) = last.value() {
            finalize_at_exit(vm, value);
        }
    }
}

fn finalize_at_exit(vm: &mut Vm, value: Value) {
    let is_passed_over = match value.tag() {
        Tag::Future => !crate::asyncio::is_heard(vm, &value) && is_silenced(&value),
        // What is awaited is closed by its awaiter.
        Tag::Coroutine => value.as_coroutine().is_some_and(|body| body.awaited.get()),
        _ => false,
    };
    if !is_passed_over && collector::object_needs_finalizer(&value) {
        run_finalizer(vm, value);
    }
    vm.run_finalizers();
}

/// Has a task that is pending say nothing when it dies; false for what is done.
fn is_silenced(task: &Value) -> bool {
    let Some(task) = task.as_future().filter(|task| !task.is_done()) else {
        return false;
    };
    task.mark(FutureFlags::FINALIZED, true);
    true
}
