//! Expressions.
//!
//! Each kind of node has one arm and, where there is something to decide, one method. Constants
//! are folded on the way up, f-string literals joined.

use super::{Lowerer, fold, literal};
use crate::errors::code;
use crate::hir::{
    BinaryOp, CmpOp, CodeKind, Const, Conversion, DictItem, Expr, ExprKind, FPart, Item, UnaryOp,
};
use crate::scope::ScopeKind;
use aio_syntax::{Span, ast};

impl Lowerer<'_> {
    pub(super) fn opt_expr(&mut self, expr: Option<&ast::Expr>) -> Option<Expr> {
        expr.map(|expr| self.expr(expr))
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn opt_boxed(&mut self, expr: Option<&ast::Expr>) -> Option<Box<Expr>> {
        expr.map(|expr| self.boxed(expr))
    }

    pub(super) fn exprs(&mut self, exprs: &[ast::Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// Lowers an expression that is evaluated.
    pub(super) fn expr(&mut self, node: &ast::Expr) -> Expr {
        let kind = self.expr_kind(node);
        Expr {
            kind,
            span: node.span,
        }
    }

    fn expr_kind(&mut self, node: &ast::Expr) -> ExprKind {
        use ast::ExprKind as E;
        match &node.kind {
            E::Constant(constant) => ExprKind::Const(literal::lower_constant(constant)),
            E::Name { id } => self.name(id),
            E::BoolOp { op, values } => {
                let values = self.exprs(values);
                match op {
                    ast::BoolOp::And => ExprKind::And(values),
                    ast::BoolOp::Or => ExprKind::Or(values),
                }
            }
            E::NamedExpr { target, value } => {
                let value = self.boxed(value);
                ExprKind::Walrus(self.bind(&target.name, target.span), value)
            }
            E::BinOp { left, op, right } => self.binary(left, *op, right),
            E::UnaryOp { op, operand } => self.unary(*op, operand),
            E::Lambda { params, body } => self.lambda(node, params, body),
            E::IfExp { test, body, orelse } => ExprKind::IfElse {
                test: self.boxed(test),
                body: self.boxed(body),
                orelse: self.boxed(orelse),
            },
            E::Dict { items } => self.dict(items),
            E::Set { elts } => ExprKind::Set(self.items(elts)),
            E::List { elts } => ExprKind::List(self.items(elts)),
            E::Tuple { elts } => fold::fold_tuple(self.items(elts)),
            E::ListComp { .. } | E::SetComp { .. } | E::DictComp { .. } => self.comprehension(node),
            E::GeneratorExp { elt, generators } => self.generator(node, elt, generators),
            E::Await { value } => self.await_expr(node.span, value),
            E::Yield { value } => {
                self.check_yield("yield", node.span);
                ExprKind::Yield(self.opt_boxed(value.as_deref()))
            }
            E::YieldFrom { value } => {
                self.check_yield("yield from", node.span);
                if self.body_scope().is_async {
                    self.report_with_help(
                        code::INSIDE_ASYNC,
                        node.span,
                        "'yield from' inside async function",
                        "`async for item in ...: yield item`",
                    );
                }
                ExprKind::YieldFrom(self.boxed(value))
            }
            E::Compare { left, comparators } => self.compare(left, comparators),
            E::Call { func, args } => self.call(node, func, args),
            E::JoinedStr { values } => fstring_expr(self.fstring_parts(values)),
            // Only inside `JoinedStr`; alone it is an f-string of one part.
            E::FormattedValue { .. } => {
                ExprKind::FString(self.fstring_parts(std::slice::from_ref(node)))
            }
            E::Attribute { value, attr } => {
                ExprKind::Attr(self.boxed(value), self.mangled(&attr.name))
            }
            E::Subscript { value, slice } => {
                let value = self.boxed(value);
                ExprKind::Index(value, Box::new(self.subscript(slice)))
            }
            E::Starred { value } => {
                let message = "can't use starred expression here";
                self.report(code::STARRED, node.span, message);
                self.expr(value).kind
            }
            E::Slice { lower, upper, step } => ExprKind::Slice(
                self.opt_boxed(lower.as_deref()),
                self.opt_boxed(upper.as_deref()),
                self.opt_boxed(step.as_deref()),
            ),
        }
    }

    fn name(&mut self, id: &crate::hir::Sym) -> ExprKind {
        if &**id == "__debug__" {
            return ExprKind::Const(Const::Bool(true));
        }
        ExprKind::Name(self.load_place(id))
    }

    /// What stands between the brackets; `a[*b]` is a tuple.
    pub(super) fn subscript(&mut self, slice: &ast::Expr) -> Expr {
        if matches!(slice.kind, ast::ExprKind::Starred { .. }) {
            let items = self.items(std::slice::from_ref(slice));
            return Expr {
                kind: ExprKind::Tuple(items),
                span: slice.span,
            };
        }
        self.expr(slice)
    }

    fn binary(&mut self, left: &ast::Expr, op: ast::Operator, right: &ast::Expr) -> ExprKind {
        let left = self.expr(left);
        let right = self.expr(right);
        let op = lower_operator(op);
        match fold::fold_binary(op, &left, &right) {
            Some(constant) => ExprKind::Const(constant),
            None => ExprKind::Binary(op, Box::new(left), Box::new(right)),
        }
    }

    fn unary(&mut self, op: ast::UnaryOp, operand: &ast::Expr) -> ExprKind {
        let operand = self.expr(operand);
        let op = match op {
            ast::UnaryOp::Invert => UnaryOp::Invert,
            ast::UnaryOp::Not => UnaryOp::Not,
            ast::UnaryOp::UAdd => UnaryOp::Pos,
            ast::UnaryOp::USub => UnaryOp::Neg,
        };
        match fold::fold_unary(op, &operand) {
            Some(constant) => ExprKind::Const(constant),
            None => ExprKind::Unary(op, Box::new(operand)),
        }
    }

    fn compare(&mut self, left: &ast::Expr, comparators: &[ast::Comparator]) -> ExprKind {
        let left = self.boxed(left);
        let mut rest: Vec<_> = comparators
            .iter()
            .map(|part| (lower_cmp_op(part.op), self.expr(&part.value)))
            .collect();
        // Not inside a chain: there the list is compared on its right too.
        if let Some((CmpOp::In | CmpOp::NotIn, value)) = rest.last_mut() {
            fold::freeze_list(value);
        }
        ExprKind::Compare(left, rest)
    }

    /// The elements of a display, or of a tuple in a subscript.
    fn items(&mut self, elts: &[ast::Expr]) -> Vec<Item> {
        elts.iter()
            .map(|elt| match &elt.kind {
                ast::ExprKind::Starred { value } => Item::Star(self.expr(value)),
                _ => Item::One(self.expr(elt)),
            })
            .collect()
    }

    fn dict(&mut self, items: &[ast::DictItem]) -> ExprKind {
        let items = items
            .iter()
            .map(|item| match &item.key {
                Some(key) => {
                    let key = self.expr(key);
                    DictItem::Pair(key, self.expr(&item.value))
                }
                None => DictItem::Merge(self.expr(&item.value)),
            })
            .collect();
        ExprKind::Dict(items)
    }

    /// The parts of an f-string; literals side by side become one.
    pub(super) fn fstring_parts(&mut self, values: &[ast::Expr]) -> Vec<FPart> {
        let mut parts: Vec<FPart> = Vec::with_capacity(values.len());
        for value in values {
            match &value.kind {
                ast::ExprKind::Constant(ast::Constant::Str(text)) => {
                    if let Some(FPart::Lit(before)) = parts.last_mut() {
                        *before = format!("{before}{text}").into();
                    } else if !text.is_empty() {
                        parts.push(FPart::Lit(text.clone()));
                    }
                }
                ast::ExprKind::FormattedValue {
                    value,
                    conversion,
                    format_spec,
                } => {
                    let value = self.expr(value);
                    let spec = format_spec.as_ref().map(|spec| self.format_spec(spec));
                    parts.push(FPart::Value {
                        value,
                        conversion: conversion.map(lower_conversion),
                        spec,
                    });
                }
                // Nested `JoinedStr`s come from neighboring literals only.
                ast::ExprKind::JoinedStr { values } => parts.extend(self.fstring_parts(values)),
                _ => {
                    let value = self.expr(value);
                    parts.push(FPart::Value {
                        value,
                        conversion: None,
                        spec: None,
                    });
                }
            }
        }
        parts
    }

    fn format_spec(&mut self, spec: &ast::Expr) -> Vec<FPart> {
        match &spec.kind {
            ast::ExprKind::JoinedStr { values } => self.fstring_parts(values),
            _ => self.fstring_parts(std::slice::from_ref(spec)),
        }
    }

    fn await_expr(&mut self, span: Span, value: &ast::Expr) -> ExprKind {
        let scope = self.scope();
        let complaint = match scope.kind {
            ScopeKind::Class => Some("'await' outside function"),
            ScopeKind::Function | ScopeKind::Lambda if !scope.is_async => {
                Some("'await' outside async function")
            }
            ScopeKind::Module
            | ScopeKind::Function
            | ScopeKind::Lambda
            | ScopeKind::ListComp
            | ScopeKind::SetComp
            | ScopeKind::DictComp
            | ScopeKind::GenExpr
            | ScopeKind::TypeParams => None,
        };
        if let Some(message) = complaint {
            self.report_await(span, message);
        }
        ExprKind::Await(self.boxed(value))
    }

    /// Reports asynchronous syntax in a plain function, with the function as second place.
    pub(super) fn report_await(&mut self, span: Span, message: &str) {
        let scope = self.body_scope();
        let place = (scope.kind == ScopeKind::Function).then(|| {
            (
                Span::new(scope.span.start, scope.span.start + 3),
                scope.name.clone(),
            )
        });
        let help = match (scope.kind, &place) {
            (_, Some((_, name))) => Some(format!("make it `async def {name}`")),
            (ScopeKind::Lambda, None) => {
                Some("a lambda cannot wait: use an `async def`".to_owned())
            }
            (ScopeKind::Class, None) => {
                Some("a class body cannot wait: do it before or after the class".to_owned())
            }
            (_, None) => None,
        };
        self.errors
            .report_with_help(code::OUTSIDE_ASYNC, span, message, help.as_deref());
        if let Some((at, _)) = place {
            self.errors.point_at(at, "this function is not async");
        }
    }

    fn check_yield(&mut self, what: &str, span: Span) {
        if matches!(self.body_kind(), CodeKind::Module | CodeKind::Class) {
            let message = format!("'{what}' outside function");
            self.report(code::OUTSIDE_FUNCTION, span, message);
        }
    }
}

/// An f-string without values is a string.
fn fstring_expr(mut parts: Vec<FPart>) -> ExprKind {
    match parts.as_mut_slice() {
        [] => ExprKind::Const(Const::Str("".into())),
        [FPart::Lit(text)] => ExprKind::Const(Const::Str(text.clone())),
        _ => ExprKind::FString(parts),
    }
}

pub(super) fn lower_operator(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mul,
        ast::Operator::MatMult => BinaryOp::MatMul,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::LShift,
        ast::Operator::RShift => BinaryOp::RShift,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn lower_cmp_op(op: ast::CmpOp) -> CmpOp {
    match op {
        ast::CmpOp::Eq => CmpOp::Eq,
        ast::CmpOp::NotEq => CmpOp::Ne,
        ast::CmpOp::Lt => CmpOp::Lt,
        ast::CmpOp::LtE => CmpOp::Le,
        ast::CmpOp::Gt => CmpOp::Gt,
        ast::CmpOp::GtE => CmpOp::Ge,
        ast::CmpOp::Is => CmpOp::Is,
        ast::CmpOp::IsNot => CmpOp::IsNot,
        ast::CmpOp::In => CmpOp::In,
        ast::CmpOp::NotIn => CmpOp::NotIn,
    }
}

fn lower_conversion(conversion: ast::Conversion) -> Conversion {
    match conversion {
        ast::Conversion::Str => Conversion::Str,
        ast::Conversion::Repr => Conversion::Repr,
        ast::Conversion::Ascii => Conversion::Ascii,
    }
}
