//! Functions, methods, cells and code objects: their attributes.

use crate::code::Code;
use crate::native::Method;
use crate::objects::{NativeData, Payload};
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use std::any::Any;
use std::rc::Rc;

/// The methods.
pub const FUNCTION_METHODS: &[Method] = &[];
/// The methods.
pub const METHOD_METHODS: &[Method] = &[];
/// The methods.
pub const NATIVE_METHODS: &[Method] = &[];
/// The methods.
pub const CELL_METHODS: &[Method] = &[];
/// The methods.
pub const CODE_METHODS: &[Method] = &[];

/// What a code object holds.
pub struct CodeData {
    /// The body.
    pub code: Rc<Code>,
}

impl NativeData for CodeData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A code object.
pub fn new_code(vm: &mut Vm, code: &Rc<Code>) -> Value {
    let class = vm.types.code.clone();
    new_instance(
        &class,
        Payload::Native(Rc::new(CodeData { code: code.clone() })),
    )
}
