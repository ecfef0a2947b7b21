//! Coroutines, generators and async generators: bodies that suspend.
//!
//! A call of such a function makes a [`CoroutineObj`](crate::objects::CoroutineObj) over filled slots; [`resume`] runs it until
//! it suspends, returns or raises. In reading order: `machine` runs one body from one suspension
//! to the next; `trampoline` keeps the chain of bodies that await each other and always resumes
//! the innermost one, so that a task deep in awaits costs per step what a shallow one costs, and
//! needs no native recursion; `awaiting` says what `await x` means for every kind of `x`; `native` runs bodies written in Rust; `direct` runs
//! `await f(x)` on the native stack as long as it does not suspend, `direct_objects` a coroutine that
//! exists, and an async generator up to its item;
//! `objects` is life and death of the objects: making, closing, finalizing; `async_generators`
//! is `asend`, `athrow`, `aclose`, `async for`.

mod async_generators;
mod awaiting;
mod closing;
mod direct;
mod direct_objects;
mod machine;
mod native;
mod objects;
mod sleeping;
mod trampoline;

pub use async_generators::{Driven, async_iter, async_next, step_object};
pub use awaiting::awaitable_iterator;
pub use direct::{AwaitEntry, Direct, await_filled, await_function, await_method, fits};
pub use direct_objects::may_send;
pub use machine::{After, Io, Machine, MachineBlock, Term};
pub use objects::{
    close, finalize, has_cleanup, is_generator, name_of, new_coroutine, new_native, send, throw,
    warns,
};
pub use sleeping::{SleepCall, SleepName};
pub use trampoline::{Resumed, convert_stop, next_of_generator, resume, turn};
