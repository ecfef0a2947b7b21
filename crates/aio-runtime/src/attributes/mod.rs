//! Attribute access: classes, instances, descriptors, and the caches in front of them.
//!
//! The order is Python's (data model, "Invoking Descriptors"): a data descriptor of the class,
//! then the instance, then anything else of the class, then `__getattr__`. `read` and `write` do
//! that; `instances` is what an instance keeps itself; here is what they share: look-ups in
//! classes, their cache, and binding what was found.

mod instances;
mod read;
mod write;

use crate::error::R;
use crate::heap::Ref;
use crate::native::{Method, MethodKind, NativeFn};
use crate::objects::{ClassObj, DescrObj, DictObj, Hooks, InstanceObj, MethodObj, Name, NativeObj};
use crate::table::Find;
use crate::types::descriptors;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// One remembered look-up.
struct CachedMethod {
    class_id: u32,
    epoch: u32,
    name: usize,
    found: Option<Value>,
}

/// Remembers look-ups of names in classes.
pub struct MethodCache {
    entries: Vec<CachedMethod>,
}

const CACHE_SIZE: usize = 1024;

impl MethodCache {
    /// An empty cache.
    pub fn new() -> MethodCache {
        let empty = || CachedMethod {
            class_id: 0,
            epoch: 0,
            name: 0,
            found: None,
        };
        MethodCache {
            entries: std::iter::repeat_with(empty).take(CACHE_SIZE).collect(),
        }
    }
}

impl Default for MethodCache {
    fn default() -> Self {
        MethodCache::new()
    }
}

impl DictObj {
    /// The value of a name.
    #[inline]
    pub fn get_name(&self, name: &Name) -> Option<Value> {
        self.table
            .with(|table| match table.find(name.hash(), &name.to_value()) {
                Find::Found(at) => table.entry(at).map(|entry| entry.value.clone()),
                Find::Missing | Find::Ask => None,
            })
    }

    /// Binds a name.
    pub fn set_name(&self, name: &Name, value: Value) {
        let old = self.table.with_mut(|table| {
            let key = name.to_value();
            match table.find(name.hash(), &key) {
                Find::Found(at) => table.set_value(at, value),
                Find::Missing | Find::Ask => {
                    table.insert_new(name.hash(), key, value);
                    Value::UNSET
                }
            }
        });
        drop(old);
    }

    /// Unbinds a name; gives its value.
    pub fn del_name(&self, name: &Name) -> Option<Value> {
        self.table
            .with_mut(|table| match table.find(name.hash(), &name.to_value()) {
                Find::Found(at) => Some(table.remove(at).1),
                Find::Missing | Find::Ask => None,
            })
    }
}

impl ClassObj {
    /// A name defined in this class itself.
    pub fn own(&self, vm: &mut Vm, name: &Name) -> Option<Value> {
        if !self.pending.get().is_empty() {
            fill_class(vm, self);
        }
        self.dict.get_name(name)
    }
}

/// Puts the method table of a built-in class into its dict.
#[cold]
pub fn fill_class(vm: &mut Vm, class: &ClassObj) {
    let methods = class.pending.replace(&[]);
    let owner: &'static str = methods_owner(vm, class);
    for method in methods {
        let name = vm.intern(method.name);
        class.dict.set_name(&name, method_value(method, owner));
    }
}

fn methods_owner(vm: &Vm, class: &ClassObj) -> &'static str {
    let name = class.name_text();
    vm.types
        .by_name
        .get_key_value(name.as_str())
        .map_or("object", |(name, _)| *name)
}

pub(crate) fn method_value(method: &Method, owner: &'static str) -> Value {
    let native = |is_method| {
        Value::new(NativeObj {
            name: method.name,
            owner: Some(owner),
            function: method.function,
            at_once: method.at_once,
            doc: method.doc,
            is_method,
        })
    };
    match (method.kind, method.function) {
        (MethodKind::Attribute, NativeFn::Attr(get, set)) => Value::new(DescrObj::GetSet {
            name: method.name,
            get,
            set,
        }),
        (MethodKind::Absent, _) => Value::NONE,
        (MethodKind::Class, _) => Value::new(DescrObj::ClassMethod(native(true))),
        (MethodKind::Static, _) => native(false),
        (MethodKind::Method | MethodKind::Attribute, _) => native(true),
    }
}

/// Where the cache keeps what a name means in a class.
#[inline(always)]
fn cache_slot(class: &ClassObj, name: &Name) -> usize {
    let spread = (class.id as usize).wrapping_mul(31);
    spread.wrapping_add(name.address() >> 4) & (CACHE_SIZE - 1)
}

impl Vm {
    /// Looks a name up in a class and its bases, without binding.
    #[inline]
    pub fn lookup(&mut self, class: &ClassObj, name: &Name) -> Option<Value> {
        match self.looked_up(class, name) {
            Some(found) => found,
            None => self.lookup_slow(class, name, cache_slot(class, name)),
        }
    }

    /// What a look-up gave that is remembered.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is masked to the size of the cache"
    )]
    fn looked_up(&self, class: &ClassObj, name: &Name) -> Option<Option<Value>> {
        let entry = &self.method_cache.entries[cache_slot(class, name)];
        let same =
            entry.class_id == class.id && entry.name == name.address() && entry.epoch == self.epoch;
        same.then(|| entry.found.clone())
    }

    /// Whether it is remembered that a class has nothing under a name that has a say when instances
    /// are read or written: nothing at all, or what is no descriptor.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is masked to the size of the cache"
    )]
    fn leaves_alone(&self, class: &ClassObj, name: &Name) -> bool {
        let entry = &self.method_cache.entries[cache_slot(class, name)];
        entry.class_id == class.id
            && entry.name == name.address()
            && entry.epoch == self.epoch
            && !matches!(&entry.found, Some(found) if matches!(found.tag(), Tag::Descr | Tag::Instance))
    }

    /// What an instance keeps itself under a name, if it is remembered that reading it means that.
    #[inline]
    fn quick_attribute(&self, object: &Value, name: &Name) -> Option<Value> {
        let instance = object.as_instance()?;
        let plain = instance.class.with(|class| {
            let (epoch, hooks) = class.hooks.get();
            epoch == self.epoch && !hooks.read && !class.builtin && self.leaves_alone(class, name)
        });
        plain.then(|| instance.attribute(name))?
    }

    /// Which hooks of the script have a say when attributes of an instance are read or written.
    #[inline]
    fn hooks_of(&mut self, instance: &InstanceObj) -> Hooks {
        let (epoch, hooks) = instance.class.with(|class| class.hooks.get());
        if epoch == self.epoch {
            return hooks;
        }
        self.find_hooks(instance)
    }

    #[cold]
    fn find_hooks(&mut self, instance: &InstanceObj) -> Hooks {
        let class = instance.class.get();
        let names = &self.names;
        let [read, write, missing] = [
            names.__getattribute__.clone(),
            names.__setattr__.clone(),
            names.__getattr__.clone(),
        ];
        let own = |found: Option<Value>| found.is_some_and(|found| found.tag() != Tag::Native);
        let hooks = Hooks {
            read: own(self.lookup(&class, &read)),
            write: own(self.lookup(&class, &write)),
            missing: self.lookup(&class, &missing).is_some(),
        };
        class.hooks.set((self.epoch, hooks));
        hooks
    }

    #[cold]
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is masked to the size of the cache"
    )]
    fn lookup_slow(&mut self, class: &ClassObj, name: &Name, slot: usize) -> Option<Value> {
        let mro = class.mro.get();
        let found = mro.iter().find_map(|class| class.own(self, name));
        self.method_cache.entries[slot] = CachedMethod {
            class_id: class.id,
            epoch: self.epoch,
            name: name.address(),
            found: found.clone(),
        };
        found
    }

    /// Looks a name up on the class of a value: how special methods are found.
    pub fn lookup_special(&mut self, value: &Value, name: &Name) -> Option<Value> {
        if let Some(instance) = value.as_instance()
            && let Some(found) = instance.class.with(|class| self.looked_up(class, name))
        {
            return found;
        }
        let class = self.class_of(value);
        self.lookup(&class, name)
    }

    /// A name of a class has another value, which means nothing to anybody who does not ask for it:
    /// the class knows it, and the classes below look for it anew.
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is masked to the size of the cache"
    )]
    pub fn data_changed(&mut self, class: &ClassObj, name: &Name, value: Option<&Value>) {
        let entry = &mut self.method_cache.entries[cache_slot(class, name)];
        let mut old = None;
        if entry.class_id == class.id && entry.name == name.address() {
            old = std::mem::replace(&mut entry.found, value.cloned());
            entry.epoch = if value.is_some() { self.epoch } else { 0 };
        }
        drop(old);
        class.subclasses.with(|below| {
            for class in below {
                self.data_changed(class, name, None);
            }
        });
    }

    /// Tells every cache that a class changed.
    pub fn class_changed(&mut self) {
        self.epoch = self.epoch.wrapping_add(1).max(1);
    }

    /// Whether an instance is a descriptor.
    pub(crate) fn is_descriptor(&mut self, instance: &Value) -> bool {
        let (get, set) = (self.names.__get__.clone(), self.names.__set__.clone());
        self.lookup_special(instance, &get).is_some()
            || self.lookup_special(instance, &set).is_some()
    }

    /// Whether something found in a class is asked before the instance is: a data descriptor, unless it
    /// has no `__get__` (data model, "Invoking Descriptors").
    pub(crate) fn is_data_descriptor(&mut self, found: &Value) -> bool {
        match found.as_descr() {
            Some(
                DescrObj::Property { .. }
                | DescrObj::GetSet { .. }
                | DescrObj::Member(_)
                | DescrObj::TupleItem { .. },
            ) => true,
            Some(DescrObj::StaticMethod(_) | DescrObj::ClassMethod(_)) => false,
            None => {
                let Some(instance) = found.as_instance() else {
                    return false;
                };
                let class = instance.class.get();
                let names = &self.names;
                let (get, set) = (names.__get__.clone(), names.__set__.clone());
                let delete = names.__delete__.clone();
                self.lookup(&class, &get).is_some()
                    && (self.lookup(&class, &set).is_some()
                        || self.lookup(&class, &delete).is_some())
            }
        }
    }

    /// What reading an attribute gives when the class has `found` under its name.
    ///
    /// # Errors
    /// What a getter raises.
    pub fn bind_attribute(&mut self, found: Value, object: &Value, class: &Ref<ClassObj>) -> R {
        match found.tag() {
            Tag::Func => Ok(Value::new(MethodObj {
                func: found,
                receiver: object.clone(),
            })),
            Tag::Native if found.as_native().is_some_and(|native| native.is_method) => {
                Ok(Value::new(MethodObj {
                    func: found,
                    receiver: object.clone(),
                }))
            }
            Tag::Descr => self.bind_descriptor(&found, object, class),
            Tag::Instance => self.bind_instance(found, object, class),
            _ => Ok(found),
        }
    }

    fn bind_descriptor(&mut self, found: &Value, object: &Value, class: &Ref<ClassObj>) -> R {
        match found.as_descr() {
            Some(DescrObj::Property { get, .. }) => {
                if get.is_none() {
                    return Err(descriptors::missing_part(self, found, object, "getter"));
                }
                self.call(get, std::slice::from_ref(object))
            }
            Some(DescrObj::StaticMethod(func)) => Ok(func.clone()),
            Some(DescrObj::ClassMethod(func)) => Ok(Value::new(MethodObj {
                func: func.clone(),
                receiver: class.to_value(),
            })),
            Some(DescrObj::GetSet { get, .. }) => get(self, object),
            Some(DescrObj::TupleItem { at, .. }) => {
                let base = object.as_instance().and_then(|i| i.base_value());
                let tuple = base.as_ref().unwrap_or(object).as_tuple();
                match tuple.and_then(|tuple| tuple.items.get(*at)) {
                    Some(item) => Ok(item.clone()),
                    None => Err(self.index_error("tuple index out of range")),
                }
            }
            Some(DescrObj::Member(name)) => {
                let name = name.clone();
                match object.as_instance().and_then(|i| i.attribute(&name)) {
                    Some(value) => Ok(value),
                    None => Err(self.no_attribute(object, &name)),
                }
            }
            None => Ok(found.clone()),
        }
    }

    fn bind_instance(&mut self, found: Value, object: &Value, class: &Ref<ClassObj>) -> R {
        let get = self.names.__get__.clone();
        match self.lookup_special(&found, &get) {
            Some(getter) => self.call(&getter, &[found, object.clone(), class.to_value()]),
            None => Ok(found),
        }
    }
}
