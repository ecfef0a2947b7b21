//! From the resolved tree to nodes.
//!
//! Choosing a node means looking at the shape of the code once, here, instead of on every
//! evaluation: what kind of operand, how many arguments, which target. The table below lists the
//! superinstructions, the shapes that have a node of their own, and what each buys.
//!
//! | node | for | what it saves |
//! |---|---|---|
//! | `Binary`, `Comparison` over operand forms | `x + 1`, `i < n` | clones of locals and constants, a call per operand |
//! | `AugLocal` | `x += e` | a read, a write, a clone; strings grow in place |
//! | `AugAttr`, `AugIndex` | `a.b += e`, `d[k] += e` | the second look-up |
//! | `IfReturn` | `if c: return e` | a block; recursion's base case |
//! | `PlainBody::tail` | a body that ends in `return e` | the trip of the value through `Vm::ret` |
//! | `AssignPairs` | `a, b = b, a` | the tuple |
//! | `MethodCall` | `o.m(x)` | the bound method; the look-up when the shape is known |
//! | `SuperCall` | `super().m(x)` | the super object |
//! | `Call` of a class | `C(x)` | `__new__`, look-ups of `__init__` |
//! | `For` over range, list, tuple | | the iterator object |
//! | a block that ends in its loop's head | loops of coroutines and generators | a block a turn |
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
            let block = ctx.block(stmts);
            let tail = tail.map(|(value, span)| (ctx.expr(value), span));
            Body::Plain(PlainBody { block, tail })
        }
        hir::Body::Machine(machine) => Body::Machine(machine::lower_machine(&mut ctx, machine)),
    }
}
