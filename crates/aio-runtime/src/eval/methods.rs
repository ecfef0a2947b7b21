//! Nodes: method calls, without making a bound method.
//!
//! For an instance of a class of the script the method is remembered by shape (which also says
//! that no attribute of the instance hides it) and epoch; for a built-in type by class and epoch.

use super::access::module_item;
use super::cache::{ValueCache, cache_key};
use super::calls::{Site, await_func, call_bound, call_func, note_made, note_object, position};
use super::native_calls::{call_native, call_value};
use super::operand::Form;
use super::{Frame, Node, Operand};
use crate::coroutine::{Direct, Io};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, AtOnce, NativeFn};
use crate::objects::{ClassObj, DescrObj, FuncObj, InstanceObj, Name};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::Span;
use std::cell::Cell;

/// `object.name(a, b, …)`
pub struct MethodCall<A> {
    object: A,
    name: Name,
    /// Where `object.name` stands.
    attr: Span,
    site: Site,
    cache: ValueCache<Value>,
    /// For a module: where its dict had the name.
    position: Cell<u32>,
    /// The method of a built-in type, with the kind of its receivers ([`fixed_kind`]): neither
    /// ever changes.
    native: Cell<(Tag, Option<NativeFn>)>,
    /// What is done on the spot when the receiver is a list.
    of_list: OfList,
}

/// The methods of a list that are done on the spot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OfList {
    /// `append(item)`
    Append,
    /// `pop()`
    Pop,
    /// No other.
    None,
}

/// The kind of a value, if it says that its class is a certain built-in one; else unset.
#[inline(always)]
fn fixed_kind(value: &Value) -> Tag {
    match value.tag() {
        tag @ (Tag::Int
        | Tag::Float
        | Tag::Str
        | Tag::BigInt
        | Tag::Complex
        | Tag::Bytes
        | Tag::Tuple
        | Tag::List
        | Tag::Dict) => tag,
        Tag::Set if value.as_set().is_some_and(|set| !set.frozen) => Tag::Set,
        _ => Tag::Unset,
    }
}

/// A remembered method.
enum Method {
    /// One in Rust: its code stays, whatever becomes of the object.
    Native(NativeFn),
    /// One of the script, or one in Rust that is best awaited without being called.
    Other(Value),
}

/// What is called for a method of an instance.
enum Remembered {
    /// A function of the script.
    Script(Ref<FuncObj>),
    /// One in Rust.
    Native(NativeFn),
}

impl Method {
    #[inline(always)]
    fn of(value: &Value) -> Method {
        match value.as_native() {
            Some(native) if native.at_once.is_none() => Method::Native(native.function),
            Some(_) | None => Method::Other(value.clone()),
        }
    }

    /// The same for a receiver, which is not in front of the arguments if it is a class.
    #[inline(always)]
    fn for_receiver(receiver: &Value, value: &Value) -> Method {
        match receiver.tag() {
            Tag::Class => Method::Other(value.clone()),
            _ => Method::of(value),
        }
    }
}

impl<A: Operand> MethodCall<A> {
    /// A method call with positional arguments; `attr` is where `object.name` stands.
    pub fn new(
        object: A,
        name: Name,
        args: Vec<Form>,
        (attr, span): (Span, Span),
    ) -> MethodCall<A> {
        let of_list = match (name.text(), args.len()) {
            ("append", 1) => OfList::Append,
            ("pop", 0) => OfList::Pop,
            _ => OfList::None,
        };
        let cache = ValueCache::default();
        MethodCall {
            object,
            name,
            attr,
            site: Site {
                args: args.into(),
                span,
            },
            cache,
            position: Cell::new(0),
            native: Cell::new((Tag::Unset, None)),
            of_list,
        }
    }

    /// Finds the method; `call` calls it with the object in front.
    #[inline(always)]
    fn run<T>(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        held: A::Held,
        done: impl Fn(Value) -> T,
        call: impl FnOnce(&mut Vm, &mut Frame<'_>, &Value, Value) -> R<T>,
    ) -> R<T> {
        let object = self.object.value(&held, frame);
        if self.of_list != OfList::None && object.tag() == Tag::List {
            return self.on_list(vm, frame, held).map(done);
        }
        if let Some(module) = object.as_module()
            && let Some(callee) = module_item(module, &self.name, &self.position)
        {
            return self.call_item(vm, frame, &callee).map(done);
        }
        let key = receiver_key(vm, object);
        let of = |method: &Value| Method::for_receiver(object, method);
        let method = match self.cache.look(key, of) {
            Some(method) => method,
            None => match find_method(vm, object, &self.name) {
                Some(method) => {
                    let found = of(&method);
                    self.cache.set(key, method);
                    found
                }
                None => return self.call_attribute(vm, frame, held).map(done),
            },
        };
        match method {
            Method::Native(function) => {
                let kind = fixed_kind(self.object.value(&held, frame));
                if kind != Tag::Unset {
                    self.native.set((kind, Some(function)));
                }
                let result = self.call_native(vm, frame, held, function)?;
                note_made(frame, &result, self.site.span);
                Ok(done(result))
            }
            Method::Other(method) => {
                let object = self.object.owned(held, frame);
                call(vm, frame, &method, object)
            }
        }
    }

    /// Calls whatever the attribute is.
    #[inline(never)]
    fn call_attribute(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held) -> R {
        let object = self.object.value(&held, frame);
        let Ok(callee) = vm.get_attr(object, &self.name) else {
            return Err(vm.fault_at(self.attr));
        };
        let result = call_value(vm, frame, &callee, None, &self.site.args)?;
        note_object(frame, &result, self.site.span);
        Ok(result)
    }

    /// Calls a method in Rust. The receiver stays where it stands: nothing can rebind it.
    #[inline(always)]
    fn call_native(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        held: A::Held,
        function: NativeFn,
    ) -> R {
        match (function, &*self.site.args) {
            (NativeFn::F1(function), []) => function(vm, self.object.value(&held, frame)),
            (NativeFn::F2(function), [a]) => {
                let a = a.eval(vm, frame)?;
                function(vm, self.object.value(&held, frame), &a)
            }
            (NativeFn::Opt2(function), []) => function(vm, self.object.value(&held, frame), None),
            (NativeFn::Opt2(function), [a]) => {
                let a = a.eval(vm, frame)?;
                function(vm, self.object.value(&held, frame), Some(&a))
            }
            (NativeFn::Opt3(function), [a]) => {
                let a = a.eval(vm, frame)?;
                function(vm, self.object.value(&held, frame), &a, None)
            }
            (NativeFn::Opt3(function), [a, b]) => {
                let a = a.eval(vm, frame)?;
                let b = b.eval(vm, frame)?;
                function(vm, self.object.value(&held, frame), &a, Some(&b))
            }
            (NativeFn::Range(_, _, range), args) if args.len() < 3 => {
                if function.takes(args.len() + 1) {
                    self.call_with_few(vm, frame, held, range)
                } else {
                    self.call_other_native(vm, frame, held)
                }
            }
            (NativeFn::Any(function), args) if args.len() < 3 => {
                self.call_with_few(vm, frame, held, |vm, all| {
                    function(vm, Args::positional(all))
                })
            }
            _ => self.call_other_native(vm, frame, held),
        }
    }

    /// Calls a method in Rust that takes its arguments in a row, of which there are at most two.
    #[inline(never)]
    fn call_with_few(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        held: A::Held,
        function: impl FnOnce(&mut Vm, &[Value]) -> R,
    ) -> R {
        match &*self.site.args {
            [a] => {
                let a = a.eval(vm, frame)?;
                function(vm, &[self.object.owned(held, frame), a])
            }
            [a, b] => {
                let a = a.eval(vm, frame)?;
                let b = b.eval(vm, frame)?;
                function(vm, &[self.object.owned(held, frame), a, b])
            }
            _ => {
                let object = self.object.value(&held, frame);
                function(vm, std::slice::from_ref(object))
            }
        }
    }

    #[inline(never)]
    fn call_other_native(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held) -> R {
        let object = self.object.owned(held, frame);
        let method = self.cache.get(receiver_key(vm, &object));
        match method.as_ref().and_then(Value::as_native) {
            Some(native) => call_native(vm, frame, native, Some(&object), &self.site.args),
            None => {
                let callee = vm.get_attr(&object, &self.name)?;
                call_value(vm, frame, &callee, None, &self.site.args)
            }
        }
    }

    /// How the method is begun on the spot, if it is remembered and can be.
    #[inline(always)]
    fn begins(&self, vm: &Vm, object: &Value) -> Option<AtOnce> {
        if vm.asyncio.traced || self.site.args.len() > 1 || object.tag() == Tag::Class {
            return None;
        }
        let begins = |method: &Value| method.as_native().and_then(|native| native.at_once);
        self.cache.look(receiver_key(vm, object), begins)?
    }

    /// Begins a method in Rust that makes a coroutine; makes that if it cannot be begun.
    fn await_native(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        at_once: AtOnce,
        held: A::Held,
        io: &mut Io,
    ) -> R<Direct> {
        let arg = match &*self.site.args {
            [arg] => Some(arg.eval(vm, frame)?),
            _ => None,
        };
        let object = self.object.value(&held, frame);
        vm.asyncio.native_made_at = position(frame, self.site.span);
        let begun = at_once(vm, object, arg.as_slice())?;
        if let Some(direct) = Direct::of(vm, begun, io)? {
            return Ok(direct);
        }
        let mut all = vec![self.object.owned(held, frame)];
        all.extend(arg);
        let method = self.cache.get(receiver_key(vm, &all[0]));
        io.value = match method.as_ref().and_then(Value::as_native) {
            Some(native) => vm.call_native(native, Args::positional(&all))?,
            None => {
                let callee = vm.get_attr(&all[0], &self.name)?;
                vm.call(&callee, &all[1..])?
            }
        };
        note_made(frame, &io.value, self.site.span);
        Ok(Direct::Await)
    }

    #[inline(never)]
    fn eval_item(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value) -> R {
        match self.call_item(vm, frame, callee) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    /// Calls an item of a module.
    fn call_item(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value) -> R {
        let result = match (callee.as_native(), callee.as_method()) {
            (Some(native), _) => match (native.function, &*self.site.args) {
                (NativeFn::F1(function), [arg]) => arg.lend(vm, frame, function)?,
                _ => call_native(vm, frame, native, None, &self.site.args)?,
            },
            (None, Some(method)) => call_bound(vm, frame, method, &self.site)?,
            (None, None) => call_value(vm, frame, callee, None, &self.site.args)?,
        };
        if matches!(result.tag(), Tag::Future | Tag::Coroutine | Tag::Instance) {
            note_object(frame, &result, self.site.span);
        }
        Ok(result)
    }

    /// Calls a function of the script, or a method in Rust that makes a coroutine.
    #[inline(always)]
    fn call_found(&self, vm: &mut Vm, frame: &mut Frame<'_>, method: &Value, object: Value) -> R {
        let (callee, front) = called(vm, method, object);
        if let Some(func) = callee.to_ref::<FuncObj>() {
            return call_func(vm, frame, func, front, &self.site);
        }
        let Some(native) = callee.as_native() else {
            return Ok(Value::NONE);
        };
        let result = call_native(vm, frame, native, front.as_ref(), &self.site.args)?;
        note_made(frame, &result, self.site.span);
        Ok(result)
    }

    /// Appends to a list, or pops from one.
    #[inline(never)]
    fn on_list(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held) -> R {
        let item = match &*self.site.args {
            [arg] => match arg.eval(vm, frame) {
                Ok(item) => Some(item),
                Err(Raised) => return Err(vm.fault_at(self.site.span)),
            },
            _ => None,
        };
        let Some(list) = self.object.value(&held, frame).as_list() else {
            return Ok(Value::NONE);
        };
        match item {
            Some(item) => {
                list.items.with_mut(|items| items.push(item));
                Ok(Value::NONE)
            }
            None => match list.items.with_mut(Vec::pop) {
                Some(item) => Ok(item),
                None => {
                    let _ = vm.index_error("pop from empty list");
                    Err(vm.fault_at(self.site.span))
                }
            },
        }
    }
}

/// Says in the key of a cache that the receiver is a class itself.
const CLASS_ITSELF: u32 = 1 << 31;

/// The cache key of a class itself.
#[inline(always)]
pub fn class_key(vm: &Vm, class: &ClassObj) -> u64 {
    cache_key(class.id | CLASS_ITSELF, vm.epoch)
}

/// The cache key of a receiver: its shape, or its class for a built-in kind; 0 is "none".
#[inline(always)]
pub fn receiver_key(vm: &Vm, object: &Value) -> u64 {
    match object.as_instance() {
        Some(instance) => {
            let shape = instance.shape.get();
            if shape.is_dict {
                0
            } else {
                cache_key(shape.id, vm.epoch)
            }
        }
        None => match object.tag() {
            Tag::Module | Tag::Func | Tag::Method => 0,
            Tag::Class => match object.as_class() {
                Some(class) if class.metaclass.is_none() => class_key(vm, class),
                Some(_) | None => 0,
            },
            _ => cache_key(vm.class_id_of(object), vm.epoch),
        },
    }
}

/// What the class of an object (or a class itself) has under the name of a method call, when [`called`]
/// says all there is to calling it.
pub fn find_method(vm: &mut Vm, object: &Value, name: &Name) -> Option<Value> {
    if matches!(object.tag(), Tag::Module | Tag::Func | Tag::Method) {
        return None;
    }
    if let Some(class) = object.to_class() {
        let metaclass = vm.types.type_.clone();
        if class.metaclass.is_some() || vm.lookup(&metaclass, name).is_some() {
            return None;
        }
        let found = vm.lookup(&class, name)?;
        return (is_method(&found) || is_bound_otherwise(&found)).then_some(found);
    }
    let class = vm.class_of(object);
    if let Some(instance) = object.as_instance()
        && hides(vm, &class, instance, name)
    {
        return None;
    }
    let found = vm.lookup(&class, name)?;
    (is_method(&found) || is_bound_otherwise(&found)).then_some(found)
}

/// Whether it is a static or class method around a function of the script.
fn is_bound_otherwise(found: &Value) -> bool {
    match found.as_descr() {
        Some(DescrObj::StaticMethod(func) | DescrObj::ClassMethod(func)) => func.tag() == Tag::Func,
        Some(_) | None => false,
    }
}

/// What is called for what [`find_method`] found, and what comes in front of the arguments.
#[inline(always)]
pub fn called(vm: &Vm, found: &Value, object: Value) -> (Value, Option<Value>) {
    let is_class = object.tag() == Tag::Class;
    match found.as_descr() {
        Some(DescrObj::StaticMethod(func)) => (func.clone(), None),
        Some(DescrObj::ClassMethod(func)) => {
            let class = match is_class {
                true => object,
                false => vm.class_of(&object).into(),
            };
            (func.clone(), Some(class))
        }
        Some(_) | None if is_class => (found.clone(), None),
        Some(_) | None => (found.clone(), Some(object)),
    }
}

/// Whether an instance, or a hook of its class, has a say in what a name of the class means.
fn hides(vm: &mut Vm, class: &Ref<ClassObj>, instance: &InstanceObj, name: &Name) -> bool {
    let hook = vm.names.__getattribute__.clone();
    let hooked = vm
        .lookup(class, &hook)
        .is_some_and(|found| found.tag() != Tag::Native);
    hooked || class.id == vm.types.super_.id || instance.attribute(name).is_some()
}

/// Whether what a class has is called with the object in front, and that is all.
pub fn is_method(found: &Value) -> bool {
    found.tag() == Tag::Func || found.as_native().is_some_and(|native| native.is_method)
}

impl<A: Operand> MethodCall<A> {
    /// The remembered function, for an instance; in Rust unless it is best awaited.
    #[inline(always)]
    fn remembered(&self, vm: &Vm, object: &Value) -> Option<Remembered> {
        let shape = object.as_instance()?.shape.get();
        if shape.is_dict {
            return None;
        }
        let key = cache_key(shape.id, vm.epoch);
        self.cache.look(key, |method| match method.to_ref() {
            Some(func) => Some(Remembered::Script(func)),
            None => match Method::of(method) {
                Method::Native(function) => Some(Remembered::Native(function)),
                Method::Other(_) => None,
            },
        })?
    }

    #[inline(never)]
    fn eval_native(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        held: A::Held,
        function: NativeFn,
    ) -> R {
        match self.call_native(vm, frame, held, function) {
            Ok(value) => {
                note_made(frame, &value, self.site.span);
                Ok(value)
            }
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    #[inline(never)]
    fn eval_other(&self, vm: &mut Vm, frame: &mut Frame<'_>, held: A::Held) -> R {
        let result = self.run(
            vm,
            frame,
            held,
            |value| value,
            |vm, frame, method, object| self.call_found(vm, frame, method, object),
        );
        match result {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }
}

impl<A: Operand> Node for MethodCall<A> {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let held = match self.object.prepare(vm, frame) {
            Ok(held) => held,
            Err(Raised) => return Err(vm.fault_at(self.site.span)),
        };
        let object = self.object.value(&held, frame);
        if self.of_list != OfList::None && object.tag() == Tag::List {
            return self.on_list(vm, frame, held);
        }
        if let (kind, Some(function)) = self.native.get()
            && kind == fixed_kind(object)
        {
            return match self.call_native(vm, frame, held, function) {
                Ok(value) => Ok(value),
                Err(Raised) => Err(vm.fault_at(self.site.span)),
            };
        }
        let func = match self.remembered(vm, object) {
            Some(Remembered::Script(func)) => func,
            Some(Remembered::Native(function)) => {
                return self.eval_native(vm, frame, held, function);
            }
            None => {
                let callee = match object.as_module() {
                    Some(module) => module_item(module, &self.name, &self.position),
                    None => None,
                };
                return match callee {
                    Some(callee) => self.eval_item(vm, frame, &callee),
                    None => self.eval_other(vm, frame, held),
                };
            }
        };
        let object = self.object.owned(held, frame);
        call_func(vm, frame, func, Some(object), &self.site)
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let held = match self.object.prepare(vm, frame) {
            Ok(held) => held,
            Err(Raised) => return Err(vm.fault_at(self.site.span)),
        };
        if let Some(at_once) = self.begins(vm, self.object.value(&held, frame)) {
            return match self.await_native(vm, frame, at_once, held, io) {
                Ok(direct) => Ok(direct),
                Err(Raised) => Err(vm.fault_at(self.site.span)),
            };
        }
        let result = self.run(vm, frame, held, Err, |vm, frame, method, object| {
            let (callee, front) = called(vm, method, object);
            if let Some(func) = callee.to_ref::<FuncObj>() {
                return await_func(vm, frame, func, front, &self.site, io).map(Ok);
            }
            let Some(native) = callee.as_native() else {
                return Ok(Err(Value::NONE));
            };
            let made = call_native(vm, frame, native, front.as_ref(), &self.site.args)?;
            note_made(frame, &made, self.site.span);
            Ok(Err(made))
        });
        match result {
            Ok(Ok(direct)) => Ok(direct),
            Ok(Err(value)) => {
                io.value = value;
                Ok(Direct::Await)
            }
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }
}
