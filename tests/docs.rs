//! The code in the documentation runs.
//!
//! Every fence marked `aio` in a Markdown file or a doc comment is run on the
//! virtual clock and must succeed; if a fence marked `output` follows, the program
//! must print it. A fence marked `aio,ignore` is not run.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use harness::child;
use libtest_mimic::{Failed, Trial};

const LIMIT: Duration = Duration::from_secs(30);

/// A program in a document.
struct Example {
    /// Its document and line, as part of a file's name.
    name: String,
    line: usize,
    code: String,
    output: Option<String>,
}

fn main() -> ExitCode {
    let root = harness::root();
    let mut documents = harness::files(&root, "md");
    documents.extend(harness::files(&root.join("crates"), "rs"));
    let mut trials = Vec::new();
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap_or_default();
        let place = document.strip_prefix(&root).unwrap_or(&document);
        for mut example in examples(&text) {
            let name = format!("{}:{}", place.display(), example.line);
            example.name = name.replace(['/', ':'], "-");
            trials.push(Trial::test(name, move || run_example(&example)));
        }
    }
    harness::conclude(trials)
}

/// All programs of a document, with the output that follows them.
fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut lines = text.lines().zip(1..);
    // Only an output fence directly behind a program belongs to it.
    let mut follows = false;
    while let Some((line, number)) = lines.next() {
        let line = undocumented(line);
        let Some(language) = line.strip_prefix("```") else {
            follows &= line.is_empty();
            continue;
        };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(line, _)| undocumented(line))
            .take_while(|line| !line.starts_with("```"))
            .collect();
        let body: String = body.iter().map(|line| format!("{line}\n")).collect();
        match language {
            "aio" => found.push(Example {
                name: String::new(),
                line: number,
                code: body,
                output: None,
            }),
            "output" if follows => {
                if let Some(example) = found.last_mut() {
                    example.output = Some(body);
                }
            }
            _ => (),
        }
        follows = language == "aio";
    }
    found
}

/// A line without the marks of a doc comment.
fn undocumented(line: &str) -> &str {
    let trimmed = line.trim_start();
    for mark in ["//! ", "/// ", "//!", "///"] {
        if let Some(rest) = trimmed.strip_prefix(mark) {
            return rest;
        }
    }
    line
}

fn run_example(example: &Example) -> Result<(), Failed> {
    let name = format!("aio-doc-{}-{}.aio", std::process::id(), example.name);
    let file: PathBuf = std::env::temp_dir().join(name);
    std::fs::write(&file, &example.code)?;
    let mut command = harness::aio();
    command.arg("--virtual-time").arg(Path::new(&file));
    let outcome = child::run(&mut command, None, LIMIT);
    std::fs::remove_file(&file)?;
    let outcome = outcome?;
    if outcome.code != Some(0) {
        let stderr = String::from_utf8_lossy(&outcome.stderr).into_owned();
        return Err(format!("ended with {:?}\n{stderr}", outcome.code).into());
    }
    match &example.output {
        Some(output) => {
            harness::same_text("stdout", output, &String::from_utf8_lossy(&outcome.stdout))
        }
        None => Ok(()),
    }
}
