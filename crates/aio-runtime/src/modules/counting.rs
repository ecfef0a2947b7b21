//! What `Counter`, `defaultdict`, `OrderedDict` and `namedtuple` need to be quick.

use super::ordered::{move_to_end, pop_item};
use super::{Function, add};
use crate::builtins::objects::is_callable;
use crate::error::R;
use crate::native::{Args, Arguments, NativeFn};
use crate::objects::{DescrObj, ModuleObj, NativeObj};
use crate::types::dict;
use crate::types::receiver::base_of;
use crate::value::Value;
use crate::vm::Vm;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "_count_elements",
        NativeFn::F2(count_elements),
        "Count elements in the iterable, updating the mapping",
    ),
    (
        "_tuplegetter",
        NativeFn::F2(tuple_getter),
        "An attribute that is an item of a tuple.",
    ),
];

fn count_elements(vm: &mut Vm, mapping: &Value, items: &Value) -> R {
    let base = mapping.as_instance().and_then(|i| i.base_value());
    let Some(dict) = base.as_ref().unwrap_or(mapping).to_dict() else {
        return Err(vm.type_error("_count_elements() needs a dict"));
    };
    let iter = vm.iter(items)?;
    while let Some(item) = vm.next(&iter)? {
        let hash = vm.hash(&item)?;
        match vm.dict_find(&dict, hash, &item)? {
            Some(at) => {
                let old = dict
                    .table
                    .with(|t| t.entry(at).map(|entry| entry.value.clone()));
                let old = old.unwrap_or(Value::int(0));
                let new = match old.as_int() {
                    Some(count) if count < i64::MAX => Value::int(count + 1),
                    _ => vm.binary(aio_compile::hir::BinaryOp::Add, &old, &Value::int(1))?,
                };
                drop(dict.table.with_mut(|table| table.set_value(at, new)));
            }
            None => dict
                .table
                .with_mut(|table| table.insert_new(hash, item, Value::int(1))),
        }
    }
    Ok(Value::NONE)
}

fn tuple_getter(vm: &mut Vm, at: &Value, doc: &Value) -> R {
    let at = vm.index_i64(at)?;
    Ok(Value::new(DescrObj::TupleItem {
        at: at.max(0) as usize,
        doc: doc.clone(),
    }))
}

/// A method: the name in the module, the class it is for, its own name, function and doc line.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    NativeFn,
    &'static str,
);

const METHODS: [Row; 4] = [
    (
        "_defaultdict_init",
        "defaultdict",
        "__init__",
        NativeFn::Any(default_init),
        "Initialize self.",
    ),
    (
        "_defaultdict_missing",
        "defaultdict",
        "__missing__",
        NativeFn::F2(default_missing),
        "Called by __getitem__ for a missing key: pseudo-code: self[key] = default_factory()",
    ),
    (
        "_ordered_move_to_end",
        "OrderedDict",
        "move_to_end",
        NativeFn::Any(move_to_end),
        "Move an existing element to the end (or beginning if last is false).",
    ),
    (
        "_ordered_popitem",
        "OrderedDict",
        "popitem",
        NativeFn::Any(pop_item),
        "Remove and return a (key, value) pair from the dictionary.",
    ),
];

/// Puts the methods of `defaultdict` and `OrderedDict` into a module.
pub fn add_methods(vm: &mut Vm, module: &ModuleObj) {
    for (place, owner, name, function, doc) in METHODS {
        let method = NativeObj {
            name,
            owner: Some(owner),
            function,
            at_once: None,
            doc,
            is_method: true,
        };
        add(vm, module, place, Value::new(method));
    }
}

fn default_init(vm: &mut Vm, args: Args<'_>) -> R {
    let (object, rest) = args.split_receiver(vm, "defaultdict", "__init__")?;
    let factory = rest.pos.first().cloned().unwrap_or(Value::NONE);
    if !factory.is_none() && !is_callable(vm, &factory) {
        return Err(vm.type_error("first argument must be callable or None"));
    }
    let (Some(instance), Some(dict)) = (object.as_instance(), base_of(object).to_dict()) else {
        let given = vm.type_name(object);
        return Err(vm.type_error(format!(
            "descriptor '__init__' requires a 'collections.defaultdict' object but received a \
             '{given}'"
        )));
    };
    let name = vm.names.default_factory.clone();
    instance.set_attribute(vm, &name, factory);
    match rest.pos.rest(1) {
        [] => {}
        [source] => dict::update(vm, &dict, source)?,
        more => {
            let given = more.len();
            return Err(vm.type_error(format!("dict expected at most 1 argument, got {given}")));
        }
    }
    for (key, value) in rest.kw {
        dict.set_name(key, value.clone());
    }
    Ok(Value::NONE)
}

fn default_missing(vm: &mut Vm, object: &Value, key: &Value) -> R {
    let name = vm.names.default_factory.clone();
    let factory = vm.get_attr(object, &name)?;
    if factory.is_none() {
        return Err(vm.key_error(key.clone()));
    }
    let value = vm.call(&factory, &[])?;
    vm.set_item(object, key, value.clone())?;
    Ok(value)
}
