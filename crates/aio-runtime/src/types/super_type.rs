//! `super`: attribute look-up after a class in the MRO.

use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{ClassObj, InstanceObj, Name, NativeData, Payload};
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

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
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::get("__thisclass__", this_class, "the class invoking super()"),
    Method::get(
        "__self__",
        this_object,
        "the instance invoking super(); may be None",
    ),
    Method::get(
        "__self_class__",
        self_class,
        "the type of the instance invoking super()",
    ),
];

/// What a `super` object holds.
pub struct SuperData {
    /// The class after which the search begins.
    pub after: Ref<ClassObj>,
    /// The receiver: an instance, or a class for class methods; unset when it is unbound.
    pub object: Value,
    /// The class whose MRO is searched.
    pub class: Ref<ClassObj>,
}

impl NativeData for SuperData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

/// `super(class, object)`
///
/// # Errors
/// `TypeError` when the object is no instance or subclass of the class; `RuntimeError` when the
/// `__class__` cell is still empty.
pub fn make_super(vm: &mut Vm, class: &Value, object: &Value) -> R {
    if class.is_unset() {
        return Err(vm.runtime_error("super(): empty __class__ cell"));
    }
    let Some(after) = class.to_class() else {
        let given = vm.type_name(class);
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {given}")));
    };
    let searched = match object.to_class() {
        Some(own) if own.is_subclass_of(&after) => Some(own),
        Some(_) | None => {
            let own = vm.class_of(object);
            own.is_subclass_of(&after).then_some(own)
        }
    };
    let Some(searched) = searched else {
        let after = after.name_text();
        let shown = match object.as_class() {
            Some(class) => format!("type {}", class.name_text()),
            None => format!("instance of {}", vm.type_name(object)),
        };
        return Err(vm.type_error(format!(
            "super(type, obj): obj ({shown}) is not an instance or subtype of type ({after})."
        )));
    };
    Ok(bound(vm, after, object.clone(), searched))
}

fn bound(vm: &mut Vm, after: Ref<ClassObj>, object: Value, class: Ref<ClassObj>) -> Value {
    let data = SuperData {
        after,
        object,
        class,
    };
    let class = vm.types.super_.clone();
    new_instance(&class, Payload::Native(Rc::new(data)))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    match args.pos {
        [_] => Err(vm.runtime_error("super(): no arguments")),
        [_, class] => match class.to_class() {
            Some(after) => Ok(bound(vm, after.clone(), Value::UNSET, after)),
            None => {
                let given = vm.type_name(class);
                Err(vm.type_error(format!("super() argument 1 must be a type, not {given}")))
            }
        },
        [_, class, object] => make_super(vm, class, object),
        _ => {
            let given = args.pos.len().saturating_sub(1);
            Err(vm.type_error(format!("super() expected at most 2 arguments, got {given}")))
        }
    }
}

fn parts(value: &Value) -> Option<(Ref<ClassObj>, Value, Ref<ClassObj>)> {
    let data = value.as_instance()?.native::<SuperData>()?;
    Some((data.after.clone(), data.object.clone(), data.class.clone()))
}

fn repr(vm: &mut Vm, value: &Value) -> R {
    let Some((after, object, class)) = parts(value) else {
        return Ok(vm.str("<super>"));
    };
    let after = format!("<class '{}'>", after.name_text());
    if object.is_unset() {
        return Ok(vm.str(format!("<super: {after}, NULL>")));
    }
    let name = class.name_text();
    Ok(vm.str(format!("<super: {after}, <{name} object>>")))
}

fn this_class(_vm: &mut Vm, value: &Value) -> R {
    Ok(parts(value).map_or(Value::NONE, |(after, _, _)| after.into()))
}

fn this_object(_vm: &mut Vm, value: &Value) -> R {
    let object = parts(value).map(|(_, object, _)| object);
    Ok(object
        .filter(|object| !object.is_unset())
        .unwrap_or(Value::NONE))
}

fn self_class(_vm: &mut Vm, value: &Value) -> R {
    Ok(match parts(value) {
        Some((_, object, class)) if !object.is_unset() => class.into(),
        Some(_) | None => Value::NONE,
    })
}

/// Finds a name after `after` in the MRO of `class`.
pub fn lookup_after(
    vm: &mut Vm,
    after: &Ref<ClassObj>,
    class: &Ref<ClassObj>,
    name: &Name,
) -> Option<Value> {
    let mro = class.mro.get();
    let mut bases = mro.iter();
    bases.find(|base| base.id == after.id)?;
    bases.find_map(|base| base.own(vm, name))
}

/// The attribute of a `super` object; `None` when the instance is no `super` object, or has no
/// such attribute.
///
/// # Errors
/// What a descriptor raises.
pub fn super_get(vm: &mut Vm, instance: &InstanceObj, name: &Name) -> R<Option<Value>> {
    let Some(data) = instance.native::<SuperData>() else {
        return Ok(None);
    };
    if data.object.is_unset() || name.same(&vm.names.__class__) {
        return Ok(None);
    }
    let Some(found) = lookup_after(vm, &data.after, &data.class, name) else {
        return Ok(None);
    };
    // A class method's `super()`: the object is the searched class itself, so methods stay
    // unbound; in a method of a metaclass the object is an instance of the searched class.
    let is_own_class = data.object.tag() == Tag::Class && data.object.is(&data.class.to_value());
    if is_own_class {
        return vm.bind_in_class(found, &data.class).map(Some);
    }
    vm.bind_attribute(found, &data.object, &data.class)
        .map(Some)
}
