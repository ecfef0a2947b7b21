//! `print`.

use super::Function;
use crate::error::R;
use crate::native::{Args, NativeFn};
use crate::value::Value;
use crate::vm::Vm;

/// The functions.
pub const FUNCTIONS: &[Function] = &[(
    "print",
    NativeFn::Any(print),
    "Prints the values to a stream, or to sys.stdout by default.",
)];

fn print(vm: &mut Vm, args: Args<'_>) -> R {
    let mut line = String::new();
    for (at, value) in args.pos.iter().enumerate() {
        if at > 0 {
            line.push(' ');
        }
        line.push_str(&vm.to_text(value)?);
    }
    line.push('\n');
    match vm.out.write(&line) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error.to_string())),
    }
}
