//! Nodes: binary and unary operators, `and`, `or`, `not`, the conditional expression.
//!
//! `Binary<O, A, B>` is compiled for every operator and every form of its operands: two ints or
//! two floats are handled in place, anything else goes to `Vm::binary`. (Operand specialisation
//! and in-place number paths together made compute programs 1.8 times as fast in the prototype.)

use super::operand::{Form, by_operands};
use super::{Flow, Frame, Node, NodeBox, Operand};
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, UnaryOp};
use aio_syntax::Span;

/// An operator with its quick paths.
pub trait Op: 'static {
    /// Which.
    const OP: BinaryOp;
    /// On ints; `None` when the result needs more care.
    fn ints(a: i64, b: i64) -> Option<i64>;
    /// On floats; `None` when the result needs more care.
    fn floats(a: f64, b: f64) -> Option<f64>;
}

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident: |$a:ident, $b:ident| $ints:expr, $floats:expr;)*) => { $(
        $(#[$doc])*
        pub struct $name;
        impl Op for $name {
            const OP: BinaryOp = BinaryOp::$name;
            #[inline(always)]
            fn ints($a: i64, $b: i64) -> Option<i64> { $ints }
            #[inline(always)]
            fn floats($a: f64, $b: f64) -> Option<f64> { $floats }
        }
    )* };
}

ops! {
    /// `+`
    Add: |a, b| a.checked_add(b), Some(a + b);
    /// `-`
    Sub: |a, b| a.checked_sub(b), Some(a - b);
    /// `*`
    Mul: |a, b| a.checked_mul(b), Some(a * b);
    /// `/`
    Div: |a, b| none(a, b), if b == 0.0 { None } else { Some(a / b) };
    /// `//`
    FloorDiv: |a, b| if b > 0 { Some(a.div_euclid(b)) } else { None }, nothing(a, b);
    /// `%`
    Mod: |a, b| if b > 0 { Some(a.rem_euclid(b)) } else { None }, nothing(a, b);
    /// `<<`
    LShift: |a, b| if (0..32).contains(&b) && a.unsigned_abs() < 1 << 31 { Some(a << b) } else { None },
        nothing(a, b);
    /// `>>`
    RShift: |a, b| if (0..64).contains(&b) { Some(a >> b) } else { None }, nothing(a, b);
    /// `&`
    BitAnd: |a, b| Some(a & b), nothing(a, b);
    /// `|`
    BitOr: |a, b| Some(a | b), nothing(a, b);
    /// `^`
    BitXor: |a, b| Some(a ^ b), nothing(a, b);
    /// `**`
    Pow: |a, b| none(a, b), if a > 0.0 { finite(a.powf(b)) } else { None };
    /// `@`
    MatMul: |a, b| none(a, b), nothing(a, b);
}

/// Picks the operator type.
macro_rules! with_op {
    ($op:expr, $make:ident) => {
        match $op {
            BinaryOp::Add => $make!(Add),
            BinaryOp::Sub => $make!(Sub),
            BinaryOp::Mul => $make!(Mul),
            BinaryOp::Div => $make!(Div),
            BinaryOp::FloorDiv => $make!(FloorDiv),
            BinaryOp::Mod => $make!(Mod),
            BinaryOp::BitAnd => $make!(BitAnd),
            BinaryOp::BitOr => $make!(BitOr),
            BinaryOp::BitXor => $make!(BitXor),
            BinaryOp::LShift => $make!(LShift),
            BinaryOp::RShift => $make!(RShift),
            BinaryOp::Pow => $make!(Pow),
            BinaryOp::MatMul => $make!(MatMul),
        }
    };
}
pub(crate) use with_op;

fn none(_a: i64, _b: i64) -> Option<i64> {
    None
}

fn nothing(_a: f64, _b: f64) -> Option<f64> {
    None
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// From this length on (in bytes) the room for a text is asked for before it is made.
const LONG_TEXT: usize = 1 << 20;

/// `a op b` with the quick paths first.
///
/// # Errors
/// As for `Vm::binary`.
#[inline(always)]
pub fn apply<O: Op>(vm: &mut Vm, a: &Value, b: &Value) -> R {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        if let Some(result) = O::ints(x, y) {
            return Ok(Value::int(result));
        }
        // Past 2^53 an int is no exact float, and int / int must round once.
        const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;
        if O::OP == BinaryOp::Div && y != 0 && EXACT.contains(&x) && EXACT.contains(&y) {
            return Ok(Value::float(x as f64 / y as f64));
        }
    } else if let Some(x) = a.as_float() {
        let y = b.as_float().or_else(|| b.as_int().map(|y| y as f64));
        if let Some(result) = y.and_then(|y| O::floats(x, y)) {
            return Ok(Value::float(result));
        }
    } else if let (Some(x), Some(y)) = (a.as_int(), b.as_float())
        && let Some(result) = O::floats(x as f64, y)
    {
        return Ok(Value::float(result));
    } else if O::OP == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.as_str_obj(), b.as_str_obj())
        && x.text().len() + y.text().len() < LONG_TEXT
    {
        return Ok(Value::new(x.concat(y)));
    }
    vm.binary(O::OP, a, b)
}

/// `a op b`
pub struct Binary<O, A, B> {
    a: A,
    b: B,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, A: Operand, B: Operand> Node for Binary<O, A, B> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let a = self.a.prepare(vm, frame)?;
        let b = self.b.prepare(vm, frame)?;
        let result = apply::<O>(vm, self.a.value(&a, frame), self.b.value(&b, frame));
        match result {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Makes the node for an operator over two operands.
pub fn binary(op: BinaryOp, a: Form, b: Form, span: Span) -> NodeBox {
    macro_rules! make {
        ($o:ident) => {
            by_operands!(a, b, |a, b| Binary::<$o, _, _> {
                a,
                b,
                span,
                op: std::marker::PhantomData
            })
        };
    }
    match op {
        BinaryOp::Add => make!(Add),
        BinaryOp::Sub => make!(Sub),
        BinaryOp::Mul => make!(Mul),
        BinaryOp::Div => make!(Div),
        BinaryOp::FloorDiv => make!(FloorDiv),
        BinaryOp::Mod => make!(Mod),
        BinaryOp::BitAnd => make!(BitAnd),
        _ => Box::new(Generic {
            op,
            a: a.into_node(),
            b: b.into_node(),
            span,
        }),
    }
}

/// The rarer operators: over any two nodes.
struct Generic {
    op: BinaryOp,
    a: NodeBox,
    b: NodeBox,
    span: Span,
}

impl Node for Generic {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let a = self.a.eval(vm, frame)?;
        let b = self.b.eval(vm, frame)?;
        let result = match self.op {
            BinaryOp::BitOr => apply::<BitOr>(vm, &a, &b),
            BinaryOp::BitXor => apply::<BitXor>(vm, &a, &b),
            BinaryOp::LShift => apply::<LShift>(vm, &a, &b),
            BinaryOp::RShift => apply::<RShift>(vm, &a, &b),
            BinaryOp::Pow => apply::<Pow>(vm, &a, &b),
            op => vm.binary(op, &a, &b),
        };
        match result {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// `op= ` on values, with the quick paths first.
///
/// # Errors
/// As for `Vm::inplace`.
#[inline(always)]
pub fn apply_inplace<O: Op>(vm: &mut Vm, a: &Value, b: &Value) -> R {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        if let Some(result) = O::ints(x, y) {
            return Ok(Value::int(result));
        }
    } else if let (Some(x), Some(y)) = (a.as_float(), b.as_float())
        && let Some(result) = O::floats(x, y)
    {
        return Ok(Value::float(result));
    }
    vm.inplace(O::OP, a, b)
}

/// `local op= b`
pub struct AugLocal<O, B> {
    slot: u32,
    b: B,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, B: Operand> Node for AugLocal<O, B> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.exec(vm, frame) {
            Flow::Raised => Err(Raised),
            _ => Ok(Value::NONE),
        }
    }

    #[inline]
    fn exec(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        let slot = self.slot as usize;
        if frame.slots[slot].is_unset() {
            let _ = super::names::unbound_local(vm, frame, self.slot);
            return vm.note_fault(self.span);
        }
        let Ok(b) = self.b.prepare(vm, frame) else {
            return Flow::Raised;
        };
        if O::OP == BinaryOp::Add && frame.slots[slot].as_str_obj().is_some() {
            // `s += t` extends the string where it stands when nobody else has it.
            let other = self.b.value(&b, frame).clone();
            if let Some(other) = other.as_str_obj()
                && let Some(own) = frame.slots[slot].unique_str()
            {
                own.push_str(other);
                return Flow::Next;
            }
        }
        match apply_inplace::<O>(vm, &frame.slots[slot], self.b.value(&b, frame)) {
            Ok(value) => {
                frame.slots[slot] = value;
                Flow::Next
            }
            Err(Raised) => vm.note_fault(self.span),
        }
    }
}

/// Makes the node for `local op= b`.
pub fn aug_local(op: BinaryOp, slot: u32, b: Form, span: Span) -> NodeBox {
    macro_rules! make {
        ($o:ident) => {{
            let op = std::marker::PhantomData;
            match b {
                Form::Local(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }) as NodeBox,
                Form::Const(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }),
                Form::Node(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }),
            }
        }};
    }
    with_op!(op, make)
}

/// `op a`
pub struct Unary {
    /// The operator.
    pub op: UnaryOp,
    /// The operand.
    pub a: NodeBox,
    /// Where it stands.
    pub span: Span,
}

impl Node for Unary {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let a = self.a.eval(vm, frame)?;
        if self.op == UnaryOp::Neg {
            if let Some(x) = a.as_int().and_then(i64::checked_neg) {
                return Ok(Value::int(x));
            }
            if let Some(x) = a.as_float() {
                return Ok(Value::float(-x));
            }
        }
        match vm.unary(self.op, &a) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// `not a`
pub struct Not(pub NodeBox);

impl Node for Not {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        Ok(Value::bool(!self.0.cond(vm, frame)?))
    }
    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        Ok(!self.0.cond(vm, frame)?)
    }
}

/// `a and b and …`
pub struct And(pub Box<[NodeBox]>);

impl Node for And {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut last = Value::NONE;
        for (at, node) in self.0.iter().enumerate() {
            last = node.eval(vm, frame)?;
            if at + 1 < self.0.len() && !vm.truthy(&last)? {
                return Ok(last);
            }
        }
        Ok(last)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        for node in &self.0 {
            if !node.cond(vm, frame)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `a or b or …`
pub struct Or(pub Box<[NodeBox]>);

impl Node for Or {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut last = Value::NONE;
        for (at, node) in self.0.iter().enumerate() {
            last = node.eval(vm, frame)?;
            if at + 1 < self.0.len() && vm.truthy(&last)? {
                return Ok(last);
            }
        }
        Ok(last)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        for node in &self.0 {
            if node.cond(vm, frame)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `body if test else orelse`
pub struct IfElse {
    /// The condition.
    pub test: NodeBox,
    /// When it holds.
    pub body: NodeBox,
    /// When not.
    pub orelse: NodeBox,
}

impl Node for IfElse {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if self.test.cond(vm, frame)? {
            self.body.eval(vm, frame)
        } else {
            self.orelse.eval(vm, frame)
        }
    }
}
