//! The methods of `Task`, and the functions of `asyncio` about tasks.

use super::LoopData;
use super::classes::native_data;
use super::foreign_futures::Request;
use super::task_stacks::{get_stack, print_stack};
use super::tasks::{self, TaskOptions, name_of};
use super::{contextvars, eager, events, futures};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureFlags, FutureKind, FutureObj, SetObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// The methods of tasks (besides those of futures).
pub const TASK_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(task_new),
        "Make a task of a coroutine.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(task_init),
        "Begin a task of a subclass.",
    ),
    Method::new(
        "cancelling",
        NativeFn::F1(cancelling),
        "How many cancellations are open.",
    ),
    Method::new(
        "uncancel",
        NativeFn::F1(uncancel),
        "Take a cancellation back.",
    ),
    Method::new("get_name", NativeFn::F1(get_name), "The name."),
    Method::new("set_name", NativeFn::F2(set_name), "Set the name."),
    Method::new("get_coro", NativeFn::F1(get_coro), "The coroutine."),
    Method::new("get_context", NativeFn::F1(get_context), "The context."),
    Method::new(
        "get_stack",
        NativeFn::Any(get_stack),
        "The frames of the coroutine, or of its exception.",
    ),
    Method::new(
        "print_stack",
        NativeFn::Any(print_stack),
        "Print where it stands.",
    ),
    Method::get("_coro", get_coro, "The coroutine."),
    Method::get("_fut_waiter", fut_waiter, "What it waits for."),
    Method::get(
        "_must_cancel",
        must_cancel,
        "Whether a cancellation is to be delivered.",
    ),
];

/// The task of a receiver.
///
/// # Errors
/// `TypeError` for another kind.
pub fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<FutureObj>> {
    match value.to_future() {
        Some(future) if future.is_task() => Ok(future),
        Some(_) | None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!(
                "descriptor '{method}' for '_asyncio.Task' objects doesn't apply to a '{given}' \
                 object"
            )))
        }
    }
}

fn optional(value: Value) -> Option<Value> {
    (!value.is_unset() && !value.is_none()).then_some(value)
}

fn task_new(vm: &mut Vm, args: Args<'_>) -> R {
    let class = args.pos.first().and_then(Value::to_class);
    let Some(class) = class.filter(|class| !class.builtin) else {
        let (event_loop, coroutine, options) = task_args(vm, args)?;
        return Ok(tasks::new_task(vm, &event_loop, &coroutine, options)?.into());
    };
    // Its coroutine comes with `__init__`, which the subclass may have of its own.
    let event_loop = futures::loop_of_args(vm, args)?;
    let task = futures::new_of_kind(&event_loop, FutureKind::Task);
    futures::set_class(&task, Some(class));
    task.mark(FutureFlags::SILENT, true);
    Ok(task.into())
}

fn task_init(vm: &mut Vm, args: Args<'_>) -> R {
    if let Some(task) = args.pos.first().and_then(Value::to_future)
        && task.is_task()
        && task.number.get() == 0
    {
        let (_, coroutine, options) = task_args(vm, args)?;
        tasks::begin(vm, &task, &coroutine, options)?;
        task.mark(FutureFlags::SILENT, false);
    }
    Ok(Value::NONE)
}

fn task_args(vm: &mut Vm, args: Args<'_>) -> R<(Rc<LoopData>, Value, TaskOptions)> {
    const SIGNATURE: Signature = Signature {
        name: "Task",
        params: &["/cls", "coro", "loop", "name", "context", "eager_start"],
        positional: 2,
        required: 2,
    };
    let [_, coroutine, event_loop, name, context, eager] = vm.bind::<6>(args, &SIGNATURE)?;
    let event_loop = match optional(event_loop) {
        Some(given) => events::loop_of_object(vm, &given)?,
        None => events::current_loop(vm)?,
    };
    let context = match optional(context) {
        Some(given) => Some(contextvars::of_object(vm, &given)?),
        None => None,
    };
    let eager = !eager.is_unset() && vm.truthy(&eager)?;
    let options = TaskOptions {
        name,
        context,
        eager,
    };
    Ok((event_loop, coroutine, options))
}

fn cancelling(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "cancelling")?;
    Ok(Value::int(i64::from(task.cancel_requests.get())))
}

/// `uncancel()`; gives how many cancellations are still open.
pub fn uncancel_task(task: &FutureObj) -> u16 {
    let open = task.cancel_requests.get();
    if open > 0 {
        task.cancel_requests.set(open - 1);
        if open == 1 {
            task.mark(FutureFlags::MUST_CANCEL, false);
        }
    }
    task.cancel_requests.get()
}

fn uncancel(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "uncancel")?;
    Ok(Value::int(i64::from(uncancel_task(&task))))
}

fn get_name(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "get_name")?;
    Ok(vm.str(name_of(&task)))
}

fn set_name(vm: &mut Vm, task: &Value, name: &Value) -> R {
    let task = this(vm, task, "set_name")?;
    tasks::set_name(vm, &task, name)?;
    Ok(Value::NONE)
}

fn get_coro(vm: &mut Vm, task: &Value) -> R {
    let coroutine = this(vm, task, "get_coro")?.coroutine();
    Ok(if coroutine.is_unset() {
        Value::NONE
    } else {
        coroutine
    })
}

fn get_context(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "get_context")?;
    let context = tasks::context_of(vm, &task);
    Ok(contextvars::to_object(vm, context))
}

fn fut_waiter(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "_fut_waiter")?;
    if task.is_done() {
        return Ok(Value::NONE);
    }
    let waiting = task.result.get();
    Ok(if waiting.tag() == Tag::Future {
        waiting
    } else {
        Value::NONE
    })
}

fn must_cancel(vm: &mut Vm, task: &Value) -> R {
    let task = this(vm, task, "_must_cancel")?;
    Ok(Value::bool(task.has(FutureFlags::MUST_CANCEL)))
}

/// `asyncio.create_task(coro, *, name=None, context=None)`
///
/// # Errors
/// `RuntimeError` when no loop runs, `TypeError` for what is no coroutine.
pub fn create_task(vm: &mut Vm, args: Args<'_>) -> R {
    if vm.asyncio.running.is_none() {
        let coroutine = args.pos.first().cloned().unwrap_or(Value::NONE);
        return Err(events::no_running_loop(vm, &coroutine));
    }
    let event_loop = events::running_loop(vm)?;
    if let ([coroutine], []) = (args.pos, args.kw) {
        let options = TaskOptions::default();
        return Ok(eager::create_named_task(vm, &event_loop, coroutine, options)?.into());
    }
    let (coroutine, options) = task_arguments(vm, "create_task", args)?;
    Ok(eager::create_named_task(vm, &event_loop, &coroutine, options)?.into())
}

/// The arguments of every `create_task`.
///
/// # Errors
/// `TypeError` for wrong ones.
pub fn task_arguments(
    vm: &mut Vm,
    function: &'static str,
    args: Args<'_>,
) -> R<(Value, TaskOptions)> {
    let signature = Signature {
        name: function,
        params: &["coro", "name", "context"],
        positional: 1,
        required: 1,
    };
    let [coroutine, name, context] = vm.bind_python::<3>(args, &signature)?;
    with_options(vm, coroutine, name, context)
}

/// The arguments of a `create_task` that is a method.
///
/// # Errors
/// `TypeError` for wrong ones.
pub fn method_task_arguments(
    vm: &mut Vm,
    method: &'static str,
    args: Args<'_>,
) -> R<(Value, TaskOptions)> {
    let signature = Signature {
        name: method,
        params: &["/self", "coro", "name", "context"],
        positional: 2,
        required: 2,
    };
    let [_, coroutine, name, context] = vm.bind_python::<4>(args, &signature)?;
    with_options(vm, coroutine, name, context)
}

fn with_options(
    vm: &mut Vm,
    coroutine: Value,
    name: Value,
    context: Value,
) -> R<(Value, TaskOptions)> {
    let context = match optional(context) {
        Some(given) => Some(contextvars::of_object(vm, &given)?),
        None => None,
    };
    let options = TaskOptions {
        name,
        context,
        eager: false,
    };
    Ok((coroutine, options))
}

/// `asyncio.ensure_future(obj, *, loop=None)`
///
/// # Errors
/// `TypeError` for what is not awaitable, `ValueError` for another loop.
pub fn ensure_future(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "ensure_future",
        params: &["coro_or_future", "loop"],
        positional: 1,
        required: 1,
    };
    let [awaitable, event_loop] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let event_loop = match optional(event_loop) {
        Some(given) => Some(events::loop_of_object(vm, &given)?),
        None => None,
    };
    if awaitable.to_future().is_none() && is_future(vm, &awaitable)?.is(&Value::TRUE) {
        return Ok(awaitable);
    }
    Ok(tasks::ensure_future(vm, &awaitable, event_loop.as_ref())?.into())
}

/// `asyncio.current_task(loop=None)`
///
/// # Errors
/// `RuntimeError` when no loop runs.
pub fn current_task(vm: &mut Vm, args: &[Value]) -> R {
    let given = args.first().cloned().and_then(optional);
    let event_loop = match given {
        Some(given) => events::loop_of_object(vm, &given)?,
        None => events::running_loop(vm)?,
    };
    Ok(match &vm.asyncio.current_task {
        Some(task) if std::rc::Rc::ptr_eq(&task.event_loop, &event_loop) => task.to_value(),
        Some(_) | None => Value::NONE,
    })
}

/// `asyncio.all_tasks(loop=None)`
///
/// # Errors
/// `RuntimeError` when no loop runs.
pub fn all_tasks(vm: &mut Vm, args: &[Value]) -> R {
    let given = args.first().cloned().and_then(optional);
    let event_loop = match given {
        Some(given) => events::loop_of_object(vm, &given)?,
        None => events::running_loop(vm)?,
    };
    let set = SetObj::default();
    let tasks: Vec<Value> = event_loop
        .tasks
        .with(|tasks| tasks.iter().map(Ref::to_value).collect());
    for task in tasks {
        vm.set_add(&set, task)?;
    }
    Ok(Value::new(set))
}

/// `asyncio.isfuture(obj)`
///
/// # Errors
/// What an attribute of the object raises.
pub fn is_future(vm: &mut Vm, value: &Value) -> R {
    if value.tag() == Tag::Future {
        return Ok(Value::TRUE);
    }
    if value.tag() != Tag::Instance || native_data::<super::LoopData>(value).is_some() {
        return Ok(Value::FALSE);
    }
    let name = vm.intern("_asyncio_future_blocking");
    if vm.lookup_special(value, &name).is_none() {
        return Ok(Value::FALSE);
    }
    let found = vm.get_attr_opt(value, &name)?;
    Ok(Value::bool(found.is_some_and(|found| !found.is_none())))
}

/// Marks a failed future as looked at and gives its exception, without raising.
pub fn quiet_exception(future: &FutureObj) -> Option<Value> {
    if future.state.get() != crate::objects::FutureState::Failed {
        return None;
    }
    future.mark(FutureFlags::UNRETRIEVED, false);
    Some(future.result.get())
}

/// Cancels every task of a list with `None` as the message.
pub fn cancel_all(vm: &mut Vm, tasks: &[Ref<FutureObj>]) {
    for task in tasks {
        futures::cancel(vm, task, &Value::UNSET, Request::Outside);
    }
}
