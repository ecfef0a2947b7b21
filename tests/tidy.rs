//! Rules of the house that the compiler does not know.
//!
//! - Every Rust file begins with `//!`.
//! - No file has more than 600 lines of code, no function more than 80 lines. What
//!   is a table of data may be longer and says "table" in the comment above it.
//! - The arrows between the crates run one way.
//! - `unsafe` lives where the design says, and nowhere else.
//! - What calls the system asks for the permission of the program.
//! - Every case of `tests/run` has its expected output and says in its first line
//!   what it shows; no expectation is without a program.
//! - Every code of a diagnostic is declared once and appears in a test.
//! - What is said to users names nothing of our inside, and each thing by one word.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};

const MAX_FILE: usize = 600;
const MAX_FUNCTION: usize = 80;

/// Each crate, and the whole list of our crates that it may depend on.
const ARROWS: [(&str, &[&str]); 8] = [
    ("aio-syntax", &[]),
    ("aio-event-loop", &[]),
    ("aio-compile", &["aio-syntax"]),
    (
        "aio-runtime",
        &["aio-compile", "aio-syntax", "aio-event-loop"],
    ),
    ("aio-fmt", &["aio-syntax"]),
    ("aio-check", &["aio-compile", "aio-syntax"]),
    (
        "aio",
        &[
            "aio-compile",
            "aio-syntax",
            "aio-event-loop",
            "aio-runtime",
            "aio-check",
            "aio-fmt",
        ],
    ),
    ("xtask", &[]),
];

/// Where `unsafe` may live: the value's box, the heap, the switch of stacks.
const UNSAFE: [&str; 3] = [
    "crates/aio-runtime/src/value.rs",
    "crates/aio-runtime/src/heap/",
    "crates/aio-runtime/src/threads/stack.rs",
];

/// How a file of the runtime reaches out of the process.
const OUTSIDE: [&str; 10] = [
    "fs::",
    "OpenOptions::",
    "File::options",
    "File::open",
    "File::create",
    "Command::new",
    "net::socket",
    "dns_lookup::get",
    "process::kill_",
    "canonicalize(",
];

/// Files that do so without asking, and why they may.
const UNASKED: [(&str, &str); 6] = [
    (
        "asyncio/unix_events.rs",
        "asks what kind of descriptor it was given",
    ),
    (
        "asyncio/readiness.rs",
        "keeps a spare descriptor of its own",
    ),
    (
        "asyncio/selector_events/sendfile.rs",
        "sends a file that is open through a socket that is",
    ),
    (
        "modules/sockets/data.rs",
        "is called by `methods.rs`, which asks",
    ),
    (
        "session.rs",
        "notes the state of a file that is imported anyway",
    ),
    ("signals.rs", "sends a signal to this process"),
];

type Rule = fn(&Path) -> Vec<String>;

const RULES: [(&str, Rule); 9] = [
    ("every file says what it is for", files_have_heads),
    (
        "files and functions are short",
        files_and_functions_are_short,
    ),
    ("arrows between crates run one way", arrows_run_one_way),
    ("unsafe lives where the design says", unsafe_is_confined),
    ("what reaches out asks first", what_reaches_out_asks),
    ("script tests are complete", script_tests_are_complete),
    (
        "every diagnostic code has one meaning and a test",
        codes_are_tested,
    ),
    ("messages keep to their words", words_are_kept),
    ("the repository speaks of itself alone", speaks_of_itself),
];

fn main() -> ExitCode {
    let trials = RULES.map(|(name, rule)| Trial::test(name, move || apply(rule)));
    harness::conclude(trials.into())
}

fn apply(rule: Rule) -> Result<(), Failed> {
    let problems = rule(&harness::root());
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems.join("\n").into())
}

fn what_reaches_out_asks(root: &Path) -> Vec<String> {
    const RUNTIME: &str = "crates/aio-runtime/src/";
    let mut problems = Vec::new();
    for (name, text) in rust_files(root) {
        let Some(name) = name.strip_prefix(RUNTIME) else {
            continue;
        };
        let code = || text.lines().filter(|line| !line.starts_with("use "));
        let reaches = OUTSIDE
            .iter()
            .find(|way| code().any(|line| line.contains(*way)));
        let asks = text.contains(".permit(") || text.contains(".permit_import(");
        let may = UNASKED.iter().any(|(file, _)| *file == name);
        match (reaches, asks, may) {
            (Some(way), false, false) => problems.push(format!("{name}: {way} without vm.permit")),
            (None, _, true) => problems.push(format!("{name}: does not reach out; strike it off")),
            _ => {}
        }
    }
    problems
}

/// Our Rust files with their text.
fn rust_files(root: &Path) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = harness::files(&root.join("crates"), "rs");
    files.extend(harness::files(&root.join("tests"), "rs"));
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root).unwrap_or(&file);
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            (name.to_string_lossy().into_owned(), text)
        })
        .collect()
}

fn files_have_heads(root: &Path) -> Vec<String> {
    rust_files(root)
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| format!("{name}: does not begin with //!"))
        .collect()
}

fn files_and_functions_are_short(root: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in rust_files(root) {
        let lines: Vec<&str> = text.lines().collect();
        let code = lines.iter().filter(|line| is_code(line)).count();
        let head: String = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        if code > MAX_FILE && !head.contains("table") {
            problems.push(format!("{name}: {code} lines of code"));
        }
        for (number, line) in lines.iter().enumerate() {
            let Some(length) = function_length(&lines[number..]) else {
                continue;
            };
            if length > MAX_FUNCTION && !says_table(&lines[..number]) {
                let place = number + 1;
                problems.push(format!("{name}:{place}: {length} lines: {}", line.trim()));
            }
        }
    }
    problems
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

/// The number of lines of the function that begins at the first line, if one
/// does. It ends at the brace in the column in which it began: rustfmt sees to it.
fn function_length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let indent = first.len() - first.trim_start().len();
    let words = first.trim_start().split([' ', '(', '<']);
    let is_function = words
        .take_while(|word| {
            [
                "pub", "crate)", "super)", "const", "async", "unsafe", "extern", "\"C\"", "fn",
            ]
            .contains(word)
        })
        .any(|word| word == "fn");
    if !is_function {
        return None;
    }
    let end = lines.iter().position(|line| {
        let closes = line.trim_end() == format!("{}}}", " ".repeat(indent));
        let one_line =
            line.trim_end().ends_with([';', '}']) && line.len() - line.trim_start().len() == indent;
        closes || one_line
    })?;
    Some(end + 1)
}

/// Whether the comment right above says that this is a table.
fn says_table(above: &[&str]) -> bool {
    above
        .iter()
        .rev()
        .take_while(|line| line.trim().starts_with("//") || line.trim().starts_with('#'))
        .any(|line| line.contains("table"))
}

fn arrows_run_one_way(root: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, allowed) in ARROWS {
        let manifest = root.join("crates").join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).unwrap_or_default();
        if text.is_empty() {
            problems.push(format!("{name}: no Cargo.toml"));
        }
        let dependencies = text.lines().skip_while(|line| *line != "[dependencies]");
        for line in dependencies {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = ARROWS.iter().any(|(ours, _)| *ours == dependency);
            if ours && !allowed.contains(&dependency) {
                problems.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    problems
}

fn unsafe_is_confined(root: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in rust_files(root) {
        if UNSAFE.iter().any(|place| name.starts_with(place)) || name == "tests/tidy.rs" {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            let code = line.split("//").next().unwrap_or_default();
            let words = ["unsafe {", "unsafe fn", "unsafe impl", "(unsafe_code"];
            if words.iter().any(|word| code.contains(word)) {
                problems.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    problems
}

fn script_tests_are_complete(root: &Path) -> Vec<String> {
    let folder = root.join("tests/run");
    let mut problems = Vec::new();
    for file in harness::files(&folder, "aio") {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let name = file.strip_prefix(root).unwrap_or(&file).display();
        if !file.with_extension("out").is_file() {
            problems.push(format!("{name}: no .out file"));
        }
        if !text.starts_with("# ") {
            problems.push(format!("{name}: the first line does not say what is shown"));
        }
    }
    for extension in ["out", "end", "in"] {
        for file in harness::files(&folder, extension) {
            if !file.with_extension("aio").is_file() {
                problems.push(format!("{}: no program", file.display()));
            }
        }
    }
    problems
}

fn codes_are_tested(root: &Path) -> Vec<String> {
    let files = rust_files(root);
    let is_test = |name: &str| name.starts_with("tests/") || name.contains("tests");
    let mut tested: String = harness::files(&root.join("tests"), "err")
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap_or_default())
        .collect();
    for (name, text) in &files {
        let unit_tests = text.split_once("#[cfg(test)]").map(|(_, tests)| tests);
        tested.push_str(if is_test(name) {
            text
        } else {
            unit_tests.unwrap_or_default()
        });
    }
    // Their numbers, each with the name of its constant.
    let mut declared: Vec<(&str, &str)> = files
        .iter()
        .filter(|(name, _)| !is_test(name))
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| {
            let (before, number) = line.split_once(": &str = \"A0")?;
            let name = before.split_whitespace().next_back()?;
            Some((number.get(..3)?, name))
        })
        .collect();
    declared.sort_unstable();
    let mut problems: Vec<String> = declared
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| format!("A0{}: declared twice", pair[0].0))
        .collect();
    for (number, name) in declared {
        let by_name = tested.contains(&format!("code::{name}"));
        if !by_name && !tested.contains(&format!("A0{number}")) {
            problems.push(format!("A0{number} ({name}): no test"));
        }
    }
    problems
}

/// Words that messages do not use, a table: names of our inside, and second names of what has one.
const FOREIGN_WORDS: [(&str, &str); 26] = [
    ("ast", "what was written"),
    ("hir", "what was written"),
    ("vm", "aio"),
    ("interpreter", "aio, or nothing"),
    ("runtime", "aio, or nothing"),
    ("evaluator", "aio, or nothing"),
    ("parser", "nothing"),
    ("lexer", "nothing"),
    ("token", "the text itself"),
    ("span", "the place"),
    ("slot", "variable"),
    ("node", "expression or statement"),
    ("payload", "nothing"),
    ("trampoline", "nothing"),
    ("poller", "event loop"),
    ("mutex", "lock"),
    ("promise", "future"),
    ("coro", "coroutine"),
    ("coros", "coroutines"),
    ("fiber", "task"),
    ("greenlet", "task"),
    ("spawn", "create"),
    ("spawned", "created"),
    ("spawns", "creates"),
    ("eventloop", "event loop"),
    ("awaiting", "waiting for"),
];

/// What users read: the recorded drawings without the lines of source in them, and the pages of
/// `aio explain` without their programs.
fn words_are_kept(root: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    let mut lines = 0;
    for (file, number, line) in said_to_users(root) {
        lines += 1;
        let words = line.split(|char: char| !char.is_alphanumeric() && char != '_');
        for word in words {
            let word = word.to_lowercase();
            let known = FOREIGN_WORDS.iter().find(|(foreign, _)| *foreign == word);
            if let Some((_, better)) = known {
                let name = file.strip_prefix(root).unwrap_or(&file).display();
                problems.push(format!("{name}:{number}: {word:?}; say {better}"));
            }
        }
    }
    if lines < 500 {
        problems.push(format!("only {lines} lines of messages were found"));
    }
    problems
}

fn said_to_users(root: &Path) -> Vec<(PathBuf, usize, String)> {
    let mut said = Vec::new();
    let drawings = ["fail", "check", "mistakes", "traceback"]
        .map(|folder| root.join("tests").join(folder))
        .into_iter()
        .flat_map(|folder| ["err", "check"].map(|kind| harness::files(&folder, kind)));
    for file in drawings.flatten() {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for (line, number) in text.lines().zip(1..) {
            let is_said = line.starts_with('[')
                || ["╰─", "│ Help: ", "│ Note"]
                    .iter()
                    .any(|mark| line.contains(mark));
            if is_said {
                said.push((file.clone(), number, without_quotes(line)));
            }
        }
    }
    for file in harness::files(&root.join("crates/aio-check/pages"), "md") {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut is_program = false;
        for (line, number) in text.lines().zip(1..) {
            is_program ^= line.starts_with("```");
            if !is_program {
                said.push((file.clone(), number, without_quotes(line)));
            }
        }
    }
    said
}

/// A line without what it quotes: pieces of the program, names in messages of CPython.
fn without_quotes(line: &str) -> String {
    let outside = |text: &str, quote: char| -> String {
        let pieces = text.split(quote).enumerate();
        pieces
            .filter(|(at, _)| at % 2 == 0)
            .map(|(_, piece)| piece)
            .collect()
    };
    outside(&outside(line, '`'), '\'')
}

/// No path of a machine it was once written on.
fn speaks_of_itself(root: &Path) -> Vec<String> {
    let mut texts = rust_files(root);
    for file in harness::files(root, "md") {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        texts.push((file.to_string_lossy().into_owned(), text));
    }
    let foreign = [concat!("/", "work/"), concat!("../", "shared")];
    texts
        .iter()
        .filter(|(_, text)| foreign.iter().any(|word| text.contains(word)))
        .map(|(name, _)| format!("{name}: names a folder outside of the repository"))
        .collect()
}
