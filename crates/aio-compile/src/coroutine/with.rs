//! `with` and `async with`.
//!
//! The exit method waits in two slots, with its receiver. It is called on every way out: with the exception when
//! there is one (and swallows it by giving a true value), else with three `None`.

use super::regions::{Action, Cleanup, Region};
use super::walk::{block_returns, suspends, target_suspends};
use super::{Cutter, intrinsic, local_target, take};
use crate::hir::{
    Block, BlockId, ExitSlots, Expr, Intrinsic, Place, Slot, Stmt, StmtKind, Target, TargetKind,
    Terminator, WithItem,
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
        self.release_all(&[exit.method, exit.receiver, exc, saved]);
        if is_new {
            self.release_all(ret.as_slice());
        }
        self.start(end);
    }

    /// Evaluates the manager and enters it. Gives the slots of its exit method, and the target
    /// that is still to be bound under its protection, with the slot of the value.
    fn enter_manager(
        &mut self,
        item: WithItem,
        is_async: bool,
    ) -> (ExitSlots, Option<(Target, Slot)>) {
        let span = item.context.span;
        let mut context = item.context;
        if suspends(&context) {
            self.replace(&mut context);
        }
        self.release_taken(&context);
        let exit = ExitSlots {
            method: self.alloc(),
            receiver: self.alloc(),
        };
        let enter = Intrinsic::Enter {
            context: Box::new(context),
            exit,
            is_async,
        };
        let enter = intrinsic(enter, span);
        // A local takes the value at once; only what it is bound to can fail otherwise.
        let direct = item.target.as_ref().and_then(direct_slot);
        match (item.target, direct) {
            (None, _) => {
                self.entered(enter, None, is_async, span);
                (exit, None)
            }
            (Some(_), Some(slot)) => {
                self.entered(enter, Some(slot), is_async, span);
                self.mark_bound(slot);
                (exit, None)
            }
            (Some(target), None) => {
                let value = self.alloc();
                self.entered(enter, Some(value), is_async, span);
                (exit, Some((target, value)))
            }
        }
    }

    /// Stores what the enter method gives (when async, to the one who awaits it).
    fn entered(&mut self, enter: Expr, value: Option<Slot>, is_async: bool, span: Span) {
        if is_async {
            self.suspend_await(enter, value, span);
            return;
        }
        let stmt = match value {
            Some(slot) => StmtKind::Assign(vec![local_target(slot, span)], enter),
            None => StmtKind::Expr(enter),
        };
        self.open(span).stmts.push(Stmt { kind: stmt, span });
    }

    /// The exit of a manager when the body raised; the exception is in the first of `slots`.
    fn exit_by_exception(
        &mut self,
        exit: ExitSlots,
        (exc, saved): (Slot, Slot),
        touched: &BTreeSet<Slot>,
        is_async: bool,
        end: BlockId,
        span: Span,
    ) {
        let kept = [exc, exit.method, exit.receiver];
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
            self.suspend_await(call, Some(exit.method), span);
            take(exit.method, span)
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
        self.clear(vec![exc], span);
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
