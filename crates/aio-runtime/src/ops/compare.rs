//! Comparison, identity and membership.

use super::keys::Stand;
use crate::error::R;
use crate::objects::Name;
use crate::table::{quick_cmp, quick_eq};
use crate::types::list::Holds;
use crate::types::object::is_object_native;
use crate::types::{numbers, sequences};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

impl Vm {
    /// `a op b` as a value (rich comparison may give anything).
    ///
    /// # Errors
    /// `TypeError` when the order is not defined; what the comparison raises.
    #[inline(never)]
    pub fn compare(&mut self, op: CmpOp, a: &Value, b: &Value) -> R {
        match op {
            CmpOp::Is => Ok(Value::bool(a.is(b))),
            CmpOp::IsNot => Ok(Value::bool(!a.is(b))),
            CmpOp::In => self.contains(b, a).map(Value::bool),
            CmpOp::NotIn => self.contains(b, a).map(|found| Value::bool(!found)),
            CmpOp::Eq | CmpOp::Ne | CmpOp::Lt | CmpOp::Le | CmpOp::Gt | CmpOp::Ge => {
                self.rich_compare(op, a, b)
            }
        }
    }

    /// `a op b` as a truth value.
    ///
    /// # Errors
    /// As for [`Vm::compare`].
    pub fn compare_bool(&mut self, op: CmpOp, a: &Value, b: &Value) -> R<bool> {
        let result = self.compare(op, a, b)?;
        self.truthy(&result)
    }

    /// `a == b` as a truth value (identity counts as equal, as in containers).
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline]
    pub fn eq(&mut self, a: &Value, b: &Value) -> R<bool> {
        match quick_eq(a, b) {
            Some(equal) => Ok(equal),
            None => self.eq_other(a, b),
        }
    }

    #[inline(never)]
    fn eq_other(&mut self, a: &Value, b: &Value) -> R<bool> {
        match self.plain_eq(a, b) {
            Some(equal) => Ok(equal),
            None => self.compare_bool(CmpOp::Eq, a, b),
        }
    }

    /// `a < b` as a truth value.
    ///
    /// # Errors
    /// As for [`Vm::compare`].
    pub fn lt(&mut self, a: &Value, b: &Value) -> R<bool> {
        match quick_cmp(a, b) {
            Some(order) => Ok(order.is_lt()),
            None => self.compare_bool(CmpOp::Lt, a, b),
        }
    }

    fn comparison_names(&self, op: CmpOp) -> (Name, Name) {
        let n = &self.names;
        let (plain, reflected) = match op {
            CmpOp::Ne => (&n.__ne__, &n.__ne__),
            CmpOp::Lt => (&n.__lt__, &n.__gt__),
            CmpOp::Le => (&n.__le__, &n.__ge__),
            CmpOp::Gt => (&n.__gt__, &n.__lt__),
            CmpOp::Ge => (&n.__ge__, &n.__le__),
            CmpOp::Eq | CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => {
                (&n.__eq__, &n.__eq__)
            }
        };
        (plain.clone(), reflected.clone())
    }

    fn rich_compare(&mut self, op: CmpOp, a: &Value, b: &Value) -> R {
        if a.tag() != Tag::Instance && b.tag() != Tag::Instance {
            if let Some(result) = numbers::compare(self, op, a, b)? {
                return Ok(Value::bool(result));
            }
            if let Some(result) = sequences::compare(self, op, a, b)? {
                return Ok(Value::bool(result));
            }
        }
        let instance = a.tag() == Tag::Instance || b.tag() == Tag::Instance;
        if instance
            && matches!(op, CmpOp::Eq | CmpOp::Ne)
            && let Some(equal) = self.plain_eq(a, b)
        {
            return Ok(Value::bool(equal == (op == CmpOp::Eq)));
        }
        self.check_native(" in comparison")?;
        if instance && let Some(stand) = self.stand_in(op, a, b) {
            return match stand {
                Stand::Equal(equal) => Ok(Value::bool(equal == (op == CmpOp::Eq))),
                Stand::For(a, b) => match quick_cmp(&a, &b) {
                    Some(order) => Ok(Value::bool(op.holds_for(order))),
                    None => self.rich_compare(op, &a, &b),
                },
            };
        }
        let of_metaclass = |b: &Value| b.as_class().is_some_and(|class| class.metaclass.is_some());
        if (a.tag() == Tag::Instance
            || b.tag() == Tag::Instance
            || a.tag() == Tag::Class
            || of_metaclass(b))
            && let Some(result) = self.compare_special(op, a, b)?
        {
            return Ok(result);
        }
        match op {
            CmpOp::Eq => Ok(Value::bool(crate::types::function::same_method(a, b))),
            CmpOp::Ne => Ok(Value::bool(!crate::types::function::same_method(a, b))),
            CmpOp::Lt | CmpOp::Le | CmpOp::Gt | CmpOp::Ge => {
                let spelling = match op {
                    CmpOp::Lt => "<",
                    CmpOp::Le => "<=",
                    CmpOp::Gt => ">",
                    _ => ">=",
                };
                let (left, right) = (self.type_name(a), self.type_name(b));
                Err(self.type_error(format!(
                    "'{spelling}' not supported between instances of '{left}' and '{right}'"
                )))
            }
            CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => Ok(Value::FALSE),
        }
    }

    fn compare_special(&mut self, op: CmpOp, a: &Value, b: &Value) -> R<Option<Value>> {
        let (plain, reflected) = self.comparison_names(op);
        let (left, right) = (self.class_of(a), self.class_of(b));
        let right_first = left.id != right.id && right.is_subclass_of(&left);
        if right_first && let Some(result) = self.compared(op, b, &reflected, a)? {
            return Ok(Some(result));
        }
        if let Some(result) = self.compared(op, a, &plain, b)? {
            return Ok(Some(result));
        }
        if !right_first && let Some(result) = self.compared(op, b, &reflected, a)? {
            return Ok(Some(result));
        }
        Ok(None)
    }

    /// What a special method says of a comparison. That of `object` says nothing of two objects
    /// that differ.
    fn compared(&mut self, op: CmpOp, a: &Value, name: &Name, b: &Value) -> R<Option<Value>> {
        let Some(found) = self.lookup_special(a, name) else {
            return Ok(None);
        };
        if op == CmpOp::Eq && !a.is(b) && is_object_native(&found, "__eq__") {
            return Ok(None);
        }
        let result = self.call_found(found, a, std::slice::from_ref(b))?;
        Ok((!result.is_not_implemented()).then_some(result))
    }

    /// `item in container`
    ///
    /// # Errors
    /// `TypeError` when it is no container; what comparing raises.
    pub fn contains(&mut self, container: &Value, item: &Value) -> R<bool> {
        if let Some(hash) = crate::table::quick_hash(item) {
            if let Some(set) = container.as_set() {
                return Ok(self.set_find(set, hash, item)?.is_some());
            }
            if let Some(dict) = container.as_dict() {
                return Ok(self.dict_find(dict, hash, item)?.is_some());
            }
        }
        if let Some(found) = sequences::contains(self, container, item)? {
            return Ok(found);
        }
        if let Some(sequence) = self.sequence_in(container) {
            return self.contains(&sequence, item);
        }
        let hook = self.names.__contains__.clone();
        if let Some(result) = self.call_special(container, &hook, std::slice::from_ref(item))? {
            return self.truthy(&result);
        }
        let iter = match self.iter_opt(container)? {
            Some(iter) => iter,
            None => {
                let name = self.type_name(container);
                return Err(self.type_error(format!("argument of type '{name}' is not iterable")));
            }
        };
        while let Some(value) = self.next(&iter)? {
            if self.eq(&value, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
