//! The hash tables of dict and set.
//!
//! Keys may be instances whose `__eq__` is code of the script, so a table never compares keys by
//! itself beyond what it can decide without running code ([`quick_eq`]): a look-up that cannot be
//! decided returns the candidates, and the interpreter asks them one by one outside any borrow,
//! starting over when the table changed meanwhile (`ops::dicts`).

mod dict;
mod index;
mod set;
mod tags;

pub use dict::{DictTable, Entry, Find};
pub use set::{Added, SetTable};

use crate::num::hash::TupleHasher;
use crate::value::{Tag, Value};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// The places of the keys with a hash; mostly there is one.
pub type Candidates = SmallVec<[usize; 4]>;

/// Equality of keys as far as it needs no code of the script; `None` when it does.
#[inline]
pub fn quick_eq(a: &Value, b: &Value) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => Some(a.as_str() == b.as_str()),
        (Tag::Int, Tag::Int) => Some(false),
        (Tag::Tuple, Tag::Tuple) => tuple_eq(a, b),
        (Tag::Instance, _) | (_, Tag::Instance) => None,
        _ => slow_eq(a, b),
    }
}

/// Whether both are strings with the same text.
#[inline(always)]
fn same_text(a: &Value, b: &Value) -> bool {
    a.tag() == Tag::Str && b.tag() == Tag::Str && a.as_str() == b.as_str()
}

/// The order of two ints, floats or strings, or of two tuples whose first items that differ are
/// such; `None` where it takes more than that, or there is none.
#[inline]
pub fn quick_cmp(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Int) => Some(a.as_int()?.cmp(&b.as_int()?)),
        (Tag::Str, Tag::Str) => Some(a.as_str()?.cmp(b.as_str()?)),
        (Tag::Float, Tag::Float) => a.as_float()?.partial_cmp(&b.as_float()?),
        (Tag::Tuple, Tag::Tuple) => tuple_cmp(a, b),
        _ => None,
    }
}

#[inline(never)]
fn tuple_cmp(a: &Value, b: &Value) -> Option<Ordering> {
    let (x, y) = (a.as_tuple()?, b.as_tuple()?);
    for (left, right) in x.items.iter().zip(&y.items) {
        if !quick_eq(left, right)? {
            return quick_cmp(left, right);
        }
    }
    Some(x.items.len().cmp(&y.items.len()))
}

#[inline(never)]
fn tuple_eq(a: &Value, b: &Value) -> Option<bool> {
    let (x, y) = (a.as_tuple()?, b.as_tuple()?);
    if x.items.len() != y.items.len() {
        return Some(false);
    }
    for (left, right) in x.items.iter().zip(&y.items) {
        match quick_eq(left, right) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

#[cold]
fn slow_eq(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return Some(x == y);
    }
    if let (Some(x), Some(y)) = (a.as_bytes_obj(), b.as_bytes_obj()) {
        return Some(x.data() == y.data());
    }
    // Strings and the singletons equal nothing of another built-in kind.
    let plain = |v: &Value| {
        matches!(
            v.tag(),
            Tag::Str | Tag::None | Tag::Ellipsis | Tag::NotImplemented | Tag::Bytes
        ) || v.as_index().is_some()
    };
    let differ = |x: &Value, y: &Value| {
        let other = |y: &Value| {
            plain(y) || is_by_identity(y) || y.tag() == Tag::Float && x.as_index().is_none()
        };
        plain(x) && other(y) || is_by_identity(x) && is_by_identity(y)
    };
    if differ(a, b) || differ(b, a) {
        Some(false)
    } else {
        None
    }
}

/// Whether a value equals nothing of a built-in kind but itself.
fn is_by_identity(value: &Value) -> bool {
    match value.tag() {
        Tag::Func | Tag::Native | Tag::Module | Tag::Coroutine => true,
        Tag::Class => value
            .as_class()
            .is_some_and(|class| class.metaclass.is_none()),
        _ => false,
    }
}

/// A number small enough to compare without big arithmetic.
fn number(value: &Value) -> Option<f64> {
    const EXACT: i64 = 1 << 53;
    match value.as_index() {
        Some(int) if (-EXACT..=EXACT).contains(&int) => Some(int as f64),
        Some(_) => None,
        None => value.as_float(),
    }
}

/// `hash()` of what needs no code of the script for it and is plain enough: strings, numbers of one
/// word, and tuples of such, of `None`, and of tuples (not very deep ones).
#[inline(always)]
pub fn quick_hash(value: &Value) -> Option<i64> {
    match hash_single(value) {
        None => hash_tuple(value, 0),
        hash => hash,
    }
}

/// `hash()` of strings and of small ints (data model: equal numbers have equal hashes; an int
/// of less than 2^61 - 1 is its own, except that -1 is taken).
#[inline(always)]
pub fn hash_single(value: &Value) -> Option<i64> {
    const MODULUS: u64 = (1 << 61) - 1;
    if let Some(int) = value.as_int() {
        if (int as u64) < MODULUS {
            return Some(int);
        }
        let hash = if int == -1 { -2 } else { int };
        return (int.unsigned_abs() < MODULUS).then_some(hash);
    }
    value.as_str_obj().map(|string| string.hash())
}

#[inline(never)]
fn hash_tuple(value: &Value, depth: u32) -> Option<i64> {
    let mut state = TupleHasher::default();
    for item in &value.as_tuple()?.items {
        let hash = match hash_single(item) {
            None => hash_item(item).or_else(|| hash_inner(item, depth))?,
            Some(hash) => hash,
        };
        state.add(hash);
    }
    Some(state.finish())
}

/// A tuple in a tuple.
fn hash_inner(value: &Value, depth: u32) -> Option<i64> {
    /// What is deeper is left to those who look after the stack.
    const DEEPEST: u32 = 20;
    (depth < DEEPEST).then(|| hash_tuple(value, depth + 1))?
}

/// `hash()` of other items of a tuple that need no code of the script and contain nothing.
pub fn hash_item(item: &Value) -> Option<i64> {
    match item.tag() {
        Tag::Float => item.as_float().map(crate::num::hash::hash_f64),
        Tag::Bool => item.as_index(),
        Tag::None => Some(crate::num::hash::NONE),
        _ => None,
    }
}
