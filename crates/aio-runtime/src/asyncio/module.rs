//! The public names of `asyncio`: a table of functions, the classes, the exceptions, the
//! constants, and the names that exist in CPython and are refused here.

use super::classes::AsyncClass as C;
use super::locks::overrides;
use super::{
    as_completed, base_events, classes, coroutines, eager, events, gather, network, runners,
    shield, sleep, subprocess, task_methods, threads, timeouts, wait,
};
use crate::builtins::Function;
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::modules::import;
use crate::native::{Args, NativeFn};
use crate::objects::{ClassObj, DictObj, ListObj, ModuleObj, NativeObj};
use crate::value::Value;
use crate::vm::Vm;

/// The table of functions.
const FUNCTIONS: &[Function] = &[
    (
        "sleep",
        NativeFn::Any(sleep::sleep),
        "Let time pass while others run.",
    ),
    (
        "gather",
        NativeFn::Any(gather::gather),
        "Run awaitables together; a list of results.",
    ),
    (
        "create_task",
        NativeFn::Any(task_methods::create_task),
        "Have a coroutine run as a task.",
    ),
    (
        "run",
        NativeFn::Any(runners::run),
        "Run a coroutine in a loop of its own.",
    ),
    (
        "wait_for",
        NativeFn::Any(wait::wait_for),
        "Await with a time limit.",
    ),
    (
        "wait",
        NativeFn::Any(wait::wait),
        "Wait for some of several tasks.",
    ),
    (
        "timeout",
        NativeFn::Any(timeouts::timeout),
        "A block with a time limit.",
    ),
    (
        "timeout_at",
        NativeFn::Any(timeouts::timeout_at),
        "A block with a deadline.",
    ),
    (
        "shield",
        NativeFn::F1(shield::shield),
        "Protect from cancellation.",
    ),
    (
        "as_completed",
        NativeFn::Any(as_completed::as_completed),
        "Results as they come.",
    ),
    (
        "ensure_future",
        NativeFn::Any(task_methods::ensure_future),
        "A task of an awaitable.",
    ),
    (
        "current_task",
        NativeFn::Range(0, 1, task_methods::current_task),
        "The running task.",
    ),
    (
        "all_tasks",
        NativeFn::Range(0, 1, task_methods::all_tasks),
        "The tasks that are not done.",
    ),
    (
        "isfuture",
        NativeFn::F1(task_methods::is_future),
        "Whether it is a future.",
    ),
    (
        "iscoroutine",
        NativeFn::F1(is_coroutine),
        "Whether it is a coroutine.",
    ),
    (
        "iscoroutinefunction",
        NativeFn::F1(is_coroutine_function),
        "Whether it makes coroutines.",
    ),
    (
        "get_running_loop",
        NativeFn::F0(get_running_loop),
        "The running loop.",
    ),
    (
        "_get_running_loop",
        NativeFn::F0(running_loop_or_none),
        "The running loop or None.",
    ),
    (
        "get_event_loop",
        NativeFn::F0(get_event_loop),
        "The current loop.",
    ),
    (
        "set_event_loop",
        NativeFn::F1(set_event_loop),
        "Make a loop the current one.",
    ),
    (
        "new_event_loop",
        NativeFn::F0(new_event_loop),
        "A new loop.",
    ),
    (
        "create_eager_task_factory",
        NativeFn::F1(eager::create_eager_task_factory),
        "A task factory whose tasks begin at once.",
    ),
];

/// The table of classes made on demand.
const CLASSES: &[(&str, C)] = &[
    ("Lock", C::Lock),
    ("Event", C::Event),
    ("Condition", C::Condition),
    ("Semaphore", C::Semaphore),
    ("BoundedSemaphore", C::BoundedSemaphore),
    ("Barrier", C::Barrier),
    ("Queue", C::Queue),
    ("PriorityQueue", C::PriorityQueue),
    ("LifoQueue", C::LifoQueue),
    ("TaskGroup", C::TaskGroup),
    ("Timeout", C::Timeout),
    ("Runner", C::Runner),
    ("StreamReader", C::StreamReader),
    ("StreamReaderProtocol", C::StreamReaderProtocol),
    ("StreamWriter", C::StreamWriter),
    ("AbstractServer", C::AbstractServer),
    ("Server", C::Server),
    ("BaseTransport", C::BaseTransport),
    ("ReadTransport", C::ReadTransport),
    ("WriteTransport", C::WriteTransport),
    ("Transport", C::Transport),
    ("DatagramTransport", C::DatagramTransport),
    ("SubprocessTransport", C::SubprocessTransport),
    ("Handle", C::Handle),
    ("TimerHandle", C::TimerHandle),
    ("AbstractEventLoop", C::AbstractEventLoop),
    ("BaseEventLoop", C::BaseEventLoop),
    ("SelectorEventLoop", C::_UnixSelectorEventLoop),
    ("EventLoop", C::_UnixSelectorEventLoop),
];

/// The table of names that CPython has and that are refused on use.
const REFUSED: &[&str] = &[
    "set_event_loop_policy",
    "get_event_loop_policy",
    "DefaultEventLoopPolicy",
    "AbstractEventLoopPolicy",
    "set_child_watcher",
    "get_child_watcher",
    "AbstractChildWatcher",
    "ThreadedChildWatcher",
    "SafeChildWatcher",
    "PidfdChildWatcher",
    "MultiLoopChildWatcher",
    "FastChildWatcher",
    "_set_running_loop",
    "_register_task",
    "_unregister_task",
    "_enter_task",
    "_leave_task",
];

/// The table of modules inside the package; all of them show the same names.
const SUBMODULES: &[&str] = &[
    "base_events",
    "coroutines",
    "events",
    "exceptions",
    "futures",
    "locks",
    "protocols",
    "queues",
    "runners",
    "selector_events",
    "streams",
    "taskgroups",
    "tasks",
    "timeouts",
    "transports",
    "unix_events",
];

/// Whether a function of ours makes a coroutine when it is called.
pub fn is_async_native(name: &str) -> bool {
    matches!(
        name,
        "sleep" | "wait" | "wait_for" | "acquire" | "join" | "shutdown_asyncgens"
    )
}

fn native(name: &'static str, function: NativeFn, doc: &'static str) -> Value {
    Value::new(NativeObj {
        name,
        owner: None,
        function,
        at_once: None,
        doc,
        is_method: false,
    })
}

/// A public name of `asyncio`; none when CPython has none.
///
/// # Errors
/// `NotImplementedError` for a name that is not offered.
pub fn attribute(vm: &mut Vm, name: &str) -> R<Option<Value>> {
    if let Some((name, function, doc)) = FUNCTIONS.iter().find(|row| row.0 == name) {
        return Ok(Some(native(name, *function, doc)));
    }
    if matches!(name, "StreamReaderProtocol" | "FlowControlMixin") {
        // Importing the text gives them their base class.
        return network::attribute(vm, name).map(Some);
    }
    if let Some((_, class)) = CLASSES.iter().find(|row| row.0 == name) {
        return Ok(Some(vm.async_class(*class).to_value()));
    }
    if threads::NAMES.contains(&name) {
        return threads::attribute(vm, name).map(Some);
    }
    if subprocess::NAMES.contains(&name) {
        return subprocess::attribute(vm, name).map(Some);
    }
    if network::NAMES.contains(&name) {
        return network::attribute(vm, name).map(Some);
    }
    if let Some(class) = built_in_class(vm, name) {
        return Ok(Some(class.to_value()));
    }
    if wait::RETURN_WHEN.contains(&name) {
        return Ok(Some(vm.str(name)));
    }
    if name == "eager_task_factory" {
        return Ok(Some(eager::eager_task_factory()));
    }
    if name == "subprocess" {
        return import(vm, subprocess::TEXT).map(Some);
    }
    if SUBMODULES.contains(&name) {
        return submodule(vm, name);
    }
    if name == "log" {
        return import(vm, "asyncio.log").map(Some);
    }
    if name == "__all__" {
        let names = FUNCTIONS.iter().map(|row| row.0);
        let names = names.chain(CLASSES.iter().map(|row| row.0));
        let names = names.chain(EXCEPTIONS.iter().copied());
        let names = names.chain(network::NAMES.iter().copied());
        let names = names.chain(threads::NAMES.iter().copied());
        let names = names.chain(subprocess::NAMES.iter().copied());
        let names: Vec<Value> = names
            .filter(|name| !name.starts_with('_'))
            .map(|name| vm.str(name))
            .collect();
        return Ok(Some(Value::new(ListObj::new(names))));
    }
    if REFUSED.contains(&name) {
        return Err(vm.not_implemented_error(format!("asyncio.{name} is not offered by aio")));
    }
    Ok(None)
}

/// The table of classes that always exist.
const EXCEPTIONS: &[&str] = &[
    "Future",
    "Task",
    "CancelledError",
    "TimeoutError",
    "InvalidStateError",
    "QueueEmpty",
    "QueueFull",
    "QueueShutDown",
    "IncompleteReadError",
    "LimitOverrunError",
    "SendfileNotAvailableError",
    "BrokenBarrierError",
];

fn built_in_class(vm: &Vm, name: &str) -> Option<Ref<ClassObj>> {
    let types = &vm.types;
    Some(
        match name {
            "Future" => &types.future,
            "Task" => &types.task,
            "CancelledError" => &types.cancelled_error,
            "TimeoutError" => &types.timeout_error,
            "InvalidStateError" => &types.invalid_state_error,
            "QueueEmpty" => &types.queue_empty,
            "QueueFull" => &types.queue_full,
            "QueueShutDown" => &types.queue_shut_down,
            "IncompleteReadError" => &types.incomplete_read_error,
            "LimitOverrunError" => &types.limit_overrun_error,
            "SendfileNotAvailableError" => &types.sendfile_not_available_error,
            "BrokenBarrierError" => &types.broken_barrier_error,
            _ => return None,
        }
        .clone(),
    )
}

fn new_module(vm: &mut Vm, name: &str) -> Value {
    let name = vm.intern(name);
    let dict = Ref::new(DictObj::default());
    let key = vm.names.__name__.clone();
    dict.set_name(&key, name.to_value());
    Value::new(ModuleObj {
        name,
        dict,
        lazy: Some(attribute),
        deleted: GcCell::default(),
    })
}

/// The module `asyncio`: the same object every time.
pub fn module(vm: &mut Vm) -> Value {
    if let Some(module) = &vm.asyncio.module {
        return module.clone();
    }
    let module = new_module(vm, "asyncio");
    vm.asyncio.module = Some(module.clone());
    module
}

/// A module inside the package (`asyncio.queues`); none when there is none of that name.
///
/// # Errors
/// None so far.
pub fn submodule(vm: &mut Vm, name: &str) -> R<Option<Value>> {
    if !SUBMODULES.contains(&name) {
        return Ok(None);
    }
    let package = module(vm);
    let key = vm.intern(name);
    let dict = package.as_module().map(|module| module.dict.clone());
    if let Some(found) = dict.as_ref().and_then(|dict| dict.get_name(&key)) {
        return Ok(Some(found));
    }
    let made = new_module(vm, &format!("asyncio.{name}"));
    if let Some(dict) = dict {
        dict.set_name(&key, made.clone());
    }
    Ok(Some(made))
}

/// A name usable without an import; none when it is no such name. The value is that of the
/// module, so that `sleep is asyncio.sleep`.
///
/// # Errors
/// None in practice.
pub fn prelude(vm: &mut Vm, name: &str) -> R<Option<Value>> {
    if !aio_compile::PRELUDE.contains(&name) {
        return Ok(None);
    }
    let package = module(vm);
    let name = vm.intern(name);
    vm.get_attr(&package, &name).map(Some)
}

fn is_coroutine(vm: &mut Vm, value: &Value) -> R {
    Ok(Value::bool(coroutines::is_coroutine(vm, value)))
}

fn is_coroutine_function(vm: &mut Vm, value: &Value) -> R {
    coroutines::is_coroutine_function(vm, value).map(Value::bool)
}

fn get_running_loop(vm: &mut Vm) -> R {
    Ok(events::running_loop(vm)?.to_value())
}

fn running_loop_or_none(vm: &mut Vm) -> R {
    Ok(vm
        .asyncio
        .running
        .as_ref()
        .map_or(Value::NONE, |event_loop| event_loop.to_value()))
}

fn get_event_loop(vm: &mut Vm) -> R {
    Ok(events::current_loop(vm)?.to_value())
}

fn set_event_loop(vm: &mut Vm, event_loop: &Value) -> R {
    let event_loop = if event_loop.is_none() {
        None
    } else {
        Some(events::loop_of_object(vm, event_loop)?)
    };
    events::set_event_loop(vm, event_loop);
    Ok(Value::NONE)
}

fn new_event_loop(vm: &mut Vm) -> R {
    Ok(base_events::new_event_loop(vm).to_value())
}

/// Makes a loop for a call of its class.
///
/// # Errors
/// None so far.
pub fn loop_new(vm: &mut Vm, args: Args<'_>) -> R {
    let event_loop = base_events::LoopData::new(vm);
    let object = classes::allocate(vm, args, event_loop.clone())?;
    event_loop.object.set(object.clone());
    let own = overrides(vm, &object, "create_task").is_some();
    event_loop.own_create_task.set(own);
    let own = ["call_exception_handler", "default_exception_handler"]
        .into_iter()
        .any(|name| overrides(vm, &object, name).is_some());
    event_loop.own_handlers.set(own);
    Ok(object)
}
