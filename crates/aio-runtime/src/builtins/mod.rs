//! The built-in functions and the prelude.

use crate::native::{AtOnce, NativeFn};
use crate::objects::NativeObj;
use crate::value::Value;
use crate::vm::Vm;

pub mod evaluation;
mod intake;
mod iteration;
pub mod numbers;
pub mod objects;
pub mod output;
mod summing;

pub use intake::Intake;

/// Puts the built-in names into place.
pub fn install(vm: &mut Vm) {
    let builtins = vm.builtins.clone();
    for name in CLASSES {
        if let Some(class) = vm.types.by_name.get(name) {
            let class = class.to_value();
            let name = vm.intern(name);
            builtins.set_name(&name, class);
        }
    }
    let exceptions: Vec<_> = crate::types::builtin_exceptions(&vm.types);
    for class in exceptions {
        let name = class.name.get();
        builtins.set_name(&name, class.to_value());
    }
    for (name, value) in [
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::TRUE),
        ("__name__", vm.str("builtins")),
    ] {
        let name = vm.intern(name);
        builtins.set_name(&name, value);
    }
    for (name, class) in [
        ("EnvironmentError", vm.types.os_error.clone()),
        ("IOError", vm.types.os_error.clone()),
    ] {
        let name = vm.intern(name);
        builtins.set_name(&name, class.into());
    }
    let tables = [
        output::FUNCTIONS,
        numbers::FUNCTIONS,
        iteration::FUNCTIONS,
        objects::FUNCTIONS,
        evaluation::FUNCTIONS,
        crate::modules::FILE_FUNCTIONS,
    ];
    for (name, function, doc) in tables.into_iter().flatten() {
        let key = vm.intern(name);
        let native = NativeObj {
            name,
            owner: None,
            function: *function,
            at_once: (*name == "anext").then_some(iteration::anext_at_once as AtOnce),
            doc,
            is_method: false,
        };
        builtins.set_name(&key, Value::new(native));
    }
}

/// A row of a table of functions: name, function, doc line.
pub type Function = (&'static str, NativeFn, &'static str);

/// A name of the prelude, `exit` or `quit`, made when it is first used.
///
/// # Errors
/// What making it raises.
pub fn lazy_name(vm: &mut Vm, name: &crate::objects::Name) -> crate::error::R<Option<Value>> {
    let value = match name.text() {
        // As CPython's `site` does.
        "exit" | "quit" => {
            let module = crate::modules::import(vm, "_sitebuiltins")?;
            Some(vm.get_attr(&module, name)?)
        }
        text if UNSUPPORTED.contains(&text) => {
            return Err(vm.not_implemented_error(format!("{text} is unsupported by aio")));
        }
        text => crate::asyncio::prelude(vm, text)?,
    };
    let Some(value) = value else {
        return Ok(None);
    };
    // From now on it is found like any other.
    vm.builtins.set_name(name, value.clone());
    Ok(Some(value))
}

/// Built-in names of CPython that are refused on use.
const UNSUPPORTED: &[&str] = &["memoryview", "breakpoint"];

/// The classes that are built-in names, besides the exceptions.
const CLASSES: &[&str] = &[
    "object",
    "type",
    "int",
    "bool",
    "float",
    "complex",
    "str",
    "bytes",
    "bytearray",
    "list",
    "tuple",
    "dict",
    "set",
    "frozenset",
    "range",
    "slice",
    "property",
    "staticmethod",
    "classmethod",
    "super",
    "map",
    "filter",
    "zip",
    "enumerate",
    "reversed",
];
