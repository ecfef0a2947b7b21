//! What counts as a coroutine, how one is shown, and coroutines written in Rust that need no
//! state of their own.

use crate::code::{Body, Code};
use crate::coroutine;
use crate::error::R;
use crate::objects::{CoroState, CoroutineObj, NativeCoroutine, Resume, Step, TraceEntry};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;
use std::rc::Rc;

/// `asyncio.iscoroutine(value)`: a coroutine object, or an instance with all its methods.
#[inline(always)]
pub fn is_coroutine(vm: &mut Vm, value: &Value) -> bool {
    match value.as_coroutine() {
        Some(coroutine) => coroutine.flavor == Flavor::Coroutine,
        None => value.tag() == Tag::Instance && has_methods_of_coroutine(vm, value),
    }
}

#[cold]
fn has_methods_of_coroutine(vm: &mut Vm, value: &Value) -> bool {
    let names = [
        vm.names.send.clone(),
        vm.intern("throw"),
        vm.names.close.clone(),
        vm.names.__await__.clone(),
    ];
    names
        .iter()
        .all(|name| vm.lookup_special(value, name).is_some())
}

/// `inspect.isawaitable(value)`
pub fn is_awaitable(vm: &mut Vm, value: &Value) -> bool {
    match value.tag() {
        Tag::Future => true,
        Tag::Coroutine => value.as_coroutine().is_some_and(|coroutine| {
            coroutine.flavor == Flavor::Coroutine || coroutine.is_awaitable_generator()
        }),
        _ => {
            let name = vm.names.__await__.clone();
            vm.lookup_special(value, &name).is_some()
        }
    }
}

/// `asyncio.iscoroutinefunction(value)`
pub fn is_coroutine_function(vm: &mut Vm, value: &Value) -> R<bool> {
    let mut function = value.clone();
    loop {
        if let Some(method) = function.as_method() {
            let inner = method.func.clone();
            function = inner;
            continue;
        }
        if let Some(func) = function.as_func() {
            return Ok(func.code.flavor == Flavor::Coroutine);
        }
        if let Some(native) = function.as_native() {
            return Ok(super::is_async_native(native.name));
        }
        // A partial object shows the function it holds.
        if function.tag() != Tag::Instance || vm.type_name(&function) != "partial" {
            return Ok(false);
        }
        let name = vm.intern("func");
        match vm.get_attr_opt(&function, &name)? {
            Some(inner) => function = inner,
            None => return Ok(false),
        }
    }
}

/// `_format_coroutine`: `f() running at FILE:LINE`.
///
/// # Errors
/// What an attribute of a coroutine of the script raises.
pub fn format_coroutine(vm: &mut Vm, value: &Value) -> R<String> {
    let Some(coroutine) = value.as_coroutine() else {
        let name = vm.type_name(value);
        return Ok(format!("{name}()"));
    };
    let Some(func) = &coroutine.func else {
        return Ok(format_native(coroutine));
    };
    let code = &func.code;
    let (name, file) = (code.qualname.text(), &code.source.name);
    let line = match coroutine.state.get() {
        CoroState::Closed => {
            let line = code.first_line();
            return Ok(format!("{name}() done, defined at {file}:{line}"));
        }
        CoroState::Running => placed_line(vm, code).unwrap_or_else(|| line_of(coroutine)),
        CoroState::Created | CoroState::Suspended => line_of(coroutine),
    };
    Ok(format!("{name}() running at {file}:{line}"))
}

/// The line of the call that shows a running body, if it stands in that body.
fn placed_line(vm: &Vm, code: &Rc<Code>) -> Option<usize> {
    let place = vm.placed.as_ref()?;
    Rc::ptr_eq(&place.code, code).then(|| code.line_of(place.span))
}

fn format_native(coroutine: &CoroutineObj) -> String {
    let name = coroutine.with_native(|native| native.map(|native| native.name()));
    match (name, coroutine.state.get()) {
        (Some(name), CoroState::Closed) => format!("{name}() done"),
        (Some(name), CoroState::Created | CoroState::Running | CoroState::Suspended) => {
            format!("{name}() running")
        }
        (None, _) => "coroutine() done".to_owned(),
    }
}

/// The line where a coroutine stands: that of its suspension point, or of its first line.
pub fn line_of(coroutine: &CoroutineObj) -> usize {
    let Some(func) = &coroutine.func else {
        return 0;
    };
    match suspension_of(coroutine) {
        Some(span) => func.code.line_of(span),
        None => func.code.first_line(),
    }
}

fn suspension_of(coroutine: &CoroutineObj) -> Option<Span> {
    match coroutine.func.as_ref()?.code.built_body()? {
        Body::Machine(machine) => machine
            .blocks
            .get(coroutine.block.get() as usize)
            .map(|block| block.span),
        Body::Plain(_) => None,
    }
}

/// Where a body of the script stands that has not ended.
pub fn entry_of(coroutine: &CoroutineObj) -> Option<TraceEntry> {
    let func = coroutine.func.as_ref()?;
    if coroutine.state.get() == CoroState::Closed {
        return None;
    }
    let code = func.code.clone();
    let start = code.hir.span.start;
    let span = suspension_of(coroutine).unwrap_or(Span { start, end: start });
    Some(TraceEntry { code, span })
}

/// What runs when an [`Immediate`] is awaited.
type Closure = Box<dyn FnOnce(&mut Vm) -> R>;

/// A coroutine that never suspends: its body is one closure, run when it is awaited.
struct Immediate {
    name: &'static str,
    body: Option<Closure>,
}

impl NativeCoroutine for Immediate {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (input, self.body.take()) {
            (Resume::Throw, _) => Err(crate::error::Raised),
            (Resume::Value(_), Some(body)) => body(vm).map(Step::Return),
            (Resume::Value(_), None) => Ok(Step::Return(Value::NONE)),
        }
    }
    fn name(&self) -> &'static str {
        self.name
    }
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {
        // What a closure holds cannot be seen: it counts as held from outside.
    }
}

/// A coroutine object whose body is a closure that never suspends.
pub fn immediate(
    vm: &mut Vm,
    name: &'static str,
    body: impl FnOnce(&mut Vm) -> R + 'static,
) -> Value {
    coroutine::new_native(
        vm,
        Box::new(Immediate {
            name,
            body: Some(Box::new(body)),
        }),
    )
}

/// `async def _wrap_awaitable(awaitable): return await awaitable`
struct WrapAwaitable {
    awaitable: Value,
}

impl NativeCoroutine for WrapAwaitable {
    fn resume(&mut self, _vm: &mut Vm, input: Resume) -> R<Step> {
        match input {
            Resume::Throw => Err(crate::error::Raised),
            Resume::Value(value) => Ok(if self.awaitable.is_unset() {
                Step::Return(value)
            } else {
                Step::Await(self.awaitable.take())
            }),
        }
    }
    fn name(&self) -> &'static str {
        "_wrap_awaitable"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.awaitable);
    }
}

/// A coroutine that awaits any awaitable.
pub fn wrap_awaitable(vm: &mut Vm, awaitable: &Value) -> Value {
    coroutine::new_native(
        vm,
        Box::new(WrapAwaitable {
            awaitable: awaitable.clone(),
        }),
    )
}
