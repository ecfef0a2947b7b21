//! Modules: finding and making them.
//!
//! A module is looked for in `sys.modules`, then among the built-in ones (`registry`), then as
//! a file beside the script (`name.aio`, `name.py`, the folder `name`). Built-in modules are made
//! when they are first imported; some are Rust, some are text in our own language (`lib/`).

mod bisecting;
mod buffered;
mod byte_files;
mod choosing;
mod clock;
mod counting;
mod decoding;
pub mod deque;
pub mod descriptors;
pub mod endless;
pub mod files;
pub mod functional;
mod getters;
pub mod grouping;
mod heaps;
pub mod io;
mod iterating;
mod json;
mod loading;
mod mathematics;
mod opening;
mod operators;
mod ordered;
mod os_descriptors;
mod paths;
pub mod processes;
mod randomness;
mod registry;
mod signals;
pub mod sockets;
pub mod standard_input;
mod status;
mod stream_classes;
mod structs;
mod support;
mod system;
mod system_files;
mod threads;
mod type_names;
mod waiting;

pub use getters::Getter;
pub use heaps::{pop as heap_pop_from, push as heap_push_to};
pub use loading::{import, import_from, import_name, import_star};
pub use opening::FUNCTIONS as FILE_FUNCTIONS;
pub use registry::{LIBRARY, is_known, is_standard, is_supported, names};
pub use status::StatResult;

use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::{DictObj, ModuleObj, NativeObj};
use crate::value::Value;
use crate::vm::Vm;

/// A row of the table of functions of a module: name, function, doc line.
pub type Function = crate::builtins::Function;

/// Puts functions into a module.
pub fn add_functions(vm: &mut Vm, module: &ModuleObj, functions: &'static [Function]) {
    for (name, function, doc) in functions {
        let key = vm.intern(name);
        module
            .dict
            .set_name(&key, native_function(name, *function, doc));
    }
}

/// A function written in Rust.
pub fn native_function(name: &'static str, function: NativeFn, doc: &'static str) -> Value {
    Value::new(NativeObj {
        name,
        owner: None,
        function,
        at_once: None,
        doc,
        is_method: false,
    })
}

/// Puts a value into a module.
pub fn add(vm: &mut Vm, module: &ModuleObj, name: &str, value: Value) {
    let name = vm.intern(name);
    module.dict.set_name(&name, value);
}

/// The globals of the script.
pub fn main_globals(vm: &mut Vm) -> Ref<DictObj> {
    let main = vm.names.__main__.clone();
    let found = vm.modules.get_name(&main);
    match found.as_ref().and_then(Value::as_module) {
        Some(module) => module.dict.clone(),
        None => {
            let module = crate::types::module::new_module(vm, "__main__");
            let dict = module.dict.clone();
            vm.modules.set_name(&main, module.into());
            dict
        }
    }
}
