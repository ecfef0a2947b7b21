//! Operands: a local, a constant, or any node.
//!
//! A node generic over its operands compiles to code that borrows locals and constants where
//! they stand. Using an operand has two steps: `prepare` does what can run code or fail (evaluates
//! a node; checks that a local is bound), `value` then only points. All operands of a node are
//! prepared before any is read, in order; a local whose value a later operand could rebind must
//! not be a [`Local`] operand (the lowering sees to that).

use super::{Frame, Node, NodeBox};
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use aio_syntax::Span;

/// A way to get at an operand.
pub trait Operand: 'static {
    /// What `prepare` keeps.
    type Held;
    /// Evaluates, or checks.
    ///
    /// # Errors
    /// What evaluating raises; `UnboundLocalError`.
    fn prepare(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Self::Held>;
    /// Points to the value.
    fn value<'a>(&'a self, held: &'a Self::Held, frame: &'a Frame<'_>) -> &'a Value;
}

/// A local variable.
pub struct Local(pub u32);

impl Operand for Local {
    type Held = ();
    #[inline(always)]
    fn prepare(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<()> {
        if frame.slots[self.0 as usize].is_unset() {
            return Err(super::names::unbound_local(vm, frame, self.0));
        }
        Ok(())
    }
    #[inline(always)]
    fn value<'a>(&'a self, _held: &'a (), frame: &'a Frame<'_>) -> &'a Value {
        &frame.slots[self.0 as usize]
    }
}

/// A constant.
pub struct Const(pub Value);

impl Operand for Const {
    type Held = ();
    #[inline(always)]
    fn prepare(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R<()> {
        Ok(())
    }
    #[inline(always)]
    fn value<'a>(&'a self, _held: &'a (), _frame: &'a Frame<'_>) -> &'a Value {
        &self.0
    }
}

/// A local plus (or minus) a constant int, as in `a[i + 1]`: no node of its own, which saves
/// a quarter of such a subscript.
pub struct LocalSum {
    /// The local.
    pub local: Local,
    /// `+` or `-`
    pub op: BinaryOp,
    /// What is added.
    pub constant: i64,
    /// Where the sum stands.
    pub span: Span,
}

impl LocalSum {
    #[cold]
    #[inline(never)]
    fn general(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.local.prepare(vm, frame)?;
        let local = self.local.value(&(), frame).clone();
        match vm.binary(self.op, &local, &Value::int(self.constant)) {
            Ok(sum) => Ok(sum),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

impl Operand for LocalSum {
    type Held = Value;
    #[inline(always)]
    fn prepare(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        let sum = self.local.value(&(), frame).as_int().and_then(|int| {
            if self.op == BinaryOp::Add {
                int.checked_add(self.constant)
            } else {
                int.checked_sub(self.constant)
            }
        });
        match sum {
            Some(sum) => Ok(Value::int(sum)),
            None => self.general(vm, frame),
        }
    }
    #[inline(always)]
    fn value<'a>(&'a self, held: &'a Value, _frame: &'a Frame<'_>) -> &'a Value {
        held
    }
}

impl Operand for NodeBox {
    type Held = Value;
    #[inline(always)]
    fn prepare(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        (**self).eval(vm, frame)
    }
    #[inline(always)]
    fn value<'a>(&'a self, held: &'a Value, _frame: &'a Frame<'_>) -> &'a Value {
        held
    }
}

/// An operand by itself, as a node.
impl Node for Local {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = &frame.slots[self.0 as usize];
        if value.is_unset() {
            return Err(super::names::unbound_local(vm, frame, self.0));
        }
        Ok(value.clone())
    }
    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        self.prepare(vm, frame)?;
        vm.truthy(&frame.slots[self.0 as usize])
    }
}

impl Node for Const {
    #[inline]
    fn eval(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R {
        Ok(self.0.clone())
    }
}

/// Makes a node out of a generic constructor, choosing the instance by the forms of two operands.
macro_rules! by_operands {
    ($left:expr, $right:expr, |$a:ident, $b:ident| $make:expr) => {{
        use $crate::eval::operand::Form;
        match ($left, $right) {
            (Form::Local($a), Form::Local($b)) => Box::new($make) as $crate::eval::NodeBox,
            (Form::Local($a), Form::Const($b)) => Box::new($make),
            (Form::Local($a), Form::Node($b)) => Box::new($make),
            (Form::Const($a), Form::Local($b)) => Box::new($make),
            (Form::Const($a), Form::Const($b)) => {
                let $a: $crate::eval::NodeBox = Box::new($a);
                Box::new($make)
            }
            (Form::Const($a), Form::Node($b)) => Box::new($make),
            (Form::Node($a), Form::Local($b)) => Box::new($make),
            (Form::Node($a), Form::Const($b)) => Box::new($make),
            (Form::Node($a), Form::Node($b)) => Box::new($make),
        }
    }};
    ($only:expr, |$a:ident| $make:expr) => {{
        use $crate::eval::operand::Form;
        match $only {
            Form::Local($a) => Box::new($make) as $crate::eval::NodeBox,
            Form::Const($a) => {
                let $a: $crate::eval::NodeBox = Box::new($a);
                Box::new($make)
            }
            Form::Node($a) => Box::new($make),
        }
    }};
}
pub(crate) use by_operands;

/// The form of a lowered operand.
pub enum Form {
    /// A local.
    Local(Local),
    /// A constant.
    Const(Const),
    /// Anything else.
    Node(NodeBox),
}

impl Form {
    /// As a node of its own.
    pub fn into_node(self) -> NodeBox {
        match self {
            Form::Local(local) => Box::new(local),
            Form::Const(constant) => Box::new(constant),
            Form::Node(node) => node,
        }
    }
}
