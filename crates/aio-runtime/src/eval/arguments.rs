//! Arguments of any form, `*x` and `**x` too: evaluated in order, and lent to whoever takes them.

use super::Frame;
use super::operand::Form;
use crate::error::{R, Raised};
use crate::native::Args;
use crate::objects::{DictObj, Name};
use crate::table::DictTable;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use smallvec::SmallVec;

/// An argument of a call that has not only positional ones.
pub enum ArgNode {
    /// `x`
    Pos(Form),
    /// `*x`, where nothing else is positional.
    Sole(Form),
    /// `*x`
    Star(Form),
    /// `name=x`
    Keyword(Name, Form),
    /// `**x`
    DoubleStar(Form),
}

/// So many arguments of a kind need no block of memory.
const FEW: usize = 4;

/// Evaluated arguments.
#[derive(Default)]
pub struct Arguments {
    /// The tuple whose items the positional ones are, if it was given whole.
    whole: Option<Value>,
    pos: SmallVec<[Value; FEW]>,
    kw: SmallVec<[(Name, Value); FEW]>,
}

impl Arguments {
    /// As a callee takes them.
    #[inline]
    pub fn lend(&self) -> Args<'_> {
        let pos = match self.whole.as_ref().and_then(Value::as_tuple) {
            Some(tuple) => &tuple.items,
            None => &*self.pos,
        };
        Args { pos, kw: &self.kw }
    }

    /// Evaluates arguments in source order.
    ///
    /// # Errors
    /// What evaluating raises; `TypeError` for a keyword given twice or a `**` that is no mapping.
    #[inline]
    pub fn eval(
        &mut self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        args: &[ArgNode],
        callee: &Value,
    ) -> R<()> {
        for arg in args {
            match arg {
                ArgNode::Pos(form) => self.pos.push(form.eval(vm, frame)?),
                ArgNode::Sole(form) | ArgNode::Star(form) => {
                    let value = form.eval(vm, frame)?;
                    if value.tag() == Tag::Tuple && matches!(arg, ArgNode::Sole(_)) {
                        self.whole = Some(value);
                    } else {
                        self.spread(vm, &value, callee)?;
                    }
                }
                ArgNode::Keyword(name, form) => {
                    let value = form.eval(vm, frame)?;
                    self.add_keyword(vm, self.kw.len(), name.clone(), value, callee)?;
                }
                ArgNode::DoubleStar(form) => {
                    let mapping = form.eval(vm, frame)?;
                    let is_empty = |dict: &DictObj| dict.table.with(DictTable::is_empty);
                    if !mapping.as_dict().is_some_and(is_empty) {
                        self.spread_mapping(vm, &mapping, callee)?;
                    }
                }
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn spread(&mut self, vm: &mut Vm, value: &Value, callee: &Value) -> R<()> {
        if let Some(tuple) = value.as_tuple() {
            self.pos.extend(tuple.items.iter().cloned());
            return Ok(());
        }
        if let Some(list) = value.as_list() {
            if value.ref_count() == 1 {
                self.pos.extend(list.items.with_mut(std::mem::take));
            } else {
                let more = &mut self.pos;
                list.items.with(|items| more.extend(items.iter().cloned()));
            }
            return Ok(());
        }
        let mut items = Vec::new();
        if vm.collect_into(value, &mut items)? {
            self.pos.extend(items);
            return Ok(());
        }
        let (shown, name) = (callee_text(vm, callee), vm.type_name(value));
        Err(vm.type_error(format!(
            "{shown} argument after * must be an iterable, not {name}"
        )))
    }

    #[inline(never)]
    fn spread_mapping(&mut self, vm: &mut Vm, mapping: &Value, callee: &Value) -> R<()> {
        if let Some(dict) = mapping.as_dict() {
            // The keys of a dict differ.
            let before = self.kw.len();
            let mut at = 0;
            let mut next = || {
                dict.table.with(|table| {
                    let (position, entry) = table.next_entry(at)?;
                    at = position + 1;
                    Some((entry.key.clone(), entry.value.clone()))
                })
            };
            while let Some((key, value)) = next() {
                self.add_pair(vm, before, (key, value), callee)?;
            }
            return Ok(());
        }
        let name = vm.names.keys.clone();
        let Some(keys) = vm.get_attr_opt(mapping, &name)? else {
            let (shown, name) = (callee_text(vm, callee), vm.type_name(mapping));
            return Err(vm.type_error(format!(
                "{shown} argument after ** must be a mapping, not {name}"
            )));
        };
        let keys = vm.call(&keys, &[])?;
        let mut pairs = Vec::new();
        for key in vm.collect(&keys)? {
            let value = vm.get_item(mapping, &key)?;
            pairs.push((key, value));
        }
        for pair in pairs {
            self.add_pair(vm, self.kw.len(), pair, callee)?;
        }
        Ok(())
    }

    /// Adds a keyword that is the key of a mapping.
    #[inline]
    fn add_pair(
        &mut self,
        vm: &mut Vm,
        before: usize,
        (key, value): (Value, Value),
        callee: &Value,
    ) -> R<()> {
        let Some(name) = key.to_str_obj() else {
            return Err(vm.type_error("keywords must be strings"));
        };
        let name = vm.intern_str(&name);
        self.add_keyword(vm, before, name, value, callee)
    }

    /// Adds a keyword that may be among the first `before` ones.
    #[inline]
    fn add_keyword(
        &mut self,
        vm: &mut Vm,
        before: usize,
        name: Name,
        value: Value,
        callee: &Value,
    ) -> R<()> {
        let known = self.kw.iter().take(before);
        if known.into_iter().any(|(known, _)| known.same(&name)) {
            let shown = callee_text(vm, callee);
            let name = name.text();
            return Err(vm.type_error(format!(
                "{shown} got multiple values for keyword argument '{name}'"
            )));
        }
        self.kw.push((name, value));
        Ok(())
    }
}

#[cold]
fn callee_text(vm: &mut Vm, callee: &Value) -> String {
    if let Some(func) = callee.as_func() {
        return format!("__main__.{}()", func.code.qualname.text());
    }
    let name = vm.names.__qualname__.clone();
    match vm.get_attr_opt(callee, &name) {
        Ok(Some(name)) => format!("{}()", vm.to_text(&name).unwrap_or_default()),
        Ok(None) | Err(Raised) => {
            drop(vm.take_pending());
            format!("{} object", vm.type_name(callee))
        }
    }
}
