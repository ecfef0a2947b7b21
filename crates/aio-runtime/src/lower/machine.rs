//! State machines → machines of nodes.

use super::Lowerer;
use crate::coroutine::{Machine, MachineBlock, Term};
use aio_compile::hir::{self, ExprKind, Intrinsic, Terminator};

pub(super) fn lower_machine(ctx: &mut Lowerer<'_>, machine: &hir::StateMachine) -> Machine {
    let mut blocks = Vec::with_capacity(machine.blocks.len());
    for (at, block) in machine.blocks.iter().enumerate() {
        let head = loop_head(machine, block);
        let (last, is_back_edge) = match head {
            Some((to, head)) => (head, to as usize <= at),
            None => (block, false),
        };
        blocks.push(MachineBlock {
            stmts: ctx.block(&block.stmts),
            term: terminator(ctx, &last.terminator),
            span: last.span,
            unwind: block.unwind.clone(),
            is_back_edge,
        });
    }
    let has_cleanup = machine
        .blocks
        .iter()
        .any(|block| block.unwind.raise.is_some());
    Machine {
        blocks: blocks.into(),
        has_cleanup,
    }
}

/// The block that a block jumps to, if that one only decides how a loop goes on: then the block
/// can decide that itself (a turn of a loop in a coroutine goes through one block less).
fn loop_head<'a>(
    machine: &'a hir::StateMachine,
    block: &hir::BasicBlock,
) -> Option<(u32, &'a hir::BasicBlock)> {
    let Terminator::Goto(to) = &block.terminator else {
        return None;
    };
    let head = machine.blocks.get(to.0 as usize)?;
    let decides = match &head.terminator {
        Terminator::ForNext { .. } => true,
        Terminator::Await { value, .. } => {
            matches!(value.kind, ExprKind::Intrinsic(Intrinsic::ANext(_)))
        }
        _ => false,
    };
    (decides && head.stmts.is_empty() && head.unwind == block.unwind).then_some((to.0, head))
}

fn terminator(ctx: &mut Lowerer<'_>, terminator: &Terminator) -> Term {
    match terminator {
        Terminator::Goto(to) => Term::Goto(to.0),
        Terminator::Branch { test, then, orelse } => Term::Branch(ctx.expr(test), then.0, orelse.0),
        Terminator::Dispatch { on, table } => {
            Term::Dispatch(on.0, table.iter().map(|(code, to)| (*code, to.0)).collect())
        }
        Terminator::ForNext {
            iter,
            target,
            body,
            exit,
        } => Term::ForNext {
            iter: iter.0,
            target: ctx.for_target(target),
            body: body.0,
            exit: exit.0,
        },
        Terminator::Await { value, dest, next } => {
            let (dest, next) = (dest.map(|slot| slot.0), next.0);
            match &value.kind {
                ExprKind::Intrinsic(Intrinsic::ANext(iter)) => Term::AwaitNext {
                    iter: iter.0,
                    dest,
                    next,
                },
                ExprKind::Call { func, args } if is_sleep_call(func, args) => {
                    sleep(ctx, func, args, dest, next)
                }
                _ => Term::Await {
                    value: ctx.expr(value),
                    dest,
                    next,
                },
            }
        }
        Terminator::Yield { value, dest, next } => Term::Yield {
            value: ctx.expr(value),
            dest: dest.map(|slot| slot.0),
            next: next.0,
        },
        Terminator::YieldFrom { value, dest, next } => Term::YieldFrom {
            value: ctx.expr(value),
            dest: dest.map(|slot| slot.0),
            next: next.0,
        },
        Terminator::Return(value) => Term::Return(ctx.expr_opt(value.as_ref())),
        Terminator::Reraise(slot) => Term::Reraise(slot.0),
        Terminator::Unreachable => Term::Unreachable,
    }
}

/// Whether a call looks like `sleep(delay)` or `asyncio.sleep(delay)`. What it really calls is
/// checked when it runs.
fn is_sleep_call(func: &hir::Expr, args: &[hir::Arg]) -> bool {
    let named = match &func.kind {
        ExprKind::Attr(_, name) | ExprKind::Name(hir::Place::Global(name)) => &**name == "sleep",
        _ => false,
    };
    named && matches!(args, [hir::Arg::Pos(_)])
}

fn sleep(
    ctx: &mut Lowerer<'_>,
    func: &hir::Expr,
    args: &[hir::Arg],
    dest: Option<u32>,
    next: u32,
) -> Term {
    let func = ctx.expr(func);
    let delay = match args {
        [hir::Arg::Pos(delay)] => ctx.expr(delay),
        _ => ctx.nothing(),
    };
    Term::AwaitSleep {
        func,
        delay,
        dest,
        next,
    }
}
