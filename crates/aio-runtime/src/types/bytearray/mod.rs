//! `bytearray`: bytes that can be changed. The methods that change nothing are `bytes`'s own.

mod change;
mod operators;

pub use operators::{get_item, set_item};

use super::bytes::shared::{self, Family};
use super::bytes::{pieces, search};
use super::numbers;
use super::receiver::requested_class;
use super::type_type::new_instance;
use crate::error::R;
use crate::heap::GcCell;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{NativeData, Payload};
use crate::value::Value;
use crate::vm::Vm;
use std::ops::Deref;
use std::rc::Rc;

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const TABLES: &[&[Method]] = &[
    OWN,
    change::METHODS,
    operators::METHODS,
    shared::shape_rows!(Family::Bytearray),
    search::search_rows!(Family::Bytearray),
    pieces::piece_rows!(Family::Bytearray),
];

const OWN: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "bytearray(source=b'', encoding, errors): make a bytearray of numbers, text or a size.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Fill the bytearray."),
];

/// The content of a bytearray.
pub struct ByteArray {
    /// Who reads them while code of the script may run shares them (see [`ByteArray::shared`]).
    data: GcCell<Rc<Vec<u8>>>,
}

impl NativeData for ByteArray {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// A bytearray, kept alive while a method works on it.
pub struct Held(Rc<ByteArray>);

impl Deref for Held {
    type Target = ByteArray;
    fn deref(&self) -> &ByteArray {
        &self.0
    }
}

impl ByteArray {
    /// The bytearray that a value is.
    pub fn of(value: &Value) -> Option<Held> {
        value.as_instance()?.native::<ByteArray>().map(Held)
    }

    /// The bytes as they are now: a change makes a copy as long as somebody has these.
    pub fn shared(&self) -> Rc<Vec<u8>> {
        self.data.get()
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.with(<[u8]>::to_vec)
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.with(<[u8]>::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the bytes.
    pub fn with<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
        self.data.with(|data| f(data))
    }

    /// Changes the bytes.
    pub fn with_mut<T>(&self, f: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.data.with_mut(|data| f(Rc::make_mut(data)))
    }
}

/// A bytearray with this content.
pub fn make(vm: &Vm, data: Vec<u8>) -> Value {
    new_instance(&vm.types.bytearray, payload(data))
}

fn payload(data: Vec<u8>) -> Payload {
    Payload::Native(Rc::new(ByteArray {
        data: GcCell::new(Rc::new(data)),
    }))
}

/// The receiver of a method.
///
/// # Errors
/// `TypeError` when it is of another type.
fn receiver(vm: &mut Vm, value: &Value, method: &str) -> R<Held> {
    match ByteArray::of(value) {
        Some(array) => Ok(array),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!(
                "descriptor '{method}' for 'bytearray' objects doesn't apply to a '{name}' object"
            )))
        }
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.bytearray.clone();
    let class = requested_class(vm, args, &base)?;
    Ok(new_instance(&class, payload(Vec::new())))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, "bytearray", "__init__")?;
    let array = receiver(vm, a, "__init__")?;
    let data = super::bytes::construct(vm, args, Family::Bytearray)?;
    array.with_mut(|old| *old = data);
    Ok(Value::NONE)
}
