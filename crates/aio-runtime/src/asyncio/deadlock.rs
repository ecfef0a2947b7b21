//! Nothing can wake the loop: no callback is ready, no timer is set, nothing from outside is
//! awaited. CPython would wait for ever; we say what each task waits for, and stop.

use super::base_events::{LoopData, exit_with};
use super::coroutines::format_coroutine;
use super::tasks::name_of;
use crate::error::Raised;
use crate::heap::Ref;
use crate::objects::{CoroutineObj, FutureKind, FutureObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// Reports the deadlock (once) and raises `SystemExit(1)`.
pub fn report(vm: &mut Vm, event_loop: &Rc<LoopData>) -> Raised {
    if !std::mem::replace(&mut vm.asyncio.deadlocked, true) {
        let mut text =
            String::from("error[A0301]: deadlock: every task is asleep and nothing can wake one\n");
        let tasks: Vec<Ref<FutureObj>> = event_loop
            .tasks
            .with(|tasks| tasks.iter().cloned().collect());
        for task in &tasks {
            text.push_str(&line_about(vm, task));
        }
        text.push_str("note: CPython would wait here for ever\n");
        vm.out.error(&text);
    }
    exit_with(vm, 1)
}

fn line_about(vm: &mut Vm, task: &Ref<FutureObj>) -> String {
    let coroutine = task.coroutine.get();
    let place = format_coroutine(vm, &coroutine).unwrap_or_else(|_| {
        drop(vm.take_pending());
        String::new()
    });
    let reason = wait_reason(task);
    format!("  {} ({place}) waits for {reason}\n", name_of(task))
}

/// What a task waits for, in words.
pub fn wait_reason(task: &FutureObj) -> String {
    let waiting = task.result.get();
    if waiting.tag() == Tag::Float {
        return "the end of a sleep".to_owned();
    }
    let Some(future) = waiting.as_future() else {
        return "its next turn".to_owned();
    };
    match future.kind {
        FutureKind::Task => format!("the task {}", name_of(future)),
        FutureKind::Gathering => children_of(future),
        FutureKind::Plain => match innermost_native(task).as_deref() {
            Some("Lock.acquire") => "a lock".to_owned(),
            Some("Semaphore.acquire") => "a permit of a semaphore".to_owned(),
            Some("Event.wait") => "an event to be set".to_owned(),
            Some("Condition.wait") => "a condition to be notified".to_owned(),
            Some("Barrier.wait") => "the other parties of a barrier".to_owned(),
            Some("Queue.get") => "an item of a queue".to_owned(),
            Some("Queue.put") => "room in a queue".to_owned(),
            Some("Queue.join") => "the work of a queue to be done".to_owned(),
            Some("TaskGroup.__aexit__") => "the tasks of its group".to_owned(),
            Some("wait") => "some of several tasks".to_owned(),
            Some(_) | None => "a future that nobody completes".to_owned(),
        },
    }
}

fn children_of(future: &FutureObj) -> String {
    let gather = future
        .rare
        .with(|rare| rare.as_ref().and_then(|rare| rare.gather.clone()));
    let children = gather.map_or_else(Vec::new, |gather| gather.children.get());
    let open: Vec<String> = children
        .iter()
        .filter(|child| !child.is_done() && child.is_task())
        .map(|child| name_of(child))
        .collect();
    format!("gather({})", open.join(", "))
}

/// The name of the coroutine at the end of a task's chain of awaits, if it is one of ours.
fn innermost_native(task: &FutureObj) -> Option<String> {
    let root = task.coroutine.with(Value::to_coroutine)?;
    let inner = root
        .chain
        .with(|chain| chain.as_ref().and_then(|chain| chain.last().cloned()));
    let innermost: Ref<CoroutineObj> = inner.unwrap_or(root);
    innermost
        .native
        .with(|native| native.as_ref().map(|native| native.name().to_owned()))
}
