//! From the resolved tree to nodes.
//!
//! Choosing a node means looking at the shape of the code once, here, instead of on every
//! evaluation: what kind of operand, how many arguments, which target. The table below lists the
//! superinstructions, the shapes that have a node of their own, and what each buys.
//!
//! | node | for | what it saves |
//! |---|---|---|
//! | `Binary`, `Comparison` over operand forms | `x + 1`, `i < n` | clones of locals and constants, a call per operand |
//! | `rich::Pair`, `Attr<Local>` as operands | `x * y + z`, `i % 2 == 0`, `a[i + 1]`, `p.x - q.x` | a call, and registers saved around it (number code: 4 to 9 %) |
//! | `AugLocal` | `x += e` | a read, a write, a clone; strings and large ints grow in place |
//! | `AugAttr`, `AugIndex` | `a.b += e`, `d[k] += e` | the second look-up |
//! | `Index`, `AugIndex` by a constant | `d["k"]`, `d["k"] += e` | the look-up, where the key stands is remembered (a loop of these: a quarter) |
//! | `AugIndex` of numbers by a peek | `a[i] += 1`, `d["k"] -= x` | copies of the items, a call (the statement: more than half) |
//! | `AugAttr` over operand forms | `a.b += x * y` | a call for the value, the second check (planets: 13 %) |
//! | `Membership` over operand forms | `x + y in s` | a call for the value (queens: 2 %) |
//! | `AssignOne` over operand forms | `a[i] = 0`, `o.x = y` | a call for the value (a sieve: a tenth) |
//! | `Index::cond` | `if flags[i]` | the value (a sieve: 5 %) |
//! | `IndexSlice`, `StoreSlice` | `a[i:j:k]`, `a[i:j] = b` | the slice object (fannkuch: a fifth) |
//! | `And` of comparisons | `a < b < c`, inner operands locals or constants | boxed truth values |
//! | `IfReturn` | `if c: return e` | a block |
//! | `PlainBody::guards` | the same, before all else in a function | a call, `Vm::ret` (a recursion: 11 %) |
//! | `IfOtherwise` | `if c: … else: …` | the walk over the branches (15 instructions) |
//! | `PlainBody::tail` | a body that ends in `return e` | the trip of the value through `Vm::ret` |
//! | `AssignPairs` | `a, b = b, a` | the tuple; of locals, a call per target |
//! | `Unpack` of locals side by side | `a, b, c = t` with new names | a look at each slot (ten names: a fifth) |
//! | `Node::exec_local` | `x = e` | a call; the value stays in a register (a fractal: a twentieth) |
//! | `Callee::Global`, `Callee::Local` | `f(x)` | a call for the function (a recursion: 5 %) |
//! | `Call` of a builtin | `ord(c)`, `len(s)`, `max(a, b)` | a call for the function, and its count (text: 4 %) |
//! | `Call` of an instance, of a bound method in Rust | `memo(n)`, `random.random()` | lists of the arguments, look-ups (such a call: a third) |
//! | `FullCall`, `FullMethodCall` of a function | `f(x, key=y)` | lists of the arguments, sorting them (such calls: a quarter) |
//! | `FullSite::passed` | `f(*args, **kwargs)` in a wrapper | copies of the tuple and the dict (a call through it: a sixth) |
//! | `FullSuperCall` | `super().__init__(*args, **kw)` | the super object, look-ups (such an instance: a third) |
//! | `MethodCall` of `append`, `pop` | `a.append(x)`, `a.pop()` of a list | the look for the method (such a pair: a third) |
//! | `Attr` of a property | `o.area` | look-ups in the class and its kin (reading one: two fifths) |
//! | `Attr` of what a class has | `self.LIMIT`, `Color.RED`, `point.x` | the same (reading one: two thirds) |
//! | `MethodCall` | `o.m(x)` | the bound method; the look-up when the shape is known |
//! | `SuperCall` | `super().m(x)` | the super object |
//! | `Record` | `{"a": x, "b": y}` | look-ups of keys that are known to differ (such a dict: half) |
//! | `GlobalAttr` | `math.pi` | a call for the module |
//! | `SleepCall` | `await asyncio.sleep(0)` | the coroutine; the function's value (sleep(0): 8 %) |
//! | `IntakeCall`, `JoinCall` | `sum(x for x in …)`, `any`, `max`, `list`, `", ".join(…)` | the generator, its resumptions (such a loop: half) |
//! | `Call` of a class | `C(x)`, `range(n)`, `set()` | `__new__`, look-ups of `__init__` |
//! | `For` over range, list, tuple | | the iterator object |
//! | `For` over an iterator in Rust | `enumerate`, `zip`, `d.items()` | the look at its object for every item (a fifth) |
//! | a block that ends in its loop's head or a test | loops of coroutines and generators | a block a turn |
//!
//! Operators, comparisons, subscripts and attributes have their quick path in `eval` and the rest
//! in a function of its own that is called last, so that the quick path saves no registers for it
//! (an eighth of the instructions of number code).
//!
//! A local is used as a borrowed operand only if no later operand of the same node can rebind it
//! (a walrus on the same name): see [`Lowerer::pair`].

mod calls;
mod exprs;
mod machine;
mod patterns;
mod stmts;
mod targets;

use crate::code::{Body, Code};
use crate::eval::PlainBody;
use crate::vm::Vm;
use aio_compile::hir;
use std::rc::Rc;

/// What lowering a body needs at hand.
pub(crate) struct Lowerer<'a> {
    pub(crate) vm: &'a mut Vm,
    pub(crate) code: &'a Rc<Code>,
}

/// Builds the runnable form of a body.
pub(crate) fn lower_body(vm: &mut Vm, code: &Rc<Code>) -> Body {
    let mut ctx = Lowerer { vm, code };
    match &code.hir.body {
        hir::Body::Tree(stmts) => {
            let (stmts, tail) = match stmts.split_last() {
                Some((
                    hir::Stmt {
                        kind: hir::StmtKind::Return(Some(value)),
                        span,
                    },
                    others,
                )) => (others, Some((value, *span))),
                _ => (stmts.as_slice(), None),
            };
            let (guards, stmts) = ctx.guards(stmts);
            let block = ctx.block(stmts);
            let tail = tail.map(|(value, span)| (ctx.expr(value), span));
            Body::Plain(PlainBody {
                guards,
                block,
                tail,
            })
        }
        hir::Body::Machine(machine) => Body::Machine(machine::lower_machine(&mut ctx, machine)),
    }
}
