//! First pass of name analysis: expressions, targets, patterns and parameters.
//!
//! The special cases are all about comprehensions: their outermost iterable belongs outside, their
//! `:=` binds outside, and `yield` may not stand in them.

use super::collect::Collector;
use super::{Directive, NodeKey, ScopeKind};
use crate::errors::code;
use crate::hir::Sym;
use aio_syntax::{Span, ast};

impl Collector<'_> {
    pub(super) fn opt_expr(&mut self, expr: Option<&ast::Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn exprs(&mut self, exprs: &[ast::Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    /// Visits an expression that is evaluated.
    pub(super) fn expr(&mut self, expr: &ast::Expr) {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Name { id } => self.use_name(id),
            E::NamedExpr { target, value } => self.named_expr(target, value, expr.span),
            E::Lambda { params, body } => self.lambda(expr, params, body),
            E::ListComp { .. }
            | E::SetComp { .. }
            | E::DictComp { .. }
            | E::GeneratorExp { .. } => {
                self.any_comprehension(expr);
            }
            E::Await { value } => {
                self.refuse_in_annotation("await expression", expr.span);
                self.expr(value);
                self.scope_mut().has_await = true;
            }
            E::Yield { value } => {
                self.refuse_in_annotation("yield expression", expr.span);
                self.opt_expr(value.as_deref());
                self.yields(expr.span);
            }
            E::YieldFrom { value } => {
                self.refuse_in_annotation("yield expression", expr.span);
                self.expr(value);
                self.yields(expr.span);
            }
            E::Dict { items } => {
                for item in items {
                    self.opt_expr(item.key.as_ref());
                    self.expr(&item.value);
                }
            }
            E::Compare { left, comparators } => {
                self.expr(left);
                comparators.iter().for_each(|part| self.expr(&part.value));
            }
            E::Call { func, args } => {
                self.expr(func);
                args.iter().for_each(|arg| self.expr(&arg.value));
            }
            E::FormattedValue {
                value, format_spec, ..
            } => {
                self.expr(value);
                self.opt_expr(format_spec.as_deref());
            }
            E::BoolOp { values: exprs, .. }
            | E::Set { elts: exprs }
            | E::List { elts: exprs }
            | E::Tuple { elts: exprs }
            | E::JoinedStr { values: exprs } => self.exprs(exprs),
            E::BinOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            E::UnaryOp { operand: value, .. }
            | E::Attribute { value, .. }
            | E::Starred { value } => self.expr(value),
            E::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            E::Subscript { value, slice } => {
                self.expr(value);
                self.expr(slice);
            }
            E::Slice { lower, upper, step } => {
                for part in [lower, upper, step] {
                    self.opt_expr(part.as_deref());
                }
            }
            E::Constant(_) => {}
        }
    }

    fn any_comprehension(&mut self, expr: &ast::Expr) {
        use ast::ExprKind as E;
        match &expr.kind {
            E::ListComp { elt, generators } => {
                self.comprehension(expr, ScopeKind::ListComp, &[elt], generators);
            }
            E::SetComp { elt, generators } => {
                self.comprehension(expr, ScopeKind::SetComp, &[elt], generators);
            }
            E::DictComp {
                key,
                value,
                generators,
            } => self.comprehension(expr, ScopeKind::DictComp, &[key, value], generators),
            E::GeneratorExp { elt, generators } => {
                self.comprehension(expr, ScopeKind::GenExpr, &[elt], generators);
            }
            // The caller sends only comprehensions here.
            _ => {}
        }
    }

    /// Visits an expression that is assigned to or deleted.
    pub(super) fn target(&mut self, expr: &ast::Expr) {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Name { id } => self.bind_name(id, expr.span),
            E::Tuple { elts } | E::List { elts } => {
                elts.iter().for_each(|elt| self.target(elt));
            }
            E::Starred { value } => self.target(value),
            // What stands in front of `.name` or `[index]` is read, not bound.
            _ => {
                let in_target = std::mem::take(&mut self.in_iteration_target);
                self.expr(expr);
                self.in_iteration_target = in_target;
            }
        }
    }

    fn yields(&mut self, span: Span) {
        let kind = self.scope().kind;
        self.scope_mut().has_yield = true;
        let Some(what) = comprehension_name(kind) else {
            return;
        };
        self.errors
            .report(code::COMPREHENSION, span, format!("'yield' inside {what}"));
    }

    fn lambda(&mut self, expr: &ast::Expr, params: &ast::Parameters, body: &ast::Expr) {
        self.defaults(params);
        let key = NodeKey::expr(expr);
        self.open_scope(Some(key), ScopeKind::Lambda, "<lambda>".into(), expr.span);
        let in_target = std::mem::take(&mut self.in_iteration_target);
        self.parameters(params);
        self.expr(body);
        self.in_iteration_target = in_target;
        self.close_scope();
    }

    fn comprehension(
        &mut self,
        expr: &ast::Expr,
        kind: ScopeKind,
        elements: &[&ast::Expr],
        generators: &[ast::Comprehension],
    ) {
        let Some((outermost, inner)) = generators.split_first() else {
            return;
        };
        self.iterable(&outermost.iter);
        let name: Sym = match kind {
            ScopeKind::SetComp => "<setcomp>".into(),
            ScopeKind::DictComp => "<dictcomp>".into(),
            ScopeKind::GenExpr => "<genexpr>".into(),
            _ => "<listcomp>".into(),
        };
        let outer_target = std::mem::take(&mut self.in_iteration_target);
        self.open_scope(Some(NodeKey::expr(expr)), kind, name, expr.span);
        self.scope_mut().has_await = outermost.is_async;
        self.iteration_target(&outermost.target);
        self.exprs(&outermost.ifs);
        for clause in inner {
            self.iteration_target(&clause.target);
            self.iterable(&clause.iter);
            self.exprs(&clause.ifs);
            if clause.is_async {
                self.scope_mut().has_await = true;
            }
        }
        elements.iter().rev().for_each(|element| self.expr(element));
        let is_async = self.scope().has_await && kind != ScopeKind::GenExpr;
        self.close_scope();
        self.in_iteration_target = outer_target;
        if is_async {
            self.scope_mut().has_await = true;
        }
    }

    fn iterable(&mut self, expr: &ast::Expr) {
        self.deepen_iterable(1);
        self.expr(expr);
        self.deepen_iterable(-1);
    }

    fn deepen_iterable(&mut self, by: i32) {
        if let Some(depth) = self.iterable_depth.last_mut() {
            *depth = depth.saturating_add_signed(by);
        }
    }

    fn iteration_target(&mut self, target: &ast::Expr) {
        let before = std::mem::replace(&mut self.in_iteration_target, true);
        self.target(target);
        self.in_iteration_target = before;
    }

    /// `target := value`; inside comprehensions the target belongs to the scope around them.
    fn named_expr(&mut self, target: &ast::Ident, value: &ast::Expr, span: Span) {
        self.refuse_in_annotation("named expression", span);
        if self.iterable_depth.last().is_some_and(|depth| *depth > 0) {
            self.errors.report(
                code::COMPREHENSION,
                span,
                "assignment expression cannot be used in a comprehension iterable expression",
            );
        }
        if self.scope().kind.is_comprehension() {
            self.bind_outside_comprehension(target, target.span);
        }
        self.expr(value);
        self.bind_name(&target.name, target.span);
    }

    fn bind_outside_comprehension(&mut self, target: &ast::Ident, span: Span) {
        let name = self.mangled(&target.name);
        let innermost = self.current;
        let mut at = self.current;
        loop {
            let scope = self.tree.scope(at);
            let symbol = scope.symbol(&name).unwrap_or_default();
            let parent = scope.parent;
            match scope.kind {
                kind if kind.is_comprehension() => {
                    if symbol.is_iteration {
                        self.errors.report(
                            code::COMPREHENSION,
                            span,
                            format!(
                                "assignment expression cannot rebind comprehension iteration variable '{name}'"
                            ),
                        );
                    }
                }
                ScopeKind::Class => {
                    let message = "assignment expression within a comprehension cannot be used in a class body";
                    self.errors.report(code::COMPREHENSION, span, message);
                    return;
                }
                ScopeKind::Module => {
                    self.tree.scope_mut(innermost).symbol_mut(&name).is_global = true;
                    self.tree.scope_mut(at).symbol_mut(&name).is_global = true;
                    return;
                }
                _ => {
                    let inner = self.tree.scope_mut(innermost);
                    let entry = inner.symbol_mut(&name);
                    entry.is_global = symbol.is_global;
                    entry.is_nonlocal = !symbol.is_global;
                    inner.directives.push(Directive {
                        name: name.clone(),
                        span,
                    });
                    self.tree.scope_mut(at).symbol_mut(&name).is_bound = true;
                    return;
                }
            }
            let Some(parent) = parent else { return };
            at = parent;
        }
    }

    pub(super) fn defaults(&mut self, params: &ast::Parameters) {
        for param in params.posonly.iter().chain(&params.args) {
            self.opt_expr(param.default.as_ref());
        }
        for param in &params.kwonly {
            self.opt_expr(param.default.as_ref());
        }
    }

    /// Annotations are evaluated in the scope around the function.
    pub(super) fn annotations(&mut self, params: &ast::Parameters, returns: Option<&ast::Expr>) {
        if self.tree.lazy_annotations {
            return;
        }
        for param in all_parameters(params) {
            self.opt_expr(param.annotation.as_ref());
        }
        self.opt_expr(returns);
    }

    /// Binds the parameters in the order of their slots.
    pub(super) fn parameters(&mut self, params: &ast::Parameters) {
        for param in all_parameters(params) {
            let name = self.mangled(&param.name.name);
            let symbol = self.scope_mut().symbol_mut(&name);
            let is_duplicate = symbol.is_param;
            symbol.is_param = true;
            if is_duplicate {
                let shown = &param.name.name;
                self.errors.report(
                    code::DUPLICATE_PARAMETER,
                    param.span,
                    format!("duplicate argument '{shown}' in function definition"),
                );
            }
        }
    }

    pub(super) fn pattern(&mut self, pattern: &ast::Pattern) {
        use ast::PatternKind as P;
        match &pattern.kind {
            P::MatchValue { value } => self.expr(value),
            P::MatchSingleton { .. } => {}
            P::MatchSequence { patterns } | P::MatchOr { patterns } => {
                patterns.iter().for_each(|part| self.pattern(part));
            }
            P::MatchMapping { items, rest } => {
                for item in items {
                    self.expr(&item.key);
                    self.pattern(&item.pattern);
                }
                self.capture(rest.as_ref());
            }
            P::MatchClass {
                cls,
                patterns,
                keywords,
            } => {
                self.expr(cls);
                patterns.iter().for_each(|part| self.pattern(part));
                keywords.iter().for_each(|part| self.pattern(&part.pattern));
            }
            P::MatchStar { name } => self.capture(name.as_ref()),
            P::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern);
                }
                self.capture(name.as_ref());
            }
        }
    }

    fn capture(&mut self, name: Option<&ast::Ident>) {
        if let Some(name) = name {
            self.bind_name(&name.name, name.span);
        }
    }
}

/// How CPython calls the comprehension in "'yield' inside …".
fn comprehension_name(kind: ScopeKind) -> Option<&'static str> {
    match kind {
        ScopeKind::ListComp => Some("list comprehension"),
        ScopeKind::SetComp => Some("set comprehension"),
        ScopeKind::DictComp => Some("dict comprehension"),
        ScopeKind::GenExpr => Some("generator expression"),
        ScopeKind::Module
        | ScopeKind::Function
        | ScopeKind::Lambda
        | ScopeKind::Class
        | ScopeKind::TypeParams => None,
    }
}

/// The parameters in the order of their slots.
pub(crate) fn all_parameters(params: &ast::Parameters) -> impl Iterator<Item = &ast::Parameter> {
    params
        .posonly
        .iter()
        .chain(&params.args)
        .chain(&params.kwonly)
        .chain(params.vararg.as_deref())
        .chain(params.kwarg.as_deref())
}
