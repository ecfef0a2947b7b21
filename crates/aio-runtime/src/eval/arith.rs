//! Nodes: binary and unary operators, `and`, `or`, `not`, the conditional expression.
//!
//! `Binary<O, A, B>` is compiled for every operator and every form of its operands: two ints or
//! two floats are handled in place, anything else goes to `Vm::binary`. (Operand specialisation
//! and in-place number paths together made compute programs 1.8 times as fast in the prototype.)

use super::operand::{Form, by_operands, peek_pair, start_pair};
use super::rich::{Rich, by_rich_operands};
use super::{Flow, Frame, Local, Node, NodeBox, Operand};
use crate::error::{R, Raised};
use crate::heap::{Ref, text};
use crate::types::list;
use crate::types::numbers::{binary_ints, int_ref, ints};
use crate::types::percent_format;
use crate::types::set;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, UnaryOp};
use aio_syntax::Span;

/// An operator with its quick paths.
pub trait Op: 'static {
    /// Which.
    const OP: BinaryOp;
    /// Whether it may change a large int in place.
    const EXTENDS: bool = matches!(Self::OP, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul);
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
    Pow: |a, b| if (0..64).contains(&b) { a.checked_pow(b as u32) } else { None }, if a > 0.0 { finite(a.powf(b)) } else { None };
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

/// `a op b` of two numbers, where that needs no more care.
#[inline(always)]
pub fn quick<O: Op>(a: &Value, b: &Value) -> Option<Value> {
    // Past 2^53 an int is no exact float, and int / int must round once.
    const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;
    if let Some(x) = a.as_int() {
        let Some(y) = b.as_int() else {
            return O::floats(x as f64, b.as_float()?).map(Value::float);
        };
        if O::OP == BinaryOp::Div && y != 0 && EXACT.contains(&x) && EXACT.contains(&y) {
            return Some(Value::float(x as f64 / y as f64));
        }
        return O::ints(x, y).map(Value::int);
    }
    let x = a.as_float()?;
    let y = match b.as_float() {
        Some(y) => y,
        None => b.as_int()? as f64,
    };
    O::floats(x, y).map(Value::float)
}

/// `a op b` after [`quick`] has passed.
#[inline(never)]
pub fn general(vm: &mut Vm, op: BinaryOp, a: &Value, b: &Value, span: Span) -> R {
    /// From this length on (in bytes) the room for a text is asked for before it is made.
    const LONG_TEXT: usize = 1 << 20;
    if op == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.as_str_obj(), b.as_str_obj())
        && x.text().len() + y.text().len() < LONG_TEXT
    {
        return Ok(match (x.text().is_empty(), y.text().is_empty()) {
            (false, false) => Ref::concat(x, y).into(),
            (_, true) => a.clone(),
            (true, false) => b.clone(),
        });
    }
    if op == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.as_bytes_obj(), b.as_bytes_obj())
        && x.data().len() + y.data().len() < LONG_TEXT
    {
        return Ok(Ref::joined_bytes([x.data(), y.data()]).into());
    }
    if op == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple())
    {
        return Ok(Ref::joined_tuple(&x.items, &y.items).into());
    }
    if let (Some(x), Some(y)) = (int_ref(a), int_ref(b)) {
        let bools = a.tag() == Tag::Bool && b.tag() == Tag::Bool;
        match binary_ints(vm, op, (x, y), bools) {
            Ok(Some(result)) => return Ok(result),
            Ok(None) => {}
            Err(Raised) => return Err(vm.fault_at(span)),
        }
    }
    if op == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.as_list(), b.as_list())
    {
        return Ok(list::concat(x, y));
    }
    if a.tag() == Tag::Set && b.tag() == Tag::Set {
        match set::binary(vm, op, a, b) {
            Ok(Some(result)) => return Ok(result),
            Ok(None) => {}
            Err(Raised) => return Err(vm.fault_at(span)),
        }
    }
    let result = match a.as_str() {
        Some(format) if op == BinaryOp::Mod && b.tag() != Tag::Instance => {
            percent_format::format_str(vm, format, b)
        }
        _ => vm.binary(op, a, b),
    };
    match result {
        Ok(value) => Ok(value),
        Err(Raised) => Err(vm.fault_at(span)),
    }
}

/// `a op b`
pub struct Binary<O, A, B> {
    a: A,
    b: B,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, A: Operand, B: Operand> Binary<O, A, B> {
    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R {
        self.a.check(vm, frame)?;
        self.b.check(vm, frame)?;
        let (x, y) = (self.a.value(&a, frame), self.b.value(&b, frame));
        general(vm, O::OP, x, y, self.span)
    }

    #[inline(never)]
    fn eval_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        self.slow(vm, frame, a, b)
    }

    #[inline(never)]
    fn exec_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, slot: u32) -> Flow {
        match self.eval_slow(vm, frame) {
            Ok(value) => frame.bind(slot, value),
            Err(Raised) => Flow::Raised,
        }
    }

    #[inline(never)]
    fn slow_local(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        (a, b): (A::Held, B::Held),
        slot: u32,
    ) -> Flow {
        match self.slow(vm, frame, a, b) {
            Ok(value) => frame.bind(slot, value),
            Err(Raised) => Flow::Raised,
        }
    }
}

impl<O: Op, A: Operand, B: Operand> Node for Binary<O, A, B> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if A::PEEKS && B::PEEKS {
            return match peek_pair(vm, frame, &self.a, &self.b, quick::<O>) {
                Some(result) => Ok(result),
                None => self.eval_slow(vm, frame),
            };
        }
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        match quick::<O>(self.a.value(&a, frame), self.b.value(&b, frame)) {
            Some(result) => Ok(result),
            None => self.slow(vm, frame, a, b),
        }
    }

    #[inline]
    fn exec_local(&self, vm: &mut Vm, frame: &mut Frame<'_>, slot: u32) -> Flow {
        if A::PEEKS && B::PEEKS {
            return match peek_pair(vm, frame, &self.a, &self.b, quick::<O>) {
                Some(result) => frame.bind(slot, result),
                None => self.exec_slow(vm, frame, slot),
            };
        }
        let Ok((a, b)) = start_pair(vm, frame, &self.a, &self.b) else {
            return Flow::Raised;
        };
        match quick::<O>(self.a.value(&a, frame), self.b.value(&b, frame)) {
            Some(result) => frame.bind(slot, result),
            None => self.slow_local(vm, frame, (a, b), slot),
        }
    }
}

/// Makes the node for an operator over two operands.
pub fn binary(op: BinaryOp, a: Rich, b: Rich, span: Span) -> NodeBox {
    macro_rules! make {
        ($o:ident) => {
            by_rich_operands!(a, b, |a, b| Binary::<$o, _, _> {
                a,
                b,
                span,
                op: std::marker::PhantomData
            })
        };
    }
    macro_rules! make_plain {
        ($o:ident) => {
            by_operands!(a.into_form(), b.into_form(), |a, b| Binary::<$o, _, _> {
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
        BinaryOp::BitAnd => make_plain!(BitAnd),
        BinaryOp::BitOr => make_plain!(BitOr),
        BinaryOp::BitXor => make_plain!(BitXor),
        BinaryOp::LShift => make_plain!(LShift),
        BinaryOp::RShift => make_plain!(RShift),
        BinaryOp::Pow | BinaryOp::MatMul => Box::new(Generic {
            op,
            a: a.into_form().into_node(),
            b: b.into_form().into_node(),
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
        if self.op == BinaryOp::Pow
            && let Some(result) = quick::<Pow>(&a, &b)
        {
            return Ok(result);
        }
        general(vm, self.op, &a, &b, self.span)
    }
}

/// `local op= b`
pub struct AugLocal<O, B> {
    slot: u32,
    b: B,
    span: Span,
    op: std::marker::PhantomData<O>,
}

impl<O: Op, B: Operand> AugLocal<O, B> {
    #[inline(never)]
    fn exec_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        if B::RUNS && Local(self.slot).check(vm, frame).is_err() {
            return vm.note_fault(self.span);
        }
        match self.b.start(vm, frame) {
            Ok(held) => self.slow(vm, frame, held),
            Err(Raised) => Flow::Raised,
        }
    }

    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: B::Held) -> Flow {
        let target = Local(self.slot);
        if target.check(vm, frame).is_err() || self.b.check(vm, frame).is_err() {
            return vm.note_fault(self.span);
        }
        let slot = self.slot as usize;
        let tag = frame.slots[slot].tag();
        if O::OP == BinaryOp::Add && tag == Tag::Str || O::EXTENDS && tag == Tag::BigInt {
            // Taken out, it is changed where it stands unless somebody else has it too: the
            // other operand, for one, when that is the same local.
            let mut own = frame.slots[slot].take();
            let other = self.b.value(&held, frame);
            let done = if tag == Tag::Str {
                extend_text(&mut own, other)
            } else {
                extend_int(vm, O::OP, &mut own, other)
            };
            frame.slots[slot] = own;
            if done {
                return Flow::Next;
            }
        }
        match vm.inplace(O::OP, &frame.slots[slot], self.b.value(&held, frame)) {
            Ok(value) => {
                frame.slots[slot] = value;
                Flow::Next
            }
            Err(Raised) => vm.note_fault(self.span),
        }
    }
}

/// `own += other` of strings, in place when nobody else has `own`.
#[inline(always)]
fn extend_text(own: &mut Value, other: &Value) -> bool {
    other
        .as_str_obj()
        .is_some_and(|other| text::extend(own, other))
}

/// `own op= other` of large ints, in place when nobody else has `own`.
#[inline(never)]
fn extend_int(vm: &Vm, op: BinaryOp, own: &mut Value, other: &Value) -> bool {
    // Work that is counted is done where it is counted.
    if vm.limits.are_counted() {
        return false;
    }
    match (own.unique_bigint(), int_ref(other)) {
        (Some(big), Some(other)) => {
            ints::assign(op, &mut big.0, other);
            if let Ok(small) = i64::try_from(&big.0) {
                *own = Value::int(small);
            }
            true
        }
        _ => false,
    }
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
        if B::PEEKS {
            return match peek_pair(vm, frame, &Local(self.slot), &self.b, quick::<O>) {
                // The old value is a number too.
                Some(value) => frame.bind(self.slot, value),
                None => self.exec_slow(vm, frame),
            };
        }
        if B::RUNS && Local(self.slot).check(vm, frame).is_err() {
            return vm.note_fault(self.span);
        }
        let Ok(held) = self.b.start(vm, frame) else {
            return Flow::Raised;
        };
        let own = &frame.slots[self.slot as usize];
        match quick::<O>(own, self.b.value(&held, frame)) {
            Some(value) => {
                frame.slots[self.slot as usize] = value;
                Flow::Next
            }
            None => self.slow(vm, frame, held),
        }
    }
}

/// Makes the node for `local op= b`.
pub fn aug_local(op: BinaryOp, slot: u32, b: Rich, span: Span) -> NodeBox {
    macro_rules! make_rich {
        ($o:ident) => {{
            let op = std::marker::PhantomData;
            match b {
                Rich::Pair(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }) as NodeBox,
                Rich::PairConst(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }),
                Rich::Attr(b) => Box::new(AugLocal::<$o, _> { slot, b, span, op }),
                Rich::Plain(b) => aug_local_plain(BinaryOp::$o, slot, b, span),
            }
        }};
    }
    match op {
        BinaryOp::Add => make_rich!(Add),
        BinaryOp::Sub => make_rich!(Sub),
        op => aug_local_plain(op, slot, b.into_form(), span),
    }
}

fn aug_local_plain(op: BinaryOp, slot: u32, b: Form, span: Span) -> NodeBox {
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

/// `a and b and …`: the last one stands apart.
pub struct And(pub Box<[NodeBox]>, pub NodeBox);

impl Node for And {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for node in &self.0 {
            let value = node.eval(vm, frame)?;
            if !vm.truthy(&value)? {
                return Ok(value);
            }
        }
        self.1.eval(vm, frame)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        for node in &self.0 {
            if !node.cond(vm, frame)? {
                return Ok(false);
            }
        }
        self.1.cond(vm, frame)
    }
}

/// `a or b or …`: the last one stands apart.
pub struct Or(pub Box<[NodeBox]>, pub NodeBox);

impl Node for Or {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for node in &self.0 {
            let value = node.eval(vm, frame)?;
            if vm.truthy(&value)? {
                return Ok(value);
            }
        }
        self.1.eval(vm, frame)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        for node in &self.0 {
            if node.cond(vm, frame)? {
                return Ok(true);
            }
        }
        self.1.cond(vm, frame)
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
