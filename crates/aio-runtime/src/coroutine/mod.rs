//! Coroutines, generators and async generators: bodies that suspend.

use crate::error::R;
use crate::eval::NodeBox;
use crate::heap::Ref;
use crate::objects::Resume;
use crate::objects::{CoroutineObj, FuncObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// A body compiled to blocks.
pub struct Machine {
    /// Placeholder.
    pub blocks: Vec<NodeBox>,
}

/// Slots for a new coroutine.
pub fn new_slots(_vm: &mut Vm, size: usize) -> Box<[Value]> {
    (0..size).map(|_| Value::UNSET).collect()
}

/// A new coroutine over filled slots.
pub fn new_coroutine(_vm: &mut Vm, _func: &Ref<FuncObj>, _slots: Box<[Value]>) -> Value {
    Value::NONE
}

/// Whether it is a generator.
pub fn is_generator(coroutine: &CoroutineObj) -> bool {
    coroutine.flavor == Flavor::Generator
}

/// The next item of a generator.
///
/// # Errors
/// What its body raises.
pub fn next_of_generator(vm: &mut Vm, _generator: &Value) -> R<Option<Value>> {
    Err(vm.not_implemented_error("generators"))
}

/// How a resumed coroutine came back.
pub enum Resumed {
    /// It suspended and handed this out (a future, or `None` for a bare yield).
    Yielded(Value),
    /// It returned.
    Returned(Value),
}

/// Resumes a generator or coroutine (with the whole chain of what it awaits): `send` or, with
/// the exception pending, `throw`.
///
/// # Errors
/// What leaves the body (not `StopIteration`: a return is `Returned`).
pub fn resume(vm: &mut Vm, _coroutine: &Ref<CoroutineObj>, _input: Resume) -> R<Resumed> {
    Err(vm.not_implemented_error("coroutines"))
}

/// A coroutine object whose body is written in Rust.
pub fn new_native(_vm: &mut Vm, _body: Box<dyn crate::objects::NativeCoroutine>) -> Value {
    Value::NONE
}

/// `coroutine.close()`: throws `GeneratorExit` in, unless it is done or never started.
///
/// # Errors
/// `RuntimeError` when it goes on; what it raises instead.
pub fn close(_vm: &mut Vm, _coroutine: &Ref<CoroutineObj>) -> R<()> {
    Ok(())
}

/// What happens when a coroutine object dies.
pub fn finalize(_vm: &mut Vm, _object: &Value) {}
