//! Saying something about a program that runs, on standard error, drawn in its source.

use crate::code::SourceFile;
use crate::vm::Vm;
use aio_syntax::Diagnostic;

/// Says it; drawn if there is a source and somebody who draws, else in plain lines.
pub fn say(vm: &mut Vm, file: Option<&SourceFile>, diagnostic: &Diagnostic) {
    let text = match (file, vm.options.draw.0) {
        (Some(file), Some(draw)) => draw(&file.name, &file.text, diagnostic),
        _ => plain(file, diagnostic),
    };
    vm.out.error(&text);
}

/// The text of a diagnostic when nobody draws or there is no source to draw in.
fn plain(file: Option<&SourceFile>, diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        aio_syntax::Severity::Error => "Error",
        aio_syntax::Severity::Warning => "Warning",
        aio_syntax::Severity::Hint => "Hint",
    };
    let mut text = format!("[{}] {severity}: {}\n", diagnostic.code, diagnostic.message);
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    for label in labels.filter(|label| !label.text.is_empty()) {
        if let Some(file) = file {
            let line = file.line_of(label.span.start);
            text.push_str(&format!("  {}:{line}: ", file.name));
        }
        text.push_str(&format!("{}\n", label.text));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("help: {help}\n"));
    }
    for note in &diagnostic.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}
