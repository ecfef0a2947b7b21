//! Calls of the built-in classes that programs call most: as functions, without the way through
//! `__new__` and `__init__`.

use super::lazy_iterators::{enumerate, filter, map, reversed, zip};
use super::{bytes, dict, float_type, int_type, range, set_ops, str_type, tuple};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{MANY, NativeFn};
use crate::objects::{ClassObj, DictObj, ListObj, SetObj};
use crate::types::Types;
use crate::value::Value;
use crate::vm::Vm;

/// Notes in the built-in classes that are called as functions what their calls do.
pub fn note_makers(types: &Types) {
    let makers: [(_, &'static NativeFn); 17] = [
        (&types.str, &NativeFn::F1(str_type::from_value)),
        (&types.int, &NativeFn::F1(int_type::from_value)),
        (&types.range, &NativeFn::Range(1, 3, range::from_bounds)),
        (&types.list, &NativeFn::F1(list)),
        (&types.set, &NativeFn::F1(set)),
        (&types.dict, &NativeFn::F1(dict)),
        (&types.tuple, &NativeFn::F1(tuple::from_iterable)),
        (&types.float, &NativeFn::F1(float)),
        (&types.bytes, &NativeFn::F1(bytes::from_value)),
        (&types.enumerate, &NativeFn::Range(1, 2, enumerate)),
        (&types.zip, &NativeFn::Range(0, MANY, zip)),
        (&types.map, &NativeFn::Range(2, MANY, map)),
        (&types.filter, &NativeFn::F2(filter)),
        (&types.reversed, &NativeFn::F1(reversed)),
        (&types.bool, &NativeFn::F1(bool)),
        (&types.frozenset, &NativeFn::F1(frozenset)),
        (&types.type_, &NativeFn::F1(type_of)),
    ];
    for (class, maker) in makers {
        class.maker.set(Some(maker));
    }
}

/// A call of a class that has a maker, `int(text, base)`, or a container without arguments; `None`
/// for other classes and arguments.
#[inline]
pub fn quick_new(vm: &mut Vm, class: &Ref<ClassObj>, values: &[Value]) -> Option<R> {
    if values.is_empty() {
        return new_container(vm, class).map(Ok);
    }
    if let [text, base] = values
        && class.same(&vm.types.int)
    {
        return Some(int_type::from_text(vm, text, base));
    }
    match (*class.maker.get()?, values) {
        (NativeFn::F1(make), [value]) => Some(make(vm, value)),
        (NativeFn::F2(make), [a, b]) => Some(make(vm, a, b)),
        (range @ NativeFn::Range(_, _, make), _) if range.takes(values.len()) => {
            Some(make(vm, values))
        }
        _ => None,
    }
}

fn new_container(vm: &Vm, class: &Ref<ClassObj>) -> Option<Value> {
    let types = &vm.types;
    if class.same(&types.list) {
        Some(Value::new(ListObj::default()))
    } else if class.same(&types.dict) {
        Some(Value::new(DictObj::default()))
    } else if class.same(&types.set) {
        Some(Value::new(SetObj::default()))
    } else {
        None
    }
}

fn list(vm: &mut Vm, source: &Value) -> R {
    let items = vm.collect(source)?;
    Ok(Value::new(ListObj::new(items)))
}

fn set(vm: &mut Vm, source: &Value) -> R {
    set_ops::from_iterable(vm, source, false).map(Value::from)
}

fn frozenset(vm: &mut Vm, source: &Value) -> R {
    if source.as_set().is_some_and(|set| set.frozen) {
        return Ok(source.clone());
    }
    set_ops::from_iterable(vm, source, true).map(Value::from)
}

fn bool(vm: &mut Vm, value: &Value) -> R {
    vm.truthy(value).map(Value::bool)
}

fn type_of(vm: &mut Vm, value: &Value) -> R {
    Ok(vm.class_of(value).into())
}

fn dict(vm: &mut Vm, source: &Value) -> R {
    let made = Ref::new(DictObj::default());
    dict::update(vm, &made, source)?;
    Ok(made.into())
}

fn float(vm: &mut Vm, value: &Value) -> R {
    float_type::from_value(vm, value).map(Value::float)
}
