//! Expressions of the resolved tree: names are places, comprehensions and functions have their
//! bodies, and what only the transform makes is an intrinsic.

use super::*;

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
        /// The same loops as a comprehension over the slots of the body, for a call that takes in
        /// all items at once: `sum(x for x in …)`. (The iterable of the outermost one is not
        /// used.) None where the body awaits.
        loops: Option<Box<Comp>>,
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
    /// `typing.Generic[T, …]`, the last base of a class with these type parameters.
    GenericBase(Vec<Place>),
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
    /// Evaluates a context manager, looks both of its methods up, keeps the exit method, then
    /// calls `__enter__` (`__aenter__`): what that gives (an awaitable when async).
    Enter {
        /// The manager.
        context: Box<Expr>,
        /// Receives the exit method.
        exit: ExitSlots,
        /// `async with`
        is_async: bool,
    },
    /// Calls the exit method, whose slots it empties: with `(None, None, None)`, or with the
    /// type, value and traceback of the exception in the second slot.
    CallExit(ExitSlots, Option<Slot>),
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

/// Where the exit method of a context manager waits for its call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitSlots {
    /// The method.
    pub method: Slot,
    /// The manager, when that is to be its first argument (a method is not bound for this alone).
    pub receiver: Slot,
}

impl ExitSlots {
    /// Both slots.
    pub const fn both(self) -> [Slot; 2] {
        [self.method, self.receiver]
    }
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
