//! Runs one body from one suspension point to the next.
//!
//! A [`Machine`] is the state machine of `hir` with its statements lowered to nodes. [`run`] gets
//! the frame and where to begin: at the start, or behind the terminator of the block in which the
//! body suspended, with a value (it goes to the terminator's destination) or with an exception
//! (it is raised at the terminator). It ends in an [`Exit`]: the body awaits something, hands a
//! value out, returns, or raises.
//!
//! Control flow that leaves a block in its middle (an exception anywhere; `return`, `break`,
//! `continue` out of an await-free compound statement) follows the block's unwind table; the
//! code behind `finally` reads from a slot why it was entered (`Dispatch`).

use crate::error::Raised;
use crate::eval::loops::ForTarget;
use crate::eval::{Block, Flow, Frame, NodeBox};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{Jump, Unwind};
use aio_syntax::Span;

/// A body compiled to blocks.
pub struct Machine {
    /// The blocks; 0 is the entry.
    pub blocks: Box<[MachineBlock]>,
    /// Whether closing it half-way could run code of its own (it has handlers).
    pub has_cleanup: bool,
}

/// Statements that never suspend, then a terminator.
pub struct MachineBlock {
    /// The statements.
    pub stmts: Block,
    /// How it ends.
    pub term: Term,
    /// Where the terminator stands.
    pub span: Span,
    /// Where control goes that leaves in the middle.
    pub unwind: Unwind,
}

/// How a block ends.
pub enum Term {
    /// Go on there.
    Goto(u32),
    /// `if`
    Branch(NodeBox, u32, u32),
    /// Jumps by the small int in a slot.
    Dispatch(u32, Box<[(i64, u32)]>),
    /// The next item of the iterator in a slot, or the exit.
    ForNext {
        /// The iterator.
        iter: u32,
        /// What the item is bound to.
        target: ForTarget,
        /// With an item.
        body: u32,
        /// Without.
        exit: u32,
    },
    /// `await value`
    Await {
        /// What is awaited.
        value: NodeBox,
        /// Receives the result.
        dest: Option<u32>,
        /// Goes on there.
        next: u32,
    },
    /// `await` of the next item of the async iterator in a slot.
    AwaitNext {
        /// The iterator.
        iter: u32,
        /// Receives the item.
        dest: Option<u32>,
        /// Goes on there.
        next: u32,
    },
    /// `yield value`
    Yield {
        /// What is handed out.
        value: NodeBox,
        /// Receives what is sent.
        dest: Option<u32>,
        /// Goes on there.
        next: u32,
    },
    /// `yield from value`
    YieldFrom {
        /// The iterable.
        value: NodeBox,
        /// Receives the result.
        dest: Option<u32>,
        /// Goes on there.
        next: u32,
    },
    /// The body returns.
    Return(Option<NodeBox>),
    /// Raises the exception in a slot again.
    Reraise(u32),
    /// Never reached.
    Unreachable,
}

/// Where to begin.
pub enum Entry {
    /// At the first block.
    Start,
    /// Behind the terminator of a block, with its result.
    Resume(u32, Value),
    /// At the terminator of a block, where the pending exception is raised.
    Throw(u32),
}

/// Why the body stopped. A suspension comes with the block it is in.
pub enum Exit {
    /// It awaits a value.
    Await(u32, Value),
    /// It awaits the next item of an async iterator.
    AwaitNext(u32, Value),
    /// It hands a value out.
    Yield(u32, Value),
    /// It delegates to an iterable.
    YieldFrom(u32, Value),
    /// It returned.
    Return(Value),
    /// It raised.
    Raised,
}

/// The next block, or the end.
enum Next {
    Block(u32),
    Exit(Exit),
}

/// Runs until the body stops.
pub fn run(vm: &mut Vm, machine: &Machine, frame: &mut Frame<'_>, entry: Entry) -> Exit {
    let mut at = match entry {
        Entry::Start => 0,
        Entry::Resume(block, value) => deliver(machine, frame, block, value),
        Entry::Throw(block) => {
            let _ = vm.note_fault(machine.blocks[block as usize].span);
            match unwind_raise(vm, machine, frame, block) {
                Next::Block(block) => block,
                Next::Exit(exit) => return exit,
            }
        }
    };
    loop {
        let block = &machine.blocks[at as usize];
        let next = match block.stmts.run(vm, frame) {
            Flow::Next => run_terminator(vm, machine, frame, block, at),
            Flow::Raised => unwind_raise(vm, machine, frame, at),
            Flow::Return => {
                let value = vm.ret.take();
                unwind_return(frame, &block.unwind, value)
            }
            Flow::Break => follow(frame, block.unwind.brk.as_ref()),
            Flow::Continue => follow(frame, block.unwind.cont.as_ref()),
        };
        at = match next {
            Next::Block(next) => next,
            Next::Exit(exit) => return exit,
        };
    }
}

/// Stores the result of a suspension; gives the block to go on with.
fn deliver(machine: &Machine, frame: &mut Frame<'_>, block: u32, value: Value) -> u32 {
    let (dest, next) = match &machine.blocks[block as usize].term {
        Term::Await { dest, next, .. }
        | Term::AwaitNext { dest, next, .. }
        | Term::Yield { dest, next, .. }
        | Term::YieldFrom { dest, next, .. } => (*dest, *next),
        Term::Goto(next) => (None, *next),
        Term::Branch(..)
        | Term::Dispatch(..)
        | Term::ForNext { .. }
        | Term::Return(_)
        | Term::Reraise(_)
        | Term::Unreachable => (None, block),
    };
    if let Some(dest) = dest {
        frame.slots[dest as usize] = value;
    }
    next
}

/// The pending exception leaves a block: to its handler, or out of the body.
#[cold]
fn unwind_raise(vm: &mut Vm, machine: &Machine, frame: &mut Frame<'_>, block: u32) -> Next {
    let block = &machine.blocks[block as usize];
    match block.unwind.raise {
        Some((slot, handler)) => {
            let _ = vm.note_fault(block.span);
            let exception = vm.catch(frame);
            frame.slots[slot.0 as usize] = exception;
            Next::Block(handler.0)
        }
        None => {
            let _ = vm.note_fault(block.span);
            vm.add_trace(frame.func);
            Next::Exit(Exit::Raised)
        }
    }
}

fn unwind_return(frame: &mut Frame<'_>, unwind: &Unwind, value: Value) -> Next {
    match &unwind.ret {
        Some(jump) => {
            if let Some(slot) = jump.value {
                frame.slots[slot.0 as usize] = value;
            }
            follow(frame, Some(jump))
        }
        None => Next::Exit(Exit::Return(value)),
    }
}

fn follow(frame: &mut Frame<'_>, jump: Option<&Jump>) -> Next {
    let Some(jump) = jump else {
        return Next::Exit(Exit::Return(Value::NONE));
    };
    for (slot, code) in &jump.set {
        frame.slots[slot.0 as usize] = Value::int(*code);
    }
    Next::Block(jump.to.0)
}

#[inline]
fn run_terminator(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    block: &MachineBlock,
    at: u32,
) -> Next {
    let evaluated = |result| match result {
        Ok(value) => Some(value),
        Err(Raised) => None,
    };
    let exit = match &block.term {
        Term::Goto(next) => {
            // A jump back is the back edge of a loop: a safe point.
            if *next <= at && vm.needs_attention() && vm.safe_point().is_err() {
                None
            } else {
                return Next::Block(*next);
            }
        }
        Term::Branch(test, then, orelse) => match test.cond(vm, frame) {
            Ok(true) => return Next::Block(*then),
            Ok(false) => return Next::Block(*orelse),
            Err(Raised) => None,
        },
        Term::Dispatch(on, table) => {
            let code = frame.slots[*on as usize].as_int().unwrap_or(0);
            let found = table.iter().find(|(key, _)| *key == code).or(table.first());
            match found {
                Some((_, next)) => return Next::Block(*next),
                None => Some(Exit::Return(Value::NONE)),
            }
        }
        Term::ForNext {
            iter,
            target,
            body,
            exit,
        } => match for_next(vm, frame, *iter, target) {
            Ok(true) => return Next::Block(*body),
            Ok(false) => return Next::Block(*exit),
            Err(Raised) => None,
        },
        Term::Await { value, .. } => evaluated(value.eval(vm, frame)).map(|v| Exit::Await(at, v)),
        Term::AwaitNext { iter, .. } => {
            Some(Exit::AwaitNext(at, frame.slots[*iter as usize].clone()))
        }
        Term::Yield { value, .. } => evaluated(value.eval(vm, frame)).map(|v| Exit::Yield(at, v)),
        Term::YieldFrom { value, .. } => {
            evaluated(value.eval(vm, frame)).map(|v| Exit::YieldFrom(at, v))
        }
        Term::Return(None) => Some(Exit::Return(Value::NONE)),
        Term::Return(Some(value)) => evaluated(value.eval(vm, frame)).map(Exit::Return),
        Term::Reraise(slot) => {
            let exception = frame.slots[*slot as usize].take();
            let _ = vm.reraise(exception);
            vm.fault = Some(crate::eval::tries::RECORDED);
            None
        }
        Term::Unreachable => Some(Exit::Return(Value::NONE)),
    };
    match exit {
        Some(exit) => Next::Exit(exit),
        None => unwind_raise(vm, machine, frame, at),
    }
}

/// Binds the next item; false at the end (and the iterator is let go).
#[inline]
fn for_next(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    iter: u32,
    target: &ForTarget,
) -> Result<bool, Raised> {
    let iterator = frame.slots[iter as usize].clone();
    match vm.next(&iterator)? {
        Some(item) => {
            target.bind(vm, frame, item)?;
            Ok(true)
        }
        None => {
            frame.slots[iter as usize] = Value::UNSET;
            Ok(false)
        }
    }
}
