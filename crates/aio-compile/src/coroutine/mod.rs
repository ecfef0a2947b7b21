//! The coroutine transform (stub while the plain part lands).

use crate::hir::{BasicBlock, Block, CodeKind, Slot, StateMachine, Sym, Terminator, Unwind};
use aio_syntax::Span;

/// A body that suspends.
pub(crate) struct Input<'a> {
    pub(crate) block: Block,
    pub(crate) kind: CodeKind,
    pub(crate) span: Span,
    /// How many of the first slots are parameters, and so set from the start.
    pub(crate) parameters: u32,
    pub(crate) cells: &'a [Slot],
}

pub(crate) fn transform(input: Input<'_>, _slots: &mut Vec<Sym>) -> StateMachine {
    let _ = (input.kind, input.parameters, input.cells);
    StateMachine {
        blocks: vec![BasicBlock {
            stmts: input.block,
            terminator: Terminator::Return(None),
            span: input.span,
            unwind: Unwind::default(),
        }],
    }
}
