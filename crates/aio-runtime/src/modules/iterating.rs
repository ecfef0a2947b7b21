//! `_itertools`: the iterators of `itertools` that are best quick.

use super::{Function, add, add_functions, choosing, endless};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Arguments, NativeFn};
use crate::objects::{IterObj, ModuleObj, NativeIter, TupleObj};
use crate::types::text_values::index_opt;
use crate::types::walk::plain_items;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

const FUNCTIONS: &[Function] = &[
    (
        "chained",
        NativeFn::F1(chained),
        "The items of iterables, one after the other.",
    ),
    (
        "islice",
        NativeFn::Range(2, 4, islice),
        "The items of an iterator from start to stop by step.",
    ),
    (
        "cycle",
        NativeFn::F1(endless::cycle),
        "The items of an iterable, again and again.",
    ),
    (
        "takewhile",
        NativeFn::F2(choosing::take_while),
        "The items up to the first for which the predicate is false.",
    ),
    (
        "dropwhile",
        NativeFn::F2(choosing::drop_while),
        "The items from the first on for which the predicate is false.",
    ),
    (
        "filterfalse",
        NativeFn::F2(choosing::filter_false),
        "The items for which the predicate is false.",
    ),
    (
        "compress",
        NativeFn::Any(choosing::compress),
        "The items whose selectors are true.",
    ),
    (
        "accumulated",
        NativeFn::F3(accumulated),
        "Sums on the way, or what a function makes of two items.",
    ),
    ("pairs", NativeFn::F1(pairs), "Neighbors."),
    (
        "star_mapped",
        NativeFn::F2(star_mapped),
        "What a function gives for tuples of arguments.",
    ),
    (
        "zip_longest",
        NativeFn::F2(zip_longest),
        "Items of iterables side by side, up to the longest.",
    ),
    ("product", NativeFn::F1(product), "The product of tuples."),
    (
        "permutations",
        NativeFn::F2(permutations),
        "Orders of so many items of a tuple.",
    ),
    (
        "combinations",
        NativeFn::F3(combinations),
        "Choices of so many items of a tuple, with repetitions or without.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let types = &vm.types;
    let classes = [
        ("count", types.count_from.clone()),
        ("repeat", types.repeat.clone()),
        ("groupby", types.groupby.clone()),
    ];
    for (name, class) in classes {
        add(vm, module, name, class.into());
    }
    Ok(())
}

struct Chained {
    /// The iterables; unset at the end.
    sources: Value,
    /// The iterator of the present one, or unset.
    items: Value,
}

fn chained(vm: &mut Vm, iterables: &Value) -> R {
    Ok(IterObj::native(Chained {
        sources: vm.iter(iterables)?,
        items: Value::UNSET,
    }))
}

impl NativeIter for Chained {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        while !self.sources.is_unset() {
            if !self.items.is_unset() {
                if let Some(item) = vm.next_of_source(&self.items)? {
                    return Ok(Some(item));
                }
                self.items = Value::UNSET;
            }
            match vm.next(&self.sources)? {
                Some(iterable) => match vm.iter(&iterable) {
                    Ok(items) => self.items = items,
                    Err(raised) => {
                        self.sources = Value::UNSET;
                        return Err(raised);
                    }
                },
                None => self.sources = Value::UNSET,
            }
        }
        Ok(None)
    }
    fn give_many(&mut self, vm: &mut Vm, items: &mut Vec<Value>) -> R<()> {
        while !self.sources.is_unset() && self.items.is_unset() {
            match vm.next(&self.sources)? {
                Some(iterable) => match plain_items(&iterable) {
                    Some(more) => items.extend(more),
                    None => match vm.iter(&iterable) {
                        Ok(iter) => self.items = iter,
                        Err(raised) => {
                            self.sources = Value::UNSET;
                            return Err(raised);
                        }
                    },
                },
                None => self.sources = Value::UNSET,
            }
        }
        Ok(())
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.sources);
        visitor(&self.items);
    }
}

struct Sliced {
    /// Unset at the end.
    items: Value,
    /// How many items were taken.
    taken: i64,
    /// The number of the next item to give.
    wanted: i64,
    stop: Option<i64>,
    step: i64,
}

fn islice(vm: &mut Vm, args: &[Value]) -> R {
    const STOP: &str =
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop) = match args.rest(1) {
        [stop] => (&Value::NONE, stop),
        _ => (args.at(1), args.at(2)),
    };
    let (start, stop) = (place(vm, start)?, place(vm, stop)?);
    if stop.is_none_or(|stop| stop == Some(-1)) {
        return Err(vm.value_error(STOP));
    }
    let (Some(start), Some(stop)) = (start, stop) else {
        return Err(vm.value_error(INDICES));
    };
    if start.is_some_and(|start| start < 0) || stop.is_some_and(|stop| stop < 0) {
        return Err(vm.value_error(INDICES));
    }
    let step = match args.get(3) {
        None => None,
        Some(step) => match place(vm, step)? {
            Some(step) if step.is_none_or(|step| step > 0) => step,
            Some(_) | None => {
                return Err(vm.value_error("Step for islice() must be a positive integer or None."));
            }
        },
    };
    Ok(IterObj::native(Sliced {
        items: vm.iter(args.at(0))?,
        taken: 0,
        wanted: start.unwrap_or(0),
        stop,
        step: step.unwrap_or(1),
    }))
}

/// An argument of `islice`: `None` or an int; nothing for anything else.
fn place(vm: &mut Vm, value: &Value) -> R<Option<Option<i64>>> {
    if value.is_none() {
        return Ok(Some(None));
    }
    let index = index_opt(vm, value)?;
    Ok(index.and_then(|index| index.as_index()).map(Some))
}

impl Sliced {
    fn take(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let item = vm.next_of_source(&self.items)?;
        match item {
            Some(_) => self.taken += 1,
            None => self.items = Value::UNSET,
        }
        Ok(item)
    }
}

impl NativeIter for Sliced {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.items.is_unset() {
            return Ok(None);
        }
        while self.taken < self.wanted {
            vm.poll()?;
            if self.take(vm)?.is_none() {
                return Ok(None);
            }
        }
        if self.stop.is_some_and(|stop| self.taken >= stop) {
            self.items = Value::UNSET;
            return Ok(None);
        }
        let item = self.take(vm)?;
        let last = self.stop.unwrap_or(i64::MAX);
        self.wanted = self.wanted.saturating_add(self.step).min(last);
        Ok(item)
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.items);
    }
}

struct Accumulated {
    items: Value,
    /// `None`: `+`.
    function: Value,
    /// `None` at first if none is given.
    total: Value,
    begun: bool,
}

fn accumulated(vm: &mut Vm, source: &Value, function: &Value, initial: &Value) -> R {
    Ok(IterObj::native(Accumulated {
        items: vm.iter(source)?,
        function: function.clone(),
        total: initial.clone(),
        begun: false,
    }))
}

impl NativeIter for Accumulated {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if !self.begun && !self.total.is_none() {
            self.begun = true;
            return Ok(Some(self.total.clone()));
        }
        let Some(item) = vm.next_of_source(&self.items)? else {
            return Ok(None);
        };
        self.total = if !self.begun {
            self.begun = true;
            item
        } else if self.function.is_none() {
            let sum = match (self.total.as_int(), item.as_int()) {
                (Some(total), Some(item)) => total.checked_add(item),
                _ => None,
            };
            match sum {
                Some(sum) => Value::int(sum),
                None => vm.binary(BinaryOp::Add, &self.total, &item)?,
            }
        } else {
            vm.call(&self.function, &[self.total.clone(), item])?
        };
        Ok(Some(self.total.clone()))
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.items);
        visitor(&self.function);
        visitor(&self.total);
    }
}

struct Pairs {
    items: Value,
    before: Value,
}

fn pairs(vm: &mut Vm, source: &Value) -> R {
    Ok(IterObj::native(Pairs {
        items: vm.iter(source)?,
        before: Value::UNSET,
    }))
}

impl NativeIter for Pairs {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.before.is_unset() {
            match vm.next_of_source(&self.items)? {
                Some(first) => self.before = first,
                None => return Ok(None),
            }
        }
        let Some(item) = vm.next_of_source(&self.items)? else {
            return Ok(None);
        };
        let before = std::mem::replace(&mut self.before, item.clone());
        Ok(Some(Value::tuple([before, item])))
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.items);
        visitor(&self.before);
    }
}

struct StarMapped {
    function: Value,
    items: Value,
}

fn star_mapped(vm: &mut Vm, function: &Value, source: &Value) -> R {
    Ok(IterObj::native(StarMapped {
        function: function.clone(),
        items: vm.iter(source)?,
    }))
}

impl NativeIter for StarMapped {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let Some(args) = vm.next_of_source(&self.items)? else {
            return Ok(None);
        };
        if let Some(tuple) = args.as_tuple() {
            return vm.call(&self.function, &tuple.items).map(Some);
        }
        let args = vm.collect(&args)?;
        vm.call(&self.function, &args).map(Some)
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.function);
        visitor(&self.items);
    }
}

/// The items of iterators side by side, until the last of them ends.
struct ZipLongest {
    /// Unset where one has ended.
    sources: Vec<Value>,
    fill: Value,
}

fn zip_longest(vm: &mut Vm, iterables: &Value, fill: &Value) -> R {
    let iterables = vm.collect(iterables)?;
    let sources: R<Vec<Value>> = iterables.iter().map(|source| vm.iter(source)).collect();
    Ok(IterObj::native(ZipLongest {
        sources: sources?,
        fill: fill.clone(),
    }))
}

impl NativeIter for ZipLongest {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let mut row = Vec::with_capacity(self.sources.len());
        let mut found = false;
        for place in 0..self.sources.len() {
            let Some(source) = self.sources.get_mut(place).filter(|s| !s.is_unset()) else {
                row.push(self.fill.clone());
                continue;
            };
            match vm.next_of_source(source) {
                Ok(Some(item)) => {
                    found = true;
                    row.push(item);
                }
                Ok(None) => {
                    *source = Value::UNSET;
                    let goes_on = self.sources.iter().any(|source| !source.is_unset());
                    if !goes_on {
                        return Ok(None);
                    }
                    row.push(self.fill.clone());
                }
                Err(raised) => {
                    self.sources.clear();
                    return Err(raised);
                }
            }
        }
        Ok(found.then(|| Value::tuple(row)))
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.sources.iter().for_each(&mut *visitor);
        visitor(&self.fill);
    }
}

/// Rows of items of pools, each row told by the places of its items; a rule makes the places of the
/// next row.
struct Rows<T> {
    pools: Vec<Ref<TupleObj>>,
    places: Vec<usize>,
    /// Whether `places` are those of a row to give.
    more: bool,
    rule: T,
}

/// How the places of a row become those of the next one.
trait Rule {
    /// Steps on; false after the last row.
    fn step(&mut self, places: &mut [usize], pools: &[Ref<TupleObj>]) -> bool;
}

impl<T: Rule> NativeIter for Rows<T> {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        if !self.more {
            return Ok(None);
        }
        let item = |(place, pool): (&usize, &Ref<TupleObj>)| {
            pool.items.get(*place).cloned().unwrap_or(Value::NONE)
        };
        let (places, len) = (self.places.iter(), self.places.len());
        let row = match self.pools.as_slice() {
            [pool] => Ref::tuple_of(len, places.map(|place| item((place, pool)))),
            pools => Ref::tuple_of(len, places.zip(pools).map(item)),
        };
        self.more = self.rule.step(&mut self.places, &self.pools);
        Ok(Some(row.into()))
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        for pool in &self.pools {
            visitor(&pool.to_value());
        }
    }
}

/// Counts like an odometer.
struct Odometer;

impl Rule for Odometer {
    fn step(&mut self, places: &mut [usize], pools: &[Ref<TupleObj>]) -> bool {
        for (place, pool) in places.iter_mut().zip(pools).rev() {
            *place += 1;
            if *place < pool.items.len() {
                return true;
            }
            *place = 0;
        }
        false
    }
}

fn product(vm: &mut Vm, pools: &Value) -> R {
    let pools = vm.collect(pools)?;
    let pools: Vec<_> = pools.iter().filter_map(Value::to_tuple).collect();
    Ok(IterObj::native(Rows {
        places: vec![0; pools.len()],
        more: pools.iter().all(|pool| !pool.items.is_empty()),
        pools,
        rule: Odometer,
    }))
}

/// Orders: CPython's scheme of cycles (`Lib/test/test_itertools.py` has it in words).
struct Cycles {
    order: Vec<usize>,
    cycles: Vec<usize>,
}

impl Rule for Cycles {
    fn step(&mut self, places: &mut [usize], _pools: &[Ref<TupleObj>]) -> bool {
        let (len, chosen) = (self.order.len(), places.len());
        for at in (0..chosen).rev() {
            let Some(cycle) = self.cycles.get_mut(at) else {
                return false;
            };
            *cycle -= 1;
            let left = *cycle;
            if left == 0 {
                *cycle = len - at;
                if let Some(rest) = self.order.get_mut(at..) {
                    rest.rotate_left(1);
                }
                continue;
            }
            self.order.swap(at, len - left);
            for (place, item) in places.iter_mut().zip(&self.order) {
                *place = *item;
            }
            return true;
        }
        false
    }
}

fn permutations(vm: &mut Vm, pool: &Value, chosen: &Value) -> R {
    let (pool, chosen) = pool_and_count(vm, pool, chosen)?;
    let len = pool.items.len();
    let fits = chosen <= len;
    let chosen = chosen.min(len);
    Ok(IterObj::native(Rows {
        pools: vec![pool],
        places: (0..chosen).collect(),
        more: fits,
        rule: Cycles {
            order: (0..len).collect(),
            cycles: (0..chosen).map(|at| len - at).collect(),
        },
    }))
}

/// Choices in the order of places, each greater than the one before or, with repetitions, not less.
struct Choices {
    again: bool,
    len: usize,
}

impl Rule for Choices {
    fn step(&mut self, places: &mut [usize], _pools: &[Ref<TupleObj>]) -> bool {
        let (chosen, again, len) = (places.len(), self.again, self.len);
        let last = |at: usize| if again { len - 1 } else { at + len - chosen };
        let mut with_numbers = places.iter().enumerate();
        let Some(at) = with_numbers.rposition(|(at, place)| *place != last(at)) else {
            return false;
        };
        let Some(changing) = places.get_mut(at..) else {
            return false;
        };
        let first = changing.first().map_or(0, |place| place + 1);
        for (nth, place) in changing.iter_mut().enumerate() {
            *place = if again { first } else { first + nth };
        }
        true
    }
}

fn combinations(vm: &mut Vm, pool: &Value, chosen: &Value, again: &Value) -> R {
    let again = vm.truthy(again)?;
    let (pool, chosen) = pool_and_count(vm, pool, chosen)?;
    let len = pool.items.len();
    let more = if again {
        len > 0 || chosen == 0
    } else {
        chosen <= len
    };
    let places = match (more, again) {
        (false, _) => Vec::new(),
        (true, true) => vec![0; chosen],
        (true, false) => (0..chosen).collect(),
    };
    Ok(IterObj::native(Rows {
        pools: vec![pool],
        places,
        more,
        rule: Choices { again, len },
    }))
}

fn pool_and_count(vm: &mut Vm, pool: &Value, chosen: &Value) -> R<(Ref<TupleObj>, usize)> {
    let chosen = vm.index_i64(chosen)?;
    let chosen = usize::try_from(chosen).unwrap_or(0);
    crate::types::limits::reserve(vm, chosen, size_of::<usize>())?;
    match pool.to_tuple() {
        Some(pool) => Ok((pool, chosen)),
        None => Err(vm.type_error("the pool must be a tuple")),
    }
}
