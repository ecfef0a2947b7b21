//! Targets of assignment and deletion → nodes.

use super::Lowerer;
use crate::eval::access::SliceParts;
use crate::eval::loops::ForTarget;
use crate::eval::unpack::Unpack;
use crate::eval::{NodeBox, StoreBox, assign, names};
use aio_compile::hir::{Expr, ExprKind, Place, Target, TargetKind};
use aio_syntax::Span;

impl Lowerer<'_> {
    /// A name that is bound.
    pub(crate) fn store_place(&mut self, place: &Place) -> StoreBox {
        match place {
            Place::Local(slot) => Box::new(names::StoreLocal(slot.0)),
            Place::Cell(slot) => Box::new(names::CellVar(slot.0)),
            Place::Free(index) => Box::new(names::FreeVar(index.0)),
            Place::Global(name) => {
                let nowhere = Span::default();
                Box::new(names::Global::new(self.name(name), nowhere))
            }
            Place::ClassVar { name, .. } => {
                let nothing: NodeBox = Box::new(crate::eval::control::Pass);
                Box::new(names::ClassVar::new(self.name(name), nothing))
            }
        }
    }

    /// A target.
    pub(crate) fn target(&mut self, target: &Target) -> StoreBox {
        match &target.kind {
            TargetKind::Place(place) => self.store_place(place),
            TargetKind::Attr(object, name) => {
                let (object, name) = (self.form(object), self.name(name));
                assign::store_attr(object, name, target.span)
            }
            TargetKind::Index(object, index) => {
                if let ExprKind::Slice(start, stop, step) = &index.kind {
                    let parts = self.slice_parts([start, stop, step]);
                    return Box::new(self.store_slice(object, parts, target.span));
                }
                let (object, index) = self.pair(object, index);
                assign::store_index(object, index, target.span)
            }
            TargetKind::Unpack {
                before,
                star,
                after,
            } => Box::new(self.unpack((before, star.as_deref(), after), target.span)),
        }
    }

    /// `a, *b, c` as a target.
    pub(super) fn unpack(
        &mut self,
        (before, star, after): (&[Target], Option<&Target>, &[Target]),
        span: Span,
    ) -> Unpack {
        let all = before.iter().chain(star).chain(after);
        let locals: Option<Box<[u32]>> = all.map(local_slot).collect();
        let next = |pair: &[u32]| matches!(pair, [a, b] if a + 1 == *b);
        Unpack {
            side_by_side: locals.iter().all(|slots| slots.windows(2).all(next)),
            locals,
            before: self.targets(before).into(),
            star: star.map(|star| self.target(star)),
            after: self.targets(after).into(),
            span,
        }
    }

    /// A slice as a target.
    pub(super) fn store_slice(
        &mut self,
        object: &Expr,
        parts: SliceParts,
        span: Span,
    ) -> assign::StoreSlice {
        let object = self.expr(object);
        assign::StoreSlice {
            object,
            parts,
            span,
        }
    }

    pub(super) fn targets(&mut self, targets: &[Target]) -> Vec<StoreBox> {
        targets.iter().map(|target| self.target(target)).collect()
    }

    /// The target of a loop.
    pub(crate) fn for_target(&mut self, target: &Target) -> ForTarget {
        match &target.kind {
            TargetKind::Place(Place::Local(slot)) => ForTarget::Local(slot.0),
            _ => ForTarget::Other(self.target(target)),
        }
    }

    /// `del` of a name.
    pub(super) fn delete_place(&mut self, place: &Place) -> NodeBox {
        match place {
            Place::Local(slot) => Box::new(names::DelLocal(slot.0)),
            Place::Cell(slot) => Box::new(names::DelCell(names::CellVar(slot.0))),
            Place::Free(index) => Box::new(names::DelCell(names::FreeVar(index.0))),
            Place::Global(name) => Box::new(names::DelGlobal(self.name(name))),
            Place::ClassVar { name, .. } => Box::new(names::DelClassVar(self.name(name))),
        }
    }

    /// `del` of a target.
    pub(super) fn delete(&mut self, target: &Target, out: &mut Vec<(NodeBox, Span)>) {
        let node: NodeBox = match &target.kind {
            TargetKind::Place(place) => self.delete_place(place),
            TargetKind::Attr(object, name) => {
                let (object, name) = (self.expr(object), self.name(name));
                Box::new(assign::DelAttr(object, name))
            }
            TargetKind::Index(object, index) => {
                let (object, index) = (self.form(object), self.form(index));
                Box::new(assign::DelIndex(object, index))
            }
            TargetKind::Unpack {
                before,
                star,
                after,
            } => {
                let all = before.iter().chain(star.as_deref()).chain(after);
                return all.for_each(|target| self.delete(target, out));
            }
        };
        out.push((node, target.span));
    }
}

/// The slot of a target that is a local.
pub(super) fn local_slot(target: &Target) -> Option<u32> {
    match &target.kind {
        TargetKind::Place(Place::Local(slot)) => Some(slot.0),
        _ => None,
    }
}
