//! Setting and deleting attributes: `object.name = value`, `del object.name`.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{ClassObj, DescrObj, DictObj, ModuleObj, Name};
use crate::types::descriptors;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// `object.name = value`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__setattr__` raises.
    pub fn set_attr(&mut self, object: &Value, name: &Name, value: Value) -> R<()> {
        match object.tag() {
            Tag::Instance => {
                let hooked = object.as_instance().is_some_and(|instance| {
                    let builtin = instance.class.with(|class| class.builtin);
                    !builtin && self.hooks_of(instance).write
                });
                if hooked {
                    let hook = self.names.__setattr__.clone();
                    if let Some(found) = self.lookup_special(object, &hook) {
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
        let plain = instance
            .class
            .with(|class| self.leaves_alone(class, name) && class.has_dict.get());
        if !plain {
            let class = instance.class.get();
            if let Some(found) = self.lookup(&class, name)
                && let Some(done) = self.set_through(&found, object, name, value.clone())?
            {
                return Ok(done);
            }
            if !class.has_dict.get() {
                return Err(self.read_only(object, name, &class));
            }
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
            self.has_last_words = true;
        }
        let same_kind = class
            .dict
            .get_name(name)
            .is_some_and(|old| is_data(&old) && is_data(&value));
        if same_kind && !is_special(name) {
            self.data_changed(&class, name, Some(&value));
            class.dict.set_name(name, value);
        } else {
            class.dict.set_name(name, value);
            self.class_changed();
        }
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
        if let Some(future) = object.as_future() {
            future.make_attributes().set_name(name, value);
            return Ok(());
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

    fn module_del(&mut self, module: &ModuleObj, name: &Name) -> R<()> {
        let there = module.dict.del_name(name).is_some() || self.lazy_name(module, name)?.is_some();
        if !there {
            let text = format!("'module' object has no attribute '{}'", name.text());
            return Err(self.attribute_error(text));
        }
        if module.lazy.is_some() {
            module.deleted.with_mut(|names| names.push(name.clone()));
        }
        Ok(())
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
            return self.module_del(module, name);
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
            (None, None) => object
                .as_future()
                .and_then(|future| future.attributes()?.del_name(name)),
        };
        match removed {
            Some(_) => Ok(()),
            None => Err(self.no_attribute(object, name)),
        }
    }
}

/// Whether what a class has under a name is neither called nor asked when an instance's attribute
/// of that name is used, so that one such value is as good as another to the caches of nodes.
fn is_data(value: &Value) -> bool {
    !matches!(
        value.tag(),
        Tag::Func | Tag::Native | Tag::Method | Tag::Descr | Tag::Class | Tag::Instance
    )
}

/// Whether the language looks at a name of a class by itself.
fn is_special(name: &Name) -> bool {
    name.text().starts_with("__") && name.text().ends_with("__")
}
