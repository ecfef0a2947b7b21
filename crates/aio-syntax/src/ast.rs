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

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// As in CPython: without parentheses around it, except that a tuple written
    /// in parentheses and a generator expression include theirs.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `a and b and c`.
    BoolOp {
        /// `and` or `or`.
        op: BoolOp,
        /// At least two.
        values: Vec<Expr>,
    },
    /// `target := value`.
    NamedExpr {
        /// Always a name.
        target: Ident,
        /// What is assigned.
        value: Box<Expr>,
    },
    /// `left op right`.
    BinOp {
        /// The left operand.
        left: Box<Expr>,
        /// The operator.
        op: Operator,
        /// The right operand.
        right: Box<Expr>,
    },
    /// `op operand`.
    UnaryOp {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `lambda params: body`.
    Lambda {
        /// The parameters.
        params: Box<Parameters>,
        /// The value.
        body: Box<Expr>,
    },
    /// `body if test else orelse`.
    IfExp {
        /// The condition.
        test: Box<Expr>,
        /// The value if true.
        body: Box<Expr>,
        /// The value if false.
        orelse: Box<Expr>,
    },
    /// `{key: value, **more}`.
    Dict {
        /// In source order.
        items: Vec<DictItem>,
    },
    /// `{a, b}`.
    Set {
        /// At least one.
        elts: Vec<Expr>,
    },
    /// `[elt for ...]`.
    ListComp {
        /// The element.
        elt: Box<Expr>,
        /// At least one.
        generators: Vec<Comprehension>,
    },
    /// `{elt for ...}`.
    SetComp {
        /// The element.
        elt: Box<Expr>,
        /// At least one.
        generators: Vec<Comprehension>,
    },
    /// `{key: value for ...}`.
    DictComp {
        /// The key.
        key: Box<Expr>,
        /// The value.
        value: Box<Expr>,
        /// At least one.
        generators: Vec<Comprehension>,
    },
    /// `(elt for ...)`.
    GeneratorExp {
        /// The element.
        elt: Box<Expr>,
        /// At least one.
        generators: Vec<Comprehension>,
    },
    /// `await value`.
    Await {
        /// The awaitable.
        value: Box<Expr>,
    },
    /// `yield value`.
    Yield {
        /// The value; `None` yields None.
        value: Option<Box<Expr>>,
    },
    /// `yield from value`.
    YieldFrom {
        /// The iterable.
        value: Box<Expr>,
    },
    /// `left op a op b`.
    Compare {
        /// The first operand.
        left: Box<Expr>,
        /// Operator and operand, at least one pair.
        comparators: Vec<Comparator>,
    },
    /// `func(args)`.
    Call {
        /// What is called.
        func: Box<Expr>,
        /// The arguments in source order.
        args: Vec<Arg>,
    },
    /// An f-string: `Constant` strings and `FormattedValue`s.
    JoinedStr {
        /// The parts; neighboring strings are already joined.
        values: Vec<Expr>,
    },
    /// `{value!conversion:format_spec}` in an f-string. A `{value=}` has already
    /// become a literal part and a `FormattedValue` (with `!r` unless it has a
    /// conversion or a format spec).
    FormattedValue {
        /// The expression.
        value: Box<Expr>,
        /// `!s`, `!r` or `!a`.
        conversion: Option<Conversion>,
        /// A `JoinedStr`.
        format_spec: Option<Box<Expr>>,
    },
    /// A literal.
    Constant(Constant),
    /// `value.attr`.
    Attribute {
        /// The object.
        value: Box<Expr>,
        /// The attribute's name.
        attr: Ident,
    },
    /// `value[slice]`.
    Subscript {
        /// The object.
        value: Box<Expr>,
        /// An index, a `Slice`, or a `Tuple` that may hold slices.
        slice: Box<Expr>,
    },
    /// `*value`, in a display, an argument list, a target or a subscript.
    Starred {
        /// The iterable or target.
        value: Box<Expr>,
    },
    /// A name.
    Name {
        /// The name, normalized (NFKC).
        id: Rc<str>,
    },
    /// `[a, b]`.
    List {
        /// The elements.
        elts: Vec<Expr>,
    },
    /// `a, b` or `(a, b)`.
    Tuple {
        /// The elements.
        elts: Vec<Expr>,
    },
    /// `lower:upper:step`, only inside a subscript.
    Slice {
        /// The start.
        lower: Option<Box<Expr>>,
        /// The end.
        upper: Option<Box<Expr>>,
        /// The step.
        step: Option<Box<Expr>>,
    },
}

/// An entry of a dict display.
#[derive(Clone, Debug, PartialEq)]
pub struct DictItem {
    /// `None` in `**value`.
    pub key: Option<Expr>,
    /// The value or the mapping.
    pub value: Expr,
}

/// An operator and its right-hand operand in a chain of comparisons.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparator {
    /// The operator.
    pub op: CmpOp,
    /// The operand.
    pub value: Expr,
}

/// `for target in iter if a if b` in a comprehension.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    /// What is assigned each time.
    pub target: Expr,
    /// What is iterated.
    pub iter: Expr,
    /// The conditions.
    pub ifs: Vec<Expr>,
    /// Whether it is an `async for`.
    pub is_async: bool,
    /// From `for` or `async` to its last condition.
    pub span: Span,
}

/// One argument of a call or of a class header.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// How it is passed.
    pub kind: ArgKind,
    /// Its value.
    pub value: Expr,
    /// With the name or the stars.
    pub span: Span,
}

/// How an argument is passed.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgKind {
    /// `value`.
    Positional,
    /// `*value`.
    Starred,
    /// `name=value`.
    Keyword(Ident),
    /// `**value`.
    DoubleStarred,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`.
    None,
    /// `True`.
    True,
    /// `False`.
    False,
    /// `...`.
    Ellipsis,
    /// An integer that fits.
    Int(i64),
    /// An integer that does not fit into 64 bits.
    BigInt(BigInt),
    /// A float.
    Float(f64),
    /// An imaginary number such as `2j`.
    Imaginary(f64),
    /// A string, with escapes resolved and neighbors joined.
    Str(Rc<str>),
    /// A bytes literal.
    Bytes(Rc<[u8]>),
}

/// A big integer literal as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BigInt {
    /// 2, 8, 10 or 16.
    pub radix: u32,
    /// Digits of that radix, without prefix and underscores.
    pub digits: Rc<str>,
}

/// `!s`, `!r`, `!a` in an f-string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `!s`.
    Str,
    /// `!r`.
    Repr,
    /// `!a`.
    Ascii,
}

/// `and`, `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoolOp {
    /// `and`.
    And,
    /// `or`.
    Or,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mult,
    /// `@`.
    MatMult,
    /// `/`.
    Div,
    /// `%`.
    Mod,
    /// `**`.
    Pow,
    /// `<<`.
    LShift,
    /// `>>`.
    RShift,
    /// `|`.
    BitOr,
    /// `^`.
    BitXor,
    /// `&`.
    BitAnd,
    /// `//`.
    FloorDiv,
}

/// The unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `~`.
    Invert,
    /// `not`.
    Not,
    /// `+`.
    UAdd,
    /// `-`.
    USub,
}

/// The comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CmpOp {
    /// `==`.
    Eq,
    /// `!=`.
    NotEq,
    /// `<`.
    Lt,
    /// `<=`.
    LtE,
    /// `>`.
    Gt,
    /// `>=`.
    GtE,
    /// `is`.
    Is,
    /// `is not`.
    IsNot,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
}

/// A pattern of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// A literal or a dotted name, compared by `==`.
    MatchValue {
        /// A constant, a negative or complex number, or an attribute.
        value: Expr,
    },
    /// `None`, `True`, `False`, compared by `is`.
    MatchSingleton {
        /// One of the three.
        value: Constant,
    },
    /// `[a, *rest]` or `(a, b)` or `a, b`.
    MatchSequence {
        /// The elements; at most one `MatchStar`.
        patterns: Vec<Pattern>,
    },
    /// `{"key": pattern, **rest}`.
    MatchMapping {
        /// The pairs in source order.
        items: Vec<MappingItem>,
        /// The name after `**`.
        rest: Option<Ident>,
    },
    /// `Class(a, name=b)`.
    MatchClass {
        /// A name or an attribute.
        cls: Box<Expr>,
        /// By position.
        patterns: Vec<Pattern>,
        /// By name.
        keywords: Vec<KeywordPattern>,
    },
    /// `*name` or `*_`, inside a sequence.
    MatchStar {
        /// `None` for `*_`.
        name: Option<Ident>,
    },
    /// `pattern as name`, `name`, or `_`.
    MatchAs {
        /// `None` for a bare name or `_`.
        pattern: Option<Box<Pattern>>,
        /// `None` for `_`.
        name: Option<Ident>,
    },
    /// `a | b`.
    MatchOr {
        /// At least two.
        patterns: Vec<Pattern>,
    },
}

/// A pair in a mapping pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingItem {
    /// A literal or a dotted name.
    pub key: Expr,
    /// What its value must match.
    pub pattern: Pattern,
}

/// `name=pattern` in a class pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordPattern {
    /// The attribute.
    pub name: Ident,
    /// What it must match.
    pub pattern: Pattern,
}
