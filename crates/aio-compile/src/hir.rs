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

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Where a name lives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A slot of this frame.
    Local(Slot),
    /// The cell in a slot of this frame.
    Cell(Slot),
    /// A cell of this function's closure.
    Free(FreeIdx),
    /// A global, then a builtin.
    Global(Sym),
    /// A name in a class body: the namespace, then the fallback.
    ClassVar {
        /// The name.
        name: Sym,
        /// Where to look when the namespace has none; stores never use it.
        fallback: ClassFallback,
    },
}

/// Where a class body's name is looked up after the namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClassFallback {
    /// A global, then a builtin.
    Global,
    /// A captured variable of the class body.
    Free(FreeIdx),
    /// A cell of the class body itself (only `__class__`-like names and inlined comprehensions).
    Cell(Slot),
}

/// A literal.
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An int that fits 64 bits.
    Int(i64),
    /// A larger int, in decimal digits.
    BigInt(Rc<str>),
    /// A float.
    Float(f64),
    /// `2j`
    Imaginary(f64),
    /// Text.
    Str(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// `...`
    Ellipsis,
    /// A tuple of literals.
    Tuple(Vec<Const>),
}

/// `+ - not ~` before an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
    /// `not`
    Not,
}

/// Operators between two operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `@`
    MatMul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
}

/// Comparisons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CmpOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// An argument of a call, in source order.
#[derive(Debug)]
pub enum Arg {
    /// `x`
    Pos(Expr),
    /// `*x`
    Star(Expr),
    /// `name=x`
    Keyword(Sym, Expr),
    /// `**x`
    DoubleStar(Expr),
}

/// An element of a display.
#[derive(Debug)]
pub enum Item {
    /// `x`
    One(Expr),
    /// `*x`
    Star(Expr),
}

/// An element of a dict display.
#[derive(Debug)]
pub enum DictItem {
    /// `k: v`
    Pair(Expr, Expr),
    /// `**x`
    Merge(Expr),
}

/// `!s !r !a`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// `!s`
    Str,
    /// `!r`
    Repr,
    /// `!a`
    Ascii,
}

/// A piece of an f-string.
#[derive(Debug)]
pub enum FPart {
    /// Text as it stands.
    Lit(Sym),
    /// `{value!conversion:spec}`
    Value {
        /// The expression.
        value: Expr,
        /// `!r` and its kin.
        conversion: Option<Conversion>,
        /// The format spec, itself in pieces.
        spec: Option<Vec<FPart>>,
    },
}

/// What a comprehension collects.
#[derive(Debug)]
pub enum CompKind {
    /// `[elt for …]`
    List(Expr),
    /// `{elt for …}`
    Set(Expr),
    /// `{key: value for …}`
    Dict(Expr, Expr),
}

/// `for target in iter if …` of a comprehension.
#[derive(Debug)]
pub struct CompFor {
    /// What each item is bound to.
    pub target: Target,
    /// What is iterated.
    pub iter: Expr,
    /// The conditions.
    pub ifs: Vec<Expr>,
    /// `async for`.
    pub is_async: bool,
}

/// A list, set or dict comprehension, evaluated in the frame of the body that holds it
/// (as CPython 3.12 and later do, PEP 709).
#[derive(Debug)]
pub struct Comp {
    /// What is collected.
    pub kind: CompKind,
    /// The loops, outermost first.
    pub clauses: Vec<CompFor>,
    /// Slots among the comprehension's own variables that inner functions capture: each
    /// evaluation of the comprehension puts a fresh cell there first.
    pub fresh_cells: Vec<Slot>,
    /// The comprehension's own variables: emptied when it is done (also by an exception), since
    /// for the script they live no longer than that.
    pub own: Vec<Slot>,
}

/// `def` or `lambda`: what it takes to make the function object.
#[derive(Debug)]
pub struct MakeFunction {
    /// The body.
    pub code: Rc<Code>,
    /// Defaults of the last positional parameters.
    pub defaults: Vec<Expr>,
    /// Defaults of keyword-only parameters.
    pub kw_defaults: Vec<(Sym, Expr)>,
    /// Annotations in source order (`return` last); evaluated after the defaults.
    pub annotations: Vec<(Sym, Expr)>,
}

/// Expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// A literal.
    Const(Const),
    /// A name.
    Name(Place),
    /// `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a and b and c`
    And(Vec<Expr>),
    /// `a or b or c`
    Or(Vec<Expr>),
    /// `a < b <= c`: each operand is evaluated once, stops at the first false.
    Compare(Box<Expr>, Vec<(CmpOp, Expr)>),
    /// `body if test else orelse`
    IfElse {
        /// The condition.
        test: Box<Expr>,
        /// When it holds.
        body: Box<Expr>,
        /// When not.
        orelse: Box<Expr>,
    },
    /// `name := value`
    Walrus(Place, Box<Expr>),
    /// `func(args)`
    Call {
        /// What is called.
        func: Box<Expr>,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `value.name`
    Attr(Box<Expr>, Sym),
    /// `value[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `a:b:c` inside a subscript
    Slice(Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `(a, *b)`
    Tuple(Vec<Item>),
    /// `[a, *b]`
    List(Vec<Item>),
    /// `{a, *b}`
    Set(Vec<Item>),
    /// `{k: v, **d}`
    Dict(Vec<DictItem>),
    /// A list, set or dict comprehension.
    Comp(Box<Comp>),
    /// A generator expression; the outermost iterable is evaluated (and `iter`, or `aiter` when
    /// `is_async`, is called on it) at once, and becomes slot 0 of the generator.
    GenExpr {
        /// The body.
        code: Rc<Code>,
        /// The outermost iterable.
        iter: Box<Expr>,
        /// Whether the outermost loop is `async for`.
        is_async: bool,
    },
    /// `lambda`, or the function part of a `def`.
    Function(Box<MakeFunction>),
    /// An f-string.
    FString(Vec<FPart>),
    /// `await x` (before the transform).
    Await(Box<Expr>),
    /// `yield x` (before the transform).
    Yield(Option<Box<Expr>>),
    /// `yield from x` (before the transform).
    YieldFrom(Box<Expr>),
    /// Operations without a spelling in the language.
    Intrinsic(Intrinsic),
}

/// Operations without a spelling in the language: what loops, `with`, `except` and `match` come
/// down to when a suspension point stands inside them.
#[derive(Debug)]
pub enum Intrinsic {
    /// Reads a temporary for the last time and empties its slot: moves, where `Name` copies.
    /// Always set when it is reached.
    Take(Slot),
    /// `super()` without arguments, inside a method (also in plain bodies): the class from the
    /// `__class__` cell and the first parameter. Only written when the file binds no global
    /// `super` itself.
    Super {
        /// The `__class__` variable.
        class: Place,
        /// The first parameter.
        this: Place,
    },
    /// A type parameter: `typing.TypeVar(name)` and its kin.
    TypeParam {
        /// Its name.
        name: Sym,
        /// Plain, `*` or `**`.
        kind: TypeParamKind,
        /// A function that gives the bound (or the tuple of constraints).
        bound: Option<Box<Expr>>,
        /// A function that gives the default.
        default: Option<Box<Expr>>,
    },
    /// The value of a `type` statement: `typing.TypeAliasType`.
    TypeAlias {
        /// Its name.
        name: Sym,
        /// Its type parameters.
        params: Vec<Place>,
        /// A function that gives the aliased type.
        value: Box<Expr>,
    },
    /// `iter(x)`
    GetIter(Box<Expr>),
    /// `x.__aiter__()`, checked as `async for` checks it.
    GetAIter(Box<Expr>),
    /// `x.__anext__()` of the async iterator in a slot: the awaitable.
    ANext(Slot),
    /// Whether the exception in the slot matches the class or tuple (checked as `except` does).
    ExcMatches(Slot, Box<Expr>),
    /// Whether the value in the slot is a `StopAsyncIteration` instance.
    IsStopAsyncIteration(Slot),
    /// The part of the exception group in `group` that matches (`None` when nothing does);
    /// the rest is stored back into `group` (as `None` when nothing is left). For `except*`.
    SplitGroup {
        /// The slot that holds the exceptions not yet handled.
        group: Slot,
        /// The class or tuple.
        typ: Box<Expr>,
    },
    /// Calls the `__exit__`/`__aexit__` in the slot: with `(None, None, None)`, or with
    /// the type, value and traceback of the exception in the second slot.
    CallExit(Slot, Option<Slot>),
    /// Whether the pattern matches the value in the slot; binds its names on the way.
    MatchTest(Slot, Box<Pattern>),
    /// A new empty list / set / dict, for comprehensions that suspend.
    NewList,
    /// See `NewList`.
    NewSet,
    /// See `NewList`.
    NewDict,
    /// `str` of pieces already formatted, for f-strings that suspend.
    Concat(Vec<Slot>),
    /// `format(value, spec)` after conversion, for f-strings that suspend.
    Format {
        /// The value.
        value: Box<Expr>,
        /// `!r` and its kin.
        conversion: Option<Conversion>,
        /// The evaluated spec.
        spec: Option<Box<Expr>>,
    },
}

/// The three kinds of type parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeParamKind {
    /// `T`
    TypeVar,
    /// `*Ts`
    TypeVarTuple,
    /// `**P`
    ParamSpec,
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
    /// Evaluates a context manager, puts its bound `__exit__` (`__aexit__`) into `exit`, then
    /// calls `__enter__` (`__aenter__`) and puts what it gives (an awaitable when async) into
    /// `value`.
    WithEnter {
        /// The manager.
        context: Expr,
        /// Receives the bound exit method.
        exit: Slot,
        /// Receives the result of the enter method.
        value: Slot,
        /// `async with`
        is_async: bool,
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

/// A body compiled to basic blocks. Block 0 is the entry.
#[derive(Debug)]
pub struct StateMachine {
    /// The blocks, by [`BlockId`].
    pub blocks: Vec<BasicBlock>,
}

/// Statements that never suspend, then a terminator.
#[derive(Debug)]
pub struct BasicBlock {
    /// The statements.
    pub stmts: Block,
    /// How it ends.
    pub terminator: Terminator,
    /// Where the terminator stands in the source.
    pub span: Span,
    /// What happens to control flow that leaves the block in its middle.
    pub unwind: Unwind,
}

/// Where control goes when a statement of a block (or its terminator) raises, returns, breaks or
/// continues. A `return`, `break` or `continue` in the middle of a block comes from inside an
/// await-free compound statement; `None` for `ret` means that the body returns at once.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Unwind {
    /// On an exception: put it into the slot, go to the block. None: it leaves the body.
    pub raise: Option<(Slot, BlockId)>,
    /// On `return value`: put the value into `value`, go on at the jump.
    pub ret: Option<Jump>,
    /// On `break`.
    pub brk: Option<Jump>,
    /// On `continue`.
    pub cont: Option<Jump>,
}

/// A jump that records why (for the `finally` it may run through).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jump {
    /// Where to go.
    pub to: BlockId,
    /// Small ints to store first (the completion codes that `Dispatch` reads).
    pub set: Vec<(Slot, i64)>,
    /// For `return`: the slot that takes the value.
    pub value: Option<Slot>,
}

/// How a basic block ends.
#[derive(Debug)]
pub enum Terminator {
    /// Go on there.
    Goto(BlockId),
    /// `if`.
    Branch {
        /// The condition.
        test: Expr,
        /// When it holds.
        then: BlockId,
        /// When not.
        orelse: BlockId,
    },
    /// Jumps by the small int in the slot (the end of a `finally`).
    Dispatch {
        /// The completion code.
        on: Slot,
        /// Code → block.
        table: Vec<(i64, BlockId)>,
    },
    /// The next item of the (sync) iterator in `iter` is bound to `target`, then `body`;
    /// or `exit` when it has ended (the slot is then cleared).
    ForNext {
        /// Holds the iterator.
        iter: Slot,
        /// What the item is bound to.
        target: Target,
        /// With an item.
        body: BlockId,
        /// Without.
        exit: BlockId,
    },
    /// Suspension point `await value`: goes on at `next` with the result in `dest`
    /// (dropped when none), or raises.
    Await {
        /// What is awaited.
        value: Expr,
        /// Receives the result.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// Suspension point `yield value`: what is sent lands in `dest`.
    Yield {
        /// What is handed out.
        value: Expr,
        /// Receives what is sent.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// Suspension point `yield from value`.
    YieldFrom {
        /// The iterable.
        value: Expr,
        /// Receives the value of the `StopIteration`.
        dest: Option<Slot>,
        /// Goes on there.
        next: BlockId,
    },
    /// The body returns (`None` when there is no expression).
    Return(Option<Expr>),
    /// Raises the exception instance in the slot again, traceback kept.
    Reraise(Slot),
    /// Unreachable end (after a statement that always leaves).
    Unreachable,
}

/// A compiled file.
#[derive(Debug)]
pub struct Program {
    /// Its top level.
    pub code: Rc<Code>,
}
