//! What every task of the running loop waits for and for how long, as a table (the answer to SIGQUIT),
//! and which of them are late.

use super::deadlock::describe;
use super::naming::Names;
use super::reasons::{self, Reason, Waiting, Waits};
use crate::vm::Vm;
use aio_event_loop::Time;

/// Prints the table to standard error.
pub fn print(vm: &mut Vm) {
    let Some(event_loop) = vm.asyncio.running.clone() else {
        vm.out.error("no event loop runs\n");
        return;
    };
    let waits = Waits::of_loop(&event_loop);
    let names = Names::new(&waits);
    let plural = if waits.list.len() == 1 { "" } else { "s" };
    let mut text = format!("{} task{plural}\n", waits.list.len());
    let now = event_loop.core.with(|core| core.time()).as_secs_f64();
    for wait in &waits.list {
        let name = names.tasks.of(&wait.task);
        let doing = state(vm, wait, &waits, &names, now);
        let place = wait.place.clone();
        let place = place.or_else(|| reasons::made_at(vm, &wait.task));
        let place = place.map_or(String::new(), |place| {
            format!(" ({}:{})", place.file.name, place.line())
        });
        text.push_str(&format!("  `{name}` {doing}{place}\n"));
    }
    vm.out.error(&text);
}

fn state(vm: &Vm, wait: &Waiting, waits: &Waits, names: &Names, now: f64) -> String {
    let current = vm.asyncio.current_task.as_ref();
    if current.is_some_and(|task| task.same(&wait.task)) {
        return "runs".to_owned();
    }
    match &wait.reason {
        Reason::Turn => "is ready to run".to_owned(),
        Reason::Sleep(until) => format!("sleeps, {:.3} s are left", (until - now).max(0.0)),
        Reason::Task(_) | Reason::Future(_) | Reason::Gather(_) | Reason::Native(_) => {
            let waited = reasons::waited(&wait.task);
            let what = describe(wait, waits, names);
            format!("has waited {waited:.1} s for {what}")
        }
    }
}

/// More tasks than this are not looked through.
const MANY: usize = 1000;

/// The tasks that could run now, but for the one that does, in one phrase; none if there are none.
pub fn late_tasks(vm: &Vm, now: Time) -> Option<String> {
    let event_loop = vm.asyncio.running.as_ref()?;
    if event_loop.tasks.with(|tasks| tasks.iter().count()) > MANY {
        return None;
    }
    let waits = Waits::of_loop(event_loop);
    let now = now.as_secs_f64();
    let current = vm.asyncio.current_task.as_ref();
    let late: Vec<_> = waits
        .list
        .iter()
        .filter(|wait| !current.is_some_and(|task| task.same(&wait.task)))
        .filter(|wait| match &wait.reason {
            Reason::Turn => true,
            Reason::Sleep(until) => *until <= now,
            Reason::Task(_) | Reason::Future(_) | Reason::Gather(_) | Reason::Native(_) => false,
        })
        .map(|wait| wait.task.clone())
        .collect();
    (!late.is_empty()).then(|| Names::new(&waits).tasks.list(&late))
}
