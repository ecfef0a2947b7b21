//! `repr`, `format` and `hash` of classes, functions, instances, modules, coroutines, descriptors.

use crate::error::R;
use crate::objects::{ClassObj, DescrObj, FuncObj, NativeObj};
use crate::types::generic_alias;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// `repr(value)`; `None` for other kinds.
///
/// # Errors
/// What the repr of an item raises.
pub fn repr(vm: &mut Vm, value: &Value) -> R<Option<String>> {
    let address = value.address();
    Ok(Some(match value.tag() {
        Tag::Class => return class_text(vm, value).map(Some),
        Tag::Func => {
            let name = qualname_of(vm, value);
            format!("<function {name} at {address:#x}>")
        }
        Tag::Method => return method_repr(vm, value).map(Some),
        Tag::Native => native_repr(value),
        Tag::Descr => return Ok(descriptor_repr(vm, value)),
        Tag::Cell => return cell_repr(vm, value).map(Some),
        Tag::Coroutine => {
            let (kind, name) = coroutine_name(vm, value);
            format!("<{kind} object {name} at {address:#x}>")
        }
        Tag::Module => return module_repr(vm, value).map(Some),
        Tag::Instance => plain_repr(vm, value),
        _ => return Ok(None),
    }))
}

/// The `__qualname__` of a function.
pub fn qualname_of(_vm: &mut Vm, func: &Value) -> String {
    func.as_func().map_or_else(String::new, function_qualname)
}

/// The `__qualname__` of a function, as it is or was set.
pub fn function_qualname(func: &FuncObj) -> String {
    let own = func.extra.with(|extra| {
        let mut overrides = extra.overrides.iter();
        let found = overrides.find(|(field, _)| *field == "__qualname__");
        found.map(|(_, value)| value.clone())
    });
    match own.as_ref().and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => func.code.qualname.text().to_owned(),
    }
}

fn coroutine_name(vm: &mut Vm, value: &Value) -> (&'static str, String) {
    let Some(coroutine) = value.as_coroutine() else {
        return ("coroutine", String::new());
    };
    let kind = match coroutine.flavor {
        Flavor::Plain | Flavor::Generator => "generator",
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async_generator",
    };
    let name = match &coroutine.func {
        Some(func) => qualname_of(vm, &func.to_value()),
        None => coroutine
            .with_native(|native| native.map_or("", |native| native.name()))
            .to_owned(),
    };
    (kind, name)
}

/// `<module.Class object at 0x...>`
pub fn plain_repr(vm: &mut Vm, value: &Value) -> String {
    let class = vm.class_of(value);
    let name = full_name(vm, &class);
    format!("<{name} object at {:#x}>", value.address())
}

/// The module and the qualified name of a class; a built-in class goes without module.
pub fn full_name(vm: &mut Vm, class: &ClassObj) -> String {
    let qualname = class.qualname.with(|name| name.text().to_owned());
    let key = vm.names.__module__.clone();
    match class.dict.get_name(&key) {
        Some(module) => match module.as_str() {
            Some("builtins") => qualname,
            Some(module) => format!("{module}.{qualname}"),
            None => qualname,
        },
        None => match module_of_builtin(&qualname) {
            "builtins" | "types" | "itertools" => qualname,
            module => format!("{module}.{qualname}"),
        },
    }
}

/// The module that a class made at start belongs to.
pub fn module_of_builtin(name: &str) -> &'static str {
    match name {
        "CancelledError"
        | "InvalidStateError"
        | "IncompleteReadError"
        | "LimitOverrunError"
        | "SendfileNotAvailableError"
        | "BrokenBarrierError" => "asyncio.exceptions",
        "QueueEmpty" | "QueueFull" | "QueueShutDown" => "asyncio.queues",
        "gaierror" | "herror" => "socket",
        "Future" | "FutureIter" | "Task" => "_asyncio",
        "_GatheringFuture" => "asyncio.tasks",
        _ if name.starts_with("types.") => "types",
        _ if name.starts_with("itertools.") => "itertools",
        _ => "builtins",
    }
}

/// `<class 'module.Class'>`, as `type.__repr__` says it.
pub fn class_repr(vm: &mut Vm, class: &ClassObj) -> String {
    let name = full_name(vm, class);
    format!("<class '{name}'>")
}

fn class_text(vm: &mut Vm, value: &Value) -> R<String> {
    let Some(class) = value.to_class() else {
        return Ok(String::new());
    };
    if let Some(metaclass) = &class.metaclass {
        let hook = vm.names.__repr__.clone();
        if let Some(found) = vm.lookup(metaclass, &hook)
            && found.tag() != Tag::Native
        {
            let result = vm.call(&found, std::slice::from_ref(value))?;
            if let Some(text) = result.as_str() {
                return Ok(text.to_owned());
            }
            let name = vm.type_name(&result);
            return Err(vm.type_error(format!("__repr__ returned non-string (type {name})")));
        }
    }
    Ok(class_repr(vm, &class))
}

fn method_repr(vm: &mut Vm, value: &Value) -> R<String> {
    let Some(method) = value.as_method() else {
        return Ok(String::new());
    };
    if let Some(native) = method.func.as_native() {
        let (name, class) = (native.name, vm.type_name(&method.receiver));
        let address = method.receiver.address();
        let kind = if name.starts_with("__") && native.is_method {
            "method-wrapper"
        } else {
            "built-in method"
        };
        if kind == "method-wrapper" {
            return Ok(format!(
                "<{kind} '{name}' of {class} object at {address:#x}>"
            ));
        }
        return Ok(format!("<{kind} {name} of {class} object at {address:#x}>"));
    }
    let name = match method.func.tag() {
        Tag::Func => qualname_of(vm, &method.func),
        _ => {
            let key = vm.names.__qualname__.clone();
            let found = vm.get_attr_opt(&method.func, &key)?;
            match found.as_ref().and_then(Value::as_str) {
                Some(text) => text.to_owned(),
                None => "?".to_owned(),
            }
        }
    };
    let shown = vm.repr(&method.receiver)?;
    Ok(format!("<bound method {name} of {shown}>"))
}

fn native_repr(value: &Value) -> String {
    let Some(native) = value.as_native() else {
        return String::new();
    };
    let NativeObj {
        name,
        owner,
        is_method,
        ..
    } = native;
    match owner {
        Some(owner) if *is_method && name.starts_with("__") => {
            format!("<slot wrapper '{name}' of '{owner}' objects>")
        }
        Some(owner) if *is_method => format!("<method '{name}' of '{owner}' objects>"),
        Some(_) => {
            format!(
                "<built-in method {name} of type object at {:#x}>",
                value.address()
            )
        }
        None => format!("<built-in function {name}>"),
    }
}

fn descriptor_repr(_vm: &mut Vm, value: &Value) -> Option<String> {
    let address = value.address();
    Some(match value.as_descr()? {
        DescrObj::Property { .. } => format!("<property object at {address:#x}>"),
        DescrObj::StaticMethod(func) => {
            let shown = _vm.repr(func).unwrap_or_default();
            format!("<staticmethod({shown})>")
        }
        DescrObj::ClassMethod(func) => {
            let shown = _vm.repr(func).unwrap_or_default();
            format!("<classmethod({shown})>")
        }
        DescrObj::GetSet { name, .. } => format!("<attribute '{name}' objects>"),
        DescrObj::Member(name) => format!("<member '{}' objects>", name.text()),
        DescrObj::TupleItem { at, .. } => {
            format!("_tuplegetter({at}, 'Alias for field number {at}')")
        }
    })
}

fn cell_repr(vm: &mut Vm, value: &Value) -> R<String> {
    let address = value.address();
    let content = value.as_cell().and_then(|cell| cell.value.get());
    Ok(match content {
        None => format!("<cell at {address:#x}: empty>"),
        Some(content) => {
            let (class, at) = (vm.type_name(&content), content.address());
            format!("<cell at {address:#x}: {class} object at {at:#x}>")
        }
    })
}

fn module_repr(vm: &mut Vm, value: &Value) -> R<String> {
    let Some(module) = value.to_module() else {
        return Ok(String::new());
    };
    let (file, name) = (vm.names.__file__.clone(), vm.names.__name__.clone());
    let name = module.dict.get_name(&name);
    let name = name
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or(module.name.text())
        .to_owned();
    if let Some(file) = module.dict.get_name(&file) {
        let file = vm.repr(&file)?;
        return Ok(format!("<module '{name}' from {file}>"));
    }
    Ok(format!("<module '{name}' (built-in)>"))
}

/// `format(value, spec)`; `None` for other kinds.
///
/// # Errors
/// `ValueError` for a bad spec.
pub fn format(vm: &mut Vm, value: &Value, spec: &str) -> R<Option<String>> {
    if value.tag() != Tag::Class {
        return Ok(None);
    }
    let hook = vm.names.__format__.clone();
    let metaclass = vm.class_of(value);
    match vm.lookup(&metaclass, &hook) {
        Some(found) if found.tag() == Tag::Func => {
            let spec = vm.str(spec);
            let result = vm.call(&found, &[value.clone(), spec])?;
            Ok(result.as_str().map(str::to_owned))
        }
        Some(_) | None => Ok(None),
    }
}

/// The hash of an object that is equal to itself only.
pub fn identity_hash(value: &Value) -> i64 {
    let address = value.address() as u64;
    address.rotate_right(4) as i64
}

/// `hash(value)`; `None` for other kinds.
///
/// # Errors
/// What the hash of an item raises; `TypeError` when it is unhashable.
pub fn hash(vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    match value.tag() {
        Tag::Instance | Tag::Class => object_hash(vm, value),
        Tag::Method => match value.as_method() {
            Some(method) => {
                let (func, receiver) = (method.func.clone(), method.receiver.clone());
                let func = vm.hash(&func)?;
                Ok(Some(func ^ identity_hash(&receiver)))
            }
            None => Ok(None),
        },
        Tag::Func
        | Tag::Native
        | Tag::Descr
        | Tag::Cell
        | Tag::Coroutine
        | Tag::Future
        | Tag::Iter
        | Tag::Module => Ok(Some(identity_hash(value))),
        _ => Ok(None),
    }
}

fn object_hash(vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    if value
        .as_class()
        .is_some_and(|class| class.metaclass.is_none())
    {
        return Ok(Some(identity_hash(value)));
    }
    if let Some(hash) = generic_alias::hash(vm, value)? {
        return Ok(Some(hash));
    }
    let hook = vm.names.__hash__.clone();
    let found = vm.lookup_special(value, &hook);
    match found {
        None => Ok(Some(identity_hash(value))),
        Some(found) if found.is_none() => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("unhashable type: '{name}'")))
        }
        Some(found) if super::object::is_object_native(&found, "__hash__") => {
            Ok(Some(identity_hash(value)))
        }
        Some(_) => {
            let result = vm.call_special(value, &hook, &[])?.unwrap_or(Value::NONE);
            match result.tag() {
                // -1 means an error inside CPython, which therefore never shows it.
                Tag::Int | Tag::Bool => Ok(result.as_index().map(|n| if n == -1 { -2 } else { n })),
                Tag::BigInt => vm.hash(&result).map(Some),
                _ => Err(vm.type_error("__hash__ method should return an integer")),
            }
        }
    }
}
