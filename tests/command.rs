//! The command line: what the subcommands and options print, and the exit codes.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::io::{BufRead, BufReader, Write};
use std::process::{ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

type Case = fn() -> Result<(), Failed>;

const CASES: [(&str, Case); 16] = [
    ("tests_are_run_and_summed_up", tests_are_run),
    ("a_test_that_forgets_to_await_is_told_of", tests_that_forget),
    ("tests_are_chosen_by_name", tests_are_chosen),
    ("mistakes_are_said_before_a_program_runs", mistakes_are_said),
    ("colors_come_when_they_are_wanted", colors),
    ("strict_refuses_a_program_with_a_mistake", strict_refuses),
    ("quiet_leaves_hints_out_and_strict_makes_them_errors", hints),
    ("dev_gives_hints_and_tells_of_long_turns", developing),
    ("fmt_shows_or_writes_what_changes", formatting),
    ("explain_knows_codes_and_says_which_are_not", explaining),
    ("a_module_beside_is_run", modules),
    ("a_program_can_be_looked_at_when_it_has_ended", inspecting),
    ("a_running_program_says_what_it_waits_for", waiting),
    ("a_misspelled_command_is_guessed", guessing),
    ("the_loop_runs_while_a_thread_asks", asking),
    ("completions_and_the_man_page_are_printed", completions),
];

fn main() -> ExitCode {
    let trials = CASES.map(|(name, case)| Trial::test(name, case));
    harness::conclude(trials.into())
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the command in the folder of the cases.
fn aio(args: &[&str], input: &str) -> Result<Ran, Failed> {
    let mut child = harness::aio()
        .args(args)
        .current_dir(harness::root().join("tests/command"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    Ok(Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn check(ran: &Ran, code: i32, stdout: &str, stderr: &[&str]) -> Result<(), Failed> {
    harness::same_text("stdout", stdout, &ran.stdout)?;
    for part in stderr {
        if !ran.stderr.contains(part) {
            return Err(format!("no {part:?} in stderr:\n{}", ran.stderr).into());
        }
    }
    if ran.code != Some(code) {
        return Err(format!("ended with {:?}\n{}", ran.code, ran.stderr).into());
    }
    Ok(())
}

/// The text with `(… ms)` and `in … ms` without their numbers.
fn without_times(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let digits = word.trim_start_matches('(');
        let is_number = digits.parse::<f64>().is_ok() && !words.is_empty();
        let follows = words.last().is_some_and(|last| last == "in") || word.starts_with('(');
        words.push(if is_number && follows {
            word.replace(digits, "N")
        } else {
            word.to_owned()
        });
    }
    words.join(" ")
}

fn tests_are_run() -> Result<(), Failed> {
    let mut ran = aio(&["test"], "")?;
    ran.stdout = without_times(&ran.stdout)
        .replace(&harness::root().to_string_lossy().into_owned(), "$ROOT");
    let expected = "test_sums.aio
  test_sum ... ok (N ms)
  test_an_hour_passes_at_once ... ok (N ms)
  test_that_fails ... FAILED (N ms)

---- test_sums.aio: test_that_fails ----
printed before
Traceback (most recent call last):
  File \"$ROOT/tests/command/test_sums.aio\", line 18, in test_that_fails
    assert sum([1, 2]) == 4, \"wrong sum\"
           ^^^^^^^^^^^^^^^^
AssertionError: wrong sum

2 passed, 1 failed, in N ms
";
    // Where the marks of an assertion stand is the traceback's affair.
    let marks = "           ^^^^^^^^^^^^^^^^\n";
    ran.stdout = ran.stdout.replace(marks, "");
    check(&ran, 1, &expected.replace(marks, ""), &[])
}

fn tests_that_forget() -> Result<(), Failed> {
    let ran = aio(&["test", "forgets.aio"], "")?;
    let parts = [
        "1 passed, 0 failed",
        "---- forgets.aio: test_price passed, but ----",
        "[A0101] Error: coroutine 'Shop.price' was never awaited",
        "forgets.aio:9:5",
        "Help: `await shop.price(\"coffee\")`",
    ];
    for part in parts {
        if !ran.stdout.contains(part) || ran.code != Some(0) {
            return Err(format!("no {part:?}\n{}", ran.stdout).into());
        }
    }
    Ok(())
}

fn tests_are_chosen() -> Result<(), Failed> {
    let mut ran = aio(&["test", "-k", "hour", "test_sums.aio"], "")?;
    ran.stdout = without_times(&ran.stdout);
    let expected = "test_sums.aio
  test_an_hour_passes_at_once ... ok (N ms)

1 passed, 0 failed, in N ms
";
    check(&ran, 0, expected, &[])?;
    let ran = aio(&["test", "forgotten.aio"], "")?;
    check(&ran, 1, "", &["no tests found"])
}

fn mistakes_are_said() -> Result<(), Failed> {
    let ran = aio(&["forgotten.aio"], "")?;
    let said = "[A0101] Error: coroutine 'work' was never awaited";
    check(&ran, 0, "done\n", &[said, "forgotten.aio:6:5"])
}

/// Standard error is a pipe here.
fn colors() -> Result<(), Failed> {
    type Variables = &'static [(&'static str, &'static str)];
    let cases: [(Variables, &[&str], bool); 6] = [
        (&[], &[], false),
        (&[("FORCE_COLOR", "1")], &[], true),
        (&[("FORCE_COLOR", "")], &[], false),
        (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[], false),
        (&[("NO_COLOR", "1")], &["--color=always"], true),
        (&[("FORCE_COLOR", "1")], &["--color=never"], false),
    ];
    for (variables, options, wanted) in cases {
        let mut command = harness::aio();
        command.env_remove("NO_COLOR").envs(variables.to_vec());
        command
            .args(options)
            .args(["-c", "async def f(): pass\nf()\n1 / 0"]);
        let stderr = command.output()?.stderr;
        if stderr.contains(&0x1b) != wanted {
            let text = String::from_utf8_lossy(&stderr).into_owned();
            return Err(format!("{variables:?} {options:?}\n{text}").into());
        }
    }
    Ok(())
}

fn strict_refuses() -> Result<(), Failed> {
    let ran = aio(&["--strict", "forgotten.aio"], "")?;
    check(&ran, 1, "", &["[A0101]", "aio: not run: 1 sure mistake"])
}

fn hints() -> Result<(), Failed> {
    let hint = "slow.aio:7:16: hint[A0108]: these awaits run one after another; they could run \
                together (help: `out = await gather(*[get(n) for n in range(2)])`)\n";
    let short = &["check", "--format", "short", "slow.aio"];
    check(&aio(short, "")?, 0, hint, &[])?;
    check(&aio(&["check", "-q", "slow.aio"], "")?, 0, "", &[])?;
    let strict = &["check", "--strict", "--format", "short", "slow.aio"];
    check(&aio(strict, "")?, 1, &hint.replace("hint[", "error["), &[])
}

fn developing() -> Result<(), Failed> {
    let ran = aio(&["--dev", "--virtual-time", "busy.aio"], "")?;
    let told =
        "[A0111] Warning: a turn of task `count` took more than 1000000 steps; `greet` had to wait";
    check(&ran, 0, "hello\n", &["[A0108]", "one after another", told])?;
    if !ran.stderr.contains("busy.aio:7:9 ]") || ran.stderr.matches("a turn").count() != 1 {
        return Err(ran.stderr.into());
    }
    let ran = aio(&["--virtual-time", "busy.aio"], "")?;
    harness::same_text("stderr", "", &ran.stderr)?;
    check(&aio(&["--dev", "busy_alone.aio"], "")?, 0, "42\n", &[])
}

fn formatting() -> Result<(), Failed> {
    let diff = "--- unformatted.py\n+++ unformatted.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n";
    let ran = aio(&["fmt", "--diff", "unformatted.py"], "")?;
    check(&ran, 1, diff, &["1 file is not formatted"])?;
    let ran = aio(&["fmt", "--check", "unformatted.py", "test_sums.aio"], "")?;
    check(&ran, 1, "unformatted.py\n", &["1 file is not formatted"])?;
    check(
        &aio(&["fmt", "-"], "print( 'a' )\n")?,
        0,
        "print(\"a\")\n",
        &[],
    )?;
    let file = std::env::temp_dir().join(format!("aio-fmt-{}.aio", std::process::id()));
    std::fs::write(&file, "x=[1,\n2]\n")?;
    let ran = aio(&["fmt", &file.to_string_lossy()], "")?;
    let text = std::fs::read_to_string(&file)?;
    std::fs::remove_file(&file)?;
    check(&ran, 0, "", &[])?;
    harness::same_text("the file", "x = [1, 2]\n", &text)
}

fn explaining() -> Result<(), Failed> {
    let ran = aio(&["explain", "a0103"], "")?;
    if !ran
        .stdout
        .starts_with("A0103: a coroutine as a condition\n")
    {
        return Err(ran.stdout.into());
    }
    let ran = aio(&["explain"], "")?;
    if !ran.stdout.contains("\nA0301  deadlock\n") {
        return Err(ran.stdout.into());
    }
    check(&aio(&["explain", "A0999"], "")?, 2, "", &["no code A0999"])
}

fn modules() -> Result<(), Failed> {
    let ran = aio(&["-m", "package", "-i", "x"], "")?;
    check(&ran, 0, "__main__ ['-i', 'x']\n", &[])?;
    let ran = aio(&["-m", "nowhere"], "")?;
    check(&ran, 1, "", &["No module named nowhere"])
}

fn inspecting() -> Result<(), Failed> {
    let ran = aio(&["-i", "-m", "package"], "value + 1\n")?;
    check(&ran, 0, "__main__ []\n43\n", &[])
}

fn waiting() -> Result<(), Failed> {
    let table = "\
4 tasks
  `main` runs (waiting.aio:29)
  `one` sleeps, 6.500 s are left (waiting.aio:9)
  `two` has waited 2.5 s for lock `lock`, which `one` has (waiting.aio:13)
  `three` has waited 1.5 s for an item of queue `queue` (waiting.aio:19)
";
    let ran = aio(&["--virtual-time", "waiting.aio"], "")?;
    let folder = harness::root().join("tests/command/");
    let told = ran.stderr.replace(&*folder.to_string_lossy(), "");
    harness::same_text("stderr", table, &told)
}

fn guessing() -> Result<(), Failed> {
    let ran = aio(&["chekc", "x.aio"], "")?;
    check(&ran, 2, "", &["can't open file 'chekc'", "`aio check`"])?;
    let ran = aio(&["--vitrual-time", "x.aio"], "")?;
    check(&ran, 2, "", &["--virtual-time"])
}

/// A thread in `input()` does not hold the loop.
fn asking() -> Result<(), Failed> {
    let mut child = harness::aio()
        .arg("asking.aio")
        .current_dir(harness::root().join("tests/command"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("no pipes".into());
    };
    let (seen, waiting) = mpsc::channel();
    // If the loop stands still, the answer comes all the same, and the test fails rather than hangs.
    let answering = thread::spawn(move || {
        let in_time = waiting.recv_timeout(Duration::from_secs(20)).is_ok();
        (in_time, stdin.write_all(b"Alice\n"))
    });
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next().transpose()?;
    // The other side has given up if this comes too late.
    let _ = seen.send(());
    let rest: Vec<String> = lines.collect::<Result<_, _>>()?;
    child.wait()?;
    let (in_time, written) = answering.join().map_err(|_| "the answer panicked")?;
    written?;
    harness::same_text(
        "stdout",
        "Name? tick\ntick\ntick\nHello, Alice\n",
        &format!("{}\n{}\n", first.unwrap_or_default(), rest.join("\n")),
    )?;
    if in_time {
        Ok(())
    } else {
        Err("the loop stood still".into())
    }
}

fn completions() -> Result<(), Failed> {
    for shell in ["bash", "zsh", "fish"] {
        let ran = aio(&["completions", shell], "")?;
        if ran.code != Some(0) || !ran.stdout.contains("explain") {
            return Err(format!("{shell}: {:?}", ran.code).into());
        }
    }
    let ran = aio(&["man"], "")?;
    if ran.stdout.contains(".TH aio") {
        Ok(())
    } else {
        Err(ran.stdout.into())
    }
}
