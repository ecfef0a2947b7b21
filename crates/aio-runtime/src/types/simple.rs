//! `types.SimpleNamespace` and `mappingproxy`.

use crate::error::R;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{NativeData, Payload};
use crate::types::class_build::entries;
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::BinaryOp;
use std::rc::Rc;

/// The methods of a namespace.
pub const NAMESPACE_METHODS: &[Method] = &[
    Method::absent("__hash__"),
    Method::new(
        "__init__",
        NativeFn::Any(namespace_init),
        "Initialize self.",
    ),
    Method::new(
        "__repr__",
        NativeFn::F1(namespace_repr),
        "Return repr(self).",
    ),
    Method::new("__eq__", NativeFn::F2(namespace_eq), "Return self==value."),
];

/// The methods of a read-only view of a mapping.
pub const PROXY_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::F2(proxy_new),
        "Create and return a new object.",
    ),
    Method::new("__getitem__", NativeFn::F2(proxy_item), "Return self[key]."),
    Method::new(
        "__contains__",
        NativeFn::F2(proxy_contains),
        "Return bool(key in self).",
    ),
    Method::new("__len__", NativeFn::F1(proxy_len), "Return len(self)."),
    Method::new(
        "__iter__",
        NativeFn::F1(proxy_iter),
        "Implement iter(self).",
    ),
    Method::new(
        "__reversed__",
        NativeFn::F1(|vm, p| forward(vm, p, "__reversed__", &[])),
        "D.__reversed__() -> reverse iterator",
    ),
    Method::new("__repr__", NativeFn::F1(proxy_repr), "Return repr(self)."),
    Method::new("__str__", NativeFn::F1(proxy_str), "Return str(self)."),
    Method::new("__eq__", NativeFn::F2(proxy_eq), "Return self==value."),
    Method::new("__or__", NativeFn::F2(proxy_or), "Return self|value."),
    Method::new(
        "get",
        NativeFn::Range(2, 3, |vm, a| forward(vm, a.at(0), "get", a.rest(1))),
        "Return the value for key if key is in the mapping, else default.",
    ),
    Method::new(
        "keys",
        NativeFn::F1(|vm, p| forward(vm, p, "keys", &[])),
        "a set-like object providing a view on D's keys",
    ),
    Method::new(
        "values",
        NativeFn::F1(|vm, p| forward(vm, p, "values", &[])),
        "an object providing a view on D's values",
    ),
    Method::new(
        "items",
        NativeFn::F1(|vm, p| forward(vm, p, "items", &[])),
        "a set-like object providing a view on D's items",
    ),
    Method::new(
        "copy",
        NativeFn::F1(|vm, p| forward(vm, p, "copy", &[])),
        "a shallow copy of D",
    ),
];

struct ProxyData {
    mapping: Value,
}

impl NativeData for ProxyData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.mapping);
    }
}

/// A read-only view of a mapping.
pub fn new_proxy(vm: &mut Vm, mapping: Value) -> Value {
    let class = vm.types.mapping_proxy.clone();
    new_instance(&class, Payload::Native(Rc::new(ProxyData { mapping })))
}

/// The mapping behind a view.
pub fn proxied(value: &Value) -> Option<Value> {
    let data = value.as_instance()?.native::<ProxyData>()?;
    Some(data.mapping.clone())
}

fn mapping_of(vm: &mut Vm, proxy: &Value) -> R {
    match proxied(proxy) {
        Some(mapping) => Ok(mapping),
        None => {
            let name = vm.type_name(proxy);
            Err(vm.type_error(format!(
                "descriptor requires a 'mappingproxy' object but received a '{name}'"
            )))
        }
    }
}

fn forward(vm: &mut Vm, proxy: &Value, name: &str, args: &[Value]) -> R {
    let mapping = mapping_of(vm, proxy)?;
    let name = vm.intern(name);
    vm.call_method(&mapping, &name, args)
}

fn proxy_new(vm: &mut Vm, _class: &Value, mapping: &Value) -> R {
    Ok(new_proxy(vm, mapping.clone()))
}

fn proxy_item(vm: &mut Vm, proxy: &Value, key: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    vm.get_item(&mapping, key)
}

fn proxy_contains(vm: &mut Vm, proxy: &Value, key: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    vm.contains(&mapping, key).map(Value::bool)
}

fn proxy_len(vm: &mut Vm, proxy: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    vm.len(&mapping).map(|len| Value::int(len as i64))
}

fn proxy_iter(vm: &mut Vm, proxy: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    vm.iter(&mapping)
}

fn proxy_repr(vm: &mut Vm, proxy: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    let shown = vm.repr(&mapping)?;
    Ok(vm.str(format!("mappingproxy({shown})")))
}

fn proxy_str(vm: &mut Vm, proxy: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    let shown = vm.to_text(&mapping)?;
    Ok(vm.str(shown))
}

fn proxy_eq(vm: &mut Vm, proxy: &Value, other: &Value) -> R {
    let mapping = mapping_of(vm, proxy)?;
    let other = proxied(other).unwrap_or_else(|| other.clone());
    vm.eq(&mapping, &other).map(Value::bool)
}

fn proxy_or(vm: &mut Vm, proxy: &Value, other: &Value) -> R {
    let mapping = proxied(proxy).unwrap_or_else(|| proxy.clone());
    let other = proxied(other).unwrap_or_else(|| other.clone());
    vm.binary(BinaryOp::BitOr, &mapping, &other)
}

fn namespace_init(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((object, rest)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    if rest.len() > 1 {
        let given = rest.len();
        return Err(vm.type_error(format!(
            "SimpleNamespace expected at most 1 argument, got {given}"
        )));
    }
    let Some(instance) = object.as_instance() else {
        return Ok(Value::NONE);
    };
    if let Some(mapping) = rest.first() {
        let class = vm.types.dict.to_value();
        let copy = vm.call(&class, std::slice::from_ref(mapping))?;
        for (key, value) in copy.as_dict().map(entries).unwrap_or_default() {
            let Some(key) = key.to_str_obj() else {
                return Err(vm.type_error("keywords must be strings"));
            };
            let key = vm.intern_str(&key);
            instance.set_attribute(vm, &key, value);
        }
    }
    for (name, value) in args.kw {
        instance.set_attribute(vm, name, value.clone());
    }
    Ok(Value::NONE)
}

fn namespace_repr(vm: &mut Vm, object: &Value) -> R {
    let Some(instance) = object.as_instance() else {
        return Ok(Value::NONE);
    };
    let class = instance.class.get();
    let name = if class.builtin {
        "namespace".to_owned()
    } else {
        class.name_text()
    };
    if vm.repr_stack.contains(&object.address()) {
        return Ok(vm.str(format!("{name}(...)")));
    }
    vm.repr_stack.push(object.address());
    let mut parts = Vec::new();
    let mut failed = false;
    for (key, value) in entries(&instance.to_dict_mode(vm)) {
        match vm.repr(&value) {
            Ok(shown) => parts.push(format!("{}={shown}", key.as_str().unwrap_or(""))),
            Err(_) => {
                failed = true;
                break;
            }
        }
    }
    vm.repr_stack.pop();
    if failed {
        return Err(crate::error::Raised);
    }
    Ok(vm.str(format!("{name}({})", parts.join(", "))))
}

fn namespace_eq(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let class = vm.types.simple_namespace.clone();
    let (Some(left), Some(right)) = (a.as_instance(), b.as_instance()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !right.class.get().is_subclass_of(&class) || !left.class.get().is_subclass_of(&class) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let left: Value = left.to_dict_mode(vm).into();
    let right: Value = right.to_dict_mode(vm).into();
    vm.eq(&left, &right).map(Value::bool)
}
