//! `to_thread` and `run_in_executor`.
//!
//! The interpreter has one thread, so the function runs in place, at the moment when CPython
//! would hand it to a thread; its result comes through the loop, as from a thread. What differs:
//! the loop does not run meanwhile.

use super::callback::Callback;
use super::contextvars;
use super::events::{self, HandleData};
use super::{LoopData, base_events, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, NativeFn};
use crate::objects::{FutureObj, MethodObj, Name, NativeCoroutine, NativeObj, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// Calls a function now; its outcome reaches the future by a callback of the loop.
///
/// # Errors
/// `SystemExit`, `KeyboardInterrupt`.
pub fn run_in_place(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    function: &Value,
    args: Args<'_>,
) -> R<Ref<FutureObj>> {
    let future = futures::new_future(event_loop);
    // A thread has no running loop and no task.
    let running = vm.asyncio.running.take();
    let task = vm.asyncio.current_task.take();
    let result = vm.call_args(function, args);
    vm.asyncio.running = running;
    vm.asyncio.current_task = task;
    let (setter, outcome) = match result {
        Ok(value) => ("set_result", value),
        Err(raised) => {
            if base_events::pending_is_exit(vm) {
                return Err(raised);
            }
            ("set_exception", vm.take_pending())
        }
    };
    let function = if setter == "set_result" {
        NativeFn::F2(deliver_result)
    } else {
        NativeFn::F2(deliver_exception)
    };
    let native = Value::new(NativeObj {
        name: setter,
        owner: Some("Future"),
        function,
        doc: "",
        is_method: true,
    });
    let bound = Value::new(MethodObj {
        func: native,
        receiver: future.to_value(),
    });
    let handle = HandleData::new(event_loop, bound, Box::from([outcome]), None, None);
    event_loop.call_soon(Callback::Handle(handle));
    Ok(future)
}

fn deliver_result(_vm: &mut Vm, future: &Value, value: &Value) -> R {
    if let Some(future) = future.to_future()
        && !future.is_done()
    {
        futures::complete(&future, value.clone());
    }
    Ok(Value::NONE)
}

fn deliver_exception(_vm: &mut Vm, future: &Value, exception: &Value) -> R {
    if let Some(future) = future.to_future()
        && !future.is_done()
    {
        futures::fail(&future, exception.clone());
    }
    Ok(Value::NONE)
}

/// `asyncio.to_thread(func, *args, **kwargs)`
struct ToThread {
    function: Value,
    args: Vec<Value>,
    kw: Vec<(Name, Value)>,
    started: bool,
}

/// `asyncio.to_thread(...)`
///
/// # Errors
/// `TypeError` without a function.
pub fn to_thread(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((function, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("to_thread() missing 1 required positional argument: 'func'"));
    };
    let body = ToThread {
        function: function.clone(),
        args: rest.to_vec(),
        kw: args.kw.to_vec(),
        started: false,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl NativeCoroutine for ToThread {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match input {
            Resume::Throw => Err(Raised),
            Resume::Value(value) if self.started => Ok(Step::Return(value)),
            Resume::Value(_) => {
                self.started = true;
                let event_loop = events::running_loop(vm)?;
                let context = GcCell::new(contextvars::copy_current(vm));
                let before = contextvars::enter(vm, &context);
                let args = Args {
                    pos: &self.args,
                    kw: &self.kw,
                };
                let future = run_in_place(vm, &event_loop, &self.function, args);
                contextvars::leave(vm, &context, before);
                Ok(Step::Await(future?.into()))
            }
        }
    }
    fn name(&self) -> &'static str {
        "to_thread"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.function);
        self.args.iter().for_each(&mut *visitor);
        self.kw.iter().for_each(|(_, value)| visitor(value));
    }
}
