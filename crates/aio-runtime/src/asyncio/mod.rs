//! Tasks and futures on the event loop.

use crate::heap::Ref;
use crate::native::Method;
use crate::objects::{ClassObj, FutureObj};
use crate::types::Types;
use crate::value::Value;
use crate::vm::Vm;

/// The methods of futures.
pub const FUTURE_METHODS: &[Method] = &[];
/// The methods of tasks.
pub const TASK_METHODS: &[Method] = &[];

/// The state of `asyncio`.
#[derive(Default)]
pub struct AsyncState {}

/// What a future has besides its result.
pub struct FutureExtra {}

impl FutureExtra {
    /// Reports every counted reference.
    pub fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
    /// Gives up references.
    pub fn clear(&self) {}
    /// Whether something is to be said when it dies.
    pub fn needs_finalizer(&self, _future: &FutureObj) -> bool {
        false
    }
}

/// The class of a future.
pub fn class_of_future<'a>(types: &'a Types, _future: &FutureObj) -> &'a Ref<ClassObj> {
    &types.future
}

/// What happens when a future dies.
pub fn finalize_future(_vm: &mut Vm, _future: &Value) {}

/// The result of a done future.
///
/// # Errors
/// Its exception.
pub fn future_result(_vm: &mut Vm, future: &FutureObj) -> crate::error::R {
    Ok(future.result.get())
}

/// Tells the running loop of the first step of an async generator.
pub fn register_async_generator(_vm: &mut Vm, _generator: &Value) {}

/// Has the running loop close an async generator that died half-way; false when none runs.
pub fn finalize_async_generator(_vm: &mut Vm, _generator: &Value) -> bool {
    false
}
