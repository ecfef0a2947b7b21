//! `GeneratorExit` on its way out of a chain of bodies.
//!
//! It is not one exception that passes through: each body closes what it awaits, and then has the exit
//! raised in itself (CPython, `gen_close` and `_gen_throw` in `Objects/genobject.c`). So one that takes the exit and
//! returns does not keep those around it from being closed, and one that goes on waiting is an error of
//! theirs.

use super::machine::Io;
use super::objects::kind;
use crate::objects::{CoroState, CoroutineObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// An exit under way.
pub(super) struct Closing {
    /// What was thrown into the root.
    exit: Value,
    /// How many bodies of the chain are around the one that is being closed.
    around: usize,
}

/// Whether what is thrown into the innermost body of a chain is an exit: that body gets one of its own.
#[inline(always)]
pub(super) fn begun(vm: &mut Vm, root: &CoroutineObj, io: &Io) -> Option<Closing> {
    if io.throw {
        begun_by_throw(vm, root)
    } else {
        None
    }
}

#[inline(never)]
fn begun_by_throw(vm: &mut Vm, root: &CoroutineObj) -> Option<Closing> {
    let (_, length) = root.last_of_chain()?;
    if !vm.pending_is(&vm.types.generator_exit) {
        return None;
    }
    let exit = vm.take_pending();
    raise_exit(vm);
    Some(Closing {
        exit,
        around: length - 1,
    })
}

fn raise_exit(vm: &mut Vm) {
    let class = vm.types.generator_exit.clone();
    let _ = vm.raise_with(&class, vec![]);
}

impl Closing {
    /// A body ended that has so many around it. Another exception than an exit goes on in the next one, which is
    /// being closed all the same; else that gets an exit.
    pub(super) fn ends(
        self,
        vm: &mut Vm,
        done: &CoroutineObj,
        around: usize,
        io: &mut Io,
    ) -> Option<Closing> {
        if around != self.around {
            return Some(self);
        }
        // An async generator that returns says so by an exception.
        let is_end = vm.pending_is(&vm.types.generator_exit)
            || done.flavor == Flavor::AsyncGenerator
                && vm.pending_is(&vm.types.stop_async_iteration);
        if io.throw && !is_end {
            return self.further();
        }
        if io.throw {
            drop(vm.take_pending());
        }
        io.value = Value::UNSET;
        io.throw = true;
        if self.around == 0 {
            let _ = vm.reraise(self.exit);
            return None;
        }
        raise_exit(vm);
        self.further()
    }

    /// The chain waits again. The body around the one that was to be closed gets an error.
    pub(super) fn ignored(self, vm: &mut Vm, root: &CoroutineObj, io: &mut Io) -> Option<Closing> {
        let mut what = "coroutine";
        while root
            .last_of_chain()
            .is_some_and(|(_, length)| length > self.around)
        {
            let (Some(left), _) = root.pop_chain() else {
                break;
            };
            left.awaited.set(false);
            left.state.set(CoroState::Suspended);
            // What drives an async generator is told of, and that is a kind of coroutine.
            what = match left.flavor {
                Flavor::AsyncGenerator => "coroutine",
                _ => kind(&left),
            };
        }
        io.value = Value::UNSET;
        io.throw = true;
        let _ = vm.runtime_error(format!("{what} ignored GeneratorExit"));
        self.further()
    }

    /// The next body; the root is none that is closed by another one.
    fn further(mut self) -> Option<Closing> {
        self.around = self.around.checked_sub(1)?;
        Some(self)
    }
}
