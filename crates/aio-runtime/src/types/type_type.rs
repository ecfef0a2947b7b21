//! `type`: making instances, the attributes and methods of classes.
//!
//! Making classes is in `class_build`, their order and layout in `class_layout`.

use super::class_build::type_new;
pub use super::class_build::{build_class, new_class, prepare_namespace};
use super::{class_build, generic_alias, object_text, simple};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{ClassObj, DictObj, InstanceObj, Layout, ListObj, Name, Payload, Shape};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(type_new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Initialize self."),
    Method::new("__call__", NativeFn::Any(call), "Call self as a function."),
    Method::new(
        "mro",
        NativeFn::F1(mro),
        "Return a type's method resolution order.",
    ),
    Method::new(
        "__subclasses__",
        NativeFn::F1(subclasses),
        "Return a list of immediate subclasses.",
    ),
    Method::class(
        "__prepare__",
        NativeFn::Any(prepare),
        "Create the namespace for the class statement.",
    ),
    Method::new(
        "__instancecheck__",
        NativeFn::F2(instance_check),
        "Check if an object is an instance.",
    ),
    Method::new(
        "__subclasscheck__",
        NativeFn::F2(subclass_check),
        "Check if a class is a subclass.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new(
        "__dir__",
        NativeFn::F1(dir),
        "Specialized __dir__ implementation for types.",
    ),
    Method::new(
        "__or__",
        NativeFn::F2(generic_alias::class_or),
        "Return self|value.",
    ),
    Method::new(
        "__ror__",
        NativeFn::F2(generic_alias::class_ror),
        "Return value|self.",
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
        "__getattribute__",
        NativeFn::F2(get_attribute),
        "Return getattr(self, name).",
    ),
    Method::get_set("__name__", get_name, set_name, "The name of the class."),
    Method::get_set(
        "__qualname__",
        get_qualname,
        set_qualname,
        "The qualified name.",
    ),
    Method::get_set(
        "__module__",
        get_module,
        set_module,
        "The module it was made in.",
    ),
    Method::get_set("__bases__", get_bases, set_bases, "The direct bases."),
    Method::get("__base__", get_base, "The base that decides the layout."),
    Method::get("__mro__", get_mro, "The method resolution order."),
    Method::get("__dict__", get_dict, "The namespace."),
    Method::get_set("__doc__", get_doc, set_doc, "The doc string."),
    Method::get_set(
        "__annotations__",
        get_annotations,
        set_annotations,
        "The annotations.",
    ),
    Method::get_set(
        "__abstractmethods__",
        get_abstract,
        set_abstract,
        "The abstract methods.",
    ),
];

/// The receiver of a method of `type`.
///
/// # Errors
/// `TypeError` when it is no class.
fn receiver(vm: &mut Vm, value: &Value, method: &str) -> R<Ref<ClassObj>> {
    match value.to_class() {
        Some(class) => Ok(class),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!(
                "descriptor '{method}' requires a 'type' object but received a '{name}'"
            )))
        }
    }
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    if !matches!(args.pos.len(), 2 | 4) {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(Value::NONE)
}

fn call(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("descriptor '__call__' of 'type' object needs an argument"));
    };
    let class = receiver(vm, class, "__call__")?;
    make_instance(
        vm,
        &class,
        Args {
            pos: rest,
            kw: args.kw,
        },
    )
}

fn mro(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "mro")?;
    let order = class.mro.get().iter().map(Ref::to_value).collect();
    Ok(Value::new(ListObj::new(order)))
}

fn subclasses(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__subclasses__")?;
    let list = class.subclasses.get().iter().map(Ref::to_value).collect();
    Ok(Value::new(ListObj::new(list)))
}

fn prepare(_vm: &mut Vm, _args: Args<'_>) -> R {
    Ok(Value::new(DictObj::default()))
}

fn instance_check(vm: &mut Vm, class: &Value, value: &Value) -> R {
    let class = receiver(vm, class, "__instancecheck__")?;
    let own = vm.class_of(value);
    Ok(Value::bool(own.is_subclass_of(&class)))
}

fn subclass_check(vm: &mut Vm, class: &Value, other: &Value) -> R {
    let class = receiver(vm, class, "__subclasscheck__")?;
    let Some(other) = other.as_class() else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    Ok(Value::bool(other.is_subclass_of(&class)))
}

fn repr(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__repr__")?;
    let text = object_text::class_repr(vm, &class);
    Ok(vm.str(text))
}

fn dir(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__dir__")?;
    let names = super::object::names_of_class(vm, &class);
    Ok(Value::new(ListObj::new(names)))
}

fn attribute_name(vm: &mut Vm, name: &Value) -> R<Name> {
    super::object::attribute_name(vm, name)
}

fn set_attribute(vm: &mut Vm, class: &Value, name: &Value, value: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.class_set(class, &name, value.clone())
        .map(|()| Value::NONE)
}

fn delete_attribute(vm: &mut Vm, class: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.class_del(class, &name).map(|()| Value::NONE)
}

fn get_attribute(vm: &mut Vm, class: &Value, name: &Value) -> R {
    let name = attribute_name(vm, name)?;
    vm.get_attr(class, &name)
}

fn get_name(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__name__")?;
    let name = class.name.get();
    match name.text().rsplit_once('.') {
        Some((_, last)) if class.builtin => Ok(vm.str(last)),
        _ => Ok(name.to_value()),
    }
}

fn check_writable(vm: &mut Vm, class: &ClassObj, name: &str) -> R<()> {
    if class.builtin {
        let class = class.name_text();
        return Err(vm.type_error(format!(
            "cannot set '{name}' attribute of immutable type '{class}'"
        )));
    }
    Ok(())
}

fn checked_text(vm: &mut Vm, class: &Value, name: &str, value: &Value) -> R<(Ref<ClassObj>, Name)> {
    let class = receiver(vm, class, name)?;
    check_writable(vm, &class, name)?;
    match value.to_str_obj() {
        Some(text) => Ok((class, vm.intern_str(&text))),
        None if value.is_unset() => {
            let class = class.name_text();
            Err(vm.type_error(format!(
                "cannot delete '{name}' attribute of type '{class}'"
            )))
        }
        None => {
            let (class, given) = (class.name_text(), vm.type_name(value));
            Err(vm.type_error(format!(
                "can only assign string to {class}.{name}, not '{given}'"
            )))
        }
    }
}

fn set_name(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let (class, name) = checked_text(vm, class, "__name__", &value)?;
    if name.text().contains('\0') {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    class.name.set(name);
    Ok(())
}

fn get_qualname(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__qualname__")?;
    if class.builtin {
        return get_name(vm, &class.to_value());
    }
    Ok(class.qualname.get().to_value())
}

fn set_qualname(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let (class, name) = checked_text(vm, class, "__qualname__", &value)?;
    class.qualname.set(name);
    Ok(())
}

fn get_module(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__module__")?;
    let key = vm.names.__module__.clone();
    match class.own(vm, &key) {
        Some(value) => Ok(value),
        None => Ok(vm.str(object_text::module_of_builtin(&class.name_text()))),
    }
}

fn set_module(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let key = vm.names.__module__.clone();
    set_own(vm, class, &key, value)
}

/// Stores (or, unset, removes) a name in the dict of a class of the script.
fn set_own(vm: &mut Vm, class: &Value, key: &Name, value: Value) -> R<()> {
    let class = receiver(vm, class, key.text())?;
    check_writable(vm, &class, key.text())?;
    if value.is_unset() {
        class.dict.del_name(key);
    } else {
        class.dict.set_name(key, value);
    }
    vm.class_changed();
    Ok(())
}

fn get_bases(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__bases__")?;
    let bases: Vec<Value> = class.bases.get().iter().map(Ref::to_value).collect();
    Ok(Value::tuple(bases))
}

fn set_bases(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let class = receiver(vm, class, "__bases__")?;
    check_writable(vm, &class, "__bases__")?;
    let name = class.name_text();
    let Some(tuple) = value.to_tuple() else {
        let given = vm.type_name(&value);
        return Err(vm.type_error(format!(
            "can only assign tuple to {name}.__bases__, not {given}"
        )));
    };
    if tuple.items.is_empty() {
        return Err(vm.type_error(format!(
            "can only assign non-empty tuple to {name}.__bases__, not ()"
        )));
    }
    let mut bases = Vec::new();
    for base in &tuple.items {
        match base.to_class() {
            Some(base) if base.is_subclass_of(&class) => {
                return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
            }
            Some(base) => bases.push(base),
            None => {
                let given = vm.type_name(base);
                return Err(vm.type_error(format!(
                    "{name}.__bases__ must be tuple of classes, not '{given}'"
                )));
            }
        }
    }
    class_build::replace_bases(vm, &class, bases)
}

fn get_base(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__base__")?;
    let bases = class.bases.get();
    let best = bases
        .iter()
        .find(|base| base.layout.get() != Layout::Object);
    Ok(best.or(bases.first()).map_or(Value::NONE, Ref::to_value))
}

fn get_mro(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__mro__")?;
    let order: Vec<Value> = class.mro.get().iter().map(Ref::to_value).collect();
    Ok(Value::tuple(order))
}

fn get_dict(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__dict__")?;
    if !class.pending.get().is_empty() {
        crate::attributes::fill_class(vm, &class);
    }
    Ok(simple::new_proxy(vm, class.dict.to_value()))
}

fn get_doc(vm: &mut Vm, value: &Value) -> R {
    let class = receiver(vm, value, "__doc__")?;
    let key = vm.names.__doc__.clone();
    match class.own(vm, &key) {
        Some(found) => vm.bind_in_class(found, &class),
        None => Ok(Value::NONE),
    }
}

fn set_doc(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let key = vm.names.__doc__.clone();
    set_own(vm, class, &key, value)
}

fn get_annotations(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__annotations__")?;
    let key = vm.names.__annotations__.clone();
    if let Some(found) = class.own(vm, &key) {
        return Ok(found);
    }
    if class.builtin {
        return Err(vm.no_attribute(&class.to_value(), &key));
    }
    let made = Value::new(DictObj::default());
    class.dict.set_name(&key, made.clone());
    Ok(made)
}

fn set_annotations(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let key = vm.names.__annotations__.clone();
    set_own(vm, class, &key, value)
}

fn get_abstract(vm: &mut Vm, class: &Value) -> R {
    let class = receiver(vm, class, "__abstractmethods__")?;
    let key = vm.intern("__abstractmethods__");
    match class.own(vm, &key) {
        Some(found) => Ok(found),
        None => Err(vm.no_attribute(&class.to_value(), &key)),
    }
}

fn set_abstract(vm: &mut Vm, class: &Value, value: Value) -> R<()> {
    let key = vm.intern("__abstractmethods__");
    let is_abstract = !value.is_unset() && vm.truthy(&value)?;
    set_own(vm, class, &key, value)?;
    if let Some(class) = class.as_class() {
        class.is_abstract.set(is_abstract);
    }
    Ok(())
}

/// A class of the library, written in Rust, that is made when its module is first imported.
pub fn native_class(
    vm: &mut Vm,
    name: &'static str,
    module: &'static str,
    base: &Ref<ClassObj>,
    layout: Layout,
    methods: &'static [Method],
) -> Ref<ClassObj> {
    if let Some(class) = vm.types.by_name.get(name) {
        return class.clone();
    }
    vm.last_class_id += 1;
    vm.last_shape_id += 1;
    let id = vm.last_class_id;
    let root_shape = Box::leak(Box::new(Shape {
        id: vm.last_shape_id,
        class_id: id,
        names: Vec::new(),
        index: FxHashMap::default(),
        next: GcCell::new(FxHashMap::default()),
        is_dict: false,
    }));
    let interned = vm.intern(name);
    let class = Ref::new(ClassObj {
        name: GcCell::new(interned.clone()),
        qualname: GcCell::new(interned),
        bases: GcCell::new(vec![base.clone()]),
        mro: GcCell::new(Vec::new()),
        dict: Ref::new(DictObj::default()),
        metaclass: base.metaclass.clone(),
        layout: Cell::new(layout),
        maker: Cell::new(None),
        id,
        builtin: true,
        pending: Cell::new(methods),
        has_dict: Cell::new(base.has_dict.get()),
        has_del: Cell::new(false),
        root_shape,
        attribute_hint: Cell::new(0),
        is_abstract: Cell::new(false),
        dict_items_at: Cell::new(0),
        keys: Cell::new((0, crate::objects::Keys::Other)),
        sequence: Cell::default(),
        hooks: Cell::default(),
        subclasses: GcCell::new(Vec::new()),
    });
    let mut mro = vec![class.clone()];
    mro.extend(base.mro.get());
    class.mro.set(mro);
    let (key, module) = (vm.names.__module__.clone(), vm.str(module));
    class.dict.set_name(&key, module);
    vm.types.by_name.insert(name, class.clone());
    class
}

/// A new instance of a class of the script, without attributes.
#[inline(always)]
pub fn new_instance(class: &Ref<ClassObj>, payload: Payload) -> Value {
    Value::new(InstanceObj {
        class: GcCell::new(class.clone()),
        shape: Cell::new(class.root_shape),
        // Room for as many attributes as instances of the class came to have so far.
        slots: GcCell::new(Vec::with_capacity(class.attribute_hint.get() as usize)),
        payload: GcCell::new(payload),
        finalized: Cell::new(false),
        weakly: Cell::new(false),
    })
}

/// Whether making an exception comes to keeping its arguments.
fn makes_plain_exception(vm: &mut Vm, class: &Ref<ClassObj>, new: &Value) -> bool {
    let name = vm.names.__init__.clone();
    super::object::is_native_of(new, "BaseException", "__new__")
        && vm
            .lookup(class, &name)
            .is_some_and(|init| super::object::is_native_of(&init, "BaseException", "__init__"))
}

/// `class(*args, **kwargs)`: `__new__`, then `__init__` when the result is an instance.
///
/// # Errors
/// What they raise.
pub fn make_instance(vm: &mut Vm, class: &Ref<ClassObj>, args: Args<'_>) -> R {
    if class.same(&vm.types.type_) && args.kw.is_empty() && args.pos.len() == 1 {
        return Ok(vm.class_of(args.pos.at(0)).into());
    }
    if class.builtin
        && args.kw.is_empty()
        && let Some(result) = super::making::quick_new(vm, class, args.pos)
    {
        return result;
    }
    make_other(vm, class, args)
}

/// [`make_instance`] of what has no quick way.
///
/// # Errors
/// What `__new__` and `__init__` raise.
pub fn make_other(vm: &mut Vm, class: &Ref<ClassObj>, args: Args<'_>) -> R {
    if class.same(&vm.types.dict) && args.pos.is_empty() {
        return Ok(super::dict::of_names(args.kw));
    }
    let (new_name, init_name) = (vm.names.__new__.clone(), vm.names.__init__.clone());
    let new = vm.lookup(class, &new_name);
    if let Some(new) = &new
        && class.layout.get() == Layout::Exception
        && args.kw.is_empty()
        && makes_plain_exception(vm, class, new)
    {
        return Ok(vm.new_exception(class, args.pos.to_vec()));
    }
    let plain = new.as_ref().is_none_or(super::object::is_object_new);
    let object = if plain && class.layout.get() == Layout::Object && !class.is_abstract.get() {
        new_instance(class, Payload::None)
    } else {
        let Some(new) = new else {
            let name = class.name_text();
            return Err(vm.type_error(format!("cannot create '{name}' instances")));
        };
        let new = match new.as_descr() {
            Some(crate::objects::DescrObj::StaticMethod(func)) => func.clone(),
            _ => new,
        };
        let object = vm.call_with_front(&new, &class.to_value(), args)?;
        if object.tag() == Tag::Iter {
            // Iterators in Rust are complete.
            return Ok(object);
        }
        if !vm.class_of(&object).is_subclass_of(class) {
            return Ok(object);
        }
        object
    };
    let init = vm.lookup(class, &init_name);
    if let Some(init) = init {
        if super::object::is_object_native(&init, "__init__") {
            let given = !args.pos.is_empty() || !args.kw.is_empty();
            if plain && given {
                let name = class.name_text();
                return Err(vm.type_error(format!("{name}() takes no arguments")));
            }
            return Ok(object);
        }
        let result = vm.call_with_front(&init, &object, args)?;
        if result.tag() != Tag::None {
            let name = vm.type_name(&result);
            return Err(vm.type_error(format!("__init__() should return None, not '{name}'")));
        }
    }
    Ok(object)
}
