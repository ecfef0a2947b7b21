//! `_types`: the built-in classes that have no name in `builtins`.

use super::add;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::ModuleObj;
use crate::vm::Vm;

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
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
