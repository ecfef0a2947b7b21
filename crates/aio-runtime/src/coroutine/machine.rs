//! Runs one body from one suspension point to the next.
//!
//! A [`Machine`] is the state machine of `hir` with its statements lowered to nodes. [`run_frame`]
//! gets the frame and where to begin: at the start, or behind the terminator of the block in which the
//! body suspended, with a value (it goes to the terminator's destination) or with an exception
//! (it is raised at the terminator). It ends in an [`Exit`]: the body awaits something, hands a
//! value out, returns, or raises. Values and block numbers pass both ways through one [`Io`], so
//! that the results themselves fit a register.
//!
//! Control flow that leaves a block in its middle (an exception anywhere; `return`, `break`,
//! `continue` out of an await-free compound statement) follows the block's unwind table; the
//! code behind `finally` reads from a slot why it was entered (`Dispatch`).

use super::direct::Direct;
use super::direct_objects;
use super::sleeping::SleepCall;
use super::trampoline;
use crate::code::Body;
use crate::error::{R, Raised};
use crate::eval::loops::ForTarget;
use crate::eval::operand::Form;
use crate::eval::{Block, Flow, Frame, NodeBox, PlainBody};
use crate::heap::Ref;
use crate::objects::CoroutineObj;
use crate::value::{Tag, Value};
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
    /// How it goes on, when it ends in a suspension.
    pub after: After,
    /// Where the terminator stands.
    pub span: Span,
    /// Where control goes that leaves in the middle. (Elsewhere, so that what every run of the block
    /// reads lies close together.)
    pub unwind: Box<Unwind>,
    /// Whether the terminator may jump back, or is that of a loop's head to which this block jumps
    /// back: a safe point.
    pub is_back_edge: bool,
}

/// What follows a suspension.
#[derive(Clone, Copy)]
pub struct After {
    /// The slot that receives the result, or [`After::NOWHERE`].
    pub dest: u32,
    /// Goes on there.
    pub next: u32,
}

impl After {
    /// The result is dropped.
    pub const NOWHERE: u32 = u32::MAX;

    /// Stores the result; gives the block to go on with.
    #[inline(always)]
    fn deliver(self, frame: &mut Frame<'_>, result: Value) -> Next {
        if let Some(slot) = frame.slots.get_mut(self.dest as usize) {
            *slot = result;
        }
        Next(self.next)
    }
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
    Await(NodeBox),
    /// `await sleep(delay)`: no coroutine object when the task itself drives this chain.
    AwaitSleep(Box<SleepCall>),
    /// `await` of the next item of the async iterator in a slot.
    AwaitNext(u32),
    /// `yield value`
    Yield(Form),
    /// `yield from value`
    YieldFrom(Form),
    /// The body returns.
    Return(Form),
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
    /// In: whether that was thrown by `throw()`: then it gets the exception that the body itself
    /// was handling as its context, as if it were raised there (an error that comes out of what
    /// was awaited does not).
    pub chain_context: bool,
    /// Out: whether the value is what `__await__()` gave, so that this is not to be called again.
    pub iterator: bool,
    /// The block of the suspension.
    pub block: u32,
    /// Out: the body to run next (see `trampoline`).
    pub child: Option<Ref<CoroutineObj>>,
}

impl Io {
    /// To go on with a value.
    #[inline(always)]
    pub fn new(value: Value) -> Io {
        Io {
            value,
            throw: false,
            chain_context: false,
            iterator: false,
            block: 0,
            child: None,
        }
    }

    /// The value; there is no child.
    #[inline(always)]
    pub fn into_value(mut self) -> Value {
        let value = self.value.take();
        // Nothing is left in it, so that dropping it would be idle work.
        std::mem::forget(self);
        value
    }
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

/// The number of the first [`Exit`]; no machine has that many blocks.
const FIRST_EXIT: u32 = u32::MAX - 9;
const _: () = assert!(Exit::Raised as u32 + 1 == Next::RAISED.0);

/// Why the body stopped; the value is in the [`Io`], and for a suspension its block. (The numbers
/// are those of [`Next`].)
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Exit {
    /// It awaits a value.
    Await = FIRST_EXIT,
    /// It awaits the next item of an async iterator.
    AwaitNext,
    /// It awaits one turn of the event loop.
    Pause,
    /// It awaits a method of the library that has begun: see `Vm::begun`.
    AwaitBegun,
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
        Body::Machine(machine) => {
            let next = match entry {
                Entry::Start => Next(0),
                Entry::Resume => machine.resume(frame, io),
                Entry::Throw => unwind_raise(vm, machine, frame, io.block),
            };
            run(vm, machine, frame, io, next)
        }
        Body::Plain(body) => run_plain(vm, body, frame, io),
    }
}

/// Runs the body of a frame's function from its start, as [`run_frame`] does; gives what it returns,
/// or how else it stopped. Awaited on the native stack, most bodies get to what they return through
/// blocks that end in an `await` or in `return`: those are run right here, which saves a call; [`run`]
/// takes over at any other.
#[inline(always)]
pub fn run_straight(vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> Result<Value, Exit> {
    let machine = match frame.func.code.body(vm) {
        Body::Machine(machine) => machine,
        Body::Plain(body) => return body.run(vm, frame).map_err(|Raised| Exit::Raised),
    };
    let mut at = 0;
    while let Some(block) = machine.blocks.get(at as usize) {
        let flow = block.stmts.run(vm, frame);
        if flow != Flow::Next {
            if flow != Flow::Return || block.unwind.ret.is_some() {
                return run_from(vm, machine, frame, io, (at, flow));
            }
            return Ok(vm.ret.take());
        }
        let raised = match &block.term {
            Term::Return(value) => match value.eval(vm, frame) {
                Ok(value) => return Ok(value),
                Err(raised) => raised,
            },
            Term::Await(value) if !block.is_back_edge => {
                let mut done = value.eval_awaited(vm, frame, io);
                if let Ok(Direct::Await) = done {
                    done = direct_objects::await_value(vm, io);
                }
                match done {
                    Ok(Direct::Returned(result)) => {
                        at = block.after.deliver(frame, result).0;
                        continue;
                    }
                    Ok(direct) => return await_from(vm, machine, frame, io, (at, direct)),
                    Err(raised) => raised,
                }
            }
            _ => return run_from(vm, machine, frame, io, (at, flow)),
        };
        let Raised = raised;
        return run_from(vm, machine, frame, io, (at, Flow::Raised));
    }
    Ok(Value::NONE)
}

/// Goes on where a block awaits what is not over: an object may yet be, else the body stops.
#[inline(never)]
fn await_from(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    io: &mut Io,
    (at, direct): (u32, Direct),
) -> Result<Value, Exit> {
    let done = match (direct, machine.blocks.get(at as usize)) {
        (Direct::Await, Some(block)) => {
            match direct_objects::await_object(vm, frame, &block.span, io) {
                Ok(Direct::Returned(result)) => {
                    let next = block.after.deliver(frame, result);
                    return finish(run(vm, machine, frame, io, next), io);
                }
                done => done,
            }
        }
        (direct, _) => Ok(direct),
    };
    match done {
        Ok(direct) => {
            io.block = at;
            Err(exit_of(&direct, Exit::Await))
        }
        Err(Raised) => run_from(vm, machine, frame, io, (at, Flow::Raised)),
    }
}

/// What a body that ran returns, or how else it stopped.
#[inline(always)]
fn finish(exit: Exit, io: &mut Io) -> Result<Value, Exit> {
    match exit {
        Exit::Return => Ok(io.value.take()),
        exit => Err(exit),
    }
}

/// Goes on behind the statements of a block, which ended so, until the body stops.
#[inline(never)]
fn run_from(
    vm: &mut Vm,
    machine: &Machine,
    frame: &mut Frame<'_>,
    io: &mut Io,
    (at, flow): (u32, Flow),
) -> Result<Value, Exit> {
    let mut next = match machine.blocks.get(at as usize) {
        Some(block) if flow == Flow::Next => terminate(vm, block, frame, io, at),
        Some(_) => leave_block(vm, machine, frame, io, at, flow),
        None => Next::stop(Exit::Return),
    };
    if next == Next::RAISED {
        next = unwind_raise(vm, machine, frame, at);
    }
    finish(run(vm, machine, frame, io, next), io)
}

#[cold]
#[inline(never)]
fn run_plain(vm: &mut Vm, body: &PlainBody, frame: &mut Frame<'_>, io: &mut Io) -> Exit {
    match body.run(vm, frame) {
        Ok(value) => {
            io.value = value;
            Exit::Return
        }
        Err(Raised) => Exit::Raised,
    }
}

/// How control goes on: with a block, or not at all (which is no block's number, so that looking
/// the block up tells). One register, where a nested result takes several branches.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Next(u32);

impl Next {
    /// An exception is pending: with the handler of the block.
    const RAISED: Next = Next(u32::MAX);

    /// The body stops.
    const fn stop(exit: Exit) -> Next {
        Next(exit as u32)
    }

    /// Why the body stops, if it does.
    #[inline(always)]
    fn exit(self) -> Option<Exit> {
        const EXITS: [Exit; 9] = [
            Exit::Await,
            Exit::AwaitNext,
            Exit::Pause,
            Exit::AwaitBegun,
            Exit::Yield,
            Exit::YieldFrom,
            Exit::Detached,
            Exit::Return,
            Exit::Raised,
        ];
        EXITS.into_iter().find(|exit| *exit as u32 == self.0)
    }
}

impl Machine {
    /// Stores the result of a suspension; gives the block to go on with.
    #[inline(always)]
    fn resume(&self, frame: &mut Frame<'_>, io: &mut Io) -> Next {
        let value = io.value.take();
        match self.blocks.get(io.block as usize) {
            Some(block) => block.after.deliver(frame, value),
            None => Next::stop(Exit::Return),
        }
    }
}

/// Runs from a block on until the body stops.
#[inline(never)]
fn run(vm: &mut Vm, machine: &Machine, frame: &mut Frame<'_>, io: &mut Io, mut next: Next) -> Exit {
    let mut at = 0;
    loop {
        let Some(block) = machine.blocks.get(next.0 as usize) else {
            if next == Next::RAISED {
                next = unwind_raise(vm, machine, frame, at);
                continue;
            }
            return next.exit().unwrap_or(Exit::Raised);
        };
        at = next.0;
        let flow = block.stmts.run(vm, frame);
        next = match (flow, &block.unwind.cont) {
            (Flow::Next, _) => terminate(vm, block, frame, io, at),
            (Flow::Continue, Some(jump)) => follow(frame, jump),
            (flow, _) => leave_block(vm, machine, frame, io, at, flow),
        };
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
) -> Next {
    let unwind = &machine.blocks[at as usize].unwind;
    let jump = match flow {
        Flow::Next => return Next(at),
        Flow::Raised => return Next::RAISED,
        Flow::Return => {
            io.value = vm.ret.take();
            let Some(jump) = &unwind.ret else {
                return Next::stop(Exit::Return);
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
        Some(jump) => follow(frame, jump),
        None => {
            io.value = Value::NONE;
            Next::stop(Exit::Return)
        }
    }
}

#[inline]
fn follow(frame: &mut Frame<'_>, jump: &Jump) -> Next {
    for (slot, code) in &jump.set {
        frame.slots[slot.0 as usize] = Value::int(*code);
    }
    Next(jump.to.0)
}

/// The pending exception leaves a block: to its handler, or out of the body.
#[cold]
#[inline(never)]
fn unwind_raise(vm: &mut Vm, machine: &Machine, frame: &mut Frame<'_>, block: u32) -> Next {
    let block = &machine.blocks[block as usize];
    let _ = vm.note_fault(block.span);
    match block.unwind.raise {
        Some((slot, handler)) => {
            let exception = vm.catch(frame);
            frame.slots[slot.0 as usize] = exception;
            Next(handler.0)
        }
        None => {
            vm.add_trace(frame.func);
            Next::stop(Exit::Raised)
        }
    }
}

/// Evaluates the value of a suspension.
#[inline(always)]
fn suspend(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    value: &Form,
    exit: Exit,
) -> Next {
    match value.eval(vm, frame) {
        Ok(value) => {
            io.value = value;
            io.block = at;
            Next::stop(exit)
        }
        Err(Raised) => Next::RAISED,
    }
}

/// `return value`
#[inline(always)]
fn give_back(vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io, value: &Form) -> Next {
    match value.eval(vm, frame) {
        Ok(value) => {
            io.value = value;
            Next::stop(Exit::Return)
        }
        Err(Raised) => Next::RAISED,
    }
}

/// Why a body stops whose `await` came to this.
#[inline(always)]
fn exit_of(direct: &Direct, wait: Exit) -> Exit {
    match direct {
        Direct::Await | Direct::Returned(_) => wait,
        Direct::Begun => Exit::AwaitBegun,
        Direct::Suspended => Exit::Detached,
    }
}

/// What was awaited: goes on with the result, if it is there already; else the body suspends.
#[inline(always)]
fn awaited(
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
    done: R<Direct>,
    wait: Exit,
    after: After,
) -> Next {
    let exit = match done {
        Ok(Direct::Returned(result)) => return after.deliver(frame, result),
        Ok(direct) => exit_of(&direct, wait),
        Err(Raised) => return Next::RAISED,
    };
    io.block = at;
    Next::stop(exit)
}

/// Runs the terminator of a block.
#[inline(always)]
fn terminate(
    vm: &mut Vm,
    block: &MachineBlock,
    frame: &mut Frame<'_>,
    io: &mut Io,
    at: u32,
) -> Next {
    if block.is_back_edge && vm.needs_attention() && vm.safe_point().is_err() {
        return Next::RAISED;
    }
    match &block.term {
        Term::Goto(next) => Next(*next),
        Term::Branch(test, then, orelse) => match test.cond(vm, frame) {
            Ok(true) => Next(*then),
            Ok(false) => Next(*orelse),
            Err(Raised) => Next::RAISED,
        },
        Term::ForNext {
            iter,
            target,
            body,
            exit,
        } => match for_next(vm, frame, *iter, target) {
            Ok(true) => Next(*body),
            Ok(false) => Next(*exit),
            Err(Raised) => Next::RAISED,
        },
        Term::Await(value) => {
            let done = match value.eval_awaited(vm, frame, io) {
                Ok(Direct::Await) => match direct_objects::await_value(vm, io) {
                    Ok(Direct::Await) => direct_objects::await_object(vm, frame, &block.span, io),
                    done => done,
                },
                done => done,
            };
            awaited(frame, io, at, done, Exit::Await, block.after)
        }
        Term::Yield(value) => suspend(vm, frame, io, at, value, Exit::Yield),
        Term::YieldFrom(value) => {
            let done = match value.eval(vm, frame) {
                Ok(value) => direct_objects::delegate(vm, value, io),
                Err(raised) => Err(raised),
            };
            awaited(frame, io, at, done, Exit::YieldFrom, block.after)
        }
        Term::AwaitSleep(call) => await_sleep(vm, frame, io, at, call),
        Term::AwaitNext(iter) => {
            let iter = &frame.slots[*iter as usize];
            let done = match direct_objects::await_item(vm, iter, Value::NONE, io) {
                Ok(Direct::Await) => direct_objects::await_next(vm, frame, &block.span, io),
                done => done,
            };
            awaited(frame, io, at, done, Exit::AwaitNext, block.after)
        }
        Term::Return(value) => give_back(vm, frame, io, value),
        Term::Unreachable => Next::stop(Exit::Return),
        Term::Dispatch(on, table) => dispatch(frame, *on, table),
        Term::Reraise(slot) => {
            let exception = frame.slots[*slot as usize].take();
            vm.fault = Some(crate::eval::tries::RECORDED);
            let Raised = vm.reraise(exception);
            Next::RAISED
        }
    }
}

/// `await sleep(delay)`
#[inline(always)]
fn await_sleep(vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io, at: u32, call: &SleepCall) -> Next {
    io.block = at;
    match call.begin(vm, frame) {
        Ok(None) => {
            io.value = Value::NONE;
            Next::stop(Exit::Pause)
        }
        Ok(Some(awaitable)) => {
            io.value = awaitable;
            Next::stop(Exit::Await)
        }
        Err(Raised) => Next::RAISED,
    }
}

/// The block for the code in a slot.
#[inline(never)]
fn dispatch(frame: &Frame<'_>, on: u32, table: &[(i64, u32)]) -> Next {
    let code = frame.slots[on as usize].as_int().unwrap_or(0);
    let found = table.iter().find(|(key, _)| *key == code).or(table.first());
    found.map_or(Next::stop(Exit::Return), |(_, next)| Next(*next))
}

/// Binds the next item; false at the end (and the iterator is let go).
#[inline(always)]
fn for_next(vm: &mut Vm, frame: &mut Frame<'_>, iter: u32, target: &ForTarget) -> R<bool> {
    let iterator = &frame.slots[iter as usize];
    if let Some(object) = iterator.as_iter()
        && let Some(item) = object.quick_next()
    {
        target.bind(vm, frame, item)?;
        return Ok(true);
    }
    let next = if iterator.tag() == Tag::Coroutine {
        trampoline::next_of_generator(vm, iterator)?
    } else {
        next_of(vm, iterator)?
    };
    let Some(item) = next else {
        frame.slots[iter as usize] = Value::UNSET;
        return Ok(false);
    };
    // What the iterator let go of is gone before its next item is seen.
    if vm.needs_attention() {
        vm.safe_point()?;
    }
    target.bind(vm, frame, item)?;
    Ok(true)
}

#[inline(never)]
fn next_of(vm: &mut Vm, iterator: &Value) -> R<Option<Value>> {
    vm.next(iterator)
}
