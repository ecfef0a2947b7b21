//! How fast the front end is: a generated program of one megabyte, lexed and parsed.
//!
//! `cargo bench -p aio-syntax` prints megabytes per second, best of several runs.
//! With `--once lex|parse [BYTES]` it does one thing once, for counting
//! instructions: `valgrind --tool=callgrind`; `--once generate` is what to subtract.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark is a program, and its output is what it is for"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use aio_syntax::{parse, tokenize};

const MEGABYTE: usize = 1_000_000;
const RUNS: usize = 15;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = args.iter().position(|arg| arg == "--once") {
        let what = args.get(at + 1).map_or("parse", String::as_str);
        let bytes = args.get(at + 2).and_then(|arg| arg.parse().ok());
        once(what, bytes.unwrap_or(200_000));
        return;
    }
    let source = program(MEGABYTE);
    let parsed = parse(&source);
    assert!(parsed.is_ok(), "{:?}", parsed.diagnostics.first());
    let tokens = tokenize(&source).tokens.kinds.len();
    println!(
        "{} bytes, {} lines, {tokens} tokens",
        source.len(),
        source.lines().count()
    );
    report("lex", &source, |source| drop(black_box(tokenize(source))));
    report("lex + parse + drop", &source, |source| {
        drop(black_box(parse(source)));
    });
}

fn once(what: &str, bytes: usize) {
    let source = program(bytes);
    match what {
        "lex" => drop(black_box(tokenize(&source))),
        "generate" => drop(black_box(source)),
        _ => {
            // Dropping the tree is not parsing it.
            std::mem::forget(black_box(parse(&source)));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this measures the real time, which no program sees"
)]
fn report(what: &str, source: &str, run: impl Fn(&str)) {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        run(black_box(source));
        best = best.min(start.elapsed().as_secs_f64());
    }
    let megabytes = source.len() as f64 / 1e6;
    println!(
        "{what:<20} {:7.2} ms  {:6.1} MB/s",
        best * 1e3,
        megabytes / best
    );
}

/// A valid program of at least `bytes` bytes, always the same.
fn program(bytes: usize) -> String {
    let mut random = Random(0x5EED);
    let mut out = String::with_capacity(bytes + 4096);
    out.push_str("import asyncio\nfrom collections import defaultdict, deque as queue\n\n");
    let mut number = 0;
    while out.len() < bytes {
        number += 1;
        // Writing to a string cannot fail.
        let _ = match random.below(6) {
            0 => class(&mut out, number),
            1 => coroutine(&mut out, number),
            2 => function(&mut out, number, random.below(9)),
            3 => data(&mut out, number, random.below(7)),
            4 => matching(&mut out, number),
            _ => script(&mut out, number, random.below(11)),
        };
    }
    out
}

fn class(out: &mut String, n: u32) -> std::fmt::Result {
    write!(
        out,
        r#"class Account{n}(Base, metaclass=Meta):
    """An account with a balance and a history of {n} entries."""

    interest: float = 0.0{n}

    def __init__(self, owner, balance=0, *, limit=None, **options):
        super().__init__(owner)
        self.owner, self.balance = owner, balance
        self.history = []  # newest last
        self.limit = limit if limit is not None else {n} * 10
        self.options = {{"verbose": False, "retries": 3, **options}}

    @property
    def available(self) -> int:
        return self.balance + (self.limit or 0)

    def withdraw(self, amount):
        if amount <= 0 or amount > self.available:
            raise ValueError(f"cannot withdraw {{amount!r}} from {{self.owner}}: {{self.available:>8.2f}} left")
        self.balance -= amount
        self.history.append(("withdraw", amount, self.balance))
        return self.balance

"#
    )
}

fn coroutine(out: &mut String, n: u32) -> std::fmt::Result {
    write!(
        out,
        r#"async def fetch_all_{n}(urls, limit={n}):
    semaphore = asyncio.Semaphore(limit)
    results = defaultdict(list)

    async def fetch(url, attempt=1):
        async with semaphore, session.get(url, timeout=30) as response:
            if response.status != 200 and attempt < 3:
                await asyncio.sleep(0.1 * 2 ** attempt)
                return await fetch(url, attempt + 1)
            return await response.json()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(url), name=f"fetch-{{i}}") for i, url in enumerate(urls)]
    except* (TimeoutError, ConnectionError) as error:
        print("failed:", *error.exceptions, sep="\n  ")
        raise
    finally:
        print(f"{{len(urls)=}} done")
    async for item in stream(tasks):
        results[item["key"]].append(item.get("value", None))
    return {{key: max(values) for key, values in results.items() if values}}

"#
    )
}

fn function(out: &mut String, n: u32, k: u32) -> std::fmt::Result {
    write!(
        out,
        r#"def compute_{n}(values, start=0, stop=None, step={k}):
    total, count = 0, 0
    for index, value in enumerate(values[start:stop]):
        if value is None or not isinstance(value, (int, float)):
            continue
        elif value < 0 and index % 2 == {k}:
            total += abs(value) ** 2 // 3 - (index << 1)
        else:
            total = total + value * 1.5 / (index + 1)
        while count < 10 and total > 1_000_000:
            total -= 0x{n:x}
            count += 1
    squares = [x * x for x in range(stop or 10) if x % {k_plus} != 0]
    key = lambda pair, /, scale=1: (pair[0] * scale, -pair[1])
    return sorted(zip(squares, values), key=key, reverse=True)[:step]

"#,
        k_plus = k + 2
    )
}

fn data(out: &mut String, n: u32, k: u32) -> std::fmt::Result {
    write!(
        out,
        r#"settings_{n} = {{
    "name": "service-{n}",
    "ports": [80, 443, 8000 + {k}, *extra_ports],
    "paths": {{"root": "/srv/app", "logs": r"C:\logs\{n}", "cache": None}},
    'weights': (0.1, 0.25, 1e-3, 3.14159, {k}j),
    "flags": {{True, False, "auto"}},
    "text": """several
lines of text
""" "and more",
}}
assert settings_{n}["name"].startswith("service"), "bad name"

"#
    )
}

fn matching(out: &mut String, n: u32) -> std::fmt::Result {
    write!(
        out,
        r#"def handle_{n}(event):
    match event:
        case {{"type": "click", "at": (x, y)}} if x > {n}:
            return x, y
        case Key(code=13 | 10, shift=False) | "enter":
            return None
        case [first, *rest]:
            return handle_{n}(rest)
        case _:
            raise TypeError(event) from None

"#
    )
}

fn script(out: &mut String, n: u32, k: u32) -> std::fmt::Result {
    write!(
        out,
        r#"# step {n}: read the file, count the words, print a table
with open("input-{k}.txt", encoding="utf-8") as source, open("out.txt", "w") as target:
    words = queue(maxlen={n})
    for line in source:
        words.extend(word.strip(".,;!?").lower() for word in line.split() if word)
    if (size := len(words)) > {k} and not words[0] in seen:
        print(f"{{size}} words", file=target); seen.add(words[0])
del words
global_counter = (global_counter + {n}) % 2 ** 32 if global_counter else {k}

"#
    )
}

/// A small generator of pseudo-random numbers (xorshift), always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as u32 % limit
    }
}
