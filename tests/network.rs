//! Servers under strain: very many connections, no descriptors left, peers that do harm.
//!
//! What a program of `network/` must print is what CPython 3.13 prints. Limits of descriptors and memory are those of a small machine: what a flood
//! brings, or a peer that never reads, must not pile up.
//!
//! `AIO_CONNECTIONS=10000 cargo test --release --test network connections` opens ten thousand,
//! which needs a machine that allows it.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

/// A row of the table.
struct Case {
    program: &'static str,
    argument: u32,
    descriptors: u32,
    memory: &'static str,
    printed: &'static str,
}

/// The pieces of 64 KB that one bad peer sends, or asks for and does not take.
const PIECES: u32 = 1_000;

const CASES: &[Case] = &[
    Case {
        program: "no_descriptors_left",
        argument: 0,
        descriptors: 40,
        memory: "64M",
        printed: "b'first\\n'\n\
                  no more files: Too many open files\n\
                  b'second\\n' False {'socket.accept() out of system resource: Too many open files'}\n\
                  b'late\\n' True\n\
                  b'new\\n'\n",
    },
    Case {
        program: "bad_peers",
        argument: PIECES,
        descriptors: 256,
        memory: "16M",
        printed: "20 reset ['ConnectionResetError'] 20\n\
                  5 stall ['TimeoutError'] 5\n\
                  5 flood ['ValueError'] 5\n",
    },
];

fn main() -> ExitCode {
    let asked = std::env::var("AIO_CONNECTIONS")
        .ok()
        .and_then(|text| text.parse().ok());
    let count: u32 = asked.unwrap_or(400);
    let mut trials = vec![Trial::test(format!("{count} connections"), move || {
        many_connections(count)
    })];
    trials.extend(CASES.iter().map(|case| {
        Trial::test(case.program.replace('_', " "), || {
            let Case {
                program,
                argument,
                descriptors,
                memory,
                printed,
            } = case;
            let arguments = argument.to_string();
            run(program, &[&arguments], *descriptors, memory, printed)
        })
    }));
    trials.extend(
        ENDS.iter()
            .map(|how| Trial::test(format!("last words before {how}"), || last_words(how))),
    );
    harness::conclude(trials)
}

/// How `last_words` ends, or stops for long, right behind a write.
const ENDS: &[&str] = &[
    "os._exit",
    "os.kill",
    "raise_signal",
    "SystemExit",
    "time.sleep",
    "computing",
];

/// What a program writes to a connection has left it when the program ends or blocks.
fn last_words(how: &str) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let mut child = harness::aio()
        .arg(harness::root().join("tests/network/last_words.aio"))
        .args([&port.to_string(), how])
        .stderr(Stdio::null())
        .spawn()?;
    let (mut connection, _) = listener.accept()?;
    connection.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut heard = [0; 10];
    let outcome = connection.read_exact(&mut heard);
    child.kill()?;
    child.wait()?;
    outcome?;
    if &heard != b"last words" {
        return Err(format!("heard {heard:?}").into());
    }
    Ok(())
}

/// Very many connections between two processes, neither of which needs more than a small machine has.
fn many_connections(count: u32) -> Result<(), Failed> {
    let descriptors = count + 100;
    let mut server = limited("many_connections", &["serve"], descriptors, "256M")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut ports = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut ports)?;
    }
    let count_text = count.to_string();
    let mut arguments = vec![count_text.as_str()];
    arguments.extend(ports.split_whitespace());
    let printed = format!(
        "{count} are open\none {count} answers\ntwo {count} answers\nthree {count} answers\n\
         all are closed\n"
    );
    let outcome = run(
        "many_connections",
        &arguments,
        descriptors,
        "256M",
        &printed,
    );
    // The end of its input is the end of the server, which closes what it has.
    drop(server.stdin.take());
    let ended = server.wait()?;
    outcome?;
    if !ended.success() {
        return Err(format!("the server ends with {ended}").into());
    }
    Ok(())
}

/// Runs a program within limits, and compares what it prints.
fn run(
    program: &str,
    arguments: &[&str],
    descriptors: u32,
    memory: &str,
    expected: &str,
) -> Result<(), Failed> {
    let mut command = limited(program, arguments, descriptors, memory);
    let outcome = harness::child::run(&mut command, None, Duration::from_secs(120))?;
    let printed = String::from_utf8_lossy(&outcome.stdout);
    if printed != expected {
        let errors = String::from_utf8_lossy(&outcome.stderr);
        return Err(format!("printed\n{printed}instead of\n{expected}{errors}").into());
    }
    Ok(())
}

/// The command that runs a program within limits.
fn limited(program: &str, arguments: &[&str], descriptors: u32, memory: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"])
        .arg(harness::aio().get_program())
        .args(["--max-memory", memory])
        .arg(harness::root().join(format!("tests/network/{program}.aio")))
        .args(arguments);
    command
}
