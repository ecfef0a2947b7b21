//! Iterators over deques, which notice when these change.

use super::{Deque, no_deque};
use crate::error::R;
use crate::objects::{IterObj, NativeIter};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

struct DequeIter {
    /// Unset at the end.
    deque: Value,
    /// What is inside.
    inside: Rc<Deque>,
    at: usize,
    version: u64,
    reversed: bool,
}

impl NativeIter for DequeIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.deque.is_unset() {
            return Ok(None);
        }
        let (at, version, reversed) = (self.at, self.version, self.reversed);
        if self.inside.version.get() != version {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        let item = self.inside.items.with(|items| match reversed {
            true => items.get(items.len().checked_sub(at + 1)?).cloned(),
            false => items.get(at).cloned(),
        });
        match item {
            Some(item) => {
                self.at += 1;
                Ok(Some(item))
            }
            None => {
                self.deque = Value::UNSET;
                Ok(None)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "_collections._deque_iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.deque);
    }
}

/// `iter(deque)`, or `reversed(deque)`.
///
/// # Errors
/// `TypeError` for what is no deque.
pub fn iter(vm: &mut Vm, object: &Value, reversed: bool) -> R {
    let Some(inside) = object.as_instance().and_then(|i| i.native::<Deque>()) else {
        return Err(no_deque(vm, object));
    };
    let version = inside.version.get();
    Ok(IterObj::native(DequeIter {
        deque: object.clone(),
        inside,
        at: 0,
        version,
        reversed,
    }))
}
