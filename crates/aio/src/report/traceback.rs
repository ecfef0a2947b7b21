//! Uncaught exceptions, drawn in the source.
//!
//! All frames of one file are labels of one drawing, numbered in the order of the calls; the
//! place where it was raised is the red one. Recursion is folded, and so is the middle of a long
//! chain of calls. What stands last is always CPython's own last line.

use aio_runtime::SourceFile;
use aio_runtime::report::told::{Told, ToldFrame, ToldTask};
use aio_syntax::{Diagnostic, Label, Span};

use super::{Heading, Style, render_as, short_name};

/// Frames of one file that are shown, at most.
const MAX_FRAMES: usize = 9;

/// Tasks that are told of, at most.
const MAX_TASKS: usize = 4;

/// Draws an exception and those it came from.
pub(crate) fn draw(told: &[Told]) -> String {
    draw_in(told, Style::for_stderr())
}

/// A place that was passed, perhaps often.
struct Passed<'a> {
    frame: &'a ToldFrame,
    /// Which calls these were, from 1.
    numbers: Vec<usize>,
}

fn draw_in(told: &[Told], style: Style) -> String {
    let mut out = String::new();
    for one in told {
        if let Some(link) = one.link {
            out.push_str(&format!("\n{}\n\n", link.sentence()));
        }
        out.push_str(&frames(one, style));
        for (at, line) in one.lines.iter().enumerate() {
            out.push_str(&colored(line, at == 0, style));
            out.push('\n');
        }
        out.push_str(&members(one, style));
    }
    out
}

/// The members of a group as the branches of a tree.
fn members(told: &Told, style: Style) -> String {
    let mut out = String::new();
    let count = told.members.len();
    for (at, member) in told.members.iter().enumerate() {
        let is_last = at + 1 == count && told.more == 0;
        let (branch, margin) = if is_last {
            ("└─", "  ")
        } else {
            ("├─", "│ ")
        };
        out.push_str(&format!("{branch} {} of {}\n", at + 1, count + told.more));
        for line in draw_in(member, style).lines() {
            out.push_str(format!("{margin} {line}").trim_end());
            out.push('\n');
        }
    }
    if told.more > 0 {
        out.push_str(&format!("└─ and {} more\n", told.more));
    }
    out
}

fn colored(line: &str, is_first: bool, style: Style) -> String {
    if !style.color || !is_first {
        return line.to_owned();
    }
    match line.split_once(':') {
        Some((class, rest)) => format!("\x1b[1;31m{class}\x1b[0m:{rest}"),
        None => format!("\x1b[1;31m{line}\x1b[0m"),
    }
}

/// A drawing for each run of frames in one file.
fn frames(told: &Told, style: Style) -> String {
    let frames = &told.frames;
    let mut out = String::new();
    let mut start = 0;
    while let Some(first) = frames.get(start) {
        let same = frames[start..]
            .iter()
            .take_while(|frame| frame.file.name == first.file.name);
        let end = start + same.count();
        let message = told.lines.first().filter(|_| end == frames.len());
        let run = Run {
            frames: &frames[start..end],
            all: frames,
            before: start,
            is_alone: frames.len() == 1,
            message: message.map(String::as_str),
            tasks: if end == frames.len() {
                &told.tasks
            } else {
                &[]
            },
            mistake: told.mistake.as_ref().filter(|_| end == frames.len()),
        };
        out.push_str(&file(&run, style));
        start = end;
    }
    out
}

/// Frames in one file, one behind the other.
struct Run<'a> {
    frames: &'a [ToldFrame],
    /// The frames in all files.
    all: &'a [ToldFrame],
    /// How many frames come before them.
    before: usize,
    /// Whether there are no others.
    is_alone: bool,
    /// What was raised, if it was in the last of them.
    message: Option<&'a str>,
    /// The tasks that it left.
    tasks: &'a [ToldTask],
    /// The mistake behind it.
    mistake: Option<&'a Diagnostic>,
}

fn file(run: &Run<'_>, style: Style) -> String {
    let Run { frames, before, .. } = *run;
    let mut passed: Vec<Passed<'_>> = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let number = before + index + 1;
        match passed.iter_mut().find(|one| one.frame.span == frame.span) {
            Some(known) => known.numbers.push(number),
            None => passed.push(Passed {
                frame,
                numbers: vec![number],
            }),
        }
    }
    let Some(raised) = frames.last() else {
        return String::new();
    };
    // What was raised comes first, whatever else is left out.
    passed.sort_by_key(|one| (one.frame.span != raised.span, one.numbers.first().copied()));
    let hidden = passed.len().saturating_sub(MAX_FRAMES);
    if hidden > 0 {
        let middle = 1 + MAX_FRAMES / 2;
        passed.drain(middle..middle + hidden);
    }
    let text = &raised.file.text;
    let mut labels = passed.iter().enumerate().map(|(at, one)| Label {
        span: match run.message.filter(|_| at == 0) {
            Some(message) => guilty(text, one.frame.span, message),
            None => first_line(text, one.frame.span),
        },
        text: describe(one, run.is_alone, at == 0 && run.message.is_some()),
    });
    let mut diagnostic = Diagnostic::error("", "most recent call last", Span::at(0));
    if let Some(primary) = labels.next() {
        diagnostic.primary = primary;
    }
    diagnostic.secondary = labels.collect();
    if let Some(mistake) = run.mistake {
        add(&mut diagnostic, mistake);
    }
    for task in run.tasks.iter().take(MAX_TASKS) {
        diagnostic = with_task(diagnostic, task, run);
    }
    if hidden > 0 {
        let plural = if hidden == 1 { "" } else { "s" };
        diagnostic = diagnostic.with_note(format!("{hidden} more place{plural} in between"));
    }
    render_as(
        &short_name(&raised.file.name),
        text,
        &diagnostic,
        style,
        Heading::Traceback,
    )
}

/// Adds a task that the exception left: where it was made, and who waited for it.
fn with_task(mut diagnostic: Diagnostic, task: &ToldTask, run: &Run<'_>) -> Diagnostic {
    let name = &task.name;
    let mut note = format!("task `{name}`");
    let mut is_news = false;
    if let Some(place) = &task.made_at {
        note.push_str(&format!(
            ", created at {}",
            spot(place.line(), &place.file, run)
        ));
        let is_here = run
            .frames
            .iter()
            .any(|frame| frame.file.name == place.file.name);
        if is_here {
            diagnostic = diagnostic.and_label(place.span, format!("`{name}` is created here"));
        }
        is_news = !is_here;
    }
    let waiter = task.outside.checked_sub(1).and_then(|at| run.all.get(at));
    if let Some(waiter) = waiter {
        let line = waiter.file.line_of(waiter.span.start);
        let spot = spot(line, &waiter.file, run);
        let who = match waiter.function.as_str() {
            "<module>" => "the top level".to_owned(),
            function => format!("`{function}`"),
        };
        note.push_str(&format!(", awaited by {who} at {spot}"));
        is_news = true;
    }
    if is_news {
        diagnostic.with_note(note)
    } else {
        diagnostic
    }
}

/// `line 3`, and of which file if it is not the one that is drawn.
fn spot(line: usize, file: &SourceFile, run: &Run<'_>) -> String {
    let is_here = run.frames.iter().any(|frame| frame.file.name == file.name);
    if is_here {
        format!("line {line}")
    } else {
        format!("line {line} of {}", short_name(&file.name))
    }
}

/// Adds what is known of the mistake behind an error to its drawing.
fn add(diagnostic: &mut Diagnostic, mistake: &Diagnostic) {
    let raised = &mut diagnostic.primary;
    raised.span = mistake.primary.span;
    raised.text = format!("{}: {}", raised.text, mistake.primary.text);
    diagnostic.code = mistake.code;
    diagnostic
        .secondary
        .extend(mistake.secondary.iter().cloned());
    diagnostic.help.clone_from(&mistake.help);
    diagnostic.notes.extend(mistake.notes.iter().cloned());
}

/// `3: raised here, in `f``.
fn describe(passed: &Passed<'_>, alone: bool, is_raised: bool) -> String {
    let place = match passed.frame.function.as_str() {
        "<module>" => "at the top level".to_owned(),
        function => format!("in `{function}`"),
    };
    let what = if is_raised {
        format!("raised here, {place}")
    } else {
        place
    };
    match passed.numbers.as_slice() {
        _ if alone => what,
        [only] => format!("{only}: {what}"),
        [first, .., last] => {
            let count = passed.numbers.len();
            format!("{first} to {last}: {what}, {count} times")
        }
        [] => what,
    }
}

/// The name that the message speaks of, where it stands in the failing expression.
fn guilty(text: &str, span: Span, message: &str) -> Span {
    let whole = first_line(text, span);
    let shown = whole.text(text);
    let name = match message.split_once(": ") {
        Some(("NameError", rest)) => quoted(rest, "name '"),
        Some(("AttributeError", rest)) => quoted(rest, "has no attribute '"),
        Some(_) | None => None,
    };
    let Some(name) = name else {
        return whole;
    };
    let is_word =
        |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let found = shown.match_indices(name).find(|(at, _)| {
        !is_word(shown[..*at].chars().next_back())
            && !is_word(shown[at + name.len()..].chars().next())
    });
    let offset = |at: usize| u32::try_from(at).unwrap_or(0);
    match found {
        Some((at, _)) => Span::new(
            whole.start + offset(at),
            whole.start + offset(at + name.len()),
        ),
        None => whole,
    }
}

fn quoted<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once('\'').map(|(name, _)| name)
}

/// The part of a span on its first line.
fn first_line(text: &str, span: Span) -> Span {
    let shown = span.text(text);
    let length = shown.find('\n').unwrap_or(shown.len());
    let length = shown[..length].trim_end().len();
    Span::new(span.start, span.start + u32::try_from(length).unwrap_or(0))
}
