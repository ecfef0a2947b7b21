//! Every way in which a program can end.
//!
//! A table of programs, of signals that are sent to them, and of how they end: exit code or
//! signal, and what they printed by then (so that `finally` ran, or did not). The ends are those
//! of CPython 3.13; where one is found, each row is held against it as well.
//!
//! A program says on a line of its own when a signal may come (`ready`, `again`). A line
//! `child N` names a process that must be gone when the program is.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;
#[path = "../crates/aio/src/compare/python.rs"]
mod python;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use python::Python;

/// How a program ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Code(i32),
    Signal(i32),
}

use End::{Code, Signal};

/// What is done to a program from outside.
#[derive(Clone, Copy)]
enum Doing {
    Nothing,
    /// Sends a signal at each of these lines.
    Send(&'static [(&'static str, &'static str)]),
    /// Starts it with SIGINT ignored, and sends it one.
    SendIgnored,
    /// Closes its standard output before it begins.
    CloseOutput,
}

use Doing::{CloseOutput, Nothing, Send, SendIgnored};

const INTERRUPT: Doing = Send(&[("ready", "INT")]);
const INTERRUPT_TWICE: Doing = Send(&[("ready", "INT"), ("again", "INT")]);
const TERMINATE: Doing = Send(&[("ready", "TERM")]);

type Case = (&'static str, &'static str, Doing, End, &'static str);

/// The table of programs without a loop, and of those that make their own: name, program, doing,
/// end, output.
const PLAIN: &[Case] = &[
    ("end", "print('x')", Nothing, Code(0), "x"),
    ("exception", "print('x'); 1 / 0", Nothing, Code(1), "x"),
    ("exit", "raise SystemExit", Nothing, Code(0), ""),
    ("exit none", "raise SystemExit(None)", Nothing, Code(0), ""),
    ("exit 3", "raise SystemExit(3)", Nothing, Code(3), ""),
    ("exit 256", "raise SystemExit(256)", Nothing, Code(0), ""),
    ("exit -1", "raise SystemExit(-1)", Nothing, Code(255), ""),
    ("exit true", "raise SystemExit(True)", Nothing, Code(1), ""),
    (
        "exit text",
        "raise SystemExit('text')",
        Nothing,
        Code(1),
        "",
    ),
    (
        "exit at once",
        "import os\ntry:\n    os._exit(9)\nfinally:\n    print('finally')",
        Nothing,
        Code(9),
        "",
    ),
    (
        "exit in finally",
        "try:\n    1 / 0\nfinally:\n    raise SystemExit(4)",
        Nothing,
        Code(4),
        "",
    ),
    (
        "interrupt raised",
        "raise KeyboardInterrupt",
        Nothing,
        Signal(2),
        "",
    ),
    (
        "group",
        "raise ExceptionGroup('g', [ValueError()])",
        Nothing,
        Code(1),
        "",
    ),
    (
        "interrupt in a loop",
        "try:\n    print('ready', flush=True)\n    while True:\n        pass\nfinally:\n    print('finally')",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "interrupt in calls without a statement",
        "def f(n): return f(n - 1) + f(n - 2) if n > 1 else n\ntry:\n    print('ready', flush=True)\n    f(100)\nfinally:\n    print('finally')",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "interrupt in time.sleep",
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(30)\nfinally:\n    print('finally')",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "interrupt in subprocess.run",
        "import subprocess\ntry:\n    subprocess.run(['sh', '-c', 'sleep 0.3; echo ready; exec sleep 30'])\nfinally:\n    print('finally')",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "interrupt in input",
        "try:\n    print('ready', flush=True)\n    input()\nfinally:\n    print('finally')",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "interrupt caught",
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(30)\nexcept KeyboardInterrupt:\n    print('caught')",
        INTERRUPT,
        Code(0),
        "caught",
    ),
    (
        "terminated",
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(30)\nfinally:\n    print('finally')",
        TERMINATE,
        Signal(15),
        "",
    ),
    (
        "terminated by a handler",
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *args: sys.exit(7))\ntry:\n    print('ready', flush=True)\n    time.sleep(30)\nfinally:\n    print('finally')",
        TERMINATE,
        Code(7),
        "finally",
    ),
    (
        "interrupt ignored from the start",
        "import signal, subprocess, time\nprint('ready', flush=True)\ntime.sleep(0.3)\nsignal.raise_signal(2)\nprint(signal.getsignal(2) is signal.SIG_IGN, flush=True)\nsubprocess.run(['sh', '-c', 'kill -INT $$; echo alive'])",
        SendIgnored,
        Code(0),
        "True|alive",
    ),
    (
        "interrupt ignored, then not",
        "import signal\nprint('ready', flush=True)\nprint(signal.signal(2, signal.default_int_handler) is signal.SIG_IGN)\ntry:\n    signal.raise_signal(2)\nfinally:\n    print('finally')",
        SendIgnored,
        Signal(2),
        "True|finally",
    ),
    ("closed output", "print('x')", CloseOutput, Code(120), ""),
    (
        "closed output, flushed",
        "print('x', flush=True)",
        CloseOutput,
        Code(1),
        "",
    ),
    (
        "a loop that is not closed",
        "import asyncio\nloop = asyncio.new_event_loop()\ndef tick():\n    print('ready', flush=True)\n    loop.call_later(30, tick)\nloop.call_later(0.02, tick)\ntry:\n    loop.run_forever()\nfinally:\n    print('finally')\n    loop.close()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
];

/// The table of bodies of a main task: what stands in its `try`.
const IN_MAIN: &[Case] = &[
    ("return", "return 5", Nothing, Code(0), "finally"),
    (
        "raise",
        "raise ValueError('x')",
        Nothing,
        Code(1),
        "finally",
    ),
    ("exit", "raise SystemExit(3)", Nothing, Code(3), "finally"),
    (
        "exit text",
        "raise SystemExit('text')",
        Nothing,
        Code(1),
        "finally",
    ),
    (
        "interrupt raised",
        "raise KeyboardInterrupt",
        Nothing,
        Signal(2),
        "finally",
    ),
    (
        "cancelled",
        "raise asyncio.CancelledError",
        Nothing,
        Code(1),
        "finally",
    ),
    (
        "exit in a task",
        "async def end():\n    sys.exit(6)\nawait asyncio.create_task(end())",
        Nothing,
        Code(6),
        "finally",
    ),
    (
        "sleep",
        "await asyncio.sleep(30)",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "lock",
        "lock = asyncio.Lock()\nasync def hold():\n    async with lock:\n        await asyncio.sleep(30)\nholder = asyncio.create_task(hold())\nawait asyncio.sleep(0)\nawait lock.acquire()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "queue",
        "ticker = asyncio.create_task(asyncio.sleep(30))\nawait asyncio.Queue().get()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "gather",
        "await asyncio.gather(child(), child())",
        INTERRUPT,
        Signal(2),
        "child|child|finally",
    ),
    (
        "wait_for",
        "await asyncio.wait_for(child(), 20)",
        INTERRUPT,
        Signal(2),
        "child|finally",
    ),
    (
        "group",
        "async with asyncio.TaskGroup() as group:\n    group.create_task(child())\n    group.create_task(child())",
        INTERRUPT,
        Signal(2),
        "child|child|finally",
    ),
    (
        "task that nobody awaits",
        "task = asyncio.create_task(child())\nawait asyncio.sleep(30)",
        INTERRUPT,
        Signal(2),
        "finally|child",
    ),
    (
        "child process",
        "process = await asyncio.create_subprocess_exec('sleep', '30')\nprint('child', process.pid, flush=True)\nawait process.wait()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "child process with pipes",
        "process = await asyncio.create_subprocess_exec('cat', stdin=-1, stdout=-1)\nprint('child', process.pid, flush=True)\nprocess.stdin.write(b'x')\nawait process.stdout.read()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "socket",
        "import socket\nours, theirs = socket.socketpair()\nreader, writer = await asyncio.open_connection(sock=ours)\nawait reader.read(1)",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "server",
        "server = await asyncio.start_server(print, '127.0.0.1', 0)\nawait server.serve_forever()",
        INTERRUPT,
        Signal(2),
        "finally",
    ),
    (
        "swallowed",
        "try:\n    await asyncio.sleep(30)\nexcept asyncio.CancelledError:\n    return 0",
        INTERRUPT,
        Code(0),
        "finally",
    ),
    (
        "twice",
        "try:\n    await asyncio.sleep(30)\nexcept asyncio.CancelledError:\n    print('again', flush=True)\n    time.sleep(30)",
        INTERRUPT_TWICE,
        Signal(2),
        "finally",
    ),
    (
        "twice, in a loop",
        "try:\n    await asyncio.sleep(30)\nexcept asyncio.CancelledError:\n    print('again', flush=True)\n    while True:\n        await asyncio.sleep(0)",
        INTERRUPT_TWICE,
        Signal(2),
        "finally",
    ),
    (
        "interrupt ignored from the start",
        "await asyncio.sleep(0.3)\nsignal.raise_signal(2)\nawait asyncio.sleep(0)\nprint(signal.getsignal(2) is signal.SIG_IGN)",
        SendIgnored,
        Code(0),
        "True|finally",
    ),
    (
        "terminated",
        "await asyncio.sleep(30)",
        TERMINATE,
        Signal(15),
        "",
    ),
    (
        "graceful",
        "stop = asyncio.Event()\nloop.add_signal_handler(signal.SIGTERM, stop.set)\nawait stop.wait()",
        TERMINATE,
        Code(0),
        "finally",
    ),
];

/// What stands around a body of [`IN_MAIN`].
const FRAME: &str = "import asyncio, signal, sys, time

async def child():
    try:
        await asyncio.sleep(30)
    finally:
        print('child', flush=True)

async def main():
    loop = asyncio.get_running_loop()
    loop.call_later(0.05, lambda: print('ready', flush=True))
    try:
BODY
    finally:
        print('finally', flush=True)

asyncio.run(main())
";

/// How long a program may take.
const LIMIT: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    // What is handled here is the system's default in a child, even if this suite was started with
    // SIGINT ignored. To the suite itself it does what it would.
    let ends_us = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_default(signal_hook::consts::SIGINT, ends_us)
        .expect("SIGINT can be handled");
    let found = Arc::new(Python::find());
    let mut trials = Vec::new();
    for (group, table) in [("plain", PLAIN), ("run", IN_MAIN)] {
        for case in table {
            let name = format!("{group}/{}", case.0);
            trials.push(Trial::test(name.clone(), move || check(group, case, None)));
            // The oracle itself would meet the closed output.
            if found.is_some() && !matches!(case.2, CloseOutput) {
                let found = found.clone();
                let python = move || check_oracle(group, case, found.as_ref().as_ref());
                trials.push(Trial::test(format!("{name} (CPython)"), python));
            }
        }
    }
    let mut arguments = Arguments::from_args();
    // They mostly wait.
    arguments.test_threads.get_or_insert(6);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A signal that meets CPython between two of its own steps can get lost, more so on a busy
/// machine: the expectation is wrong only if it is never met.
fn check_oracle(group: &str, case: &Case, python: Option<&Python>) -> Result<(), Failed> {
    check(group, case, python)
        .or_else(|_| check(group, case, python))
        .or_else(|_| check(group, case, python))
}

fn check(group: &str, case: &Case, python: Option<&Python>) -> Result<(), Failed> {
    let (name, program, doing, end, output) = case;
    let program = match group {
        "run" => {
            let body = program.lines().map(|line| format!("        {line}\n"));
            FRAME.replace("BODY\n", &body.collect::<String>())
        }
        _ => format!("{program}\n"),
    };
    let side = if python.is_some() { "python" } else { "aio" };
    let file = format!("ends_{side}_{group}_{name}.aio").replace([' ', ','], "_");
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, program)?;
    let command = match python {
        Some(python) => python.command(&path, &[]),
        None => {
            let mut command = harness::aio();
            command.arg(&path);
            command
        }
    };
    let result = run(ignoring(command, *doing), *doing);
    std::fs::remove_file(&path)?;
    let (lines, status) = result?;
    let children = lines.iter().filter_map(|line| line.strip_prefix("child "));
    for pid in children {
        must_be_gone(pid)?;
    }
    let is_said =
        |line: &&String| !matches!(line.as_str(), "ready" | "again") && !line.starts_with("child ");
    let said: Vec<&str> = lines.iter().filter(is_said).map(String::as_str).collect();
    let said = said.join("|");
    if said != *output {
        return Err(format!("printed {said:?}, not {output:?}").into());
    }
    let found = end_of(status);
    if found != Some(*end) {
        return Err(format!("ended with {found:?}, not {end:?}").into());
    }
    Ok(())
}

fn end_of(status: ExitStatus) -> Option<End> {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().map(Code);
    code.or_else(|| status.signal().map(Signal))
}

/// The command, started with SIGINT ignored if that is to be done.
fn ignoring(command: Command, doing: Doing) -> Command {
    if !matches!(doing, SendIgnored) {
        return command;
    }
    let mut shell = Command::new("sh");
    let script = "trap '' INT; exec \"$@\"";
    shell.args(["-c", script, "sh"]).arg(command.get_program());
    shell.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// Runs a program; what it printed, and how it ended.
fn run(mut command: Command, doing: Doing) -> Result<(Vec<String>, ExitStatus), Failed> {
    // An input that never comes, and never ends.
    let (input, _kept) = std::io::pipe()?;
    command.stdin(input).stderr(Stdio::null());
    if matches!(doing, CloseOutput) {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let status = command.stdout(writer).status()?;
        return Ok((Vec::new(), status));
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("there is a pipe")?;
    let signals = match doing {
        Send(signals) => signals,
        SendIgnored => &[("ready", "INT")],
        Nothing | CloseOutput => &[],
    };
    let pid = child.id().to_string();
    let reader = std::thread::spawn(move || {
        let mut lines = Vec::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let due = signals.iter().find(|(marker, _)| *marker == line);
            if let Some((_, signal)) = due {
                let _ = Command::new("kill")
                    .args([&format!("-{signal}"), &pid])
                    .status();
            }
            lines.push(line);
        }
        lines
    });
    let status = wait(&mut child)?;
    let lines = reader.join().map_err(|_| "the reader failed")?;
    Ok((lines, status))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]
fn wait(child: &mut Child) -> Result<ExitStatus, Failed> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begin.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Err("it did not end".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]
fn must_be_gone(pid: &str) -> Result<(), Failed> {
    for _ in 0..100 {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = state.rsplit(") ").next().unwrap_or_default();
        // A zombie has nobody left to reap it but the system.
        if !Path::new(&format!("/proc/{pid}")).exists() || state.starts_with('Z') {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(format!("child {pid} is left").into())
}
