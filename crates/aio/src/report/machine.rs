//! Diagnostics for other programs: one line each, as text or as JSON.
//!
//! Lines and columns count from 1, columns in characters.

use aio_syntax::{Diagnostic, Label, Severity, Span};

use crate::source::Source;

/// `FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE (HELP)`, one a line.
pub(crate) fn short(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let line = |one: &Diagnostic| {
        let (line, column) = place(&source.text, one.primary.span.start);
        let help = one.help.as_ref();
        let help = help.map(|help| format!(" (help: {help})"));
        format!(
            "{}:{line}:{column}: {}[{}]: {}{}\n",
            source.name,
            severity(one.severity),
            one.code,
            one.message,
            help.unwrap_or_default()
        )
    };
    diagnostics.iter().map(line).collect()
}

/// One object a line.
pub(crate) fn json(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let object = |one: &Diagnostic| {
        let labels = std::iter::once(&one.primary).chain(&one.secondary);
        let labels: Vec<String> = labels.map(|one| label(source, one)).collect();
        let notes: Vec<String> = one.notes.iter().map(|note| quoted(note)).collect();
        let help = one.help.as_ref();
        format!(
            "{{\"file\":{},\"code\":{},\"severity\":{},\"message\":{},\"labels\":[{}],\"help\":{},\"notes\":[{}]}}\n",
            quoted(&source.name),
            quoted(one.code),
            quoted(severity(one.severity)),
            quoted(&one.message),
            labels.join(","),
            help.map_or_else(|| "null".to_owned(), |help| quoted(help)),
            notes.join(","),
        )
    };
    diagnostics.iter().map(object).collect()
}

fn label(source: &Source, label: &Label) -> String {
    let Span { start, end } = label.span;
    let (line, column) = place(&source.text, start);
    let (end_line, end_column) = place(&source.text, end);
    format!(
        "{{\"start\":{start},\"end\":{end},\"line\":{line},\"column\":{column},\"end_line\":{end_line},\"end_column\":{end_column},\"text\":{}}}",
        quoted(&label.text)
    )
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn place(text: &str, offset: u32) -> (usize, usize) {
    let before = text.get(..offset as usize).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_in_characters() {
        let source = Source {
            name: "x.aio".to_owned(),
            text: "a = 1\né = $\n".to_owned(),
            dir: None,
        };
        let one = Diagnostic::error("A0007", "say \"no\"", Span::new(11, 12)).with_help("drop it");
        let all = [one];
        assert_eq!(
            short(&source, &all),
            "x.aio:2:5: error[A0007]: say \"no\" (help: drop it)\n"
        );
        assert_eq!(
            json(&source, &all),
            "{\"file\":\"x.aio\",\"code\":\"A0007\",\"severity\":\"error\",\"message\":\"say \\\"no\\\"\",\"labels\":[{\"start\":11,\"end\":12,\"line\":2,\"column\":5,\"end_line\":2,\"end_column\":6,\"text\":\"\"}],\"help\":\"drop it\",\"notes\":[]}\n"
        );
    }
}
