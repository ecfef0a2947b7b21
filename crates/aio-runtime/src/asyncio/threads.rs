//! `to_thread`, `run_in_executor`, `run_coroutine_threadsafe` and what belongs to them, written in
//! our own language in the text `asyncio.threads`, on the threads of the script (see
//! `crate::threads`).

use super::LoopData;
use super::coroutines::immediate;
use crate::error::R;
use crate::modules::import;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// The name of the text.
pub const TEXT: &str = "asyncio.threads";

/// The table of names of `asyncio` that the text defines.
pub const NAMES: &[&str] = &["to_thread", "run_coroutine_threadsafe", "wrap_future"];

/// A name that the text defines.
///
/// # Errors
/// What running the text raises.
pub fn attribute(vm: &mut Vm, name: &str) -> R {
    let text = import(vm, TEXT)?;
    let name = vm.intern(name);
    vm.get_attr(&text, &name)
}

/// `loop.run_in_executor(executor, func, *args)`
///
/// # Errors
/// `RuntimeError` after the shutdown of the executor; what the executor raises.
pub fn run_in_executor(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    executor: &Value,
    function: &Value,
    args: &[Value],
) -> R {
    let run = attribute(vm, "_run_in_executor")?;
    let args = Value::tuple(args.to_vec());
    let loop_object = event_loop.to_value();
    vm.call(
        &run,
        &[loop_object, executor.clone(), function.clone(), args],
    )
}

/// `loop.set_default_executor(executor)`
///
/// # Errors
/// `TypeError` when it is no `ThreadPoolExecutor`.
pub fn set_default_executor(vm: &mut Vm, event_loop: &Rc<LoopData>, executor: &Value) -> R {
    let set = attribute(vm, "_set_default_executor")?;
    vm.call(&set, &[event_loop.to_value(), executor.clone()])
}

/// The coroutine of `loop.shutdown_default_executor(timeout)`.
///
/// # Errors
/// What running the text raises.
pub fn shutdown_default_executor(vm: &mut Vm, event_loop: &Rc<LoopData>, timeout: Value) -> R {
    let text = vm.intern(TEXT);
    if vm.modules.get_name(&text).is_none() {
        // No loop has an executor.
        let name = "BaseEventLoop.shutdown_default_executor";
        return Ok(immediate(vm, name, |_| Ok(Value::NONE)));
    }
    let shut_down = attribute(vm, "_shutdown_default_executor")?;
    vm.call(&shut_down, &[event_loop.to_value(), timeout])
}
