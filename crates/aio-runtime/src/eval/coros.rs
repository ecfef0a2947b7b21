//! Nodes that only state machines have, and annotations.

use super::{Frame, Node, NodeBox};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{DictObj, ListObj, Name};
use crate::types::exception_groups::split_group;
use crate::types::exceptions::matches;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;

/// `iter(x)`
pub struct GetIter(pub NodeBox, pub Span);

impl Node for GetIter {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.0.eval(vm, frame)?;
        match vm.iter(&value) {
            Ok(iter) => Ok(iter),
            Err(Raised) => Err(vm.fault_at(self.1)),
        }
    }
}

/// `aiter(x)`
pub struct GetAIter(pub NodeBox, pub Span);

impl Node for GetAIter {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.0.eval(vm, frame)?;
        match coroutine::async_iter(vm, &value) {
            Ok(iter) => Ok(iter),
            Err(Raised) => Err(vm.fault_at(self.1)),
        }
    }
}

/// The awaitable for the next item of the async iterator in a slot.
pub struct ANext(pub u32, pub Span);

impl Node for ANext {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let iter = frame.slots[self.0 as usize].clone();
        match coroutine::async_next(vm, &iter) {
            Ok(awaitable) => Ok(awaitable),
            Err(Raised) => Err(vm.fault_at(self.1)),
        }
    }
}

/// Whether the exception in a slot matches.
pub struct ExcMatches(pub u32, pub NodeBox);

impl Node for ExcMatches {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.cond(vm, frame).map(Value::bool)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let typ = self.1.eval(vm, frame)?;
        let exception = frame.slots[self.0 as usize].clone();
        matches(vm, &exception, &typ)
    }
}

/// Whether the value in a slot is a `StopAsyncIteration`.
pub struct IsStopAsync(pub u32);

impl Node for IsStopAsync {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.cond(vm, frame).map(Value::bool)
    }
    fn cond(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<bool> {
        let class = &vm.types.stop_async_iteration;
        let instance = frame.slots[self.0 as usize].as_instance();
        Ok(instance.is_some_and(|i| i.class.with(|c| c.is_subclass_of(class))))
    }
}

/// The matching part of the group in a slot; the rest goes back there.
pub struct SplitGroup(pub u32, pub NodeBox);

impl Node for SplitGroup {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let slot = self.0 as usize;
        if frame.slots[slot].is_none() {
            return Ok(Value::NONE);
        }
        let typ = self.1.eval(vm, frame)?;
        let group = frame.slots[slot].clone();
        let (matched, rest) = split_group(vm, &group, &typ)?;
        frame.slots[slot] = rest;
        Ok(matched)
    }
}

/// The exception in a slot is now being handled.
pub struct EnterHandler {
    /// Holds it.
    pub exc: u32,
    /// Keeps the one before (`None`: there was none).
    pub saved: u32,
}

impl Node for EnterHandler {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let exception = frame.slots[self.exc as usize].clone();
        let before = std::mem::replace(&mut vm.handled, exception);
        frame.slots[self.saved as usize] = if before.is_unset() {
            Value::NONE
        } else {
            before
        };
        Ok(Value::NONE)
    }
}

/// The exception that was being handled before is so again.
pub struct LeaveHandler(pub u32);

impl Node for LeaveHandler {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let saved = frame.slots[self.0 as usize].take();
        if !saved.is_unset() {
            vm.handled = if saved.is_none() { Value::UNSET } else { saved };
        }
        Ok(Value::NONE)
    }
}

/// Collects an error of an `except*` handler.
pub struct StarCollect {
    /// The list.
    pub list: u32,
    /// The error.
    pub exc: u32,
}

impl Node for StarCollect {
    fn eval(&self, _vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let error = frame.slots[self.exc as usize].clone();
        if let Some(list) = frame.slots[self.list as usize].as_list()
            && !error.is_none()
            && !error.is_unset()
        {
            list.items.with_mut(|items| items.push(error));
        }
        Ok(Value::NONE)
    }
}

/// Raises what an `except*` leaves.
pub struct StarReraise {
    /// The original group.
    pub original: u32,
    /// The unhandled rest.
    pub rest: u32,
    /// Errors of the handlers.
    pub list: u32,
}

impl Node for StarReraise {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let original = frame.slots[self.original as usize].clone();
        let rest = frame.slots[self.rest as usize].clone();
        let list = frame.slots[self.list as usize].to_list();
        let list = list.unwrap_or_else(|| Ref::new(ListObj::default()));
        match super::tries::star_result(vm, &original, &rest, &list) {
            Ok(()) => Ok(Value::NONE),
            Err(Raised) => {
                vm.fault = Some(super::tries::RECORDED);
                Err(Raised)
            }
        }
    }
}

/// `name: annotation` at module or class level.
pub struct Annotate {
    /// The name, when it is recorded.
    pub name: Option<Name>,
    /// The annotation.
    pub annotation: NodeBox,
}

impl Node for Annotate {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let annotation = self.annotation.eval(vm, frame)?;
        let Some(name) = &self.name else {
            return Ok(Value::NONE);
        };
        let namespace = frame.namespace.unwrap_or(&frame.func.globals).clone();
        let key = vm.names.__annotations__.clone();
        let dict = match namespace.get_name(&key).and_then(|value| value.to_dict()) {
            Some(dict) => dict,
            None => {
                let dict = Ref::new(DictObj::default());
                namespace.set_name(&key, dict.to_value());
                dict
            }
        };
        dict.set_name(name, annotation);
        Ok(Value::NONE)
    }
}
