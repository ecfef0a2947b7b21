//! Functions, lambdas and classes.
//!
//! Each makes a body of its own. Defaults, annotations, bases and decorators are evaluated in the
//! body around, in CPython's order.

use super::{Lowerer, doc};
use crate::errors::code;
use crate::hir::{
    Arg, Code, CodeKind, Const, Expr, ExprKind, Intrinsic, MakeFunction, Params, Stmt, StmtKind,
    Sym,
};
use crate::scope::{NodeKey, ScopeId, Variable};
use aio_syntax::{Span, ast};
use std::rc::Rc;

impl Lowerer<'_> {
    pub(super) fn function_def(&mut self, node: &ast::FunctionDef, span: Span) -> Stmt {
        let decorators = self.exprs(&node.decorators);
        let place = self.bind(&node.name.name, span);
        let (defaults, kw_defaults) = self.default_values(&node.params);
        let outer = self.enter_type_params(&node.type_params);
        let annotations = self.annotation_values(&node.params, node.returns.as_ref());
        let code = self.function_code(node, span);
        self.scope = outer;
        let function = MakeFunction {
            code,
            defaults,
            kw_defaults,
            annotations,
        };
        Stmt {
            kind: StmtKind::Function {
                place,
                function,
                decorators,
            },
            span,
        }
    }

    fn function_code(&mut self, node: &ast::FunctionDef, span: Span) -> Rc<Code> {
        let scope = self.tree.of_node(NodeKey::function(node));
        self.open_body(scope, CodeKind::Function, node.name.name.clone());
        let params = self.parameter_slots(scope, &node.params);
        let (doc, stmts) = doc::split_docstring(&node.body);
        let block = self.stmts(stmts);
        self.close_body(block, params, doc, span)
    }

    pub(super) fn lambda(
        &mut self,
        node: &ast::Expr,
        params: &ast::Parameters,
        body: &ast::Expr,
    ) -> ExprKind {
        let (defaults, kw_defaults) = self.default_values(params);
        let scope = self.tree.of_node(NodeKey::expr(node));
        let code = self.lambda_code(scope, params, body, node.span);
        ExprKind::Function(Box::new(MakeFunction {
            code,
            defaults,
            kw_defaults,
            annotations: Vec::new(),
        }))
    }

    fn lambda_code(
        &mut self,
        scope: ScopeId,
        params: &ast::Parameters,
        body: &ast::Expr,
        span: Span,
    ) -> Rc<Code> {
        self.open_body(scope, CodeKind::Lambda, "<lambda>".into());
        let params = self.parameter_slots(scope, params);
        let value = self.expr(body);
        let block = vec![Stmt {
            span: value.span,
            kind: StmtKind::Return(Some(value)),
        }];
        self.close_body(block, params, None, span)
    }

    /// A function without parameters that gives the value of `expr` when somebody asks.
    pub(super) fn lazy_function(&mut self, expr: &ast::Expr) -> Expr {
        let scope = self.tree.of_node(NodeKey::lazy(expr));
        let code = self.lambda_code(scope, &ast::Parameters::default(), expr, expr.span);
        Expr {
            kind: ExprKind::Function(Box::new(MakeFunction {
                code,
                defaults: Vec::new(),
                kw_defaults: Vec::new(),
                annotations: Vec::new(),
            })),
            span: expr.span,
        }
    }

    /// Hands the first slots to the parameters.
    fn parameter_slots(&mut self, scope: ScopeId, params: &ast::Parameters) -> Params {
        for param in crate::scope::all_parameters(params) {
            if &*param.name.name == "__debug__" {
                self.report(code::DEBUG, param.span, "cannot assign to __debug__");
            }
            let name = self.mangled(&param.name.name);
            self.slot_of(&Variable { owner: scope, name });
        }
        let positional = params.posonly.len() + params.args.len();
        self.body().positional = count(positional);
        Params {
            posonly: count(params.posonly.len()),
            positional: count(params.args.len()),
            kwonly: count(params.kwonly.len()),
            has_varargs: params.vararg.is_some(),
            has_varkw: params.kwarg.is_some(),
        }
    }

    fn default_values(&mut self, params: &ast::Parameters) -> (Vec<Expr>, Vec<(Sym, Expr)>) {
        let defaults = params
            .posonly
            .iter()
            .chain(&params.args)
            .filter_map(|param| self.opt_expr(param.default.as_ref()))
            .collect();
        let kw_defaults = params
            .kwonly
            .iter()
            .filter_map(|param| {
                let value = self.opt_expr(param.default.as_ref())?;
                Some((self.mangled(&param.name.name), value))
            })
            .collect();
        (defaults, kw_defaults)
    }

    /// The annotations in the order in which CPython evaluates them: positional-only parameters
    /// come after the other positional ones.
    fn annotation_values(
        &mut self,
        params: &ast::Parameters,
        returns: Option<&ast::Expr>,
    ) -> Vec<(Sym, Expr)> {
        let in_order = params
            .args
            .iter()
            .chain(&params.posonly)
            .chain(params.vararg.as_deref())
            .chain(&params.kwonly)
            .chain(params.kwarg.as_deref());
        let mut annotations: Vec<(Sym, Expr)> = in_order
            .filter_map(|param| {
                let annotation = param.annotation.as_ref()?;
                let name = self.mangled(&param.name.name);
                Some((name, self.annotation(annotation)))
            })
            .collect();
        if let Some(returns) = returns {
            annotations.push(("return".into(), self.annotation(returns)));
        }
        annotations
    }

    /// An annotation: its value, or its text under `from __future__ import annotations`.
    pub(super) fn annotation(&mut self, node: &ast::Expr) -> Expr {
        if self.tree.lazy_annotations {
            let text = node.span.text(self.options.source);
            return Expr {
                kind: ExprKind::Const(Const::Str(text.into())),
                span: node.span,
            };
        }
        match &node.kind {
            ast::ExprKind::Starred { .. } => self.subscript(node),
            _ => self.expr(node),
        }
    }

    pub(super) fn class_def(&mut self, node: &ast::ClassDef, span: Span) -> Stmt {
        let decorators = self.exprs(&node.decorators);
        let place = self.bind(&node.name.name, span);
        let outer = self.enter_type_params(&node.type_params);
        let mut bases = self.call_args(&node.args);
        if !node.type_params.is_empty() {
            let base = self.generic_base(&node.type_params, span);
            let is_named = |arg: &Arg| matches!(arg, Arg::Keyword(..) | Arg::DoubleStar(_));
            let at = bases.iter().position(is_named).unwrap_or(bases.len());
            bases.insert(at, Arg::Pos(base));
        }
        let scope = self.tree.of_node(NodeKey::class(node));
        self.open_body(scope, CodeKind::Class, node.name.name.clone());
        let (doc, stmts) = doc::split_docstring(&node.body);
        let block = self.stmts(stmts);
        let code = self.close_body(block, Params::default(), doc, span);
        self.scope = outer;
        Stmt {
            kind: StmtKind::Class {
                place,
                code,
                bases,
                decorators,
            },
            span,
        }
    }

    /// What a class with type parameters derives from besides (language reference, "Generic classes").
    fn generic_base(&mut self, params: &[ast::TypeParam], span: Span) -> Expr {
        let params = params.iter();
        let places = params.map(|param| self.load_place(&param.name.name));
        Expr {
            kind: ExprKind::Intrinsic(Intrinsic::GenericBase(places.collect())),
            span,
        }
    }

    /// Makes the scope of type parameters current; gives the scope to go back to.
    fn enter_type_params(&mut self, params: &[ast::TypeParam]) -> ScopeId {
        let outer = self.scope;
        if !params.is_empty() {
            self.scope = self.tree.of_node(NodeKey::type_params(params));
        }
        outer
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a source has below 2^32 names")
}
