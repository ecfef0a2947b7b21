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

/// Where the items go.
enum Sink {
    List(Vec<Value>),
    Set(Ref<SetObj>),
    Dict(Ref<DictObj>),
}

impl Comp {
    #[inline]
    fn emit(&self, vm: &mut Vm, frame: &mut Frame<'_>, sink: &mut Sink) -> R<()> {
        match (&self.kind, sink) {
            (CompKind::List(item), Sink::List(items)) => items.push(item.eval(vm, frame)?),
            (CompKind::Set(item), Sink::Set(set)) => {
                let value = item.eval(vm, frame)?;
                vm.set_add(set, value)?;
            }
            (CompKind::Dict(key, value), Sink::Dict(dict)) => {
                let key = key.eval(vm, frame)?;
                let value = value.eval(vm, frame)?;
                vm.dict_set(dict, key, value)?;
            }
            (_, Sink::List(_) | Sink::Set(_) | Sink::Dict(_)) => {}
        }
        Ok(())
    }

    /// One item of a clause: binds it, checks the conditions, goes on inwards.
    #[inline(always)]
    fn turn(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        item: Value,
        sink: &mut Sink,
    ) -> R<()> {
        let clause = &self.clauses[depth];
        clause.target.bind(vm, frame, item)?;
        for test in &clause.ifs {
            if !test.cond(vm, frame)? {
                return Ok(());
            }
        }
        if depth + 1 == self.clauses.len() {
            self.emit(vm, frame, sink)?;
        } else {
            self.run_clause(vm, frame, depth + 1, sink)?;
        }
        if vm.needs_attention() {
            vm.safe_point()?;
        }
        Ok(())
    }

    fn run_clause(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        sink: &mut Sink,
    ) -> R<()> {
        let iterable = self.clauses[depth].iter.eval(vm, frame)?;
        match iterable.tag() {
            Tag::Range if iterable.as_range().is_some_and(|range| range.big.is_none()) => {
                self.over_range(vm, frame, depth, &iterable, sink)
            }
            Tag::List => self.over_list(vm, frame, depth, &iterable, sink),
            _ => self.over_iterator(vm, frame, depth, iterable, sink),
        }
    }

    #[inline(never)]
    fn over_range(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: &Value,
        sink: &mut Sink,
    ) -> R<()> {
        let Some(range) = iterable.as_range() else {
            return Ok(());
        };
        let (mut next, step) = (range.start, range.step);
        for _ in 0..range.len() {
            self.turn(vm, frame, depth, Value::int(next), sink)?;
            next = next.wrapping_add(step);
        }
        Ok(())
    }

    #[inline(never)]
    fn over_list(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: &Value,
        sink: &mut Sink,
    ) -> R<()> {
        let Some(list) = iterable.as_list() else {
            return Ok(());
        };
        let mut at = 0;
        while let Some(item) = list.get(at) {
            at += 1;
            self.turn(vm, frame, depth, item, sink)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn over_iterator(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        depth: usize,
        iterable: Value,
        sink: &mut Sink,
    ) -> R<()> {
        let iter = vm.iter(&iterable)?;
        drop(iterable);
        if let Some(mut native) = own_native(&iter) {
            while let Some(item) = vm.step_native(&mut *native)? {
                self.turn(vm, frame, depth, item, sink)?;
            }
            return Ok(());
        }
        while let Some(item) = vm.next(&iter)? {
            self.turn(vm, frame, depth, item, sink)?;
        }
        Ok(())
    }
}

impl Node for Comp {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for slot in &self.fresh_cells {
            frame.slots[*slot as usize] = Value::new(CellObj::default());
        }
        let mut sink = match &self.kind {
            CompKind::List(_) => Sink::List(Vec::new()),
            CompKind::Set(_) => Sink::Set(Ref::new(SetObj::default())),
            CompKind::Dict(..) => Sink::Dict(Ref::new(DictObj::default())),
        };
        let result = self.run_clause(vm, frame, 0, &mut sink);
        for slot in &self.own {
            frame.slots[*slot as usize] = Value::UNSET;
        }
        result?;
        Ok(match sink {
            Sink::List(items) => Value::new(ListObj::new(items)),
            Sink::Set(set) => set.into(),
            Sink::Dict(dict) => dict.into(),
        })
    }
}
