//! Fewer and longer blocks: jumps to jumps are followed, unreachable blocks dropped, and a block
//! with a single predecessor is joined to it.
//!
//! Two blocks can be one when the same happens to whatever leaves them in the middle. A block in
//! which nothing can raise is not particular about its handler, so it can take on the other's.

use super::Draft;
use super::walk::escapes;
use crate::hir::{
    BasicBlock, BlockId, Const, Expr, ExprKind, Intrinsic, Place, StateMachine, Stmt, StmtKind,
    Target, TargetKind, Terminator, Unwind,
};
use rustc_hash::FxHashMap;

/// Makes the final machine out of the drafts; the first is the entry.
pub(super) fn simplify(drafts: Vec<Draft>) -> StateMachine {
    let mut blocks: Vec<BasicBlock> = drafts.into_iter().map(finish).collect();
    for block in &mut blocks {
        if !can_raise(block) {
            block.unwind.raise = None;
        }
    }
    let entry = follow_jumps(&mut blocks);
    join(&mut blocks, entry);
    // Joining empties blocks and may leave jumps to jumps.
    follow_jumps(&mut blocks);
    return_at_once(&mut blocks);
    StateMachine {
        blocks: renumber(blocks, entry),
    }
}

/// A jump to a bare `return` is a `return`.
fn return_at_once(blocks: &mut [BasicBlock]) {
    let is_return: Vec<bool> = blocks
        .iter()
        .map(|block| block.stmts.is_empty() && matches!(block.terminator, Terminator::Return(None)))
        .collect();
    for block in blocks.iter_mut() {
        if let Terminator::Goto(to) = block.terminator
            && is_return[to.0 as usize]
        {
            block.terminator = Terminator::Return(None);
        }
    }
}

fn finish(draft: Draft) -> BasicBlock {
    BasicBlock {
        stmts: draft.stmts,
        // Only blocks that nothing reaches are left open.
        terminator: draft.terminator.unwrap_or(Terminator::Unreachable),
        span: draft.span,
        unwind: draft.unwind,
    }
}

/// Calls `visit` on every block that control can reach from `block` in one step.
pub(super) fn each_successor(block: &mut BasicBlock, visit: &mut dyn FnMut(&mut BlockId)) {
    match &mut block.terminator {
        Terminator::Goto(to) => visit(to),
        Terminator::Branch { then, orelse, .. } => {
            visit(then);
            visit(orelse);
        }
        Terminator::Dispatch { table, .. } => table.iter_mut().for_each(|(_, to)| visit(to)),
        Terminator::ForNext { body, exit, .. } => {
            visit(body);
            visit(exit);
        }
        Terminator::Await { next, .. }
        | Terminator::Yield { next, .. }
        | Terminator::YieldFrom { next, .. } => visit(next),
        Terminator::Return(_) | Terminator::Reraise(_) | Terminator::Unreachable => {}
    }
    let Unwind {
        raise,
        ret,
        brk,
        cont,
    } = &mut block.unwind;
    if let Some((_, to)) = raise {
        visit(to);
    }
    for jump in [ret, brk, cont].into_iter().flatten() {
        visit(&mut jump.to);
    }
}

/// Sends jumps to empty blocks straight on to where those jump; gives the entry.
fn follow_jumps(blocks: &mut [BasicBlock]) -> BlockId {
    let next: Vec<Option<BlockId>> = blocks
        .iter()
        .map(|block| match block.terminator {
            Terminator::Goto(to) if block.stmts.is_empty() => Some(to),
            _ => None,
        })
        .collect();
    let final_of = |start: BlockId| {
        let mut at = start;
        // An endless loop of empty blocks has no end to find.
        for _ in 0..next.len() {
            match next[at.0 as usize] {
                Some(to) => at = to,
                None => break,
            }
        }
        at
    };
    for block in blocks.iter_mut() {
        each_successor(block, &mut |to| *to = final_of(*to));
    }
    final_of(BlockId(0))
}

fn reachable(blocks: &mut [BasicBlock], entry: BlockId) -> Vec<BlockId> {
    let mut seen = vec![false; blocks.len()];
    let mut order = Vec::new();
    let mut stack = vec![entry];
    while let Some(id) = stack.pop() {
        let index = id.0 as usize;
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        order.push(id);
        let mut successors = Vec::new();
        each_successor(&mut blocks[index], &mut |to| successors.push(*to));
        successors.reverse();
        stack.extend(successors);
    }
    order
}

/// Joins blocks that always follow each other.
fn join(blocks: &mut [BasicBlock], entry: BlockId) {
    let order = reachable(blocks, entry);
    let mut entries = vec![0_u32; blocks.len()];
    entries[entry.0 as usize] += 1;
    for id in &order {
        each_successor(&mut blocks[id.0 as usize], &mut |to| {
            entries[to.0 as usize] += 1;
        });
    }
    for id in order {
        let index = id.0 as usize;
        while let Terminator::Goto(to) = blocks[index].terminator {
            let next = to.0 as usize;
            if next == index || entries[next] != 1 {
                break;
            }
            let Some(unwind) = common_unwind(&blocks[index], &blocks[next]) else {
                break;
            };
            let stmts = std::mem::take(&mut blocks[next].stmts);
            let terminator =
                std::mem::replace(&mut blocks[next].terminator, Terminator::Unreachable);
            let span = blocks[next].span;
            blocks[next].unwind = Unwind::default();
            // Nothing reaches the emptied block any more.
            entries[next] = 0;
            let block = &mut blocks[index];
            block.stmts.extend(stmts);
            block.terminator = terminator;
            block.span = span;
            block.unwind = unwind;
        }
    }
}

/// What two blocks need when they are one; none when their needs differ.
fn common_unwind(first: &BasicBlock, second: &BasicBlock) -> Option<Unwind> {
    let raise = match (can_raise_before_end(first), can_raise(second)) {
        (true, true) if first.unwind.raise != second.unwind.raise => return None,
        (true, _) => first.unwind.raise,
        (false, _) => second.unwind.raise,
    };
    let needs = |block: &BasicBlock| {
        let mut wanted = [false; 3];
        for stmt in &block.stmts {
            let escapes = escapes(stmt);
            wanted[0] |= escapes.returns;
            wanted[1] |= escapes.breaks;
            wanted[2] |= escapes.continues;
        }
        wanted
    };
    let (a, b) = (needs(first), needs(second));
    let jumps = [
        (&first.unwind.ret, &second.unwind.ret),
        (&first.unwind.brk, &second.unwind.brk),
        (&first.unwind.cont, &second.unwind.cont),
    ];
    let mut merged = [None, None, None];
    for (index, (ours, theirs)) in jumps.into_iter().enumerate() {
        merged[index] = match (a[index], b[index]) {
            (true, true) if ours != theirs => return None,
            (true, _) => ours.clone(),
            (false, true) => theirs.clone(),
            (false, false) => None,
        };
    }
    let [ret, brk, cont] = merged;
    Some(Unwind {
        raise,
        ret,
        brk,
        cont,
    })
}

/// Whether something in the block can raise.
fn can_raise(block: &BasicBlock) -> bool {
    can_raise_before_end(block)
        || match &block.terminator {
            Terminator::Goto(_) | Terminator::Dispatch { .. } | Terminator::Unreachable => false,
            Terminator::Return(value) => value.as_ref().is_some_and(expr_can_raise),
            Terminator::Branch { test, .. } => expr_can_raise(test),
            Terminator::ForNext { .. }
            | Terminator::Await { .. }
            | Terminator::Yield { .. }
            | Terminator::YieldFrom { .. }
            | Terminator::Reraise(_) => true,
        }
}

fn can_raise_before_end(block: &BasicBlock) -> bool {
    block.stmts.iter().any(stmt_can_raise)
}

fn stmt_can_raise(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Pass
        | StmtKind::EnterHandler { .. }
        | StmtKind::LeaveHandler { .. }
        | StmtKind::Clear(_)
        | StmtKind::FreshCells(_)
        | StmtKind::StarCollect { .. } => false,
        StmtKind::Assign(targets, value) => {
            expr_can_raise(value)
                || !targets.iter().all(|target| {
                    matches!(
                        target,
                        Target {
                            kind: TargetKind::Place(Place::Local(_) | Place::Cell(_)),
                            ..
                        }
                    )
                })
        }
        _ => true,
    }
}

fn expr_can_raise(expr: &Expr) -> bool {
    !matches!(
        expr.kind,
        ExprKind::Const(
            Const::None
                | Const::Bool(_)
                | Const::Int(_)
                | Const::Str(_)
                | Const::Float(_)
                | Const::Ellipsis
        ) | ExprKind::Intrinsic(
            Intrinsic::Take(_) | Intrinsic::NewList | Intrinsic::NewSet | Intrinsic::NewDict
        )
    )
}

/// Keeps the blocks that can be reached, numbered in the order in which control meets them.
fn renumber(mut blocks: Vec<BasicBlock>, entry: BlockId) -> Vec<BasicBlock> {
    let order = reachable(&mut blocks, entry);
    let new_ids: FxHashMap<BlockId, BlockId> = order
        .iter()
        .zip(0_u32..)
        .map(|(old, new)| (*old, BlockId(new)))
        .collect();
    let mut kept: Vec<(BlockId, BasicBlock)> = Vec::with_capacity(order.len());
    for (index, mut block) in (0_u32..).zip(blocks) {
        if let Some(new) = new_ids.get(&BlockId(index)) {
            each_successor(&mut block, &mut |to| {
                if let Some(id) = new_ids.get(to) {
                    *to = *id;
                }
            });
            kept.push((*new, block));
        }
    }
    kept.sort_by_key(|(id, _)| *id);
    kept.into_iter().map(|(_, block)| block).collect()
}
