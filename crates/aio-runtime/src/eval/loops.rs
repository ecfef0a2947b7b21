//! Nodes: `while` and `for`.
//!
//! `for` over a range counts in place, over a list or tuple it indexes in place, over a string it
//! walks the text; other iterables
//! go through their iterator. Back edges are safe points: they see interrupts and finalizers.

use super::control::statement_only;
use super::{Block, Flow, Frame, Node, NodeBox, StoreBox};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::objects::NativeIter;
use crate::types::str_type::char_value;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::Span;
use std::hint::cold_path;

/// `while test: body else: orelse`
pub struct While {
    /// The condition.
    pub test: NodeBox,
    /// The loop: one statement at least.
    pub body: Block,
    /// When the condition fails.
    pub orelse: Block,
}

impl Node for While {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        loop {
            match self.test.cond(vm, frame) {
                Ok(true) => {}
                Ok(false) => return self.orelse.run(vm, frame),
                Err(Raised) => return Flow::Raised,
            }
            let flow = self.body.run(vm, frame);
            if flow == Flow::Next {
                // A safe point has just passed.
                continue;
            }
            cold_path();
            match flow {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                Flow::Return | Flow::Raised => return flow,
            }
            if vm.needs_attention() && vm.safe_point().is_err() {
                return Flow::Raised;
            }
        }
    }
}

/// What the items of a `for` are bound to.
pub enum ForTarget {
    /// A local.
    Local(u32),
    /// Anything else.
    Other(StoreBox),
}

impl ForTarget {
    /// Binds an item.
    ///
    /// # Errors
    /// What binding raises.
    #[inline(always)]
    pub fn bind(&self, vm: &mut Vm, frame: &mut Frame<'_>, item: Value) -> R<()> {
        match self {
            ForTarget::Local(slot) => {
                frame.slots[*slot as usize] = item;
                Ok(())
            }
            ForTarget::Other(target) => target.store(vm, frame, item),
        }
    }
}

/// Takes an iterator in Rust out of its object, if nobody else has that: then it need not be
/// looked at anew for every item.
#[inline]
pub fn own_native(iter: &Value) -> Option<Box<dyn NativeIter>> {
    let object = iter.as_iter().filter(|_| iter.ref_count() == 1)?;
    object.take_native()
}

/// `for target in iter: body else: orelse`
pub struct For {
    /// What each item is bound to.
    pub target: ForTarget,
    /// What is iterated.
    pub iter: NodeBox,
    /// The loop: one statement at least.
    pub body: Block,
    /// When the iterator ends.
    pub orelse: Block,
    /// Where the header stands.
    pub span: Span,
}

/// How one turn of a loop ended.
enum Turn {
    On,
    Out(Flow),
}

impl For {
    /// A turn with the item of an iterator: what that let go of is gone before the item is seen.
    #[inline(always)]
    fn turn_of_iterator(&self, vm: &mut Vm, frame: &mut Frame<'_>, item: Value) -> Turn {
        if vm.needs_attention() && vm.safe_point().is_err() {
            return Turn::Out(vm.note_fault(self.span));
        }
        self.turn(vm, frame, item)
    }

    #[inline(always)]
    fn turn(&self, vm: &mut Vm, frame: &mut Frame<'_>, item: Value) -> Turn {
        if self.target.bind(vm, frame, item).is_err() {
            return Turn::Out(vm.note_fault(self.span));
        }
        let flow = self.body.run(vm, frame);
        if flow == Flow::Next {
            // A safe point has just passed.
            return Turn::On;
        }
        cold_path();
        match flow {
            Flow::Next | Flow::Continue => {}
            Flow::Break => return Turn::Out(Flow::Next),
            Flow::Return | Flow::Raised => return Turn::Out(flow),
        }
        if vm.needs_attention() && vm.safe_point().is_err() {
            return Turn::Out(vm.note_fault(self.span));
        }
        Turn::On
    }

    #[inline(never)]
    fn over_range(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        start: i64,
        step: i64,
        count: u64,
    ) -> Flow {
        let (mut next, mut left) = (start, count);
        while left > 0 {
            left -= 1;
            if let Turn::Out(flow) = self.turn(vm, frame, Value::int(next)) {
                return flow;
            }
            next = next.wrapping_add(step);
        }
        self.orelse.run(vm, frame)
    }

    #[inline(never)]
    fn over_list(&self, vm: &mut Vm, frame: &mut Frame<'_>, iterable: &Value) -> Flow {
        let Some(list) = iterable.as_list() else {
            return Flow::Next;
        };
        let mut at = 0;
        while let Some(item) = list.get(at) {
            at += 1;
            if let Turn::Out(flow) = self.turn(vm, frame, item) {
                return flow;
            }
        }
        self.orelse.run(vm, frame)
    }

    #[inline(never)]
    fn over_tuple(&self, vm: &mut Vm, frame: &mut Frame<'_>, iterable: &Value) -> Flow {
        let Some(tuple) = iterable.as_tuple() else {
            return Flow::Next;
        };
        for item in &tuple.items {
            if let Turn::Out(flow) = self.turn(vm, frame, item.clone()) {
                return flow;
            }
        }
        self.orelse.run(vm, frame)
    }

    #[inline(never)]
    fn over_text(&self, vm: &mut Vm, frame: &mut Frame<'_>, iterable: &Value) -> Flow {
        let Some(text) = iterable.as_str() else {
            return Flow::Next;
        };
        for ch in text.chars() {
            if let Turn::Out(flow) = self.turn(vm, frame, char_value(ch)) {
                return flow;
            }
        }
        self.orelse.run(vm, frame)
    }

    #[inline(never)]
    fn over_iterator(&self, vm: &mut Vm, frame: &mut Frame<'_>, iterable: Value) -> Flow {
        let Ok(iter) = vm.iter(&iterable) else {
            return vm.note_fault(self.span);
        };
        drop(iterable);
        if let Some(native) = own_native(&iter) {
            return self.over_native(vm, frame, native);
        }
        loop {
            let next = if iter.tag() == Tag::Coroutine {
                coroutine::next_of_generator(vm, &iter)
            } else {
                vm.next(&iter)
            };
            match next {
                Ok(Some(item)) => {
                    if let Turn::Out(flow) = self.turn_of_iterator(vm, frame, item) {
                        return flow;
                    }
                }
                Ok(None) => break,
                Err(Raised) => return vm.note_fault(self.span),
            }
        }
        drop(iter);
        self.orelse.run(vm, frame)
    }

    #[inline(never)]
    fn over_native(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        mut iter: Box<dyn NativeIter>,
    ) -> Flow {
        loop {
            match vm.step_native(&mut *iter) {
                Ok(Some(item)) => {
                    if let Turn::Out(flow) = self.turn_of_iterator(vm, frame, item) {
                        return flow;
                    }
                }
                Ok(None) => break,
                Err(Raised) => return vm.note_fault(self.span),
            }
        }
        drop(iter);
        self.orelse.run(vm, frame)
    }
}

impl Node for For {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let Ok(iterable) = self.iter.eval(vm, frame) else {
            return vm.note_fault(self.span);
        };
        match iterable.tag() {
            Tag::List => self.over_list(vm, frame, &iterable),
            Tag::Tuple => self.over_tuple(vm, frame, &iterable),
            Tag::Str => self.over_text(vm, frame, &iterable),
            Tag::Range => match iterable.as_range() {
                Some(range) if range.big.is_none() => {
                    let (start, step, count) = (range.start, range.step, range.len());
                    self.over_range(vm, frame, start, step, count)
                }
                Some(_) | None => self.over_iterator(vm, frame, iterable),
            },
            _ => match vm.sequence_in(&iterable) {
                Some(list) if list.tag() == Tag::List => self.over_list(vm, frame, &list),
                Some(tuple) => self.over_tuple(vm, frame, &tuple),
                None => self.over_iterator(vm, frame, iterable),
            },
        }
    }
}
