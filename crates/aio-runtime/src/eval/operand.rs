//! Operands: a local, a constant, or any node.
//!
//! A node generic over its operands compiles to code that borrows locals and constants where
//! they stand. Using an operand has two steps: `prepare` does what can run code or fail (evaluates
//! a node; checks that a local is bound), `value` then only points. All operands of a node are
//! prepared before any is read, in order; a local whose value a later operand could rebind must
//! not be a [`Local`] operand (the lowering sees to that).
//!
//! A node with a quick path for some kinds of values uses `start` instead of `prepare`: an unbound
//! local is of no such kind, so the quick path need not look for one, and whatever follows it
//! begins with `check`. [`start_pair`] does this for two operands without changing their order.

use super::{Frame, Node, NodeBox};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;

/// A way to get at an operand.
pub trait Operand: 'static {
    /// What `prepare` keeps.
    type Held;
    /// Whether evaluating it can run code.
    const RUNS: bool;
    /// Whether it is always the same value.
    const IS_CONST: bool = false;
    /// Whether `peek` may give anything.
    const PEEKS: bool = false;
    /// Evaluates it if that is known to run no code, and keeps nothing on the heap; so all may be
    /// evaluated anew when a node has no quick path for what it saw.
    #[inline(always)]
    fn peek(&self, _vm: &Vm, _frame: &Frame<'_>) -> Option<Self::Held> {
        None
    }
    /// Evaluates, or checks.
    ///
    /// # Errors
    /// What evaluating raises; `UnboundLocalError`.
    #[inline(always)]
    fn prepare(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Self::Held> {
        let held = self.start(vm, frame)?;
        self.check(vm, frame)?;
        Ok(held)
    }
    /// Evaluates, without the check that a local is bound.
    ///
    /// # Errors
    /// What evaluating raises.
    fn start(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Self::Held>;
    /// Checks that a local is bound.
    ///
    /// # Errors
    /// `UnboundLocalError`
    #[inline(always)]
    fn check(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R<()> {
        Ok(())
    }
    /// Points to the value.
    fn value<'a>(&'a self, held: &'a Self::Held, frame: &'a Frame<'_>) -> &'a Value;
    /// The value as one of its own.
    fn owned(&self, held: Self::Held, frame: &Frame<'_>) -> Value;
    /// Evaluates to a value of its own.
    ///
    /// # Errors
    /// As for `prepare`.
    #[inline(always)]
    fn own(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = self.prepare(vm, frame)?;
        Ok(self.owned(held, frame))
    }
}

/// Starts two operands, in order. The first is checked where the second runs code.
///
/// # Errors
/// What evaluating raises.
#[inline(always)]
pub fn start_pair<A: Operand, B: Operand>(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    a: &A,
    b: &B,
) -> R<(A::Held, B::Held)> {
    let first = if B::RUNS {
        a.prepare(vm, frame)?
    } else {
        a.start(vm, frame)?
    };
    Ok((first, b.start(vm, frame)?))
}

/// What `quick` says of two operands, if both can be had by a peek.
#[inline(always)]
pub fn peek_pair<A: Operand, B: Operand, T>(
    vm: &Vm,
    frame: &Frame<'_>,
    a: &A,
    b: &B,
    quick: impl FnOnce(&Value, &Value) -> Option<T>,
) -> Option<T> {
    let (x, y) = (a.peek(vm, frame)?, b.peek(vm, frame)?);
    quick(a.value(&x, frame), b.value(&y, frame))
}

/// A local variable.
pub struct Local(pub u32);

impl Operand for Local {
    type Held = ();
    const RUNS: bool = false;
    const PEEKS: bool = true;
    #[inline(always)]
    fn peek(&self, _vm: &Vm, _frame: &Frame<'_>) -> Option<()> {
        Some(())
    }
    #[inline(always)]
    fn start(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R<()> {
        Ok(())
    }
    #[inline(always)]
    fn check(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<()> {
        if frame.slots[self.0 as usize].is_unset() {
            return Err(super::names::unbound_local(vm, frame, self.0));
        }
        Ok(())
    }
    #[inline(always)]
    fn value<'a>(&'a self, _held: &'a (), frame: &'a Frame<'_>) -> &'a Value {
        &frame.slots[self.0 as usize]
    }
    #[inline(always)]
    fn owned(&self, _held: (), frame: &Frame<'_>) -> Value {
        frame.slots[self.0 as usize].clone()
    }
}

/// A constant.
pub struct Const(pub Value);

impl Operand for Const {
    type Held = ();
    const RUNS: bool = false;
    const IS_CONST: bool = true;
    const PEEKS: bool = true;
    #[inline(always)]
    fn peek(&self, _vm: &Vm, _frame: &Frame<'_>) -> Option<()> {
        Some(())
    }
    #[inline(always)]
    fn start(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R<()> {
        Ok(())
    }
    #[inline(always)]
    fn value<'a>(&'a self, _held: &'a (), _frame: &'a Frame<'_>) -> &'a Value {
        &self.0
    }
    #[inline(always)]
    fn owned(&self, _held: (), _frame: &Frame<'_>) -> Value {
        self.0.clone()
    }
}

impl Operand for NodeBox {
    type Held = Value;
    const RUNS: bool = true;
    #[inline(always)]
    fn start(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        (**self).eval(vm, frame)
    }
    #[inline(always)]
    fn value<'a>(&'a self, held: &'a Value, _frame: &'a Frame<'_>) -> &'a Value {
        held
    }
    #[inline(always)]
    fn owned(&self, held: Value, _frame: &Frame<'_>) -> Value {
        held
    }
}

/// An operand by itself, as a node.
impl Node for Local {
    #[inline(always)]
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
    /// Evaluates it.
    ///
    /// # Errors
    /// What evaluating raises.
    #[inline(always)]
    pub fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self {
            Form::Local(local) => local.eval(vm, frame),
            Form::Const(constant) => Ok(constant.0.clone()),
            Form::Node(node) => node.eval(vm, frame),
        }
    }

    /// The value, if that is to be had by a look; an unset one if the local is not bound.
    #[inline(always)]
    pub fn peek<'a>(&'a self, frame: &'a Frame<'_>) -> Option<&'a Value> {
        match self {
            Form::Local(local) => Some(local.value(&(), frame)),
            Form::Const(constant) => Some(&constant.0),
            Form::Node(_) => None,
        }
    }

    /// Evaluates it and lends the value to a function in Rust.
    ///
    /// # Errors
    /// What evaluating or the function raises.
    #[inline(always)]
    pub fn lend(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        function: fn(&mut Vm, &Value) -> R,
    ) -> R {
        match self {
            Form::Local(local) => {
                local.check(vm, frame)?;
                function(vm, local.value(&(), frame))
            }
            Form::Const(constant) => function(vm, &constant.0),
            Form::Node(node) => {
                let value = node.eval(vm, frame)?;
                function(vm, &value)
            }
        }
    }

    /// As a node of its own.
    pub fn into_node(self) -> NodeBox {
        match self {
            Form::Local(local) => Box::new(local),
            Form::Const(constant) => Box::new(constant),
            Form::Node(node) => node,
        }
    }
}
