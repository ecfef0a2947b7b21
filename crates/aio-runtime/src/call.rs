//! Calls: of functions, methods, classes and anything with `__call__`.
//!
//! A call of a plain function evaluates its arguments straight into the slots of the new frame,
//! which is a native array of the size the function needs ([`invoke`]). A call of a coroutine or
//! generator function puts the same slots into a heap box instead.

use crate::argument_errors;
use crate::code::{Body, Code};
use crate::coroutine;
use crate::error::{R, Raised, with_exc_data};
use crate::eval::Frame;
use crate::eval::fast::call_values;
use crate::heap::Ref;
use crate::native::{Args, NativeFn};
use crate::objects::{CellObj, ClassObj, DictObj, FuncObj, MethodObj, Name, NativeObj, TraceEntry};
use crate::table::Entry;
use crate::types::object_text::function_qualname;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// Calls a function whose arguments `fill` puts into the first slots.
///
/// # Errors
/// What `fill` or the body raises; `RecursionError`.
#[inline(always)]
pub fn invoke(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    fill: impl FnOnce(&mut Vm, &mut [Value]) -> R<()>,
) -> R {
    let size = func.code.slot_count;
    if func.code.flavor != Flavor::Plain {
        return coroutine::new_coroutine(vm, func, fill);
    }
    if size <= 4 {
        invoke_sized::<4>(vm, func, fill)
    } else if size <= 8 {
        invoke_sized::<8>(vm, func, fill)
    } else if size <= 16 {
        invoke_sized::<16>(vm, func, fill)
    } else {
        let mut slots = vec![Value::UNSET; size];
        fill(vm, &mut slots)?;
        run_plain(vm, func, &mut slots)
    }
}

#[inline(never)]
fn invoke_sized<const N: usize>(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    fill: impl FnOnce(&mut Vm, &mut [Value]) -> R<()>,
) -> R {
    let mut slots = [const { Value::UNSET }; N];
    fill(vm, &mut slots)?;
    run_plain(vm, func, &mut slots[..func.code.slot_count])
}

/// Moves captured parameters into cells and makes the other cells.
#[inline]
pub fn make_cells(code: &Code, slots: &mut [Value]) {
    for cell in &code.cells {
        if let Some(slot) = slots.get_mut(*cell as usize) {
            let value = slot.take();
            *slot = Value::new(CellObj::new(value));
        }
    }
}

/// Runs a plain body over filled slots.
///
/// # Errors
/// What the body raises.
#[inline(always)]
pub fn run_plain(vm: &mut Vm, func: &Ref<FuncObj>, slots: &mut [Value]) -> R {
    vm.enter()?;
    if !func.code.cells.is_empty() {
        make_cells(&func.code, slots);
    }
    let mut frame = Frame {
        slots,
        func,
        namespace: None,
    };
    let result = match func.code.body(vm) {
        Body::Plain(body) => body.run(vm, &mut frame),
        Body::Machine(_) => Err(vm.system_error("a suspending body was called as a plain one")),
    };
    vm.leave();
    if result.is_err() {
        vm.add_trace(func);
    }
    result
}

impl Vm {
    /// Records that the pending exception leaves (or is caught in) a frame of a function.
    #[cold]
    pub fn add_trace(&mut self, func: &Ref<FuncObj>) {
        let span = std::mem::take(&mut self.fault)
            .filter(|span| *span != crate::eval::tries::AWAITED)
            .unwrap_or(func.code.hir.span);
        if span == crate::eval::tries::RECORDED {
            // Raised again in the frame that recorded it when it was caught.
            return;
        }
        let entry = TraceEntry {
            code: func.code.clone(),
            span,
        };
        with_exc_data(&self.pending, |data| data.pass(entry));
    }

    /// Calls with positional arguments.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call(&mut self, callee: &Value, args: &[Value]) -> R {
        self.call_args(callee, Args::positional(args))
    }

    /// Calls with any arguments.
    ///
    /// # Errors
    /// What the call raises; `TypeError` when it is not callable.
    pub fn call_args(&mut self, callee: &Value, args: Args<'_>) -> R {
        match callee.tag() {
            // (What is called stays alive: the caller lends it.)
            Tag::Func => match callee.borrow_ref() {
                Some(func) => self.call_func(func, args),
                None => Ok(Value::NONE),
            },
            Tag::Native => match callee.as_native() {
                Some(native) => self.call_native(native, args),
                None => Ok(Value::NONE),
            },
            Tag::Method => match callee.as_method() {
                Some(method) => self.call_method_obj(method, args),
                None => Ok(Value::NONE),
            },
            Tag::Class => match callee.to_class() {
                Some(class) => self.call_class(&class, args),
                None => Ok(Value::NONE),
            },
            _ => self.call_object(callee, args),
        }
    }

    fn call_method_obj(&mut self, method: &MethodObj, args: Args<'_>) -> R {
        self.call_with_front(&method.func, &method.receiver, args)
    }

    /// Calls with one more argument in front of the others.
    ///
    /// # Errors
    /// As for [`Vm::call_args`].
    pub fn call_with_front(&mut self, callee: &Value, front: &Value, args: Args<'_>) -> R {
        let kw = args.kw;
        if let Some(func) = callee.borrow_ref::<FuncObj>() {
            if kw.is_empty() && args.pos.len() as u32 + 1 == func.code.simple_arity {
                return call_values(self, func, Some(front), args.pos);
            }
            let front = std::slice::from_ref(front);
            return invoke(self, func, |vm, slots| {
                bind_arguments(vm, func, front, args, slots)
            });
        }
        let front = front.clone();
        let mut call = |pos: &[Value]| self.call_args(callee, Args { pos, kw });
        match args.pos {
            [] => call(&[front]),
            [a] => call(&[front, a.clone()]),
            [a, b] => call(&[front, a.clone(), b.clone()]),
            [a, b, c] => call(&[front, a.clone(), b.clone(), c.clone()]),
            pos => {
                let mut all = Vec::with_capacity(pos.len() + 1);
                all.push(front);
                all.extend_from_slice(pos);
                call(&all)
            }
        }
    }

    fn call_object(&mut self, callee: &Value, args: Args<'_>) -> R {
        let hook = self.names.__call__.clone();
        let Some(found) = self.lookup_special(callee, &hook) else {
            let name = self.type_name(callee);
            return Err(self.type_error(format!("'{name}' object is not callable")));
        };
        self.enter()?;
        let is_method = match found.as_native() {
            Some(native) => native.is_method,
            None => found.tag() == Tag::Func,
        };
        let result = match is_method {
            true => self.call_with_front(&found, callee, args),
            false => {
                let class = self.class_of(callee);
                self.bind_attribute(found, callee, &class)
                    .and_then(|bound| self.call_args(&bound, args))
            }
        };
        self.leave();
        result
    }

    /// Calls a function written in the language.
    ///
    /// # Errors
    /// `TypeError` when the arguments do not fit; what the body raises.
    pub fn call_func(&mut self, func: &Ref<FuncObj>, args: Args<'_>) -> R {
        if args.kw.is_empty() && args.pos.len() as u32 == func.code.simple_arity {
            return call_values(self, func, None, args.pos);
        }
        invoke(self, func, |vm, slots| {
            bind_arguments(vm, func, &[], args, slots)
        })
    }

    /// Calls a function written in Rust.
    ///
    /// # Errors
    /// `TypeError` when the number of arguments is wrong; what the function raises.
    pub fn call_native(&mut self, native: &NativeObj, args: Args<'_>) -> R {
        let pos = args.pos;
        if let NativeFn::Any(function) = native.function {
            return function(self, args);
        }
        if !args.kw.is_empty() {
            if let Some(result) = self.call_python_native(native, args) {
                return result;
            }
            let name = native_name(native);
            return Err(self.type_error(format!("{name}() takes no keyword arguments")));
        }
        match (native.function, pos) {
            (NativeFn::F0(function), []) => function(self),
            (NativeFn::F1(function), [a]) => function(self, a),
            (NativeFn::F2(function), [a, b]) => function(self, a, b),
            (NativeFn::F3(function), [a, b, c]) => function(self, a, b, c),
            (NativeFn::Opt2(function), [a]) => function(self, a, None),
            (NativeFn::Opt2(function), [a, b]) => function(self, a, Some(b)),
            (NativeFn::Opt3(function), [a, b]) => function(self, a, b, None),
            (NativeFn::Opt3(function), [a, b, c]) => function(self, a, b, Some(c)),
            (NativeFn::Range(_, _, function), _) if native.function.takes(pos.len()) => {
                function(self, pos)
            }
            _ => match self.call_python_native(native, args) {
                Some(result) => result,
                None => Err(self.wrong_count(native, pos.len())),
            },
        }
    }

    #[cold]
    fn wrong_count(&mut self, native: &NativeObj, given: usize) -> Raised {
        let name = native_name(native);
        let (min, max) = native.function.arity();
        let own = usize::from(native.is_method);
        if own > given {
            let owner = native.owner.unwrap_or("object");
            let name = native.name;
            return self.type_error(format!("unbound method {owner}.{name}() needs an argument"));
        }
        let (min, max, given) = (min - own, max.saturating_sub(own), given - own);
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        self.type_error(if min == max {
            match min {
                0 => format!("{name}() takes no arguments ({given} given)"),
                1 => format!("{name}() takes exactly one argument ({given} given)"),
                _ => {
                    let short = native.name;
                    format!("{short} expected {min} arguments, got {given}")
                }
            }
        } else if given < min {
            let short = native.name;
            format!(
                "{short} expected at least {min} argument{}, got {given}",
                plural(min)
            )
        } else {
            let short = native.name;
            format!(
                "{short} expected at most {max} argument{}, got {given}",
                plural(max)
            )
        })
    }

    /// Calls a class: makes an instance.
    ///
    /// # Errors
    /// What `__new__`, `__init__` or the metaclass raises.
    pub fn call_class(&mut self, class: &Ref<ClassObj>, args: Args<'_>) -> R {
        if let Some(metaclass) = &class.metaclass {
            let hook = self.names.__call__.clone();
            if let Some(found) = self.lookup(metaclass, &hook)
                && found.tag() != Tag::Native
            {
                return self.call_with_front(&found, &class.to_value(), args);
            }
        }
        crate::types::type_type::make_instance(self, class, args)
    }

    /// Calls `object.name(*args)`.
    ///
    /// # Errors
    /// `AttributeError`; what the method raises.
    pub fn call_method(&mut self, object: &Value, name: &Name, args: &[Value]) -> R {
        let method = self.get_attr(object, name)?;
        self.call(&method, args)
    }

    /// Calls a special method, looked up on the class; `None` when the class has none.
    ///
    /// # Errors
    /// What the method raises.
    pub fn call_special(
        &mut self,
        object: &Value,
        name: &Name,
        args: &[Value],
    ) -> R<Option<Value>> {
        match self.lookup_special(object, name) {
            Some(found) => self.call_found(found, object, args).map(Some),
            None => Ok(None),
        }
    }

    /// Calls a special method that was found in the class of an object.
    ///
    /// # Errors
    /// What the method raises.
    pub fn call_found(&mut self, found: Value, object: &Value, args: &[Value]) -> R {
        if let Some(native) = found.as_native() {
            match (native.function, args) {
                (NativeFn::F1(function), []) => return function(self, object),
                (NativeFn::F2(function), [arg]) => return function(self, object, arg),
                _ => {}
            }
        }
        match found.tag() {
            Tag::Func | Tag::Native => match args {
                [] => self.call(&found, std::slice::from_ref(object)),
                _ => self.call_with_front(&found, object, Args::positional(args)),
            },
            _ => {
                let class = self.class_of(object);
                let bound = self.bind_attribute(found, object, &class)?;
                self.call(&bound, args)
            }
        }
    }
}

fn native_name(native: &NativeObj) -> String {
    match native.owner {
        Some(owner) if native.is_method => format!("{owner}.{}", native.name),
        Some(_) | None => native.name.to_owned(),
    }
}

/// Sorts arguments into the parameter slots, which are unset (language reference, "Calls"). `front`
/// is in front of the positional ones.
///
/// # Errors
/// `TypeError` when they do not fit.
pub fn bind_arguments(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    front: &[Value],
    args: Args<'_>,
    slots: &mut [Value],
) -> R<()> {
    let code = &func.code;
    let params = &code.hir.params;
    let positional = code.positional_count();
    let kwonly = params.kwonly as usize;
    let given = front.len() + args.pos.len();
    let (first, front_rest) = front.split_at(front.len().min(positional));
    let (second, rest) = args
        .pos
        .split_at(args.pos.len().min(positional - first.len()));
    put(slots, first);
    put(&mut slots[first.len()..], second);
    let mut next = positional + kwonly;
    if params.has_varargs {
        slots[next] = match (front_rest, rest) {
            ([], []) => vm.empty_tuple.clone(),
            _ => Ref::joined_tuple(front_rest, rest).into(),
        };
        next += 1;
    }
    let mut extra = Vec::new();
    for keyword in args.kw {
        if let Some(entry) = bind_keyword(vm, func, keyword, slots)? {
            if extra.is_empty() {
                extra.reserve_exact(args.kw.len());
            }
            extra.push(entry);
        }
    }
    if params.has_varkw {
        slots[next] = Value::new(DictObj::of_distinct(extra));
    }
    if given > positional && !params.has_varargs {
        return Err(too_many_positional(vm, func, given, slots));
    }
    if given >= positional && kwonly == 0 {
        return Ok(());
    }
    fill_defaults(vm, func, slots)
}

/// Copies values into unset slots.
#[inline(always)]
fn put(slots: &mut [Value], values: &[Value]) {
    for (slot, value) in slots.iter_mut().zip(values) {
        std::mem::forget(std::mem::replace(slot, value.clone()));
    }
}

/// Puts an argument into the slot of the parameter of its name; gives it back if it goes into
/// `**kwargs`.
fn bind_keyword(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    (name, value): &(Name, Value),
    slots: &mut [Value],
) -> R<Option<Entry>> {
    let code = &func.code;
    let params = &code.hir.params;
    let posonly = params.posonly as usize;
    let named = code.positional_count() + params.kwonly as usize;
    let names = &code.slot_names[..named];
    let at = names
        .iter()
        .skip(posonly)
        .position(|param| param.same(name))
        .map(|at| at + posonly);
    match at {
        Some(at) if slots[at].is_unset() => {
            slots[at] = value.clone();
            Ok(None)
        }
        Some(_) => {
            let func = function_qualname(func);
            Err(argument_errors::multiple_values(vm, &func, name.text()))
        }
        None => match params.has_varkw {
            true => Ok(Some(Entry::named(name, value.clone()))),
            false if names.iter().take(posonly).any(|param| param.same(name)) => {
                let (func, name) = (function_qualname(func), name.text());
                Err(vm.type_error(format!(
                    "{func}() got some positional-only arguments passed as keyword arguments: \
                     '{name}'"
                )))
            }
            false => {
                let (func, name) = (function_qualname(func), name.text());
                let params = names.iter().skip(posonly).map(|param| param.text());
                Err(argument_errors::unexpected_keyword(vm, &func, name, params))
            }
        },
    }
}

/// Gives the parameters that have no argument their defaults.
///
/// # Errors
/// `TypeError` for one that has none.
pub fn fill_defaults(vm: &mut Vm, func: &Ref<FuncObj>, slots: &mut [Value]) -> R<()> {
    let code = &func.code;
    let (positional, named) = slots.split_at_mut(code.positional_count());
    func.defaults.with(|defaults| {
        let first = positional.len().saturating_sub(defaults.len());
        for (slot, value) in positional[first..].iter_mut().zip(&**defaults) {
            if slot.is_unset() {
                *slot = value.clone();
            }
        }
    });
    if positional.iter().any(Value::is_unset) {
        return Err(missing_arguments(vm, func, "positional", 0, positional));
    }
    let named = &mut named[..code.hir.params.kwonly as usize];
    if named.is_empty() {
        return Ok(());
    }
    func.extra.with(|extra| {
        for (param, value) in &extra.kw_defaults {
            let names = code.slot_names.iter().skip(positional.len());
            for (slot, _) in named
                .iter_mut()
                .zip(names)
                .filter(|(_, name)| name.same(param))
            {
                if slot.is_unset() {
                    *slot = value.clone();
                }
            }
        }
    });
    if named.iter().any(Value::is_unset) {
        let first = positional.len();
        return Err(missing_arguments(vm, func, "keyword-only", first, named));
    }
    Ok(())
}

/// The error for parameters, of which `first` is the number of the first, that got no value.
#[cold]
fn missing_arguments(
    vm: &mut Vm,
    func: &Ref<FuncObj>,
    kind: &str,
    first: usize,
    params: &[Value],
) -> Raised {
    let names = func.code.slot_names.iter().skip(first);
    let missing = params
        .iter()
        .zip(names)
        .filter(|(value, _)| value.is_unset());
    let names: Vec<&str> = missing.map(|(_, name)| name.text()).collect();
    argument_errors::missing(vm, &function_qualname(func), kind, &names)
}

#[cold]
fn too_many_positional(vm: &mut Vm, func: &Ref<FuncObj>, given: usize, slots: &[Value]) -> Raised {
    let code = &func.code;
    let positional = code.positional_count();
    let kwonly = code.hir.params.kwonly as usize;
    let defaults = func.defaults.with(|defaults| defaults.len());
    let given_kw = slots[positional..positional + kwonly]
        .iter()
        .filter(|v| !v.is_unset())
        .count();
    let takes = (positional - defaults, positional);
    argument_errors::too_many_positional(vm, &function_qualname(func), takes, given, given_kw)
}
