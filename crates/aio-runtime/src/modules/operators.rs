//! `_operator`: the operators as functions, and `itemgetter`.

use super::{Function, add, add_functions};
use crate::builtins::numbers::abs;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{Layout, ModuleObj, NativeData, Payload};
use crate::types::type_type::{native_class, new_instance};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, CmpOp, UnaryOp};
use std::rc::Rc;

macro_rules! binary {
    ($name:literal, $op:ident, $doc:literal) => {
        (
            $name,
            NativeFn::F2(|vm, a, b| vm.binary(BinaryOp::$op, a, b)),
            $doc,
        )
    };
}

macro_rules! comparison {
    ($name:literal, $op:ident, $doc:literal) => {
        (
            $name,
            NativeFn::F2(|vm, a, b| vm.compare(CmpOp::$op, a, b)),
            $doc,
        )
    };
}

macro_rules! unary {
    ($name:literal, $op:ident, $doc:literal) => {
        ($name, NativeFn::F1(|vm, a| vm.unary(UnaryOp::$op, a)), $doc)
    };
}

const FUNCTIONS: &[Function] = &[
    comparison!("lt", Lt, "Same as a < b."),
    comparison!("le", Le, "Same as a <= b."),
    comparison!("eq", Eq, "Same as a == b."),
    comparison!("ne", Ne, "Same as a != b."),
    comparison!("ge", Ge, "Same as a >= b."),
    comparison!("gt", Gt, "Same as a > b."),
    comparison!("is_", Is, "Same as a is b."),
    comparison!("is_not", IsNot, "Same as a is not b."),
    binary!("add", Add, "Same as a + b."),
    binary!("and_", BitAnd, "Same as a & b."),
    binary!("floordiv", FloorDiv, "Same as a // b."),
    binary!("lshift", LShift, "Same as a << b."),
    binary!("mod", Mod, "Same as a % b."),
    binary!("mul", Mul, "Same as a * b."),
    binary!("matmul", MatMul, "Same as a @ b."),
    binary!("or_", BitOr, "Same as a | b."),
    binary!("pow", Pow, "Same as a ** b."),
    binary!("rshift", RShift, "Same as a >> b."),
    binary!("sub", Sub, "Same as a - b."),
    binary!("truediv", Div, "Same as a / b."),
    binary!("xor", BitXor, "Same as a ^ b."),
    unary!("inv", Invert, "Same as ~a."),
    unary!("invert", Invert, "Same as ~a."),
    unary!("neg", Neg, "Same as -a."),
    unary!("pos", Pos, "Same as +a."),
    unary!("not_", Not, "Same as not a."),
    ("abs", NativeFn::F1(abs), "Same as abs(a)."),
    (
        "truth",
        NativeFn::F1(|vm, a| vm.truthy(a).map(Value::bool)),
        "Return True if a is true, False otherwise.",
    ),
    (
        "contains",
        NativeFn::F2(|vm, a, b| vm.contains(a, b).map(Value::bool)),
        "Same as b in a (note reversed operands).",
    ),
    (
        "getitem",
        NativeFn::F2(|vm, a, b| vm.get_item(a, b)),
        "Same as a[b].",
    ),
    (
        "setitem",
        NativeFn::F3(|vm, a, b, c| {
            vm.set_item(a, b, c.clone())?;
            Ok(Value::NONE)
        }),
        "Same as a[b] = c.",
    ),
    (
        "delitem",
        NativeFn::F2(|vm, a, b| {
            vm.del_item(a, b)?;
            Ok(Value::NONE)
        }),
        "Same as del a[b].",
    ),
];

const GETTER_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new_getter),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "__call__",
        NativeFn::Any(call_getter),
        "Call self as a function.",
    ),
    Method::new("__repr__", NativeFn::F1(repr_getter), "Return repr(self)."),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let object = vm.types.object.clone();
    let class = native_class(
        vm,
        "itemgetter",
        "operator",
        &object,
        Layout::Closed,
        GETTER_METHODS,
    );
    add(vm, module, "itemgetter", class.into());
    Ok(())
}

/// `itemgetter(item, …)`
struct ItemGetter {
    /// At least one.
    items: Box<[Value]>,
}

impl NativeData for ItemGetter {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visitor);
    }
}

fn new_getter(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, items)) = args.pos.split_first() else {
        return Err(vm.type_error("itemgetter.__new__(): not enough arguments"));
    };
    let Some(class) = class.to_class() else {
        return Err(vm.type_error("itemgetter.__new__(X): X is not a type object"));
    };
    if !args.kw.is_empty() {
        return Err(vm.type_error("itemgetter() takes no keyword arguments"));
    }
    if items.is_empty() {
        return Err(vm.type_error("itemgetter expected 1 argument, got 0"));
    }
    let getter = ItemGetter {
        items: items.into(),
    };
    Ok(new_instance(&class, Payload::Native(Rc::new(getter))))
}

/// The item that a getter gets, if `value` is one of a single item.
pub fn item_of_getter(value: &Value) -> Option<Value> {
    value
        .as_instance()?
        .look_native(|getter: &ItemGetter| match &*getter.items {
            [item] => Some(item.clone()),
            _ => None,
        })?
}

fn call_getter(vm: &mut Vm, args: Args<'_>) -> R {
    let (getter, rest) = args.split_receiver(vm, "itemgetter", "__call__")?;
    if !rest.kw.is_empty() {
        return Err(vm.type_error("itemgetter() takes no keyword arguments"));
    }
    let [object] = rest.pos else {
        let given = rest.pos.len();
        return Err(vm.type_error(format!("itemgetter expected 1 argument, got {given}")));
    };
    if let Some(item) = item_of_getter(getter) {
        return vm.get_item(object, &item);
    }
    let found = getter.as_instance().and_then(|i| i.native::<ItemGetter>());
    let items = match &found {
        Some(getter) => &*getter.items,
        None => &[],
    };
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(vm.get_item(object, item)?);
    }
    Ok(Value::tuple(values))
}

fn repr_getter(vm: &mut Vm, value: &Value) -> R {
    let found = value.as_instance().and_then(|i| i.native::<ItemGetter>());
    let mut texts = Vec::new();
    for item in found.iter().flat_map(|getter| getter.items.iter()) {
        texts.push(vm.repr(item)?);
    }
    let class = vm.class_of(value);
    let name = crate::types::object_text::full_name(vm, &class);
    Ok(vm.str(format!("{name}({})", texts.join(", "))))
}
