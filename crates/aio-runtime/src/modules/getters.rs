//! `operator.itemgetter` and `operator.attrgetter`.

use super::add;
use crate::error::{R, Raised};
use crate::native::{Args, Method, NativeFn};
use crate::objects::{Layout, ModuleObj, Name, NativeData, Payload};
use crate::types::type_type::{native_class, new_instance};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

const INIT: Method = Method::new(
    "__init__",
    NativeFn::Any(|_, _| Ok(Value::NONE)),
    "Initialize self.",
);
const CALL: Method = Method::new("__call__", NativeFn::Any(call), "Call self as a function.");
const REPR: Method = Method::new("__repr__", NativeFn::F1(repr), "Return repr(self).");

const ITEM_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(|vm, args| {
            new(vm, args, "itemgetter", |_, item| {
                Ok(Part::Item(item.clone()))
            })
        }),
        "Create and return a new object.",
    ),
    INIT,
    CALL,
    REPR,
];

const ATTR_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(|vm, args| new(vm, args, "attrgetter", path)),
        "Create and return a new object.",
    ),
    INIT,
    CALL,
    REPR,
];

/// Puts the classes into the module.
pub fn fill(vm: &mut Vm, module: &ModuleObj) {
    let object = vm.types.object.clone();
    for (name, methods) in [("itemgetter", ITEM_METHODS), ("attrgetter", ATTR_METHODS)] {
        let class = native_class(vm, name, "operator", &object, Layout::Closed, methods);
        add(vm, module, name, class.into());
    }
}

/// What is got of an object.
#[derive(Clone)]
enum Part {
    /// `object[item]`
    Item(Value),
    /// An attribute of an attribute …, and how that was given.
    Attr(Rc<[Name]>, Value),
}

impl Part {
    fn of(&self, vm: &mut Vm, object: &Value) -> R {
        match self {
            Part::Item(item) => vm.get_item(object, item),
            Part::Attr(path, _) => {
                let Some((first, rest)) = path.split_first() else {
                    return Ok(object.clone());
                };
                let mut value = vm.get_attr(object, first)?;
                for name in rest {
                    value = vm.get_attr(&value, name)?;
                }
                Ok(value)
            }
        }
    }

    fn given(&self) -> &Value {
        match self {
            Part::Item(value) | Part::Attr(_, value) => value,
        }
    }
}

/// `itemgetter(item, …)` or `attrgetter(attr, …)`
pub struct Getter {
    name: &'static str,
    /// At least one.
    parts: Box<[Part]>,
}

impl NativeData for Getter {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.parts.iter().for_each(|part| visitor(part.given()));
    }
}

impl Getter {
    /// The getter that a value is.
    pub fn of(value: &Value) -> Option<Rc<Getter>> {
        value.as_instance()?.native::<Getter>()
    }

    /// What it gets of an object.
    ///
    /// # Errors
    /// What the subscript or the attribute raises.
    pub fn get(&self, vm: &mut Vm, object: &Value) -> R {
        if let [part] = &*self.parts {
            return part.of(vm, object);
        }
        let values = self.parts.iter().map(|part| part.of(vm, object));
        Ok(Value::tuple(values.collect::<R<Vec<Value>>>()?))
    }

    fn wrong_count(vm: &mut Vm, name: &str, given: usize) -> Raised {
        vm.type_error(format!("{name} expected 1 argument, got {given}"))
    }
}

fn new(vm: &mut Vm, args: Args<'_>, name: &'static str, part: fn(&mut Vm, &Value) -> R<Part>) -> R {
    let Some((class, given)) = args.pos.split_first() else {
        return Err(vm.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(class) = class.to_class() else {
        return Err(vm.type_error(format!("{name}.__new__(X): X is not a type object")));
    };
    if !args.kw.is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    if given.is_empty() {
        return Err(Getter::wrong_count(vm, name, 0));
    }
    let parts = given.iter().map(|given| part(vm, given));
    let parts = parts.collect::<R<Box<[Part]>>>()?;
    Ok(new_instance(
        &class,
        Payload::Native(Rc::new(Getter { name, parts })),
    ))
}

fn path(vm: &mut Vm, given: &Value) -> R<Part> {
    let Some(text) = given.as_str() else {
        return Err(vm.type_error("attribute name must be a string"));
    };
    let names = text.split('.').map(|name| vm.intern(name)).collect();
    Ok(Part::Attr(names, given.clone()))
}

fn call(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, rest) = args.split_receiver(vm, "itemgetter", "__call__")?;
    let Some(getter) = Getter::of(receiver) else {
        return Err(vm.type_error("descriptor '__call__' requires a getter"));
    };
    if !rest.kw.is_empty() {
        let name = getter.name;
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    match rest.pos {
        [object] => getter.get(vm, object),
        _ => Err(Getter::wrong_count(vm, getter.name, rest.pos.len())),
    }
}

fn repr(vm: &mut Vm, value: &Value) -> R {
    let mut texts = Vec::new();
    for part in Getter::of(value).iter().flat_map(|getter| &getter.parts) {
        texts.push(vm.repr(part.given())?);
    }
    let class = vm.class_of(value);
    let name = crate::types::object_text::full_name(vm, &class);
    Ok(vm.str(format!("{name}({})", texts.join(", "))))
}
