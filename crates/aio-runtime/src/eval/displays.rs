//! Nodes: tuple, list, set and dict displays.

use super::operand::Form;
use super::{Frame, Node, NodeBox};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{DictObj, ListObj, SetObj};
use crate::table::{DictTable, Entry, SetTable};
use crate::types::{dict, set_ops};
use crate::value::Value;
use crate::vm::Vm;

/// An element of a display.
pub enum ItemNode {
    /// `x`
    One(NodeBox),
    /// `*x`
    Star(NodeBox),
}

fn eval_items(vm: &mut Vm, frame: &mut Frame<'_>, items: &[ItemNode]) -> R<Vec<Value>> {
    let mut values = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        match item {
            ItemNode::One(node) => values.push(node.eval(vm, frame)?),
            ItemNode::Star(node) => {
                let value = node.eval(vm, frame)?;
                if let Some(list) = value.as_list()
                    && at + 1 < items.len()
                {
                    // What follows is often as long.
                    values.reserve(2 * list.len());
                }
                if !vm.collect_into(&value, &mut values)? {
                    let name = vm.type_name(&value);
                    return Err(
                        vm.type_error(format!("Value after * must be an iterable, not {name}"))
                    );
                }
            }
        }
    }
    Ok(values)
}

/// `(a, b)`
pub struct Tuple(pub Box<[Form]>);

impl Node for Tuple {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        // Most have few items, which then go straight to where they stay.
        Ok(match &*self.0 {
            [a] => Value::tuple([a.eval(vm, frame)?]),
            [a, b] => Value::tuple([a.eval(vm, frame)?, b.eval(vm, frame)?]),
            [a, b, c] => {
                let (a, b) = (a.eval(vm, frame)?, b.eval(vm, frame)?);
                Value::tuple([a, b, c.eval(vm, frame)?])
            }
            nodes => {
                let mut values = Vec::with_capacity(nodes.len());
                for node in nodes {
                    values.push(node.eval(vm, frame)?);
                }
                Value::tuple(values)
            }
        })
    }
}

/// `(a, *b)`
pub struct StarTuple(pub Box<[ItemNode]>);

impl Node for StarTuple {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let values = eval_items(vm, frame, &self.0)?;
        Ok(Value::tuple(values))
    }
}

/// `[a, *b]`
pub struct List(pub Box<[ItemNode]>);

impl Node for List {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let values = eval_items(vm, frame, &self.0)?;
        Ok(Value::new(ListObj::new(values)))
    }
}

/// `{a, *b}`
pub struct Set(pub Box<[ItemNode]>);

impl Node for Set {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let starred = |item: &ItemNode| matches!(item, ItemNode::Star(_));
        let set = Ref::new(SetObj::default());
        if self.0.iter().any(starred) {
            for item in &self.0 {
                match item {
                    ItemNode::One(node) => {
                        let key = node.eval(vm, frame)?;
                        vm.set_add(&set, key)?;
                    }
                    ItemNode::Star(node) => {
                        let keys = node.eval(vm, frame)?;
                        set_ops::update(vm, &set, &keys)?;
                    }
                }
            }
            return Ok(set.into());
        }
        for value in eval_items(vm, frame, &self.0)? {
            vm.set_add(&set, value)?;
        }
        Ok(set.into())
    }
}

/// `{1, 2, 3}`: the set of constants that was made of them once.
pub struct ConstSet(pub SetTable);

impl Node for ConstSet {
    fn eval(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R {
        Ok(set_ops::set_object(self.0.clone(), false).into())
    }
}

/// An element of a dict display.
pub enum DictItemNode {
    /// `k: v`
    Pair(NodeBox, NodeBox),
    /// `**x`
    Merge(NodeBox),
}

/// `{k: v, **d}`
pub struct Dict(pub Box<[DictItemNode]>);

impl Node for Dict {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let dict = Ref::new(DictObj::default());
        if self.0.len() > 1 && matches!(self.0.first(), Some(DictItemNode::Pair(..))) {
            dict.table.set(DictTable::with_capacity(self.0.len()));
        }
        for item in &self.0 {
            match item {
                DictItemNode::Pair(key, value) => {
                    let key = key.eval(vm, frame)?;
                    let value = value.eval(vm, frame)?;
                    vm.dict_set(&dict, key, value)?;
                }
                DictItemNode::Merge(node) => {
                    let mapping = node.eval(vm, frame)?;
                    merge(vm, &dict, &mapping)?;
                }
            }
        }
        Ok(dict.into())
    }
}

/// `{"a": x, "b": y}`: a dict whose keys are constants that differ.
pub struct Record {
    /// The keys with their hashes.
    pub keys: Box<[(i64, Value)]>,
    /// A value for each.
    pub values: Box<[Form]>,
}

impl Node for Record {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut entries = Vec::with_capacity(self.keys.len());
        for ((hash, key), value) in self.keys.iter().zip(&self.values) {
            entries.push(Entry {
                hash: *hash,
                value: value.eval(vm, frame)?,
                key: key.clone(),
            });
        }
        Ok(Value::new(DictObj::of_distinct(entries)))
    }
}

fn merge(vm: &mut Vm, dict: &Ref<DictObj>, mapping: &Value) -> R<()> {
    if let Some(other) = mapping.as_dict() {
        return dict::merge(vm, dict, other);
    }
    let name = vm.names.keys.clone();
    let Some(keys) = vm.get_attr_opt(mapping, &name)? else {
        let name = vm.type_name(mapping);
        return Err(vm.type_error(format!("'{name}' object is not a mapping")));
    };
    let keys = vm.call(&keys, &[])?;
    for key in vm.collect(&keys)? {
        let value = vm.get_item(mapping, &key)?;
        vm.dict_set(dict, key, value)?;
    }
    Ok(())
}

/// Makes an empty list, set or dict (for comprehensions that suspend).
pub struct NewContainer(pub Container);

/// Which container.
#[derive(Clone, Copy)]
pub enum Container {
    /// A list.
    List,
    /// A set.
    Set,
    /// A dict.
    Dict,
}

impl Node for NewContainer {
    fn eval(&self, _vm: &mut Vm, _frame: &mut Frame<'_>) -> R {
        Ok(match self.0 {
            Container::List => Value::new(ListObj::default()),
            Container::Set => Value::new(SetObj::default()),
            Container::Dict => Value::new(DictObj::default()),
        })
    }
}

/// Appends to the list in a slot.
pub struct Append(pub u32, pub NodeBox);

impl Node for Append {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.1.eval(vm, frame)?;
        if let Some(list) = frame.slots[self.0 as usize].as_list() {
            list.items.with_mut(|items| items.push(value));
        }
        Ok(Value::NONE)
    }
}

/// Adds to the set in a slot.
pub struct SetAdd(pub u32, pub NodeBox);

impl Node for SetAdd {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.1.eval(vm, frame)?;
        if let Some(set) = frame.slots[self.0 as usize].to_set() {
            vm.set_add(&set, value)?;
        }
        Ok(Value::NONE)
    }
}

/// Sets a key of the dict in a slot.
pub struct DictSet(pub u32, pub NodeBox, pub NodeBox);

impl Node for DictSet {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let key = self.1.eval(vm, frame)?;
        let value = self.2.eval(vm, frame)?;
        if let Some(dict) = frame.slots[self.0 as usize].to_dict() {
            vm.dict_set(&dict, key, value)?;
        }
        Ok(Value::NONE)
    }
}
