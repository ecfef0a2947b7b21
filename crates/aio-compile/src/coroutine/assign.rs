//! Assignments whose value or targets suspend.
//!
//! The value comes first, then the parts of each target from left to right, each target being
//! bound before the next is looked at.

use super::operands::{Mode, values};
use super::walk::{suspends, target_suspends};
use super::{Cutter, local, local_target, take};
use crate::hir::{BinaryOp, Expr, ExprKind, Place, Slot, StmtKind, Target, TargetKind};
use aio_syntax::Span;

impl Cutter<'_> {
    /// `targets = value`.
    pub(super) fn assign(&mut self, mut targets: Vec<Target>, value: Expr, span: Span) {
        if let [
            Target {
                kind: TargetKind::Place(Place::Local(slot)),
                ..
            },
        ] = targets.as_slice()
        {
            let slot = *slot;
            self.value_into(value, Some(slot));
            return;
        }
        let value = self.expr(value);
        if !targets.iter().any(target_suspends) {
            targets
                .iter()
                .for_each(|target| self.mark_target_bound(target));
            self.push(StmtKind::Assign(targets, value), span);
            return;
        }
        let last = targets.pop();
        let kept = self.keep(value);
        for target in targets {
            self.assign_one(target, local(kept, span), span);
        }
        if let Some(target) = last {
            self.assign_one(target, take(kept, span), span);
        }
    }

    /// Evaluates a value into a temporary of its own.
    fn keep(&mut self, value: Expr) -> Slot {
        self.release_taken(&value);
        let slot = self.alloc();
        self.assign_slot(slot, value);
        self.free_temps.remove(&slot);
        slot
    }

    /// Binds one target, whose parts may suspend, to a value that is already there.
    fn assign_one(&mut self, target: Target, value: Expr, span: Span) {
        if !target_suspends(&target) {
            self.mark_target_bound(&target);
            self.push(StmtKind::Assign(vec![target], value), span);
            return;
        }
        let at = target.span;
        let kind = match target.kind {
            TargetKind::Unpack {
                before,
                star,
                after,
            } => {
                self.unpack((before, star, after), value, at);
                return;
            }
            TargetKind::Attr(object, name) => TargetKind::Attr(self.expr(object), name),
            TargetKind::Index(mut object, mut index) => {
                self.operands(values([&mut object, &mut index]));
                TargetKind::Index(object, index)
            }
            TargetKind::Place(place) => TargetKind::Place(place),
        };
        self.push(
            StmtKind::Assign(vec![Target { kind, span: at }], value),
            span,
        );
    }

    /// Unpacks into temporaries, then binds the parts from left to right.
    fn unpack(
        &mut self,
        (before, star, after): (Vec<Target>, Option<Box<Target>>, Vec<Target>),
        value: Expr,
        span: Span,
    ) {
        let mut parts: Vec<(Target, Slot)> = Vec::new();
        let mut part = |ctx: &mut Self, target: Target| {
            let slot = ctx.alloc();
            let at = target.span;
            parts.push((target, slot));
            local_target(slot, at)
        };
        let before = before
            .into_iter()
            .map(|target| part(self, target))
            .collect();
        let star = star.map(|target| Box::new(part(self, *target)));
        let after = after.into_iter().map(|target| part(self, target)).collect();
        let kind = TargetKind::Unpack {
            before,
            star,
            after,
        };
        self.push(StmtKind::Assign(vec![Target { kind, span }], value), span);
        for (target, slot) in parts {
            self.assign_one(target, take(slot, span), span);
        }
    }

    /// `target op= value`: the old value is read before the new part is evaluated.
    pub(super) fn aug_assign(&mut self, target: Target, op: BinaryOp, value: Expr, span: Span) {
        let at = target.span;
        let mut target = target;
        let old = match &mut target.kind {
            TargetKind::Place(Place::Local(slot)) if self.is_untouched(*slot, &value) => {
                let value = self.expr(value);
                self.push(StmtKind::AugAssign(target, op, value), span);
                return;
            }
            TargetKind::Place(place) => ExprKind::Name(place.clone()),
            TargetKind::Attr(object, name) => {
                self.replace(object);
                if !suspends(&value) {
                    self.push(StmtKind::AugAssign(target, op, value), span);
                    return;
                }
                let read = self.keep_and_read(object);
                ExprKind::Attr(Box::new(read), name.clone())
            }
            TargetKind::Index(object, index) => {
                self.operands(values([&mut *object, &mut *index]));
                if !suspends(&value) {
                    self.push(StmtKind::AugAssign(target, op, value), span);
                    return;
                }
                let object = self.keep_and_read(object);
                let index = self.keep_and_read(index);
                ExprKind::Index(Box::new(object), Box::new(index))
            }
            // The parser refuses to unpack here.
            TargetKind::Unpack { .. } => return,
        };
        let temp = self.keep(Expr {
            kind: old,
            span: at,
        });
        let value = self.expr(value);
        self.push(StmtKind::AugAssign(local_target(temp, at), op, value), span);
        self.mark_target_bound(&target);
        self.push(StmtKind::Assign(vec![target], take(temp, at)), span);
    }

    fn is_untouched(&self, slot: Slot, value: &Expr) -> bool {
        self.bound.contains(&slot) && !super::walk::rebinds(value, slot)
    }

    /// Keeps a part of a target for the final store and gives a first read of it.
    fn keep_and_read(&mut self, part: &mut Expr) -> Expr {
        let span = part.span;
        // A local may be bound anew by the value; a constant may not.
        if let ExprKind::Const(value) = &part.kind {
            return super::constant(value.clone(), span);
        }
        if !matches!(
            part.kind,
            ExprKind::Intrinsic(crate::hir::Intrinsic::Take(_))
        ) {
            self.spill(part, Mode::Value);
        }
        let mut slots = Vec::new();
        super::walk::taken(part, &mut slots);
        match slots.first() {
            Some(slot) => local(*slot, span),
            None => super::constant(crate::hir::Const::None, span),
        }
    }
}
