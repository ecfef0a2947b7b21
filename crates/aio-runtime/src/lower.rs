//! From the resolved tree to nodes.

use crate::code::{Body, Code};
use crate::eval::{Block, PlainBody};
use crate::vm::Vm;
use std::rc::Rc;

/// Builds the runnable form of a body.
pub fn lower_body(_vm: &mut Vm, _code: &Rc<Code>) -> Body {
    Body::Plain(PlainBody {
        block: Block::new(vec![]),
        tail: None,
    })
}
