//! Reading attributes: `object.name`.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{ClassObj, DescrObj, FutureObj, MethodObj, ModuleObj, Name};
use crate::types::super_type;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
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
            Tag::Instance => match self.quick_attribute(object, name) {
                Some(value) => Ok(Some(value)),
                None => self.instance_get(object, name),
            },
            Tag::Class => self.class_get(object, name),
            Tag::Module => self.module_get(object, name),
            _ => self.generic_get(object, name),
        }
    }

    fn instance_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(instance) = object.as_instance() else {
            return Ok(None);
        };
        if instance.class.with(|class| class.builtin) {
            if let Some(result) = super_type::super_get(self, instance, name)? {
                return Ok(Some(result));
            }
        } else if self.hooks_of(instance).read {
            let class = instance.class.get();
            let hook = self.names.__getattribute__.clone();
            if let Some(found) = self.lookup(&class, &hook) {
                let got = self.call(&found, &[object.clone(), name.to_value()]);
                return self.or_getattr(got.map(Some), object, name, &class);
            }
        }
        self.default_get(object, name)
    }

    /// `object.__getattribute__` and `__getattr__` for an instance.
    pub fn default_get(&mut self, object: &Value, name: &Name) -> R<Option<Value>> {
        let Some(instance) = object.as_instance() else {
            return self.generic_get(object, name);
        };
        let got = self.plain_get(object, name);
        match got {
            Ok(Some(_)) => got,
            Ok(None) | Err(_) if self.hooks_of(instance).missing => {
                let class = instance.class.get();
                self.or_getattr(got, object, name, &class)
            }
            Ok(None) | Err(_) => got,
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
        if let Some(value) = self.lazy_name(&module, name)? {
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

    /// A name that a built-in module makes on first use, unless the script deleted it.
    ///
    /// # Errors
    /// What making it raises; `NotImplementedError` for a name that is not offered.
    pub fn lazy_name(&mut self, module: &ModuleObj, name: &Name) -> R<Option<Value>> {
        match module.lazy {
            Some(lazy)
                if !module
                    .deleted
                    .with(|names| names.iter().any(|n| n.same(name))) =>
            {
                lazy(self, name.text())
            }
            Some(_) | None => Ok(None),
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
        if let Some(future) = object.as_future() {
            return self.future_get(object, future, name, &class);
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

    /// Futures have attributes of their own, and those of a subclass may have hooks.
    fn future_get(
        &mut self,
        object: &Value,
        future: &FutureObj,
        name: &Name,
        class: &Ref<ClassObj>,
    ) -> R<Option<Value>> {
        let found = self.lookup(class, name);
        let own = future.attributes().and_then(|own| own.get_name(name));
        let got = match (found, own) {
            (Some(found), Some(_)) if self.is_data_descriptor(&found) => {
                self.bind_attribute(found, object, class).map(Some)
            }
            (_, Some(own)) => Ok(Some(own)),
            (Some(found), None) => self.bind_attribute(found, object, class).map(Some),
            (None, None) => Ok(None),
        };
        match class.builtin {
            true => got,
            false => self.or_getattr(got, object, name, class),
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
                self.name_of_class(class)
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
}
