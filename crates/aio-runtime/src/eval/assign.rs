//! Nodes: assignment and deletion.

use super::access::{SliceParts, attribute_slot, slice_value};
use super::cache::{DataCache, SlotCache, cache_key};
use super::control::statement_only;
use super::operand::{Form, start_pair};
use super::{Flow, Frame, Node, NodeBox, Operand, Store, StoreBox};
use crate::error::{R, Raised};
use crate::objects::{DescrObj, InstanceObj, ListObj, Name, Shape};
use crate::table::quick_hash;
use crate::types::list_slices;
use crate::types::slice::{plain_parts, steps};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::Span;

/// `local = value`
pub struct AssignLocal {
    /// The slot.
    pub slot: u32,
    /// The value.
    pub value: NodeBox,
}

impl Node for AssignLocal {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        self.value.exec_local(vm, frame, self.slot)
    }
}

/// `target = … = value`
pub struct Assign {
    /// The targets, in order.
    pub targets: Box<[StoreBox]>,
    /// The value.
    pub value: NodeBox,
}

impl Node for Assign {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.value.eval(vm, frame)?;
        if let Some((last, others)) = self.targets.split_last() {
            for target in others {
                target.store(vm, frame, value.clone())?;
            }
            last.store(vm, frame, value)?;
        }
        Ok(Value::NONE)
    }
}

/// `target = value` with one attribute, item or slice as the target.
pub struct AssignOne<S, V> {
    /// The target.
    pub target: S,
    /// The value.
    pub value: V,
}

impl<S: Store + 'static, V: Operand> Node for AssignOne<S, V> {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let Ok(value) = self.value.own(vm, frame) else {
            return Flow::Raised;
        };
        match self.target.store(vm, frame, value) {
            Ok(()) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

/// `a, b = c, d` with as many names as values and none of them starred: no tuple is made.
pub struct AssignPairs {
    /// The slots, if the targets are locals.
    pub locals: Option<Box<[u32]>>,
    /// The targets.
    pub targets: Box<[StoreBox]>,
    /// The values.
    pub values: Box<[Form]>,
}

impl AssignPairs {
    #[inline(always)]
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>, values: &mut [Value]) -> R<()> {
        for (value, form) in values.iter_mut().zip(&self.values) {
            *value = form.eval(vm, frame)?;
        }
        if let Some(locals) = &self.locals {
            for (value, slot) in values.iter_mut().zip(locals) {
                std::mem::swap(value, &mut frame.slots[*slot as usize]);
            }
            return Ok(());
        }
        for (value, target) in values.iter_mut().zip(&self.targets) {
            target.store(vm, frame, value.take())?;
        }
        Ok(())
    }
}

impl Node for AssignPairs {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        const FEW: usize = 4;
        let done = match self.values.len() {
            2 => self.run(vm, frame, &mut [const { Value::UNSET }; 2]),
            len @ ..=FEW => self.run(vm, frame, &mut [const { Value::UNSET }; FEW][..len]),
            len => self.run(vm, frame, &mut vec![Value::UNSET; len]),
        };
        match done {
            Ok(()) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

/// `object.name` as a target.
pub struct StoreAttr<A> {
    object: A,
    name: Name,
    cache: SlotCache,
    /// Transitions: by the key of the shape before, the shape after.
    growth: DataCache<Option<&'static Shape>>,
    span: Span,
}

impl<A: Operand> StoreAttr<A> {
    fn new(object: A, name: Name, span: Span) -> StoreAttr<A> {
        StoreAttr {
            object,
            name,
            cache: SlotCache::default(),
            growth: DataCache::default(),
            span,
        }
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held, value: Value) -> R<()> {
        self.object.check(vm, frame)?;
        let object = self.object.value(&held, frame);
        self.set(vm, object, value)
    }

    #[cold]
    #[inline(never)]
    fn set(&self, vm: &mut Vm, object: &Value, value: Value) -> R<()> {
        let before = object.as_instance().map(|instance| instance.shape.get());
        let plain = plain_setattr(vm, object, &self.name);
        if vm.set_attr(object, &self.name, value).is_err() {
            return Err(vm.fault_at(self.span));
        }
        if plain {
            if let Some((key, slot)) = attribute_slot(vm, object, &self.name) {
                self.cache.set(key, slot);
            }
            if let (Some(before), Some(instance)) = (before, object.as_instance()) {
                let after = instance.shape.get();
                if after.id != before.id
                    && !after.is_dict
                    && after.names.len() == before.names.len() + 1
                {
                    self.growth.set(cache_key(before.id, vm.epoch), Some(after));
                }
            }
        }
        Ok(())
    }
}

/// Whether setting an attribute of an instance is no more than storing it.
pub(super) fn plain_setattr(vm: &mut Vm, object: &Value, name: &Name) -> bool {
    let Some(instance) = object.as_instance() else {
        return false;
    };
    let class = instance.class.get();
    let hook = vm.names.__setattr__.clone();
    let hooked = vm
        .lookup(&class, &hook)
        .is_some_and(|found| found.tag() != Tag::Native);
    let found = vm.lookup(&class, name);
    let plain = match &found {
        Some(found) if matches!(found.as_descr(), Some(DescrObj::Member(_))) => true,
        Some(found) if matches!(found.tag(), Tag::Instance | Tag::Descr) => false,
        Some(_) | None => class.has_dict.get(),
    };
    !hooked && plain
}

impl<A: Operand> StoreAttr<A> {
    /// Stores where the caches say; gives the value back when they say nothing.
    #[inline(always)]
    fn quick(&self, vm: &Vm, object: &Value, value: Value) -> Result<(), Value> {
        let Some(instance) = object.as_instance() else {
            return Err(value);
        };
        let key = cache_key(instance.shape.get().id, vm.epoch);
        if let Some(slot) = self.cache.get(key) {
            let old = instance
                .slots
                .with_mut(|slots| match slots.get_mut(slot as usize) {
                    Some(place) => std::mem::replace(place, value),
                    None => value,
                });
            drop(old);
            return Ok(());
        }
        match self.growth.get(key) {
            Some(Some(after)) => {
                instance.shape.set(after);
                instance.slots.with_mut(|slots| {
                    if slots.capacity() == slots.len() {
                        make_room(slots, instance);
                    }
                    slots.push(value);
                });
                Ok(())
            }
            Some(None) | None => Err(value),
        }
    }
}

/// Room for as many attributes as instances of the class come to have.
#[inline(never)]
fn make_room(slots: &mut Vec<Value>, instance: &InstanceObj) {
    let hint = instance.class.with(|class| class.attribute_hint.get());
    let room = (hint as usize).saturating_sub(slots.len()).max(1);
    slots.reserve_exact(room);
}

impl<A: Operand> Store for StoreAttr<A> {
    #[inline(always)]
    fn store(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        let held = self.object.start(vm, frame)?;
        match self.quick(vm, self.object.value(&held, frame), value) {
            Ok(()) => Ok(()),
            Err(value) => self.slow(vm, frame, held, value),
        }
    }
}

/// Makes the target `object.name`.
pub fn store_attr(object: Form, name: Name, span: Span) -> StoreBox {
    match object {
        Form::Local(object) => Box::new(StoreAttr::new(object, name, span)),
        object => Box::new(StoreAttr::new(object.into_node(), name, span)),
    }
}

/// Makes the node for `object.name = value`.
pub fn assign_attr(object: Form, name: Name, value: Form, span: Span) -> NodeBox {
    match object {
        Form::Local(object) => assign_one(StoreAttr::new(object, name, span), value),
        object => assign_one(StoreAttr::new(object.into_node(), name, span), value),
    }
}

/// Makes the node for `target = value`.
pub(super) fn assign_one<S: Store + 'static>(target: S, value: Form) -> NodeBox {
    match value {
        Form::Local(value) => Box::new(AssignOne { target, value }),
        Form::Const(value) => Box::new(AssignOne { target, value }),
        Form::Node(value) => Box::new(AssignOne { target, value }),
    }
}

/// Makes the node for `object[index] = value`.
pub fn assign_index(object: Form, index: Form, value: Form, span: Span) -> NodeBox {
    match (object, index) {
        (Form::Local(object), Form::Local(index)) => assign_one(
            StoreIndex {
                object,
                index,
                span,
            },
            value,
        ),
        (Form::Local(object), Form::Node(index)) => assign_one(
            StoreIndex {
                object,
                index,
                span,
            },
            value,
        ),
        (object, index) => {
            let (object, index) = (object.into_node(), index.into_node());
            assign_one(
                StoreIndex {
                    object,
                    index,
                    span,
                },
                value,
            )
        }
    }
}

/// `object[index]` as a target.
pub struct StoreIndex<A, B> {
    object: A,
    index: B,
    span: Span,
}

/// Stores into a list by a small int; gives the value back when it needs more care.
#[inline(always)]
pub(super) fn quick_store(list: &ListObj, index: &Value, value: Value) -> Result<(), Value> {
    let Some(at) = index.as_int() else {
        return Err(value);
    };
    let rest = list.items.with_mut(|items| {
        let at = if at < 0 { at + items.len() as i64 } else { at };
        match items.get_mut(at as usize) {
            Some(place) => Ok(std::mem::replace(place, value)),
            None => Err(value),
        }
    });
    rest.map(drop)
}

impl<A: Operand, B: Operand> StoreIndex<A, B> {
    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        (a, b): (A::Held, B::Held),
        value: Value,
    ) -> R<()> {
        self.object.check(vm, frame)?;
        self.index.check(vm, frame)?;
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        let result = match (object.as_dict(), quick_hash(index)) {
            (Some(dict), Some(hash)) => vm.dict_set_hashed(dict, hash, index.clone(), value),
            _ => vm.set_item(object, index, value),
        };
        match result {
            Ok(()) => Ok(()),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

impl<A: Operand, B: Operand> Store for StoreIndex<A, B> {
    #[inline(always)]
    fn store(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        let (a, b) = start_pair(vm, frame, &self.object, &self.index)?;
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        let value = match object.as_list() {
            Some(list) => match quick_store(list, index, value) {
                Ok(()) => return Ok(()),
                Err(value) => value,
            },
            None => value,
        };
        self.slow(vm, frame, (a, b), value)
    }
}

/// Makes the target `object[index]`.
pub fn store_index(object: Form, index: Form, span: Span) -> StoreBox {
    match (object, index) {
        (Form::Local(object), Form::Local(index)) => Box::new(StoreIndex {
            object,
            index,
            span,
        }),
        (object, index) => Box::new(StoreIndex {
            object: object.into_node(),
            index: index.into_node(),
            span,
        }),
    }
}

/// `object[start:stop:step]` as a target: no slice object for lists when the parts are small ints
/// or absent.
pub struct StoreSlice {
    /// The object.
    pub object: NodeBox,
    /// `start`, `stop`, `step`
    pub parts: SliceParts,
    /// Where it stands.
    pub span: Span,
}

impl Store for StoreSlice {
    #[inline(always)]
    fn store(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        let object = self.object.eval(vm, frame)?;
        let parts = self.parts.eval(vm, frame)?;
        let result = match (object.as_list(), plain_parts(&parts)) {
            (Some(list), Some(parts)) => {
                let steps = steps(parts, list.len());
                list_slices::set_steps(vm, list, steps, &value)
            }
            _ => vm.set_item(&object, &slice_value(parts), value),
        };
        match result {
            Ok(()) => Ok(()),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Makes the node for `object[start:stop:step] = value`.
pub fn assign_slice(target: StoreSlice, value: NodeBox) -> NodeBox {
    Box::new(AssignOne { target, value })
}

/// `del object.name`
pub struct DelAttr(pub NodeBox, pub Name);

impl Node for DelAttr {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let object = self.0.eval(vm, frame)?;
        vm.del_attr(&object, &self.1)?;
        Ok(Value::NONE)
    }
}

/// `del object[index]`
pub struct DelIndex(pub Form, pub Form);

impl Node for DelIndex {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let object = self.0.eval(vm, frame)?;
        let index = self.1.eval(vm, frame)?;
        if let Some(dict) = object.as_dict()
            && vm.dict_remove(dict, &index)?.is_some()
        {
            return Ok(Value::NONE);
        }
        vm.del_item(&object, &index)?;
        Ok(Value::NONE)
    }
}
