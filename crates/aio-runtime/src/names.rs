//! Interned names. Two names are the same name exactly when they are the same object.

use crate::heap::Ref;
use crate::objects::Name;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// The table of names.
#[derive(Default)]
pub struct Interner {
    table: FxHashMap<Box<str>, Name>,
}

impl Interner {
    /// The one name with this text.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.table.get(text) {
            return name.clone();
        }
        let name = Ref::text(text);
        name.interned.set(true);
        name.hash();
        self.table.insert(text.into(), name.clone());
        name
    }

    /// The name with this text, if there is one.
    pub fn find(&self, text: &str) -> Option<&Name> {
        self.table.get(text)
    }
}

macro_rules! well_known {
    ($($name:ident)*) => {
        /// The names that the interpreter itself looks up.
        pub struct Names { $(pub $name: Name,)* }
        impl Names {
            /// Interns them.
            pub fn new(interner: &mut Interner) -> Names {
                Names { $($name: interner.intern(stringify!($name)),)* }
            }
        }
    };
}

well_known! {
    __init__ __new__ __del__ __repr__ __str__ __bytes__ __format__ __lt__ __le__ __eq__ __ne__
    __gt__ __ge__ __hash__ __bool__ __getattr__ __getattribute__ __setattr__ __delattr__ __dir__
    __get__ __set__ __delete__ __set_name__ __slots__ __init_subclass__ __prepare__ __class__
    __instancecheck__ __subclasscheck__ __class_getitem__ __call__ __len__ __length_hint__
    __getitem__ __setitem__ __delitem__ __missing__ __iter__ __reversed__ __contains__ __next__
    __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__
    __lshift__ __rshift__ __and__ __xor__ __or__
    __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__
    __rpow__ __rlshift__ __rrshift__ __rand__ __rxor__ __ror__
    __iadd__ __isub__ __imul__ __imatmul__ __itruediv__ __ifloordiv__ __imod__ __ipow__
    __ilshift__ __irshift__ __iand__ __ixor__ __ior__
    __neg__ __pos__ __abs__ __invert__ __complex__ __int__ __float__ __index__ __round__
    __trunc__ __floor__ __ceil__ __enter__ __exit__ __await__ __aiter__ __anext__ __aenter__
    __aexit__ __dict__ __name__ __qualname__ __module__ __doc__ __annotations__ __bases__ __mro__
    __defaults__ __kwdefaults__ __code__ __globals__ __closure__ __wrapped__ __self__ __func__
    __cause__ __context__ __suppress_context__ __traceback__ __notes__ __match_args__ __file__
    __path__ __package__ __all__ __main__ __builtins__ __class_cell__ __classcell__ __import__
    __copy__ __deepcopy__ __reduce__ __sizeof__ __fspath__ __mro_entries__ __weakref__
    __isabstractmethod__ __orig_bases__ __type_params__ __static_attributes__ __firstlineno__
    args value send close metaclass encoding errors key reverse sep end file flush default
    start stop step obj name path msg code cls get set keys items values
    append extend pop sort sys default_factory fget fset fdel exceptions message strict initial
}

impl Names {
    /// A name as a value.
    pub fn value(name: &Name) -> Value {
        name.to_value()
    }
}
