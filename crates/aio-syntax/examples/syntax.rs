//! Shows what the front end makes of files: `tokens`, `ast`, or `check`.
//!
//! `cargo run -p aio-syntax --example syntax -- ast FILE...`. With several files
//! each answer is preceded by a line with the file's name, so that a script can
//! compare many at once.

#![expect(
    clippy::print_stdout,
    reason = "an example is a program, and its output is what it is for"
)]

use aio_syntax::{Diagnostic, dump_ast, dump_tokens, parse, tokenize};

fn main() {
    let mut args = std::env::args().skip(1);
    let action = args.next().unwrap_or_default();
    for path in args {
        let Ok(source) = std::fs::read_to_string(&path) else {
            println!("=== {path}\nunreadable");
            continue;
        };
        println!("=== {path}");
        match action.as_str() {
            "tokens" => print!("{}", dump_tokens(&source, &tokenize(&source).tokens)),
            "ast" => {
                let parsed = parse(&source);
                if parsed.is_ok() {
                    print!("{}", dump_ast(&parsed.module));
                } else {
                    show(&source, &parsed.diagnostics);
                }
            }
            _ => show(&source, &parse(&source).diagnostics),
        }
    }
}

/// One line per diagnostic: place, class, message.
fn show(source: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics.iter().filter(|one| one.is_error()) {
        let start = diagnostic.primary.span.start as usize;
        let before = source.get(..start).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        println!(
            "{line}:{column} {} {} {}",
            diagnostic.code,
            diagnostic.kind.name(),
            diagnostic.message
        );
    }
}
