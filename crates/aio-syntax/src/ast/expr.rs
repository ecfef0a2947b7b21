//! Expressions of the syntax tree, with operators and constants.

use super::*;

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
