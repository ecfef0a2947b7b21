//! Calls, and `super()` without arguments.
//!
//! Arguments keep their source order. `super()` becomes an operation of its own, which spares the
//! evaluator a look into the caller's frame.

use super::Lowerer;
use crate::errors::code;
use crate::hir::{Arg, CodeKind, ExprKind, Intrinsic, Place, Slot, Sym};
use crate::scope::{Resolution, ScopeTree};
use aio_syntax::ast;

impl Lowerer<'_> {
    pub(super) fn call(
        &mut self,
        _node: &ast::Expr,
        func: &ast::Expr,
        args: &[ast::Arg],
    ) -> ExprKind {
        if args.is_empty()
            && let Some(intrinsic) = self.bare_super(func)
        {
            return ExprKind::Intrinsic(intrinsic);
        }
        let func = Box::new(self.expr(func));
        let args = self.call_args(args);
        ExprKind::Call { func, args }
    }

    /// Arguments of a call or of a class header.
    pub(super) fn call_args(&mut self, args: &[ast::Arg]) -> Vec<Arg> {
        args.iter()
            .map(|arg| {
                let value = self.expr(&arg.value);
                match &arg.kind {
                    ast::ArgKind::Positional => Arg::Pos(value),
                    ast::ArgKind::Starred => Arg::Star(value),
                    ast::ArgKind::DoubleStarred => Arg::DoubleStar(value),
                    ast::ArgKind::Keyword(name) => {
                        if &*name.name == "__debug__" {
                            self.report(code::DEBUG, arg.span, "cannot assign to __debug__");
                        }
                        Arg::Keyword(name.name.clone(), value)
                    }
                }
            })
            .collect()
    }

    /// `super()` in a method, unless the file has a `super` of its own.
    fn bare_super(&mut self, func: &ast::Expr) -> Option<Intrinsic> {
        let ast::ExprKind::Name { id } = &func.kind else {
            return None;
        };
        if &**id != "super" || self.module_binds_super() {
            return None;
        }
        if self.tree.resolve(self.scope, id) != Resolution::GlobalImplicit {
            return None;
        }
        let class_name: Sym = "__class__".into();
        let Resolution::Variable(_) = self.tree.resolve(self.scope, &class_name) else {
            return None;
        };
        let this = self.first_parameter()?;
        let class = self.load_place(&class_name);
        Some(Intrinsic::Super { class, this })
    }

    fn module_binds_super(&self) -> bool {
        self.tree
            .scope(ScopeTree::MODULE)
            .symbol("super")
            .is_some_and(|symbol| symbol.is_bound || symbol.is_global)
    }

    fn first_parameter(&mut self) -> Option<Place> {
        let body = self.body();
        match body.kind {
            CodeKind::GenExpr => {}
            CodeKind::Function | CodeKind::Lambda if body.positional > 0 => {}
            CodeKind::Function | CodeKind::Lambda | CodeKind::Module | CodeKind::Class => {
                return None;
            }
        }
        let first = Slot(0);
        Some(if body.cells.contains(&first) {
            Place::Cell(first)
        } else {
            Place::Local(first)
        })
    }
}
