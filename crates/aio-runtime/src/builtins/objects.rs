//! Built-in functions on objects and classes: isinstance, getattr, id, callable, dir, vars,
//! globals, ... (`eval` and its kin are in `evaluation`).

use super::Function;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, NativeFn};
use crate::objects::{DescrObj, DictObj, ListObj, Name};
use crate::types::class_build::entries;
use crate::types::object::attribute_name;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "isinstance",
        NativeFn::F2(isinstance),
        "Return whether an object is an instance of a class or of a subclass thereof.",
    ),
    (
        "issubclass",
        NativeFn::F2(issubclass),
        "Return whether 'cls' is derived from another class or is the same class.",
    ),
    (
        "getattr",
        NativeFn::Opt3(getattr),
        "Get a named attribute from an object.",
    ),
    (
        "setattr",
        NativeFn::F3(setattr),
        "Sets the named attribute on the given object to the specified value.",
    ),
    (
        "hasattr",
        NativeFn::F2(hasattr),
        "Return whether the object has an attribute with the given name.",
    ),
    (
        "delattr",
        NativeFn::F2(delattr),
        "Deletes the named attribute from the given object.",
    ),
    (
        "callable",
        NativeFn::F1(callable),
        "Return whether the object is callable (i.e., some kind of function).",
    ),
    ("id", NativeFn::F1(id), "Return the identity of an object."),
    (
        "dir",
        NativeFn::Range(0, 1, dir),
        "The names that an object has.",
    ),
    (
        "vars",
        NativeFn::Range(0, 1, vars),
        "The __dict__ of an object, or the local names.",
    ),
    (
        "globals",
        NativeFn::F0(globals),
        "Return the dictionary containing the current scope's global variables.",
    ),
    (
        "locals",
        NativeFn::F0(locals),
        "Return a dictionary containing the current scope's local variables.",
    ),
    ("__import__", NativeFn::Any(import), "Import a module."),
];

fn isinstance(vm: &mut Vm, value: &Value, class: &Value) -> R {
    vm.is_instance(value, class).map(Value::bool)
}

fn issubclass(vm: &mut Vm, class: &Value, other: &Value) -> R {
    vm.is_subclass(class, other).map(Value::bool)
}

/// An attribute, `None` where `AttributeError` is raised.
///
/// # Errors
/// Any other exception.
pub fn find(vm: &mut Vm, object: &Value, name: &Name) -> R<Option<Value>> {
    match vm.get_attr_opt(object, name) {
        Err(raised) => {
            let class = vm.types.attribute_error.clone();
            if vm.pending_is(&class) {
                drop(vm.take_pending());
                return Ok(None);
            }
            Err(raised)
        }
        found => found,
    }
}

fn getattr(vm: &mut Vm, object: &Value, name: &Value, default: Option<&Value>) -> R {
    let name = attribute_name(vm, name)?;
    let Some(default) = default else {
        return vm.get_attr(object, &name);
    };
    Ok(find(vm, object, &name)?.unwrap_or_else(|| default.clone()))
}

fn setattr(vm: &mut Vm, object: &Value, name: &Value, value: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.set_attr(object, &name, value.clone())?;
    Ok(Value::NONE)
}

fn hasattr(vm: &mut Vm, object: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    Ok(Value::bool(find(vm, object, &name)?.is_some()))
}

fn delattr(vm: &mut Vm, object: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.del_attr(object, &name)?;
    Ok(Value::NONE)
}

/// Whether a value can be called.
pub fn is_callable(vm: &mut Vm, value: &Value) -> bool {
    match value.tag() {
        Tag::Func | Tag::Method | Tag::Native | Tag::Class => true,
        Tag::Descr => matches!(value.as_descr(), Some(DescrObj::StaticMethod(_))),
        Tag::Instance => {
            let hook = vm.names.__call__.clone();
            vm.lookup_special(value, &hook).is_some()
        }
        _ => false,
    }
}

fn callable(vm: &mut Vm, value: &Value) -> R {
    Ok(Value::bool(is_callable(vm, value)))
}

fn id(vm: &mut Vm, value: &Value) -> R {
    if value.is_heap() {
        return Ok(Value::int(value.address() as i64));
    }
    // Immediates get numbers that no address has: odd ones, by kind and content.
    let kind = value.tag() as i64;
    let content = match value.as_float() {
        Some(float) => float.to_bits() as i64,
        None => vm.hash(value).unwrap_or(0),
    };
    Ok(Value::int(
        (content & 0x00ff_ffff_ffff) << 5 | kind << 1 | 1,
    ))
}

/// The global and the local names of the caller.
pub fn caller(vm: &mut Vm) -> (Ref<DictObj>, Ref<DictObj>) {
    match &vm.caller {
        Some(names) => (names.globals.clone(), names.locals.clone()),
        None => {
            let globals = crate::modules::main_globals(vm);
            (globals.clone(), globals)
        }
    }
}

fn globals(vm: &mut Vm) -> R {
    Ok(caller(vm).0.into())
}

fn locals(vm: &mut Vm) -> R {
    Ok(caller(vm).1.into())
}

fn vars(vm: &mut Vm, args: &[Value]) -> R {
    let Some(object) = args.first() else {
        return locals(vm);
    };
    let name = vm.names.__dict__.clone();
    match find(vm, object, &name)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn dir(vm: &mut Vm, args: &[Value]) -> R {
    let names = match args.first() {
        None => entries(&caller(vm).1)
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
        Some(object) => {
            let hook = vm.names.__dir__.clone();
            match vm.call_special(object, &hook, &[])? {
                Some(names) => vm.collect(&names)?,
                None => Vec::new(),
            }
        }
    };
    sorted_names(vm, names)
}

fn sorted_names(vm: &mut Vm, mut names: Vec<Value>) -> R {
    if names.iter().all(|name| name.as_str().is_some()) {
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        return Ok(Value::new(ListObj::new(names)));
    }
    let list = Value::new(ListObj::new(names));
    let sort = vm.names.sort.clone();
    vm.call_method(&list, &sort, &[])?;
    Ok(list)
}

fn import(vm: &mut Vm, args: Args<'_>) -> R {
    let signature = crate::native::Signature {
        name: "__import__",
        params: &["name", "globals", "locals", "fromlist", "level"],
        positional: 5,
        required: 1,
    };
    let [name, globals, _, fromlist, level] = vm.bind(args, &signature)?;
    let Some(name) = name.as_str().map(str::to_owned) else {
        let given = vm.type_name(&name);
        return Err(vm.type_error(format!("__import__() argument 1 must be str, not {given}")));
    };
    let level = level.as_index().unwrap_or(0);
    let globals = match globals.to_dict() {
        Some(globals) => globals,
        None => caller(vm).0,
    };
    if level > 0 {
        return crate::modules::import_from(vm, &name, level as u32, &globals);
    }
    let module = crate::modules::import(vm, &name)?;
    let wants_last = !fromlist.is_unset() && vm.truthy(&fromlist)?;
    match name.split_once('.') {
        Some((top, _)) if !wants_last => crate::modules::import(vm, top),
        Some(_) | None => Ok(module),
    }
}
