//! What a rule has to know of the library: the prelude, the functions that make coroutines, the
//! classes of `asyncio`, and what some functions and methods return. Mostly tables.

/// The functions of `asyncio` that are `async def`.
const COROUTINE_FUNCTIONS: [&str; 8] = [
    "sleep",
    "wait_for",
    "wait",
    "to_thread",
    "open_connection",
    "start_server",
    "create_subprocess_exec",
    "create_subprocess_shell",
];

/// The classes of `asyncio` whose objects are followed; each supports `async with` or is a
/// queue or an event.
const CLASSES: [&str; 11] = [
    "Lock",
    "Event",
    "Condition",
    "Semaphore",
    "BoundedSemaphore",
    "Barrier",
    "Queue",
    "LifoQueue",
    "PriorityQueue",
    "TaskGroup",
    "Timeout",
];

/// The methods that are `async def`, by class; a table.
const COROUTINE_METHODS: [(&str, &[&str]); 10] = [
    ("Lock", &["acquire"]),
    ("Event", &["wait"]),
    ("Condition", &["acquire", "wait", "wait_for"]),
    ("Semaphore", &["acquire"]),
    ("BoundedSemaphore", &["acquire"]),
    ("Barrier", &["wait", "reset", "abort"]),
    ("Queue", &["get", "put", "join"]),
    ("LifoQueue", &["get", "put", "join"]),
    ("PriorityQueue", &["get", "put", "join"]),
    ("TaskGroup", &[]),
];

/// Methods of these classes that return at once, with the type of what they return; a table.
const PLAIN_METHODS: [(&str, &str); 15] = [
    ("release", "NoneType"),
    ("locked", "bool"),
    ("set", "NoneType"),
    ("clear", "NoneType"),
    ("is_set", "bool"),
    ("notify", "NoneType"),
    ("notify_all", "NoneType"),
    ("put_nowait", "NoneType"),
    ("task_done", "NoneType"),
    ("qsize", "int"),
    ("empty", "bool"),
    ("full", "bool"),
    ("cancel", "bool"),
    ("cancelled", "bool"),
    ("done", "bool"),
];

/// Builtin functions and classes with the type of what they return; a table.
const BUILTIN_RESULTS: [(&str, &str); 17] = [
    ("print", "NoneType"),
    ("input", "str"),
    ("len", "int"),
    ("str", "str"),
    ("repr", "str"),
    ("int", "int"),
    ("float", "float"),
    ("bool", "bool"),
    ("list", "list"),
    ("sorted", "list"),
    ("dict", "dict"),
    ("set", "set"),
    ("tuple", "tuple"),
    ("range", "range"),
    ("zip", "zip"),
    ("enumerate", "enumerate"),
    ("map", "map"),
];

/// Whether the name is usable without an import.
pub(crate) fn is_prelude(name: &str) -> bool {
    aio_compile::PRELUDE.contains(&name)
}

/// Whether calling this name of `asyncio` makes a coroutine.
pub(crate) fn makes_coroutine(name: &str) -> bool {
    COROUTINE_FUNCTIONS.contains(&name)
}

/// The name of the class whose object a call of this name of `asyncio` returns.
pub(crate) fn class_of_call(name: &str) -> Option<&'static str> {
    match name {
        "timeout" | "timeout_at" => Some("Timeout"),
        _ => CLASSES.into_iter().find(|class| *class == name),
    }
}

/// Whether objects of the class work with `async with`.
pub(crate) fn is_async_manager(class: &str) -> bool {
    !matches!(
        class,
        "Event" | "Queue" | "LifoQueue" | "PriorityQueue" | "Barrier"
    ) || class == "Barrier"
}

/// Whether the method is an `async def`.
pub(crate) fn method_makes_coroutine(class: &str, method: &str) -> bool {
    let mut rows = COROUTINE_METHODS.iter();
    rows.any(|(name, methods)| *name == class && methods.contains(&method))
}

/// The type of what a method that is no coroutine returns.
pub(crate) fn plain_result(class: &str, method: &str) -> Option<&'static str> {
    let is_task = class == "Task";
    let is_of_tasks = matches!(method, "cancel" | "cancelled" | "done");
    let row = PLAIN_METHODS.iter().find(|(name, _)| *name == method);
    row.filter(|_| is_task == is_of_tasks)
        .map(|(_, result)| *result)
}

/// The type of what a builtin returns.
pub(crate) fn builtin_result(name: &str) -> Option<&'static str> {
    let row = BUILTIN_RESULTS.iter().find(|(builtin, _)| *builtin == name);
    row.map(|(_, result)| *result)
}
