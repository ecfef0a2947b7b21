//! Nodes: list, set and dict comprehensions, evaluated in the frame that holds them.

use super::loops::{ForTarget, own_native};
use super::{Frame, Node, NodeBox};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{CellObj, DictObj, ListObj, SetObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// What is collected.
pub enum CompKind {
    /// Items of a list.
    List(NodeBox),
    /// Items of a set.
    Set(NodeBox),
    /// Pairs of a dict.
    Dict(NodeBox, NodeBox),
}

/// One `for … in … if …`.
pub struct Clause {
    /// What each item is bound to.
    pub target: ForTarget,
    /// What is iterated.
    pub iter: NodeBox,
    /// The conditions.
    pub ifs: Box<[NodeBox]>,
}

/// A comprehension.
pub struct Comp {
    /// What is collected.
    pub kind: CompKind,
    /// The loops, outermost first.
    pub clauses: Box<[Clause]>,
    /// Slots that get a fresh cell first.
    pub fresh_cells: Box<[u32]>,
    /// The comprehension's own variables, emptied at the end.
    pub own: Box<[u32]>,
}

/// Where the items of a comprehension go.
pub trait Sink {
    /// Evaluates an item and takes it in; whether more are wanted.
    ///
    /// # Errors
    /// What evaluating it raises, and taking it in.
    fn take(&mut self, vm: &mut Vm, frame: &mut Frame<'_>, kind: &CompKind) -> R<bool>;
}

/// The container that a comprehension fills.
enum Container {
    /// The items, and the list that they are for: it is older than they are.
    List(Vec<Value>, Ref<ListObj>),
    Set(Ref<SetObj>),
    Dict(Ref<DictObj>),
}

impl Sink for Container {
    #[inline(always)]
    fn take(&mut self, vm: &mut Vm, frame: &mut Frame<'_>, kind: &CompKind) -> R<bool> {
        match (kind, self) {
            (CompKind::List(item), Container::List(items, _)) => items.push(item.eval(vm, frame)?),
            (CompKind::Set(item), Container::Set(set)) => {
                let value = item.eval(vm, frame)?;
                vm.set_add(set, value)?;
            }
            (CompKind::Dict(key, value), Container::Dict(dict)) => {
                let key = key.eval(vm, frame)?;
                let value = value.eval(vm, frame)?;
                vm.dict_set(dict, key, value)?;
            }
            (_, Container::List(..) | Container::Set(_) | Container::Dict(_)) => {}
        }
        Ok(true)
    }
}

impl Comp {
    /// One item of a clause: binds it, checks the conditions, goes on inwards. Whether more items
    /// are wanted.
    #[inline(always)]
    fn turn<S: Sink>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        item: Value,
        sink: &mut S,
    ) -> R<bool> {
        let clause = &self.clauses[depth];
        clause.target.bind(vm, frame, item)?;
        for test in &clause.ifs {
            if !test.cond(vm, frame)? {
                return Ok(true);
            }
        }
        let more = if depth + 1 == self.clauses.len() {
            sink.take(vm, frame, &self.kind)?
        } else {
            let iterable = self.clauses[depth + 1].iter.eval(vm, frame)?;
            self.run_clause(vm, frame, depth + 1, iterable, sink)?
        };
        if vm.needs_attention() {
            vm.safe_point()?;
        }
        Ok(more)
    }

    /// Runs a clause and what is within it over an iterable. Whether more items are wanted.
    ///
    /// # Errors
    /// What the loops raise, and the sink.
    pub fn run_clause<S: Sink>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: Value,
        sink: &mut S,
    ) -> R<bool> {
        match iterable.tag() {
            Tag::Range if iterable.as_range().is_some_and(|range| range.big.is_none()) => {
                self.over_range(vm, frame, depth, &iterable, sink)
            }
            Tag::List => self.over_list(vm, frame, depth, &iterable, sink),
            _ => {
                let iter = vm.iter(&iterable)?;
                drop(iterable);
                self.over_iterator(vm, frame, depth, iter, sink)
            }
        }
    }

    #[inline(never)]
    fn over_range<S: Sink>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: &Value,
        sink: &mut S,
    ) -> R<bool> {
        let Some(range) = iterable.as_range() else {
            return Ok(true);
        };
        let (mut next, step) = (range.start, range.step);
        for _ in 0..range.len() {
            if !self.turn(vm, frame, depth, Value::int(next), sink)? {
                return Ok(false);
            }
            next = next.wrapping_add(step);
        }
        Ok(true)
    }

    #[inline(never)]
    fn over_list<S: Sink>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: &Value,
        sink: &mut S,
    ) -> R<bool> {
        let Some(list) = iterable.as_list() else {
            return Ok(true);
        };
        let mut at = 0;
        while let Some(item) = list.get(at) {
            at += 1;
            if !self.turn(vm, frame, depth, item, sink)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs a clause over what `iter()` gave.
    ///
    /// # Errors
    /// As for [`Comp::run_clause`].
    #[inline(never)]
    pub fn over_iterator<S: Sink>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iter: Value,
        sink: &mut S,
    ) -> R<bool> {
        if let Some(mut native) = own_native(&iter) {
            while let Some(item) = vm.step_native(&mut *native)? {
                if !self.turn(vm, frame, depth, item, sink)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        while let Some(item) = vm.next(&iter)? {
            if !self.turn(vm, frame, depth, item, sink)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Node for Comp {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for slot in &self.fresh_cells {
            frame.slots[*slot as usize] = Value::new(CellObj::default());
        }
        let mut sink = match &self.kind {
            CompKind::List(_) => Container::List(Vec::new(), Ref::new(ListObj::new(Vec::new()))),
            CompKind::Set(_) => Container::Set(Ref::new(SetObj::default())),
            CompKind::Dict(..) => Container::Dict(Ref::new(DictObj::default())),
        };
        let result = match self.clauses[0].iter.eval(vm, frame) {
            Ok(iterable) => self.run_clause(vm, frame, 0, iterable, &mut sink),
            Err(raised) => Err(raised),
        };
        for slot in &self.own {
            frame.slots[*slot as usize] = Value::UNSET;
        }
        result?;
        Ok(match sink {
            Container::List(items, list) => {
                list.items.set(items);
                list.into()
            }
            Container::Set(set) => set.into(),
            Container::Dict(dict) => dict.into(),
        })
    }
}
