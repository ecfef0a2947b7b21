//! What `Counter` and `namedtuple` need to be quick.

use super::Function;
use crate::error::R;
use crate::native::NativeFn;
use crate::objects::DescrObj;
use crate::value::Value;
use crate::vm::Vm;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "_count_elements",
        NativeFn::F2(count_elements),
        "Count elements in the iterable, updating the mapping",
    ),
    (
        "_tuplegetter",
        NativeFn::F2(tuple_getter),
        "An attribute that is an item of a tuple.",
    ),
];

fn count_elements(vm: &mut Vm, mapping: &Value, items: &Value) -> R {
    let base = mapping.as_instance().and_then(|i| i.base_value());
    let Some(dict) = base.as_ref().unwrap_or(mapping).to_dict() else {
        return Err(vm.type_error("_count_elements() needs a dict"));
    };
    let iter = vm.iter(items)?;
    while let Some(item) = vm.next(&iter)? {
        let hash = vm.hash(&item)?;
        match vm.dict_find(&dict, hash, &item)? {
            Some(at) => {
                let old = dict
                    .table
                    .with(|t| t.entry(at).map(|entry| entry.value.clone()));
                let old = old.unwrap_or(Value::int(0));
                let new = match old.as_int() {
                    Some(count) if count < i64::MAX => Value::int(count + 1),
                    _ => vm.binary(aio_compile::hir::BinaryOp::Add, &old, &Value::int(1))?,
                };
                drop(dict.table.with_mut(|table| table.set_value(at, new)));
            }
            None => dict
                .table
                .with_mut(|table| table.insert_new(hash, item, Value::int(1))),
        }
    }
    Ok(Value::NONE)
}

fn tuple_getter(vm: &mut Vm, at: &Value, doc: &Value) -> R {
    let at = vm.index_i64(at)?;
    Ok(Value::new(DescrObj::TupleItem {
        at: at.max(0) as usize,
        doc: doc.clone(),
    }))
}
