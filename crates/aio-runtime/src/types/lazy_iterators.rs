//! `map`, `filter`, `zip`, `enumerate`, `reversed`, and `iter` with a sentinel.

use super::iterators::{ITER_SELF, NEXT, reversed_list};
use super::receiver::{as_instance_of, base_of, requested_class};
use super::tuple::LastPair;
use super::walk::Walk;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{ClassObj, IterObj, NativeIter};
use crate::types::text_values::char_value;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use smallvec::SmallVec;

/// The methods of `map`.
pub const MAP_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_map),
        "Make an iterator that computes the function using arguments from each iterable.",
    ),
    ITER_SELF,
    NEXT,
];
/// The methods of `filter`.
pub const FILTER_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_filter),
        "Return an iterator yielding those items for which function(item) is true.",
    ),
    ITER_SELF,
    NEXT,
];
/// The methods of `zip`.
pub const ZIP_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_zip),
        "Yield tuples of the items of the iterables until one is exhausted.",
    ),
    ITER_SELF,
    NEXT,
];
/// The methods of `enumerate`.
pub const ENUMERATE_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_enumerate),
        "Yield pairs of a count (from start, default 0) and an item.",
    ),
    ITER_SELF,
    NEXT,
    super::dunders::CLASS_GET_ITEM,
];
/// The methods of `reversed`.
pub const REVERSED_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_reversed),
        "Return a reverse iterator over the values of the given sequence.",
    ),
    ITER_SELF,
    NEXT,
    Method::new(
        "__length_hint__",
        NativeFn::F1(reversed_hint),
        "Private method returning an estimate of len(list(it)).",
    ),
];

/// The class to make an instance of, and the arguments after it.
fn own<'a>(vm: &mut Vm, args: Args<'a>, base: &Ref<ClassObj>) -> R<(Ref<ClassObj>, Args<'a>)> {
    let class = requested_class(vm, args, base)?;
    let own = args.behind_class();
    Ok((class, own))
}

/// Keywords are refused, except that a subclass may take them in its own `__init__`.
fn no_keywords(vm: &mut Vm, class: &ClassObj, args: Args<'_>, name: &str) -> R<()> {
    if args.kw.is_empty() || !class.builtin {
        Ok(())
    } else {
        Err(vm.type_error(format!("{name}() takes no keyword arguments")))
    }
}

/// Walks over some iterables side by side.
fn walks(vm: &mut Vm, sources: &[Value]) -> R<Vec<Walk>> {
    let mut walks = Vec::with_capacity(sources.len());
    for source in sources {
        walks.push(Walk::lasting(vm, source)?);
    }
    Ok(walks)
}

struct MapIter {
    function: Value,
    walks: Vec<Walk>,
}

fn new_map(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.map.clone();
    let (class, args) = own(vm, args, &base)?;
    no_keywords(vm, &class, args, "map")?;
    let iter = map(vm, args.pos)?;
    Ok(as_instance_of(&class, iter))
}

/// `map(function, iterable, …)`
///
/// # Errors
/// `TypeError` for fewer than two arguments, and for what is not iterable; what `__iter__` raises.
pub fn map(vm: &mut Vm, args: &[Value]) -> R {
    let [function, sources @ ..] = args else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if sources.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let walks = walks(vm, sources)?;
    Ok(IterObj::native(MapIter {
        function: function.clone(),
        walks,
    }))
}

impl NativeIter for MapIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if let [walk] = self.walks.as_mut_slice() {
            return match walk.next(vm)? {
                Some(item) => vm.call(&self.function, &[item]).map(Some),
                None => Ok(None),
            };
        }
        let mut items = Vec::with_capacity(self.walks.len());
        for walk in &mut self.walks {
            match walk.next(vm)? {
                Some(item) => items.push(item),
                None => return Ok(None),
            }
        }
        vm.call(&self.function, &items).map(Some)
    }
    fn type_name(&self) -> &'static str {
        "map"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.function);
        self.walks.iter().for_each(|walk| walk.visit(visitor));
    }
}

struct FilterIter {
    /// `None` asks the items themselves.
    function: Value,
    walk: Walk,
}

fn new_filter(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.filter.clone();
    let (class, args) = own(vm, args, &base)?;
    no_keywords(vm, &class, args, "filter")?;
    let [function, source] = args.pos else {
        let given = args.pos.len();
        return Err(vm.type_error(format!("filter expected 2 arguments, got {given}")));
    };
    let iter = filter(vm, function, source)?;
    Ok(as_instance_of(&class, iter))
}

/// `filter(function, iterable)`
///
/// # Errors
/// `TypeError` for what is not iterable; what `__iter__` raises.
pub fn filter(vm: &mut Vm, function: &Value, source: &Value) -> R {
    let walk = Walk::lasting(vm, source)?;
    Ok(IterObj::native(FilterIter {
        function: function.clone(),
        walk,
    }))
}

impl NativeIter for FilterIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        while let Some(item) = self.walk.next(vm)? {
            let keep = if self.function.is_none() {
                vm.truthy(&item)?
            } else {
                let answer = vm.call(&self.function, std::slice::from_ref(&item))?;
                vm.truthy(&answer)?
            };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
    fn type_name(&self) -> &'static str {
        "filter"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.function);
        self.walk.visit(visitor);
    }
}

struct ZipIter {
    walks: Vec<Walk>,
    strict: bool,
    last: LastPair,
}

const ZIP: Signature = Signature {
    name: "zip",
    params: &["strict"],
    positional: 0,
    required: 0,
};

fn new_zip(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.zip.clone();
    let (class, args) = own(vm, args, &base)?;
    let options = Args {
        pos: &[],
        kw: args.kw,
    };
    let [strict] = vm.bind::<1>(options, &ZIP)?;
    let strict = !strict.is_unset() && vm.truthy(&strict)?;
    let walks = walks(vm, args.pos)?;
    Ok(as_instance_of(&class, zipped(walks, strict)))
}

/// `zip(iterable, …)`
///
/// # Errors
/// `TypeError` for what is not iterable; what `__iter__` raises.
pub fn zip(vm: &mut Vm, sources: &[Value]) -> R {
    Ok(zipped(walks(vm, sources)?, false))
}

fn zipped(walks: Vec<Walk>, strict: bool) -> Value {
    IterObj::native(ZipIter {
        walks,
        strict,
        last: LastPair::default(),
    })
}

impl NativeIter for ZipIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.walks.is_empty() {
            return Ok(None);
        }
        if let ([first, second], false) = (self.walks.as_mut_slice(), self.strict) {
            let Some(first) = first.next(vm)? else {
                return Ok(None);
            };
            let Some(second) = second.next(vm)? else {
                return Ok(None);
            };
            return Ok(Some(self.last.give([first, second])));
        }
        let mut items = SmallVec::<[Value; 4]>::new();
        for (at, walk) in self.walks.iter_mut().enumerate() {
            match walk.next(vm)? {
                Some(item) => items.push(item),
                None if self.strict && at > 0 => {
                    return Err(length_differs(vm, at, "shorter"));
                }
                None if self.strict => return self.expect_all_ended(vm),
                None => return Ok(None),
            }
        }
        Ok(Some(Value::tuple(items)))
    }
    fn give_many(&mut self, _vm: &mut Vm, items: &mut Vec<Value>) -> R<()> {
        let [first, second] = self.walks.as_mut_slice() else {
            self.give_rows(items);
            return Ok(());
        };
        if self.strict {
            return Ok(());
        }
        first.pass(|left| {
            second.pass(|right| {
                items.reserve(left.len().min(right.len()));
                let both = left.iter().zip(right);
                items.extend(both.map(|(a, b)| Value::tuple([a.clone(), b.clone()])));
                left.len().min(right.len())
            })
        });
        Ok(())
    }
    fn type_name(&self) -> &'static str {
        "zip"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.walks.iter().for_each(|walk| walk.visit(visitor));
        self.last.visit(visitor);
    }
}

impl ZipIter {
    /// The rows of any number of lists and tuples.
    fn give_rows(&mut self, items: &mut Vec<Value>) {
        let left = self.walks.iter().map(Walk::items_left).min();
        let Some(Some(count)) = left.filter(|_| !self.strict) else {
            return;
        };
        let width = self.walks.len();
        items.extend((0..count).map(|_| {
            let row = self.walks.iter_mut().map(Walk::take_item);
            Value::from(Ref::tuple_of(width, row))
        }));
    }

    /// The first one ended: with `strict` the others must have ended too.
    fn expect_all_ended(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        for (at, walk) in self.walks.iter_mut().enumerate().skip(1) {
            if walk.next(vm)?.is_some() {
                return Err(length_differs(vm, at, "longer"));
            }
        }
        Ok(None)
    }
}

#[cold]
fn length_differs(vm: &mut Vm, at: usize, how: &str) -> Raised {
    let place = at + 1;
    let others = if at == 1 {
        "argument 1".to_owned()
    } else {
        format!("arguments 1-{at}")
    };
    vm.value_error(format!("zip() argument {place} is {how} than {others}"))
}

struct EnumerateIter {
    walk: Walk,
    count: Value,
    last: LastPair,
}

fn new_enumerate(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.enumerate.clone();
    let (class, args) = own(vm, args, &base)?;
    let given = args.pos.len() + args.kw.len();
    if given > 2 {
        return Err(vm.type_error(format!(
            "enumerate() takes at most 2 arguments ({given} given)"
        )));
    }
    let (mut source, mut start) = (args.pos.first(), args.pos.get(1));
    for (name, value) in args.kw {
        match name.text() {
            "iterable" if source.is_none() => source = Some(value),
            "start" if start.is_none() => start = Some(value),
            other => {
                return Err(vm.type_error(format!(
                    "'{other}' is an invalid keyword argument for enumerate()"
                )));
            }
        }
    }
    let Some(source) = source else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    };
    let iter = enumerated(vm, source, start)?;
    Ok(as_instance_of(&class, iter))
}

/// `enumerate(iterable)` and `enumerate(iterable, start)`.
///
/// # Errors
/// `TypeError` for what is not iterable and for a start that is no int; what `__iter__` raises.
pub fn enumerate(vm: &mut Vm, args: &[Value]) -> R {
    enumerated(vm, args.at(0), args.get(1))
}

fn enumerated(vm: &mut Vm, source: &Value, start: Option<&Value>) -> R {
    let count = match start {
        Some(start) => vm.index(start)?,
        None => Value::int(0),
    };
    let walk = Walk::lasting(vm, source)?;
    Ok(IterObj::native(EnumerateIter {
        walk,
        count,
        last: LastPair::default(),
    }))
}

impl NativeIter for EnumerateIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let Some(item) = self.walk.next(vm)? else {
            return Ok(None);
        };
        let following = match self.count.as_int().and_then(|count| count.checked_add(1)) {
            Some(count) => Value::int(count),
            None => vm.binary(BinaryOp::Add, &self.count, &Value::int(1))?,
        };
        let count = std::mem::replace(&mut self.count, following);
        Ok(Some(self.last.give([count, item])))
    }
    fn give_many(&mut self, _vm: &mut Vm, items: &mut Vec<Value>) -> R<()> {
        let Some(count) = self.count.as_int() else {
            return Ok(());
        };
        let passed = self.walk.pass(|left| {
            if count.checked_add(left.len() as i64).is_none() {
                return 0;
            }
            items.reserve(left.len());
            let counted = left.iter().zip(count..);
            items.extend(counted.map(|(item, at)| Value::tuple([Value::int(at), item.clone()])));
            left.len()
        });
        self.count = Value::int(count + passed as i64);
        Ok(())
    }
    fn type_name(&self) -> &'static str {
        "enumerate"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.walk.visit(visitor);
        self.last.visit(visitor);
    }
}

/// Over anything with `__len__` and `__getitem__`, from its end.
struct ReversedIter {
    /// Unset at the end.
    sequence: Value,
    left: usize,
}

/// Over the characters of a text from its end.
struct ReversedText {
    text: Value,
    /// How many are left, and where the last of them ends.
    left: usize,
    end: usize,
}

impl NativeIter for ReversedText {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        let rest = self.text.as_str().and_then(|text| text.get(..self.end));
        let Some(c) = rest.and_then(|rest| rest.chars().next_back()) else {
            return Ok(None);
        };
        self.left -= 1;
        self.end -= c.len_utf8();
        Ok(Some(char_value(c)))
    }
    fn type_name(&self) -> &'static str {
        "reversed"
    }
    fn length_hint(&self) -> Option<usize> {
        Some(self.left)
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.text);
    }
}

fn new_reversed(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.reversed.clone();
    let (class, args) = own(vm, args, &base)?;
    no_keywords(vm, &class, args, "reversed")?;
    let [sequence] = args.pos else {
        let given = args.pos.len();
        return Err(vm.type_error(format!("reversed expected 1 argument, got {given}")));
    };
    let iter = reversed(vm, sequence)?;
    Ok(as_instance_of(&class, iter))
}

/// `reversed(sequence)`
///
/// # Errors
/// `TypeError` when it cannot be; what `__reversed__` or `__len__` raises.
pub fn reversed(vm: &mut Vm, sequence: &Value) -> R {
    if let Some(list) = sequence.to_list() {
        return Ok(reversed_list(list));
    }
    let hook = vm.names.__reversed__.clone();
    let found = vm.lookup_special(sequence, &hook);
    if found.as_ref().is_none_or(|found| !found.is_none())
        && let Some(iter) = vm.call_special(sequence, &hook, &[])?
    {
        return Ok(iter);
    }
    let get_item = vm.names.__getitem__.clone();
    let indexable = found.is_none()
        && sequence.tag() != Tag::Dict
        && vm.lookup_special(sequence, &get_item).is_some();
    if !indexable {
        let name = vm.type_name(sequence);
        return Err(vm.type_error(format!("'{name}' object is not reversible")));
    }
    let left = vm.len(sequence)?;
    if let Some(text) = sequence.as_str() {
        return Ok(IterObj::native(ReversedText {
            end: text.len(),
            text: sequence.clone(),
            left,
        }));
    }
    Ok(IterObj::native(ReversedIter {
        sequence: sequence.clone(),
        left,
    }))
}

impl NativeIter for ReversedIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.left == 0 || self.sequence.is_unset() {
            self.sequence = Value::UNSET;
            return Ok(None);
        }
        self.left -= 1;
        let index = Value::int(self.left as i64);
        match vm.get_item(&self.sequence, &index) {
            Ok(item) => Ok(Some(item)),
            Err(raised) => {
                self.sequence = Value::UNSET;
                let (index_error, stop) = (
                    vm.types.index_error.clone(),
                    vm.types.stop_iteration.clone(),
                );
                if vm.pending_is(&index_error) || vm.pending_is(&stop) {
                    drop(vm.take_pending());
                    return Ok(None);
                }
                Err(raised)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "reversed"
    }
    fn length_hint(&self) -> Option<usize> {
        Some(if self.sequence.is_unset() {
            0
        } else {
            self.left
        })
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.sequence);
    }
}

fn reversed_hint(_vm: &mut Vm, iter: &Value) -> R {
    let left = base_of(iter)
        .as_iter()
        .and_then(super::iterators::items_left);
    Ok(Value::int(left.unwrap_or(0) as i64))
}

/// `iter(callable, sentinel)`
struct CallableIter {
    /// Unset at the end.
    callable: Value,
    sentinel: Value,
}

/// An iterator that calls until the sentinel comes back.
pub fn callable_iter(callable: &Value, sentinel: &Value) -> Value {
    IterObj::native(CallableIter {
        callable: callable.clone(),
        sentinel: sentinel.clone(),
    })
}

impl NativeIter for CallableIter {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.callable.is_unset() {
            return Ok(None);
        }
        match vm.call(&self.callable, &[]) {
            Ok(item) => {
                if vm.eq(&self.sentinel, &item)? {
                    self.callable = Value::UNSET;
                    return Ok(None);
                }
                Ok(Some(item))
            }
            Err(raised) => {
                let stop = vm.types.stop_iteration.clone();
                if vm.pending_is(&stop) {
                    drop(vm.take_pending());
                    self.callable = Value::UNSET;
                    return Ok(None);
                }
                Err(raised)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "callable_iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.callable);
        visitor(&self.sentinel);
    }
}
