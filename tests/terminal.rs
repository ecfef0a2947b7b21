//! The REPL on a terminal: one that `script` of util-linux makes. Where there is none, nothing is
//! tested.
//!
//! What is typed is sent piece by piece; what must hold is looked for in everything that came
//! back, without the escape sequences.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::io::{Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

/// What is typed, in pieces with a pause behind each.
type Typed = &'static [&'static str];

/// A session: its name, what is typed, what must come back in this order.
const SESSIONS: [(&str, Typed, &[&str]); 10] = [
    (
        "the_prompt_counts_tasks",
        &["t = create_task(sleep(100))\r", "1 + 1\r"],
        &["[1] >>> ", "2", "cancelled"],
    ),
    (
        "tasks_run_while_the_prompt_waits",
        &[
            "async def tick():\r",
            "await sleep(0.2); print('tick', 6 * 7)\r",
            "\r",
            "t = create_task(tick())\r",
            "x = 1 + ",
            "2\r",
            "print('x is', x)\r",
        ],
        &["[1] >>> ", "tick 42", "x is 3"],
    ),
    (
        "ctrl_c_ends_only_the_foreground",
        &[
            "t = create_task(sleep(50), name='long')\r",
            "await sleep(60)\r",
            "\u{3}",
            "print('done is', t.done())\r",
        ],
        &["KeyboardInterrupt", "done is False", "cancelled: long"],
    ),
    (
        "names_and_attributes_are_completed",
        &[
            "import asyncio\r",
            "words = 'abc'\r",
            "wor\t",
            ".upp\t",
            "()\r",
            "asyncio.gath\t",
            "\r",
        ],
        &["words.upper", "'ABC'", "asyncio.gather"],
    ),
    (
        "what_is_typed_decides_what_completes_it",
        &[
            "import collections.ab\t",
            "\r",
            "from asyncio import wait_f\t",
            "\r",
            "def f(size, *, colour): return colour\r",
            "\r",
            "f(1, colo\t",
            "7)\r",
        ],
        &[
            "import collections.abc",
            "from asyncio import wait_for",
            "f(1, colour=",
            "7",
        ],
    ),
    (
        "long_values_are_broken_into_lines",
        &[
            "{n: 'x' * 30 for n in range(3)}\r",
            "list(range(100, 140))\r",
        ],
        &[
            "{\r\n    0: 'xxx",
            "xxx',\r\n    2: '",
            "xxx',\r\n}",
            "[\r\n    100, 101, ",
            ",\r\n    1",
            "139,\r\n]",
        ],
    ),
    (
        "ctrl_c_breaks_a_loop_and_leaves_tasks",
        &[
            "t = create_task(sleep(50), name='long')\r",
            "while True: pass\r",
            "\r",
            "\u{3}",
            "print('loop', t.done())\r",
            "sum(range(10**18))\r",
            "\u{3}",
            "print('sum', t.done())\r",
        ],
        &[
            "KeyboardInterrupt",
            "loop False",
            "KeyboardInterrupt",
            "sum False",
            "cancelled: long",
        ],
    ),
    (
        "a_paste_arrives_whole",
        &[
            "\u{1b}[200~def f():\n    a = 1\n\n    return a + 41\n\u{1b}[201~",
            "\r",
            "f()\r",
        ],
        &["42"],
    ),
    (
        "output_of_tasks_leaves_the_line_alone",
        &[
            "async def tick():\r",
            "for n in range(4):\r",
            "await sleep(0.1); print('tick', n)\r",
            "\r",
            "t = create_task(tick())\r",
            "print('be",
            "gun and en",
            "ded')\r",
        ],
        &["tick 0", "tick 3", "begun and ended"],
    ),
    (
        "a_block_is_typed_and_recalled_as_one",
        &[
            "for i in range(2):\r",
            "print('turn', i)\r",
            "\r",
            "\u{1b}[A",
            "\r",
            "\r",
        ],
        &["turn 0", "turn 1", "turn 0", "turn 1"],
    ),
];

fn main() -> ExitCode {
    let found = Command::new("script").arg("--version").output();
    let is_known =
        found.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"));
    let sessions = SESSIONS.map(|(name, typed, expected)| {
        Trial::test(name, move || {
            patiently(|quiet| talk(&home(name)?, &[], typed, quiet)?.shows(expected))
        })
    });
    let others: [(&str, Case); 4] = [
        ("history_is_kept_and_searched", history_is_kept),
        ("a_session_is_saved_and_loaded", sessions_are_saved),
        ("what_is_typed_is_colored", typing_is_colored),
        ("a_dumb_terminal_will_do", dumb_terminals_do),
    ];
    let others = others.map(|(name, case)| Trial::test(name, move || patiently(case)));
    let all = sessions.into_iter().chain(others);
    let trials = all.map(|trial| trial.with_ignored_flag(!is_known));
    harness::conclude(trials.collect())
}

/// A session that takes more than typing.
type Case = fn(u64) -> Result<(), Failed>;

fn history_is_kept(quiet: u64) -> Result<(), Failed> {
    let home = home("history")?;
    talk(&home, &[], &["kept = 41\r"], quiet)?;
    let later = [
        "\u{12}kep",
        "\r",
        "\u{1b}[A",
        "\u{1b}[A",
        "\r",
        "kept + 1\r",
    ];
    talk(&home, &[], &later, quiet)?.shows(&["kept = 41", "42"])
}

fn sessions_are_saved(quiet: u64) -> Result<(), Failed> {
    let home = home("saved")?;
    let file = home.join("saved.aio");
    let (save, load) = (
        format!(":save {}\r", file.display()),
        format!(":load {}\r", file.display()),
    );
    talk(&home, &[], &["x = 20\r", &save], quiet)?;
    let typed = [&*load, "x + 1\r", ":time x + 2\r"];
    talk(&home, &[], &typed, quiet)?.shows(&["21", "22", "s\r"])
}

fn typing_is_colored(quiet: u64) -> Result<(), Failed> {
    let typed = ["while False: pass\r", "\r"];
    let plain = talk(&home("plain")?, &[], &typed, quiet)?;
    let colored = talk(&home("colored")?, &[("NO_COLOR", "")], &typed, quiet)?;
    // A sequence that chooses a color ends in this letter.
    match (plain.raw.contains("mwhile"), colored.raw.contains("mwhile")) {
        (false, true) => Ok(()),
        _ => Err(format!("{:?}\n{:?}", plain.raw, colored.raw).into()),
    }
}

fn dumb_terminals_do(quiet: u64) -> Result<(), Failed> {
    let typed = ["await sleep(0.01)\r", "6 * 7\r"];
    let shown = talk(&home("dumb")?, &[("TERM", "dumb")], &typed, quiet)?;
    shown.shows(&["42"])
}

/// An empty folder for what sessions leave behind; it goes when they are over.
struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Deref for Home {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

fn home(name: &str) -> Result<Home, Failed> {
    let home = std::env::temp_dir().join(format!("aio-terminal-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home)?;
    Ok(Home(home))
}

/// A key that comes before the prompt is lost, on every terminal. How long a busy machine takes
/// to show the prompt nobody knows, so whoever was too quick types more slowly the next time.
fn patiently(session: impl Fn(u64) -> Result<(), Failed>) -> Result<(), Failed> {
    session(200)
        .or_else(|_| session(600))
        .or_else(|_| session(1500))
}

/// What a session has shown.
struct Shown {
    raw: String,
}

impl Shown {
    /// Whether the parts come in this order, without the escape sequences.
    fn shows(&self, expected: &[&str]) -> Result<(), Failed> {
        let shown = without_escapes(&self.raw);
        let mut rest = shown.as_str();
        for part in expected {
            match rest.split_once(part) {
                Some((_, behind)) => rest = behind,
                None => return Err(format!("no {part:?} in its place in\n{shown}").into()),
            }
        }
        Ok(())
    }
}

/// `quiet` milliseconds without anything new mean that the command waits for the next key.
fn talk(home: &Path, env: &[(&str, &str)], typed: &[&str], quiet: u64) -> Result<Shown, Failed> {
    let mut child = Command::new("script")
        .args(["-qec", env!("CARGO_BIN_EXE_aio"), "/dev/null"])
        .env("HOME", home)
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("the child has a standard input")?;
    let screen = Screen::of(child.stdout.take().ok_or("the child has an output")?);
    screen.settle(0, quiet);
    for piece in typed {
        let before = screen.length();
        stdin.write_all(piece.as_bytes())?;
        screen.settle(before, quiet);
    }
    let before = screen.length();
    stdin.write_all(b"\x04")?;
    screen.settle(before, quiet);
    drop(stdin);
    child.wait()?;
    let raw = String::from_utf8_lossy(&screen.whole()).into_owned();
    Ok(Shown { raw })
}

/// What the terminal has shown so far; a thread reads it.
struct Screen {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Screen {
    fn of(mut output: ChildStdout) -> Screen {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shown = bytes.clone();
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut piece) {
                if let Ok(mut shown) = shown.lock() {
                    shown.extend_from_slice(&piece[..count]);
                }
            }
        });
        Screen { bytes, reader }
    }

    fn length(&self) -> usize {
        self.bytes.lock().map_or(0, |bytes| bytes.len())
    }

    /// Waits as a person does: until something is shown (but not for ever, since some keys show
    /// nothing), then until nothing more comes for a moment.
    fn settle(&self, before: usize, quiet: u64) {
        for _ in 0..150 {
            if self.length() > before {
                break;
            }
            pause(20);
        }
        let mut length = self.length();
        for _ in 0..15 {
            pause(quiet);
            if self.length() == length {
                return;
            }
            length = self.length();
        }
    }

    /// All that was shown, when the child has ended.
    fn whole(self) -> Vec<u8> {
        let _ = self.reader.join();
        self.bytes
            .lock()
            .map_or_else(|_| Vec::new(), |bytes| bytes.clone())
    }
}

#[expect(clippy::disallowed_methods, reason = "a person types slowly")]
fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

fn without_escapes(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|char: char| char.is_ascii_alphabetic());
        plain.push_str(end.map_or("", |end| &piece[end + 1..]));
    }
    plain
}
