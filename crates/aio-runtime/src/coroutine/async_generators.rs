//! Async generators: `async for`, `asend`, `athrow`, `aclose`.
//!
//! An async generator has two kinds of suspension: `await` suspends the whole chain, `yield`
//! hands an item to whoever drives it. `async for` (and everything else that awaits the next
//! item) pushes the generator on its chain like a coroutine; the trampoline pops it again when it
//! yields. `asend` and its kin give an object that does the same when it is awaited.

use super::awaiting::{Awaited, await_value};
use super::machine::Io;
use super::objects;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{CoroState, CoroutineObj, NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// `aiter(value)`, checked as `async for` checks it.
///
/// # Errors
/// `TypeError` when it is not an async iterable.
pub fn async_iter(vm: &mut Vm, value: &Value) -> R {
    if value
        .as_coroutine()
        .is_some_and(|c| c.flavor == Flavor::AsyncGenerator)
    {
        return Ok(value.clone());
    }
    let hook = vm.names.__aiter__.clone();
    let Some(iter) = vm.call_special(value, &hook, &[])? else {
        let name = vm.type_name(value);
        if value.as_coroutine().is_none() {
            vm.accuse(aio_syntax::mistakes::WRONG_KEYWORD, value);
        }
        return Err(vm.type_error(format!(
            "'async for' requires an object with __aiter__ method, got {name}"
        )));
    };
    if iter
        .as_coroutine()
        .is_some_and(|c| c.flavor == Flavor::AsyncGenerator)
    {
        return Ok(iter);
    }
    let hook = vm.names.__anext__.clone();
    if vm.lookup_special(&iter, &hook).is_none() {
        let name = vm.type_name(&iter);
        return Err(vm.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: \
             {name}"
        )));
    }
    Ok(iter)
}

/// The awaitable for the next item of an async iterator.
///
/// # Errors
/// `TypeError` when it is none.
pub fn async_next(vm: &mut Vm, iter: &Value) -> R {
    if let Some(generator) = iter.to_coroutine()
        && generator.flavor == Flavor::AsyncGenerator
    {
        return Ok(step_object(vm, generator, Driven::Next(Value::NONE)));
    }
    let hook = vm.names.__anext__.clone();
    match vm.call_special(iter, &hook, &[])? {
        Some(awaitable) => Ok(awaitable),
        None => {
            let name = vm.type_name(iter);
            Err(vm.type_error(format!(
                "'async for' requires an iterator with __anext__ method, got {name}"
            )))
        }
    }
}

/// `await` of the next item of the iterator in `io.value`.
///
/// # Errors
/// As for [`async_next`].
pub(super) fn await_next(vm: &mut Vm, current: &CoroutineObj, io: &mut Io) -> R<Awaited> {
    if let Some(generator) = io.value.borrow_ref::<CoroutineObj>()
        && generator.flavor == Flavor::AsyncGenerator
    {
        may_drive(vm, generator)?;
        io.child = io.value.take().into_ref().ok();
        io.value = Value::NONE;
        io.throw = false;
        return Ok(Awaited::Push);
    }
    let iter = io.value.take();
    let awaitable = async_next(vm, &iter)?;
    io.value = awaitable.clone();
    match await_value(vm, current, io) {
        Ok(awaited) => Ok(awaited),
        Err(Raised) => Err(invalid_next(vm, &awaitable)),
    }
}

/// The error for an `__anext__` that gives no awaitable.
#[cold]
fn invalid_next(vm: &mut Vm, awaitable: &Value) -> Raised {
    let type_error = vm.types.type_error.clone();
    let hook = vm.names.__await__.clone();
    if vm.pending_is(&type_error)
        && awaitable.as_coroutine().is_none()
        && vm.lookup_special(awaitable, &hook).is_none()
    {
        let cause = vm.take_pending();
        let name = vm.type_name(awaitable);
        let _ = vm.type_error(format!(
            "'async for' received an invalid object from __anext__: {name}"
        ));
        let error = vm.pending.clone();
        crate::error::with_exc_data(&error, |data| {
            data.cause = cause;
            data.suppress = true;
        });
    }
    Raised
}

/// Whether an async generator may be driven now; tells the event loop of its first step.
///
/// # Errors
/// `RuntimeError` when somebody else drives it.
pub(super) fn may_drive(vm: &mut Vm, generator: &Ref<CoroutineObj>) -> R<()> {
    if generator.awaited.get() || generator.state.get() == CoroState::Running {
        return Err(vm.runtime_error("anext(): asynchronous generator is already running"));
    }
    if !generator.agen_hooked.replace(true) {
        crate::asyncio::register_async_generator(vm, &generator.to_value());
    }
    Ok(())
}

/// Raises the end of an async generator.
pub(super) fn stop(vm: &mut Vm) -> Raised {
    let class = vm.types.stop_async_iteration.clone();
    vm.raise_with(&class, vec![])
}

/// What is done to an async generator.
pub enum Driven {
    /// `__anext__`, `asend(value)`
    Next(Value),
    /// `athrow(exception)`
    Throw(Value),
    /// `aclose()`
    Close,
}

/// The awaitable that `asend`, `athrow`, `aclose` and `__anext__` give.
pub fn step_object(vm: &mut Vm, generator: Ref<CoroutineObj>, driven: Driven) -> Value {
    let name = match driven {
        Driven::Next(_) => ASEND,
        Driven::Throw(_) | Driven::Close => "async_generator_athrow",
    };
    let closing = matches!(driven, Driven::Close);
    objects::new_native(
        vm,
        Box::new(StepObject {
            generator,
            driven: Some(driven),
            closing,
            name,
        }),
    )
}

const ASEND: &str = "async_generator_asend";

struct StepObject {
    generator: Ref<CoroutineObj>,
    driven: Option<Driven>,
    closing: bool,
    name: &'static str,
}

impl StepObject {
    /// Nobody else drives the generator.
    fn check_free(&self, vm: &mut Vm) -> R<()> {
        let generator = &self.generator;
        if !generator.awaited.get() && generator.state.get() != CoroState::Running {
            return Ok(());
        }
        let method = match (self.name, self.closing) {
            (ASEND, _) => "anext",
            (_, true) => "aclose",
            (_, false) => "athrow",
        };
        Err(vm.runtime_error(format!(
            "{method}(): asynchronous generator is already running"
        )))
    }

    fn begin(&mut self, vm: &mut Vm, driven: Driven, sent: Value) -> R<Step> {
        let state = self.generator.state.get();
        let input = match driven {
            Driven::Next(value) => {
                let value = if sent.is_none() { value } else { sent };
                if state == CoroState::Created && !value.is_none() {
                    return Err(vm.type_error(
                        "can't send non-None value to a just-started async generator",
                    ));
                }
                if state == CoroState::Closed {
                    return Err(stop(vm));
                }
                Resume::Value(value)
            }
            Driven::Throw(exception) => {
                if state == CoroState::Closed {
                    return Err(stop(vm));
                }
                self.check_free(vm)?;
                let _ = vm.reraise(exception);
                Resume::Throw
            }
            Driven::Close => {
                if matches!(state, CoroState::Closed | CoroState::Created) {
                    self.generator.state.set(CoroState::Closed);
                    return Ok(Step::Return(Value::NONE));
                }
                self.check_free(vm)?;
                let class = vm.types.generator_exit.clone();
                let _ = vm.raise_with(&class, vec![]);
                Resume::Throw
            }
        };
        if let Resume::Throw = input {
            // `may_drive` may raise, with its own exception: park this one meanwhile.
            let exception = vm.take_pending();
            let _ = vm.reraise(exception);
        }
        Ok(Step::Drive(self.generator.clone(), input))
    }
}

impl NativeCoroutine for StepObject {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if let Some(driven) = self.driven.take() {
            return match input {
                Resume::Value(sent) => self.begin(vm, driven, sent),
                // Thrown in before the first step: into the generator, wherever that stands.
                Resume::Throw if self.generator.state.get() == CoroState::Closed => Err(Raised),
                Resume::Throw => {
                    let exception = vm.take_pending();
                    self.check_free(vm)?;
                    let _ = vm.reraise(exception);
                    Ok(Step::Drive(self.generator.clone(), Resume::Throw))
                }
            };
        }
        match input {
            Resume::Value(_) if self.closing => {
                Err(vm.runtime_error("async generator ignored GeneratorExit"))
            }
            Resume::Value(value) => Ok(Step::Return(value)),
            Resume::Throw if self.closing => {
                let (stop, exit) = (
                    vm.types.stop_async_iteration.clone(),
                    vm.types.generator_exit.clone(),
                );
                if vm.pending_is(&stop) || vm.pending_is(&exit) {
                    drop(vm.take_pending());
                    return Ok(Step::Return(Value::NONE));
                }
                Err(Raised)
            }
            Resume::Throw => Err(Raised),
        }
    }
    fn name(&self) -> &'static str {
        self.name
    }
    fn warns(&self) -> bool {
        false
    }
    fn reused_as(&self) -> Option<&'static str> {
        Some(match self.name {
            ASEND => "__anext__()/asend()",
            _ => "aclose()/athrow()",
        })
    }
    fn begins_with_throw(&self) -> bool {
        true
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.generator.to_value());
    }
}
