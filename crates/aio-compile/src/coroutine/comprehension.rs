//! Comprehensions that suspend: loops over temporaries that fill a list, set or dict.
//!
//! The outermost iterable comes first, then the empty result, then the loops. When only that
//! iterable suspends, the rest stays one expression. At the end the variables are emptied.

use super::operands::values;
use super::walk::{suspends, target_suspends};
use super::{Cutter, intrinsic, take};
use crate::hir::{Comp, CompFor, CompKind, Expr, ExprKind, Intrinsic, Slot, StmtKind};
use aio_syntax::Span;

impl Cutter<'_> {
    /// Emits a comprehension; gives back what reads its result.
    pub(super) fn comprehension(&mut self, mut comp: Comp, span: Span) -> Expr {
        if only_first_iterable_suspends(&comp) {
            if let Some(first) = comp.clauses.first_mut() {
                self.replace(&mut first.iter);
            }
            return Expr {
                kind: ExprKind::Comp(Box::new(comp)),
                span,
            };
        }
        let Comp {
            kind,
            clauses,
            fresh_cells,
            own,
        } = comp;
        let mut clauses = clauses.into_iter();
        let Some(first) = clauses.next() else {
            return intrinsic(Intrinsic::NewList, span);
        };
        let before = self.bound.clone();
        self.touched.extend(&own);
        let (first, iterator) = self.start_iterator(first);
        let result = self.alloc();
        let empty = match &kind {
            CompKind::List(_) => Intrinsic::NewList,
            CompKind::Set(_) => Intrinsic::NewSet,
            CompKind::Dict(..) => Intrinsic::NewDict,
        };
        self.assign_slot(result, intrinsic(empty, span));
        if !fresh_cells.is_empty() {
            self.push(StmtKind::FreshCells(fresh_cells), span);
        }
        self.clause(first, iterator, clauses.collect(), kind, result, span);
        self.clear(own, span);
        self.bound = before;
        take(result, span)
    }

    /// `iter(…)` of a clause in a temporary.
    fn start_iterator(&mut self, mut clause: CompFor) -> (CompFor, Slot) {
        let span = clause.iter.span;
        let placeholder = super::constant(crate::hir::Const::None, span);
        let iter = std::mem::replace(&mut clause.iter, placeholder);
        let slot = self.iterator_slot(iter, clause.is_async);
        (clause, slot)
    }

    fn clause(
        &mut self,
        clause: CompFor,
        iterator: Slot,
        mut rest: Vec<CompFor>,
        kind: CompKind,
        result: Slot,
        span: Span,
    ) {
        let head = self.start_new(span);
        let exit = self.new_block(span);
        self.next_item(iterator, clause.target, clause.is_async, exit, span);
        for test in clause.ifs {
            let at = test.span;
            let holds = self.new_block(at);
            self.branch(test, holds, head);
            self.start(holds);
        }
        if rest.is_empty() {
            self.collect(kind, result, span);
        } else {
            let (next, inner) = {
                let next = rest.remove(0);
                self.start_iterator(next)
            };
            self.clause(next, inner, rest, kind, result, span);
        }
        self.goto(head, span);
        self.release(iterator);
        self.start(exit);
    }

    /// Adds an element.
    fn collect(&mut self, kind: CompKind, result: Slot, span: Span) {
        let stmt = match kind {
            CompKind::List(mut elt) => {
                self.replace(&mut elt);
                StmtKind::Append(result, elt)
            }
            CompKind::Set(mut elt) => {
                self.replace(&mut elt);
                StmtKind::SetAdd(result, elt)
            }
            CompKind::Dict(mut key, mut value) => {
                self.operands(values([&mut key, &mut value]));
                StmtKind::DictSet(result, key, value)
            }
        };
        self.push(stmt, span);
    }
}

/// Whether the comprehension can stay whole once its outermost iterable is there.
fn only_first_iterable_suspends(comp: &Comp) -> bool {
    let mut clauses = comp.clauses.iter();
    let Some(first) = clauses.next() else {
        return false;
    };
    let element_suspends = match &comp.kind {
        CompKind::List(elt) | CompKind::Set(elt) => suspends(elt),
        CompKind::Dict(key, value) => suspends(key) || suspends(value),
    };
    !element_suspends
        && !first.is_async
        && !target_suspends(&first.target)
        && !first.ifs.iter().any(suspends)
        && clauses.all(|clause| {
            !clause.is_async
                && !suspends(&clause.iter)
                && !target_suspends(&clause.target)
                && !clause.ifs.iter().any(suspends)
        })
}
