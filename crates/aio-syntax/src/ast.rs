//! The syntax tree: what was written, with the node and field names of
//! CPython's `ast` module.
//!
//! Deviations from CPython's tree, each for a reason:
//! - there is no `ctx` (load, store, delete): the place of an expression in its
//!   parent says it;
//! - an `elif` chain is one `If` with several branches, so that a chain of a
//!   thousand branches is not a tree of depth a thousand;
//! - lists that CPython keeps in parallel (`ops`/`comparators`, `keys`/`values`,
//!   `args`/`keywords`) are lists of small structs, in source order;
//! - `is_async: bool` marks a node; there are no twin nodes such as `AsyncFor`.
//!
//! Invariant: no expression tree is higher than
//! [`MAX_EXPRESSION_HEIGHT`](crate::MAX_EXPRESSION_HEIGHT) and no statement is
//! nested deeper than 100 blocks, so walking (and dropping) by plain recursion is
//! safe.

mod expr;
mod pattern;

pub use expr::*;
pub use pattern::*;

use std::rc::Rc;

use crate::span::Span;

/// A whole file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Module {
    /// The statements in source order.
    pub body: Vec<Stmt>,
    /// The whole source.
    pub span: Span,
}

/// A name where a name is bound or spoken of, not evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name, normalized (NFKC) as Python does.
    pub name: Rc<str>,
    /// Where it stands.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// From its first token (for a decorated definition: from `def`, `class` or
    /// `async`, not from the decorator) to its last, without the line end.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `def f(...): ...`, also `async def`.
    FunctionDef(Box<FunctionDef>),
    /// `class C(...): ...`.
    ClassDef(Box<ClassDef>),
    /// `return value`.
    Return {
        /// What is returned.
        value: Option<Expr>,
    },
    /// `del a, b[0]`; a parenthesized list of targets is one `Tuple`.
    Delete {
        /// Names, attributes, subscripts, or tuples and lists of them.
        targets: Vec<Expr>,
    },
    /// `a = b = value`.
    Assign {
        /// From left to right; at least one.
        targets: Vec<Expr>,
        /// The right-hand side.
        value: Expr,
    },
    /// `type name = value`.
    TypeAlias(Box<TypeAlias>),
    /// `target op= value`.
    AugAssign {
        /// A name, an attribute or a subscript.
        target: Expr,
        /// Which operator.
        op: Operator,
        /// The right-hand side.
        value: Expr,
    },
    /// `target: annotation = value`.
    AnnAssign(Box<AnnAssign>),
    /// `for target in iter: ...`, also `async for`.
    For(Box<For>),
    /// `while test: ...`.
    While(Box<While>),
    /// `if test: ...` with all its `elif` branches.
    If {
        /// The `if` branch and the `elif` branches; at least one.
        branches: Vec<IfBranch>,
        /// The `else` block, or empty.
        orelse: Vec<Stmt>,
    },
    /// `with items: ...`, also `async with`.
    With(Box<With>),
    /// `match subject: ...`.
    Match(Box<Match>),
    /// `raise exc from cause`.
    Raise {
        /// What is raised; `None` raises again.
        exc: Option<Expr>,
        /// What stands after `from`.
        cause: Option<Expr>,
    },
    /// `try: ...`.
    Try(Box<Try>),
    /// `assert test, msg`.
    Assert {
        /// The condition.
        test: Expr,
        /// The message.
        msg: Option<Expr>,
    },
    /// `import a.b as c, d`.
    Import {
        /// What is imported, with dotted names.
        names: Vec<Alias>,
    },
    /// `from module import a as b`.
    ImportFrom {
        /// The dotted name; `None` in `from . import x`.
        module: Option<Ident>,
        /// What is imported; one alias named `*` for a star import.
        names: Vec<Alias>,
        /// The number of leading dots.
        level: u32,
    },
    /// `global a, b`.
    Global {
        /// The names.
        names: Vec<Ident>,
    },
    /// `nonlocal a, b`.
    Nonlocal {
        /// The names.
        names: Vec<Ident>,
    },
    /// An expression as a statement.
    Expr {
        /// The expression.
        value: Expr,
    },
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// A function definition.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDef {
    /// Its name.
    pub name: Ident,
    /// `[T, *Ts, **P]` after the name.
    pub type_params: Vec<TypeParam>,
    /// Its parameters.
    pub params: Parameters,
    /// Its block, never empty.
    pub body: Vec<Stmt>,
    /// The expressions after `@`, in source order.
    pub decorators: Vec<Expr>,
    /// What stands after `->`.
    pub returns: Option<Expr>,
    /// Whether it is an `async def`.
    pub is_async: bool,
}

/// A class definition.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassDef {
    /// Its name.
    pub name: Ident,
    /// `[T, *Ts, **P]` after the name.
    pub type_params: Vec<TypeParam>,
    /// Bases and keywords, as the arguments of a call in source order.
    pub args: Vec<Arg>,
    /// Its block, never empty.
    pub body: Vec<Stmt>,
    /// The expressions after `@`, in source order.
    pub decorators: Vec<Expr>,
}

/// A `type` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeAlias {
    /// The name that is bound.
    pub name: Ident,
    /// `[T, *Ts, **P]` after the name.
    pub type_params: Vec<TypeParam>,
    /// The right-hand side.
    pub value: Expr,
}

/// An annotated assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnAssign {
    /// A name, an attribute or a subscript.
    pub target: Expr,
    /// What stands after `:`.
    pub annotation: Expr,
    /// What stands after `=`.
    pub value: Option<Expr>,
    /// Whether the target is a bare name without parentheses.
    pub simple: bool,
}

/// A `for` loop.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// What is assigned each time.
    pub target: Expr,
    /// What is iterated.
    pub iter: Expr,
    /// The block.
    pub body: Vec<Stmt>,
    /// The `else` block, or empty.
    pub orelse: Vec<Stmt>,
    /// Whether it is an `async for`.
    pub is_async: bool,
}

/// A `while` loop.
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// The condition.
    pub test: Expr,
    /// The block.
    pub body: Vec<Stmt>,
    /// The `else` block, or empty.
    pub orelse: Vec<Stmt>,
}

/// The `if` or an `elif` branch of an [`If`](StmtKind::If).
#[derive(Clone, Debug, PartialEq)]
pub struct IfBranch {
    /// The condition.
    pub test: Expr,
    /// The block.
    pub body: Vec<Stmt>,
    /// From `if` or `elif` to the end of the block.
    pub span: Span,
}

/// A `with` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    /// The managers in source order; at least one.
    pub items: Vec<WithItem>,
    /// The block.
    pub body: Vec<Stmt>,
    /// Whether it is an `async with`.
    pub is_async: bool,
}

/// `context_expr as optional_vars` in a `with`.
#[derive(Clone, Debug, PartialEq)]
pub struct WithItem {
    /// The manager.
    pub context_expr: Expr,
    /// The target after `as`.
    pub optional_vars: Option<Expr>,
}

/// A `match` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What is matched.
    pub subject: Expr,
    /// The cases in source order; at least one.
    pub cases: Vec<MatchCase>,
}

/// One `case` of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchCase {
    /// The pattern.
    pub pattern: Pattern,
    /// The condition after `if`.
    pub guard: Option<Expr>,
    /// The block.
    pub body: Vec<Stmt>,
    /// From `case` to the end of the block.
    pub span: Span,
}

/// A `try` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// The guarded block.
    pub body: Vec<Stmt>,
    /// The handlers in source order.
    pub handlers: Vec<ExceptHandler>,
    /// The `else` block, or empty.
    pub orelse: Vec<Stmt>,
    /// The `finally` block, or empty.
    pub finalbody: Vec<Stmt>,
    /// Whether the handlers are `except*`.
    pub is_star: bool,
}

/// `except type as name: ...`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptHandler {
    /// The class or tuple of classes; `None` catches everything.
    pub type_: Option<Expr>,
    /// The name after `as`.
    pub name: Option<Ident>,
    /// The block.
    pub body: Vec<Stmt>,
    /// From `except` to the end of the block.
    pub span: Span,
}

/// `name as asname` in an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// The (dotted) name, or `*`.
    pub name: Ident,
    /// The name after `as`.
    pub asname: Option<Ident>,
}

/// One of the parameters in `[T: bound = default, *Ts, **P]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeParam {
    /// Its name.
    pub name: Ident,
    /// Plain, `*` or `**`.
    pub kind: TypeParamKind,
    /// What stands after `:`.
    pub bound: Option<Expr>,
    /// What stands after `=`.
    pub default: Option<Expr>,
}

/// The three kinds of type parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeParamKind {
    /// `T`.
    TypeVar,
    /// `*Ts`.
    TypeVarTuple,
    /// `**P`.
    ParamSpec,
}

/// The parameters of a function or lambda.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parameters {
    /// Before `/`.
    pub posonly: Vec<Parameter>,
    /// By position or by name.
    pub args: Vec<Parameter>,
    /// `*args`.
    pub vararg: Option<Box<Parameter>>,
    /// After `*` or `*args`.
    pub kwonly: Vec<Parameter>,
    /// `**kwargs`.
    pub kwarg: Option<Box<Parameter>>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// What stands after `:`; for `*args` it may be a `Starred`.
    pub annotation: Option<Expr>,
    /// What stands after `=`.
    pub default: Option<Expr>,
    /// Name and annotation, without stars and default.
    pub span: Span,
}
