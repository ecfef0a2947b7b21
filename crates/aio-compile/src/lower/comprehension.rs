//! Comprehensions and generator expressions.
//!
//! List, set and dict comprehensions run in the frame around them: their variables are slots of
//! that frame, which the next comprehension may use again. A generator expression is a body of
//! its own, a generator whose slot 0 is the iterator of its outermost loop.

use super::Lowerer;
use crate::hir::{
    Block, CodeKind, Comp, CompFor, CompKind, Expr, ExprKind, Params, Place, Slot, Stmt, StmtKind,
};
use crate::scope::{NodeKey, ScopeId, ScopeKind, Variable};
use aio_syntax::{Span, ast};

impl Lowerer<'_> {
    /// A list, set or dict comprehension.
    pub(super) fn comprehension(&mut self, node: &ast::Expr) -> ExprKind {
        use ast::ExprKind as E;
        let (elements, generators): (Vec<&ast::Expr>, &[ast::Comprehension]) = match &node.kind {
            E::ListComp { elt, generators } | E::SetComp { elt, generators } => {
                (vec![elt], generators)
            }
            E::DictComp {
                key,
                value,
                generators,
            } => (vec![key, value], generators),
            _ => return self.expr(node).kind,
        };
        let scope = self.tree.of_node(NodeKey::expr(node));
        self.check_async_comprehension(scope, node.span);
        let Some((outermost, inner)) = generators.split_first() else {
            return ExprKind::List(Vec::new());
        };
        // The outermost iterable belongs to the scope around.
        let mut first_iter = self.expr(&outermost.iter);
        super::fold::freeze_list(&mut first_iter);
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let (own, fresh_cells) = self.comprehension_slots(scope);
        let mut clauses = vec![self.clause(outermost, first_iter)];
        for clause in inner {
            let mut iter = self.expr(&clause.iter);
            super::fold::freeze_list(&mut iter);
            clauses.push(self.clause(clause, iter));
        }
        let mut values = elements.iter().map(|element| self.expr(element));
        let first = values.next().expect("a comprehension has an element");
        let kind = match (&node.kind, values.next()) {
            (_, Some(value)) => CompKind::Dict(first, value),
            (E::SetComp { .. }, None) => CompKind::Set(first),
            (_, None) => CompKind::List(first),
        };
        drop(values);
        self.scope = outer_scope;
        self.spare_slots(&own, &fresh_cells);
        ExprKind::Comp(Box::new(Comp {
            kind,
            clauses,
            fresh_cells,
            own,
        }))
    }

    fn clause(&mut self, clause: &ast::Comprehension, iter: Expr) -> CompFor {
        CompFor {
            target: self.target(&clause.target),
            iter,
            ifs: self.exprs(&clause.ifs),
            is_async: clause.is_async,
        }
    }

    /// Gives the comprehension's variables their slots: all of them, and those that are cells.
    fn comprehension_slots(&mut self, scope: ScopeId) -> (Vec<Slot>, Vec<Slot>) {
        let tree = self.tree;
        let mut own = Vec::new();
        let mut fresh = Vec::new();
        for (name, symbol) in tree.scope(scope).symbols() {
            if !symbol.is_local() {
                continue;
            }
            let variable = Variable {
                owner: scope,
                name: name.clone(),
            };
            if tree.is_cell(&variable) {
                let slot = self.slot_of(&variable);
                own.push(slot);
                fresh.push(slot);
            } else {
                let slot = self.spare_or_new_slot(&variable);
                own.push(slot);
            }
        }
        (own, fresh)
    }

    fn spare_or_new_slot(&mut self, variable: &Variable) -> Slot {
        let body = self.body();
        let found = body
            .spare
            .iter()
            .position(|(name, _)| *name == variable.name);
        let Some(index) = found else {
            return self.slot_of(variable);
        };
        let (_, slot) = body.spare.swap_remove(index);
        body.variables.insert(variable.clone(), slot);
        slot
    }

    fn spare_slots(&mut self, own: &[Slot], fresh_cells: &[Slot]) {
        let body = self.body();
        for slot in own {
            if !fresh_cells.contains(slot)
                && let Some(name) = body.slots.get(slot.0 as usize)
            {
                body.spare.push((name.clone(), *slot));
            }
        }
    }

    fn check_async_comprehension(&mut self, scope: ScopeId, span: Span) {
        if !self.tree.scope(scope).has_await {
            return;
        }
        let around = self.scope();
        let allowed = match around.kind {
            ScopeKind::Function | ScopeKind::Lambda => around.is_async,
            ScopeKind::Class => false,
            ScopeKind::Module
            | ScopeKind::ListComp
            | ScopeKind::SetComp
            | ScopeKind::DictComp
            | ScopeKind::GenExpr
            | ScopeKind::TypeParams => true,
        };
        if !allowed {
            self.report_await(
                span,
                "asynchronous comprehension outside of an asynchronous function",
            );
        }
    }

    pub(super) fn generator(
        &mut self,
        node: &ast::Expr,
        elt: &ast::Expr,
        generators: &[ast::Comprehension],
    ) -> ExprKind {
        let Some((outermost, inner)) = generators.split_first() else {
            return ExprKind::Tuple(Vec::new());
        };
        let mut iter = self.expr(&outermost.iter);
        super::fold::freeze_list(&mut iter);
        let scope = self.tree.of_node(NodeKey::expr(node));
        self.open_body(scope, CodeKind::GenExpr, "<genexpr>".into());
        let iterator = self.new_slot(&".0".into(), false);
        let started = || Expr {
            kind: ExprKind::Name(Place::Local(iterator)),
            span: outermost.iter.span,
        };
        let block = self.generator_loop(outermost, started(), inner, elt);
        let suspends = outermost.is_async || self.scope().has_await;
        let loops = (!suspends && self.errors.is_empty())
            .then(|| Box::new(self.generator_comp(generators, started(), elt)));
        let params = Params {
            posonly: 1,
            ..Params::default()
        };
        let code = self.close_body(block, params, None, node.span);
        ExprKind::GenExpr {
            code,
            iter: Box::new(iter),
            is_async: outermost.is_async,
            loops,
        }
    }

    /// The loops of a generator expression, seen as a list comprehension.
    fn generator_comp(
        &mut self,
        generators: &[ast::Comprehension],
        started: Expr,
        elt: &ast::Expr,
    ) -> Comp {
        let mut started = Some(started);
        let mut clauses = Vec::with_capacity(generators.len());
        for clause in generators {
            let iter = match started.take() {
                Some(started) => started,
                None => self.expr(&clause.iter),
            };
            clauses.push(self.clause(clause, iter));
        }
        Comp {
            kind: CompKind::List(self.expr(elt)),
            clauses,
            fresh_cells: Vec::new(),
            own: Vec::new(),
        }
    }

    /// `for target in iter: if …: <inner loops or yield>`
    fn generator_loop(
        &mut self,
        clause: &ast::Comprehension,
        iter: Expr,
        inner: &[ast::Comprehension],
        elt: &ast::Expr,
    ) -> Block {
        let target = self.target(&clause.target);
        let tests = self.exprs(&clause.ifs);
        let mut body = match inner.split_first() {
            Some((next, rest)) => {
                let iter = self.expr(&next.iter);
                self.generator_loop(next, iter, rest, elt)
            }
            None => {
                let span = elt.span;
                let value = Some(Box::new(self.expr(elt)));
                let yielded = Expr {
                    kind: ExprKind::Yield(value),
                    span,
                };
                vec![Stmt {
                    kind: StmtKind::Expr(yielded),
                    span,
                }]
            }
        };
        for test in tests.into_iter().rev() {
            let span = test.span;
            body = vec![Stmt {
                kind: StmtKind::If(vec![(test, body)], Vec::new()),
                span,
            }];
        }
        vec![Stmt {
            kind: StmtKind::For {
                target,
                iter,
                body,
                orelse: Vec::new(),
                is_async: clause.is_async,
            },
            span: clause.span,
        }]
    }
}
