//! The logger `asyncio`: where a script has configured `logging`, what the loop has to say goes there,
//! as CPython's does; else to standard error.

use crate::value::Value;
use crate::vm::Vm;

/// A function of the module `logging`, if that is loaded.
fn function(vm: &mut Vm, name: &str) -> Option<Value> {
    let key = vm.intern("logging");
    let logging = vm.modules.get_name(&key)?;
    let name = vm.intern(name);
    logging.as_module()?.dict.get_name(&name)
}

/// Calls it. What a handler raises goes nowhere: nobody could catch it.
fn call(vm: &mut Vm, function: &Value, args: &[Value]) -> bool {
    match vm.call(function, args) {
        Ok(value) => value.is(&Value::TRUE),
        Err(_) => {
            drop(vm.take_pending());
            false
        }
    }
}

/// For debugging: a loop was made, and by what means it waits.
pub fn loop_made(vm: &mut Vm) {
    if let Some(function) = function(vm, "_loop_made") {
        call(vm, &function, &[]);
    }
}

/// Whether the script has given the logger a handler, itself or above.
pub fn is_configured(vm: &mut Vm) -> bool {
    match function(vm, "_asyncio_has_handlers") {
        Some(function) => call(vm, &function, &[]),
        None => false,
    }
}

/// Logs an error; false if the logger has no handler.
pub fn error(vm: &mut Vm, message: &str, exception: Option<&Value>) -> bool {
    log(vm, "_asyncio_error", message, exception)
}

/// Logs that something took long; false if the logger has no handler.
pub fn slow(vm: &mut Vm, message: &str) -> bool {
    log(vm, "_asyncio_slow", message, None)
}

fn log(vm: &mut Vm, name: &str, message: &str, exception: Option<&Value>) -> bool {
    if !is_configured(vm) {
        return false;
    }
    let Some(function) = function(vm, name) else {
        return false;
    };
    let message = vm.str(message);
    let exception = exception.cloned().unwrap_or(Value::NONE);
    call(vm, &function, &[message, exception]);
    true
}
