//! The built-in types: one file per type, which opens with its method table.

pub mod async_generator;
pub mod bool_type;
pub mod bytearray;
pub mod bytes;
pub mod class_build;
pub mod class_checks;
pub mod class_layout;
pub mod complex;
pub mod container_text;
pub mod coroutine;
pub mod descriptors;
pub mod dict;
pub mod dunders;
pub mod encoding;
pub mod exception_groups;
pub mod exception_kinds;
pub mod exceptions;
pub mod float_type;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod int_type;
pub mod iterators;
pub mod lazy_iterators;
pub mod limits;
pub mod list;
pub mod list_slices;
pub mod making;
pub mod module;
pub mod numbers;
pub mod object;
pub mod object_text;
pub mod percent_format;
pub mod range;
pub mod receiver;
pub mod reprs;
pub mod scalar_text;
pub mod sequences;
pub mod set;
pub mod set_ops;
pub mod short_repr;
pub mod simple;
pub mod singletons;
pub mod slice;
pub mod sorting;
pub mod str_type;
pub mod super_type;
mod table;
pub mod template_format;
pub mod text_ops;
pub mod text_values;
#[expect(clippy::indexing_slicing, reason = "runs and their places are its own")]
pub mod timsort;
pub mod tracebacks;
pub mod tuple;
pub mod type_type;
pub mod views;
pub mod walk;

pub use table::Types;

use crate::heap::Ref;
use crate::objects::{ClassObj, DescrObj, IterKind, ViewKind};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;

/// The class of a value that is not an instance.
pub fn class_of_builtin<'a>(vm: &'a Vm, value: &'a Value) -> &'a Ref<ClassObj> {
    let types = &vm.types;
    match value.tag() {
        Tag::Unset | Tag::None => &types.none_type,
        Tag::Bool => &types.bool,
        Tag::Int | Tag::BigInt => &types.int,
        Tag::Float => &types.float,
        Tag::NotImplemented => &types.not_implemented_type,
        Tag::Ellipsis => &types.ellipsis_type,
        Tag::Str => &types.str,
        Tag::Complex => &types.complex,
        Tag::Bytes => &types.bytes,
        Tag::Range => &types.range,
        Tag::Slice => &types.slice,
        Tag::Tuple => &types.tuple,
        Tag::List => &types.list,
        Tag::Dict => &types.dict,
        Tag::Set if value.as_set().is_some_and(|set| set.frozen) => &types.frozenset,
        Tag::Set => &types.set,
        Tag::Func => &types.function,
        Tag::Method => match value.as_method() {
            Some(method) if method.func.tag() == Tag::Native => &types.builtin_function,
            Some(_) | None => &types.method,
        },
        Tag::Native => match value.as_native() {
            Some(native) if native.is_method => &types.method_descriptor,
            Some(_) | None => &types.builtin_function,
        },
        Tag::Cell => &types.cell,
        Tag::Module => &types.module,
        Tag::Instance => &types.object,
        Tag::View | Tag::Descr | Tag::Class | Tag::Coroutine | Tag::Future | Tag::Iter => {
            class_of_variant(types, value)
        }
    }
}

fn class_of_variant<'a>(types: &'a Types, value: &'a Value) -> &'a Ref<ClassObj> {
    if let Some(view) = value.as_view() {
        return match view.kind {
            ViewKind::Keys => &types.dict_keys,
            ViewKind::Values => &types.dict_values,
            ViewKind::Items => &types.dict_items,
        };
    }
    if let Some(descr) = value.as_descr() {
        return match descr {
            DescrObj::Property { .. } => &types.property,
            DescrObj::StaticMethod(_) => &types.staticmethod,
            DescrObj::ClassMethod(_) => &types.classmethod,
            DescrObj::GetSet { .. } => &types.getset_descriptor,
            DescrObj::Member(_) | DescrObj::TupleItem { .. } => &types.member_descriptor,
        };
    }
    if let Some(class) = value.as_class() {
        return class.metaclass.as_ref().unwrap_or(&types.type_);
    }
    if let Some(coroutine) = value.as_coroutine() {
        return match coroutine.flavor {
            Flavor::Plain | Flavor::Generator => &types.generator,
            Flavor::Coroutine if coroutine.func.is_none() => class_of_native(types, coroutine),
            Flavor::Coroutine => &types.coroutine,
            Flavor::AsyncGenerator => &types.async_generator,
        };
    }
    if let Some(future) = value.as_future() {
        return crate::asyncio::class_of_future(types, future);
    }
    value
        .as_iter()
        .map_or(&types.object, |iter| class_of_iter(types, &iter.kind))
}

fn class_of_iter<'a>(types: &'a Types, kind: &crate::heap::GcCell<IterKind>) -> &'a Ref<ClassObj> {
    kind.with(|kind| match kind {
        IterKind::List(..) => &types.list_iterator,
        IterKind::Tuple(..) => &types.tuple_iterator,
        IterKind::Range(..) => &types.range_iterator,
        IterKind::Str(..) => &types.str_iterator,
        IterKind::Native(None) => &types.iterator,
        IterKind::Native(Some(iter)) => types
            .by_name
            .get(iter.type_name())
            .unwrap_or(&types.iterator),
    })
}

/// The exceptions that are built-in names: all but those of `asyncio`.
pub fn builtin_exceptions(types: &Types) -> Vec<Ref<ClassObj>> {
    let mut found = Vec::new();
    let mut queue = vec![types.base_exception.clone()];
    while let Some(class) = queue.pop() {
        if object_text::module_of_builtin(&class.name_text()) == "builtins" {
            found.push(class.clone());
        }
        queue.extend(class.subclasses.get());
    }
    found
}

/// Coroutines written in Rust are coroutines, but for the objects that drive async generators.
fn class_of_native<'a>(
    types: &'a Types,
    coroutine: &crate::objects::CoroutineObj,
) -> &'a Ref<ClassObj> {
    let name = coroutine.with_native(|native| native.map(|native| native.name()));
    match name {
        Some("async_generator_asend") => &types.async_generator_asend,
        Some("async_generator_athrow") => &types.async_generator_athrow,
        Some(_) | None => &types.coroutine,
    }
}
