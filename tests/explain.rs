//! The pages of `aio explain`: the wrong program gets the code, the right one nothing.
//!
//! A code of what only a run can show must appear when the wrong program runs, every other one in
//! `aio check`. That the right program runs is tested with the rest of the documentation.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use harness::child::{self, Outcome};
use libtest_mimic::{Failed, Trial};

const LIMIT: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let folder = harness::root().join("crates/aio-check/pages");
    let mut trials: Vec<Trial> = harness::files(&folder, "md")
        .into_iter()
        .map(|page| {
            let name = page.file_stem().unwrap_or_default().to_string_lossy();
            let name = name.into_owned();
            Trial::test(name.clone(), move || page_holds(&name, &page))
        })
        .collect();
    trials.push(Trial::test("every_code_has_a_page", every_code_has_a_page));
    harness::conclude(trials)
}

fn page_holds(code: &str, page: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(page)?;
    let wrong = program(&text, "```aio,wrong\n").ok_or("no wrong program")?;
    let right = program(&text, "```aio\n").ok_or("no right program")?;
    let said = said_of(code, "wrong", wrong)?;
    // A file that is not text is refused before there are codes.
    let expected = if code == "A0020" { "SyntaxError" } else { code };
    if !said.contains(expected) {
        return Err(format!("the wrong program gets\n{said}").into());
    }
    let said = said_of(code, "right", right)?;
    if said.contains("A0") || said.contains("SyntaxError") {
        return Err(format!("the right program gets\n{said}").into());
    }
    Ok(())
}

fn program<'t>(text: &'t str, fence: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(fence)?;
    let (program, _) = rest.split_once("```")?;
    Some(program)
}

/// What the command says of a program, on both streams.
fn said_of(code: &str, which: &str, program: &str) -> Result<String, Failed> {
    let file: PathBuf = std::env::temp_dir().join(format!("aio-explain-{code}-{which}.aio"));
    std::fs::write(&file, program)?;
    let needs_run = code.starts_with("A03") || ["A0111", "A0114", "A0118"].contains(&code);
    let options: &[&str] = if needs_run {
        &["--virtual-time", "--dev"]
    } else {
        &["check", "--format", "short"]
    };
    let mut command = harness::aio();
    command.args(options).arg(&file);
    let outcome: Outcome = child::run(&mut command, None, LIMIT)?;
    std::fs::remove_file(&file)?;
    let mut said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&outcome.stderr));
    Ok(said)
}

/// Every code that appears in the sources as `"A0...` or `[A0...` has a page.
fn every_code_has_a_page() -> Result<(), Failed> {
    let root = harness::root();
    let pages = root.join("crates/aio-check/pages");
    let mut missing = BTreeSet::new();
    for file in harness::files(&root.join("crates"), "rs") {
        if file.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for mark in ["= \"A0", "error[A0"] {
            for (at, _) in code.match_indices(mark) {
                let number = code.get(at + mark.len()..at + mark.len() + 3);
                let number = number.unwrap_or_default();
                let has_page = pages.join(format!("A0{number}.md")).is_file();
                if number.parse::<u32>().is_ok() && !has_page {
                    missing.insert(format!("A0{number} in {} has no page", file.display()));
                }
            }
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing.into_iter().collect::<Vec<_>>().join("\n").into())
    }
}
