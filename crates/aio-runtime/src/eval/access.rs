//! Nodes: attributes and subscripts, read.
//!
//! An attribute of an instance is found through an inline cache: shape (which implies the class)
//! and class epoch together name the slot. A list or tuple is indexed in place.

use super::cache::{SlotCache, cache_key};
use super::class_attrs::{ClassAttrs, Known};
use super::names::Global;
use super::operand::{Form, by_operands, peek_pair, start_pair};
use super::rich::Rich;
use super::{Frame, Local, Node, NodeBox, Operand};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{DescrObj, ListObj, ModuleObj, Name, SliceObj};
use crate::table::{DictTable, Find, quick_hash};
use crate::types::list_slices;
use crate::types::slice::{plain_parts, steps};
use crate::types::text_ops::subscripts;
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
    /// What classes have under the name.
    in_class: ClassAttrs,
    span: Span,
}

/// A name of a module, looked for first where its dict had it the last time.
#[inline(always)]
pub fn module_item(module: &ModuleObj, name: &Name, position: &Cell<u32>) -> Option<Value> {
    let here = look_in_module(module, name, position, Value::clone);
    if here.is_some() {
        here
    } else {
        find_module_item(module, name, position)
    }
}

/// What `look` says of a name of a module, if its dict has it where it had it the last time.
#[inline(always)]
fn look_in_module<T>(
    module: &ModuleObj,
    name: &Name,
    position: &Cell<u32>,
    look: impl FnOnce(&Value) -> T,
) -> Option<T> {
    module.dict.table.with(|table| {
        let value = table.named(position.get() as usize, name)?;
        Some(look(value))
    })
}

#[cold]
#[inline(never)]
fn find_module_item(module: &ModuleObj, name: &Name, position: &Cell<u32>) -> Option<Value> {
    let key = name.to_value();
    module
        .dict
        .table
        .with(|table| match table.find(name.hash(), &key) {
            Find::Found(at) => {
                position.set(at as u32);
                table.entry(at).map(|entry| entry.value.clone())
            }
            Find::Missing | Find::Ask => None,
        })
}

impl<A: Operand> Attr<A> {
    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held) -> R {
        self.object.check(vm, frame)?;
        let object = self.object.value(&held, frame);
        if let Some(module) = object.as_module()
            && let Some(value) = module_item(module, &self.name, &self.position)
        {
            return Ok(value);
        }
        match self.in_class.get(vm, object, &self.name) {
            Some(Known::Value(value)) => Ok(value),
            Some(Known::Native(get)) => {
                let object = object.clone();
                match get(vm, &object) {
                    Ok(value) => Ok(value),
                    Err(Raised) => Err(vm.fault_at(self.span)),
                }
            }
            Some(Known::Described(described)) => {
                let (descriptor, class) = (described.descriptor.clone(), described.class.clone());
                match vm.call(&described.get, &[descriptor, object.clone(), class]) {
                    Ok(value) => Ok(value),
                    Err(Raised) => Err(vm.fault_at(self.span)),
                }
            }
            Some(Known::Get(getter)) => {
                let object = object.clone();
                match vm.call(&getter, std::slice::from_ref(&object)) {
                    Ok(value) => Ok(value),
                    Err(Raised) => Err(vm.fault_at(self.span)),
                }
            }
            None => self.find(vm, object),
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&self, vm: &mut Vm, object: &Value) -> R {
        if let Some((key, slot)) = attribute_slot(vm, object, &self.name) {
            self.cache.set(key, slot);
        } else {
            self.in_class.find(vm, object, &self.name);
        }
        match vm.get_attr(object, &self.name) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    /// A new one.
    pub fn new(object: A, name: Name, span: Span) -> Attr<A> {
        Attr {
            object,
            name,
            cache: SlotCache::default(),
            position: Cell::new(0),
            in_class: ClassAttrs::default(),
            span,
        }
    }

    /// Evaluates it.
    ///
    /// # Errors
    /// What evaluating the object raises; `AttributeError`.
    #[inline(always)]
    pub fn read(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = self.object.start(vm, frame)?;
        match self.quick(vm, self.object.value(&held, frame)) {
            Some(value) => Ok(value),
            None => self.slow(vm, frame, held),
        }
    }

    /// What the cache gives.
    #[inline(always)]
    fn quick(&self, vm: &Vm, object: &Value) -> Option<Value> {
        let instance = object.as_instance()?;
        let key = cache_key(instance.shape.get().id, vm.epoch);
        let slot = self.cache.get(key)?;
        instance
            .slots
            .with(|slots| slots.get(slot as usize).cloned())
    }
}

impl Attr<Local> {
    /// What the cache gives, if that is no object of the heap.
    #[inline(always)]
    pub fn number(&self, vm: &Vm, frame: &Frame<'_>) -> Option<Value> {
        let instance = self.object.value(&(), frame).as_instance()?;
        let key = cache_key(instance.shape.get().id, vm.epoch);
        let slot = self.cache.get(key)?;
        instance.slots.with(|slots| {
            let value = slots.get(slot as usize)?;
            (!value.is_heap()).then(|| value.clone())
        })
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
        self.read(vm, frame)
    }
}

/// Makes the node for `object.name`.
pub fn attr(object: Form, name: Name, span: Span) -> NodeBox {
    by_operands!(object, |object| Attr::new(object, name, span))
}

/// `name.name` of a global: an item of a module, more often than not.
pub struct GlobalAttr(pub Attr<Global>);

impl Node for GlobalAttr {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.0.peek(vm, frame, Value::clone) {
            Some(value) => Ok(value),
            None => self.0.eval(vm, frame),
        }
    }
}

impl Attr<Global> {
    /// As [`Attr::peek`], of a module that is itself a global.
    #[inline(always)]
    pub fn look<T>(&self, frame: &Frame<'_>, look: impl FnOnce(&Value) -> T) -> Option<T> {
        let item = self.object.look(frame, |object| {
            look_in_module(object.as_module()?, &self.name, &self.position, look)
        });
        item.flatten()
    }

    /// What `look` says of the value, if it is an item of a module and where it stands is
    /// remembered.
    #[inline(always)]
    pub fn peek<T>(&self, vm: &Vm, frame: &Frame<'_>, look: impl Fn(&Value) -> T) -> Option<T> {
        let item = self.object.peek(vm, frame, |object| {
            look_in_module(object.as_module()?, &self.name, &self.position, &look)
        });
        item.flatten()
    }
}

/// `object[index]`
pub struct Index<A, B> {
    object: A,
    index: B,
    span: Span,
    /// Where a constant key stood in a dict the last time.
    position: Cell<u32>,
}

/// An item of a list or tuple by a small int; `None` when it needs more care.
#[inline(always)]
pub fn quick_item(object: &Value, index: &Value) -> Option<Value> {
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

/// The truth of an item of a list, where both are plain.
#[inline(always)]
fn quick_truth(object: &Value, index: &Value) -> Option<bool> {
    let (list, at) = (object.as_list()?, index.as_int()?);
    list.items
        .with(|items| items.get(at as usize).and_then(Value::as_index))
        .map(|bits| bits != 0)
}

impl<A: Operand, B: Operand> Index<A, B> {
    #[inline(never)]
    fn eval_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let (a, b) = start_pair(vm, frame, &self.object, &self.index)?;
        self.slow(vm, frame, a, b)
    }

    /// The item of a dict, if the key is found without code of the script. Where a constant key
    /// stands is remembered.
    #[inline(always)]
    fn find(&self, table: &DictTable, key: &Value) -> Option<Value> {
        if !B::IS_CONST {
            return table.quick_get(quick_hash(key)?, key);
        }
        if let Some(value) = table.value_at(self.position.get(), key) {
            return Some(value.clone());
        }
        let Find::Found(at) = table.find(quick_hash(key)?, key) else {
            return None;
        };
        self.position.set(at as u32);
        table.entry(at).map(|entry| entry.value.clone())
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R {
        self.object.check(vm, frame)?;
        self.index.check(vm, frame)?;
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        if let Some(dict) = object.as_dict()
            && let Some(item) = dict.table.with(|table| self.find(table, index))
        {
            return Ok(item);
        }
        match vm.get_item(object, index) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

impl<A: Operand, B: Operand> Node for Index<A, B> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if A::PEEKS && B::PEEKS {
            let item = peek_pair(vm, frame, &self.object, &self.index, quick_item);
            return match item {
                Some(item) => Ok(item),
                None => self.eval_slow(vm, frame),
            };
        }
        let (a, b) = start_pair(vm, frame, &self.object, &self.index)?;
        match quick_item(self.object.value(&a, frame), self.index.value(&b, frame)) {
            Some(item) => Ok(item),
            None => self.slow(vm, frame, a, b),
        }
    }

    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let (a, b) = start_pair(vm, frame, &self.object, &self.index)?;
        match quick_truth(self.object.value(&a, frame), self.index.value(&b, frame)) {
            Some(truth) => Ok(truth),
            None => {
                let value = self.slow(vm, frame, a, b)?;
                vm.truthy(&value)
            }
        }
    }
}

/// Makes the node for `object[index]`.
pub fn index(object: Form, index: Rich, span: Span) -> NodeBox {
    match (object, index) {
        (Form::Local(object), Rich::Pair(index)) => Box::new(Index {
            object,
            index,
            span,
            position: Cell::new(0),
        }),
        (Form::Local(object), Rich::PairConst(index)) => Box::new(Index {
            object,
            index,
            span,
            position: Cell::new(0),
        }),
        (object, index) => by_operands!(object, index.into_form(), |object, index| Index {
            object,
            index,
            span,
            position: Cell::new(0)
        }),
    }
}

/// The parts of a slice in a subscript.
pub struct SliceParts(pub [Option<Form>; 3]);

impl SliceParts {
    /// Evaluates them, in order.
    ///
    /// # Errors
    /// What evaluating raises.
    #[inline(always)]
    pub fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<[Value; 3]> {
        let mut parts = [const { Value::NONE }; 3];
        for (part, form) in parts.iter_mut().zip(&self.0) {
            if let Some(form) = form {
                *part = form.eval(vm, frame)?;
            }
        }
        Ok(parts)
    }
}

/// A slice as an object.
pub fn slice_value([start, stop, step]: [Value; 3]) -> Value {
    Value::new(SliceObj { start, stop, step })
}

/// `object[start:stop:step]`: no slice object for lists, tuples, strings and bytes when the parts
/// are small ints or absent.
pub struct IndexSlice<A> {
    /// The object.
    pub object: A,
    /// `start`, `stop`, `step`
    pub parts: SliceParts,
    /// Where it stands.
    pub span: Span,
}

#[inline(always)]
fn quick_slice(object: &Value, parts: &[Value; 3]) -> Option<Value> {
    let parts = plain_parts(parts)?;
    match object.tag() {
        Tag::List => {
            let list = object.as_list()?;
            let items = list
                .items
                .with(|items| list_slices::take(items, steps(parts, items.len())));
            Some(Value::new(ListObj::new(items)))
        }
        Tag::Str => Some(subscripts::part_of_str(object, object.as_str_obj()?, parts)),
        Tag::Tuple => {
            let tuple = object.as_tuple()?;
            let steps = steps(parts, tuple.items.len());
            if steps.step == 1 {
                let start = steps.start as usize;
                let part = tuple.items.get(start..start + steps.len);
                return Some(Ref::joined_tuple(part.unwrap_or_default(), &[]).into());
            }
            let items = list_slices::take(&tuple.items, steps);
            Some(Value::tuple(items))
        }
        Tag::Bytes => {
            let bytes = object.as_bytes_obj()?;
            Some(subscripts::part_of_bytes(object, bytes.data(), parts))
        }
        _ => None,
    }
}

impl<A: Operand> Node for IndexSlice<A> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = self.object.prepare(vm, frame)?;
        let parts = self.parts.eval(vm, frame)?;
        let object = self.object.value(&held, frame);
        if let Some(part) = quick_slice(object, &parts) {
            return Ok(part);
        }
        match vm.get_item(object, &slice_value(parts)) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Makes the node for `object[start:stop:step]`.
pub fn index_slice(object: Form, parts: SliceParts, span: Span) -> NodeBox {
    by_operands!(object, |object| IndexSlice {
        object,
        parts,
        span
    })
}

/// `a:b:c` inside a subscript that has more than it.
pub struct Slice(pub SliceParts);

impl Node for Slice {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        Ok(slice_value(self.0.eval(vm, frame)?))
    }
}
