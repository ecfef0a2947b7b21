//! Nodes: f-strings.

use super::{Frame, Node, NodeBox};
use crate::error::{R, Raised};
use crate::text::repr;
use crate::types::text_values::text_value;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Conversion;
use aio_syntax::Span;
use std::cell::Cell;

/// More room is never kept for the next text.
const LONGEST_KEPT: usize = 1024;

/// A piece of an f-string.
pub enum Piece {
    /// Text as it stands.
    Lit(Box<str>),
    /// A value.
    Value {
        /// The expression.
        value: NodeBox,
        /// `!r` and its kin.
        conversion: Option<Conversion>,
        /// The format spec.
        spec: Option<Box<[Piece]>>,
        /// Where it stands.
        span: Span,
    },
}

/// An f-string.
pub struct FString {
    pieces: Box<[Piece]>,
    /// Room to put a text together in, left over from the last one.
    room: Cell<String>,
}

impl FString {
    /// An f-string of these pieces.
    pub fn new(pieces: Box<[Piece]>) -> FString {
        let room = Cell::default();
        FString { pieces, room }
    }
}

impl Node for FString {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut text = self.room.take();
        text.clear();
        write_pieces(vm, frame, &self.pieces, &mut text)?;
        let value = text_value(&text);
        if text.capacity() <= LONGEST_KEPT {
            self.room.set(text);
        }
        Ok(value)
    }
}

fn write_pieces(vm: &mut Vm, frame: &mut Frame<'_>, pieces: &[Piece], text: &mut String) -> R<()> {
    for piece in pieces {
        match piece {
            Piece::Lit(literal) => text.push_str(literal),
            Piece::Value {
                value,
                conversion,
                spec,
                span,
            } => {
                let value = value.eval(vm, frame)?;
                let spec_text = match spec {
                    Some(pieces) => {
                        let mut spec_text = String::new();
                        write_pieces(vm, frame, pieces, &mut spec_text)?;
                        spec_text
                    }
                    None => String::new(),
                };
                if write_value(vm, &value, *conversion, &spec_text, text).is_err() {
                    return Err(vm.fault_at(*span));
                }
            }
        }
    }
    Ok(())
}

/// Formats one value into a text.
fn write_value(
    vm: &mut Vm,
    value: &Value,
    conversion: Option<Conversion>,
    spec: &str,
    text: &mut String,
) -> R<()> {
    if spec.is_empty() && matches!(conversion, None | Some(Conversion::Str)) {
        match value.tag() {
            Tag::Str => text.push_str(value.as_str().unwrap_or("")),
            Tag::Int => {
                let int = value.as_int().unwrap_or(0);
                text.push_str(itoa::Buffer::new().format(int));
            }
            _ => {
                let shown = match conversion {
                    None => vm.format(value, "")?,
                    Some(_) => vm.to_text(value)?,
                };
                text.push_str(&shown);
            }
        }
        return Ok(());
    }
    if spec.is_empty()
        && conversion == Some(Conversion::Repr)
        && let Some(string) = value.as_str()
    {
        repr::push_repr(text, string);
        return Ok(());
    }
    text.push_str(&format_value(vm, value, conversion, spec)?);
    Ok(())
}

/// `format(value!conversion, spec)`
///
/// # Errors
/// What formatting raises.
pub fn format_value(
    vm: &mut Vm,
    value: &Value,
    conversion: Option<Conversion>,
    spec: &str,
) -> R<String> {
    let converted = match conversion {
        None => return vm.format(value, spec),
        Some(Conversion::Str) => vm.to_text(value)?,
        Some(Conversion::Repr) => vm.repr(value)?,
        Some(Conversion::Ascii) => {
            let shown = vm.repr(value)?;
            repr::escape_non_ascii(&shown)
        }
    };
    if spec.is_empty() {
        return Ok(converted);
    }
    let converted = vm.str(converted);
    vm.format(&converted, spec)
}

/// `format(value, spec)` of an f-string that suspends.
pub struct Format {
    /// The value.
    pub value: NodeBox,
    /// `!r` and its kin.
    pub conversion: Option<Conversion>,
    /// The evaluated spec.
    pub spec: Option<NodeBox>,
    /// Where it stands.
    pub span: Span,
}

impl Node for Format {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.value.eval(vm, frame)?;
        let spec = match &self.spec {
            Some(node) => {
                let spec = node.eval(vm, frame)?;
                vm.to_text(&spec)?
            }
            None => String::new(),
        };
        match format_value(vm, &value, self.conversion, &spec) {
            Ok(text) => Ok(vm.str(text)),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// Joins the pieces in slots.
pub struct Concat(pub Box<[u32]>);

impl Node for Concat {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let mut text = String::new();
        for slot in &self.0 {
            let piece = frame.slots[*slot as usize].take();
            text.push_str(piece.as_str().unwrap_or(""));
        }
        Ok(vm.str(text))
    }
}
