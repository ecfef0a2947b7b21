//! What belongs to a thread and not to the interpreter: all of it is exchanged here, and only
//! here, when another thread goes on.

use super::stack::Gate;
use crate::asyncio::ThreadAsync;
use crate::eval::functions::CallerNames;
use crate::eval::placed::Place;
use crate::heap::Ref;
use crate::objects::CoroutineObj;
use crate::value::Value;
use crate::vm::Vm;
use std::mem::swap;

/// The state of a thread that does not run.
#[derive(Default)]
pub struct ThreadState {
    pending: Value,
    handled: Value,
    ret: Value,
    stop_value: Value,
    fault: Option<aio_syntax::Span>,
    depth: u32,
    nesting: u32,
    stack_limit: usize,
    caller: Option<CallerNames>,
    placed: Option<Place>,
    detached: Vec<Ref<CoroutineObj>>,
    repr_stack: Vec<usize>,
    asyncio: ThreadAsync,
    gate: Option<Gate>,
}

impl ThreadState {
    /// Exchanges it with that of the interpreter.
    pub fn exchange(&mut self, vm: &mut Vm) {
        swap(&mut self.pending, &mut vm.pending);
        swap(&mut self.handled, &mut vm.handled);
        swap(&mut self.ret, &mut vm.ret);
        swap(&mut self.stop_value, &mut vm.stop_value);
        swap(&mut self.fault, &mut vm.fault);
        swap(&mut self.depth, &mut vm.depth);
        swap(&mut self.nesting, &mut vm.nesting);
        vm.exchange_stack_limit(&mut self.stack_limit);
        swap(&mut self.caller, &mut vm.caller);
        swap(&mut self.placed, &mut vm.placed);
        swap(&mut self.detached, &mut vm.detached);
        swap(&mut self.repr_stack, &mut vm.repr_stack);
        self.asyncio.exchange(&mut vm.asyncio);
        swap(&mut self.gate, &mut vm.threads.gate);
    }
}
