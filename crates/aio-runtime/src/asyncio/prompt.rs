//! The event loop of a prompt: one for all entries.
//!
//! An entry that awaits is the main task of this loop; tasks that it leaves behind go on with the
//! next one, and while the prompt waits for a line ([`rest`]). An entry that does not await may
//! still make tasks: the loop is lent to it as the running one. `asyncio.run` in such an entry
//! takes the loop back for as long as its own loop runs, so that any script can be pasted.

use super::base_events::{LoopData, run_until_complete};
use super::callback::Callback;
use super::deadlock::Deadlock;
use super::runners::RunnerData;
use super::{events, futures, task_table, tasks};
use crate::error::R;
use crate::objects::FutureFlags;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// Makes the loop; from now on there is a prompt.
///
/// # Errors
/// What making a loop raises.
pub fn begin(vm: &mut Vm) -> R<()> {
    let runner = RunnerData::with_loop(vm)?;
    vm.asyncio.prompt = Some(runner);
    Ok(())
}

/// From now on loops that are made have another clock.
pub fn choose_clock(vm: &mut Vm, is_virtual: bool) {
    vm.options.virtual_time = is_virtual;
    vm.asyncio.clock = None;
}

fn prompt_loop(vm: &Vm) -> Option<Rc<LoopData>> {
    let runner = vm.asyncio.prompt.as_ref()?;
    runner.current_loop()
}

/// Runs the part of an entry that does not await, with the loop lent to it.
///
/// # Errors
/// What it raises.
pub fn lend<T>(vm: &mut Vm, run: impl FnOnce(&mut Vm) -> R<T>) -> R<T> {
    let before = vm.asyncio.running.clone();
    if before.is_none() {
        vm.asyncio.running = prompt_loop(vm);
    }
    let result = run(vm);
    vm.asyncio.running = before;
    result
}

/// Takes the lent loop back while `run` runs another one.
///
/// # Errors
/// What it raises.
pub fn without<T>(vm: &mut Vm, run: impl FnOnce(&mut Vm) -> R<T>) -> R<T> {
    let before = vm.asyncio.running.take();
    let result = run(vm);
    events::set_event_loop(vm, before.clone());
    vm.asyncio.running = before;
    result
}

/// Whether the running loop is only lent to an entry.
pub fn is_lent(vm: &Vm) -> bool {
    let running = vm.asyncio.running.as_ref();
    running.is_some_and(|running| {
        let is_ours = prompt_loop(vm).is_some_and(|ours| Rc::ptr_eq(&ours, running));
        is_ours && !running.running.get()
    })
}

/// Runs the coroutine of an entry that awaits to its end; the other tasks run beside it.
///
/// # Errors
/// What it raises.
pub fn run(vm: &mut Vm, coroutine: &Value) -> R {
    let Some(runner) = vm.asyncio.prompt.clone() else {
        return super::run_main(vm, coroutine.clone());
    };
    let result = runner.run(vm, coroutine, None);
    // A deadlock was reported; it ends the entry and not the session.
    let met = runner
        .current_loop()
        .filter(|ours| ours.deadlock.get() != Deadlock::None);
    if let Some(ours) = met {
        ours.deadlock.set(Deadlock::None);
        if result.is_err() {
            drop(vm.take_pending());
            return Ok(Value::NONE);
        }
    }
    result
}

/// Whether there is a prompt.
pub fn has_prompt(vm: &Vm) -> bool {
    vm.asyncio.prompt.is_some()
}

/// Whether something is left that could run while the prompt waits.
pub fn has_work(vm: &Vm) -> bool {
    prompt_loop(vm).is_some_and(|ours| {
        let has_tasks = ours.tasks.with(|tasks| tasks.iter().next().is_some());
        has_tasks
            || ours
                .core
                .with(|core| core.ready_len() + core.timers_len() > 0)
    })
}

/// How many tasks are not done.
pub fn task_count(vm: &Vm) -> usize {
    prompt_loop(vm).map_or(0, |ours| ours.tasks.with(|tasks| tasks.iter().count()))
}

/// Lets the tasks run for some seconds.
///
/// # Errors
/// What leaves the loop.
pub fn rest(vm: &mut Vm, seconds: f64) -> R<()> {
    let Some(ours) = prompt_loop(vm) else {
        return Ok(());
    };
    let future = futures::new_future(&ours);
    let timer = Callback::SleepFuture(future.clone());
    ours.core.with_mut(|core| core.call_later(seconds, timer));
    future.mark(FutureFlags::IN_TIMERS, true);
    run_until_complete(vm, &ours, &future.into()).map(drop)
}

/// Prints what every task waits for.
pub fn print_tasks(vm: &mut Vm) {
    let before = vm.asyncio.running.clone();
    vm.asyncio.running = prompt_loop(vm);
    task_table::print(vm);
    vm.asyncio.running = before;
}

/// Ends the loop; gives the names of the tasks that were cancelled.
///
/// # Errors
/// What they raise besides.
pub fn end(vm: &mut Vm) -> R<Vec<String>> {
    let Some(runner) = vm.asyncio.prompt.take() else {
        return Ok(Vec::new());
    };
    let names = runner.current_loop().map_or_else(Vec::new, |ours| {
        ours.tasks
            .with(|list| list.iter().map(|task| tasks::name_of(task)).collect())
    });
    runner.close(vm)?;
    Ok(names)
}
