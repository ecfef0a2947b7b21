//! Functions written in Rust: how they are called and how a type's method table looks.
//!
//! A row of a table names the method, its function and its doc line. The variant of [`NativeFn`]
//! says how many positional arguments it takes (the receiver of a method counts), so that the
//! usual ones need no argument parsing; only `Any` sees keywords.

use crate::argument_errors::unexpected_keyword;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{CoroutineObj, Name, NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;

/// The arguments of a call, borrowed from the caller.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// Positional ones (the receiver first, for a method).
    pub pos: &'a [Value],
    /// Keyword ones.
    pub kw: &'a [(Name, Value)],
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    pub fn positional(pos: &'a [Value]) -> Args<'a> {
        Args { pos, kw: &[] }
    }

    /// What a `__new__` in Rust gets behind the class.
    pub fn behind_class(self) -> Args<'a> {
        Args {
            pos: self.pos.get(1..).unwrap_or(&[]),
            kw: self.kw,
        }
    }

    /// The receiver of a method, and the arguments behind it.
    ///
    /// # Errors
    /// `TypeError` when the method was taken from its class and called without one.
    pub fn split_receiver(
        self,
        vm: &mut Vm,
        owner: &str,
        method: &str,
    ) -> R<(&'a Value, Args<'a>)> {
        match self.pos {
            [receiver, pos @ ..] => Ok((receiver, Args { pos, kw: self.kw })),
            [] => Err(vm.type_error(format!(
                "unbound method {owner}.{method}() needs an argument"
            ))),
        }
    }
}

/// Positional arguments by place, of a native whose [`NativeFn`] says how many there are: the
/// call has checked that, so a place that is always given is never missed.
pub trait Arguments {
    /// The argument at a place that is always given (unset if it is not).
    fn at(&self, place: usize) -> &Value;

    /// The arguments from a place on.
    fn rest(&self, place: usize) -> &[Value];
}

const ABSENT: &Value = &Value::UNSET;

impl Arguments for [Value] {
    #[inline(always)]
    fn at(&self, place: usize) -> &Value {
        debug_assert!(place < self.len(), "arity is checked before the call");
        self.get(place).unwrap_or(ABSENT)
    }

    #[inline(always)]
    fn rest(&self, place: usize) -> &[Value] {
        self.get(place..).unwrap_or_default()
    }
}

/// A function written in Rust.
#[derive(Clone, Copy)]
pub enum NativeFn {
    /// No argument.
    F0(fn(&mut Vm) -> R),
    /// One argument (for a method: the receiver).
    F1(fn(&mut Vm, &Value) -> R),
    /// Two arguments.
    F2(fn(&mut Vm, &Value, &Value) -> R),
    /// Three arguments.
    F3(fn(&mut Vm, &Value, &Value, &Value) -> R),
    /// One argument or two.
    Opt2(fn(&mut Vm, &Value, Option<&Value>) -> R),
    /// Two arguments or three.
    Opt3(fn(&mut Vm, &Value, &Value, Option<&Value>) -> R),
    /// From so many positional arguments to so many ([`MANY`]: no limit).
    Range(u8, u8, fn(&mut Vm, &[Value]) -> R),
    /// Anything, keywords too: see [`Vm::bind`].
    Any(fn(&mut Vm, Args<'_>) -> R),
    /// A computed attribute (no call at all): reader, and writer if there is one (an unset value
    /// deletes).
    Attr(fn(&mut Vm, &Value) -> R, Option<Setter>),
}

/// As the most arguments of [`NativeFn::Range`]: there is no limit.
pub const MANY: u8 = u8::MAX;

impl NativeFn {
    /// How many positional arguments it takes, at least and at most.
    #[inline]
    pub fn arity(self) -> (usize, usize) {
        match self {
            NativeFn::F0(_) => (0, 0),
            NativeFn::F1(_) => (1, 1),
            NativeFn::F2(_) => (2, 2),
            NativeFn::F3(_) => (3, 3),
            NativeFn::Opt2(_) => (1, 2),
            NativeFn::Opt3(_) => (2, 3),
            NativeFn::Range(min, MANY, _) => (min.into(), usize::MAX),
            NativeFn::Range(min, max, _) => (min.into(), max.into()),
            NativeFn::Any(_) | NativeFn::Attr(..) => (0, usize::MAX),
        }
    }

    /// Whether it takes so many positional arguments.
    #[inline]
    pub fn takes(self, count: usize) -> bool {
        let (min, max) = self.arity();
        (min..=max).contains(&count)
    }
}

/// `await object.method(…)`, begun on the spot. Gets the receiver and the other arguments.
pub type AtOnce = fn(&mut Vm, &Value, &[Value]) -> R<Begun>;

/// What a method came to that was begun on the spot.
pub enum Begun {
    /// There is nothing to wait for: its result.
    Done(Value),
    /// It waits: its body, and what the first step of that ended in. The body goes on inside the
    /// frame that awaits it.
    Waiting(Box<dyn NativeCoroutine>, Step),
    /// It is the next item of an async generator at rest, to which this is sent (see
    /// `coroutine::may_send`).
    Item(Ref<CoroutineObj>, Value),
    /// Nothing has happened: a coroutine is to be made as usual.
    Nothing,
}

impl Begun {
    /// Makes the first step of a body.
    ///
    /// # Errors
    /// What that raises.
    pub fn run(vm: &mut Vm, mut body: impl NativeCoroutine + 'static) -> R<Begun> {
        Ok(match body.resume(vm, Resume::Value(Value::NONE))? {
            Step::Return(value) => Begun::Done(value),
            step @ (Step::Await(_) | Step::Yield(_) | Step::Drive(..)) => {
                Begun::Waiting(Box::new(body), step)
            }
        })
    }
}

impl From<Option<Value>> for Begun {
    fn from(result: Option<Value>) -> Begun {
        match result {
            Some(value) => Begun::Done(value),
            None => Begun::Nothing,
        }
    }
}

/// Writes a computed attribute.
pub type Setter = fn(&mut Vm, &Value, Value) -> R<()>;

/// How a method is found on its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodKind {
    /// Bound to an instance.
    Method,
    /// `@classmethod`: the first argument is the class.
    Class,
    /// `@staticmethod` (and `__new__`)
    Static,
    /// A computed attribute.
    Attribute,
    /// The name stands for `None`: the type does not offer what a base class would.
    Absent,
}

/// A row of a method table.
#[derive(Clone, Copy)]
pub struct Method {
    /// `__name__`
    pub name: &'static str,
    /// The function.
    pub function: NativeFn,
    /// How it is found.
    pub kind: MethodKind,
    /// For a method that makes a coroutine: how that is awaited without being made.
    pub at_once: Option<AtOnce>,
    /// `__doc__`; what the REPL's help prints.
    pub doc: &'static str,
}

impl Method {
    /// A method.
    pub const fn new(name: &'static str, function: NativeFn, doc: &'static str) -> Method {
        Method {
            name,
            function,
            kind: MethodKind::Method,
            at_once: None,
            doc,
        }
    }

    /// A method that makes a coroutine, which may be begun at once.
    pub const fn awaited(
        name: &'static str,
        function: NativeFn,
        at_once: AtOnce,
        doc: &'static str,
    ) -> Method {
        Method {
            name,
            function,
            kind: MethodKind::Method,
            at_once: Some(at_once),
            doc,
        }
    }

    /// A class method.
    pub const fn class(name: &'static str, function: NativeFn, doc: &'static str) -> Method {
        Method {
            name,
            function,
            kind: MethodKind::Class,
            at_once: None,
            doc,
        }
    }

    /// A read-only attribute.
    pub const fn get(
        name: &'static str,
        get: fn(&mut Vm, &Value) -> R,
        doc: &'static str,
    ) -> Method {
        Method {
            name,
            function: NativeFn::Attr(get, None),
            kind: MethodKind::Attribute,
            at_once: None,
            doc,
        }
    }

    /// An attribute that can be set.
    pub const fn get_set(
        name: &'static str,
        get: fn(&mut Vm, &Value) -> R,
        set: Setter,
        doc: &'static str,
    ) -> Method {
        Method {
            name,
            function: NativeFn::Attr(get, Some(set)),
            kind: MethodKind::Attribute,
            at_once: None,
            doc,
        }
    }

    /// A special method that the type does not have, though `object` does (`list.__hash__`).
    pub const fn absent(name: &'static str) -> Method {
        Method {
            name,
            function: NativeFn::F0(|_| Ok(Value::NONE)),
            kind: MethodKind::Absent,
            at_once: None,
            doc: "",
        }
    }

    /// A static method.
    pub const fn fixed(name: &'static str, function: NativeFn, doc: &'static str) -> Method {
        Method {
            name,
            function,
            kind: MethodKind::Static,
            at_once: None,
            doc,
        }
    }
}

/// The parameters of a function that takes keywords.
pub struct Signature {
    /// How messages call it, e.g. `sorted`.
    pub name: &'static str,
    /// The names, positional ones first. A name that starts with `/` is positional-only
    /// (the slash is not part of it).
    pub params: &'static [&'static str],
    /// How many of them may be given by position.
    pub positional: usize,
    /// How many (from the first) must be given.
    pub required: usize,
}

impl Vm {
    /// Sorts the arguments of a call into the parameters of a signature; what was not given is
    /// unset.
    ///
    /// # Errors
    /// `TypeError` for too many, missing, unknown or doubled arguments.
    pub fn bind<const N: usize>(&mut self, args: Args<'_>, sig: &Signature) -> R<[Value; N]> {
        if args.kw.is_empty()
            && N <= sig.positional
            && let Ok(all) = <&[Value; N]>::try_from(args.pos)
        {
            return Ok(all.clone());
        }
        let mut bound = [const { Value::UNSET }; N];
        if args.pos.len() > sig.positional {
            return Err(self.too_many(sig, args.pos.len()));
        }
        for (slot, value) in bound.iter_mut().zip(args.pos) {
            *slot = value.clone();
        }
        for (name, value) in args.kw {
            let at = sig.params.iter().position(|param| *param == name.text());
            let Some((at, slot)) = at.and_then(|at| Some((at, bound.get_mut(at)?))) else {
                let params = sig.params.iter().filter(|param| !param.starts_with('/'));
                let params = params.copied();
                return Err(unexpected_keyword(self, sig.name, name.text(), params));
            };
            if !slot.is_unset() {
                let name = name.text();
                let (func, place) = (sig.name, at + 1);
                return Err(self.type_error(format!(
                    "argument for {func}() given by name ('{name}') and position ({place})"
                )));
            }
            *slot = value.clone();
        }
        let required = bound.iter().zip(sig.params).enumerate();
        for (at, (value, param)) in required.take(sig.required) {
            if value.is_unset() {
                let (func, name, place) = (sig.name, param.trim_start_matches('/'), at + 1);
                return Err(self.type_error(format!(
                    "{func}() missing required argument '{name}' (pos {place})"
                )));
            }
        }
        Ok(bound)
    }

    #[cold]
    fn too_many(&mut self, sig: &Signature, given: usize) -> crate::error::Raised {
        let name = sig.name;
        let most = sig.positional;
        if most == 0 {
            return self.type_error(format!("{name}() takes no positional arguments"));
        }
        let at = if sig.required == most {
            "exactly"
        } else {
            "at most"
        };
        let plural = if most == 1 { "" } else { "s" };
        let kind = if sig.params.len() > most {
            "positional "
        } else {
            ""
        };
        self.type_error(format!(
            "{name}() takes {at} {most} {kind}argument{plural} ({given} given)"
        ))
    }
}
