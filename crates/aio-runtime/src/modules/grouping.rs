//! `itertools.groupby`.
//!
//! The iterator and its groups go over the same items, so what they know lies in a list that all of
//! them have.

use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{IterObj, ListObj, NativeIter};
use crate::types::iterators::{ITER_SELF, NEXT};
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `groupby`.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "groupby(iterable, key=None): keys, with the neighbors that have them.",
    ),
    ITER_SELF,
    NEXT,
];

/// What the iterator and its groups share.
#[derive(Clone)]
struct Shared(Ref<ListObj>);

/// The places of the list.
#[derive(Clone, Copy)]
enum Place {
    /// The iterator of the items.
    Items,
    /// The function that makes keys, or `None`.
    Function,
    /// The item that was taken last and not yet given, or unset.
    Item,
    /// Its key, or unset.
    Key,
    /// The key of the present group, or unset.
    Target,
    /// The number of the present group.
    Turn,
}

impl Shared {
    fn get(&self, place: Place) -> Value {
        self.0.get(place as usize).unwrap_or(Value::UNSET)
    }

    fn set(&self, place: Place, value: Value) {
        let old = self.0.items.with_mut(|items| {
            let slot = items.get_mut(place as usize)?;
            Some(std::mem::replace(slot, value))
        });
        drop(old);
    }

    /// Takes the next item and makes its key; false at the end.
    fn step(&self, vm: &mut Vm) -> R<bool> {
        let Some(item) = vm.next_of_source(&self.get(Place::Items))? else {
            return Ok(false);
        };
        let function = self.get(Place::Function);
        let key = if function.is_none() {
            item.clone()
        } else {
            vm.call(&function, std::slice::from_ref(&item))?
        };
        self.set(Place::Item, item);
        self.set(Place::Key, key);
        Ok(true)
    }
}

struct Groups(Shared);

struct Group {
    shared: Shared,
    target: Value,
    turn: i64,
}

const SIGNATURE: Signature = Signature {
    name: "groupby",
    params: &["iterable", "key"],
    positional: 2,
    required: 1,
};

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let rest = args.behind_class();
    let [iterable, function] = vm.bind(rest, &SIGNATURE)?;
    let function = if function.is_unset() {
        Value::NONE
    } else {
        function
    };
    let places = vec![
        vm.iter(&iterable)?,
        function,
        Value::UNSET,
        Value::UNSET,
        Value::UNSET,
        Value::int(0),
    ];
    let shared = Shared(Ref::new(ListObj::new(places)));
    Ok(IterObj::native(Groups(shared)))
}

impl NativeIter for Groups {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let Groups(shared) = self;
        let turn = shared
            .get(Place::Turn)
            .as_int()
            .unwrap_or(0)
            .wrapping_add(1);
        shared.set(Place::Turn, Value::int(turn));
        loop {
            let (key, target) = (shared.get(Place::Key), shared.get(Place::Target));
            if !key.is_unset() && (target.is_unset() || !vm.eq(&target, &key)?) {
                break;
            }
            vm.poll()?;
            if !shared.step(vm)? {
                return Ok(None);
            }
        }
        let key = shared.get(Place::Key);
        shared.set(Place::Target, key.clone());
        let group = IterObj::native(Group {
            shared: shared.clone(),
            target: key.clone(),
            turn,
        });
        Ok(Some(Value::tuple([key, group])))
    }
    fn type_name(&self) -> &'static str {
        "itertools.groupby"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.0.0.to_value());
    }
}

impl NativeIter for Group {
    fn next(&mut self, vm: &mut Vm) -> R<Option<Value>> {
        let shared = &self.shared;
        if shared.get(Place::Turn).as_int() != Some(self.turn) {
            return Ok(None);
        }
        if shared.get(Place::Item).is_unset() && !shared.step(vm)? {
            return Ok(None);
        }
        let key = shared.get(Place::Key);
        if key.is_unset() || !vm.eq(&self.target, &key)? {
            return Ok(None);
        }
        let item = shared.get(Place::Item);
        shared.set(Place::Item, Value::UNSET);
        shared.set(Place::Key, Value::UNSET);
        Ok(Some(item))
    }
    fn type_name(&self) -> &'static str {
        "iterator"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.shared.0.to_value());
        visitor(&self.target);
    }
}
