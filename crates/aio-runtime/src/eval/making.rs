//! How calls of classes of the script make instances: what a place that calls one remembers.

use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::objects::{ClassObj, FuncObj, Layout};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// How a class makes its instances.
#[derive(Clone, Default)]
pub enum Making {
    /// By `__init__` of the script, and nothing else that is special.
    Init(Ref<FuncObj>),
    /// By nothing of its own: they take no arguments.
    Bare,
    /// In another way.
    #[default]
    Other,
}

/// What is known of the class called last.
#[derive(Default)]
pub struct ClassCache(GcCell<Known>);

#[derive(Default)]
struct Known {
    class_id: u32,
    epoch: u32,
    making: Making,
}

impl ClassCache {
    /// How a class makes its instances.
    #[inline]
    pub fn making(&self, vm: &mut Vm, class: &Ref<ClassObj>) -> Making {
        // (Whoever remembers how makes the instance first and evaluates the arguments then. If one of
        // these raises, no finalizer may see the instance.)
        if class.is_abstract.get() || class.has_del.get() {
            return Making::Other;
        }
        let epoch = vm.epoch;
        let known = self.0.with(|known| {
            let same = known.class_id == class.id && known.epoch == epoch;
            same.then(|| known.making.clone())
        });
        known.unwrap_or_else(|| {
            let making = Making::of(vm, class);
            self.0.set(Known {
                class_id: class.id,
                epoch,
                making: making.clone(),
            });
            making
        })
    }
}

impl Making {
    #[cold]
    fn of(vm: &mut Vm, class: &Ref<ClassObj>) -> Making {
        if class.builtin || class.layout.get() != Layout::Object {
            return Making::Other;
        }
        if let Some(metaclass) = &class.metaclass {
            let hook = vm.names.__call__.clone();
            let called = vm.lookup(metaclass, &hook);
            if called.is_some_and(|called| called.tag() != Tag::Native) {
                return Making::Other;
            }
        }
        let (new, init) = (vm.names.__new__.clone(), vm.names.__init__.clone());
        let object = vm.types.object.clone();
        let plain = match (vm.lookup(class, &new), vm.lookup(&object, &new)) {
            (Some(new), Some(plain)) => new.is(&plain),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !plain {
            return Making::Other;
        }
        match (vm.lookup(class, &init), vm.lookup(&object, &init)) {
            (Some(init), Some(plain)) if init.is(&plain) => Making::Bare,
            (Some(init), _) => init.to_func().map_or(Making::Other, Making::Init),
            (None, _) => Making::Other,
        }
    }
}

/// The instance, for which `__init__` gave this.
///
/// # Errors
/// `TypeError` when that is not `None`.
#[inline]
pub fn made(vm: &mut Vm, instance: Value, given: &Value) -> R {
    if !given.is_none() {
        let name = vm.type_name(given);
        return Err(vm.type_error(format!("__init__() should return None, not '{name}'")));
    }
    Ok(instance)
}
