//! Calls of functions in Rust, and of anything that takes evaluated arguments.
//!
//! Arguments are evaluated on the spot, into an array on the native stack.

use super::Frame;
use super::operand::Form;
use crate::error::R;
use crate::native::{Args, NativeFn};
use crate::objects::NativeObj;
use crate::value::Value;
use crate::vm::Vm;

/// Calls a native function with evaluated-on-the-spot arguments.
///
/// # Errors
/// What the arguments or the function raise.
#[inline(never)]
pub fn call_native(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    native: &NativeObj,
    receiver: Option<&Value>,
    args: &[Form],
) -> R {
    let called = match receiver {
        Some(receiver) => call_with_receiver(vm, frame, native.function, receiver, args),
        None => call_plain(vm, frame, native.function, args),
    };
    match called {
        Some(result) => result,
        None => {
            let receiver = receiver.cloned();
            with_values(vm, frame, receiver, args, |vm, all| {
                vm.call_native(native, Args::positional(all))
            })
        }
    }
}

/// Evaluates an argument and does something with it.
#[inline(always)]
fn with_one(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    a: &Form,
    call: impl FnOnce(&mut Vm, Value) -> R,
) -> R {
    let a = a.eval(vm, frame)?;
    call(vm, a)
}

/// As [`with_one`], with two.
#[inline(always)]
fn with_two(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (a, b): (&Form, &Form),
    call: impl FnOnce(&mut Vm, Value, Value) -> R,
) -> R {
    let a = a.eval(vm, frame)?;
    let b = b.eval(vm, frame)?;
    call(vm, a, b)
}

/// Calls a function that takes few arguments; `None` (and nothing evaluated) for others.
#[inline(always)]
fn call_plain(vm: &mut Vm, frame: &mut Frame<'_>, function: NativeFn, args: &[Form]) -> Option<R> {
    Some(match (function, args) {
        (NativeFn::F0(function), []) => function(vm),
        (NativeFn::F1(function), [a]) => with_one(vm, frame, a, |vm, a| function(vm, &a)),
        (NativeFn::F2(function), [a, b]) => {
            with_two(vm, frame, (a, b), |vm, a, b| function(vm, &a, &b))
        }
        (NativeFn::Opt2(function), [a]) => with_one(vm, frame, a, |vm, a| function(vm, &a, None)),
        (NativeFn::Opt2(function), [a, b]) => {
            with_two(vm, frame, (a, b), |vm, a, b| function(vm, &a, Some(&b)))
        }
        (NativeFn::Any(function), [a]) => with_one(vm, frame, a, |vm, a| {
            function(vm, Args::positional(std::slice::from_ref(&a)))
        }),
        (NativeFn::Any(function), [a, b]) => with_two(vm, frame, (a, b), |vm, a, b| {
            function(vm, Args::positional(&[a, b]))
        }),
        (NativeFn::Range(_, _, run), [a]) if function.takes(1) => {
            with_one(vm, frame, a, |vm, a| run(vm, std::slice::from_ref(&a)))
        }
        (NativeFn::Range(_, _, run), [a, b]) if function.takes(2) => {
            with_two(vm, frame, (a, b), |vm, a, b| run(vm, &[a, b]))
        }
        _ => return None,
    })
}

/// As [`call_plain`], of a method.
#[inline(always)]
fn call_with_receiver(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    function: NativeFn,
    receiver: &Value,
    args: &[Form],
) -> Option<R> {
    Some(match (function, args) {
        (NativeFn::F1(function), []) => function(vm, receiver),
        (NativeFn::Opt2(function), []) => function(vm, receiver, None),
        (NativeFn::Range(1, _, function), []) => function(vm, std::slice::from_ref(receiver)),
        (NativeFn::Any(function), []) => {
            function(vm, Args::positional(std::slice::from_ref(receiver)))
        }
        (NativeFn::F2(function), [a]) => with_one(vm, frame, a, |vm, a| function(vm, receiver, &a)),
        (NativeFn::Opt2(function), [a]) => {
            with_one(vm, frame, a, |vm, a| function(vm, receiver, Some(&a)))
        }
        (NativeFn::Opt3(function), [a]) => {
            with_one(vm, frame, a, |vm, a| function(vm, receiver, &a, None))
        }
        (NativeFn::Any(function), [a]) => with_one(vm, frame, a, |vm, a| {
            function(vm, Args::positional(&[receiver.clone(), a]))
        }),
        (NativeFn::Range(_, _, run), [a]) if function.takes(2) => {
            with_one(vm, frame, a, |vm, a| run(vm, &[receiver.clone(), a]))
        }
        (NativeFn::F3(function), [a, b]) => {
            with_two(vm, frame, (a, b), |vm, a, b| function(vm, receiver, &a, &b))
        }
        (NativeFn::Opt3(function), [a, b]) => with_two(vm, frame, (a, b), |vm, a, b| {
            function(vm, receiver, &a, Some(&b))
        }),
        (NativeFn::Range(_, _, run), [a, b]) if function.takes(3) => {
            with_two(vm, frame, (a, b), |vm, a, b| {
                run(vm, &[receiver.clone(), a, b])
            })
        }
        _ => return None,
    })
}

/// Evaluates arguments into an array on the stack and hands it on.
///
/// # Errors
/// What the arguments or the call raise.
#[inline]
pub fn with_values(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    receiver: Option<Value>,
    args: &[Form],
    call: impl FnOnce(&mut Vm, &mut [Value]) -> R,
) -> R {
    const FEW: usize = 5;
    let own = usize::from(receiver.is_some());
    if args.len() + own <= FEW {
        let mut values = [const { Value::UNSET }; FEW];
        if let Some(receiver) = receiver {
            values[0] = receiver;
        }
        for (value, node) in values[own..].iter_mut().zip(args) {
            *value = node.eval(vm, frame)?;
        }
        return call(vm, &mut values[..args.len() + own]);
    }
    let mut values = Vec::with_capacity(args.len() + own);
    values.extend(receiver);
    for node in args {
        values.push(node.eval(vm, frame)?);
    }
    call(vm, &mut values)
}

/// Calls anything with positional arguments.
///
/// # Errors
/// What the arguments or the call raise.
pub fn call_value(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    callee: &Value,
    receiver: Option<Value>,
    args: &[Form],
) -> R {
    with_values(vm, frame, receiver, args, |vm, all| vm.call(callee, all))
}
