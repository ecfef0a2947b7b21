//! The end of a loop: closing the async generators that are left, and the executor.

use super::base_events::{self, LoopData};
use super::gather;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// `shutdown_asyncgens()`
struct CloseGenerators {
    event_loop: Rc<LoopData>,
    /// What is being closed, once it has begun.
    closing: Option<Vec<Value>>,
}

/// The coroutine of `loop.shutdown_asyncgens()`.
pub fn shutdown_asyncgens(vm: &mut Vm, event_loop: &Rc<LoopData>) -> Value {
    let body = CloseGenerators {
        event_loop: event_loop.clone(),
        closing: None,
    };
    coroutine::new_native(vm, Box::new(body))
}

impl CloseGenerators {
    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        self.event_loop.generators_closed.set(true);
        let weak = self.event_loop.generators.replace(Vec::new());
        let left: Vec<Value> = weak
            .iter()
            .filter_map(|generator| generator.upgrade().as_ref().map(Ref::to_value))
            .collect();
        if left.is_empty() {
            return Ok(Step::Return(Value::NONE));
        }
        let name = vm.intern("aclose");
        let mut closing = Vec::with_capacity(left.len());
        for generator in &left {
            closing.push(vm.call_method(generator, &name, &[])?);
        }
        let all = gather::gather_all(vm, &closing, true)?;
        self.closing = Some(left);
        Ok(Step::Await(all.into()))
    }

    fn report(&self, vm: &mut Vm, generators: &[Value], results: &[Value]) -> R<()> {
        for (generator, result) in generators.iter().zip(results) {
            let class = vm.class_of(result);
            if !class.is_subclass_of(&vm.types.exception) {
                continue;
            }
            let shown = vm.repr(generator)?;
            let message =
                format!("an error occurred during closing of asynchronous generator {shown}");
            let details = [
                ("exception", result.clone()),
                ("asyncgen", generator.clone()),
            ];
            base_events::report_problem(vm, &self.event_loop, &message, &details)?;
        }
        Ok(())
    }
}

impl NativeCoroutine for CloseGenerators {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (self.closing.take(), input) {
            (_, Resume::Throw) => Err(Raised),
            (None, Resume::Value(_)) => self.begin(vm),
            (Some(generators), Resume::Value(results)) => {
                let results = results
                    .as_list()
                    .map(|list| list.to_vec())
                    .unwrap_or_default();
                self.report(vm, &generators, &results)?;
                Ok(Step::Return(Value::NONE))
            }
        }
    }
    fn name(&self) -> &'static str {
        "BaseEventLoop.shutdown_asyncgens"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(closing) = &self.closing {
            closing.iter().for_each(visitor);
        }
    }
}
