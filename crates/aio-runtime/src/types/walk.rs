//! Walking over an iterable from Rust without making an iterator object where none is visible.
//!
//! Lists, tuples, bytes and ranges are read in place (a list by index, looked at again at every step:
//! it may change meanwhile); everything else goes through its iterator.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{BytesObj, ListObj, TupleObj};
use crate::types::str_type::char_value;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// How far a walk is.
pub enum Walk {
    /// Over a list: the next index.
    List(Ref<ListObj>, usize),
    /// Over a tuple: the next index.
    Tuple(Ref<TupleObj>, usize),
    /// Over bytes: the next index.
    Bytes(Ref<BytesObj>, usize),
    /// Over a range: next number, step, how many left.
    Range(i64, i64, u64),
    /// By an iterator.
    Iter(Value),
}

impl Walk {
    /// Begins.
    ///
    /// # Errors
    /// `TypeError` when the value is not iterable; what `__iter__` raises.
    pub fn over(vm: &mut Vm, value: &Value) -> R<Walk> {
        match value.tag() {
            Tag::List => {
                if let Some(list) = value.to_list() {
                    return Ok(Walk::List(list, 0));
                }
            }
            Tag::Tuple => {
                if let Some(tuple) = value.to_tuple() {
                    return Ok(Walk::Tuple(tuple, 0));
                }
            }
            Tag::Bytes => {
                if let Some(bytes) = value.to_bytes_obj() {
                    return Ok(Walk::Bytes(bytes, 0));
                }
            }
            Tag::Range => {
                if let Some(range) = value.as_range().filter(|range| range.big.is_none()) {
                    return Ok(Walk::Range(range.start, range.step, range.len()));
                }
            }
            _ => {}
        }
        vm.iter(value).map(Walk::Iter)
    }

    /// The next item.
    ///
    /// # Errors
    /// What the iterator raises.
    #[inline(always)]
    pub fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        match self {
            Walk::List(list, at) => {
                let item = list.get(*at);
                *at += 1;
                Ok(item)
            }
            Walk::Tuple(tuple, at) => {
                let item = tuple.items.get(*at).cloned();
                *at += 1;
                Ok(item)
            }
            Walk::Bytes(bytes, at) => {
                let byte = bytes.data().get(*at);
                *at += 1;
                Ok(byte.map(|byte| Value::int(i64::from(*byte))))
            }
            Walk::Range(next, step, left) => {
                if *left == 0 {
                    return Ok(None);
                }
                vm.poll()?;
                let item = *next;
                *next = next.wrapping_add(*step);
                *left -= 1;
                Ok(Some(Value::int(item)))
            }
            Walk::Iter(iter) => vm.next(iter),
        }
    }
}

/// The items of a built-in container, if reading them needs no code of the script.
pub fn plain_items(value: &Value) -> Option<Vec<Value>> {
    match value.tag() {
        Tag::List => value.as_list().map(|list| list.to_vec()),
        Tag::Tuple => value.as_tuple().map(|tuple| tuple.items.to_vec()),
        Tag::Str => value
            .as_str()
            .map(|text| text.chars().map(char_value).collect()),
        Tag::Set => value.as_set().map(|set| {
            set.table.with(|table| {
                let mut items = Vec::with_capacity(table.len());
                items.extend(table.iter().map(|(_, key)| key.clone()));
                items
            })
        }),
        Tag::Dict => value.as_dict().map(|dict| {
            dict.table.with(|table| {
                let mut items = Vec::with_capacity(table.len());
                items.extend(table.iter().map(|entry| entry.key.clone()));
                items
            })
        }),
        Tag::View => value.as_view().map(super::views::items),
        _ => None,
    }
}
