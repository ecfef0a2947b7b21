//! How a method written in Rust gets at its receiver.
//!
//! A method of a built-in type may be called on the plain value, or on an instance of a class of
//! the script that derives from the type; then the value sits in the payload of the instance.
//! Everything that takes "a list" or "a set" as an argument looks through subclasses the same way.

use super::type_type::new_instance;
use crate::error::{R, Raised};
use crate::heap::{HeapType, Ref};
use crate::native::Args;
use crate::objects::{ClassObj, Payload};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The receiver of a method as a typed pointer.
///
/// # Errors
/// `TypeError` when the method was taken from its class and called with something else.
#[inline]
pub fn receiver<T: HeapType>(
    vm: &mut Vm,
    value: &Value,
    type_name: &str,
    method: &str,
) -> R<Ref<T>> {
    match value.to_ref::<T>() {
        Some(object) => Ok(object),
        None => receiver_of_instance(vm, value, type_name, method),
    }
}

#[inline(never)]
fn receiver_of_instance<T: HeapType>(
    vm: &mut Vm,
    value: &Value,
    type_name: &str,
    method: &str,
) -> R<Ref<T>> {
    match base_of(value).to_ref::<T>() {
        Some(object) => Ok(object),
        None => Err(wrong_receiver(vm, value, type_name, method)),
    }
}

/// The error of a method that was given a receiver of another type.
#[cold]
pub fn wrong_receiver(vm: &mut Vm, value: &Value, type_name: &str, method: &str) -> Raised {
    let given = vm.type_name(value);
    vm.type_error(format!(
        "descriptor '{method}' for '{type_name}' objects doesn't apply to a '{given}' object"
    ))
}

/// The built-in value behind an instance of a subclass of a built-in type; any other value itself.
#[inline]
pub fn base_of(value: &Value) -> Value {
    if value.tag() == Tag::Instance
        && let Some(base) = value
            .as_instance()
            .and_then(|instance| instance.base_value())
    {
        return base;
    }
    value.clone()
}

/// The class that `__new__` of a built-in type is to make an instance of.
///
/// # Errors
/// `TypeError` when the first argument is missing, no class, or no subclass of the type.
pub fn requested_class(vm: &mut Vm, args: Args<'_>, base: &Ref<ClassObj>) -> R<Ref<ClassObj>> {
    let Some(first) = args.pos.first() else {
        let name = base.name_text();
        return Err(vm.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(class) = first.to_class() else {
        let (name, given) = (base.name_text(), vm.type_name(first));
        return Err(vm.type_error(format!(
            "{name}.__new__(X): X is not a type object ({given})"
        )));
    };
    if !class.is_subclass_of(base) {
        let (name, given) = (base.name_text(), class.name_text());
        return Err(vm.type_error(format!(
            "{name}.__new__({given}): {given} is not a subtype of {name}"
        )));
    }
    Ok(class)
}

/// A value as an instance of a class that derives from its type (or the value itself).
#[inline]
pub fn as_instance_of(class: &Ref<ClassObj>, value: Value) -> Value {
    if class.builtin {
        value
    } else {
        new_instance(class, Payload::Base(value))
    }
}

/// The only optional positional argument of a constructor (after the class or the receiver).
///
/// # Errors
/// `TypeError` for more arguments, or keywords.
pub fn optional_argument<'a>(vm: &mut Vm, args: Args<'a>, type_name: &str) -> R<Option<&'a Value>> {
    if !args.kw.is_empty() {
        return Err(vm.type_error(format!("{type_name}() takes no keyword arguments")));
    }
    match args.pos {
        [] | [_] => Ok(None),
        [_, value] => Ok(Some(value)),
        [_, more @ ..] => {
            let given = more.len();
            Err(vm.type_error(format!(
                "{type_name} expected at most 1 argument, got {given}"
            )))
        }
    }
}
