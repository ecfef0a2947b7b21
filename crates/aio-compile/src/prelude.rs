//! The prelude: what a program has without an import beyond the built-ins of Python.

/// Names of `asyncio` that are usable without an import.
pub const PRELUDE: [&str; 11] = [
    "gather",
    "sleep",
    "create_task",
    "run",
    "wait_for",
    "timeout",
    "TaskGroup",
    "Queue",
    "Event",
    "Lock",
    "Semaphore",
];
