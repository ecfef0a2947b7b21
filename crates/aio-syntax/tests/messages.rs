//! What is wrong with bad programs, in CPython's words.
//!
//! `messages.txt` holds programs, each followed by a line `--- line:column class:
//! message` with what CPython 3.13 says. The first diagnostic for a program must
//! say the same, at the same place; where ours points more precisely (inside a
//! number or a string, at an argument) only the line is compared.

use aio_syntax::{Diagnostic, parse};

/// Codes whose places are deliberately more precise than CPython's.
const OTHER_COLUMN: [&str; 10] = [
    "A0002", "A0003", "A0004", "A0005", "A0006", "A0007", "A0008", "A0009", "A0016", "A0018",
];

#[test]
fn messages_are_cpythons() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (program, expected) in cases(include_str!("messages.txt")) {
        count += 1;
        let parsed = parse(&program);
        let actual = match parsed.diagnostics.iter().find(|one| one.is_error()) {
            Some(first) => rendered(&program, first, expected),
            None => "accepted".to_owned(),
        };
        if actual != expected {
            failures.push(format!(
                "{program}  expected {expected}\n  actual   {actual}\n"
            ));
        }
    }
    assert!(count > 300, "the list was not read");
    assert!(
        failures.is_empty(),
        "{} of {count} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The programs and what is expected of them.
fn cases(text: &str) -> Vec<(String, &str)> {
    let mut made = Vec::new();
    let mut program = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(expected) = line.strip_prefix("--- ") {
            let trimmed = program.trim_start_matches('\n');
            made.push((trimmed.to_owned(), expected.trim_end()));
            program.clear();
        } else {
            program.push_str(line);
        }
    }
    made
}

/// A diagnostic in the form of the list; the column is taken from `expected` if
/// this code's need not agree.
fn rendered(program: &str, diagnostic: &Diagnostic, expected: &str) -> String {
    let start = diagnostic.primary.span.start as usize;
    let before = &program[..start];
    let line = before.matches('\n').count() + 1;
    let last_line = before.rsplit('\n').next().unwrap_or("");
    let mut column = (last_line.chars().count() + 1).to_string();
    if OTHER_COLUMN.contains(&diagnostic.code) {
        let place = expected.split(' ').next().unwrap_or("");
        column = place.split(':').nth(1).unwrap_or("").to_owned();
    }
    let kind = diagnostic.kind.name();
    format!("{line}:{column} {kind}: {}", diagnostic.message)
}
