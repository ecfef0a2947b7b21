//! Is `grammar/aio.ebnf` the language?
//!
//! - It is well formed: every production that is used exists and is used.
//! - Every production has a parser function of its name.
//! - What lies in `tests/grammar/accept` parses, what lies in `reject` does not.
//! - Sentences made from it at random, always the same ones, parse; where there is a
//!   CPython 3.13, they parse there too.

#[path = "grammar/ebnf.rs"]
mod ebnf;
#[path = "grammar/sampler.rs"]
mod sampler;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ebnf::Grammar;
use sampler::Sampler;

/// How many sentences are made.
const SENTENCES: u64 = 4000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn grammar() -> Grammar {
    Grammar::parse(&read(&root().join("grammar/aio.ebnf"))).expect("the grammar is well formed")
}

#[test]
fn the_grammar_is_well_formed() {
    let grammar = grammar();
    assert!(grammar.productions().len() > 100);
    let mut used = BTreeSet::from(["file", "eval"]);
    for (_, body) in grammar.productions() {
        body.visit_names(&mut |name| {
            used.insert(name);
        });
    }
    let defined: BTreeSet<&str> = grammar
        .productions()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(defined.len(), grammar.productions().len(), "defined twice");
    let unused: Vec<_> = defined.difference(&used).collect();
    assert!(unused.is_empty(), "never used: {unused:?}");
    let missing: Vec<_> = used.difference(&defined).collect();
    assert!(missing.is_empty(), "not defined: {missing:?}");
}

#[test]
fn every_production_has_a_parser_function() {
    let mut functions = BTreeSet::new();
    let folder = root().join("crates/aio-syntax/src/parser");
    for file in files(&folder, "rs") {
        for line in read(&file).lines() {
            let line = line.trim_start();
            let after = line.split_once("fn ").map(|(_, after)| after);
            if let Some(after) = after.filter(|_| !line.starts_with("//")) {
                functions.insert(leading_word(after).trim_start_matches("parse_").to_owned());
            }
            // The levels of `operation`, e.g. `BitwiseOr,`.
            if line.ends_with(',') && line.starts_with(|c: char| c.is_ascii_uppercase()) {
                functions.insert(snake_case(leading_word(line)));
            }
        }
    }
    let missing: Vec<_> = grammar()
        .productions()
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| !functions.contains(name) && name != "disjunction")
        .collect();
    assert!(missing.is_empty(), "no parser function: {missing:?}");
}

fn leading_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|one| one == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_corpus_is_judged_rightly() {
    let folder = root().join("tests/grammar");
    let mut wrong = Vec::new();
    let accept = files(&folder.join("accept"), "aio");
    let reject = files(&folder.join("reject"), "aio");
    assert!(
        accept.len() >= 10 && reject.len() >= 10,
        "the corpus is lost"
    );
    for (files, wanted) in [(accept, true), (reject, false)] {
        for file in files {
            let parsed = aio_syntax::parse(&read(&file));
            if parsed.is_ok() != wanted {
                let first = parsed.diagnostics.first().map(|one| one.message.clone());
                wrong.push(format!("{}: {first:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn sentences() -> Vec<String> {
    let grammar = grammar();
    let shortest = sampler::shortest(&grammar);
    let mut seen = BTreeSet::from(["eval"]);
    let made = (0..SENTENCES)
        .map(|seed| Sampler::new(&grammar, &shortest, seed).sentence("file", &mut seen))
        .collect();
    let names = grammar.productions().iter().map(|(name, _)| name.as_str());
    let unseen: Vec<_> = names.filter(|name| !seen.contains(name)).collect();
    assert!(unseen.is_empty(), "in no sentence: {unseen:?}");
    made
}

#[test]
fn sampled_sentences_are_programs() {
    let mut wrong = Vec::new();
    for (seed, text) in sentences().into_iter().enumerate() {
        let parsed = aio_syntax::parse(&text);
        if let Some(error) = parsed.diagnostics.iter().find(|one| one.is_error()) {
            wrong.push(format!("seed {seed}: {} in\n{text}", error.message));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
}

#[test]
fn sampled_sentences_are_programs_for_cpython() {
    let Some(python) = python() else {
        say("SKIPPED: no CPython 3.13 ($AIO_PYTHON, python3.13, ~/.pyenv/versions/3.13.*)");
        return;
    };
    let sentences = sentences();
    let script = "\
import ast, sys, warnings
warnings.simplefilter('ignore')
for number, text in enumerate(sys.stdin.read().split('\\0')):
    try: ast.parse(text)
    except SyntaxError as error: print(number, error, repr(text))
";
    let mut child = Command::new(python)
        .args(["-c", script])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("CPython starts");
    let mut input = child.stdin.take().expect("it was piped");
    std::io::Write::write_all(&mut input, sentences.join("\0").as_bytes()).expect("CPython reads");
    drop(input);
    let output = child.wait_with_output().expect("CPython ends");
    let refused = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    assert!(
        refused.is_empty(),
        "{} refused, e.g.\n{}",
        refused.lines().count(),
        refused.lines().take(8).collect::<Vec<_>>().join("\n")
    );
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// A CPython 3.13, if there is one.
fn python() -> Option<PathBuf> {
    let is_it = |path: &Path| {
        let output = Command::new(path).arg("--version").output();
        output.is_ok_and(|output| output.stdout.starts_with(b"Python 3.13"))
    };
    let mut candidates: Vec<PathBuf> = Vec::new();
    candidates.extend(std::env::var_os("AIO_PYTHON").map(PathBuf::from));
    candidates.push(PathBuf::from("python3.13"));
    if let Some(home) = std::env::var_os("HOME") {
        let versions = Path::new(&home).join(".pyenv/versions");
        for entry in std::fs::read_dir(versions).into_iter().flatten().flatten() {
            candidates.push(entry.path().join("bin/python3.13"));
        }
    }
    candidates.into_iter().find(|path| is_it(path))
}
