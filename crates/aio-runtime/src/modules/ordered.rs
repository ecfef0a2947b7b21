//! What `OrderedDict` does to the order of its keys.

use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Signature};
use crate::objects::DictObj;
use crate::types::receiver::{receiver, wrong_receiver};
use crate::value::{Tag, Value};
use crate::vm::Vm;

const MOVE_TO_END: Signature = Signature {
    name: "move_to_end",
    params: &["key", "last"],
    positional: 2,
    required: 1,
};

const POP_ITEM: Signature = Signature {
    name: "popitem",
    params: &["last"],
    positional: 1,
    required: 0,
};

fn dict_of(vm: &mut Vm, object: &Value, method: &str) -> R<Ref<DictObj>> {
    const OWNER: &str = "collections.OrderedDict";
    match object.tag() {
        Tag::Instance => receiver(vm, object, OWNER, method),
        _ => Err(wrong_receiver(vm, object, OWNER, method)),
    }
}

/// `move_to_end(key, last=True)`
///
/// # Errors
/// `KeyError`; what hashing and comparing keys raises.
pub fn move_to_end(vm: &mut Vm, args: Args<'_>) -> R {
    let (object, rest) = args.split_receiver(vm, "OrderedDict", "move_to_end")?;
    let [key, last] = vm.bind(rest, &MOVE_TO_END)?;
    let last = last.is_unset() || vm.truthy(&last)?;
    let dict = dict_of(vm, object, "move_to_end")?;
    if dict.table.with(|table| table.is_empty()) {
        return Err(vm.key_error(key));
    }
    let hash = vm.hash(&key)?;
    let Some(at) = vm.dict_find(&dict, hash, &key)? else {
        return Err(vm.key_error(key));
    };
    dict.table.with_mut(|table| {
        if last && at + 1 == table.positions() {
            return;
        }
        let (key, value) = table.remove(at);
        if last {
            table.insert_new(hash, key, value);
            return;
        }
        let others = table.clear();
        table.insert_new(hash, key, value);
        for entry in others.iter() {
            table.insert_new(entry.hash, entry.key.clone(), entry.value.clone());
        }
    });
    Ok(Value::NONE)
}

/// `popitem(last=True)`
///
/// # Errors
/// `KeyError` when there is none.
pub fn pop_item(vm: &mut Vm, args: Args<'_>) -> R {
    let (object, rest) = args.split_receiver(vm, "OrderedDict", "popitem")?;
    let [last] = vm.bind(rest, &POP_ITEM)?;
    let last = last.is_unset() || vm.truthy(&last)?;
    let dict = dict_of(vm, object, "popitem")?;
    let removed = dict.table.with_mut(|table| {
        let end = match last {
            true => table.previous_entry(usize::MAX),
            false => table.next_entry(0),
        };
        let (at, _) = end?;
        Some(table.remove(at))
    });
    match removed {
        Some((key, value)) => Ok(Value::tuple([key, value])),
        None => {
            let message = vm.str("dictionary is empty");
            Err(vm.key_error(message))
        }
    }
}
