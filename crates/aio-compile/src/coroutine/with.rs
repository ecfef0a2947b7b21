//! `with` and `async with`.
//!
//! The bound exit method waits in a slot. It is called on every way out: with the exception when
//! there is one (and swallows it by giving a true value), else with three `None`.

use super::regions::{Action, Cleanup, Region};
use super::walk::{block_returns, suspends, target_suspends};
use super::{Cutter, intrinsic, take};
use crate::hir::{
    Block, BlockId, Intrinsic, Place, Slot, StmtKind, Target, TargetKind, Terminator, WithItem,
};
use aio_syntax::Span;
use std::collections::BTreeSet;

impl Cutter<'_> {
    /// `with items: body`, one item at a time.
    pub(super) fn with_stmt(
        &mut self,
        items: Vec<WithItem>,
        body: Block,
        is_async: bool,
        span: Span,
    ) {
        self.with_items(items.into_iter(), body, is_async, span);
    }

    fn with_items(
        &mut self,
        mut items: std::vec::IntoIter<WithItem>,
        body: Block,
        is_async: bool,
        span: Span,
    ) {
        let Some(item) = items.next() else {
            self.block(body);
            return;
        };
        let at = item.context.span;
        let (ret, is_new) = self.return_slot(block_returns(&body), false);
        let (exit, late_target) = self.enter_manager(item, is_async);
        let (exc, saved) = (self.alloc(), self.alloc());
        let (on_exception, end) = (self.new_block(at), self.new_block(span));
        self.release_all(&[exc, saved]);
        let region = Region::Cleanup(Cleanup {
            exc,
            handler: on_exception,
            ret,
            is_level: false,
            action: Action::CallExit { exit, is_async },
            exits: [None; 3],
        });
        let ((), touched) = self.under(region, at, |ctx| {
            if let Some((target, value)) = late_target {
                ctx.assign(vec![target], take(value, at), at);
            }
            ctx.with_items(items, body, is_async, span);
        });
        self.close_cleanup();
        if self.current.is_some() {
            let after = self.new_block(at);
            self.continue_at(after, at);
            self.call_exit(exit, is_async, at);
            self.goto(end, at);
        }
        self.reserve(&[exc, saved]);
        self.start(on_exception);
        self.exit_by_exception(exit, (exc, saved), &touched, is_async, end, at);
        self.release_all(&[exit, exc, saved]);
        if is_new {
            self.release_all(ret.as_slice());
        }
        self.start(end);
    }

    /// Evaluates the manager and enters it. Gives the slot of its exit method, and the target
    /// that is still to be bound under its protection, with the slot of the value.
    fn enter_manager(&mut self, item: WithItem, is_async: bool) -> (Slot, Option<(Target, Slot)>) {
        let span = item.context.span;
        let mut context = item.context;
        if suspends(&context) {
            self.replace(&mut context);
        }
        self.release_taken(&context);
        let exit = self.alloc();
        let direct = item.target.as_ref().and_then(direct_slot);
        // A local takes the value at once; only what it is bound to can fail otherwise.
        let value = match direct {
            Some(slot) if !is_async => slot,
            Some(_) | None => self.alloc(),
        };
        let enter = StmtKind::WithEnter {
            context,
            exit,
            value,
            is_async,
        };
        self.open(span)
            .stmts
            .push(crate::hir::Stmt { kind: enter, span });
        match (item.target, direct) {
            (None, _) if is_async => {
                self.suspend_await(take(value, span), None, span);
                (exit, None)
            }
            (None, _) => {
                self.clear(vec![value], span);
                self.release(value);
                (exit, None)
            }
            (Some(_), Some(slot)) => {
                if is_async {
                    self.suspend_await(take(value, span), direct, span);
                }
                self.mark_bound(slot);
                (exit, None)
            }
            (Some(target), None) => {
                if is_async {
                    self.suspend_await(take(value, span), Some(value), span);
                    self.free_temps.remove(&value);
                }
                (exit, Some((target, value)))
            }
        }
    }

    /// The exit of a manager when the body raised; the exception is in the first of `slots`.
    fn exit_by_exception(
        &mut self,
        exit: Slot,
        (exc, saved): (Slot, Slot),
        touched: &BTreeSet<Slot>,
        is_async: bool,
        end: BlockId,
        span: Span,
    ) {
        let kept = [exc, exit];
        let leftovers = touched.iter().filter(|slot| !kept.contains(slot));
        self.clear(leftovers.copied().collect(), span);
        self.push(StmtKind::EnterHandler { exc, saved }, span);
        let on_raise = self.new_block(span);
        let action = Action::Leave {
            saved,
            name: None,
            abandoned: Vec::new(),
        };
        self.enter(
            Region::Cleanup(Cleanup {
                exc,
                handler: on_raise,
                ret: None,
                is_level: false,
                action: action.clone(),
                exits: [None; 3],
            }),
            span,
        );
        let call = intrinsic(Intrinsic::CallExit(exit, Some(exc)), span);
        let swallowed = self.new_block(span);
        let test = if is_async {
            // The exit method has been called; its slot takes what it gives.
            self.suspend_await(call, Some(exit), span);
            take(exit, span)
        } else {
            call
        };
        self.terminate(
            Terminator::Branch {
                test,
                then: swallowed,
                orelse: on_raise,
            },
            span,
        );
        self.start(swallowed);
        self.push(StmtKind::LeaveHandler { saved }, span);
        self.clear(vec![exc, exit], span);
        self.goto(end, span);
        self.close_cleanup();
        self.leave_by_exception(on_raise, &action, exc, span);
    }
}

fn direct_slot(target: &Target) -> Option<Slot> {
    if target_suspends(target) {
        return None;
    }
    match target.kind {
        TargetKind::Place(Place::Local(slot)) => Some(slot),
        TargetKind::Place(_)
        | TargetKind::Attr(..)
        | TargetKind::Index(..)
        | TargetKind::Unpack { .. } => None,
    }
}
