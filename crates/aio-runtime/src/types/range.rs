//! `range`: within 64 bits by machine arithmetic, beyond by large ints.

use super::list::item_index;
use super::receiver::{receiver, requested_class};
use super::{dunders, iterators, slice};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{BigIntObj, IterKind, IterObj, RangeObj, SliceObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Create a range."),
    Method::get("start", start, "The first number."),
    Method::get("stop", stop, "Where it ends (not included)."),
    Method::get("step", step, "From one number to the next."),
    Method::new(
        "count",
        NativeFn::F2(count),
        "rangeobject.count(value) -> integer -- return number of occurrences of value",
    ),
    Method::new(
        "index",
        NativeFn::F2(index),
        "rangeobject.index(value) -> integer -- return index of value.",
    ),
    Method::new(
        "__reversed__",
        NativeFn::F1(reversed),
        "Return a reverse iterator.",
    ),
    Method::new("__bool__", NativeFn::F1(bool), "True if it is not empty."),
    dunders::EQ,
    dunders::NE,
    dunders::LEN,
    dunders::ITER,
    dunders::CONTAINS,
    dunders::GET_ITEM,
    dunders::HASH,
    dunders::REPR,
];

/// The bounds of a range as large ints: start, stop, step.
type Bounds = (BigInt, BigInt, BigInt);

/// An int value of any size.
pub fn int_value(int: BigInt) -> Value {
    match int.to_i64() {
        Some(small) => Value::int(small),
        None => Value::new(BigIntObj(int)),
    }
}

fn big(value: &Value) -> BigInt {
    match value.as_index() {
        Some(small) => BigInt::from(small),
        None => value
            .as_bigint()
            .map_or_else(BigInt::zero, |big| big.0.clone()),
    }
}

fn bounds(range: &RangeObj) -> Bounds {
    match &range.big {
        Some(bounds) => (**bounds).clone(),
        None => (range.start.into(), range.stop.into(), range.step.into()),
    }
}

/// A range with these bounds (`step` is not 0).
fn make((start, stop, step): Bounds) -> Value {
    match (start.to_i64(), stop.to_i64(), step.to_i64()) {
        (Some(start), Some(stop), Some(step)) => small(start, stop, step),
        _ => Value::new(RangeObj {
            start: 0,
            stop: 0,
            step: 1,
            big: Some(Box::new((start, stop, step))),
        }),
    }
}

/// `range(…)` of ints of 64 bits.
fn quick_new(values: &[Value]) -> Option<Value> {
    let (start, stop, step) = match values {
        [stop] => (0, stop.as_int()?, 1),
        [start, stop] => (start.as_int()?, stop.as_int()?, 1),
        [start, stop, step] => (start.as_int()?, stop.as_int()?, step.as_int()?),
        _ => return None,
    };
    (step != 0).then(|| small(start, stop, step))
}

/// A range within 64 bits (`step` is not 0).
pub fn small(start: i64, stop: i64, step: i64) -> Value {
    Value::new(RangeObj {
        start,
        stop,
        step,
        big: None,
    })
}

fn big_len((start, stop, step): &Bounds) -> BigInt {
    let (low, high, gap) = if step.sign() == Sign::Minus {
        (stop, start, -step)
    } else {
        (start, stop, step.clone())
    };
    if low >= high {
        BigInt::zero()
    } else {
        (high - low - BigInt::one()).div_floor(&gap) + BigInt::one()
    }
}

/// `len(range)`, whatever its size.
pub fn len(range: &RangeObj) -> BigInt {
    match &range.big {
        Some(bounds) => big_len(bounds),
        None => range.len().into(),
    }
}

/// `bool(range)`
pub fn is_filled(range: &RangeObj) -> bool {
    match &range.big {
        Some(bounds) => !big_len(bounds).is_zero(),
        None => !range.is_empty(),
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let class = vm.types.range.clone();
    requested_class(vm, args, &class)?;
    if !args.kw.is_empty() {
        return Err(vm.type_error("range() takes no keyword arguments"));
    }
    from_bounds(vm, args.pos.rest(1))
}

/// `range(stop)`, `range(start, stop)` and `range(start, stop, step)`.
///
/// # Errors
/// `TypeError` for other numbers of bounds and for those that are no ints, `ValueError` for a step
/// of 0.
pub fn from_bounds(vm: &mut Vm, bounds: &[Value]) -> R {
    if let Some(range) = quick_new(bounds) {
        return Ok(range);
    }
    let (start, stop, step) = match bounds {
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        [stop] => (Value::int(0), vm.index(stop)?, Value::int(1)),
        [start, stop] => (vm.index(start)?, vm.index(stop)?, Value::int(1)),
        [start, stop, step] => (vm.index(start)?, vm.index(stop)?, vm.index(step)?),
        more => {
            let given = more.len();
            return Err(vm.type_error(format!("range expected at most 3 arguments, got {given}")));
        }
    };
    if step.as_int() == Some(0) {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    if let (Some(start), Some(stop), Some(step)) = (start.as_int(), stop.as_int(), step.as_int()) {
        return Ok(small(start, stop, step));
    }
    Ok(make((big(&start), big(&stop), big(&step))))
}

fn range(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<RangeObj>> {
    receiver(vm, value, "range", method)
}

fn start(vm: &mut Vm, value: &Value) -> R {
    Ok(int_value(bounds(&*range(vm, value, "start")?).0))
}

fn stop(vm: &mut Vm, value: &Value) -> R {
    Ok(int_value(bounds(&*range(vm, value, "stop")?).1))
}

fn step(vm: &mut Vm, value: &Value) -> R {
    Ok(int_value(bounds(&*range(vm, value, "step")?).2))
}

fn bool(vm: &mut Vm, value: &Value) -> R {
    Ok(Value::bool(is_filled(&*range(vm, value, "__bool__")?)))
}

fn count(vm: &mut Vm, value: &Value, wanted: &Value) -> R {
    let range = range(vm, value, "count")?;
    if is_int(wanted) {
        return Ok(Value::int(i64::from(position(&range, wanted).is_some())));
    }
    let iter = vm.iter(value)?;
    let mut found = 0;
    while let Some(item) = vm.next(&iter)? {
        found += i64::from(vm.eq(&item, wanted)?);
    }
    Ok(Value::int(found))
}

fn index(vm: &mut Vm, value: &Value, wanted: &Value) -> R {
    let range = range(vm, value, "index")?;
    if is_int(wanted) {
        return match position(&range, wanted) {
            Some(at) => Ok(int_value(at)),
            None => {
                let wanted = vm.repr(wanted)?;
                Err(vm.value_error(format!("{wanted} is not in range")))
            }
        };
    }
    let iter = vm.iter(value)?;
    let mut at = 0;
    while let Some(item) = vm.next(&iter)? {
        if vm.eq(&item, wanted)? {
            return Ok(Value::int(at));
        }
        at += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}

fn is_int(value: &Value) -> bool {
    matches!(value.tag(), Tag::Int | Tag::Bool | Tag::BigInt)
}

/// The index of an int in the range.
fn position(range: &RangeObj, wanted: &Value) -> Option<BigInt> {
    let (start, stop, step) = bounds(range);
    let wanted = big(wanted);
    let within = if step.sign() == Sign::Minus {
        wanted <= start && wanted > stop
    } else {
        wanted >= start && wanted < stop
    };
    if !within {
        return None;
    }
    let (at, rest) = (wanted - start).div_rem(&step);
    rest.is_zero().then_some(at)
}

/// `item in range`; `None` for items that must be compared one by one.
pub fn contains(range: &RangeObj, item: &Value) -> Option<bool> {
    if let (None, Some(item)) = (&range.big, item.as_index()) {
        let within = if range.step > 0 {
            item >= range.start && item < range.stop
        } else {
            item <= range.start && item > range.stop
        };
        let distance = i128::from(item) - i128::from(range.start);
        return Some(within && distance % i128::from(range.step) == 0);
    }
    is_int(item).then(|| position(range, item).is_some())
}

/// `range[index]`
///
/// # Errors
/// `IndexError`, `TypeError`.
pub fn get_item(vm: &mut Vm, range: &RangeObj, index: &Value) -> R {
    if let (None, Some(index)) = (&range.big, index.as_index()) {
        let len = i128::from(range.len());
        let at = i128::from(index) + if index < 0 { len } else { 0 };
        if at < 0 || at >= len {
            return Err(vm.index_error("range object index out of range"));
        }
        let item = i128::from(range.start) + at * i128::from(range.step);
        return Ok(Value::int(item as i64));
    }
    if let Some(slice) = index.as_slice() {
        return get_slice(vm, range, slice);
    }
    let index = if index.tag() == Tag::BigInt {
        index.clone()
    } else {
        match item_index(vm, index, "range") {
            Ok(index) => Value::int(index),
            Err(raised) => return Err(raised),
        }
    };
    let len = len(range);
    let mut at = big(&index);
    if at.sign() == Sign::Minus {
        at += &len;
    }
    if at.sign() == Sign::Minus || at >= len {
        return Err(vm.index_error("range object index out of range"));
    }
    let (start, _, step) = bounds(range);
    Ok(int_value(start + at * step))
}

/// `range[slice]`: again a range.
fn get_slice(vm: &mut Vm, range: &RangeObj, slice: &SliceObj) -> R {
    let len = int_value(len(range));
    let [from, to, by] = slice::indices_of(vm, slice, &len)?;
    let (start, _, step) = bounds(range);
    let at = |index: &Value| &start + big(index) * &step;
    Ok(make((at(&from), at(&to), &step * big(&by))))
}

/// Whether two ranges have the same numbers.
pub fn equal(a: &RangeObj, b: &RangeObj) -> bool {
    let len_a = len(a);
    if len_a != len(b) {
        return false;
    }
    let ((start_a, _, step_a), (start_b, _, step_b)) = (bounds(a), bounds(b));
    len_a.is_zero() || start_a == start_b && (len_a.is_one() || step_a == step_b)
}

/// The tuple that a range hashes as: length, start, step, as far as they matter.
pub fn hash_parts(range: &RangeObj) -> Value {
    let len = len(range);
    let (start, _, step) = bounds(range);
    let parts = if len.is_zero() {
        vec![Value::int(0), Value::NONE, Value::NONE]
    } else if len.is_one() {
        vec![Value::int(1), int_value(start), Value::NONE]
    } else {
        vec![int_value(len), int_value(start), int_value(step)]
    };
    Value::tuple(parts)
}

/// `repr(range)`
pub fn repr(range: &RangeObj) -> String {
    let (start, stop, step) = bounds(range);
    if step.is_one() {
        format!("range({start}, {stop})")
    } else {
        format!("range({start}, {stop}, {step})")
    }
}

fn reversed(vm: &mut Vm, value: &Value) -> R {
    let range = range(vm, value, "__reversed__")?;
    Ok(reverse_iter(&range))
}

/// An iterator from the last number to the first.
pub fn reverse_iter(range: &RangeObj) -> Value {
    if range.big.is_none()
        && let Some(step) = range.step.checked_neg()
    {
        let len = range.len();
        let last = i128::from(range.start) + (i128::from(len) - 1) * i128::from(range.step);
        return IterObj::plain(IterKind::Range(last as i64, step, len));
    }
    let len = len(range);
    let (start, _, step) = bounds(range);
    let last = start + (&len - BigInt::one()) * &step;
    iterators::large_range(last, -step, len)
}

/// An iterator over a range beyond 64 bits.
pub fn large_iter(range: &RangeObj) -> Value {
    let len = len(range);
    let (start, _, step) = bounds(range);
    iterators::large_range(start, step, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> &RangeObj {
        value.as_range().unwrap()
    }

    #[test]
    fn lengths_at_the_edges_of_64_bits() {
        let all = small(i64::MIN, i64::MAX, 1);
        assert_eq!(len(object(&all)).to_string(), "18446744073709551615");
        let down = small(5, -6, -5);
        assert_eq!(len(object(&down)).to_string(), "3");
        let huge = make((BigInt::zero(), BigInt::one() << 70, BigInt::from(1) << 69));
        assert_eq!(len(object(&huge)).to_string(), "2");
    }

    #[test]
    fn membership_looks_at_the_step() {
        let range = small(1, 10, 3);
        assert_eq!(contains(object(&range), &Value::int(7)), Some(true));
        assert_eq!(contains(object(&range), &Value::int(8)), Some(false));
        assert_eq!(contains(object(&range), &Value::int(10)), Some(false));
        assert_eq!(contains(object(&range), &Value::float(7.0)), None);
        let down = small(10, 1, -3);
        assert_eq!(contains(object(&down), &Value::int(4)), Some(true));
        assert_eq!(contains(object(&down), &Value::int(1)), Some(false));
    }

    #[test]
    fn ranges_of_the_same_numbers_are_equal() {
        assert!(equal(object(&small(0, 3, 2)), object(&small(0, 4, 2))));
        assert!(equal(object(&small(5, 5, 1)), object(&small(9, 2, 7))));
        assert!(!equal(object(&small(0, 3, 1)), object(&small(0, 3, 2))));
    }
}
