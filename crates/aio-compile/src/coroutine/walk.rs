//! Walks over expressions and statements: the questions that the transform asks about a tree.
//!
//! One place knows the children of every node. None of the walks enters the body of an inner
//! function or generator expression: those are bodies of their own.

use crate::hir::{
    Arg, Block, Comp, CompKind, DictItem, Expr, ExprKind, FPart, Intrinsic, Item, MakeFunction,
    Place, Slot, Stmt, StmtKind, Target, TargetKind,
};

/// Calls `visit` on the direct sub-expressions, in evaluation order. Does not enter the bodies of
/// functions and generator expressions.
pub(crate) fn each_child<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Name(_) => {}
        ExprKind::Unary(_, inner)
        | ExprKind::Walrus(_, inner)
        | ExprKind::Attr(inner, _)
        | ExprKind::Await(inner)
        | ExprKind::YieldFrom(inner)
        | ExprKind::GenExpr { iter: inner, .. } => visit(inner),
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            visit(left);
            visit(right);
        }
        ExprKind::And(list) | ExprKind::Or(list) => list.iter().for_each(visit),
        ExprKind::Compare(left, rest) => {
            visit(left);
            rest.iter().for_each(|(_, value)| visit(value));
        }
        ExprKind::IfElse { test, body, orelse } => {
            visit(test);
            visit(body);
            visit(orelse);
        }
        ExprKind::Call { func, args } => {
            visit(func);
            each_arg(args, visit);
        }
        ExprKind::Slice(lower, upper, step) => {
            [lower, upper, step]
                .into_iter()
                .flatten()
                .for_each(|part| visit(part));
        }
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
            items.iter().for_each(|item| match item {
                Item::One(value) | Item::Star(value) => visit(value),
            });
        }
        ExprKind::Dict(items) => each_dict_child(items, visit),
        ExprKind::Comp(comp) => each_comp_child(comp, visit),
        ExprKind::Function(function) => each_function_child(function, visit),
        ExprKind::FString(parts) => each_part_child(parts, visit),
        ExprKind::Yield(value) => value.iter().for_each(|value| visit(value)),
        ExprKind::Intrinsic(intrinsic) => each_intrinsic_child(intrinsic, visit),
    }
}

pub(crate) fn each_arg<'e>(args: &'e [Arg], visit: &mut dyn FnMut(&'e Expr)) {
    args.iter().for_each(|arg| match arg {
        Arg::Pos(value) | Arg::Star(value) | Arg::Keyword(_, value) | Arg::DoubleStar(value) => {
            visit(value);
        }
    });
}

fn each_dict_child<'e>(items: &'e [DictItem], visit: &mut dyn FnMut(&'e Expr)) {
    for item in items {
        match item {
            DictItem::Pair(key, value) => {
                visit(key);
                visit(value);
            }
            DictItem::Merge(value) => visit(value),
        }
    }
}

fn each_comp_child<'e>(comp: &'e Comp, visit: &mut dyn FnMut(&'e Expr)) {
    for clause in &comp.clauses {
        visit(&clause.iter);
        each_target_child(&clause.target, visit);
        clause.ifs.iter().for_each(&mut *visit);
    }
    match &comp.kind {
        CompKind::List(elt) | CompKind::Set(elt) => visit(elt),
        CompKind::Dict(key, value) => {
            visit(key);
            visit(value);
        }
    }
}

pub(crate) fn each_function_child<'e>(function: &'e MakeFunction, visit: &mut dyn FnMut(&'e Expr)) {
    function.defaults.iter().for_each(&mut *visit);
    let named = function.kw_defaults.iter().chain(&function.annotations);
    named.for_each(|(_, value)| visit(value));
}

fn each_part_child<'e>(parts: &'e [FPart], visit: &mut dyn FnMut(&'e Expr)) {
    for part in parts {
        match part {
            FPart::Lit(_) => {}
            FPart::Value { value, spec, .. } => {
                visit(value);
                spec.iter().for_each(|spec| each_part_child(spec, visit));
            }
        }
    }
}

fn each_intrinsic_child<'e>(intrinsic: &'e Intrinsic, visit: &mut dyn FnMut(&'e Expr)) {
    match intrinsic {
        Intrinsic::GetIter(inner)
        | Intrinsic::GetAIter(inner)
        | Intrinsic::Enter { context: inner, .. }
        | Intrinsic::ExcMatches(_, inner)
        | Intrinsic::SplitGroup { typ: inner, .. }
        | Intrinsic::TypeAlias { value: inner, .. } => visit(inner),
        Intrinsic::Format { value, spec, .. } => {
            visit(value);
            spec.iter().for_each(|spec| visit(spec));
        }
        Intrinsic::TypeParam { bound, default, .. } => {
            bound.iter().chain(default).for_each(|value| visit(value));
        }
        Intrinsic::Take(_)
        | Intrinsic::GenericBase(_)
        | Intrinsic::Super { .. }
        | Intrinsic::ANext(_)
        | Intrinsic::IsStopAsyncIteration(_)
        | Intrinsic::CallExit(..)
        | Intrinsic::MatchTest(..)
        | Intrinsic::NewList
        | Intrinsic::NewSet
        | Intrinsic::NewDict
        | Intrinsic::Concat(_) => {}
    }
}

/// The expressions inside a target.
pub(crate) fn each_target_child<'e>(target: &'e Target, visit: &mut dyn FnMut(&'e Expr)) {
    match &target.kind {
        TargetKind::Place(_) => {}
        TargetKind::Attr(value, _) => visit(value),
        TargetKind::Index(value, index) => {
            visit(value);
            visit(index);
        }
        TargetKind::Unpack {
            before,
            star,
            after,
        } => {
            let parts = before.iter().chain(star.as_deref()).chain(after);
            parts.for_each(|part| each_target_child(part, visit));
        }
    }
}

/// The expressions directly in a statement, not those of the statements inside it.
pub(crate) fn each_stmt_expr<'e>(stmt: &'e Stmt, visit: &mut dyn FnMut(&'e Expr)) {
    match &stmt.kind {
        StmtKind::Expr(value)
        | StmtKind::Annotate {
            annotation: value, ..
        }
        | StmtKind::Append(_, value)
        | StmtKind::SetAdd(_, value) => visit(value),
        StmtKind::Assign(targets, value) => {
            visit(value);
            targets
                .iter()
                .for_each(|target| each_target_child(target, visit));
        }
        StmtKind::AugAssign(target, _, value) => {
            each_target_child(target, visit);
            visit(value);
        }
        StmtKind::Del(target) => each_target_child(target, visit),
        StmtKind::Return(value) => value.iter().for_each(visit),
        StmtKind::Raise { exc, cause } => exc.iter().chain(cause).for_each(visit),
        StmtKind::If(branches, _) => branches.iter().for_each(|(test, _)| visit(test)),
        StmtKind::While { test, .. } => visit(test),
        StmtKind::For { target, iter, .. } => {
            visit(iter);
            each_target_child(target, visit);
        }
        StmtKind::Try { handlers, .. } => {
            handlers
                .iter()
                .flat_map(|handler| &handler.typ)
                .for_each(visit);
        }
        StmtKind::With { items, .. } => {
            for item in items {
                visit(&item.context);
                if let Some(target) = &item.target {
                    each_target_child(target, visit);
                }
            }
        }
        StmtKind::Match { subject, cases } => {
            visit(subject);
            cases.iter().flat_map(|case| &case.guard).for_each(visit);
        }
        StmtKind::Function {
            function,
            decorators,
            ..
        } => {
            decorators.iter().for_each(&mut *visit);
            each_function_child(function, visit);
        }
        StmtKind::Class {
            bases, decorators, ..
        } => {
            decorators.iter().for_each(&mut *visit);
            each_arg(bases, visit);
        }
        StmtKind::Assert(test, msg) => std::iter::once(test).chain(msg).for_each(visit),
        StmtKind::DictSet(_, key, value) => {
            visit(key);
            visit(value);
        }
        StmtKind::Import(_)
        | StmtKind::ImportFrom { .. }
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Pass
        | StmtKind::EnterHandler { .. }
        | StmtKind::LeaveHandler { .. }
        | StmtKind::FreshCells(_)
        | StmtKind::Clear(_)
        | StmtKind::StarCollect { .. }
        | StmtKind::StarReraise { .. } => {}
    }
}

/// The blocks inside a statement.
pub(crate) fn each_block<'s>(stmt: &'s Stmt, visit: &mut dyn FnMut(&'s Block)) {
    match &stmt.kind {
        StmtKind::If(branches, orelse) => {
            branches.iter().for_each(|(_, block)| visit(block));
            visit(orelse);
        }
        StmtKind::While { body, orelse, .. } | StmtKind::For { body, orelse, .. } => {
            visit(body);
            visit(orelse);
        }
        StmtKind::Try {
            body,
            handlers,
            orelse,
            finalbody,
            ..
        } => {
            visit(body);
            handlers.iter().for_each(|handler| visit(&handler.body));
            visit(orelse);
            visit(finalbody);
        }
        StmtKind::With { body, .. } => visit(body),
        StmtKind::Match { cases, .. } => cases.iter().for_each(|case| visit(&case.body)),
        // Statements without statements inside.
        _ => {}
    }
}

/// Whether a suspension point stands in the expression.
pub(crate) fn suspends(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Await(_) | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => return true,
        ExprKind::Comp(comp) if comp.clauses.iter().any(|clause| clause.is_async) => return true,
        _ => {}
    }
    let mut found = false;
    each_child(expr, &mut |child| found = found || suspends(child));
    found
}

pub(crate) fn target_suspends(target: &Target) -> bool {
    let mut found = false;
    each_target_child(target, &mut |child| found = found || suspends(child));
    found
}

pub(crate) fn block_suspends(block: &Block) -> bool {
    block.iter().any(stmt_suspends)
}

/// Whether a suspension point stands in the statement, at any depth.
pub(crate) fn stmt_suspends(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::For { is_async: true, .. } | StmtKind::With { is_async: true, .. } => {
            return true;
        }
        _ => {}
    }
    let mut found = false;
    each_stmt_expr(stmt, &mut |expr| found = found || suspends(expr));
    each_block(stmt, &mut |block| found = found || block_suspends(block));
    found
}

/// Whether evaluating the expression can bind the slot anew.
pub(crate) fn rebinds(expr: &Expr, slot: Slot) -> bool {
    let own = match &expr.kind {
        ExprKind::Walrus(place, _) => *place == Place::Local(slot),
        ExprKind::Comp(comp) => comp.own.contains(&slot),
        _ => false,
    };
    let mut found = own;
    each_child(expr, &mut |child| found = found || rebinds(child, slot));
    found
}

/// The temporaries that the expression takes.
pub(crate) fn taken(expr: &Expr, found: &mut Vec<Slot>) {
    if let ExprKind::Intrinsic(Intrinsic::Take(slot)) = expr.kind {
        found.push(slot);
    }
    each_child(expr, &mut |child| taken(child, found));
}

/// The ways in which control can leave a statement other than by its end and by exceptions.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Escapes {
    pub(super) returns: bool,
    pub(super) breaks: bool,
    pub(super) continues: bool,
}

/// How control can leave a statement; a loop keeps its own `break` and `continue`.
pub(crate) fn escapes(stmt: &Stmt) -> Escapes {
    let mut found = Escapes::default();
    match &stmt.kind {
        StmtKind::Return(_) => found.returns = true,
        StmtKind::Break => found.breaks = true,
        StmtKind::Continue => found.continues = true,
        StmtKind::While { body, orelse, .. } | StmtKind::For { body, orelse, .. } => {
            found.returns = body.iter().any(|stmt| escapes(stmt).returns);
            orelse.iter().for_each(|stmt| found.add(escapes(stmt)));
        }
        _ => each_block(stmt, &mut |block| {
            block.iter().for_each(|stmt| found.add(escapes(stmt)));
        }),
    }
    found
}

impl Escapes {
    fn add(&mut self, other: Self) {
        self.returns |= other.returns;
        self.breaks |= other.breaks;
        self.continues |= other.continues;
    }
}

pub(crate) fn block_returns(block: &Block) -> bool {
    block.iter().any(|stmt| escapes(stmt).returns)
}

/// Slots that some statement unbinds: `del`, and the names of handlers.
pub(crate) fn unbound_slots(block: &Block, found: &mut Vec<Slot>) {
    for stmt in block {
        match &stmt.kind {
            StmtKind::Del(Target {
                kind: TargetKind::Place(Place::Local(slot)),
                ..
            }) => found.push(*slot),
            StmtKind::Try { handlers, .. } => {
                for handler in handlers {
                    if let Some(Place::Local(slot)) = handler.name {
                        found.push(slot);
                    }
                }
            }
            _ => {}
        }
        each_block(stmt, &mut |inner| unbound_slots(inner, found));
    }
}

/// The slots that a target binds.
pub(crate) fn bound_slots(target: &Target, found: &mut Vec<Slot>) {
    match &target.kind {
        TargetKind::Place(Place::Local(slot)) => found.push(*slot),
        TargetKind::Unpack {
            before,
            star,
            after,
        } => {
            let parts = before.iter().chain(star.as_deref()).chain(after);
            parts.for_each(|part| bound_slots(part, found));
        }
        TargetKind::Place(_) | TargetKind::Attr(..) | TargetKind::Index(..) => {}
    }
}
