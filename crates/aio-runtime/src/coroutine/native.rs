//! Bodies written in Rust: those of coroutine objects, and methods of the library that wait inside
//! the frame of the body that awaits them.

use super::async_generators;
use super::awaiting::{self, Awaited};
use super::machine::{Entry, Io};
use super::trampoline::{Signal, settle};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{CoroutineObj, NativeCoroutine, Resume, Step};
use crate::vm::Vm;

/// Runs a body written in Rust.
pub(super) fn step_native(vm: &mut Vm, current: &Ref<CoroutineObj>, io: &mut Io) -> Signal {
    if current.block.get() == u32::MAX {
        current.block.set(0);
        if io.throw && !current.with_native(|native| native.is_some_and(|n| n.begins_with_throw()))
        {
            return Signal::Raised;
        }
    } else if current.is_awaiting() {
        match settle(vm, current, io) {
            Ok(entry) => io.throw = entry == Entry::Throw,
            Err(signal) => return signal,
        }
    }
    let Some(body) = current.take_native() else {
        return if io.throw {
            Signal::Raised
        } else {
            Signal::Return
        };
    };
    vm.asyncio.native_made_at = current.created_at.get();
    run_native(vm, current, body, io, None)
}

/// Runs a body written in Rust, its own or one inside its frame, until that has something to say.
/// A step that it has made already comes first.
#[inline(always)]
fn run_native(
    vm: &mut Vm,
    current: &CoroutineObj,
    mut body: Box<dyn NativeCoroutine>,
    io: &mut Io,
    mut begun: Option<Step>,
) -> Signal {
    loop {
        let step = match begun.take() {
            Some(step) => Ok(step),
            None => {
                let input = if io.throw {
                    Resume::Throw
                } else {
                    Resume::Value(io.value.take())
                };
                io.throw = false;
                body.resume(vm, input)
            }
        };
        let wanted = match step {
            Ok(Step::Return(value)) => {
                keep_kind(current, body);
                io.value = value;
                return Signal::Return;
            }
            Ok(Step::Yield(value)) => {
                io.value = value;
                Ok(Awaited::Suspend)
            }
            Ok(Step::Drive(generator, first)) => drive(vm, generator, first, io),
            Ok(Step::Await(value)) => {
                io.value = value;
                awaiting::await_value(vm, current, io)
            }
            Err(Raised) => {
                keep_kind(current, body);
                return Signal::Raised;
            }
        };
        match wanted {
            Ok(Awaited::Ready) => {}
            Err(Raised) => io.throw = true,
            Ok(Awaited::Push) => {
                current.put_native(body);
                return Signal::Push;
            }
            Ok(Awaited::Suspend) => {
                current.put_native(body);
                return Signal::Suspend;
            }
        }
    }
}

/// One that says what it is after its end stays in its object.
#[inline(always)]
fn keep_kind(current: &CoroutineObj, body: Box<dyn NativeCoroutine>) {
    if body.reused_as().is_some() {
        current.put_native(body);
    }
}

/// A body of the script has begun a method of the library that waits: what that awaits first.
#[inline(never)]
pub(super) fn begin_inside(
    vm: &mut Vm,
    current: &CoroutineObj,
    io: &mut Io,
) -> Result<Entry, Signal> {
    let Some((body, step)) = vm.begun.take() else {
        return Ok(Entry::Resume);
    };
    end_inside(run_native(vm, current, body, io, Some(step)))
}

/// What a method of the library waited for inside the frame of a body is settled: the method goes
/// on first.
pub(super) fn go_on_inside(
    vm: &mut Vm,
    current: &CoroutineObj,
    io: &mut Io,
    entry: Entry,
) -> Result<Entry, Signal> {
    let Some(body) = current.take_native() else {
        return Ok(entry);
    };
    // An error out of it is not one that is thrown in.
    io.chain_context &= io.throw;
    io.throw = entry == Entry::Throw;
    end_inside(run_native(vm, current, body, io, None))
}

fn end_inside(signal: Signal) -> Result<Entry, Signal> {
    match signal {
        Signal::Return => Ok(Entry::Resume),
        Signal::Raised => Ok(Entry::Throw),
        Signal::Push | Signal::Suspend | Signal::Item | Signal::Detached => Err(signal),
    }
}

/// An async generator becomes the child, with its first input.
fn drive(vm: &mut Vm, generator: Ref<CoroutineObj>, first: Resume, io: &mut Io) -> R<Awaited> {
    async_generators::may_drive(vm, &generator)?;
    match first {
        Resume::Value(value) => {
            io.value = value;
            io.throw = false;
        }
        Resume::Throw => io.throw = true,
    }
    io.child = Some(generator);
    Ok(Awaited::Push)
}
