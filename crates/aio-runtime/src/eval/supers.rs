//! Nodes: `super()`, and calls of what it gives, for which no `super` object is made.

use super::cache::{ValueCache, cache_key};
use super::calls::{Site, await_func, call_func};
use super::full_calls::FullSite;
use super::methods::is_method;
use super::native_calls::{call_native, call_value};
use super::{Frame, Node, NodeBox};
use crate::coroutine::{Direct, Io};
use crate::error::{R, Raised};
use crate::objects::{ClassObj, FuncObj, Name};
use crate::types::super_type::{lookup_after, make_super};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `super().name`, which is called.
pub struct SuperMethod {
    /// The `__class__` variable.
    pub class: NodeBox,
    /// The first parameter.
    pub this: NodeBox,
    /// The method.
    pub name: Name,
    /// Class of the receiver and epoch, then the class behind which it was looked for, and what was
    /// found. (A function that makes classes gives all of them this one place.)
    pub cache: ValueCache<(u32, Value)>,
}

impl SuperMethod {
    /// What is called, and the receiver in front, if there is one.
    fn find(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<(Value, Option<Value>)> {
        let class = self.class.eval(vm, frame)?;
        let this = self.this.eval(vm, frame)?;
        match self.look(vm, &class, &this) {
            Some(method) if is_method(&method) => Ok((method, Some(this))),
            Some(_) | None => {
                let object = make_super(vm, &class, &this)?;
                Ok((vm.get_attr(&object, &self.name)?, None))
            }
        }
    }

    /// What the classes behind this one have under the name.
    fn look(&self, vm: &mut Vm, class: &Value, this: &Value) -> Option<Value> {
        let after = class.borrow_ref::<ClassObj>()?;
        if this.tag() != Tag::Instance {
            return None;
        }
        let key = cache_key(vm.class_id_of(this), vm.epoch);
        let known = |(behind, found): &(u32, Value)| (*behind == after.id).then(|| found.clone());
        if let Some(Some(found)) = self.cache.look(key, known) {
            return Some(found);
        }
        let of = vm.class_of(this);
        if !of.is_subclass_of(after) {
            return None;
        }
        let found = lookup_after(vm, after, &of, &self.name)?;
        self.cache.set(key, (after.id, found.clone()));
        Some(found)
    }
}

/// `super().name(a, b, …)`
pub struct SuperCall {
    /// What is called.
    pub method: SuperMethod,
    /// The arguments, and where it stands.
    pub site: Site,
}

impl SuperCall {
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let (callee, receiver) = self.method.find(vm, frame)?;
        self.call(vm, frame, &callee, receiver)
    }

    fn call(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        callee: &Value,
        receiver: Option<Value>,
    ) -> R {
        if let Some(func) = callee.to_ref::<FuncObj>() {
            return call_func(vm, frame, func, receiver, &self.site);
        }
        match (callee.as_native(), &receiver) {
            (Some(native), Some(_)) => {
                call_native(vm, frame, native, receiver.as_ref(), &self.site.args)
            }
            _ => call_value(vm, frame, callee, receiver, &self.site.args),
        }
    }

    fn run_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let (callee, receiver) = self.method.find(vm, frame)?;
        match callee.to_ref::<FuncObj>() {
            Some(func) => await_func(vm, frame, func, receiver, &self.site, io),
            None => {
                io.value = self.call(vm, frame, &callee, receiver)?;
                Ok(Direct::Await)
            }
        }
    }
}

impl Node for SuperCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.run(vm, frame) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        match self.run_awaited(vm, frame, io) {
            Ok(direct) => Ok(direct),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }
}

/// `super().name(…)` with `*`, `**` or keywords.
pub struct FullSuperCall {
    /// What is called.
    pub method: SuperMethod,
    /// The arguments, and where it stands.
    pub site: FullSite,
}

impl Node for FullSuperCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let find = |vm: &mut Vm, frame: &mut Frame<'_>| self.method.find(vm, frame);
        self.site.eval(vm, frame, find)
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let find = |vm: &mut Vm, frame: &mut Frame<'_>| self.method.find(vm, frame);
        self.site.eval_awaited(vm, frame, find, io)
    }
}

/// `super()` by itself.
pub struct Super {
    /// The `__class__` variable.
    pub class: NodeBox,
    /// The first parameter.
    pub this: NodeBox,
}

impl Node for Super {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let class = self.class.eval(vm, frame)?;
        let this = self.this.eval(vm, frame)?;
        make_super(vm, &class, &this)
    }
}
