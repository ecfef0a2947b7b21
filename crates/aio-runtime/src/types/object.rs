//! `object`: what every class inherits.

use super::object_text;
use super::type_type::new_instance;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{ClassObj, DescrObj, Layout, ListObj, Name, Payload, StrObj};
use crate::types::class_build::entries;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Initialize self."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new("__str__", NativeFn::F1(str), "Return str(self)."),
    Method::new(
        "__format__",
        NativeFn::F2(format),
        "Default object formatter.",
    ),
    Method::new("__hash__", NativeFn::F1(hash), "Return hash(self)."),
    Method::new("__eq__", NativeFn::F2(eq), "Return self==value."),
    Method::new("__ne__", NativeFn::F2(ne), "Return self!=value."),
    Method::new("__lt__", NativeFn::F2(no_order), "Return self<value."),
    Method::new("__le__", NativeFn::F2(no_order), "Return self<=value."),
    Method::new("__gt__", NativeFn::F2(no_order), "Return self>value."),
    Method::new("__ge__", NativeFn::F2(no_order), "Return self>=value."),
    Method::new(
        "__getattribute__",
        NativeFn::F2(get_attribute),
        "Return getattr(self, name).",
    ),
    Method::new(
        "__setattr__",
        NativeFn::F3(set_attribute),
        "Implement setattr(self, name, value).",
    ),
    Method::new(
        "__delattr__",
        NativeFn::F2(delete_attribute),
        "Implement delattr(self, name).",
    ),
    Method::new(
        "__dir__",
        NativeFn::F1(dir),
        "Default dir() implementation.",
    ),
    Method::class(
        "__init_subclass__",
        NativeFn::Any(init_subclass),
        "Called when a class is subclassed.",
    ),
    Method::class(
        "__subclasshook__",
        NativeFn::Range(1, 2, subclass_hook),
        "Customize issubclass().",
    ),
    Method::get_set("__class__", get_class, set_class, "The class."),
];

/// Whether what a class has as `__new__` is that of `object`.
pub fn is_object_new(value: &Value) -> bool {
    is_object_native(value, "__new__")
}

/// Whether a function is the method of that name of `object`.
pub fn is_object_native(value: &Value, name: &str) -> bool {
    is_native_of(value, "object", name)
}

/// Whether a function is the method of that name of a built-in class.
pub fn is_native_of(value: &Value, owner: &str, name: &str) -> bool {
    let function = match value.as_descr() {
        Some(DescrObj::StaticMethod(function)) => function,
        _ => value,
    };
    function
        .as_native()
        .is_some_and(|native| native.owner == Some(owner) && native.name == name)
}

/// The `__dict__` of instances, as it stands in their class.
pub fn dict_descriptor() -> Value {
    Value::new(DescrObj::GetSet {
        name: "__dict__",
        get: get_dict,
        set: Some(set_dict),
    })
}

/// The `__weakref__` of instances (weak references are not kept in the object here).
pub fn weakref_descriptor() -> Value {
    Value::new(DescrObj::GetSet {
        name: "__weakref__",
        get: |_, _| Ok(Value::NONE),
        set: None,
    })
}

/// Reads `__dict__`.
///
/// # Errors
/// `AttributeError` when the object keeps no attributes.
pub fn get_dict(vm: &mut Vm, object: &Value) -> R {
    match object.as_instance() {
        Some(instance) => Ok(instance.to_dict_mode(vm).into()),
        None => {
            let name = vm.names.__dict__.clone();
            Err(vm.no_attribute(object, &name))
        }
    }
}

/// Replaces `__dict__`.
///
/// # Errors
/// `TypeError` when the value is no dict.
pub fn set_dict(vm: &mut Vm, object: &Value, value: Value) -> R<()> {
    let Some(instance) = object.as_instance() else {
        return Ok(());
    };
    if value.is_unset() {
        return Err(vm.type_error("cannot delete __dict__"));
    }
    if value.tag() != Tag::Dict {
        let given = vm.type_name(&value);
        return Err(vm.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{given}'"
        )));
    }
    let class_id = instance.class.with(|class| class.id);
    instance.shape.set(vm.dict_shape(class_id));
    instance.slots.set(vec![value]);
    Ok(())
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("object.__new__(): not enough arguments"));
    };
    let Some(class) = class.to_class() else {
        let name = vm.type_name(class);
        return Err(vm.type_error(format!(
            "object.__new__(X): X is not a type object ({name})"
        )));
    };
    if !rest.is_empty() || !args.kw.is_empty() {
        let (new, init) = (vm.names.__new__.clone(), vm.names.__init__.clone());
        let new = vm.lookup(&class, &new);
        if !new.as_ref().is_some_and(is_object_new) {
            return Err(vm.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        let init = vm.lookup(&class, &init);
        if init
            .as_ref()
            .is_some_and(|init| is_object_native(init, "__init__"))
        {
            let name = class.name_text();
            return Err(vm.type_error(format!("{name}() takes no arguments")));
        }
    }
    if class.layout.get() != Layout::Object {
        let name = class.name_text();
        let solid = class
            .mro
            .get()
            .iter()
            .find(|base| base.builtin)
            .map(|base| base.name_text());
        let solid = solid.unwrap_or_default();
        if class.layout.get() == Layout::Closed {
            return Err(vm.type_error(format!("cannot create '{name}' instances")));
        }
        return Err(vm.type_error(format!(
            "object.__new__({name}) is not safe, use {solid}.__new__()"
        )));
    }
    if class.is_abstract.get() {
        return Err(abstract_class(vm, &class));
    }
    Ok(new_instance(&class, Payload::None))
}

#[cold]
fn abstract_class(vm: &mut Vm, class: &Ref<ClassObj>) -> crate::error::Raised {
    let key = vm.intern("__abstractmethods__");
    let methods = class.dict.get_name(&key).unwrap_or(Value::NONE);
    let Ok(items) = vm.collect(&methods) else {
        return crate::error::Raised;
    };
    let mut names: Vec<String> = items
        .iter()
        .filter_map(|item| item.as_str().map(|name| format!("'{name}'")))
        .collect();
    names.sort_unstable();
    let plural = if names.len() == 1 { "" } else { "s" };
    let (name, names) = (class.name_text(), names.join(", "));
    vm.type_error(format!(
        "Can't instantiate abstract class {name} without an implementation for abstract \
         method{plural} {names}"
    ))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((object, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("descriptor '__init__' of 'object' object needs an argument"));
    };
    if rest.is_empty() && args.kw.is_empty() {
        return Ok(Value::NONE);
    }
    let class = vm.class_of(object);
    let (new_name, init_name) = (vm.names.__new__.clone(), vm.names.__init__.clone());
    let name = class.name_text();
    let init = vm.lookup(&class, &init_name);
    if !init
        .as_ref()
        .is_some_and(|init| is_object_native(init, "__init__"))
    {
        return Err(vm.type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)",
        ));
    }
    let new = vm.lookup(&class, &new_name);
    if new.as_ref().is_some_and(is_object_new) {
        return Err(vm.type_error(format!(
            "{name}.__init__() takes exactly one argument (the instance to initialize)"
        )));
    }
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let text = object_text::plain_repr(vm, object);
    Ok(vm.str(text))
}

fn str(vm: &mut Vm, object: &Value) -> R {
    let text = vm.repr(object)?;
    Ok(vm.str(text))
}

fn format(vm: &mut Vm, object: &Value, spec: &Value) -> R {
    let Some(text) = spec.as_str() else {
        let given = vm.type_name(spec);
        return Err(vm.type_error(format!("__format__() argument must be str, not {given}")));
    };
    if text.is_empty() {
        let text = vm.to_text(object)?;
        return Ok(vm.str(text));
    }
    let name = vm.type_name(object);
    Err(vm.type_error(format!(
        "unsupported format string passed to {name}.__format__"
    )))
}

fn hash(_vm: &mut Vm, object: &Value) -> R {
    Ok(Value::int(object_text::identity_hash(object)))
}

fn eq(_vm: &mut Vm, a: &Value, b: &Value) -> R {
    Ok(if a.is(b) {
        Value::TRUE
    } else {
        Value::NOT_IMPLEMENTED
    })
}

fn ne(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let hook = vm.names.__eq__.clone();
    match vm.special_result(a, &hook, b)? {
        Some(equal) => Ok(Value::bool(!vm.truthy(&equal)?)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn no_order(_vm: &mut Vm, _a: &Value, _b: &Value) -> R {
    Ok(Value::NOT_IMPLEMENTED)
}

/// An attribute name given at run time, interned.
///
/// # Errors
/// `TypeError` when it is no string.
pub fn attribute_name(vm: &mut Vm, name: &Value) -> R<Name> {
    if let Some(text) = name.borrow_ref::<StrObj>()
        && text.interned.get()
    {
        return Ok(text.clone());
    }
    let base = name.as_instance().and_then(|i| i.base_value());
    match base.as_ref().unwrap_or(name).to_str_obj() {
        Some(text) => Ok(vm.intern_str(&text)),
        None => {
            let given = vm.type_name(name);
            Err(vm.type_error(format!("attribute name must be string, not '{given}'")))
        }
    }
}

fn get_attribute(vm: &mut Vm, object: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    let found = match object.tag() {
        Tag::Instance => vm.plain_get(object, &name)?,
        _ => vm.get_attr_opt(object, &name)?,
    };
    match found {
        Some(value) => Ok(value),
        None => Err(vm.no_attribute(object, &name)),
    }
}

fn set_attribute(vm: &mut Vm, object: &Value, name: &Value, value: &Value) -> R {
    let name = attribute_name(vm, name)?;
    if let Some(class) = object.as_class() {
        let name = class.name_text();
        return Err(vm.type_error(format!("can't apply this __setattr__ to {name} object")));
    }
    vm.default_set(object, &name, value.clone())?;
    Ok(Value::NONE)
}

fn delete_attribute(vm: &mut Vm, object: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.default_del(object, &name)?;
    Ok(Value::NONE)
}

/// The names in a class and its bases.
pub fn names_of_class(vm: &mut Vm, class: &Ref<ClassObj>) -> Vec<Value> {
    let mut names: Vec<Value> = Vec::new();
    for base in class.mro.get() {
        if !base.pending.get().is_empty() {
            crate::attributes::fill_class(vm, &base);
        }
        names.extend(entries(&base.dict).into_iter().map(|(name, _)| name));
    }
    distinct(names)
}

/// Drops repeated names.
pub fn distinct(names: Vec<Value>) -> Vec<Value> {
    let mut seen = rustc_hash::FxHashSet::default();
    names
        .into_iter()
        .filter(|name| {
            name.as_str()
                .is_some_and(|text| seen.insert(text.to_owned()))
        })
        .collect()
}

fn dir(vm: &mut Vm, object: &Value) -> R {
    let mut names: Vec<Value> = Vec::new();
    if let Some(instance) = object.as_instance() {
        let shape = instance.shape.get();
        if shape.is_dict {
            let dict = instance.to_dict_mode(vm);
            names.extend(entries(&dict).into_iter().map(|(name, _)| name));
        } else {
            names.extend(shape.names.iter().map(Ref::to_value));
        }
    } else if let Some(func) = object.as_func() {
        let own = func.extra.with(|extra| extra.attributes.clone());
        if let Some(own) = own {
            names.extend(entries(&own).into_iter().map(|(name, _)| name));
        }
    }
    let class = vm.class_of(object);
    names.extend(names_of_class(vm, &class));
    Ok(Value::new(ListObj::new(distinct(names))))
}

fn init_subclass(vm: &mut Vm, args: Args<'_>) -> R {
    let name = args
        .pos
        .first()
        .and_then(Value::as_class)
        .map(|class| class.name_text());
    let name = name.unwrap_or_default();
    if !args.kw.is_empty() {
        return Err(vm.type_error(format!(
            "{name}.__init_subclass__() takes no keyword arguments"
        )));
    }
    if args.pos.len() > 1 {
        let given = args.pos.len() - 1;
        return Err(vm.type_error(format!(
            "{name}.__init_subclass__() takes no arguments ({given} given)"
        )));
    }
    Ok(Value::NONE)
}

fn subclass_hook(_vm: &mut Vm, _args: &[Value]) -> R {
    Ok(Value::NOT_IMPLEMENTED)
}

fn get_class(vm: &mut Vm, object: &Value) -> R {
    Ok(vm.class_of(object).into())
}

fn set_class(vm: &mut Vm, object: &Value, value: Value) -> R<()> {
    if value.is_unset() {
        return Err(vm.type_error("can't delete __class__ attribute"));
    }
    let Some(class) = value.to_class() else {
        let given = vm.type_name(&value);
        return Err(vm.type_error(format!(
            "__class__ must be set to a class, not '{given}' object"
        )));
    };
    let movable = object
        .as_instance()
        .filter(|instance| !class.builtin && instance.class.with(|old| !old.builtin));
    let Some(instance) = movable else {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    };
    let old = instance.class.get();
    if old.layout.get() != class.layout.get() || old.has_dict.get() != class.has_dict.get() {
        let (old, new) = (old.name_text(), class.name_text());
        return Err(vm.type_error(format!(
            "__class__ assignment: '{new}' object layout differs from '{old}'"
        )));
    }
    instance.to_dict_mode(vm);
    instance.shape.set(vm.dict_shape(class.id));
    instance.class.set(class);
    Ok(())
}
