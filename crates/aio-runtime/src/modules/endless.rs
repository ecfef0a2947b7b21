//! `itertools`: what may go on for ever (`count`, `cycle`, `repeat`).

use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{IterObj, NativeIter};
use crate::types::iterators::{ITER_SELF, NEXT, items_left, length_hint};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;

/// The methods of `count`.
pub const COUNT_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_count),
        "count(start=0, step=1): start, start + step, and so on.",
    ),
    ITER_SELF,
    NEXT,
];

/// The methods of `repeat`.
pub const REPEAT_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_repeat),
        "repeat(object, times): the object, for ever or so many times.",
    ),
    ITER_SELF,
    NEXT,
    Method::new(
        "__length_hint__",
        NativeFn::F1(hint_of_repeat),
        "How many times are left.",
    ),
];

struct Count {
    next: Value,
    step: Value,
}

const COUNT: Signature = Signature {
    name: "count",
    params: &["start", "step"],
    positional: 2,
    required: 0,
};

fn new_count(vm: &mut Vm, args: Args<'_>) -> R {
    let [start, step] = vm.bind(args.behind_class(), &COUNT)?;
    let or = |value: Value, default| {
        if value.is_unset() {
            Value::int(default)
        } else {
            value
        }
    };
    let (mut next, mut step) = (or(start, 0), or(step, 1));
    if !is_number(vm, &next) || !is_number(vm, &step) {
        return Err(vm.type_error("a number is required"));
    }
    if let (Some(start), Some(1)) = (next.as_index(), step.as_index()) {
        (next, step) = (Value::int(start), Value::int(1));
    }
    Ok(IterObj::native(Count { next, step }))
}

fn is_number(vm: &mut Vm, value: &Value) -> bool {
    match value.tag() {
        Tag::Int | Tag::Bool | Tag::Float | Tag::BigInt | Tag::Complex => true,
        Tag::Instance => {
            let names = &vm.names;
            let hooks = [
                names.__index__.clone(),
                names.__int__.clone(),
                names.__float__.clone(),
            ];
            hooks
                .iter()
                .any(|hook| vm.lookup_special(value, hook).is_some())
        }
        _ => false,
    }
}

impl NativeIter for Count {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let after = match (self.next.as_int(), self.step.as_int()) {
            (Some(next), Some(step)) => next.checked_add(step).map(Value::int),
            _ => None,
        };
        let after = match after {
            Some(after) => after,
            None => vm.binary(BinaryOp::Add, &self.next, &self.step)?,
        };
        Ok(Some(std::mem::replace(&mut self.next, after)))
    }
    fn type_name(&self) -> &'static str {
        "itertools.count"
    }
    fn text(&self, vm: &mut Vm) -> Option<R<String>> {
        let text = |vm: &mut Vm| {
            let next = vm.repr(&self.next)?;
            if self.step.as_index() == Some(1) {
                return Ok(format!("count({next})"));
            }
            Ok(format!("count({next}, {})", vm.repr(&self.step)?))
        };
        Some(text(vm))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.next);
        visitor(&self.step);
    }
}

struct Repeat {
    object: Value,
    /// `None`: for ever.
    left: Option<u64>,
}

const REPEAT: Signature = Signature {
    name: "repeat",
    params: &["object", "times"],
    positional: 2,
    required: 1,
};

fn new_repeat(vm: &mut Vm, args: Args<'_>) -> R {
    let [object, times] = vm.bind(args.behind_class(), &REPEAT)?;
    let left = if times.is_unset() {
        None
    } else {
        Some(u64::try_from(vm.index_i64(&times)?).unwrap_or(0))
    };
    Ok(IterObj::native(Repeat { object, left }))
}

fn hint_of_repeat(vm: &mut Vm, iter: &Value) -> R {
    if iter.as_iter().and_then(items_left).is_none() {
        return Err(vm.type_error("len() of unsized object"));
    }
    length_hint(vm, iter)
}

impl NativeIter for Repeat {
    #[inline]
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        match &mut self.left {
            None => {}
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
        }
        Ok(Some(self.object.clone()))
    }
    fn type_name(&self) -> &'static str {
        "itertools.repeat"
    }
    fn length_hint(&self) -> Option<usize> {
        self.left.and_then(|left| usize::try_from(left).ok())
    }
    fn text(&self, vm: &mut Vm) -> Option<R<String>> {
        let text = vm.repr(&self.object).map(|object| match self.left {
            None => format!("repeat({object})"),
            Some(left) => format!("repeat({object}, {left})"),
        });
        Some(text)
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

struct Cycle {
    /// The iterator of the first time; unset after that.
    items: Value,
    saved: Vec<Value>,
    /// The next one of the saved items to give, after the first time.
    at: usize,
}

/// `cycle(iterable)`
pub fn cycle(vm: &mut Vm, iterable: &Value) -> R {
    Ok(IterObj::native(Cycle {
        items: vm.iter(iterable)?,
        saved: Vec::new(),
        at: 0,
    }))
}

impl NativeIter for Cycle {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if !self.items.is_unset() {
            if let Some(item) = vm.next_of_source(&self.items)? {
                self.saved.push(item.clone());
                return Ok(Some(item));
            }
            self.items = Value::UNSET;
        }
        let item = self.saved.get(self.at).cloned();
        self.at += 1;
        if self.at >= self.saved.len() {
            self.at = 0;
        }
        Ok(item)
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.items);
        self.saved.iter().for_each(visitor);
    }
}
