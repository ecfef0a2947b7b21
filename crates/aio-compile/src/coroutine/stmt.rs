//! Statements: whole where they do not suspend, cut where they do.
//!
//! A statement left whole may still hold `return`, `break` and `continue`; the block that holds it
//! then says where they lead.

use super::loops::ForParts;
use super::operands::{arg_operands, values};
use super::regions::Way;
use super::try_stmt::TryParts;
use super::walk::{block_suspends, escapes, stmt_suspends, suspends};
use super::{Cutter, constant, intrinsic};
use crate::coroutine::expr::definition_operands;
use crate::hir::{
    Block, Case, Const, Expr, Intrinsic, Pattern, Stmt, StmtKind, Target, TargetKind, Terminator,
};
use aio_syntax::Span;

impl Cutter<'_> {
    /// Statements in a row.
    pub(super) fn block(&mut self, block: Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: Stmt) {
        let span = stmt.span;
        if !stmt_suspends(&stmt) {
            self.whole(stmt);
            return;
        }
        match stmt.kind {
            StmtKind::Expr(value) => self.value_into(value, None),
            StmtKind::Assign(targets, value) => self.assign(targets, value, span),
            StmtKind::AugAssign(target, op, value) => self.aug_assign(target, op, value, span),
            StmtKind::Annotate { name, annotation } => {
                let annotation = self.expr(annotation);
                self.push(StmtKind::Annotate { name, annotation }, span);
            }
            StmtKind::Del(target) => self.del(target, span),
            StmtKind::Return(value) => self.return_stmt(value, span),
            StmtKind::Raise { exc, cause } => self.raise(exc, cause, span),
            StmtKind::If(branches, orelse) => self.if_stmt(branches, orelse, span),
            StmtKind::While { test, body, orelse } => self.while_loop(test, body, orelse, span),
            StmtKind::For {
                target,
                iter,
                body,
                orelse,
                is_async,
            } => {
                let parts = ForParts {
                    target,
                    iter,
                    body,
                    orelse,
                    is_async,
                };
                self.for_loop(parts, span);
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                is_star,
            } => {
                let parts = TryParts {
                    body,
                    handlers,
                    orelse,
                    finalbody,
                    is_star,
                };
                self.try_stmt(parts, span);
            }
            StmtKind::With {
                items,
                body,
                is_async,
            } => self.with_stmt(items, body, is_async, span),
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases, span),
            StmtKind::Function { .. } | StmtKind::Class { .. } => self.definition(stmt.kind, span),
            StmtKind::Assert(test, msg) => self.assert(test, msg, span),
            // Nothing in these can suspend.
            StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Pass
            | StmtKind::EnterHandler { .. }
            | StmtKind::LeaveHandler { .. }
            | StmtKind::Append(..)
            | StmtKind::SetAdd(..)
            | StmtKind::DictSet(..)
            | StmtKind::FreshCells(_)
            | StmtKind::Clear(_)
            | StmtKind::StarCollect { .. }
            | StmtKind::StarReraise { .. } => self.push(stmt.kind, span),
        }
    }

    /// A statement without suspension points.
    fn whole(&mut self, stmt: Stmt) {
        let span = stmt.span;
        match stmt.kind {
            StmtKind::Pass => {}
            StmtKind::Return(value) => self.leave(Way::Return, value, span),
            StmtKind::Break => self.leave(Way::Break, None, span),
            StmtKind::Continue => self.leave(Way::Continue, None, span),
            StmtKind::Raise { .. } => {
                self.push(stmt.kind, span);
                self.terminate(Terminator::Unreachable, span);
            }
            StmtKind::Assign(targets, value) => {
                targets
                    .iter()
                    .for_each(|target| self.mark_target_bound(target));
                self.push(StmtKind::Assign(targets, value), span);
            }
            kind => {
                let stmt = Stmt { kind, span };
                self.allow_escapes(escapes(&stmt), span);
                self.open(span).stmts.push(stmt);
            }
        }
    }

    fn return_stmt(&mut self, value: Option<Expr>, span: Span) {
        let value = value.map(|value| self.expr(value));
        self.leave(Way::Return, value, span);
    }

    fn raise(&mut self, mut exc: Option<Expr>, mut cause: Option<Expr>, span: Span) {
        self.operands(values(exc.iter_mut().chain(cause.iter_mut())));
        self.push(StmtKind::Raise { exc, cause }, span);
        self.terminate(Terminator::Unreachable, span);
    }

    fn del(&mut self, target: Target, span: Span) {
        let at = target.span;
        let kind = match target.kind {
            TargetKind::Attr(object, name) => TargetKind::Attr(self.expr(object), name),
            TargetKind::Index(mut object, mut index) => {
                self.operands(values([&mut object, &mut index]));
                TargetKind::Index(object, index)
            }
            kind @ (TargetKind::Place(_) | TargetKind::Unpack { .. }) => kind,
        };
        self.push(StmtKind::Del(Target { kind, span: at }), span);
    }

    fn if_stmt(&mut self, branches: Vec<(Expr, Block)>, orelse: Block, span: Span) {
        let end = self.new_block(span);
        let before = self.bound.clone();
        for (test, block) in branches {
            let at = test.span;
            let (then, next) = (self.new_block(at), self.new_block(at));
            self.branch(test, then, next);
            self.start(then);
            self.alternative(|ctx| ctx.block(block));
            self.goto(end, span);
            self.start(next);
        }
        self.block(orelse);
        self.continue_at(end, span);
        self.bound = before;
    }

    fn match_stmt(&mut self, subject: Expr, cases: Vec<Case>, span: Span) {
        let at = subject.span;
        let subject = self.expr(subject);
        let is_whole = cases
            .iter()
            .all(|case| !case.guard.as_ref().is_some_and(suspends) && !block_suspends(&case.body));
        if is_whole {
            let kind = StmtKind::Match { subject, cases };
            let stmt = Stmt { kind, span };
            self.allow_escapes(escapes(&stmt), span);
            self.push(stmt.kind, span);
            return;
        }
        self.release_taken(&subject);
        let slot = self.alloc();
        self.assign_slot(slot, subject);
        self.free_temps.remove(&slot);
        let end = self.new_block(span);
        let before = self.bound.clone();
        for case in cases {
            self.case(case, slot, end, at);
            self.bound = before.clone();
        }
        self.clear(vec![slot], span);
        self.continue_at(end, span);
        self.release(slot);
    }

    /// One case; the open block afterwards is where the next one is tried.
    fn case(&mut self, case: Case, subject: crate::hir::Slot, end: super::BlockId, span: Span) {
        let next = self.new_block(span);
        let is_irrefutable = matches!(case.pattern, Pattern::As(None, None));
        if !is_irrefutable {
            let matched = self.new_block(span);
            let test = Intrinsic::MatchTest(subject, Box::new(case.pattern));
            self.terminate(
                Terminator::Branch {
                    test: intrinsic(test, span),
                    then: matched,
                    orelse: next,
                },
                span,
            );
            self.start(matched);
        }
        if let Some(guard) = case.guard {
            let holds = self.new_block(guard.span);
            self.branch(guard, holds, next);
            self.start(holds);
        }
        self.clear(vec![subject], span);
        self.block(case.body);
        self.goto(end, span);
        self.start(next);
    }

    fn definition(&mut self, mut kind: StmtKind, span: Span) {
        match &mut kind {
            StmtKind::Function {
                function,
                decorators,
                ..
            } => self.operands(definition_operands(decorators, function)),
            StmtKind::Class {
                bases, decorators, ..
            } => {
                let mut operands = values(decorators.iter_mut());
                operands.extend(arg_operands(bases));
                self.operands(operands);
            }
            // `stmt` sends only definitions here.
            _ => {}
        }
        self.push(kind, span);
    }

    fn assert(&mut self, test: Expr, msg: Option<Expr>, span: Span) {
        if !msg.as_ref().is_some_and(suspends) {
            let test = self.expr(test);
            self.push(StmtKind::Assert(test, msg), span);
            return;
        }
        let (holds, fails) = (self.new_block(span), self.new_block(span));
        self.branch(test, holds, fails);
        self.start(fails);
        self.alternative(|ctx| {
            let msg = msg.map(|msg| ctx.expr(msg));
            let fails = constant(Const::Bool(false), span);
            ctx.push(StmtKind::Assert(fails, msg), span);
            ctx.terminate(Terminator::Unreachable, span);
        });
        self.start(holds);
    }
}
