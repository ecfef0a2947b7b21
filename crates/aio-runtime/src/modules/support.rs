//! What the texts of the library cannot do by themselves: tracebacks as text, a collection.

use super::{Function, add_functions};
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::{ListObj, ModuleObj};
use crate::report;
use crate::types::tracebacks::trace_of;
use crate::value::Value;
use crate::vm::Vm;

const TRACEBACK: &[Function] = &[
    (
        "_format",
        NativeFn::F2(format),
        "The lines of an exception.",
    ),
    (
        "_format_only",
        NativeFn::F1(format_only),
        "The final lines of an exception.",
    ),
    (
        "_format_tb",
        NativeFn::F1(format_tb),
        "The frames of a traceback.",
    ),
    (
        "_line",
        NativeFn::F1(line),
        "The source line of the outermost frame of a traceback.",
    ),
];

const COLLECTOR: &[Function] = &[(
    "collect",
    NativeFn::F0(collect),
    "Run the collector; how many objects were found.",
)];

/// Fills `_traceback`.
///
/// # Errors
/// None yet.
pub fn fill_traceback(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, TRACEBACK);
    Ok(())
}

/// Fills `_gc`.
///
/// # Errors
/// None yet.
pub fn fill_collector(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, COLLECTOR);
    Ok(())
}

fn lines(vm: &Vm, text: &str) -> Value {
    let lines = text
        .split_inclusive('\n')
        .map(|line| vm.str(line))
        .collect();
    Value::new(ListObj::new(lines))
}

fn format(vm: &mut Vm, exception: &Value, chain: &Value) -> R {
    let text = if vm.truthy(chain)? {
        report::format_exception(vm, exception)
    } else {
        report::format_unchained(vm, exception)
    };
    Ok(lines(vm, &text))
}

fn format_only(vm: &mut Vm, exception: &Value) -> R {
    let only = report::exception_only(vm, exception);
    let only = only.into_iter().map(|line| vm.str(line)).collect();
    Ok(Value::new(ListObj::new(only)))
}

fn format_tb(vm: &mut Vm, traceback: &Value) -> R {
    let trace = trace_of(traceback).unwrap_or_default();
    let text = report::format_trace(&trace);
    Ok(lines(vm, &text))
}

fn line(vm: &mut Vm, traceback: &Value) -> R {
    let entry = trace_of(traceback).and_then(|mut trace| trace.pop());
    let text = entry.as_ref().map_or("", |entry| {
        let line = entry.code.line_of(entry.span);
        entry.code.source.line_text(line).trim()
    });
    Ok(vm.str(text))
}

fn collect(vm: &mut Vm) -> R {
    crate::asyncio::let_go_of_tasks(vm);
    let found = crate::heap::collector::collect();
    for object in crate::heap::take_finalizers() {
        crate::finalize::run_finalizer(vm, object);
    }
    Ok(Value::int(found as i64))
}
