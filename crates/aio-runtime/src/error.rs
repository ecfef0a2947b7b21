//! Errors of the evaluator.
//!
//! [`Raised`] is zero-sized: the exception itself is parked in the interpreter (`Vm::pending`), so
//! `Result<Value, Raised>` is as small as a value and the happy path carries nothing.
//!
//! Invariant: a function returns `Err(Raised)` if and only if an exception is pending.

use crate::heap::{GcCell, Ref};
use crate::objects::{ClassObj, ExcData, InstanceObj, Payload};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;

/// Proof that an exception is pending in the interpreter.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raised;

/// What everything that can raise returns.
pub type R<T = Value> = Result<T, Raised>;

macro_rules! raisers {
    ($($method:ident, $class:ident;)*) => {
        impl Vm { $(
            /// Raises an exception of the class that the method is named after.
            #[cold]
            #[inline(never)]
            pub fn $method(&mut self, message: impl Into<String>) -> Raised {
                let class = self.types.$class.clone();
                let message = self.str(message.into() as String);
                self.raise_with(&class, vec![message])
            }
        )* }
    };
}

raisers! {
    type_error, type_error;
    value_error, value_error;
    name_error, name_error;
    unbound_local_error, unbound_local_error;
    attribute_error, attribute_error;
    index_error, index_error;
    overflow_error, overflow_error;
    zero_division_error, zero_division_error;
    runtime_error, runtime_error;
    recursion_error, recursion_error;
    memory_error, memory_error;
    import_error, import_error;
    module_not_found_error, module_not_found_error;
    not_implemented_error, not_implemented_error;
    assertion_error, assertion_error;
    lookup_error, lookup_error;
    system_error, system_error;
    os_error, os_error;
    eof_error, eof_error;
    syntax_error, syntax_error;
}

/// An exception instance with these `args`: a tuple, or unset for the empty one.
pub fn exception_with(class: &Ref<ClassObj>, args: Value) -> Value {
    let data = ExcData {
        args,
        ..ExcData::default()
    };
    Value::new(InstanceObj {
        class: GcCell::new(class.clone()),
        shape: Cell::new(class.root_shape),
        slots: GcCell::new(Vec::new()),
        payload: GcCell::new(Payload::Exc(Box::new(data))),
        finalized: Cell::new(false),
        weakly: Cell::new(false),
    })
}

impl Vm {
    /// Makes an exception instance of a built-in or derived class without running `__init__`.
    pub fn new_exception(&mut self, class: &Ref<ClassObj>, args: Vec<Value>) -> Value {
        let args = if args.is_empty() {
            Value::UNSET
        } else {
            Value::tuple(args)
        };
        exception_with(class, args)
    }

    /// Raises a new exception of a class with these arguments.
    #[cold]
    pub fn raise_with(&mut self, class: &Ref<ClassObj>, args: Vec<Value>) -> Raised {
        let exception = self.new_exception(class, args);
        self.take_up_clue(&exception);
        self.raise(exception)
    }

    /// Raises an exception instance: it becomes pending. Its `__context__` becomes the exception
    /// being handled, unless that is itself (language reference, "The raise statement").
    pub fn raise(&mut self, exception: Value) -> Raised {
        if !self.handled.is_unset() && !self.handled.is(&exception) {
            let context = self.handled.clone();
            self.chain_context(&exception, context);
        }
        self.pending = exception;
        Raised
    }

    /// Raises again: no new context.
    pub fn reraise(&mut self, exception: Value) -> Raised {
        self.pending = exception;
        Raised
    }

    /// `KeyError(key)`
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Raised {
        let class = self.types.key_error.clone();
        self.raise_with(&class, vec![key])
    }

    /// `StopIteration(value)`; no argument for `None`.
    #[cold]
    pub fn stop_iteration(&mut self, value: Value) -> Raised {
        let class = self.types.stop_iteration.clone();
        let args = if value.is_none() { vec![] } else { vec![value] };
        self.raise_with(&class, args)
    }

    /// Takes the pending exception (it is handled now).
    pub fn take_pending(&mut self) -> Value {
        self.fault = None;
        self.pending.take()
    }

    /// Whether the pending exception is an instance of a class.
    pub fn pending_is(&self, class: &Ref<ClassObj>) -> bool {
        self.pending
            .as_instance()
            .is_some_and(|instance| instance.class.with(|c| c.is_subclass_of(class)))
    }

    /// Sets `__context__`, cutting a cycle that this would close.
    fn chain_context(&mut self, exception: &Value, context: Value) {
        let mut walk = context.clone();
        let mut steps = 0;
        while let Some(next) = exc_data(&walk, |data| data.context.clone()) {
            if next.is_unset() || steps > 1000 {
                break;
            }
            if next.is(exception) {
                with_exc_data(&walk, |data| drop(data.context.take()));
                break;
            }
            walk = next;
            steps += 1;
        }
        with_exc_data(exception, |data| data.context = context);
    }
}

/// Reads the exception fields of an instance.
pub fn exc_data<T>(exception: &Value, f: impl FnOnce(&ExcData) -> T) -> Option<T> {
    exception
        .as_instance()?
        .payload
        .with(|payload| match payload {
            Payload::Exc(data) => Some(f(data)),
            Payload::None | Payload::Base(_) | Payload::Native(_) => None,
        })
}

/// Writes the exception fields of an instance.
pub fn with_exc_data<T>(exception: &Value, f: impl FnOnce(&mut ExcData) -> T) -> Option<T> {
    exception
        .as_instance()?
        .payload
        .with_mut(|payload| match payload {
            Payload::Exc(data) => Some(f(data)),
            Payload::None | Payload::Base(_) | Payload::Native(_) => None,
        })
}
