//! `itertools`: some of the items of an iterable (`takewhile`, `dropwhile`, `filterfalse`,
//! `compress`).

use crate::error::R;
use crate::native::{Args, Signature};
use crate::objects::{IterObj, NativeIter};
use crate::value::Value;
use crate::vm::Vm;

/// How a predicate chooses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Up to the first item for which it is false.
    Take,
    /// From there on.
    Drop,
    /// All for which it is false.
    False,
    /// The rest, whatever it says.
    Rest,
}

struct Chosen {
    predicate: Value,
    /// Unset when no more is to be given.
    items: Value,
    choice: Choice,
}

fn chosen(vm: &mut Vm, predicate: &Value, iterable: &Value, choice: Choice) -> R {
    Ok(IterObj::native(Chosen {
        predicate: predicate.clone(),
        items: vm.iter(iterable)?,
        choice,
    }))
}

/// `takewhile(predicate, iterable)`
pub fn take_while(vm: &mut Vm, predicate: &Value, iterable: &Value) -> R {
    chosen(vm, predicate, iterable, Choice::Take)
}

/// `dropwhile(predicate, iterable)`
pub fn drop_while(vm: &mut Vm, predicate: &Value, iterable: &Value) -> R {
    chosen(vm, predicate, iterable, Choice::Drop)
}

/// `filterfalse(predicate, iterable)`
pub fn filter_false(vm: &mut Vm, predicate: &Value, iterable: &Value) -> R {
    chosen(vm, predicate, iterable, Choice::False)
}

impl NativeIter for Chosen {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        if self.items.is_unset() {
            return Ok(None);
        }
        while let Some(item) = vm.next_of_source(&self.items)? {
            if self.choice == Choice::Rest {
                return Ok(Some(item));
            }
            // Only `filterfalse` has a meaning for `None`.
            let answer = if self.choice == Choice::False && self.predicate.is_none() {
                item.clone()
            } else {
                vm.call(&self.predicate, std::slice::from_ref(&item))?
            };
            let is_true = vm.truthy(&answer)?;
            match (self.choice, is_true) {
                (Choice::Take, true) | (Choice::False, false) => return Ok(Some(item)),
                (Choice::Take, false) => {
                    self.items = Value::UNSET;
                    return Ok(None);
                }
                (Choice::Drop, false) => {
                    self.choice = Choice::Rest;
                    return Ok(Some(item));
                }
                (Choice::Drop | Choice::False | Choice::Rest, _) => vm.poll()?,
            }
        }
        Ok(None)
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.predicate);
        visitor(&self.items);
    }
}

struct Compressed {
    data: Value,
    selectors: Value,
}

const COMPRESS: Signature = Signature {
    name: "compress",
    params: &["data", "selectors"],
    positional: 2,
    required: 2,
};

/// `compress(data, selectors)`
pub fn compress(vm: &mut Vm, args: Args<'_>) -> R {
    let [data, selectors] = vm.bind(args, &COMPRESS)?;
    Ok(IterObj::native(Compressed {
        data: vm.iter(&data)?,
        selectors: vm.iter(&selectors)?,
    }))
}

impl NativeIter for Compressed {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        while let Some(item) = vm.next_of_source(&self.data)? {
            let Some(selector) = vm.next_of_source(&self.selectors)? else {
                return Ok(None);
            };
            if vm.truthy(&selector)? {
                return Ok(Some(item));
            }
            vm.poll()?;
        }
        Ok(None)
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.data);
        visitor(&self.selectors);
    }
}
