//! State machines → machines of nodes.

use super::Lowerer;
use crate::coroutine::{After, Machine, MachineBlock, SleepCall, SleepName, Term};
use crate::eval::access::Attr;
use crate::eval::names::Global;
use crate::eval::operand::{Const, Form};
use crate::heap::GcCell;
use crate::value::Value;
use aio_compile::hir::{self, ExprKind, Intrinsic, Place, Terminator};

pub(super) fn lower_machine(ctx: &mut Lowerer<'_>, machine: &hir::StateMachine) -> Machine {
    let mut blocks = Vec::with_capacity(machine.blocks.len());
    for (at, block) in machine.blocks.iter().enumerate() {
        let mut is_back_edge = jumps_back(at, &block.terminator);
        let mut last = block;
        if let Some((head_at, head)) = loop_head(machine, block) {
            is_back_edge |= jumps_back(at.max(head_at), &head.terminator);
            last = head;
        }
        blocks.push(MachineBlock {
            stmts: ctx.block(&block.stmts),
            term: terminator(ctx, &last.terminator),
            after: after(&last.terminator),
            span: last.span,
            unwind: Box::new(block.unwind.clone()),
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

/// The block that a block jumps to (with its number), if that one only decides how things go on: then the block
/// can decide that itself (a turn of a loop in a coroutine goes through one block less).
fn loop_head<'a>(
    machine: &'a hir::StateMachine,
    block: &hir::BasicBlock,
) -> Option<(usize, &'a hir::BasicBlock)> {
    let Terminator::Goto(to) = &block.terminator else {
        return None;
    };
    let at = to.0 as usize;
    let head = machine.blocks.get(at)?;
    let decides = match &head.terminator {
        Terminator::ForNext { .. } | Terminator::Branch { .. } => true,
        Terminator::Await { value, .. } => {
            matches!(value.kind, ExprKind::Intrinsic(Intrinsic::ANext(_)))
        }
        _ => false,
    };
    (decides && head.stmts.is_empty() && head.unwind == block.unwind).then_some((at, head))
}

/// Whether the terminator of the block `at` may go back to a block before it, or to it, without the
/// caller having had its turn: what is awaited or delegated to may be over at once.
fn jumps_back(at: usize, terminator: &Terminator) -> bool {
    let is_back = |to: &hir::BlockId| to.0 as usize <= at;
    match terminator {
        Terminator::Goto(to) => is_back(to),
        Terminator::Branch { then, orelse, .. } => is_back(then) || is_back(orelse),
        Terminator::ForNext { body, exit, .. } => is_back(body) || is_back(exit),
        Terminator::Await { next, .. } | Terminator::YieldFrom { next, .. } => is_back(next),
        Terminator::Dispatch { .. }
        | Terminator::Yield { .. }
        | Terminator::Return(_)
        | Terminator::Reraise(_)
        | Terminator::Unreachable => false,
    }
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
        Terminator::Await { value, .. } => match &value.kind {
            ExprKind::Intrinsic(Intrinsic::ANext(iter)) => Term::AwaitNext(iter.0),
            ExprKind::Call { func, args } => match sleep_call(ctx, func, args) {
                Some(call) => Term::AwaitSleep(Box::new(call)),
                None => Term::Await(ctx.expr(value)),
            },
            _ => Term::Await(ctx.expr(value)),
        },
        Terminator::Yield { value, .. } => Term::Yield(ctx.form(value)),
        Terminator::YieldFrom { value, .. } => Term::YieldFrom(ctx.form(value)),
        Terminator::Return(Some(value)) => Term::Return(ctx.form(value)),
        Terminator::Return(None) => Term::Return(Form::Const(Const(Value::NONE))),
        Terminator::Reraise(slot) => Term::Reraise(slot.0),
        Terminator::Unreachable => Term::Unreachable,
    }
}

/// A call that looks like `sleep(delay)` or `asyncio.sleep(delay)`.
fn sleep_call(ctx: &mut Lowerer<'_>, func: &hir::Expr, args: &[hir::Arg]) -> Option<SleepCall> {
    let [hir::Arg::Pos(delay)] = args else {
        return None;
    };
    let name = match &func.kind {
        ExprKind::Name(Place::Global(name)) if &**name == "sleep" => {
            SleepName::Bare(Global::new(ctx.name(name), func.span))
        }
        ExprKind::Attr(object, name) if &**name == "sleep" => {
            let ExprKind::Name(Place::Global(module)) = &object.kind else {
                return None;
            };
            let module = Global::new(ctx.name(module), object.span);
            SleepName::InModule(Attr::new(module, ctx.name(name), func.span))
        }
        _ => return None,
    };
    let is_zero = match &delay.kind {
        ExprKind::Const(constant) => ctx.constant(constant).as_int() == Some(0),
        _ => false,
    };
    Some(SleepCall {
        name,
        delay: ctx.expr(delay),
        is_zero,
        known: GcCell::default(),
    })
}

/// How a block goes on that ends in a suspension.
fn after(terminator: &Terminator) -> After {
    match terminator {
        Terminator::Await { dest, next, .. }
        | Terminator::Yield { dest, next, .. }
        | Terminator::YieldFrom { dest, next, .. } => After {
            dest: dest.map_or(After::NOWHERE, |slot| slot.0),
            next: next.0,
        },
        Terminator::Goto(_)
        | Terminator::Branch { .. }
        | Terminator::ForNext { .. }
        | Terminator::Dispatch { .. }
        | Terminator::Return(_)
        | Terminator::Reraise(_)
        | Terminator::Unreachable => After {
            dest: After::NOWHERE,
            next: 0,
        },
    }
}
