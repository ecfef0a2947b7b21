//! Conditions: `and`, `or` and `not` become jumps, without a value in between.
//!
//! Short-circuit operators need no temporary here: each operand gets a block of its own and
//! jumps straight to where the whole condition sends it.

use super::Cutter;
use super::walk::suspends;
use crate::hir::{BlockId, Const, Expr, ExprKind, Terminator, UnaryOp};

impl Cutter<'_> {
    /// Ends the open block: goes to `then` when the test holds, else to `orelse`.
    pub(super) fn branch(&mut self, test: Expr, then: BlockId, orelse: BlockId) {
        let span = test.span;
        if let ExprKind::Const(value) = &test.kind
            && let Some(holds) = truth(value)
        {
            let to = if holds { then } else { orelse };
            self.terminate(Terminator::Goto(to), span);
            return;
        }
        if !suspends(&test) {
            self.terminate(Terminator::Branch { test, then, orelse }, span);
            return;
        }
        match test.kind {
            ExprKind::And(list) => {
                self.branch_on_each(list, |ctx, operand, next| {
                    ctx.branch(operand, next, orelse);
                });
                self.goto(then, span);
            }
            ExprKind::Or(list) => {
                self.branch_on_each(list, |ctx, operand, next| {
                    ctx.branch(operand, then, next);
                });
                self.goto(orelse, span);
            }
            ExprKind::Unary(UnaryOp::Not, inner) => self.branch(*inner, orelse, then),
            _ => {
                let test = self.expr(test);
                self.terminate(Terminator::Branch { test, then, orelse }, span);
            }
        }
    }

    fn branch_on_each(
        &mut self,
        list: Vec<Expr>,
        mut branch: impl FnMut(&mut Self, Expr, BlockId),
    ) {
        let before = self.bound.clone();
        for operand in list {
            let span = operand.span;
            let next = self.new_block(span);
            branch(self, operand, next);
            self.start(next);
        }
        self.bound = before;
    }
}

/// Whether a constant counts as true; `None` where it is not worth knowing.
fn truth(value: &Const) -> Option<bool> {
    match value {
        Const::None => Some(false),
        Const::Bool(value) => Some(*value),
        Const::Int(value) => Some(*value != 0),
        Const::Ellipsis => Some(true),
        Const::BigInt(_)
        | Const::Float(_)
        | Const::Imaginary(_)
        | Const::Str(_)
        | Const::Bytes(_)
        | Const::Tuple(_) => None,
    }
}
