//! What an expression is, where that is certain.
//!
//! No type checker: a value is known if it is written right here, or if its name is bound once
//! in the whole file to something that is known. Everything else is [`Ty::Unknown`], about
//! which no rule says anything.

use aio_compile::scope::{ScopeId, ScopeKind, ScopeTree};
use aio_syntax::Span;
use aio_syntax::ast::{ClassDef, Constant, Expr, ExprKind, FunctionDef, Stmt, StmtKind, UnaryOp};

use crate::facts::{Binding, Facts};
use crate::library;
use aio_syntax::visit;

/// How many names are followed from one to the next.
const MAX_STEPS: u32 = 8;

/// What an expression is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty<'a> {
    /// Anything.
    Unknown,
    /// A module.
    Module(&'a str),
    /// A name of a module: `asyncio.sleep`.
    Library(&'a str, &'a str),
    /// A builtin function or class that is not rebound.
    Builtin(&'a str),
    /// A function of this file, without decorators.
    Function(&'a FunctionDef),
    /// A method of this file, found by the class of its object.
    Method(&'a FunctionDef, Certainty),
    /// A method of an object of the library: class and name.
    LibraryMethod(&'static str, &'a str),
    /// A class of this file, without decorators.
    Class(&'a ClassDef),
    /// An object of a class of this file.
    Object(&'a ClassDef, Certainty),
    /// An object of a class of `asyncio`.
    Instance(&'static str),
    /// What the call of an `async def` returns.
    Coroutine(Origin<'a>),
    /// What the call of an `async def` with `yield` returns.
    AsyncGenerator(Origin<'a>),
    /// What `gather(...)` returns.
    Gather(Span),
    /// What `create_task(...)` returns.
    Task(Span),
    /// A value of a type that nobody can await, by its name.
    Plain(&'static str),
}

/// Whether a method is the one that will be called, or that of a subclass may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// No other is possible.
    Sure,
    /// A subclass elsewhere might override it.
    Likely,
}

/// The call that made a coroutine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The call.
    pub(crate) call: &'a Expr,
    /// What was called.
    pub(crate) callee: Callee<'a>,
    /// Whether that is certain.
    pub(crate) certainty: Certainty,
}

/// What was called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee<'a> {
    /// A function of this file.
    Function(&'a FunctionDef),
    /// A function of `asyncio`.
    Library(&'a str),
    /// A method of an object of `asyncio`.
    LibraryMethod(&'static str, &'a str),
}

/// Where a rule asks from.
#[derive(Clone, Copy)]
pub(crate) struct Inference<'a, 't> {
    /// The bindings of the file.
    pub(crate) facts: &'t Facts<'a>,
    /// Its scopes.
    pub(crate) tree: &'t ScopeTree,
}

impl<'a> Inference<'a, '_> {
    /// What an expression in `scope` is.
    pub(crate) fn ty(&self, expr: &'a Expr, scope: ScopeId) -> Ty<'a> {
        self.step(expr, scope, MAX_STEPS)
    }

    fn step(&self, expr: &'a Expr, scope: ScopeId, steps: u32) -> Ty<'a> {
        let Some(steps) = steps.checked_sub(1) else {
            return Ty::Unknown;
        };
        match &expr.kind {
            ExprKind::Name { id } => self.name(id, scope, steps),
            ExprKind::Attribute { value, attr } => self.attribute(value, &attr.name, scope, steps),
            ExprKind::Call { func, .. } => {
                let callee = self.step(func, scope, steps);
                self.call(expr, callee)
            }
            ExprKind::NamedExpr { value, .. } => self.step(value, scope, steps),
            ExprKind::UnaryOp {
                op: UnaryOp::Not, ..
            } => Ty::Plain("bool"),
            ExprKind::Compare { .. } => Ty::Unknown,
            ExprKind::Constant(constant) => Ty::Plain(type_of(constant)),
            ExprKind::JoinedStr { .. } => Ty::Plain("str"),
            ExprKind::Dict { .. } | ExprKind::DictComp { .. } => Ty::Plain("dict"),
            ExprKind::Set { .. } | ExprKind::SetComp { .. } => Ty::Plain("set"),
            ExprKind::List { .. } | ExprKind::ListComp { .. } => Ty::Plain("list"),
            ExprKind::Tuple { .. } => Ty::Plain("tuple"),
            ExprKind::BoolOp { .. }
            | ExprKind::BinOp { .. }
            | ExprKind::UnaryOp { .. }
            | ExprKind::Lambda { .. }
            | ExprKind::IfExp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::Await { .. }
            | ExprKind::Yield { .. }
            | ExprKind::YieldFrom { .. }
            | ExprKind::FormattedValue { .. }
            | ExprKind::Subscript { .. }
            | ExprKind::Starred { .. }
            | ExprKind::Slice { .. } => Ty::Unknown,
        }
    }

    fn name(&self, id: &'a std::rc::Rc<str>, scope: ScopeId, steps: u32) -> Ty<'a> {
        let owner = self.tree.owner(scope, id);
        if owner == ScopeTree::MODULE && self.facts.is_unbound(owner, id) {
            return if library::is_prelude(id) {
                Ty::Library("asyncio", id)
            } else {
                Ty::Builtin(id)
            };
        }
        match self.facts.only_binding(owner, id) {
            Some(Binding::Function(node)) if node.decorators.is_empty() => Ty::Function(node),
            Some(Binding::Class(node)) if node.decorators.is_empty() => Ty::Class(node),
            Some(Binding::Module(name)) => Ty::Module(name),
            Some(Binding::Imported(module, name)) => Ty::Library(module, name),
            Some(Binding::Value(value, at)) => self.step(value, at, steps),
            Some(Binding::Entered(value, at)) => match self.step(value, at, steps) {
                entered @ Ty::Instance("TaskGroup" | "Timeout") => entered,
                _ => Ty::Unknown,
            },
            Some(Binding::Function(_) | Binding::Class(_) | Binding::Other) | None => Ty::Unknown,
        }
    }

    fn attribute(&self, value: &'a Expr, attr: &'a str, scope: ScopeId, steps: u32) -> Ty<'a> {
        if self.facts.assigns_attribute(attr) {
            return Ty::Unknown;
        }
        match self.step(value, scope, steps) {
            Ty::Module(name) => Ty::Library(name, attr),
            Ty::Instance(class) => Ty::LibraryMethod(class, attr),
            Ty::Task(_) => Ty::LibraryMethod("Task", attr),
            Ty::Object(class, certainty) => match only_method(class, attr) {
                Some(method) => Ty::Method(method, certainty),
                None => Ty::Unknown,
            },
            Ty::Unknown if self.is_self(value, scope) => match self.class_around(scope) {
                Some(class) => match only_method(class, attr) {
                    Some(method) => Ty::Method(method, Certainty::Likely),
                    None => Ty::Unknown,
                },
                None => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    /// Whether the expression is the first parameter of the method around it.
    fn is_self(&self, value: &Expr, scope: ScopeId) -> bool {
        matches!(&value.kind, ExprKind::Name { id } if &**id == "self")
            && self
                .tree
                .scope(scope)
                .symbol("self")
                .is_some_and(|symbol| symbol.is_param)
    }

    fn class_around(&self, scope: ScopeId) -> Option<&'a ClassDef> {
        let parent = self.tree.scope(scope).parent?;
        let class = self.tree.scope(parent);
        if class.kind != ScopeKind::Class {
            return None;
        }
        match self.facts.only_binding(class.parent?, &class.name) {
            Some(Binding::Class(node)) => Some(node),
            _ => None,
        }
    }

    fn call(&self, call: &'a Expr, callee: Ty<'a>) -> Ty<'a> {
        let origin = |callee, certainty| Origin {
            call,
            callee,
            certainty,
        };
        let of_function = |node: &'a FunctionDef, certainty| match self.flavor(node) {
            Flavor::Coroutine => Ty::Coroutine(origin(Callee::Function(node), certainty)),
            Flavor::AsyncGenerator => Ty::AsyncGenerator(origin(Callee::Function(node), certainty)),
            Flavor::Generator => Ty::Plain("generator"),
            Flavor::Plain => plain_result(node).map_or(Ty::Unknown, Ty::Plain),
        };
        match callee {
            Ty::Function(node) => of_function(node, Certainty::Sure),
            Ty::Method(node, certainty) => of_function(node, certainty),
            Ty::Library("asyncio", "gather") => Ty::Gather(call.span),
            Ty::Library("asyncio", "create_task" | "ensure_future")
            | Ty::LibraryMethod("TaskGroup", "create_task") => Ty::Task(call.span),
            Ty::Library("asyncio", name) if library::makes_coroutine(name) => {
                Ty::Coroutine(origin(Callee::Library(name), Certainty::Sure))
            }
            Ty::Library("asyncio", name) => {
                library::class_of_call(name).map_or(Ty::Unknown, Ty::Instance)
            }
            Ty::Library("time", "sleep") => Ty::Plain("NoneType"),
            Ty::LibraryMethod(class, name) if library::method_makes_coroutine(class, name) => {
                Ty::Coroutine(origin(Callee::LibraryMethod(class, name), Certainty::Sure))
            }
            Ty::LibraryMethod(class, name) => {
                library::plain_result(class, name).map_or(Ty::Unknown, Ty::Plain)
            }
            Ty::Class(class) => Ty::Object(class, Certainty::Sure),
            Ty::Builtin("open") => Ty::Plain("_io.TextIOWrapper"),
            Ty::Builtin(name) => library::builtin_result(name).map_or(Ty::Unknown, Ty::Plain),
            _ => Ty::Unknown,
        }
    }

    /// What calling a function gives.
    pub(crate) fn flavor(&self, node: &FunctionDef) -> Flavor {
        let scope = self.tree.function_scope(node);
        let has_yield = scope.is_some_and(|scope| self.tree.scope(scope).has_yield);
        match (node.is_async, has_yield) {
            (true, false) => Flavor::Coroutine,
            (true, true) => Flavor::AsyncGenerator,
            (false, true) => Flavor::Generator,
            (false, false) => Flavor::Plain,
        }
    }
}

/// What calling a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// A coroutine.
    Coroutine,
    /// An async generator.
    AsyncGenerator,
    /// A generator.
    Generator,
    /// What it returns.
    Plain,
}

/// The only binding of a method in the class's own body, if it is a `def` without decorators.
fn only_method<'a>(class: &'a ClassDef, name: &str) -> Option<&'a FunctionDef> {
    let mut found = None;
    for stmt in &class.body {
        match &stmt.kind {
            StmtKind::FunctionDef(node) if &*node.name.name == name => {
                if found.is_some() || !node.decorators.is_empty() {
                    return None;
                }
                found = Some(&**node);
            }
            StmtKind::If { .. } | StmtKind::Try(_) | StmtKind::With(_) => return None,
            _ => {}
        }
    }
    found
}

/// The type of what a plain function returns, if nobody can await it.
pub(crate) fn plain_result(node: &FunctionDef) -> Option<&'static str> {
    let mut found: Option<&'static str> = None;
    if !returns(&node.body, &mut |value| {
        let ty = match value {
            None => "NoneType",
            Some(value) => match plain_type(value) {
                Some(ty) => ty,
                None => return false,
            },
        };
        let same = found.is_none_or(|before| before == ty);
        found = Some(ty);
        same
    }) {
        return None;
    }
    let falls_through = !node.body.last().is_some_and(ends);
    match found {
        None if falls_through && !only_raises(&node.body) => Some("NoneType"),
        None => None,
        Some("NoneType") => found,
        Some(_) if falls_through => None,
        Some(_) => found,
    }
}

/// A stub that only raises returns nothing that could be awaited, but it says nothing either.
fn only_raises(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| {
        matches!(
            &stmt.kind,
            StmtKind::Raise { .. }
                | StmtKind::Pass
                | StmtKind::Expr {
                    value: Expr {
                        kind: ExprKind::Constant(Constant::Ellipsis),
                        ..
                    }
                }
        )
    })
}

/// Whether control never leaves the statement at its end.
fn ends(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Return { .. } | StmtKind::Raise { .. } => true,
        StmtKind::If { branches, orelse } => {
            let last = |block: &[Stmt]| block.last().is_some_and(ends);
            last(orelse) && branches.iter().all(|branch| last(&branch.body))
        }
        StmtKind::With(node) => node.body.last().is_some_and(ends),
        _ => false,
    }
}

/// Whether `accepts` holds for the value of every `return` of a body.
fn returns(body: &[Stmt], accepts: &mut dyn FnMut(Option<&Expr>) -> bool) -> bool {
    body.iter().all(|stmt| {
        let here = match &stmt.kind {
            StmtKind::Return { value } => accepts(value.as_ref()),
            _ => true,
        };
        here && visit::blocks(stmt)
            .into_iter()
            .all(|block| returns(block, accepts))
    })
}

/// The type of an expression that shows it by itself.
fn plain_type(value: &Expr) -> Option<&'static str> {
    match &value.kind {
        ExprKind::Constant(constant) => Some(type_of(constant)),
        ExprKind::JoinedStr { .. } => Some("str"),
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => Some("dict"),
        ExprKind::Set { .. } | ExprKind::SetComp { .. } => Some("set"),
        ExprKind::List { .. } | ExprKind::ListComp { .. } => Some("list"),
        ExprKind::Tuple { .. } => Some("tuple"),
        ExprKind::UnaryOp {
            op: UnaryOp::Not, ..
        } => Some("bool"),
        ExprKind::BinOp { left, right, .. } => {
            let (left, right) = (plain_type(left), plain_type(right));
            match (left, right) {
                (Some(left), Some(right)) if left == right => Some(left),
                (Some(one @ ("int" | "float" | "str")), None)
                | (None, Some(one @ ("int" | "float" | "str"))) => Some(one),
                _ => None,
            }
        }
        _ => None,
    }
}

fn type_of(constant: &Constant) -> &'static str {
    match constant {
        Constant::None => "NoneType",
        Constant::True | Constant::False => "bool",
        Constant::Ellipsis => "ellipsis",
        Constant::Int(_) | Constant::BigInt(_) => "int",
        Constant::Float(_) => "float",
        Constant::Imaginary(_) => "complex",
        Constant::Str(_) => "str",
        Constant::Bytes(_) => "bytes",
    }
}
