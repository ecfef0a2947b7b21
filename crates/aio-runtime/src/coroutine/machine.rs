//! Runs one body from one suspension point to the next.
//!
//! A [`Machine`] is the state machine of `hir` with its statements lowered to nodes. [`run`] gets
//! the frame and where to begin: at the start, or behind the terminator of the block in which the
//! body suspended, with a value (it goes to the terminator's destination) or with an exception
//! (it is raised at the terminator). It ends in an [`Exit`]: the body awaits something, hands a
//! value out, returns, or raises. Values and block numbers pass both ways through one [`Io`], so
//! that the results themselves fit a register.
//!
//! Control flow that leaves a block in its middle (an exception anywhere; `return`, `break`,
//! `continue` out of an await-free compound statement) follows the block's unwind table; the
//! code behind `finally` reads from a slot why it was entered (`Dispatch`).

use super::direct::{self, Direct};
use crate::code::Body;
use crate::error::{R, Raised};
use crate::eval::loops::ForTarget;
use crate::eval::{Block, Flow, Frame, NodeBox};
use crate::heap::Ref;
use crate::objects::CoroutineObj;
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
    /// Whether the terminator is that of a loop's head, which this block jumps back to: a safe
    /// point.
    pub is_back_edge: bool,
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
    /// `await sleep(delay)`: no coroutine object when the task itself drives this chain.
    AwaitSleep {
        /// The function called.
        func: NodeBox,
        /// Its only argument.
        delay: NodeBox,
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

/// What passes between a body and the loop that drives it.
pub struct Io {
    /// In: what the suspension gives. Out: what is awaited, handed out or returned.
    pub value: Value,
    /// In: whether the pending exception is thrown in instead.
    pub throw: bool,
    /// In: whether that was thrown by `throw()`: then it gets the exception that the body was
    /// handling as its context, as if it were raised there (an error that comes out of what
    /// was awaited does not).
    pub chain_context: bool,
    /// The block of the suspension.
    pub block: u32,
    /// Out: the body to run next (see `trampoline`).
    pub child: Option<Ref<CoroutineObj>>,
}

/// Where to begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// At the first block.
    Start,
    /// Behind the terminator of the block, with the value as its result.
    Resume,
    /// At the terminator of the block, where the pending exception is raised.
    Throw,
}

/// Why the body stopped; the value is in the [`Io`], and for a suspension its block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It awaits a value.
    Await,
    /// It awaits the next item of an async iterator.
    AwaitNext,
    /// It awaits one turn of the event loop.
    Pause,
    /// It hands a value out.
    Yield,
    /// It delegates to an iterable.
    YieldFrom,
    /// A coroutine that it awaited on the native stack has suspended (see `direct`).
    Detached,
    /// It returned.
    Return,
    /// It raised.
    Raised,
}

/// Runs the body of a frame's function until it stops (one that has no state machine, to its end).
#[inline(always)]
pub fn run_frame(vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io, entry: Entry) -> Exit {
    match frame.func.code.body(vm) {
        Body::Machine(machine) => run(vm, machine, frame, io, entry),
        Body::Plain(body) => match body.run(vm, frame) {
            Ok(value) => {
                io.value = value;
                Exit::Return
            }
            Err(Raised) => Exit::Raised,
        },
    }
}

/// Runs until the body stops.
pub fn run(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    io: &mut Io,
    entry: Entry,
) -> Exit {
    let mut at = match entry {
        Entry::Start => 0,
        Entry::Resume => deliver(machine, frame, io),
        Entry::Throw => match unwind_raise(vm, machine, frame, io.block) {
            Ok(block) => block,
            Err(exit) => return exit,
        },
    };
    loop {
        let block = &machine.blocks[at as usize];
        let flow = block.stmts.run(vm, frame);
        let next = match (flow, &block.unwind.cont) {
            (Flow::Next, _) => run_terminator(vm, machine, frame, io, at),
            (Flow::Continue, Some(jump)) => Ok(follow(frame, jump)),
            (flow, _) => leave_block(vm, machine, frame, io, at, flow),
        };
        match next {
            Ok(block) => at = block,
            Err(exit) => return exit,
        }
    }
}

/// Stores the result of a suspension; gives the block to go on with.
#[inline(always)]
fn deliver(machine: &Machine, frame: &mut Frame<'_>, io: &mut Io) -> u32 {
    let value = io.value.take();
    match &machine.blocks[io.block as usize].term {
        Term::Await { dest, next, .. }
        | Term::AwaitSleep { dest, next, .. }
        | Term::AwaitNext { dest, next, .. }
        | Term::Yield { dest, next, .. }
        | Term::YieldFrom { dest, next, .. } => {
            if let Some(dest) = dest {
                frame.slots[*dest as usize] = value;
            }
            *next
        }
        Term::Goto(next) => *next,
        Term::Branch(..)
        | Term::Dispatch(..)
        | Term::ForNext { .. }
        | Term::Return(_)
        | Term::Reraise(_)
        | Term::Unreachable => io.block,
    }
}

/// Control leaves a block in its middle.
#[inline(never)]
fn leave_block(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    flow: Flow,
) -> Result<u32, Exit> {
    let unwind = &machine.blocks[at as usize].unwind;
    let jump = match flow {
        Flow::Next => return Ok(at),
        Flow::Raised => return unwind_raise(vm, machine, frame, at),
        Flow::Return => {
            io.value = vm.ret.take();
            let Some(jump) = &unwind.ret else {
                return Err(Exit::Return);
            };
            if let Some(slot) = jump.value {
                frame.slots[slot.0 as usize] = io.value.take();
            }
            Some(jump)
        }
        Flow::Break => unwind.brk.as_ref(),
        Flow::Continue => unwind.cont.as_ref(),
    };
    match jump {
        Some(jump) => Ok(follow(frame, jump)),
        None => {
            io.value = Value::NONE;
            Err(Exit::Return)
        }
    }
}

#[inline]
fn follow(frame: &mut Frame<'_>, jump: &Jump) -> u32 {
    for (slot, code) in &jump.set {
        frame.slots[slot.0 as usize] = Value::int(*code);
    }
    jump.to.0
}

/// The pending exception leaves a block: to its handler, or out of the body.
#[cold]
#[inline(never)]
fn unwind_raise(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    block: u32,
) -> Result<u32, Exit> {
    let block = &machine.blocks[block as usize];
    let _ = vm.note_fault(block.span);
    match block.unwind.raise {
        Some((slot, handler)) => {
            let exception = vm.catch(frame);
            frame.slots[slot.0 as usize] = exception;
            Ok(handler.0)
        }
        None => {
            vm.add_trace(frame.func);
            Err(Exit::Raised)
        }
    }
}

#[inline(always)]
fn run_terminator(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
) -> Result<u32, Exit> {
    let block = &machine.blocks[at as usize];
    if block.is_back_edge && vm.needs_attention() && vm.safe_point().is_err() {
        return unwind_raise(vm, machine, frame, at);
    }
    match try_terminator(vm, &block.term, frame, io, at) {
        Ok(next) => next,
        Err(Raised) => unwind_raise(vm, machine, frame, at),
    }
}

/// Evaluates the value of a suspension.
#[inline(always)]
fn suspend(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    value: &NodeBox,
    exit: Exit,
) -> R<Result<u32, Exit>> {
    io.value = value.eval(vm, frame)?;
    io.block = at;
    Ok(Err(exit))
}

/// `await value`: done on the spot if that is possible, else the body suspends.
#[inline(always)]
fn await_expr(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    value: &NodeBox,
    (dest, next): (Option<u32>, u32),
) -> R<Result<u32, Exit>> {
    let done = value.eval_awaited(vm, frame, io)?;
    awaited(frame, io, at, done, Exit::Await, (dest, next))
}

/// Goes on with the result, if it is there already.
#[inline(always)]
fn awaited(
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    done: Direct,
    wait: Exit,
    (dest, next): (Option<u32>, u32),
) -> R<Result<u32, Exit>> {
    let exit = match done {
        Direct::Returned => {
            let result = io.value.take();
            if let Some(dest) = dest {
                frame.slots[dest as usize] = result;
            }
            return Ok(Ok(next));
        }
        Direct::Await => wait,
        Direct::Suspended => Exit::Detached,
    };
    io.block = at;
    Ok(Err(exit))
}

#[inline(always)]
fn try_terminator(
    vm: &mut Vm,
    term: &Term,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
) -> R<Result<u32, Exit>> {
    match term {
        Term::Goto(next) => {
            // A jump back is the back edge of a loop: a safe point.
            if *next <= at && vm.needs_attention() {
                vm.safe_point()?;
            }
            Ok(Ok(*next))
        }
        Term::Branch(test, then, orelse) => Ok(Ok(if test.cond(vm, frame)? {
            *then
        } else {
            *orelse
        })),
        Term::ForNext {
            iter,
            target,
            body,
            exit,
        } => Ok(Ok(if for_next(vm, frame, *iter, target)? {
            *body
        } else {
            *exit
        })),
        Term::Await { value, dest, next } => await_expr(vm, frame, io, at, value, (*dest, *next)),
        Term::Yield { value, .. } => suspend(vm, frame, io, at, value, Exit::Yield),
        Term::YieldFrom { value, .. } => suspend(vm, frame, io, at, value, Exit::YieldFrom),
        Term::AwaitSleep { func, delay, .. } => {
            let func = func.eval(vm, frame)?;
            let delay = delay.eval(vm, frame)?;
            io.block = at;
            if crate::asyncio::is_sleep(&func) && crate::asyncio::sleep_in_place(vm, &delay)? {
                io.value = Value::NONE;
                return Ok(Err(Exit::Pause));
            }
            io.value = vm.call(&func, &[delay])?;
            Ok(Err(Exit::Await))
        }
        Term::AwaitNext { iter, dest, next } => {
            let done = direct::await_item(vm, &frame.slots[*iter as usize], io)?;
            awaited(frame, io, at, done, Exit::AwaitNext, (*dest, *next))
        }
        Term::Return(value) => {
            io.value = match value {
                Some(value) => value.eval(vm, frame)?,
                None => Value::NONE,
            };
            Ok(Err(Exit::Return))
        }
        Term::Dispatch(on, table) => {
            let code = frame.slots[*on as usize].as_int().unwrap_or(0);
            let found = table.iter().find(|(key, _)| *key == code).or(table.first());
            Ok(found.map_or(Err(Exit::Return), |(_, next)| Ok(*next)))
        }
        Term::Reraise(slot) => {
            let exception = frame.slots[*slot as usize].take();
            vm.fault = Some(crate::eval::tries::RECORDED);
            Err(vm.reraise(exception))
        }
        Term::Unreachable => {
            io.value = Value::NONE;
            Ok(Err(Exit::Return))
        }
    }
}

/// Binds the next item; false at the end (and the iterator is let go).
#[inline]
fn for_next(vm: &mut Vm, frame: &mut Frame<'_>, iter: u32, target: &ForTarget) -> R<bool> {
    if let Some(object) = frame.slots[iter as usize].as_iter()
        && let Some(item) = object.quick_next()
    {
        target.bind(vm, frame, item)?;
        return Ok(true);
    }
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
