//! Attribute access: classes, instances, descriptors, and the caches in front of them.
//!
//! The order is Python's (data model, "Invoking Descriptors"): a data descriptor of the class,
//! then the instance, then anything else of the class, then `__getattr__`.

use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Method, MethodKind, NativeFn};
use crate::objects::{
    ClassObj, DescrObj, DictObj, InstanceObj, MethodObj, Name, NativeObj, Payload, Shape,
};
use crate::types::{descriptors, super_type};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;

/// Attributes beyond which an instance keeps a dict instead of a shape.
const MAX_SHAPED: usize = 64;

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
            .with(|table| match table.lookup(name.hash(), &name.to_value()) {
                crate::table::Lookup::Found(at) => table.entry(at).map(|entry| entry.value.clone()),
                crate::table::Lookup::Missing | crate::table::Lookup::Ask(_) => None,
            })
    }

    /// Binds a name.
    pub fn set_name(&self, name: &Name, value: Value) {
        let old = self.table.with_mut(|table| {
            let key = name.to_value();
            match table.lookup(name.hash(), &key) {
                crate::table::Lookup::Found(at) => table.set_value(at, value),
                crate::table::Lookup::Missing | crate::table::Lookup::Ask(_) => {
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
            .with_mut(|table| match table.lookup(name.hash(), &name.to_value()) {
                crate::table::Lookup::Found(at) => Some(table.remove(at).1),
                crate::table::Lookup::Missing | crate::table::Lookup::Ask(_) => None,
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

impl Vm {
    /// Looks a name up in a class and its bases, without binding.
    #[inline]
    pub fn lookup(&mut self, class: &ClassObj, name: &Name) -> Option<Value> {
        let slot = (class.id as usize)
            .wrapping_mul(31)
            .wrapping_add(name.address() >> 4)
            & (CACHE_SIZE - 1);
        let entry = &self.method_cache.entries[slot];
        if entry.class_id == class.id && entry.name == name.address() && entry.epoch == self.epoch {
            return entry.found.clone();
        }
        self.lookup_slow(class, name, slot)
    }

    #[cold]
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
        let class = self.class_of(value);
        self.lookup(&class, name)
    }

    /// Tells every cache that a class changed.
    pub fn class_changed(&mut self) {
        self.epoch = self.epoch.wrapping_add(1).max(1);
    }

    /// Whether something found in a class overrides the instance.
    fn is_data_descriptor(&mut self, found: &Value) -> bool {
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
                let set = self.names.__set__.clone();
                let delete = self.names.__delete__.clone();
                self.lookup(&class, &set).is_some() || self.lookup(&class, &delete).is_some()
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

    /// `object.name`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__getattr__` raises.
    pub fn get_attr(&mut self, object: &Value, name: &Name) -> R {
        match self.get_attr_opt(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// `object.name`, `None` where it has no such attribute (cheaper than catching the error;
    /// an `AttributeError` raised by code of the script gives `None` too).
    ///
    /// # Errors
    /// Any other exception of a descriptor or `__getattr__`.
    pub fn get_attr_opt(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        match object.tag() {
            Tag::Instance => self.instance_get(object, name),
            Tag::Class => self.class_get(object, name),
            Tag::Module => self.module_get(object, name),
            _ => self.generic_get(object, name),
        }
    }

    fn instance_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(instance) = object.as_instance() else {
            return Ok(None);
        };
        let class = instance.class.get();
        if !class.builtin {
            let hook = self.names.__getattribute__.clone();
            if let Some(found) = self.lookup(&class, &hook)
                && found.tag() != Tag::Native
            {
                let got = self.call(&found, &[object.clone(), name.to_value()]);
                return self.or_getattr(got.map(Some), object, name, &class);
            }
        } else if let Some(result) = super_type::super_get(self, instance, name)? {
            return Ok(Some(result));
        }
        self.default_get(object, name)
    }

    /// `object.__getattribute__` and `__getattr__` for an instance.
    pub fn default_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(instance) = object.as_instance() else {
            return self.generic_get(object, name);
        };
        let class = instance.class.get();
        let got = self.plain_get(object, name);
        match got {
            Ok(Some(_)) => got,
            Ok(None) | Err(_) => self.or_getattr(got, object, name, &class),
        }
    }

    /// `object.__getattribute__` for an instance, without `__getattr__`.
    pub fn plain_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(instance) = object.as_instance() else {
            return self.generic_get(object, name);
        };
        let class = instance.class.get();
        let found = self.lookup(&class, name);
        if let Some(found) = &found
            && self.is_data_descriptor(found)
        {
            return self.bind_attribute(found.clone(), object, &class).map(Some);
        }
        if let Some(value) = instance.attribute(name) {
            return Ok(Some(value));
        }
        match found {
            Some(found) => self.bind_attribute(found, object, &class).map(Some),
            None => Ok(None),
        }
    }

    /// Falls back to `__getattr__` when nothing was found or `AttributeError` was raised.
    fn or_getattr(
        &mut self,
        got: R<Option<Value>>,
        object: &Value,
        name: &Name,
        class: &Ref<ClassObj>,
    ) -> R<Option<Value>> {
        match &got {
            Ok(Some(_)) => return got,
            Ok(None) => {}
            Err(_) => {
                let attribute_error = self.types.attribute_error.clone();
                if !self.pending_is(&attribute_error) {
                    return got;
                }
            }
        }
        let hook = self.names.__getattr__.clone();
        match self.lookup(class, &hook) {
            Some(found) => {
                drop(self.take_pending());
                self.call(&found, &[object.clone(), name.to_value()])
                    .map(Some)
            }
            None => got,
        }
    }

    fn class_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(class) = object.to_class() else {
            return Ok(None);
        };
        let metaclass = self.class_of(object);
        let meta_found = self.lookup(&metaclass, name);
        if let Some(found) = &meta_found
            && self.is_data_descriptor(found)
        {
            return self
                .bind_attribute(found.clone(), object, &metaclass)
                .map(Some);
        }
        if let Some(found) = self.lookup(&class, name) {
            return self.bind_in_class(found, &class).map(Some);
        }
        match meta_found {
            Some(found) => self.bind_attribute(found, object, &metaclass).map(Some),
            None => {
                let hook = self.names.__getattr__.clone();
                match self.lookup(&metaclass, &hook) {
                    Some(found) => self
                        .call(&found, &[object.clone(), name.to_value()])
                        .map(Some),
                    None => Ok(None),
                }
            }
        }
    }

    /// What reading an attribute of a class gives: `__get__(None, class)`.
    pub fn bind_in_class(&mut self, found: Value, class: &Ref<ClassObj>) -> R {
        match found.as_descr() {
            Some(DescrObj::StaticMethod(func)) => Ok(func.clone()),
            Some(DescrObj::ClassMethod(func)) => Ok(Value::new(MethodObj {
                func: func.clone(),
                receiver: class.to_value(),
            })),
            Some(
                DescrObj::Property { .. }
                | DescrObj::GetSet { .. }
                | DescrObj::Member(_)
                | DescrObj::TupleItem { .. },
            ) => Ok(found),
            None if found.tag() == Tag::Instance => {
                let get = self.names.__get__.clone();
                match self.lookup_special(&found, &get) {
                    Some(getter) => self.call(&getter, &[found, Value::NONE, class.to_value()]),
                    None => Ok(found),
                }
            }
            None => Ok(found),
        }
    }

    fn module_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(module) = object.to_module() else {
            return Ok(None);
        };
        if let Some(value) = module.dict.get_name(name) {
            return Ok(Some(value));
        }
        if let Some(lazy) = module.lazy
            && let Some(value) = lazy(self, name.text())?
        {
            module.dict.set_name(name, value.clone());
            return Ok(Some(value));
        }
        if let Some(value) = self.generic_get(object, name)? {
            return Ok(Some(value));
        }
        let hook = self.names.__getattr__.clone();
        match module.dict.get_name(&hook) {
            Some(found) => self.call(&found, &[name.to_value()]).map(Some),
            None => Ok(None),
        }
    }

    /// Values that have no attributes of their own besides those of their class (functions keep
    /// theirs in `extra`).
    fn generic_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let class = self.class_of(object);
        if let Some(func) = object.as_func() {
            let own = func.extra.with(|extra| {
                extra
                    .attributes
                    .as_ref()
                    .and_then(|attributes| attributes.get_name(name))
            });
            if own.is_some() {
                return Ok(own);
            }
        }
        match self.lookup(&class, name) {
            Some(found) => self.bind_attribute(found, object, &class).map(Some),
            None => match object.as_method() {
                // A bound method shows the attributes of its function.
                Some(method) => {
                    let func = method.func.clone();
                    self.get_attr_opt(&func, name)
                }
                None => Ok(None),
            },
        }
    }

    /// The `AttributeError` for a missing attribute.
    #[cold]
    pub fn no_attribute(&mut self, object: &Value, name: &Name) -> crate::error::Raised {
        if !self.pending.is_unset() {
            return crate::error::Raised;
        }
        let name_text = name.text();
        let message = if let Some(class) = object.as_class() {
            format!(
                "type object '{}' has no attribute '{name_text}'",
                class.name_text()
            )
        } else if let Some(module) = object.as_module() {
            format!(
                "module '{}' has no attribute '{name_text}'",
                module.name.text()
            )
        } else {
            // A bound method shows the attributes of its function.
            let shown = match object.as_method() {
                Some(method) if method.func.tag() == Tag::Func => self.type_name(&method.func),
                Some(_) | None => self.type_name(object),
            };
            format!("'{shown}' object has no attribute '{name_text}'")
        };
        let raised = self.attribute_error(message);
        crate::error::with_exc_data(&self.pending, |data| {
            data.set_field("name", name.to_value());
            data.set_field("obj", object.clone());
        });
        raised
    }

    /// `object.name = value`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__setattr__` raises.
    pub fn set_attr(&mut self, object: &Value, name: &Name, value: Value) -> R<()> {
        match object.tag() {
            Tag::Instance => {
                let class = self.class_of(object);
                if !class.builtin {
                    let hook = self.names.__setattr__.clone();
                    if let Some(found) = self.lookup(&class, &hook)
                        && found.tag() != Tag::Native
                    {
                        self.call(&found, &[object.clone(), name.to_value(), value])?;
                        return Ok(());
                    }
                }
                self.default_set(object, name, value)
            }
            Tag::Class => {
                let metaclass = self.class_of(object);
                if !metaclass.builtin {
                    let hook = self.names.__setattr__.clone();
                    if let Some(found) = self.lookup(&metaclass, &hook)
                        && found.tag() != Tag::Native
                    {
                        self.call(&found, &[object.clone(), name.to_value(), value])?;
                        return Ok(());
                    }
                }
                self.class_set(object, name, value)
            }
            Tag::Module => {
                if let Some(module) = object.as_module() {
                    module.dict.set_name(name, value);
                }
                Ok(())
            }
            _ => self.generic_set(object, name, value),
        }
    }

    /// `object.__setattr__` for an instance.
    pub fn default_set(&mut self, object: &Value, name: &Name, value: Value) -> R<()> {
        let Some(instance) = object.as_instance() else {
            return self.generic_set(object, name, value);
        };
        let class = instance.class.get();
        if let Some(found) = self.lookup(&class, name)
            && let Some(done) = self.set_through(&found, object, name, value.clone())?
        {
            return Ok(done);
        }
        if !class.has_dict.get() {
            return Err(self.read_only(object, name, &class));
        }
        instance.set_attribute(self, name, value);
        Ok(())
    }

    /// Sets through a data descriptor; `None` when `found` is none.
    fn set_through(
        &mut self,
        found: &Value,
        object: &Value,
        name: &Name,
        value: Value,
    ) -> R<Option<()>> {
        match found.as_descr() {
            Some(DescrObj::Property { set, .. }) => {
                if set.is_none() {
                    return Err(descriptors::missing_part(self, found, object, "setter"));
                }
                self.call(set, &[object.clone(), value])?;
                Ok(Some(()))
            }
            Some(DescrObj::GetSet { set: Some(set), .. }) => set(self, object, value).map(Some),
            Some(DescrObj::GetSet {
                name, set: None, ..
            }) => {
                let class = self.type_name(object);
                Err(self.attribute_error(format!(
                    "attribute '{name}' of '{class}' objects is not writable"
                )))
            }
            Some(DescrObj::TupleItem { .. }) => Err(self.attribute_error("can't set attribute")),
            Some(DescrObj::Member(_)) => {
                if let Some(instance) = object.as_instance() {
                    instance.set_attribute(self, name, value);
                }
                Ok(Some(()))
            }
            Some(DescrObj::StaticMethod(_) | DescrObj::ClassMethod(_)) => Ok(None),
            None => {
                if found.tag() != Tag::Instance {
                    return Ok(None);
                }
                let hook = self.names.__set__.clone();
                match self.lookup_special(found, &hook) {
                    Some(setter) => {
                        self.call(&setter, &[found.clone(), object.clone(), value])?;
                        Ok(Some(()))
                    }
                    None => Ok(None),
                }
            }
        }
    }

    /// `type.__setattr__`
    ///
    /// # Errors
    /// `TypeError` for a built-in class; what a descriptor of the metaclass raises.
    pub fn class_set(&mut self, object: &Value, name: &Name, value: Value) -> R<()> {
        let Some(class) = object.to_class() else {
            return Ok(());
        };
        let metaclass = self.class_of(object);
        if let Some(found) = self.lookup(&metaclass, name)
            && let Some(done) = self.set_through(&found, object, name, value.clone())?
        {
            return Ok(done);
        }
        if class.builtin {
            let (name, class) = (name.text(), class.name_text());
            return Err(self.type_error(format!(
                "cannot set '{name}' attribute of immutable type '{class}'"
            )));
        }
        if name.same(&self.names.__del__) {
            class.has_del.set(true);
        }
        class.dict.set_name(name, value);
        self.class_changed();
        Ok(())
    }

    fn generic_set(&mut self, object: &Value, name: &Name, value: Value) -> R<()> {
        let class = self.class_of(object);
        let found = self.lookup(&class, name);
        if let Some(found) = &found
            && let Some(done) = self.set_through(found, object, name, value.clone())?
        {
            return Ok(done);
        }
        if let Some(func) = object.as_func() {
            let attributes = func.extra.with_mut(|extra| {
                extra
                    .attributes
                    .get_or_insert_with(|| Ref::new(DictObj::default()))
                    .clone()
            });
            attributes.set_name(name, value);
            return Ok(());
        }
        Err(self.read_only(object, name, &class))
    }

    #[cold]
    fn read_only(
        &mut self,
        object: &Value,
        name: &Name,
        class: &Ref<ClassObj>,
    ) -> crate::error::Raised {
        let (class_name, text) = (self.type_name(object), name.text());
        let message = if self.lookup(class, name).is_some() {
            format!("'{class_name}' object attribute '{text}' is read-only")
        } else {
            format!(
                "'{class_name}' object has no attribute '{text}' and no __dict__ for setting new \
                 attributes"
            )
        };
        self.attribute_error(message)
    }

    /// `del object.name`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__delattr__` raises.
    pub fn del_attr(&mut self, object: &Value, name: &Name) -> R<()> {
        if object.tag() == Tag::Class {
            let metaclass = self.class_of(object);
            let hook = self.names.__delattr__.clone();
            if !metaclass.builtin
                && let Some(found) = self.lookup(&metaclass, &hook)
                && found.tag() != Tag::Native
            {
                self.call(&found, &[object.clone(), name.to_value()])?;
                return Ok(());
            }
            return self.class_del(object, name);
        }
        if let Some(module) = object.as_module() {
            return match module.dict.del_name(name) {
                Some(_) => Ok(()),
                None => Err(self.no_attribute(object, name)),
            };
        }
        let class = self.class_of(object);
        if !class.builtin {
            let hook = self.names.__delattr__.clone();
            if let Some(found) = self.lookup(&class, &hook)
                && found.tag() != Tag::Native
            {
                self.call(&found, &[object.clone(), name.to_value()])?;
                return Ok(());
            }
        }
        self.default_del(object, name)
    }

    /// `type.__delattr__`
    ///
    /// # Errors
    /// `AttributeError` when the class has no such name; `TypeError` for a built-in class.
    pub fn class_del(&mut self, object: &Value, name: &Name) -> R<()> {
        let Some(class) = object.to_class() else {
            return Ok(());
        };
        if class.builtin {
            let (name, class) = (name.text(), class.name_text());
            return Err(self.type_error(format!(
                "cannot set '{name}' attribute of immutable type '{class}'"
            )));
        }
        if class.dict.del_name(name).is_none() {
            return Err(self.no_attribute(object, name));
        }
        self.class_changed();
        Ok(())
    }

    /// `object.__delattr__`
    pub fn default_del(&mut self, object: &Value, name: &Name) -> R<()> {
        let class = self.class_of(object);
        if let Some(found) = self.lookup(&class, name) {
            match found.as_descr() {
                Some(DescrObj::Property { del, .. }) => {
                    if del.is_none() {
                        return Err(descriptors::missing_part(self, &found, object, "deleter"));
                    }
                    self.call(del, std::slice::from_ref(object))?;
                    return Ok(());
                }
                Some(DescrObj::GetSet { set: Some(set), .. }) => {
                    return set(self, object, Value::UNSET);
                }
                _ => {
                    let hook = self.names.__delete__.clone();
                    if found.tag() == Tag::Instance
                        && let Some(deleter) = self.lookup_special(&found, &hook)
                    {
                        self.call(&deleter, &[found, object.clone()])?;
                        return Ok(());
                    }
                }
            }
        }
        let removed = match (object.as_instance(), object.as_func()) {
            (Some(instance), _) => instance.del_attribute(self, name),
            (None, Some(func)) => func.extra.with(|extra| {
                extra
                    .attributes
                    .as_ref()
                    .and_then(|attributes| attributes.del_name(name))
            }),
            (None, None) => None,
        };
        match removed {
            Some(_) => Ok(()),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// The shape with one more name.
    pub fn next_shape(&mut self, shape: &'static Shape, name: &Name) -> &'static Shape {
        if let Some(next) = shape.next.with(|next| next.get(&name.address()).copied()) {
            return next;
        }
        self.last_shape_id += 1;
        let is_dict = shape.names.len() >= MAX_SHAPED;
        let (mut names, mut index) = (Vec::new(), FxHashMap::default());
        if !is_dict {
            names = shape.names.clone();
            index = shape.index.clone();
            index.insert(name.address(), names.len() as u32);
            names.push(name.clone());
        }
        let next: &'static Shape = Box::leak(Box::new(Shape {
            id: self.last_shape_id,
            class_id: shape.class_id,
            names,
            index,
            next: GcCell::new(FxHashMap::default()),
            is_dict,
        }));
        if !is_dict {
            shape
                .next
                .with_mut(|table| table.insert(name.address(), next));
        }
        next
    }
}

impl InstanceObj {
    /// An attribute of the instance itself.
    #[inline]
    pub fn attribute(&self, name: &Name) -> Option<Value> {
        let shape = self.shape.get();
        if shape.is_dict {
            return self
                .slots
                .with(|slots| slots.first().and_then(Value::to_dict))?
                .get_name(name);
        }
        let slot = shape.slot_of(name)?;
        self.slots.with(|slots| slots.get(slot).cloned())
    }

    /// Sets an attribute of the instance itself.
    pub fn set_attribute(&self, vm: &mut Vm, name: &Name, value: Value) {
        let shape = self.shape.get();
        if shape.is_dict {
            if let Some(dict) = self
                .slots
                .with(|slots| slots.first().and_then(Value::to_dict))
            {
                dict.set_name(name, value);
            }
            return;
        }
        if let Some(slot) = shape.slot_of(name) {
            let old = self
                .slots
                .with_mut(|slots| std::mem::replace(&mut slots[slot], value));
            drop(old);
            return;
        }
        let next = vm.next_shape(shape, name);
        if next.is_dict {
            self.to_dict_mode(vm).set_name(name, value);
            return;
        }
        self.shape.set(next);
        let class = self.class.get();
        self.slots.with_mut(|slots| {
            if slots.capacity() == 0 {
                slots.reserve_exact(class.attribute_hint.get().max(1) as usize);
            }
            slots.push(value);
            if slots.len() as u32 > class.attribute_hint.get() {
                class.attribute_hint.set(slots.len() as u32);
            }
        });
    }

    /// Removes an attribute of the instance itself; gives its value.
    pub fn del_attribute(&self, vm: &mut Vm, name: &Name) -> Option<Value> {
        self.attribute(name)?;
        self.to_dict_mode(vm).del_name(name)
    }

    /// The attributes as a dict that stays theirs (`__dict__`): from now on the instance keeps
    /// them there.
    pub fn to_dict_mode(&self, vm: &mut Vm) -> Ref<DictObj> {
        let shape = self.shape.get();
        if shape.is_dict
            && let Some(dict) = self
                .slots
                .with(|slots| slots.first().and_then(Value::to_dict))
        {
            return dict;
        }
        let dict = Ref::new(DictObj::default());
        let values = self.slots.replace(Vec::new());
        for (name, value) in shape.names.iter().zip(values) {
            dict.set_name(name, value);
        }
        self.slots.set(vec![dict.to_value()]);
        self.shape.set(vm.dict_shape(shape.class_id));
        dict
    }

    /// The value of the built-in base class, for an instance of `class A(int)` and the like.
    pub fn base_value(&self) -> Option<Value> {
        self.payload.with(|payload| match payload {
            Payload::Base(value) => Some(value.clone()),
            Payload::None | Payload::Exc(_) | Payload::Native(_) => None,
        })
    }

    /// The library object inside.
    pub fn native<T: crate::objects::NativeData>(
        &self,
    ) -> Option<std::rc::Rc<dyn crate::objects::NativeData>> {
        self.payload.with(|payload| match payload {
            Payload::Native(object) if object.as_any().is::<T>() => Some(object.clone()),
            Payload::None | Payload::Exc(_) | Payload::Base(_) | Payload::Native(_) => None,
        })
    }
}

impl Vm {
    /// A shape for instances that keep a dict.
    pub fn dict_shape(&mut self, class_id: u32) -> &'static Shape {
        if let Some(shape) = self.dict_shapes.get(&class_id) {
            return shape;
        }
        self.last_shape_id += 1;
        let shape: &'static Shape = Box::leak(Box::new(Shape {
            id: self.last_shape_id,
            class_id,
            names: Vec::new(),
            index: FxHashMap::default(),
            next: GcCell::new(FxHashMap::default()),
            is_dict: true,
        }));
        self.dict_shapes.insert(class_id, shape);
        shape
    }
}
