//! `sum`: machine ints as long as they fit, then floats with compensation (Neumaier's variant of
//! Kahan's sum, as CPython does since 3.12), then whatever `+` gives.

use crate::error::R;
use crate::native::{Args, Signature};
use crate::types::walk::Walk;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

const SUM: Signature = Signature {
    name: "sum",
    params: &["/iterable", "start"],
    positional: 2,
    required: 1,
};

/// `sum(iterable, /, start=0)`
pub fn sum(vm: &mut Vm, args: Args<'_>) -> R {
    if args.pos.is_empty() {
        return Err(vm.type_error("sum() takes at least 1 positional argument (0 given)"));
    }
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(vm.type_error(format!("sum() takes at most 2 arguments ({given} given)")));
    }
    let [source, start] = vm.bind::<2>(args, &SUM)?;
    let mut walk = Walk::over(vm, &source)?;
    let mut total = if start.is_unset() {
        Value::int(0)
    } else {
        start
    };
    refuse_text(vm, &total)?;
    let mut next = walk.next(vm)?;
    if let Some(start) = total.as_int() {
        let (sum, rest) = sum_ints(vm, start, &mut walk, next)?;
        total = sum;
        next = rest;
        // The item that is no int is added by `+`: this may turn the total into a float.
        if let Some(item) = next.take() {
            total = vm.binary(BinaryOp::Add, &total, &item)?;
            next = walk.next(vm)?;
        }
    }
    if let Some(start) = total.as_float() {
        let (sum, rest) = sum_floats(vm, start, &mut walk, next)?;
        total = sum;
        next = rest;
    }
    while let Some(item) = next {
        total = vm.binary(BinaryOp::Add, &total, &item)?;
        next = walk.next(vm)?;
    }
    Ok(total)
}

fn refuse_text(vm: &mut Vm, start: &Value) -> R<()> {
    let (kind, join) = match start.tag() {
        Tag::Str => ("strings", "''.join(seq)"),
        Tag::Bytes => ("bytes", "b''.join(seq)"),
        Tag::Instance if vm.types.bytearray.id == vm.class_id_of(start) => {
            ("bytearray", "b''.join(seq)")
        }
        _ => return Ok(()),
    };
    Err(vm.type_error(format!("sum() can't sum {kind} [use {join} instead]")))
}

/// Adds ints while they fit 64 bits; gives the first item that does not go in.
fn sum_ints(
    vm: &mut Vm,
    start: i64,
    walk: &mut Walk,
    mut next: Option<Value>,
) -> R<(Value, Option<Value>)> {
    let mut total = start;
    while let Some(item) = &next {
        match item.as_index().and_then(|int| total.checked_add(int)) {
            Some(sum) => total = sum,
            None => break,
        }
        next = walk.next(vm)?;
    }
    Ok((Value::int(total), next))
}

/// Adds floats with compensation, and small ints plainly; gives the first other item.
fn sum_floats(
    vm: &mut Vm,
    start: f64,
    walk: &mut Walk,
    mut next: Option<Value>,
) -> R<(Value, Option<Value>)> {
    let mut total = start;
    let mut lost = 0.0f64;
    while let Some(item) = &next {
        if let Some(float) = item.as_float() {
            let sum = total + float;
            lost += if total.abs() >= float.abs() {
                (total - sum) + float
            } else {
                (float - sum) + total
            };
            total = sum;
        } else if let Some(int) = item.as_index() {
            total += int as f64;
        } else {
            break;
        }
        next = walk.next(vm)?;
    }
    // Adding a zero could turn -0.0 into 0.0, adding a NaN an infinity into NaN.
    if lost != 0.0 && lost.is_finite() {
        total += lost;
    }
    Ok((Value::float(total), next))
}
