//! Built-in functions on iteration: len, iter, next, sorted, sum, min, max, any, all, aiter, anext.
//! (`map`, `filter`, `zip`, `enumerate`, `reversed`, `range` are classes.)

use super::Function;
use super::summing::sum;
use crate::coroutine::{self, Resumed};
use crate::error::{R, Raised};
use crate::native::{Args, Arguments, Begun, NativeFn, Signature};
use crate::objects::{NativeCoroutine, Resume, Step};
use crate::types::walk::Walk;
use crate::types::{iterators, lazy_iterators, list, sorting};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "len",
        NativeFn::F1(len),
        "Return the number of items in a container.",
    ),
    (
        "iter",
        NativeFn::Range(1, 2, iter),
        "Get an iterator from an object, or call until a sentinel comes back.",
    ),
    (
        "next",
        NativeFn::Opt2(next),
        "Return the next item from the iterator, or the default at its end.",
    ),
    (
        "sorted",
        NativeFn::Any(sorted),
        "Return a new list containing all items from the iterable in ascending order.",
    ),
    (
        "sum",
        NativeFn::Any(sum),
        "Return the sum of a start value (default 0) plus an iterable of numbers.",
    ),
    (
        "min",
        NativeFn::Any(min),
        "Return the smallest item of an iterable or of the arguments.",
    ),
    (
        "max",
        NativeFn::Any(max),
        "Return the biggest item of an iterable or of the arguments.",
    ),
    (
        "any",
        NativeFn::F1(any),
        "Return True if bool(x) is True for any x in the iterable.",
    ),
    (
        "all",
        NativeFn::F1(all),
        "Return True if bool(x) is True for all values x in the iterable.",
    ),
    (
        "aiter",
        NativeFn::F1(aiter),
        "Return an async iterator for an async iterable object.",
    ),
    (
        "anext",
        NativeFn::Range(1, 2, anext),
        "Return an awaitable of the next item from the async iterator.",
    ),
];

fn len(vm: &mut Vm, value: &Value) -> R {
    Ok(Value::int(vm.len(value)? as i64))
}

fn iter(vm: &mut Vm, args: &[Value]) -> R {
    let Some(sentinel) = args.get(1) else {
        return vm.iter(args.at(0));
    };
    let callable = args.at(0);
    let is_callable = matches!(
        callable.tag(),
        Tag::Func | Tag::Native | Tag::Method | Tag::Class
    ) || {
        let hook = vm.names.__call__.clone();
        vm.lookup_special(callable, &hook).is_some()
    };
    if !is_callable {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    Ok(lazy_iterators::callable_iter(callable, sentinel))
}

fn next(vm: &mut Vm, iter: &Value, default: Option<&Value>) -> R {
    let Some(default) = default else {
        return next_or_raise(vm, iter);
    };
    match next_or_raise(vm, iter) {
        Ok(item) => Ok(item),
        Err(raised) => {
            let stop = vm.types.stop_iteration.clone();
            if !vm.pending_is(&stop) {
                return Err(raised);
            }
            drop(vm.take_pending());
            Ok(default.clone())
        }
    }
}

/// `next(iter)`; the `StopIteration` carries what a generator returned.
fn next_or_raise(vm: &mut Vm, iter: &Value) -> R {
    if let Some(generator) = iter.to_coroutine().filter(|c| coroutine::is_generator(c)) {
        return match coroutine::send(vm, &generator, Value::NONE)? {
            Resumed::Item(item) | Resumed::Yielded(item) => Ok(item),
            Resumed::Returned(value) => Err(vm.stop_iteration(value)),
        };
    }
    if iter.tag() == Tag::Iter {
        return iterators::next_or_stop(vm, iter);
    }
    let hook = vm.names.__next__.clone();
    match vm.call_special(iter, &hook, &[])? {
        Some(item) => Ok(item),
        None => {
            let name = vm.type_name(iter);
            Err(vm.type_error(format!("'{name}' object is not an iterator")))
        }
    }
}

const SORT: Signature = Signature {
    name: "sort",
    params: &["key", "reverse"],
    positional: 0,
    required: 0,
};

fn sorted(vm: &mut Vm, args: Args<'_>) -> R {
    let [source] = args.pos else {
        let given = args.pos.len();
        return Err(vm.type_error(format!("sorted expected 1 argument, got {given}")));
    };
    let mut items = vm.collect(source)?;
    let options = Args {
        pos: &[],
        kw: args.kw,
    };
    let [key, reverse] = vm.bind::<2>(options, &SORT)?;
    let reverse = !reverse.is_unset() && vm.truthy(&reverse)?;
    sorting::sort(vm, &mut items, &key, reverse)?;
    Ok(list::list_value(items))
}

fn min(vm: &mut Vm, args: Args<'_>) -> R {
    extreme(vm, args, "min", CmpOp::Lt)
}

fn max(vm: &mut Vm, args: Args<'_>) -> R {
    extreme(vm, args, "max", CmpOp::Gt)
}

/// The first item that no other one is `better` than.
fn extreme(vm: &mut Vm, args: Args<'_>, name: &'static str, better: CmpOp) -> R {
    if let ([a, b], []) = (args.pos, args.kw)
        && let (Some(x), Some(y)) = (a.as_int(), b.as_int())
    {
        let second = if better == CmpOp::Lt { y < x } else { y > x };
        return Ok(Value::int(if second { y } else { x }));
    }
    let options = Signature {
        name,
        params: &["key", "default"],
        positional: 0,
        required: 0,
    };
    if args.pos.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let keywords = Args {
        pos: &[],
        kw: args.kw,
    };
    let [key, default] = match args.kw {
        [] => [Value::UNSET, Value::UNSET],
        _ => vm.bind::<2>(keywords, &options)?,
    };
    let mut search = Search::new(better);
    if !key.is_none() {
        search.key = key;
    }
    let [source] = args.pos else {
        if !default.is_unset() {
            return Err(vm.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        for item in args.pos {
            search.consider(vm, item.clone())?;
        }
        return Ok(search.best);
    };
    let mut walk = Walk::over(vm, source)?;
    while let Some(item) = walk.next(vm)? {
        search.consider(vm, item)?;
    }
    if search.best.is_unset() && !default.is_unset() {
        return Ok(default);
    }
    search.found(vm)
}

/// A search for the first item that no other one is better than.
pub struct Search {
    better: CmpOp,
    /// Unset: the items are compared themselves.
    key: Value,
    best: Value,
    best_key: Value,
}

impl Search {
    /// For `min` (`CmpOp::Lt`) or `max` (`CmpOp::Gt`), without a key.
    pub fn new(better: CmpOp) -> Search {
        Search {
            better,
            key: Value::UNSET,
            best: Value::UNSET,
            best_key: Value::UNSET,
        }
    }

    /// The item found, unset if there was none.
    ///
    /// # Errors
    /// `ValueError` for none.
    pub fn found(self, vm: &mut Vm) -> R {
        if self.best.is_unset() {
            let name = if self.better == CmpOp::Lt {
                "min"
            } else {
                "max"
            };
            return Err(vm.value_error(format!("{name}() iterable argument is empty")));
        }
        Ok(self.best)
    }

    /// Looks at an item.
    ///
    /// # Errors
    /// What the key function and the comparison raise.
    pub fn consider(&mut self, vm: &mut Vm, item: Value) -> R<()> {
        if self.key.is_unset() {
            if self.best.is_unset() || is_better(vm, self.better, &item, &self.best)? {
                self.best = item;
            }
            return Ok(());
        }
        let key = vm.call(&self.key, std::slice::from_ref(&item))?;
        if self.best.is_unset() || is_better(vm, self.better, &key, &self.best_key)? {
            self.best = item;
            self.best_key = key;
        }
        Ok(())
    }
}

#[inline]
fn is_better(vm: &mut Vm, better: CmpOp, item: &Value, best: &Value) -> R<bool> {
    if let (Some(x), Some(y)) = (item.as_int(), best.as_int()) {
        return Ok(if better == CmpOp::Lt { x < y } else { x > y });
    }
    vm.compare_bool(better, item, best)
}

fn any(vm: &mut Vm, source: &Value) -> R {
    let mut walk = Walk::over(vm, source)?;
    while let Some(item) = walk.next(vm)? {
        if vm.truthy(&item)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn all(vm: &mut Vm, source: &Value) -> R {
    let mut walk = Walk::over(vm, source)?;
    while let Some(item) = walk.next(vm)? {
        if !vm.truthy(&item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn aiter(vm: &mut Vm, source: &Value) -> R {
    let hook = vm.names.__aiter__.clone();
    let Some(iter) = vm.call_special(source, &hook, &[])? else {
        let name = vm.type_name(source);
        return Err(vm.type_error(format!("'{name}' object is not an async iterable")));
    };
    let next = vm.names.__anext__.clone();
    if vm.lookup_special(&iter, &next).is_none() {
        let name = vm.type_name(&iter);
        return Err(vm.type_error(format!(
            "aiter() returned not an async iterator of type '{name}'"
        )));
    }
    Ok(iter)
}

fn anext(vm: &mut Vm, args: &[Value]) -> R {
    let hook = vm.names.__anext__.clone();
    let Some(awaitable) = vm.call_special(args.at(0), &hook, &[])? else {
        let name = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("'{name}' object is not an async iterator")));
    };
    match args.get(1) {
        None => Ok(awaitable),
        Some(default) => {
            let body = NextOrDefault {
                awaitable,
                default: default.clone(),
            };
            Ok(coroutine::new_native(vm, Box::new(body)))
        }
    }
}

/// `await anext(iterator)`, with a default or without.
///
/// # Errors
/// None.
pub fn anext_at_once(_vm: &mut Vm, iter: &Value, args: &[Value]) -> R<Begun> {
    let Some(generator) = coroutine::may_send(iter, &Value::NONE) else {
        return Ok(Begun::Nothing);
    };
    Ok(match args.first() {
        None => Begun::Item(generator, Value::NONE),
        Some(default) => {
            let body = NextOrDefault {
                awaitable: Value::UNSET,
                default: default.clone(),
            };
            let step = Step::Drive(generator, Resume::Value(Value::NONE));
            Begun::Waiting(Box::new(body), step)
        }
    })
}

/// `anext(iterator, default)`: awaits, and gives the default at the end.
struct NextOrDefault {
    /// Unset once it is awaited.
    awaitable: Value,
    default: Value,
}

impl NativeCoroutine for NextOrDefault {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> Result<Step, Raised> {
        match input {
            Resume::Value(_) if !self.awaitable.is_unset() => {
                Ok(Step::Await(self.awaitable.take()))
            }
            Resume::Value(item) => Ok(Step::Return(item)),
            Resume::Throw => {
                let stop = vm.types.stop_async_iteration.clone();
                if self.awaitable.is_unset() && vm.pending_is(&stop) {
                    drop(vm.take_pending());
                    return Ok(Step::Return(self.default.clone()));
                }
                Err(Raised)
            }
        }
    }
    fn name(&self) -> &'static str {
        "anext_awaitable"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.awaitable);
        visitor(&self.default);
    }
}
