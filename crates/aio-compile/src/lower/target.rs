//! Assignment and deletion targets.
//!
//! A target is lowered like an expression except at its very end, where a name is bound instead
//! of read. At most one part of a list of targets may be starred.

use super::Lowerer;
use crate::errors::code;
use crate::hir::{Stmt, StmtKind, Target, TargetKind};
use aio_syntax::{Span, ast};

impl Lowerer<'_> {
    /// The target of `op=`: as CPython, it takes `x.__debug__` there.
    pub(super) fn aug_target(&mut self, node: &ast::Expr) -> Target {
        let ast::ExprKind::Attribute { value, attr } = &node.kind else {
            return self.target(node);
        };
        Target {
            kind: TargetKind::Attr(self.expr(value), self.mangled(&attr.name)),
            span: node.span,
        }
    }

    /// What is assigned to.
    pub(super) fn target(&mut self, node: &ast::Expr) -> Target {
        use ast::ExprKind as E;
        let kind = match &node.kind {
            E::Name { id } => TargetKind::Place(self.bind(id, node.span)),
            E::Attribute { value, attr } => {
                if &*attr.name == "__debug__" {
                    self.report(code::DEBUG, node.span, "cannot assign to __debug__");
                }
                TargetKind::Attr(self.expr(value), self.mangled(&attr.name))
            }
            E::Subscript { value, slice } => {
                let value = self.expr(value);
                TargetKind::Index(value, self.subscript(slice))
            }
            E::Tuple { elts } | E::List { elts } => self.unpack(elts, node.span),
            E::Starred { value } => {
                let message = "starred assignment target must be in a list or tuple";
                self.report(code::STARRED, node.span, message);
                return self.target(value);
            }
            // The parser admits nothing else as a target.
            _ => TargetKind::Unpack {
                before: Vec::new(),
                star: None,
                after: Vec::new(),
            },
        };
        Target {
            kind,
            span: node.span,
        }
    }

    fn unpack(&mut self, elts: &[ast::Expr], span: Span) -> TargetKind {
        let mut before = Vec::new();
        let mut star: Option<Box<Target>> = None;
        let mut after = Vec::new();
        for elt in elts {
            if let ast::ExprKind::Starred { value } = &elt.kind {
                let target = self.target(value);
                if star.is_some() {
                    let message = "multiple starred expressions in assignment";
                    self.report(code::STARRED, span, message);
                }
                star = Some(Box::new(target));
            } else {
                let target = self.target(elt);
                if star.is_some() {
                    after.push(target);
                } else {
                    before.push(target);
                }
            }
        }
        TargetKind::Unpack {
            before,
            star,
            after,
        }
    }

    /// Deletes a target; tuples and lists of targets one by one.
    pub(super) fn delete(&mut self, node: &ast::Expr, span: Span, out: &mut Vec<Stmt>) {
        use ast::ExprKind as E;
        match &node.kind {
            E::Tuple { elts } | E::List { elts } => {
                for elt in elts {
                    self.delete(elt, span, out);
                }
            }
            E::Name { id } if &**id == "__debug__" => {
                self.report(code::DEBUG, node.span, "cannot delete __debug__");
            }
            E::Attribute { attr, .. } if &*attr.name == "__debug__" => {
                self.report(code::DEBUG, node.span, "cannot delete __debug__");
            }
            _ => {
                let target = self.target(node);
                out.push(Stmt {
                    kind: StmtKind::Del(target),
                    span,
                });
            }
        }
    }
}
