//! Modules: finding and making them.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{DictObj, Name};
use crate::value::Value;
use crate::vm::Vm;

/// Imports a module by its full dotted name; gives the module named last.
///
/// # Errors
/// `ModuleNotFoundError`, `ImportError`; what the body of the module raises.
pub fn import(vm: &mut Vm, dotted: &str) -> R {
    Err(vm.module_not_found_error(format!("No module named '{dotted}'")))
}

/// The module of `from ..module import`.
///
/// # Errors
/// As for [`import`].
pub fn import_from(vm: &mut Vm, module: &str, _level: u32, _globals: &Ref<DictObj>) -> R {
    import(vm, module)
}

/// `from module import *`
///
/// # Errors
/// What `__all__` gives.
pub fn import_star(_vm: &mut Vm, _module: &Value, _globals: &Ref<DictObj>) -> R<()> {
    Ok(())
}

/// One name of `from module import name`.
///
/// # Errors
/// `ImportError` when the module has no such name.
pub fn import_name(vm: &mut Vm, module: &Value, name: &Name) -> R {
    vm.get_attr(module, name)
}

/// Whether a module can be imported here although it is one of the standard library
/// (true for names that are not of the standard library at all).
pub fn is_supported(_name: &str) -> bool {
    true
}
