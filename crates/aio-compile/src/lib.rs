//! From the syntax tree to the resolved tree and to coroutine state machines.

pub mod hir;
