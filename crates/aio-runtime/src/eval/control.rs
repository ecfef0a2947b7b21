//! Nodes: statements that steer: `if`, `return`, `raise`, `assert`, `break`, `continue`.

use super::operand::Form;
use super::{Block, Flow, Frame, Node, NodeBox};
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// Implements `eval` for nodes that are only ever run as statements.
macro_rules! statement_only {
    () => {
        fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
            match self.exec(vm, frame) {
                Flow::Raised => Err(Raised),
                Flow::Next | Flow::Break | Flow::Continue | Flow::Return => Ok(Value::NONE),
            }
        }
    };
}
pub(crate) use statement_only;

/// `if test: body`
pub struct If {
    /// The condition.
    pub test: NodeBox,
    /// The statements.
    pub body: Block,
}

impl Node for If {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.test.cond(vm, frame) {
            Ok(true) => self.body.run(vm, frame),
            Ok(false) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

/// `if test: body else: orelse`
pub struct IfOtherwise {
    /// The condition.
    pub test: NodeBox,
    /// The statements when it holds.
    pub body: Block,
    /// The statements when not.
    pub orelse: Block,
    /// Where the condition stands.
    pub span: aio_syntax::Span,
}

impl Node for IfOtherwise {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.test.cond(vm, frame) {
            Ok(true) => self.body.run(vm, frame),
            Ok(false) => self.orelse.run(vm, frame),
            Err(Raised) => vm.note_fault(self.span),
        }
    }
}

/// `if test: return value`
pub struct IfReturn {
    /// The condition.
    pub test: NodeBox,
    /// The value.
    pub value: Form,
}

impl Node for IfReturn {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.test.cond(vm, frame) {
            Ok(true) => match self.value.eval(vm, frame) {
                Ok(value) => {
                    vm.ret = value;
                    Flow::Return
                }
                Err(Raised) => Flow::Raised,
            },
            Ok(false) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }
}

/// `if`/`elif`/`else`
pub struct IfChain {
    /// Conditions with their statements.
    pub branches: Box<[(NodeBox, Block, aio_syntax::Span)]>,
    /// When none holds.
    pub orelse: Block,
}

impl Node for IfChain {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        for (test, body, span) in &self.branches {
            match test.cond(vm, frame) {
                Ok(true) => return body.run(vm, frame),
                Ok(false) => {}
                Err(Raised) => return vm.note_fault(*span),
            }
        }
        self.orelse.run(vm, frame)
    }
}

/// `return value`
pub struct Return(pub Option<Form>);

impl Node for Return {
    statement_only!();
    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        vm.ret = match &self.0 {
            Some(node) => match node.eval(vm, frame) {
                Ok(value) => value,
                Err(Raised) => return Flow::Raised,
            },
            None => Value::NONE,
        };
        Flow::Return
    }
}

/// `break`
pub struct Break;

impl Node for Break {
    statement_only!();
    fn exec(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> Flow {
        Flow::Break
    }
}

/// `continue`
pub struct Continue;

impl Node for Continue {
    statement_only!();
    fn exec(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> Flow {
        Flow::Continue
    }
}

/// `raise exc from cause`
pub struct Raise {
    /// The exception; none re-raises.
    pub exc: Option<NodeBox>,
    /// `from`
    pub cause: Option<NodeBox>,
}

impl Node for Raise {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let Some(exc) = &self.exc else {
            if vm.handled.is_unset() {
                return Err(vm.runtime_error("No active exception to reraise"));
            }
            let exception = vm.handled.clone();
            vm.fault = Some(super::tries::RECORDED);
            return Err(vm.reraise(exception));
        };
        let exception = exc.eval(vm, frame)?;
        let exception = crate::types::exceptions::make_raisable(vm, exception)?;
        if let Some(cause) = &self.cause {
            let cause = cause.eval(vm, frame)?;
            crate::types::exceptions::set_cause(vm, &exception, cause)?;
        }
        Err(vm.raise(exception))
    }
}

/// `assert test, message`
pub struct Assert {
    /// The condition.
    pub test: NodeBox,
    /// The message.
    pub message: Option<NodeBox>,
    /// Where the condition stands.
    pub span: Span,
}

impl Node for Assert {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if self.test.cond(vm, frame)? {
            return Ok(Value::NONE);
        }
        let args = match &self.message {
            Some(node) => vec![node.eval(vm, frame)?],
            None => vec![],
        };
        let class = vm.types.assertion_error.clone();
        let Raised = vm.raise_with(&class, args);
        Err(vm.fault_at(self.span))
    }
}

/// An expression as a statement.
pub struct ExprStmt(pub NodeBox);

impl Node for ExprStmt {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.0.eval(vm, frame)
    }
}

/// Nothing.
pub struct Pass;

impl Node for Pass {
    fn eval(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R {
        Ok(Value::NONE)
    }
}

/// Statements as one.
pub struct Sequence(pub Block);

impl Node for Sequence {
    statement_only!();
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        self.0.run(vm, frame)
    }
}
