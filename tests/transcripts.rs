//! The pages in `docs` that show a session of work, done again.
//!
//! A fence `aio,file` is the program, in the file that the text in front of it names; a fence `diff`
//! changes lines of it; a fence `session` is commands (`$ aio …`) with all that they print, on both
//! streams. `AIO_BLESS=1` records what they print.

#[expect(dead_code, reason = "each runner uses its own part")]
mod harness;

use std::io::Read;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use libtest_mimic::{Failed, Trial};

fn main() -> ExitCode {
    let pages = harness::files(&harness::root().join("docs"), "md");
    let trials = pages.into_iter().filter_map(|page| {
        let text = std::fs::read_to_string(&page).unwrap_or_default();
        let name = page.file_stem()?.to_string_lossy().into_owned();
        let is_session = text.contains("```session\n");
        is_session.then(|| Trial::test(name, move || happens_again(&page, &text)))
    });
    let trials: Vec<Trial> = trials.collect();
    assert!(!trials.is_empty(), "there are sessions");
    harness::conclude(trials)
}

fn happens_again(page: &Path, text: &str) -> Result<(), Failed> {
    let name = page.file_stem().unwrap_or_default().to_string_lossy();
    let folder = format!("aio-session-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir_all(&folder)?;
    let again = perform(text, &folder);
    std::fs::remove_dir_all(&folder)?;
    harness::same_as_file(page, &again?)
}

/// The page with what the commands print now.
fn perform(text: &str, folder: &Path) -> Result<String, Failed> {
    let mut page = String::new();
    let mut program = String::new();
    let mut named = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        page.push_str(line);
        page.push('\n');
        let Some(kind) = line.strip_prefix("```") else {
            if let Some((_, rest)) = line.split_once('`')
                && let Some((name, _)) = rest.split_once('`')
            {
                named = name.to_owned();
            }
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "aio,file" => {
                program = format!("{}\n", body.join("\n"));
                std::fs::write(folder.join(&named), &program)?;
            }
            "diff" => {
                let part = |mark: char| -> Vec<&str> {
                    body.iter()
                        .filter_map(|line| line.strip_prefix(mark))
                        .collect()
                };
                // Whole lines.
                let whole = |lines: Vec<&str>| format!("\n{}\n", lines.join("\n"));
                let (old, new) = (whole(part('-')), whole(part('+')));
                if !program.contains(&old) {
                    return Err(format!("{old:?} is not in the program").into());
                }
                program = program.replacen(&old, &new, 1);
                let file = std::fs::read_dir(folder)?
                    .next()
                    .ok_or("there is no program")??;
                std::fs::write(file.path(), &program)?;
            }
            _ => {}
        }
        let commands = body.iter().filter(|line| line.starts_with("$ "));
        let said: Vec<String> = match kind {
            "session" => commands
                .map(|command| run(command, folder))
                .collect::<Result<_, _>>()?,
            _ => body.iter().map(|line| format!("{line}\n")).collect(),
        };
        said.iter().for_each(|text| page.push_str(text));
        page.push_str("```\n");
    }
    Ok(page)
}

/// A command with what it prints on both streams, in order.
fn run(line: &str, folder: &Path) -> Result<String, Failed> {
    let words: Vec<&str> = line.split_whitespace().skip(2).collect();
    let (mut reader, writer) = std::io::pipe()?;
    let mut command = harness::aio();
    command
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn()?;
    // The other ends of the pipe.
    drop(command);
    let mut said = String::new();
    reader.read_to_string(&mut said)?;
    child.wait()?;
    let folder = folder.to_string_lossy();
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    let said: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(format!(
        "{line}\n{}",
        said.replace(&format!("{folder}/"), "")
    ))
}
