//! The evaluator: a tree of nodes that is walked.
//!
//! A node has four methods. `eval` gives a value, `cond` a truth value without boxing it, `exec`
//! runs for the effect and says how control goes on, and `store` binds a value to a target. A
//! node implements what it is used for; the defaults go through `eval`.
//!
//! Nodes are specialised when they are built (`lower`): over the kind of their operands (a local,
//! a constant, any node: [`Operand`]), and for the shapes of code that occur most
//! (superinstructions). Locals and constants are borrowed where they stand, never cloned.
//!
//! An error has no place of its own: the statement (or call) it passes first notes its span in
//! `Vm::fault`, and the frame boundary takes it from there into the traceback. So the happy path
//! does not keep a current line.

pub mod access;
pub mod arguments;
pub mod arith;
pub mod assign;
pub mod augmented;
pub mod binding;
pub mod cache;
pub mod calls;
pub mod class_attrs;
pub mod classes;
pub mod compare;
pub mod comps;
pub mod control;
pub mod coros;
pub mod displays;
pub mod fast;
pub mod full_calls;
pub mod functions;
pub mod imports;
pub mod inline;
pub mod loops;
pub mod making;
pub mod matching;
pub mod methods;
pub mod names;
pub mod native_calls;
pub mod operand;
pub mod placed;
pub mod rich;
pub mod strings;
pub mod supers;
pub mod tries;
pub mod unpack;
pub mod withs;

pub use operand::{Const, Local, Operand};

use crate::coroutine::{Direct, Io};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{DictObj, FuncObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// A running body.
pub struct Frame<'a> {
    /// Parameters, locals, cells and temporaries.
    pub slots: &'a mut [Value],
    /// The function: code, globals, closure.
    pub func: &'a Ref<FuncObj>,
    /// The namespace of a class body (or of `exec` with separate locals).
    pub namespace: Option<&'a Ref<DictObj>>,
}

impl Frame<'_> {
    /// Puts a value into a slot.
    #[inline(always)]
    pub fn bind(&mut self, slot: u32, value: Value) -> Flow {
        let old = std::mem::replace(&mut self.slots[slot as usize], value);
        if old.is_heap() {
            return release(old);
        }
        Flow::Next
    }
}

/// Apart, and called last, so that a node that binds a number needs no frame for it.
#[inline(never)]
fn release(old: Value) -> Flow {
    drop(old);
    Flow::Next
}

/// How control goes on after a statement.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// With the next statement.
    Next,
    /// Out of the loop.
    Break,
    /// With the next turn of the loop.
    Continue,
    /// Out of the function; the value is in `Vm::ret`.
    Return,
    /// Up: an exception is pending.
    Raised,
}

/// A node of the tree.
pub trait Node {
    /// The value.
    ///
    /// # Errors
    /// What evaluating raises.
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R;

    /// The truth value.
    ///
    /// # Errors
    /// What evaluating raises.
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let value = self.eval(vm, frame)?;
        vm.truthy(&value)
    }

    /// Runs for the effect.
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        match self.eval(vm, frame) {
            Ok(_) => Flow::Next,
            Err(Raised) => Flow::Raised,
        }
    }

    /// Runs `local = value`.
    #[inline]
    fn exec_local(&self, vm: &mut Vm, frame: &mut Frame<'_>, slot: u32) -> Flow {
        match self.eval(vm, frame) {
            Ok(value) => frame.bind(slot, value),
            Err(Raised) => Flow::Raised,
        }
    }

    /// The value, which is awaited at once: left in `io` to be awaited, unless it is a call that
    /// could be awaited on the spot.
    ///
    /// # Errors
    /// What evaluating (and awaiting) raises.
    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        io.value = self.eval(vm, frame)?;
        Ok(Direct::Await)
    }
}

/// Any node.
pub type NodeBox = Box<dyn Node>;

/// Something that a value can be bound to.
pub trait Store {
    /// Binds the value.
    ///
    /// # Errors
    /// What binding raises.
    fn store(&self, vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()>;
}

/// Any target.
pub type StoreBox = Box<dyn Store>;

/// Statements in a row.
pub struct Block {
    stmts: Box<[NodeBox]>,
    /// The place of each.
    spans: Box<[Span]>,
}

impl Block {
    /// Wraps statements with their places.
    pub fn new(stmts: Vec<(NodeBox, Span)>) -> Block {
        let (stmts, spans): (Vec<_>, Vec<_>) = stmts.into_iter().unzip();
        Block {
            stmts: stmts.into(),
            spans: spans.into(),
        }
    }

    /// Runs the statements until one leaves. A safe point follows each.
    #[inline(always)]
    pub fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        for stmt in &self.stmts {
            let flow = stmt.exec(vm, frame);
            if flow != Flow::Next {
                return if flow == Flow::Raised {
                    self.note_fault(vm, stmt)
                } else {
                    flow
                };
            }
            if vm.needs_attention() && self.attend(vm, frame, stmt).is_err() {
                return self.note_fault(vm, stmt);
            }
        }
        Flow::Next
    }

    #[cold]
    #[inline(never)]
    fn attend(&self, vm: &mut Vm, frame: &Frame<'_>, stmt: &NodeBox) -> R<()> {
        vm.safe_point_behind(frame, self.span_of(stmt))
    }

    fn span_of(&self, stmt: &NodeBox) -> Span {
        let at = self.stmts.iter().position(|own| std::ptr::eq(own, stmt));
        at.and_then(|at| self.spans.get(at).copied())
            .unwrap_or_default()
    }

    /// The pending exception arose in a statement.
    #[cold]
    #[inline(never)]
    fn note_fault(&self, vm: &mut Vm, stmt: &NodeBox) -> Flow {
        vm.note_fault(self.span_of(stmt))
    }
}

impl Vm {
    /// Notes where in the present frame the pending exception arose, unless that is known.
    #[cold]
    #[inline(never)]
    pub fn note_fault(&mut self, span: Span) -> Flow {
        if self.fault.is_none_or(|fault| fault == tries::AWAITED) {
            self.fault = Some(span);
        }
        Flow::Raised
    }

    /// Notes the place of an error on its way through an expression.
    #[cold]
    #[inline(never)]
    pub fn fault_at(&mut self, span: Span) -> Raised {
        if self.fault.is_none() {
            self.fault = Some(span);
        }
        Raised
    }
}

/// `if test: return value` before all else in a function: what recursion ends in.
pub struct Guard {
    /// The condition.
    pub test: NodeBox,
    /// The value.
    pub value: operand::Form,
    /// Where the statement stands.
    pub span: Span,
}

/// The body of a plain function: guards, statements, and the expression it returns at its end, if any.
pub struct PlainBody {
    /// What it begins with.
    pub guards: Box<[Guard]>,
    /// The statements.
    pub block: Block,
    /// A trailing `return expr`.
    pub tail: Option<(NodeBox, Span)>,
}

impl PlainBody {
    /// Runs it; gives what it returns.
    ///
    /// # Errors
    /// What it raises.
    #[inline(always)]
    pub fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for Guard { test, value, span } in &self.guards {
            let passed = test.cond(vm, frame);
            match passed {
                Ok(false) => {}
                Ok(true) => match value.eval(vm, frame) {
                    Ok(value) => return Ok(value),
                    Err(Raised) => return Err(vm.fault_at(*span)),
                },
                Err(Raised) => return Err(vm.fault_at(*span)),
            }
            if vm.needs_attention() && vm.safe_point_behind(frame, *span).is_err() {
                return Err(vm.fault_at(*span));
            }
        }
        let flow = self.block.run(vm, frame);
        if flow == Flow::Next {
            return match &self.tail {
                Some((tail, span)) => match tail.eval(vm, frame) {
                    Ok(value) => Ok(value),
                    Err(Raised) => Err(vm.fault_at(*span)),
                },
                None => Ok(Value::NONE),
            };
        }
        if flow == Flow::Return {
            return Ok(vm.ret.take());
        }
        match flow {
            Flow::Raised => Err(Raised),
            _ => Ok(Value::NONE),
        }
    }
}
