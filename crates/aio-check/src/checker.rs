//! The walk through a program: every block, statement and expression is shown to the rules,
//! with the place it stands in.

use rustc_hash::FxHashSet;

use aio_compile::scope::{ScopeId, ScopeTree};
use aio_syntax::ast::{
    Comprehension, ExceptHandler, Expr, ExprKind, FunctionDef, Module, Stmt, StmtKind,
};
use aio_syntax::{Diagnostic, Span, wording};

use crate::facts::Facts;
use crate::infer::{Inference, Ty};
use crate::rules;
use aio_syntax::visit;

/// Where something stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Which variables its names mean.
    pub(crate) scope: ScopeId,
    /// The function whose body runs it; `None` at the top level and in a class body.
    pub(crate) function: Option<&'a FunctionDef>,
    /// Whether an `await` may stand here.
    pub(crate) is_async: bool,
    /// Whether it is certainly the event loop that runs it.
    pub(crate) in_loop: bool,
    /// Which exceptions are caught around it.
    pub(crate) caught: Caught,
}

/// Exceptions that a `try` around something catches.
#[derive(Clone, Copy, Default)]
pub(crate) struct Caught {
    type_error: bool,
    runtime_error: bool,
    value_error: bool,
    invalid_state: bool,
    everything: bool,
}

impl Caught {
    /// What runs elsewhere, under nobody knows which `try`.
    const UNKNOWN: Caught = Caught {
        type_error: true,
        runtime_error: true,
        value_error: true,
        invalid_state: true,
        everything: true,
    };

    fn by(mut self, handlers: &[ExceptHandler]) -> Self {
        for handler in handlers {
            match &handler.type_ {
                None => self.everything = true,
                Some(type_) => self.add(type_),
            }
        }
        self
    }

    fn add(&mut self, type_: &Expr) {
        match &type_.kind {
            ExprKind::Tuple { elts } => elts.iter().for_each(|one| self.add(one)),
            ExprKind::Name { id: name } => self.add_name(name),
            ExprKind::Attribute { attr, .. } => self.add_name(&attr.name),
            _ => self.everything = true,
        }
    }

    fn add_name(&mut self, name: &str) {
        match name {
            "TypeError" => self.type_error = true,
            "RuntimeError" => self.runtime_error = true,
            "ValueError" => self.value_error = true,
            "InvalidStateError" => self.invalid_state = true,
            "Exception" | "BaseException" => self.everything = true,
            _ => {}
        }
    }

    fn names(self, exception: &str) -> bool {
        match exception {
            "TypeError" => self.type_error,
            "RuntimeError" => self.runtime_error,
            "ValueError" => self.value_error,
            "InvalidStateError" => self.invalid_state,
            _ => false,
        }
    }
}

/// The state of a walk.
pub(crate) struct Checker<'a, 't> {
    /// The text of the program.
    pub(crate) source: &'a str,
    /// The program.
    pub(crate) module: &'a Module,
    /// Its scopes.
    pub(crate) tree: &'t ScopeTree,
    /// Its bindings.
    pub(crate) facts: &'t Facts<'a>,
    /// Whether tasks may be made in another way than usual.
    pub(crate) has_task_factory: bool,
    /// Whether anything is cancelled.
    pub(crate) cancels: bool,
    found: Vec<Diagnostic>,
    /// Expressions about which something better was said.
    explained: FxHashSet<Span>,
}

/// Everything there is to say, in source order.
pub(crate) fn check(module: &Module, source: &str, tree: &ScopeTree) -> Vec<Diagnostic> {
    let facts = Facts::collect(module, tree);
    let mut checker = Checker {
        source,
        module,
        tree,
        facts: &facts,
        has_task_factory: source.contains("task_factory"),
        cancels: source.contains(".cancel("),
        found: Vec::new(),
        explained: FxHashSet::default(),
    };
    let is_async = tree.scope(ScopeTree::MODULE).has_await;
    let place = Place {
        scope: ScopeTree::MODULE,
        function: None,
        is_async,
        in_loop: is_async,
        caught: Caught::default(),
    };
    checker.block(&module.body, place);
    rules::races::lock_orders(&mut checker);
    let mut found = checker.found;
    found.sort_by_key(|one| (one.primary.span, one.code));
    found.dedup_by_key(|one| (one.primary.span, one.code));
    found
}

impl<'a> Checker<'a, '_> {
    /// What an expression is.
    pub(crate) fn ty(&self, expr: &'a Expr, place: Place<'a>) -> Ty<'a> {
        let inference = Inference {
            facts: self.facts,
            tree: self.tree,
        };
        inference.ty(expr, place.scope)
    }

    /// The inference itself.
    pub(crate) fn inference(&self) -> Inference<'a, '_> {
        Inference {
            facts: self.facts,
            tree: self.tree,
        }
    }

    /// Notes a diagnostic.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.explained.contains(&diagnostic.primary.span) {
            return;
        }
        let note = format!("`aio explain {}` tells more", diagnostic.code);
        self.found.push(diagnostic.with_note(note));
    }

    /// Notes a diagnostic about what raises an exception, unless the program expects it.
    pub(crate) fn report_raise(
        &mut self,
        exception: &str,
        place: Place<'a>,
        diagnostic: Diagnostic,
    ) {
        if place.caught.names(exception) {
            return;
        }
        if place.caught.everything {
            self.report(diagnostic.as_hint());
        } else {
            self.report(diagnostic);
        }
    }

    /// Keeps other rules from speaking about an expression.
    pub(crate) fn explain(&mut self, span: Span) {
        self.explained.insert(span);
    }

    /// A piece of the program for a message: on one line, and not long.
    pub(crate) fn quote(&self, span: Span) -> String {
        wording::quote(self.source, span)
    }

    /// `name` of `asyncio` as this program would write it.
    pub(crate) fn asyncio(&self, name: &str) -> String {
        wording::asyncio(self.module, name)
    }

    fn block(&mut self, block: &'a [Stmt], place: Place<'a>) {
        rules::block(self, block, place);
        for stmt in block {
            self.stmt(stmt, place);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt, place: Place<'a>) {
        rules::stmt(self, stmt, place);
        visit::for_each_expr(stmt, &mut |expr| self.expr(expr, place));
        match &stmt.kind {
            StmtKind::FunctionDef(node) => {
                if let Some(scope) = self.tree.function_scope(node) {
                    let inner = Place {
                        scope,
                        function: Some(node),
                        is_async: node.is_async,
                        in_loop: node.is_async,
                        caught: Caught::default(),
                    };
                    rules::function(self, node, inner);
                    self.block(&node.body, inner);
                }
            }
            StmtKind::ClassDef(node) => {
                if let Some(scope) = self.tree.class_scope(node) {
                    let inner = Place {
                        scope,
                        function: None,
                        is_async: false,
                        ..place
                    };
                    self.block(&node.body, inner);
                }
            }
            StmtKind::Try(node) => {
                let guarded = Place {
                    caught: place.caught.by(&node.handlers),
                    ..place
                };
                self.block(&node.body, guarded);
                for handler in &node.handlers {
                    self.block(&handler.body, place);
                }
                self.block(&node.orelse, place);
                self.block(&node.finalbody, place);
            }
            _ => {
                for block in visit::blocks(stmt) {
                    self.block(block, place);
                }
            }
        }
    }

    fn expr(&mut self, expr: &'a Expr, place: Place<'a>) {
        rules::expr(self, expr, place);
        match &expr.kind {
            ExprKind::Lambda { params, body } => {
                visit::for_each_default(params, &mut |one| self.expr(one, place));
                if let Some(scope) = self.tree.expr_scope(expr) {
                    let inner = Place {
                        scope,
                        is_async: false,
                        in_loop: false,
                        function: None,
                        caught: Caught::UNKNOWN,
                    };
                    self.expr(body, inner);
                }
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                let inner = self.generators(expr, generators, place);
                self.expr(elt, inner);
            }
            ExprKind::DictComp {
                key,
                value,
                generators,
            } => {
                let inner = self.generators(expr, generators, place);
                self.expr(key, inner);
                self.expr(value, inner);
            }
            _ => visit::for_each_child(expr, &mut |child| self.expr(child, place)),
        }
    }

    fn generators(
        &mut self,
        expr: &'a Expr,
        generators: &'a [Comprehension],
        place: Place<'a>,
    ) -> Place<'a> {
        let scope = self.tree.expr_scope(expr).unwrap_or(place.scope);
        let inner = Place { scope, ..place };
        for (index, generator) in generators.iter().enumerate() {
            // The first iterable is evaluated outside of the comprehension.
            let around = if index == 0 { place } else { inner };
            rules::generator(self, generator, around, inner);
            self.expr(&generator.iter, around);
            for test in &generator.ifs {
                self.expr(test, inner);
            }
        }
        inner
    }
}
