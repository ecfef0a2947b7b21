//! Classes, shapes and modules.

use super::callables::visit_ref;
use crate::error::Raised;
use crate::heap::{GcCell, HeapType, Ref};
use crate::native::{Method, NativeFn};
use crate::objects::{DictObj, Name};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// What instances of a class hold besides attributes: decided by the built-in base class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Attributes only.
    Object,
    /// The fields of an exception.
    Exception,
    /// A value of a built-in type (`class A(int)`), kept in the payload.
    Base,
    /// A library object written in Rust, kept in the payload.
    Native,
    /// A class (metaclasses).
    Type,
    /// Cannot be subclassed or made by calling `object.__new__` on it.
    Closed,
}

/// A class.
pub struct ClassObj {
    /// `__name__`
    pub name: GcCell<Name>,
    /// `__qualname__`
    pub qualname: GcCell<Name>,
    /// Direct bases.
    pub bases: GcCell<Vec<Ref<ClassObj>>>,
    /// Method resolution order, this class first.
    pub mro: GcCell<Vec<Ref<ClassObj>>>,
    /// The names defined in the class itself.
    pub dict: Ref<DictObj>,
    /// The class of this class (none: `type`).
    pub metaclass: Option<Ref<ClassObj>>,
    /// What instances hold.
    pub layout: Cell<Layout>,
    /// What its calls do, if it is called as a function (see `types::making`).
    pub maker: Cell<Option<&'static NativeFn>>,
    /// Unique number.
    pub id: u32,
    /// Built-in: cannot be changed by a script.
    pub builtin: bool,
    /// The methods of a built-in class that are not yet in `dict`: filled in at first look.
    pub pending: Cell<&'static [Method]>,
    /// Whether instances have `__dict__` (no `__slots__` anywhere up).
    pub has_dict: Cell<bool>,
    /// Whether some class of the MRO defines `__del__`.
    pub has_del: Cell<bool>,
    /// The shape of an instance without attributes.
    pub root_shape: &'static Shape,
    /// How many attributes the last instances had: room made for new ones.
    pub attribute_hint: Cell<u32>,
    /// Whether `__abstractmethods__` is set and not empty: no instances can be made.
    pub is_abstract: Cell<bool>,
    /// The epoch at which subscripts of instances were known to be those of `dict`.
    pub dict_items_at: Cell<u32>,
    /// What instances are as keys of dicts and in `==`, and the epoch at which that was known.
    pub keys: Cell<(u32, Keys)>,
    /// Whether instances are subscripted and so on as the tuple or list is that the class extends,
    /// and the epoch at which that was known.
    pub sequence: Cell<(u32, bool)>,
    /// Which hooks have a say in attributes of instances, and the epoch at which that was known.
    pub hooks: Cell<(u32, Hooks)>,
    /// Direct subclasses. They are not reported to the collector: a class lives as long as its
    /// bases do.
    pub subclasses: GcCell<Vec<Ref<ClassObj>>>,
}

/// Where `__eq__`, `__ne__` and `__hash__` of a class come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// From `object`: an instance equals itself.
    Identity,
    /// From the built-in class that it extends, as with a named tuple.
    Base,
    /// Not all from one of these.
    Other,
}

/// The methods of a script that have a say in attributes of the instances of a class.
#[derive(Clone, Copy, Default)]
pub struct Hooks {
    /// `__getattribute__`
    pub read: bool,
    /// `__setattr__`
    pub write: bool,
    /// `__getattr__`
    pub missing: bool,
}

impl ClassObj {
    /// `__name__` as text.
    pub fn name_text(&self) -> String {
        self.name.with(|name| name.text().to_owned())
    }

    /// Whether `other` is this class or a base of it.
    #[inline]
    pub fn is_subclass_of(&self, other: &ClassObj) -> bool {
        self.id == other.id
            || self
                .mro
                .with(|mro| mro.iter().any(|class| class.id == other.id))
    }
}

impl HeapType for ClassObj {
    const TAG: Tag = Tag::Class;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.bases
            .with(|bases| bases.iter().for_each(|class| visit_ref(class, visitor)));
        self.mro
            .with(|mro| mro.iter().for_each(|class| visit_ref(class, visitor)));
        visit_ref(&self.dict, visitor);
        if let Some(metaclass) = &self.metaclass {
            visit_ref(metaclass, visitor);
        }
    }
    fn clear(&self) {
        self.mro.set(Vec::new());
        self.bases.set(Vec::new());
    }
}

/// The layout of the attributes of an instance: which name is in which slot. Instances that got
/// the same attributes in the same order share a shape, so an inline cache is one comparison.
///
/// Shapes live for ever; their number is bounded, as an instance with many attributes goes over
/// to a dict (see `attributes`).
pub struct Shape {
    /// Unique number, never 0.
    pub id: u32,
    /// The class whose instances have this shape.
    pub class_id: u32,
    /// The names, in slot order.
    pub names: Vec<Name>,
    /// Name (by address) → slot.
    pub index: FxHashMap<usize, u32>,
    /// Name (by address) → the shape with that name added.
    pub next: GcCell<FxHashMap<usize, &'static Shape>>,
    /// Instances of this shape keep their attributes in a dict, held in slot 0.
    pub is_dict: bool,
}

impl Shape {
    /// The slot of a name.
    #[inline]
    pub fn slot_of(&self, name: &Name) -> Option<usize> {
        self.index.get(&name.address()).map(|slot| *slot as usize)
    }
}

/// Makes a name of a built-in module when it is first used.
pub type LazyNames = fn(&mut Vm, &str) -> Result<Option<Value>, Raised>;

/// A module.
pub struct ModuleObj {
    /// `__name__`
    pub name: Name,
    /// Its globals.
    pub dict: Ref<DictObj>,
    /// For a built-in module: makes names on first use, or refuses them with a clear error.
    pub lazy: Option<LazyNames>,
    /// The names among those that the script deleted: they do not come again.
    pub deleted: GcCell<Vec<Name>>,
}

impl HeapType for ModuleObj {
    const TAG: Tag = Tag::Module;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visit_ref(&self.dict, visitor);
    }
}
