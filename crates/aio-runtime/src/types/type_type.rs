//! `type`: making classes and instances.

use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method};
use crate::objects::{ClassObj, InstanceObj, Layout, Payload};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::cell::Cell;

/// The methods.
pub const METHODS: &[Method] = &[];

/// A new instance of a class of the script, without attributes.
#[inline]
pub fn new_instance(class: &Ref<ClassObj>, payload: Payload) -> Value {
    Value::new(InstanceObj {
        class: GcCell::new(class.clone()),
        shape: Cell::new(class.root_shape),
        slots: GcCell::new(Vec::new()),
        payload: GcCell::new(payload),
        finalized: Cell::new(false),
    })
}

/// `class(*args, **kwargs)`: `__new__`, then `__init__` when the result is an instance.
///
/// # Errors
/// What they raise.
pub fn make_instance(vm: &mut Vm, class: &Ref<ClassObj>, args: Args<'_>) -> R {
    let (new_name, init_name) = (vm.names.__new__.clone(), vm.names.__init__.clone());
    let new = vm.lookup(class, &new_name);
    let object_class = vm.types.object.clone();
    let object_new = vm.lookup(&object_class, &new_name);
    let plain = match (&new, &object_new) {
        (Some(new), Some(object_new)) => new.is(object_new),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let mut all = Vec::with_capacity(args.pos.len() + 1);
    let object = if plain && class.layout.get() == Layout::Object {
        new_instance(class, Payload::None)
    } else {
        let Some(new) = new else {
            let name = class.name_text();
            return Err(vm.type_error(format!("cannot create '{name}' instances")));
        };
        all.push(class.to_value());
        all.extend_from_slice(args.pos);
        let new = match new.as_descr() {
            Some(crate::objects::DescrObj::StaticMethod(func)) => func.clone(),
            _ => new,
        };
        let object = vm.call_args(
            &new,
            Args {
                pos: &all,
                kw: args.kw,
            },
        )?;
        all.clear();
        if !vm.class_of(&object).is_subclass_of(class) {
            return Ok(object);
        }
        object
    };
    let init = vm.lookup(class, &init_name);
    if let Some(init) = init {
        all.push(object.clone());
        all.extend_from_slice(args.pos);
        let result = vm.call_args(
            &init,
            Args {
                pos: &all,
                kw: args.kw,
            },
        )?;
        if result.tag() != Tag::None {
            let name = vm.type_name(&result);
            return Err(vm.type_error(format!("__init__() should return None, not '{name}'")));
        }
    }
    Ok(object)
}
