//! Nodes: `a, *b, c` as a target.

use super::assign::assign_one;
use super::operand::Form;
use super::{Frame, NodeBox, Store, StoreBox, release};
use crate::error::{R, Raised};
use crate::objects::ListObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// `a, *b, c` as a target.
pub struct Unpack {
    /// The slots of all targets in order, if these are locals.
    pub locals: Option<Box<[u32]>>,
    /// Whether these slots stand side by side, as those of names that are new do.
    pub side_by_side: bool,
    /// Targets before the star.
    pub before: Box<[StoreBox]>,
    /// The starred one.
    pub star: Option<StoreBox>,
    /// Targets after the star.
    pub after: Box<[StoreBox]>,
    /// Where it stands.
    pub span: Span,
}

/// Makes the node for `a, *b, c = value`.
pub fn assign_unpacked(target: Unpack, value: Form) -> NodeBox {
    assign_one(target, value)
}

/// Binds locals to as many items.
#[inline(always)]
fn bind_all(frame: &mut Frame<'_>, locals: &[u32], items: &[Value]) {
    for (slot, item) in locals.iter().zip(items) {
        let _ = frame.bind(*slot, item.clone());
    }
}

/// As [`bind_all`], of locals that stand side by side.
#[inline(always)]
fn bind_row(slots: &mut [Value], items: &[Value]) {
    for (slot, item) in slots.iter_mut().zip(items) {
        let old = std::mem::replace(slot, item.clone());
        if old.is_heap() {
            let _ = release(old);
        }
    }
}

/// What is in a tuple or list, for which no iterator is needed.
fn plain_items(value: &Value) -> Option<Vec<Value>> {
    match value.as_tuple() {
        Some(tuple) => Some(tuple.items.to_vec()),
        None => Some(value.as_list()?.items.with(|items| items.to_vec())),
    }
}

impl Store for Unpack {
    #[inline(always)]
    fn store(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        if let Some(locals) = &self.locals {
            // Binding a local runs nothing of the script that could change a list.
            let bound = if let Some(tuple) = value.as_tuple() {
                self.bind(frame, locals, &tuple.items)
            } else if let Some(list) = value.as_list() {
                list.items.with(|items| self.bind(frame, locals, items))
            } else {
                false
            };
            if bound {
                return Ok(());
            }
        } else if self.star.is_none()
            && let Some(tuple) = value.as_tuple()
            && tuple.items.len() == self.before.len()
        {
            for (target, item) in self.before.iter().zip(&tuple.items) {
                target.store(vm, frame, item.clone())?;
            }
            return Ok(());
        }
        self.store_any(vm, frame, &value)
    }
}

impl Unpack {
    /// Binds the locals, if there are as many items as they need.
    #[inline(always)]
    fn bind(&self, frame: &mut Frame<'_>, locals: &[u32], items: &[Value]) -> bool {
        if self.star.is_none() {
            match (locals, items) {
                ([a, b], [x, y]) => {
                    let _ = frame.bind(*a, x.clone());
                    let _ = frame.bind(*b, y.clone());
                }
                _ if locals.len() != items.len() => return false,
                ([first, ..], _) if self.side_by_side => {
                    let first = *first as usize;
                    bind_row(&mut frame.slots[first..first + items.len()], items);
                }
                _ => bind_all(frame, locals, items),
            }
            return true;
        }
        let Some((before, [star, after @ ..])) = locals.split_at_checked(self.before.len()) else {
            return false;
        };
        let (Some(middle), Some(end)) = (
            items.get(before.len()..),
            items.len().checked_sub(after.len()),
        ) else {
            return false;
        };
        let Some((middle, last)) = end
            .checked_sub(before.len())
            .and_then(|count| middle.split_at_checked(count))
        else {
            return false;
        };
        bind_all(frame, before, items);
        let _ = frame.bind(*star, Value::new(ListObj::new(middle.to_vec())));
        bind_all(frame, after, last);
        true
    }

    #[inline(never)]
    fn store_any(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: &Value) -> R<()> {
        if let Some(sequence) = vm.sequence_in(value) {
            return self.store(vm, frame, sequence);
        }
        let mut items = match self.take_items(vm, value) {
            Ok(items) => items.into_iter(),
            Err(Raised) => return Err(vm.fault_at(self.span)),
        };
        for target in &self.before {
            let item = items.next().unwrap_or_default();
            target.store(vm, frame, item)?;
        }
        if let Some(star) = &self.star {
            let count = items.len() - self.after.len();
            let middle: Vec<Value> = items.by_ref().take(count).collect();
            star.store(vm, frame, Value::new(ListObj::new(middle)))?;
            for (target, item) in self.after.iter().zip(items) {
                target.store(vm, frame, item)?;
            }
        }
        Ok(())
    }

    /// As many items as the targets need.
    fn take_items(&self, vm: &mut Vm, value: &Value) -> R<Vec<Value>> {
        let wanted = self.before.len();
        if let Some(items) = plain_items(value) {
            let fits = match self.star {
                Some(_) => items.len() >= wanted + self.after.len(),
                None => items.len() == wanted,
            };
            if fits {
                return Ok(items);
            }
        }
        let iter = match vm.iter_opt(value)? {
            Some(iter) => iter,
            None => {
                let name = vm.type_name(value);
                return Err(vm.type_error(format!("cannot unpack non-iterable {name} object")));
            }
        };
        let mut items = Vec::with_capacity(wanted);
        if self.star.is_some() {
            while let Some(item) = vm.next(&iter)? {
                items.push(item);
            }
            let least = wanted + self.after.len();
            if items.len() < least {
                let got = items.len();
                return Err(vm.value_error(format!(
                    "not enough values to unpack (expected at least {least}, got {got})"
                )));
            }
            return Ok(items);
        }
        while items.len() < wanted {
            match vm.next(&iter)? {
                Some(item) => items.push(item),
                None => {
                    let got = items.len();
                    return Err(vm.value_error(format!(
                        "not enough values to unpack (expected {wanted}, got {got})"
                    )));
                }
            }
        }
        if vm.next(&iter)?.is_some() {
            let message = format!("too many values to unpack (expected {wanted})");
            return Err(vm.value_error(message));
        }
        Ok(items)
    }
}
