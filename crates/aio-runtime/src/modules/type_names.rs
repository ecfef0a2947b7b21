//! `_types`: the built-in classes that have no name in `builtins`.

use super::{Function, add, add_functions};
use crate::asyncio::is_awaitable;
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::ModuleObj;
use crate::value::Value;
use crate::vm::Vm;

const FUNCTIONS: &[Function] = &[
    (
        "_make_awaitable",
        NativeFn::F1(make_awaitable),
        "Let a generator be awaited.",
    ),
    (
        "_is_awaitable",
        NativeFn::F1(|vm, value| Ok(Value::bool(is_awaitable(vm, value)))),
        "Whether something can be awaited.",
    ),
];

fn make_awaitable(_vm: &mut Vm, generator: &Value) -> R {
    if let Some(generator) = generator.as_coroutine() {
        generator.make_awaitable();
    }
    Ok(generator.clone())
}

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let types = &vm.types;
    let rows = [
        ("GenericAlias", types.generic_alias.clone()),
        ("UnionType", types.union_type.clone()),
        ("SimpleNamespace", types.simple_namespace.clone()),
        ("MappingProxyType", types.mapping_proxy.clone()),
        ("FunctionType", types.function.clone()),
        ("MethodType", types.method.clone()),
        ("BuiltinFunctionType", types.builtin_function.clone()),
        ("ModuleType", types.module.clone()),
        ("GeneratorType", types.generator.clone()),
        ("CoroutineType", types.coroutine.clone()),
        ("AsyncGeneratorType", types.async_generator.clone()),
        ("CodeType", types.code.clone()),
        ("CellType", types.cell.clone()),
        ("TracebackType", types.traceback.clone()),
        ("FrameType", types.frame.clone()),
        ("GetSetDescriptorType", types.getset_descriptor.clone()),
        ("MemberDescriptorType", types.member_descriptor.clone()),
        ("MethodDescriptorType", types.method_descriptor.clone()),
    ];
    for (name, class) in rows {
        add(vm, module, name, class.into());
    }
    Ok(())
}
