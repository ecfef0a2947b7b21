//! The resolved tree (HIR): what the evaluator runs.
//!
//! Names have become *places* (slots, cells, free variables, globals, class variables); every
//! body is a [`Code`]. A plain body is a tree of statements; the body of a coroutine, generator
//! or async generator is a [`StateMachine`]: basic blocks that never suspend inside, joined by
//! terminators, some of which are suspension points. The same [`Stmt`] and [`Expr`] occur in
//! both, so that a loop without `await` costs in a coroutine what it costs in a function.
//!
//! After the coroutine transform, `ExprKind::{Await, Yield, YieldFrom}`, `For`/`With`/`Comp`
//! clauses with `is_async`, and `GenExpr` with awaits in its first iterable occur no more: they
//! have become terminators and statements over temporary slots.

mod expr;
mod machine;
mod stmt;

pub use expr::*;
pub use machine::*;
pub use stmt::*;

use aio_syntax::Span;
use std::rc::Rc;

/// A name.
pub type Sym = Rc<str>;

/// A place in the frame of a body: parameter, local, cell or temporary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Slot(pub u32);

/// The place of a captured variable in the closure of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FreeIdx(pub u32);

/// A basic block of a state machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlockId(pub u32);

/// What sort of body a [`Code`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    /// The top level of a file (its names are globals).
    Module,
    /// A `def`.
    Function,
    /// A `lambda`.
    Lambda,
    /// A class body (its names live in a namespace dict).
    Class,
    /// The body of a generator expression; slot 0 is its outermost iterator.
    GenExpr,
}

/// What calling the body makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavor {
    /// Runs at once.
    Plain,
    /// A generator.
    Generator,
    /// A coroutine (also a module or REPL line that awaits at top level).
    Coroutine,
    /// An async generator.
    AsyncGenerator,
}

/// One body: a function, lambda, class, module or generator expression.
#[derive(Debug)]
pub struct Code {
    /// `__name__` (`<lambda>`, `<module>`, `<genexpr>` where there is none).
    pub name: Sym,
    /// `__qualname__`, e.g. `outer.<locals>.inner`.
    pub qualname: Sym,
    /// The sort of body.
    pub kind: CodeKind,
    /// What a call makes.
    pub flavor: Flavor,
    /// The parameters; they take the first slots, in the order positional-only,
    /// positional-or-keyword, keyword-only, `*args`, `**kwargs`.
    pub params: Params,
    /// The name of every slot; temporaries have a name that starts with a dot.
    pub slots: Vec<Sym>,
    /// Slots of variables that inner bodies capture. They hold a cell from frame entry on
    /// (a parameter's value is moved into its cell at entry).
    pub cells: Vec<Slot>,
    /// Captured variables, in the order of [`FreeIdx`].
    pub free: Vec<Free>,
    /// The statements or the state machine.
    pub body: Body,
    /// The whole definition in the source.
    pub span: Span,
    /// The docstring.
    pub doc: Option<Sym>,
    /// True when a class body or function needs the implicit `__class__` cell: for a class body
    /// the slot (in `cells`) to fill with the class once it is made.
    pub class_cell: Option<Slot>,
}

/// A captured variable.
#[derive(Clone, Debug)]
pub struct Free {
    /// Its name.
    pub name: Sym,
    /// Where the enclosing body has the cell when the function is made.
    pub source: FreeSource,
}

/// Where a closure takes a cell from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FreeSource {
    /// A cell slot of the enclosing body.
    Cell(Slot),
    /// A captured variable of the enclosing body.
    Free(FreeIdx),
}

/// The parameter list of a body; names are those of the first slots.
#[derive(Clone, Default, Debug)]
pub struct Params {
    /// How many are positional-only.
    pub posonly: u32,
    /// How many are positional-or-keyword.
    pub positional: u32,
    /// How many are keyword-only.
    pub kwonly: u32,
    /// Whether there is `*args` (slot `posonly + positional + kwonly`).
    pub has_varargs: bool,
    /// Whether there is `**kwargs` (the slot after).
    pub has_varkw: bool,
}

/// The body proper.
#[derive(Debug)]
pub enum Body {
    /// Walked as it stands.
    Tree(Block),
    /// Run by resuming.
    Machine(StateMachine),
}

/// Statements in a row.
pub type Block = Vec<Stmt>;

/// A compiled file.
#[derive(Debug)]
pub struct Program {
    /// Its top level.
    pub code: Rc<Code>,
}
