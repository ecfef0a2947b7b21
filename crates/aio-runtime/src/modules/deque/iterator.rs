//! Iterators over deques, which notice when these change.

use super::look;
use crate::error::R;
use crate::objects::{IterObj, NativeIter};
use crate::value::Value;
use crate::vm::Vm;

struct DequeIter {
    deque: Value,
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
        let item = look(vm, &self.deque, |deque| {
            let same = deque.version.get() == version;
            same.then(|| {
                deque.items.with(|items| match reversed {
                    true => items.get(items.len().checked_sub(at + 1)?).cloned(),
                    false => items.get(at).cloned(),
                })
            })
        })?;
        let Some(item) = item else {
            return Err(vm.runtime_error("deque mutated during iteration"));
        };
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
    let version = look(vm, object, |deque| deque.version.get())?;
    Ok(IterObj::native(DequeIter {
        deque: object.clone(),
        at: 0,
        version,
        reversed,
    }))
}
