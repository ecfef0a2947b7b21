//! What the compiler refuses, against what CPython 3.13 says.
//!
//! A table: each row is a program, the place of CPython's error, our code for it, and CPython's text (or
//! `None`), recorded with top-level `await` allowed, as it is here.

use aio_compile::{Options, compile};

type Row = (
    &'static str,
    Option<(usize, usize, &'static str, &'static str)>,
);

const DECLARATIONS: &[Row] = &[
    (
        "def f():\n  x=1\n  global x",
        Some((
            3,
            3,
            "A0050",
            "name 'x' is assigned to before global declaration",
        )),
    ),
    (
        "def f():\n  print(x)\n  global x",
        Some((
            3,
            3,
            "A0050",
            "name 'x' is used prior to global declaration",
        )),
    ),
    (
        "x=1\nglobal x",
        Some((
            2,
            1,
            "A0050",
            "name 'x' is assigned to before global declaration",
        )),
    ),
    (
        "def f(x):\n  global x",
        Some((2, 3, "A0050", "name 'x' is parameter and global")),
    ),
    (
        "def f():\n  x: int\n  global x",
        Some((3, 3, "A0050", "annotated name 'x' can't be global")),
    ),
    (
        "def f():\n  global x\n  x: int",
        Some((3, 3, "A0050", "annotated name 'x' can't be global")),
    ),
    (
        "nonlocal x",
        Some((
            1,
            1,
            "A0050",
            "nonlocal declaration not allowed at module level",
        )),
    ),
    (
        "def f():\n  nonlocal x",
        Some((2, 3, "A0050", "no binding for nonlocal 'x' found")),
    ),
    (
        "def f():\n  global x\n  nonlocal x",
        Some((2, 3, "A0050", "name 'x' is nonlocal and global")),
    ),
    (
        "def f(x):\n  nonlocal x",
        Some((2, 3, "A0050", "name 'x' is parameter and nonlocal")),
    ),
    (
        "class A:\n  nonlocal x",
        Some((2, 3, "A0050", "no binding for nonlocal 'x' found")),
    ),
    (
        "def f(x):\n  def g():\n    nonlocal y\n",
        Some((3, 5, "A0050", "no binding for nonlocal 'y' found")),
    ),
    (
        "def f():\n  x = 1\n  def g():\n    x = 2\n    nonlocal x",
        Some((
            5,
            5,
            "A0050",
            "name 'x' is assigned to before nonlocal declaration",
        )),
    ),
    (
        "global a\na = 1\nglobal a",
        Some((
            3,
            1,
            "A0050",
            "name 'a' is assigned to before global declaration",
        )),
    ),
    ("class A:\n  def f(self): global __x\n  __x = 1", None),
    ("def f(x):\n  class C:\n    nonlocal x\n    x = 1", None),
    (
        "def f():\n  from x import *",
        Some((2, 17, "A0057", "import * only allowed at module level")),
    ),
    (
        "class A:\n  from x import *",
        Some((2, 17, "A0057", "import * only allowed at module level")),
    ),
];

const OUTSIDE: &[Row] = &[
    (
        "lambda: await x",
        Some((1, 9, "A0054", "'await' outside async function")),
    ),
    (
        "class A:\n  await x",
        Some((2, 3, "A0054", "'await' outside function")),
    ),
    (
        "def f():\n  await x",
        Some((2, 3, "A0054", "'await' outside async function")),
    ),
    (
        "def f():\n  [await x for y in z]",
        Some((
            2,
            3,
            "A0054",
            "asynchronous comprehension outside of an asynchronous function",
        )),
    ),
    ("def f():\n  (await x for y in z)", None),
    (
        "def f():\n  [x async for x in y]",
        Some((
            2,
            3,
            "A0054",
            "asynchronous comprehension outside of an asynchronous function",
        )),
    ),
    ("def f():\n  (x async for x in y)", None),
    (
        "lambda: [x async for x in y]",
        Some((
            1,
            9,
            "A0054",
            "asynchronous comprehension outside of an asynchronous function",
        )),
    ),
    (
        "class A:\n  [x async for x in y]",
        Some((
            2,
            3,
            "A0054",
            "asynchronous comprehension outside of an asynchronous function",
        )),
    ),
    (
        "async def f():\n  lambda: await x",
        Some((2, 11, "A0054", "'await' outside async function")),
    ),
    (
        "def f():\n  async with x: pass",
        Some((2, 3, "A0054", "'async with' outside async function")),
    ),
    (
        "def f():\n  async for x in y: pass",
        Some((2, 3, "A0054", "'async for' outside async function")),
    ),
    (
        "class A:\n  async for x in y: pass",
        Some((2, 3, "A0054", "'async for' outside async function")),
    ),
    ("yield 1", Some((1, 1, "A0052", "'yield' outside function"))),
    (
        "yield from x",
        Some((1, 1, "A0052", "'yield from' outside function")),
    ),
    (
        "class A:\n  yield",
        Some((2, 3, "A0052", "'yield' outside function")),
    ),
    (
        "class A:\n  yield from 1",
        Some((2, 3, "A0052", "'yield from' outside function")),
    ),
    (
        "async def f():\n  yield from x",
        Some((2, 3, "A0055", "'yield from' inside async function")),
    ),
    (
        "async def f():\n  yield 1\n  return 2",
        Some((3, 3, "A0055", "'return' with value in async generator")),
    ),
    ("async def f():\n  yield\n  return", None),
    (
        "return 1",
        Some((1, 1, "A0052", "'return' outside function")),
    ),
    (
        "class A:\n  return",
        Some((2, 3, "A0052", "'return' outside function")),
    ),
    (
        "async def f():\n  class A:\n    await x",
        Some((3, 5, "A0054", "'await' outside function")),
    ),
    (
        "async def f():\n  def g(): await x",
        Some((2, 12, "A0054", "'await' outside async function")),
    ),
    ("await x", None),
    ("async with x: pass", None),
    ("[await x for y in z]", None),
    (
        "await x\nyield 1",
        Some((2, 1, "A0052", "'yield' outside function")),
    ),
    ("def f(x=await y): pass", None),
];

const LOOPS: &[Row] = &[
    ("break", Some((1, 1, "A0053", "'break' outside loop"))),
    (
        "continue",
        Some((1, 1, "A0053", "'continue' not properly in loop")),
    ),
    (
        "if 1:\n  continue",
        Some((2, 3, "A0053", "'continue' not properly in loop")),
    ),
    (
        "def f():\n  break",
        Some((2, 3, "A0053", "'break' outside loop")),
    ),
    (
        "for x in y:\n  def f():\n    continue",
        Some((3, 5, "A0053", "'continue' not properly in loop")),
    ),
    (
        "for x in y: pass\nelse:\n  break",
        Some((3, 3, "A0053", "'break' outside loop")),
    ),
    (
        "while x:\n  class A:\n    break",
        Some((3, 5, "A0053", "'break' outside loop")),
    ),
    ("for x in y:\n  try: pass\n  finally:\n    continue", None),
];

const HANDLERS: &[Row] = &[
    (
        "try: pass\nexcept: pass\nexcept E: pass",
        Some((2, 1, "A0058", "default 'except:' must be last")),
    ),
    (
        "for x in y:\n  try: pass\n  except* E:\n    break",
        Some((
            4,
            5,
            "A0058",
            "'break', 'continue' and 'return' cannot appear in an except* block",
        )),
    ),
    (
        "for x in y:\n  try: pass\n  except* E:\n    continue",
        Some((
            4,
            5,
            "A0058",
            "'break', 'continue' and 'return' cannot appear in an except* block",
        )),
    ),
    (
        "for x in y:\n  try: pass\n  except* E:\n    for z in w: break",
        None,
    ),
    (
        "def f():\n  try: pass\n  except* E:\n    for z in w: return 1",
        Some((
            4,
            24,
            "A0058",
            "'break', 'continue' and 'return' cannot appear in an except* block",
        )),
    ),
];

const STARS: &[Row] = &[
    (
        "*a, *b = c",
        Some((1, 1, "A0059", "multiple starred expressions in assignment")),
    ),
    (
        "[*a, *b] = c",
        Some((1, 1, "A0059", "multiple starred expressions in assignment")),
    ),
    (
        "*a = c",
        Some((
            1,
            1,
            "A0059",
            "starred assignment target must be in a list or tuple",
        )),
    ),
    (
        "x = *a",
        Some((1, 5, "A0059", "can't use starred expression here")),
    ),
    (
        "*a",
        Some((1, 1, "A0059", "can't use starred expression here")),
    ),
    (
        "for *a in b: pass",
        Some((
            1,
            5,
            "A0059",
            "starred assignment target must be in a list or tuple",
        )),
    ),
    ("a[*b]", None),
    ("print(*a)", None),
];

const DEBUG: &[Row] = &[
    (
        "__debug__ = 1",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "del __debug__",
        Some((1, 5, "A0060", "cannot delete __debug__")),
    ),
    (
        "x.__debug__ = 1",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "def f(__debug__): pass",
        Some((1, 7, "A0060", "cannot assign to __debug__")),
    ),
    (
        "f(__debug__=1)",
        Some((1, 3, "A0060", "cannot assign to __debug__")),
    ),
    (
        "import __debug__",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "import x as __debug__",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "for __debug__ in x: pass",
        Some((1, 5, "A0060", "cannot assign to __debug__")),
    ),
    (
        "__debug__: int",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "(__debug__ := 1)",
        Some((1, 2, "A0060", "cannot assign to __debug__")),
    ),
    (
        "def __debug__(): pass",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "class __debug__: pass",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
    (
        "try: pass\nexcept E as __debug__: pass",
        Some((2, 1, "A0060", "cannot assign to __debug__")),
    ),
    ("x.__debug__ += 1", None),
    (
        "lambda __debug__: 1",
        Some((1, 8, "A0060", "cannot assign to __debug__")),
    ),
    (
        "with x as __debug__: pass",
        Some((1, 11, "A0060", "cannot assign to __debug__")),
    ),
    (
        "match x:\n  case __debug__: pass",
        Some((2, 8, "A0060", "cannot assign to __debug__")),
    ),
    (
        "from x import __debug__",
        Some((1, 1, "A0060", "cannot assign to __debug__")),
    ),
];

const PATTERNS: &[Row] = &[
    (
        "match x:\n  case a: pass\n  case b: pass",
        Some((
            2,
            8,
            "A0061",
            "name capture 'a' makes remaining patterns unreachable",
        )),
    ),
    (
        "match x:\n  case _: pass\n  case b: pass",
        Some((
            2,
            8,
            "A0061",
            "wildcard makes remaining patterns unreachable",
        )),
    ),
    (
        "match x:\n  case [a,a]: pass",
        Some((
            2,
            11,
            "A0061",
            "multiple assignments to name 'a' in pattern",
        )),
    ),
    (
        "match x:\n  case a|b: pass",
        Some((
            2,
            8,
            "A0061",
            "name capture 'a' makes remaining patterns unreachable",
        )),
    ),
    (
        "match x:\n  case [a]|[b]: pass",
        Some((2, 8, "A0061", "alternative patterns bind different names")),
    ),
    (
        "match x:\n  case [*a,*b]: pass",
        Some((2, 8, "A0061", "multiple starred names in sequence pattern")),
    ),
    (
        "match x:\n  case A(x=1,x=2): pass",
        Some((
            2,
            16,
            "A0061",
            "attribute name repeated in class pattern: x",
        )),
    ),
    (
        "match x:\n  case {'a':1,'a':2}: pass",
        Some((2, 8, "A0061", "mapping pattern checks duplicate key ('a')")),
    ),
    (
        "match x:\n  case (a|1): pass",
        Some((
            2,
            9,
            "A0061",
            "name capture 'a' makes remaining patterns unreachable",
        )),
    ),
    (
        "match x:\n  case (_ as y) | 1: pass",
        Some((
            2,
            9,
            "A0061",
            "wildcard makes remaining patterns unreachable",
        )),
    ),
    (
        "match x:\n  case {1:a, 1:b}: pass",
        Some((2, 8, "A0061", "mapping pattern checks duplicate key (1)")),
    ),
    (
        "match x:\n  case {-1:a, -1:b}: pass",
        Some((2, 8, "A0061", "mapping pattern checks duplicate key (-1)")),
    ),
    (
        "match x:\n  case {'a':x, **x}: pass",
        Some((2, 8, "A0061", "multiple assignments to name 'x' in pattern")),
    ),
    (
        "match x:\n  case [x] as x: pass",
        Some((2, 8, "A0061", "multiple assignments to name 'x' in pattern")),
    ),
    ("match x:\n  case a if a: pass\n  case b: pass", None),
];

const COMPREHENSIONS: &[Row] = &[
    (
        "class A:\n  [y:=1 for x in z]",
        Some((
            2,
            4,
            "A0056",
            "assignment expression within a comprehension cannot be used in a class body",
        )),
    ),
    (
        "[x:=1 for x in z]",
        Some((
            1,
            2,
            "A0056",
            "assignment expression cannot rebind comprehension iteration variable 'x'",
        )),
    ),
    (
        "[y for x in (y:=z)]",
        Some((
            1,
            14,
            "A0056",
            "assignment expression cannot be used in a comprehension iterable expression",
        )),
    ),
    (
        "[y:=1 for y2 in z for y in w]",
        Some((
            1,
            2,
            "A0056",
            "assignment expression cannot rebind comprehension iteration variable 'y'",
        )),
    ),
    (
        "[[j for j in range(5) if (i:=0)] for i in range(5)]",
        Some((
            1,
            27,
            "A0056",
            "assignment expression cannot rebind comprehension iteration variable 'i'",
        )),
    ),
    (
        "[i for i in range(5) if (j := 0) for j in range(5)]",
        Some((
            1,
            38,
            "A0056",
            "comprehension inner loop cannot rebind assignment expression target 'j'",
        )),
    ),
    (
        "[(yield) for x in y]",
        Some((1, 3, "A0056", "'yield' inside list comprehension")),
    ),
    (
        "((yield) for x in y)",
        Some((1, 3, "A0056", "'yield' inside generator expression")),
    ),
    (
        "{(yield) for x in y}",
        Some((1, 3, "A0056", "'yield' inside set comprehension")),
    ),
    (
        "{(yield):1 for x in y}",
        Some((1, 3, "A0056", "'yield' inside dict comprehension")),
    ),
];

const GENERICS: &[Row] = &[
    (
        "def f[T](x: (y := 1)): pass",
        Some((
            1,
            14,
            "A0063",
            "named expression cannot be used within the definition of a generic",
        )),
    ),
    (
        "type X = (yield)",
        Some((
            1,
            11,
            "A0063",
            "yield expression cannot be used within a type alias",
        )),
    ),
    (
        "class A[T: (yield)]: pass",
        Some((
            1,
            13,
            "A0063",
            "yield expression cannot be used within a TypeVar bound",
        )),
    ),
    (
        "def f[T, T](): pass",
        Some((1, 10, "A0051", "duplicate type parameter 'T'")),
    ),
    (
        "type X = await y",
        Some((
            1,
            10,
            "A0063",
            "await expression cannot be used within a type alias",
        )),
    ),
    (
        "class A[T: (a, (b := 1))]: pass",
        Some((
            1,
            17,
            "A0063",
            "named expression cannot be used within a TypeVar constraint",
        )),
    ),
    (
        "def f[T = (x := 1)](): pass",
        Some((
            1,
            12,
            "A0063",
            "named expression cannot be used within a TypeVar default",
        )),
    ),
    ("type X = lambda: (yield)", None),
];

const FUTURES: &[Row] = &[
    (
        "from __future__ import nope",
        Some((1, 1, "A0062", "future feature nope is not defined")),
    ),
    (
        "x=1\nfrom __future__ import annotations",
        Some((
            2,
            1,
            "A0062",
            "from __future__ imports must occur at the beginning of the file",
        )),
    ),
    ("'doc'\nfrom __future__ import annotations", None),
    (
        "from __future__ import braces",
        Some((1, 1, "A0062", "not a chance")),
    ),
];

/// Line, column, code and text of the first error.
fn first_error(source: &str) -> Option<(usize, usize, &'static str, String)> {
    let parsed = aio_syntax::parse(source);
    assert!(parsed.is_ok(), "{source:?} must get past the parser");
    let errors = compile(&parsed.module, &Options { source }).err()?;
    let first = errors.into_iter().next()?;
    let before = &source[..first.primary.span.start as usize];
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    Some((line, column, first.code, first.message))
}

fn check(rows: &[Row]) {
    for (source, expected) in rows {
        let expected =
            expected.map(|(line, column, code, text)| (line, column, code, text.to_owned()));
        assert_eq!(first_error(source), expected, "in {source:?}");
    }
}

#[test]
fn global_and_nonlocal_agree_with_their_scope() {
    check(DECLARATIONS);
}

#[test]
fn await_yield_and_return_stand_where_they_can() {
    check(OUTSIDE);
}

#[test]
fn break_and_continue_need_a_loop() {
    check(LOOPS);
}

#[test]
fn handlers_are_ordered_and_not_left() {
    check(HANDLERS);
}

#[test]
fn a_star_needs_a_list_around() {
    check(STARS);
}

#[test]
fn debug_is_a_constant() {
    check(DEBUG);
}

#[test]
fn patterns_can_match_and_bind_once() {
    check(PATTERNS);
}

#[test]
fn comprehensions_keep_their_variables() {
    check(COMPREHENSIONS);
}

#[test]
fn type_parameters_hold_no_effects() {
    check(GENERICS);
}

#[test]
fn future_imports_are_known_and_first() {
    check(FUTURES);
}
