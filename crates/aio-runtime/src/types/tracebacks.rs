//! Traceback and frame objects: read-only views of the frames an exception passed.

use super::function;
use crate::code::SourceFile;
use crate::error::R;
use crate::native::Method;
use crate::objects::{DictObj, NativeData, Payload, TraceEntry};
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// The attributes of a traceback.
pub const TRACEBACK_METHODS: &[Method] = &[
    Method::get("tb_frame", frame, "The frame."),
    Method::get("tb_lineno", line, "The line."),
    Method::get("tb_lasti", last, "The last instruction."),
    Method::get("tb_next", next, "The next inner level."),
];

/// The attributes of a frame.
pub const FRAME_METHODS: &[Method] = &[
    Method::get("f_code", frame_code, "The code."),
    Method::get("f_lineno", frame_line, "The line."),
    Method::get(
        "f_locals",
        frame_locals,
        "The local variables (not kept here).",
    ),
    Method::get(
        "f_globals",
        frame_locals,
        "The global variables (not kept here).",
    ),
    Method::get("f_back", frame_back, "The caller (not kept here)."),
];

struct TracebackData {
    /// The frames from here to the innermost, innermost first.
    trace: Vec<TraceEntry>,
}

impl NativeData for TracebackData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

struct FrameData {
    entry: TraceEntry,
}

impl NativeData for FrameData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// A traceback over frames (innermost first); `None` when there are none.
pub fn new_traceback(vm: &mut Vm, trace: Vec<TraceEntry>) -> Value {
    if trace.is_empty() {
        return Value::NONE;
    }
    let class = vm.types.traceback.clone();
    new_instance(&class, Payload::Native(Rc::new(TracebackData { trace })))
}

/// The frames of a traceback object.
pub fn trace_of(value: &Value) -> Option<Vec<TraceEntry>> {
    let data = value.as_instance()?.native::<TracebackData>()?;
    Some(data.trace.clone())
}

fn outermost(value: &Value) -> Option<TraceEntry> {
    trace_of(value)?.pop()
}

fn entry_of_frame(value: &Value) -> Option<TraceEntry> {
    let data = value.as_instance()?.native::<FrameData>()?;
    Some(data.entry.clone())
}

/// A frame object.
pub fn new_frame(vm: &mut Vm, entry: TraceEntry) -> Value {
    let class = vm.types.frame.clone();
    new_instance(&class, Payload::Native(Rc::new(FrameData { entry })))
}

/// Name of the source file of an entry.
pub fn file_of(entry: &TraceEntry) -> Rc<SourceFile> {
    entry.code.source.clone()
}

fn frame(vm: &mut Vm, traceback: &Value) -> R {
    match outermost(traceback) {
        Some(entry) => Ok(new_frame(vm, entry)),
        None => Ok(Value::NONE),
    }
}

fn line(_vm: &mut Vm, traceback: &Value) -> R {
    let line = outermost(traceback).map(|entry| entry.code.line_of(entry.span));
    Ok(Value::int(line.unwrap_or(0) as i64))
}

fn last(_vm: &mut Vm, _traceback: &Value) -> R {
    Ok(Value::int(0))
}

fn next(vm: &mut Vm, traceback: &Value) -> R {
    let mut trace = trace_of(traceback).unwrap_or_default();
    trace.pop();
    Ok(new_traceback(vm, trace))
}

fn frame_code(vm: &mut Vm, frame: &Value) -> R {
    match entry_of_frame(frame) {
        Some(entry) => Ok(function::new_code(vm, &entry.code)),
        None => Ok(Value::NONE),
    }
}

fn frame_line(_vm: &mut Vm, frame: &Value) -> R {
    let line = entry_of_frame(frame).map(|entry| entry.code.line_of(entry.span));
    Ok(Value::int(line.unwrap_or(0) as i64))
}

fn frame_locals(_vm: &mut Vm, _frame: &Value) -> R {
    Ok(Value::new(DictObj::default()))
}

fn frame_back(_vm: &mut Vm, _frame: &Value) -> R {
    Ok(Value::NONE)
}
