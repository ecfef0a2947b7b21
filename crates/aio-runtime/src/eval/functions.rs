//! Nodes: `def`, `lambda` and generator expressions.

use super::{Frame, Node, NodeBox, StoreBox};
use crate::code::Code;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::objects::{DictObj, FuncExtra, FuncObj, Name};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::{CodeKind, FreeSource};
use aio_syntax::Span;
use std::rc::Rc;

/// Makes a function object.
pub struct MakeFunction {
    /// The body.
    pub code: Rc<Code>,
    /// Defaults of the last positional parameters.
    pub defaults: Box<[NodeBox]>,
    /// Defaults of keyword-only parameters.
    pub kw_defaults: Box<[(Name, NodeBox)]>,
    /// Annotations.
    pub annotations: Box<[(Name, NodeBox)]>,
}

/// The cells that a body takes from the frame that makes it.
pub fn capture(code: &Code, frame: &Frame<'_>) -> Box<[Value]> {
    let take = |source: &FreeSource| match source {
        FreeSource::Cell(slot) => frame.slots[slot.0 as usize].clone(),
        FreeSource::Free(index) => frame.func.closure[index.0 as usize].clone(),
    };
    code.hir
        .free
        .iter()
        .map(|free| take(&free.source))
        .collect()
}

impl MakeFunction {
    /// Makes the function.
    ///
    /// # Errors
    /// What defaults and annotations raise.
    pub fn make(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Ref<FuncObj>> {
        let mut defaults = Vec::with_capacity(self.defaults.len());
        for node in &self.defaults {
            defaults.push(node.eval(vm, frame)?);
        }
        let mut extra = FuncExtra::default();
        for (name, node) in &self.kw_defaults {
            extra
                .kw_defaults
                .push((name.clone(), node.eval(vm, frame)?));
        }
        if !self.annotations.is_empty() {
            let dict = Ref::new(DictObj::default());
            for (name, node) in &self.annotations {
                let value = node.eval(vm, frame)?;
                dict.set_name(name, value);
            }
            extra.annotations = Some(dict.into());
        }
        Ok(Ref::new(FuncObj {
            code: self.code.clone(),
            globals: frame.func.globals.clone(),
            closure: capture(&self.code, frame),
            defaults: GcCell::new(if defaults.is_empty() {
                vm.no_defaults()
            } else {
                defaults.into()
            }),
            extra: GcCell::new(extra),
        }))
    }
}

impl Node for MakeFunction {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        Ok(self.make(vm, frame)?.into())
    }
}

/// `def`
pub struct FunctionDef {
    /// Makes the function.
    pub function: MakeFunction,
    /// The decorators.
    pub decorators: Decorators,
    /// Where it is bound.
    pub target: StoreBox,
}

impl Node for FunctionDef {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let decorators = self.decorators.eval(vm, frame)?;
        let value = self.function.make(vm, frame)?.into();
        let value = self.decorators.apply(vm, &decorators, value)?;
        self.target.store(vm, frame, value)?;
        Ok(Value::NONE)
    }
}

/// Decorators in source order, with where each of them stands.
pub struct Decorators(pub Box<[(NodeBox, Span)]>);

impl Decorators {
    /// What they are.
    ///
    /// # Errors
    /// What evaluating them raises.
    pub fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Vec<Value>> {
        let decorators = self.0.iter();
        decorators.map(|(node, _)| node.eval(vm, frame)).collect()
    }

    /// Applies them to a function or class, the last one first.
    ///
    /// # Errors
    /// What one of them raises.
    pub fn apply(&self, vm: &mut Vm, decorators: &[Value], mut value: Value) -> R {
        for ((_, span), decorator) in self.0.iter().zip(decorators).rev() {
            value = match vm.call(decorator, &[value]) {
                Ok(value) => value,
                Err(Raised) => return Err(vm.fault_at(*span)),
            };
        }
        Ok(value)
    }
}

/// The function of a generator expression.
pub fn bare_function(vm: &mut Vm, frame: &Frame<'_>, code: &Rc<Code>) -> Ref<FuncObj> {
    Ref::new(FuncObj {
        code: code.clone(),
        globals: frame.func.globals.clone(),
        closure: capture(code, frame),
        defaults: GcCell::new(vm.no_defaults()),
        extra: GcCell::default(),
    })
}

/// `(x for x in iter)`
pub struct GenExpr {
    /// The body; slot 0 is the outermost iterator.
    pub code: Rc<Code>,
    /// The outermost iterable.
    pub iter: NodeBox,
    /// Whether the outermost loop is `async for`.
    pub is_async: bool,
}

impl Node for GenExpr {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let iterable = self.iter.eval(vm, frame)?;
        let iter = if self.is_async {
            coroutine::async_iter(vm, &iterable)?
        } else {
            vm.iter(&iterable)?
        };
        let func = bare_function(vm, frame, &self.code);
        crate::call::invoke(vm, &func, |_, slots| {
            slots[0] = iter;
            Ok(())
        })
    }
}

/// The names that a call of `locals()`, `eval()` and the like sees.
pub struct CallerNames {
    /// The globals.
    pub globals: Ref<DictObj>,
    /// The locals: a snapshot in a function, the namespace itself in a class or module.
    pub locals: Ref<DictObj>,
}

/// Looks at a frame for `locals()` and its kin.
pub fn caller_names(frame: &Frame<'_>) -> CallerNames {
    let globals = frame.func.globals.clone();
    if let Some(namespace) = frame.namespace {
        return CallerNames {
            globals,
            locals: namespace.clone(),
        };
    }
    let code = &frame.func.code;
    if code.hir.kind == CodeKind::Module {
        return CallerNames {
            locals: globals.clone(),
            globals,
        };
    }
    let locals = Ref::new(DictObj::default());
    for (name, value) in code.slot_names.iter().zip(frame.slots.iter()) {
        let value = match value.as_cell() {
            Some(cell) => cell.value.with(|value| value.clone()).unwrap_or_default(),
            None => value.clone(),
        };
        if !value.is_unset() && !name.text().starts_with('.') {
            locals.set_name(name, value);
        }
    }
    for (free, cell) in code.hir.free.iter().zip(frame.func.closure.iter()) {
        let value = cell
            .as_cell()
            .and_then(|cell| cell.value.with(|value| value.clone()));
        if let Some(value) = value {
            let key = crate::heap::Ref::text(&free.name);
            locals.set_name(&key, value);
        }
    }
    CallerNames { globals, locals }
}
