//! Modules: finding and making them.

use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// Imports a module by its full dotted name; gives the module named last.
///
/// # Errors
/// `ModuleNotFoundError`, `ImportError`; what the body of the module raises.
pub fn import(vm: &mut Vm, dotted: &str) -> R {
    Err(vm.module_not_found_error(format!("No module named '{dotted}'")))
}

/// Whether a module can be imported here although it is one of the standard library
/// (true for names that are not of the standard library at all).
pub fn is_supported(_name: &str) -> bool {
    true
}
