//! The quickest call: a plain function without cells, called with as many positional arguments
//! as it has parameters.
//!
//! The frame is a native array of one of a few sizes; the arguments are evaluated straight into
//! it. Everything is resolved at compile time but the size class, the function and its body.

use super::Frame;
use super::operand::Form;
use crate::code::Body;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::FuncObj;
use crate::value::Value;
use crate::vm::Vm;

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
    match func.code.slot_count {
        0 | 1 => sized::<1>(vm, frame, func, receiver, args),
        2 => sized::<2>(vm, frame, func, receiver, args),
        3 => sized::<3>(vm, frame, func, receiver, args),
        4 => sized::<4>(vm, frame, func, receiver, args),
        5 | 6 => sized::<6>(vm, frame, func, receiver, args),
        7 | 8 => sized::<8>(vm, frame, func, receiver, args),
        9..=12 => sized::<12>(vm, frame, func, receiver, args),
        13..=16 => sized::<16>(vm, frame, func, receiver, args),
        _ => large(vm, frame, func, receiver, args),
    }
}

#[inline(never)]
fn sized<const N: usize>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    args: &[Form],
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    fill(vm, frame, &mut slots, receiver, args)?;
    run(vm, func, &mut slots)
}

#[inline(never)]
fn large(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    args: &[Form],
) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    fill(vm, frame, &mut slots, receiver, args)?;
    run(vm, func, &mut slots)
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
