//! Walking over an iterable from Rust without making an iterator object where none is visible.
//!
//! Lists, tuples, bytes, ranges, dicts and their views are read in place (a list by index, looked at
//! again at every step: it may change meanwhile); everything else goes through its iterator. One in Rust
//! that nobody else can step meanwhile is taken out of its object for the whole walk.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{BytesObj, IterKind, ListObj, NativeIter, TupleObj};
use crate::types::iterators::DictIter;
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
    /// Over a dict or a view of one.
    Dict(DictIter),
    /// By an iterator in Rust.
    Native(Taken),
    /// By any other iterator.
    Iter(Value),
}

/// An iterator in Rust that is out of its object, to which it goes back in the end.
pub struct Taken {
    /// Always there, but in `drop`.
    native: Option<Box<dyn NativeIter>>,
    object: Value,
}

impl Taken {
    /// Takes it out, or gives the object back: it is no iterator in Rust, it runs, or somebody else
    /// than its caller has it, who could ask it for items meanwhile.
    fn out_of(object: Value) -> Result<Taken, Value> {
        const WALK_AND_CALLER: u32 = 2;
        let known = object.ref_count() <= WALK_AND_CALLER;
        let iter = object.as_iter().filter(|_| known);
        match iter.and_then(|iter| iter.take_native()) {
            Some(native) => Ok(Taken {
                native: Some(native),
                object,
            }),
            None => Err(object),
        }
    }
}

impl Taken {
    /// See [`NativeIter::give_many`].
    ///
    /// # Errors
    /// What the iterator raises.
    pub fn give_many(&mut self, vm: &mut Vm, items: &mut Vec<Value>) -> R<()> {
        /// Room is made at once for no more than so many.
        const MANY: usize = 1 << 16;
        match &mut self.native {
            Some(native) => {
                let count = native.length_hint().unwrap_or(0);
                items.reserve(count.min(MANY));
                native.give_many(vm, items)
            }
            None => Ok(()),
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(iter) = self.object.as_iter()
            && self.object.ref_count() > 1
        {
            let native = IterKind::Native(self.native.take());
            drop(iter.kind.replace(native));
        }
    }
}

impl Walk {
    /// Begins.
    ///
    /// # Errors
    /// `TypeError` when the value is not iterable; what `__iter__` raises.
    pub fn over(vm: &mut Vm, value: &Value) -> R<Walk> {
        Ok(match Walk::lasting(vm, value)? {
            Walk::Iter(iter) => match Taken::out_of(iter) {
                Ok(taken) => Walk::Native(taken),
                Err(iter) => Walk::Iter(iter),
            },
            walk => walk,
        })
    }

    /// Begins a walk during which anything may run, as an iterator's over another one.
    ///
    /// # Errors
    /// As for [`Walk::over`].
    pub fn lasting(vm: &mut Vm, value: &Value) -> R<Walk> {
        let in_place = match value.tag() {
            Tag::List => value.to_list().map(|list| Walk::List(list, 0)),
            Tag::Tuple => value.to_tuple().map(|tuple| Walk::Tuple(tuple, 0)),
            Tag::Bytes => value.to_bytes_obj().map(|bytes| Walk::Bytes(bytes, 0)),
            Tag::Range => value
                .as_range()
                .filter(|range| range.big.is_none())
                .map(|range| Walk::Range(range.start, range.step, range.len())),
            Tag::Dict | Tag::View => DictIter::over(value).map(Walk::Dict),
            _ => None,
        };
        match in_place {
            Some(walk) => Ok(walk),
            None => vm.iter(value).map(Walk::Iter),
        }
    }

    /// Reports every counted reference it holds.
    pub fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        match self {
            Walk::List(list, _) => visitor(&list.to_value()),
            Walk::Tuple(tuple, _) => visitor(&tuple.to_value()),
            Walk::Bytes(bytes, _) => visitor(&bytes.to_value()),
            Walk::Range(..) => {}
            Walk::Dict(entries) => entries.visit(visitor),
            Walk::Native(taken) => {
                visitor(&taken.object);
                if let Some(native) = &taken.native {
                    native.visit(visitor);
                }
            }
            Walk::Iter(iter) => visitor(iter),
        }
    }

    /// How many items are to come of a list or tuple.
    pub fn items_left(&self) -> Option<usize> {
        match self {
            Walk::List(list, at) => Some(list.len().saturating_sub(*at)),
            Walk::Tuple(tuple, at) => Some(tuple.items.len().saturating_sub(*at)),
            _ => None,
        }
    }

    /// The next item of a list or tuple; unset if there is none.
    #[inline]
    pub fn take_item(&mut self) -> Value {
        let item = match self {
            Walk::List(list, at) => {
                *at += 1;
                list.get(*at - 1)
            }
            Walk::Tuple(tuple, at) => {
                *at += 1;
                tuple.items.get(*at - 1).cloned()
            }
            _ => None,
        };
        item.unwrap_or_default()
    }

    /// Looks at the items to come of a list or tuple, and passes as many as `look` says.
    pub fn pass(&mut self, look: impl FnOnce(&[Value]) -> usize) -> usize {
        match self {
            Walk::List(list, at) => {
                let passed = list
                    .items
                    .with(|items| look(items.get(*at..).unwrap_or(&[])));
                *at += passed;
                passed
            }
            Walk::Tuple(tuple, at) => {
                let passed = look(tuple.items.get(*at..).unwrap_or(&[]));
                *at += passed;
                passed
            }
            _ => 0,
        }
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
                // The end stays the end, whatever is appended later.
                *at = if item.is_some() { *at + 1 } else { usize::MAX };
                Ok(item)
            }
            Walk::Tuple(tuple, at) => {
                let item = tuple.items.get(*at).cloned();
                *at += usize::from(item.is_some());
                Ok(item)
            }
            Walk::Bytes(bytes, at) => {
                let byte = bytes.data().get(*at);
                *at += usize::from(byte.is_some());
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
            Walk::Dict(entries) => match entries.quick_next() {
                Some(item) => Ok(Some(item)),
                None => entries.next(vm),
            },
            Walk::Native(taken) => {
                vm.poll()?;
                match &mut taken.native {
                    Some(native) => vm.step_native(&mut **native),
                    None => Ok(None),
                }
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
