//! Writing random programs for the comparison of bodies.
//!
//! A body is written once, with marks where the three twins differ: `@p(3)` is a
//! call that may suspend, `@with` a block that may. A budget of steps, counted by
//! the calls, ends every loop.

use std::fmt::Write as _;

const BODIES: usize = 10;
const MAX_DEPTH: usize = 3;

/// What the twins share: tracing, the budget, a context manager, the drivers.
const HEAD: &str = r#"log, budget = [], 0

class Spent(Exception):
    pass

class Oops(Exception):
    pass

def p(k):
    global budget
    budget -= 1
    if budget < 0:
        raise Spent
    log.append(k)
    return k

async def ap(k):
    if k % 3:
        await sleep(0)
    return p(k)

def gp(k):
    got = yield k
    if got != k:
        raise AssertionError("lost what was sent")
    return p(k)

class Ctx:
    def __init__(self, k):
        self.k = k
    def __enter__(self):
        return p(self.k)
    def __exit__(self, kind, error, tb):
        p(kind.__name__ if kind else None)
        return self.k % 2 == 0 and kind is Oops
    async def __aenter__(self):
        await sleep(0)
        return self.__enter__()
    async def __aexit__(self, *exc):
        await sleep(0)
        return self.__exit__(*exc)

def begin():
    global budget
    budget = 60
    log.clear()

def failed(e):
    return "raised", type(e).__name__, e.args, type(e.__context__).__name__

def drive_plain(f):
    begin()
    try:
        end = "returned", f()
    except Exception as e:
        end = failed(e)
    return end, list(log)

async def drive_async(f):
    begin()
    try:
        end = "returned", await f()
    except Exception as e:
        end = failed(e)
    return end, list(log)

def drive_generator(f):
    begin()
    g = f()
    try:
        k = next(g)
        while True:
            k = g.send(k)
    except StopIteration as stop:
        end = "returned", stop.value
    except Exception as e:
        end = failed(e)
    return end, list(log)

async def compare(n, plain, coroutine, generator):
    expected = drive_plain(plain)
    print(n, *expected)
    for name, found in (("coroutine", await drive_async(coroutine)), ("generator", drive_generator(generator))):
        if found != expected:
            print(n, name, "DIFFERS", *found)

"#;

/// The program that belongs to `seed`.
pub fn program(seed: u64) -> String {
    let mut text = HEAD.to_owned();
    let mut writer = Writer {
        state: seed,
        next_call: 0,
    };
    for n in 0..BODIES {
        let mut body = String::new();
        writer.block(&mut body, 1, 0, false);
        let twins = [
            ("def plain", "p(", "with "),
            ("async def coroutine", "await ap(", "async with "),
            ("def generator", "yield from gp(", "with "),
        ];
        for (head, call, with) in twins {
            let twin = body.replace("@p(", call).replace("@with ", with);
            let _ = write!(text, "{head}{n}():\n    x = 0\n{twin}    return x\n\n");
        }
        if !body.contains("@p(") {
            // Without a call there is nothing to suspend, and no generator.
            continue;
        }
        let _ = writeln!(
            text,
            "await compare({n}, plain{n}, coroutine{n}, generator{n})\n"
        );
    }
    text
}

struct Writer {
    state: u64,
    /// Calls are numbered, so that a trace tells where it has been.
    next_call: u64,
}

impl Writer {
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % n
    }

    fn block(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        for _ in 0..1 + self.below(2) {
            self.statement(out, indent, depth, in_loop);
        }
    }

    fn statement(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        let pad = "    ".repeat(indent);
        let compound = depth < MAX_DEPTH && self.below(5) > 0;
        if !compound {
            let line = self.simple(in_loop);
            let _ = writeln!(out, "{pad}{line}");
            return;
        }
        match self.below(7) {
            0 => self.conditional(out, indent, depth, in_loop),
            1 => {
                let (count, value) = (1 + self.below(3), self.expression(1));
                let _ = writeln!(
                    out,
                    "{pad}for i{depth} in range({count}):\n{pad}    x += {value}"
                );
                self.block(out, indent + 1, depth + 1, true);
                self.otherwise(out, indent, depth, in_loop);
            }
            2 => {
                let condition = self.condition();
                let _ = writeln!(out, "{pad}while {condition}:\n{pad}    x += 1");
                self.block(out, indent + 1, depth + 1, true);
                self.otherwise(out, indent, depth, in_loop);
            }
            3 | 4 => self.attempt(out, indent, depth, in_loop),
            5 => {
                let k = self.below(10);
                let _ = writeln!(
                    out,
                    "{pad}@with Ctx({k}) as c{depth}:\n{pad}    x += c{depth}"
                );
                self.block(out, indent + 1, depth + 1, in_loop);
            }
            _ => self.matching(out, indent, depth, in_loop),
        }
    }

    fn conditional(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        let pad = "    ".repeat(indent);
        let condition = self.condition();
        let _ = writeln!(out, "{pad}if {condition}:");
        self.block(out, indent + 1, depth + 1, in_loop);
        if self.below(2) == 0 {
            let condition = self.condition();
            let _ = writeln!(out, "{pad}elif {condition}:");
            self.block(out, indent + 1, depth + 1, in_loop);
        }
        self.otherwise(out, indent, depth, in_loop);
    }

    fn otherwise(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        if self.below(2) == 0 {
            let _ = writeln!(out, "{}else:", "    ".repeat(indent));
            self.block(out, indent + 1, depth + 1, in_loop);
        }
    }

    fn attempt(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        let pad = "    ".repeat(indent);
        let _ = writeln!(out, "{pad}try:");
        self.block(out, indent + 1, depth + 1, in_loop);
        let (handles, finishes) = match self.below(3) {
            0 => (true, false),
            1 => (false, true),
            _ => (true, true),
        };
        if handles {
            let name = ["Oops", "(Oops, KeyError)", "Exception"][self.below(3) as usize];
            let _ = writeln!(out, "{pad}except {name} as e{depth}:");
            let _ = writeln!(out, "{pad}    p(type(e{depth}).__name__)");
            self.block(out, indent + 1, depth + 1, in_loop);
            self.otherwise(out, indent, depth, in_loop);
        }
        if finishes {
            let _ = writeln!(out, "{pad}finally:");
            self.block(out, indent + 1, depth + 1, in_loop);
        }
    }

    fn matching(&mut self, out: &mut String, indent: usize, depth: usize, in_loop: bool) {
        let pad = "    ".repeat(indent);
        let subject = self.expression(1);
        let _ = writeln!(out, "{pad}match [x % 3, {subject}]:");
        let guard = self.condition();
        for case in ["[0, _]", &format!("[1, y] if {guard}"), "_"] {
            let _ = writeln!(out, "{pad}    case {case}:");
            self.block(out, indent + 2, depth + 1, in_loop);
        }
    }

    fn simple(&mut self, in_loop: bool) -> String {
        let choices = if in_loop { 10 } else { 8 };
        match self.below(choices) {
            0..=3 => format!("x += {}", self.expression(2)),
            4 => format!("x = {}", self.expression(2)),
            5 => format!("raise Oops({})", self.call()),
            6 => format!("return {}", self.expression(1)),
            7 if self.below(2) == 0 => "raise".to_owned(),
            7 => format!("{{}}[{}]", self.call()),
            8 => "break".to_owned(),
            _ => "continue".to_owned(),
        }
    }

    fn call(&mut self) -> String {
        self.next_call = (self.next_call + 1) % 100;
        format!("(@p({}))", self.next_call)
    }

    fn condition(&mut self) -> String {
        let call = self.call();
        match self.below(4) {
            0 => format!("(x + {call}) % 3"),
            1 => format!("{call} % 2 and {}", self.call()),
            2 => format!("not {call} % 2 or x % 2"),
            _ => format!("0 < {call} % 7 < {} % 5 + 3", self.call()),
        }
    }

    fn expression(&mut self, depth: u64) -> String {
        if depth == 0 {
            return self.call();
        }
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        match self.below(12) {
            0 => format!("{a} + {b} * x % 5"),
            1 => format!("max({a}, {b}, x)"),
            2 => format!("[x, {a}, {b}][{} % 3]", self.call()),
            3 => format!("({a} if {} else {b})", self.condition()),
            4 => format!("len(f\"{{({a})}}-{{({b}):>{{{} % 9}}}}\")", self.call()),
            5 => format!("({a} % 2 and {b} or x)"),
            6 => format!("{{1: {a}, 2: {b}}}[1]"),
            7 => format!("sum((x, {a}, *[{b}]))"),
            8 => format!("(y := {a}) + y - {b}"),
            9 => format!("int(x < {a} < {b} < {})", self.call()),
            10 => format!("dict(k={a}, **{{'z': {b}}})['z']"),
            _ => format!("-{a} - ~{b}"),
        }
    }
}
