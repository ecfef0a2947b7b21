//! The coroutine transform: a body that suspends becomes a state machine.
//!
//! **Input**: the resolved tree of an `async def`, generator, async generator, generator
//! expression or module with top-level `await`, with `Await`, `Yield`, `YieldFrom`, `async for`,
//! `async with` and async comprehensions anywhere inside.
//! **Output**: a [`StateMachine`]: basic blocks of statements that never suspend, ended by
//! terminators, three of which are suspension points.
//!
//! # The equivalence it keeps
//!
//! Running the machine from block 0, and at every suspension point resuming it at `next` with the
//! value (or exception) that the awaited or yielded-to side provides, performs the same
//! evaluations, bindings, raises and calls in the same order as walking the tree would, if the
//! tree walker could stop at an `Await` and go on later. In particular:
//!
//! - *Order.* Of the operands of one expression, those before the last one that suspends are
//!   evaluated before it and kept (*spilled*) in temporary slots; only constants, and locals that
//!   are surely bound and cannot be rebound in between, are left where they stand.
//! - *Exceptions.* Every block knows the handler around it (`unwind.raise`). A handler's entry is
//!   `EnterHandler`, all its exits pass `LeaveHandler`, so that `sys.exc_info()` and `__context__`
//!   come out the same.
//! - *Ways out.* `return`, `break` and `continue` pass every `finally`, `with` and handler end
//!   between them and their destination, whether they stand directly in the cut code (then they
//!   become jumps) or inside a statement left whole (then the block's `unwind` catches them).
//! - *Lifetimes.* A temporary is emptied by the read that uses it ([`Intrinsic::Take`]); what an
//!   exception leaves behind is cleared at the handler's entry.
//!
//! Statements without a suspension point stay whole, loops too: the machine costs nothing there.
//!
//! # How it is laid out
//!
//! `mod` (the state and the blocks), `walk` (questions about trees), `operands` and `expr`
//! (spilling), `branch` (conditions), `comprehension`, `stmt` and `assign`, `loops`, `regions`
//! (what lies between a place and the outside), `try_stmt`, `star`, `with`, `simplify` (fewer,
//! longer blocks), `validate` (debug builds).
//!
//! # Example
//!
//! ```text
//! async def f(n):                 0: Await sleep(n) -> .t0, next 1
//!     return 1 + await sleep(n)   1: Return 1 + take(.t0)
//! ```
//!
//! [`Intrinsic::Take`]: crate::hir::Intrinsic::Take

mod assign;
mod branch;
mod comprehension;
mod expr;
mod loops;
mod operands;
mod regions;
mod simplify;
mod star;
mod stmt;
mod try_stmt;
mod validate;
pub(crate) mod walk;
mod with;

use crate::hir::{
    Block, BlockId, CodeKind, Const, Expr, ExprKind, Intrinsic, Place, Slot, StateMachine, Stmt,
    StmtKind, Sym, Target, TargetKind, Terminator, Unwind,
};
use aio_syntax::Span;
use regions::Region;
use std::collections::BTreeSet;

/// A body that suspends.
pub(crate) struct Input<'a> {
    /// Its statements.
    pub(crate) block: Block,
    /// What sort of body it is.
    pub(crate) kind: CodeKind,
    /// The whole definition.
    pub(crate) span: Span,
    /// How many of the first slots are parameters, and so set from the start.
    pub(crate) parameters: u32,
    /// The slots that hold cells.
    pub(crate) cells: &'a [Slot],
}

/// Cuts a body into blocks; temporaries are added to `slots`.
pub(crate) fn transform(input: Input<'_>, slots: &mut Vec<Sym>) -> StateMachine {
    let mut ctx = Cutter::new(&input, slots);
    ctx.start_new(input.span);
    ctx.block(input.block);
    let end = Span::at(input.span.end);
    ctx.terminate(Terminator::Return(None), end);
    let blocks = std::mem::take(&mut ctx.blocks);
    let machine = simplify::simplify(blocks);
    if cfg!(debug_assertions) {
        validate::validate(&machine, slots.len());
    }
    machine
}

/// A block under construction.
pub(crate) struct Draft {
    stmts: Block,
    /// `None` while the block is open.
    terminator: Option<Terminator>,
    span: Span,
    unwind: Unwind,
}

/// The state of the transform.
struct Cutter<'a> {
    blocks: Vec<Draft>,
    /// The open block; none after a terminator.
    current: Option<BlockId>,
    slots: &'a mut Vec<Sym>,
    /// The first slot that is a temporary.
    first_temp: u32,
    /// Temporaries that hold nothing now.
    free_temps: BTreeSet<Slot>,
    /// Temporaries (and comprehension variables) used since the innermost guarded region began:
    /// what an exception may leave behind.
    touched: BTreeSet<Slot>,
    /// What lies around the current place, outermost first.
    regions: Vec<Region>,
    /// Locals that surely have a value at the current place.
    bound: BTreeSet<Slot>,
    /// Locals that some statement unbinds, never surely bound.
    unbound: Vec<Slot>,
    kind: CodeKind,
}

impl<'a> Cutter<'a> {
    fn new(input: &Input<'_>, slots: &'a mut Vec<Sym>) -> Self {
        let mut unbound = Vec::new();
        walk::unbound_slots(&input.block, &mut unbound);
        let bound = (0..input.parameters)
            .map(Slot)
            .filter(|slot| !input.cells.contains(slot) && !unbound.contains(slot))
            .collect();
        Self {
            blocks: Vec::new(),
            current: None,
            first_temp: u32::try_from(slots.len()).expect("slots are numbered by 32 bits"),
            slots,
            free_temps: BTreeSet::new(),
            touched: BTreeSet::new(),
            regions: Vec::new(),
            bound,
            unbound,
            kind: input.kind,
        }
    }

    // ---- Blocks ----

    /// Makes a block that is not yet current. Its handler is that of the current regions.
    fn new_block(&mut self, span: Span) -> BlockId {
        let index = u32::try_from(self.blocks.len()).expect("blocks are numbered by 32 bits");
        let unwind = Unwind {
            raise: self.handler_around(),
            ..Unwind::default()
        };
        self.blocks.push(Draft {
            stmts: Vec::new(),
            terminator: None,
            span,
            unwind,
        });
        BlockId(index)
    }

    /// Makes `block` current.
    fn start(&mut self, block: BlockId) {
        debug_assert!(self.current.is_none(), "the block before has not ended");
        self.current = Some(block);
    }

    /// Makes a new block and goes on there; what was open jumps to it.
    fn start_new(&mut self, span: Span) -> BlockId {
        let block = self.new_block(span);
        self.goto(block, span);
        self.start(block);
        block
    }

    /// Ends the open block with a jump to `block` and opens that.
    fn continue_at(&mut self, block: BlockId, span: Span) {
        self.goto(block, span);
        self.start(block);
    }

    fn goto(&mut self, block: BlockId, span: Span) {
        if self.current.is_some() {
            self.terminate(Terminator::Goto(block), span);
        }
    }

    /// The open block; code that cannot be reached gets a block that is pruned later.
    fn open(&mut self, span: Span) -> &mut Draft {
        let block = match self.current {
            Some(block) => block,
            None => {
                let block = self.new_block(span);
                self.current = Some(block);
                block
            }
        };
        &mut self.blocks[block.0 as usize]
    }

    fn terminate(&mut self, terminator: Terminator, span: Span) {
        match &terminator {
            Terminator::Await { value, .. }
            | Terminator::Yield { value, .. }
            | Terminator::YieldFrom { value, .. } => self.release_taken(value),
            Terminator::Branch { test, .. } => self.release_taken(test),
            Terminator::Return(Some(value)) => self.release_taken(value),
            Terminator::Return(None)
            | Terminator::Goto(_)
            | Terminator::Dispatch { .. }
            | Terminator::ForNext { .. }
            | Terminator::Reraise(_)
            | Terminator::Unreachable => {}
        }
        let draft = self.open(span);
        draft.terminator = Some(terminator);
        draft.span = span;
        self.current = None;
    }

    /// Appends a statement that does not suspend; the temporaries that it takes are free again.
    fn push(&mut self, kind: StmtKind, span: Span) {
        let stmt = Stmt { kind, span };
        let mut slots = Vec::new();
        walk::each_stmt_expr(&stmt, &mut |expr| walk::taken(expr, &mut slots));
        self.release_all(&slots);
        self.open(span).stmts.push(stmt);
    }

    fn assign_slot(&mut self, slot: Slot, value: Expr) {
        let span = value.span;
        self.push(
            StmtKind::Assign(vec![local_target(slot, span)], value),
            span,
        );
        self.mark_bound(slot);
    }

    fn set_code(&mut self, slot: Slot, code: i64, span: Span) {
        let value = Expr {
            kind: ExprKind::Const(Const::Int(code)),
            span,
        };
        self.push(
            StmtKind::Assign(vec![local_target(slot, span)], value),
            span,
        );
    }

    fn clear(&mut self, slots: Vec<Slot>, span: Span) {
        if !slots.is_empty() {
            self.push(StmtKind::Clear(slots), span);
        }
    }

    // ---- Temporaries ----

    /// A temporary slot that holds nothing; the lowest, so that frames stay small.
    fn alloc(&mut self) -> Slot {
        let slot = match self.free_temps.pop_first() {
            Some(slot) => slot,
            None => {
                let index = u32::try_from(self.slots.len()).expect("slots are numbered by 32 bits");
                let name = format!(".t{}", index - self.first_temp);
                self.slots.push(name.into());
                Slot(index)
            }
        };
        self.touched.insert(slot);
        slot
    }

    fn is_temp(&self, slot: Slot) -> bool {
        slot.0 >= self.first_temp
    }

    fn release(&mut self, slot: Slot) {
        if self.is_temp(slot) {
            self.free_temps.insert(slot);
        }
    }

    fn release_all(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.release(*slot));
    }

    fn release_taken(&mut self, expr: &Expr) {
        let mut slots = Vec::new();
        walk::taken(expr, &mut slots);
        self.release_all(&slots);
    }

    /// Takes back slots that were released so that the code in between could use them.
    fn reserve(&mut self, slots: &[Slot]) {
        for slot in slots {
            let was_free = self.free_temps.remove(slot);
            debug_assert!(was_free, "a temporary outlived the region that used it");
            self.touched.insert(*slot);
        }
    }

    // ---- Locals that surely have a value ----

    fn mark_bound(&mut self, slot: Slot) {
        if !self.is_temp(slot) && !self.unbound.contains(&slot) {
            self.bound.insert(slot);
        }
    }

    fn mark_target_bound(&mut self, target: &Target) {
        let mut slots = Vec::new();
        walk::bound_slots(target, &mut slots);
        slots.into_iter().for_each(|slot| self.mark_bound(slot));
    }

    /// Runs `part` as one of several ways through the code: what it binds counts only inside.
    fn alternative<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.bound.clone();
        let result = part(self);
        self.bound = before;
        result
    }
}

/// A slot as an assignment target.
fn local_target(slot: Slot, span: Span) -> Target {
    Target {
        kind: TargetKind::Place(Place::Local(slot)),
        span,
    }
}

/// Reads a slot.
fn local(slot: Slot, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Name(Place::Local(slot)),
        span,
    }
}

/// Reads a temporary for the last time.
fn take(slot: Slot, span: Span) -> Expr {
    intrinsic(Intrinsic::Take(slot), span)
}

fn intrinsic(intrinsic: Intrinsic, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Intrinsic(intrinsic),
        span,
    }
}

fn constant(value: Const, span: Span) -> Expr {
    Expr {
        kind: ExprKind::Const(value),
        span,
    }
}
