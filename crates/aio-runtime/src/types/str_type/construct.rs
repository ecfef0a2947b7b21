//! `str(...)` and `str.encode`.

use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::types::encoding;
use crate::types::numbers::Scalar;
use crate::types::receiver::{as_instance_of, requested_class};
use crate::types::scalar_text::bool_text;
use crate::types::text_values::{
    ascii_value, bytes_of, empty_str, owned_value, str_of, str_receiver,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "str(object=''), str(bytes, encoding, errors): the text of an object.",
    ),
    Method::new(
        "encode",
        NativeFn::Any(encode),
        "encode(encoding='utf-8', errors='strict'): the text as bytes.",
    ),
];

const NEW: Signature = Signature {
    name: "str",
    params: &["object", "encoding", "errors"],
    positional: 3,
    required: 0,
};

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    if let ([class, value], []) = (args.pos, args.kw)
        && class
            .as_class()
            .is_some_and(|class| class.id == vm.types.str.id)
    {
        return from_value(vm, value);
    }
    let base = vm.types.str.clone();
    let class = requested_class(vm, args, &base)?;
    let rest = args.behind_class();
    if rest.pos.len() > 3 {
        let given = rest.pos.len();
        return Err(vm.type_error(format!("str expected at most 3 arguments, got {given}")));
    }
    let [object, encoding, errors] = vm.bind(rest, &NEW)?;
    if object.is_unset() {
        return Ok(as_instance_of(&class, empty_str()));
    }
    let value = if encoding.is_unset() && errors.is_unset() {
        from_value(vm, &object)?
    } else {
        decode(vm, &object, &encoding, &errors)?
    };
    let value = crate::types::numbers::unwrap(&value);
    Ok(as_instance_of(&class, value))
}

/// `str(value)`
///
/// # Errors
/// What `__str__` raises.
#[inline(always)]
pub fn from_value(vm: &mut Vm, value: &Value) -> R {
    if value.tag() == Tag::Str {
        return Ok(value.clone());
    }
    if let Some(int) = value.as_int() {
        return Ok(ascii_value(itoa::Buffer::new().format(int)));
    }
    if let Some(value) = value.as_bool() {
        return Ok(ascii_value(bool_text(value)));
    }
    vm.to_text(value).map(owned_value)
}

fn decode(vm: &mut Vm, object: &Value, encoding: &Value, errors: &Value) -> R {
    let encoding = encoding::name_argument(vm, encoding, "str", "encoding", "utf-8")?;
    let errors = encoding::name_argument(vm, errors, "str", "errors", "strict")?;
    if let Some(bytes) = bytes_of(object) {
        return encoding::decode(vm, &bytes, &encoding, &errors).map(owned_value);
    }
    if str_of(object).is_some() {
        return Err(vm.type_error("decoding str is not supported"));
    }
    let name = vm.type_name(object);
    Err(vm.type_error(format!(
        "decoding to str: need a bytes-like object, {name} found"
    )))
}

const ENCODE: Signature = Signature {
    name: "encode",
    params: &["encoding", "errors"],
    positional: 2,
    required: 0,
};

fn encode(vm: &mut Vm, args: Args<'_>) -> R {
    if let ([text], []) = (args.pos, args.kw)
        && let Some(text) = text.as_str()
    {
        return Ok(Value::bytes(text.as_bytes()));
    }
    let (receiver, args) = args.split_receiver(vm, Scalar::Str.name(), "encode")?;
    let string = str_receiver(vm, receiver, "encode")?;
    let [encoding, errors] = vm.bind(args, &ENCODE)?;
    let encoding = encoding::name_argument(vm, &encoding, "encode", "encoding", "utf-8")?;
    let errors = encoding::name_argument(vm, &errors, "encode", "errors", "strict")?;
    encoding::encode(vm, string.text(), &encoding, &errors).map(Value::bytes)
}
