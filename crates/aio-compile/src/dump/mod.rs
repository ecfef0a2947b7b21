//! The resolved tree and the state machines in readable form.

use crate::hir::{Const, Program};

/// The resolved tree of a program.
#[must_use]
pub fn dump_hir(program: &Program, _source: &str) -> String {
    format!("{program:#?}")
}

/// The state machines of a program.
#[must_use]
pub fn dump_states(program: &Program, _source: &str) -> String {
    format!("{program:#?}")
}

/// A constant as Python writes it.
pub(crate) fn const_text(constant: &Const) -> String {
    match constant {
        Const::None => "None".to_owned(),
        Const::Bool(true) => "True".to_owned(),
        Const::Bool(false) => "False".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::BigInt(digits) => digits.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Imaginary(value) => format!("{value}j"),
        Const::Str(text) => format!("'{}'", text.escape_debug()),
        Const::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        Const::Ellipsis => "...".to_owned(),
        Const::Tuple(items) => {
            let inner: Vec<String> = items.iter().map(const_text).collect();
            match inner.as_slice() {
                [one] => format!("({one},)"),
                _ => format!("({})", inner.join(", ")),
            }
        }
    }
}
