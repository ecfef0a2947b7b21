//! What goes to standard error: tracebacks and warnings.
//!
//! The form is that of CPython's `traceback` module: frames of the script, chained exceptions,
//! groups drawn as boxes, notes, and the final line with its suggestion. Frames inside the
//! library are left out.

mod carets;
pub mod mistakes;
pub mod said;
mod site;
pub mod suggestions;
pub mod told;

use crate::error::exc_data;
use crate::modules::LIBRARY;
use crate::objects::TraceEntry;
use crate::types::exception_groups::group_parts;
use crate::types::object_text::full_name;
use crate::value::Value;
use crate::vm::Vm;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";

/// How many members of a group are shown, and how deep.
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;

/// An exception that could not be raised anywhere (in `__del__`).
pub fn unraisable(vm: &mut Vm, exception: &Value, object: &Value) {
    let shown = vm.repr(object).unwrap_or_default();
    let text = format_exception(vm, exception);
    vm.out
        .error(&format!("Exception ignored in: {shown}\n{text}"));
}

/// Prints an uncaught exception with its traceback.
pub fn print_exception(vm: &mut Vm, exception: &Value) {
    let text = match vm.options.draw_traceback.0 {
        Some(draw) => draw(&told::tell(vm, exception)),
        None => {
            mistakes::tell_of_error(vm, exception);
            format_exception(vm, exception)
        }
    };
    vm.out.error(&text);
}

/// An exception with everything that belongs to it.
pub fn format_exception(vm: &mut Vm, exception: &Value) -> String {
    let mut writer = Writer::default();
    writer.exception(vm, exception, true);
    writer.text
}

/// An exception without those it was raised from or while handling.
pub fn format_unchained(vm: &mut Vm, exception: &Value) -> String {
    let mut writer = Writer::default();
    writer.exception(vm, exception, false);
    writer.text
}

/// Builds the text, indented for groups.
#[derive(Default)]
struct Writer {
    text: String,
    depth: usize,
    need_close: bool,
    seen: Vec<usize>,
}

impl Writer {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    fn emit(&mut self, text: &str, margin: char) {
        for line in text.split_inclusive('\n') {
            if self.depth > 0 {
                let indent = self.indent();
                self.text.push_str(&indent);
                self.text.push(margin);
                self.text.push(' ');
            }
            self.text.push_str(line);
        }
    }

    fn exception(&mut self, vm: &mut Vm, exception: &Value, chain: bool) {
        let mut list: Vec<(Option<&str>, Value)> = Vec::new();
        let mut next = Some(exception.clone());
        while let Some(current) = next.take() {
            self.seen.push(current.address());
            let links = exc_data(&current, |data| {
                (data.cause.clone(), data.context.clone(), data.suppress)
            });
            let mut message = None;
            if let Some((cause, context, suppress)) = links.filter(|_| chain) {
                let fresh =
                    |value: &Value| value.is_heap() && !self.seen.contains(&value.address());
                if fresh(&cause) {
                    (message, next) = (Some(CAUSE), Some(cause));
                } else if !cause.is_heap() && !suppress && fresh(&context) {
                    (message, next) = (Some(CONTEXT), Some(context));
                }
            }
            list.push((message, current));
        }
        for (message, current) in list.into_iter().rev() {
            if let Some(message) = message {
                self.emit(message, '|');
            }
            match group_parts(&current) {
                None => self.plain(vm, &current, "Traceback", '|'),
                Some((_, members)) => self.group(vm, &current, &members),
            }
        }
    }

    /// Frames, final line and notes.
    fn plain(&mut self, vm: &mut Vm, exception: &Value, title: &str, margin: char) {
        let trace = exc_data(exception, |data| data.trace.clone()).unwrap_or_default();
        let frames = format_trace(&trace);
        if !frames.is_empty() {
            self.emit(&format!("{title} (most recent call last):\n"), margin);
            self.emit(&frames, '|');
        }
        for line in exception_only(vm, exception) {
            self.emit(&line, '|');
        }
    }

    fn group(&mut self, vm: &mut Vm, exception: &Value, members: &[Value]) {
        if self.depth > GROUP_DEPTH {
            self.emit(&format!("... (max_group_depth is {GROUP_DEPTH})\n"), '|');
            return;
        }
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        self.plain(
            vm,
            exception,
            "Exception Group Traceback",
            if top { '+' } else { '|' },
        );
        let shown = members.len().min(GROUP_WIDTH + 1);
        self.need_close = false;
        for (at, member) in members.iter().take(shown).enumerate() {
            let last = at + 1 == shown;
            if last {
                self.need_close = true;
            }
            let cut = at >= GROUP_WIDTH;
            let title = if cut {
                "...".to_owned()
            } else {
                (at + 1).to_string()
            };
            let corner = if at == 0 { "+-" } else { "  " };
            let indent = self.indent();
            self.text.push_str(&format!(
                "{indent}{corner}+---------------- {title} ----------------\n"
            ));
            self.depth += 1;
            if cut {
                let rest = members.len() - GROUP_WIDTH;
                let plural = if rest == 1 { "" } else { "s" };
                self.emit(&format!("and {rest} more exception{plural}\n"), '|');
            } else {
                self.exception(vm, member, true);
            }
            if last && self.need_close {
                let indent = self.indent();
                self.text
                    .push_str(&format!("{indent}+------------------------------------\n"));
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }
}

/// The frames of a traceback (given innermost first), outermost first; runs of the same frame
/// are cut after three.
pub fn format_trace(trace: &[TraceEntry]) -> String {
    let mut text = String::new();
    let mut last: Option<(String, usize, String)> = None;
    let mut repeated = 0;
    for entry in trace.iter().rev() {
        let file = &entry.code.source;
        if file.name.starts_with(LIBRARY) {
            continue;
        }
        let line = entry.code.line_of(entry.span);
        let key = (file.name.clone(), line, entry.code.name.text().to_owned());
        if last.as_ref() == Some(&key) {
            repeated += 1;
        } else {
            push_repeats(&mut text, repeated);
            (repeated, last) = (1, Some(key));
        }
        if repeated > 3 {
            continue;
        }
        push_frame(&mut text, entry, line);
    }
    push_repeats(&mut text, repeated);
    text
}

fn push_repeats(text: &mut String, repeated: usize) {
    if repeated > 3 {
        let more = repeated - 3;
        let plural = if more == 1 { "" } else { "s" };
        text.push_str(&format!(
            "  [Previous line repeated {more} more time{plural}]\n"
        ));
    }
}

fn push_frame(text: &mut String, entry: &TraceEntry, line: usize) {
    push_place(text, entry, line);
    text.push_str(&carets::marked_lines(&entry.code.source.text, entry.span));
}

fn push_place(text: &mut String, entry: &TraceEntry, line: usize) {
    let (file, name) = (&entry.code.source.name, entry.code.name.text());
    text.push_str(&format!("  File \"{file}\", line {line}, in {name}\n"));
}

/// A frame with its line, without marks.
pub fn frame_text(entry: &TraceEntry) -> String {
    let line = entry.code.line_of(entry.span);
    let mut text = String::new();
    push_place(&mut text, entry, line);
    let source = entry.code.source.line_text(line).trim();
    if !source.is_empty() {
        text.push_str(&format!("    {source}\n"));
    }
    text
}

/// The lines after the frames: for a `SyntaxError` the place, then the final line, then notes.
pub fn exception_only(vm: &mut Vm, exception: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let syntax_error = vm.types.syntax_error.clone();
    let is_syntax = vm.class_of(exception).is_subclass_of(&syntax_error);
    if is_syntax {
        lines.extend(syntax_place(vm, exception));
        let name = class_name(vm, exception);
        let message = attribute_text(vm, exception, "msg").unwrap_or_default();
        lines.push(format!("{name}: {message}\n"));
    } else {
        lines.push(format!("{}\n", last_line(vm, exception)));
    }
    lines.extend(notes(vm, exception));
    lines
}

fn class_name(vm: &mut Vm, exception: &Value) -> String {
    let class = vm.class_of(exception);
    let name = full_name(vm, &class);
    match name.strip_prefix("__main__.") {
        Some(name) => name.to_owned(),
        None => name,
    }
}

fn attribute(vm: &mut Vm, object: &Value, name: &str) -> Option<Value> {
    let name = vm.intern(name);
    match vm.get_attr_opt(object, &name) {
        Ok(found) => found,
        Err(_) => {
            drop(vm.take_pending());
            None
        }
    }
}

fn attribute_text(vm: &mut Vm, object: &Value, name: &str) -> Option<String> {
    let value = attribute(vm, object, name)?;
    if value.is_none() {
        return None;
    }
    safe_text(vm, &value)
}

fn safe_text(vm: &mut Vm, value: &Value) -> Option<String> {
    match vm.to_text(value) {
        Ok(text) => Some(text),
        Err(_) => {
            drop(vm.take_pending());
            None
        }
    }
}

fn syntax_place(vm: &mut Vm, exception: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(line) = attribute(vm, exception, "lineno").and_then(|line| line.as_index()) else {
        return lines;
    };
    let file = attribute_text(vm, exception, "filename").unwrap_or_else(|| "<string>".to_owned());
    lines.push(format!("  File \"{file}\", line {line}\n"));
    let Some(text) = attribute_text(vm, exception, "text") else {
        return lines;
    };
    let text = text.trim_end_matches('\n');
    let shown = text.trim_start_matches([' ', '\n', '\x0c', '\t']);
    lines.push(format!("    {shown}\n"));
    let offset = attribute(vm, exception, "offset").and_then(|offset| offset.as_index());
    let end = attribute(vm, exception, "end_offset").and_then(|end| end.as_index());
    if let Some(offset) = offset
        && offset >= 1
    {
        let lead = (text.chars().count() - shown.chars().count()) as i64;
        let end = end.filter(|end| *end > offset).unwrap_or(offset + 1);
        let pad = usize::try_from(offset - 1 - lead).unwrap_or(0);
        let width = usize::try_from(end - offset).unwrap_or(1);
        lines.push(format!("    {}{}\n", " ".repeat(pad), "^".repeat(width)));
    }
    lines
}

fn notes(vm: &mut Vm, exception: &Value) -> Vec<String> {
    let Some(notes) = attribute(vm, exception, "__notes__") else {
        return Vec::new();
    };
    if notes.as_list().is_none() && notes.as_tuple().is_none() {
        let shown = vm.repr(&notes).unwrap_or_default();
        return vec![format!("{shown}\n")];
    }
    let mut lines = Vec::new();
    for note in vm.collect(&notes).unwrap_or_default() {
        let text = safe_text(vm, &note).unwrap_or_else(|| "<note str() failed>".to_owned());
        lines.extend(text.split('\n').map(|line| format!("{line}\n")));
    }
    lines
}

/// The final line of a traceback: class and message.
pub fn last_line(vm: &mut Vm, exception: &Value) -> String {
    let name = class_name(vm, exception);
    let text = safe_text(vm, exception);
    let mut text = text.unwrap_or_else(|| "<exception str() failed>".to_owned());
    text.push_str(&suggestions::suggestion(vm, exception));
    if text.is_empty() {
        name
    } else {
        format!("{name}: {text}")
    }
}
