//! `_functools`: `partial`, `reduce` and the cache of `lru_cache`.

use super::{Function, add, add_functions};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{DictObj, Layout, MethodObj, ModuleObj, Name, NativeData, Payload};
use crate::table::{DictTable, Find, quick_hash};
use crate::types::object;
use crate::types::type_type::{native_class, new_instance};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use smallvec::SmallVec;
use std::cell::Cell;
use std::rc::Rc;

const FUNCTIONS: &[Function] = &[(
    "reduce",
    NativeFn::Any(reduce),
    "Apply a function of two arguments cumulatively to the items of an iterable.",
)];

/// `functools.partial`
pub const PARTIAL_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(partial_new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "__call__",
        NativeFn::Any(partial_call),
        "Call self as a function.",
    ),
    Method::new("__repr__", NativeFn::F1(partial_repr), "Return repr(self)."),
    Method::get(
        "func",
        |vm, p| partial_part(vm, p, 0),
        "function object to use in future partial calls",
    ),
    Method::get(
        "args",
        |vm, p| partial_part(vm, p, 1),
        "tuple of arguments to future partial calls",
    ),
    Method::get(
        "keywords",
        |vm, p| partial_part(vm, p, 2),
        "dictionary of keyword arguments to future partial calls",
    ),
    Method::get_set(
        "__dict__",
        object::get_dict,
        object::set_dict,
        "The attributes.",
    ),
];

/// What `lru_cache` makes of a function.
pub const CACHE_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(cache_new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "__call__",
        NativeFn::Any(cache_call),
        "Call self as a function.",
    ),
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, cache_get),
        "Bind to an instance.",
    ),
    Method::new(
        "cache_info",
        NativeFn::F1(cache_info),
        "Report cache statistics",
    ),
    Method::new(
        "cache_clear",
        NativeFn::F1(cache_clear),
        "Clear the cache and cache statistics",
    ),
    Method::new("__repr__", NativeFn::F1(cache_repr), "Return repr(self)."),
    Method::get_set(
        "__dict__",
        object::get_dict,
        object::set_dict,
        "The attributes.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let object = vm.types.object.clone();
    let rows: [(&'static str, &'static [Method]); 2] = [
        ("partial", PARTIAL_METHODS),
        ("_lru_cache_wrapper", CACHE_METHODS),
    ];
    for (name, methods) in rows {
        let class = native_class(vm, name, "functools", &object, Layout::Native, methods);
        class.has_dict.set(true);
        add(vm, module, name, class.into());
    }
    Ok(())
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> R {
    let initial = args
        .kw
        .iter()
        .find(|(name, _)| name.text() == "initial")
        .map(|(_, v)| v.clone());
    let (func, items, initial) = match args.pos {
        [func, items] => (func, items, initial),
        [func, items, initial] => (func, items, Some(initial.clone())),
        _ => {
            let given = args.pos.len();
            let which = if given < 2 { "at least 2" } else { "at most 3" };
            return Err(vm.type_error(format!("reduce expected {which} arguments, got {given}")));
        }
    };
    let Some(iter) = vm.iter_opt(items)? else {
        return Err(vm.type_error("reduce() arg 2 must support iteration"));
    };
    let mut total = match initial {
        Some(value) => value,
        None => match vm.next(&iter)? {
            Some(first) => first,
            None => {
                return Err(vm.type_error("reduce() of empty iterable with no initial value"));
            }
        },
    };
    while let Some(item) = vm.next(&iter)? {
        total = vm.call(func, &[total, item])?;
    }
    Ok(total)
}

/// A function, arguments, and arguments by name.
type PartialParts = (Value, Vec<Value>, Vec<(Name, Value)>);

/// A function with some arguments.
struct Partial {
    func: Value,
    args: Vec<Value>,
    kw: Vec<(Name, Value)>,
}

impl NativeData for Partial {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.func);
        self.args.iter().for_each(&mut *visitor);
        self.kw.iter().for_each(|(_, value)| visitor(value));
    }
}

fn partial_of(value: &Value) -> Option<Rc<Partial>> {
    value.as_instance()?.native::<Partial>()
}

/// The function of a `functools.partial` object, its arguments and those by name.
pub fn parts_of_partial(value: &Value) -> Option<PartialParts> {
    with_partial(value, |p| (p.func.clone(), p.args.clone(), p.kw.clone()))
}

fn with_partial<T>(value: &Value, f: impl FnOnce(&Partial) -> T) -> Option<T> {
    partial_of(value).map(|partial| f(&partial))
}

fn merge(kw: &mut Vec<(Name, Value)>, more: &[(Name, Value)]) {
    for (name, value) in more {
        match kw.iter_mut().find(|(known, _)| known.same(name)) {
            Some((_, old)) => *old = value.clone(),
            None => kw.push((name.clone(), value.clone())),
        }
    }
}

fn partial_new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("partial.__new__(): not enough arguments"));
    };
    let Some((func, rest)) = rest.split_first() else {
        return Err(vm.type_error("type 'partial' takes at least one argument"));
    };
    if !crate::builtins::objects::is_callable(vm, func) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let inner = parts_of_partial(func);
    let (func, mut all, mut kw) = match inner {
        Some(parts) => parts,
        None => (func.clone(), Vec::new(), Vec::new()),
    };
    all.extend_from_slice(rest);
    merge(&mut kw, args.kw);
    let Some(class) = class.to_class() else {
        return Err(vm.type_error("partial.__new__(X): X is not a type object"));
    };
    Ok(new_instance(
        &class,
        Payload::Native(Rc::new(Partial {
            func,
            args: all,
            kw,
        })),
    ))
}

fn partial_call(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((receiver, rest)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    let Some(partial) = partial_of(receiver) else {
        return Ok(Value::NONE);
    };
    let all: SmallVec<[Value; 8]> = partial.args.iter().chain(rest).cloned().collect();
    if args.kw.is_empty() {
        let (pos, kw) = (&*all, &*partial.kw);
        return vm.call_args(&partial.func, Args { pos, kw });
    }
    let mut kw = partial.kw.clone();
    merge(&mut kw, args.kw);
    vm.call_args(&partial.func, Args { pos: &all, kw: &kw })
}

fn partial_part(_vm: &mut Vm, partial: &Value, at: usize) -> R {
    let part = with_partial(partial, |p| match at {
        0 => p.func.clone(),
        1 => Value::tuple(p.args.clone()),
        _ => {
            let dict = Ref::new(DictObj::default());
            p.kw.iter()
                .for_each(|(name, value)| dict.set_name(name, value.clone()));
            dict.into()
        }
    });
    Ok(part.unwrap_or(Value::NONE))
}

fn partial_repr(vm: &mut Vm, partial: &Value) -> R {
    let parts = parts_of_partial(partial);
    let Some((func, args, kw)) = parts else {
        return Ok(vm.str("functools.partial"));
    };
    let mut texts = vec![vm.repr(&func)?];
    for arg in &args {
        texts.push(vm.repr(arg)?);
    }
    for (name, value) in &kw {
        texts.push(format!("{}={}", name.text(), vm.repr(value)?));
    }
    let class = vm.class_of(partial);
    let name = crate::types::object_text::full_name(vm, &class);
    Ok(vm.str(format!("{name}({})", texts.join(", "))))
}

/// A function with its remembered results. The table keeps the order of use: a hit moves to the
/// end, the first is dropped when there are too many.
struct Cache {
    func: Value,
    limit: Option<usize>,
    typed: bool,
    results: GcCell<Ref<DictObj>>,
    hits: Cell<u64>,
    misses: Cell<u64>,
}

impl Cache {
    /// Calls the function, or gives what it gave the last time for these arguments.
    fn call(&self, vm: &mut Vm, args: Args<'_>) -> R {
        if self.limit == Some(0) {
            self.misses.set(self.misses.get() + 1);
            return vm.call_args(&self.func, args);
        }
        let key = self.key(vm, args);
        let hash = vm.hash(&key)?;
        let results = self.results.get();
        if let Some(at) = vm.dict_find(&results, hash, &key)? {
            return Ok(results.table.with_mut(|table| self.hit(table, at)));
        }
        self.misses.set(self.misses.get() + 1);
        let value = vm.call_args(&self.func, args)?;
        let results = self.results.get();
        if vm.dict_find(&results, hash, &key)?.is_none() {
            let dropped = results.table.with_mut(|table| {
                let full = self.limit.is_some_and(|limit| table.len() >= limit);
                let first = if full {
                    table.next_entry(0).map(|(at, _)| at)
                } else {
                    None
                };
                let dropped = first.map(|at| table.remove(at));
                table.insert_new(hash, key, value.clone());
                dropped
            });
            drop(dropped);
        }
        Ok(value)
    }

    /// The result at a position, which has been used now: what was used last is where it belongs.
    #[inline]
    fn hit(&self, table: &mut DictTable, at: usize) -> Value {
        self.hits.set(self.hits.get() + 1);
        if self.limit.is_none() || at + 1 == table.positions() {
            return table
                .entry(at)
                .map_or(Value::NONE, |entry| entry.value.clone());
        }
        let hash = table.entry(at).map_or(0, |entry| entry.hash);
        let (key, value) = table.remove(at);
        table.insert_new(hash, key, value.clone());
        value
    }

    /// The result for an argument that is its own key, if that is remembered.
    #[inline]
    fn quick(&self, only: &Value) -> Option<Value> {
        if self.typed || !is_key(only) {
            return None;
        }
        let hash = quick_hash(only)?;
        let results = self.results.get();
        results
            .table
            .with_mut(|table| match table.find(hash, only) {
                Find::Found(at) => Some(self.hit(table, at)),
                Find::Missing | Find::Ask => None,
            })
    }

    /// The key of a call: the only argument itself where that is a plain int or string, else a tuple.
    fn key(&self, vm: &mut Vm, Args { pos, kw }: Args<'_>) -> Value {
        if let [only] = pos
            && kw.is_empty()
            && !self.typed
            && is_key(only)
        {
            return only.clone();
        }
        if kw.is_empty() && !self.typed {
            return Ref::joined_tuple(pos, &[]).into();
        }
        let mut parts = pos.to_vec();
        if !kw.is_empty() {
            // Keywords are told from positional arguments by a mark between them.
            parts.push(Value::ELLIPSIS);
            for (name, value) in kw {
                parts.push(name.to_value());
                parts.push(value.clone());
            }
        }
        if self.typed {
            for value in pos.iter().chain(kw.iter().map(|(_, value)| value)) {
                parts.push(vm.class_of(value).into());
            }
        }
        Value::tuple(parts)
    }
}

/// Whether the only argument of a call is the key of its result.
#[inline]
fn is_key(only: &Value) -> bool {
    matches!(only.tag(), Tag::Int | Tag::Str)
}

impl NativeData for Cache {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.func);
        self.results.with(|results| visitor(&results.to_value()));
    }
    fn clear(&self) {
        self.results.set(Ref::new(DictObj::default()));
    }
}

fn with_cache<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Vm, &Cache) -> R<T>) -> R<T> {
    match value.as_instance().and_then(|i| i.native::<Cache>()) {
        Some(cache) => f(vm, &cache),
        None => Err(vm.type_error("an lru_cache wrapper is required")),
    }
}

fn cache_new(vm: &mut Vm, args: Args<'_>) -> R {
    let [class, func, limit, typed] = args.pos else {
        return Err(vm.type_error("_lru_cache_wrapper takes 3 arguments"));
    };
    let limit = if limit.is_none() {
        None
    } else {
        Some(vm.index_i64(limit)?.max(0) as usize)
    };
    let typed = vm.truthy(typed)?;
    if !crate::builtins::objects::is_callable(vm, func) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let cache = Cache {
        func: func.clone(),
        limit,
        typed,
        results: GcCell::new(Ref::new(DictObj::default())),
        hits: Cell::new(0),
        misses: Cell::new(0),
    };
    match class.to_class() {
        Some(class) => Ok(new_instance(&class, Payload::Native(Rc::new(cache)))),
        None => Err(vm.type_error("X is not a type object")),
    }
}

fn cache_call(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((wrapper, pos)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    if let ([only], [], Some(instance)) = (pos, args.kw, wrapper.as_instance())
        && let Some(Some(result)) = instance.look_native(|cache: &Cache| cache.quick(only))
    {
        return Ok(result);
    }
    with_cache(vm, wrapper, |vm, cache| {
        cache.call(vm, Args { pos, kw: args.kw })
    })
}

fn cache_get(_vm: &mut Vm, args: &[Value]) -> R {
    if args.at(1).is_none() {
        return Ok(args.at(0).clone());
    }
    Ok(Value::new(MethodObj {
        func: args.at(0).clone(),
        receiver: args.at(1).clone(),
    }))
}

fn cache_info(vm: &mut Vm, wrapper: &Value) -> R {
    let (hits, misses, limit, size) = with_cache(vm, wrapper, |_, cache| {
        let size = cache.results.get().table.with(|table| table.len());
        Ok((cache.hits.get(), cache.misses.get(), cache.limit, size))
    })?;
    let collections = super::import(vm, "functools")?;
    let name = vm.intern("_CacheInfo");
    let limit = limit.map_or(Value::NONE, |limit| Value::int(limit as i64));
    let args = [
        Value::int(hits as i64),
        Value::int(misses as i64),
        limit,
        Value::int(size as i64),
    ];
    vm.call_method(&collections, &name, &args)
}

fn cache_clear(vm: &mut Vm, wrapper: &Value) -> R {
    with_cache(vm, wrapper, |_, cache| {
        cache.hits.set(0);
        cache.misses.set(0);
        cache.results.set(Ref::new(DictObj::default()));
        Ok(Value::NONE)
    })
}

fn cache_repr(vm: &mut Vm, wrapper: &Value) -> R {
    let address = wrapper.address();
    Ok(vm.str(format!(
        "<functools._lru_cache_wrapper object at {address:#x}>"
    )))
}
