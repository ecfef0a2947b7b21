//! Tasks and futures on the event loop: one file per module of CPython's `Lib/asyncio`, with the
//! same names, so that both can be read side by side.
//!
//! In reading order: `callback` is everything that can run between two awaits; `futures` and
//! `tasks` are what it runs; `base_events` feeds it from the event loop; `events` are handles and
//! the current loop; `coroutines` says what can be a task. Then the tools: `sleep`, `gather`,
//! `wait` (with `wait_for`), `shield`, `as_completed`, `timeouts`, `taskgroups`, `locks`,
//! `queues`, `runners` with `shutdown`. `readiness` is what a ready descriptor leads to,
//! `selector_events` what is made of it. `module` is the table of public names, `classes` makes the
//! classes on demand, `contextvars` is the module of that name, `deadlock` the report when
//! nothing can wake the loop.
//!
//! The order of steps is CPython's: nothing runs but through the ready queue of the loop.

mod as_completed;
mod base_events;
mod base_futures;
mod callback;
mod classes;
mod contextvars;
mod coroutines;
mod deadlock;
mod eager;
mod events;
mod foreign_futures;
mod future_iterator;
mod future_set;
mod futures;
mod gather;
mod heap_queue;
mod locks;
mod logger;
mod module;
mod naming;
mod network;
mod preload;
pub mod prompt;
mod queue_items;
mod queue_join;
mod queues;
mod readiness;
mod reasons;
mod runners;
mod selector_events;
mod server;
mod shield;
mod shutdown;
mod signal_handlers;
mod sleep;
pub mod slow_turns;
mod streams;
mod subprocess;
mod task_cancel;
mod task_methods;
mod task_stacks;
mod task_table;
mod taskgroups;
mod tasks;
mod threads;
mod timeouts;
mod trace;
mod transports;
mod unix_events;
mod wait;

pub use base_events::{LoopData, clock_of as clock};
pub use base_futures::future_repr;
pub use callback::{Callback, DoneCallback};
pub use classes::{AsyncClass, allocate, native_data, receiver};
pub use contextvars::{ContextData, module as contextvars_module};
pub use coroutines::{entry_of, format_coroutine, immediate, is_awaitable, is_coroutine};
pub use deadlock::describe as describe_wait;
pub use future_iterator::METHODS as FUTURE_ITERATOR_METHODS;
pub use futures::{FUTURE_METHODS, finalize as finalize_future, result as future_result};
pub use gather::Gather;
pub use heap_queue::{heap_pop, heap_push};
pub use module::{attribute, is_async_native, module, prelude, submodule};
pub use naming::Names;
pub use network::fill as fill_network;
pub use prompt::has_prompt;
pub use reasons::{
    NativeWait, Place, Waiting, Waits, made_at, made_position, next_inside, place_of,
    position_place,
};
pub use runners::{on_interrupt, run_main};
pub use shutdown::{is_heard, is_imported, let_go_of_tasks, pending_tasks};
pub use signal_handlers::signal_arrived;
pub use sleep::{seconds, sleep_in_place};
pub use subprocess::{waiting_for_child, watch_child};
pub use task_methods::TASK_METHODS;
pub use task_table::{late_tasks, print as print_tasks};
pub use tasks::{name_of as task_name, shown_name};
pub use trace::{SharedSink, dropped as trace_dropped, printed as trace_printed, watch};

use crate::heap::Ref;
use crate::objects::{ClassObj, FutureKind, FutureObj};
use crate::types::Types;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::AnyClock;
use std::rc::Rc;

/// The state of `asyncio`.
#[derive(Default)]
pub struct AsyncState {
    /// The running loop.
    pub running: Option<Rc<LoopData>>,
    /// The task that is being stepped.
    pub current_task: Option<Ref<FutureObj>>,
    /// Nesting of calls inside the step of the task itself: deeper, somebody drives by hand.
    step_depth: u32,
    /// The present context; none is an empty one.
    pub context: Option<Rc<ContextData>>,
    /// The position of the call that made the coroutine of ours that runs.
    pub native_made_at: u32,
    /// Whether somebody watches.
    pub traced: bool,
    /// Who watches.
    sink: Option<SharedSink>,
    /// N of the last `Task-N`.
    task_count: u32,
    /// How many tasks were given a name when they were made.
    named_count: u32,
    /// What `set_event_loop` set.
    set_loop: Option<Rc<LoopData>>,
    /// Whether `set_event_loop` was called.
    loop_was_set: bool,
    /// The clock, once something asked for it.
    clock: Option<AnyClock>,
    /// What SIGINT cancels.
    sigint_target: Option<runners::SigintTarget>,
    /// The runner of the prompt, if there is one.
    prompt: Option<Rc<runners::RunnerData>>,
    /// Writes to connections that are held until the turn is over.
    pub held: transports::Held,
    /// What sockets are read into.
    pub read_buffer: Vec<u8>,
    /// How many texts were looked through for what to load before a loop is made.
    preloaded: usize,
    /// The module, once it was imported.
    module: Option<Value>,
    /// The loops that are alive, and some that are not.
    loops: Vec<std::rc::Weak<LoopData>>,
    /// Tasks that waited when their loop was closed.
    left: Vec<Ref<FutureObj>>,
    /// The classes made so far.
    classes: classes::AsyncClasses,
}

impl AsyncState {
    /// Bodies that await each other were entered (or left): calls, but still the task's own chain.
    #[inline(always)]
    pub fn shift(&mut self, by: i32) {
        self.step_depth = self.step_depth.wrapping_add_signed(by);
    }
}

/// The part of the state that belongs to a thread.
#[derive(Default)]
pub struct ThreadAsync {
    running: Option<Rc<LoopData>>,
    current_task: Option<Ref<FutureObj>>,
    step_depth: u32,
    context: Option<Rc<ContextData>>,
    native_made_at: u32,
    set_loop: Option<Rc<LoopData>>,
    loop_was_set: bool,
}

impl ThreadAsync {
    /// Exchanges it with that of the interpreter.
    pub fn exchange(&mut self, state: &mut AsyncState) {
        use std::mem::swap;
        swap(&mut self.running, &mut state.running);
        swap(&mut self.current_task, &mut state.current_task);
        swap(&mut self.step_depth, &mut state.step_depth);
        swap(&mut self.context, &mut state.context);
        swap(&mut self.native_made_at, &mut state.native_made_at);
        swap(&mut self.set_loop, &mut state.set_loop);
        swap(&mut self.loop_was_set, &mut state.loop_was_set);
    }
}

/// The class of a future.
pub fn class_of_future<'a>(types: &'a Types, future: &FutureObj) -> &'a Ref<ClassObj> {
    match future.kind() {
        FutureKind::Plain => &types.future,
        FutureKind::Task => &types.task,
        FutureKind::Gathering => &types.gathering_future,
    }
}

/// Tells the running loop of the first step of an async generator.
pub fn register_async_generator(vm: &mut Vm, generator: &Value) {
    if let Some(generator) = generator.to_coroutine() {
        base_events::generator_begins(vm, &generator);
    }
}

/// Has the running loop close an async generator that died half-way; false when none runs.
pub fn finalize_async_generator(vm: &mut Vm, generator: &Value) -> bool {
    base_events::generator_dropped(vm, generator)
}

/// The task that is being stepped, when the code that asks stands in its own chain of awaits,
/// and not in one that somebody drives by hand.
fn direct_task(vm: &Vm) -> Option<Ref<FutureObj>> {
    if vm.depth != vm.asyncio.step_depth {
        return None;
    }
    vm.asyncio.current_task.clone()
}

/// Whether a value is the function `asyncio.sleep` itself.
pub fn is_sleep(value: &Value) -> bool {
    value
        .as_native()
        .is_some_and(|native| native.name == "sleep" && sleep::is_function(native))
}
