//! Nodes: augmented assignment (`op=`) to names, attributes and items. (To locals: see `arith`.)
//!
//! The place is looked up once: reading and writing an attribute share the slot, reading and
//! writing a key of a dict share the position.

use super::access::attribute_slot;
use super::arith::{self, Op, with_op};
use super::assign::{plain_setattr, quick_store};
use super::cache::{SlotCache, cache_key};
use super::operand::{Form, by_operands};
use super::{Frame, Node, NodeBox, Operand, StoreBox};
use crate::error::{R, Raised};
use crate::objects::Name;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use aio_syntax::Span;

/// `place op= value` where the place is a name: read, operate, store.
pub struct AugName {
    /// Reads it.
    pub read: NodeBox,
    /// Stores it.
    pub write: StoreBox,
    /// The operator.
    pub op: BinaryOp,
    /// The operand.
    pub value: NodeBox,
    /// Where it stands.
    pub span: Span,
}

fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value, span: Span) -> R {
    macro_rules! run {
        ($o:ident) => {
            arith::apply_inplace::<arith::$o>(vm, a, b)
        };
    }
    match with_op!(op, run) {
        Ok(value) => Ok(value),
        Err(Raised) => Err(vm.fault_at(span)),
    }
}

impl Node for AugName {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let old = self.read.eval(vm, frame)?;
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        self.write.store(vm, frame, new)?;
        Ok(Value::NONE)
    }
}

/// `object.name op= value`
pub struct AugAttr<O, A> {
    object: A,
    name: Name,
    value: NodeBox,
    cache: SlotCache,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, A: Operand> Node for AugAttr<O, A> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = self.object.prepare(vm, frame)?;
        let object = self.object.value(&held, frame).clone();
        if let Some(instance) = object.as_instance() {
            let cached = cache_key(instance.shape.get().id, vm.epoch);
            if let Some(slot) = self.cache.get(cached) {
                let old = instance
                    .slots
                    .with(|slots| slots.get(slot as usize).cloned());
                if let Some(old) = old {
                    let value = self.value.eval(vm, frame)?;
                    let Ok(new) = arith::apply_inplace::<O>(vm, &old, &value) else {
                        return Err(vm.fault_at(self.span));
                    };
                    drop(old);
                    if cached == cache_key(instance.shape.get().id, vm.epoch) {
                        let old = instance
                            .slots
                            .with_mut(|slots| std::mem::replace(&mut slots[slot as usize], new));
                        drop(old);
                        return Ok(Value::NONE);
                    }
                    vm.set_attr(&object, &self.name, new)?;
                    return Ok(Value::NONE);
                }
            }
        }
        if plain_setattr(vm, &object, &self.name)
            && let Some((key, slot)) = attribute_slot(vm, &object, &self.name)
        {
            self.cache.set(key, slot);
        }
        let Ok(old) = vm.get_attr(&object, &self.name) else {
            return Err(vm.fault_at(self.span));
        };
        let value = self.value.eval(vm, frame)?;
        let Ok(new) = arith::apply_inplace::<O>(vm, &old, &value) else {
            return Err(vm.fault_at(self.span));
        };
        drop(old);
        vm.set_attr(&object, &self.name, new)?;
        Ok(Value::NONE)
    }
}

/// Makes the node for `object.name op= value`.
pub fn aug_attr(op: BinaryOp, object: Form, name: Name, value: NodeBox, span: Span) -> NodeBox {
    macro_rules! make {
        ($o:ident) => {{
            let cache = SlotCache::default();
            let op = std::marker::PhantomData;
            match object {
                Form::Local(object) => Box::new(AugAttr::<arith::$o, _> {
                    object,
                    name,
                    value,
                    cache,
                    span,
                    op,
                }) as NodeBox,
                object => {
                    let object = object.into_node();
                    Box::new(AugAttr::<arith::$o, _> {
                        object,
                        name,
                        value,
                        cache,
                        span,
                        op,
                    })
                }
            }
        }};
    }
    with_op!(op, make)
}

/// `object[index] op= value`
pub struct AugIndex<A, B> {
    object: A,
    index: B,
    op: BinaryOp,
    value: NodeBox,
    span: Span,
}

impl<A: Operand, B: Operand> Node for AugIndex<A, B> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let a = self.object.prepare(vm, frame)?;
        let b = self.index.prepare(vm, frame)?;
        let object = self.object.value(&a, frame).clone();
        let index = self.index.value(&b, frame).clone();
        if let Some(dict) = object.as_dict() {
            return self.in_dict(vm, frame, dict, &index);
        }
        let Ok(old) = vm.get_item(&object, &index) else {
            return Err(vm.fault_at(self.span));
        };
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        if let Some(list) = object.as_list() {
            return match quick_store(list, &index, new) {
                Ok(()) => Ok(Value::NONE),
                Err(new) => vm.set_item(&object, &index, new).map(|()| Value::NONE),
            };
        }
        vm.set_item(&object, &index, new)?;
        Ok(Value::NONE)
    }
}

impl<A: Operand, B: Operand> AugIndex<A, B> {
    /// One look-up serves reading and writing, as long as the dict does not change in between.
    fn in_dict(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        dict: &crate::objects::DictObj,
        index: &Value,
    ) -> R {
        let hash = vm.hash(index)?;
        let Some(at) = vm.dict_find(dict, hash, index)? else {
            let _ = vm.key_error(index.clone());
            return Err(vm.fault_at(self.span));
        };
        let (old, version) = dict.table.with(|table| {
            (
                table
                    .entry(at)
                    .map(|entry| entry.value.clone())
                    .unwrap_or_default(),
                table.version(),
            )
        });
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        if dict.table.with(|table| table.version()) == version {
            let old = dict.table.with_mut(|table| table.set_value(at, new));
            drop(old);
        } else {
            vm.dict_set(dict, index.clone(), new)?;
        }
        Ok(Value::NONE)
    }
}

/// Makes the node for `object[index] op= value`.
pub fn aug_index(op: BinaryOp, object: Form, index: Form, value: NodeBox, span: Span) -> NodeBox {
    by_operands!(object, index, |object, index| AugIndex {
        object,
        index,
        op,
        value,
        span
    })
}
