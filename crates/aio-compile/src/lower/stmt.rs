//! Statements other than definitions and control flow.
//!
//! One statement may become several (`del a, b`, an annotated assignment, type parameters) or none
//! (`pass`, `global`).

use super::Lowerer;
use crate::errors::code;
use crate::hir::{
    Block, CodeKind, Expr, ExprKind, ImportName, Stmt, StmtKind, Sym, Target, TargetKind,
};
use crate::scope::top_package;
use aio_syntax::{Span, ast};

/// Turns a last expression statement into the result of the body.
pub(super) fn return_last_value(block: &mut Block) {
    if let Some(last) = block.pop_if(|last| matches!(last.kind, StmtKind::Expr(_)))
        && let StmtKind::Expr(value) = last.kind
    {
        block.push(Stmt {
            kind: StmtKind::Return(Some(value)),
            span: last.span,
        });
    }
}

impl Lowerer<'_> {
    pub(super) fn stmts(&mut self, nodes: &[ast::Stmt]) -> Block {
        let mut block = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.stmt(node, &mut block);
        }
        block
    }

    fn stmt(&mut self, node: &ast::Stmt, out: &mut Block) {
        use ast::StmtKind as S;
        let span = node.span;
        let kind = match &node.kind {
            S::FunctionDef(node) => {
                self.type_parameters(&node.type_params, out);
                return out.push(self.function_def(node, span));
            }
            S::ClassDef(node) => {
                self.type_parameters(&node.type_params, out);
                return out.push(self.class_def(node, span));
            }
            S::TypeAlias(node) => {
                self.type_parameters(&node.type_params, out);
                self.type_alias(node, span)
            }
            S::AnnAssign(node) => return self.ann_assign(node, span, out),
            S::Delete { targets } => {
                for target in targets {
                    self.delete(target, span, out);
                }
                return;
            }
            S::Return { value } => self.return_stmt(value.as_ref(), span),
            S::Assign { targets, value } => {
                let value = self.expr(value);
                let targets = targets.iter().map(|target| self.target(target)).collect();
                StmtKind::Assign(targets, value)
            }
            S::AugAssign { target, op, value } => {
                let target = self.aug_target(target);
                let op = super::expr::lower_operator(*op);
                StmtKind::AugAssign(target, op, self.expr(value))
            }
            S::For(node) => self.for_stmt(node, span),
            S::While(node) => self.while_stmt(node),
            S::If { branches, orelse } => self.if_stmt(branches, orelse),
            S::With(node) => self.with_stmt(node, span),
            S::Match(node) => self.match_stmt(node),
            S::Try(node) => self.try_stmt(node),
            S::Raise { exc, cause } => StmtKind::Raise {
                exc: self.opt_expr(exc.as_ref()),
                cause: self.opt_expr(cause.as_ref()),
            },
            S::Assert { test, msg } => {
                let test = self.expr(test);
                StmtKind::Assert(test, self.opt_expr(msg.as_ref()))
            }
            S::Import { names } => self.import(names, span),
            S::ImportFrom {
                module,
                names,
                level,
            } => self.import_from(module.as_ref(), names, *level, span),
            S::Expr { value } => {
                // A lone constant does nothing; it stays where its value may be asked for.
                let value = self.expr(value);
                if matches!(value.kind, ExprKind::Const(_)) && self.body_kind() != CodeKind::Module
                {
                    return;
                }
                StmtKind::Expr(value)
            }
            S::Break => self.break_stmt(span),
            S::Continue => self.continue_stmt(span),
            S::Global { .. } | S::Nonlocal { .. } | S::Pass => return,
        };
        out.push(Stmt { kind, span });
    }

    fn ann_assign(&mut self, node: &ast::AnnAssign, span: Span, out: &mut Block) {
        let is_name = matches!(node.target.kind, ast::ExprKind::Name { .. });
        if let Some(value) = &node.value {
            let value = self.expr(value);
            let target = self.target(&node.target);
            out.push(Stmt {
                kind: StmtKind::Assign(vec![target], value),
                span,
            });
        } else {
            self.unassigned_target(&node.target, span, out);
        }
        let is_evaluated = matches!(self.body_kind(), CodeKind::Module | CodeKind::Class);
        if !is_evaluated || (self.tree.lazy_annotations && !node.simple) {
            return;
        }
        let name = match &node.target.kind {
            ast::ExprKind::Name { id } if is_name && node.simple => Some(self.mangled(id)),
            _ => None,
        };
        let annotation = self.annotation(&node.annotation);
        out.push(Stmt {
            kind: StmtKind::Annotate { name, annotation },
            span,
        });
    }

    /// `x.y: int` without a value still evaluates `x`, and `x[i]: int` evaluates both parts.
    fn unassigned_target(&mut self, target: &ast::Expr, span: Span, out: &mut Block) {
        let parts = match &target.kind {
            ast::ExprKind::Attribute { value, .. } => vec![self.expr(value)],
            ast::ExprKind::Subscript { value, slice } => {
                let value = self.expr(value);
                vec![value, self.subscript(slice)]
            }
            ast::ExprKind::Name { id } => {
                if &**id == "__debug__" {
                    self.report(code::DEBUG, span, "cannot assign to __debug__");
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        out.extend(parts.into_iter().map(|value| Stmt {
            kind: StmtKind::Expr(value),
            span,
        }));
    }

    fn import(&mut self, names: &[ast::Alias], span: Span) -> StmtKind {
        let names = names
            .iter()
            .map(|alias| {
                let (bound, binds_top) = match &alias.asname {
                    Some(asname) => (asname.name.clone(), false),
                    None => (top_package(&alias.name.name), true),
                };
                ImportName {
                    module: alias.name.name.clone(),
                    place: self.bind(&bound, span),
                    binds_top,
                }
            })
            .collect();
        StmtKind::Import(names)
    }

    fn import_from(
        &mut self,
        module: Option<&ast::Ident>,
        names: &[ast::Alias],
        level: u32,
        span: Span,
    ) -> StmtKind {
        let module: Sym = module.map_or_else(|| "".into(), |module| module.name.clone());
        let star = names.iter().any(|alias| &*alias.name.name == "*");
        let names = if star {
            Vec::new()
        } else {
            names
                .iter()
                .map(|alias| {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    (alias.name.name.clone(), self.bind(&bound.name, span))
                })
                .collect()
        };
        StmtKind::ImportFrom {
            module,
            level,
            names,
            star,
        }
    }

    /// The place of a name as a target.
    pub(super) fn name_target(&mut self, name: &Sym, span: Span) -> Target {
        Target {
            kind: TargetKind::Place(self.bind(name, span)),
            span,
        }
    }

    /// `[T]`: the type parameters get their values before the definition that uses them.
    fn type_parameters(&mut self, params: &[ast::TypeParam], out: &mut Block) {
        if params.is_empty() {
            return;
        }
        let outer = self.scope;
        self.scope = self
            .tree
            .of_node(crate::scope::NodeKey::type_params(params));
        for param in params {
            let bound = param.bound.as_ref().map(|expr| self.lazy_function(expr));
            let default = param.default.as_ref().map(|expr| self.lazy_function(expr));
            let kind = match param.kind {
                ast::TypeParamKind::TypeVar => crate::hir::TypeParamKind::TypeVar,
                ast::TypeParamKind::TypeVarTuple => crate::hir::TypeParamKind::TypeVarTuple,
                ast::TypeParamKind::ParamSpec => crate::hir::TypeParamKind::ParamSpec,
            };
            let value = Expr {
                kind: ExprKind::Intrinsic(crate::hir::Intrinsic::TypeParam {
                    name: param.name.name.clone(),
                    kind,
                    bound: bound.map(Box::new),
                    default: default.map(Box::new),
                }),
                span: param.name.span,
            };
            let target = self.name_target(&param.name.name, param.name.span);
            out.push(Stmt {
                kind: StmtKind::Assign(vec![target], value),
                span: param.name.span,
            });
        }
        self.scope = outer;
    }

    fn type_alias(&mut self, node: &ast::TypeAlias, span: Span) -> StmtKind {
        let target = self.name_target(&node.name.name, span);
        let outer = self.scope;
        let params = if node.type_params.is_empty() {
            Vec::new()
        } else {
            self.scope = self
                .tree
                .of_node(crate::scope::NodeKey::type_params(&node.type_params));
            node.type_params
                .iter()
                .map(|param| self.load_place(&param.name.name))
                .collect()
        };
        let value = Box::new(self.lazy_function(&node.value));
        self.scope = outer;
        let alias = Expr {
            kind: ExprKind::Intrinsic(crate::hir::Intrinsic::TypeAlias {
                name: node.name.name.clone(),
                params,
                value,
            }),
            span,
        };
        StmtKind::Assign(vec![target], alias)
    }
}
