//! `try` with handlers, `else` and `finally`, when something in it suspends.
//!
//! Slots that a region needs only once it is left (the exception, the completion code) are
//! released while its body is cut, so that the body's temporaries can use them: whoever jumps out
//! of the body needs its temporaries no more.

use super::regions::{Action, Cleanup, Region, Way};
use super::walk::{block_returns, suspends};
use super::{Cutter, intrinsic};
use crate::hir::{Block, BlockId, Expr, Handler, Intrinsic, Slot, StmtKind, Terminator};
use aio_syntax::Span;
use std::collections::BTreeSet;

/// Completion codes that are no [`Way`].
const NORMAL: i64 = 0;
const EXCEPTION: i64 = 1;

/// The parts of a `try`.
pub(super) struct TryParts {
    pub(super) body: Block,
    pub(super) handlers: Vec<Handler>,
    pub(super) orelse: Block,
    pub(super) finalbody: Block,
    pub(super) is_star: bool,
}

impl TryParts {
    fn returns(&self) -> bool {
        block_returns(&self.body)
            || block_returns(&self.orelse)
            || self
                .handlers
                .iter()
                .any(|handler| block_returns(&handler.body))
    }
}

/// The slots and blocks of a `finally`.
struct FinallyParts {
    exc: Slot,
    code: Slot,
    saved: Slot,
    ret: Option<Slot>,
    /// Entered with a completion code.
    entry: BlockId,
    /// Entered with an exception.
    on_exception: BlockId,
}

impl Cutter<'_> {
    /// A whole `try`.
    pub(super) fn try_stmt(&mut self, mut parts: TryParts, span: Span) {
        if parts.finalbody.is_empty() {
            self.guarded(parts, span);
        } else {
            let finalbody = std::mem::take(&mut parts.finalbody);
            self.try_finally(parts, finalbody, span);
        }
    }

    /// The part of a `try` before its `finally`.
    fn guarded(&mut self, parts: TryParts, span: Span) {
        if parts.handlers.is_empty() {
            self.block(parts.body);
            self.block(parts.orelse);
        } else if parts.is_star {
            self.try_except_star(parts, span);
        } else {
            self.try_except(parts, span);
        }
    }

    /// Cuts code under a region; gives what it touched.
    pub(super) fn under<T>(
        &mut self,
        region: Region,
        span: Span,
        code: impl FnOnce(&mut Self) -> T,
    ) -> (T, BTreeSet<Slot>) {
        let outer = std::mem::take(&mut self.touched);
        self.enter(region, span);
        let result = self.alternative(code);
        let inner = std::mem::replace(&mut self.touched, outer);
        self.touched.extend(&inner);
        (result, inner)
    }

    fn try_finally(&mut self, parts: TryParts, finalbody: Block, span: Span) {
        let (ret, is_new) = self.return_slot(parts.returns(), false);
        let f = FinallyParts {
            exc: self.alloc(),
            code: self.alloc(),
            saved: self.alloc(),
            ret,
            entry: self.new_block(span),
            on_exception: self.new_block(span),
        };
        let late = [f.exc, f.code, f.saved];
        self.release_all(&late);
        let region = Region::Cleanup(Cleanup {
            exc: f.exc,
            handler: f.on_exception,
            ret,
            is_level: false,
            action: Action::Finally {
                code: f.code,
                entry: f.entry,
            },
            exits: [None; 3],
        });
        let (is_completed, touched) = self.under(region, span, |ctx| {
            ctx.guarded(parts, span);
            let is_completed = ctx.current.is_some();
            if is_completed {
                ctx.set_code(f.code, NORMAL, span);
                ctx.goto(f.entry, span);
            }
            is_completed
        });
        let left = self.close_cleanup();
        self.reserve(&late);
        let mut table = vec![(EXCEPTION, self.new_block(span))];
        if is_completed {
            table.push((NORMAL, self.new_block(span)));
        }
        for way in Way::ALL {
            if left.as_ref().is_some_and(|left| left.is_left_by(way)) {
                table.push((way.code(), self.new_block(span)));
            }
        }
        self.finally_entries(&f, &touched, span);
        self.finally_body(&f, finalbody, &table, span);
        self.finally_exits(&f, &table, span);
        self.release_all(&late);
        if is_new {
            self.release_all(f.ret.as_slice());
        }
        if let Some((_, end)) = table.iter().find(|(code, _)| *code == NORMAL) {
            self.start(*end);
        }
    }

    /// What happens before the body of a `finally`: leftovers go, an exception is the handled
    /// one. Ends with the body's first block open.
    fn finally_entries(&mut self, f: &FinallyParts, touched: &BTreeSet<Slot>, span: Span) {
        let leftovers = |kept: &[Slot]| -> Vec<Slot> {
            let is_left = |slot: &&Slot| !kept.contains(slot) && Some(**slot) != f.ret;
            touched.iter().filter(is_left).copied().collect()
        };
        let body = self.new_block(span);
        self.start(f.on_exception);
        self.clear(leftovers(&[f.exc]), span);
        self.set_code(f.code, EXCEPTION, span);
        self.push(
            StmtKind::EnterHandler {
                exc: f.exc,
                saved: f.saved,
            },
            span,
        );
        self.goto(body, span);
        self.start(f.entry);
        self.clear(leftovers(&[f.code]), span);
        self.continue_at(body, span);
    }

    fn finally_body(
        &mut self,
        f: &FinallyParts,
        finalbody: Block,
        table: &[(i64, BlockId)],
        span: Span,
    ) {
        let (ret, is_new) = self.return_slot(block_returns(&finalbody), true);
        let handler = self.new_block(span);
        let mut abandoned = vec![f.exc];
        abandoned.extend(f.ret);
        let region = Region::Cleanup(Cleanup {
            exc: f.exc,
            handler,
            ret,
            is_level: true,
            action: Action::Leave {
                saved: f.saved,
                name: None,
                abandoned,
            },
            exits: [None; 3],
        });
        let ((), touched) = self.under(region, span, |ctx| ctx.block(finalbody));
        self.close_cleanup();
        if self.current.is_some() {
            let end = self.new_block(span);
            self.continue_at(end, span);
            self.push(StmtKind::LeaveHandler { saved: f.saved }, span);
            self.terminate(
                Terminator::Dispatch {
                    on: f.code,
                    table: table.to_vec(),
                },
                span,
            );
        }
        self.start(handler);
        self.push(StmtKind::LeaveHandler { saved: f.saved }, span);
        let kept = [f.exc, f.saved];
        let leftovers = touched.into_iter().filter(|slot| !kept.contains(slot));
        self.clear(leftovers.chain(f.ret).collect(), span);
        self.terminate(Terminator::Reraise(f.exc), span);
        if is_new {
            self.release_all(ret.as_slice());
        }
    }

    /// What comes after the body of a `finally`, by completion code.
    fn finally_exits(&mut self, f: &FinallyParts, table: &[(i64, BlockId)], span: Span) {
        for (code, block) in table {
            if *code == NORMAL {
                continue;
            }
            self.start(*block);
            match Way::ALL.into_iter().find(|way| way.code() == *code) {
                None => self.terminate(Terminator::Reraise(f.exc), span),
                Some(Way::Return) => self.go_outwards(Way::Return, f.ret, span),
                Some(way) => self.go_outwards(way, None, span),
            }
        }
    }

    fn try_except(&mut self, parts: TryParts, span: Span) {
        let exc = self.alloc();
        let on_exception = self.new_block(span);
        let end = self.new_block(span);
        let returns = parts
            .handlers
            .iter()
            .any(|handler| block_returns(&handler.body));
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
        self.handlers(handlers, exc, returns, end, span);
        self.release(exc);
        self.start(end);
    }

    /// The handlers of a `try`, tried in turn; the exception is in `exc`.
    fn handlers(
        &mut self,
        handlers: Vec<Handler>,
        exc: Slot,
        returns: bool,
        end: BlockId,
        span: Span,
    ) {
        let (ret, is_new) = self.return_slot(returns, false);
        let saved = self.alloc();
        self.push(StmtKind::EnterHandler { exc, saved }, span);
        let unhandled = self.new_block(span);
        let region = |handler: BlockId, name| {
            Region::Cleanup(Cleanup {
                exc,
                handler,
                ret,
                is_level: false,
                action: Action::Leave {
                    saved,
                    name,
                    abandoned: Vec::new(),
                },
                exits: [None; 3],
            })
        };
        self.enter(region(unhandled, None), span);
        let mut is_caught = false;
        for mut handler in handlers {
            let at = handler.span;
            let next = self.new_block(at);
            match handler.typ.take() {
                Some(typ) => self.test_handler(typ, exc, next, at),
                None => is_caught = true,
            }
            let is_named = handler.name.is_some();
            let on_raise = if is_named {
                self.regions.pop();
                let on_raise = self.new_block(at);
                self.enter(region(on_raise, handler.name.clone()), at);
                on_raise
            } else {
                unhandled
            };
            self.handler_body(handler, exc, saved, end);
            if is_named {
                let cleanup = self.close_cleanup();
                if let Some(cleanup) = cleanup {
                    self.leave_by_exception(on_raise, &cleanup.action, exc, at);
                }
                self.regions.push(region(unhandled, None));
            }
            self.start(next);
        }
        if is_caught {
            self.terminate(Terminator::Unreachable, span);
        } else {
            self.goto(unhandled, span);
        }
        if let Some(cleanup) = self.close_cleanup() {
            self.leave_by_exception(unhandled, &cleanup.action, exc, span);
        }
        self.release(saved);
        if is_new {
            self.release_all(ret.as_slice());
        }
    }

    /// Goes to `next` unless the exception matches.
    fn test_handler(&mut self, mut typ: Expr, exc: Slot, next: BlockId, span: Span) {
        if suspends(&typ) {
            self.replace(&mut typ);
        }
        let matched = self.new_block(span);
        let at = typ.span;
        let test = intrinsic(Intrinsic::ExcMatches(exc, Box::new(typ)), at);
        self.terminate(
            Terminator::Branch {
                test,
                then: matched,
                orelse: next,
            },
            at,
        );
        self.start(matched);
    }

    /// The statements of one handler, with its name bound meanwhile.
    fn handler_body(&mut self, handler: Handler, exc: Slot, saved: Slot, end: BlockId) {
        let span = handler.span;
        if let Some(name) = &handler.name {
            self.bind_handler_name(name, exc, span);
        }
        // From here on the exception is kept by whoever handles it.
        self.clear(vec![exc], span);
        self.release(exc);
        let body = handler.body;
        self.alternative(|ctx| ctx.block(body));
        self.reserve(&[exc]);
        if self.current.is_none() {
            return;
        }
        self.unbind(handler.name.as_ref(), span);
        self.push(StmtKind::LeaveHandler { saved }, span);
        self.goto(end, span);
    }
}
