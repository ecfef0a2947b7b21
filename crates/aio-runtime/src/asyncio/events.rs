//! `Handle`, `TimerHandle`, callbacks of the script, and who the current loop is.

use super::base_events::{self, LoopData, new_event_loop};
use super::base_futures::format_callback_source;
use super::classes::{AsyncClass, allocate, instance_of, native_data, receiver};
use super::contextvars::{self, ContextData};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Handle`.
pub const HANDLE_METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(handle_new), "Make a handle."),
    Method::new("__init__", NativeFn::Any(nothing), "Initialize self."),
    Method::new(
        "_run",
        NativeFn::F1(handle_run),
        "Call the callback in its context.",
    ),
    Method::get("_cancelled", handle_cancelled, "Whether it was cancelled."),
    Method::new("__eq__", NativeFn::F2(handle_eq), "Return self==value."),
    Method::new("__hash__", NativeFn::F1(handle_hash), "Return hash(self)."),
    Method::new(
        "cancel",
        NativeFn::F1(handle_cancel),
        "The callback will not be called.",
    ),
    Method::new(
        "cancelled",
        NativeFn::F1(handle_cancelled),
        "Whether it was cancelled.",
    ),
    Method::new(
        "get_context",
        NativeFn::F1(handle_context),
        "The context of the callback.",
    ),
    Method::new("__repr__", NativeFn::F1(handle_repr), "Return repr(self)."),
];

/// The methods of `TimerHandle`.
pub const TIMER_METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(timer_new), "Make a timer."),
    Method::new(
        "when",
        NativeFn::F1(timer_when),
        "When it is due, on the clock of the loop.",
    ),
    Method::new("__lt__", NativeFn::F2(timer_lt), "Return self<value."),
    Method::new("__le__", NativeFn::F2(timer_le), "Return self<=value."),
    Method::new("__gt__", NativeFn::F2(timer_gt), "Return self>value."),
    Method::new("__ge__", NativeFn::F2(timer_ge), "Return self>=value."),
];

/// A context in which a callback runs; none is an empty one.
pub type ContextCell = GcCell<Option<Rc<ContextData>>>;

/// A callback that the script gave to the loop.
pub struct HandleData {
    /// The function and its arguments; gone once it is cancelled.
    call: GcCell<Option<(Value, Box<[Value]>)>>,
    context: ContextCell,
    /// Cancelled.
    pub cancelled: Cell<bool>,
    /// A timer that has not left the timers of the loop.
    pub in_timers: Cell<bool>,
    /// For a timer: when it is due.
    when: Option<f64>,
    event_loop: Rc<LoopData>,
    /// In debug mode: what it looked like before it was cancelled.
    shown: GcCell<Option<String>>,
}

impl HandleData {
    /// The context in which it runs.
    pub fn context(&self) -> Rc<ContextData> {
        self.context
            .with_mut(|context| context.get_or_insert_default().clone())
    }

    /// A handle; with `when`, a timer.
    pub fn new(
        event_loop: &Rc<LoopData>,
        function: Value,
        args: Box<[Value]>,
        context: Option<Rc<ContextData>>,
        when: Option<f64>,
    ) -> Rc<HandleData> {
        Rc::new(HandleData {
            call: GcCell::new(Some((function, args))),
            context: GcCell::new(context),
            cancelled: Cell::new(false),
            in_timers: Cell::new(when.is_some()),
            when,
            event_loop: event_loop.clone(),
            shown: GcCell::default(),
        })
    }

    /// The function, or `None` once it is cancelled.
    pub fn function(&self) -> Value {
        self.call
            .with(|call| call.as_ref().map_or(Value::NONE, |call| call.0.clone()))
    }

    /// Calls the function in its context.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn run(self: &Rc<Self>, vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
        let Some((function, args)) = self.call.with(|call| call.clone()) else {
            return Ok(());
        };
        let before = contextvars::enter(vm, &self.context);
        let result = vm.call(&function, &args);
        contextvars::leave(vm, &self.context, before);
        if let Err(raised) = result {
            if base_events::pending_is_exit(vm) {
                return Err(raised);
            }
            let exception = vm.take_pending();
            let shown = format_callback_source(vm, &function, &args, event_loop.debug.get())?;
            let handle = self.to_value(vm);
            return base_events::report_problem(
                vm,
                event_loop,
                &format!("Exception in callback {shown}"),
                &[("exception", exception), ("handle", handle)],
            );
        }
        Ok(())
    }

    /// An object of the script for it.
    pub fn to_value(self: &Rc<Self>, vm: &mut Vm) -> Value {
        let class = if self.when.is_some() {
            AsyncClass::TimerHandle
        } else {
            AsyncClass::Handle
        };
        instance_of(vm, class, self.clone())
    }

    /// `cancel()`
    ///
    /// # Errors
    /// In debug mode, what the repr of the callback raises.
    pub fn cancel(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.cancelled.get() {
            return Ok(());
        }
        if self.event_loop.debug.get() {
            self.cancelled.set(true);
            let shown = repr_of(vm, self)?;
            self.shown.set(Some(shown));
        }
        self.cancelled.set(true);
        if self.in_timers.get() {
            self.event_loop
                .core
                .with_mut(aio_event_loop::EventLoop::timer_cancelled);
        }
        self.call.set(None);
        Ok(())
    }
}

impl NativeData for HandleData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.call.with(|call| {
            if let Some((function, args)) = call {
                visitor(function);
                args.iter().for_each(visitor);
            }
        });
    }
    fn clear(&self) {
        self.call.set(None);
    }
}

/// A done callback that the script gave to a future.
pub struct ScriptCallback {
    /// The function; it gets the future.
    pub function: Value,
    /// The context it runs in.
    pub context: ContextCell,
}

impl ScriptCallback {
    /// Calls it with the future.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn run(&self, vm: &mut Vm, event_loop: &Rc<LoopData>, future: &Ref<FutureObj>) -> R<()> {
        let context = self.context.with(|context| context.clone());
        let args = Box::from([future.to_value()]);
        HandleData::new(event_loop, self.function.clone(), args, context, None).run(vm, event_loop)
    }
}

/// `Handle(callback, args, loop, context=None)`
fn handle_new(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Handle.__init__",
        params: &["/self", "callback", "args", "loop", "context"],
        positional: 5,
        required: 4,
    };
    let given = vm.bind_python::<5>(args, &SIGNATURE)?;
    let [_, function, values, event_loop, context] = given;
    let data = made_by_script(vm, function, &values, &event_loop, &context, None)?;
    allocate(vm, args, data)
}

/// `TimerHandle(when, callback, args, loop, context=None)`
fn timer_new(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "TimerHandle.__init__",
        params: &["/self", "when", "callback", "args", "loop", "context"],
        positional: 6,
        required: 5,
    };
    let given = vm.bind_python::<6>(args, &SIGNATURE)?;
    let [_, when, function, values, event_loop, context] = given;
    let Some(when) = when.as_float().or(when.as_index().map(|when| when as f64)) else {
        let given = vm.type_name(&when);
        return Err(vm.type_error(format!("must be real number, not {given}")));
    };
    let data = made_by_script(vm, function, &values, &event_loop, &context, Some(when))?;
    allocate(vm, args, data)
}

fn made_by_script(
    vm: &mut Vm,
    function: Value,
    args: &Value,
    event_loop: &Value,
    context: &Value,
    when: Option<f64>,
) -> R<Rc<HandleData>> {
    let event_loop = loop_of_object(vm, event_loop)?;
    let args = vm.collect(args)?.into_boxed_slice();
    let context = match context.is_unset() || context.is_none() {
        true => contextvars::copy_current(vm),
        false => Some(contextvars::of_object(vm, context)?),
    };
    let data = HandleData::new(&event_loop, function, args, context, when);
    // No loop has it.
    data.in_timers.set(false);
    Ok(data)
}

fn nothing(_vm: &mut Vm, _args: Args<'_>) -> R {
    Ok(Value::NONE)
}

fn handle_run(vm: &mut Vm, handle: &Value) -> R {
    let handle = this(vm, handle, "_run")?;
    let event_loop = handle.event_loop.clone();
    handle.run(vm, &event_loop)?;
    Ok(Value::NONE)
}

/// Objects that stand for one handle are equal; timers are by what they are to do and when.
fn handle_eq(vm: &mut Vm, one: &Value, other: &Value) -> R {
    let one = this(vm, one, "__eq__")?;
    let Some(other) = native_data::<HandleData>(other) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if Rc::ptr_eq(&one, &other) {
        return Ok(Value::TRUE);
    }
    if one.when.is_none() || other.when.is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    if one.when != other.when || one.cancelled != other.cancelled {
        return Ok(Value::FALSE);
    }
    let calls = [&one, &other].map(|handle| handle.call.with(Clone::clone));
    let [Some((function, args)), Some((other_function, other_args))] = calls else {
        return Ok(Value::TRUE);
    };
    if !vm.eq(&function, &other_function)? {
        return Ok(Value::FALSE);
    }
    let (args, other_args) = (Value::tuple(args), Value::tuple(other_args));
    vm.eq(&args, &other_args).map(Value::bool)
}

fn handle_hash(vm: &mut Vm, handle: &Value) -> R {
    let handle = this(vm, handle, "__hash__")?;
    match handle.when {
        Some(when) => vm.hash(&Value::float(when)).map(Value::int),
        None => Ok(Value::int(Rc::as_ptr(&handle) as i64 >> 4)),
    }
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<HandleData>> {
    receiver(vm, value, "Handle", method)
}

fn handle_cancel(vm: &mut Vm, handle: &Value) -> R {
    this(vm, handle, "cancel")?.cancel(vm)?;
    Ok(Value::NONE)
}

fn handle_cancelled(vm: &mut Vm, handle: &Value) -> R {
    Ok(Value::bool(this(vm, handle, "cancelled")?.cancelled.get()))
}

fn handle_context(vm: &mut Vm, handle: &Value) -> R {
    let handle = this(vm, handle, "get_context")?;
    Ok(contextvars::to_object(vm, handle.context()))
}

fn repr_of(vm: &mut Vm, handle: &HandleData) -> R<String> {
    let mut words = Vec::new();
    words.push(if handle.when.is_some() {
        "TimerHandle".to_owned()
    } else {
        "Handle".to_owned()
    });
    if handle.cancelled.get() {
        words.push("cancelled".to_owned());
    }
    if let Some(when) = handle.when {
        words.push(format!("when={}", vm.repr(&Value::float(when))?));
    }
    if let Some((function, args)) = handle.call.with(|call| call.clone()) {
        let debug = handle.event_loop.debug.get();
        words.push(format_callback_source(vm, &function, &args, debug)?);
    }
    Ok(format!("<{}>", words.join(" ")))
}

fn handle_repr(vm: &mut Vm, handle: &Value) -> R {
    let handle = this(vm, handle, "__repr__")?;
    let text = match handle.shown.with(|shown| shown.clone()) {
        Some(shown) => shown,
        None => repr_of(vm, &handle)?,
    };
    Ok(vm.str(text))
}

fn timer_when(vm: &mut Vm, handle: &Value) -> R {
    let handle = this(vm, handle, "when")?;
    Ok(handle.when.map_or(Value::NONE, Value::float))
}

fn compared(vm: &mut Vm, a: &Value, b: &Value, answer: fn(f64, f64) -> bool) -> R {
    let a = this(vm, a, "__lt__")?;
    let b = native_data::<HandleData>(b).and_then(|b| b.when);
    Ok(match (a.when, b) {
        (Some(a), Some(b)) => Value::bool(answer(a, b)),
        (Some(_) | None, _) => Value::NOT_IMPLEMENTED,
    })
}

fn timer_lt(vm: &mut Vm, a: &Value, b: &Value) -> R {
    compared(vm, a, b, |a, b| a < b)
}

fn timer_le(vm: &mut Vm, a: &Value, b: &Value) -> R {
    compared(vm, a, b, |a, b| a <= b)
}

fn timer_gt(vm: &mut Vm, a: &Value, b: &Value) -> R {
    compared(vm, a, b, |a, b| a > b)
}

fn timer_ge(vm: &mut Vm, a: &Value, b: &Value) -> R {
    compared(vm, a, b, |a, b| a >= b)
}

/// The running loop.
///
/// # Errors
/// `RuntimeError` when none runs.
#[inline]
pub fn running_loop(vm: &mut Vm) -> R<Rc<LoopData>> {
    match &vm.asyncio.running {
        Some(event_loop) => Ok(event_loop.clone()),
        None => Err(no_running_loop(vm, &Value::NONE)),
    }
}

/// The error where no loop runs; it is about a coroutine, if one was to run.
#[cold]
pub fn no_running_loop(vm: &mut Vm, coroutine: &Value) -> Raised {
    vm.accuse(aio_syntax::mistakes::NO_LOOP, coroutine);
    vm.runtime_error("no running event loop")
}

/// `get_event_loop()`: the running loop, or the one that was set, or a new one for a program
/// that never set any.
///
/// # Errors
/// `RuntimeError` when the loop was set to `None`.
pub fn current_loop(vm: &mut Vm) -> R<Rc<LoopData>> {
    if let Some(event_loop) = &vm.asyncio.running {
        return Ok(event_loop.clone());
    }
    if let Some(event_loop) = &vm.asyncio.set_loop {
        return Ok(event_loop.clone());
    }
    if vm.asyncio.loop_was_set || vm.threads.current() != crate::threads::MAIN {
        let name = vm.threads.current_name();
        return Err(vm.runtime_error(format!(
            "There is no current event loop in thread '{name}'."
        )));
    }
    let event_loop = new_event_loop(vm);
    set_event_loop(vm, Some(event_loop.clone()));
    Ok(event_loop)
}

/// `set_event_loop(loop)`
pub fn set_event_loop(vm: &mut Vm, event_loop: Option<Rc<LoopData>>) {
    vm.asyncio.loop_was_set = true;
    vm.asyncio.set_loop = event_loop;
}

/// The loop inside an object of the script.
///
/// # Errors
/// `TypeError` when it is no loop.
pub fn loop_of_object(vm: &mut Vm, object: &Value) -> R<Rc<LoopData>> {
    match native_data::<LoopData>(object) {
        Some(event_loop) => Ok(event_loop),
        None => {
            let given = vm.class_name(object);
            Err(vm.type_error(format!(
                "loop must be an instance of AbstractEventLoop or None, not '{given}'"
            )))
        }
    }
}
