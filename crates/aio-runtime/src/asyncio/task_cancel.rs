//! Cancelling tasks: the request goes to what a task waits for, and to the task itself if that does
//! not take it.

use super::callback::{Callback, DoneCallback};
use super::foreign_futures::{self, Request};
use super::{LoopData, futures, trace};
use crate::heap::Ref;
use crate::objects::{FutureFlags, FutureObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `cancel(msg)` of a task; false when it is done.
///
/// A task that waits for a task passes the request on; that is a walk, not a recursion, and ends
/// when it comes round in a circle.
pub fn cancel(vm: &mut Vm, task: &Ref<FutureObj>, message: &Value) -> bool {
    let mut passed: Vec<Ref<FutureObj>> = Vec::new();
    let mut at = task.clone();
    let accepted = loop {
        at.mark(FutureFlags::UNRETRIEVED, false);
        if at.is_done() {
            break false;
        }
        if at.has(FutureFlags::VISITED) {
            break true;
        }
        if vm.asyncio.traced {
            trace::cancel_requested(vm, &at);
        }
        at.cancel_requests
            .set(at.cancel_requests.get().saturating_add(1));
        at.mark(FutureFlags::VISITED, true);
        passed.push(at.clone());
        let waiting = at.result.get();
        match waiting.to_future() {
            Some(future) if future.is_task() && !foreign_futures::has_cancel(vm, &future) => {
                at = future;
            }
            Some(future) => break futures::cancel(vm, &future, message, Request::Task),
            None if waiting.tag() == Tag::Float => {
                cancel_sleep(vm, &at, message);
                break true;
            }
            None => break false,
        }
    };
    for task in &passed {
        task.mark(FutureFlags::VISITED, false);
    }
    // The last one that took the request keeps it for its next step if what it waits for did not.
    if let Some(last) = passed.last()
        && !accepted
    {
        futures::set_cancel_message(last, message);
        last.mark(FutureFlags::MUST_CANCEL, true);
    }
    !passed.is_empty()
}

/// Throws a `CancelledError` into every task of a loop, whatever it waits for; false when there
/// is none. For a loop that nothing else can wake.
pub(super) fn interrupt_all(vm: &mut Vm, event_loop: &LoopData) -> bool {
    let tasks: Vec<Ref<FutureObj>> = event_loop
        .tasks
        .with(|tasks| tasks.iter().cloned().collect());
    for task in &tasks {
        let waiting = task.result.replace(Value::UNSET);
        if let Some(future) = waiting.as_future() {
            futures::remove_native_callback(
                future,
                |callback| matches!(callback, DoneCallback::WakeUp(of) if of.same(task)),
            );
        }
        let exception = futures::cancelled_error(vm, Value::UNSET);
        event_loop.call_soon(Callback::Throw(Box::new((task.clone(), exception))));
    }
    !tasks.is_empty()
}

/// Cancels the future that a plain sleep stands for. A second cancellation before the task goes
/// on finds it done, so the message is that of the first.
pub(super) fn cancel_sleep(vm: &mut Vm, task: &Ref<FutureObj>, message: &Value) {
    let message = if message.is_none() {
        Value::UNSET
    } else {
        message.clone()
    };
    let exception = futures::cancelled_error(vm, message);
    task.result.set(exception);
    futures::wake_soon(task);
}
