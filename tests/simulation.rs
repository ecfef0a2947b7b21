//! Locks, semaphores, queues, conditions and task groups under cancellation, in many orders.
//!
//! A seed names a program (how many tasks, how long they work, who is cancelled when) and the
//! order in which the event loop runs what is ready. Each program checks itself: nobody is in
//! where somebody else is, no permit, item or token is lost, everybody who was started has ended.
//! A task that is left waiting shows as a deadlock. Time is virtual, so a program takes
//! milliseconds.
//!
//! `AIO_SIMULATE=10000 cargo test --test simulation` tries that many seeds instead of a few
//! hundred; `AIO_SIMULATE_FROM=1234` begins at one, to see a failure again.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::fmt::Write as _;
use std::process::ExitCode;

use aio_runtime::{Options, Session};
use libtest_mimic::{Failed, Trial};

/// How many seeds are tried per kind of program.
const SEEDS: u64 = 60;

/// The native stack of an interpreter.
const STACK: usize = 16 << 20;

/// A name, and what makes a program from numbers.
type Kind = (&'static str, fn(&mut Dice) -> String);

/// The table of kinds of programs.
const KINDS: &[Kind] = &[
    ("lock", lock),
    ("semaphore", semaphore),
    ("queue", queue),
    ("condition", condition),
    ("group", group),
];

fn main() -> ExitCode {
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let from: u64 = number("AIO_SIMULATE_FROM").unwrap_or(0);
    let count = number("AIO_SIMULATE").map_or(SEEDS, |seeds: u64| seeds.div_ceil(5).max(1));
    let trials = KINDS.iter().map(|(name, make)| {
        Trial::test(format!("{name}, {count} seeds"), move || {
            (from..from + count).try_for_each(|seed| simulate(name, *make, seed))
        })
    });
    harness::conclude(trials.collect())
}

fn simulate(name: &str, make: fn(&mut Dice) -> String, seed: u64) -> Result<(), Failed> {
    let text = make(&mut Dice(seed));
    let thread = {
        let text = text.clone();
        let builder = std::thread::Builder::new().stack_size(STACK);
        builder.spawn(move || run(&text, seed))?
    };
    let found = thread.join().unwrap_or_else(|_| "panicked".to_owned());
    if found == "ok\n" {
        return Ok(());
    }
    Err(format!("{name}, seed {seed}: {found}\n{text}").into())
}

/// What a program printed, and how it ended if not well.
fn run(text: &str, seed: u64) -> String {
    let parsed = aio_syntax::parse(text);
    let options = aio_compile::Options { source: text };
    let Ok(program) = aio_compile::compile(&parsed.module, &options) else {
        return "no program".to_owned();
    };
    let mut session = Session::new(Options {
        virtual_time: true,
        schedule_seed: Some(seed),
        stack_size: STACK,
        ..Options::default()
    });
    session.vm().out.capture = Some((Vec::new(), Vec::new()));
    let outcome = session.run_program("<simulation>", text, &program);
    let (out, err) = session.vm().out.capture.take().unwrap_or_default();
    let mut found = String::from_utf8_lossy(&out).into_owned();
    if outcome.exit_code != 0 || !err.is_empty() {
        let err = String::from_utf8_lossy(&err);
        let _ = write!(found, "exit code {}\n{err}", outcome.exit_code);
    }
    found
}

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    /// From 0 to `below - 1`.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % below
    }

    /// A delay as the program writes it: none, or some hundredths of a second.
    fn delay(&mut self) -> String {
        match self.roll(3) {
            0 => "0".to_owned(),
            _ => format!("0.0{}", self.roll(5) + 1),
        }
    }

    /// A list of delays.
    fn delays(&mut self, count: u64) -> String {
        let list: Vec<String> = (0..count).map(|_| self.delay()).collect();
        format!("[{}]", list.join(", "))
    }

    /// Who is cancelled, and when: pairs of a delay and a number of a task.
    fn cancellations(&mut self, tasks: u64) -> String {
        let count = self.roll(2 * tasks);
        let list: Vec<String> = (0..count)
            .map(|_| format!("({}, {})", self.delay(), self.roll(tasks)))
            .collect();
        format!("[{}]", list.join(", "))
    }
}

/// What all programs begin with.
const PRELUDE: &str = "import asyncio

async def cancel_some(tasks, plan):
    for delay, number in plan:
        await asyncio.sleep(delay)
        tasks[number].cancel()

async def end_of(tasks):
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, TimeoutError):
            raise result
    return results
";

fn lock(dice: &mut Dice) -> String {
    let tasks = 2 + dice.roll(6);
    let plan = dice.cancellations(tasks);
    let works: Vec<String> = (0..tasks).map(|_| dice.delays(3)).collect();
    let limit = ["None", "0.03", "0.1"][dice.roll(3) as usize];
    format!(
        "{PRELUDE}
inside = 0

async def work(lock, delays):
    global inside
    for delay in delays:
        async with asyncio.timeout({limit}):
            async with lock:
                inside += 1
                assert inside == 1, 'two inside'
                try:
                    await asyncio.sleep(delay)
                finally:
                    inside -= 1

async def main():
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(work(lock, delays)) for delays in [{}]]
    await cancel_some(tasks, {plan})
    await end_of(tasks)
    assert not lock.locked(), 'not given back'
    await asyncio.wait_for(lock.acquire(), 1)
    print('ok')

asyncio.run(main())
",
        works.join(", ")
    )
}

fn semaphore(dice: &mut Dice) -> String {
    let tasks = 3 + dice.roll(8);
    let permits = 1 + dice.roll(3);
    let plan = dice.cancellations(tasks);
    let works: Vec<String> = (0..tasks).map(|_| dice.delays(3)).collect();
    let limit = ["None", "0.02", "0.08"][dice.roll(3) as usize];
    format!(
        "{PRELUDE}
inside = 0

async def work(semaphore, delays):
    global inside
    for delay in delays:
        async with asyncio.timeout({limit}):
            async with semaphore:
                inside += 1
                assert inside <= {permits}, 'too many inside'
                try:
                    await asyncio.sleep(delay)
                finally:
                    inside -= 1

async def main():
    semaphore = asyncio.BoundedSemaphore({permits})
    tasks = [asyncio.create_task(work(semaphore, delays)) for delays in [{}]]
    await cancel_some(tasks, {plan})
    await end_of(tasks)
    assert semaphore._value == {permits}, 'a permit is lost'
    for _ in range({permits}):
        await asyncio.wait_for(semaphore.acquire(), 1)
    assert semaphore.locked()
    print('ok')

asyncio.run(main())
",
        works.join(", ")
    )
}

fn queue(dice: &mut Dice) -> String {
    let (producers, consumers) = (1 + dice.roll(4), 1 + dice.roll(4));
    let plan = dice.cancellations(producers + consumers);
    let size = dice.roll(4);
    let class = ["Queue", "LifoQueue", "PriorityQueue"][dice.roll(3) as usize];
    let (puts, gets) = (dice.delays(5), dice.delays(3));
    format!(
        "{PRELUDE}
sent, taken = [], []

async def produce(queue, name):
    for number, delay in enumerate({puts}):
        await queue.put((name, number))
        sent.append((name, number))
        await asyncio.sleep(delay)

async def consume(queue):
    while True:
        for delay in {gets}:
            item = await queue.get()
            taken.append(item)
            queue.task_done()
            await asyncio.sleep(delay)

async def main():
    queue = asyncio.{class}({size})
    producers = [asyncio.create_task(produce(queue, name)) for name in range({producers})]
    consumers = [asyncio.create_task(consume(queue)) for _ in range({consumers})]
    steady = asyncio.create_task(consume(queue))
    await cancel_some(producers + consumers, {plan})
    await end_of(producers)
    await queue.join()
    for task in [steady, *consumers]:
        task.cancel()
    await end_of([steady, *consumers])
    assert queue.empty()
    assert sorted(taken) == sorted(sent), (sorted(sent), sorted(taken))
    print('ok')

asyncio.run(main())
"
    )
}

fn condition(dice: &mut Dice) -> String {
    let waiters = 2 + dice.roll(6);
    let plan = dice.cancellations(waiters);
    let steps: Vec<String> = (0..waiters)
        .map(|_| format!("({}, {})", dice.delay(), 1 + dice.roll(2)))
        .collect();
    format!(
        "{PRELUDE}
tokens = 0
taken = 0

async def wait(condition):
    global tokens, taken
    async with condition:
        await condition.wait_for(lambda: tokens > 0)
        tokens -= 1
        taken += 1

async def give(condition):
    global tokens
    given = 0
    for delay, count in [{}]:
        await asyncio.sleep(delay)
        async with condition:
            tokens += count
            given += count
            condition.notify(count)
    return given

async def main():
    condition = asyncio.Condition()
    tasks = [asyncio.create_task(wait(condition)) for _ in range({waiters})]
    giver = asyncio.create_task(give(condition))
    await cancel_some(tasks, {plan})
    given = await giver
    results = await end_of(tasks)
    served = sum(result is None for result in results)
    assert taken == served, (taken, served)
    assert tokens + taken == given
    async with condition:
        pass
    print('ok')

asyncio.run(main())
",
        steps.join(", ")
    )
}

fn group(dice: &mut Dice) -> String {
    let tasks = 1 + dice.roll(4);
    let plan = dice.cancellations(tasks);
    let trees: Vec<String> = (0..tasks).map(|_| tree(dice, 2)).collect();
    format!(
        "{PRELUDE}
started = ended = 0

async def node(delay, fails, children):
    global started, ended
    started += 1
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(node(*child))
            await asyncio.sleep(delay)
            if fails:
                raise ValueError(delay)
    finally:
        ended += 1

async def guarded(tree):
    try:
        await node(*tree)
    except* ValueError:
        pass

async def main():
    tasks = [asyncio.create_task(guarded(tree)) for tree in [{}]]
    await cancel_some(tasks, {plan})
    await end_of(tasks)
    assert started == ended, (started, ended)
    assert asyncio.all_tasks() == {{asyncio.current_task()}}
    print('ok')

asyncio.run(main())
",
        trees.join(", ")
    )
}

/// A node of a tree of groups: delay, whether it fails, children.
fn tree(dice: &mut Dice, depth: u32) -> String {
    let count = if depth == 0 { 0 } else { dice.roll(4) };
    let children: Vec<String> = (0..count).map(|_| tree(dice, depth - 1)).collect();
    let fails = if dice.roll(4) == 0 { "True" } else { "False" };
    format!("({}, {fails}, [{}])", dice.delay(), children.join(", "))
}
