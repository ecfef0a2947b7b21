//! What lies between a place in the code and the outside: loops, handlers and cleanups.
//!
//! A *catch* region only sends exceptions to a handler. A *cleanup* region must be passed by
//! everything that leaves it: exceptions go to its handler, and `return`, `break` and `continue`
//! to an exit that runs the cleanup first and then goes on outwards. Only a `finally` has one
//! copy of its cleanup, entered with a completion code; the others are a few operations, written
//! once for each way out that occurs.
//!
//! A pending return value waits in the *return slot* of its *level*. Nested regions share one,
//! but the body of a `finally` is a level of its own: a `return` inside it may be abandoned in
//! turn, and then the value that was pending before must still be there.

use super::walk::Escapes;
use super::{Cutter, constant, intrinsic, local, local_target, take};
use crate::hir::{
    BlockId, Const, ExitSlots, Expr, Intrinsic, Jump, Place, Slot, StmtKind, Target, TargetKind,
    Terminator,
};
use aio_syntax::Span;

/// A way out of a region, other than by an exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Return,
    Break,
    Continue,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Return, Self::Break, Self::Continue];

    /// The completion code of a `finally` entered on this way; 0 is its normal entry, 1 the entry
    /// with an exception.
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::Return => 2,
            Self::Break => 3,
            Self::Continue => 4,
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Return => 0,
            Self::Break => 1,
            Self::Continue => 2,
        }
    }
}

/// Something that lies around a place.
#[derive(Debug)]
pub(super) enum Region {
    /// A loop.
    Loop {
        on_break: BlockId,
        on_continue: BlockId,
    },
    /// Exceptions go to a handler.
    Catch { exc: Slot, handler: BlockId },
    /// Every way out passes a cleanup.
    Cleanup(Cleanup),
}

/// A region with a cleanup.
#[derive(Debug)]
pub(super) struct Cleanup {
    /// Where exceptions go.
    pub(super) exc: Slot,
    /// Handles them.
    pub(super) handler: BlockId,
    /// The return slot of the level, when something inside returns.
    pub(super) ret: Option<Slot>,
    /// Whether it begins a level.
    pub(super) is_level: bool,
    /// What to do.
    pub(super) action: Action,
    /// The exits written so far, by way.
    pub(super) exits: [Option<BlockId>; 3],
}

/// What a cleanup does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Enters the body of a `finally` with a completion code.
    Finally { code: Slot, entry: BlockId },
    /// Ends a handler: unbinds its name, and the exception before is the handled one again.
    Leave {
        saved: Slot,
        name: Option<Place>,
        /// What an abandoned completion leaves behind.
        abandoned: Vec<Slot>,
    },
    /// Calls the exit method of a `with`.
    CallExit { exit: ExitSlots, is_async: bool },
}

/// Where a way out leads, and what it stores first.
#[derive(Clone, Debug)]
pub(super) struct Exit {
    to: BlockId,
    code: Option<(Slot, i64)>,
    value: Option<Slot>,
}

impl Exit {
    fn into_jump(self) -> Jump {
        Jump {
            to: self.to,
            set: self.code.into_iter().collect(),
            value: self.value,
        }
    }
}

impl Cutter<'_> {
    /// The handler of the innermost region that has one.
    pub(super) fn handler_around(&self) -> Option<(Slot, BlockId)> {
        self.regions.iter().rev().find_map(|region| match region {
            Region::Loop { .. } => None,
            Region::Catch { exc, handler } => Some((*exc, *handler)),
            Region::Cleanup(cleanup) => Some((cleanup.exc, cleanup.handler)),
        })
    }

    /// The return slot for a cleanup region that is about to be entered: that of its level, or a
    /// new one when something inside returns. The second part says whether it is new.
    pub(super) fn return_slot(&mut self, returns: bool, is_level: bool) -> (Option<Slot>, bool) {
        if !returns {
            return (None, false);
        }
        if !is_level {
            for region in self.regions.iter().rev() {
                let Region::Cleanup(cleanup) = region else {
                    continue;
                };
                if cleanup.ret.is_some() {
                    return (cleanup.ret, false);
                }
                if cleanup.is_level {
                    break;
                }
            }
        }
        (Some(self.alloc()), true)
    }

    /// Leaves the current place on a way out; a return value has been evaluated to `value`.
    pub(super) fn leave(&mut self, way: Way, value: Option<Expr>, span: Span) {
        let Some(exit) = self.exit(way, self.regions.len()) else {
            self.terminate(Terminator::Return(value), span);
            return;
        };
        if let Some(slot) = exit.value {
            let value = value.unwrap_or_else(|| constant(Const::None, span));
            self.assign_slot(slot, value);
            self.free_temps.remove(&slot);
        }
        self.follow(&exit, span);
    }

    fn follow(&mut self, exit: &Exit, span: Span) {
        if let Some((slot, code)) = exit.code {
            self.set_code(slot, code, span);
        }
        self.goto(exit.to, span);
    }

    /// Where a way out leads from inside the outermost `depth` regions. `None`: the body returns.
    fn exit(&mut self, way: Way, depth: usize) -> Option<Exit> {
        for index in (0..depth).rev() {
            match &self.regions[index] {
                Region::Loop {
                    on_break,
                    on_continue,
                } => {
                    let to = match way {
                        Way::Return => continue,
                        Way::Break => *on_break,
                        Way::Continue => *on_continue,
                    };
                    return Some(Exit {
                        to,
                        code: None,
                        value: None,
                    });
                }
                Region::Catch { .. } => {}
                Region::Cleanup(cleanup) => {
                    let value = match way {
                        Way::Return => cleanup.ret,
                        Way::Break | Way::Continue => None,
                    };
                    return Some(self.cleanup_exit(way, index, value));
                }
            }
        }
        None
    }

    fn cleanup_exit(&mut self, way: Way, index: usize, value: Option<Slot>) -> Exit {
        let cleanup = cleanup_at(&mut self.regions, index);
        if let Action::Finally { code, entry } = cleanup.action {
            // The end of the `finally` must know that this way occurs.
            cleanup.exits[way.index()] = Some(entry);
            return Exit {
                to: entry,
                code: Some((code, way.code())),
                value,
            };
        }
        let span = self.blocks[cleanup.handler.0 as usize].span;
        let to = match cleanup.exits[way.index()] {
            Some(block) => block,
            None => self.write_exit(way, index, value, span),
        };
        Exit {
            to,
            code: None,
            value,
        }
    }

    /// Writes the exit of a cleanup region for a way: the cleanup, then further outwards.
    fn write_exit(&mut self, way: Way, index: usize, value: Option<Slot>, span: Span) -> BlockId {
        let interrupted = self.current.take();
        let mut inner = self.regions.split_off(index);
        let block = self.new_block(span);
        let cleanup = cleanup_at(&mut inner, 0);
        cleanup.exits[way.index()] = Some(block);
        let action = cleanup.action.clone();
        self.start(block);
        self.run_cleanup(&action, span);
        self.go_outwards(way, value, span);
        self.regions.append(&mut inner);
        self.current = interrupted;
        block
    }

    /// Goes on from the end of a cleanup, whose region is no longer around.
    pub(super) fn go_outwards(&mut self, way: Way, value: Option<Slot>, span: Span) {
        let Some(exit) = self.exit(way, self.regions.len()) else {
            // The slot stays reserved until its region ends.
            let value = value.map(|slot| take(slot, span));
            let draft = self.open(span);
            draft.terminator = Some(Terminator::Return(value));
            draft.span = span;
            self.current = None;
            return;
        };
        if let (Some(to), Some(from)) = (exit.value, value)
            && to != from
        {
            let moved = StmtKind::Assign(vec![local_target(to, span)], take(from, span));
            let stmt = crate::hir::Stmt { kind: moved, span };
            self.open(span).stmts.push(stmt);
        }
        self.follow(&exit, span);
    }

    /// The cleanup of a region other than a `finally`.
    pub(super) fn run_cleanup(&mut self, action: &Action, span: Span) {
        match action {
            Action::Finally { .. } => {}
            Action::Leave {
                saved,
                name,
                abandoned,
            } => {
                self.unbind(name.as_ref(), span);
                self.push(StmtKind::LeaveHandler { saved: *saved }, span);
                self.clear(abandoned.clone(), span);
            }
            Action::CallExit { exit, is_async } => self.call_exit(*exit, *is_async, span),
        }
    }

    /// The end of a `with` that no exception ends.
    pub(super) fn call_exit(&mut self, exit: ExitSlots, is_async: bool, span: Span) {
        let call = intrinsic(Intrinsic::CallExit(exit, None), span);
        if is_async {
            self.suspend_await(call, None, span);
        } else {
            self.push(StmtKind::Expr(call), span);
        }
    }

    /// Unbinds the name of a handler, whether it is still bound or not.
    pub(super) fn unbind(&mut self, name: Option<&Place>, span: Span) {
        match name {
            None => {}
            Some(Place::Local(slot)) => self.push(StmtKind::Clear(vec![*slot]), span),
            Some(place) => {
                let target = || Target {
                    kind: TargetKind::Place(place.clone()),
                    span,
                };
                let nothing = constant(Const::None, span);
                self.push(StmtKind::Assign(vec![target()], nothing), span);
                self.push(StmtKind::Del(target()), span);
            }
        }
    }

    /// Notes on the open block how a whole statement in it can leave.
    pub(super) fn allow_escapes(&mut self, escapes: Escapes, span: Span) {
        let wanted = [escapes.returns, escapes.breaks, escapes.continues];
        self.open(span);
        for (way, is_wanted) in Way::ALL.into_iter().zip(wanted) {
            if !is_wanted {
                continue;
            }
            let jump = self.exit(way, self.regions.len()).map(Exit::into_jump);
            let unwind = &mut self.open(span).unwind;
            match way {
                Way::Return => unwind.ret = jump,
                Way::Break => unwind.brk = jump,
                Way::Continue => unwind.cont = jump,
            }
        }
    }

    /// Enters a region and goes on in a new block, which it guards.
    pub(super) fn enter(&mut self, region: Region, span: Span) {
        self.regions.push(region);
        self.start_new(span);
    }

    /// Leaves the innermost region; the open block, if any, still belongs to it.
    pub(super) fn close_cleanup(&mut self) -> Option<Cleanup> {
        match self.regions.pop() {
            Some(Region::Cleanup(cleanup)) => Some(cleanup),
            Some(Region::Loop { .. } | Region::Catch { .. }) | None => None,
        }
    }

    /// The end of a handler by an exception: cleans up and raises it again.
    pub(super) fn leave_by_exception(
        &mut self,
        handler: BlockId,
        action: &Action,
        exc: Slot,
        span: Span,
    ) {
        self.start(handler);
        self.run_cleanup(action, span);
        self.terminate(Terminator::Reraise(exc), span);
    }

    /// Reads a slot's value into the name of a handler.
    pub(super) fn bind_handler_name(&mut self, name: &Place, exc: Slot, span: Span) {
        let target = Target {
            kind: TargetKind::Place(name.clone()),
            span,
        };
        self.push(StmtKind::Assign(vec![target], local(exc, span)), span);
    }
}

impl Cleanup {
    /// Whether some code inside leaves on this way.
    pub(super) fn is_left_by(&self, way: Way) -> bool {
        self.exits[way.index()].is_some()
    }
}

/// The cleanup region at `index`, which the search for a way out has found there.
fn cleanup_at(regions: &mut [Region], index: usize) -> &mut Cleanup {
    let found = match regions.get_mut(index) {
        Some(Region::Cleanup(cleanup)) => Some(cleanup),
        Some(Region::Loop { .. } | Region::Catch { .. }) | None => None,
    };
    found.expect("only cleanup regions have cleanup exits")
}
