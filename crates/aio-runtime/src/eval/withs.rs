//! Nodes: `with`.

use super::cache::{ValueCache, cache_key};
use super::calls::{note_object, position};
use super::control::statement_only;
use super::methods::is_method;
use super::tries::RECORDED;
use super::{Block, Flow, Frame, Node, NodeBox, StoreBox};
use crate::asyncio;
use crate::call::bind_arguments;
use crate::coroutine::{self, Direct, Io};
use crate::error::{R, Raised};
use crate::native::{Args, Begun};
use crate::objects::{FuncObj, Name};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;

/// `with context as target: body` (several items are nested ones).
pub struct With {
    /// The manager.
    pub context: NodeBox,
    /// What its value is bound to.
    pub target: Option<StoreBox>,
    /// The statements.
    pub body: Block,
    /// Where the manager stands.
    pub span: Span,
}

/// A method of the context manager protocol, with what is to be its first argument (unset if
/// nothing is): it need not be bound to be called once.
struct Special {
    function: Value,
    receiver: Value,
}

impl Special {
    /// Looks the method up.
    fn of(vm: &mut Vm, manager: &Value, name: &Name) -> R<Option<Special>> {
        let Some(function) = vm.lookup_special(manager, name) else {
            return Ok(None);
        };
        if is_method(&function) {
            let receiver = manager.clone();
            return Ok(Some(Special { function, receiver }));
        }
        let class = vm.class_of(manager);
        let function = vm.bind_attribute(function, manager, &class)?;
        let receiver = Value::UNSET;
        Ok(Some(Special { function, receiver }))
    }

    fn call_enter(&self, vm: &mut Vm) -> R {
        if self.receiver.is_unset() {
            return vm.call(&self.function, &[]);
        }
        vm.call(&self.function, std::slice::from_ref(&self.receiver))
    }

    /// Calls an exit method: with three `None`s, or with an exception.
    fn call_exit(self, vm: &mut Vm, exception: Option<&Value>) -> R {
        let [class, exception, traceback] = exit_arguments(vm, exception)?;
        let all = [self.receiver, class, exception, traceback];
        let first = usize::from(all[0].is_unset());
        vm.call(&self.function, &all[first..])
    }

    /// Calls it and awaits what it gives, on the spot if that is possible: a method of the
    /// library that need not wait, a coroutine of the script.
    #[inline(always)]
    fn call_awaited(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        args: &[Value],
        (span, io): (Span, &mut Io),
    ) -> R<Direct> {
        if let Some(at_once) = self.function.as_native().and_then(|native| native.at_once)
            && !vm.asyncio.traced
        {
            vm.asyncio.native_made_at = position(frame, span);
            match at_once(vm, &self.receiver, args)? {
                Begun::Done(value) => return Ok(Direct::Returned(value)),
                begun => {
                    if let Some(direct) = Direct::of(vm, begun, io)? {
                        return Ok(direct);
                    }
                }
            }
        }
        self.await_call(vm, frame, args, (span, io))
    }

    /// Calls it and awaits what it gives.
    #[inline(never)]
    fn await_call(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        args: &[Value],
        (span, io): (Span, &mut Io),
    ) -> R<Direct> {
        let receiver = match self.receiver.is_unset() {
            true => &[],
            false => std::slice::from_ref(&self.receiver),
        };
        let given = Args::positional(args);
        if let Some(func) = self.function.borrow_ref::<FuncObj>()
            && func.code.flavor == Flavor::Coroutine
        {
            return coroutine::await_filled(vm, (frame.func, func), (&span, io), |vm, slots| {
                bind_arguments(vm, func, receiver, given, slots)
            });
        }
        let value = match receiver {
            [receiver] => vm.call_with_front(&self.function, receiver, given)?,
            _ => vm.call_args(&self.function, given)?,
        };
        if !asyncio::is_awaitable(vm, &value) {
            let method = if args.is_empty() { "aenter" } else { "aexit" };
            return Err(not_awaitable(vm, &value, method));
        }
        note_object(frame, &value, span);
        io.value = value;
        Ok(Direct::Await)
    }
}

#[cold]
fn not_awaitable(vm: &mut Vm, value: &Value, method: &str) -> Raised {
    let name = vm.type_name(value);
    vm.accuse_uncalled(value);
    vm.type_error(format!(
        "'async with' received an object from __{method}__ that does not implement __await__: \
         {name}"
    ))
}

/// What an exit method is called with when there is no exception.
const NOTHING: &[Value; 3] = &[Value::NONE, Value::NONE, Value::NONE];

/// What an exit method is called with.
#[inline(always)]
fn exit_arguments(vm: &mut Vm, exception: Option<&Value>) -> R<[Value; 3]> {
    let Some(exception) = exception else {
        return Ok([Value::NONE, Value::NONE, Value::NONE]);
    };
    let class = vm.class_of(exception).to_value();
    let name = vm.names.__traceback__.clone();
    let traceback = vm.get_attr_opt(exception, &name)?.unwrap_or(Value::NONE);
    Ok([class, exception.clone(), traceback])
}

/// The enter and the exit method.
///
/// # Errors
/// `TypeError` when the value does not support the protocol.
fn protocol(vm: &mut Vm, manager: &Value, is_async: bool) -> R<(Special, Special)> {
    let names = &vm.names;
    let (enter, exit) = if is_async {
        (names.__aenter__.clone(), names.__aexit__.clone())
    } else {
        (names.__enter__.clone(), names.__exit__.clone())
    };
    let Some(enter_method) = Special::of(vm, manager, &enter)? else {
        return Err(unsupported(vm, manager, is_async, ""));
    };
    let Some(exit_method) = Special::of(vm, manager, &exit)? else {
        let missed = format!(" (missed {} method)", exit.text());
        return Err(unsupported(vm, manager, is_async, &missed));
    };
    Ok((enter_method, exit_method))
}

#[cold]
fn unsupported(vm: &mut Vm, manager: &Value, is_async: bool, missed: &str) -> Raised {
    let (kind, other) = if is_async {
        ("asynchronous context manager", vm.names.__enter__.clone())
    } else {
        ("context manager", vm.names.__aenter__.clone())
    };
    if missed.is_empty() && vm.lookup_special(manager, &other).is_some() {
        vm.accuse(aio_syntax::mistakes::WRONG_KEYWORD, manager);
    }
    let name = vm.type_name(manager);
    vm.type_error(format!(
        "'{name}' object does not support the {kind} protocol{missed}"
    ))
}

impl With {
    fn enter(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<(Value, Special)> {
        let manager = self.context.eval(vm, frame)?;
        let (enter, exit) = protocol(vm, &manager, false)?;
        let value = enter.call_enter(vm)?;
        Ok((value, exit))
    }

    fn run_body(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> Flow {
        if let Some(target) = &self.target
            && target.store(vm, frame, value).is_err()
        {
            return vm.note_fault(self.span);
        }
        self.body.run(vm, frame)
    }
}

impl Node for With {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let (value, exit) = match self.enter(vm, frame) {
            Ok(both) => both,
            Err(Raised) => return vm.note_fault(self.span),
        };
        let flow = self.run_body(vm, frame, value);
        match flow {
            Flow::Raised => {
                let exception = vm.catch(frame);
                let before = std::mem::replace(&mut vm.handled, exception.clone());
                let result = exit
                    .call_exit(vm, Some(&exception))
                    .and_then(|result| vm.truthy(&result));
                vm.handled = before;
                match result {
                    Ok(true) => Flow::Next,
                    Ok(false) => {
                        let _ = vm.reraise(exception);
                        vm.fault = Some(RECORDED);
                        Flow::Raised
                    }
                    Err(Raised) => vm.note_fault(self.span),
                }
            }
            Flow::Return => {
                let value = vm.ret.take();
                if exit.call_exit(vm, None).is_err() {
                    return vm.note_fault(self.span);
                }
                vm.ret = value;
                Flow::Return
            }
            Flow::Next | Flow::Break | Flow::Continue => match exit.call_exit(vm, None) {
                Ok(_) => flow,
                Err(Raised) => vm.note_fault(self.span),
            },
        }
    }
}

/// Where the exit method of a context manager waits: see `hir::ExitSlots`.
#[derive(Clone, Copy)]
pub struct ExitSlots {
    /// The method.
    pub method: u32,
    /// Its first argument, or unset.
    pub receiver: u32,
}

impl ExitSlots {
    #[inline(always)]
    fn put(self, frame: &mut Frame<'_>, exit: Special) {
        frame.slots[self.method as usize] = exit.function;
        frame.slots[self.receiver as usize] = exit.receiver;
    }

    fn take(self, frame: &mut Frame<'_>) -> Special {
        Special {
            function: frame.slots[self.method as usize].take(),
            receiver: frame.slots[self.receiver as usize].take(),
        }
    }
}

/// Enters a context manager for a body that suspends: see `hir::Intrinsic::Enter`.
pub struct Enter {
    /// The manager.
    pub context: NodeBox,
    /// Receives the exit method.
    pub exit: ExitSlots,
    /// `async with`
    pub is_async: bool,
    /// Where the manager stands.
    pub span: Span,
    /// Class of the manager and epoch, then its enter and its exit method.
    pub cache: ValueCache<(Value, Value)>,
}

impl Enter {
    /// Keeps the exit method; gives the enter method.
    #[inline(always)]
    fn begin(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Special> {
        let receiver = self.context.eval(vm, frame)?;
        let key = cache_key(vm.class_id_of(&receiver), vm.epoch);
        if let Some((function, exit)) = self.cache.get(key) {
            let exit = Special {
                function: exit,
                receiver: receiver.clone(),
            };
            self.exit.put(frame, exit);
            return Ok(Special { function, receiver });
        }
        let (enter, exit) = protocol(vm, &receiver, self.is_async)?;
        if !enter.receiver.is_unset() && !exit.receiver.is_unset() {
            let methods = (enter.function.clone(), exit.function.clone());
            self.cache.set(key, methods);
        }
        self.exit.put(frame, exit);
        Ok(enter)
    }
}

impl Node for Enter {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.begin(vm, frame)?.call_enter(vm);
        if value.is_err() {
            drop(self.exit.take(frame));
        }
        value
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let enter = self.begin(vm, frame)?;
        let entered = enter.call_awaited(vm, frame, &[], (self.span, io));
        if entered.is_err() {
            drop(self.exit.take(frame));
        }
        entered
    }
}

/// Calls the exit method in its slots: see `hir::Intrinsic::CallExit`.
pub struct CallExit {
    /// Where it waits.
    pub exit: ExitSlots,
    /// The slot of the exception, if there is one.
    pub exception: Option<u32>,
    /// Where the manager stands.
    pub span: Span,
}

impl CallExit {
    fn exception(&self, frame: &Frame<'_>) -> Option<Value> {
        self.exception
            .map(|slot| frame.slots[slot as usize].clone())
    }
}

impl Node for CallExit {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let exit = self.exit.take(frame);
        let exception = self.exception(frame);
        exit.call_exit(vm, exception.as_ref())
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let exit = self.exit.take(frame);
        let Some(exception) = self.exception(frame) else {
            return exit.call_awaited(vm, frame, NOTHING, (self.span, io));
        };
        let args = exit_arguments(vm, Some(&exception))?;
        exit.call_awaited(vm, frame, &args, (self.span, io))
    }
}
