//! `task.get_stack()`, `task.print_stack()`: where a task stands, or what its exception passed.

use super::coroutines::entry_of;
use super::task_methods::this;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Signature};
use crate::objects::{FutureObj, ListObj, TraceEntry};
use crate::report::{exception_only, frame_text};
use crate::types::tracebacks::{new_frame, trace_of};
use crate::value::Value;
use crate::vm::Vm;

/// `task.get_stack(*, limit=None)`: the frame of the coroutine while it is suspended, the frames
/// of the traceback when it has failed.
///
/// # Errors
/// `TypeError` for wrong arguments.
pub fn get_stack(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "get_stack",
        params: &["/self", "limit"],
        positional: 1,
        required: 1,
    };
    let [task, limit] = vm.bind::<2>(args, &SIGNATURE)?;
    let task = this(vm, &task, "get_stack")?;
    let frames = entries(vm, &task, &limit)?
        .into_iter()
        .map(|entry| new_frame(vm, entry))
        .collect();
    Ok(Value::new(ListObj::new(frames)))
}

/// `task.print_stack(*, limit=None, file=None)`
///
/// # Errors
/// `TypeError` for wrong arguments; what the file raises.
pub fn print_stack(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "print_stack",
        params: &["/self", "limit", "file"],
        positional: 1,
        required: 1,
    };
    let [task, limit, file] = vm.bind::<3>(args, &SIGNATURE)?;
    let task = this(vm, &task, "print_stack")?;
    let entries = entries(vm, &task, &limit)?;
    let exception = failure(&task);
    let shown = vm.repr(&task.to_value())?;
    let mut text = match (entries.is_empty(), &exception) {
        (true, _) => format!("No stack for {shown}\n"),
        (false, Some(_)) => format!("Traceback for {shown} (most recent call last):\n"),
        (false, None) => format!("Stack for {shown} (most recent call last):\n"),
    };
    for entry in &entries {
        text.push_str(&frame_text(entry));
    }
    if let Some(exception) = &exception {
        text.extend(exception_only(vm, exception));
    }
    if file.is_unset() || file.is_none() {
        vm.out.error(&text);
        return Ok(Value::NONE);
    }
    let (write, text) = (vm.intern("write"), vm.str(text));
    vm.call_method(&file, &write, &[text])?;
    Ok(Value::NONE)
}

/// The places of the frames, the outermost first.
fn entries(vm: &mut Vm, task: &Ref<FutureObj>, limit: &Value) -> R<Vec<TraceEntry>> {
    let most = match limit.is_unset() || limit.is_none() {
        true => usize::MAX,
        false => usize::try_from(vm.index_i64(limit)?).unwrap_or(0),
    };
    let coroutine = task.coroutine();
    let place = coroutine.as_coroutine().and_then(entry_of);
    let mut entries = match (place, failure(task)) {
        (Some(place), _) => vec![place],
        (None, Some(exception)) => {
            let name = vm.intern("__traceback__");
            let traceback = vm.get_attr(&exception, &name)?;
            let mut trace = trace_of(&traceback).unwrap_or_default();
            trace.reverse();
            trace
        }
        (None, None) => Vec::new(),
    };
    entries.truncate(most);
    Ok(entries)
}

/// The exception of a task that has failed.
fn failure(task: &FutureObj) -> Option<Value> {
    let failed = task.state.get() == crate::objects::FutureState::Failed;
    failed.then(|| task.result.get())
}
