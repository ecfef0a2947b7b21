//! Nodes: `try`, `except`, `except*`, `finally`.
//!
//! While a handler runs, the exception it caught is `Vm::handled` (`sys.exc_info()`, the context
//! of new exceptions, what a bare `raise` raises); leaving the handler puts back the one before.

use super::control::statement_only;
use super::{Block, Flow, Frame, Node, NodeBox, StoreBox};
use crate::error::{R, Raised};
use crate::objects::ListObj;
use crate::types::exception_groups::split_group;
use crate::types::exceptions::matches;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// The place of an exception that is raised again in the frame where it was recorded already.
pub const RECORDED: Span = Span {
    start: u32::MAX,
    end: u32::MAX,
};

/// The place of an exception that left a coroutine which is awaited: that of the `await`, which is
/// filled in where the block ends.
pub const AWAITED: Span = Span {
    start: u32::MAX - 1,
    end: u32::MAX,
};

/// `except typ as name: body`
pub struct HandlerNode {
    /// The class or tuple; none catches all.
    pub typ: Option<NodeBox>,
    /// Binds the name.
    pub bind: Option<StoreBox>,
    /// Unbinds it (storing the unset value).
    pub unbind: Option<NodeBox>,
    /// The statements.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `try`
pub struct Try {
    /// The guarded statements.
    pub body: Block,
    /// The handlers.
    pub handlers: Box<[HandlerNode]>,
    /// When nothing was raised.
    pub orelse: Block,
    /// In any case.
    pub finalbody: Option<Block>,
    /// `except*`
    pub is_star: bool,
}

impl Vm {
    /// The pending exception is caught in a frame: its traceback gets the frame.
    pub fn catch(&mut self, frame: &Frame<'_>) -> Value {
        self.add_trace(frame.func);
        self.take_pending()
    }
}

impl Try {
    fn guarded(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.body.run(vm, frame) {
            Flow::Next => self.orelse.run(vm, frame),
            Flow::Raised if !self.handlers.is_empty() => {
                let exception = vm.catch(frame);
                if self.is_star {
                    self.handle_star(vm, frame, exception)
                } else {
                    self.handle(vm, frame, exception)
                }
            }
            flow => flow,
        }
    }

    fn handle(&self, vm: &mut Vm, frame: &mut Frame<'_>, exception: Value) -> Flow {
        let before = std::mem::replace(&mut vm.handled, exception.clone());
        let flow = self.find_handler(vm, frame, &exception);
        vm.handled = before;
        match flow {
            Some(flow) => flow,
            None => {
                let _ = vm.reraise(exception);
                vm.fault = Some(RECORDED);
                Flow::Raised
            }
        }
    }

    fn find_handler(&self, vm: &mut Vm, frame: &mut Frame<'_>, exception: &Value) -> Option<Flow> {
        for handler in &self.handlers {
            if let Some(typ) = &handler.typ {
                let matched = typ
                    .eval(vm, frame)
                    .and_then(|typ| matches(vm, exception, &typ));
                match matched {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(Raised) => return Some(vm.note_fault(handler.span)),
                }
            }
            return Some(run_handler(vm, frame, handler, exception.clone()));
        }
        None
    }

    /// `except*`: every handler takes its part of the group; what is left and what the handlers
    /// raised goes on.
    fn handle_star(&self, vm: &mut Vm, frame: &mut Frame<'_>, exception: Value) -> Flow {
        let mut rest = exception.clone();
        let errors = ListObj::default();
        let before = std::mem::replace(&mut vm.handled, exception.clone());
        for handler in &self.handlers {
            let Some(typ) = &handler.typ else { continue };
            if rest.is_none() {
                break;
            }
            let split = typ
                .eval(vm, frame)
                .and_then(|typ| split_group(vm, &rest, &typ));
            let (matched, others) = match split {
                Ok(parts) => parts,
                Err(Raised) => {
                    vm.handled = before;
                    return vm.note_fault(handler.span);
                }
            };
            rest = others;
            if matched.is_none() {
                continue;
            }
            vm.handled = matched.clone();
            match run_handler(vm, frame, handler, matched) {
                Flow::Next => {}
                Flow::Raised => {
                    let error = vm.catch(frame);
                    errors.items.with_mut(|items| items.push(error));
                }
                flow => {
                    vm.handled = before;
                    return flow;
                }
            }
            vm.handled = exception.clone();
        }
        vm.handled = before;
        match star_result(vm, &exception, &rest, &errors) {
            Ok(()) => Flow::Next,
            Err(Raised) => {
                vm.fault = Some(RECORDED);
                Flow::Raised
            }
        }
    }
}

/// Raises what an `except*` statement leaves: the unhandled rest together with new errors.
///
/// # Errors
/// That exception; none when nothing is left.
pub fn star_result(vm: &mut Vm, original: &Value, rest: &Value, errors: &ListObj) -> R<()> {
    let errors = errors.to_vec();
    if errors.is_empty() {
        if rest.is_none() {
            return Ok(());
        }
        return Err(vm.reraise(rest.clone()));
    }
    let result = crate::types::exception_groups::combine(vm, original, rest, errors)?;
    if result.is_none() {
        return Ok(());
    }
    Err(vm.reraise(result))
}

fn run_handler(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    handler: &HandlerNode,
    exception: Value,
) -> Flow {
    let Some(bind) = &handler.bind else {
        return handler.body.run(vm, frame);
    };
    if bind.store(vm, frame, exception).is_err() {
        return vm.note_fault(handler.span);
    }
    let flow = handler.body.run(vm, frame);
    if let Some(unbind) = &handler.unbind {
        let (pending, fault) = (vm.pending.take(), vm.fault);
        // The name may be unbound already; that is no error.
        if unbind.eval(vm, frame).is_err() {
            drop(vm.take_pending());
        }
        vm.pending = pending;
        vm.fault = fault;
    }
    flow
}

impl Node for Try {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let flow = self.guarded(vm, frame);
        let Some(finalbody) = &self.finalbody else {
            return flow;
        };
        match flow {
            Flow::Raised => {
                let exception = vm.catch(frame);
                let before = std::mem::replace(&mut vm.handled, exception.clone());
                let last = finalbody.run(vm, frame);
                vm.handled = before;
                if last != Flow::Next {
                    return last;
                }
                let _ = vm.reraise(exception);
                vm.fault = Some(RECORDED);
                Flow::Raised
            }
            Flow::Return => {
                let value = vm.ret.take();
                let last = finalbody.run(vm, frame);
                if last != Flow::Next {
                    return last;
                }
                vm.ret = value;
                Flow::Return
            }
            Flow::Next | Flow::Break | Flow::Continue => {
                let last = finalbody.run(vm, frame);
                if last == Flow::Next { flow } else { last }
            }
        }
    }
}

/// A type parameter of a generic function or class.
pub struct TypeParam {
    /// Its name.
    pub name: crate::objects::Name,
    /// Plain, `*` or `**`.
    pub kind: aio_compile::hir::TypeParamKind,
    /// Gives the bound.
    pub bound: Option<NodeBox>,
    /// Gives the default.
    pub default: Option<NodeBox>,
}

impl Node for TypeParam {
    fn eval(&self, vm: &mut Vm, _frame: &mut Frame<'_>) -> R {
        let name = match self.kind {
            aio_compile::hir::TypeParamKind::TypeVar => "TypeVar",
            aio_compile::hir::TypeParamKind::TypeVarTuple => "TypeVarTuple",
            aio_compile::hir::TypeParamKind::ParamSpec => "ParamSpec",
        };
        let typing = crate::modules::import(vm, "typing")?;
        let name = vm.intern(name);
        let made = vm.call_method(&typing, &name, &[self.name.to_value()])?;
        if self.kind != aio_compile::hir::TypeParamKind::TypeVarTuple {
            let name = vm.intern("__infer_variance__");
            vm.set_attr(&made, &name, Value::TRUE)?;
        }
        Ok(made)
    }
}

/// `typing.Generic[T, …]`
pub struct GenericBase {
    /// The type parameters.
    pub params: Box<[NodeBox]>,
}

impl Node for GenericBase {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let typing = crate::modules::import(vm, "typing")?;
        let name = vm.intern("Generic");
        let generic = vm.get_attr(&typing, &name)?;
        let params = self.params.iter().map(|param| param.eval(vm, frame));
        let params: Vec<Value> = params.collect::<R<_>>()?;
        vm.get_item(&generic, &Value::tuple(params))
    }
}

/// The value of a `type` statement.
pub struct TypeAlias {
    /// Its name.
    pub name: crate::objects::Name,
    /// Its type parameters.
    pub params: Box<[NodeBox]>,
    /// A function that gives the aliased type.
    pub value: NodeBox,
}

impl Node for TypeAlias {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let typing = crate::modules::import(vm, "typing")?;
        let value = self.value.eval(vm, frame)?;
        let name = vm.intern("TypeAliasType");
        vm.call_method(&typing, &name, &[self.name.to_value(), value])
    }
}
