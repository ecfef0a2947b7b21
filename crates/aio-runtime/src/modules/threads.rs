//! `_threads`: what `threading`, `queue` and `concurrent.futures`, written in our own language,
//! stand on. A thread runs until it blocks, so locks and queues need no locks of their own: they
//! look, and wait for somebody to wake them.

use super::{Function, add_functions};
use crate::asyncio;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::ModuleObj;
use crate::threads::{self, Parked};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Clock as _;

const FUNCTIONS: &[Function] = &[
    (
        "start",
        NativeFn::F2(start),
        "Start a thread that calls a function; it runs until it blocks.",
    ),
    (
        "ident",
        NativeFn::F0(|vm| Ok(Value::int(i64::from(vm.threads.current()) + 1))),
        "The number of this thread.",
    ),
    (
        "wait",
        NativeFn::F2(wait),
        "Wait until an object is woken, or for some seconds; whether it was.",
    ),
    (
        "pause",
        NativeFn::F0(|vm| threads::pause(vm).map(|()| Value::NONE)),
        "Let others go on, if this thread has run for long.",
    ),
    (
        "wake",
        NativeFn::F2(wake),
        "Wake up to some threads that wait for an object.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    Ok(())
}

fn start(vm: &mut Vm, function: &Value, name: &Value) -> R {
    let number = threads::start(vm, function.clone(), name.clone())?;
    Ok(Value::int(i64::from(number) + 1))
}

fn wait(vm: &mut Vm, object: &Value, timeout: &Value) -> R {
    let seconds = timeout.as_float().or(timeout.as_index().map(|n| n as f64));
    let deadline = seconds.map(|seconds| asyncio::clock(vm).now().after_secs_f64(seconds));
    match threads::park(vm, object.address(), deadline)? {
        Parked::Woken => Ok(Value::TRUE),
        Parked::TimedOut => Ok(Value::FALSE),
        Parked::Stuck => Err(stuck(vm, object)),
    }
}

/// The main thread waits for what no thread, timer or descriptor can bring.
#[cold]
fn stuck(vm: &mut Vm, object: &Value) -> Raised {
    let class = vm.type_name(object);
    vm.out.error(&format!(
        "aio: deadlock: the main thread waits for a {class}, every other thread is parked too, and \
         no timer is set; CPython would wait here for ever\n"
    ));
    let class = vm.types.system_exit.clone();
    vm.raise_with(&class, vec![Value::int(1)])
}

fn wake(vm: &mut Vm, object: &Value, count: &Value) -> R {
    let count = usize::try_from(vm.index_i64(count)?).unwrap_or(0);
    vm.threads.wake(object.address(), count);
    Ok(Value::NONE)
}
