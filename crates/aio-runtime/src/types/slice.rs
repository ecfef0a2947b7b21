//! `slice`, and what a slice means for a sequence of a given length.

use super::receiver::{receiver, requested_class};
use crate::error::R;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::SliceObj;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Create a slice."),
    Method::get("start", start, "Where it begins, or None."),
    Method::get("stop", stop, "Where it ends, or None."),
    Method::get("step", step, "How far apart, or None."),
    Method::new(
        "indices",
        NativeFn::F2(indices),
        "S.indices(len) -> (start, stop, stride) for a sequence of that length.",
    ),
    super::dunders::EQ,
    super::dunders::NE,
    super::dunders::LT,
    super::dunders::LE,
    super::dunders::GT,
    super::dunders::GE,
    super::dunders::HASH,
    super::dunders::REPR,
];

/// Which indexes a slice takes from a sequence: `start`, `start + step`, ... (`len` of them).
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// The first index.
    pub start: i64,
    /// Where it stops (not included).
    pub stop: i64,
    /// From one to the next; not 0.
    pub step: i64,
    /// How many.
    pub len: usize,
}

impl Steps {
    /// The indexes, in order. All are within the sequence.
    pub fn indexes(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.len).map(move |n| (self.start + n as i64 * self.step) as usize)
    }
}

/// What a slice means for a sequence of `len` items (language reference, "Slicings").
///
/// # Errors
/// `TypeError` for bounds that are no integers, `ValueError` for step 0.
pub fn resolve(vm: &mut Vm, slice: &SliceObj, len: usize) -> R<Steps> {
    let step = bound(vm, &slice.step)?;
    if step == Some(0) {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let start = bound(vm, &slice.start)?;
    let stop = bound(vm, &slice.stop)?;
    Ok(steps([start, stop, step], len))
}

/// As [`resolve`], of bounds that are machine ints (or absent) and a step that is not 0.
#[inline]
pub fn steps([start, stop, step]: [Option<i64>; 3], len: usize) -> Steps {
    let len = len as i64;
    let (low, high, step) = match step {
        None => (0, len, 1),
        Some(step) if step > 0 => (0, len, step),
        // A step beyond the ends is as good as any other one beyond the ends.
        Some(step) => (-1, len - 1, step.max(-i64::MAX)),
    };
    let clamp = |bound: i64| {
        if bound < 0 {
            bound.saturating_add(len).max(low)
        } else {
            bound.min(high)
        }
    };
    let (first, last) = if step < 0 { (high, low) } else { (low, high) };
    let start = start.map_or(first, clamp);
    let stop = stop.map_or(last, clamp);
    let distance = if step < 0 { start - stop } else { stop - start };
    let len = match (distance, step) {
        (..=0, _) => 0,
        (_, 1 | -1) => distance,
        _ => (distance - 1) / step.abs() + 1,
    };
    Steps {
        start,
        stop,
        step,
        len: len as usize,
    }
}

/// The parts of a slice that are small ints or `None`, and whose step is not 0: what it means
/// needs no code of the script and cannot fail.
#[inline]
pub fn plain_parts(parts: &[Value; 3]) -> Option<[Option<i64>; 3]> {
    let plain = |part: &Value| match part.tag() {
        Tag::None => Some(None),
        Tag::Int => Some(part.as_int()),
        _ => None,
    };
    let [start, stop, step] = parts;
    let step = plain(step)?;
    (step != Some(0)).then_some([plain(start)?, plain(stop)?, step])
}

/// A bound as a machine int, cut to what fits; `None` for `None`.
fn bound(vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    match value.tag() {
        Tag::Int | Tag::Bool => Ok(value.as_index()),
        Tag::None => Ok(None),
        _ => {
            let index = index_or(
                vm,
                value,
                "slice indices must be integers or None or have an __index__ method",
            )?;
            Ok(Some(saturate(&index)))
        }
    }
}

/// `operator.index(value)`, with a message of its own where there is no `__index__`.
///
/// # Errors
/// `TypeError`; what `__index__` raises.
pub fn index_or(vm: &mut Vm, value: &Value, message: &str) -> R {
    let hook = vm.names.__index__.clone();
    if matches!(value.tag(), Tag::Int | Tag::Bool | Tag::BigInt)
        || vm.lookup_special(value, &hook).is_some()
    {
        vm.index(value)
    } else {
        Err(vm.type_error(message))
    }
}

/// An int cut to 64 bits.
pub fn saturate(index: &Value) -> i64 {
    match index.as_index() {
        Some(int) => int,
        None if index
            .as_bigint()
            .is_some_and(|big| big.0.sign() == num_bigint::Sign::Minus) =>
        {
            i64::MIN
        }
        None => i64::MAX,
    }
}

/// A bound of a search (`list.index(x, start, stop)`) within a sequence of `len` items.
///
/// # Errors
/// `TypeError`.
pub fn search_bound(vm: &mut Vm, value: &Value, len: usize) -> R<usize> {
    let message = "slice indices must be integers or have an __index__ method";
    let index = saturate(&index_or(vm, value, message)?);
    let from_start = if index < 0 {
        index.saturating_add(len as i64).max(0)
    } else {
        index
    };
    Ok(from_start as usize)
}

/// The parts as a tuple: slices compare and hash as if they were that.
pub fn parts(slice: &SliceObj) -> Value {
    Value::tuple(vec![
        slice.start.clone(),
        slice.stop.clone(),
        slice.step.clone(),
    ])
}

/// `a op b` for two slices.
///
/// # Errors
/// What comparing the bounds raises.
pub fn compare(vm: &mut Vm, op: CmpOp, a: &Value, b: &Value) -> R<Option<bool>> {
    let (Some(x), Some(y)) = (a.as_slice(), b.as_slice()) else {
        return Ok(None);
    };
    super::tuple::compare(vm, op, &parts(x), &parts(y))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let class = vm.types.slice.clone();
    requested_class(vm, args, &class)?;
    if !args.kw.is_empty() {
        return Err(vm.type_error("slice() takes no keyword arguments"));
    }
    let (start, stop, step) = match args.pos.rest(1) {
        [] => return Err(vm.type_error("slice expected at least 1 argument, got 0")),
        [stop] => (Value::NONE, stop.clone(), Value::NONE),
        [start, stop] => (start.clone(), stop.clone(), Value::NONE),
        [start, stop, step] => (start.clone(), stop.clone(), step.clone()),
        more => {
            let given = more.len();
            return Err(vm.type_error(format!("slice expected at most 3 arguments, got {given}")));
        }
    };
    Ok(Value::new(SliceObj { start, stop, step }))
}

fn start(vm: &mut Vm, value: &Value) -> R {
    Ok(receiver::<SliceObj>(vm, value, "slice", "start")?
        .start
        .clone())
}

fn stop(vm: &mut Vm, value: &Value) -> R {
    Ok(receiver::<SliceObj>(vm, value, "slice", "stop")?
        .stop
        .clone())
}

fn step(vm: &mut Vm, value: &Value) -> R {
    Ok(receiver::<SliceObj>(vm, value, "slice", "step")?
        .step
        .clone())
}

fn indices(vm: &mut Vm, value: &Value, len: &Value) -> R {
    let slice = receiver::<SliceObj>(vm, value, "slice", "indices")?;
    let len = vm.index(len)?;
    if vm.compare_bool(CmpOp::Lt, &len, &Value::int(0))? {
        return Err(vm.value_error("length should not be negative"));
    }
    let parts = indices_of(vm, &slice, &len)?;
    Ok(Value::tuple(parts.to_vec()))
}

/// Start, stop and step of a slice for a sequence of `len` items, where that is any int from 0.
///
/// # Errors
/// `TypeError`, `ValueError` for a bad slice.
pub fn indices_of(vm: &mut Vm, slice: &SliceObj, len: &Value) -> R<[Value; 3]> {
    let small = |v: &Value| matches!(v.tag(), Tag::None | Tag::Int | Tag::Bool);
    match len.as_index() {
        Some(int)
            if [&slice.start, &slice.stop, &slice.step]
                .into_iter()
                .all(small) =>
        {
            let steps = resolve(vm, slice, int as usize)?;
            Ok([steps.start, steps.stop, steps.step].map(Value::int))
        }
        Some(_) | None => large_indices(vm, slice, len),
    }
}

/// `indices` with operators, for ints of any size.
fn large_indices(vm: &mut Vm, slice: &SliceObj, len: &Value) -> R<[Value; 3]> {
    let message = "slice indices must be integers or None or have an __index__ method";
    let (zero, one) = (Value::int(0), Value::int(1));
    let step = if slice.step.is_none() {
        one.clone()
    } else {
        index_or(vm, &slice.step, message)?
    };
    if vm.eq(&step, &zero)? {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let down = vm.compare_bool(CmpOp::Lt, &step, &zero)?;
    let (low, high) = if down {
        (Value::int(-1), vm.binary(BinaryOp::Sub, len, &one)?)
    } else {
        (zero.clone(), len.clone())
    };
    let mut ends = Vec::with_capacity(2);
    for (given, default) in [
        (&slice.start, if down { &high } else { &low }),
        (&slice.stop, if down { &low } else { &high }),
    ] {
        if given.is_none() {
            ends.push(default.clone());
            continue;
        }
        let mut index = index_or(vm, given, message)?;
        if vm.compare_bool(CmpOp::Lt, &index, &zero)? {
            index = vm.binary(BinaryOp::Add, &index, len)?;
            if vm.compare_bool(CmpOp::Lt, &index, &low)? {
                index = low.clone();
            }
        } else if vm.compare_bool(CmpOp::Gt, &index, &high)? {
            index = high.clone();
        }
        ends.push(index);
    }
    let stop = ends.pop().unwrap_or(Value::NONE);
    let start = ends.pop().unwrap_or(Value::NONE);
    Ok([start, stop, step])
}
