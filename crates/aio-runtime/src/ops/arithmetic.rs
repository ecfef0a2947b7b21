//! Binary and unary operators.
//!
//! `binary` tries the built-in pairs first (`types::numbers`, sequences), then the special
//! methods in Python's order: the reflected method of the right operand goes first when its class
//! is a proper subclass of the left one's and provides a different method.

use crate::error::{R, Raised};
use crate::objects::{ClassObj, Name};
use crate::types::receiver::base_of;
use crate::types::{numbers, sequences};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{BinaryOp, UnaryOp};

/// The spelling of an operator, for messages.
pub fn spelling(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::MatMul => "@",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "** or pow()",
        BinaryOp::LShift => "<<",
        BinaryOp::RShift => ">>",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::BitAnd => "&",
    }
}

impl Vm {
    /// The names of the methods: plain, reflected, in place.
    fn operator_names(&self, op: BinaryOp) -> (&Name, &Name, &Name) {
        let n = &self.names;
        match op {
            BinaryOp::Add => (&n.__add__, &n.__radd__, &n.__iadd__),
            BinaryOp::Sub => (&n.__sub__, &n.__rsub__, &n.__isub__),
            BinaryOp::Mul => (&n.__mul__, &n.__rmul__, &n.__imul__),
            BinaryOp::MatMul => (&n.__matmul__, &n.__rmatmul__, &n.__imatmul__),
            BinaryOp::Div => (&n.__truediv__, &n.__rtruediv__, &n.__itruediv__),
            BinaryOp::FloorDiv => (&n.__floordiv__, &n.__rfloordiv__, &n.__ifloordiv__),
            BinaryOp::Mod => (&n.__mod__, &n.__rmod__, &n.__imod__),
            BinaryOp::Pow => (&n.__pow__, &n.__rpow__, &n.__ipow__),
            BinaryOp::LShift => (&n.__lshift__, &n.__rlshift__, &n.__ilshift__),
            BinaryOp::RShift => (&n.__rshift__, &n.__rrshift__, &n.__irshift__),
            BinaryOp::BitOr => (&n.__or__, &n.__ror__, &n.__ior__),
            BinaryOp::BitXor => (&n.__xor__, &n.__rxor__, &n.__ixor__),
            BinaryOp::BitAnd => (&n.__and__, &n.__rand__, &n.__iand__),
        }
    }

    /// `a op b`
    ///
    /// # Errors
    /// `TypeError` when neither side knows how; what the operation raises.
    #[inline(never)]
    pub fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> R {
        match self.binary_opt(op, a, b)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported(op, a, b, "")),
        }
    }

    /// `a op b`, `None` when neither side knows how.
    fn binary_opt(&mut self, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
        if a.tag() != Tag::Instance && b.tag() != Tag::Instance {
            if let Some(result) = numbers::binary(self, op, a, b)? {
                return Ok(Some(result));
            }
            if let Some(result) = sequences::binary(self, op, a, b)? {
                return Ok(Some(result));
            }
            if a.tag() != Tag::Class && b.tag() != Tag::Class {
                return Ok(None);
            }
        }
        self.binary_special(op, a, b)
    }

    fn binary_special(&mut self, op: BinaryOp, a: &Value, b: &Value) -> R<Option<Value>> {
        let (plain, reflected, _) = self.operator_names(op);
        let (plain, reflected) = (plain.clone(), reflected.clone());
        let (left, right) = (self.class_of(a), self.class_of(b));
        // Joining and repeating sequences come after what both sides have to say.
        let joins = matches!(op, BinaryOp::Add | BinaryOp::Mul);
        let left_last = joins && self.is_sequence_slot(a, &left, &plain);
        let right_last = joins && self.is_sequence_slot(b, &right, &reflected);
        let mut tried_right = right_last;
        if !right_last && left.id != right.id && right.is_subclass_of(&left) {
            let (mine, theirs) = (
                self.lookup(&left, &reflected),
                self.lookup(&right, &reflected),
            );
            let different = match (&mine, &theirs) {
                (Some(mine), Some(theirs)) => !mine.is(theirs),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if different {
                tried_right = true;
                if let Some(result) = self.special_result(b, &reflected, a)? {
                    return Ok(Some(result));
                }
            }
        }
        if !left_last && let Some(result) = self.special_result(a, &plain, b)? {
            return Ok(Some(result));
        }
        if left.id != right.id
            && !tried_right
            && let Some(result) = self.special_result(b, &reflected, a)?
        {
            return Ok(Some(result));
        }
        if left_last || right_last {
            let (a, b) = (base_of(a), base_of(b));
            return sequences::binary(self, op, &a, &b);
        }
        Ok(None)
    }

    /// Whether a value is a sequence whose operator is the built-in one.
    fn is_sequence_slot(&mut self, value: &Value, class: &ClassObj, name: &Name) -> bool {
        matches!(
            base_of(value).tag(),
            Tag::Str | Tag::List | Tag::Tuple | Tag::Bytes
        ) && self
            .lookup(class, name)
            .is_none_or(|found| found.tag() == Tag::Native)
    }

    /// Calls a special method; `None` when there is none or it gives `NotImplemented`.
    pub fn special_result(
        &mut self,
        object: &Value,
        name: &Name,
        other: &Value,
    ) -> R<Option<Value>> {
        let result = self.call_special(object, name, std::slice::from_ref(other))?;
        Ok(result.filter(|result| !result.is_not_implemented()))
    }

    /// `a op= b`: the value to store back.
    ///
    /// # Errors
    /// As for [`Vm::binary`].
    #[inline(never)]
    pub fn inplace(&mut self, op: BinaryOp, a: &Value, b: &Value) -> R {
        if let Some(result) = sequences::inplace(self, op, a, b)? {
            return Ok(result);
        }
        if a.tag() == Tag::Instance {
            let inplace = self.operator_names(op).2.clone();
            if let Some(result) = self.special_result(a, &inplace, b)? {
                return Ok(result);
            }
        }
        match self.binary_opt(op, a, b)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported(op, a, b, "=")),
        }
    }

    #[cold]
    fn unsupported(&mut self, op: BinaryOp, a: &Value, b: &Value, suffix: &str) -> Raised {
        if op == BinaryOp::Add
            && let Some(message) = sequences::concat_message(self, a, b)
        {
            return self.type_error(message);
        }
        if op == BinaryOp::Mul
            && let Some(message) = sequences::repeat_message(self, a, b)
        {
            return self.type_error(message);
        }
        let op = match (op, suffix) {
            (BinaryOp::Pow, "=") => "**=".to_owned(),
            (op, suffix) => format!("{}{suffix}", spelling(op)),
        };
        let (left, right) = (self.type_name(a), self.type_name(b));
        self.type_error(format!(
            "unsupported operand type(s) for {op}: '{left}' and '{right}'"
        ))
    }

    /// `op a`
    ///
    /// # Errors
    /// `TypeError`; what the operation raises.
    pub fn unary(&mut self, op: UnaryOp, a: &Value) -> R {
        if op == UnaryOp::Not {
            return Ok(Value::bool(!self.truthy(a)?));
        }
        if let Some(result) = numbers::unary(self, op, a)? {
            return Ok(result);
        }
        let (hook, spelling) = match op {
            UnaryOp::Neg => (self.names.__neg__.clone(), "-"),
            UnaryOp::Pos => (self.names.__pos__.clone(), "+"),
            UnaryOp::Invert | UnaryOp::Not => (self.names.__invert__.clone(), "~"),
        };
        match self.call_special(a, &hook, &[])? {
            Some(result) => Ok(result),
            None => {
                let name = self.type_name(a);
                Err(self.type_error(format!("bad operand type for unary {spelling}: '{name}'")))
            }
        }
    }
}
