//! The attributes that an instance keeps itself: shapes, and the dict of those with many.

use crate::heap::{GcCell, Ref};
use crate::objects::{DictObj, InstanceObj, Name, Payload, Shape};
use crate::value::Value;
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::any::Any;
use std::rc::Rc;

/// Attributes beyond which an instance keeps a dict instead of a shape.
const MAX_SHAPED: usize = 64;

impl Vm {
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
                .with_mut(|slots| slots.get_mut(slot).map(|old| std::mem::replace(old, value)));
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
        self.look_base(Value::clone)
    }

    /// What `look` says of the value of the built-in base class; it runs no code of the script.
    #[inline]
    pub fn look_base<U>(&self, look: impl FnOnce(&Value) -> U) -> Option<U> {
        self.payload.with(|payload| match payload {
            Payload::Base(value) => Some(look(value)),
            Payload::None | Payload::Exc(_) | Payload::Native(_) => None,
        })
    }

    /// What `look` says of the library object inside; it runs no code of the script.
    #[inline]
    pub fn look_native<T: crate::objects::NativeData, U>(
        &self,
        look: impl FnOnce(&T) -> U,
    ) -> Option<U> {
        self.payload.with(|payload| match payload {
            Payload::Native(object) => {
                let object: &dyn Any = &**object;
                object.downcast_ref::<T>().map(look)
            }
            Payload::None | Payload::Exc(_) | Payload::Base(_) => None,
        })
    }

    /// The library object inside, if it is of that type.
    #[inline(always)]
    pub fn native<T: crate::objects::NativeData>(&self) -> Option<Rc<T>> {
        self.payload.with(|payload| match payload {
            Payload::Native(object) => {
                let object: Rc<dyn Any> = object.clone();
                object.downcast().ok()
            }
            Payload::None | Payload::Exc(_) | Payload::Base(_) => None,
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
