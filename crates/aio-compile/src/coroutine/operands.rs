//! Spilling: operands that are evaluated before a suspension point move into temporaries.
//!
//! The last operand that suspends stays in place, and so does what follows it: only what comes
//! before must be evaluated, and kept, while the body is stopped. A starred operand is iterated
//! when its turn comes, so what is kept of it is the list.

use super::walk::{rebinds, suspends};
use super::{Cutter, take};
use crate::hir::{Arg, DictItem, Expr, ExprKind, Intrinsic, Item, Place};

/// How an operand is consumed where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Its value.
    Value,
    /// `*x`: what it yields when iterated, which happens in its turn.
    Star,
    /// `**x`: the pairs that it holds in its turn.
    Merge,
}

/// An operand that can be replaced.
pub(super) type Operand<'e> = (&'e mut Expr, Mode);

impl Cutter<'_> {
    /// Makes the operands of one expression free of suspension points. Afterwards they may be
    /// evaluated where they stand, from left to right, with the same effect as before.
    pub(super) fn operands(&mut self, mut operands: Vec<Operand<'_>>) {
        let Some(last) = operands.iter().rposition(|(expr, _)| suspends(expr)) else {
            return;
        };
        for index in 0..last {
            let (before, following) = operands.split_at_mut(index + 1);
            let Some((operand, mode)) = before.last_mut() else {
                continue;
            };
            self.replace(operand);
            let following = &following[..last - index];
            if *mode == Mode::Value && self.is_stable(operand, following) {
                continue;
            }
            self.spill(operand, *mode);
        }
        if let Some((operand, _)) = operands.get_mut(last) {
            self.replace(operand);
        }
    }

    /// Puts what is left of an expression in its place.
    pub(super) fn replace(&mut self, place: &mut Expr) {
        if suspends(place) {
            let span = place.span;
            let expr = std::mem::replace(
                place,
                Expr {
                    kind: ExprKind::Tuple(Vec::new()),
                    span,
                },
            );
            *place = self.expr(expr);
        }
    }

    /// Evaluates an operand now and leaves a read of the temporary in its place.
    pub(super) fn spill(&mut self, operand: &mut Expr, mode: Mode) {
        let span = operand.span;
        let placeholder = Expr {
            kind: ExprKind::Tuple(Vec::new()),
            span,
        };
        let value = std::mem::replace(operand, placeholder);
        let value = match mode {
            Mode::Value => value,
            Mode::Star => Expr {
                kind: ExprKind::List(vec![Item::Star(value)]),
                span,
            },
            Mode::Merge => Expr {
                kind: ExprKind::Dict(vec![DictItem::Merge(value)]),
                span,
            },
        };
        // The temporaries that the value takes are empty once it is computed.
        self.release_taken(&value);
        let slot = self.alloc();
        self.free_temps.remove(&slot);
        self.assign_spilled(slot, value);
        *operand = take(slot, span);
    }

    fn assign_spilled(&mut self, slot: crate::hir::Slot, value: Expr) {
        let span = value.span;
        let kind = crate::hir::StmtKind::Assign(vec![super::local_target(slot, span)], value);
        self.open(span).stmts.push(crate::hir::Stmt { kind, span });
    }

    /// Whether evaluating the operand later gives the same: constants, and locals that surely
    /// have a value and that nothing in between binds. A local that might have none has to raise
    /// in its turn.
    pub(super) fn is_stable(&self, operand: &Expr, following: &[Operand<'_>]) -> bool {
        match &operand.kind {
            ExprKind::Const(_) | ExprKind::Intrinsic(Intrinsic::Take(_)) => true,
            ExprKind::Name(Place::Local(slot)) => {
                self.bound.contains(slot) && !following.iter().any(|(expr, _)| rebinds(expr, *slot))
            }
            _ => false,
        }
    }

    /// Spills unless the operand is stable with nothing bound in between.
    pub(super) fn settle(&mut self, operand: &mut Expr) {
        if !self.is_stable(operand, &[]) {
            self.spill(operand, Mode::Value);
        }
    }
}

/// The arguments of a call as operands.
pub(super) fn arg_operands(args: &mut [Arg]) -> impl Iterator<Item = Operand<'_>> {
    args.iter_mut().map(|arg| match arg {
        Arg::Pos(value) | Arg::Keyword(_, value) => (value, Mode::Value),
        Arg::Star(value) => (value, Mode::Star),
        Arg::DoubleStar(value) => (value, Mode::Merge),
    })
}

/// The elements of a display as operands.
pub(super) fn item_operands(items: &mut [Item]) -> Vec<Operand<'_>> {
    items
        .iter_mut()
        .map(|item| match item {
            Item::One(value) => (value, Mode::Value),
            Item::Star(value) => (value, Mode::Star),
        })
        .collect()
}

/// The elements of a dict display as operands.
pub(super) fn dict_operands(items: &mut [DictItem]) -> Vec<Operand<'_>> {
    let mut operands = Vec::with_capacity(items.len());
    for item in items {
        match item {
            DictItem::Pair(key, value) => {
                operands.push((key, Mode::Value));
                operands.push((value, Mode::Value));
            }
            DictItem::Merge(value) => operands.push((value, Mode::Merge)),
        }
    }
    operands
}

/// Plain values as operands.
pub(super) fn values<'e>(exprs: impl IntoIterator<Item = &'e mut Expr>) -> Vec<Operand<'e>> {
    exprs.into_iter().map(|expr| (expr, Mode::Value)).collect()
}
