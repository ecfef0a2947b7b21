//! `try` with `except*` handlers, when something in it suspends.
//!
//! Each handler takes its part of the group; what the handlers raise is collected, and raised
//! together with the unhandled rest at the end. Handlers cannot `return`, `break` or `continue`.

use super::regions::{Action, Cleanup, Region};
use super::try_stmt::TryParts;
use super::{Cutter, constant, intrinsic, local};
use crate::hir::{CmpOp, Const, Expr, ExprKind, Handler, Intrinsic, Slot, StmtKind, Terminator};
use aio_syntax::Span;

/// The slots of an `except*`.
#[derive(Clone, Copy)]
struct StarSlots {
    /// The exception as it was raised.
    exc: Slot,
    /// What no handler has taken yet.
    rest: Slot,
    /// What the handlers raised.
    raised: Slot,
    /// The part that the current handler handles.
    part: Slot,
}

impl Cutter<'_> {
    pub(super) fn try_except_star(&mut self, parts: TryParts, span: Span) {
        let exc = self.alloc();
        let (on_exception, end) = (self.new_block(span), self.new_block(span));
        self.release(exc);
        let region = Region::Catch {
            exc,
            handler: on_exception,
        };
        let TryParts {
            body,
            handlers,
            orelse,
            ..
        } = parts;
        let ((), touched) = self.under(region, span, |ctx| ctx.block(body));
        self.regions.pop();
        if self.current.is_some() {
            let after = self.new_block(span);
            self.continue_at(after, span);
            self.alternative(|ctx| ctx.block(orelse));
            self.goto(end, span);
        }
        self.reserve(&[exc]);
        self.start(on_exception);
        let leftovers = touched.into_iter().filter(|slot| *slot != exc);
        self.clear(leftovers.collect(), span);
        self.star_handlers(handlers, exc, span);
        self.goto(end, span);
        self.release(exc);
        self.start(end);
    }

    fn star_handlers(&mut self, handlers: Vec<Handler>, exc: Slot, span: Span) {
        let saved = self.alloc();
        let slots = StarSlots {
            exc,
            rest: self.alloc(),
            raised: self.alloc(),
            part: self.alloc(),
        };
        self.push(StmtKind::EnterHandler { exc, saved }, span);
        self.assign_slot(slots.rest, local(exc, span));
        self.assign_slot(slots.raised, intrinsic(Intrinsic::NewList, span));
        let on_raise = self.new_block(span);
        // An error outside the handlers' bodies replaces everything; its slot must not be that of
        // the original exception, which the end still needs.
        let error = slots.part;
        let action = Action::Leave {
            saved,
            name: None,
            abandoned: vec![slots.exc, slots.rest, slots.raised],
        };
        let region = Region::Cleanup(Cleanup {
            exc: error,
            handler: on_raise,
            ret: None,
            is_level: false,
            action: action.clone(),
            exits: [None; 3],
        });
        self.enter(region, span);
        for handler in handlers {
            self.star_handler(handler, slots);
        }
        self.push(
            StmtKind::StarReraise {
                original: slots.exc,
                rest: slots.rest,
                list: slots.raised,
            },
            span,
        );
        self.close_cleanup();
        let after = self.new_block(span);
        self.continue_at(after, span);
        self.run_cleanup(&action, span);
        let done = self.current.take();
        self.leave_by_exception(on_raise, &action, error, span);
        self.current = done;
        self.release_all(&[saved, slots.rest, slots.raised, slots.part]);
    }

    fn star_handler(&mut self, handler: Handler, slots: StarSlots) {
        let span = handler.span;
        let next = self.new_block(span);
        let mut typ = match handler.typ {
            Some(typ) => typ,
            // The parser refuses a bare `except*:`.
            None => constant(Const::None, span),
        };
        self.replace(&mut typ);
        let split = Intrinsic::SplitGroup {
            group: slots.rest,
            typ: Box::new(typ),
        };
        self.assign_slot(slots.part, intrinsic(split, span));
        let test = Expr {
            kind: ExprKind::Compare(
                Box::new(local(slots.part, span)),
                vec![(CmpOp::IsNot, constant(Const::None, span))],
            ),
            span,
        };
        let matched = self.new_block(span);
        self.terminate(
            Terminator::Branch {
                test,
                then: matched,
                orelse: next,
            },
            span,
        );
        self.start(matched);
        let saved = self.alloc();
        self.push(
            StmtKind::EnterHandler {
                exc: slots.part,
                saved,
            },
            span,
        );
        let on_raise = self.new_block(span);
        let action = Action::Leave {
            saved,
            name: handler.name.clone(),
            abandoned: Vec::new(),
        };
        let region = Region::Cleanup(Cleanup {
            exc: slots.part,
            handler: on_raise,
            ret: None,
            is_level: false,
            action: action.clone(),
            exits: [None; 3],
        });
        if let Some(name) = &handler.name {
            self.bind_handler_name(name, slots.part, span);
        }
        let ((), touched) = self.under(region, span, |ctx| ctx.block(handler.body));
        self.close_cleanup();
        if self.current.is_some() {
            let after = self.new_block(span);
            self.continue_at(after, span);
            self.run_cleanup(&action, span);
            self.goto(next, span);
        }
        self.start(on_raise);
        let kept = [slots.part, saved];
        let leftovers = touched.into_iter().filter(|slot| !kept.contains(slot));
        self.clear(leftovers.collect(), span);
        self.run_cleanup(&action, span);
        self.push(
            StmtKind::StarCollect {
                list: slots.raised,
                exc: slots.part,
            },
            span,
        );
        self.release(saved);
        self.continue_at(next, span);
    }
}
