//! Nodes: attributes and subscripts, read.
//!
//! An attribute of an instance is found through an inline cache: shape (which implies the class)
//! and class epoch together name the slot. A list or tuple is indexed in place.

use super::cache::{SlotCache, cache_key};
use super::operand::{Form, Local, LocalSum, by_operands};
use super::{Frame, Node, NodeBox, Operand};
use crate::error::{R, Raised};
use crate::objects::{DescrObj, ListObj, ModuleObj, Name, SliceObj, StrObj, TupleObj};
use crate::table::{Lookup, quick_hash};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::Span;
use std::cell::Cell;

/// `object.name`
pub struct Attr<A> {
    object: A,
    name: Name,
    cache: SlotCache,
    /// For a module: where its dict had the name.
    position: Cell<u32>,
    span: Span,
}

/// A name of a module, looked for first where its dict had it the last time.
#[inline(always)]
pub fn module_item(module: &ModuleObj, name: &Name, position: &Cell<u32>) -> Option<Value> {
    let here = module.dict.table.with(|table| {
        let entry = table.entry(position.get() as usize)?;
        (entry.key.address() == name.address()).then(|| entry.value.clone())
    });
    if here.is_some() {
        here
    } else {
        find_module_item(module, name, position)
    }
}

#[cold]
#[inline(never)]
fn find_module_item(module: &ModuleObj, name: &Name, position: &Cell<u32>) -> Option<Value> {
    let key = name.to_value();
    module
        .dict
        .table
        .with(|table| match table.lookup(name.hash(), &key) {
            Lookup::Found(at) => {
                position.set(at as u32);
                table.entry(at).map(|entry| entry.value.clone())
            }
            Lookup::Missing | Lookup::Ask(_) => None,
        })
}

impl<A: Operand> Attr<A> {
    #[cold]
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, object: &Value) -> R {
        if let Some((key, slot)) = attribute_slot(vm, object, &self.name) {
            self.cache.set(key, slot);
        }
        match vm.get_attr(object, &self.name) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Where an instance keeps an attribute, if reading it is no more than reading that slot.
pub fn attribute_slot(vm: &mut Vm, object: &Value, name: &Name) -> Option<(u64, u32)> {
    let instance = object.as_instance()?;
    let shape = instance.shape.get();
    let slot = shape.slot_of(name)?;
    let class = instance.class.get();
    let getattribute = vm.names.__getattribute__.clone();
    let hooked = vm
        .lookup(&class, &getattribute)
        .is_some_and(|f| f.tag() != Tag::Native);
    let found = vm.lookup(&class, name);
    let overridden = found.is_some_and(|found| {
        matches!(found.tag(), Tag::Instance)
            || matches!(
                found.as_descr(),
                Some(DescrObj::Property { .. } | DescrObj::GetSet { .. })
            )
    });
    if hooked || overridden {
        return None;
    }
    Some((cache_key(shape.id, vm.epoch), slot as u32))
}

impl<A: Operand> Node for Attr<A> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = self.object.prepare(vm, frame)?;
        let object = self.object.value(&held, frame);
        if let Some(instance) = object.as_instance() {
            let key = cache_key(instance.shape.get().id, vm.epoch);
            if let Some(slot) = self.cache.get(key) {
                let value = instance
                    .slots
                    .with(|slots| slots.get(slot as usize).cloned());
                if let Some(value) = value {
                    return Ok(value);
                }
            }
        }
        if let Some(module) = object.as_module()
            && let Some(value) = module_item(module, &self.name, &self.position)
        {
            return Ok(value);
        }
        self.slow(vm, object)
    }
}

/// Makes the node for `object.name`.
pub fn attr(object: Form, name: Name, span: Span) -> NodeBox {
    let cache = SlotCache::default();
    let position = Cell::new(0);
    by_operands!(object, |object| Attr {
        object,
        name,
        cache,
        position,
        span
    })
}

/// `object[index]`
pub struct Index<A, B> {
    object: A,
    index: B,
    span: Span,
}

/// An item of a list or tuple by a small int; `None` when it needs more care.
#[inline(always)]
fn quick_item(object: &Value, index: &Value) -> Option<Value> {
    let at = index.as_int()?;
    if let Some(list) = object.as_list() {
        return list.items.with(|items| {
            let at = if at < 0 { at + items.len() as i64 } else { at };
            items.get(at as usize).cloned()
        });
    }
    let tuple = object.as_tuple()?;
    let at = if at < 0 {
        at + tuple.items.len() as i64
    } else {
        at
    };
    tuple.items.get(at as usize).cloned()
}

impl<A: Operand, B: Operand> Node for Index<A, B> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let a = self.object.prepare(vm, frame)?;
        let b = self.index.prepare(vm, frame)?;
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        if let Some(item) = quick_item(object, index) {
            return Ok(item);
        }
        if let Some(dict) = object.as_dict()
            && let Some(hash) = quick_hash(index)
            && let Some(item) = dict.table.with(|table| table.quick_get(hash, index))
        {
            return Ok(item);
        }
        match vm.get_item(object, index) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Makes the node for `local[i + 1]`.
pub fn index_sum(object: Local, index: LocalSum, span: Span) -> NodeBox {
    Box::new(Index {
        object,
        index,
        span,
    })
}

/// Makes the node for `object[index]`.
pub fn index(object: Form, index: Form, span: Span) -> NodeBox {
    by_operands!(object, index, |object, index| Index {
        object,
        index,
        span
    })
}

/// `object[start:stop]` where both bounds are ints or absent: no slice object for lists, tuples
/// and ASCII strings.
pub struct IndexSlice {
    /// The object.
    pub object: NodeBox,
    /// `start`
    pub start: Option<NodeBox>,
    /// `stop`
    pub stop: Option<NodeBox>,
    /// Where it stands.
    pub span: Span,
}

/// The bounds of a slice of step 1 in a sequence; `None` when a bound is no small int.
fn bounds(start: &Value, stop: &Value, len: usize) -> Option<std::ops::Range<usize>> {
    let len = len as i64;
    let clamp = |bound: i64| {
        if bound < 0 {
            (bound + len).max(0)
        } else {
            bound.min(len)
        }
    };
    let start = if start.is_none() {
        0
    } else {
        clamp(start.as_int()?)
    };
    let stop = if stop.is_none() {
        len
    } else {
        clamp(stop.as_int()?)
    };
    Some(start as usize..stop.max(start) as usize)
}

fn quick_slice(object: &Value, start: &Value, stop: &Value) -> Option<Value> {
    if let Some(list) = object.as_list() {
        return list.items.with(|items| {
            let part = items.get(bounds(start, stop, items.len())?)?;
            Some(Value::new(ListObj::new(part.to_vec())))
        });
    }
    if let Some(string) = object.as_str_obj() {
        if !string.is_ascii() {
            return None;
        }
        let part = string
            .text()
            .get(bounds(start, stop, string.text().len())?)?;
        return Some(Value::new(StrObj::with_chars(part.to_owned(), part.len())));
    }
    let tuple = object.as_tuple()?;
    let part = tuple.items.get(bounds(start, stop, tuple.items.len())?)?;
    Some(Value::new(TupleObj::new(part.to_vec())))
}

impl Node for IndexSlice {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let object = self.object.eval(vm, frame)?;
        let start = match &self.start {
            Some(node) => node.eval(vm, frame)?,
            None => Value::NONE,
        };
        let stop = match &self.stop {
            Some(node) => node.eval(vm, frame)?,
            None => Value::NONE,
        };
        if let Some(part) = quick_slice(&object, &start, &stop) {
            return Ok(part);
        }
        let slice = Value::new(SliceObj {
            start,
            stop,
            step: Value::NONE,
        });
        match vm.get_item(&object, &slice) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// `a:b:c` inside a subscript.
pub struct Slice {
    /// The three parts.
    pub parts: [Option<NodeBox>; 3],
}

impl Node for Slice {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut part = |node: &Option<NodeBox>, vm: &mut Vm| match node {
            Some(node) => node.eval(vm, frame),
            None => Ok(Value::NONE),
        };
        let start = part(&self.parts[0], vm)?;
        let stop = part(&self.parts[1], vm)?;
        let step = part(&self.parts[2], vm)?;
        Ok(Value::new(SliceObj { start, stop, step }))
    }
}
