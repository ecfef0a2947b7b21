//! Nodes: calls.
//!
//! The usual call (positional arguments, a plain function with as many parameters) evaluates its
//! arguments straight into the callee's slots. Native functions get theirs in an array on the
//! stack. Calls of classes with an `__init__` of the script and nothing special remember that.

use super::binding::{fill_unlike, takes};
use super::fast::call_fast;
use super::making::{ClassCache, Making, made};
use super::names::Global;
use super::native_calls::{call_native, call_value, with_values};
use super::operand::Form;
use super::{Frame, Local, Node, NodeBox, Operand};
use crate::call::invoke;
use crate::code::NOWHERE;
use crate::coroutine::{self, Direct, Io};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, NativeFn};
use crate::objects::{ClassObj, FuncObj, MethodObj, Payload};
use crate::types::making::quick_new;
use crate::types::type_type::{make_other, new_instance};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;
use std::cell::Cell;

/// What is called: nearly always a global.
pub enum Callee {
    /// A global or builtin.
    Global(Global),
    /// A local.
    Local(Local),
    /// Anything else.
    Node(NodeBox),
}

impl Callee {
    /// The callee.
    ///
    /// # Errors
    /// What evaluating it raises.
    #[inline(always)]
    pub fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self {
            Callee::Global(global) => match global.quick(frame) {
                Some(value) => Ok(value),
                None => global.other(vm, frame),
            },
            Callee::Local(local) => local.eval(vm, frame),
            Callee::Node(node) => node.eval(vm, frame),
        }
    }

    /// The function that this is, if it is at hand.
    #[inline(always)]
    fn at_hand(&self, frame: &Frame<'_>) -> Option<AtHand> {
        let look = |value: &Value| match value.to_ref() {
            Some(func) => Some(AtHand::Script(func)),
            None => match value.as_native()?.function {
                NativeFn::F1(function) => Some(AtHand::Native(function)),
                _ => None,
            },
        };
        match self {
            Callee::Global(global) => global.look(frame, look)?,
            Callee::Local(local) => look(local.value(&(), frame)),
            Callee::Node(_) => None,
        }
    }

    /// The code of the builtin that this was the last time, if nothing has changed since; of a
    /// class, what its calls do. (It stays, whatever becomes of the object.)
    #[inline(always)]
    fn native(&self, vm: &Vm, frame: &Frame<'_>) -> Option<NativeFn> {
        let Callee::Global(global) = self else {
            return None;
        };
        global.look_among_builtins(vm, frame, |value| match value.as_native() {
            Some(native) => Some(native.function),
            None => value.as_class()?.maker.get().copied(),
        })?
    }
}

/// A function that is called by its name.
enum AtHand {
    /// One of the script.
    Script(Ref<FuncObj>),
    /// One in Rust with one argument. (Its code stays, whatever becomes of the object.)
    Native(fn(&mut Vm, &Value) -> R),
}

/// A call with positional arguments in the text.
pub struct Site {
    /// The arguments.
    pub args: Box<[Form]>,
    /// Where it stands.
    pub span: Span,
}

/// `func(a, b, …)`
pub struct Call {
    func: Callee,
    site: Site,
    class: ClassCache,
}

impl Call {
    /// A call with positional arguments.
    pub fn new(func: Callee, args: Vec<Form>, span: Span) -> Call {
        Call {
            func,
            site: Site {
                args: args.into(),
                span,
            },
            class: ClassCache::default(),
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.site.span
    }

    /// What is called.
    ///
    /// # Errors
    /// What evaluating it raises.
    pub fn callee(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.func.eval(vm, frame)
    }

    #[inline(always)]
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let callee = self.func.eval(vm, frame)?;
        self.call(vm, frame, &callee)
    }

    /// The coroutine function that is called, if it is a global that stands where it stood the last
    /// time, and gets as many arguments as it has parameters.
    #[inline(always)]
    fn awaited(&self, frame: &Frame<'_>) -> Option<Ref<FuncObj>> {
        let Callee::Global(global) = &self.func else {
            return None;
        };
        global.look(frame, |callee| {
            let func = callee.borrow_ref::<FuncObj>()?;
            coroutine::fits(func, self.site.args.len()).then(|| func.clone())
        })?
    }

    #[inline(never)]
    fn await_other(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let awaited =
            self.func
                .eval(vm, frame)
                .and_then(|callee| match callee.into_ref::<FuncObj>() {
                    Ok(func) => await_func(vm, frame, func, None, &self.site, io),
                    Err(callee) => match callee.as_method() {
                        Some(method) => match method.func.to_ref() {
                            Some(func) => {
                                let receiver = Some(method.receiver.clone());
                                await_func(vm, frame, func, receiver, &self.site, io)
                            }
                            None => self.await_native(vm, frame, &callee, io),
                        },
                        None => self.await_native(vm, frame, &callee, io),
                    },
                });
        match awaited {
            Ok(direct) => Ok(direct),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    /// Begins a function in Rust that makes an awaitable; calls it if it cannot be begun, and whatever
    /// else is called.
    fn await_native(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        callee: &Value,
        io: &mut Io,
    ) -> R<Direct> {
        let begins = callee.as_native().and_then(|native| native.at_once);
        if let (Some(at_once), [first, rest @ ..]) = (begins, &*self.site.args)
            && rest.len() < 2
            && !vm.asyncio.traced
        {
            let first = first.eval(vm, frame)?;
            let second = match rest {
                [arg] => Some(arg.eval(vm, frame)?),
                _ => None,
            };
            vm.asyncio.native_made_at = position(frame, self.site.span);
            let begun = at_once(vm, &first, second.as_slice())?;
            if let Some(direct) = Direct::of(vm, begun, io)? {
                return Ok(direct);
            }
            let all: Vec<Value> = std::iter::once(first).chain(second).collect();
            io.value = vm.call(callee, &all)?;
            note_made(frame, &io.value, self.site.span);
            return Ok(Direct::Await);
        }
        io.value = self.call(vm, frame, callee)?;
        Ok(Direct::Await)
    }

    /// Calls it.
    ///
    /// # Errors
    /// What the arguments and the call raise.
    #[inline(always)]
    pub fn call(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value) -> R {
        if let Some(func) = callee.to_ref::<FuncObj>() {
            return call_func(vm, frame, func, None, &self.site);
        }
        match callee.tag() {
            Tag::Native => match callee.as_native() {
                Some(native) => {
                    let result = match (native.function, &*self.site.args) {
                        (NativeFn::F1(function), [arg]) => arg.lend(vm, frame, function)?,
                        _ => call_native(vm, frame, native, None, &self.site.args)?,
                    };
                    note_made(frame, &result, self.site.span);
                    Ok(result)
                }
                None => Ok(Value::NONE),
            },
            Tag::Class => match callee.to_class() {
                Some(class) => self.call_class(vm, frame, &class),
                None => Ok(Value::NONE),
            },
            Tag::Method => match callee.as_method() {
                Some(method) => call_bound(vm, frame, method, &self.site),
                None => Ok(Value::NONE),
            },
            Tag::Instance => self.call_instance(vm, frame, callee),
            _ => call_value(vm, frame, callee, None, &self.site.args),
        }
    }

    /// Calls `__call__` of an instance.
    #[inline(never)]
    fn call_instance(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value) -> R {
        let hook = vm.names.__call__.clone();
        match vm.lookup_special(callee, &hook) {
            Some(found) => match found.into_ref::<FuncObj>() {
                Ok(func) => call_func(vm, frame, func, Some(callee.clone()), &self.site),
                Err(found) => match found.as_native() {
                    Some(native) if native.is_method => {
                        call_native(vm, frame, native, Some(callee), &self.site.args)
                    }
                    Some(_) | None => call_value(vm, frame, callee, None, &self.site.args),
                },
            },
            None => call_value(vm, frame, callee, None, &self.site.args),
        }
    }

    /// Calls a builtin in Rust with one argument.
    #[inline(never)]
    fn call_builtin(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        function: fn(&mut Vm, &Value) -> R,
        arg: &Form,
    ) -> R {
        let result = arg.lend(vm, frame, function);
        self.noted(vm, frame, result)
    }

    /// What a builtin gave: where it was made is noted, or where it failed.
    #[inline(always)]
    fn noted(&self, vm: &mut Vm, frame: &Frame<'_>, result: R) -> R {
        match result {
            Ok(result) => {
                note_made(frame, &result, self.site.span);
                Ok(result)
            }
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    /// Calls a builtin in Rust with two arguments.
    #[inline(never)]
    fn call_builtin_of_two(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        function: fn(&mut Vm, &Value, &Value) -> R,
        (a, b): (&Form, &Form),
    ) -> R {
        let mut call = |vm: &mut Vm| {
            let a = a.eval(vm, frame)?;
            let b = b.eval(vm, frame)?;
            function(vm, &a, &b)
        };
        let result = call(vm);
        self.noted(vm, frame, result)
    }

    /// Calls a builtin in Rust with two or three arguments.
    #[inline(never)]
    fn call_builtin_of_three(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        (a, b, c): (&Form, &Form, Option<&Form>),
        function: impl FnOnce(&mut Vm, &Value, &Value, Option<&Value>) -> R,
    ) -> R {
        let call = |vm: &mut Vm| {
            let a = a.eval(vm, frame)?;
            let b = b.eval(vm, frame)?;
            match c {
                Some(c) => {
                    let c = c.eval(vm, frame)?;
                    function(vm, &a, &b, Some(&c))
                }
                None => function(vm, &a, &b, None),
            }
        };
        let result = call(vm);
        self.noted(vm, frame, result)
    }

    /// Calls a builtin in Rust that takes its arguments in a row, of which there are one or two.
    #[inline(never)]
    fn call_builtin_of_few(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        function: impl FnOnce(&mut Vm, &[Value]) -> R,
    ) -> R {
        let call = |vm: &mut Vm| match &*self.site.args {
            [a, b] => {
                let a = a.eval(vm, frame)?;
                let both = [a, b.eval(vm, frame)?];
                function(vm, &both)
            }
            args => {
                let mut all = [Value::UNSET];
                for (value, arg) in all.iter_mut().zip(args) {
                    *value = arg.eval(vm, frame)?;
                }
                function(vm, &all)
            }
        };
        let result = call(vm);
        self.noted(vm, frame, result)
    }

    #[inline(never)]
    fn eval_other(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.run(vm, frame) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.site.span)),
        }
    }

    /// Calls a built-in class with few arguments.
    fn call_type(&self, vm: &mut Vm, frame: &mut Frame<'_>, class: &Ref<ClassObj>) -> R {
        let mut values = [const { Value::UNSET }; 3];
        for (value, arg) in values.iter_mut().zip(&self.site.args) {
            *value = arg.eval(vm, frame)?;
        }
        let values = &values[..self.site.args.len()];
        if let Some(result) = quick_new(vm, class, values) {
            return result;
        }
        let result = if class.metaclass.is_none() && !class.same(&vm.types.type_) {
            make_other(vm, class, Args::positional(values))?
        } else {
            vm.call(&class.to_value(), values)?
        };
        if result.tag() != Tag::Iter {
            note_object(frame, &result, self.site.span);
        }
        Ok(result)
    }

    #[inline(never)]
    fn call_class(&self, vm: &mut Vm, frame: &mut Frame<'_>, class: &Ref<ClassObj>) -> R {
        if class.builtin && self.site.args.len() <= 3 {
            return self.call_type(vm, frame, class);
        }
        let init = match self.class.making(vm, class) {
            Making::Init(init) => init,
            Making::Bare if self.site.args.is_empty() => {
                return Ok(new_instance(class, Payload::None));
            }
            Making::Bare | Making::Other => {
                let result = call_value(vm, frame, &class.to_value(), None, &self.site.args)?;
                note_object(frame, &result, self.site.span);
                return Ok(result);
            }
        };
        let instance = new_instance(class, Payload::None);
        let result = call_func(vm, frame, init, Some(instance.clone()), &self.site)?;
        made(vm, instance, &result)
    }
}

impl Node for Call {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match (self.func.native(vm, frame), &*self.site.args) {
            (Some(NativeFn::F1(function)), [arg]) => self.call_builtin(vm, frame, function, arg),
            (Some(NativeFn::F2(function)), [a, b]) => {
                self.call_builtin_of_two(vm, frame, function, (a, b))
            }
            (Some(native @ NativeFn::Range(_, _, function)), [_] | [_, _])
                if native.takes(self.site.args.len()) =>
            {
                self.call_builtin_of_few(vm, frame, function)
            }
            (Some(NativeFn::Opt2(function)), [_] | [_, _]) => {
                self.call_builtin_of_few(vm, frame, |vm, all| match all {
                    [a, more @ ..] => function(vm, a, more.first()),
                    [] => Ok(Value::NONE),
                })
            }
            (Some(NativeFn::Any(function)), [_] | [_, _]) => {
                self.call_builtin_of_few(vm, frame, |vm, all| function(vm, Args::positional(all)))
            }
            (Some(NativeFn::F3(function)), [a, b, c]) => {
                self.call_builtin_of_three(vm, frame, (a, b, Some(c)), |vm, a, b, c| match c {
                    Some(c) => function(vm, a, b, c),
                    None => Ok(Value::NONE),
                })
            }
            (Some(NativeFn::Opt3(function)), [a, b]) => {
                self.call_builtin_of_three(vm, frame, (a, b, None), function)
            }
            (Some(NativeFn::Opt3(function)), [a, b, c]) => {
                self.call_builtin_of_three(vm, frame, (a, b, Some(c)), function)
            }
            (Some(_), _) => self.eval_other(vm, frame),
            (None, _) => match (self.func.at_hand(frame), &*self.site.args) {
                (Some(AtHand::Script(func)), _) => call_func(vm, frame, func, None, &self.site),
                (Some(AtHand::Native(function)), [arg]) => {
                    self.call_builtin(vm, frame, function, arg)
                }
                (Some(AtHand::Native(_)) | None, _) => self.eval_other(vm, frame),
            },
        }
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        match self.awaited(frame) {
            Some(func) => coroutine::await_function(vm, frame, func, &self.site, io),
            None => self.await_other(vm, frame, io),
        }
    }
}

/// Notes in a new coroutine where it was made.
#[inline(always)]
pub fn note_creation(frame: &Frame<'_>, made: &Value, span: Span) {
    if let Some(coroutine) = made.as_coroutine() {
        coroutine.created_at.set(position(frame, span));
    }
}

/// Notes in what a function of the library made (a coroutine, a task, a future) where that was.
#[inline(always)]
pub fn note_made(frame: &Frame<'_>, result: &Value, span: Span) {
    if matches!(result.tag(), Tag::Future | Tag::Coroutine) {
        note_object(frame, result, span);
    }
}

/// As [`note_made`], of locks, queues and their like too.
#[inline(never)]
pub fn note_object(frame: &Frame<'_>, result: &Value, span: Span) {
    let position = position(frame, span);
    if let Some(future) = result.as_future() {
        note_once(&future.created_at, position);
    } else if let Some(coroutine) = result.as_coroutine() {
        note_once(&coroutine.created_at, position);
    } else if let Some(instance) = result.as_instance() {
        instance.payload.with(|payload| {
            if let Payload::Native(data) = payload
                && let Some(made_at) = data.made_at()
            {
                note_once(made_at, position);
            }
        });
    }
}

/// What was made before was made elsewhere.
fn note_once(made_at: &Cell<u32>, position: u32) {
    if made_at.get() == NOWHERE {
        made_at.set(position);
    }
}

/// Where something of a body stands, among all sources.
#[inline(always)]
pub fn position(frame: &Frame<'_>, span: Span) -> u32 {
    frame.func.code.source.position(span.start)
}

/// Calls a function of the script with evaluated-on-the-spot arguments.
///
/// # Errors
/// What the arguments or the body raise. Where the call stands is noted.
#[inline(always)]
pub fn call_func(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Option<Value>,
    site: &Site,
) -> R {
    let count = site.args.len() + usize::from(receiver.is_some());
    if count as u32 == func.code.simple_arity {
        return call_fast(vm, frame, func, receiver, site);
    }
    call_unlike(vm, frame, func, receiver, site)
}

/// Calls a bound method.
///
/// # Errors
/// What the arguments or the function raise.
#[inline(never)]
pub fn call_bound(vm: &mut Vm, frame: &mut Frame<'_>, method: &MethodObj, site: &Site) -> R {
    if let Some(func) = method.func.to_ref() {
        return call_func(vm, frame, func, Some(method.receiver.clone()), site);
    }
    match method.func.as_native() {
        Some(native) => call_native(vm, frame, native, Some(&method.receiver), &site.args),
        None => {
            let receiver = Some(method.receiver.clone());
            call_value(vm, frame, &method.func, receiver, &site.args)
        }
    }
}

/// Calls a coroutine function with other arguments than it has parameters and awaits what it makes.
///
/// # Errors
/// What an argument or the body raises; `TypeError` for a parameter without a value.
#[inline(never)]
fn await_unlike(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (&Ref<FuncObj>, Option<Value>),
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let caller = frame.func;
    coroutine::await_filled(vm, (caller, func), (&site.span, io), |vm, slots| {
        fill_unlike(vm, frame, (func, receiver), &site.args, slots)
    })
}

/// Calls a function of the script, with a receiver in front if there is one, and awaits what that
/// makes, if that can be done on the spot.
///
/// # Errors
/// What an argument, the call or the body raises.
pub fn await_func(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Option<Value>,
    site: &Site,
    io: &mut Io,
) -> R<Direct> {
    let count = site.args.len() + receiver.iter().len();
    if coroutine::fits(&func, count) {
        return match receiver {
            None => coroutine::await_function(vm, frame, func, site, io),
            Some(receiver) => coroutine::await_method(vm, frame, (func, receiver), site, io),
        };
    }
    if func.code.flavor == Flavor::Coroutine && takes(&func, count) {
        return await_unlike(vm, frame, (&func, receiver), site, io);
    }
    io.value = call_func(vm, frame, func, receiver, site)?;
    Ok(Direct::Await)
}

/// Calls a function with other arguments than it has parameters: defaults, `*args`, mistakes.
#[inline(never)]
fn call_unlike(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: Ref<FuncObj>,
    receiver: Option<Value>,
    site: &Site,
) -> R {
    let count = site.args.len() + usize::from(receiver.is_some());
    let result = if takes(&func, count) {
        invoke(vm, &func, |vm, slots| {
            fill_unlike(vm, frame, (&func, receiver), &site.args, slots)
        })
    } else {
        with_values(vm, frame, receiver, &site.args, |vm, all| {
            vm.call_func(&func, Args::positional(all))
        })
    };
    match result {
        Ok(result) => {
            if func.code.flavor != Flavor::Plain {
                note_creation(frame, &result, site.span);
            }
            Ok(result)
        }
        Err(Raised) => Err(vm.fault_at(site.span)),
    }
}

/// A call of a name that may be a built-in which looks at its caller's names (`locals`, `globals`,
/// `vars`, `dir`, `eval`, `exec`): tells the interpreter where those are.
pub struct CallWithNames {
    /// The call itself.
    pub call: NodeBox,
}

impl Node for CallWithNames {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let before = vm.caller.take();
        vm.caller = Some(super::functions::caller_names(frame));
        let result = self.call.eval(vm, frame);
        vm.caller = before;
        result
    }
}
