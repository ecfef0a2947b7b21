//! Life and death of coroutine objects: making, sending, throwing, closing, finalizing.

use super::trampoline::{Resumed, resume};
use crate::call::make_cells;
use crate::code::Body;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, FuncObj, NativeCoroutine, Resume};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{self, Flavor, StmtKind};

/// A new coroutine, whose first slots `fill` gets to put the arguments into.
///
/// # Errors
/// What `fill` raises.
#[inline(always)]
pub fn new_coroutine(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    fill: impl FnOnce(&mut Vm, &mut [Value]) -> R<()>,
) -> R {
    let coroutine = Ref::of_function(func, func.code.flavor, |_| Value::UNSET);
    // Until it has its arguments, its end is no news.
    coroutine.state.set(CoroState::Closed);
    let lent = coroutine.lend();
    fill(vm, lent.slots)?;
    if !func.code.cells.is_empty() {
        make_cells(&func.code, lent.slots);
    }
    drop(lent);
    coroutine.state.set(CoroState::Created);
    Ok(coroutine.into())
}

/// A coroutine that has run up to the suspension point at the end of a block; it takes over what is
/// in these slots.
pub(super) fn new_suspended(
    func: &Ref<FuncObj>,
    slots: &mut [Value],
    block: u32,
    made_at: u32,
) -> Ref<CoroutineObj> {
    let coroutine = Ref::of_function(func, func.code.flavor, |at| {
        slots.get_mut(at).map_or(Value::UNSET, Value::take)
    });
    coroutine.state.set(CoroState::Suspended);
    coroutine.block.set(block);
    coroutine.created_at.set(made_at);
    coroutine
}

/// A coroutine object whose body is written in Rust.
pub fn new_native(_vm: &mut Vm, body: Box<dyn NativeCoroutine>) -> Value {
    let coroutine = CoroutineObj::new(None, Flavor::Coroutine);
    coroutine.put_native(body);
    Value::new(coroutine)
}

/// A coroutine object whose body is written in Rust and has begun, and that is being awaited.
pub(super) fn new_waiting(vm: &Vm, body: Box<dyn NativeCoroutine>) -> Ref<CoroutineObj> {
    let coroutine = Ref::new(CoroutineObj::new(None, Flavor::Coroutine));
    coroutine.put_native(body);
    coroutine.state.set(CoroState::Suspended);
    coroutine.block.set(0);
    coroutine.created_at.set(vm.asyncio.native_made_at);
    coroutine.awaited.set(true);
    coroutine
}

/// A generator that stopped inside a handler goes on where `outer` is being handled around it: that
/// is what is handled again when it leaves the handler.
#[cold]
pub(super) fn goes_on_within(generator: &Ref<CoroutineObj>, outer: &Value) {
    let lent = generator.lend();
    let is_entered = |slot: &usize| lent.slots.get(*slot).is_some_and(|s| !s.is_unset());
    let outermost = handler_slots(generator).filter(is_entered).last();
    if let Some(slot) = outermost
        && let Some(saved) = lent.slots.get_mut(slot)
    {
        *saved = match outer.is_unset() {
            true => Value::NONE,
            false => outer.clone(),
        };
    }
}

/// Whether a body stopped where it handles an exception.
pub(super) fn stands_in_handler(body: &Ref<CoroutineObj>) -> bool {
    let lent = body.lend();
    let is_entered = |slot: usize| lent.slots.get(slot).is_some_and(|s| !s.is_unset());
    handler_slots(body).any(is_entered)
}

/// The slots that keep what was handled around the handlers that a body may be in where it stopped,
/// from the innermost one. It is in those whose slot is set.
fn handler_slots(body: &CoroutineObj) -> impl Iterator<Item = usize> {
    let machine = body
        .func
        .as_ref()
        .and_then(|func| match &func.code.hir.body {
            hir::Body::Machine(machine) => Some(machine),
            _ => None,
        });
    let blocks = machine.map_or(&[][..], |machine| &machine.blocks);
    let handler_of = |block: &hir::BasicBlock| Some(block.unwind.raise?.1.0 as usize);
    let first = blocks.get(body.block.get() as usize).and_then(handler_of);
    // Handlers lead outwards.
    let handlers = std::iter::successors(first, move |at| blocks.get(*at).and_then(handler_of));
    let handlers = handlers.take(blocks.len());
    handlers.filter_map(move |at| {
        let stmts = blocks.get(at).map_or(&[][..], |block| &block.stmts);
        stmts.iter().find_map(|stmt| match stmt.kind {
            StmtKind::LeaveHandler { saved } => Some(saved.0 as usize),
            _ => None,
        })
    })
}

/// Whether it is a generator.
pub fn is_generator(coroutine: &CoroutineObj) -> bool {
    coroutine.flavor == Flavor::Generator
}

/// `__name__`
pub fn name_of(coroutine: &CoroutineObj) -> String {
    match &coroutine.func {
        Some(func) => func.code.qualname.text().to_owned(),
        None => coroutine
            .with_native(|native| native.map_or("coroutine", |native| native.name()))
            .to_owned(),
    }
}

/// Whether dropping it unstarted is worth a warning.
pub fn warns(coroutine: &CoroutineObj) -> bool {
    coroutine.with_native(|native| native.is_none_or(|native| native.warns()))
}

/// Whether closing a suspended one could run code of its own.
pub fn has_cleanup(coroutine: &CoroutineObj) -> bool {
    if coroutine.has_chain() {
        return true;
    }
    match &coroutine.func {
        Some(func) => match func.code.built_body() {
            Some(Body::Machine(machine)) => machine.has_cleanup || coroutine.is_waiting(),
            Some(Body::Plain(_)) | None => false,
        },
        None => coroutine.with_native(|native| native.is_some()),
    }
}

pub(super) fn kind(coroutine: &CoroutineObj) -> &'static str {
    match coroutine.flavor {
        Flavor::Plain | Flavor::Generator => "generator",
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async generator",
    }
}

fn check_idle(vm: &mut Vm, coroutine: &CoroutineObj) -> R<()> {
    if coroutine.state.get() == CoroState::Running
        || coroutine.awaited.get() && coroutine.flavor != Flavor::Generator
    {
        let kind = kind(coroutine);
        return Err(vm.value_error(format!("{kind} already executing")));
    }
    Ok(())
}

/// `coroutine.send(value)`
///
/// # Errors
/// What its body raises; `RuntimeError` for a finished coroutine; `TypeError` for a value sent
/// before the first step.
pub fn send(vm: &mut Vm, coroutine: &Ref<CoroutineObj>, value: Value) -> R<Resumed> {
    check_idle(vm, coroutine)?;
    match coroutine.state.get() {
        CoroState::Closed if coroutine.flavor == Flavor::Coroutine => {
            Err(reused(vm, coroutine, &coroutine.to_value()))
        }
        CoroState::Closed => Ok(Resumed::Returned(Value::NONE)),
        CoroState::Created if !value.is_none() && reused_as(coroutine).is_none() => {
            let kind = kind(coroutine);
            Err(vm.type_error(format!(
                "can't send non-None value to a just-started {kind}"
            )))
        }
        CoroState::Created | CoroState::Suspended | CoroState::Running => {
            resume(vm, coroutine, Resume::Value(value))
        }
    }
}

fn reused_as(coroutine: &CoroutineObj) -> Option<&'static str> {
    coroutine.with_native(|native| native.and_then(|native| native.reused_as()))
}

/// Whether it is no coroutine but drives an async generator: such an object may be awaited after its
/// first step.
pub(super) fn is_reusable(coroutine: &CoroutineObj) -> bool {
    reused_as(coroutine).is_some()
}

/// The error for a coroutine that has ended and is to go on.
#[cold]
pub(super) fn reused(vm: &mut Vm, coroutine: &CoroutineObj, object: &Value) -> Raised {
    vm.accuse(aio_syntax::mistakes::AWAITED_TWICE, object);
    let what = reused_as(coroutine).unwrap_or("coroutine");
    vm.runtime_error(format!("cannot reuse already awaited {what}"))
}

/// `coroutine.throw(exception)`; the exception is pending.
///
/// # Errors
/// What its body raises.
pub fn throw(vm: &mut Vm, coroutine: &Ref<CoroutineObj>) -> R<Resumed> {
    let (exception, fault) = (vm.pending.take(), vm.fault.take());
    check_idle(vm, coroutine)?;
    if coroutine.state.get() == CoroState::Closed && coroutine.flavor == Flavor::Coroutine {
        return Err(reused(vm, coroutine, &coroutine.to_value()));
    }
    let _ = vm.reraise(exception);
    vm.fault = fault;
    if coroutine.state.get() == CoroState::Closed {
        return Err(Raised);
    }
    // What happened so far belongs to another frame.
    vm.fault = None;
    resume(vm, coroutine, Resume::Throw)
}

/// `coroutine.close()`: throws `GeneratorExit` in, unless it is done or never started.
///
/// # Errors
/// `RuntimeError` when it goes on; what it raises instead.
pub fn close(vm: &mut Vm, coroutine: &Ref<CoroutineObj>) -> R {
    check_idle(vm, coroutine)?;
    match coroutine.state.get() {
        CoroState::Created | CoroState::Closed => {
            end(coroutine);
            return Ok(Value::NONE);
        }
        CoroState::Suspended | CoroState::Running => {}
    }
    let class = vm.types.generator_exit.clone();
    let _ = vm.raise_with(&class, vec![]);
    match resume(vm, coroutine, Resume::Throw) {
        Ok(Resumed::Returned(value)) => Ok(value),
        Ok(Resumed::Yielded(_) | Resumed::Item(_)) => {
            let kind = kind(coroutine);
            Err(vm.runtime_error(format!("{kind} ignored GeneratorExit")))
        }
        Err(Raised) => {
            let stop = vm.types.stop_iteration.clone();
            if vm.pending_is(&class) || vm.pending_is(&stop) {
                drop(vm.take_pending());
                return Ok(Value::NONE);
            }
            Err(Raised)
        }
    }
}

/// Marks it as ended and lets go of what is in its frame.
fn end(coroutine: &Ref<CoroutineObj>) {
    coroutine.state.set(CoroState::Closed);
    coroutine.lend().clear();
    if reused_as(coroutine).is_none() {
        drop(coroutine.take_native());
    }
    drop(coroutine.take_future());
    drop(coroutine.take_iterator());
}

/// What happens when a coroutine object dies: a warning when it was never awaited, else its
/// clean-up code runs.
pub fn finalize(vm: &mut Vm, object: &Value) {
    let Some(coroutine) = object.to_coroutine() else {
        return;
    };
    coroutine.finalized.set(true);
    match coroutine.state.get() {
        CoroState::Created => {
            if vm.asyncio.traced {
                crate::asyncio::trace_dropped(vm, coroutine.created_at.get(), false);
            }
            crate::report::mistakes::never_awaited(vm, &coroutine);
            end(&coroutine);
        }
        CoroState::Suspended => {
            if coroutine.flavor == Flavor::AsyncGenerator
                && crate::asyncio::finalize_async_generator(vm, object)
            {
                return;
            }
            if close(vm, &coroutine).is_err() {
                let exception = vm.take_pending();
                crate::report::unraisable(vm, &exception, object);
            }
        }
        CoroState::Running | CoroState::Closed => {}
    }
}
