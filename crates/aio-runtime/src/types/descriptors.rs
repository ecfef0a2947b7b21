//! `property`, `staticmethod`, `classmethod` and the attributes of built-in types.
//!
//! The plain ones are heap objects of their own (`DescrObj`), which attribute access knows; an
//! instance of a subclass wraps one and is reached through `__get__` and `__set__` here.

use crate::error::R;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{DescrObj, Name, Payload};
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// `property`
pub const PROPERTY_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(property_new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(property_init), "Initialize self."),
    Method::new(
        "getter",
        NativeFn::F2(|vm, p, f| with_part(vm, p, f, 0)),
        "Descriptor to obtain a copy of the property with a different getter.",
    ),
    Method::new(
        "setter",
        NativeFn::F2(|vm, p, f| with_part(vm, p, f, 1)),
        "Descriptor to obtain a copy of the property with a different setter.",
    ),
    Method::new(
        "deleter",
        NativeFn::F2(|vm, p, f| with_part(vm, p, f, 2)),
        "Descriptor to obtain a copy of the property with a different deleter.",
    ),
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::new(
        "__set__",
        NativeFn::F3(property_set),
        "Set an attribute of instance to value.",
    ),
    Method::new(
        "__delete__",
        NativeFn::F2(property_delete),
        "Delete an attribute of instance.",
    ),
    Method::new(
        "__set_name__",
        NativeFn::F3(set_name),
        "Method to set name of a property.",
    ),
    Method::get("fget", |vm, p| part(vm, p, 0), "The getter."),
    Method::get("fset", |vm, p| part(vm, p, 1), "The setter."),
    Method::get("fdel", |vm, p| part(vm, p, 2), "The deleter."),
    Method::get("__doc__", |vm, p| part(vm, p, 3), "The doc string."),
    Method::get("__name__", property_name, "The name."),
    Method::get(
        "__isabstractmethod__",
        property_abstract,
        "Whether a part is abstract.",
    ),
];

/// `staticmethod`
pub const STATIC_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(static_new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::new(
        "__call__",
        NativeFn::Any(static_call),
        "Call self as a function.",
    ),
    Method::get("__func__", wrapped, "The function."),
    Method::get("__wrapped__", wrapped, "The function."),
    Method::get(
        "__name__",
        |vm, d| of_wrapped(vm, d, "__name__"),
        "The name.",
    ),
    Method::get(
        "__qualname__",
        |vm, d| of_wrapped(vm, d, "__qualname__"),
        "The qualified name.",
    ),
    Method::get(
        "__doc__",
        |vm, d| of_wrapped(vm, d, "__doc__"),
        "The doc string.",
    ),
    Method::get(
        "__module__",
        |vm, d| of_wrapped(vm, d, "__module__"),
        "The module.",
    ),
    Method::get(
        "__annotations__",
        |vm, d| of_wrapped(vm, d, "__annotations__"),
        "The annotations.",
    ),
    Method::get(
        "__isabstractmethod__",
        wrapped_abstract,
        "Whether the function is abstract.",
    ),
];

/// `classmethod`
pub const CLASS_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(class_new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::get("__func__", wrapped, "The function."),
    Method::get("__wrapped__", wrapped, "The function."),
    Method::get(
        "__name__",
        |vm, d| of_wrapped(vm, d, "__name__"),
        "The name.",
    ),
    Method::get(
        "__qualname__",
        |vm, d| of_wrapped(vm, d, "__qualname__"),
        "The qualified name.",
    ),
    Method::get(
        "__doc__",
        |vm, d| of_wrapped(vm, d, "__doc__"),
        "The doc string.",
    ),
    Method::get(
        "__module__",
        |vm, d| of_wrapped(vm, d, "__module__"),
        "The module.",
    ),
    Method::get(
        "__annotations__",
        |vm, d| of_wrapped(vm, d, "__annotations__"),
        "The annotations.",
    ),
    Method::get(
        "__isabstractmethod__",
        wrapped_abstract,
        "Whether the function is abstract.",
    ),
];

/// Attributes of built-in types and names of `__slots__`.
pub const GETSET_METHODS: &[Method] = &[
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::new(
        "__set__",
        NativeFn::F3(member_set),
        "Set an attribute of instance to value.",
    ),
    Method::new(
        "__delete__",
        NativeFn::F2(member_delete),
        "Delete an attribute of instance.",
    ),
    Method::get("__name__", member_name, "The name."),
    Method::get("__qualname__", member_name, "The name."),
    Method::get("__doc__", member_doc, "The doc string."),
];

/// The descriptor itself: of an instance of a subclass, the one inside.
fn inner(value: &Value) -> Value {
    let base = value.as_instance().and_then(|i| i.base_value());
    base.unwrap_or_else(|| value.clone())
}

/// Wraps a descriptor for a subclass of its built-in class.
fn of_class(vm: &mut Vm, class: &Value, descriptor: Value) -> R {
    match class.to_class() {
        Some(class) if class.builtin => Ok(descriptor),
        Some(class) => Ok(new_instance(&class, Payload::Base(descriptor))),
        None => Err(vm.type_error("__new__(X): X is not a type object")),
    }
}

fn property_parts(value: &Value) -> [Value; 4] {
    match inner(value).as_descr() {
        Some(DescrObj::Property {
            get, set, del, doc, ..
        }) => [get.clone(), set.clone(), del.clone(), doc.clone()],
        _ => [const { Value::NONE }; 4],
    }
}

fn make_property(vm: &mut Vm, parts: [Value; 4], name: Option<Name>) -> R {
    let [get, set, del, mut doc] = parts;
    if doc.is_none() && !get.is_none() {
        let key = vm.names.__doc__.clone();
        doc = vm.get_attr_opt(&get, &key)?.unwrap_or(Value::NONE);
    }
    let name = crate::heap::GcCell::new(name);
    Ok(Value::new(DescrObj::Property {
        get,
        set,
        del,
        doc,
        name,
    }))
}

const PROPERTY: Signature = Signature {
    name: "property",
    params: &["fget", "fset", "fdel", "doc"],
    positional: 4,
    required: 0,
};

fn property_of_args(vm: &mut Vm, pos: &[Value], args: Args<'_>) -> R {
    if pos.len() > 4 {
        let given = pos.len();
        return Err(vm.type_error(format!(
            "property() takes at most 4 arguments ({given} given)"
        )));
    }
    let bound: [Value; 4] = vm.bind(Args { pos, kw: args.kw }, &PROPERTY)?;
    let parts = bound.map(|part| if part.is_unset() { Value::NONE } else { part });
    make_property(vm, parts, None)
}

fn property_new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("property.__new__(): not enough arguments"));
    };
    if class.as_class().is_some_and(|class| class.builtin) {
        return property_of_args(vm, rest, args);
    }
    // The constructor of a subclass may take other arguments: `__init__` fills it.
    let empty = make_property(vm, [const { Value::NONE }; 4], None)?;
    of_class(vm, class, empty)
}

fn property_init(vm: &mut Vm, args: Args<'_>) -> R {
    if let Some((object, rest)) = args.pos.split_first()
        && let Some(instance) = object.as_instance()
    {
        let made = property_of_args(vm, rest, args)?;
        instance.payload.set(Payload::Base(made));
    }
    Ok(Value::NONE)
}

/// A copy of a property with another getter, setter or deleter.
fn with_part(vm: &mut Vm, property: &Value, func: &Value, at: usize) -> R {
    let mut parts = property_parts(property);
    if let Some(part) = parts.get_mut(at) {
        *part = func.clone();
    }
    if at == 0 {
        let [.., doc] = &mut parts;
        *doc = Value::NONE;
    }
    let class: Value = vm.class_of(property).into();
    if class.as_class().is_some_and(|class| class.builtin) {
        let name = stored_name(property);
        return make_property(vm, parts, name);
    }
    vm.call(&class, &parts)
}

fn part(_vm: &mut Vm, property: &Value, at: usize) -> R {
    Ok(property_parts(property).at(at).clone())
}

fn stored_name(property: &Value) -> Option<Name> {
    match inner(property).as_descr() {
        Some(DescrObj::Property { name, .. }) => name.get(),
        _ => None,
    }
}

fn property_name(vm: &mut Vm, property: &Value) -> R {
    if let Some(name) = stored_name(property) {
        return Ok(name.to_value());
    }
    let key = vm.names.__name__.clone();
    let [get, ..] = property_parts(property);
    let found = if get.is_none() {
        None
    } else {
        vm.get_attr_opt(&get, &key)?
    };
    match found {
        Some(name) => Ok(name),
        None => Err(vm.no_attribute(property, &key)),
    }
}

/// Tells a property under which name it stands in a class.
pub fn name_property(vm: &mut Vm, property: &Value, name: &Value) {
    if let (Some(DescrObj::Property { name: place, .. }), Some(text)) =
        (property.as_descr(), name.to_str_obj())
    {
        let name = vm.intern_str(&text);
        place.set(Some(name));
    }
}

fn set_name(vm: &mut Vm, property: &Value, _owner: &Value, name: &Value) -> R {
    name_property(vm, &inner(property), name);
    Ok(Value::NONE)
}

fn property_abstract(vm: &mut Vm, property: &Value) -> R {
    for part in &property_parts(property)[..3] {
        if is_abstract(vm, part)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn is_abstract(vm: &mut Vm, func: &Value) -> R<bool> {
    let key = vm.names.__isabstractmethod__.clone();
    match vm.get_attr_opt(func, &key)? {
        Some(flag) => vm.truthy(&flag),
        None => Ok(false),
    }
}

/// `descriptor.__get__(object, owner)`
fn get(vm: &mut Vm, args: &[Value]) -> R {
    let object = args.at(1);
    let owner = args.get(2).filter(|owner| !owner.is_none());
    let class = match owner.and_then(Value::to_class) {
        Some(class) => class,
        None => vm.class_of(object),
    };
    let descriptor = inner(args.at(0));
    if !object.is_none() {
        return vm.bind_attribute(descriptor, object, &class);
    }
    match descriptor.as_descr() {
        Some(
            DescrObj::Property { .. }
            | DescrObj::GetSet { .. }
            | DescrObj::Member(_)
            | DescrObj::TupleItem { .. },
        ) => Ok(args.at(0).clone()),
        _ => vm.bind_in_class(descriptor, &class),
    }
}

fn property_set(vm: &mut Vm, property: &Value, object: &Value, value: &Value) -> R {
    let [_, set, ..] = property_parts(property);
    if set.is_none() {
        return Err(missing_part(vm, property, object, "setter"));
    }
    vm.call(&set, &[object.clone(), value.clone()])?;
    Ok(Value::NONE)
}

fn property_delete(vm: &mut Vm, property: &Value, object: &Value) -> R {
    let [_, _, del, _] = property_parts(property);
    if del.is_none() {
        return Err(missing_part(vm, property, object, "deleter"));
    }
    vm.call(&del, std::slice::from_ref(object))?;
    Ok(Value::NONE)
}

/// The error for a property without getter, setter or deleter.
pub fn missing_part(
    vm: &mut Vm,
    property: &Value,
    object: &Value,
    part: &str,
) -> crate::error::Raised {
    let class = vm
        .class_of(object)
        .qualname
        .with(|name| name.text().to_owned());
    let name = match property_name(vm, property) {
        Ok(name) => name
            .as_str()
            .map(|name| format!(" '{name}'"))
            .unwrap_or_default(),
        Err(_) => {
            drop(vm.take_pending());
            String::new()
        }
    };
    vm.attribute_error(format!("property{name} of '{class}' object has no {part}"))
}

fn one_callable(vm: &mut Vm, args: Args<'_>, owner: &str) -> R<(Value, Value)> {
    let given = args.pos.len().saturating_sub(1);
    match args.pos {
        [class, func] if args.kw.is_empty() => Ok((class.clone(), func.clone())),
        _ if !args.kw.is_empty() => {
            Err(vm.type_error(format!("{owner}() takes no keyword arguments")))
        }
        _ => Err(vm.type_error(format!("{owner} expected 1 argument, got {given}"))),
    }
}

fn static_new(vm: &mut Vm, args: Args<'_>) -> R {
    let (class, func) = one_callable(vm, args, "staticmethod")?;
    of_class(vm, &class, Value::new(DescrObj::StaticMethod(func)))
}

fn class_new(vm: &mut Vm, args: Args<'_>) -> R {
    let (class, func) = one_callable(vm, args, "classmethod")?;
    of_class(vm, &class, Value::new(DescrObj::ClassMethod(func)))
}

fn static_call(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((object, rest)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    let func = wrapped(vm, object)?;
    vm.call_args(
        &func,
        Args {
            pos: rest,
            kw: args.kw,
        },
    )
}

fn wrapped(_vm: &mut Vm, descriptor: &Value) -> R {
    Ok(match inner(descriptor).as_descr() {
        Some(DescrObj::StaticMethod(func) | DescrObj::ClassMethod(func)) => func.clone(),
        _ => Value::NONE,
    })
}

fn of_wrapped(vm: &mut Vm, descriptor: &Value, name: &str) -> R {
    let func = wrapped(vm, descriptor)?;
    let name = vm.intern(name);
    vm.get_attr(&func, &name)
}

fn wrapped_abstract(vm: &mut Vm, descriptor: &Value) -> R {
    let func = wrapped(vm, descriptor)?;
    is_abstract(vm, &func).map(Value::bool)
}

fn member_name(vm: &mut Vm, descriptor: &Value) -> R {
    Ok(match descriptor.as_descr() {
        Some(DescrObj::GetSet { name, .. }) => vm.str(*name),
        Some(DescrObj::Member(name)) => name.to_value(),
        _ => Value::NONE,
    })
}

fn member_doc(_vm: &mut Vm, descriptor: &Value) -> R {
    Ok(match descriptor.as_descr() {
        Some(DescrObj::TupleItem { doc, .. }) => doc.clone(),
        _ => Value::NONE,
    })
}

fn member_of(vm: &mut Vm, descriptor: &Value) -> R<Name> {
    let name = member_name(vm, descriptor)?;
    super::object::attribute_name(vm, &name)
}

fn member_set(vm: &mut Vm, descriptor: &Value, object: &Value, value: &Value) -> R {
    if let Some(DescrObj::GetSet { set: Some(set), .. }) = descriptor.as_descr() {
        set(vm, object, value.clone())?;
        return Ok(Value::NONE);
    }
    let name = member_of(vm, descriptor)?;
    if object.tag() == Tag::Instance {
        vm.default_set(object, &name, value.clone())?;
    }
    Ok(Value::NONE)
}

fn member_delete(vm: &mut Vm, descriptor: &Value, object: &Value) -> R {
    if let Some(DescrObj::GetSet { set: Some(set), .. }) = descriptor.as_descr() {
        set(vm, object, Value::UNSET)?;
        return Ok(Value::NONE);
    }
    let name = member_of(vm, descriptor)?;
    vm.default_del(object, &name)?;
    Ok(Value::NONE)
}
