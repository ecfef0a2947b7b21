//! What goes to standard error: tracebacks and warnings.

use crate::value::Value;
use crate::vm::Vm;

/// An exception that could not be raised anywhere (in `__del__`).
pub fn unraisable(vm: &mut Vm, exception: &Value, object: &Value) {
    let shown = vm.repr(object).unwrap_or_default();
    vm.out.error(&format!("Exception ignored in: {shown}\n"));
    let last = last_line(vm, exception);
    vm.out.error(&format!("{last}\n"));
}

/// Prints an uncaught exception with its traceback.
pub fn print_exception(vm: &mut Vm, exception: &Value) {
    let line = last_line(vm, exception);
    vm.out.error(&format!("{line}\n"));
}

/// The final line of a traceback: class and message.
pub fn last_line(vm: &mut Vm, exception: &Value) -> String {
    let class = vm.class_of(exception);
    let name = class.qualname.with(|name| name.text().to_owned());
    let text = vm.to_text(exception).unwrap_or_else(|_| {
        drop(vm.take_pending());
        "<exception str() failed>".to_owned()
    });
    if text.is_empty() {
        name
    } else {
        format!("{name}: {text}")
    }
}
