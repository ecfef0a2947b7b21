//! Nodes: calls with keywords, `*` or `**`.
//!
//! Where a call has positional arguments and keywords only, and a function of the script has a
//! parameter for each, the arguments are evaluated straight into the callee's slots. All else is
//! collected first and sorted by the callee.

use super::calls::note_object;
use super::methods::find_method;
use super::{Frame, Node, NodeBox};
use crate::call::{fill_defaults, invoke};
use crate::coroutine::{self, Direct, Io};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::Args;
use crate::objects::{FuncObj, Name};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;

/// An argument that is not simply positional.
pub enum ArgNode {
    /// `x`
    Pos(NodeBox),
    /// `*x`
    Star(NodeBox),
    /// `name=x`
    Keyword(Name, NodeBox),
    /// `**x`
    DoubleStar(NodeBox),
}

/// Most arguments that are bound without being collected.
const MOST: usize = 8;

/// The slot of each argument, where every one has a parameter of its own; `own` is the number of
/// receivers in front.
#[inline]
fn places(func: &FuncObj, own: usize, args: &[ArgNode]) -> Option<[usize; MOST]> {
    let code = &func.code;
    let params = &code.hir.params;
    if params.has_varargs || params.has_varkw || args.len() > MOST {
        return None;
    }
    let positional = code.positional_count();
    let named = positional + params.kwonly as usize;
    let mut places = [0; MOST];
    // Keywords follow what is positional.
    let mut first_named = own.max(params.posonly as usize);
    for (at, (arg, place)) in args.iter().zip(&mut places).enumerate() {
        *place = match arg {
            ArgNode::Pos(_) => {
                first_named = first_named.max(own + at + 1);
                own + at
            }
            ArgNode::Keyword(name, _) => {
                let names = code.slot_names.get(first_named..named)?;
                first_named + names.iter().position(|param| param.same(name))?
            }
            ArgNode::Star(_) | ArgNode::DoubleStar(_) => return None,
        };
    }
    (first_named <= positional).then_some(places)
}

/// Calls a function whose slots for the arguments are known.
fn call_placed(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    func: &Ref<FuncObj>,
    receiver: Option<Value>,
    (args, places): (&[ArgNode], &[usize; MOST]),
) -> R {
    invoke(vm, func, |vm, slots| {
        if let (Some(receiver), Some(first)) = (receiver, slots.first_mut()) {
            *first = receiver;
        }
        for (arg, place) in args.iter().zip(places) {
            if let ArgNode::Pos(node) | ArgNode::Keyword(_, node) = arg {
                slots[*place] = node.eval(vm, frame)?;
            }
        }
        fill_defaults(vm, func, slots)
    })
}

/// [`call_placed`] of a coroutine function, which is awaited at once.
///
/// # Errors
/// What an argument or the body raises.
fn await_placed(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (&Ref<FuncObj>, Option<Value>),
    (args, places): (&[ArgNode], &[usize; MOST]),
    at: (&Span, &mut Io),
) -> R<Direct> {
    let code = &func.code;
    let named = code.positional_count() + code.hir.params.kwonly as usize;
    let mut given = [const { Value::UNSET }; MOST];
    let given = &mut given[..named];
    if let (Some(receiver), Some(first)) = (receiver, given.first_mut()) {
        *first = receiver;
    }
    for (arg, place) in args.iter().zip(places) {
        if let ArgNode::Pos(node) | ArgNode::Keyword(_, node) = arg {
            given[*place] = node.eval(vm, frame)?;
        }
    }
    fill_defaults(vm, func, given)?;
    coroutine::await_with(vm, frame, func, given, at)
}

/// Whether [`await_placed`] can call it.
fn may_await(func: &FuncObj) -> bool {
    let params = &func.code.hir.params;
    func.code.flavor == Flavor::Coroutine
        && func.code.positional_count() + params.kwonly as usize <= MOST
}

/// Evaluated arguments.
#[derive(Default)]
pub struct Arguments {
    /// Positional.
    pub pos: Vec<Value>,
    /// Keyword.
    pub kw: Vec<(Name, Value)>,
}

/// Evaluates arguments of any form, in source order.
///
/// # Errors
/// What evaluating raises; `TypeError` for a keyword given twice or a `**` that is no mapping.
pub fn eval_arguments(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    args: &[ArgNode],
    callee: &Value,
) -> R<Arguments> {
    let mut all = Arguments::default();
    for arg in args {
        match arg {
            ArgNode::Pos(node) => all.pos.push(node.eval(vm, frame)?),
            ArgNode::Star(node) => {
                let value = node.eval(vm, frame)?;
                spread(vm, &value, &mut all.pos, callee)?;
            }
            ArgNode::Keyword(name, node) => {
                let value = node.eval(vm, frame)?;
                add_keyword(vm, &mut all, name.clone(), value, callee)?;
            }
            ArgNode::DoubleStar(node) => {
                let mapping = node.eval(vm, frame)?;
                spread_mapping(vm, &mapping, &mut all, callee)?;
            }
        }
    }
    Ok(all)
}

fn spread(vm: &mut Vm, value: &Value, pos: &mut Vec<Value>, callee: &Value) -> R<()> {
    if let Some(list) = value.as_list()
        && value.ref_count() == 1
    {
        pos.append(&mut list.items.with_mut(std::mem::take));
        return Ok(());
    }
    if vm.collect_into(value, pos)? {
        return Ok(());
    }
    let (shown, name) = (callee_text(vm, callee), vm.type_name(value));
    Err(vm.type_error(format!(
        "{shown} argument after * must be an iterable, not {name}"
    )))
}

fn callee_text(vm: &mut Vm, callee: &Value) -> String {
    if let Some(func) = callee.as_func() {
        return format!("__main__.{}()", func.code.qualname.text());
    }
    let name = vm.names.__qualname__.clone();
    match vm.get_attr_opt(callee, &name) {
        Ok(Some(name)) => format!("{}()", vm.to_text(&name).unwrap_or_default()),
        Ok(None) | Err(Raised) => {
            drop(vm.take_pending());
            format!("{} object", vm.type_name(callee))
        }
    }
}

fn add_keyword(
    vm: &mut Vm,
    all: &mut Arguments,
    name: Name,
    value: Value,
    callee: &Value,
) -> R<()> {
    if all.kw.iter().any(|(known, _)| known.same(&name)) {
        let shown = callee_text(vm, callee);
        let name = name.text();
        return Err(vm.type_error(format!(
            "{shown} got multiple values for keyword argument '{name}'"
        )));
    }
    all.kw.push((name, value));
    Ok(())
}

fn spread_mapping(vm: &mut Vm, mapping: &Value, all: &mut Arguments, callee: &Value) -> R<()> {
    let pairs = match mapping.as_dict() {
        Some(dict) => dict.table.with(|table| {
            table
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .collect::<Vec<_>>()
        }),
        None => {
            let name = vm.names.keys.clone();
            let Some(keys) = vm.get_attr_opt(mapping, &name)? else {
                let (shown, name) = (callee_text(vm, callee), vm.type_name(mapping));
                return Err(vm.type_error(format!(
                    "{shown} argument after ** must be a mapping, not {name}"
                )));
            };
            let keys = vm.call(&keys, &[])?;
            let mut pairs = Vec::new();
            for key in vm.collect(&keys)? {
                let value = vm.get_item(mapping, &key)?;
                pairs.push((key, value));
            }
            pairs
        }
    };
    for (key, value) in pairs {
        let Some(name) = key.to_str_obj() else {
            return Err(vm.type_error("keywords must be strings"));
        };
        let name = vm.intern_str(&name);
        add_keyword(vm, all, name, value, callee)?;
    }
    Ok(())
}

/// A call with `*`, `**` or keywords.
pub struct FullCall {
    /// What is called.
    pub func: NodeBox,
    /// The arguments.
    pub args: Box<[ArgNode]>,
    /// Where it stands.
    pub span: Span,
}

impl FullCall {
    fn call(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value) -> R {
        if let Some(func) = callee.borrow_ref::<FuncObj>()
            && let Some(places) = places(func, 0, &self.args)
        {
            return call_placed(vm, frame, func, None, (&self.args, &places));
        }
        let all = eval_arguments(vm, frame, &self.args, callee)?;
        vm.call_args(
            callee,
            Args {
                pos: &all.pos,
                kw: &all.kw,
            },
        )
    }
}

impl FullCall {
    /// What the call makes is left to be awaited.
    fn made(&self, vm: &mut Vm, frame: &mut Frame<'_>, callee: &Value, io: &mut Io) -> R<Direct> {
        io.value = self.call(vm, frame, callee)?;
        note_object(frame, &io.value, self.span);
        Ok(Direct::Await)
    }
}

impl Node for FullCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let callee = self.func.eval(vm, frame)?;
        match self.call(vm, frame, &callee) {
            Ok(value) => {
                note_object(frame, &value, self.span);
                Ok(value)
            }
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let callee = self.func.eval(vm, frame)?;
        let awaited = match callee
            .borrow_ref::<FuncObj>()
            .filter(|func| may_await(func))
        {
            Some(func) => match places(func, 0, &self.args) {
                Some(places) => {
                    let all = (&*self.args, &places);
                    await_placed(vm, frame, (func, None), all, (&self.span, io))
                }
                None => self.made(vm, frame, &callee, io),
            },
            None => self.made(vm, frame, &callee, io),
        };
        match awaited {
            Ok(direct) => Ok(direct),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}

/// `object.name(…)` with `*`, `**` or keywords.
pub struct FullMethodCall {
    /// The receiver.
    pub object: NodeBox,
    /// The method.
    pub name: Name,
    /// The arguments.
    pub args: Box<[ArgNode]>,
    /// Where it stands.
    pub span: Span,
}

impl FullMethodCall {
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let object = self.object.eval(vm, frame)?;
        let method = find_method(vm, &object, &self.name);
        self.call(vm, frame, object, method)
    }

    fn call(&self, vm: &mut Vm, frame: &mut Frame<'_>, object: Value, method: Option<Value>) -> R {
        match method {
            Some(method) => {
                if let Some(func) = method.borrow_ref::<FuncObj>()
                    && let Some(places) = places(func, 1, &self.args)
                {
                    let own = Some(object);
                    return call_placed(vm, frame, func, own, (&self.args, &places));
                }
                let mut all = eval_arguments(vm, frame, &self.args, &method)?;
                all.pos.insert(0, object);
                vm.call_args(
                    &method,
                    Args {
                        pos: &all.pos,
                        kw: &all.kw,
                    },
                )
            }
            None => {
                let callee = vm.get_attr(&object, &self.name)?;
                let all = eval_arguments(vm, frame, &self.args, &callee)?;
                vm.call_args(
                    &callee,
                    Args {
                        pos: &all.pos,
                        kw: &all.kw,
                    },
                )
            }
        }
    }
}

impl FullMethodCall {
    fn await_method(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let object = self.object.eval(vm, frame)?;
        let method = find_method(vm, &object, &self.name);
        if let Some(func) = method.as_ref().and_then(Value::borrow_ref::<FuncObj>)
            && may_await(func)
            && let Some(places) = places(func, 1, &self.args)
        {
            let (own, all) = (Some(object), (&*self.args, &places));
            return await_placed(vm, frame, (func, own), all, (&self.span, io));
        }
        io.value = self.call(vm, frame, object, method)?;
        note_object(frame, &io.value, self.span);
        Ok(Direct::Await)
    }
}

impl Node for FullMethodCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.run(vm, frame) {
            Ok(value) => {
                note_object(frame, &value, self.span);
                Ok(value)
            }
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        match self.await_method(vm, frame, io) {
            Ok(direct) => Ok(direct),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}
