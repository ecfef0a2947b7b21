//! Drawing diagnostics: the one place where data becomes lines and colors.
//!
//! The layout is ariadne's. Three things are done before it sees a diagnostic:
//!
//! - Empty spans are widened to one character, or nothing would be underlined.
//! - Spans are clipped to the text and moved to character boundaries, so that no
//!   diagnostic, however wrong, can make the drawing fail.
//! - Lines longer than a terminal is wide are cut to a window around the place
//!   in question (`clip`), or a generated one-line program would fill the screen.
//!
//! A program that is refused when run ends, as in CPython, with the line
//! `SyntaxError: …`, whatever was drawn above.

mod clip;
pub(crate) mod machine;
pub(crate) mod traceback;

use std::ops::Range;
use std::path::Path;

use aio_syntax::{Diagnostic, Severity, Span};
use ariadne::{Color, Config, IndexType, Label, Report, ReportKind};

use crate::source::Source;
use crate::terminal;

const TAB_WIDTH: usize = 4;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    color: bool,
    /// How many columns of a line of source are shown.
    columns: usize,
}

/// What is shown of a line of source when nobody knows how wide the terminal is.
const COLUMNS: usize = 120;

/// What stands before a line of source: its number, a rule, spaces.
const GUTTER: usize = 8;

/// A narrower window would show nothing of use.
const MIN_COLUMNS: usize = 24;

impl Style {
    /// Letters only.
    #[cfg(test)]
    pub(crate) const PLAIN: Style = Style {
        color: false,
        columns: COLUMNS,
    };

    /// What standard error can show.
    pub(crate) fn for_stderr() -> Style {
        Style {
            color: terminal::stderr_has_color(),
            columns: terminal::stderr_columns().map_or(COLUMNS, shown_columns),
        }
    }
}

/// How much of a line of source a terminal of this width shows.
fn shown_columns(terminal: usize) -> usize {
    terminal.saturating_sub(GUTTER).max(MIN_COLUMNS)
}

/// The first diagnostic that keeps the program from running.
pub(crate) fn refuses(diagnostics: &[Diagnostic]) -> Option<&Diagnostic> {
    diagnostics
        .iter()
        .find(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Draws all diagnostics.
pub(crate) fn render_all(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| render(source, diagnostic, style))
        .collect()
}

/// Draws all diagnostics and ends with CPython's final line.
pub(crate) fn render_for_run(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let mut text = render_all(source, diagnostics, style);
    if let Some(diagnostic) = refuses(diagnostics) {
        text.push_str(diagnostic.kind.name());
        text.push_str(": ");
        text.push_str(&diagnostic.message);
    }
    text
}

/// Draws what the runtime says about a program that runs, for standard error.
pub(crate) fn draw(name: &str, text: &str, diagnostic: &Diagnostic) -> String {
    let style = Style::for_stderr();
    render_as(
        &short_name(name),
        text,
        diagnostic,
        style,
        Heading::Diagnostic,
    )
}

/// The path from here, if the file lies below.
fn short_name(name: &str) -> String {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| Path::new(name).strip_prefix(here).ok());
    short.map_or_else(
        || name.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// What stands in the first line of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    /// Code, severity and message.
    Diagnostic,
    /// That it is a traceback.
    Traceback,
}

/// Draws one diagnostic, with a line end.
fn render(source: &Source, diagnostic: &Diagnostic, style: Style) -> String {
    let Source { name, text, .. } = source;
    render_as(name, text, diagnostic, style, Heading::Diagnostic)
}

fn render_as(
    name: &str,
    text: &str,
    diagnostic: &Diagnostic,
    style: Style,
    heading: Heading,
) -> String {
    let spans: Vec<Range<usize>> = std::iter::once(&diagnostic.primary)
        .chain(&diagnostic.secondary)
        .map(|label| visible(text, label.span))
        .collect();
    let view = clip::clip(text, &spans, style.columns);
    let shown = view.as_ref().map_or(text, |view| &view.text);
    let spans = view.as_ref().map_or(&spans, |view| &view.spans);
    let mut out = Vec::new();
    let report = build(name, diagnostic, spans, style, heading);
    let cache = (name, ariadne::Source::from(shown));
    if report.write(cache, &mut out).is_err() {
        // Writing to memory does not fail; if it did, the text must not be lost.
        return format!("{}\n", diagnostic.message);
    }
    let mut drawn = String::from_utf8_lossy(&out).into_owned();
    if !style.color {
        // The kind of a hint is colored whatever the configuration says.
        drawn = without_escapes(&drawn);
    }
    match view {
        Some(view) => view.restore_column(&drawn, name),
        None => drawn,
    }
}

/// The text without escape sequences for colors.
fn without_escapes(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or(piece, |(_, rest)| rest));
    }
    plain
}

fn build<'a>(
    name: &'a str,
    diagnostic: &Diagnostic,
    spans: &[Range<usize>],
    style: Style,
    heading: Heading,
) -> Report<'a, (&'a str, Range<usize>)> {
    let (kind, color) = match diagnostic.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
        Severity::Hint => (ReportKind::Custom("Hint", Color::Cyan), Color::Cyan),
    };
    let kind = match heading {
        Heading::Diagnostic => kind,
        Heading::Traceback => ReportKind::Custom("Traceback", color),
    };
    let config = Config::default()
        .with_index_type(IndexType::Byte)
        .with_color(style.color)
        .with_tab_width(TAB_WIDTH);
    let primary = spans.first().cloned().unwrap_or_default();
    let mut builder = Report::build(kind, (name, primary))
        .with_config(config)
        .with_message(&diagnostic.message);
    if !diagnostic.code.is_empty() {
        builder = builder.with_code(diagnostic.code);
    }
    builder.with_helps(diagnostic.help.as_ref());
    builder.with_notes(&diagnostic.notes);
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let mut labels: Vec<_> = labels.zip(spans).enumerate().collect();
    // The drawing begins anew at a label that stands above the one before it.
    labels.sort_by_key(|(_, (_, span))| span.start);
    for (index, (label, span)) in labels {
        let color = if index == 0 { color } else { Color::Blue };
        let mut drawn = Label::new((name, span.clone())).with_color(color);
        if !label.text.is_empty() {
            drawn = drawn.with_message(&label.text);
        } else if !explained_by_others(diagnostic, spans, span) {
            // Without a text nothing is underlined.
            drawn = drawn.with_message("here");
        }
        builder = builder.with_label(drawn);
    }
    builder.finish()
}

/// Whether another label with a text stands within `span`.
fn explained_by_others(
    diagnostic: &Diagnostic,
    spans: &[Range<usize>],
    span: &Range<usize>,
) -> bool {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    labels.zip(spans).any(|(label, other)| {
        !label.text.is_empty() && span.start <= other.start && other.start < span.end
    })
}

/// The part of the text that is underlined for `span`: inside the text, on
/// character boundaries, and not empty if a character is there.
fn visible(text: &str, span: Span) -> Range<usize> {
    let start = boundary(text, span.start as usize);
    let end = boundary(text, span.end as usize).max(start);
    if start < end {
        return start..end;
    }
    let next = |from: usize| text.get(from..).and_then(|rest| rest.chars().next());
    match next(start) {
        Some(char) if char != '\n' && char != '\r' => start..start + char.len_utf8(),
        // At the end of a line: the character before shows the place better.
        Some(_) | None => match text.get(..start).and_then(|rest| rest.chars().next_back()) {
            Some(char) if char != '\n' => start - char.len_utf8()..start,
            Some(_) | None => start..start,
        },
    }
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests;
