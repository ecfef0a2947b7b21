//! The builtins that take in all items of an iterable, as something to hand item after item to: what
//! `sum(x for x in …)` and its like need no generator for.

use super::iteration::Search;
use super::summing::Total;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{ListObj, SetObj};
use crate::types::{set_ops, sorting};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// Such a builtin at work.
pub enum Intake {
    /// `sum`
    Sum(Total),
    /// `any` (stops at a true item) and `all` (at a false one): at what, and whether it did.
    Test(bool, bool),
    /// `min` and `max`
    Extreme(Search),
    /// `list`, and what takes in the items of a list.
    Items(Vec<Value>, Then),
    /// `set` and `frozenset`
    Set(Ref<SetObj>),
}

/// What becomes of a list of all items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It stays one.
    List,
    /// A tuple.
    Tuple,
    /// It is sorted.
    Sorted,
}

impl Intake {
    /// Collects a list.
    pub fn list() -> Intake {
        Intake::Items(Vec::new(), Then::List)
    }

    /// What calling a builtin with one iterable begins with; `None` for any other callee.
    pub fn of(vm: &Vm, callee: &Value) -> Option<Intake> {
        if let Some(native) = callee.as_native() {
            return match native.name {
                _ if native.owner.is_some() => None,
                "sum" => Some(Intake::Sum(Total::Ints(0))),
                "any" => Some(Intake::Test(true, false)),
                "all" => Some(Intake::Test(false, false)),
                "min" => Some(Intake::Extreme(Search::new(CmpOp::Lt))),
                "max" => Some(Intake::Extreme(Search::new(CmpOp::Gt))),
                "sorted" => Some(Intake::Items(Vec::new(), Then::Sorted)),
                _ => None,
            };
        }
        let class = callee.borrow_ref()?;
        let types = &vm.types;
        if types.list.same(class) {
            Some(Intake::list())
        } else if types.tuple.same(class) {
            Some(Intake::Items(Vec::new(), Then::Tuple))
        } else if types.set.same(class) {
            Some(Intake::Set(set_ops::empty(false)))
        } else if types.frozenset.same(class) {
            Some(Intake::Set(set_ops::empty(true)))
        } else {
            None
        }
    }

    /// Takes in an item; whether more are wanted.
    ///
    /// # Errors
    /// What the builtin raises about the item.
    #[inline]
    pub fn take(&mut self, vm: &mut Vm, item: Value) -> R<bool> {
        match self {
            Intake::Sum(total) => total.add(vm, &item)?,
            Intake::Test(stops_at, stopped) => {
                *stopped = vm.truthy(&item)? == *stops_at;
                return Ok(!*stopped);
            }
            Intake::Extreme(search) => search.consider(vm, item)?,
            Intake::Items(items, _) => items.push(item),
            Intake::Set(set) => {
                vm.set_add(set, item)?;
            }
        }
        Ok(true)
    }

    /// What the call gives, after the last item.
    ///
    /// # Errors
    /// `ValueError` of `min` and `max` without items; what sorting raises.
    pub fn finish(self, vm: &mut Vm) -> R {
        match self {
            Intake::Sum(total) => Ok(total.value()),
            Intake::Test(stops_at, stopped) => Ok(Value::bool(stopped == stops_at)),
            Intake::Extreme(search) => search.found(vm),
            Intake::Items(mut items, then) => {
                if then == Then::Tuple {
                    return Ok(Value::tuple(items));
                }
                if then == Then::Sorted {
                    sorting::sort(vm, &mut items, &Value::NONE, false)?;
                }
                Ok(Value::new(ListObj::new(items)))
            }
            Intake::Set(set) => Ok(set.into()),
        }
    }
}
