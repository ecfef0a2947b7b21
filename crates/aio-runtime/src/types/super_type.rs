//! `super`: attribute look-up after a class in the MRO.

use crate::error::R;
use crate::heap::Ref;
use crate::native::Method;
use crate::objects::{ClassObj, InstanceObj, Name, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use std::any::Any;

/// The methods.
pub const METHODS: &[Method] = &[];

/// What a `super` object holds.
pub struct SuperData {
    /// The class after which the search begins.
    pub after: Ref<ClassObj>,
    /// The receiver: an instance, or a class for class methods.
    pub object: Value,
    /// The class whose MRO is searched.
    pub class: Ref<ClassObj>,
}

impl NativeData for SuperData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Finds a name after `after` in the MRO of `class`.
pub fn lookup_after(
    vm: &mut Vm,
    after: &Ref<ClassObj>,
    class: &Ref<ClassObj>,
    name: &Name,
) -> Option<Value> {
    let mro = class.mro.get();
    let at = mro.iter().position(|base| base.id == after.id)?;
    mro[at + 1..].iter().find_map(|base| base.own(vm, name))
}

/// The attribute of a `super` object; `None` when the instance is no `super` object, or has no
/// such attribute.
///
/// # Errors
/// What a descriptor raises.
pub fn super_get(vm: &mut Vm, instance: &InstanceObj, name: &Name) -> R<Option<Value>> {
    let Some(object) = instance.native::<SuperData>() else {
        return Ok(None);
    };
    let Some(data) = object.as_any().downcast_ref::<SuperData>() else {
        return Ok(None);
    };
    let Some(found) = lookup_after(vm, &data.after, &data.class, name) else {
        return Ok(None);
    };
    if data.object.tag() == crate::value::Tag::Class && found.as_descr().is_none() {
        return Ok(Some(found));
    }
    vm.bind_attribute(found, &data.object, &data.class)
        .map(Some)
}
