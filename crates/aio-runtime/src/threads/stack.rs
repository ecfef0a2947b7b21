//! A second native stack, on which a thread of the script runs.
//!
//! One stack runs at a time; [`NativeStack::resume`] goes on with it until it suspends or ends,
//! [`suspend`] goes back to whoever resumed it. Both are calls that return later, and in between
//! the other side works with the interpreter. That is the one thing that Rust's borrows cannot
//! say: each side holds a `&mut Vm` while the other one runs. So the interpreter goes along with
//! every switch as a pointer, and neither side may use its own borrow before the switch comes
//! back, which holds by construction, since a switch is a call.
//!
//! A stack that is suspended when its owner is dropped is leaked: unwinding it would run the
//! `finally` blocks of an abandoned thread.

#![cfg_attr(
    not(target_family = "wasm"),
    expect(
        unsafe_code,
        reason = "the interpreter goes along with a switch of stacks"
    )
)]

use crate::vm::Vm;

#[cfg(not(target_family = "wasm"))]
pub use native::{Gate, NativeStack, suspend};
#[cfg(target_family = "wasm")]
pub use refused::{Gate, NativeStack, suspend};

/// Address space of a stack; only what is touched becomes memory.
const SIZE: usize = 16 << 20;

#[cfg(not(target_family = "wasm"))]
mod native {
    use super::{SIZE, Vm};
    use corosensei::stack::DefaultStack;
    use corosensei::{Coroutine, CoroutineResult, Yielder};
    use std::mem::ManuallyDrop;

    /// What goes along: the interpreter.
    type Carried = *mut Vm;

    /// The way back from the stack that runs.
    #[derive(Clone, Copy)]
    pub struct Gate(*const Yielder<Carried, Carried>);

    /// A stack and what runs on it.
    pub struct NativeStack(ManuallyDrop<Coroutine<Carried, Carried, ()>>);

    impl NativeStack {
        /// A stack that will run `body`; none when the system has no room for it.
        pub fn new(body: impl FnOnce(&mut Vm) + 'static) -> Option<NativeStack> {
            let stack = DefaultStack::new(SIZE).ok()?;
            let coroutine = Coroutine::with_stack(stack, move |yielder, carried: Carried| {
                // SAFETY: `resume` made the pointer from a unique borrow that lasts until this
                // stack suspends or ends, and that nobody else uses before.
                let vm = unsafe { &mut *carried };
                vm.begin_stack(SIZE);
                vm.threads.set_gate(Gate(std::ptr::from_ref(yielder)));
                body(vm);
            });
            Some(NativeStack(ManuallyDrop::new(coroutine)))
        }

        /// Runs it until it suspends or ends; whether it ended.
        pub fn resume(&mut self, vm: &mut Vm) -> bool {
            match self.0.resume(std::ptr::from_mut(vm)) {
                CoroutineResult::Yield(_) => false,
                CoroutineResult::Return(()) => true,
            }
        }
    }

    impl Drop for NativeStack {
        fn drop(&mut self) {
            if self.0.done() {
                // SAFETY: dropped here only, and not used again.
                unsafe { ManuallyDrop::drop(&mut self.0) };
            }
        }
    }

    /// Goes back to whoever resumed the stack that runs, whose gate this is; returns when it is
    /// resumed again.
    pub fn suspend(vm: &mut Vm, gate: Gate) {
        // SAFETY: the yielder lives on the stack that runs, below this call, since the gate of
        // every stack is put back when it is resumed.
        let yielder = unsafe { &*gate.0 };
        yielder.suspend(std::ptr::from_mut(vm));
    }
}

#[cfg(target_family = "wasm")]
mod refused {
    use super::Vm;

    /// The way back from the stack that runs.
    #[derive(Clone, Copy)]
    pub struct Gate;

    /// A stack and what runs on it: there are none.
    pub struct NativeStack;

    impl NativeStack {
        /// None.
        pub fn new(_body: impl FnOnce(&mut Vm) + 'static) -> Option<NativeStack> {
            None
        }

        /// Never called.
        pub fn resume(&mut self, _vm: &mut Vm) -> bool {
            true
        }
    }

    /// Never called.
    pub fn suspend(_vm: &mut Vm, _gate: Gate) {}
}
