//! Nodes: `class`.

use super::arguments::{ArgNode, Arguments};
use super::functions::{Decorators, capture};
use super::{Frame, Node, StoreBox};
use crate::call::make_cells;
use crate::code::{Body, Code};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::objects::{DictObj, FuncObj};
use crate::types::class_build::{build_class, prepare_namespace};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// `class`
pub struct ClassDef {
    /// The body.
    pub code: Rc<Code>,
    /// Bases and keywords.
    pub bases: Box<[ArgNode]>,
    /// The decorators.
    pub decorators: Decorators,
    /// Where it is bound.
    pub target: StoreBox,
}

impl ClassDef {
    /// Runs the body in the namespace; gives the `__class__` cell, if the body has one.
    fn run_body(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        namespace: &Ref<DictObj>,
    ) -> R<Option<Value>> {
        let func = Ref::new(FuncObj {
            code: self.code.clone(),
            globals: frame.func.globals.clone(),
            closure: capture(&self.code, frame),
            defaults: GcCell::new(vm.no_defaults()),
            extra: GcCell::default(),
        });
        let mut slots = vec![Value::UNSET; self.code.slot_count];
        make_cells(&self.code, &mut slots);
        vm.enter()?;
        let mut inner = Frame {
            slots: &mut slots,
            func: &func,
            namespace: Some(namespace),
        };
        let result = match self.code.body(vm) {
            Body::Plain(body) => body.run(vm, &mut inner),
            Body::Machine(_) => Err(vm.system_error("a class body does not suspend")),
        };
        vm.leave();
        if result.is_err() {
            vm.add_trace(&func);
        }
        result?;
        Ok(self
            .code
            .hir
            .class_cell
            .map(|slot| slots[slot.0 as usize].clone()))
    }

    fn make(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let build = Value::NONE;
        let mut all = Arguments::default();
        all.eval(vm, frame, &self.bases, &build)?;
        let all = all.lend();
        let name = self.code.name.clone();
        let (_, namespace) = prepare_namespace(vm, &name, all.pos, all.kw)?;
        let (module, qualname) = (vm.names.__module__.clone(), vm.names.__qualname__.clone());
        let name_key = vm.names.__name__.clone();
        if let Some(value) = frame.func.globals.get_name(&name_key) {
            namespace.set_name(&module, value);
        }
        namespace.set_name(&qualname, self.code.qualname.to_value());
        if let Some(doc) = &self.code.hir.doc {
            let key = vm.names.__doc__.clone();
            let doc = vm.str(doc.to_string());
            namespace.set_name(&key, doc);
        }
        let cell = self.run_body(vm, frame, &namespace)?;
        build_class(
            vm,
            &name,
            self.code.qualname.to_value(),
            all.pos.to_vec(),
            all.kw,
            namespace,
            cell,
        )
    }
}

impl Node for ClassDef {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let decorators = self.decorators.eval(vm, frame)?;
        let value = self.make(vm, frame)?;
        let value = self.decorators.apply(vm, &decorators, value)?;
        self.target.store(vm, frame, value)?;
        Ok(Value::NONE)
    }
}
