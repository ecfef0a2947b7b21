//! The quickest call: a function called with as many positional arguments as it has parameters, all
//! of them plain ones.
//!
//! The frame is a native array of one of a few sizes, or the coroutine's; the arguments are evaluated
//! straight into it. What is left to a call is the function, which knows the size of its frame, and
//! its body. The callee does all there is to do after the body, for the caller too (it drops the
//! function, and notes where the call stands if that raised), so that the node of the call ends in a
//! jump and saves no registers.

use super::Frame;
use super::calls::{Site, note_creation};
use super::operand::Form;
use crate::call::make_cells;
use crate::code::Body;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::FuncObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// What calls a function whose frame has a certain number of slots: without a receiver, and with one
/// in front of the arguments. A code object knows its own, so that a call need not look for it.
#[derive(Clone, Copy)]
pub struct Entry {
    function: fn(&mut Vm, &mut Frame<'_>, Ref<FuncObj>, &Site) -> R,
    method: fn(&mut Vm, &mut Frame<'_>, Ref<FuncObj>, Value, &Site) -> R,
    values: fn(&mut Vm, &Ref<FuncObj>, Option<&Value>, &[Value]) -> R,
}

impl Entry {
    /// For a function of this kind with a number of slots, some of which hold cells.
    pub fn new(flavor: Flavor, slot_count: usize, has_cells: bool) -> Entry {
        if flavor != Flavor::Plain {
            return Entry {
                function: suspending_function,
                method: suspending_method,
                values: suspending_values,
            };
        }
        match (slot_count, has_cells) {
            (0 | 1, false) => Entry::sized::<1, false>(),
            (2, false) => Entry::sized::<2, false>(),
            (3, false) => Entry::sized::<3, false>(),
            (4, false) => Entry::sized::<4, false>(),
            (5 | 6, false) => Entry::sized::<6, false>(),
            (7 | 8, false) => Entry::sized::<8, false>(),
            (9..=12, false) => Entry::sized::<12, false>(),
            (13..=16, false) => Entry::sized::<16, false>(),
            (..=4, true) => Entry::sized::<4, true>(),
            (..=8, true) => Entry::sized::<8, true>(),
            _ => Entry {
                function: large_function,
                method: large_method,
                values: large_values,
            },
        }
    }

    fn sized<const N: usize, const CELLS: bool>() -> Entry {
        Entry {
            function: function::<N, CELLS>,
            method: method::<N, CELLS>,
            values: values::<N, CELLS>,
        }
    }
}

/// Calls a function that is known to take the arguments (and the receiver in front, if there is one)
/// the quick way: `Code::simple_arity` is their number.
///
/// # Errors
/// What an argument or the body raises; `RecursionError`. Where the call stands is noted.
#[inline(always)]
pub fn call_fast(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Option<Value>,
    site: &Site,
) -> R {
    let entry = &func.code.entry;
    match receiver {
        None => (entry.function)(vm, frame, func, site),
        Some(receiver) => (entry.method)(vm, frame, func, receiver, site),
    }
}

/// As [`call_fast`], with arguments that are evaluated, from wherever.
///
/// # Errors
/// What the body raises; `RecursionError`.
#[inline(always)]
pub fn call_values(vm: &mut Vm, func: &Ref<FuncObj>, front: Option<&Value>, args: &[Value]) -> R {
    (func.code.entry.values)(vm, func, front, args)
}

fn function<const N: usize, const CELLS: bool>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    site: &Site,
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    run::<CELLS>(vm, frame, &func, None, &mut slots, site)
}

fn method<const N: usize, const CELLS: bool>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Value,
    site: &Site,
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    run::<CELLS>(vm, frame, &func, Some(receiver), &mut slots, site)
}

fn large_function(vm: &mut Vm, frame: &mut Frame<'_>, func: Ref<FuncObj>, site: &Site) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    run::<true>(vm, frame, &func, None, &mut slots, site)
}

fn large_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Value,
    site: &Site,
) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    run::<true>(vm, frame, &func, Some(receiver), &mut slots, site)
}

fn values<const N: usize, const CELLS: bool>(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    front: Option<&Value>,
    args: &[Value],
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    copy(&mut slots, front, args);
    run_body::<CELLS>(vm, func, &mut slots)
}

fn large_values(vm: &mut Vm, func: &Ref<FuncObj>, front: Option<&Value>, args: &[Value]) -> R {
    let mut slots = vec![Value::UNSET; func.code.slot_count];
    copy(&mut slots, front, args);
    run_body::<true>(vm, func, &mut slots)
}

fn suspending_values(vm: &mut Vm, func: &Ref<FuncObj>, front: Option<&Value>, args: &[Value]) -> R {
    coroutine::new_coroutine(vm, func, |_, slots| {
        copy(slots, front, args);
        Ok(())
    })
}

/// Copies arguments into the first slots of a frame, which are unset.
#[inline(always)]
fn copy(slots: &mut [Value], front: Option<&Value>, args: &[Value]) {
    for (slot, value) in slots.iter_mut().zip(front.into_iter().chain(args)) {
        std::mem::forget(std::mem::replace(slot, value.clone()));
    }
}

fn suspending_function(vm: &mut Vm, frame: &mut Frame<'_>, func: Ref<FuncObj>, site: &Site) -> R {
    create(vm, frame, &func, None, site)
}

fn suspending_method(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Value,
    site: &Site,
) -> R {
    create(vm, frame, &func, Some(receiver), site)
}

/// Makes a coroutine or generator, which knows where it was made.
#[inline(always)]
fn create(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    site: &Site,
) -> R {
    let made = coroutine::new_coroutine(vm, func, |vm, slots| {
        fill(vm, frame, slots, receiver, &site.args)
    });
    match made {
        Ok(coroutine) => {
            note_creation(frame, &coroutine, site.span);
            Ok(coroutine)
        }
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
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

/// Fills the slots of a plain function and runs its body.
#[inline(always)]
fn run<const CELLS: bool>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    slots: &mut [Value],
    site: &Site,
) -> R {
    let result = match fill(vm, frame, slots, receiver, &site.args) {
        Ok(()) => run_body::<CELLS>(vm, func, slots),
        Err(raised) => Err(raised),
    };
    match result {
        Ok(value) => Ok(value),
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

/// Runs the body of a plain function over filled slots.
#[inline(always)]
fn run_body<const CELLS: bool>(vm: &mut Vm, func: &Ref<FuncObj>, slots: &mut [Value]) -> R {
    vm.enter()?;
    if CELLS {
        make_cells(&func.code, slots);
    }
    let mut inner = Frame {
        slots,
        func,
        namespace: None,
    };
    let result = match func.code.body(vm) {
        Body::Plain(body) => body.run(vm, &mut inner),
        Body::Machine(_) => Ok(Value::NONE),
    };
    vm.leave();
    if result.is_err() {
        vm.add_trace(func);
    }
    result
}
