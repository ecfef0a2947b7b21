//! `str.format` and `str.format_map` over values: `'{0.name[key]!r:>{width}}'`.
//!
//! `text::template` reads the template; here arguments are fetched, attributes and items looked
//! up, and specs with fields of their own expanded, one level deep.

use super::text_values::owned_value;
use crate::error::R;
use crate::native::Args;
use crate::text::repr;
use crate::text::template::{
    self, Access, Argument, Field, FieldPath, MAX_DEPTH, Numbering, Template,
};
use crate::types::scalar_text::push_text;
use crate::value::Value;
use crate::vm::Vm;

/// Where the arguments come from.
pub enum Arguments<'a> {
    /// `str.format(*args, **kwargs)`
    Call(Args<'a>),
    /// `str.format_map(mapping)`
    Mapping(&'a Value),
}

impl Arguments<'_> {
    fn get(&self, vm: &mut Vm, argument: Argument<'_>) -> R {
        match (self, argument) {
            (Arguments::Call(args), Argument::Position(at)) => match args.pos.get(at) {
                Some(value) => Ok(value.clone()),
                None => Err(vm.raise_fault(template::position_out_of_range(at))),
            },
            (Arguments::Mapping(_), Argument::Position(_)) => {
                Err(vm.value_error("Format string contains positional fields"))
            }
            (Arguments::Call(args), Argument::Keyword(name)) => {
                match args.kw.iter().find(|(key, _)| key.text() == name) {
                    Some((_, value)) => Ok(value.clone()),
                    None => {
                        let key = vm.str(name);
                        Err(vm.key_error(key))
                    }
                }
            }
            (Arguments::Mapping(mapping), Argument::Keyword(name)) => {
                let key = vm.str(name);
                vm.get_item(mapping, &key)
            }
        }
    }
}

/// Fills a template.
///
/// # Errors
/// `ValueError` for a malformed template, `IndexError` and `KeyError` for missing arguments; what
/// the look-ups and `__format__` raise.
pub fn format(vm: &mut Vm, text: &str, arguments: &Arguments<'_>) -> R {
    let mut numbering = Numbering::default();
    expand(vm, text, arguments, &mut numbering, MAX_DEPTH).map(owned_value)
}

fn expand(
    vm: &mut Vm,
    text: &str,
    arguments: &Arguments<'_>,
    numbering: &mut Numbering,
    depth: usize,
) -> R<String> {
    if depth == 0 {
        return Err(vm.raise_fault(template::too_deep()));
    }
    let mut out = String::with_capacity(text.len() + 16);
    for piece in Template::new(text) {
        let piece = vm.checked(piece)?;
        out.push_str(piece.literal);
        if let Some(field) = piece.field {
            fill(vm, &field, arguments, numbering, depth, &mut out)?;
        }
    }
    Ok(out)
}

fn fill(
    vm: &mut Vm,
    field: &Field<'_>,
    arguments: &Arguments<'_>,
    numbering: &mut Numbering,
    depth: usize,
    out: &mut String,
) -> R<()> {
    let path = FieldPath::new(field.name, numbering);
    let (argument, path) = vm.checked(path)?;
    let mut value = arguments.get(vm, argument)?;
    for access in path {
        value = match vm.checked(access)? {
            Access::Attribute(name) => {
                let name = vm.intern(name);
                vm.get_attr(&value, &name)?
            }
            Access::Index(index) => vm.get_item(&value, &super::numbers::size_value(index))?,
            Access::Key(key) => {
                let key = vm.str(key);
                vm.get_item(&value, &key)?
            }
        };
    }
    let value = convert(vm, value, field.conversion)?;
    if field.spec.is_empty() {
        if !push_text(out, &value) {
            let text = vm.format(&value, "")?;
            out.push_str(&text);
        }
        return Ok(());
    }
    let text = if field.spec_is_template {
        let spec = expand(vm, field.spec, arguments, numbering, depth - 1)?;
        vm.format(&value, &spec)?
    } else {
        vm.format(&value, field.spec)?
    };
    out.push_str(&text);
    Ok(())
}

fn convert(vm: &mut Vm, value: Value, conversion: Option<char>) -> R {
    let text = match conversion {
        None => return Ok(value),
        Some('s') => vm.to_text(&value)?,
        Some('r') => vm.repr(&value)?,
        Some('a') => {
            let text = vm.repr(&value)?;
            repr::escape_non_ascii(&text)
        }
        Some(other) => return Err(vm.raise_fault(template::unknown_conversion(other))),
    };
    Ok(owned_value(text))
}
