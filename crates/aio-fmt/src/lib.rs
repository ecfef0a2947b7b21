//! The formatter: a program in one style, that of black and ruff.
//!
//! In reading order: `docstrings` (texts that describe a body), `comments` (what stands between tokens), `logical` (tokens to logical lines),
//! `leaf` (what a line is made of), `literals`, `strings` and `fstrings` (numbers, quotes, code in braces), `spacing` and `priority`
//! (where a space stands, where a line may be broken), `parens` (parentheses that may come and
//! go), `line` and `split` (breaking lines that are too long), `omit` (which bracket to break
//! at), `blank` (empty lines).
//!
//! The tree and the comments of the result are compared with those of the source; a difference,
//! which would be a mistake of ours, is an error, and nothing is changed. Only the spaces in
//! docstrings are other ones afterwards.

mod blank;
mod blocks;
mod comments;
mod docstrings;
mod fstrings;
mod leaf;
mod line;
mod literals;
mod logical;
mod omit;
mod parens;
mod priority;
mod spacing;
mod split;
mod strings;

use aio_syntax::Diagnostic;

/// The width of a line.
const WIDTH: usize = 88;

/// Why a program was not formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// It is no program.
    NoProgram(Vec<Diagnostic>),
    /// The result would mean something else: a mistake of the formatter.
    Changed(&'static str),
}

/// The program in the one style.
///
/// # Errors
/// If it is no program.
pub fn format(source: &str) -> Result<String, FormatError> {
    let parsed = aio_syntax::parse(source);
    if !parsed.is_ok() {
        return Err(FormatError::NoProgram(parsed.diagnostics));
    }
    let source_text = source.strip_prefix('\u{feff}').unwrap_or(source);
    let unified = source_text.replace("\r\n", "\n").replace('\r', "\n");
    let unified = docstrings::normalized(&unified, &aio_syntax::parse(&unified).module);
    let parsed = aio_syntax::parse(&unified);
    let items = logical::items(&unified, &parsed.module);
    let mut out = blank::Writer::default();
    for item in items {
        out.item(item);
    }
    let formatted = out.finish();
    verify(&unified, &parsed.module, &formatted)?;
    Ok(match line_end(source_text) {
        "\n" => formatted,
        end => formatted.replace('\n', end),
    })
}

/// How the first line of a program ends: that is how all of them end afterwards.
fn line_end(source: &str) -> &'static str {
    match source.find(['\r', '\n']).and_then(|at| source.get(at..)) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') => "\r",
        Some(_) | None => "\n",
    }
}

/// Whether source and result have the same tree and the same comments.
fn verify(
    source: &str,
    module: &aio_syntax::ast::Module,
    formatted: &str,
) -> Result<(), FormatError> {
    let again = aio_syntax::parse(formatted);
    if !again.is_ok() {
        return Err(FormatError::Changed("the result is no program"));
    }
    if without_places(&aio_syntax::dump_ast(module))
        != without_places(&aio_syntax::dump_ast(&again.module))
    {
        return Err(FormatError::Changed("the result has another tree"));
    }
    if comments::all(source) != comments::all(formatted) {
        return Err(FormatError::Changed("the result has other comments"));
    }
    Ok(())
}

/// A dump of a tree without the places at the ends of its lines.
fn without_places(dump: &str) -> String {
    let mut text = String::with_capacity(dump.len());
    for line in dump.lines() {
        let (head, place) = line.rsplit_once(' ').unwrap_or((line, ""));
        let is_place = place
            .split_once("..")
            .is_some_and(|(start, end)| start.parse::<u32>().is_ok() && end.parse::<u32>().is_ok());
        text.push_str(if is_place { head } else { line });
        text.push('\n');
    }
    text
}
