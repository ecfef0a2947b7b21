//! `struct.Struct`: a format that is laid out once.

use super::{Layout, layout, packed, packed_into, unpacked_all, unpacked_from};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::modules::{add, import};
use crate::native::{Args, Arguments, MANY, Method, NativeFn, Signature};
use crate::objects::{Layout as ObjectLayout, ModuleObj, NativeData, Payload};
use crate::types::numbers::size_value;
use crate::types::type_type::{native_class, new_instance};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Lay a format out."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new(
        "pack",
        NativeFn::Range(1, MANY, pack),
        "The bytes of values.",
    ),
    Method::new(
        "pack_into",
        NativeFn::Range(1, MANY, pack_into),
        "Put the bytes of values into a bytearray.",
    ),
    Method::new("unpack", NativeFn::F2(unpack), "The values in bytes."),
    Method::new(
        "unpack_from",
        NativeFn::Any(unpack_from),
        "The values in bytes, from an offset.",
    ),
    Method::new(
        "iter_unpack",
        NativeFn::F2(iter_unpack),
        "The values in bytes, as often as they stand there.",
    ),
    Method::get(
        "format",
        |vm, a| Ok(parts(vm, a)?.1),
        "struct format string",
    ),
    Method::get(
        "size",
        |vm, a| Ok(size_value(parts(vm, a)?.0.size)),
        "struct size in bytes",
    ),
];

/// The layout and the text of a format, once `__init__` has run.
struct Struct {
    parts: GcCell<Option<(Rc<Layout>, Value)>>,
}

impl NativeData for Struct {
    // The text of a format refers to nothing.
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// Adds the class to the module.
pub fn add_class(vm: &mut Vm, module: &Ref<ModuleObj>) {
    let object = vm.types.object.clone();
    let class = native_class(
        vm,
        "Struct",
        "_struct",
        &object,
        ObjectLayout::Native,
        METHODS,
    );
    add(vm, module, "Struct", class.into());
}

fn of(value: &Value) -> Option<Rc<Struct>> {
    value.as_instance()?.native::<Struct>()
}

fn parts(vm: &mut Vm, value: &Value) -> R<(Rc<Layout>, Value)> {
    let Some(object) = of(value) else {
        let given = vm.type_name(value);
        return Err(vm.type_error(format!(
            "descriptor for '_struct.Struct' objects doesn't apply to a '{given}' object"
        )));
    };
    match object.parts.get() {
        Some(parts) => Ok(parts),
        None => Err(vm.runtime_error("Struct object is not initialized")),
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(class) = args.pos.first().and_then(Value::to_class) else {
        return Err(vm.type_error("Struct.__new__(): not enough arguments"));
    };
    let parts = GcCell::new(None);
    Ok(new_instance(
        &class,
        Payload::Native(Rc::new(Struct { parts })),
    ))
}

const INIT: Signature = Signature {
    name: "Struct",
    params: &["format"],
    positional: 1,
    required: 1,
};

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "Struct", "__init__")?;
    let given = args.pos.len() + args.kw.len();
    if given > 1 {
        return Err(vm.type_error(format!("Struct() takes at most 1 argument ({given} given)")));
    }
    let [format] = vm.bind(args, &INIT)?;
    let layout = layout(vm, &format)?;
    let text = match format.as_bytes_obj() {
        Some(bytes) => vm.str(String::from_utf8_lossy(bytes.data()).into_owned()),
        None => format,
    };
    if let Some(object) = of(receiver) {
        object.parts.set(Some((layout, text)));
    }
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, a: &Value) -> R {
    let (_, format) = parts(vm, a)?;
    let (name, format) = (vm.class_name(a), vm.repr(&format)?);
    Ok(vm.str(format!("{name}({format})")))
}

fn pack(vm: &mut Vm, args: &[Value]) -> R {
    let (layout, _) = parts(vm, args.at(0))?;
    packed(vm, &layout, args.rest(1), "pack").map(Value::bytes)
}

fn pack_into(vm: &mut Vm, args: &[Value]) -> R {
    let (layout, _) = parts(vm, args.at(0))?;
    packed_into(vm, &layout, args.rest(1))
}

fn unpack(vm: &mut Vm, a: &Value, buffer: &Value) -> R {
    let (layout, _) = parts(vm, a)?;
    unpacked_all(vm, &layout, buffer)
}

const UNPACK_FROM: Signature = Signature {
    name: "unpack_from",
    params: &["buffer", "offset"],
    positional: 2,
    required: 1,
};

fn unpack_from(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "Struct", "unpack_from")?;
    let (layout, _) = parts(vm, receiver)?;
    let [buffer, offset] = vm.bind(args, &UNPACK_FROM)?;
    unpacked_from(vm, &layout, &buffer, &offset)
}

fn iter_unpack(vm: &mut Vm, a: &Value, buffer: &Value) -> R {
    let (_, format) = parts(vm, a)?;
    let module = import(vm, "struct")?;
    let name = vm.intern("iter_unpack");
    vm.call_method(&module, &name, &[format, buffer.clone()])
}
