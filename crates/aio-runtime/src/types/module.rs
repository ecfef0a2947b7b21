//! Modules.

use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn};
use crate::objects::{DictObj, ListObj, ModuleObj};
use crate::types::class_build::entries;
use crate::value::Value;
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new("__dir__", NativeFn::F1(dir), "The names in the module."),
    Method::get("__dict__", dict, "The globals."),
];

/// A module without names besides its own.
pub fn new_module(vm: &mut Vm, name: &str) -> Ref<ModuleObj> {
    let name = vm.intern(name);
    let dict = Ref::new(DictObj::default());
    let key = vm.names.__name__.clone();
    dict.set_name(&key, name.to_value());
    let key = vm.names.__doc__.clone();
    dict.set_name(&key, Value::NONE);
    Ref::new(ModuleObj {
        name,
        dict,
        lazy: None,
        deleted: GcCell::default(),
    })
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(name) = args.pos.get(1).and_then(Value::as_str) else {
        return Err(vm.type_error("module() missing required argument 'name' (pos 1)"));
    };
    let module = new_module(vm, name);
    if let Some(doc) = args.pos.get(2) {
        let key = vm.names.__doc__.clone();
        module.dict.set_name(&key, doc.clone());
    }
    Ok(module.into())
}

fn dict(_vm: &mut Vm, module: &Value) -> R {
    Ok(module
        .as_module()
        .map_or(Value::NONE, |module| module.dict.to_value()))
}

fn dir(vm: &mut Vm, module: &Value) -> R {
    let Some(module) = module.to_module() else {
        return Ok(Value::NONE);
    };
    let hook = vm.names.__dir__.clone();
    if let Some(own) = module.dict.get_name(&hook) {
        return vm.call(&own, &[]);
    }
    if module.lazy.is_some() {
        make_public_names(vm, &module)?;
    }
    let names = entries(&module.dict)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    Ok(Value::new(ListObj::new(names)))
}

/// Makes the names that a module would make on first use, to be listed.
fn make_public_names(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    let all = vm.intern("__all__");
    let names = vm.get_attr(&module.to_value(), &all)?;
    let names = names.as_list().map(|list| list.items.get());
    for name in names.into_iter().flatten() {
        if let Some(name) = name.as_str() {
            let name = vm.intern(name);
            let _ = vm.get_attr_opt(&module.to_value(), &name)?;
        }
    }
    Ok(())
}
