//! Which slots a suspension point saves: those whose value is read after it.
//!
//! A backward analysis over blocks, for display only. Cells count as saved from the start; a slot
//! that is only cleared is not saved.

use crate::coroutine::walk::{
    bound_slots, each_block, each_child, each_stmt_expr, each_target_child,
};
use crate::hir::{
    BasicBlock, Expr, ExprKind, Intrinsic, Place, Slot, StateMachine, Stmt, StmtKind, Target,
    TargetKind, Terminator,
};
use std::collections::BTreeSet;

type Live = BTreeSet<Slot>;

/// For each block: the slots that are live when its terminator has suspended (empty otherwise).
pub(super) fn live_after(machine: &StateMachine) -> Vec<Vec<Slot>> {
    let mut entry: Vec<Live> = vec![Live::new(); machine.blocks.len()];
    loop {
        let mut has_changed = false;
        for (index, block) in machine.blocks.iter().enumerate().rev() {
            let live = at_entry(block, &entry);
            if live != entry[index] {
                entry[index] = live;
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    machine
        .blocks
        .iter()
        .map(|block| match &block.terminator {
            Terminator::Await { dest, next, .. }
            | Terminator::Yield { dest, next, .. }
            | Terminator::YieldFrom { dest, next, .. } => {
                let mut live = entry[next.0 as usize].clone();
                if let Some(slot) = dest {
                    live.remove(slot);
                }
                live.extend(on_unwind(block, &entry));
                live.into_iter().collect()
            }
            _ => Vec::new(),
        })
        .collect()
}

/// What the ways out of the middle of a block need.
fn on_unwind(block: &BasicBlock, entry: &[Live]) -> Live {
    let mut live = Live::new();
    if let Some((slot, to)) = &block.unwind.raise {
        live.extend(&entry[to.0 as usize]);
        live.remove(slot);
    }
    for jump in [&block.unwind.ret, &block.unwind.brk, &block.unwind.cont]
        .into_iter()
        .flatten()
    {
        let mut needed = entry[jump.to.0 as usize].clone();
        for (slot, _) in &jump.set {
            needed.remove(slot);
        }
        if let Some(slot) = jump.value {
            needed.remove(&slot);
        }
        live.extend(needed);
    }
    live
}

fn at_entry(block: &BasicBlock, entry: &[Live]) -> Live {
    let of = |to: &crate::hir::BlockId| entry[to.0 as usize].clone();
    let mut live = Live::new();
    match &block.terminator {
        Terminator::Goto(to) => live.extend(of(to)),
        Terminator::Branch { test, then, orelse } => {
            live.extend(of(then));
            live.extend(of(orelse));
            read(test, &mut live);
        }
        Terminator::Dispatch { on, table } => {
            table.iter().for_each(|(_, to)| live.extend(of(to)));
            live.insert(*on);
        }
        Terminator::ForNext {
            iter,
            target,
            body,
            exit,
        } => {
            live.extend(of(body));
            remove_target(target, &mut live);
            live.extend(of(exit));
            live.insert(*iter);
        }
        Terminator::Await { value, dest, next }
        | Terminator::Yield { value, dest, next }
        | Terminator::YieldFrom { value, dest, next } => {
            live.extend(of(next));
            if let Some(slot) = dest {
                live.remove(slot);
            }
            read(value, &mut live);
        }
        Terminator::Return(value) => value.iter().for_each(|value| read(value, &mut live)),
        Terminator::Reraise(slot) => {
            live.insert(*slot);
        }
        Terminator::Unreachable => {}
    }
    let unwound = on_unwind(block, entry);
    live.extend(&unwound);
    for stmt in block.stmts.iter().rev() {
        before_stmt(stmt, &mut live);
        live.extend(&unwound);
    }
    live
}

fn before_stmt(stmt: &Stmt, live: &mut Live) {
    match &stmt.kind {
        StmtKind::Assign(targets, _) => {
            targets
                .iter()
                .for_each(|target| remove_target(target, live));
        }
        StmtKind::AugAssign(
            Target {
                kind: TargetKind::Place(Place::Local(slot)),
                ..
            },
            ..,
        ) => {
            live.insert(*slot);
        }
        StmtKind::Clear(slots) => slots.iter().for_each(|slot| {
            live.remove(slot);
        }),
        StmtKind::EnterHandler { exc, saved } => {
            live.remove(saved);
            live.insert(*exc);
        }
        StmtKind::LeaveHandler { saved } => {
            live.insert(*saved);
        }
        StmtKind::Append(slot, _) | StmtKind::SetAdd(slot, _) | StmtKind::DictSet(slot, ..) => {
            live.insert(*slot);
        }
        StmtKind::StarCollect { list, exc } => live.extend([*list, *exc]),
        StmtKind::StarReraise {
            original,
            rest,
            list,
        } => live.extend([*original, *rest, *list]),
        _ => {}
    }
    reads_of_stmt(stmt, live);
}

fn reads_of_stmt(stmt: &Stmt, live: &mut Live) {
    each_stmt_expr(stmt, &mut |expr| read(expr, live));
    each_block(stmt, &mut |block| {
        block.iter().for_each(|stmt| reads_of_stmt(stmt, live));
    });
}

/// A target's slots are overwritten; the expressions in it are read elsewhere.
fn remove_target(target: &Target, live: &mut Live) {
    let mut slots = Vec::new();
    bound_slots(target, &mut slots);
    slots.iter().for_each(|slot| {
        live.remove(slot);
    });
    each_target_child(target, &mut |expr| read(expr, live));
}

fn read(expr: &Expr, live: &mut Live) {
    match &expr.kind {
        ExprKind::Name(Place::Local(slot) | Place::Cell(slot)) => {
            live.insert(*slot);
        }
        ExprKind::Intrinsic(intrinsic) => match intrinsic {
            Intrinsic::Take(slot)
            | Intrinsic::ANext(slot)
            | Intrinsic::ExcMatches(slot, _)
            | Intrinsic::IsStopAsyncIteration(slot)
            | Intrinsic::SplitGroup { group: slot, .. }
            | Intrinsic::MatchTest(slot, _) => {
                live.insert(*slot);
            }
            Intrinsic::Enter { exit, .. } => exit.both().iter().for_each(|slot| {
                live.remove(slot);
            }),
            Intrinsic::CallExit(exit, exc) => {
                live.extend(exit.both());
                live.extend(exc);
            }
            Intrinsic::Super {
                this: Place::Local(slot) | Place::Cell(slot),
                ..
            } => {
                live.insert(*slot);
            }
            _ => {}
        },
        _ => {}
    }
    each_child(expr, &mut |child| read(child, live));
}
