//! Calls of the built-in classes that programs call most: as functions, without the way through
//! `__new__` and `__init__`.

use super::lazy_iterators::{enumerate, filter, map, reversed, zip};
use super::{bytes, dict, float_type, int_type, range, set_ops, str_type, tuple};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{MANY, NativeFn};
use crate::objects::{ClassObj, DictObj, Layout, ListObj, SetObj};
use crate::value::Value;
use crate::vm::Vm;

/// What calls of a built-in class do; `None` for most classes.
#[inline(never)]
pub fn maker(vm: &Vm, class: &ClassObj) -> Option<&'static NativeFn> {
    let types = &vm.types;
    let is = |made: &Ref<ClassObj>| made.id == class.id;
    Some(match () {
        () if is(&types.str) => &NativeFn::F1(str_type::from_value),
        () if is(&types.int) => &NativeFn::F1(int_type::from_value),
        () if is(&types.range) => &NativeFn::Range(1, 3, range::from_bounds),
        () if is(&types.list) => &NativeFn::F1(list),
        () if is(&types.set) => &NativeFn::F1(set),
        () if is(&types.dict) => &NativeFn::F1(dict),
        () if is(&types.tuple) => &NativeFn::F1(tuple::from_iterable),
        () if is(&types.float) => &NativeFn::F1(float),
        () if is(&types.bytes) => &NativeFn::F1(bytes::from_value),
        () if is(&types.enumerate) => &NativeFn::Range(1, 2, enumerate),
        () if is(&types.zip) => &NativeFn::Range(0, MANY, zip),
        () if is(&types.map) => &NativeFn::Range(2, MANY, map),
        () if is(&types.filter) => &NativeFn::F2(filter),
        () if is(&types.reversed) => &NativeFn::F1(reversed),
        () => return None,
    })
}

/// A call of a class that has a [`maker`], `int(text, base)`, or a container without arguments; `None`
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
    if class.layout.get() == Layout::Exception {
        // Most classes that are called and have no maker.
        return None;
    }
    match (*maker(vm, class)?, values) {
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

fn dict(vm: &mut Vm, source: &Value) -> R {
    let made = Ref::new(DictObj::default());
    dict::update(vm, &made, source)?;
    Ok(made.into())
}

fn float(vm: &mut Vm, value: &Value) -> R {
    float_type::from_value(vm, value).map(Value::float)
}
