//! `bisect`: places in sorted sequences. What is compared, and in which order, is as in CPython.

use super::{Function, add, add_functions};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, NativeFn, Signature};
use crate::objects::{ListObj, ModuleObj};
use crate::types::text_values::size_argument;
use crate::value::{Tag, Value};
use crate::vm::Vm;

const FUNCTIONS: &[Function] = &[
    (
        "bisect_right",
        NativeFn::Any(|vm, args| find(vm, args, &BISECT_RIGHT, Side::Right)),
        "Return the index where to insert item x in list a, assuming a is sorted.",
    ),
    (
        "bisect_left",
        NativeFn::Any(|vm, args| find(vm, args, &BISECT_LEFT, Side::Left)),
        "Return the index where to insert item x in list a, assuming a is sorted.",
    ),
    (
        "insort_right",
        NativeFn::Any(|vm, args| insert(vm, args, &INSORT_RIGHT, Side::Right)),
        "Insert item x in list a, and keep it sorted assuming a is sorted.",
    ),
    (
        "insort_left",
        NativeFn::Any(|vm, args| insert(vm, args, &INSORT_LEFT, Side::Left)),
        "Insert item x in list a, and keep it sorted assuming a is sorted.",
    ),
];

const fn signature(name: &'static str) -> Signature {
    Signature {
        name,
        params: &["a", "x", "lo", "hi", "key"],
        positional: 4,
        required: 2,
    }
}

const BISECT_RIGHT: Signature = signature("bisect_right");
const BISECT_LEFT: Signature = signature("bisect_left");
const INSORT_RIGHT: Signature = signature("insort_right");
const INSORT_LEFT: Signature = signature("insort_left");

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    for (other, name) in [("bisect", "bisect_right"), ("insort", "insort_right")] {
        let name = vm.intern(name);
        if let Some(function) = module.dict.get_name(&name) {
            add(vm, module, other, function);
        }
    }
    Ok(())
}

/// On which side of equal items.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// What is searched, and for what.
struct Search {
    sequence: Value,
    wanted: Value,
    low: usize,
    high: usize,
    /// Unset if items are compared themselves.
    key: Value,
}

impl Search {
    fn of(vm: &mut Vm, args: Args<'_>, signature: &Signature) -> R<Search> {
        let [sequence, wanted, low, high, key] = vm.bind(args, signature)?;
        let low = if low.is_unset() {
            0
        } else {
            size_argument(vm, &low)?
        };
        let high = match high.tag() {
            Tag::Unset | Tag::None => -1,
            Tag::Int | Tag::Bool | Tag::BigInt | Tag::Instance => size_argument(vm, &high)?,
            _ => {
                let given = vm.type_name(&high);
                return Err(
                    vm.type_error(format!("argument should be integer or None, not '{given}'"))
                );
            }
        };
        let Ok(low) = usize::try_from(low) else {
            return Err(vm.value_error("lo must be non-negative"));
        };
        let high = match usize::try_from(high) {
            Ok(high) => high,
            // CPython's sign that none was given; from -2 on nothing is searched.
            Err(_) if high == -1 => vm.len(&sequence)?,
            Err(_) => 0,
        };
        let key = if key.is_none() { Value::UNSET } else { key };
        Ok(Search {
            sequence,
            wanted,
            low,
            high,
            key,
        })
    }

    fn place(&self, vm: &mut Vm, side: Side) -> R<usize> {
        let (mut low, mut high) = (self.low, self.high);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut item = self.item(vm, middle)?;
            if !self.key.is_unset() {
                item = vm.call(&self.key, std::slice::from_ref(&item))?;
            }
            let right_of_it = match side {
                Side::Left => vm.lt(&item, &self.wanted)?,
                Side::Right => !vm.lt(&self.wanted, &item)?,
            };
            if right_of_it {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    fn item(&self, vm: &mut Vm, at: usize) -> R {
        let listed = |list: &ListObj| list.items.with(|items| items.get(at).cloned());
        match self.sequence.as_list().and_then(listed) {
            Some(item) => Ok(item),
            None if self.sequence.tag() == Tag::Dict => {
                Err(vm.type_error("dict is not a sequence"))
            }
            None => vm.get_item(&self.sequence, &Value::int(at as i64)),
        }
    }
}

fn find(vm: &mut Vm, args: Args<'_>, signature: &Signature, side: Side) -> R {
    let search = Search::of(vm, args, signature)?;
    Ok(Value::int(search.place(vm, side)? as i64))
}

fn insert(vm: &mut Vm, args: Args<'_>, signature: &Signature, side: Side) -> R {
    let mut search = Search::of(vm, args, signature)?;
    let item = search.wanted.clone();
    if !search.key.is_unset() {
        search.wanted = vm.call(&search.key, std::slice::from_ref(&item))?;
    }
    let at = search.place(vm, side)?;
    if let Some(list) = search.sequence.as_list() {
        list.items
            .with_mut(|items| items.insert(at.min(items.len()), item));
        return Ok(Value::NONE);
    }
    let name = vm.intern("insert");
    vm.call_method(&search.sequence, &name, &[Value::int(at as i64), item])?;
    Ok(Value::NONE)
}
