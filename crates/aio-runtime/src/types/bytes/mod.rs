//! `bytes`: its constructor and operators. What it shares with `bytearray` is in `shared`, `search`
//! and `pieces`; the algorithms are in `text::bytes`.

pub mod pieces;
pub mod search;
pub mod shared;

use super::dunders;
use super::encoding;
use super::limits;
use super::numbers::{self, Scalar, int_ref};
use super::receiver::{as_instance_of, requested_class};
use super::text_ops;
use super::text_values::{bytes_of, index_opt, str_of};
use crate::error::{R, Raised};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{IterObj, NativeIter};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp};
use shared::Family;

/// The methods.
pub const METHODS: &[Method] = &numbers::join::<{ numbers::total(TABLES) }>(TABLES);

const KIND: Scalar = Scalar::Bytes;

const TABLES: &[&[Method]] = &[
    OWN,
    shared::shape_rows!(Family::Bytes),
    search::search_rows!(Family::Bytes),
    pieces::piece_rows!(Family::Bytes),
    numbers::common_rows!(KIND),
];

const OWN: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "bytes(source=b'', encoding, errors): make bytes of numbers, text or a size.",
    ),
    Method::new(
        "__bytes__",
        NativeFn::F1(|vm, a| KIND.receiver(vm, a, "__bytes__")),
        "The bytes themselves.",
    ),
    Method::new(
        "__add__",
        NativeFn::F2(|vm, a, b| operator(vm, "__add__", BinaryOp::Add, a, b)),
        "self + value",
    ),
    Method::new(
        "__mul__",
        NativeFn::F2(|vm, a, b| operator(vm, "__mul__", BinaryOp::Mul, a, b)),
        "self * value",
    ),
    Method::new(
        "__rmul__",
        NativeFn::F2(|vm, a, b| operator(vm, "__rmul__", BinaryOp::Mul, a, b)),
        "value * self",
    ),
    Method::new(
        "__mod__",
        NativeFn::F2(|vm, a, b| operator(vm, "__mod__", BinaryOp::Mod, a, b)),
        "self % value",
    ),
    Method::new("__rmod__", NativeFn::F2(reflected_mod), "value % self"),
    Method::new(
        "__len__",
        NativeFn::F1(|vm, a| {
            let a = KIND.slot_receiver(vm, a, "__len__")?;
            vm.len(&a).map(numbers::size_value)
        }),
        "len(self)",
    ),
    Method::new(
        "__getitem__",
        NativeFn::F2(|vm, a, index| {
            let a = KIND.slot_receiver(vm, a, "__getitem__")?;
            vm.get_item(&a, index)
        }),
        "self[key]",
    ),
    Method::new(
        "__contains__",
        NativeFn::F2(|vm, a, item| {
            let a = KIND.slot_receiver(vm, a, "__contains__")?;
            vm.contains(&a, item).map(Value::bool)
        }),
        "key in self",
    ),
    Method::new("__iter__", NativeFn::F1(iterate), "iter(self)"),
    Method::new(
        "__getnewargs__",
        NativeFn::F1(|vm, a| {
            let a = KIND.receiver(vm, a, "__getnewargs__")?;
            Ok(Value::tuple([a]))
        }),
        "For copying.",
    ),
    Method::new(
        "__sizeof__",
        NativeFn::F1(|vm, a| {
            let a = KIND.receiver(vm, a, "__sizeof__")?;
            Ok(Value::int(33 + vm.len(&a)? as i64))
        }),
        "Size in memory, in bytes.",
    ),
];

fn operator(vm: &mut Vm, name: &str, op: BinaryOp, a: &Value, b: &Value) -> R {
    let a = KIND.slot_receiver(vm, a, name)?;
    match (op, text_ops::binary(vm, op, &a, b)?) {
        (_, Some(result)) => Ok(result),
        (BinaryOp::Add, None) => Err(dunders::concat_error(vm, &a, b)),
        (BinaryOp::Mul, None) => Err(dunders::repeat_error(vm, b)),
        (_, None) => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn reflected_mod(vm: &mut Vm, a: &Value, b: &Value) -> R {
    let a = KIND.slot_receiver(vm, a, "__rmod__")?;
    let b = numbers::unwrap(b);
    if b.tag() != Tag::Bytes {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = text_ops::binary(vm, BinaryOp::Mod, &b, &a)?;
    Ok(result.unwrap_or(Value::NOT_IMPLEMENTED))
}

/// Over the numbers of bytes.
struct BytesIter {
    /// Unset at the end.
    bytes: Value,
    next: usize,
}

impl NativeIter for BytesIter {
    fn next(&mut self, _vm: &mut Vm) -> R<Option<Value>> {
        let bytes = self.bytes.as_bytes_obj();
        match bytes.and_then(|bytes| bytes.data().get(self.next)) {
            Some(byte) => {
                self.next += 1;
                Ok(Some(Value::int(i64::from(*byte))))
            }
            None => {
                self.bytes = Value::UNSET;
                Ok(None)
            }
        }
    }
    fn type_name(&self) -> &'static str {
        "bytes_iterator"
    }
    fn length_hint(&self) -> Option<usize> {
        let len = self
            .bytes
            .as_bytes_obj()
            .map_or(0, |bytes| bytes.data().len());
        Some(len.saturating_sub(self.next))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.bytes);
    }
}

fn iterate(vm: &mut Vm, a: &Value) -> R {
    let bytes = KIND.slot_receiver(vm, a, "__iter__")?;
    Ok(IterObj::native(BytesIter { bytes, next: 0 }))
}

/// `bytes(value)`
///
/// # Errors
/// As for [`construct`].
pub fn from_value(vm: &mut Vm, value: &Value) -> R {
    if value.tag() == Tag::Bytes {
        return Ok(value.clone());
    }
    let args = Args::positional(std::slice::from_ref(value));
    construct(vm, args, Family::Bytes).map(Value::bytes)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let base = vm.types.bytes.clone();
    let class = requested_class(vm, args, &base)?;
    let rest = args.behind_class();
    if let ([value], []) = (rest.pos, rest.kw)
        && value.tag() == Tag::Bytes
    {
        return Ok(as_instance_of(&class, value.clone()));
    }
    let data = construct(vm, rest, Family::Bytes)?;
    Ok(as_instance_of(&class, Value::bytes(data)))
}

const BYTES: Signature = Signature {
    name: "bytes",
    params: &["source", "encoding", "errors"],
    positional: 3,
    required: 0,
};

const BYTEARRAY: Signature = Signature {
    name: "bytearray",
    ..BYTES
};

/// What the arguments of `bytes(...)` or `bytearray(...)` mean.
///
/// # Errors
/// `TypeError`, `ValueError`, `OverflowError`, `MemoryError`, `UnicodeEncodeError`.
pub fn construct(vm: &mut Vm, args: Args<'_>, family: Family) -> R<Vec<u8>> {
    let signature = match family {
        Family::Bytes => &BYTES,
        Family::Bytearray => &BYTEARRAY,
    };
    let name = signature.name;
    if args.pos.len() > 3 {
        let given = args.pos.len();
        return Err(vm.type_error(format!(
            "{name}() takes at most 3 arguments ({given} given)"
        )));
    }
    let [source, encoding, errors] = match (args.pos, args.kw) {
        ([source], []) => [source.clone(), Value::UNSET, Value::UNSET],
        _ => vm.bind(args, signature)?,
    };
    let is_text = str_of(&source).is_some();
    if !encoding.is_unset() || !errors.is_unset() {
        if !is_text {
            let what = if encoding.is_unset() {
                "errors"
            } else {
                "encoding"
            };
            return Err(vm.type_error(format!("{what} without a string argument")));
        }
        if encoding.is_unset() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        let encoding = encoding::name_argument(vm, &encoding, name, "encoding", "utf-8")?;
        let errors = encoding::name_argument(vm, &errors, name, "errors", "strict")?;
        let text = str_of(&source);
        let text = text.as_ref().map_or("", |text| text.text());
        return encoding::encode(vm, text, &encoding, &errors);
    }
    if source.is_unset() {
        return Ok(Vec::new());
    }
    if family == Family::Bytes
        && let Some(data) = bytes_hook(vm, &source)?
    {
        return Ok(data);
    }
    if is_text {
        return Err(vm.type_error("string argument without an encoding"));
    }
    if let Some(size) = index_opt(vm, &source)? {
        return zeros(vm, &size);
    }
    from_iterable(vm, &source, family)
}

fn bytes_hook(vm: &mut Vm, source: &Value) -> R<Option<Vec<u8>>> {
    if source.tag() != Tag::Instance || vm.class_id_of(source) == vm.types.bytearray.id {
        return Ok(None);
    }
    let hook = vm.names.__bytes__.clone();
    let Some(result) = vm.call_special(source, &hook, &[])? else {
        return Ok(None);
    };
    let plain = numbers::unwrap(&result);
    match plain.as_bytes_obj() {
        Some(bytes) => Ok(Some(bytes.data().to_vec())),
        None => {
            let name = vm.type_name(&result);
            Err(vm.type_error(format!("__bytes__ returned non-bytes (type {name})")))
        }
    }
}

fn zeros(vm: &mut Vm, size: &Value) -> R<Vec<u8>> {
    let Some(size) = int_ref(size).and_then(|size| size.to_i64()) else {
        return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
    };
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error("negative count"));
    };
    limits::reserve(vm, size, 1)?;
    Ok(vec![0; size])
}

/// The bytes of a bytes-like object, or of an iterable of numbers.
///
/// # Errors
/// `TypeError` when it is neither; `ValueError` for a number beyond a byte.
pub fn from_iterable(vm: &mut Vm, source: &Value, family: Family) -> R<Vec<u8>> {
    if let Some(bytes) = bytes_of(source) {
        return Ok(bytes.to_vec());
    }
    let byte = |item: &Value| u8::try_from(item.as_int()?).ok();
    let plain = match source.as_list() {
        Some(list) => list.items.with(|items| items.iter().map(byte).collect()),
        None => None,
    };
    if let Some(data) = plain {
        return Ok(data);
    }
    let iter = if str_of(source).is_some() {
        None
    } else {
        vm.iter_opt(source)?
    };
    let Some(iter) = iter else {
        let (name, family) = (vm.type_name(source), family.name());
        return Err(vm.type_error(format!("cannot convert '{name}' object to {family}")));
    };
    let mut data = Vec::new();
    while let Some(item) = vm.next(&iter)? {
        data.push(byte_argument(vm, &item, family)?);
    }
    Ok(data)
}

/// The bytes of an object, as `int.from_bytes` takes them.
///
/// # Errors
/// As for [`from_iterable`].
pub fn from_object(vm: &mut Vm, source: &Value) -> R<Vec<u8>> {
    match bytes_hook(vm, source)? {
        Some(data) => Ok(data),
        None => from_iterable(vm, source, Family::Bytes),
    }
}

/// A number from 0 to 255.
///
/// # Errors
/// `TypeError` when it is no integer, `ValueError` when it is beyond a byte.
pub fn byte_argument(vm: &mut Vm, value: &Value, family: Family) -> R<u8> {
    let index = vm.index(value)?;
    match index.as_int().map(u8::try_from) {
        Some(Ok(byte)) => Ok(byte),
        Some(Err(_)) | None => Err(out_of_range(vm, family)),
    }
}

#[cold]
fn out_of_range(vm: &mut Vm, family: Family) -> Raised {
    vm.value_error(match family {
        Family::Bytes => "bytes must be in range(0, 256)",
        Family::Bytearray => "byte must be in range(0, 256)",
    })
}
