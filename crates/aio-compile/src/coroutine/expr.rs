//! Expressions that suspend.
//!
//! [`Cutter::expr`] takes an expression and emits everything up to and including its last
//! suspension point; it gives back what is left to evaluate, free of suspension points. The
//! caller evaluates the rest before it emits anything else, or spills it.

use super::operands::{Mode, arg_operands, dict_operands, item_operands, values};
use super::walk::suspends;
use super::{Cutter, local, take};
use crate::coroutine::operands::Operand;
use crate::hir::{
    CmpOp, Const, Expr, ExprKind, FPart, MakeFunction, Place, Slot, StmtKind, Terminator,
};
use aio_syntax::Span;

impl Cutter<'_> {
    /// Emits the suspending part of an expression; gives back the rest.
    pub(super) fn expr(&mut self, expr: Expr) -> Expr {
        if !suspends(&expr) {
            return expr;
        }
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::Await(_) | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                return self.suspend_for_value(expr);
            }
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::IfElse { .. } => {
                let slot = self.alloc();
                self.value_into(expr, Some(slot));
                return take(slot, span);
            }
            ExprKind::Compare(left, rest) => return self.compare(left, rest, span),
            ExprKind::Comp(comp) => return self.comprehension(*comp, span),
            ExprKind::FString(parts) => ExprKind::FString(self.fstring(parts, span)),
            ExprKind::Walrus(Place::Local(slot), value) => {
                self.value_into(*value, Some(slot));
                return local(slot, span);
            }
            other => self.simple_operands(other),
        };
        Expr { kind, span }
    }

    /// Expressions whose operands are simply evaluated from left to right.
    fn simple_operands(&mut self, mut kind: ExprKind) -> ExprKind {
        match &mut kind {
            ExprKind::Unary(_, inner)
            | ExprKind::Walrus(_, inner)
            | ExprKind::Attr(inner, _)
            | ExprKind::GenExpr { iter: inner, .. } => self.replace(inner),
            ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
                self.operands(values([&mut **left, &mut **right]));
            }
            ExprKind::Call { func, args } => {
                let mut operands: Vec<Operand<'_>> = vec![(func, Mode::Value)];
                operands.extend(arg_operands(args));
                self.operands(operands);
            }
            ExprKind::Slice(lower, upper, step) => {
                let parts = [lower, upper, step];
                self.operands(values(parts.into_iter().flatten().map(|part| &mut **part)));
            }
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                self.operands(item_operands(items));
            }
            ExprKind::Dict(items) => self.operands(dict_operands(items)),
            ExprKind::Function(function) => self.operands(function_operands(function)),
            // Handled by the caller, or without operands.
            ExprKind::Const(_)
            | ExprKind::Name(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::IfElse { .. }
            | ExprKind::Comp(_)
            | ExprKind::FString(_)
            | ExprKind::Await(_)
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_)
            | ExprKind::Intrinsic(_) => {}
        }
        kind
    }

    /// A suspension point whose value is used: it lands in a temporary.
    fn suspend_for_value(&mut self, expr: Expr) -> Expr {
        let span = expr.span;
        let point = self.suspension_point(expr);
        // What the operand takes is empty by the time the result arrives.
        self.release_taken(&point.value);
        let slot = self.alloc();
        self.suspend(point, Some(slot), span);
        // `suspend` released what the operand took; the result's slot may be among it.
        self.free_temps.remove(&slot);
        take(slot, span)
    }

    /// Emits the operand of a suspension point.
    fn suspension_point(&mut self, expr: Expr) -> Point {
        let span = expr.span;
        match expr.kind {
            ExprKind::Await(value) => Point {
                sort: Sort::Await,
                value: self.expr(*value),
            },
            ExprKind::YieldFrom(value) => Point {
                sort: Sort::YieldFrom,
                value: self.expr(*value),
            },
            ExprKind::Yield(Some(value)) => Point {
                sort: Sort::Yield,
                value: self.expr(*value),
            },
            // `yield` alone; no other kind comes here.
            _ => Point {
                sort: Sort::Yield,
                value: super::constant(Const::None, span),
            },
        }
    }

    fn suspend(&mut self, point: Point, dest: Option<Slot>, span: Span) {
        let next = self.new_block(span);
        let Point { sort, value } = point;
        let terminator = match sort {
            Sort::Await => Terminator::Await { value, dest, next },
            Sort::Yield => Terminator::Yield { value, dest, next },
            Sort::YieldFrom => Terminator::YieldFrom { value, dest, next },
        };
        self.terminate(terminator, span);
        self.start(next);
    }

    /// Suspends on an awaitable.
    pub(super) fn suspend_await(&mut self, value: Expr, dest: Option<Slot>, span: Span) {
        let point = Point {
            sort: Sort::Await,
            value,
        };
        self.suspend(point, dest, span);
    }

    /// Evaluates an expression wholly: its value ends in `dest`, or is dropped.
    ///
    /// `dest` may be a local of the script: it is written once, after everything else.
    pub(super) fn value_into(&mut self, expr: Expr, dest: Option<Slot>) {
        let span = expr.span;
        match expr.kind {
            ExprKind::Await(_) | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                let point = self.suspension_point(expr);
                self.suspend(point, dest, span);
                self.hold(dest);
            }
            ExprKind::IfElse { test, body, orelse }
                if suspends(&test) || suspends(&body) || suspends(&orelse) =>
            {
                let (then, other) = (self.new_block(body.span), self.new_block(orelse.span));
                let end = self.new_block(span);
                self.branch(*test, then, other);
                self.start(then);
                self.alternative(|ctx| ctx.value_into(*body, dest));
                self.goto(end, span);
                self.start(other);
                self.alternative(|ctx| ctx.value_into(*orelse, dest));
                self.continue_at(end, span);
                self.hold(dest);
            }
            ExprKind::And(list) if list.iter().any(suspends) => {
                self.logical(list, true, dest, span);
            }
            ExprKind::Or(list) if list.iter().any(suspends) => {
                self.logical(list, false, dest, span);
            }
            _ => {
                let rest = self.expr(expr);
                match dest {
                    Some(slot) => {
                        self.assign_slot(slot, rest);
                        self.hold(dest);
                    }
                    None if is_silent(&rest) => self.release_taken(&rest),
                    None => self.push(StmtKind::Expr(rest), span),
                }
            }
        }
        if let Some(slot) = dest {
            self.mark_bound(slot);
        }
    }

    /// A slot that has just received a value is in use, even if computing the value freed it.
    fn hold(&mut self, dest: Option<Slot>) {
        if let Some(slot) = dest {
            self.free_temps.remove(&slot);
        }
    }

    /// `a and b and c` (or `or`): stops at the first operand that decides.
    fn logical(&mut self, list: Vec<Expr>, is_and: bool, dest: Option<Slot>, span: Span) {
        // Half-way values may not show in a local of the script.
        let own = match dest {
            Some(slot) if !self.is_temp(slot) => Some(self.alloc()),
            Some(_) | None => None,
        };
        let into = own.or(dest);
        let end = self.new_block(span);
        let before = self.bound.clone();
        let last = list.len().saturating_sub(1);
        for (index, operand) in list.into_iter().enumerate() {
            if index == last {
                self.value_into(operand, into);
                break;
            }
            let next = self.new_block(operand.span);
            let (then, other) = if is_and { (next, end) } else { (end, next) };
            let at = operand.span;
            match into {
                Some(slot) => {
                    self.value_into(operand, into);
                    let test = local(slot, at);
                    self.terminate(
                        Terminator::Branch {
                            test,
                            then,
                            orelse: other,
                        },
                        at,
                    );
                }
                None => self.branch(operand, then, other),
            }
            self.start(next);
        }
        self.continue_at(end, span);
        self.bound = before;
        if let (Some(own), Some(slot)) = (own, dest) {
            self.assign_slot(slot, take(own, span));
        }
        self.hold(into.filter(|_| own.is_none()));
    }

    /// Comparisons. When only the first two operands suspend, the chain stays whole; otherwise
    /// each further link is a branch.
    fn compare(&mut self, mut left: Box<Expr>, mut rest: Vec<(CmpOp, Expr)>, span: Span) -> Expr {
        let chain_suspends = rest.iter().skip(1).any(|(_, value)| suspends(value));
        if !chain_suspends {
            let first = rest.iter_mut().take(1).map(|(_, value)| value);
            self.operands(values(std::iter::once(&mut *left).chain(first)));
            let kind = ExprKind::Compare(left, rest);
            return Expr { kind, span };
        }
        let before = self.bound.clone();
        let result = self.alloc();
        let end = self.new_block(span);
        self.replace(&mut left);
        let mut current = *left;
        let mut rest = std::collections::VecDeque::from(rest);
        while let Some((op, mut value)) = rest.pop_front() {
            let more_suspends = rest.iter().any(|(_, value)| suspends(value));
            self.operands(values([&mut current, &mut value]));
            if !more_suspends {
                let mut links = vec![(op, value)];
                links.extend(rest.drain(..));
                let kind = ExprKind::Compare(Box::new(current), links);
                self.value_into(Expr { kind, span }, Some(result));
                break;
            }
            // The right operand is used again as the left one of the next link.
            self.settle(&mut current);
            self.settle(&mut value);
            current = self.link(current, op, value, result, end, span);
        }
        self.continue_at(end, span);
        self.bound = before;
        take(result, span)
    }

    /// One link of a chain: goes on when it holds, with its right operand as the next left one.
    fn link(
        &mut self,
        left: Expr,
        op: CmpOp,
        right: Expr,
        result: Slot,
        end: super::BlockId,
        span: Span,
    ) -> Expr {
        let mut kept = Vec::new();
        super::walk::taken(&right, &mut kept);
        let read = match (kept.first(), &right.kind) {
            (Some(slot), _) => local(*slot, right.span),
            (None, ExprKind::Name(place)) => Expr {
                kind: ExprKind::Name(place.clone()),
                span: right.span,
            },
            (None, ExprKind::Const(value)) => super::constant(value.clone(), right.span),
            (None, _) => super::constant(Const::None, right.span),
        };
        let kind = ExprKind::Compare(Box::new(left), vec![(op, read)]);
        self.assign_slot(result, Expr { kind, span });
        let next = self.new_block(span);
        let stop = self.new_block(span);
        let branch = Terminator::Branch {
            test: local(result, span),
            then: next,
            orelse: stop,
        };
        self.terminate(branch, span);
        self.start(stop);
        self.clear(kept, span);
        self.goto(end, span);
        self.start(next);
        right
    }

    /// The parts of an f-string: all that come before a suspension point are formatted and
    /// joined first, into one temporary.
    fn fstring(&mut self, parts: Vec<FPart>, span: Span) -> Vec<FPart> {
        let mut done: Vec<FPart> = Vec::new();
        for mut part in parts {
            if part_suspends(&part) {
                if done.iter().any(|part| matches!(part, FPart::Value { .. })) {
                    let mut joined = Expr {
                        kind: ExprKind::FString(std::mem::take(&mut done)),
                        span,
                    };
                    self.spill(&mut joined, Mode::Value);
                    done.push(FPart::Value {
                        value: joined,
                        conversion: None,
                        spec: None,
                    });
                }
                if let FPart::Value { value, spec, .. } = &mut part {
                    self.replace(value);
                    if let Some(spec) = spec
                        && spec.iter().any(part_suspends)
                    {
                        self.settle(value);
                        *spec = self.fstring(std::mem::take(spec), span);
                    }
                }
            }
            done.push(part);
        }
        done
    }
}

/// A suspension point whose operand is ready.
struct Point {
    sort: Sort,
    value: Expr,
}

enum Sort {
    Await,
    Yield,
    YieldFrom,
}

fn part_suspends(part: &FPart) -> bool {
    match part {
        FPart::Lit(_) => false,
        FPart::Value { value, spec, .. } => {
            suspends(value) || spec.iter().flatten().any(part_suspends)
        }
    }
}

/// Whether evaluating it for nothing has no effect: a local of the script that was just bound.
fn is_silent(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(_))
}

fn function_operands(function: &mut MakeFunction) -> Vec<Operand<'_>> {
    let named = function
        .kw_defaults
        .iter_mut()
        .chain(&mut function.annotations);
    values(
        function
            .defaults
            .iter_mut()
            .chain(named.map(|(_, value)| value)),
    )
}

/// The evaluated parts of a `def` after its decorators.
pub(super) fn definition_operands<'e>(
    decorators: &'e mut [Expr],
    function: &'e mut MakeFunction,
) -> Vec<Operand<'e>> {
    let mut operands = values(decorators.iter_mut());
    operands.extend(function_operands(function));
    operands
}
