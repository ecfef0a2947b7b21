//! Loops whose body, iterable or condition suspends.
//!
//! The iterator waits in one temporary for as long as the loop runs; `break` and the end empty
//! it. In `async for` only the step itself is guarded against `StopAsyncIteration`, as in CPython.

use super::regions::Region;
use super::walk::target_suspends;
use super::{Cutter, intrinsic, local_target, take};
use crate::hir::{
    Block, BlockId, CodeKind, Expr, ExprKind, Intrinsic, Place, Slot, Target, TargetKind,
    Terminator,
};
use aio_syntax::Span;

/// The parts of a `for`.
pub(super) struct ForParts {
    pub(super) target: Target,
    pub(super) iter: Expr,
    pub(super) body: Block,
    pub(super) orelse: Block,
    pub(super) is_async: bool,
}

impl Cutter<'_> {
    /// Evaluates an iterable and calls `iter` (`aiter`) on it; gives the slot of the iterator.
    ///
    /// The outermost iterator of a generator expression is its first parameter, already started.
    pub(super) fn iterator_slot(&mut self, iter: Expr, is_async: bool) -> Slot {
        const STARTED: Slot = Slot(0);
        if self.kind == CodeKind::GenExpr && iter.kind_is_local(STARTED) {
            return STARTED;
        }
        let span = iter.span;
        let iter = Box::new(self.expr(iter));
        let started = if is_async {
            Intrinsic::GetAIter(iter)
        } else {
            Intrinsic::GetIter(iter)
        };
        let value = intrinsic(started, span);
        self.release_taken(&value);
        let slot = self.alloc();
        self.assign_slot(slot, value);
        self.free_temps.remove(&slot);
        slot
    }

    /// Ends the open block with the step of an iteration: the next item is bound to `target` in
    /// the block that is open afterwards; at the end of the iterator it goes to `exit`.
    pub(super) fn next_item(
        &mut self,
        iterator: Slot,
        target: Target,
        is_async: bool,
        exit: BlockId,
        span: Span,
    ) {
        if is_async {
            self.next_async_item(iterator, target, exit, span);
            return;
        }
        let (direct, late, temp) = if target_suspends(&target) {
            let temp = self.alloc();
            (local_target(temp, span), Some(target), Some(temp))
        } else {
            self.mark_target_bound(&target);
            (target, None, None)
        };
        let body = self.new_block(span);
        self.terminate(
            Terminator::ForNext {
                iter: iterator,
                target: direct,
                body,
                exit,
            },
            span,
        );
        self.start(body);
        if let (Some(target), Some(temp)) = (late, temp) {
            self.assign(vec![target], take(temp, span), span);
        }
    }

    /// `await anext(…)`, where `StopAsyncIteration` ends the loop.
    fn next_async_item(&mut self, iterator: Slot, target: Target, exit: BlockId, span: Span) {
        let direct = match target.kind {
            TargetKind::Place(Place::Local(slot)) => Some(slot),
            TargetKind::Place(_)
            | TargetKind::Attr(..)
            | TargetKind::Index(..)
            | TargetKind::Unpack { .. } => None,
        };
        // The item and the exception never exist at the same time.
        let temp = self.alloc();
        let stop = self.new_block(span);
        self.regions.push(Region::Catch {
            exc: temp,
            handler: stop,
        });
        self.start_new(span);
        let awaitable = intrinsic(Intrinsic::ANext(iterator), span);
        let next = {
            // What follows the suspension point is outside the region.
            self.regions.pop();
            self.new_block(span)
        };
        self.terminate(
            Terminator::Await {
                value: awaitable,
                dest: Some(direct.unwrap_or(temp)),
                next,
            },
            span,
        );
        self.start(stop);
        let (done, other) = (self.new_block(span), self.new_block(span));
        self.terminate(
            Terminator::Branch {
                test: intrinsic(Intrinsic::IsStopAsyncIteration(temp), span),
                then: done,
                orelse: other,
            },
            span,
        );
        self.start(other);
        self.terminate(Terminator::Reraise(temp), span);
        self.start(done);
        self.clear(vec![temp, iterator], span);
        self.goto(exit, span);
        self.start(next);
        if let Some(slot) = direct {
            self.release(temp);
            self.mark_bound(slot);
        } else {
            self.assign(vec![target], take(temp, span), span);
        }
    }

    /// `for` and `async for`.
    pub(super) fn for_loop(&mut self, parts: ForParts, span: Span) {
        let header = parts.target.span.to(parts.iter.span);
        let before = self.bound.clone();
        let iterator = self.iterator_slot(parts.iter, parts.is_async);
        let head = self.start_new(header);
        let (exhausted, end) = (self.new_block(header), self.new_block(span));
        let on_break = self.new_block(span);
        self.next_item(iterator, parts.target, parts.is_async, exhausted, header);
        self.regions.push(Region::Loop {
            on_break,
            on_continue: head,
        });
        self.block(parts.body);
        self.regions.pop();
        self.goto(head, span);
        self.start(on_break);
        self.clear(vec![iterator], span);
        self.goto(end, span);
        self.release(iterator);
        self.bound = before;
        self.start(exhausted);
        self.alternative(|ctx| ctx.block(parts.orelse));
        self.continue_at(end, span);
    }

    /// `while`.
    pub(super) fn while_loop(&mut self, test: Expr, body: Block, orelse: Block, span: Span) {
        let header = test.span;
        let before = self.bound.clone();
        let head = self.start_new(header);
        let (inside, otherwise) = (self.new_block(header), self.new_block(header));
        let end = self.new_block(span);
        self.branch(test, inside, otherwise);
        self.start(inside);
        self.regions.push(Region::Loop {
            on_break: end,
            on_continue: head,
        });
        self.block(body);
        self.regions.pop();
        self.goto(head, span);
        self.bound = before;
        self.start(otherwise);
        self.alternative(|ctx| ctx.block(orelse));
        self.continue_at(end, span);
    }
}

impl Expr {
    fn kind_is_local(&self, slot: Slot) -> bool {
        matches!(self.kind, ExprKind::Name(Place::Local(own)) if own == slot)
    }
}
