//! Generic aliases (`list[int]`) and unions (`int | None`).

use crate::error::R;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{NativeData, Payload};
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// The methods of a generic alias.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::F3(new),
        "Make an alias of a class and its arguments.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new("__call__", NativeFn::Any(call), "Call self as a function."),
    Method::new("__eq__", NativeFn::F2(eq), "Return self==value."),
    Method::new("__getitem__", NativeFn::F2(item), "Return self[key]."),
    Method::new("__or__", NativeFn::F2(class_or), "Return self|value."),
    Method::new("__ror__", NativeFn::F2(class_ror), "Return value|self."),
    Method::new(
        "__mro_entries__",
        NativeFn::F2(mro_entries),
        "The class behind the alias.",
    ),
    Method::new(
        "__instancecheck__",
        NativeFn::F2(no_instance_check),
        "Refused.",
    ),
    Method::new(
        "__subclasscheck__",
        NativeFn::F2(no_subclass_check),
        "Refused.",
    ),
    Method::new("__iter__", NativeFn::F1(iter), "Unpacked form."),
    Method::new(
        "__getattr__",
        NativeFn::F2(get_attribute),
        "What the class has.",
    ),
    Method::get("__origin__", origin, "The class."),
    Method::get("__args__", arguments, "The arguments."),
    Method::get("__parameters__", parameters, "The type variables."),
];

/// The methods of a union.
pub const UNION_METHODS: &[Method] = &[
    Method::new("__repr__", NativeFn::F1(union_repr), "Return repr(self)."),
    Method::new("__eq__", NativeFn::F2(union_eq), "Return self==value."),
    Method::new("__or__", NativeFn::F2(class_or), "Return self|value."),
    Method::new("__ror__", NativeFn::F2(class_ror), "Return value|self."),
    Method::get("__args__", union_arguments, "The members."),
    Method::get("__parameters__", parameters, "The type variables."),
];

struct AliasData {
    origin: Value,
    args: Value,
}

impl NativeData for AliasData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.origin);
        visitor(&self.args);
    }
}

struct UnionData {
    members: Vec<Value>,
}

impl NativeData for UnionData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.members.iter().for_each(visitor);
    }
}

/// `origin[args]`
pub fn new_alias(vm: &mut Vm, origin: Value, index: &Value) -> Value {
    let args = match index.tag() {
        Tag::Tuple => index.clone(),
        _ => Value::tuple(vec![index.clone()]),
    };
    let class = vm.types.generic_alias.clone();
    new_instance(&class, Payload::Native(Rc::new(AliasData { origin, args })))
}

/// Class and arguments of an alias.
pub fn alias_parts(value: &Value) -> Option<(Value, Value)> {
    let data = value.as_instance()?.native::<AliasData>()?;
    Some((data.origin.clone(), data.args.clone()))
}

/// The members, if the value is a union.
pub fn union_members(value: &Value) -> Option<Vec<Value>> {
    let data = value.as_instance()?.native::<UnionData>()?;
    Some(data.members.clone())
}

fn new(vm: &mut Vm, _class: &Value, origin: &Value, index: &Value) -> R {
    Ok(new_alias(vm, origin.clone(), index))
}

/// How a member of an alias or union is shown: classes by name.
pub fn member_text(vm: &mut Vm, member: &Value) -> R<String> {
    match member.tag() {
        Tag::Ellipsis => Ok("...".to_owned()),
        Tag::None => Ok("None".to_owned()),
        Tag::Class => match member.to_class() {
            Some(class) if class.same(&vm.types.none_type) => Ok("None".to_owned()),
            Some(class) => Ok(super::object_text::full_name(vm, &class)),
            None => Ok(String::new()),
        },
        Tag::List => {
            let items = vm.collect(member)?;
            let mut texts = Vec::new();
            for item in &items {
                texts.push(member_text(vm, item)?);
            }
            Ok(format!("[{}]", texts.join(", ")))
        }
        _ => vm.repr(member),
    }
}

fn repr(vm: &mut Vm, alias: &Value) -> R {
    let Some((origin, args)) = alias_parts(alias) else {
        return Ok(vm.str("types.GenericAlias"));
    };
    let origin = member_text(vm, &origin)?;
    let mut texts = Vec::new();
    for arg in vm.collect(&args)? {
        let text = match arg.tag() {
            Tag::None => "None".to_owned(),
            Tag::Class => match arg.to_class() {
                Some(class) => super::object_text::full_name(vm, &class),
                None => String::new(),
            },
            _ => member_text(vm, &arg)?,
        };
        texts.push(text);
    }
    let inner = if texts.is_empty() {
        "()".to_owned()
    } else {
        texts.join(", ")
    };
    Ok(vm.str(format!("{origin}[{inner}]")))
}

fn call(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((alias, rest)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    let Some((origin, _)) = alias_parts(alias) else {
        return Ok(Value::NONE);
    };
    let object = vm.call_args(
        &origin,
        Args {
            pos: rest,
            kw: args.kw,
        },
    )?;
    let key = vm.intern("__orig_class__");
    if object.tag() == Tag::Instance && vm.set_attr(&object, &key, alias.clone()).is_err() {
        drop(vm.take_pending());
    }
    Ok(object)
}

fn eq(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (Some((left, left_args)), Some((right, right_args))) = (alias_parts(a), alias_parts(b))
    else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(
        left.is(&right) && vm.eq(&left_args, &right_args)?,
    ))
}

/// `hash` of an alias or union; `None` for other kinds.
///
/// # Errors
/// `TypeError` for an unhashable argument.
pub fn hash(vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    if let Some((origin, args)) = alias_parts(value) {
        let (a, b) = (vm.hash(&origin)?, vm.hash(&args)?);
        return Ok(Some(a ^ b));
    }
    if let Some(members) = union_members(value) {
        let mut hash = 0;
        for member in &members {
            hash ^= vm.hash(member)?;
        }
        return Ok(Some(hash));
    }
    Ok(None)
}

fn item(vm: &mut Vm, alias: &Value, _index: &Value) -> R {
    let shown = vm.repr(alias)?;
    Err(vm.type_error(format!("{shown} is not a generic class")))
}

fn mro_entries(_vm: &mut Vm, alias: &Value, _bases: &Value) -> R {
    let origin = alias_parts(alias).map_or(Value::NONE, |(origin, _)| origin);
    Ok(Value::tuple(vec![origin]))
}

fn no_instance_check(vm: &mut Vm, _alias: &Value, _value: &Value) -> R {
    Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

fn no_subclass_check(vm: &mut Vm, _alias: &Value, _value: &Value) -> R {
    Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn iter(vm: &mut Vm, alias: &Value) -> R {
    let items = Value::tuple(vec![alias.clone()]);
    vm.iter(&items)
}

fn get_attribute(vm: &mut Vm, alias: &Value, name: &Value) -> R {
    let name = super::object::attribute_name(vm, name)?;
    match alias_parts(alias) {
        Some((origin, _)) if !name.text().starts_with("__") || name.same(&vm.names.__name__) => {
            vm.get_attr(&origin, &name)
        }
        Some(_) | None => Err(vm.no_attribute(alias, &name)),
    }
}

fn origin(_vm: &mut Vm, alias: &Value) -> R {
    Ok(alias_parts(alias).map_or(Value::NONE, |(origin, _)| origin))
}

fn arguments(_vm: &mut Vm, alias: &Value) -> R {
    Ok(alias_parts(alias).map_or(Value::NONE, |(_, args)| args))
}

fn parameters(_vm: &mut Vm, _alias: &Value) -> R {
    Ok(Value::tuple(vec![]))
}

/// Whether a value may be a member of a union.
fn is_type_like(value: &Value) -> bool {
    matches!(value.tag(), Tag::Class | Tag::None)
        || alias_parts(value).is_some()
        || union_members(value).is_some()
}

/// `a | b` where one is a class.
///
/// # Errors
/// What comparing the members raises.
pub fn class_or(vm: &mut Vm, a: &Value, b: &Value) -> R {
    if !is_type_like(a) || !is_type_like(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut members: Vec<Value> = Vec::new();
    for side in [a, b] {
        let parts = union_members(side).unwrap_or_else(|| vec![side.clone()]);
        for part in parts {
            let part = if part.is_none() {
                vm.types.none_type.to_value()
            } else {
                part
            };
            let mut known = false;
            for member in &members {
                known |= vm.eq(member, &part)?;
            }
            if !known {
                members.push(part);
            }
        }
    }
    if let [only] = members.as_slice() {
        return Ok(only.clone());
    }
    let class = vm.types.union_type.clone();
    Ok(new_instance(
        &class,
        Payload::Native(Rc::new(UnionData { members })),
    ))
}

/// `b | a` where `a` is a class.
///
/// # Errors
/// As for [`class_or`].
pub fn class_ror(vm: &mut Vm, a: &Value, b: &Value) -> R {
    class_or(vm, b, a)
}

fn union_repr(vm: &mut Vm, union: &Value) -> R {
    let mut texts = Vec::new();
    for member in union_members(union).unwrap_or_default() {
        texts.push(member_text(vm, &member)?);
    }
    Ok(vm.str(texts.join(" | ")))
}

fn union_eq(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let (Some(left), Some(right)) = (union_members(a), union_members(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if left.len() != right.len() {
        return Ok(Value::FALSE);
    }
    for member in &left {
        let mut found = false;
        for other in &right {
            found |= vm.eq(member, other)?;
        }
        if !found {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn union_arguments(_vm: &mut Vm, union: &Value) -> R {
    Ok(Value::tuple(union_members(union).unwrap_or_default()))
}

/// The built-in classes that take arguments.
const GENERIC: &[&str] = &[
    "list",
    "dict",
    "tuple",
    "set",
    "frozenset",
    "type",
    "enumerate",
    "deque",
    "defaultdict",
    "Future",
    "Task",
    "BaseExceptionGroup",
    "ExceptionGroup",
    "generator",
    "coroutine",
    "async_generator",
    "mappingproxy",
    "partial",
    "Queue",
    "ContextVar",
    "Token",
    "chain",
    "OrderedDict",
    "Counter",
];

/// `Class[index]`: `__class_getitem__`, or a generic alias for a built-in class.
///
/// # Errors
/// `TypeError` when the class is not subscriptable.
pub fn class_item(vm: &mut Vm, class: &Value, index: &Value) -> R {
    let hook = vm.names.__getitem__.clone();
    if let Some(result) = vm.call_special(class, &hook, std::slice::from_ref(index))? {
        return Ok(result);
    }
    let Some(class_obj) = class.to_class() else {
        return Ok(Value::NONE);
    };
    let hook = vm.names.__class_getitem__.clone();
    if let Some(found) = vm.lookup(&class_obj, &hook) {
        let bound = vm.bind_in_class(found, &class_obj)?;
        return vm.call(&bound, std::slice::from_ref(index));
    }
    let generic = class_obj.mro.with(|mro| {
        let names = mro
            .iter()
            .filter(|class| class.builtin)
            .map(|class| class.name_text());
        names
            .into_iter()
            .any(|name| GENERIC.contains(&name.as_str()))
    });
    let is_type = class_obj.same(&vm.types.type_);
    if generic && (is_type || !class_obj.is_subclass_of(&vm.types.type_)) {
        return Ok(new_alias(vm, class.clone(), index));
    }
    let name = class_obj.name_text();
    Err(vm.type_error(format!("type '{name}' is not subscriptable")))
}
