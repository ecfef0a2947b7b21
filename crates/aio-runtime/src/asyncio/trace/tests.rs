//! A watcher is told what happens, in order.

use super::*;
use crate::{Options, Session};

#[derive(Default)]
struct Recorder(Vec<String>);

impl EventSink for Recorder {
    fn record(&mut self, _now: Time, event: &Event<'_>) {
        let line = match event {
            Event::TaskCreated {
                task, name, parent, ..
            } => {
                let by = parent.map_or(0, |parent| parent.0);
                format!("{} created as {name} by {by}", task.0)
            }
            Event::TaskStarted { task } => format!("{} started", task.0),
            Event::TaskSuspended { task, on, span } => {
                let on = match on {
                    WaitReason::Lock { owner, .. } => {
                        format!("lock of {}", owner.map_or(0, |owner| owner.0))
                    }
                    WaitReason::SleepUntil(_) => "sleep".to_owned(),
                    WaitReason::QueueGet(_) => "queue".to_owned(),
                    WaitReason::All(ids) => {
                        let ids: Vec<u64> = ids.iter().map(|id| id.0).collect();
                        format!("all of {ids:?}")
                    }
                    other => format!("{other:?}"),
                };
                format!("{} waits at {} for {on}", task.0, span.start)
            }
            Event::TaskResumed { task } => format!("{} resumed", task.0),
            Event::TaskDone { task, end } => format!("{} {end:?}", task.0),
            Event::CancelRequested { task, by } => {
                format!("{} cancelled by {}", task.0, by.map_or(0, |by| by.0))
            }
            Event::LockAcquired { task, .. } => {
                format!("lock taken by {}", task.map_or(0, |task| task.0))
            }
            Event::LockReleased { .. } => "lock released".to_owned(),
            Event::QueueChanged { len, .. } => format!("queue has {len}"),
            Event::Printed { task, text } => {
                format!("{} prints {text:?}", task.map_or(0, |task| task.0))
            }
            Event::TimerSet { .. } => "timer set".to_owned(),
            Event::TimerFired { .. } => "timer fired".to_owned(),
            Event::ClockAdvanced { .. } => "clock advanced".to_owned(),
            Event::SlowTurn { .. } => "slow turn".to_owned(),
            Event::CoroutineDropped { started, .. } => format!("dropped, started: {started}"),
        };
        self.0.push(line);
    }
}

fn events_of(text: &str) -> Vec<String> {
    let parsed = aio_syntax::parse(text);
    let options = aio_compile::Options { source: text };
    let program = aio_compile::compile(&parsed.module, &options).expect("a program");
    let mut session = Session::new(Options {
        virtual_time: true,
        ..Options::default()
    });
    session.vm().out.capture = Some((Vec::new(), Vec::new()));
    let recorder = Rc::new(RefCell::new(Recorder::default()));
    session.watch(recorder.clone());
    let outcome = session.run_program("test", text, &program);
    assert_eq!(outcome.exit_code, 0);
    std::mem::take(&mut recorder.borrow_mut().0)
}

#[test]
fn a_program_is_told_step_by_step() {
    let text = "\
import asyncio
lock = asyncio.Lock()
async def work():
    async with lock:
        await asyncio.sleep(1)
async def main():
    a = asyncio.create_task(work(), name='a')
    b = asyncio.create_task(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    b.cancel()
    await asyncio.gather(a, b, return_exceptions=True)
    print('end')
asyncio.run(main())
";
    // Tasks that are named when they are made are numbered from the other end.
    let a = u32::MAX - 1;
    let place = |code: &str| text.find(code).expect("it is in the text");
    let (sleep, lock) = (place("await asyncio.sleep(1)"), place("lock:"));
    let (first, gather) = (
        place("await asyncio.sleep(0)"),
        place("await asyncio.gather"),
    );
    let second = first + text[first + 1..].find("await").expect("there are two") + 1;
    let expected = format!(
        "\
1 created as Task-1 by 0
1 started
{a} created as a by 1
2 created as Task-2 by 1
1 waits at {first} for Turn
{a} started
lock taken by {a}
timer set
{a} waits at {sleep} for sleep
2 started
2 waits at {lock} for lock of {a}
1 resumed
1 waits at {second} for Turn
1 resumed
2 cancelled by 1
1 waits at {gather} for all of [{a}, 2]
2 resumed
2 Cancelled
clock advanced
timer fired
{a} resumed
lock released
{a} Returned
1 resumed
1 prints \"end\\n\"
1 Returned"
    );
    let events = events_of(text);
    let found: Vec<&str> = events.iter().map(String::as_str).take(26).collect();
    assert_eq!(found, expected.lines().collect::<Vec<_>>());
}

#[test]
fn queues_and_dropped_coroutines_are_told() {
    let text = "\
import asyncio
async def never():
    pass
async def main():
    queue = asyncio.Queue()
    queue.put_nowait(1)
    await queue.get()
    never()
asyncio.run(main())
";
    let events = events_of(text);
    for line in ["queue has 1", "queue has 0", "dropped, started: false"] {
        assert!(
            events.iter().any(|found| found == line),
            "{line}: {events:#?}"
        );
    }
}
