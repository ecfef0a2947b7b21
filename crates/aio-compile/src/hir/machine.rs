//! State machines: what the coroutine transform makes of a body that suspends. Blocks of
//! statements that do not suspend, each with a terminator and a table for control that leaves it
//! in the middle.

use super::*;

/// A body compiled to basic blocks. Block 0 is the entry.
#[derive(Debug)]
pub struct StateMachine {
    /// The blocks, by [`BlockId`].
    pub blocks: Vec<BasicBlock>,
}

/// Statements that never suspend, then a terminator.
#[derive(Debug)]
pub struct BasicBlock {
    /// The statements.
    pub stmts: Block,
    /// How it ends.
    pub terminator: Terminator,
    /// Where the terminator stands in the source.
    pub span: Span,
    /// What happens to control flow that leaves the block in its middle.
    pub unwind: Unwind,
}

/// Where control goes when a statement of a block (or its terminator) raises, returns, breaks or
/// continues. A `return`, `break` or `continue` in the middle of a block comes from inside an
/// await-free compound statement; `None` for `ret` means that the body returns at once.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Unwind {
    /// On an exception: put it into the slot, go to the block. None: it leaves the body.
    pub raise: Option<(Slot, BlockId)>,
    /// On `return value`: put the value into `value`, go on at the jump.
    pub ret: Option<Jump>,
    /// On `break`.
    pub brk: Option<Jump>,
    /// On `continue`.
    pub cont: Option<Jump>,
}

/// A jump that records why (for the `finally` it may run through).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jump {
    /// Where to go.
    pub to: BlockId,
    /// Small ints to store first (the completion codes that `Dispatch` reads).
    pub set: Vec<(Slot, i64)>,
    /// For `return`: the slot that takes the value.
    pub value: Option<Slot>,
}

/// How a basic block ends.
#[derive(Debug)]
pub enum Terminator {
    /// Go on there.
    Goto(BlockId),
    /// `if`.
    Branch {
        /// The condition.
        test: Expr,
        /// When it holds.
        then: BlockId,
        /// When not.
        orelse: BlockId,
    },
    /// Jumps by the small int in the slot (the end of a `finally`).
    Dispatch {
        /// The completion code.
        on: Slot,
        /// Code → block.
        table: Vec<(i64, BlockId)>,
    },
    /// The next item of the (sync) iterator in `iter` is bound to `target`, then `body`;
    /// or `exit` when it has ended (the slot is then cleared).
    ForNext {
        /// Holds the iterator.
        iter: Slot,
        /// What the item is bound to.
        target: Target,
        /// With an item.
        body: BlockId,
        /// Without.
        exit: BlockId,
    },
    /// Suspension point `await value`: goes on at `next` with the result in `dest`
    /// (dropped when none), or raises.
    Await {
        /// What is awaited.
        value: Expr,
        /// Receives the result.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// Suspension point `yield value`: what is sent lands in `dest`.
    Yield {
        /// What is handed out.
        value: Expr,
        /// Receives what is sent.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// Suspension point `yield from value`.
    YieldFrom {
        /// The iterable.
        value: Expr,
        /// Receives the value of the `StopIteration`.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// The body returns (`None` when there is no expression).
    Return(Option<Expr>),
    /// Raises the exception instance in the slot again, traceback kept.
    Reraise(Slot),
    /// Unreachable end (after a statement that always leaves).
    Unreachable,
}
