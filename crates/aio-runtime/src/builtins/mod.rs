//! The built-in functions and the prelude.

use crate::native::NativeFn;
use crate::objects::NativeObj;
use crate::value::Value;
use crate::vm::Vm;

mod iteration;
mod numbers;
mod objects;
mod output;
mod summing;

/// Puts the built-in names into place.
pub fn install(vm: &mut Vm) {
    let builtins = vm.builtins.clone();
    let classes: Vec<_> = vm.types.by_name.values().cloned().collect();
    for class in classes {
        let name = class.name.get();
        builtins.set_name(&name, class.to_value());
    }
    let tables = [
        output::FUNCTIONS,
        numbers::FUNCTIONS,
        iteration::FUNCTIONS,
        objects::FUNCTIONS,
    ];
    for (name, function, doc) in tables.into_iter().flatten() {
        let key = vm.intern(name);
        let native = NativeObj {
            name,
            owner: None,
            function: *function,
            doc,
            is_method: false,
        };
        builtins.set_name(&key, Value::new(native));
    }
}

/// A row of a table of functions: name, function, doc line.
pub type Function = (&'static str, NativeFn, &'static str);

/// A name of the prelude, made when it is first used.
///
/// # Errors
/// What making it raises.
pub fn lazy_name(vm: &mut Vm, name: &crate::objects::Name) -> crate::error::R<Option<Value>> {
    let Some(value) = crate::asyncio::prelude(vm, name.text())? else {
        return Ok(None);
    };
    // From now on it is found like any other.
    vm.builtins.set_name(name, value.clone());
    Ok(Some(value))
}
