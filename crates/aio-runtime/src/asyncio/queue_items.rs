//! What a queue keeps its items in: a container of its own, until a script asks for `_queue`. From
//! then on it is the deque or list that the script holds as well, so that each sees what the other
//! does. Subclasses that bring a container (`self._queue = ...` in `_init`) have that from the start.

use super::heap_queue::{heap_pop, heap_push};
use crate::error::R;
use crate::heap::GcCell;
use crate::modules::{heap_pop_from, heap_push_to, import};
use crate::objects::ListObj;
use crate::value::Value;
use crate::vm::Vm;
use std::collections::VecDeque;

/// Which item comes out next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Kind {
    /// The oldest.
    #[default]
    Fifo,
    /// The smallest.
    Priority,
    /// The newest.
    Lifo,
}

/// The items of a queue.
#[derive(Default)]
pub(super) struct Items {
    kind: Kind,
    own: GcCell<VecDeque<Value>>,
    /// What the script knows as `_queue`, or unset; then `own` is empty.
    shared: GcCell<Value>,
}

impl Items {
    pub(super) fn new(kind: Kind) -> Items {
        Items {
            kind,
            ..Items::default()
        }
    }

    /// How many items, if no script knows the container.
    #[inline]
    pub(super) fn own_len(&self) -> Option<usize> {
        let is_own = self.shared.with(Value::is_unset);
        is_own.then(|| self.own.with(VecDeque::len))
    }

    /// How many items.
    ///
    /// # Errors
    /// What the `__len__` of a container of the script raises.
    pub(super) fn len(&self, vm: &mut Vm) -> R<usize> {
        match self.own_len() {
            Some(len) => Ok(len),
            None => vm.len(&self.shared.get()),
        }
    }

    /// Puts an item in.
    ///
    /// # Errors
    /// What a comparison or a method of a container of the script raises.
    #[inline(always)]
    pub(super) fn push(&self, vm: &mut Vm, item: &Value) -> R<()> {
        if !self.shared.with(Value::is_unset) {
            return self.push_shared(vm, item);
        }
        match self.kind {
            Kind::Fifo | Kind::Lifo => {
                self.own.with_mut(|items| items.push_back(item.clone()));
                Ok(())
            }
            Kind::Priority => {
                // Comparing may run code of the script: the items are out meanwhile.
                let mut items = Vec::from(self.own.replace(VecDeque::new()));
                let result = heap_push(vm, &mut items, item.clone());
                self.own.set(items.into());
                result
            }
        }
    }

    /// Takes the next item out.
    ///
    /// # Errors
    /// `IndexError` if there is none; what a comparison or a method of a container of the script raises.
    #[inline(always)]
    pub(super) fn pop(&self, vm: &mut Vm) -> R {
        if !self.shared.with(Value::is_unset) {
            return self.pop_shared(vm);
        }
        let popped = match self.kind {
            Kind::Fifo => self.own.with_mut(VecDeque::pop_front),
            Kind::Lifo => self.own.with_mut(VecDeque::pop_back),
            Kind::Priority => {
                let mut items = Vec::from(self.own.replace(VecDeque::new()));
                let result = heap_pop(vm, &mut items);
                self.own.set(items.into());
                result?
            }
        };
        match popped {
            Some(item) => Ok(item),
            None => Err(vm.index_error("pop from an empty deque")),
        }
    }

    #[cold]
    fn push_shared(&self, vm: &mut Vm, item: &Value) -> R<()> {
        let container = self.shared.get();
        if self.kind == Kind::Priority {
            heap_push_to(vm, &container, item)?;
        } else {
            let append = vm.intern("append");
            vm.call_method(&container, &append, std::slice::from_ref(item))?;
        }
        Ok(())
    }

    #[cold]
    fn pop_shared(&self, vm: &mut Vm) -> R {
        let container = self.shared.get();
        let method = match self.kind {
            Kind::Fifo => "popleft",
            Kind::Lifo => "pop",
            Kind::Priority => return heap_pop_from(vm, &container),
        };
        let method = vm.intern(method);
        vm.call_method(&container, &method, &[])
    }

    /// `queue._queue`
    ///
    /// # Errors
    /// None but of memory.
    pub(super) fn share(&self, vm: &mut Vm) -> R {
        if self.shared.with(Value::is_unset) {
            let items = Value::new(ListObj::new(self.own.replace(VecDeque::new()).into()));
            let container = match self.kind {
                Kind::Fifo => {
                    let collections = import(vm, "_collections")?;
                    let name = vm.intern("deque");
                    vm.call_method(&collections, &name, &[items])?
                }
                Kind::Priority | Kind::Lifo => items,
            };
            self.shared.set(container);
        }
        Ok(self.shared.get())
    }

    /// `queue._queue = container`
    pub(super) fn replace(&self, container: Value) {
        self.own.set(VecDeque::new());
        self.shared.set(container);
    }

    /// The items in the order of the container.
    ///
    /// # Errors
    /// What iterating over a container of the script raises.
    pub(super) fn list(&self, vm: &mut Vm) -> R<Vec<Value>> {
        let shared = self.shared.get();
        if !shared.is_unset() {
            return vm.collect(&shared);
        }
        Ok(self.own.with(|items| items.iter().cloned().collect()))
    }

    pub(super) fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.own.with(|items| items.iter().for_each(&mut *visitor));
        self.shared.with(visitor);
    }

    pub(super) fn clear(&self) {
        self.replace(Value::UNSET);
    }
}
