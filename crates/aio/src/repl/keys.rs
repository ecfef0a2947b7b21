//! Keys that know about blocks: Enter indents the next line, Tab the present one.

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, RepeatCount};

use super::is_complete;

const INDENT: &str = "    ";

/// Within a block the next line begins where this one does, or one level deeper
/// after a colon. Everywhere else Enter is Enter.
pub(super) struct Enter;

impl ConditionalEventHandler for Enter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, ctx: &EventContext<'_>) -> Option<Cmd> {
        let at_end = ctx.pos() == ctx.line().len();
        if !at_end || is_complete(ctx.line()) {
            return None;
        }
        Some(Cmd::Insert(1, format!("\n{}", next_indent(ctx.line()))))
    }
}

/// Tab in front of a line indents it.
pub(super) struct Tab;

impl ConditionalEventHandler for Tab {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, ctx: &EventContext<'_>) -> Option<Cmd> {
        let before = ctx.line().get(..ctx.pos())?;
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.trim()
            .is_empty()
            .then(|| Cmd::Insert(1, INDENT.to_owned()))
    }
}

/// The indentation of the line that follows `text`.
fn next_indent(text: &str) -> String {
    let line = text.rsplit('\n').next().unwrap_or(text);
    let indent: String = line
        .chars()
        .take_while(|char| char.is_whitespace())
        .collect();
    if line.trim_end().ends_with(':') {
        indent + INDENT
    } else {
        indent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_indents_and_other_lines_keep_their_level() {
        assert_eq!(next_indent("if x:"), "    ");
        assert_eq!(next_indent("if x:\n    y = 1"), "    ");
        assert_eq!(next_indent("if x:\n    for y in z:"), "        ");
        assert_eq!(next_indent("f(1,"), "");
    }
}
