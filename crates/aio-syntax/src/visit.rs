//! Going through the syntax tree: children of an expression, expressions and blocks of a
//! statement, and the question that most rules ask of a piece of code: does it await?
//!
//! Bodies of functions and classes are never entered here: they run at another time.

use crate::ast::{Comprehension, Expr, ExprKind, MatchCase, Stmt, StmtKind};

/// Calls `visit` for every direct part of an expression, in the order in which it is written;
/// a table of the kinds and their parts.
pub fn for_each_child<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::BoolOp { values, .. } | ExprKind::JoinedStr { values } => {
            values.iter().for_each(visit);
        }
        ExprKind::NamedExpr { value, .. }
        | ExprKind::UnaryOp { operand: value, .. }
        | ExprKind::Await { value }
        | ExprKind::YieldFrom { value }
        | ExprKind::Attribute { value, .. }
        | ExprKind::Starred { value } => visit(value),
        ExprKind::BinOp { left, right, .. } => {
            visit(left);
            visit(right);
        }
        ExprKind::Lambda { params, body } => {
            for_each_default(params, visit);
            visit(body);
        }
        ExprKind::IfExp { test, body, orelse } => {
            visit(body);
            visit(test);
            visit(orelse);
        }
        ExprKind::Dict { items } => {
            for item in items {
                if let Some(key) = &item.key {
                    visit(key);
                }
                visit(&item.value);
            }
        }
        ExprKind::Set { elts } | ExprKind::List { elts } | ExprKind::Tuple { elts } => {
            elts.iter().for_each(visit);
        }
        ExprKind::ListComp { elt, generators }
        | ExprKind::SetComp { elt, generators }
        | ExprKind::GeneratorExp { elt, generators } => {
            visit(elt);
            for_each_of_generators(generators, visit);
        }
        ExprKind::DictComp {
            key,
            value,
            generators,
        } => {
            visit(key);
            visit(value);
            for_each_of_generators(generators, visit);
        }
        ExprKind::Yield { value } => {
            if let Some(value) = value {
                visit(value);
            }
        }
        ExprKind::Compare { left, comparators } => {
            visit(left);
            for comparator in comparators {
                visit(&comparator.value);
            }
        }
        ExprKind::Call { func, args } => {
            visit(func);
            for arg in args {
                visit(&arg.value);
            }
        }
        ExprKind::FormattedValue {
            value, format_spec, ..
        } => {
            visit(value);
            if let Some(spec) = format_spec {
                visit(spec);
            }
        }
        ExprKind::Subscript { value, slice } => {
            visit(value);
            visit(slice);
        }
        ExprKind::Slice { lower, upper, step } => {
            for part in [lower, upper, step].into_iter().flatten() {
                visit(part);
            }
        }
        ExprKind::Constant(_) | ExprKind::Name { .. } => {}
    }
}

fn for_each_of_generators<'a>(generators: &'a [Comprehension], visit: &mut dyn FnMut(&'a Expr)) {
    for generator in generators {
        visit(&generator.target);
        visit(&generator.iter);
        for test in &generator.ifs {
            visit(test);
        }
    }
}

/// Calls `visit` for the defaults of parameters: they are evaluated where the function is made.
pub fn for_each_default<'a>(params: &'a crate::ast::Parameters, visit: &mut dyn FnMut(&'a Expr)) {
    let all = params.posonly.iter().chain(&params.args);
    for parameter in all.chain(&params.kwonly) {
        if let Some(default) = &parameter.default {
            visit(default);
        }
    }
}

/// Calls `visit` for the expressions of the statement itself, not of its blocks.
pub fn for_each_expr<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a Expr)) {
    match &stmt.kind {
        StmtKind::FunctionDef(node) => {
            node.decorators.iter().for_each(&mut *visit);
            for_each_default(&node.params, visit);
        }
        StmtKind::ClassDef(node) => {
            node.decorators.iter().for_each(&mut *visit);
            node.args.iter().for_each(|arg| visit(&arg.value));
        }
        StmtKind::Return { value } => value.iter().for_each(visit),
        StmtKind::Delete { targets } => targets.iter().for_each(visit),
        StmtKind::Assign { targets, value } => {
            visit(value);
            targets.iter().for_each(visit);
        }
        StmtKind::AugAssign { target, value, .. } => {
            visit(target);
            visit(value);
        }
        StmtKind::AnnAssign(node) => {
            node.value.iter().for_each(&mut *visit);
            visit(&node.target);
        }
        StmtKind::For(node) => {
            visit(&node.iter);
            visit(&node.target);
        }
        StmtKind::While(node) => visit(&node.test),
        StmtKind::If { branches, .. } => branches.iter().for_each(|branch| visit(&branch.test)),
        StmtKind::With(node) => {
            for item in &node.items {
                visit(&item.context_expr);
                item.optional_vars.iter().for_each(&mut *visit);
            }
        }
        StmtKind::Match(node) => {
            visit(&node.subject);
            let guards = node.cases.iter().filter_map(|case| case.guard.as_ref());
            guards.for_each(visit);
        }
        StmtKind::Raise { exc, cause } => exc.iter().chain(cause).for_each(visit),
        StmtKind::Try(node) => {
            let types = node.handlers.iter().filter_map(|one| one.type_.as_ref());
            types.for_each(visit);
        }
        StmtKind::Assert { test, msg } => {
            visit(test);
            msg.iter().for_each(visit);
        }
        StmtKind::Expr { value } => visit(value),
        StmtKind::TypeAlias(_)
        | StmtKind::Import { .. }
        | StmtKind::ImportFrom { .. }
        | StmtKind::Global { .. }
        | StmtKind::Nonlocal { .. }
        | StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue => {}
    }
}

/// The blocks of a statement that run as part of the body it stands in.
pub fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    let found: Vec<&[Stmt]> = match &stmt.kind {
        StmtKind::For(node) => vec![&node.body, &node.orelse],
        StmtKind::While(node) => vec![&node.body, &node.orelse],
        StmtKind::If { branches, orelse } => {
            let bodies = branches.iter().map(|branch| branch.body.as_slice());
            bodies.chain([orelse.as_slice()]).collect()
        }
        StmtKind::With(node) => vec![&node.body],
        StmtKind::Match(node) => node.cases.iter().map(body_of_case).collect(),
        StmtKind::Try(node) => {
            let handlers = node.handlers.iter().map(|one| one.body.as_slice());
            let first = std::iter::once(node.body.as_slice());
            let rest = [node.orelse.as_slice(), node.finalbody.as_slice()];
            first.chain(handlers).chain(rest).collect()
        }
        StmtKind::FunctionDef(_)
        | StmtKind::ClassDef(_)
        | StmtKind::Return { .. }
        | StmtKind::Delete { .. }
        | StmtKind::Assign { .. }
        | StmtKind::TypeAlias(_)
        | StmtKind::AugAssign { .. }
        | StmtKind::AnnAssign(_)
        | StmtKind::Raise { .. }
        | StmtKind::Assert { .. }
        | StmtKind::Import { .. }
        | StmtKind::ImportFrom { .. }
        | StmtKind::Global { .. }
        | StmtKind::Nonlocal { .. }
        | StmtKind::Expr { .. }
        | StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue => Vec::new(),
    };
    found
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect()
}

fn body_of_case(case: &MatchCase) -> &[Stmt] {
    &case.body
}

/// Whether `wanted` holds for the expression or a part of it that runs with it.
pub fn any_in_expr<'a>(expr: &'a Expr, wanted: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    if wanted(expr) {
        return true;
    }
    if let ExprKind::Lambda { params, .. } = &expr.kind {
        let mut found = false;
        for_each_default(params, &mut |one| found = found || any_in_expr(one, wanted));
        return found;
    }
    let mut found = false;
    for_each_child(expr, &mut |child| {
        found = found || any_in_expr(child, wanted);
    });
    found
}

/// Whether `wanted` holds for an expression of the statement or of its blocks.
pub fn any_in_stmt<'a>(stmt: &'a Stmt, wanted: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    let mut found = false;
    for_each_expr(stmt, &mut |expr| found = found || any_in_expr(expr, wanted));
    found || any_in_blocks(stmt, wanted)
}

fn any_in_blocks<'a>(stmt: &'a Stmt, wanted: &mut dyn FnMut(&'a Expr) -> bool) -> bool {
    let blocks = blocks(stmt);
    let mut inner = blocks.into_iter().flatten();
    inner.any(|stmt| any_in_stmt(stmt, wanted))
}

/// Whether the body it stands in may be suspended inside this statement.
pub fn awaits(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::For(node) if node.is_async => return true,
        StmtKind::With(node) if node.is_async => return true,
        _ => {}
    }
    let mut here = false;
    for_each_expr(stmt, &mut |expr| here = here || expr_awaits(expr));
    here || blocks(stmt).into_iter().flatten().any(awaits)
}

/// Whether the body it stands in may be suspended inside this expression.
pub fn expr_awaits(expr: &Expr) -> bool {
    any_in_expr(expr, &mut |one| match &one.kind {
        ExprKind::Await { .. } => true,
        ExprKind::ListComp { generators, .. }
        | ExprKind::SetComp { generators, .. }
        | ExprKind::DictComp { generators, .. } => generators.iter().any(|one| one.is_async),
        _ => false,
    })
}
