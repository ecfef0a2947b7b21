//! The quickest call: a plain function without cells, or one that makes a coroutine or a generator,
//! called with as many positional arguments as it has parameters.
//!
//! The frame is a native array of one of a few sizes, or the coroutine's; the arguments are evaluated
//! straight into it. What is left to a call is the function, which knows the size of its frame, and
//! its body.

use super::Frame;
use super::operand::Form;
use crate::code::Body;
use crate::coroutine;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::FuncObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// What calls a function whose frame has a certain number of slots: without a receiver, and with one
/// in front of the arguments. A code object knows its own, so that a call need not look for it.
#[derive(Clone, Copy)]
pub struct Entry {
    function: fn(&mut Vm, &mut Frame<'_>, &Ref<FuncObj>, &[Form]) -> R,
    method: fn(&mut Vm, &mut Frame<'_>, &Ref<FuncObj>, Value, &[Form]) -> R,
}

impl Entry {
    /// For a function of this kind with a number of slots.
    pub fn new(flavor: Flavor, slot_count: usize) -> Entry {
        if flavor != Flavor::Plain {
            return Entry {
                function: suspending_function,
                method: suspending_method,
            };
        }
        match slot_count {
            0 | 1 => Entry::sized::<1>(),
            2 => Entry::sized::<2>(),
            3 => Entry::sized::<3>(),
            4 => Entry::sized::<4>(),
            5 | 6 => Entry::sized::<6>(),
            7 | 8 => Entry::sized::<8>(),
            9..=12 => Entry::sized::<12>(),
            13..=16 => Entry::sized::<16>(),
            _ => Entry {
                function: large_function,
                method: large_method,
            },
        }
    }

    fn sized<const N: usize>() -> Entry {
        Entry {
            function: function::<N>,
            method: method::<N>,
        }
    }
}

/// Calls a function that is known to take `args` (and the receiver in front, if there is one)
/// the quick way: `Code::fast_arity` is their number.
///
/// # Errors
/// What an argument or the body raises; `RecursionError`.
#[inline(always)]
pub fn call_fast(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    args: &[Form],
) -> R {
    let entry = &func.code.entry;
    match receiver {
        None => (entry.function)(vm, frame, func, args),
        Some(receiver) => (entry.method)(vm, frame, func, receiver, args),
    }
}

fn function<const N: usize>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    args: &[Form],
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    fill(vm, frame, &mut slots, None, args)?;
    run(vm, func, &mut slots)
}

fn method<const N: usize>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Value,
    args: &[Form],
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    fill(vm, frame, &mut slots, Some(receiver), args)?;
    run(vm, func, &mut slots)
}

fn large_function(vm: &mut Vm, frame: &mut Frame<'_>, func: &Ref<FuncObj>, args: &[Form]) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    fill(vm, frame, &mut slots, None, args)?;
    run(vm, func, &mut slots)
}

fn large_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Value,
    args: &[Form],
) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    fill(vm, frame, &mut slots, Some(receiver), args)?;
    run(vm, func, &mut slots)
}

fn suspending_function(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    args: &[Form],
) -> R {
    coroutine::new_coroutine(vm, func, |vm, slots| fill(vm, frame, slots, None, args))
}

fn suspending_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Value,
    args: &[Form],
) -> R {
    coroutine::new_coroutine(vm, func, |vm, slots| {
        fill(vm, frame, slots, Some(receiver), args)
    })
}

/// Evaluates a receiver, if there is one, and arguments into the first slots of a frame, which are
/// unset.
///
/// # Errors
/// What an argument raises.
#[inline(always)]
pub fn fill(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    slots: &mut [Value],
    receiver: Option<Value>,
    args: &[Form],
) -> R<()> {
    // The slots are unset: nothing is dropped from them.
    let mut at = 0;
    if let Some(receiver) = receiver {
        std::mem::forget(std::mem::replace(&mut slots[0], receiver));
        at = 1;
    }
    for arg in args {
        let value = arg.eval(vm, frame)?;
        std::mem::forget(std::mem::replace(&mut slots[at], value));
        at += 1;
    }
    Ok(())
}

#[inline(always)]
fn run(vm: &mut Vm, func: &Ref<FuncObj>, slots: &mut [Value]) -> R {
    vm.enter()?;
    let mut frame = Frame {
        slots,
        func,
        namespace: None,
    };
    let result = match func.code.body(vm) {
        Body::Plain(body) => body.run(vm, &mut frame),
        Body::Machine(_) => Ok(Value::NONE),
    };
    vm.leave();
    if result.is_err() {
        vm.add_trace(func);
    }
    result
}
