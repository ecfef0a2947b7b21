//! Iteration.

use crate::coroutine;
use crate::error::{R, Raised, exc_data};
use crate::modules::deque;
use crate::objects::{IterKind, IterObj, NativeIter};
use crate::types::limits;
use crate::types::walk::{Walk, plain_items};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// An iterator: what `iter()` gave.
pub type Iter = Value;

/// Iterates by `__getitem__` from 0 until `IndexError`.
struct SequenceIter {
    object: Value,
    index: i64,
}

impl NativeIter for SequenceIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.object.is_unset() {
            return Ok(None);
        }
        match vm.get_item(&self.object, &Value::int(self.index)) {
            Ok(item) => {
                self.index += 1;
                Ok(Some(item))
            }
            Err(raised) => {
                let (index_error, stop) = (
                    vm.types.index_error.clone(),
                    vm.types.stop_iteration.clone(),
                );
                if vm.pending_is(&index_error) || vm.pending_is(&stop) {
                    drop(vm.take_pending());
                    self.object = Value::UNSET;
                    return Ok(None);
                }
                Err(raised)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

impl Vm {
    /// `iter(value)`
    ///
    /// # Errors
    /// `TypeError` when it is not iterable; what `__iter__` raises.
    pub fn iter(&mut self, value: &Value) -> R<Iter> {
        match self.iter_opt(value)? {
            Some(iter) => Ok(iter),
            None => {
                let name = self.type_name(value);
                Err(self.type_error(format!("'{name}' object is not iterable")))
            }
        }
    }

    /// `iter(value)`, `None` when it is not iterable.
    ///
    /// # Errors
    /// What `__iter__` raises.
    pub fn iter_opt(&mut self, value: &Value) -> R<Option<Iter>> {
        Ok(Some(match value.tag() {
            Tag::List => IterObj::plain(IterKind::List(value.clone(), 0)),
            Tag::Tuple => IterObj::plain(IterKind::Tuple(value.clone(), 0)),
            Tag::Str => IterObj::plain(IterKind::Str(value.clone(), 0)),
            Tag::Iter => value.clone(),
            Tag::Coroutine if value.as_coroutine().is_some_and(coroutine::is_generator) => {
                value.clone()
            }
            Tag::Range if value.as_range().is_some_and(|range| range.big.is_none()) => {
                match value.as_range() {
                    Some(range) => {
                        IterObj::plain(IterKind::Range(range.start, range.step, range.len()))
                    }
                    None => return Ok(None),
                }
            }
            _ => return self.iter_object(value),
        }))
    }

    fn iter_object(&mut self, value: &Value) -> R<Option<Iter>> {
        if let Some(iter) = crate::types::iterators::builtin_iter(self, value)? {
            return Ok(Some(iter));
        }
        let hook = self.names.__iter__.clone();
        if let Some(found) = self.lookup_special(value, &hook) {
            if found.is_none() {
                return Ok(None);
            }
            let Some(iter) = self.call_special(value, &hook, &[])? else {
                return Ok(None);
            };
            let is_iterator = matches!(iter.tag(), Tag::Iter | Tag::Coroutine) || {
                let next = self.names.__next__.clone();
                self.lookup_special(&iter, &next).is_some()
            };
            if !is_iterator {
                let name = self.type_name(&iter);
                return Err(
                    self.type_error(format!("iter() returned non-iterator of type '{name}'"))
                );
            }
            return Ok(Some(iter));
        }
        let hook = self.names.__getitem__.clone();
        if value.tag() == Tag::Instance && self.lookup_special(value, &hook).is_some() {
            return Ok(Some(IterObj::native(SequenceIter {
                object: value.clone(),
                index: 0,
            })));
        }
        Ok(None)
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// What the iterator raises (`StopIteration` is the end, not an error).
    #[inline]
    pub fn next(&mut self, iter: &Iter) -> R<Option<Value>> {
        match iter.tag() {
            Tag::Iter => match iter.as_iter() {
                Some(object) => self.next_builtin(object),
                None => Ok(None),
            },
            Tag::Coroutine => {
                self.poll()?;
                coroutine::next_of_generator(self, iter)
            }
            _ => self.next_object(iter),
        }
    }

    #[inline(never)]
    fn next_builtin(&mut self, object: &IterObj) -> R<Option<Value>> {
        self.poll()?;
        let step = object.kind.with_mut(|kind| match kind {
            IterKind::List(list, index) => match list.as_list().and_then(|l| l.get(*index)) {
                Some(item) => {
                    *index += 1;
                    Some(item)
                }
                None => {
                    *list = Value::UNSET;
                    Some(Value::UNSET)
                }
            },
            IterKind::Tuple(tuple, index) => {
                match tuple.as_tuple().and_then(|t| t.items.get(*index)) {
                    Some(item) => {
                        *index += 1;
                        Some(item.clone())
                    }
                    None => Some(Value::UNSET),
                }
            }
            IterKind::Range(next, step, left) => {
                if *left == 0 {
                    return Some(Value::UNSET);
                }
                let item = *next;
                *next = next.wrapping_add(*step);
                *left -= 1;
                Some(Value::int(item))
            }
            IterKind::Str(string, offset) => {
                let next = string
                    .as_str()
                    .and_then(|text| text.get(*offset..)?.chars().next());
                match next {
                    Some(ch) => {
                        *offset += ch.len_utf8();
                        Some(crate::types::str_type::char_value(ch))
                    }
                    None => Some(Value::UNSET),
                }
            }
            IterKind::Native(_) => None,
        });
        match step {
            Some(item) => Ok(if item.is_unset() { None } else { Some(item) }),
            None => self.next_native(object),
        }
    }

    fn next_native(&mut self, object: &IterObj) -> R<Option<Value>> {
        // The iterator is taken out while it runs: its step may run code of the script, which
        // may come back here.
        let Some(mut iter) = object.take_native() else {
            return Err(self.value_error("iterator already executing"));
        };
        let result = self.step_native(&mut *iter);
        object
            .kind
            .with_mut(|kind| *kind = IterKind::Native(Some(iter)));
        result
    }

    /// The next item of an iterator in Rust.
    ///
    /// # Errors
    /// As for [`Vm::next`].
    #[inline(always)]
    pub fn step_native(&mut self, iter: &mut dyn NativeIter) -> R<Option<Value>> {
        match iter.next(self) {
            Ok(item) => Ok(item),
            Err(raised) => self.end_of_stop(raised),
        }
    }

    /// As [`Vm::next`], for an iterator in Rust that takes its items from another one.
    ///
    /// # Errors
    /// As for [`Vm::next`].
    #[inline(always)]
    pub fn next_of_source(&mut self, iter: &Iter) -> R<Option<Value>> {
        match iter.as_iter().and_then(IterObj::quick_next) {
            Some(item) => Ok(Some(item)),
            None => self.next(iter),
        }
    }

    /// Turns a pending `StopIteration` into the end; its value stays in `stop_value`.
    #[cold]
    fn end_of_stop(&mut self, raised: Raised) -> R<Option<Value>> {
        let stop = self.types.stop_iteration.clone();
        if !self.pending_is(&stop) {
            return Err(raised);
        }
        let exception = self.take_pending();
        let value = exc_data(&exception, |data| {
            let args = data.args.as_tuple()?;
            args.items.first().cloned()
        });
        self.stop_value = value.flatten().unwrap_or(Value::UNSET);
        Ok(None)
    }

    fn next_object(&mut self, iter: &Iter) -> R<Option<Value>> {
        let hook = self.names.__next__.clone();
        match self.call_special(iter, &hook, &[]) {
            Ok(Some(item)) => Ok(Some(item)),
            Ok(None) => {
                let name = self.type_name(iter);
                Err(self.type_error(format!("'{name}' object is not an iterator")))
            }
            Err(raised) => self.end_of_stop(raised),
        }
    }

    /// All items, as `list(value)` collects them.
    ///
    /// # Errors
    /// What iterating raises.
    pub fn collect(&mut self, value: &Value) -> R<Vec<Value>> {
        if let Some(items) = plain_items(value) {
            return Ok(items);
        }
        if value.tag() == Tag::Instance {
            if let Some(sequence) = self.sequence_in(value) {
                return self.collect(&sequence);
            }
            if let Some(items) = deque::plain_items(value) {
                return Ok(items);
            }
        }
        if value.as_range().is_some_and(|range| range.big.is_some()) {
            // More items than a length can say.
            self.len(value)?;
        }
        let mut walk = Walk::over(self, value)?;
        let mut items = match &walk {
            Walk::Range(_, _, left) => {
                let left = usize::try_from(*left).unwrap_or(usize::MAX);
                limits::reserve(self, left, size_of::<Value>())?;
                Vec::with_capacity(left)
            }
            Walk::Bytes(bytes, _) => Vec::with_capacity(bytes.data().len()),
            _ => Vec::new(),
        };
        if let Walk::Native(taken) = &mut walk {
            taken.give_many(self, &mut items)?;
        }
        while let Some(item) = walk.next(self)? {
            items.push(item);
        }
        Ok(items)
    }

    /// Adds all items of a value to others; false if it is not iterable.
    ///
    /// # Errors
    /// What iterating raises.
    pub fn collect_into(&mut self, value: &Value, items: &mut Vec<Value>) -> R<bool> {
        match value.tag() {
            Tag::Tuple => items.extend_from_slice(value.as_tuple().map_or(&[], |t| &t.items)),
            Tag::List => {
                if let Some(list) = value.as_list() {
                    list.items.with(|more| items.extend_from_slice(more));
                }
            }
            _ => {
                let Some(iter) = self.iter_opt(value)? else {
                    return Ok(false);
                };
                while let Some(item) = self.next(&iter)? {
                    items.push(item);
                }
            }
        }
        Ok(true)
    }
}
