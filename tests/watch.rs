//! `aio --watch`: what is changed, what the old run still says, what the new one says.
//!
//! A case writes files into a folder of its own, starts the command there, and goes on when the
//! lines come that it waits for. Standard output and error arrive as one.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

/// How long a line may take that comes in a tenth of a second when nothing else runs.
const PATIENCE: Duration = Duration::from_secs(20);

type Case = fn() -> Result<(), Failed>;

const CASES: [(&str, Case); 8] = [
    ("tasks_are_cancelled_and_finally_runs", tasks_are_cancelled),
    ("a_loop_is_stopped", a_loop_is_stopped),
    ("an_imported_module_is_watched", modules_are_watched),
    ("a_file_may_be_replaced", files_may_be_replaced),
    (
        "a_syntax_error_waits_for_its_correction",
        syntax_errors_wait,
    ),
    ("a_program_that_ended_waits", ended_programs_wait),
    ("what_does_not_stop_is_ended", stubborn_programs_are_ended),
    ("only_files_can_be_watched", only_files),
];

fn main() -> ExitCode {
    let trials = CASES.map(|(name, case)| Trial::test(name, case));
    harness::conclude(trials.into())
}

/// A program that is watched.
struct Watched {
    folder: PathBuf,
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    /// Writes the files and starts the first one.
    fn start(name: &str, files: &[(&str, &str)]) -> Result<Watched, Failed> {
        let folder = std::env::temp_dir().join(format!("aio-watch-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        for (file, text) in files {
            std::fs::write(folder.join(file), text)?;
        }
        let (first, _) = files.first().ok_or("there is a program")?;
        let mut child = harness::aio()
            .args(["--watch", first])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, lines) = channel();
        let out = child.stdout.take().ok_or("it has an output")?;
        let err = child.stderr.take().ok_or("it has an error output")?;
        let other = sender.clone();
        let send = move |line: String, sender: &std::sync::mpsc::Sender<String>| {
            // A case that is over reads no more.
            let _ = sender.send(line);
        };
        std::thread::spawn(move || {
            BufReader::new(out)
                .lines()
                .map_while(Result::ok)
                .for_each(|line| send(line, &sender));
        });
        std::thread::spawn(move || {
            BufReader::new(err)
                .lines()
                .map_while(Result::ok)
                .for_each(|line| send(line, &other));
        });
        Ok(Watched {
            folder,
            child,
            lines,
        })
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Failed> {
        Ok(std::fs::write(self.folder.join(file), text)?)
    }

    /// The lines up to one that contains a text.
    fn until(&self, text: &str) -> Result<Vec<String>, Failed> {
        self.until_all(&[text])
    }

    /// The lines until each of the texts was in one, in whatever order: there are two streams.
    fn until_all(&self, texts: &[&str]) -> Result<Vec<String>, Failed> {
        let mut seen: Vec<String> = Vec::new();
        let missing = |seen: &[String]| -> Option<String> {
            let missing = texts
                .iter()
                .find(|text| !seen.iter().any(|line| line.contains(**text)));
            missing.map(|text| (*text).to_owned())
        };
        while let Some(text) = missing(&seen) {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                return Err(format!("{text:?} does not come; there was {seen:?}").into());
            };
            seen.push(line);
        }
        Ok(seen)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn tasks_are_cancelled() -> Result<(), Failed> {
    let program = "import asyncio\n\
        async def work(n):\n    try:\n        await asyncio.sleep(1000)\n    finally:\n        print('bye', n, flush=True)\n\
        async def main():\n    print('begun', flush=True)\n    await asyncio.gather(work(1), work(2))\n\
        asyncio.run(main())\n";
    let watched = Watched::start("tasks", &[("a.aio", program)])?;
    watched.until("begun")?;
    watched.write("a.aio", "print('new', flush=True)\nawait sleep(1000)\n")?;
    let expected = ["bye 1", "bye 2", "──── a.aio was changed ────", "new"];
    let seen = watched.until_all(&expected)?;
    // The streams are two, so only their own order is sure.
    let mut sorted = seen.clone();
    sorted.sort();
    let mut wanted = expected.map(str::to_owned).to_vec();
    wanted.sort();
    if sorted != wanted {
        return Err(format!("{seen:?}").into());
    }
    // It was stopped within its second run too.
    watched.write("a.aio", "print('third', flush=True)\n")?;
    watched.until("third")?;
    Ok(())
}

fn a_loop_is_stopped() -> Result<(), Failed> {
    let program = "print('begun', flush=True)\nwhile True:\n    try:\n        while True: pass\n    except Exception: pass\n";
    let watched = Watched::start("loop", &[("a.aio", program)])?;
    watched.until("begun")?;
    watched.write("a.aio", "print('new')\n")?;
    watched.until("new")?;
    Ok(())
}

fn modules_are_watched() -> Result<(), Failed> {
    let files = [
        (
            "a.aio",
            "import helper\nprint(helper.word, flush=True)\nawait sleep(1000)\n",
        ),
        ("helper.aio", "from deeper import word\n"),
        ("deeper.py", "word = 'one'\n"),
    ];
    let watched = Watched::start("modules", &files)?;
    watched.until("one")?;
    watched.write("deeper.py", "word = 'another'\n")?;
    watched.until_all(&["deeper.py was changed", "another"])?;
    Ok(())
}

fn files_may_be_replaced() -> Result<(), Failed> {
    let watched = Watched::start(
        "replaced",
        &[("a.aio", "print('one', flush=True)\nawait sleep(1000)\n")],
    )?;
    watched.until("one")?;
    watched.write("a.aio.tmp", "print('two', flush=True)\nawait sleep(1000)\n")?;
    std::fs::rename(
        watched.folder.join("a.aio.tmp"),
        watched.folder.join("a.aio"),
    )?;
    watched.until("two")?;
    std::fs::remove_file(watched.folder.join("a.aio"))?;
    watched.write("a.aio", "print('three', flush=True)\nawait sleep(1000)\n")?;
    watched.until("three")?;
    Ok(())
}

fn syntax_errors_wait() -> Result<(), Failed> {
    let watched = Watched::start("syntax", &[("a.aio", "print('one'\n")])?;
    watched.until("ended with exit code 1; waiting for a change")?;
    watched.write("a.aio", "print('corrected')\n")?;
    watched.until("corrected")?;
    Ok(())
}

fn ended_programs_wait() -> Result<(), Failed> {
    let watched = Watched::start("ended", &[("a.aio", "import sys\nsys.exit(3)\n")])?;
    watched.until("ended with exit code 3; waiting")?;
    watched.write("a.aio", "print('two')\n")?;
    watched.until_all(&["two", "aio: ended; waiting for a change"])?;
    Ok(())
}

fn stubborn_programs_are_ended() -> Result<(), Failed> {
    let program =
        "print('begun', flush=True)\ntry:\n    await sleep(1000)\nfinally:\n    3**10**8\n";
    let watched = Watched::start("stubborn", &[("a.aio", program)])?;
    watched.until("begun")?;
    watched.write("a.aio", "print('new')\n")?;
    watched.until("new")?;
    Ok(())
}

fn only_files() -> Result<(), Failed> {
    for arguments in [
        &["--watch", "-c", "1"][..],
        &["--watch", "-i", "tests/README.md"],
    ] {
        let output = harness::aio()
            .args(arguments)
            .current_dir(harness::root())
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(2) || !said.contains("--watch is for a program in a file") {
            return Err(said.into());
        }
    }
    Ok(())
}
