//! The heap objects: what each kind of value holds. Behaviour lives elsewhere (`types` for the
//! built-in types, `eval` for functions, `coroutine`, `asyncio`); here are the fields, and for
//! the cycle collector, which counted references each object holds.

mod callables;
mod classes;
mod containers;
mod futures;
mod instances;
mod scalars;
mod suspended;

pub use crate::heap::tuples::TupleObj;
pub use callables::{CellObj, DescrObj, FuncExtra, FuncObj, MethodObj, NativeObj};
pub use classes::{ClassObj, Hooks, Keys, Layout, ModuleObj, Shape};
pub use containers::{
    DictObj, IterKind, IterObj, ListObj, NativeIter, RangeObj, SetObj, SliceObj, ViewKind, ViewObj,
};
pub use futures::{FutureFlags, FutureKind, FutureObj, FutureState, RareFuture, Standing};
pub use instances::{
    ExcData, GroupData, InstanceObj, NativeData, Payload, Story, TaskPassed, TraceEntry,
};
pub use scalars::{BigIntObj, BytesObj, ComplexObj, StrObj};
pub use suspended::{CoroState, CoroutineObj, NativeCoroutine, Resume, Step};

/// An interned string: names compare by address.
pub type Name = crate::heap::Ref<StrObj>;
