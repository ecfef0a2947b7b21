//! Functions, bound methods, native functions, cells and descriptors.

use crate::code::Code;
use crate::error::Raised;
use crate::heap::{GcCell, HeapType, Ref};
use crate::native::{AtOnce, NativeFn};
use crate::objects::{DictObj, Name};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// A function written in the language.
pub struct FuncObj {
    /// The compiled body.
    pub code: Rc<Code>,
    /// The globals of the module it was made in.
    pub globals: Ref<DictObj>,
    /// The captured cells, in the order of the code's free variables.
    pub closure: Box<[Value]>,
    /// Defaults of the last positional parameters.
    pub defaults: GcCell<Rc<[Value]>>,
    /// The rarely used rest.
    pub extra: GcCell<FuncExtra>,
}

/// Attributes of a function that most never need.
#[derive(Default)]
pub struct FuncExtra {
    /// Defaults of keyword-only parameters.
    pub kw_defaults: Vec<(Name, Value)>,
    /// `__annotations__`, once made (a dict).
    pub annotations: Option<Value>,
    /// Attributes set on the function (`__dict__`).
    pub attributes: Option<Ref<DictObj>>,
    /// `__name__`, `__qualname__`, `__doc__`, `__module__` where they were set.
    pub overrides: Vec<(&'static str, Value)>,
}

/// Lends a typed pointer to a visitor as a value.
pub(crate) fn visit_ref<T: HeapType>(pointer: &Ref<T>, visitor: &mut dyn FnMut(&Value)) {
    visitor(&pointer.to_value());
}

impl HeapType for FuncObj {
    const TAG: Tag = Tag::Func;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visit_ref(&self.globals, visitor);
        self.closure.iter().for_each(&mut *visitor);
        self.defaults.with(|defaults| {
            if Rc::strong_count(defaults) == 1 {
                defaults.iter().for_each(&mut *visitor);
            }
        });
        self.extra.with(|extra| {
            extra
                .kw_defaults
                .iter()
                .for_each(|(_, value)| visitor(value));
            extra.annotations.iter().for_each(&mut *visitor);
            extra.overrides.iter().for_each(|(_, value)| visitor(value));
            if let Some(attributes) = &extra.attributes {
                visit_ref(attributes, visitor);
            }
        });
    }
    fn clear(&self) {
        self.extra.set(FuncExtra::default());
        self.defaults.set(Rc::from([]));
        // Cells break the cycles through the closure.
    }
}

/// A method bound to its receiver.
pub struct MethodObj {
    /// The function.
    pub func: Value,
    /// The receiver.
    pub receiver: Value,
}

impl HeapType for MethodObj {
    const TAG: Tag = Tag::Method;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.func);
        visitor(&self.receiver);
    }
}

/// A function written in Rust.
pub struct NativeObj {
    /// `__name__`
    pub name: &'static str,
    /// The class it is a method of, or the module: what `__qualname__` and messages start with.
    pub owner: Option<&'static str>,
    /// The function.
    pub function: NativeFn,
    /// For a method that makes a coroutine: how that may be awaited without being made.
    pub at_once: Option<AtOnce>,
    /// `__doc__`
    pub doc: &'static str,
    /// Whether it is a method (binds its receiver when looked up on an instance).
    pub is_method: bool,
}

impl HeapType for NativeObj {
    const TAG: Tag = Tag::Native;
}

/// A variable shared between functions.
#[derive(Default)]
pub struct CellObj {
    /// The value; unset when the variable is unbound.
    pub value: GcCell<Option<Value>>,
}

impl CellObj {
    /// A cell with a value.
    pub fn new(value: Value) -> CellObj {
        CellObj {
            value: GcCell::new(if value.is_unset() { None } else { Some(value) }),
        }
    }
}

impl HeapType for CellObj {
    const TAG: Tag = Tag::Cell;
    const TRACKED: bool = true;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.value.with(|value| value.iter().for_each(visitor));
    }
    fn clear(&self) {
        self.value.set(None);
    }
}

/// What stands in a class and acts on attribute access.
pub enum DescrObj {
    /// `property`
    Property {
        /// The getter or `None`.
        get: Value,
        /// The setter or `None`.
        set: Value,
        /// The deleter or `None`.
        del: Value,
        /// The doc string or `None`.
        doc: Value,
        /// The name it has in its class, once it stands in one.
        name: GcCell<Option<Name>>,
    },
    /// `staticmethod`
    StaticMethod(Value),
    /// `classmethod`
    ClassMethod(Value),
    /// A computed attribute of a built-in type.
    GetSet {
        /// Its name.
        name: &'static str,
        /// Reads it.
        get: fn(&mut Vm, &Value) -> Result<Value, Raised>,
        /// Writes it (an unset value deletes); none is read-only.
        set: Option<crate::native::Setter>,
    },
    /// A name of `__slots__`.
    Member(Name),
    /// An item of a tuple under a name (a field of a named tuple).
    TupleItem {
        /// Which item.
        at: usize,
        /// The doc string.
        doc: Value,
    },
}

impl HeapType for DescrObj {
    const TAG: Tag = Tag::Descr;
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        match self {
            DescrObj::Property {
                get, set, del, doc, ..
            } => {
                [get, set, del, doc].into_iter().for_each(visitor);
            }
            DescrObj::StaticMethod(value) | DescrObj::ClassMethod(value) => visitor(value),
            DescrObj::TupleItem { doc, .. } => visitor(doc),
            DescrObj::GetSet { .. } | DescrObj::Member(_) => {}
        }
    }
}
