//! Nodes: `with`.

use super::control::statement_only;
use super::tries::RECORDED;
use super::{Block, Flow, Frame, Node, NodeBox, StoreBox};
use crate::error::{R, Raised};
use crate::objects::Name;
use crate::value::Value;
use crate::vm::Vm;
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

/// Looks up a method of the context manager protocol, bound.
fn protocol_method(vm: &mut Vm, manager: &Value, name: &Name) -> R<Option<Value>> {
    let Some(found) = vm.lookup_special(manager, name) else {
        return Ok(None);
    };
    let class = vm.class_of(manager);
    vm.bind_attribute(found, manager, &class).map(Some)
}

/// The bound enter and exit methods.
///
/// # Errors
/// `TypeError` when the value does not support the protocol.
pub fn protocol(vm: &mut Vm, manager: &Value, is_async: bool) -> R<(Value, Value)> {
    let plain = (vm.names.__enter__.clone(), vm.names.__exit__.clone());
    let asynchronous = (vm.names.__aenter__.clone(), vm.names.__aexit__.clone());
    let ((enter, exit), (other, _)) = if is_async {
        (asynchronous, plain)
    } else {
        (plain, asynchronous)
    };
    let kind = if is_async {
        "asynchronous context manager"
    } else {
        "context manager"
    };
    let Some(enter) = protocol_method(vm, manager, &enter)? else {
        let name = vm.type_name(manager);
        if vm.lookup_special(manager, &other).is_some() {
            vm.accuse(aio_syntax::mistakes::WRONG_KEYWORD, manager);
        }
        return Err(vm.type_error(format!(
            "'{name}' object does not support the {kind} protocol"
        )));
    };
    let Some(exit_method) = protocol_method(vm, manager, &exit)? else {
        let name = vm.type_name(manager);
        let missing = exit.text();
        return Err(vm.type_error(format!(
            "'{name}' object does not support the {kind} protocol (missed {missing} method)"
        )));
    };
    Ok((enter, exit_method))
}

/// Calls an exit method: with three `None`s, or with an exception.
///
/// # Errors
/// What it raises.
pub fn call_exit(vm: &mut Vm, exit: &Value, exception: Option<&Value>) -> R {
    match exception {
        None => vm.call(exit, &[Value::NONE, Value::NONE, Value::NONE]),
        Some(exception) => {
            let class = vm.class_of(exception).to_value();
            let name = vm.names.__traceback__.clone();
            let traceback = vm.get_attr_opt(exception, &name)?.unwrap_or(Value::NONE);
            vm.call(exit, &[class, exception.clone(), traceback])
        }
    }
}

impl With {
    fn enter(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<(Value, Value)> {
        let manager = self.context.eval(vm, frame)?;
        let (enter, exit) = protocol(vm, &manager, false)?;
        let value = vm.call(&enter, &[])?;
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
                let result =
                    call_exit(vm, &exit, Some(&exception)).and_then(|result| vm.truthy(&result));
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
                if call_exit(vm, &exit, None).is_err() {
                    return vm.note_fault(self.span);
                }
                vm.ret = value;
                Flow::Return
            }
            Flow::Next | Flow::Break | Flow::Continue => match call_exit(vm, &exit, None) {
                Ok(_) => flow,
                Err(Raised) => vm.note_fault(self.span),
            },
        }
    }
}

/// Enters a context manager for a body that suspends: see `hir::StmtKind::WithEnter`.
pub struct WithEnter {
    /// The manager.
    pub context: NodeBox,
    /// Receives the bound exit method.
    pub exit: u32,
    /// Receives what the enter method gives.
    pub value: u32,
    /// `async with`
    pub is_async: bool,
    /// Where the manager stands.
    pub span: Span,
}

impl Node for WithEnter {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let manager = self.context.eval(vm, frame)?;
        let (enter, exit) = protocol(vm, &manager, self.is_async)?;
        drop(manager);
        let value = vm.call(&enter, &[])?;
        super::calls::note_object(frame, &value, self.span);
        frame.slots[self.exit as usize] = exit;
        frame.slots[self.value as usize] = value;
        Ok(Value::NONE)
    }
}

/// Calls the exit method in a slot: see `hir::Intrinsic::CallExit`.
pub struct CallExit(pub u32, pub Option<u32>);

impl Node for CallExit {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let exit = frame.slots[self.0 as usize].clone();
        let exception = self.1.map(|slot| frame.slots[slot as usize].clone());
        call_exit(vm, &exit, exception.as_ref())
    }
}
