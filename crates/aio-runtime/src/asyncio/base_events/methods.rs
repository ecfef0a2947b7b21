//! The methods of event loops.

use super::{
    LoopData, call_exception_handler, default_exception_handler, run_forever, run_until_complete,
};
use crate::asyncio::callback::Callback;
use crate::asyncio::classes::receiver;
use crate::asyncio::contextvars::{self, ContextData};
use crate::asyncio::coroutines::{is_coroutine, is_coroutine_function};
use crate::asyncio::events::HandleData;
use crate::asyncio::module::loop_new;
use crate::asyncio::sleep::seconds;
use crate::asyncio::task_methods::method_task_arguments;
use crate::asyncio::tasks::{self, TaskOptions};
use crate::asyncio::{futures, shutdown, signal_handlers, subprocess, threads};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::FutureObj;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_event_loop::{Clock, Time};
use std::rc::Rc;

/// The table of methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(loop_new), "Make a loop."),
    Method::new(
        "run_forever",
        NativeFn::F1(run_forever_method),
        "Run until stop().",
    ),
    Method::new(
        "run_until_complete",
        NativeFn::F2(run_until_complete_method),
        "Run until done.",
    ),
    Method::new(
        "stop",
        NativeFn::F1(stop),
        "Stop when the present turn is over.",
    ),
    Method::new("close", NativeFn::F1(close), "Close the loop."),
    Method::new("is_running", NativeFn::F1(is_running), "Whether it runs."),
    Method::new(
        "is_closed",
        NativeFn::F1(is_closed),
        "Whether it was closed.",
    ),
    Method::new(
        "time",
        NativeFn::F1(time),
        "The clock of the loop, in seconds.",
    ),
    Method::new(
        "call_soon",
        NativeFn::Any(call_soon),
        "Call a function in the next turn.",
    ),
    Method::new(
        "call_soon_threadsafe",
        NativeFn::Any(call_soon_threadsafe),
        "As call_soon, from any thread.",
    ),
    Method::new(
        "call_later",
        NativeFn::Any(call_later),
        "Call a function after a delay.",
    ),
    Method::new(
        "call_at",
        NativeFn::Any(call_at),
        "Call a function at a time.",
    ),
    Method::new(
        "create_future",
        NativeFn::F1(create_future),
        "A new future.",
    ),
    Method::new(
        "create_task",
        NativeFn::Any(create_task),
        "A task of a coroutine.",
    ),
    Method::new(
        "set_task_factory",
        NativeFn::F2(set_task_factory),
        "Who makes tasks.",
    ),
    Method::new(
        "get_task_factory",
        NativeFn::F1(get_task_factory),
        "Who makes tasks, or None.",
    ),
    Method::new(
        "set_exception_handler",
        NativeFn::F2(set_handler),
        "Who is told of errors.",
    ),
    Method::new(
        "get_exception_handler",
        NativeFn::F1(get_handler),
        "Who is told, or None.",
    ),
    Method::new(
        "call_exception_handler",
        NativeFn::F2(call_handler),
        "Tell of an error.",
    ),
    Method::new(
        "default_exception_handler",
        NativeFn::F2(default_handler),
        "Print an error.",
    ),
    Method::new(
        "get_debug",
        NativeFn::F1(get_debug),
        "Whether in debug mode.",
    ),
    Method::new("set_debug", NativeFn::F2(set_debug), "Switch debug mode."),
    Method::get_set(
        "slow_callback_duration",
        get_slow,
        set_slow,
        "What counts as slow.",
    ),
    Method::new(
        "shutdown_asyncgens",
        NativeFn::F1(shutdown_asyncgens),
        "Close generators.",
    ),
    Method::new(
        "shutdown_default_executor",
        NativeFn::Range(1, 2, shutdown_executor),
        "Wait for threads.",
    ),
    Method::new(
        "run_in_executor",
        NativeFn::Any(run_in_executor),
        "Run as in a thread.",
    ),
    Method::new(
        "set_default_executor",
        NativeFn::F2(set_default_executor),
        "Nothing to set.",
    ),
    Method::new(
        "subprocess_exec",
        NativeFn::Any(subprocess::subprocess_exec),
        "Start a child, with a transport and a protocol.",
    ),
    Method::new(
        "subprocess_shell",
        NativeFn::Any(subprocess::subprocess_shell),
        "Have the shell start a child.",
    ),
    Method::new(
        "add_signal_handler",
        NativeFn::Any(add_signal_handler),
        "Call a function when a signal arrives.",
    ),
    Method::new(
        "remove_signal_handler",
        NativeFn::F2(remove_signal_handler),
        "Give a signal back; whether there was a handler.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<LoopData>> {
    receiver(vm, value, "BaseEventLoop", method)
}

fn run_forever_method(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "run_forever")?;
    run_forever(vm, &event_loop)?;
    Ok(Value::NONE)
}

fn run_until_complete_method(vm: &mut Vm, object: &Value, future: &Value) -> R {
    let event_loop = this(vm, object, "run_until_complete")?;
    run_until_complete(vm, &event_loop, future)
}

fn stop(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "stop")?;
    event_loop.core.with_mut(|core| core.stop());
    Ok(Value::NONE)
}

fn close(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "close")?.close(vm)?;
    Ok(Value::NONE)
}

fn is_running(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_running")?.running.get()))
}

fn is_closed(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_closed")?.closed.get()))
}

fn time(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "time")?;
    let now = event_loop.core.with(|core| core.time());
    Ok(Value::float(now.as_secs_f64()))
}

/// What `call_soon` and its kin were given.
struct Call {
    event_loop: Rc<LoopData>,
    function: Value,
    args: Box<[Value]>,
    context: Option<Rc<ContextData>>,
}

impl Call {
    fn new(
        vm: &mut Vm,
        (receiver, function, rest): (&Value, Value, &[Value]),
        context: Value,
        method: &'static str,
    ) -> R<Call> {
        let event_loop = this(vm, receiver, method)?;
        let context = if context.is_unset() || context.is_none() {
            contextvars::copy_current(vm)
        } else {
            Some(contextvars::of_object(vm, &context)?)
        };
        let args = rest.into();
        Ok(Call {
            event_loop,
            function,
            args,
            context,
        })
    }
}

/// Sorts the arguments of `call_later` and `call_at`: the delay or time, and the call.
fn parse_timed_call(
    vm: &mut Vm,
    args: Args<'_>,
    (method, signature): (&'static str, &Signature),
) -> R<(Value, Call)> {
    if let ([receiver, first, function, rest @ ..], []) = (args.pos, args.kw) {
        let call = (receiver, function.clone(), rest);
        return Ok((first.clone(), Call::new(vm, call, Value::UNSET, method)?));
    }
    let ([receiver, first, function, context], rest) = vm.bind_varargs::<4>(args, signature)?;
    let call = Call::new(vm, (&receiver, function, rest), context, method)?;
    Ok((first, call))
}

impl Call {
    /// What is refused: a closed loop, and in debug mode a coroutine or what cannot be called.
    fn check(&self, vm: &mut Vm, method: &str) -> R<()> {
        if method != "call_soon_threadsafe" {
            check_thread(vm, &self.event_loop)?;
        }
        check_callback(vm, &self.event_loop, &self.function, method)
    }

    fn set_timer(self, vm: &mut Vm, at: Time) -> Value {
        let when = Some(at.as_secs_f64());
        let handle = HandleData::new(
            &self.event_loop,
            self.function,
            self.args,
            self.context,
            when,
        );
        self.event_loop
            .core
            .with_mut(|core| core.call_at(at, Callback::Handle(handle.clone())));
        handle.to_value(vm)
    }
}

/// In debug mode a loop that runs in another thread is refused.
fn check_thread(vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
    let is_here = |running: &Rc<LoopData>| Rc::ptr_eq(running, event_loop);
    if !event_loop.debug.get()
        || !event_loop.running.get()
        || vm.asyncio.running.as_ref().is_some_and(is_here)
    {
        return Ok(());
    }
    Err(vm.runtime_error(
        "Non-thread-safe operation invoked on an event loop other than the current one",
    ))
}

fn check_callback(vm: &mut Vm, event_loop: &Rc<LoopData>, function: &Value, method: &str) -> R<()> {
    event_loop.check_closed(vm)?;
    if !event_loop.debug.get() {
        return Ok(());
    }
    if is_coroutine(vm, function) || is_coroutine_function(vm, function)? {
        return Err(vm.type_error(format!("coroutines cannot be used with {method}()")));
    }
    if !is_callable(vm, function) {
        let shown = vm.repr(function)?;
        return Err(vm.type_error(format!(
            "a callable object was expected by {method}(), got {shown}"
        )));
    }
    Ok(())
}

fn is_callable(vm: &mut Vm, value: &Value) -> bool {
    if matches!(
        value.tag(),
        Tag::Func | Tag::Method | Tag::Native | Tag::Class
    ) {
        return true;
    }
    let name = vm.names.__call__.clone();
    vm.lookup_special(value, &name).is_some()
}

/// Sorts the arguments of `call_soon` and `call_soon_threadsafe`.
fn parse_call(
    vm: &mut Vm,
    args: Args<'_>,
    (method, signature): (&'static str, &Signature),
) -> R<Call> {
    if let ([receiver, function, rest @ ..], []) = (args.pos, args.kw) {
        return Call::new(vm, (receiver, function.clone(), rest), Value::UNSET, method);
    }
    let ([receiver, function, context], rest) = vm.bind_varargs::<3>(args, signature)?;
    Call::new(vm, (&receiver, function, rest), context, method)
}

fn call_soon(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseEventLoop.call_soon",
        params: &["/self", "callback", "context"],
        positional: 2,
        required: 2,
    };
    let call = parse_call(vm, args, ("call_soon", &SIGNATURE))?;
    Ok(put_soon(vm, call, "call_soon")?.to_value(vm))
}

fn put_soon(vm: &mut Vm, call: Call, method: &str) -> R<Rc<HandleData>> {
    call.check(vm, method)?;
    let handle = HandleData::new(
        &call.event_loop,
        call.function,
        call.args,
        call.context,
        None,
    );
    call.event_loop.call_soon(Callback::Handle(handle.clone()));
    Ok(handle)
}

fn call_soon_threadsafe(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseEventLoop.call_soon_threadsafe",
        params: &["/self", "callback", "context"],
        positional: 2,
        required: 2,
    };
    let call = parse_call(vm, args, ("call_soon_threadsafe", &SIGNATURE))?;
    let event_loop = call.event_loop.clone();
    let handle = put_soon(vm, call, "call_soon_threadsafe")?;
    vm.threads.wake_loop(&event_loop);
    Ok(handle.to_value(vm))
}

fn call_later(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseEventLoop.call_later",
        params: &["/self", "delay", "callback", "context"],
        positional: 3,
        required: 3,
    };
    let (delay, call) = parse_timed_call(vm, args, ("call_later", &SIGNATURE))?;
    if delay.is_none() {
        return Err(vm.type_error("delay must not be None"));
    }
    call.check(vm, "call_at")?;
    let delay = seconds(vm, &delay)?;
    let now = call.event_loop.core.with(|core| core.clock().now());
    Ok(call.set_timer(vm, now.after_secs_f64(delay)))
}

fn call_at(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseEventLoop.call_at",
        params: &["/self", "when", "callback", "context"],
        positional: 3,
        required: 3,
    };
    let (when, call) = parse_timed_call(vm, args, ("call_at", &SIGNATURE))?;
    if when.is_none() {
        return Err(vm.type_error("when cannot be None"));
    }
    call.check(vm, "call_at")?;
    let at = seconds(vm, &when)?;
    Ok(call.set_timer(vm, Time::from_secs_f64(at)))
}

fn create_future(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "create_future")?;
    Ok(futures::new_future(&event_loop).into())
}

fn create_task(vm: &mut Vm, args: Args<'_>) -> R {
    let object = args.pos.first().cloned().unwrap_or_default();
    let event_loop = this(vm, &object, "create_task")?;
    let (coroutine, options) = method_task_arguments(vm, "BaseEventLoop.create_task", args)?;
    check_thread(vm, &event_loop)?;
    Ok(tasks::loop_create_task(vm, &event_loop, &coroutine, options)?.into())
}

/// A task with a name and a context, as the loop itself makes them.
///
/// # Errors
/// As `create_task`.
pub fn make_task(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    name: &Value,
    context: Option<Rc<ContextData>>,
) -> R<Ref<FutureObj>> {
    let options = TaskOptions {
        name: name.clone(),
        context,
        eager: false,
    };
    tasks::create_task(vm, event_loop, coroutine, options)
}

fn or_none(value: Value) -> Value {
    if value.is_unset() { Value::NONE } else { value }
}

fn set_task_factory(vm: &mut Vm, object: &Value, factory: &Value) -> R {
    let event_loop = this(vm, object, "set_task_factory")?;
    if factory.is_none() {
        event_loop.task_factory.set(Value::UNSET);
    } else if is_callable(vm, factory) {
        event_loop.task_factory.set(factory.clone());
    } else {
        return Err(vm.type_error("task factory must be a callable or None"));
    }
    Ok(Value::NONE)
}

fn get_task_factory(vm: &mut Vm, object: &Value) -> R {
    Ok(or_none(
        this(vm, object, "get_task_factory")?.task_factory.get(),
    ))
}

fn set_handler(vm: &mut Vm, object: &Value, handler: &Value) -> R {
    let event_loop = this(vm, object, "set_exception_handler")?;
    if handler.is_none() {
        event_loop.exception_handler.set(Value::UNSET);
    } else if is_callable(vm, handler) {
        event_loop.exception_handler.set(handler.clone());
        vm.has_last_words = true;
    } else {
        let shown = vm.repr(handler)?;
        return Err(vm.type_error(format!(
            "A callable object or None is expected, got {shown}"
        )));
    }
    Ok(Value::NONE)
}

fn get_handler(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "get_exception_handler")?;
    Ok(or_none(event_loop.exception_handler.get()))
}

fn call_handler(vm: &mut Vm, object: &Value, context: &Value) -> R {
    let event_loop = this(vm, object, "call_exception_handler")?;
    match context.to_dict() {
        Some(context) => call_exception_handler(vm, &event_loop, &context)?,
        None => {
            let given = vm.type_name(context);
            return Err(vm.attribute_error(format!("'{given}' object has no attribute 'get'")));
        }
    }
    Ok(Value::NONE)
}

fn default_handler(vm: &mut Vm, object: &Value, context: &Value) -> R {
    this(vm, object, "default_exception_handler")?;
    if let Some(context) = context.to_dict() {
        default_exception_handler(vm, &context)?;
    }
    Ok(Value::NONE)
}

fn get_debug(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "get_debug")?.debug.get()))
}

fn set_debug(vm: &mut Vm, object: &Value, enabled: &Value) -> R {
    let event_loop = this(vm, object, "set_debug")?;
    let enabled = vm.truthy(enabled)?;
    event_loop.debug.set(enabled);
    Ok(Value::NONE)
}

fn get_slow(vm: &mut Vm, object: &Value) -> R {
    let set = this(vm, object, "slow_callback_duration")?
        .slow_callback_duration
        .get();
    Ok(if set.is_unset() {
        Value::float(0.1)
    } else {
        set
    })
}

fn set_slow(vm: &mut Vm, object: &Value, value: Value) -> R<()> {
    this(vm, object, "slow_callback_duration")?
        .slow_callback_duration
        .set(value);
    Ok(())
}

fn shutdown_asyncgens(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "shutdown_asyncgens")?;
    Ok(shutdown::shutdown_asyncgens(vm, &event_loop))
}

fn shutdown_executor(vm: &mut Vm, args: &[Value]) -> R {
    let event_loop = this(vm, args.at(0), "shutdown_default_executor")?;
    let timeout = args.get(1).cloned().unwrap_or(Value::NONE);
    threads::shutdown_default_executor(vm, &event_loop, timeout)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let event_loop = this(vm, object, "__repr__")?;
    let class = vm.type_name(object);
    let flag = |on: bool| if on { "True" } else { "False" };
    let (running, closed, debug) = (
        flag(event_loop.running.get()),
        flag(event_loop.closed.get()),
        flag(event_loop.debug.get()),
    );
    Ok(vm.str(format!(
        "<{class} running={running} closed={closed} debug={debug}>"
    )))
}

fn run_in_executor(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseEventLoop.run_in_executor",
        params: &["/self", "executor", "func"],
        positional: 3,
        required: 3,
    };
    let ([object, executor, function], rest) = vm.bind_varargs::<3>(args, &SIGNATURE)?;
    let event_loop = this(vm, &object, "run_in_executor")?;
    check_callback(vm, &event_loop, &function, "run_in_executor")?;
    threads::run_in_executor(vm, &event_loop, &executor, &function, rest)
}

fn set_default_executor(vm: &mut Vm, object: &Value, executor: &Value) -> R {
    let event_loop = this(vm, object, "set_default_executor")?;
    threads::set_default_executor(vm, &event_loop, executor)
}

fn add_signal_handler(vm: &mut Vm, args: Args<'_>) -> R {
    let receiver = args.pos.first().cloned().unwrap_or_default();
    let event_loop = this(vm, &receiver, "add_signal_handler")?;
    signal_handlers::add_signal_handler(vm, &event_loop, args)
}

fn remove_signal_handler(vm: &mut Vm, object: &Value, signal: &Value) -> R {
    let event_loop = this(vm, object, "remove_signal_handler")?;
    signal_handlers::remove_signal_handler(vm, &event_loop, signal)
}
