//! Sorting: what `list.sort` and `sorted` share.
//!
//! The keys are looked at first. If they are all numbers without NaN, all strings, or all tuples
//! of such with the same kinds at the same places, their order is total and needs no code of the
//! script, and the sort of the standard library does the work. Anything else is sorted by a merge
//! sort of our own (`timsort`) that asks `<` and stops at the first exception: it never relies on
//! the answers being consistent.
//!
//! Either way what is sorted are indexes, so the items stay untouched when an exception comes.

use super::timsort;
use crate::error::R;
use crate::modules::Getter;
use crate::native::NativeFn;
use crate::table::quick_cmp;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cmp::Ordering;

/// Sorts items in place; stable, also with `reverse`.
///
/// # Errors
/// What the key function or `<` raises; the items then keep their order.
#[expect(clippy::indexing_slicing, reason = "the order holds each place once")]
pub fn sort(vm: &mut Vm, items: &mut Vec<Value>, key: &Value, reverse: bool) -> R<()> {
    let keys = if key.is_unset() || key.is_none() {
        None
    } else {
        Some(keys_of(vm, items, key)?)
    };
    let keys = keys.as_deref().unwrap_or(items);
    let sequences = sequences_in(vm, keys);
    let keys = sequences.as_deref().unwrap_or(keys);
    if keys.len() <= FEW
        && let Some(order) = order_of_few(keys, reverse)
    {
        put_in_order(items, &order);
        return Ok(());
    }
    if let Some(order) = order_of(vm, keys, reverse)? {
        let sorted = order.iter().map(|at| items[*at as usize].take()).collect();
        *items = sorted;
    }
    Ok(())
}

/// What stands for keys that all are named tuples or the like: the tuples in them.
fn sequences_in(vm: &mut Vm, keys: &[Value]) -> Option<Vec<Value>> {
    if keys.first()?.tag() != Tag::Instance {
        return None;
    }
    let kind = vm.sequence_in(keys.first()?)?.tag();
    keys.iter()
        .map(|key| vm.sequence_in(key).filter(|inner| inner.tag() == kind))
        .collect()
}

/// What a key function gives for the items; what is in Rust is called without the general way.
fn keys_of(vm: &mut Vm, items: &[Value], key: &Value) -> R<Vec<Value>> {
    let mut keys = Vec::with_capacity(items.len());
    if let Some(getter) = Getter::of(key) {
        for item in items {
            keys.push(getter.get(vm, item)?);
        }
    } else if let Some(NativeFn::F1(function)) = key.as_native().map(|native| native.function) {
        for item in items {
            keys.push(function(vm, item)?);
        }
    } else {
        for item in items {
            keys.push(vm.call(key, std::slice::from_ref(item))?);
        }
    }
    Ok(keys)
}

/// So many items are sorted by insertion, without memory for anything.
const FEW: usize = 12;

/// The order of a few keys (of the places there are); `None` when two of them are not compared so
/// simply. That is not looked at before: whatever the sort, it compares keys that end up side by
/// side.
fn order_of_few(keys: &[Value], reverse: bool) -> Option<[u8; FEW]> {
    if !keys.iter().all(|key| key.tag() == Tag::Str) {
        return insert_few(keys, reverse, |_, a, _, b| quick_cmp(a, b));
    }
    let mut firsts = [0; FEW];
    for (first, key) in firsts.iter_mut().zip(keys) {
        *first = first_bytes(key.as_str().unwrap_or(""));
    }
    let first = |at: usize| firsts.get(at);
    insert_few(keys, reverse, |x, a, y, b| {
        Some(
            first(x)
                .cmp(&first(y))
                .then_with(|| a.as_str().cmp(&b.as_str())),
        )
    })
}

/// [`order_of_few`], by what `compare` says of two places and what stands there.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "there are no more keys than places"
)]
fn insert_few(
    keys: &[Value],
    reverse: bool,
    compare: impl Fn(usize, &Value, usize, &Value) -> Option<Ordering>,
) -> Option<[u8; FEW]> {
    let goes_before = if reverse {
        Ordering::Greater
    } else {
        Ordering::Less
    };
    let mut order = [0; FEW];
    for at in 1..keys.len() {
        let mut place = at;
        while place > 0 {
            let before = order[place - 1];
            if compare(at, &keys[at], before as usize, &keys[before as usize])? != goes_before {
                break;
            }
            order[place] = before;
            place -= 1;
        }
        order[place] = at as u8;
    }
    Some(order)
}

/// Moves a few items to their places.
#[expect(clippy::indexing_slicing, reason = "the order holds each place once")]
fn put_in_order(items: &mut [Value], order: &[u8; FEW]) {
    for at in 0..items.len() {
        // What should stand here may have been moved behind, and on from there.
        let mut from = order[at] as usize;
        while from < at {
            from = order[from] as usize;
        }
        items.swap(at, from);
    }
}

/// The order in which the items are to stand; `None` when they stand in it already.
#[expect(clippy::indexing_slicing, reason = "the order holds each place once")]
fn order_of(vm: &mut Vm, keys: &[Value], reverse: bool) -> R<Option<Vec<u32>>> {
    if keys.len() < 2 {
        return Ok(None);
    }
    if let Some(order) = quick_order(keys, reverse) {
        return Ok(order);
    }
    let len = keys.len() as u32;
    // Reversing before and after keeps equal items in their order.
    let mut order: Vec<u32> = if reverse {
        (0..len).rev().collect()
    } else {
        (0..len).collect()
    };
    timsort::sort(&mut order, &mut |a, b| {
        vm.lt(&keys[a as usize], &keys[b as usize])
    })?;
    if reverse {
        order.reverse();
    }
    Ok(Some(order))
}

/// What the keys have in common, as far as comparing them needs to know.
enum Shape {
    /// Nothing seen yet.
    Unknown,
    /// `None`: equal to itself, and never asked for `<`.
    Nothing,
    Number,
    Text,
    Tuple(Vec<Shape>),
}

impl Shape {
    /// Takes another key in; false when it does not fit.
    fn admit(&mut self, key: &Value) -> bool {
        match (key.tag(), &mut *self) {
            (Tag::Int | Tag::Bool, Shape::Number) | (Tag::Str, Shape::Text) => true,
            (Tag::None, Shape::Nothing) => true,
            (Tag::Float, Shape::Number) => key.as_float().is_some_and(|float| !float.is_nan()),
            (Tag::Tuple, Shape::Tuple(places)) => key.as_tuple().is_some_and(|tuple| {
                while places.len() < tuple.items.len() {
                    places.push(Shape::Unknown);
                }
                places
                    .iter_mut()
                    .zip(tuple.items.iter())
                    .all(|(place, item)| place.admit(item))
            }),
            (tag, Shape::Unknown) => {
                *self = match tag {
                    Tag::Int | Tag::Bool | Tag::Float => Shape::Number,
                    Tag::Str => Shape::Text,
                    Tag::None => Shape::Nothing,
                    Tag::Tuple => Shape::Tuple(Vec::new()),
                    _ => return false,
                };
                self.admit(key)
            }
            _ => false,
        }
    }
}

/// The order by the sort of the standard library, for keys with a total order of our own, which
/// all others have not; as of [`order_of`].
fn quick_order(keys: &[Value], reverse: bool) -> Option<Option<Vec<u32>>> {
    match keys.first().map(Value::tag) {
        Some(Tag::Int) if keys.iter().all(|key| key.tag() == Tag::Int) => {
            let key_of = |key: &Value| key.as_int().unwrap_or(0);
            return Some(order_by(keys, reverse, key_of, i64::cmp));
        }
        Some(Tag::Str) if keys.iter().all(|key| key.tag() == Tag::Str) => {
            return Some(order_of_texts(keys, reverse));
        }
        Some(Tag::Float) if keys.iter().all(is_plain_float) => {
            return Some(order_of_floats(keys, reverse));
        }
        _ => {}
    }
    let mut shape = Shape::Unknown;
    if !keys.iter().all(|key| shape.admit(key)) {
        return None;
    }
    Some(match shape {
        // A list of nothing but None has no order: `None < None` is an error.
        Shape::Unknown | Shape::Nothing => return None,
        Shape::Number => order_by(keys, reverse, |key| key, |a, b| compare_plain(a, b)),
        Shape::Text => order_of_texts(keys, reverse),
        // Most comparisons are decided by a first item that is an int.
        Shape::Tuple(_) if keys.iter().all(starts_with_int) => order_by(
            keys,
            reverse,
            |key| {
                let items = items_of(key);
                let first = items.first().and_then(Value::as_int);
                (first.unwrap_or(0), items.get(1..).unwrap_or(&[]))
            },
            |a, b| a.0.cmp(&b.0).then_with(|| compare_tuples(a.1, b.1)),
        ),
        // As are those by a text.
        Shape::Tuple(_) if keys.iter().all(starts_with_text) => order_by(
            keys,
            reverse,
            |key| {
                let items = items_of(key);
                let text = items.first().and_then(Value::as_str).unwrap_or("");
                (first_bytes(text), items)
            },
            |a, b| a.0.cmp(&b.0).then_with(|| compare_tuples(a.1, b.1)),
        ),
        Shape::Tuple(_) => order_by(keys, reverse, items_of, |a, b| compare_tuples(a, b)),
    })
}

fn is_plain_float(key: &Value) -> bool {
    key.as_float().is_some_and(|float| !float.is_nan())
}

fn order_of_floats(keys: &[Value], reverse: bool) -> Option<Vec<u32>> {
    order_by(
        keys,
        reverse,
        |key| key.as_float().unwrap_or(0.0),
        |a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal),
    )
}

fn order_of_texts(keys: &[Value], reverse: bool) -> Option<Vec<u32>> {
    order_by(
        keys,
        reverse,
        |key| {
            let text = key.as_str().unwrap_or("");
            (first_bytes(text), text)
        },
        |a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)),
    )
}

/// The first bytes of a text as a number, in whose order texts stand unless it is the same: most
/// comparisons need not look at the texts.
fn first_bytes(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None if bytes.is_empty() => 0,
        None => {
            let read = bytes
                .iter()
                .fold(0, |read, byte| read << 8 | u64::from(*byte));
            read << (64 - 8 * bytes.len())
        }
    }
}

fn items_of(key: &Value) -> &[Value] {
    key.as_tuple().map_or(&[], |tuple| &tuple.items)
}

fn starts_with_int(key: &Value) -> bool {
    items_of(key)
        .first()
        .is_some_and(|item| item.tag() == Tag::Int)
}

fn starts_with_text(key: &Value) -> bool {
    items_of(key)
        .first()
        .is_some_and(|item| item.tag() == Tag::Str)
}

/// Sorts (key, index) pairs: the index makes equal keys distinct, so an unstable sort is stable.
/// `None` when the keys stand in that order already.
fn order_by<'a, K>(
    keys: &'a [Value],
    reverse: bool,
    key_of: impl Fn(&'a Value) -> K,
    compare: impl Fn(&K, &K) -> Ordering,
) -> Option<Vec<u32>> {
    let mut pairs: Vec<(K, u32)> = keys.iter().map(key_of).zip(0..).collect();
    let against = if reverse {
        Ordering::Less
    } else {
        Ordering::Greater
    };
    if pairs.is_sorted_by(|a, b| compare(&a.0, &b.0) != against) {
        return None;
    }
    if reverse {
        pairs.sort_unstable_by(|a, b| compare(&b.0, &a.0).then(a.1.cmp(&b.1)));
    } else {
        pairs.sort_unstable_by(|a, b| compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
    }
    Some(pairs.into_iter().map(|(_, at)| at).collect())
}

fn compare_tuples(a: &[Value], b: &[Value]) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        let order = compare_plain(x, y);
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// The order of two keys that one [`Shape`] admits.
fn compare_plain(a: &Value, b: &Value) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return x.cmp(&y);
    }
    if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
        return x.cmp(y);
    }
    if let (Some(x), Some(y)) = (a.as_index(), b.as_index()) {
        return x.cmp(&y);
    }
    if let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) {
        return compare_tuples(&x.items, &y.items);
    }
    match (a.as_index(), a.as_float(), b.as_index(), b.as_float()) {
        (_, Some(x), _, Some(y)) => x.partial_cmp(&y).unwrap_or(Ordering::Equal),
        (Some(x), _, _, Some(y)) => compare_int_float(x, y),
        (_, Some(x), Some(y), _) => compare_int_float(y, x).reverse(),
        _ => Ordering::Equal,
    }
}

/// Exact, where converting the int would round.
fn compare_int_float(int: i64, float: f64) -> Ordering {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if float >= TWO_63 {
        return Ordering::Less;
    }
    if float < -TWO_63 {
        return Ordering::Greater;
    }
    let whole = float.floor();
    // Within the bounds checked above the conversion is exact.
    match int.cmp(&(whole as i64)) {
        Ordering::Equal if float > whole => Ordering::Less,
        order => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_and_floats_compare_exactly() {
        let large = (1i64 << 53) + 1;
        assert_eq!(
            compare_int_float(large, (1i64 << 53) as f64),
            Ordering::Greater
        );
        assert_eq!(compare_int_float(3, 3.5), Ordering::Less);
        assert_eq!(compare_int_float(-3, -3.5), Ordering::Greater);
        assert_eq!(compare_int_float(i64::MAX, f64::INFINITY), Ordering::Less);
    }

    #[test]
    fn a_few_are_put_in_order() {
        let values = |ints: &[i64]| ints.iter().copied().map(Value::int).collect::<Vec<_>>();
        let mut state = 7u64;
        for round in 0..500 {
            let mut ints = Vec::new();
            for _ in 0..round % (FEW + 1) {
                state = state.wrapping_mul(6_364_136_223_846_793_005) + 1;
                ints.push((state >> 40) as i64 % 8);
            }
            for reverse in [false, true] {
                let mut items = values(&ints);
                let order = order_of_few(&items, reverse).expect("ints have an order");
                put_in_order(&mut items, &order);
                let mut places = (0..ints.len()).collect::<Vec<_>>();
                places.sort_by_key(|at| if reverse { -ints[*at] } else { ints[*at] });
                assert_eq!(
                    order[..ints.len()],
                    places.iter().map(|at| *at as u8).collect::<Vec<_>>()
                );
                let sorted: Vec<_> = places.iter().map(|at| ints[*at]).collect();
                assert_eq!(
                    items
                        .iter()
                        .map(|item| item.as_int().unwrap())
                        .collect::<Vec<_>>(),
                    sorted
                );
            }
        }
        assert_eq!(order_of_few(&[Value::int(1), Value::NONE], false), None);
        assert_eq!(
            order_of_few(&[Value::float(f64::NAN), Value::float(1.0)], false),
            None
        );
    }

    #[test]
    fn mixed_kinds_are_left_to_the_slow_path() {
        assert!(quick_order(&[Value::int(1), Value::NONE], false).is_none());
        assert!(quick_order(&[Value::float(f64::NAN), Value::int(1)], false).is_none());
        let order = quick_order(&[Value::int(2), Value::float(1.5), Value::int(2)], true);
        assert_eq!(order, Some(Some(vec![0, 2, 1])));
        let order = quick_order(&[Value::int(2), Value::float(2.5)], false);
        assert_eq!(order, Some(None));
    }
}
