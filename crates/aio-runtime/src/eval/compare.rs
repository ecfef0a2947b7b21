//! Nodes: comparisons.
//!
//! As for arithmetic: compiled for every operator and form of operands, ints and floats in place.
//! `cond` gives the truth value without boxing it.

use super::operand::{by_operands, peek_pair, start_pair};
use super::rich::{Rich, by_rich_operands};
use super::{Frame, Node, NodeBox, Operand};
use crate::error::{R, Raised};
use crate::table::{Find, quick_cmp, quick_eq, quick_hash};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;
use aio_syntax::Span;
use std::cmp::Ordering;

/// An order or equality with its quick paths.
pub trait Cmp: 'static {
    /// Which.
    const OP: CmpOp;
    /// On ints.
    fn ints(a: i64, b: i64) -> bool;
    /// On floats.
    fn floats(a: f64, b: f64) -> bool;
}

macro_rules! cmps {
    ($($(#[$doc:meta])* $name:ident $op:tt;)*) => { $(
        $(#[$doc])*
        pub struct $name;
        impl Cmp for $name {
            const OP: CmpOp = CmpOp::$name;
            #[inline(always)]
            fn ints(a: i64, b: i64) -> bool { a $op b }
            #[inline(always)]
            fn floats(a: f64, b: f64) -> bool { a $op b }
        }
    )* };
}

cmps! {
    /// `==`
    Eq ==;
    /// `!=`
    Ne !=;
    /// `<`
    Lt <;
    /// `<=`
    Le <=;
    /// `>`
    Gt >;
    /// `>=`
    Ge >=;
}

/// The quick paths; `None` when the kinds need more care.
#[inline(always)]
fn quick<C: Cmp>(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return Some(C::ints(x, y));
    }
    if let (Some(x), Some(y)) = (a.as_float(), b.as_float()) {
        return Some(C::floats(x, y));
    }
    None
}

/// The quick paths for an operator that is known only when it runs, of strings and of an int
/// with a float too.
fn quick_any(op: CmpOp, a: &Value, b: &Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (a.as_str_obj(), b.as_str_obj()) {
        match op {
            CmpOp::Eq => return Some(a.is(b) || x.text() == y.text()),
            CmpOp::Ne => return Some(!a.is(b) && x.text() != y.text()),
            _ => return ordered(op, x.text().cmp(y.text())),
        }
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return ordered(op, x.cmp(&y));
    }
    if !matches!(a.tag(), Tag::Int | Tag::Float) {
        return quick_tuples(op, a, b);
    }
    // Floats that are no number have no order: not equal, and nothing else either.
    let (x, y) = (exact_float(a)?, exact_float(b)?);
    match x.partial_cmp(&y) {
        Some(order) => ordered(op, order),
        None => ordered(op, Ordering::Equal).map(|_| op == CmpOp::Ne),
    }
}

/// The same for tuples, as far as no method of theirs or of their items has a say.
fn quick_tuples(op: CmpOp, a: &Value, b: &Value) -> Option<bool> {
    if a.tag() != Tag::Tuple || b.tag() != Tag::Tuple {
        return None;
    }
    match op {
        CmpOp::Eq => quick_eq(a, b),
        CmpOp::Ne => quick_eq(a, b).map(|equal| !equal),
        _ => ordered(op, quick_cmp(a, b)?),
    }
}

/// What an operator says of an order.
fn ordered(op: CmpOp, order: Ordering) -> Option<bool> {
    match op {
        CmpOp::Lt => Some(order.is_lt()),
        CmpOp::Le => Some(order.is_le()),
        CmpOp::Gt => Some(order.is_gt()),
        CmpOp::Ge => Some(order.is_ge()),
        CmpOp::Eq => Some(order.is_eq()),
        CmpOp::Ne => Some(order.is_ne()),
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => None,
    }
}

/// A float, or an int that is exact as one.
fn exact_float(value: &Value) -> Option<f64> {
    const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;
    match value.as_float() {
        Some(x) => Some(x),
        None => value
            .as_int()
            .filter(|int| EXACT.contains(int))
            .map(|int| int as f64),
    }
}

/// `a op b`
pub struct Comparison<C, A, B> {
    a: A,
    b: B,
    span: Span,
    op: std::marker::PhantomData<C>,
}

impl<C: Cmp, A: Operand, B: Operand> Comparison<C, A, B> {
    #[inline(never)]
    fn eval_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        self.slow(vm, frame, a, b)
    }

    #[inline(never)]
    fn cond_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        self.slow_cond(vm, frame, a, b)
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R {
        self.a.check(vm, frame)?;
        self.b.check(vm, frame)?;
        let (x, y) = (self.a.value(&a, frame), self.b.value(&b, frame));
        if let Some(result) = quick_any(C::OP, x, y) {
            return Ok(Value::bool(result));
        }
        match vm.compare(C::OP, x, y) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    /// Texts whose first bytes differ are told at once: bytes are ordered as code points are.
    #[inline(never)]
    fn slow_cond(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R<bool> {
        let (x, y) = (self.a.value(&a, frame), self.b.value(&b, frame));
        if let (Some(x), Some(y)) = (x.as_str(), y.as_str())
            && let (Some(x), Some(y)) = (x.as_bytes().first(), y.as_bytes().first())
            && x != y
        {
            return Ok(C::ints(i64::from(*x), i64::from(*y)));
        }
        self.other_cond(vm, frame, a, b)
    }

    #[inline(never)]
    fn other_cond(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R<bool> {
        self.a.check(vm, frame)?;
        self.b.check(vm, frame)?;
        let (x, y) = (self.a.value(&a, frame), self.b.value(&b, frame));
        if let Some(result) = quick_any(C::OP, x, y) {
            return Ok(result);
        }
        match vm.compare_bool(C::OP, x, y) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

impl<C: Cmp, A: Operand, B: Operand> Node for Comparison<C, A, B> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if A::PEEKS && B::PEEKS {
            return match peek_pair(vm, frame, &self.a, &self.b, quick::<C>) {
                Some(result) => Ok(Value::bool(result)),
                None => self.eval_slow(vm, frame),
            };
        }
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        match quick::<C>(self.a.value(&a, frame), self.b.value(&b, frame)) {
            Some(result) => Ok(Value::bool(result)),
            None => self.slow(vm, frame, a, b),
        }
    }

    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        if A::PEEKS && B::PEEKS {
            return match peek_pair(vm, frame, &self.a, &self.b, quick::<C>) {
                Some(result) => Ok(result),
                None => self.cond_slow(vm, frame),
            };
        }
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        match quick::<C>(self.a.value(&a, frame), self.b.value(&b, frame)) {
            Some(result) => Ok(result),
            None => self.slow_cond(vm, frame, a, b),
        }
    }
}

/// `a is b`, `a is not b`
pub struct Identity<A, B> {
    a: A,
    b: B,
    negated: bool,
}

impl<A: Operand, B: Operand> Node for Identity<A, B> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.cond(vm, frame).map(Value::bool)
    }
    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let a = self.a.prepare(vm, frame)?;
        let b = self.b.prepare(vm, frame)?;
        let same = self.a.value(&a, frame).is(self.b.value(&b, frame));
        Ok(same != self.negated)
    }
}

/// `a in b`, `a not in b`
pub struct Membership<A, B> {
    a: A,
    b: B,
    negated: bool,
    span: Span,
}

impl<A: Operand, B: Operand> Membership<A, B> {
    #[inline(never)]
    fn cond_slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        self.slow(vm, frame, a, b)
    }

    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>, a: A::Held, b: B::Held) -> R<bool> {
        self.a.check(vm, frame)?;
        self.b.check(vm, frame)?;
        let (item, container) = (self.a.value(&a, frame), self.b.value(&b, frame));
        match vm.contains(container, item) {
            Ok(found) => Ok(found != self.negated),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Whether some items hold one, as far as that can be told without code of the script.
#[inline(never)]
fn quick_scan(items: &[Value], item: &Value) -> Option<bool> {
    if item.is_unset() {
        return None;
    }
    for own in items {
        if quick_eq(own, item)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether a set or dict holds a text or a small int, or a tuple or list a plain value.
#[inline(always)]
fn quick_contains(container: &Value, item: &Value) -> Option<bool> {
    let found = match container.tag() {
        Tag::Set => {
            let (set, hash) = (container.as_set()?, quick_hash(item)?);
            set.table.with(|table| table.find(hash, item))
        }
        Tag::Dict => {
            let (dict, hash) = (container.as_dict()?, quick_hash(item)?);
            dict.table.with(|table| table.find(hash, item))
        }
        Tag::Tuple => return quick_scan(&container.as_tuple()?.items, item),
        Tag::List => {
            let list = container.as_list()?;
            return list.items.with(|items| quick_scan(items, item));
        }
        _ => return None,
    };
    match found {
        Find::Found(_) => Some(true),
        Find::Missing => Some(false),
        Find::Ask => None,
    }
}

impl<A: Operand, B: Operand> Node for Membership<A, B> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.cond(vm, frame).map(Value::bool)
    }
    #[inline]
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        if A::PEEKS && B::PEEKS {
            let found = peek_pair(vm, frame, &self.a, &self.b, |item, container| {
                quick_contains(container, item)
            });
            return match found {
                Some(found) => Ok(found != self.negated),
                None => self.cond_slow(vm, frame),
            };
        }
        let (a, b) = start_pair(vm, frame, &self.a, &self.b)?;
        match quick_contains(self.b.value(&b, frame), self.a.value(&a, frame)) {
            Some(found) => Ok(found != self.negated),
            None => self.slow(vm, frame, a, b),
        }
    }
}

/// Makes the node for a comparison of two operands.
pub fn comparison(op: CmpOp, a: Rich, b: Rich, span: Span) -> NodeBox {
    macro_rules! make {
        ($c:ident) => {
            by_rich_operands!(a, b, |a, b| Comparison::<$c, _, _> {
                a,
                b,
                span,
                op: std::marker::PhantomData
            })
        };
    }
    match op {
        CmpOp::Eq => make!(Eq),
        CmpOp::Ne => make!(Ne),
        CmpOp::Lt => make!(Lt),
        CmpOp::Le => make!(Le),
        CmpOp::Gt => make!(Gt),
        CmpOp::Ge => make!(Ge),
        CmpOp::Is | CmpOp::IsNot => {
            let negated = op == CmpOp::IsNot;
            by_operands!(a.into_form(), b.into_form(), |a, b| Identity {
                a,
                b,
                negated
            })
        }
        CmpOp::In | CmpOp::NotIn => {
            let negated = op == CmpOp::NotIn;
            by_rich_operands!(a, b, |a, b| Membership {
                a,
                b,
                negated,
                span
            })
        }
    }
}

/// `a < b <= c …`: every operand once, until the first that does not hold.
pub struct Chain {
    /// The first operand.
    pub first: NodeBox,
    /// Operators with the next operands.
    pub rest: Box<[(CmpOp, NodeBox)]>,
    /// Where it stands.
    pub span: Span,
}

impl Node for Chain {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut left = self.first.eval(vm, frame)?;
        let mut result = Value::TRUE;
        for (at, (op, node)) in self.rest.iter().enumerate() {
            let right = node.eval(vm, frame)?;
            if let Some(holds) = quick_any(*op, &left, &right) {
                if !holds {
                    return Ok(Value::FALSE);
                }
                result = Value::TRUE;
                left = right;
                continue;
            }
            result = match vm.compare(*op, &left, &right) {
                Ok(result) => result,
                Err(Raised) => return Err(vm.fault_at(self.span)),
            };
            if at + 1 < self.rest.len() && !vm.truthy(&result)? {
                return Ok(result);
            }
            left = right;
        }
        Ok(result)
    }
}
