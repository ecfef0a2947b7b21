//! Statements of the resolved tree, with targets, handlers and patterns.

use super::*;

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// What can be assigned to.
#[derive(Debug)]
pub struct Target {
    /// Its form.
    pub kind: TargetKind,
    /// Where it stands.
    pub span: Span,
}

/// Forms of assignment targets.
#[derive(Debug)]
pub enum TargetKind {
    /// A name.
    Place(Place),
    /// `value.name`
    Attr(Expr, Sym),
    /// `value[index]`
    Index(Expr, Expr),
    /// `a, *b, c`
    Unpack {
        /// Targets before the star (all of them when there is none).
        before: Vec<Target>,
        /// The starred one.
        star: Option<Box<Target>>,
        /// Targets after the star.
        after: Vec<Target>,
    },
}

/// `except typ as name: body`
#[derive(Debug)]
pub struct Handler {
    /// The class or tuple; none catches all.
    pub typ: Option<Expr>,
    /// The name; unbound again when the body ends.
    pub name: Option<Place>,
    /// The statements.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `context as target` of a `with`.
#[derive(Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// What its value is bound to.
    pub target: Option<Target>,
}

/// `case pattern if guard: body`
#[derive(Debug)]
pub struct Case {
    /// The pattern.
    pub pattern: Pattern,
    /// The guard.
    pub guard: Option<Expr>,
    /// The statements.
    pub body: Block,
}

/// Patterns of `match`.
#[derive(Debug)]
pub enum Pattern {
    /// Equal to a value (literal or dotted name).
    Value(Expr),
    /// Is `None`, `True` or `False`.
    Singleton(Const),
    /// `[a, *b, c]`
    Sequence(Vec<Pattern>),
    /// `{"k": p, **rest}`
    Mapping {
        /// Keys with their patterns.
        items: Vec<(Expr, Pattern)>,
        /// Where the rest goes.
        rest: Option<Place>,
    },
    /// `Cls(p, name=q)`
    Class {
        /// The class.
        cls: Box<Expr>,
        /// Patterns by position (`__match_args__`).
        args: Vec<Pattern>,
        /// Patterns by attribute.
        kwargs: Vec<(Sym, Pattern)>,
    },
    /// `*name` inside a sequence.
    Star(Option<Place>),
    /// `pattern as name`, a bare name, or `_` (both none).
    As(Option<Box<Pattern>>, Option<Place>),
    /// `a | b`
    Or(Vec<Pattern>),
}

/// `import a.b as c`
#[derive(Debug)]
pub struct ImportName {
    /// The dotted name.
    pub module: Sym,
    /// Where it is bound.
    pub place: Place,
    /// True for `import a.b` without `as`: binds the top package.
    pub binds_top: bool,
}

/// Statements.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression for its effect.
    Expr(Expr),
    /// `a = b = value`
    Assign(Vec<Target>, Expr),
    /// `target op= value`
    AugAssign(Target, BinaryOp, Expr),
    /// `name: annotation`, evaluated where Python evaluates it and stored in `__annotations__`
    /// of a module or class.
    Annotate {
        /// The name, when simple and at module or class level.
        name: Option<Sym>,
        /// The annotation.
        annotation: Expr,
    },
    /// `del target` (each one of several)
    Del(Target),
    /// `return value`
    Return(Option<Expr>),
    /// `raise exc from cause`
    Raise {
        /// The exception; none re-raises the one being handled.
        exc: Option<Expr>,
        /// `from`
        cause: Option<Expr>,
    },
    /// `if`/`elif`/`else`: conditions with their blocks, then the rest.
    If(Vec<(Expr, Block)>, Block),
    /// `while test: body else: orelse`
    While {
        /// The condition.
        test: Expr,
        /// The loop.
        body: Block,
        /// When the condition fails.
        orelse: Block,
    },
    /// `for target in iter: body else: orelse`
    For {
        /// What each item is bound to.
        target: Target,
        /// What is iterated.
        iter: Expr,
        /// The loop.
        body: Block,
        /// When the iterator ends.
        orelse: Block,
        /// `async for` (before the transform).
        is_async: bool,
    },
    /// `try`
    Try {
        /// The guarded statements.
        body: Block,
        /// The handlers.
        handlers: Vec<Handler>,
        /// When nothing was raised.
        orelse: Block,
        /// In any case.
        finalbody: Block,
        /// `except*`
        is_star: bool,
    },
    /// `with items: body`
    With {
        /// The managers.
        items: Vec<WithItem>,
        /// The statements.
        body: Block,
        /// `async with` (before the transform).
        is_async: bool,
    },
    /// `match subject: cases`
    Match {
        /// The subject.
        subject: Expr,
        /// The cases.
        cases: Vec<Case>,
    },
    /// `def` (decorators are evaluated first, applied last to first).
    Function {
        /// Where the function is bound.
        place: Place,
        /// Its parts.
        function: MakeFunction,
        /// The decorators.
        decorators: Vec<Expr>,
    },
    /// `class`
    Class {
        /// Where the class is bound.
        place: Place,
        /// The body.
        code: Rc<Code>,
        /// Bases and keywords, as call arguments.
        bases: Vec<Arg>,
        /// The decorators.
        decorators: Vec<Expr>,
    },
    /// `import`
    Import(Vec<ImportName>),
    /// `from module import names`
    ImportFrom {
        /// The module, without leading dots.
        module: Sym,
        /// How many leading dots.
        level: u32,
        /// Name, place; empty for `*`.
        names: Vec<(Sym, Place)>,
        /// `*`
        star: bool,
    },
    /// `assert test, msg`
    Assert(Expr, Option<Expr>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `pass`, `global`, `nonlocal`
    Pass,

    // ---- Only in state machines ----
    /// The exception in `exc` is now the one being handled; the one before goes to `saved`
    /// (`None` when there was none, so that `saved` is set in any case).
    EnterHandler {
        /// Holds the exception instance.
        exc: Slot,
        /// Keeps the exception that was being handled before.
        saved: Slot,
    },
    /// The exception in `saved` is again the one being handled; empties `saved`. Does nothing when
    /// `saved` is empty (unset): that is the end of a `finally` that was entered without exception.
    LeaveHandler {
        /// See `EnterHandler`.
        saved: Slot,
    },
    /// Appends to the list / adds to the set in a slot (comprehensions that suspend).
    Append(Slot, Expr),
    /// See `Append`.
    SetAdd(Slot, Expr),
    /// See `Append`: key, value.
    DictSet(Slot, Expr, Expr),
    /// Puts a fresh, empty cell into each slot (see [`Comp::fresh_cells`]).
    FreshCells(Vec<Slot>),
    /// Empties temporary slots, so that what they hold lives no longer than in CPython.
    Clear(Vec<Slot>),
    /// Collects `exc` (`None`: nothing raised) into the list slot for the end of an `except*`.
    /// At the end, `StarReraise` raises what must go on: the unhandled rest and the new errors.
    StarCollect {
        /// The list slot.
        list: Slot,
        /// The exception raised by a handler.
        exc: Slot,
    },
    /// Raises what an `except*` statement leaves: see `StarCollect`. Does nothing when nothing is left.
    StarReraise {
        /// The original group.
        original: Slot,
        /// The unhandled rest (`None` when all was handled).
        rest: Slot,
        /// Errors raised by the handlers.
        list: Slot,
    },
}
