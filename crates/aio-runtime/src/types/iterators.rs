//! Iterators over the built-in containers, and what all built-in iterators have in common.
//!
//! Lists, tuples, small ranges and strings have plain states of their own (`IterKind`); here are
//! those over dicts, sets, bytes, large ranges and reversed lists. The lazy ones (`map`, `zip`,
//! ...) are in `lazy_iterators`.

pub use super::lazy_iterators::{
    ENUMERATE_METHODS, FILTER_METHODS, MAP_METHODS, REVERSED_METHODS, ZIP_METHODS,
};

use super::range::{int_value, large_iter};
use super::receiver::receiver;
use super::tuple::LastPair;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Method, NativeFn};
use crate::objects::{BytesObj, DictObj, IterKind, IterObj, ListObj, NativeIter, SetObj, ViewKind};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

/// The methods of an iterator that knows how many items are left.
pub const METHODS: &[Method] = &[
    ITER_SELF,
    NEXT,
    Method::new(
        "__length_hint__",
        NativeFn::F1(length_hint),
        "Private method returning an estimate of len(list(it)).",
    ),
];

/// `__iter__` of every iterator.
pub const ITER_SELF: Method =
    Method::new("__iter__", NativeFn::F1(iter_self), "Implement iter(self).");
/// `__next__` of every iterator.
pub const NEXT: Method = Method::new("__next__", NativeFn::F1(next), "Implement next(self).");

fn iter_self(_vm: &mut Vm, iter: &Value) -> R {
    Ok(iter.clone())
}

fn next(vm: &mut Vm, iter: &Value) -> R {
    let iter = receiver::<IterObj>(vm, iter, "iterator", "__next__")?.to_value();
    next_or_stop(vm, &iter)
}

/// `next(iter)` of a built-in iterator: `StopIteration` at the end. If that was an exception
/// inside (`map` over a function that raises it), it comes out with its value.
///
/// # Errors
/// `StopIteration`; what the iterator raises.
pub fn next_or_stop(vm: &mut Vm, iter: &Value) -> R {
    vm.stop_value = Value::UNSET;
    match vm.next(iter)? {
        Some(item) => Ok(item),
        None => {
            let value = vm.stop_value.take();
            Err(vm.stop_iteration(if value.is_unset() { Value::NONE } else { value }))
        }
    }
}

/// `__length_hint__` of an iterator.
///
/// # Errors
/// `TypeError` when it is none.
pub fn length_hint(vm: &mut Vm, iter: &Value) -> R {
    let iter = receiver::<IterObj>(vm, iter, "iterator", "__length_hint__")?;
    Ok(Value::int(items_left(&iter).unwrap_or(0) as i64))
}

/// How many items an iterator still has, if it can tell.
pub fn items_left(iter: &IterObj) -> Option<usize> {
    iter.kind.with(|kind| match kind {
        IterKind::List(list, at) => {
            let len = list.as_list().map_or(0, |list| list.len());
            Some(len.saturating_sub(*at))
        }
        IterKind::Tuple(tuple, at) => {
            let len = tuple.as_tuple().map_or(0, |tuple| tuple.items.len());
            Some(len.saturating_sub(*at))
        }
        IterKind::Range(_, _, left) => usize::try_from(*left).ok(),
        IterKind::Str(text, at) => text
            .as_str()
            .and_then(|text| text.get(*at..))
            .map(|rest| rest.chars().count()),
        IterKind::Native(iter) => iter.as_ref().and_then(|iter| iter.length_hint()),
    })
}

/// `iter(value)` for dicts, sets, bytes, views and large ranges; `None` for other kinds.
///
/// # Errors
/// None.
pub fn builtin_iter(_vm: &mut Vm, value: &Value) -> R<Option<Value>> {
    Ok(match value.tag() {
        Tag::Dict | Tag::View => DictIter::over(value).map(IterObj::native),
        Tag::Set => value.to_set().map(set_iter),
        Tag::Bytes => value
            .to_bytes_obj()
            .map(|bytes| IterObj::native(BytesIter { bytes, at: 0 })),
        Tag::Range => value.as_range().map(large_iter),
        _ => None,
    })
}

/// Over a dict or a view of one, in either direction.
pub struct DictIter {
    /// None once it ended.
    dict: Option<Ref<DictObj>>,
    kind: ViewKind,
    reverse: bool,
    /// Where to go on (reversed: the position after the next one).
    position: usize,
    /// How many entries the dict had; another number ends the iteration with an error.
    size: usize,
    left: usize,
    last: LastPair,
}

/// An iterator over a dict, from either end.
pub fn dict_iter(dict: Ref<DictObj>, kind: ViewKind, reverse: bool) -> Value {
    IterObj::native(DictIter::new(dict, kind, reverse))
}

impl DictIter {
    fn new(dict: Ref<DictObj>, kind: ViewKind, reverse: bool) -> DictIter {
        let (size, positions) = dict.table.with(|table| (table.len(), table.positions()));
        DictIter {
            dict: Some(dict),
            kind,
            reverse,
            position: if reverse { positions } else { 0 },
            size,
            left: size,
            last: LastPair::default(),
        }
    }

    /// Over a dict or a view; `None` for anything else.
    pub fn over(value: &Value) -> Option<DictIter> {
        let (dict, kind) = match value.as_view() {
            Some(view) => (view.dict.clone(), view.kind),
            None => (value.to_dict()?, ViewKind::Keys),
        };
        Some(DictIter::new(dict, kind, false))
    }

    /// The next key or value, if it stands right at the next position.
    #[inline(always)]
    pub fn quick_next(&mut self) -> Option<Value> {
        if self.reverse || self.left == 0 || self.kind == ViewKind::Items {
            return None;
        }
        let (position, size) = (self.position, self.size);
        let item = self.dict.as_ref()?.table.with(|table| {
            let entry = table.entry(position).filter(|_| table.len() == size)?;
            Some(match self.kind {
                ViewKind::Values => entry.value.clone(),
                ViewKind::Keys | ViewKind::Items => entry.key.clone(),
            })
        })?;
        self.position += 1;
        self.left -= 1;
        Some(item)
    }

    /// There is no next item, or there should be none.
    #[cold]
    #[inline(never)]
    fn end(&mut self, vm: &mut Vm, another: bool) -> R<Option<Value>> {
        let size = |dict: &Ref<DictObj>| dict.table.with(|table| table.len());
        if self.dict.as_ref().map(size) != Some(self.size) {
            // The error stays: every further step raises it again.
            self.size = usize::MAX;
            return Err(vm.runtime_error("dictionary changed size during iteration"));
        }
        self.dict = None;
        if another {
            return Err(vm.runtime_error("dictionary keys changed during iteration"));
        }
        Ok(None)
    }
}

impl NativeIter for DictIter {
    #[inline]
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let Some(dict) = &self.dict else {
            return Ok(None);
        };
        let position = &mut self.position;
        let found = dict.table.with(|table| {
            if table.len() != self.size {
                return None;
            }
            let entry = if self.reverse {
                let (at, entry) = table.previous_entry(*position)?;
                *position = at;
                entry
            } else {
                let (at, entry) = table.next_entry(*position)?;
                *position = at + 1;
                entry
            };
            Some(match self.kind {
                ViewKind::Keys => (entry.key.clone(), Value::UNSET),
                ViewKind::Values => (entry.value.clone(), Value::UNSET),
                ViewKind::Items => (entry.key.clone(), entry.value.clone()),
            })
        });
        match found {
            Some((key, value)) if self.left > 0 => {
                self.left -= 1;
                Ok(Some(match self.kind {
                    ViewKind::Keys | ViewKind::Values => key,
                    ViewKind::Items => self.last.give([key, value]),
                }))
            }
            found => self.end(vm, found.is_some()),
        }
    }

    fn type_name(&self) -> &'static str {
        match (self.kind, self.reverse) {
            (ViewKind::Keys, false) => "dict_keyiterator",
            (ViewKind::Values, false) => "dict_valueiterator",
            (ViewKind::Items, false) => "dict_itemiterator",
            (ViewKind::Keys, true) => "dict_reversekeyiterator",
            (ViewKind::Values, true) => "dict_reversevalueiterator",
            (ViewKind::Items, true) => "dict_reverseitemiterator",
        }
    }

    fn length_hint(&self) -> Option<usize> {
        let dict = self.dict.as_ref()?;
        let size = dict.table.with(|table| table.len());
        Some(if size == self.size { self.left } else { 0 })
    }

    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(dict) = &self.dict {
            visitor(&dict.to_value());
        }
        self.last.visit(visitor);
    }
}

struct SetIter {
    set: Option<Ref<SetObj>>,
    position: usize,
    size: usize,
    left: usize,
}

fn set_iter(set: Ref<SetObj>) -> Value {
    let size = super::set_ops::size(&set);
    IterObj::native(SetIter {
        set: Some(set),
        position: 0,
        size,
        left: size,
    })
}

impl NativeIter for SetIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let Some(set) = &self.set else {
            return Ok(None);
        };
        if super::set_ops::size(set) != self.size {
            self.size = usize::MAX;
            return Err(vm.runtime_error("Set changed size during iteration"));
        }
        let position = &mut self.position;
        let key = set.table.with(|table| {
            let (at, _, key) = table.next_key(*position)?;
            *position = at + 1;
            Some(key.clone())
        });
        match &key {
            Some(_) => self.left = self.left.saturating_sub(1),
            None => self.set = None,
        }
        Ok(key)
    }
    fn type_name(&self) -> &'static str {
        "set_iterator"
    }
    fn length_hint(&self) -> Option<usize> {
        let size = super::set_ops::size(self.set.as_ref()?);
        Some(if size == self.size { self.left } else { 0 })
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(set) = &self.set {
            visitor(&set.to_value());
        }
    }
}

struct BytesIter {
    bytes: Ref<BytesObj>,
    at: usize,
}

impl NativeIter for BytesIter {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        let byte = self.bytes.data().get(self.at).copied();
        self.at += usize::from(byte.is_some());
        Ok(byte.map(|byte| Value::int(i64::from(byte))))
    }
    fn type_name(&self) -> &'static str {
        "bytes_iterator"
    }
    fn length_hint(&self) -> Option<usize> {
        Some(self.bytes.data().len() - self.at)
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.bytes.to_value());
    }
}

struct LargeRangeIter {
    next: BigInt,
    step: BigInt,
    left: BigInt,
}

/// An iterator over `left` numbers from `next` on, beyond 64 bits.
pub fn large_range(next: BigInt, step: BigInt, left: BigInt) -> Value {
    IterObj::native(LargeRangeIter { next, step, left })
}

impl NativeIter for LargeRangeIter {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        if self.left.is_zero() {
            return Ok(None);
        }
        self.left -= 1;
        let following = &self.next + &self.step;
        Ok(Some(int_value(std::mem::replace(
            &mut self.next,
            following,
        ))))
    }
    fn type_name(&self) -> &'static str {
        "longrange_iterator"
    }
    fn length_hint(&self) -> Option<usize> {
        self.left.to_usize()
    }
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

struct ReversedListIter {
    list: Option<Ref<ListObj>>,
    /// The index after the next item.
    at: usize,
}

/// An iterator over a list from its end.
pub fn reversed_list(list: Ref<ListObj>) -> Value {
    let at = list.len();
    IterObj::native(ReversedListIter {
        list: Some(list),
        at,
    })
}

impl NativeIter for ReversedListIter {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        let item = match (&self.list, self.at.checked_sub(1)) {
            (Some(list), Some(at)) => list.get(at),
            _ => None,
        };
        match &item {
            Some(_) => self.at -= 1,
            None => self.list = None,
        }
        Ok(item)
    }
    fn give_many(&mut self, _vm: &mut Vm, items: &mut Vec<Value>) -> R<()> {
        if let Some(list) = &self.list {
            list.items.with(|own| {
                if let Some(left) = own.get(..self.at) {
                    items.extend(left.iter().rev().cloned());
                    self.at = 0;
                }
            });
        }
        Ok(())
    }
    fn type_name(&self) -> &'static str {
        "list_reverseiterator"
    }
    fn length_hint(&self) -> Option<usize> {
        let len = self.list.as_ref()?.len();
        Some(if self.at <= len { self.at } else { 0 })
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(list) = &self.list {
            visitor(&list.to_value());
        }
    }
}
