//! Control flow: loops, branches, `with`, `try`, and what leaves them.
//!
//! Statements keep their shape; what is checked here is where they stand: `break` needs a loop,
//! `async with` an async function, `return` a function that is no `except*` handler.

use super::{Lowerer, Nesting, fold};
use crate::errors::code;
use crate::hir::{CodeKind, Handler, StmtKind, WithItem};
use crate::scope::ScopeKind;
use aio_syntax::{Span, ast};

/// CPython's complaint about control flow that would leave an `except*` handler.
const LEAVES_STAR_HANDLER: &str =
    "'break', 'continue' and 'return' cannot appear in an except* block";

impl Lowerer<'_> {
    pub(super) fn return_stmt(&mut self, value: Option<&ast::Expr>, span: Span) -> StmtKind {
        if matches!(self.body_kind(), CodeKind::Module | CodeKind::Class) {
            self.report(code::OUTSIDE_FUNCTION, span, "'return' outside function");
        }
        let scope = self.body_scope();
        if value.is_some() && scope.is_async && scope.has_yield {
            self.report_with_help(
                code::INSIDE_ASYNC,
                span,
                "'return' with value in async generator",
                "`yield` the value, or return without one",
            );
        }
        if self.body().nesting.contains(&Nesting::StarHandler) {
            let place = value.map_or(span, |value| value.span);
            self.report(code::HANDLER, place, LEAVES_STAR_HANDLER);
        }
        StmtKind::Return(self.opt_expr(value))
    }

    pub(super) fn break_stmt(&mut self, span: Span) -> StmtKind {
        self.check_loop(span, "'break' outside loop");
        StmtKind::Break
    }

    pub(super) fn continue_stmt(&mut self, span: Span) -> StmtKind {
        self.check_loop(span, "'continue' not properly in loop");
        StmtKind::Continue
    }

    fn check_loop(&mut self, span: Span, complaint: &str) {
        match self.body().nesting.last() {
            Some(Nesting::Loop) => {}
            Some(Nesting::StarHandler) => self.report(code::HANDLER, span, LEAVES_STAR_HANDLER),
            None => self.report(code::OUTSIDE_LOOP, span, complaint),
        }
    }

    /// Lowers statements that stand inside a loop or an `except*` handler.
    fn nested(&mut self, nesting: Nesting, stmts: &[ast::Stmt]) -> crate::hir::Block {
        self.body().nesting.push(nesting);
        let block = self.stmts(stmts);
        self.body().nesting.pop();
        block
    }

    fn check_async_stmt(&mut self, is_async: bool, span: Span, what: &str) {
        let scope = self.body_scope();
        if is_async && !scope.is_async && scope.kind != ScopeKind::Module {
            let message = format!("'async {what}' outside async function");
            self.report_await(span, &message);
        }
    }

    pub(super) fn for_stmt(&mut self, node: &ast::For, span: Span) -> StmtKind {
        self.check_async_stmt(node.is_async, span, "for");
        let mut iter = self.expr(&node.iter);
        if !node.is_async {
            fold::freeze_list(&mut iter);
        }
        StmtKind::For {
            target: self.target(&node.target),
            iter,
            body: self.nested(Nesting::Loop, &node.body),
            orelse: self.stmts(&node.orelse),
            is_async: node.is_async,
        }
    }

    pub(super) fn while_stmt(&mut self, node: &ast::While) -> StmtKind {
        StmtKind::While {
            test: self.expr(&node.test),
            body: self.nested(Nesting::Loop, &node.body),
            orelse: self.stmts(&node.orelse),
        }
    }

    pub(super) fn if_stmt(&mut self, branches: &[ast::IfBranch], orelse: &[ast::Stmt]) -> StmtKind {
        let branches = branches
            .iter()
            .map(|branch| {
                let test = self.expr(&branch.test);
                (test, self.stmts(&branch.body))
            })
            .collect();
        StmtKind::If(branches, self.stmts(orelse))
    }

    pub(super) fn with_stmt(&mut self, node: &ast::With, span: Span) -> StmtKind {
        self.check_async_stmt(node.is_async, span, "with");
        let items = node
            .items
            .iter()
            .map(|item| {
                let context = self.expr(&item.context_expr);
                let target = item
                    .optional_vars
                    .as_ref()
                    .map(|target| self.target(target));
                WithItem { context, target }
            })
            .collect();
        StmtKind::With {
            items,
            body: self.stmts(&node.body),
            is_async: node.is_async,
        }
    }

    pub(super) fn try_stmt(&mut self, node: &ast::Try) -> StmtKind {
        let body = self.stmts(&node.body);
        let last = node.handlers.len().saturating_sub(1);
        let handlers = node
            .handlers
            .iter()
            .enumerate()
            .map(|(index, handler)| {
                if handler.type_.is_none() && index < last {
                    self.report_with_help(
                        code::HANDLER,
                        handler.span,
                        "default 'except:' must be last",
                        "move it behind the handlers that name a class",
                    );
                }
                self.handler(handler, node.is_star)
            })
            .collect();
        StmtKind::Try {
            body,
            handlers,
            orelse: self.stmts(&node.orelse),
            finalbody: self.stmts(&node.finalbody),
            is_star: node.is_star,
        }
    }

    fn handler(&mut self, node: &ast::ExceptHandler, is_star: bool) -> Handler {
        let typ = self.opt_expr(node.type_.as_ref());
        let name = node
            .name
            .as_ref()
            .map(|name| self.bind(&name.name, node.span));
        let body = if is_star {
            self.nested(Nesting::StarHandler, &node.body)
        } else {
            self.stmts(&node.body)
        };
        Handler {
            typ,
            name,
            body,
            span: node.span,
        }
    }
}
