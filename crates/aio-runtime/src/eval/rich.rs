//! Operands that are small expressions: `x * y`, `i + 1`, `point.x`.
//!
//! As operands of operators, comparisons and subscripts they need no node of their own: no call,
//! and no registers saved around it. That is worth a third of a tree of two levels.

use super::access::Attr;
use super::arith::{self, general, quick};
use super::operand::Form;
use super::{Const, Frame, Local, NodeBox, Operand};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use aio_syntax::Span;

/// A local `+`, `-`, `*` or `%` another one or a constant (which run no code themselves).
pub struct Pair<B> {
    /// The left operand.
    pub a: Local,
    /// The operator.
    pub op: BinaryOp,
    /// The right operand.
    pub b: B,
    /// Where it stands.
    pub span: Span,
}

/// The operators of a [`Pair`].
pub fn is_pair_operator(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Mod
    )
}

impl<B: Operand> Pair<B> {
    #[inline(always)]
    fn quick(&self, frame: &Frame<'_>, held: &B::Held) -> Option<Value> {
        let (x, y) = (self.a.value(&(), frame), self.b.value(held, frame));
        match self.op {
            BinaryOp::Add => quick::<arith::Add>(x, y),
            BinaryOp::Sub => quick::<arith::Sub>(x, y),
            BinaryOp::Mul => quick::<arith::Mul>(x, y),
            _ => quick::<arith::Mod>(x, y),
        }
    }

    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: B::Held) -> R {
        self.a.check(vm, frame)?;
        self.b.check(vm, frame)?;
        let (x, y) = (self.a.value(&(), frame), self.b.value(&held, frame));
        general(vm, self.op, x, y, self.span)
    }
}

impl<B: Operand> Operand for Pair<B> {
    type Held = Value;
    const RUNS: bool = true;
    const PEEKS: bool = B::PEEKS;
    #[inline(always)]
    fn peek(&self, vm: &Vm, frame: &Frame<'_>) -> Option<Value> {
        self.quick(frame, &self.b.peek(vm, frame)?)
    }
    #[inline(always)]
    fn start(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        let held = self.b.start(vm, frame)?;
        match self.quick(frame, &held) {
            Some(result) => Ok(result),
            None => self.slow(vm, frame, held),
        }
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

impl Operand for Attr<Local> {
    type Held = Value;
    const RUNS: bool = true;
    const PEEKS: bool = true;
    #[inline(always)]
    fn peek(&self, vm: &Vm, frame: &Frame<'_>) -> Option<Value> {
        self.number(vm, frame)
    }
    #[inline(always)]
    fn start(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        self.read(vm, frame)
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

/// The form of an operand that may be one of these.
pub enum Rich {
    /// Two locals.
    Pair(Pair<Local>),
    /// A local and a constant.
    PairConst(Pair<Const>),
    /// An attribute of a local.
    Attr(Attr<Local>),
    /// Anything else.
    Plain(Form),
}

impl Rich {
    /// As one of the other forms.
    pub fn into_form(self) -> Form {
        fn node<B>(pair: Pair<B>, form: fn(B) -> Form) -> NodeBox {
            let (a, b) = (Form::Local(pair.a), form(pair.b));
            arith::binary(pair.op, Rich::Plain(a), Rich::Plain(b), pair.span)
        }
        match self {
            Rich::Pair(pair) => Form::Node(node(pair, Form::Local)),
            Rich::PairConst(pair) => Form::Node(node(pair, Form::Const)),
            Rich::Attr(attr) => Form::Node(Box::new(attr)),
            Rich::Plain(form) => form,
        }
    }
}

/// As `by_operands`, where some forms of one operand or of both may be rich. (Not all: every
/// combination is code of its own.)
macro_rules! by_rich_operands {
    ($left:expr, $right:expr, |$a:ident, $b:ident| $make:expr) => {{
        use $crate::eval::operand::{Form, by_operands};
        use $crate::eval::rich::Rich;
        match ($left, $right) {
            (Rich::Pair($a), Rich::Plain(Form::Local($b))) => {
                Box::new($make) as $crate::eval::NodeBox
            }
            (Rich::Pair($a), Rich::Plain(Form::Const($b))) => Box::new($make),
            (Rich::Pair($a), Rich::Pair($b)) => Box::new($make),
            (Rich::PairConst($a), Rich::Plain(Form::Local($b))) => Box::new($make),
            (Rich::PairConst($a), Rich::Plain(Form::Const($b))) => Box::new($make),
            (Rich::Plain(Form::Local($a)), Rich::Pair($b)) => Box::new($make),
            (Rich::Plain(Form::Local($a)), Rich::PairConst($b)) => Box::new($make),
            (Rich::Plain(Form::Node($a)), Rich::Pair($b)) => Box::new($make),
            (Rich::Attr($a), Rich::Attr($b)) => Box::new($make),
            (Rich::Attr($a), Rich::Plain(Form::Local($b))) => Box::new($make),
            (Rich::Attr($a), Rich::Plain(Form::Const($b))) => Box::new($make),
            (Rich::Plain(Form::Local($a)), Rich::Attr($b)) => Box::new($make),
            (left, right) => by_operands!(left.into_form(), right.into_form(), |$a, $b| $make),
        }
    }};
}
pub(crate) use by_rich_operands;
