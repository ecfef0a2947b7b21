//! Nodes: names.

use super::Frame;
use crate::error::Raised;
use crate::vm::Vm;

/// The error for a local that is not bound.
#[cold]
#[inline(never)]
pub fn unbound_local(vm: &mut Vm, frame: &Frame<'_>, slot: u32) -> Raised {
    let name = frame.func.code.slot_names[slot as usize].text().to_owned();
    vm.unbound_local_error(format!(
        "cannot access local variable '{name}' where it is not associated with a value"
    ))
}
