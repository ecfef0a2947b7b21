//! Lists, tuples, dicts, sets, ranges, slices, views and built-in iterators.

use crate::error::Raised;
use crate::heap::{GcCell, HeapType, Ref};
use crate::objects::CoroutineObj;
use crate::table::{DictTable, Entry, SetTable};
use crate::types::str_type::char_value;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use num_bigint::BigInt;
use std::cell::Cell;

/// A list.
#[derive(Default)]
pub struct ListObj {
    /// The items.
    pub items: GcCell<Vec<Value>>,
}

impl ListObj {
    /// Wraps items.
    #[inline]
    pub fn new(items: Vec<Value>) -> ListObj {
        ListObj {
            items: GcCell::new(items),
        }
    }

    /// Lets go of items that were in a list: of the last one first, as in CPython.
    #[inline]
    pub fn let_go(mut items: Vec<Value>) {
        ListObj::turn(&mut items);
    }

    /// Items that are about to go stand the other way round then, if anybody can hear of it.
    #[inline]
    fn turn(items: &mut [Value]) {
        let is_heard =
            |item: &Value| item.is_heap() && !matches!(item.tag(), Tag::Str | Tag::Bytes);
        if items.len() > 1 && items.last().is_some_and(is_heard) {
            items.reverse();
        }
    }

    /// How many items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.with(|items| items.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at an index, if there is one.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items.with(|items| items.get(index).cloned())
    }

    /// A copy of the items.
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.with(|items| items.clone())
    }
}

impl HeapType for ListObj {
    const TAG: Tag = Tag::List;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.items.with(|items| items.iter().for_each(visitor));
    }
    fn clear(&self) {
        ListObj::let_go(self.items.replace(Vec::new()));
    }
}

impl Drop for ListObj {
    #[inline]
    fn drop(&mut self) {
        self.items.with_mut(|items| ListObj::turn(items));
    }
}

/// A dict; the table and its rules are in `table`.
#[derive(Default)]
pub struct DictObj {
    /// The table.
    pub table: GcCell<DictTable>,
}

impl DictObj {
    /// A dict of entries whose keys differ.
    pub fn of_distinct(entries: Vec<Entry>) -> DictObj {
        DictObj {
            table: GcCell::new(DictTable::of_distinct(entries)),
        }
    }
}

impl HeapType for DictObj {
    const TAG: Tag = Tag::Dict;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.table.with(|table| table.visit(visitor));
    }
    fn clear(&self) {
        self.table.set(DictTable::default());
    }
}

/// A set or frozenset.
#[derive(Default)]
pub struct SetObj {
    /// The table.
    pub table: GcCell<SetTable>,
    /// Whether it is a frozenset.
    pub frozen: bool,
    /// `hash()` of a frozenset; 0 is "not computed".
    pub hash: Cell<i64>,
}

impl HeapType for SetObj {
    const TAG: Tag = Tag::Set;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.table.with(|table| table.visit(visitor));
    }
    fn clear(&self) {
        self.table.set(SetTable::default());
    }
}

/// A range whose bounds fit 64 bits, or the large one behind it.
pub struct RangeObj {
    /// First number.
    pub start: i64,
    /// Bound.
    pub stop: i64,
    /// Step, not 0.
    pub step: i64,
    /// Bounds beyond 64 bits (then the fields above are not used).
    pub big: Option<Box<(BigInt, BigInt, BigInt)>>,
}

impl RangeObj {
    /// How many numbers (of a range within 64 bits).
    #[inline]
    pub fn len(&self) -> u64 {
        if self.step > 0 {
            if self.start >= self.stop {
                return 0;
            }
            (self.stop.wrapping_sub(self.start) as u64 - 1) / self.step as u64 + 1
        } else {
            if self.start <= self.stop {
                return 0;
            }
            (self.start.wrapping_sub(self.stop) as u64 - 1) / self.step.unsigned_abs() + 1
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl HeapType for RangeObj {
    const TAG: Tag = Tag::Range;
}

/// A slice object.
pub struct SliceObj {
    /// `start` or `None`.
    pub start: Value,
    /// `stop` or `None`.
    pub stop: Value,
    /// `step` or `None`.
    pub step: Value,
}

impl HeapType for SliceObj {
    const TAG: Tag = Tag::Slice;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.start);
        visitor(&self.stop);
        visitor(&self.step);
    }
}

/// Which view of a dict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ViewKind {
    /// `d.keys()`
    Keys,
    /// `d.values()`
    Values,
    /// `d.items()`
    Items,
}

/// A view of a dict.
pub struct ViewObj {
    /// The dict.
    pub dict: Ref<DictObj>,
    /// Which view.
    pub kind: ViewKind,
}

impl HeapType for ViewObj {
    const TAG: Tag = Tag::View;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        super::callables::visit_ref(&self.dict, visitor);
    }
}

/// An iterator written in Rust.
pub trait NativeIter {
    /// The next item; `None` at the end (and for ever after).
    ///
    /// # Errors
    /// Whatever the underlying iteration raises.
    fn next(&mut self, vm: &mut Vm) -> Result<Option<Value>, Raised>;
    /// Adds items to others, as many as it likes.
    ///
    /// # Errors
    /// As for [`NativeIter::next`].
    fn give_many(&mut self, _vm: &mut Vm, _items: &mut Vec<Value>) -> Result<(), Raised> {
        Ok(())
    }
    /// The name of its type, e.g. `map`.
    fn type_name(&self) -> &'static str;
    /// The coroutine that it drives, if it is what `__await__()` of one gave.
    fn coroutine(&self) -> Option<&Ref<CoroutineObj>> {
        None
    }
    /// How many items are left, when that is known (`__length_hint__`).
    fn length_hint(&self) -> Option<usize> {
        None
    }
    /// Its `repr`, where that says more than its type.
    fn text(&self, _vm: &mut Vm) -> Option<Result<String, Raised>> {
        None
    }
    /// Reports every counted reference it holds.
    fn visit(&self, visitor: &mut dyn FnMut(&Value));
}

/// The state of a built-in iterator. The common ones are plain data, stepped without a call.
pub enum IterKind {
    /// Over a list: the list (unset at the end), next index.
    List(Value, usize),
    /// Over a tuple.
    Tuple(Value, usize),
    /// Over a range: next, step, how many left.
    Range(i64, i64, u64),
    /// Over a string: the string, byte offset.
    Str(Value, usize),
    /// Any other (`None` while it runs).
    Native(Option<Box<dyn NativeIter>>),
}

/// A built-in iterator.
pub struct IterObj {
    /// Its state.
    pub kind: GcCell<IterKind>,
}

impl IterObj {
    /// Wraps an iterator written in Rust.
    pub fn native(iter: impl NativeIter + 'static) -> Value {
        Value::new(IterObj {
            kind: GcCell::new(IterKind::Native(Some(Box::new(iter)))),
        })
    }

    /// The next item, if it is there for the taking: of a range, a list, a tuple or a string that
    /// has not ended.
    #[inline(always)]
    pub fn quick_next(&self) -> Option<Value> {
        let number = self.kind.with_mut(|kind| match kind {
            IterKind::Range(next, step, left) if *left > 0 => {
                let item = *next;
                *next = next.wrapping_add(*step);
                *left -= 1;
                Some(Value::int(item))
            }
            _ => None,
        });
        if number.is_some() {
            return number;
        }
        self.next_of_sequence()
    }

    /// The next item, if it is there for the taking: of a list or a tuple that has not ended.
    #[inline]
    fn next_of_sequence(&self) -> Option<Value> {
        self.kind.with_mut(|kind| match kind {
            IterKind::List(list, index) => {
                let item = list.as_list()?.get(*index)?;
                *index += 1;
                Some(item)
            }
            IterKind::Tuple(tuple, index) => {
                let item = tuple.as_tuple()?.items.get(*index)?.clone();
                *index += 1;
                Some(item)
            }
            IterKind::Str(text, offset) => {
                let ch = text.as_str()?.get(*offset..)?.chars().next()?;
                *offset += ch.len_utf8();
                Some(char_value(ch))
            }
            IterKind::Range(..) | IterKind::Native(_) => None,
        })
    }

    /// The coroutine that it drives, if it is what `__await__()` of one gave.
    pub fn coroutine(&self) -> Option<Ref<CoroutineObj>> {
        self.kind.with(|kind| match kind {
            IterKind::Native(Some(native)) => native.coroutine().cloned(),
            IterKind::Native(None)
            | IterKind::List(..)
            | IterKind::Tuple(..)
            | IterKind::Range(..)
            | IterKind::Str(..) => None,
        })
    }

    /// The iterator in Rust, if it is one that does not run: it is to be put back, or nobody else
    /// has the object.
    #[inline]
    pub fn take_native(&self) -> Option<Box<dyn NativeIter>> {
        self.kind.with_mut(|kind| match kind {
            IterKind::Native(iter) => iter.take(),
            IterKind::List(..) | IterKind::Tuple(..) | IterKind::Range(..) | IterKind::Str(..) => {
                None
            }
        })
    }

    /// Its `repr`, where that says more than its type.
    pub fn text(&self, vm: &mut Vm) -> Option<Result<String, Raised>> {
        let native = self.take_native()?;
        let text = native.text(vm);
        drop(self.kind.replace(IterKind::Native(Some(native))));
        text
    }

    /// Wraps a plain state.
    pub fn plain(kind: IterKind) -> Value {
        Value::new(IterObj {
            kind: GcCell::new(kind),
        })
    }
}

impl HeapType for IterObj {
    const TAG: Tag = Tag::Iter;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.kind.with(|kind| match kind {
            IterKind::List(value, _) | IterKind::Tuple(value, _) | IterKind::Str(value, _) => {
                visitor(value);
            }
            IterKind::Range(..) | IterKind::Native(None) => {}
            IterKind::Native(Some(iter)) => iter.visit(visitor),
        });
    }
}
