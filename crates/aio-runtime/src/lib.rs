//! The run time of aio: values, evaluator, coroutines, tasks, built-in types and modules.
//!
//! In reading order: `value` and `heap` (what a value is, counting, cycles), `objects` (what the
//! kinds hold), `table` (dict and set), `vm` and `error` (the interpreter and its exceptions),
//! `attributes`, `call` and `ops` (what values do), `code`, `lower` and `eval` (from the resolved
//! tree to nodes, and the nodes), `coroutine` (bodies that suspend), `asyncio` (tasks and
//! futures on the event loop), `types`, `builtins` and `modules` (the library), `session` (how a
//! program is run).

// What a script chooses must not become an index that panics. The modules that are tuned for speed
// index what they have checked.
#![deny(clippy::indexing_slicing)]

mod argument_errors;
pub mod asyncio;
pub mod attributes;
pub mod builtins;
#[expect(clippy::indexing_slicing, reason = "tuned for speed; checked in place")]
mod call;
pub mod code;
#[expect(clippy::indexing_slicing, reason = "tuned for speed; checked in place")]
pub mod coroutine;
pub mod error;
#[expect(clippy::indexing_slicing, reason = "tuned for speed; checked in place")]
pub mod eval;
mod finalize;
#[expect(clippy::indexing_slicing, reason = "tuned for speed; checked in place")]
pub mod heap;
pub mod limits;
mod lower;
pub mod modules;
mod names;
pub mod native;
mod nesting;
pub mod num;
pub mod objects;
pub mod ops;
pub mod output;
pub mod permissions;
mod python_functions;
pub mod report;
mod session;
pub mod signals;
#[expect(clippy::indexing_slicing, reason = "tuned for speed; checked in place")]
pub mod table;
mod talking;
pub mod testing;
pub mod text;
pub mod threads;
pub mod types;
pub mod value;
pub mod vm;

#[cfg(not(target_family = "wasm"))]
pub use code::SourceFile;
pub use heap::Allocator;
pub use session::{Draw, Loaded, Options, Outcome, Session};
