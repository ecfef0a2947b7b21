//! Nodes: augmented assignment (`op=`) to names, attributes and items. (To locals: see `arith`.)
//!
//! The place is looked up once: reading and writing an attribute share the slot, reading and
//! writing a key of a dict share the position.

use super::access::{attribute_slot, quick_item};
use super::arith::{self, Op, with_op};
use super::assign::{plain_setattr, quick_store};
use super::cache::{SlotCache, cache_key};
use super::control::statement_only;
use super::operand::{Form, by_operands};
use super::rich::Rich;
use super::{Flow, Frame, Node, NodeBox, Operand, StoreBox};
use crate::error::{R, Raised};
use crate::objects::Name;
use crate::table::{Find, quick_hash};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use aio_syntax::Span;
use std::cell::Cell;

/// `place op= value` where the place is a name: read, operate, store.
pub struct AugName {
    /// Reads it.
    pub read: NodeBox,
    /// Stores it.
    pub write: StoreBox,
    /// The operator.
    pub op: BinaryOp,
    /// The operand.
    pub value: Form,
    /// Where it stands.
    pub span: Span,
}

#[inline(always)]
fn inplace(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value, span: Span) -> R {
    macro_rules! run {
        ($o:ident) => {
            arith::quick::<arith::$o>(a, b)
        };
    }
    match with_op!(op, run) {
        Some(value) => Ok(value),
        None => general(vm, op, a, b, span),
    }
}

/// `a op= b` after the quick paths.
#[inline(never)]
fn general(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value, span: Span) -> R {
    match vm.inplace(op, a, b) {
        Ok(value) => Ok(value),
        Err(Raised) => Err(vm.fault_at(span)),
    }
}

impl AugName {
    #[inline(always)]
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<()> {
        let old = self.read.eval(vm, frame)?;
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        self.write.store(vm, frame, new)
    }
}

impl Node for AugName {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.run(vm, frame) {
            Ok(()) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

/// `object.name op= value`
pub struct AugAttr<O, A, V> {
    object: A,
    name: Name,
    value: V,
    cache: SlotCache,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, A: Operand, V: Operand> AugAttr<O, A, V> {
    /// With numbers that can be had by a peek: nothing runs between reading and writing.
    #[inline(always)]
    fn peek(&self, vm: &Vm, frame: &Frame<'_>) -> Option<()> {
        let object = self.object.peek(vm, frame)?;
        let value = self.value.peek(vm, frame)?;
        let object = self.object.value(&object, frame);
        let (_, slot) = self.place(vm, object)?;
        let value = self.value.value(&value, frame);
        object.as_instance()?.slots.with_mut(|slots| {
            let place = slots.get_mut(slot as usize)?;
            let new = arith::quick::<O>(place, value)?;
            // The old value is a number too.
            std::mem::forget(std::mem::replace(place, new));
            Some(())
        })
    }

    /// What the cache says of an object: its key and the slot of the attribute.
    #[inline(always)]
    fn place(&self, vm: &Vm, object: &Value) -> Option<(u64, u32)> {
        let instance = object.as_instance()?;
        let key = cache_key(instance.shape.get().id, vm.epoch);
        Some((key, self.cache.get(key)?))
    }

    /// The attribute is where the cache says: with the value, unless that changed the object.
    #[inline(always)]
    fn quick(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        held: &A::Held,
        (key, slot): (u64, u32),
    ) -> R<Option<()>> {
        let object = self.object.value(held, frame);
        let old = object.as_instance().and_then(|instance| {
            instance
                .slots
                .with(|slots| slots.get(slot as usize).cloned())
        });
        let Some(old) = old else {
            return Ok(None);
        };
        let value = self.value.own(vm, frame)?;
        let new = match arith::quick::<O>(&old, &value) {
            Some(new) => new,
            None => general(vm, O::OP, &old, &value, self.span)?,
        };
        drop(old);
        let object = self.object.value(held, frame);
        match object.as_instance() {
            Some(instance) if key == cache_key(instance.shape.get().id, vm.epoch) => {
                let old = instance
                    .slots
                    .with_mut(|slots| std::mem::replace(&mut slots[slot as usize], new));
                drop(old);
            }
            Some(_) | None => {
                let object = object.clone();
                vm.set_attr(&object, &self.name, new)?;
            }
        }
        Ok(Some(()))
    }

    #[cold]
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: &A::Held) -> R<()> {
        let object = self.object.value(held, frame).clone();
        if plain_setattr(vm, &object, &self.name)
            && let Some((key, slot)) = attribute_slot(vm, &object, &self.name)
        {
            self.cache.set(key, slot);
        }
        let Ok(old) = vm.get_attr(&object, &self.name) else {
            return Err(vm.fault_at(self.span));
        };
        let value = self.value.own(vm, frame)?;
        let new = general(vm, O::OP, &old, &value, self.span)?;
        drop(old);
        vm.set_attr(&object, &self.name, new)
    }

    #[inline(always)]
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<()> {
        let held = self.object.prepare(vm, frame)?;
        if let Some(place) = self.place(vm, self.object.value(&held, frame))
            && let Some(()) = self.quick(vm, frame, &held, place)?
        {
            return Ok(());
        }
        self.slow(vm, frame, &held)
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn exec_other(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.run(vm, frame) {
            Ok(()) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

impl<O: Op, A: Operand, V: Operand> Node for AugAttr<O, A, V> {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        if A::PEEKS && V::PEEKS && self.peek(vm, frame).is_some() {
            return Flow::Next;
        }
        self.exec_other(vm, frame)
    }
}

/// Makes the node for `object.name op= value`.
pub fn aug_attr(op: BinaryOp, object: Form, name: Name, value: Rich, span: Span) -> NodeBox {
    macro_rules! make {
        ($o:ident, $object:expr, $value:expr) => {
            Box::new(AugAttr::<arith::$o, _, _> {
                object: $object,
                name,
                value: $value,
                cache: SlotCache::default(),
                span,
                op: std::marker::PhantomData,
            }) as NodeBox
        };
    }
    // (Not all: every combination is code of its own.)
    macro_rules! make_rich {
        ($o:ident) => {
            match (object, value) {
                (Form::Local(object), Rich::Pair(value)) => make!($o, object, value),
                (Form::Local(object), Rich::Attr(value)) => make!($o, object, value),
                (Form::Local(object), Rich::Plain(Form::Local(value))) => {
                    make!($o, object, value)
                }
                (Form::Local(object), Rich::Plain(Form::Const(value))) => {
                    make!($o, object, value)
                }
                (Form::Local(object), value) => make!($o, object, value.into_form().into_node()),
                (object, value) => make!($o, object.into_node(), value.into_form().into_node()),
            }
        };
    }
    macro_rules! make_plain {
        ($o:ident) => {
            make!($o, object.into_node(), value.into_form().into_node())
        };
    }
    match op {
        BinaryOp::Add => make_rich!(Add),
        BinaryOp::Sub => make_rich!(Sub),
        op => with_op!(op, make_plain),
    }
}

/// `object[index] op= value`
pub struct AugIndex<A, B> {
    object: A,
    index: B,
    op: BinaryOp,
    value: Form,
    span: Span,
    /// Where a constant key stood in a dict the last time.
    position: Cell<u32>,
}

impl<A: Operand, B: Operand> Node for AugIndex<A, B> {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        if A::PEEKS && B::PEEKS && self.peek(vm, frame).is_some() {
            return Flow::Next;
        }
        self.exec_other(vm, frame)
    }
}

/// Adds a number to one that stands somewhere, or subtracts it.
#[inline(always)]
fn count(op: BinaryOp, place: &mut Value, value: &Value) -> Option<()> {
    let new = match op {
        BinaryOp::Add => arith::quick::<arith::Add>(place, value)?,
        BinaryOp::Sub => arith::quick::<arith::Sub>(place, value)?,
        _ => return None,
    };
    // The old value is a number too.
    std::mem::forget(std::mem::replace(place, new));
    Some(())
}

impl<A: Operand, B: Operand> AugIndex<A, B> {
    /// With numbers that can be had by a peek: nothing runs between reading and writing.
    #[inline(always)]
    fn peek(&self, vm: &Vm, frame: &Frame<'_>) -> Option<()> {
        let (a, b) = (self.object.peek(vm, frame)?, self.index.peek(vm, frame)?);
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        let value = self.value.peek(frame)?;
        if let Some(list) = object.as_list() {
            let at = index.as_int()?;
            return list.items.with_mut(|items| {
                let at = if at < 0 { at + items.len() as i64 } else { at };
                count(self.op, items.get_mut(at as usize)?, value)
            });
        }
        if !B::IS_CONST {
            return None;
        }
        object.as_dict()?.table.with_mut(|table| {
            let place = table.place_at(self.position.get(), index)?;
            count(self.op, place, value)
        })
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn exec_other(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.run(vm, frame) {
            Ok(()) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }

    #[inline(always)]
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<()> {
        let a = self.object.prepare(vm, frame)?;
        let b = self.index.prepare(vm, frame)?;
        let old = quick_item(self.object.value(&a, frame), self.index.value(&b, frame));
        let Some(old) = old else {
            return self.slow(vm, frame, a, b);
        };
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        let (object, index) = (self.object.value(&a, frame), self.index.value(&b, frame));
        let new = match object.as_list() {
            Some(list) => match quick_store(list, index, new) {
                Ok(()) => return Ok(()),
                Err(new) => new,
            },
            None => new,
        };
        let (object, index) = (object.clone(), index.clone());
        vm.set_item(&object, &index, new)
    }

    /// `dict[key] op= value` where the key is found without code of the script, and the dict does
    /// not change while the value is evaluated.
    #[inline(always)]
    fn quick_in_dict(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        a: &A::Held,
        b: &B::Held,
    ) -> R<Option<()>> {
        let (object, index) = (self.object.value(a, frame), self.index.value(b, frame));
        let Some(dict) = object.as_dict() else {
            return Ok(None);
        };
        let found = dict.table.with(|table| {
            let at = self.position.get();
            if B::IS_CONST
                && let Some(value) = table.value_at(at, index)
            {
                return Some((at as usize, value.clone(), table.version()));
            }
            let Find::Found(at) = table.find(quick_hash(index)?, index) else {
                return None;
            };
            if B::IS_CONST {
                self.position.set(at as u32);
            }
            Some((at, table.entry(at)?.value.clone(), table.version()))
        });
        let Some((at, old, version)) = found else {
            return Ok(None);
        };
        let value = self.value.eval(vm, frame)?;
        let new = inplace(vm, self.op, &old, &value, self.span)?;
        drop(old);
        let (object, index) = (self.object.value(a, frame), self.index.value(b, frame));
        let Some(dict) = object.as_dict() else {
            return Ok(None);
        };
        if dict.table.with(|table| table.version()) == version {
            let old = dict.table.with_mut(|table| table.set_value(at, new));
            drop(old);
        } else {
            let (dict, index) = (object.to_dict(), index.clone());
            if let Some(dict) = dict {
                vm.dict_set(&dict, index, new)?;
            }
        }
        Ok(Some(()))
    }

    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R<()> {
        if let Some(()) = self.quick_in_dict(vm, frame, &a, &b)? {
            return Ok(());
        }
        let object = self.object.value(&a, frame).clone();
        let index = self.index.value(&b, frame).clone();
        if let Some(dict) = object.as_dict() {
            if let Some(()) = self.in_dict(vm, frame, dict, &index)? {
                return Ok(());
            }
            let _ = vm.key_error(index.clone());
            return Err(vm.fault_at(self.span));
        }
        if let Some(dict) = vm.dict_behind(&object)
            && let Some(()) = self.in_dict(vm, frame, &dict, &index)?
        {
            return Ok(());
        }
        let Ok(old) = vm.get_item(&object, &index) else {
            return Err(vm.fault_at(self.span));
        };
        let value = self.value.eval(vm, frame)?;
        let new = general(vm, self.op, &old, &value, self.span)?;
        drop(old);
        vm.set_item(&object, &index, new)
    }

    /// One look-up serves reading and writing, as long as the dict does not change in between.
    /// `None` for a missing key.
    fn in_dict(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        dict: &crate::objects::DictObj,
        index: &Value,
    ) -> R<Option<()>> {
        let hash = vm.hash(index)?;
        let Some(at) = vm.dict_find(dict, hash, index)? else {
            return Ok(None);
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
        Ok(Some(()))
    }
}

/// Makes the node for `object[index] op= value`.
pub fn aug_index(op: BinaryOp, object: Form, index: Form, value: Form, span: Span) -> NodeBox {
    by_operands!(object, index, |object, index| AugIndex {
        object,
        index,
        op,
        value,
        span,
        position: Cell::new(0)
    })
}
