//! The validator of machines, run in debug builds: what the evaluator relies on.
//!
//! Every block is reachable, every target exists, every slot is in range, and no suspension point
//! is left inside a statement or expression.

use super::simplify::each_successor;
use super::walk::{each_block, each_stmt_expr, stmt_suspends, suspends, taken};
use crate::hir::{BasicBlock, BlockId, Expr, Slot, StateMachine, Stmt, StmtKind, Terminator};

/// Panics (in debug builds only) when the machine is malformed.
pub(super) fn validate(machine: &StateMachine, slots: usize) {
    let count = machine.blocks.len();
    assert!(count > 0, "a machine has an entry");
    let mut reached = vec![false; count];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for block in &machine.blocks {
        check_block(block, slots);
        for to in successors(block) {
            let index = to.0 as usize;
            assert!(index < count, "block {index} does not exist");
            reached[index] = true;
        }
    }
    let lost = reached.iter().position(|is_reached| !is_reached);
    assert!(lost.is_none(), "block {lost:?} is unreachable");
}

fn successors(block: &BasicBlock) -> Vec<BlockId> {
    // `each_successor` wants to be able to rewrite; a shell with the same edges will do.
    let mut shell = BasicBlock {
        stmts: Vec::new(),
        terminator: edges_of(&block.terminator),
        span: block.span,
        unwind: block.unwind.clone(),
    };
    let mut found = Vec::new();
    each_successor(&mut shell, &mut |to| found.push(*to));
    found
}

fn edges_of(terminator: &Terminator) -> Terminator {
    let table = match terminator {
        Terminator::Goto(to) => vec![*to],
        Terminator::Branch { then, orelse, .. } => vec![*then, *orelse],
        Terminator::Dispatch { table, .. } => table.iter().map(|(_, to)| *to).collect(),
        Terminator::ForNext { body, exit, .. } => vec![*body, *exit],
        Terminator::Await { next, .. }
        | Terminator::Yield { next, .. }
        | Terminator::YieldFrom { next, .. } => vec![*next],
        Terminator::Return(_) | Terminator::Reraise(_) | Terminator::Unreachable => Vec::new(),
    };
    Terminator::Dispatch {
        on: Slot(0),
        table: table.into_iter().map(|to| (0, to)).collect(),
    }
}

fn check_block(block: &BasicBlock, slots: usize) {
    for stmt in &block.stmts {
        assert!(
            !stmt_suspends(stmt),
            "a suspension point is left in {stmt:?}"
        );
        check_stmt(stmt, slots);
    }
    match &block.terminator {
        Terminator::Branch { test, .. } => check_expr(test, slots),
        Terminator::Await { value, dest, .. }
        | Terminator::Yield { value, dest, .. }
        | Terminator::YieldFrom { value, dest, .. } => {
            check_expr(value, slots);
            dest.iter().for_each(|slot| check_slot(*slot, slots));
        }
        Terminator::Return(value) => value.iter().for_each(|value| check_expr(value, slots)),
        Terminator::Dispatch { on: slot, .. }
        | Terminator::ForNext { iter: slot, .. }
        | Terminator::Reraise(slot) => check_slot(*slot, slots),
        Terminator::Goto(_) | Terminator::Unreachable => {}
    }
    if let Some((slot, _)) = &block.unwind.raise {
        check_slot(*slot, slots);
    }
}

fn check_stmt(stmt: &Stmt, slots: usize) {
    each_stmt_expr(stmt, &mut |expr| check_expr(expr, slots));
    each_block(stmt, &mut |block| {
        block.iter().for_each(|stmt| check_stmt(stmt, slots));
    });
    if let StmtKind::Clear(list) | StmtKind::FreshCells(list) = &stmt.kind {
        list.iter().for_each(|slot| check_slot(*slot, slots));
    }
}

fn check_expr(expr: &Expr, slots: usize) {
    assert!(!suspends(expr), "a suspension point is left in {expr:?}");
    let mut list = Vec::new();
    taken(expr, &mut list);
    list.iter().for_each(|slot| check_slot(*slot, slots));
}

fn check_slot(slot: Slot, slots: usize) {
    assert!((slot.0 as usize) < slots, "slot {} does not exist", slot.0);
}
