//! What the transform makes of typical bodies.
//!
//! The listings show the size of the machines (straight code with `k` awaits has `k + 1` blocks),
//! what is spilled, and which temporaries there are.

use aio_compile::{Options, compile, dump_states};

/// The machines of a program, without its first line's indentation.
fn states(source: &str) -> String {
    let parsed = aio_syntax::parse(source);
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics);
    let program = compile(&parsed.module, &Options { source }).expect("the programs are correct");
    dump_states(&program, source)
}

fn check(source: &str, expected: &str) {
    let found = states(source);
    assert_eq!(found.trim_end(), expected.trim(), "\n{found}");
}

#[test]
fn straight_code_has_a_block_per_await() {
    check(
        "\
async def f(x):
    await sleep(x)
    y = await g(x)
    return y + await g(y)
",
        r"
f [coroutine, line 1] slots(x y .t0)
    0: (line 2)
        await sleep:global(x) -> 1  [saves x]
    1: (line 3)
        await g:global(x) to y -> 2
    2: (line 4)
        await g:global(y) to .t0 -> 3  [saves y]
    3: (line 4)
        return y + take(.t0)",
    );
}

#[test]
fn what_comes_before_is_spilled() {
    check(
        "\
async def f(x):
    print(x, glob, await g(), x.attr, end=await h())
",
        r"
f [coroutine, line 1] slots(x .t0 .t1 .t2 .t3 .t4)
    0: (line 2)
        .t0 = print:global
        .t1 = glob:global
        await g:global() to .t2 -> 1  [saves x .t0 .t1]
    1: (line 2)
        .t3 = x.attr
        await h:global() to .t4 -> 2  [saves x .t0 .t1 .t2 .t3]
    2: (line 2)
        take(.t0)(x, take(.t1), take(.t2), take(.t3), end=take(.t4))
        return",
    );
}

#[test]
fn locals_are_left_unless_rebound() {
    check(
        "\
async def f(x, y):
    return (x, y, await g(y := 1))
",
        r"
f [coroutine, line 1] slots(x y .t0 .t1)
    0: (line 2)
        .t0 = y
        await g:global(y := 1) to .t1 -> 1  [saves x .t0]
    1: (line 2)
        return (x, take(.t0), take(.t1),)",
    );
}

#[test]
fn whole_statements_stay_whole() {
    check(
        "\
async def f(xs):
    for x in xs:
        if x:
            break
    await g()
",
        r"
f [coroutine, line 1] slots(xs x)
    0: (line 5)
        for x in xs:
            if x:
                break
        await g:global() -> 1
    1: (line 5)
        return",
    );
}

#[test]
fn loops_keep_their_iterator() {
    check(
        "\
async def f(xs):
    for x in xs:
        if await g(x):
            continue
        if x:
            break
    else:
        return 1
",
        r"
f [coroutine, line 1] slots(xs x .t0 .t1)
    0: (line 2)
        .t0 = iter(xs)
        -> 1
    1: (line 2)
        x = next(.t0) -> 2 or 6
    2: (line 3)
        await g:global(x) to .t1 -> 3  [saves x .t0]
    3: (line 3)
        if take(.t1) -> 1 else 4
    4: (line 2)
        if x:
            break
        -> 1
        on break: -> 5
    5: (line 8)
        clear .t0
        return
    6: (line 8)
        return 1",
    );
}

#[test]
fn finally_runs_on_every_way_out() {
    check(
        "\
async def f(xs):
    for x in xs:
        try:
            if x:
                break
            return await g(x)
        finally:
            await h()
",
        r"
f [coroutine, line 1] slots(xs x .t0 .t1 .t2 .t3 .t4)
    0: (line 2)
        .t0 = iter(xs)
        x = next(.t0) -> 1 or 11
    1: (line 6)
        if x:
            break
        await g:global(x) to .t2 -> 2  [saves .t1 .t4]
        on raise: .t2 -> 10
        on break: .t3 = 3, -> 3
    2: (line 6)
        .t1 = take(.t2)
        .t3 = 2
        -> 3
    3: (line 3)
        clear .t2
        -> 4
    4: (line 8)
        await h:global() -> 5  [saves .t1 .t2 .t3 .t4]
        on raise: .t2 -> 9
    5: (line 3)
        leave handler .t4
        by .t3: 1 -> 6, 2 -> 7, 3 -> 8
    6: (line 3)
        reraise .t2
    7: (line 3)
        return take(.t1)
    8: (line 2)
        clear .t0
        return
    9: (line 3)
        leave handler .t4
        clear .t1
        reraise .t2
    10: (line 3)
        .t3 = 1
        enter handler .t2 saving .t4
        -> 4
    11: (line 8)
        return",
    );
}

#[test]
fn handlers_enter_and_leave() {
    check(
        "\
async def f():
    try:
        await g()
    except ValueError as e:
        await h(e)
",
        r"
f [coroutine, line 1] slots(e .t0 .t1)
    0: (line 3)
        await g:global() -> 1  [saves .t1]
        on raise: .t0 -> 2
    1: (line 5)
        return
    2: (line 4)
        enter handler .t0 saving .t1
        if .t0 matches ValueError:global -> 3 else 6
        on raise: .t0 -> 6
    3: (line 5)
        e = .t0
        clear .t0
        await h:global(e) -> 4  [saves .t1]
        on raise: .t0 -> 5
    4: (line 4)
        clear e
        leave handler .t1
        return
    5: (line 4)
        clear e
        leave handler .t1
        reraise .t0
    6: (line 2)
        leave handler .t1
        reraise .t0",
    );
}

#[test]
fn with_calls_exit_with_the_exception() {
    check(
        "\
async def f(m):
    async with m as x:
        await g(x)
",
        r"
f [coroutine, line 1] slots(m x .t0 .t1 .t2 .t3)
    0: (line 2)
        await async enter(m, .t0 .t1) to x -> 1  [saves .t0 .t1 .t3]
    1: (line 3)
        await g:global(x) -> 2  [saves .t0 .t1 .t3]
        on raise: .t2 -> 4
    2: (line 2)
        await exit(.t0 .t1, None) -> 3
    3: (line 3)
        return
    4: (line 2)
        enter handler .t2 saving .t3
        await exit(.t0 .t1, .t2) to .t0 -> 5  [saves .t2 .t3]
        on raise: .t2 -> 7
    5: (line 2)
        if take(.t0) -> 6 else 7
    6: (line 2)
        leave handler .t3
        clear .t2
        return
    7: (line 2)
        leave handler .t3
        reraise .t2",
    );
}

#[test]
fn async_for_ends_at_stop() {
    check(
        "\
async def f(xs):
    async for x in xs:
        print(x)
",
        r"
f [coroutine, line 1] slots(xs x .t0 .t1)
    0: (line 2)
        .t0 = aiter(xs)
        -> 1
    1: (line 2)
        await anext(.t0) to x -> 2  [saves .t0]
        on raise: .t1 -> 3
    2: (line 2)
        print:global(x)
        -> 1
    3: (line 2)
        if .t1 is StopAsyncIteration -> 4 else 5
    4: (line 3)
        clear .t1 .t0
        return
    5: (line 2)
        reraise .t1",
    );
}

#[test]
fn generators_yield() {
    check(
        "\
def f(n):
    while n:
        got = yield n
        yield from got
",
        r"
f [generator, line 1] slots(n got)
    0: (line 2)
        if n -> 1 else 3
    1: (line 3)
        yield n to got -> 2  [saves n]
    2: (line 4)
        yield from got -> 0  [saves n]
    3: (line 4)
        return",
    );
}

#[test]
fn conditions_are_jumps() {
    check(
        "\
async def f(a):
    if a and await g() or not await h():
        return 1
",
        r"
f [coroutine, line 1] slots(a .t0)
    0: (line 2)
        if a -> 1 else 4
    1: (line 2)
        await g:global() to .t0 -> 2
    2: (line 2)
        if take(.t0) -> 3 else 4
    3: (line 3)
        return 1
    4: (line 2)
        await h:global() to .t0 -> 5
    5: (line 2)
        if take(.t0) -> 6 else 3
    6: (line 3)
        return",
    );
}

#[test]
fn comprehensions_become_loops() {
    check(
        "\
async def f(xs):
    return [await g(x) for x in xs if x]
",
        r"
f [coroutine, line 1] slots(xs x .t0 .t1 .t2)
    0: (line 2)
        .t0 = iter(xs)
        .t1 = []
        -> 1
    1: (line 2)
        x = next(.t0) -> 2 or 5
    2: (line 2)
        if x -> 3 else 1
    3: (line 2)
        await g:global(x) to .t2 -> 4  [saves .t0 .t1]
    4: (line 2)
        .t1.append(take(.t2))
        -> 1
    5: (line 2)
        clear x
        return take(.t1)",
    );
}
