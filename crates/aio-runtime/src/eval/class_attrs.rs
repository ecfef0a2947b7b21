//! What a node that reads an attribute remembers of classes: the function that gets a property,
//! or where a class keeps a value that is read as it stands (a constant of a class, a member of
//! an enumeration, a function taken from its class), or which item of a tuple a name stands for.

use super::cache::{ValueCache, cache_key};
use super::methods::class_key;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{ClassObj, DescrObj, MethodObj, Name, Payload};
use crate::table::Find;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cell::OnceCell;
use std::rc::Rc;

/// What reading an attribute means, for the objects of one key.
#[derive(Clone)]
enum InClass {
    /// Calling this function of the script with the object.
    Getter(Value),
    /// Calling this function in Rust with the object.
    Native(fn(&mut Vm, &Value) -> R),
    /// Binding this function to the object.
    Method(Value),
    /// Calling the `__get__` of a descriptor, which is a function of the script.
    Descriptor(Rc<Described>),
    /// Taking an item of the tuple that the object is.
    Item(usize),
    /// Taking the value that a class has at a position of its dict: which value that is may change
    /// while the epoch stays ([`Vm::data_changed`]), where it stands does not.
    At(Ref<ClassObj>, u32),
}

/// A descriptor that is an instance of a class of the script.
pub struct Described {
    /// Its `__get__`.
    pub get: Value,
    /// The descriptor.
    pub descriptor: Value,
    /// The class that is looked at.
    pub class: Value,
}

/// What there is to do for an attribute that is remembered.
pub enum Known {
    /// Ask the descriptor.
    Described(Rc<Described>),
    /// Call the getter of a property.
    Get(Value),
    /// Call the getter of an attribute that a class in Rust has.
    Native(fn(&mut Vm, &Value) -> R),
    /// Nothing: this is the value.
    Value(Value),
}

/// Remembers attributes found in classes. Most nodes find none, and have no room for them.
#[derive(Default)]
pub struct ClassAttrs(OnceCell<Box<ValueCache<InClass>>>);

impl ClassAttrs {
    /// What is known of a name of an object.
    #[inline(always)]
    pub fn get(&self, vm: &Vm, object: &Value, name: &Name) -> Option<Known> {
        let cache = self.0.get()?;
        let key = object_key(vm, object)?;
        cache.look(key, |known| match known {
            InClass::Getter(getter) => Some(Known::Get(getter.clone())),
            InClass::Native(get) => Some(Known::Native(*get)),
            InClass::Descriptor(described) => Some(Known::Described(described.clone())),
            InClass::Method(func) => Some(Known::Value(Value::new(MethodObj {
                func: func.clone(),
                receiver: object.clone(),
            }))),
            InClass::Item(at) => object.as_instance()?.payload.with(|payload| match payload {
                Payload::Base(base) => base.as_tuple()?.items.get(*at).cloned().map(Known::Value),
                Payload::None | Payload::Exc(_) | Payload::Native(_) => None,
            }),
            InClass::At(holder, at) => holder.dict.table.with(|table| {
                let value = table.named(*at as usize, name)?;
                Some(Known::Value(value.clone()))
            }),
        })?
    }

    /// Looks at what the class has, and remembers it if that is all there is to reading it.
    pub fn find(&self, vm: &mut Vm, object: &Value, name: &Name) {
        let Some(key) = object_key(vm, object) else {
            return;
        };
        let found = match object.to_class() {
            Some(class) => of_class(vm, &class, name),
            None => of_instance(vm, object, name),
        };
        if let Some(found) = found {
            self.0.get_or_init(Box::default).set(key, found);
        }
    }
}

#[inline(always)]
fn object_key(vm: &Vm, object: &Value) -> Option<u64> {
    if let Some(instance) = object.as_instance() {
        let shape = instance.shape.get();
        return (!shape.is_dict).then(|| cache_key(shape.id, vm.epoch));
    }
    object.as_class().map(|class| class_key(vm, class))
}

/// For an instance: a property, or data of the class that nothing hides.
fn of_instance(vm: &mut Vm, object: &Value, name: &Name) -> Option<InClass> {
    let instance = object.as_instance()?;
    let class = instance.class.get();
    let names = &vm.names;
    let (getattribute, getattr) = (names.__getattribute__.clone(), names.__getattr__.clone());
    let hooked = vm
        .lookup(&class, &getattribute)
        .is_some_and(|found| found.tag() != Tag::Native);
    let found = vm.lookup(&class, name)?;
    if hooked || class.builtin {
        return None;
    }
    match found.as_descr() {
        Some(DescrObj::Property { get, .. }) if get.tag() == Tag::Func => {
            // What it raises is for `__getattr__` to see.
            let falls_back = vm.lookup(&class, &getattr).is_some();
            (!falls_back).then(|| InClass::Getter(get.clone()))
        }
        Some(DescrObj::GetSet { get, .. }) => Some(InClass::Native(*get)),
        Some(DescrObj::TupleItem { at, .. }) => Some(InClass::Item(*at)),
        Some(_) => None,
        None if found.tag() == Tag::Instance && vm.is_descriptor(&found) => {
            let falls_back = vm.lookup(&class, &getattr).is_some();
            let hidden = instance.attribute(name).is_some() && !vm.is_data_descriptor(&found);
            let get = vm.names.__get__.clone();
            let get = vm.lookup_special(&found, &get)?;
            (!falls_back && !hidden && get.tag() == Tag::Func).then(|| {
                InClass::Descriptor(Rc::new(Described {
                    get,
                    descriptor: found,
                    class: class.to_value(),
                }))
            })
        }
        None if instance.attribute(name).is_some() => None,
        None if found.tag() == Tag::Func => Some(InClass::Method(found)),
        None => is_plain(vm, &found).then(|| position(&class, name))?,
    }
}

/// For a class itself: what it or a base has, unless its metaclass has a say.
fn of_class(vm: &mut Vm, class: &Ref<ClassObj>, name: &Name) -> Option<InClass> {
    let metaclass = match &class.metaclass {
        Some(metaclass) => metaclass.clone(),
        None => vm.types.type_.clone(),
    };
    if let Some(found) = vm.lookup(&metaclass, name) {
        return match found.as_descr() {
            Some(DescrObj::GetSet { get, .. }) => Some(InClass::Native(*get)),
            Some(_) | None => None,
        };
    }
    let found = vm.lookup(class, name)?;
    let plain = matches!(found.tag(), Tag::Func | Tag::Native) || is_plain(vm, &found);
    plain.then(|| position(class, name))?
}

/// Whether a value in a class is read as it stands, whoever asks.
fn is_plain(vm: &mut Vm, found: &Value) -> bool {
    match found.tag() {
        Tag::Func | Tag::Native | Tag::Descr => false,
        Tag::Instance => !vm.is_descriptor(found),
        _ => true,
    }
}

/// Where a class, or the first of its bases that has it, keeps a name.
fn position(class: &ClassObj, name: &Name) -> Option<InClass> {
    let key = name.to_value();
    class.mro.with(|mro| {
        mro.iter().find_map(|holder| {
            let place = |table: &crate::table::DictTable| table.find(name.hash(), &key);
            match holder.dict.table.with(place) {
                Find::Found(at) => Some(InClass::At(holder.clone(), at as u32)),
                Find::Missing | Find::Ask => None,
            }
        })
    })
}
