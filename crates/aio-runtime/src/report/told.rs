//! An uncaught exception as data, for whoever draws it.

use super::{CAUSE, GROUP_DEPTH, GROUP_WIDTH, exception_only};
use crate::asyncio::Place;
use crate::code::SourceFile;
use crate::error::exc_data;
use crate::modules::LIBRARY;
use crate::objects::TraceEntry;
use crate::types::exception_groups::group_parts;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::{Diagnostic, Span};
use std::rc::Rc;

/// Draws an uncaught exception: those it came from first. Without one it is written as CPython
/// writes it.
#[derive(Clone, Copy, Default, Debug)]
pub struct DrawTraceback(pub Option<fn(&[Told]) -> String>);

/// An exception that is told.
pub struct Told {
    /// How it came from the one told before.
    pub link: Option<Link>,
    /// The frames that it passed, the outermost first; those of the library are left out.
    pub frames: Vec<ToldFrame>,
    /// The tasks that it left, innermost first.
    pub tasks: Vec<ToldTask>,
    /// CPython's lines after the frames: class and message, and notes.
    pub lines: Vec<String>,
    /// The mistake behind it, if it is known.
    pub mistake: Option<Diagnostic>,
    /// For a group: its members, each with those it came from.
    pub members: Vec<Vec<Told>>,
    /// For a group: how many members are not told.
    pub more: usize,
}

/// How one exception came from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// `raise … from …`
    Cause,
    /// Raised while the other was handled.
    Context,
}

/// A frame.
pub struct ToldFrame {
    /// Its file.
    pub file: Rc<SourceFile>,
    /// The failing expression.
    pub span: Span,
    /// The name of the function; `<module>` at the top level.
    pub function: String,
}

/// A task that an exception left.
pub struct ToldTask {
    /// What it is called.
    pub name: String,
    /// Where it was made.
    pub made_at: Option<Place>,
    /// How many of the frames are those of whoever waited for it, and of their callers.
    pub outside: usize,
}

/// An exception and those it came from, the oldest first.
pub fn tell(vm: &mut Vm, exception: &Value) -> Vec<Told> {
    chain(vm, exception, &mut Vec::new(), 0)
}

fn chain(vm: &mut Vm, exception: &Value, seen: &mut Vec<usize>, depth: usize) -> Vec<Told> {
    let mut list: Vec<(Option<Link>, Value)> = Vec::new();
    let mut next = Some(exception.clone());
    while let Some(current) = next.take() {
        seen.push(current.address());
        let links = exc_data(&current, |data| {
            (data.cause.clone(), data.context.clone(), data.suppress)
        });
        let mut link = None;
        if let Some((cause, context, suppress)) = links {
            let fresh = |value: &Value| value.is_heap() && !seen.contains(&value.address());
            if fresh(&cause) {
                (link, next) = (Some(Link::Cause), Some(cause));
            } else if !cause.is_heap() && !suppress && fresh(&context) {
                (link, next) = (Some(Link::Context), Some(context));
            }
        }
        list.push((link, current));
    }
    list.into_iter()
        .rev()
        .map(|(link, current)| one(vm, link, &current, seen, depth))
        .collect()
}

fn one(
    vm: &mut Vm,
    link: Option<Link>,
    exception: &Value,
    seen: &mut Vec<usize>,
    depth: usize,
) -> Told {
    let trace = exc_data(exception, |data| data.trace.clone()).unwrap_or_default();
    let members = match group_parts(exception) {
        Some((_, members)) if depth < GROUP_DEPTH => members.to_vec(),
        Some(_) | None => Vec::new(),
    };
    let more = members.len().saturating_sub(GROUP_WIDTH);
    let lines = exception_only(vm, exception);
    let members = members
        .iter()
        .take(GROUP_WIDTH)
        .map(|member| chain(vm, member, seen, depth + 1))
        .collect();
    let mistake = super::mistakes::explain(vm, exception).map(|(_, mistake)| mistake);
    let frames: Vec<ToldFrame> = trace.iter().rev().filter_map(frame).collect();
    let tasks = tasks(vm, exception, &trace, frames.len());
    Told {
        link,
        tasks,
        mistake,
        frames,
        lines: lines
            .iter()
            .map(|line| line.trim_end_matches('\n').to_owned())
            .collect(),
        members,
        more,
    }
}

fn tasks(vm: &Vm, exception: &Value, trace: &[TraceEntry], shown: usize) -> Vec<ToldTask> {
    let passed = exc_data(exception, |data| {
        data.story.as_ref().map(|story| story.tasks.clone())
    });
    let passed = passed.flatten().unwrap_or_default();
    let told = passed.into_iter().map(|task| {
        let inside = trace.iter().take(task.frames);
        let inside = inside.filter(|entry| entry.code.source.is_users()).count();
        ToldTask {
            name: task.name,
            made_at: crate::asyncio::position_place(vm, task.made_at),
            outside: shown.saturating_sub(inside),
        }
    });
    told.collect()
}

fn frame(entry: &TraceEntry) -> Option<ToldFrame> {
    let file = entry.code.source.clone();
    (!file.name.starts_with(LIBRARY)).then(|| ToldFrame {
        file,
        span: entry.span,
        function: entry.code.name.text().to_owned(),
    })
}

impl Link {
    /// CPython's sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Link::Cause => CAUSE.trim(),
            Link::Context => super::CONTEXT.trim(),
        }
    }
}
