//! Limits of a run: which programs they end, with which exit code and line, and what still runs.
//!
//! A row is a program, its options, its exit code, what it prints, and how the one line about the
//! limit ends. Steps, memory and depth end a program at the same place every time; rows about time
//! only say that it ends.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

const STEPS: i32 = 121;
const MEMORY: i32 = 122;
const DEPTH: i32 = 123;
const TIME: i32 = 124;

/// A program must end long before this.
const SOON: Duration = Duration::from_secs(15);

struct Case {
    name: &'static str,
    options: &'static str,
    program: &'static str,
    code: i32,
    stdout: &'static str,
    /// How the line about the limit ends; without one nothing may be said.
    line: &'static str,
}

#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, i32, &str, &str)] = &[
    // Steps.
    ("enough steps", "--max-steps 100", "print(sum(range(10)))", 0, "45\n", ""),
    ("a loop", "--max-steps 1000", "n = 0\nwhile True:\n    n += 1", STEPS, "",
        "stopped after 1000 steps (--max-steps) at <string>:3, in <module>\n"),
    ("a for loop", "--max-steps 1000", "for n in range(10**9):\n    pass", STEPS, "",
        "in <module>\n"),
    ("a comprehension", "--max-steps 1000", "x = [n for n in range(10**9)]", STEPS, "", "in <module>\n"),
    ("calls without a statement", "--max-steps 1000",
        "def f(n): return f(n - 1) + f(n - 2) if n > 1 else n\nf(100)", STEPS, "", ":1, in f\n"),
    ("a body that returns in branches", "--max-steps 1000",
        "def f(n):\n    if n < 2:\n        return n\n    else:\n        return f(n - 1) + f(n - 2)\nf(100)",
        STEPS, "", "in f\n"),
    ("finally runs", "--max-steps 1000",
        "try:\n    while True: pass\nexcept Exception:\n    print('caught')\nfinally:\n    print('finally')",
        STEPS, "finally\n", ":2, in <module>\n"),
    ("nothing catches it for ever", "--max-steps 1000",
        "def f():\n    while True:\n        try:\n            while True: pass\n        except:\n            pass\nf()",
        STEPS, "", "in f\n"),
    ("who catches it has not succeeded", "--max-steps 1000",
        "try:\n    while True: pass\nexcept BaseException as e:\n    print(repr(e))", STEPS, "SystemExit(121)\n", ""),
    ("finally does not run for ever", "--max-steps 1000",
        "try:\n    while True: pass\nfinally:\n    print('finally')\n    while True: pass",
        STEPS, "finally\n", ":2, in <module>\n"),
    ("a generator", "--max-steps 1000", "def g():\n    while True:\n        yield 1\nsum(g())", STEPS, "", ""),
    ("an endless list", "--max-steps 1000", "import itertools\nlist(itertools.count())", STEPS, "", ":2, in <module>\n"),
    ("an endless sum", "--max-steps 1000", "sum(range(10**18))", STEPS, "", ""),
    ("an endless maximum", "--max-steps 1000", "import itertools\nmax(itertools.count())", STEPS, "", ""),
    ("an endless sort", "--max-steps 1000", "import itertools\nsorted(itertools.repeat(1))", STEPS, "", ""),
    ("an endless search", "--max-steps 1000", "import itertools\nnext(filter(None, itertools.repeat(0)))", STEPS, "", ""),
    ("an endless any", "--max-steps 1000", "any(iter(range(0, 10**18, 10**18 - 1)))\nall(iter(range(1, 10**18)))", STEPS, "", ":2, in <module>\n"),
    ("an endless join", "--max-steps 1000", "import itertools\n','.join(itertools.repeat('a'))", STEPS, "", ""),
    ("an endless unpacking", "--max-steps 1000", "import itertools\n*a, b = itertools.count()", STEPS, "", ""),
    ("an endless set", "--max-steps 1000", "import itertools\nset(itertools.count())", STEPS, "", ""),
    ("an endless dict", "--max-steps 1000", "import itertools\ndict.fromkeys(itertools.count())", STEPS, "", ""),
    ("an endless queue", "--max-steps 1000", "import collections, itertools\ncollections.deque(itertools.count(), 5)", STEPS, "", ""),
    ("an endless extend", "--max-steps 1000", "import itertools\n[].extend(itertools.count())", STEPS, "", ""),
    ("an endless zip", "--max-steps 1000", "import itertools\nlist(zip(itertools.count(), itertools.count()))", STEPS, "", ""),
    ("an endless test", "--max-steps 1000", "import itertools\n-1 in itertools.count()", STEPS, "", ""),
    ("an endless reduction", "--max-steps 1000", "import functools, itertools\nfunctools.reduce(max, itertools.count())", STEPS, "", ""),
    ("an endless sentinel", "--max-steps 1000", "list(iter(int, 1))", STEPS, "", ""),
    ("a long text", "--max-steps 1000", "'a' * 10**9", STEPS, "", ""),
    ("a long list", "--max-steps 1000", "[0] * 10**9", STEPS, "", ""),
    ("a great power", "--max-steps 1000", "10**10**8", STEPS, "", ""),
    ("a great product", "--max-steps 1000", "n = 3**1000\nwhile True: n *= n", STEPS, "", ""),
    // Where it stands after so many is not in one of the tasks, which would end first.
    // The step is one of the loop between two rounds; within a round the task that it is in ends first.
    ("tasks are cancelled", "--virtual-time --max-steps 1005",
        "import asyncio\nasync def work(n):\n    try:\n        while True:\n            await asyncio.sleep(1)\n    finally:\n        print('bye', n)\nasync def main():\n    await asyncio.gather(*[work(n) for n in range(3)])\nasyncio.run(main())",
        STEPS, "bye 0\nbye 1\nbye 2\n", "\n"),
    ("turns of the loop", "--max-steps 1000",
        "import asyncio\nloop = asyncio.new_event_loop()\ndef again(): loop.call_soon(again)\nagain()\nloop.run_forever()",
        STEPS, "", "\n"),
    ("a thread", "--max-steps 1000",
        "import threading\ndef work():\n    while True: pass\nthreading.Thread(target=work).start()", STEPS, "", ":3, in work\n"),
    ("a finalizer", "--max-steps 1000",
        "class C:\n    def __del__(self):\n        while True: pass\nC()\nprint('on')\nwhile True: pass", STEPS, "on\n", ""),
    // Memory.
    ("enough memory", "--max-memory 64M", "print(len('a' * 2**20))", 0, "1048576\n", ""),
    ("a growing list", "--max-memory 16M", "x = []\nwhile True:\n    x.append('a' * 1000 + str(len(x)))", MEMORY, "",
        "stopped: more than 16 MiB of memory in use (--max-memory) at <string>:3, in <module>\n"),
    ("small objects", "--max-memory 16M", "x = None\nwhile True:\n    x = (x, 1.5)", MEMORY, "", "in <module>\n"),
    ("a list that a built-in grows", "--max-memory 16M", "import itertools\nlist(itertools.count())", MEMORY, "", ":2, in <module>\n"),
    ("one piece", "--max-memory 16M", "x = bytearray(10**8)", MEMORY, "", ":1, in <module>\n"),
    ("one piece, far beyond", "--max-memory 16M", "'a' * 10**12", MEMORY, "", ":1, in <module>\n"),
    ("text that doubles", "--max-memory 16M", "x = 'ab'\nwhile True:\n    x += x", MEMORY, "", ""),
    ("inside a built-in", "--max-memory 16M", "x = 'a' * 2**23\ny = x.replace('a', 'b' * 30)", MEMORY, "", ""),
    ("what is freed does not count", "--max-memory 16M",
        "for n in range(100):\n    x = bytearray(4 * 2**20)\nprint('end')", 0, "end\n", ""),
    ("finally has room", "--max-memory 16M",
        "x = []\ntry:\n    while True: x.append(bytearray(2**20))\nfinally:\n    print('finally', len(x) > 10)", MEMORY, "finally True\n", ""),
    // Depth.
    ("shallow", "--max-depth 50", "def f(n): return n and f(n - 1)\nprint(f(40))", 0, "0\n", ""),
    ("deep", "--max-depth 50", "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    print('caught')", DEPTH, "",
        "stopped: more than 50 calls inside each other (--max-depth) at <string>:2, in f\n"),
    ("RecursionError comes first", "--max-depth 5000",
        "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    print('caught')", 0, "caught\n", ""),
    ("the program cannot raise it", "--max-depth 2000",
        "import sys\nsys.setrecursionlimit(10**6)\ndef f(n):\n    return f(n + 1)\nf(0)", DEPTH, "", ":4, in f\n"),
    ("coroutines", "--max-depth 50", "async def f(n):\n    await sleep(0)\n    await f(n + 1)\nawait f(0)", DEPTH, "", "in f\n"),
    // Time.
    ("in time", "--max-time 60", "print('end')", 0, "end\n", ""),
    ("a loop in time", "--max-time 0.2", "try:\n    while True: pass\nfinally:\n    print('finally')", TIME, "finally\n",
        "stopped after 0.2 s (--max-time) at <string>:2, in <module>\n"),
    ("a loop of a generator in time", "--max-time 0.2",
        "def never(flag):\n    while True:\n        if flag:\n            yield 1\nnext(never(False))", TIME, "",
        "stopped after 0.2 s (--max-time) at <string>:3, in never\n"),
    ("a loop of waits that are over at once", "--max-time 0.2",
        "async def spin(event):\n    while True:\n        await event.wait()\ne = Event()\ne.set()\nawait spin(e)",
        TIME, "", "stopped after 0.2 s (--max-time) at <string>:3, in spin\n"),
    ("a loop over a lock", "--max-time 0.2",
        "async def spin(lock):\n    while True:\n        async with lock:\n            pass\nawait spin(Lock())",
        TIME, "", "stopped after 0.2 s (--max-time) at <string>:3, in spin\n"),
    ("a loop of queues", "--max-time 0.2",
        "async def spin(queue):\n    while True:\n        await queue.put(1)\n        await queue.get()\nawait spin(Queue())",
        TIME, "", ", in spin\n"),
    ("loops around a loop without a turn", "--max-time 0.2",
        "async def spin(items):\n    for n in range(10**9):\n        for item in items:\n            await sleep(0)\nawait spin([])",
        TIME, "", ", in spin\n"),
    ("a loop around a loop that never begins", "--max-time 0.2",
        "async def spin(flag):\n    while True:\n        while flag:\n            await sleep(0)\nawait spin(False)",
        TIME, "", ", in spin\n"),
    ("a loop that delegates to nothing", "--max-time 0.2",
        "def never():\n    while True:\n        yield from ()\nnext(never())",
        TIME, "", "stopped after 0.2 s (--max-time) at <string>:3, in never\n"),
    ("a sleep", "--max-time 0.2", "import time\ntime.sleep(1000)", TIME, "", ":2, in <module>\n"),
    ("a wait of tasks", "--max-time 0.2", "try:\n    await sleep(1000)\nfinally:\n    print('finally')", TIME, "finally\n", "\n"),
    ("virtual time", "--virtual-time --max-time 0.2", "while True:\n    await sleep(1000)", TIME, "", "\n"),
    ("an hour of virtual time", "--virtual-time --max-time 60", "await sleep(3600)\nprint('end')", 0, "end\n", ""),
    ("a lock", "--max-time 0.2", "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire(timeout=1000)", TIME, "", "\n"),
    ("a child", "--max-time 0.2", "import subprocess\nsubprocess.run(['sleep', '1000'])", TIME, "", "\n"),
    ("finally waits for ever", "--max-time 0.2", "try:\n    await sleep(1000)\nfinally:\n    await sleep(1000)", TIME, "", "\n"),
    ("finally waits after too many steps", "--max-steps 100",
        "import time\ntry:\n    while True: pass\nfinally:\n    time.sleep(1000)", STEPS, "", "\n"),
    ("inside a built-in operation", "--max-time 0.2", "3**10**8", TIME, "",
        "stopped after 0.2 s (--max-time), in a built-in operation that could not be interrupted\n"),
    ("input", "--max-time 0.2", "input()", TIME, "", "\n"),
];

fn main() -> ExitCode {
    let trials = ROWS.iter().map(|row| {
        let (name, options, program, code, stdout, line) = *row;
        let case = Case {
            name,
            options,
            program,
            code,
            stdout,
            line,
        };
        Trial::test(case.name, move || run(&case))
    });
    harness::conclude(trials.collect())
}

#[expect(clippy::disallowed_methods, reason = "a runner measures what it runs")]
fn run(case: &Case) -> Result<(), Failed> {
    let begin = Instant::now();
    let mut child = harness::aio()
        .args(case.options.split(' '))
        .args(["-c", case.program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Held open, so that reading it waits.
    let input = child.stdin.take();
    let output = child.wait_with_output()?;
    drop(input);
    let took = begin.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    harness::same_text("stdout", case.stdout, &stdout)?;
    if output.status.code() != Some(case.code) {
        return Err(format!("ended with {:?}\n{stderr}", output.status).into());
    }
    let said: Vec<&str> = stderr
        .lines()
        .filter(|line| line.starts_with("aio: "))
        .collect();
    if said.len() != usize::from(case.code != 0) || !stderr.ends_with(case.line) {
        return Err(format!("not the line:\n{stderr}").into());
    }
    if took > SOON {
        return Err(format!("took {took:?}").into());
    }
    Ok(())
}
